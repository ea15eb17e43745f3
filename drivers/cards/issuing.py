"""What issuing is asked, what it tells, and why it does not issue a card.

Nothing here knows a chip: `issuing_type4` and `issuing_ntag21x` do; `drivers.issuing_reader` lays the card before them.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import TYPE_CHECKING, Final, TypeVar

from msgspec import Struct

from drivers.cards.channel import Channel, Type4
from drivers.cards.ev2 import Session, authenticate
from drivers.cards.keys import SiteKeys
from drivers.cards.originality import ChipKind
from drivers.cards.values import AUTHENTICATION_DELAY, CardAnswered, CardProof, NotGenuine, SignedRecord, TakenAway
from hw.errors import DeviceFault

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

MOST_FAILED: Final = 3
"""Failed authentications in a row after which a run leaves the card alone. An NTAG 424 DNA slows down at 50 in a row
and kills a key at 1,000 in all."""

T = TypeVar("T")

Say = Callable[[str], None]
"""How progress is told to the person who issues, a line at a time."""


class IssueOrder(Struct, frozen=True):
    """What a card shall be given.

    Attributes:
        keys: The site's master keys. The card's own are made from them; the older versions open a card that has those.
        base_url: What an NTAG 424 DNA's message begins with, ``https://gate.example.nz/c``; phones open it.
        record: Of a signed card (NTAG21x): what it says.
        signing_key: Of a signed card: what signs that.
        version: Which master key; None: the newest.
        uid: The only card to take; None: whichever is laid on.
        counter_above: The highest counter that the ledger knows of this card's messages, from taps or from its wiping.
            A card that was wiped counts from zero again; it is read until its messages count as new. -1: never seen.
        picc_key: A DESFire's own master key, too, becomes the site's: nobody else can then add applications.
    """

    keys: SiteKeys
    base_url: str = "https://sealgate.invalid/c"
    record: SignedRecord | None = None
    signing_key: Ed25519PrivateKey | None = None
    version: int | None = None
    uid: bytes | None = None
    counter_above: int = -1
    picc_key: bool = False

    @property
    def target_version(self) -> int:
        """The version of the master key that the card is given."""
        return self.keys.newest if self.version is None else self.version


class WipeOrder(Struct, frozen=True):
    """A card shall be as it was delivered.

    Attributes:
        keys: The site's master keys.
        uid: The only card to take; None: whichever is laid on.
    """

    keys: SiteKeys
    uid: bytes | None = None


class Issued(Struct, frozen=True):
    """A card that was written, read back and proven.

    Attributes:
        chip: What it is.
        uid: Its UID.
        version: The master key's version.
        written: What was not on it before, in order; empty: it was as it shall be.
        original: NXP's originality signature fits; always so, for a card that fails is refused.
        proof: What it showed at the end, as it will at the gate.
        failed_authentications: How many this run has cost the card.
        exchanges: With the card, in all.
    """

    chip: ChipKind
    uid: bytes
    version: int
    written: tuple[str, ...]
    original: bool
    proof: CardProof
    failed_authentications: int
    exchanges: int


class Wiped(Struct, frozen=True):
    """A card that is as delivered.

    Attributes:
        chip: What it is.
        uid: Its UID.
        written: What was undone, in order.
        counter: Of an NTAG 424 DNA: that of its last message. Should it be issued anew under the same master key, give
            it as `IssueOrder.counter_above`, so that messages that somebody kept of it stay worthless. None: it makes
            no messages, or a run before this one had begun to wipe it.
        failed_authentications: How many this run has cost the card.
        exchanges: With the card, in all.
    """

    chip: ChipKind
    uid: bytes
    written: tuple[str, ...]
    counter: int | None
    failed_authentications: int
    exchanges: int


class Why(Enum):
    """Why a card is not issued."""

    # What was expected, what came, and the mend.
    NO_CARD = ("a card on the reader", "none", "lay one on and ask again")
    OTHER_CARD = ("the card that the order is for", "another", "lay that one on")
    UNSUPPORTED = ("a card of a kind in docs/cards.md", "another", "use one of those")
    NOT_ORIGINAL = ("NXP's signature of this chip", "none that fits", "do not use this card: its chip is not genuine")
    STRANGER = ("a card as delivered, or one of this site", "one with keys of others", "use another card")
    LOCKED = ("a card that can be written", "one that its settings lock", "use another card")
    FAILED_TOO_OFTEN = (
        "a card that may be asked",
        "failed authentications in a row",
        "have it looked at before trying again",
    )
    NOT_AS_WRITTEN = (
        "what was written, when read back",
        "something else",
        "lay it on again; if this repeats, use another card",
    )
    NO_RECORD = ("a record and a signing key for a signed card", "none", "give both in the order")


class NotIssued(Exception):
    """The card is not issued, and is not worse off than before.

    Attributes:
        why: The reason.
        detail: What it was exactly, if more is known.
        failed_authentications: How many this run has cost the card.
    """

    def __init__(self, why: Why, detail: str = "", failed_authentications: int = 0) -> None:
        self.why = why
        self.detail = detail
        self.failed_authentications = failed_authentications
        expected, got, mend = why.value
        cost = f" ({failed_authentications} failed authentications in this run)" if failed_authentications else ""
        super().__init__(f"expected {expected}, got {detail or got}{cost}; {mend}")


class Run:
    """One run of an order over one or more presentations of a card: what it cost the card, and what was written.

    Args:
        say: Takes a line for each step.

    Attributes:
        written: What was written so far.
        counter: Of a card that is wiped: that of its last message, if it gave one.
        failed: Failed authentications, in all.
        exchanges: With the card, in all.
    """

    def __init__(self, say: Say) -> None:
        self.say = say
        self.written: list[str] = []
        self.counter: int | None = None
        self.failed = 0
        self.exchanges = 0
        self._in_a_row = 0

    def wrote(self, what: str) -> None:
        """Note what was written, and say so."""
        self.written.append(what)
        self.say(what)

    def authenticate(self, channel: Channel, key: bytes, number: int) -> Session:
        """AuthenticateEV2First, counted: see `attempt`."""
        return self.attempt(lambda: authenticate(channel, key, number), number)

    def attempt(self, authentication: Callable[[], T], number: int) -> T:
        """Authenticate, counted. A card that is taken away on the way counts one, as the chip counts it.

        Args:
            authentication: Does it, and raises NotGenuine when the key is another.
            number: The key's number, for the message.

        Raises:
            NotIssued: The key is another, or the card failed too often.
            TakenAway: The card did not answer.
            DeviceFault: The reader failed.
        """
        if self._in_a_row >= MOST_FAILED:
            raise NotIssued(Why.FAILED_TOO_OFTEN, failed_authentications=self.failed)
        try:
            opened = authentication()
        except NotGenuine:
            self._count()
            detail = f"another key {number} than its version says"
            raise NotIssued(Why.STRANGER, detail, self.failed) from None
        except (TakenAway, DeviceFault):
            self._count()
            raise
        except CardAnswered as answered:
            if answered.status != AUTHENTICATION_DELAY:
                raise
            raise NotIssued(Why.FAILED_TOO_OFTEN, "a chip that asks for a pause (91AD)", self.failed) from None
        self._in_a_row = 0
        return opened

    def _count(self) -> None:
        self.failed += 1
        self._in_a_row += 1


class Counted:
    """A card that counts its exchanges for a run.

    Args:
        card: The card.
        run: The run.
    """

    def __init__(self, card: Type4, run: Run) -> None:
        self._card = card
        self._run = run

    @property
    def ats(self) -> bytes:
        """The answer to RATS."""
        return self._card.ats

    def exchange(self, apdu: bytes) -> bytes:
        """As the card's."""
        self._run.exchanges += 1
        return self._card.exchange(apdu)
