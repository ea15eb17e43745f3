"""What a screen may ask of the station, each wish as an answer to a display."""

from msgspec import Struct

from kiosk.console.messages import Step
from kiosk.core.pins import Pin
from kiosk.core.said import Language


class GoOn(Struct, frozen=True):
    """DriverKnown: the driver wants to go on. On Stopped and BarrierOpen: the driver has read it."""


class GivePin(Struct, frozen=True):
    """EnterPin: a PIN, as keyed."""

    pin: Pin


class ChooseLoad(Struct, frozen=True):
    """ChooseContainer: this one of the options."""

    load_id: str


class KeyUnit(Struct, frozen=True):
    """ChooseContainer: a container or package number, as keyed."""

    text: str


class AnswerStep(Struct, frozen=True):
    """CheckSeal or CheckPackage: the step's answer."""

    step: Step
    good: bool


class AskToKey(Struct, frozen=True):
    """VerifySeal: the seal will not scan, the driver asks to key its number."""


class KeySeal(Struct, frozen=True):
    """VerifySeal: a seal number, as keyed."""

    text: str


class AddUplift(Struct, frozen=True):
    """MoreOrSign: the truck takes another container."""


class FinishUplifts(Struct, frozen=True):
    """MoreOrSign: that is all."""


class Cancel(Struct, frozen=True):
    """The driver gives up."""


class StillHere(Struct, frozen=True):
    """The driver is busy with this screen (typing, scrolling): the time-out starts again."""


class SignVisitors(Struct, frozen=True):
    """Attract: somebody who is no driver wants to sign in or out."""


class AnswerVisitor(Struct, frozen=True):
    """AskVisitor: the answer, as keyed, or the value of what was chosen."""

    text: str


class AskBefore(Struct, frozen=True):
    """AskVisitor: the question before, once more."""


class ChooseLanguage(Struct, frozen=True):
    """Any display: go on in this language. It is kept for the driver's card."""

    language: Language


Wish = (
    GoOn
    | GivePin
    | ChooseLoad
    | KeyUnit
    | AnswerStep
    | AskToKey
    | KeySeal
    | AddUplift
    | FinishUplifts
    | Cancel
    | StillHere
    | ChooseLanguage
    | SignVisitors
    | AnswerVisitor
    | AskBefore
)


class Ask(Struct, frozen=True):
    """A screen's request.

    Attributes:
        revision: The Show.revision that it answers; the station drops it when another is on by then.
        wish: What is wanted.
    """

    revision: int
    wish: Wish
