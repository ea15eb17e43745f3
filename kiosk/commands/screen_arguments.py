"""What ``sealgate screen`` takes; kiosk.commands.screen runs it."""

import argparse
from pathlib import Path
from typing import Final

SOCKET: Final = Path("/run/sealgate/screen/kiosk.sock")
"""The socket of an installed kiosk, in a folder that hw/systemd/tmpfiles.conf makes."""


def add_screen(command: argparse.ArgumentParser) -> None:
    """Describe the command to a parser."""
    command.add_argument(
        "--socket", type=Path, default=SOCKET, metavar="FILE", help=f"the kiosk's socket (default: {SOCKET})"
    )
    command.set_defaults(run=_run)


def _run(asked: argparse.Namespace) -> int:
    from kiosk.commands.screen import run

    return run(asked)
