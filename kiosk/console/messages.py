"""What the station tells a screen, and what a screen may ask of it.

A screen is told the whole of what it should show, each time anew: a screen that was restarted, or one
that joins late, is right after the next message. No message carries an expected seal number: the check
is blind (clause 8.17 read with 8.15), so there is nothing for a screen to leak.
"""

from dataclasses import dataclass
from enum import Enum


class Part(Enum):
    """What a kiosk needs in order to serve a driver; the health line shows each, always."""

    READER = "reader"
    SCANNER = "scanner"
    GATE = "gate"
    LEDGER = "ledger"


class Condition(Enum):
    """How a part is."""

    STARTING = "starting"
    WORKING = "working"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class PartHealth:
    """One part's health, in words for the health line and the out-of-service screen.

    Attributes:
        part: Which part.
        condition: How it is.
        detail: What is wrong, in one line; empty when it works.
        mend: What a person can do; empty when it works.
    """

    part: Part
    condition: Condition
    detail: str = ""
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    """Every part's health, in the order of Part."""

    parts: tuple[PartHealth, ...]


@dataclass(frozen=True, slots=True)
class Countdown:
    """When this display ends by itself.

    Attributes:
        ends: CLOCK_MONOTONIC seconds, the same in every process of this machine.
        length_s: How long the whole time-out is, in seconds.
    """

    ends: float
    length_s: float


class Step(Enum):
    """A question that a person answers at the kiosk with good or bad."""

    PACKAGE = "package"
    VIEW = "view"
    TUG = "tug"
    TWIST = "twist"


class SealForm(Enum):
    """What kind of thing the seal is, for the drawing of what to look at."""

    BOLT = "bolt"
    CABLE = "cable"
    STICKER = "sticker"


# --- displays: what the driver's screen shows -------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Attract:
    """Nobody is being served.

    Attributes:
        site_name: The load site's name.
        awake: A truck stands on the entry loop: the screen is bright and asks for the card.
    """

    site_name: str
    awake: bool


@dataclass(frozen=True, slots=True)
class DriverKnown:
    """The card was accepted.

    Attributes:
        driver_name: As on the driver's record.
        operator_name: The driver's transport operator.
        attended: Whether staff are on duty now; unattended uplifts are verified later.
    """

    driver_name: str
    operator_name: str
    attended: bool


@dataclass(frozen=True, slots=True)
class LoadOption:
    """One load that waits for this operator.

    Attributes:
        load_id: What ChooseLoad names.
        unit: Container number, or the package's number for air cargo.
        goods: What the paperwork says is in it.
        booking: The booking reference.
        by_air: Air cargo (a package under a sticker) rather than a sea container.
    """

    load_id: str
    unit: str
    goods: str
    booking: str
    by_air: bool


@dataclass(frozen=True, slots=True)
class ChooseContainer:
    """The driver names the container: from the list, by scanning the pick-up slip, or by keying it.

    Attributes:
        options: The operator's loads that wait, at most 99, in the order of booking.
        position: 1 for the visit's first uplift, 2 for its second.
        problem: Why the last number was not taken, in one line; empty when none was given.
    """

    options: tuple[LoadOption, ...]
    position: int
    problem: str


@dataclass(frozen=True, slots=True)
class CheckPackage:
    """Air cargo: the site's own check just before uplift (clause 7.4).

    Attributes:
        package: The package's number.
        waits_for_staff_card: False while the question stands; True once it was answered and a staff card signs it.
        problem: Why the last card was not taken; empty when none was presented.
    """

    package: str
    waits_for_staff_card: bool
    problem: str


@dataclass(frozen=True, slots=True)
class CheckSeal:
    """A VVTT step that is answered with good or bad: view, tug or twist.

    Attributes:
        step: Which step (never PACKAGE).
        unit: Container or package number.
        seal_form: What to draw.
        number: This step's place among those that apply, from 1.
        of: How many steps apply to this type of seal.
    """

    step: Step
    unit: str
    seal_form: SealForm
    number: int
    of: int


class SealEntry(Enum):
    """How the seal number may be given just now."""

    SCAN = "scan only"
    SCAN_OR_KEY = "scan, or ask to key it"
    KEY_FIRST = "key it"
    KEY_AGAIN = "key it once more"


@dataclass(frozen=True, slots=True)
class VerifySeal:
    """The VVTT step Verify: the seal's number is scanned, or keyed after a failed scan.

    Attributes:
        unit: Container or package number.
        seal_form: What to draw.
        number: This step's place among those that apply, from 1.
        of: How many steps apply to this type of seal.
        entry: How the number may be given.
        problem: Why the last scan or keyed number was not taken; empty when none.
    """

    unit: str
    seal_form: SealForm
    number: int
    of: int
    entry: SealEntry
    problem: str


@dataclass(frozen=True, slots=True)
class MoreOrSign:
    """The check of one container is done; another may follow.

    Attributes:
        units: The containers checked so far.
        may_add: Whether the truck can take another one; otherwise AddUplift is not offered.
    """

    units: tuple[str, ...]
    may_add: bool


@dataclass(frozen=True, slots=True)
class Sign:
    """The second tap: the driver takes responsibility.

    Attributes:
        driver_name: Whose card is awaited.
        units: What the driver takes responsibility for.
        problem: Why the last card was not taken; empty when none was presented.
    """

    driver_name: str
    units: tuple[str, ...]
    problem: str


@dataclass(frozen=True, slots=True)
class Recording:
    """The check is being written to the ledger; the barrier waits for it."""

    units: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BarrierOpen:
    """The record is safe and the barrier opens.

    Attributes:
        units: The containers taken.
        entry_number: The ledger entry, the driver's receipt.
    """

    units: tuple[str, ...]
    entry_number: int


class StopKind(Enum):
    """How a visit ended that did not end with an uplift."""

    HOLD = "hold"
    REFUSAL = "refusal"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class Stopped:
    """The visit has ended without an uplift, and this end is recorded.

    Attributes:
        kind: Hold (staff must come), Refusal (turn round) or Abandoned (time-out).
        reason: The reason code, such as ``SEAL_MISMATCH``.
        headline: The reason for the driver, a few words.
        advice: What the driver should do now.
        reference: The ledger entry's number to quote to staff; None until it is recorded.
    """

    kind: StopKind
    reason: str
    headline: str
    advice: str
    reference: int | None


@dataclass(frozen=True, slots=True)
class OutOfService:
    """The kiosk can serve nobody; the health line and this say why.

    Attributes:
        site_name: The load site's name.
        faults: The parts that do not work.
        contact: Whom to call, from the site's settings.
    """

    site_name: str
    faults: tuple[PartHealth, ...]
    contact: str


Display = (
    Attract
    | DriverKnown
    | ChooseContainer
    | CheckPackage
    | CheckSeal
    | VerifySeal
    | MoreOrSign
    | Sign
    | Recording
    | BarrierOpen
    | Stopped
    | OutOfService
)


@dataclass(frozen=True, slots=True)
class Show:
    """What the driver's screen shows from now on.

    Attributes:
        revision: Grows with every change; a request names the one it answers, so a second press of a
            key that was meant for the screen before is dropped.
        display: What to show.
        countdown: When it ends by itself; None when it does not.
        notice: A line that needs no answer, such as that another card was not taken; empty when none.
        card_on_reader: A card lies on the reader, so the screen can ask for it to be taken back.
    """

    revision: int
    display: Display
    countdown: Countdown | None
    notice: str
    card_on_reader: bool


Told = Show | Health


# --- requests: what the driver's screen may ask -----------------------------------------------------


@dataclass(frozen=True, slots=True)
class GoOn:
    """DriverKnown: the driver wants to go on. On Stopped and BarrierOpen: the driver has read it."""


@dataclass(frozen=True, slots=True)
class ChooseLoad:
    """ChooseContainer: this one of the options."""

    load_id: str


@dataclass(frozen=True, slots=True)
class KeyUnit:
    """ChooseContainer: a container or package number, as keyed."""

    text: str


@dataclass(frozen=True, slots=True)
class AnswerStep:
    """CheckSeal or CheckPackage: the step's answer."""

    step: Step
    good: bool


@dataclass(frozen=True, slots=True)
class AskToKey:
    """VerifySeal: the seal will not scan, the driver asks to key its number."""


@dataclass(frozen=True, slots=True)
class KeySeal:
    """VerifySeal: a seal number, as keyed."""

    text: str


@dataclass(frozen=True, slots=True)
class AddUplift:
    """MoreOrSign: the truck takes another container."""


@dataclass(frozen=True, slots=True)
class FinishUplifts:
    """MoreOrSign: that is all."""


@dataclass(frozen=True, slots=True)
class Cancel:
    """The driver gives up."""


@dataclass(frozen=True, slots=True)
class StillHere:
    """The driver is busy with this screen (typing, scrolling): the time-out starts again."""


Wish = GoOn | ChooseLoad | KeyUnit | AnswerStep | AskToKey | KeySeal | AddUplift | FinishUplifts | Cancel | StillHere


@dataclass(frozen=True, slots=True)
class Ask:
    """A screen's request.

    Attributes:
        revision: The Show.revision that it answers; the station drops it when another is on by then.
        wish: What is wanted.
    """

    revision: int
    wish: Wish
