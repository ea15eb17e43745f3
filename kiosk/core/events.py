"""What happens at the gate. Every event brings its moment along."""

from dataclasses import dataclass
from enum import Enum

from kiosk.core.cards import CardProof, Credential
from kiosk.core.reasons import Reason
from kiosk.core.records import Records
from kiosk.core.seals import Symbology, VvttStep
from kiosk.core.times import Moment


class Part(Enum):
    """What the kiosk needs in order to serve a driver."""

    READER = "reader"
    SCANNER = "scanner"
    GATE = "gate"
    LEDGER = "ledger"


@dataclass(frozen=True, slots=True)
class CardPresented:
    """A card was laid on the reader."""

    credential: Credential
    proof: CardProof
    at: Moment


@dataclass(frozen=True, slots=True)
class CardNotTaken:
    """The reader saw a card that it could not take: unreadable, or with a number made up at each tap."""

    reason: Reason
    at: Moment


@dataclass(frozen=True, slots=True)
class CardRemoved:
    """The card was taken off the reader."""

    at: Moment


@dataclass(frozen=True, slots=True)
class ScanRead:
    """A scanner read a barcode.

    Attributes:
        text: The data, exactly as read.
        symbology: What the scanner said it was; None when it does not say.
        elements: GS1 element strings as (application identifier, value); empty otherwise.
        at: When.
    """

    text: str
    symbology: Symbology | None
    elements: tuple[tuple[str, str], ...]
    at: Moment


@dataclass(frozen=True, slots=True)
class ScanUnreadable:
    """A scanner sent something that is no barcode's data."""

    why: str
    at: Moment


@dataclass(frozen=True, slots=True)
class WentOn:
    """The driver has read the screen."""

    at: Moment


@dataclass(frozen=True, slots=True)
class LoadChosen:
    """The driver chose one of the loads on the screen."""

    load_id: str
    at: Moment


@dataclass(frozen=True, slots=True)
class UnitKeyed:
    """The driver keyed a container or package number."""

    text: str
    at: Moment


@dataclass(frozen=True, slots=True)
class PackageAnswered:
    """Site staff answered whether the package is securely sealed (clause 7.4)."""

    good: bool
    at: Moment


@dataclass(frozen=True, slots=True)
class StepAnswered:
    """The driver answered View, Tug or Twist."""

    step: VvttStep
    good: bool
    at: Moment


@dataclass(frozen=True, slots=True)
class KeyingAsked:
    """The driver says that the seal will not scan."""

    at: Moment


@dataclass(frozen=True, slots=True)
class SealKeyed:
    """The driver keyed a seal number."""

    text: str
    at: Moment


@dataclass(frozen=True, slots=True)
class UpliftAdded:
    """The driver takes another container."""

    at: Moment


@dataclass(frozen=True, slots=True)
class UpliftsFinished:
    """The driver takes no more containers."""

    at: Moment


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The driver gives up."""

    at: Moment


@dataclass(frozen=True, slots=True)
class DriverActive:
    """The driver is busy with the screen: its time-out starts again."""

    at: Moment


@dataclass(frozen=True, slots=True)
class TimePassed:
    """A moment that the lane asked to be woken at, or any later one."""

    at: Moment


@dataclass(frozen=True, slots=True)
class EntryCommitted:
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


@dataclass(frozen=True, slots=True)
class CommitFailed:
    """The ledger could not take an entry."""

    ref: int
    why: str
    mend: str
    at: Moment


@dataclass(frozen=True, slots=True)
class BarrierFailed:
    """The gate could not open the barrier."""

    why: str
    at: Moment


class Loop(Enum):
    """Which induction loop."""

    ENTRY = "entry"
    EXIT = "exit"


@dataclass(frozen=True, slots=True)
class LoopChanged:
    """A vehicle drove onto a loop, or off it."""

    loop: Loop
    occupied: bool
    at: Moment


@dataclass(frozen=True, slots=True)
class TamperChanged:
    """The cabinet's door was opened, or closed."""

    opened: bool
    at: Moment


@dataclass(frozen=True, slots=True)
class PartChanged:
    """A part of the kiosk works again, or was lost.

    Attributes:
        part: Which.
        working: Whether it works.
        detail: What is wrong; empty when it works.
        mend: What a person can do; empty when it works.
        at: When.
    """

    part: Part
    working: bool
    detail: str
    mend: str
    at: Moment


@dataclass(frozen=True, slots=True)
class RecordsReplaced:
    """New records were imported."""

    records: Records
    at: Moment


@dataclass(frozen=True, slots=True)
class HoldReleased:
    """Staff resolved a hold: its driver counts as gone."""

    visit_id: str
    staff_id: str
    note: str
    at: Moment


@dataclass(frozen=True, slots=True)
class KioskStopping:
    """The kiosk is being stopped in an orderly way."""

    at: Moment


Event = (
    CardPresented
    | CardNotTaken
    | CardRemoved
    | ScanRead
    | ScanUnreadable
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
    | RecordsReplaced
    | HoldReleased
    | KioskStopping
)
