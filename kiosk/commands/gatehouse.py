"""``sealgate gatehouse``: the staff console of the kiosk that runs on this machine, in this terminal.

Exit codes: 0 done; 3 no kiosk runs, or none that this console can speak to.
"""

import argparse
import asyncio
import os
import signal
from contextlib import suppress
from functools import partial
from pathlib import Path

from kiosk.app import DONE, FAILED, require_terminal
from kiosk.console.gatehouse_link import linked
from kiosk.documents import keep_in

_DARK, _LIGHT = "dark", "light"


def run(asked: argparse.Namespace) -> int:
    """Show the console until its person leaves; returns the exit code.

    Raises:
        NotReached: No kiosk runs on the data folder, or none that this console can speak to.
        SealgateError: There is no terminal.
    """
    if "TEXTUAL_DRIVER" not in os.environ:  # which a server names that shows this console in a browser
        require_terminal("the staff console")
    return asyncio.run(_run(asked.data))


async def _run(data: Path) -> int:
    async with linked(data) as link:  # first: whether there is a kiosk is said before a screen is drawn
        from kiosk.ui.gatehouse.app import GatehouseApp

        app = GatehouseApp(link, keep=partial(keep_in, Path()), dark=theme() != _LIGHT, on_theme=keep_theme)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, app.exit)
        await app.run_async()
    return DONE if not app.return_code else FAILED


def theme() -> str:
    """Whether this person wanted it light or dark; dark where nothing is kept."""
    with suppress(OSError, RuntimeError, UnicodeDecodeError):
        return _theme_file().read_text("utf-8").strip()
    return _DARK


def keep_theme(dark: bool) -> None:
    """Keep it for the next time, where there is a home to keep it in."""
    with suppress(OSError, RuntimeError):
        file = _theme_file()
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{_DARK if dark else _LIGHT}\n", "utf-8")


def _theme_file() -> Path:
    """By the XDG base directory specification: it is configuration."""
    home = os.environ.get("XDG_CONFIG_HOME", "")
    return (Path(home) if Path(home).is_absolute() else Path.home() / ".config") / "sealgate" / "gatehouse-theme"
