"""One session of the kiosk with one driver's journey, and what it says of it while it goes.

Usage: ``python -m tests.station.visiting DATA JOURNEY``; each line on stdout is one of the messages below, as JSON.
"""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import structlog
from msgspec import Struct

from kiosk.console import messages as msg
from kiosk.core import events as ev
from kiosk.core.effects import CommitEntry, Effect, OpenBarrier
from kiosk.ledger import head
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.stamp import Stamp
from kiosk.station.recorder import Recorder
from tests.station.journeys import JOURNEYS, Journey
from tests.station.traveller import CannotRecord, Traveller
from tests.station.yard import YardClock


class Wrote(Struct, frozen=True, tag=True):
    """The ledger has taken an entry of the station's: of a visit, or one such as that the kiosk was started."""

    number: int
    digest: str


class Acknowledged(Struct, frozen=True, tag=True):
    """EntryCommitted has reached the station."""

    number: int
    digest: str
    kind: str
    body: dict[str, Any]


class BarrierOpened(Struct, frozen=True, tag=True):
    """The gate was told to open the barrier."""

    visit: str
    number: int


class Refused(Struct, frozen=True, tag=True):
    """The kiosk has told the driver that it cannot record.

    Attributes:
        display: The display's name.
        reason: Its reason code; empty where the kiosk is out of service.
        fault: What the health line says of the ledger.
    """

    display: str
    reason: str
    fault: str


class Travelled(Struct, frozen=True, tag=True):
    """The journey is done and recorded; the kiosk is about to be stopped."""


Said = Wrote | Acknowledged | BarrierOpened | Refused | Travelled

_READ = msgspec.json.Decoder(Said)


def read_said(lines: Iterable[str]) -> list[Said]:
    """What this program has said."""
    return [_READ.decode(line) for line in lines]


def say(what: Said) -> None:
    os.write(1, msgspec.json.encode(what) + b"\n")


class SayingRecorder(Recorder):
    """Says what the ledger has taken."""

    def _follow(self, ledger: Ledger, seq: int, kind: str, stamp: Stamp, body: Mapping[str, Any]) -> None:
        now = ledger.head()
        say(Wrote(now.count, now.digest))
        super()._follow(ledger, seq, kind, stamp, body)


class SayingTraveller(Traveller):
    """Says what the station is answered, and what it has the gate do."""

    recorder = SayingRecorder

    def witness(self, what: ev.Event | Effect) -> None:
        if isinstance(what, ev.EntryCommitted):
            asked = next(each for each in self.happened if isinstance(each, CommitEntry) and each.ref == what.ref)
            say(Acknowledged(what.number, what.digest, asked.kind.value, dict(asked.body)))
        elif isinstance(what, OpenBarrier):
            say(BarrierOpened(what.visit_id, what.entry_number))
        super().witness(what)


@contextmanager
def session(
    journey: Journey, data: Path, *, number: float | None = None, kind: type[Traveller] = Traveller
) -> Iterator[Traveller]:
    """A kiosk in service, and the driver before it; stopped in an orderly way at the end.

    Args:
        journey: Whose driver.
        data: The kiosk's data folder.
        number: Which session it is, for its clock: the journey's own unless given.
        kind: What sort of driver.
    """
    traveller = kind(data, journey.session, YardClock(number or journey.session), journey.timeouts)
    traveller.thread.start()
    try:
        yield traveller
    finally:
        traveller.thread.stop()


def main(data: str, name: str) -> None:
    head.NOTE_EVERY_S = 0.0  # type: ignore[misc]  # the same calls in every run, whatever time it takes
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # stdout is for the messages alone
    with session(JOURNEYS[name], Path(data), kind=SayingTraveller) as traveller:
        try:
            JOURNEYS[name].travel(traveller)
        except CannotRecord as refusal:
            display = refusal.display
            reason = display.reason if isinstance(display, msg.Stopped) else ""
            say(Refused(type(display).__name__, reason, refusal.ledger.detail))
        else:
            say(Travelled())
    if traveller.thread.failure is not None:
        raise traveller.thread.failure


if __name__ == "__main__":
    main(*sys.argv[1:])
