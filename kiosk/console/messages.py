"""What the station tells a screen. What a screen may ask of it stands in wishes.

A screen is told the whole of what it should show, each time anew: a screen that was restarted, or one
that joins late, is right after the next message. No message carries an expected seal number: the check
is blind (clause 8.17 read with 8.15), so there is nothing for a screen to leak.
"""

from datetime import datetime
from enum import Enum

from msgspec import Struct

from kiosk.core.said import Language, Said


class Part(Enum):
    """What a kiosk needs in order to serve a driver; the health line shows each, the disk only while it is not well."""

    READER = "reader"
    SCANNER = "scanner"
    GATE = "gate"
    LEDGER = "ledger"
    DISK = "disk"


class Condition(Enum):
    """How a part is."""

    STARTING = "starting"
    WORKING = "working"
    SHORT = "short of something"
    """It works, but not all of it: one seal reader of two."""
    UNSTEADY = "unsteady"
    """It works, and is lost again and again."""
    NEARLY_FULL = "nearly full"
    FULL = "full"
    """Nobody is served: the room that is left is for what is under way."""
    LOST = "lost"


class PartHealth(Struct, frozen=True):
    """One part's health, in words for the health line and the out-of-service screen.

    Attributes:
        part: Which part.
        condition: How it is.
        detail: What is wrong, in one line; empty when all is well.
        mend: What a person can do; empty when all is well.
    """

    part: Part
    condition: Condition
    detail: str = ""
    mend: str = ""


class Measure(Enum):
    """What is measured of the kiosk's own machine; nobody at the gate waits for it."""

    POWER = "power"
    HEAT = "heat"
    SYSTEM_DISK = "system disk"


class Reading(Enum):
    """How that is."""

    WELL = "well"
    LOW = "low"
    HOT = "hot"
    SLOWED = "slowed down"
    """The processor is, for whatever reason."""
    NEARLY_FULL = "nearly full"
    NOT_MEASURED = "not measured"
    """This machine does not say, as a bench machine's does not."""


class MachineHealth(Struct, frozen=True):
    """One measure of the machine, in words for the health line and the staff console.

    Attributes:
        measure: Which.
        reading: How it is.
        detail: What was measured, in a few words; empty where that says no more.
        mend: What a person can do; empty when all is well.
    """

    measure: Measure
    reading: Reading
    detail: str = ""
    mend: str = ""


class BackupHealth(Struct, frozen=True):
    """How the ledger's backups are. Whatever is wrong with them, drivers are served.

    Attributes:
        late_h: Hours since the last good one, once that is longer than the site allows; else 0.
        trouble: Why the last attempt failed, in one line; empty when it did not.
        age_h: Hours since the last good one; None when none was made.
    """

    late_h: int = 0
    trouble: str = ""
    age_h: int | None = None


class ListHealth(Struct, frozen=True):
    """How long an approved list is still in force; told only once that is not long any more.

    Attributes:
        days_left: Days after today on which one is in force; None when that is more than need be told.
        expired: It has run out, and the next one is not there.
    """

    days_left: int | None = None
    expired: bool = False


class CardLevel(Enum):
    """What stands behind a card's identity."""

    UID = "uid"
    """The card's number alone, which cheap cards copy."""
    SIGNED = "signed"
    PROVEN = "proven"


class Health(Struct, frozen=True):
    """What is always on show.

    Attributes:
        parts: Every part's health, in the order of Part.
        backup: How the ledger's backups are.
        approved_list: How long an approved list is still in force.
        card_level: The least that counts at this gate; None until a station says it.
        cards_fail: Several of the site's own cards failed in a row: the kiosk may have the wrong keys.
        machine: What is measured of the machine; nothing until it was looked at.
    """

    parts: tuple[PartHealth, ...]
    backup: BackupHealth = BackupHealth()
    approved_list: ListHealth = ListHealth()
    card_level: CardLevel | None = None
    cards_fail: bool = False
    machine: tuple[MachineHealth, ...] = ()


class Countdown(Struct, frozen=True):
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


class Attract(Struct, frozen=True):
    """Nobody is being served.

    Attributes:
        site_name: The load site's name.
        awake: A truck stands on the entry loop: the screen is bright and asks for the card.
        card_level: The least that counts at this gate.
        visitors: Visitors and contractors sign in and out here.
    """

    site_name: str
    awake: bool
    card_level: CardLevel = CardLevel.UID
    visitors: bool = False


class EnterPin(Struct, frozen=True):
    """The card would be accepted, and the driver gives its PIN. It names nobody: the card may not be the driver's.

    Attributes:
        waits: Nothing can be keyed just now: the PIN is being checked.
        problem: Why the last PIN was not taken, in one line; None when none was given.
    """

    waits: bool
    problem: Said | None


class DriverKnown(Struct, frozen=True):
    """The card was accepted.

    Attributes:
        driver_name: As on the driver's record.
        operator_name: The driver's transport operator.
        attended: Whether staff are on duty now; unattended uplifts are verified later.
        card_level: What the card showed.
    """

    driver_name: str
    operator_name: str
    attended: bool
    card_level: CardLevel = CardLevel.UID


class LoadOption(Struct, frozen=True):
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


class ChooseContainer(Struct, frozen=True):
    """The driver names the container: from the list, by scanning the pick-up slip, or by keying it.

    Attributes:
        options: The operator's loads that wait, at most 99, in the order of booking.
        position: 1 for the visit's first uplift, 2 for its second.
        problem: Why the last number was not taken, in one line; None when none was given.
    """

    options: tuple[LoadOption, ...]
    position: int
    problem: Said | None


class CheckPackage(Struct, frozen=True):
    """Air cargo: the site's own check just before uplift (clause 7.4).

    Attributes:
        package: The package's number.
        waits_for_staff_card: False while the question stands; True once it was answered and a staff card signs it.
        problem: Why the last card was not taken; None when none was presented.
    """

    package: str
    waits_for_staff_card: bool
    problem: Said | None


class CheckSeal(Struct, frozen=True):
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


class VerifySeal(Struct, frozen=True):
    """The VVTT step Verify: the seal's number is scanned, or keyed after a failed scan.

    Attributes:
        unit: Container or package number.
        seal_form: What to draw.
        number: This step's place among those that apply, from 1.
        of: How many steps apply to this type of seal.
        entry: How the number may be given.
        problem: Why the last scan or keyed number was not taken; None when none.
    """

    unit: str
    seal_form: SealForm
    number: int
    of: int
    entry: SealEntry
    problem: Said | None


class MoreOrSign(Struct, frozen=True):
    """The check of one container is done; another may follow.

    Attributes:
        units: The containers checked so far.
        may_add: Whether the truck can take another one; otherwise AddUplift is not offered.
    """

    units: tuple[str, ...]
    may_add: bool


class Sign(Struct, frozen=True):
    """The second tap: the driver takes responsibility.

    Attributes:
        driver_name: Whose card is awaited.
        units: What the driver takes responsibility for.
        problem: Why the last card was not taken; None when none was presented.
    """

    driver_name: str
    units: tuple[str, ...]
    problem: Said | None


class Recording(Struct, frozen=True):
    """The check is being written to the ledger; the barrier waits for it."""

    units: tuple[str, ...]


class BarrierOpen(Struct, frozen=True):
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


class Resolved(Enum):
    """What staff made of a hold."""

    RELEASED = "released"
    TURNED_AWAY = "turned away"


class NoNumber(Enum):
    """Why a stop has no number yet."""

    COMING = "it is being recorded"
    LEDGER_LOST = "the ledger can record nothing now"


class Stopped(Struct, frozen=True):
    """The visit has ended without an uplift. This end is recorded as soon as the ledger can.

    Attributes:
        kind: Hold (staff must come), Refusal (turn round) or Abandoned (time-out).
        reason: The reason code, such as ``SEAL_MISMATCH``.
        headline: The reason for the driver, a few words.
        advice: What the driver should do now.
        reference: The ledger entry's number to quote to staff, or why there is none yet.
        resolved: What staff made of a hold; None while it is open.
    """

    kind: StopKind
    reason: str
    headline: Said
    advice: Said
    reference: int | NoNumber
    resolved: Resolved | None = None


class StaffConsole(Struct, frozen=True):
    """A member of staff is at the kiosk: their console is on its screen, until they leave or a driver taps.

    Attributes:
        session: Their session, to be taken over by that console.
    """

    session: int


class VisitorAsk(Enum):
    """What somebody is asked who signs in or out at the kiosk without staff; see kiosk/core/visitor_form.py."""

    WHAT = "what"
    NAME = "name"
    COMPANY = "company"
    HOST = "host"
    PURPOSE = "purpose"
    INDUCTED = "inducted"
    AGREE = "agree"
    NUMBER = "number"
    WHO = "who"


class AskVisitor(Struct, frozen=True):
    """A question to somebody who is no driver (clauses 3.1 and 4.1).

    Attributes:
        ask: Which.
        number: Which of them, from 1.
        of: How many there are; 0 while that is not known.
        answers: What was answered so far.
        before: What was keyed for this question before somebody went back to it.
        problem: Why the last answer was not taken.
        waits: It is being written down.
    """

    ask: VisitorAsk
    number: int
    of: int
    answers: tuple[str, ...]
    before: str
    problem: Said | None
    waits: bool


class VisitorSigned(Struct, frozen=True):
    """Somebody signed in or out; what to do now.

    Attributes:
        left: They signed out.
        name: Theirs.
        number: Theirs, by which they sign out.
        attended: Staff are on duty, and come.
        contact: Whom to call while nobody is.
    """

    left: bool
    name: str
    number: int
    attended: bool
    contact: str


class OutOfService(Struct, frozen=True):
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
    | EnterPin
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
    | StaffConsole
    | AskVisitor
    | VisitorSigned
    | OutOfService
)


class Show(Struct, frozen=True):
    """What the driver's screen shows from now on.

    Attributes:
        revision: Grows with every change; a request names the one it answers, so a second press of a
            key that was meant for the screen before is dropped.
        display: What to show.
        countdown: When it ends by itself; None when it does not.
        notice: A line that needs no answer, such as that another card was not taken; None when there is none.
        card_on_reader: A card lies on the reader, so the screen can ask for it to be taken back.
        language: In which language.
        languages: Those that can be chosen, in the site's order; none while no choice can be taken.
        word: What the gatehouse says to whoever stands here; empty when nothing.
    """

    revision: int
    display: Display
    countdown: Countdown | None
    notice: Said | None
    card_on_reader: bool
    language: Language = Language.ENGLISH
    languages: tuple[Language, ...] = ()
    word: str = ""


class CheckpointNews(Struct, frozen=True):
    """Where the ledger was last signed, to be photographed from the screen, and what keeps that from leaving the site.

    Attributes:
        code: The text of its QR code; empty while nothing was signed.
        signed: When it was signed, in the site's zone; None with no `code`.
        entries: How many entries it covers.
        trouble: Why the last one was not signed or not handed over, in one line; empty when all is well.
    """

    code: str = ""
    signed: datetime | None = None
    entries: int = 0
    trouble: str = ""


Told = Show | Health | CheckpointNews
