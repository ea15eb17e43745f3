"""The kiosk that runs beside the doctor, if one does: found without touching anything, and asked how it is."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

from msgspec import Struct

from kiosk.console.desk import NoKiosk
from kiosk.console.how_it_is import HowItIs, NotSaid, ask_how_it_is
from kiosk.ledger.lock import holder_of

DATA: Final = Path("/var/lib/sealgate")
"""The data folder of a kiosk that is started without naming one (kiosk.cli)."""


class Running(Struct, frozen=True):
    """A kiosk that runs.

    Attributes:
        pid: Its process; 0 where that is not known.
        said: What it says of itself; None when it does not.
        why_not: Why it does not: it is another user's, has not been in service yet, or hangs.
        mend: What to do about that.
    """

    pid: int
    said: HowItIs | None
    why_not: str = ""
    mend: str = ""

    def __str__(self) -> str:
        return f"process {self.pid}" if self.pid else "the kiosk"


def find_running(data: Path, proc: Path = Path("/proc")) -> Running | None:
    """The kiosk that runs on a data folder; None when none does.

    A kiosk listens for questions once its ledger was opened, and from then on. One that never came so far is known by
    how it was started, or by its hold on the ledger.
    """
    try:
        pid, said = ask_how_it_is(data)
        return Running(pid, said)
    except NotSaid as fault:
        return Running(fault.pid or _started(data, proc), None, fault.got, fault.mend)
    except (NoKiosk, OSError):
        pid = _started(data, proc)
    if pid:
        mend = "wait until it is in service; if that does not come, see its screen and its log for what it waits for"
        return Running(pid, None, "it was not in service since its start, or its folder is another user's", mend)
    return _holder(data)


def _holder(data: Path) -> Running | None:
    """Who holds the ledger without listening. Commands do so for an instant; whatever else it is, it may have ports."""
    holder = holder_of(data / "ledger")
    if holder is None:
        return None
    mend = "look again in a moment; if it stays so, end that process"
    return Running(holder.pid, None, f"{holder} holds the ledger, and answers nothing", mend)


def _started(data: Path, proc: Path) -> int:
    """The process of ``sealgate kiosk`` on this data folder; 0 when there is none."""
    for folder in proc.glob("[0-9]*"):
        with suppress(OSError):  # gone meanwhile
            words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
            if _is_kiosk(words, data):
                return int(folder.name)
    return 0


def _is_kiosk(words: Sequence[str], data: Path) -> bool:
    at = next((at for at, word in enumerate(words[:3]) if Path(word).name == "sealgate"), None)
    if at is None or words[at + 1 : at + 2] != ["kiosk"]:
        return False
    options = words[at + 2 :]
    named = next((word.partition("=")[2] for word in options if word.startswith("--data=")), None)
    if named is None and "--data" in options[:-1]:
        named = options[options.index("--data") + 1]
    return (Path(named) if named else DATA) == data
