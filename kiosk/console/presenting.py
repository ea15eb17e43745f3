"""What the driver's screen shows for a lane, and what a screen's wish means to it. Pure."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from msgspec.structs import replace

from kiosk.console import messages as msg
from kiosk.console import wishes
from kiosk.console.health import NOT_SERVING, machine_of, parts_of
from kiosk.core import events as ev
from kiosk.core.attendance import attendance
from kiosk.core.cards import CardLevel
from kiosk.core.decisions.arriving import MOST_OFFERED
from kiosk.core.decisions.leaving import may_add
from kiosk.core.lane import Lane
from kiosk.core.loads import LoadRecord, Mode
from kiosk.core.reasons import Reason, StopKind
from kiosk.core.rules import waiting_loads
from kiosk.core.said import Said, said
from kiosk.core.seals import SealType, VvttStep
from kiosk.core.staff_at_kiosk import StaffState
from kiosk.core.times import Moment
from kiosk.core.visit import State, Visit
from kiosk.core.visit_file import Resolved, VisitFile
from kiosk.core.visitor_at_kiosk import VisitorAtKiosk, VisitorState
from kiosk.core.vvtt import UpliftCheck


def visit_on_show(lane: Lane) -> Visit | None:
    """The visit that the driver's screen is about; None while it is about nobody."""
    return lane.visit if lane.visit is not None and lane.visit.state not in _OVER else None


def display_of(lane: Lane, contact: str, now: Moment) -> msg.Display:
    """What the driver's screen shows now.

    Args:
        lane: The lane as it stands.
        contact: Whom to call when the kiosk is out of service.
        now: The moment that is now: staff come and go.
    """
    plan = lane.situation.plan
    if (others := _of_others(lane, contact, now)) is not None:
        return others
    if (visit := visit_on_show(lane)) is not None:
        if visit.state is State.CHOOSING:
            return _choose(lane, visit, now)
        display = _DISPLAYS[visit.state](lane, visit)
        return _for_whom_nobody_comes(display, lane, contact, now) if isinstance(display, msg.Stopped) else display
    if not lane.in_service:
        faults = tuple(health for health in parts_of(lane) if health.condition in NOT_SERVING)
        return msg.OutOfService(plan.site_name, faults, contact)
    return msg.Attract(plan.site_name, lane.awake, _level(plan.card_level), plan.visitors_at_kiosk)


def _of_others(lane: Lane, contact: str, now: Moment) -> msg.Display | None:
    """What is on for somebody who is no driver; None while nobody such is there."""
    if (staff := lane.place.staff) is not None:
        if staff.state is StaffState.INSIDE:
            return msg.StaffConsole(staff.session)
        return msg.EnterPin(staff.state is StaffState.CHECKING, staff.problem)
    visitor = lane.place.visitor
    return _visitor(visitor, lane, contact, now) if visitor is not None else None


def _visitor(visitor: VisitorAtKiosk, lane: Lane, contact: str, now: Moment) -> msg.Display:
    """A question; or what to do now: nobody goes on site alone."""
    if (signed := visitor.signed) is not None:
        around = lane.situation
        attended = attendance(around.plan, around.records, around.roster, now).attended
        return msg.VisitorSigned(signed.leaves, signed.name, signed.number, attended, contact)
    form, waits = visitor.form, visitor.state is VisitorState.RECORDING
    ask = form.ask or form.asks[-1]
    number = form.asks.index(ask) + 1
    of = len(form.asks) if form.answers else 0
    return msg.AskVisitor(msg.VisitorAsk(ask.value), number, of, form.answers, form.before, visitor.problem, waits)


def _for_whom_nobody_comes(stopped: msg.Stopped, lane: Lane, contact: str, now: Moment) -> msg.Stopped:
    """While nobody is on duty, or a hold is in no record, nobody comes to it by themselves: the driver calls."""
    if stopped.kind is not msg.StopKind.HOLD or stopped.resolved is not None:
        return stopped
    around = lane.situation
    if not attendance(around.plan, around.records, around.roster, now).attended:
        alone = said("Do not take the load. No staff here now. Call {contact}.", contact=contact)
        return replace(stopped, advice=alone)
    if stopped.reference is msg.NoNumber.LEDGER_LOST:
        return replace(stopped, advice=said("Do not take the load. Stay here and call {contact}.", contact=contact))
    return stopped


def health_of(lane: Lane, backup: msg.BackupHealth, now: Moment) -> msg.Health:
    """Every part's health; and how backups, approved list and cards are, which keep no part from working."""
    level, machine = _level(lane.situation.plan.card_level), machine_of(lane.upkeep.machine)
    return msg.Health(parts_of(lane), backup, _list_health(lane, now), level, lane.doubts_keys, machine)


def _list_health(lane: Lane, now: Moment) -> msg.ListHealth:
    plan, records = lane.situation.plan, lane.situation.records
    today = now.utc.astimezone(plan.timezone).date()
    if records.expired_list_on(today) is not None:
        return msg.ListHealth(expired=True)
    last = records.last_day_of_lists(today)
    days_left = (last - today).days if last is not None else None
    return msg.ListHealth(days_left if days_left is not None and days_left <= plan.list_warn_days else None)


def countdown_of(lane: Lane) -> msg.Countdown | None:
    """When the display ends by itself."""
    if (staff := lane.place.staff) is not None:
        return msg.Countdown(staff.ends, staff.length_s) if staff.ends is not None else None
    if (visitor := lane.place.visitor) is not None:
        return msg.Countdown(visitor.ends, visitor.length_s)
    visit = visit_on_show(lane)
    return msg.Countdown(visit.waiting.ends, visit.waiting.length_s) if visit is not None else None


def event_of(wish: wishes.Wish, at: Moment) -> ev.Event:
    """What a wish means to the core."""
    if (given := _GIVEN.get(type(wish))) is not None:
        return given(wish, at)
    return _PLAIN[type(wish)](at)


def _answered(step: msg.Step, good: bool, at: Moment) -> ev.Event:
    if step is msg.Step.PACKAGE:
        return ev.PackageAnswered(good, at)
    return ev.StepAnswered(VvttStep(step.value), good, at)


_GIVEN: Final[Mapping[type[wishes.Wish], Callable[[Any, Moment], ev.Event]]] = {
    wishes.AnswerStep: lambda wish, at: _answered(wish.step, wish.good, at),
    wishes.GivePin: lambda wish, at: ev.PinKeyed(wish.pin, at),
    wishes.ChooseLoad: lambda wish, at: ev.LoadChosen(wish.load_id, at),
    wishes.KeyUnit: lambda wish, at: ev.UnitKeyed(wish.text, at),
    wishes.KeySeal: lambda wish, at: ev.SealKeyed(wish.text, at),
    wishes.AnswerVisitor: lambda wish, at: ev.VisitorAnswered(wish.text, at),
}
"""Wishes that give something."""

_PLAIN: Final[Mapping[type[wishes.Wish], Callable[[Moment], ev.Event]]] = {
    wishes.GoOn: ev.WentOn,
    wishes.AskToKey: ev.KeyingAsked,
    wishes.AddUplift: ev.UpliftAdded,
    wishes.FinishUplifts: ev.UpliftsFinished,
    wishes.Cancel: ev.Cancelled,
    wishes.StillHere: ev.DriverActive,
    wishes.ChooseLanguage: ev.DriverActive,
    wishes.SignVisitors: ev.VisitorCame,
    wishes.AskBefore: ev.VisitorWentBack,
}

_OVER: Final = frozenset({State.ARRIVING, State.DEPARTED, State.UNSEEN, State.INTERRUPTED})
"""States that have nothing to say to a driver."""


def _level(level: CardLevel) -> msg.CardLevel:
    return msg.CardLevel(level.value)


def _form(seal_type: SealType) -> msg.SealForm:
    return msg.SealForm(seal_type.form.value)


def _current(file: VisitFile) -> UpliftCheck:
    assert file.current is not None, "a visit in a check has an uplift under way"
    return file.current


def _driver_known(_lane: Lane, visit: Visit) -> msg.Display:
    admission = visit.file.admission
    assert admission is not None, "a welcomed driver was admitted"
    assert visit.file.proof is not None, "a welcomed driver's card showed something"
    shown = _level(visit.file.proof.level)
    return msg.DriverKnown(admission.driver.name, admission.operator.name, admission.attended, shown)


def _enter_pin(_lane: Lane, visit: Visit) -> msg.Display:
    return msg.EnterPin(visit.state is not State.PIN, visit.file.problem)


def _choose(lane: Lane, visit: Visit, now: Moment) -> msg.Display:
    file = visit.file
    assert file.admission is not None, "a driver who chooses was admitted"
    loads = waiting_loads(lane.situation, file.admission, file.taken, most=MOST_OFFERED, at=now)
    return msg.ChooseContainer(tuple(map(_option, loads)), len(file.done) + 1, file.problem)


def _option(load: LoadRecord) -> msg.LoadOption:
    return msg.LoadOption(load.load_id, str(load.unit), load.goods, load.booking, load.mode is Mode.AIR)


def _check_package(lane: Lane, visit: Visit) -> msg.Display:
    waits = visit.state is State.PACKAGE_SIGNING
    problem = _card_problem(lane, visit) if waits else visit.file.problem
    return msg.CheckPackage(str(_current(visit.file).load.unit), waits, problem)


def _check_seal(_lane: Lane, visit: Visit) -> msg.Display:
    check = _current(visit.file)
    step, number, of = _place(check)
    return msg.CheckSeal(msg.Step(step.value), str(check.load.unit), _form(check.load.seal_type), number, of)


def _verify_seal(_lane: Lane, visit: Visit) -> msg.Display:
    check, file = _current(visit.file), visit.file
    _, number, of = _place(check)
    entry = {
        State.KEYING: msg.SealEntry.KEY_FIRST,
        State.KEYING_AGAIN: msg.SealEntry.KEY_AGAIN,
    }.get(visit.state, msg.SealEntry.SCAN_OR_KEY if file.may_key else msg.SealEntry.SCAN)
    return msg.VerifySeal(str(check.load.unit), _form(check.load.seal_type), number, of, entry, file.problem)


def _place(check: UpliftCheck) -> tuple[VvttStep, int, int]:
    step = check.next_step
    assert step is not None, "a check under way has a next step"
    steps = check.load.seal_type.steps
    return step, steps.index(step) + 1, len(steps)


def _more_or_sign(lane: Lane, visit: Visit) -> msg.Display:
    return msg.MoreOrSign(visit.file.units, may_add(lane.situation, visit.file))


READER_LOST: Final = said("The card reader does not answer. Please wait.")


def _card_problem(lane: Lane, visit: Visit) -> Said | None:
    """Why the last card was not taken; first of all that none can be."""
    return READER_LOST if lane.situation.reader_lost else visit.file.problem


def _sign(lane: Lane, visit: Visit) -> msg.Display:
    admission = visit.file.admission
    assert admission is not None, "a driver who signs was admitted"
    return msg.Sign(admission.driver.name, visit.file.units, _card_problem(lane, visit))


def _recording(_lane: Lane, visit: Visit) -> msg.Display:
    return msg.Recording(visit.file.units)


def _barrier_open(_lane: Lane, visit: Visit) -> msg.Display:
    assert visit.file.entry_number is not None, "the barrier opens after the entry"
    return msg.BarrierOpen(visit.file.units, visit.file.entry_number)


_STOPS: Final = {
    StopKind.HOLD: msg.StopKind.HOLD,
    StopKind.REFUSAL: msg.StopKind.REFUSAL,
    StopKind.ABANDONED: msg.StopKind.ABANDONED,
}


def _stopped(lane: Lane, visit: Visit) -> msg.Display:
    reason = visit.file.reason
    assert reason is not None, "a stopped visit has a reason"
    text, reference = reason.text, _reference(lane, visit.file, reason)
    stopped = msg.Stopped(_STOPS[text.kind], reason.name, said(text.headline), said(text.advice), reference)
    match visit.file.resolved:
        case Resolved.RELEASED:
            headline, advice = said("Staff settled this"), said("Tap your card to start again.")
            return replace(stopped, resolved=msg.Resolved.RELEASED, headline=headline, advice=advice)
        case Resolved.TURNED_AWAY:
            headline, advice = said("You cannot take this load"), said("Leave without it. Call your dispatcher.")
            return replace(stopped, resolved=msg.Resolved.TURNED_AWAY, headline=headline, advice=advice)
        case _:
            return stopped


def _reference(lane: Lane, file: VisitFile, reason: Reason) -> int | msg.NoNumber:
    """The number of the recorded end. A ledger that hangs is not known to be lost, but it is why the visit stopped."""
    if file.reference is not None:
        return file.reference
    lost = lane.parts[ev.Part.LEDGER].working is False or reason is Reason.LEDGER_FAILED
    return msg.NoNumber.LEDGER_LOST if lost else msg.NoNumber.COMING


_DISPLAYS: Final[Mapping[State, Callable[[Lane, Visit], msg.Display]]] = {
    State.PIN_ASKED: _enter_pin,
    State.PIN: _enter_pin,
    State.PIN_CHECK: _enter_pin,
    State.PIN_WRONG: _enter_pin,
    State.WELCOMED: _driver_known,
    State.PACKAGE_CHECK: _check_package,
    State.PACKAGE_SIGNING: _check_package,
    State.VIEW: _check_seal,
    State.VERIFY: _verify_seal,
    State.KEYING: _verify_seal,
    State.KEYING_AGAIN: _verify_seal,
    State.TUG: _check_seal,
    State.TWIST: _check_seal,
    State.CHECKED: _more_or_sign,
    State.SIGNING: _sign,
    State.COMMITTING: _recording,
    State.PASSING: _barrier_open,
    State.HELD: _stopped,
    State.REFUSED: _stopped,
    State.ABANDONED: _stopped,
}
