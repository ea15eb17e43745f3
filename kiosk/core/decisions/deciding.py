"""What every decision looks at, what it answers, and the answers that all of them share."""

from collections.abc import Callable
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from kiosk.core import events as ev
from kiosk.core.errors import BadNumber
from kiosk.core.reasons import Reason
from kiosk.core.rules import Admission, Situation
from kiosk.core.said import Said, said
from kiosk.core.units import Unit, quoted
from kiosk.core.visit_file import MOST_OTHER_CARDS, OtherCard, VisitFile
from kiosk.core.vvtt import UpliftCheck


class Context(Struct, frozen=True):
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


class Decided(Struct, frozen=True):
    """What was decided.

    Attributes:
        outcome: Which of the outcomes that the table lists.
        file: The visit's new file.
        renew: Whether the state's time-out starts again although the state stays.
        wrong: Whether what came was not taken, so that the driver is to try again.
    """

    outcome: str
    file: VisitFile
    renew: bool = False
    wrong: bool = False


Decide = Callable[[Context, Any], Decided]

STAY: Final = "stay"


def stop(context: Context, reason: Reason, detail: str = "", file: VisitFile | None = None) -> Decided:
    """End the visit, or hold it, for a reason."""
    stopped = replace(
        file or context.file, reason=reason, stopped_in=context.state, detail=detail, problem=None, notice=None
    )
    return Decided(reason.text.kind.value, stopped)


def admitted(context: Context) -> Admission:
    """Why the driver may be here. Only for states past the first tap."""
    admission = context.file.admission
    assert admission is not None, "a visit past the first tap was admitted"
    return admission


def current_check(context: Context) -> UpliftCheck:
    """The uplift whose check is under way. Only for states of a check."""
    current = context.file.current
    assert current is not None, "a visit in a check has an uplift under way"
    return current


def problem(context: Context, words: Said, file: VisitFile | None = None) -> Decided:
    """Stay, and say on the screen why the input was not taken."""
    return Decided(STAY, replace(file or context.file, problem=words, notice=None), renew=True, wrong=True)


def not_taken(text: str, error: BadNumber) -> Said:
    """Why a number was not taken, for a driver: what came and what to do. Never what would have been right."""
    return said("Not taken: {text}. {look}", text=quoted(text), look=error.look)


def of_load(context: Context, unit: Unit, reason: Reason) -> str:
    """What an entry says of the container or package for which a visit stopped: which, and when it is booked."""
    load = context.situation.records.load(unit)
    if reason is not Reason.OUTSIDE_COLLECTION_WINDOW or load is None or load.collect is None:
        return str(unit)
    return f"{unit}, booked for {load.collect.said(context.situation.plan.timezone)}"


def note_card(context: Context, event: ev.CardPresented) -> VisitFile:
    """The file with a foreign card noted in it; a card left on the reader fills no disk."""
    file = context.file
    if event.credential == file.credential or len(file.other_cards) >= MOST_OTHER_CARDS:
        return file
    return replace(
        file, other_cards=(*file.other_cards, OtherCard(event.credential, context.state, event.at, proof=event.proof))
    )  # fmt: skip


def card_not_taken_here(context: Context, event: ev.CardNotTaken) -> Decided:
    """A card that the reader could not take, in the middle of a visit: said, and noted."""
    file = context.file
    if len(file.other_cards) < MOST_OTHER_CARDS:
        noted = OtherCard(event.credential, context.state, event.at, event.reason.name, event.proof)
        file = replace(file, other_cards=(*file.other_cards, noted))
    return Decided(STAY, replace(file, notice=why(event.reason)), wrong=True)


def why(reason: Reason) -> Said:
    """A reason as a sentence."""
    return said("{reason}.", reason=said(reason.text.headline))


def nothing(context: Context, _event: object) -> Decided:
    """Takes the event and changes nothing."""
    return Decided(STAY, context.file)
