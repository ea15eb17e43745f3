"""Every display that a station can tell, with every sentence that can be on it: for tests of all languages at once."""

from collections.abc import Callable, Iterator

from msgspec.structs import replace

from kiosk.console.messages import (
    AskVisitor,
    BackupHealth,
    CardLevel,
    Condition,
    EnterPin,
    Health,
    ListHealth,
    MachineHealth,
    Measure,
    NoNumber,
    Part,
    PartHealth,
    Reading,
    SealEntry,
    Show,
    StaffConsole,
    VisitorAsk,
)
from kiosk.console.presenting import display_of
from kiosk.core import events as ev
from kiosk.core.cards import CardLevel as CoreLevel
from kiosk.core.decisions.deciding import not_taken
from kiosk.core.effects import CheckPin, EntryKind
from kiosk.core.errors import BadNumber
from kiosk.core.pins import Pin, PinAnswer, PinRule
from kiosk.core.plan import SecurityPlan
from kiosk.core.reasons import Reason, StopKind
from kiosk.core.sealing.ranges import numbers_between
from kiosk.core.seals import Symbology, VvttStep
from kiosk.core.visitor_at_kiosk import NOT_WRITTEN
from kiosk.core.visitor_form import NO_LETTERS, NO_NUMBER, TOO_LONG
from kiosk.station.consoles.alone import HERE_ALREADY, NOBODY
from kiosk.station.consoles.gatehouse import NOT_ADMITTED
from kiosk.station.station import NOT_READY
from tests.core.driving import Ride
from tests.core.samples import BOOKED, PLAN, PROVEN, UNATTENDED, at
from tests.ui.samples import CONTACT, CONTRACTOR, SAMPLES, UNRECORDED, shown, stopped, verify

NEVER_ON_SCREEN = frozenset(
    {"This truck can take no more."}  # another load is not offered then
    | {reason.text.headline for reason in Reason if reason.text.kind is StopKind.INTERRUPTED}
)
"""Sentences of the core that no display shows."""

Play = Callable[[Ride], object]


def _pins(ride: Ride, *answers: PinAnswer) -> None:
    ride.tap(1)
    for answer in answers:
        ride.send(ev.PinKeyed(Pin("740315"), ride.at()))
        check = [effect for effect in ride.effects if isinstance(effect, CheckPin)][-1]
        ride.send(ev.PinChecked(check.ref, answer, ride.at()))


def _short_pin(ride: Ride) -> None:
    ride.tap(1)
    ride.send(ev.PinKeyed(Pin("1"), ride.at()))


def _twice_the_same(ride: Ride) -> None:
    ride.to_verify().scan("NZ100001")
    ride.step(VvttStep.TUG)
    ride.step(VvttStep.TWIST)
    ride.send(ev.UpliftAdded(ride.at()))
    ride.key_unit("CSQU3054383")


def _keyed(*numbers: str) -> Play:
    def play(ride: Ride) -> None:
        ride.to_verify().send(ev.ScanUnreadable("no data", ride.at()))
        ride.send(ev.KeyingAsked(ride.at()))
        for number in numbers:
            ride.key_seal(number)

    return play


def _package(*cards: int) -> Play:
    def play(ride: Ride) -> None:
        ride.to_choice(4).key_unit("ULD-7701")
        ride.send(ev.PackageAnswered(True, ride.at()))
        for card in cards:
            ride.tap(card)

    return play


def _seal_without_barcode(ride: Ride) -> None:
    ride.to_choice().key_unit("CSQU3054383")
    ride.step(VvttStep.VIEW)
    visit = ride.lane.visit
    assert visit is not None
    assert visit.file.current is not None
    load = visit.file.current.load
    bare = replace(load, seal_type=replace(load.seal_type, symbologies=frozenset(), scanner_must_identify=True))
    visit.file = replace(visit.file, current=replace(visit.file.current, load=bare))
    ride.scan("NZ100001", None)


def _reader_lost(ride: Ride) -> None:
    ride.to_signing().send(ev.PartChanged(ev.Part.READER, False, "silent", "plug it in", ride.at()))


ASKING = replace(PLAN, pin=PinRule.ALWAYS)
PLAYS: tuple[tuple[SecurityPlan, Play], ...] = (
    *((replace(PLAN, card_level=level), lambda _: None) for level in CoreLevel),
    (ASKING, _short_pin),
    (ASKING, lambda ride: _pins(ride, PinAnswer.WRONG)),
    (ASKING, lambda ride: _pins(ride, PinAnswer.WRONG, PinAnswer.WRONG)),
    (PLAN, lambda ride: ride.to_choice().key_unit("CSQU3054384")),
    (PLAN, lambda ride: ride.to_choice().key_unit("?")),
    (PLAN, lambda ride: ride.to_choice().send(ev.LoadChosen("gone", at()))),
    (PLAN, _twice_the_same),
    (PLAN, lambda ride: ride.to_verify().scan("X")),
    (PLAN, lambda ride: ride.to_verify().scan("X", Symbology.ITF)),
    (PLAN, _seal_without_barcode),
    (PLAN, lambda ride: ride.to_verify().send(ev.KeyingAsked(at()))),
    (PLAN, lambda ride: ride.to_verify().send(ev.ScanUnreadable("no data", at()))),
    (PLAN, _keyed("zz")),
    (PLAN, _keyed("NZ100001", "NZ100002")),
    (PLAN, _package()),
    (PLAN, _package(1)),
    (PLAN, _package(11)),
    (PLAN, lambda ride: ride.to_signing().tap(2)),
    (PLAN, _reader_lost),
    (UNATTENDED, lambda ride: ride.to_verify().scan("NZ100002")),
    (UNATTENDED, lambda ride: ride.tap(1)),
)


def _bad_range() -> BadNumber:
    try:
        numbers_between("A", "B")
    except BadNumber as error:
        return error
    raise AssertionError("expected two ends that are none to be refused")


def _of_staff() -> Iterator[Show]:
    """What staff make of a hold, what they say, and a member of staff at the screen."""
    for kind in (EntryKind.HOLD_RELEASED, EntryKind.HOLD_TURNED_AWAY):
        ride = Ride().to_verify()
        ride.scan("NZ100002")
        (held,) = ride.roster.everyone()
        ride.send(ev.StaffRecorded(kind.value, {"visit": held.visit_id}, ride.at()))
        yield replace(shown(display_of(ride.lane, CONTACT, ride.at()), card=True), word="Park at the side.")
    yield shown(StaffConsole(1))
    yield from (shown(EnterPin(waits=False, problem=why)) for why in (*NOT_ADMITTED.values(), NOT_READY))


def _of_visitors() -> Iterator[Show]:
    """Each question, and each word on why an answer was not taken."""
    for number, ask in enumerate(VisitorAsk, start=1):
        yield shown(AskVisitor(ask, number, len(VisitorAsk), CONTRACTOR, "", None, waits=False))
    for inducted in ("yes", "no"):
        yield shown(AskVisitor(VisitorAsk.AGREE, 7, 7, (*CONTRACTOR, inducted), "", None, waits=False))
    problems = (NOT_WRITTEN, HERE_ALREADY, NOBODY, NOT_READY, TOO_LONG, NO_LETTERS, NO_NUMBER)
    for problem in problems:
        yield shown(AskVisitor(VisitorAsk.NUMBER, 2, 3, ("leaves",), "", problem, waits=False))


def every_show() -> Iterator[Show]:
    """Each display with each sentence, a card on the reader, and notices where there can be any."""
    for sample in SAMPLES.values():
        yield from (each for each in sample.told if isinstance(each, Show))
    for plan, play in PLAYS:
        ride = Ride(plan=plan, records=BOOKED, proof=PROVEN) if plan is UNATTENDED else Ride(plan=plan)
        play(ride)
        visit = ride.lane.visit
        notice = visit.file.notice if visit is not None else None
        yield shown(display_of(ride.lane, CONTACT, ride.at()), notice=notice, card=True)
    ride = Ride().to_verify()
    for reason in Reason:
        if reason.text.kind is not StopKind.INTERRUPTED:
            for number in (1_048_576, *NoNumber):
                yield shown(replace(stopped(reason), reference=number), card=True)
            ride.send(ev.CardNotTaken(reason, ride.at()))
            assert ride.lane.visit is not None
            yield shown(display_of(ride.lane, CONTACT, ride.at()), notice=ride.lane.visit.file.notice, card=True)
    yield from _of_staff()
    yield from _of_visitors()
    yield shown(UNRECORDED, card=True)
    yield shown(verify(SealEntry.SCAN, not_taken("A", _bad_range())))


DISKS_OWN = frozenset({Condition.NEARLY_FULL, Condition.FULL})
ILL = tuple(
    MachineHealth(measure, reading)
    for measure, reading in (
        (Measure.POWER, Reading.LOW),
        (Measure.HEAT, Reading.HOT),
        (Measure.SYSTEM_DISK, Reading.NEARLY_FULL),
    )
)


def _ill(part: Part, condition: Condition) -> PartHealth:
    """A part in a condition, where it can be in it: as wrong as it can be, where not."""
    may = (
        condition not in DISKS_OWN if part is not Part.DISK else condition not in {Condition.SHORT, Condition.UNSTEADY}
    )
    return PartHealth(part, condition if may else Condition.LOST)


def every_health() -> Iterator[Health]:
    """Each word of the health line: as much as can be wrong, and each thing by itself."""
    well = tuple(PartHealth(part, Condition.WORKING) for part in Part)
    for condition in Condition:
        yield Health(tuple(_ill(part, condition) for part in Part), machine=ILL)
        yield Health((*well[:-1], _ill(Part.DISK, condition)), machine=ILL)
    for measured in ILL:
        yield Health(well, machine=(measured,))
    for level in CardLevel:
        yield Health(well, card_level=level)
        for backup in (BackupHealth(late_h=400), BackupHealth(trouble="no stick"), BackupHealth(age_h=12)):
            for approved in (ListHealth(days_left=14), ListHealth(expired=True), ListHealth()):
                yield Health(well, backup, approved, level)
    yield Health(well, cards_fail=True)
