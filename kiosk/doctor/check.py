"""What a check is given, what it finds, and what it looks like."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, Protocol

from msgspec import Struct

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
    """

    data: Path
    config: Path
    site: Site | None
    now: datetime

    @property
    def ledger(self) -> Path:
        """The ledger's folder."""
        return self.data / "ledger"


class Verdict(Struct, frozen=True):
    """What was found of one thing.

    Attributes:
        of: The thing, such as ``ledger``.
        ok: Whether it is as it should be.
        finding: What was found, in one line.
        mend: What a person can do; empty when all is well.
    """

    of: str
    ok: bool
    finding: str
    mend: str = ""

    def __str__(self) -> str:
        mend = f"; {self.mend}" if self.mend else ""
        return f"{'ok   ' if self.ok else 'WRONG'}  {self.of}: {self.finding}{mend}"


class Check(Protocol):
    """Looks at one part of the kiosk. It changes nothing, and works beside a kiosk that runs."""

    @property
    def of(self) -> str:
        """What it looks at: the name of its finding when it cannot look."""

    def look(self, kiosk: Kiosk) -> Iterator[Verdict]:
        """What it finds, thing by thing.

        Raises:
            LedgerError: It cannot look: a finding too, and so are the next two.
            SealgateError: The same.
            OSError: The same.
        """


def good(of: str, finding: str) -> Verdict:
    """All is well."""
    return Verdict(of, True, finding)


def wrong(of: str, finding: str, mend: str) -> Verdict:
    """Something is to be mended."""
    return Verdict(of, False, finding, mend)


def age(since: datetime, now: datetime) -> str:
    """How long ago something was, in words."""
    hours = (now - since) // timedelta(hours=1)
    return f"{hours} h ago" if hours else f"{max(0, (now - since) // timedelta(minutes=1))} min ago"


_NAMED: Final = 5


def named(names: Sequence[str]) -> str:
    """The first of many, and how many more there are."""
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"
