"""Twenty drivers' journeys, one for each session of the kiosk, from the first tap to the recorded end.

They come in this order and leave one ledger: each begins with what those before it left, and some of those ended by a
power cut, or lost what a power cut can take.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Final

from msgspec import Struct

from kiosk.console import messages as msg
from kiosk.console import wishes
from kiosk.core import events as ev
from kiosk.core.effects import EntryKind
from kiosk.core.plan import Timeouts
from kiosk.ledger.head import HEAD_NAME
from kiosk.ledger.segments import list_segments
from tests.core.samples import FLOWN, OTHERS
from tests.station.traveller import WRONG_SEAL, Traveller
from tests.station.yard import bolted, cabled

AIR_DRIVER, STAFF_CARD, REVOKED_CARD, UNKNOWN_CARD = 4, 9, 11, 99

SOON_S: Final = 0.1
"""A time-out that a journey waits for."""

SET_BY_S: Final = 20
"""By how much a journey's clock is set: far above what counts as a step, far below the time between two sessions."""


def as_it_should_be(each: Traveller) -> None:
    each.left_uplifted(each.card, bolted(each.place))


def unknown_then_revoked(each: Traveller) -> None:
    for card, reason in ((UNKNOWN_CARD, "CARD_UNKNOWN"), (REVOKED_CARD, "CARD_REVOKED")):
        each.until(msg.Attract)
        each.tap(card)
        each.stopped(reason)
    each.until(msg.Attract)


def another_seal(each: Traveller) -> None:
    each.welcomed(each.card)
    each.take(cabled(each.place))
    each.scan(WRONG_SEAL)
    each.stopped("SEAL_MISMATCH")
    each.until(msg.Attract)


def two_containers(each: Traveller) -> None:
    each.welcomed(each.card)
    each.checked(bolted(each.place))
    each.ask(wishes.AddUplift())
    each.until(msg.ChooseContainer)
    each.checked(cabled(each.place))
    each.signed(each.card)
    each.drive_out()


def keyed(each: Traveller) -> None:
    load = cabled(each.place)
    each.welcomed(each.card)
    each.take(load)
    each.devices.post(ev.ScanUnreadable("noise", each.clock()))
    each.until(msg.VerifySeal, lambda shown: shown.entry is msg.SealEntry.SCAN_OR_KEY)
    each.ask(wishes.AskToKey())
    for entry in (msg.SealEntry.KEY_FIRST, msg.SealEntry.KEY_AGAIN):
        each.until(msg.VerifySeal, lambda shown, entry=entry: shown.entry is entry)  # type: ignore[misc]
        each.ask(wishes.KeySeal(load.seal_number.text))
    each.tug_and_twist(load)
    each.signed(each.card)
    each.drive_out()


def given_up(each: Traveller) -> None:
    each.welcomed(each.card)
    each.ask(wishes.Cancel())
    each.stopped("DRIVER_CANCELLED")
    each.until(msg.Attract)


def walked_away(each: Traveller) -> None:
    each.admitted(each.card)
    each.ask(wishes.GoOn())
    each.stopped("TIMED_OUT")
    each.until(msg.Attract)


def by_air(each: Traveller) -> None:
    each.welcomed(AIR_DRIVER)
    each.ask(wishes.ChooseLoad(FLOWN.load_id))
    each.until(msg.CheckPackage)
    each.ask(wishes.AnswerStep(msg.Step.PACKAGE, good=True))
    each.until(msg.CheckPackage, lambda shown: shown.waits_for_staff_card)
    each.tap(STAFF_CARD)
    each.answer(msg.Step.VIEW)
    each.until(msg.VerifySeal)
    each.scan(FLOWN.seal_number.text)
    each.until(msg.MoreOrSign)
    each.signed(AIR_DRIVER)
    each.drive_out()


def not_seen_to_leave(each: Traveller) -> None:
    each.welcomed(each.card)
    each.checked(bolted(each.place))
    each.ask(wishes.FinishUplifts())
    each.until(msg.Sign)
    each.tap(each.card)
    each.until(msg.Attract)


def back_while_on_site(each: Traveller) -> None:
    """The driver of the journey before comes again, and is on site as far as anybody has seen."""
    each.until(msg.Attract)
    each.tap(each.card - 1)
    each.stopped("ALREADY_ON_SITE")
    each.left_uplifted(each.card, cabled(each.place))


def barrier_stuck(each: Traveller) -> None:
    each.welcomed(each.card)
    each.checked(bolted(each.place))
    each.signed(each.card)
    each.devices.post(ev.BarrierFailed("no current", each.clock()))
    each.stopped("BARRIER_FAILED")
    each.until(msg.Attract)


def loose_seal(each: Traveller) -> None:
    load = bolted(each.place)
    each.welcomed(each.card)
    each.take(load)
    each.scan(load.seal_number.text)
    each.answer(msg.Step.TUG, good=False)
    each.stopped("SEAL_LOOSE")
    each.until(msg.Attract)


def load_of_others(each: Traveller) -> None:
    each.welcomed(each.card)
    each.ask(wishes.KeyUnit(str(OTHERS.unit)))
    each.stopped("LOAD_OF_ANOTHER_OPERATOR")
    each.until(msg.Attract)


def reader_lost(each: Traveller) -> None:
    each.welcomed(each.card)
    each.checked(bolted(each.place))
    each.devices.post(ev.PartChanged(ev.Part.READER, False, "gone", "plug it in", each.clock()))
    each.ask(wishes.FinishUplifts())
    each.stopped("READER_LOST")
    each.devices.post(ev.PartChanged(ev.Part.READER, True, "", "", each.clock()))
    each.until(msg.Attract)


def cut_off_while_checking(each: Traveller) -> None:
    each.welcomed(each.card)
    each.take(bolted(each.place))


def cut_off_before_driving_out(each: Traveller) -> None:
    each.welcomed(each.card)
    each.checked(cabled(each.place))
    each.signed(each.card)


def released(each: Traveller) -> None:
    """A driver who is held, let go by staff, and comes again."""
    another_seal(each)
    held = each.recorded(EntryKind.HOLD).body["visit"]
    each.devices.post(ev.HoldReleased(str(held), "staff-1", "seal replaced", each.clock()))
    each.recorded(EntryKind.HOLD_RELEASED)
    each.left_uplifted(each.card, bolted(each.place))


def clock_set(each: Traveller) -> None:
    each.welcomed(each.card)
    each.checked(bolted(each.place))
    each.yard_clock.ahead += timedelta(seconds=SET_BY_S)
    each.signed(each.card)
    each.drive_out()


def cabinet_opened(each: Traveller) -> None:
    """What concerns no visit is recorded all the same: the cabinet, a vehicle at the exit, a late scan."""
    each.until(msg.Attract)
    each.devices.post(ev.StrayScan("seal reader", "E6614C31", 1, "NZ1", ev.Stray.LATE, 90_000, each.clock()))
    for opened in (True, False):
        each.devices.post(ev.TamperChanged(opened, each.clock()))
    each.devices.post(ev.LoopChanged(ev.Loop.EXIT, True, each.clock()))
    each.devices.post(ev.LoopChanged(ev.Loop.EXIT, False, each.clock()))
    each.left_uplifted(each.card, cabled(each.place))


def another_card_between(each: Traveller) -> None:
    load = bolted(each.place)
    each.welcomed(each.card)
    each.take(load)
    each.tap(UNKNOWN_CARD)
    each.scan(load.seal_number.text)
    each.tug_and_twist(load)
    each.signed(each.card)
    each.drive_out()


def torn(ledger: Path) -> None:
    """A power cut has left the beginning of an entry."""
    with (ledger / list_segments(ledger)[-1].name).open("ab") as journal:
        journal.write(b'{"body":{"approved_list":"2026-2","atten')


def headless(ledger: Path) -> None:
    """The head file is gone."""
    (ledger / HEAD_NAME).unlink()


class Journey(Struct, frozen=True):
    """One driver's journey, in a session of the kiosk of its own.

    Attributes:
        session: Which of the twenty it is, from 1; its driver is the yard's of that place.
        go: What the driver does.
        cut: The power goes at its end, before the kiosk is stopped.
        harm: What happens to the ledger after it.
        timeouts: How long the kiosk waits.
    """

    session: int
    go: Callable[[Traveller], None]
    cut: bool = False
    harm: Callable[[Path], None] = lambda _: None
    timeouts: Timeouts = Timeouts()

    def travel(self, traveller: Traveller) -> None:
        """Go the whole way, and wait until what the station wanted recorded is.

        Raises:
            CannotRecord: The kiosk has said so.
        """
        self.go(traveller)
        traveller.settle()

    @property
    def name(self) -> str:
        return self.go.__name__.replace("_", "-")


def _journeys() -> Iterator[Journey]:
    """In order."""
    yield Journey(1, as_it_should_be)
    yield Journey(2, unknown_then_revoked)
    yield Journey(3, another_seal)
    yield Journey(4, two_containers)
    yield Journey(5, cut_off_while_checking, cut=True)
    yield Journey(6, keyed)
    yield Journey(7, walked_away, timeouts=Timeouts(choose_s=SOON_S))
    yield Journey(8, by_air)
    yield Journey(9, not_seen_to_leave, timeouts=Timeouts(passing_s=SOON_S))
    yield Journey(10, back_while_on_site)
    yield Journey(11, cut_off_before_driving_out, cut=True, harm=torn)
    yield Journey(12, barrier_stuck)
    yield Journey(13, given_up, harm=headless)
    yield Journey(14, load_of_others)
    yield Journey(15, reader_lost, timeouts=Timeouts(sign_s=SOON_S))
    yield Journey(16, loose_seal, cut=True, harm=torn)
    yield Journey(17, released)
    yield Journey(18, clock_set)
    yield Journey(19, cabinet_opened)
    yield Journey(20, another_card_between)


JOURNEYS: Final = {journey.name: journey for journey in _journeys()}
