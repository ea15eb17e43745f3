"""Time that passes, a driver who is busy or gives up, and a kiosk that is stopped."""

from msgspec.structs import replace

from kiosk.core import events as ev
from kiosk.core.decisions.deciding import STAY, Context, Decided, current_check, stop
from kiosk.core.reasons import Reason


def active(context: Context, _event: ev.DriverActive) -> Decided:
    """The driver is busy: the time-out starts again."""
    return Decided(STAY, context.file, renew=True)


def time_passed(context: Context, _event: ev.TimePassed) -> Decided:
    """The driver walked away."""
    return stop(context, Reason.TIMED_OUT) if context.overdue else Decided(STAY, context.file)


def verify_time(context: Context, event: ev.TimePassed) -> Decided:
    """After a while without a read the seal counts as one that does not scan."""
    if context.overdue:
        return stop(context, Reason.TIMED_OUT)
    patience = context.situation.plan.timeouts.scan_patience_s
    if context.file.may_key or context.waited_s < patience:
        return Decided(STAY, context.file)
    current = current_check(context).with_attempt(f"no read within {patience:g} s", event.at)
    return Decided(STAY, replace(context.file, current=current, may_key=True))


def welcome_time(context: Context, _event: ev.TimePassed) -> Decided:
    """The greeting was long enough to read."""
    return Decided("choose" if context.overdue else STAY, context.file)


def sign_time(context: Context, _event: ev.TimePassed) -> Decided:
    """No second tap: the driver walked away, or the reader was lost and nobody could tap."""
    if not context.overdue:
        return Decided(STAY, context.file)
    return stop(context, Reason.READER_LOST if context.situation.reader_lost else Reason.TIMED_OUT)


def commit_time(context: Context, _event: ev.TimePassed) -> Decided:
    """The ledger gave no answer."""
    if not context.overdue:
        return Decided(STAY, context.file)
    return stop(context, Reason.LEDGER_FAILED, detail="no answer in time")


def passing_time(context: Context, _event: ev.TimePassed) -> Decided:
    """Nobody drove over the exit loop."""
    return Decided("unseen" if context.overdue else STAY, context.file)


def cancelled(context: Context, _event: ev.Cancelled) -> Decided:
    """The driver gives up."""
    return stop(context, Reason.DRIVER_CANCELLED)


def choosing_cancelled(context: Context, event: ev.Cancelled) -> Decided:
    """With a container checked already the driver only takes back the wish for another one."""
    if context.file.done:
        return Decided("back", replace(context.file, problem=None, notice=None))
    return cancelled(context, event)


def keying_cancelled(context: Context, _event: ev.Cancelled) -> Decided:
    """The driver would rather scan."""
    return Decided("scan", replace(context.file, first_keyed=None, problem=None, notice=None))


def stopping(context: Context, _event: ev.KioskStopping) -> Decided:
    """The kiosk is being stopped."""
    return stop(context, Reason.KIOSK_STOPPED)
