"""What a check is given, what it finds, and what it looks like."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Final, Protocol

from msgspec import Struct

from kiosk.doctor.machine import AS_ROOT, Machine
from kiosk.doctor.running import Running
from kiosk.site import Site

CLOCK_SLACK: Final = timedelta(minutes=5)
"""How far what was noted may lie ahead of the clock: a time source corrects by seconds."""


class Kiosk(Struct, frozen=True):
    """The kiosk that is looked at.

    Attributes:
        data: Its data folder.
        config: Its site.toml.
        site: What that says; None when it cannot be used, which is a finding of its own.
        now: The time, in UTC.
        machine: The machine that it is on.
        running: The kiosk that runs on the data folder, which has ports and pins; None when none does.
    """

    data: Path
    config: Path
    site: Site | None
    now: datetime
    machine: Machine = Machine()
    running: Running | None = None

    @property
    def ledger(self) -> Path:
        """The ledger's folder."""
        return self.data / "ledger"

    @property
    def user(self) -> int:
        """As whom the kiosk runs: whose the data folder is; before there is one, whoever looks."""
        try:
            return self.data.stat().st_uid
        except OSError:
            return self.machine.user


class State(Enum):
    """What a verdict says."""

    GOOD = "ok"
    """It was looked at, and is as it should be."""
    NOTE = "note"
    """It was looked at; something should be known, and nothing need be mended."""
    WRONG = "wrong"
    """Something is to be mended."""
    UNSEEN = "unseen"
    """It could not be looked at: nobody knows."""


_LABELS: Final = {State.GOOD: "ok", State.NOTE: "note", State.WRONG: "WRONG", State.UNSEEN: "UNSEEN"}


class Verdict(Struct, frozen=True):
    """What was found of one thing.

    Attributes:
        of: The thing, such as ``ledger``.
        state: How it is.
        finding: What was found, in one line.
        mend: What a person can do; may be empty when nothing need be done.
    """

    of: str
    state: State
    finding: str
    mend: str = ""

    @property
    def ok(self) -> bool | None:
        """Whether it is as it should be; None when nobody knows."""
        return {State.WRONG: False, State.UNSEEN: None}.get(self.state, True)

    def plain(self) -> dict[str, object]:
        """As programs read it; docs/doctor.md has the form."""
        return {"of": self.of, "ok": self.ok, "state": self.state.value, "finding": self.finding, "mend": self.mend}

    def __str__(self) -> str:
        mend = f"; {self.mend}" if self.mend else ""
        return f"{_LABELS[self.state]:<6} {self.of}: {self.finding}{mend}"


class Check(Protocol):
    """Looks at one part of the kiosk. It changes nothing, and works beside a kiosk that runs."""

    @property
    def of(self) -> str:
        """What it looks at: the name of its finding when it cannot look."""

    def look(self, kiosk: Kiosk) -> Iterator[Verdict]:
        """What it finds, thing by thing.

        Raises:
            LedgerError: It cannot look: a finding too, and so are the next three.
            SealgateError: The same.
            DeviceFault: The same.
            OSError: The same.
        """


def good(of: str, finding: str) -> Verdict:
    """All is well."""
    return Verdict(of, State.GOOD, finding)


def note(of: str, finding: str, mend: str = "") -> Verdict:
    """Something should be known; what is named to do about it is advice."""
    return Verdict(of, State.NOTE, finding, mend)


def wrong(of: str, finding: str, mend: str) -> Verdict:
    """Something is to be mended."""
    return Verdict(of, State.WRONG, finding, mend)


def unseen(of: str, finding: str, mend: str = AS_ROOT) -> Verdict:
    """It could not be looked at."""
    return Verdict(of, State.UNSEEN, finding, mend)


def age(since: datetime, now: datetime) -> str:
    """How long ago something was, in words."""
    hours = (now - since) // timedelta(hours=1)
    return f"{hours} h ago" if hours else f"{max(0, (now - since) // timedelta(minutes=1))} min ago"


_NAMED: Final = 5


def named(names: Sequence[str]) -> str:
    """The first of many, and how many more there are."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"
