"""How a visit decides on each event. Pure: from the file and the situation to an outcome and a new file.

Which state each outcome leads to stands in the table of kiosk.core.visit, nowhere else.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from kiosk.core import events as ev
from kiosk.core.errors import BadNumber
from kiosk.core.loads import Mode
from kiosk.core.reasons import Reason
from kiosk.core.rules import (
    Admission,
    Situation,
    admit,
    identify,
    number_of_scan,
    permit_load,
    staff_of_card,
    symbology_problem,
    waiting_loads,
)
from kiosk.core.seals import SealNumber, VvttStep
from kiosk.core.times import Moment
from kiosk.core.units import Unit, parse_unit
from kiosk.core.visit_file import MOST_OTHER_CARDS, OtherCard, VisitFile
from kiosk.core.vvtt import How, PackageCheck, UpliftCheck


@dataclass(frozen=True, slots=True)
class Context:
    """What a decision looks at.

    Attributes:
        file: The visit so far.
        situation: The site around it.
        state: The visit's state, by name.
        waited_s: Seconds since the state was entered.
        overdue: Whether the state's time-out has run out.
    """

    file: VisitFile
    situation: Situation
    state: str
    waited_s: float
    overdue: bool


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided.

    Attributes:
        outcome: Which of the outcomes that the table lists.
        file: The visit's new file.
        renew: Whether the state's time-out starts again although the state stays.
    """

    outcome: str
    file: VisitFile
    renew: bool = False


Decide = Callable[[Context, Any], Decided]

MOST_OFFERED: Final = 99
"""Loads on the choice screen: what two digits of the keypad can name."""

STAY: Final = "stay"
STEP_OUTCOME: Final = {None: "checked", VvttStep.VIEW: "view", VvttStep.TUG: "tug", VvttStep.TWIST: "twist"}
"""Outcome names by the step that comes next. Verify always follows View and has outcomes of its own."""


def _stop(context: Context, reason: Reason, detail: str = "", file: VisitFile | None = None) -> Decided:
    stopped = replace(
        file or context.file, reason=reason, stopped_in=context.state, detail=detail, problem="", notice=""
    )
    return Decided(reason.text.kind.value, stopped)


def _admitted(context: Context) -> Admission:
    admission = context.file.admission
    assert admission is not None, "a visit past the first tap was admitted"
    return admission


def _current(context: Context) -> UpliftCheck:
    current = context.file.current
    assert current is not None, "a visit in a check has an uplift under way"
    return current


# --- the first tap ----------------------------------------------------------------------------------


def first_tap(context: Context, event: ev.CardPresented) -> Decided:
    """Admit or refuse the driver."""
    tapped = replace(context.file, credential=event.credential)
    answer = admit(context.situation, event.credential, event.proof, event.at)
    if isinstance(answer, Reason):
        return _stop(context, answer, file=tapped)
    return Decided("admitted", replace(tapped, admission=answer))


def card_not_taken(context: Context, event: ev.CardNotTaken) -> Decided:
    """Refuse a card that the reader could not take."""
    return _stop(context, event.reason)


# --- naming the container ---------------------------------------------------------------------------


def choose(context: Context, _event: ev.WentOn) -> Decided:
    """Go on to the choice of a container."""
    return Decided("choose", replace(context.file, problem="", notice=""))


def load_chosen(context: Context, event: ev.LoadChosen) -> Decided:
    """Take one of the loads that were offered."""
    offered = waiting_loads(context.situation, _admitted(context), context.file.taken, most=MOST_OFFERED)
    for load in offered:
        if load.load_id == event.load_id:
            return _permit(context, load.unit, event.at)
    return _problem(context, "That load is not on the list any more. Choose again.")


def unit_keyed(context: Context, event: ev.UnitKeyed) -> Decided:
    """Take a container or package number that was keyed."""
    return _unit_named(context, event.text, event.at)


def slip_scanned(context: Context, event: ev.ScanRead) -> Decided:
    """Take a container or package number scanned from the pick-up slip."""
    return _unit_named(context, event.text, event.at)


def _unit_named(context: Context, text: str, at: Moment) -> Decided:
    try:
        unit = parse_unit(text)
    except BadNumber as error:
        return _problem(context, f"Not taken: {error.got}. Expected {error.expected}.")
    return _permit(context, unit, at)


def _permit(context: Context, unit: Unit, at: Moment) -> Decided:
    answer = permit_load(context.situation, _admitted(context), unit, at)
    if isinstance(answer, Reason):
        return _stop(context, answer, detail=str(unit))
    if answer.load_id in context.file.taken:
        return _problem(context, f"{unit} is already checked. Choose another.")
    file = replace(
        context.file, current=UpliftCheck(answer), may_key=not answer.seal_type.symbologies, first_keyed=None,
        problem="", notice="",
    )  # fmt: skip
    return Decided("air" if answer.mode is Mode.AIR else "sea", file)


def _problem(context: Context, problem: str, file: VisitFile | None = None) -> Decided:
    return Decided(STAY, replace(file or context.file, problem=problem, notice=""), renew=True)


# --- the site's own check of a package --------------------------------------------------------------


def package_answered(context: Context, event: ev.PackageAnswered) -> Decided:
    """Note the answer; it counts once a staff card signs it, good or bad."""
    current = replace(_current(context), package=PackageCheck(event.good, event.at))
    return Decided("answered", replace(context.file, current=current, problem="", notice=""))


def package_signed(context: Context, event: ev.CardPresented) -> Decided:
    """A staff member signs the package check with their card."""
    current = _current(context)
    who = staff_of_card(context.situation, event.credential, event.proof, event.at)
    if who is None or isinstance(who, Reason):
        noted = _note_card(context, event)
        why = who.text.headline if who is not None else "That is not a staff card"
        return _problem(context, f"{why}. A staff card is needed.", file=noted)
    assert current.package is not None, "the package question was answered"
    signed = replace(current, package=replace(current.package, staff_id=who.staff_id, signed=event.at))
    file = replace(context.file, current=signed, problem="", notice="")
    if not current.package.good:
        return _stop(context, Reason.PACKAGE_NOT_SEALED, file=file)
    return Decided("view", file)


# --- View, Verify, Tug, Twist -----------------------------------------------------------------------

_FAILED: Final = {
    VvttStep.VIEW: Reason.SEAL_DAMAGED,
    VvttStep.TUG: Reason.SEAL_LOOSE,
    VvttStep.TWIST: Reason.SEAL_TURNS,
}


def step_answered(context: Context, event: ev.StepAnswered) -> Decided:
    """Take the answer to View, Tug or Twist. An answer to another step than the one that is on is dropped."""
    current = _current(context)
    if event.step is not current.next_step:
        return Decided(STAY, context.file)
    checked = current.with_result(event.step, event.good, How.ANSWERED, event.at)
    file = replace(context.file, current=checked, problem="", notice="")
    if not event.good:
        return _stop(context, _FAILED[event.step], file=file)
    if checked.next_step is VvttStep.VERIFY:
        return Decided("verify", file)
    return _next_step(file, checked)


def _next_step(file: VisitFile, checked: UpliftCheck) -> Decided:
    if checked.next_step is None:
        file = replace(file, done=(*file.done, checked), current=None)
    return Decided(STEP_OUTCOME[checked.next_step], file)


def seal_scanned(context: Context, event: ev.ScanRead) -> Decided:
    """Compare a scanned seal number, whole, after the tidying that its type names and nothing else."""
    current = _current(context)
    seal_type = current.load.seal_type
    text = number_of_scan(seal_type, event)
    if text is None:
        return _scan_failed(context, symbology_problem(seal_type, event), event.at)
    try:
        number = seal_type.read(text)
    except BadNumber as error:
        return _scan_failed(context, f"Not taken: {error.got}. Scan the seal.", event.at)
    return _compare(context, number, How.SCANNED, event.at)


def scan_unreadable(context: Context, event: ev.ScanUnreadable) -> Decided:
    """A scan that gave no data counts as a failed one."""
    return _scan_failed(context, f"The scan failed: {event.why}. Scan again.", event.at)


def _scan_failed(context: Context, problem: str, at: Moment) -> Decided:
    current = _current(context).with_attempt(problem, at)
    return _problem(context, problem, file=replace(context.file, current=current, may_key=True))


def keying_asked(context: Context, _event: ev.KeyingAsked) -> Decided:
    """Let the driver key the number, but only after a scan has failed."""
    if not context.file.may_key:
        return _problem(context, "Scan the seal first.")
    return Decided("key", replace(context.file, first_keyed=None, problem="", notice=""))


def keyed_first(context: Context, event: ev.SealKeyed) -> Decided:
    """Take the number that is keyed first; it must be keyed again."""
    try:
        number = _current(context).load.seal_type.read(event.text)
    except BadNumber as error:
        return _problem(context, f"Not taken: {error.got}. Expected {error.expected}.")
    return Decided("again", replace(context.file, first_keyed=number, problem="", notice=""))


def keyed_again(context: Context, event: ev.SealKeyed) -> Decided:
    """Compare the two keyed numbers with each other, then with the paperwork's."""
    current = _current(context)
    try:
        number = current.load.seal_type.read(event.text)
    except BadNumber as error:
        return _problem(context, f"Not taken: {error.got}. Expected {error.expected}.")
    if number != context.file.first_keyed:
        attempt = current.with_attempt("two keyed numbers differed", event.at)
        file = replace(context.file, current=attempt, first_keyed=None, notice="")
        return Decided("differ", replace(file, problem="The two numbers differ. Key it again."))
    return _compare(context, number, How.KEYED, event.at)


def _compare(context: Context, number: SealNumber, how: How, at: Moment) -> Decided:
    current = _current(context)
    right = number == current.load.seal_number
    checked = replace(current, given=number).with_result(VvttStep.VERIFY, right, how, at)
    file = replace(context.file, current=checked, first_keyed=None, problem="", notice="")
    if not right:
        return _stop(context, Reason.SEAL_MISMATCH, file=file)
    return _next_step(file, checked)


# --- more, and the second tap -----------------------------------------------------------------------


def checked_more(context: Context, _event: ev.UpliftAdded) -> Decided:
    """Take another container on the same truck."""
    if not may_add(context.situation, context.file):
        return _problem(context, "This truck can take no more.")
    return Decided("another", replace(context.file, problem="", notice=""))


def may_add(situation: Situation, file: VisitFile) -> bool:
    """Whether the truck can take another unit. Never more than the plan allows."""
    return len(file.done) < situation.plan.most_uplifts


def sign(context: Context, _event: ev.UpliftsFinished) -> Decided:
    """Go on to the second tap."""
    return Decided("sign", replace(context.file, problem="", notice=""))


def second_tap(context: Context, event: ev.CardPresented) -> Decided:
    """Take responsibility: only the card of the first tap may, and only while it is still good."""
    file = context.file
    if event.credential != file.credential:
        return _problem(
            context, "That is another card. Tap the card you started with.", file=_note_card(context, event)
        )
    # Looked at once more: midnight, a revocation or a new list may have come since the first tap.
    answer = identify(context.situation, event.credential, event.proof, event.at)
    if isinstance(answer, Reason):
        return _stop(context, answer)
    assert file.done, "a visit that signs has at least one uplift"
    for check in file.done:
        assert check.passed, "only checks that passed are done"
        permitted = permit_load(context.situation, answer, check.load.unit, event.at)
        if isinstance(permitted, Reason):
            return _stop(context, permitted, detail=str(check.load.unit))
        if permitted != check.load:
            return _stop(context, Reason.LOAD_CHANGED, detail=str(check.load.unit))
    return Decided("signed", replace(file, admission=answer, signed=event.at, problem="", notice=""))


def other_card(context: Context, event: ev.CardPresented) -> Decided:
    """A card in the middle of a visit: noted when it is not the driver's, and nothing else."""
    if event.credential == context.file.credential:
        return Decided(STAY, context.file)
    noted = replace(_note_card(context, event), notice="Another card was presented. It was noted.")
    return Decided(STAY, noted)


def _note_card(context: Context, event: ev.CardPresented) -> VisitFile:
    file = context.file
    if event.credential == file.credential or len(file.other_cards) >= MOST_OTHER_CARDS:
        return file
    return replace(
        file, other_cards=(*file.other_cards, OtherCard(event.credential, context.state, event.at))
    )  # fmt: skip


# --- recording and driving out ----------------------------------------------------------------------


def committed(context: Context, event: ev.EntryCommitted) -> Decided:
    """The ledger holds an entry: if it is the uplift's, the truck may go."""
    if event.ref != context.file.commit_ref:
        return Decided(STAY, context.file)
    return Decided("committed", replace(context.file, entry_number=event.number, opened=event.at))


def commit_failed(context: Context, event: ev.CommitFailed) -> Decided:
    """The ledger failed: whatever the entry was, a visit that cannot be recorded does not go on."""
    return _stop(context, Reason.LEDGER_FAILED, detail=event.why)


def barrier_failed(context: Context, event: ev.BarrierFailed) -> Decided:
    """The gate could not open the barrier."""
    return _stop(context, Reason.BARRIER_FAILED, detail=event.why)


def exit_loop(context: Context, event: ev.LoopChanged) -> Decided:
    """The truck drives onto the exit loop, then off it: it is out."""
    if event.loop is not ev.Loop.EXIT:
        return Decided(STAY, context.file)
    if event.occupied:
        return Decided(STAY, replace(context.file, at_exit=event.at))
    return Decided("departed" if context.file.at_exit is not None else STAY, context.file)


def end_recorded(context: Context, event: ev.EntryCommitted) -> Decided:
    """The recorded end has its number, for the driver to quote."""
    if event.ref != context.file.commit_ref:
        return Decided(STAY, context.file)
    return Decided(STAY, replace(context.file, reference=event.number))


def nothing(context: Context, _event: object) -> Decided:
    """Takes the event and changes nothing."""
    return Decided(STAY, context.file)


# --- time -------------------------------------------------------------------------------------------


def active(context: Context, _event: ev.DriverActive) -> Decided:
    """The driver is busy: the time-out starts again."""
    return Decided(STAY, context.file, renew=True)


def time_passed(context: Context, _event: ev.TimePassed) -> Decided:
    """The driver walked away."""
    return _stop(context, Reason.TIMED_OUT) if context.overdue else Decided(STAY, context.file)


def verify_time(context: Context, event: ev.TimePassed) -> Decided:
    """After a while without a read the seal counts as one that does not scan."""
    if context.overdue:
        return _stop(context, Reason.TIMED_OUT)
    patience = context.situation.plan.timeouts.scan_patience_s
    if context.file.may_key or context.waited_s < patience:
        return Decided(STAY, context.file)
    current = _current(context).with_attempt(f"no read within {patience:g} s", event.at)
    return Decided(STAY, replace(context.file, current=current, may_key=True))


def welcome_time(context: Context, _event: ev.TimePassed) -> Decided:
    """The greeting was long enough to read."""
    return Decided("choose" if context.overdue else STAY, context.file)


def sign_time(context: Context, _event: ev.TimePassed) -> Decided:
    """No second tap: the driver walked away, or the reader was lost and nobody could tap."""
    if not context.overdue:
        return Decided(STAY, context.file)
    return _stop(context, Reason.READER_LOST if context.situation.reader_lost else Reason.TIMED_OUT)


def commit_time(context: Context, _event: ev.TimePassed) -> Decided:
    """The ledger gave no answer."""
    if not context.overdue:
        return Decided(STAY, context.file)
    return _stop(context, Reason.LEDGER_FAILED, detail="no answer in time")


def passing_time(context: Context, _event: ev.TimePassed) -> Decided:
    """Nobody drove over the exit loop."""
    return Decided("unseen" if context.overdue else STAY, context.file)


def cancelled(context: Context, _event: ev.Cancelled) -> Decided:
    """The driver gives up."""
    return _stop(context, Reason.DRIVER_CANCELLED)


def choosing_cancelled(context: Context, event: ev.Cancelled) -> Decided:
    """With a container checked already the driver only takes back the wish for another one."""
    if context.file.done:
        return Decided("back", replace(context.file, problem="", notice=""))
    return cancelled(context, event)


def keying_cancelled(context: Context, _event: ev.Cancelled) -> Decided:
    """The driver would rather scan."""
    return Decided("scan", replace(context.file, first_keyed=None, problem="", notice=""))


def stopping(context: Context, _event: ev.KioskStopping) -> Decided:
    """The kiosk is being stopped."""
    return _stop(context, Reason.KIOSK_STOPPED)
