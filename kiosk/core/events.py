"""What happens at the gate. Every event brings its moment along."""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from msgspec import Struct

from kiosk.core.cards import CardProof, Credential
from kiosk.core.device_causes import How
from kiosk.core.machine_look import MachineLook
from kiosk.core.pins import Pin, PinAnswer
from kiosk.core.reasons import Reason
from kiosk.core.records import Records
from kiosk.core.said import Said
from kiosk.core.seals import Symbology, VvttStep
from kiosk.core.times import Moment


class Part(Enum):
    """What the kiosk needs in order to serve a driver."""

    READER = "reader"
    SCANNER = "scanner"
    GATE = "gate"
    LEDGER = "ledger"
    DISK = "disk"


class CardPresented(Struct, frozen=True):
    """A card was laid on the reader."""

    credential: Credential
    proof: CardProof
    at: Moment


class CardNotTaken(Struct, frozen=True):
    """The reader saw a card that it could not take: unreadable, with a number made up at each tap, or no genuine one.

    Attributes:
        reason: Why.
        at: When.
        credential: What it says it is; None when that is not known.
        proof: What it showed all the same, such as a message that came before.
    """

    reason: Reason
    at: Moment
    credential: Credential | None = None
    proof: CardProof | None = None


class CardRemoved(Struct, frozen=True):
    """The card was taken off the reader."""

    at: Moment


class Bound(Struct, frozen=True):
    """What a scan was read for: a seal reader that is armed says it with each scan, a plain scanner cannot.

    Attributes:
        unit: The reader's serial number.
        seq: The reader's own number of the scan; the answer names it.
        turn: `ExpectScan.turn` that the reader was armed for.
    """

    unit: str
    seq: int
    turn: int


class ScanRead(Struct, frozen=True):
    """A scanner or seal reader read a barcode.

    Attributes:
        text: The data, exactly as read.
        symbology: What the scanner said it was; None when it does not say.
        elements: GS1 element strings as (application identifier, value); empty otherwise.
        at: When.
        source: Which device read it, by the name that site.toml gives it.
        bound: What it was read for; None from a device that cannot say.
    """

    text: str
    symbology: Symbology | None
    elements: tuple[tuple[str, str], ...]
    at: Moment
    source: str = ""
    bound: Bound | None = None


class ScanUnreadable(Struct, frozen=True):
    """A scanner or seal reader sent something that is no barcode's data.

    Attributes:
        why: What was wrong, for a person.
        at: When.
        source: Which device sent it.
        bound: What it was read for; None from a device that cannot say.
        text: What came, made printable; empty where the device keeps it to itself.
    """

    why: str
    at: Moment
    source: str = ""
    bound: Bound | None = None
    text: str = ""


class Stray(Enum):
    """Why a scan of a seal reader counts for no visit."""

    LATE = "late"
    """It was taken while the reader could not reach the kiosk, and comes from the reader's spool."""
    UNBOUND = "unbound"
    """The reader was not armed for what the kiosk waits for."""


class StrayScan(Struct, frozen=True):
    """A seal reader brought a scan that counts for no visit.

    Attributes:
        reader: Which reader, by the name that site.toml gives it.
        unit: Its serial number, which goes with it from gate to gate.
        seq: The reader's own number of the scan.
        text: What was read, made printable.
        why: Why it does not count.
        age_ms: Milliseconds since it was read; None where the reader's clock of then is not known.
        at: When it came.
    """

    reader: str
    unit: str
    seq: int
    text: str
    why: Stray
    age_ms: int | None
    at: Moment


class PinKeyed(Struct, frozen=True):
    """The driver keyed a PIN."""

    pin: Pin
    at: Moment


class PinChecked(Struct, frozen=True):
    """A PIN was checked.

    Attributes:
        ref: CheckPin.ref.
        answer: What it is.
        at: When.
    """

    ref: int
    answer: PinAnswer
    at: Moment


class WentOn(Struct, frozen=True):
    """The driver has read the screen."""

    at: Moment


class LoadChosen(Struct, frozen=True):
    """The driver chose one of the loads on the screen."""

    load_id: str
    at: Moment


class UnitKeyed(Struct, frozen=True):
    """The driver keyed a container or package number."""

    text: str
    at: Moment


class PackageAnswered(Struct, frozen=True):
    """Site staff answered whether the package is securely sealed (clause 7.4)."""

    good: bool
    at: Moment


class StepAnswered(Struct, frozen=True):
    """The driver answered View, Tug or Twist."""

    step: VvttStep
    good: bool
    at: Moment


class KeyingAsked(Struct, frozen=True):
    """The driver says that the seal will not scan."""

    at: Moment


class SealKeyed(Struct, frozen=True):
    """The driver keyed a seal number."""

    text: str
    at: Moment


class UpliftAdded(Struct, frozen=True):
    """The driver takes another container."""

    at: Moment


class UpliftsFinished(Struct, frozen=True):
    """The driver takes no more containers."""

    at: Moment


class Cancelled(Struct, frozen=True):
    """The driver gives up."""

    at: Moment


class DriverActive(Struct, frozen=True):
    """The driver is busy with the screen: its time-out starts again."""

    at: Moment


class TimePassed(Struct, frozen=True):
    """A moment that the lane asked to be woken at, or any later one."""

    at: Moment


class EntryCommitted(Struct, frozen=True):
    """The ledger holds an entry, durably.

    Attributes:
        ref: CommitEntry.ref.
        number: The entry's number in the ledger.
        digest: Its digest, in hex.
        at: When.
    """

    ref: int
    number: int
    digest: str
    at: Moment


class CommitFailed(Struct, frozen=True):
    """The ledger could not take an entry."""

    ref: int
    why: str
    mend: str
    at: Moment


class BarrierFailed(Struct, frozen=True):
    """The gate could not open the barrier."""

    why: str
    at: Moment


class Loop(Enum):
    """Which induction loop."""

    ENTRY = "entry"
    EXIT = "exit"


class LoopChanged(Struct, frozen=True):
    """A vehicle drove onto a loop, or off it."""

    loop: Loop
    occupied: bool
    at: Moment


class TamperChanged(Struct, frozen=True):
    """The cabinet's door was opened, or closed."""

    opened: bool
    at: Moment


class PartChanged(Struct, frozen=True):
    """A part of the kiosk works again, or was lost.

    Attributes:
        part: Which.
        working: Whether it works.
        detail: What is wrong; empty when it works.
        mend: What a person can do; empty when it works.
        at: When.
        device: Which device it is about, by the name that site.toml gives it: several may scan.
        how: How that device failed; None when it did not.
    """

    part: Part
    working: bool
    detail: str
    mend: str
    at: Moment
    device: str = ""
    how: How | None = None


class MachineLooked(Struct, frozen=True):
    """The kiosk's own machine was looked at, and is otherwise than at the look before."""

    look: MachineLook
    at: Moment


class RoomKept(Struct, frozen=True):
    """Whether the ledger holds the room that it keeps for what is under way.

    Attributes:
        lack: Why it does not, in a few words; empty when it does.
        at: When.
    """

    lack: str
    at: Moment


class ReaderFault(Struct, frozen=True):
    """A seal reader says that something of it is wrong, or right again, while it goes on talking.

    Attributes:
        reader: Which reader, by the name that site.toml gives it.
        part: What of it, such as ``engine`` or ``spool``.
        is_over: Whether it is right again.
        what: What was expected and what came; as the reader says it.
        mend: What a person can do.
        at: When.
    """

    reader: str
    part: str
    is_over: bool
    what: str
    mend: str
    at: Moment


class DeviceConnected(Struct, frozen=True):
    """A device was connected and says which one it is. One that cannot say is connected without it.

    Attributes:
        device: Which, by the name that site.toml gives it.
        serial: Its own serial number, or what its USB port says of itself.
        at: When.
        place: Where on the USB it is plugged in, such as ``1-1.3``; empty where that is not known.
    """

    device: str
    serial: str
    at: Moment
    place: str = ""


class RecordsReplaced(Struct, frozen=True):
    """New records were imported.

    Attributes:
        records: All of them.
        at: When.
        uplifted: Those of their loads that have left, by what the ledger holds.
    """

    records: Records
    at: Moment
    uplifted: frozenset[str] = frozenset()


class HoldReleased(Struct, frozen=True):
    """Staff resolved a hold: its driver counts as gone."""

    visit_id: str
    staff_id: str
    note: str
    at: Moment


class ListOverridden(Struct, frozen=True):
    """Staff go on by the approved list that has run out: its operators are served for some hours more (clause 8.16).

    Attributes:
        version: The list's; it must be the one that ran out last, so that nobody overrides another than they mean.
        staff_id: Who answers for it: a member of the site's staff.
        reason: Why, in words; needed.
        at: When.
    """

    version: str
    staff_id: str
    reason: str
    at: Moment


class StaffRecorded(Struct, frozen=True):
    """The ledger holds an entry that staff had written by a command.

    Attributes:
        kind: The entry's.
        body: The entry's.
        at: When.
    """

    kind: str
    body: Mapping[str, Any]
    at: Moment


class StaffAdmitted(Struct, frozen=True):
    """A badge's PIN was right: the staff console may be on the kiosk's screen.

    Attributes:
        ref: CheckStaff.ref.
        session: The session, whose end is StaffLeft.
        at: When.
    """

    ref: int
    session: int
    at: Moment


class StaffNotAdmitted(Struct, frozen=True):
    """A badge's PIN was not right, or nobody gets in by it.

    Attributes:
        ref: CheckStaff.ref.
        words: What the person is told.
        at: When.
    """

    ref: int
    words: Said
    at: Moment


class StaffLeft(Struct, frozen=True):
    """The session at the kiosk is over."""

    session: int
    at: Moment


class VisitorCame(Struct, frozen=True):
    """Somebody who is no driver wants to sign in or out."""

    at: Moment


class VisitorAnswered(Struct, frozen=True):
    """A visitor answered the question that is on show.

    Attributes:
        text: What was keyed, or the value of the choice.
        at: When.
    """

    text: str
    at: Moment


class VisitorWentBack(Struct, frozen=True):
    """A visitor wants to answer the question before once more."""

    at: Moment


class VisitorRecorded(Struct, frozen=True):
    """The ledger holds that a visitor came or left.

    Attributes:
        ref: RecordVisitor.ref.
        leaves: They left.
        name: Theirs, as the ledger has it.
        number: Theirs.
        at: When.
    """

    ref: int
    leaves: bool
    name: str
    number: int
    at: Moment


class VisitorNotRecorded(Struct, frozen=True):
    """It was not written down.

    Attributes:
        ref: RecordVisitor.ref.
        words: What the visitor is told.
        at: When.
    """

    ref: int
    words: Said
    at: Moment


class KioskStopping(Struct, frozen=True):
    """The kiosk is being stopped in an orderly way."""

    at: Moment


Event = (
    CardPresented
    | CardNotTaken
    | CardRemoved
    | ScanRead
    | ScanUnreadable
    | StrayScan
    | PinKeyed
    | PinChecked
    | WentOn
    | LoadChosen
    | UnitKeyed
    | PackageAnswered
    | StepAnswered
    | KeyingAsked
    | SealKeyed
    | UpliftAdded
    | UpliftsFinished
    | Cancelled
    | DriverActive
    | TimePassed
    | EntryCommitted
    | CommitFailed
    | BarrierFailed
    | LoopChanged
    | TamperChanged
    | PartChanged
    | ReaderFault
    | DeviceConnected
    | MachineLooked
    | RoomKept
    | RecordsReplaced
    | HoldReleased
    | ListOverridden
    | StaffRecorded
    | StaffAdmitted
    | StaffNotAdmitted
    | StaffLeft
    | VisitorCame
    | VisitorAnswered
    | VisitorWentBack
    | VisitorRecorded
    | VisitorNotRecorded
    | KioskStopping
)
