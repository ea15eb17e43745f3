"""More containers, the second tap, the ledger's answer, and the way out."""

from msgspec.structs import replace

from kiosk.core import events as ev
from kiosk.core.decisions.deciding import STAY, Context, Decided, admitted, note_card, of_load, problem, stop
from kiosk.core.errors import SealgateError
from kiosk.core.reasons import Reason
from kiosk.core.rules import Admission, Situation, after_hours_reason, identify, permit_load, pin_wanted
from kiosk.core.said import said
from kiosk.core.visit_file import VisitFile


def checked_more(context: Context, _event: ev.UpliftAdded) -> Decided:
    """Take another container on the same truck."""
    if not may_add(context.situation, context.file):
        return problem(context, said("This truck can take no more."))
    return Decided("another", replace(context.file, problem=None, notice=None))


def may_add(situation: Situation, file: VisitFile) -> bool:
    """Whether the truck can take another unit. Never more than the plan allows."""
    return len(file.done) < situation.plan.most_uplifts


def sign(context: Context, _event: ev.UpliftsFinished) -> Decided:
    """Go on to the second tap."""
    return Decided("sign", replace(context.file, problem=None, notice=None))


def second_tap(context: Context, event: ev.CardPresented) -> Decided:
    """Take responsibility: only the card of the first tap may, and only while it is still good."""
    file = context.file
    if event.credential != file.credential:
        words = said("That is another card. Tap the card you started with.")
        return problem(context, words, file=note_card(context, event))
    # Looked at once more: midnight, a revocation or a new list may have come since the first tap.
    answer = identify(context.situation, event.credential, event.proof, event.at)
    file = replace(file, signed_proof=event.proof)
    if isinstance(answer, Reason):
        return stop(context, answer, file=file)
    if answer.driver.driver_id != admitted(context).driver.driver_id:
        return stop(context, Reason.CARD_UNKNOWN, detail="it was given to another meanwhile", file=file)
    file = replace(file, signing=answer)
    if (reason := _unattended_reason(context, answer, event)) is not None:
        return stop(context, reason, file=file)
    require_passed(file)
    return _loads_once_more(context, answer, event, file)


def _unattended_reason(context: Context, answer: Admission, event: ev.CardPresented) -> Reason | None:
    """Why a visit may not end while nobody is on duty, if so: it is asked what one that begins now is asked (5.3)."""
    if (reason := after_hours_reason(answer, event.proof)) is not None:
        return reason
    pinless = pin_wanted(context.situation.plan, answer) and not context.file.pin_right
    return Reason.PIN_NOT_GIVEN if pinless else None


def _loads_once_more(context: Context, answer: Admission, event: ev.CardPresented, file: VisitFile) -> Decided:
    """Every load must still be one that this operator may take, by the paperwork by which it was checked."""
    done = []
    for check in file.done:
        permitted = permit_load(context.situation, answer, check.load.unit, event.at)
        if isinstance(permitted, Reason):
            return stop(context, permitted, detail=of_load(context, check.load.unit, permitted), file=file)
        if replace(permitted, collect=check.load.collect) != check.load:  # when it goes is not what was checked
            return stop(context, Reason.LOAD_CHANGED, detail=str(check.load.unit), file=file)
        done.append(replace(check, load=permitted))
    return Decided("signed", replace(file, done=tuple(done), signed=event.at, problem=None, notice=None))


def require_passed(file: VisitFile) -> None:
    """The last guard before an uplift is recorded: every check of the visit passed, and there is one.

    The table lets no other visit come this far; if one does, nothing opens.

    Raises:
        SealgateError: when a check is missing or did not pass.
    """
    if not file.done or not all(check.passed for check in file.done):
        raise SealgateError(
            expected="at least one uplift, each with every step passed",
            got=f"{sum(check.passed for check in file.done)} of {len(file.done)} passed",
            mend="keep the barrier down and report this as a fault of the kiosk",
        )


def other_card(context: Context, event: ev.CardPresented) -> Decided:
    """A card in the middle of a visit: noted when it is not the driver's, and nothing else."""
    if event.credential == context.file.credential:
        return Decided(STAY, context.file)
    noted = replace(note_card(context, event), notice=said("Another card was presented. It was noted."))
    return Decided(STAY, noted)


def committed(context: Context, event: ev.EntryCommitted) -> Decided:
    """The ledger holds an entry: if it is the uplift's, the truck may go."""
    if event.ref != context.file.commit_ref:
        return Decided(STAY, context.file)
    return Decided("committed", replace(context.file, entry_number=event.number, opened=event.at))


def commit_failed(context: Context, event: ev.CommitFailed) -> Decided:
    """The ledger failed: whatever the entry was, a visit that cannot be recorded does not go on."""
    return stop(context, Reason.LEDGER_FAILED, detail=event.why)


def barrier_failed(context: Context, event: ev.BarrierFailed) -> Decided:
    """The gate could not open the barrier."""
    return stop(context, Reason.BARRIER_FAILED, detail=event.why)


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
