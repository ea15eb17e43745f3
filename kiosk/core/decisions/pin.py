"""The PIN beside the card: asked, keyed, checked, and wrong a few times at most."""

from msgspec.structs import replace

from kiosk.core import entries
from kiosk.core import events as ev
from kiosk.core.cards import Credential
from kiosk.core.decisions.deciding import STAY, Context, Decided, problem, stop
from kiosk.core.pins import PinAnswer
from kiosk.core.reasons import Reason
from kiosk.core.rules import Situation
from kiosk.core.said import said_of
from kiosk.core.visit_file import VisitFile

_REFUSED = {PinAnswer.NOT_SET: Reason.PIN_NOT_SET, PinAnswer.FAILED: Reason.PIN_NOT_CHECKED}


def asked(context: Context, event: ev.EntryCommitted) -> Decided:
    """The ledger knows of the tap: now the PIN is asked."""
    return Decided("ask" if event.ref == context.file.commit_ref else STAY, context.file)


def keyed(context: Context, event: ev.PinKeyed) -> Decided:
    """Have it checked. What can be nobody's PIN is no try."""
    if (wrong := event.pin.problem) is not None:
        return problem(context, wrong)
    return Decided("check", replace(context.file, pin=event.pin, problem=None, notice=None))


def checked(context: Context, event: ev.PinChecked) -> Decided:
    """Admit the driver, or not."""
    if event.ref != context.file.pin_ref:
        return Decided(STAY, context.file)
    if event.answer is PinAnswer.RIGHT:
        return Decided("admitted", replace(context.file, pin_right=True))
    if event.answer is PinAnswer.WRONG:
        return Decided("wrong", context.file)
    return stop(context, _REFUSED[event.answer])


def check_time(context: Context, _event: ev.TimePassed) -> Decided:
    """The check gave no answer."""
    return stop(context, Reason.PIN_NOT_CHECKED, detail="no answer in time") if context.overdue else _stay(context)


def wrong_body(file: VisitFile, situation: Situation) -> entries.Body:
    """The entry of a wrong PIN."""
    return entries.pin_wrong(file, situation.roster.cards.pin_tries(_card(file)) + 1)


def wrong_recorded(context: Context, event: ev.EntryCommitted) -> Decided:
    """The ledger knows of the wrong PIN: the driver is told, and may try again if any tries are left."""
    if event.ref != context.file.commit_ref:
        return _stay(context)
    left = context.situation.roster.cards.pin_tries_left(_card(context.file))
    if not left:
        return stop(context, Reason.PIN_LOCKED)
    words = said_of(left, "Wrong PIN. {left} try left.", "Wrong PIN. {left} tries left.", left=left)
    return Decided("again", replace(context.file, problem=words, notice=None), wrong=True)


def _card(file: VisitFile) -> Credential:
    assert file.credential is not None, "a PIN is asked after a card was tapped"
    return file.credential


def _stay(context: Context) -> Decided:
    return Decided(STAY, context.file)
