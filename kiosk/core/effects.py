"""What the core wants done. The station does it and reports back with events."""

from collections.abc import Mapping
from enum import Enum

from msgspec import Struct

from kiosk.core.cards import Credential
from kiosk.core.pins import Pin
from kiosk.core.times import Moment
from kiosk.core.visitor_form import SignIn, SignOut

Json = None | bool | int | str | list["Json"] | Mapping[str, "Json"]
"""What an entry's body is made of. No floats: canonical JSON and people read them differently."""


class EntryKind(Enum):
    """Kinds of ledger entries that the gate writes."""

    VISIT_OPENED = "visit-opened"
    UPLIFT = "uplift"
    PASSAGE = "passage"
    HOLD = "hold"
    REFUSAL = "refusal"
    ABANDONED = "abandoned"
    INTERRUPTED = "interrupted"
    HOLD_RELEASED = "hold-released"
    HOLD_TURNED_AWAY = "hold-turned-away"
    """Staff sent a truck that was held away, without its load."""
    STAFF_SPOKE = "staff-spoke"
    """Staff put words on the driver's screen, or took them away."""
    LIST_OVERRIDE = "list-override"
    """Staff go on by an approved list that has run out, for some hours and with a reason."""
    INCIDENT = "incident"
    STRAY_SCAN = "stray-scan"
    DEVICE_CONNECTED = "device-connected"
    """A device says that it is another than was connected under its name before, or the first one: ``device``,
    ``serial``."""
    DEVICE_LOST = "device-lost"
    """A device is lost: ``device``, ``how``, ``usb``, ``detail``. Of one that flaps not each loss is an entry:
    ``folded`` says how many are none."""
    DEVICE_BACK = "device-back"
    """It works again: ``device``, ``lost_ms``."""
    DEVICE_UNSTEADY = "device-unsteady"
    """It is lost again and again: ``devices``, ``losses``, ``cause``, ``says``, ``mend``."""
    MACHINE_TROUBLE = "machine-trouble"
    """The kiosk's own machine lacks power, is hot, or its disk fills up: ``what``, ``detail``."""
    MACHINE_WELL = "machine-well"
    """That is over: ``what``, ``lasted_ms``."""
    CARD_ISSUED = "card-issued"
    CARD_REVOKED = "card-revoked"
    CARD_LOST = "card-lost"
    CARD_RETURNED = "card-returned"
    CARD_UNLOCKED = "card-unlocked"
    """Staff say that a card which failed too often, or whose PIN is locked, may be tried again."""
    CARD_PIN_SET = "card-pin-set"
    """Staff had the holder choose a PIN. It is in no entry."""
    CARD_TAPPED = "card-tapped"
    """A card sent a message, failed, or no longer fails, and no other entry tells of it at once."""
    PIN_ASKED = "pin-asked"
    """A driver would be admitted and must give a PIN first. As a visit that was opened, it has a recorded end."""
    PIN_WRONG = "pin-wrong"
    STAFF_SIGNED_ON = "staff-signed-on"
    STAFF_SIGNED_OFF = "staff-signed-off"
    RESTORED = "restored"
    """The ledger goes on from a backup: what came between that and the loss is not in it."""
    ON_SITE = "on-site"
    """Who is on site and on duty, said again now and then, so that nobody has to read all entries to know it."""


class CommitEntry(Struct, frozen=True):
    """Write this to the ledger and say with EntryCommitted or CommitFailed what became of it.

    Attributes:
        ref: What the answer names.
        kind: The entry's kind.
        body: The entry's content.
        at: The moment that the entry is about.
    """

    ref: int
    kind: EntryKind
    body: Mapping[str, Json]
    at: Moment


class OpenBarrier(Struct, frozen=True):
    """Let the truck out.

    Attributes:
        visit_id: Whose.
        entry_number: The ledger entry that permits it.
    """

    visit_id: str
    entry_number: int


class Signal(Enum):
    """What lamps and buzzer tell."""

    IDLE = "idle"
    GOOD = "good"
    """The card, or a container's check, is accepted."""
    ASK = "ask"
    """The driver is to do something."""
    AGAIN = "again"
    """What was given was not taken: the driver tries again. The lamp stays as it was."""
    STOP = "stop"
    """The driver may not go on."""
    OPEN = "open"
    """The barrier opens."""


class Indicate(Struct, frozen=True):
    """Set lamps and buzzer."""

    signal: Signal


class ExpectScan(Struct, frozen=True):
    """Switch scanner and seal readers on or off.

    Attributes:
        wanted: Whether a scan is awaited.
        turn: Which time of waiting it is, never the same twice; 0 when none is awaited. A scan that was read for
            another turn counts for nothing.
    """

    wanted: bool
    turn: int = 0


class ScanJudged(Struct, frozen=True):
    """Tell the device what became of its scan, and so the person who holds it.

    Attributes:
        source: Which device.
        seq: The seal reader's own number of the scan; None for a scanner, which has none.
        accepted: Whether the visit went on by it.
        why: In a few words, when it did not; else empty.
    """

    source: str
    seq: int | None
    accepted: bool
    why: str


class ScanKept(Struct, frozen=True):
    """Tell a seal reader that it need not keep a scan any more: the visit took it, or the ledger holds it.

    Attributes:
        source: Which reader.
        unit: Its serial number: another may be in its place by now.
        seq: Its own number of the scan.
    """

    source: str
    unit: str
    seq: int


class ChallengeCards(Struct, frozen=True):
    """Say which cards the reader is to ask, and how.

    Attributes:
        always: Cards that send messages are challenged, too.
        not_these: Cards that failed so often that they are left alone.
        only_these: The cards that are asked at all, where the others' numbers are enough; None: all are asked.
    """

    always: bool
    not_these: frozenset[Credential]
    only_these: frozenset[Credential] | None = None


class CheckPin(Struct, frozen=True):
    """Check a PIN, and say with PinChecked what it is. It takes long: nothing must wait for it.

    Attributes:
        ref: What the answer names.
        credential: The card whose PIN it should be.
        pin: What was keyed.
    """

    ref: int
    credential: Credential
    pin: Pin


class CheckStaff(Struct, frozen=True):
    """Let a member of staff in at the kiosk, by badge and PIN; answered by StaffAdmitted or StaffNotAdmitted.

    Attributes:
        ref: What the answer names.
        staff_id: Whose badge it is.
        credential: The badge.
        pin: What was keyed.
    """

    ref: int
    staff_id: str
    credential: Credential
    pin: Pin


class DismissStaff(Struct, frozen=True):
    """End the session at the kiosk: a driver came.

    Attributes:
        session: Which.
    """

    session: int


class RecordVisitor(Struct, frozen=True):
    """Write down that a visitor comes or leaves without staff; answered by VisitorRecorded or VisitorNotRecorded.

    Attributes:
        ref: What the answer names.
        wanted: Who comes, or leaves.
    """

    ref: int
    wanted: SignIn | SignOut


Effect = (
    ChallengeCards
    | CheckPin
    | CheckStaff
    | CommitEntry
    | DismissStaff
    | OpenBarrier
    | Indicate
    | ExpectScan
    | RecordVisitor
    | ScanJudged
    | ScanKept
)
