"""What is known of one visit so far. A value: each decision makes a new one, so a refused event changes nothing."""

from enum import Enum

from msgspec import Struct

from kiosk.core.cards import CardProof, Credential
from kiosk.core.pins import Pin
from kiosk.core.reasons import Reason
from kiosk.core.rules import Admission
from kiosk.core.said import Said
from kiosk.core.seals import SealNumber
from kiosk.core.times import Moment
from kiosk.core.vvtt import UpliftCheck

MOST_OTHER_CARDS = 20
"""Foreign cards that one visit's entry lists: enough to see a pattern, bounded against a card left on the reader."""


class OtherCard(Struct, frozen=True):
    """A card other than the driver's that was presented during the visit.

    Attributes:
        credential: What the reader saw; None for a card that it could not take.
        during: The visit's state.
        at: When.
        reason: Why it could not be taken, as a reason code; empty for one that was read.
        proof: What it showed; None for a card that could not be taken.
    """

    credential: Credential | None
    during: str
    at: Moment
    reason: str = ""
    proof: CardProof | None = None


class Resolved(Enum):
    """What staff made of a hold."""

    RELEASED = "released"
    TURNED_AWAY = "turned away"


class VisitFile(Struct, frozen=True):
    """The file of one visit: one truck, one driver, one or more uplifts.

    Attributes:
        visit_id: Unique on this site.
        began: The first tap.
        credential: The card of the first tap; None when the reader could not take it.
        proof: What that card showed; None when it could not be taken.
        admission: Why the driver may be here, as found at the first tap; None until admitted.
        pin: What was keyed, on its way to be checked; None at any other time.
        pin_ref: The reference of its CheckPin.
        pin_right: The right PIN was given; False where none was asked, too.
        done: Uplifts whose check is done and good.
        current: The uplift whose check is under way.
        may_key: A scan of the current seal failed, so its number may be keyed.
        first_keyed: The number keyed once, waiting to be keyed again.
        problem: Why the last input was not taken, for the screen; None when it was.
        notice: A remark that needs no answer, for the screen; None when there is none.
        other_cards: Foreign cards presented meanwhile.
        signed: The second tap.
        signing: What was found at it, looked at once more; None before, and where the card was not taken then.
        signed_proof: What the card showed at it, also when it was refused then.
        commit_ref: The reference of the uplift's CommitEntry.
        entry_number: The ledger entry that permits the uplift.
        opened: When the barrier was told to open.
        at_exit: When the truck came onto the exit loop after that.
        reason: Why the visit stopped.
        stopped_in: The state in which it stopped.
        detail: More on the reason, for the entry.
        reference: The ledger number of the recorded end, for the driver to quote.
        resolved: What staff made of the hold in which it ended, while the driver still stands here.
    """

    visit_id: str
    began: Moment
    credential: Credential | None = None
    proof: CardProof | None = None
    admission: Admission | None = None
    pin: Pin | None = None
    pin_ref: int | None = None
    pin_right: bool = False
    done: tuple[UpliftCheck, ...] = ()
    current: UpliftCheck | None = None
    may_key: bool = False
    first_keyed: SealNumber | None = None
    problem: Said | None = None
    notice: Said | None = None
    other_cards: tuple[OtherCard, ...] = ()
    signed: Moment | None = None
    signing: Admission | None = None
    signed_proof: CardProof | None = None
    commit_ref: int | None = None
    entry_number: int | None = None
    opened: Moment | None = None
    at_exit: Moment | None = None
    reason: Reason | None = None
    stopped_in: str = ""
    detail: str = ""
    reference: int | None = None
    resolved: Resolved | None = None

    @property
    def attended(self) -> bool:
        """Whether staff were there: at the first tap, and at the second one, too, once there was one."""
        admission, signing = self.admission, self.signing
        return admission is not None and admission.attended and (signing is None or signing.attended)

    @property
    def taken(self) -> frozenset[str]:
        """Ids of the loads on this truck."""
        return frozenset(check.load.load_id for check in self.done)

    @property
    def units(self) -> tuple[str, ...]:
        """Containers and packages whose check is done."""
        return tuple(str(check.load.unit) for check in self.done)
