"""What the drivers say of a card: what it showed, why it proved nothing, and what goes wrong on the way."""

from datetime import date
from enum import Enum

from msgspec import Struct


class CardTechnology(Enum):
    """What a card speaks."""

    TYPE_2 = "ISO 14443A type 2"
    TYPE_4 = "ISO 14443A type 4"
    FELICA = "FeliCa"


class Card(Struct, frozen=True):
    """A card by what it says it is.

    Attributes:
        technology: What it speaks.
        identifier: UID or IDm.
    """

    technology: CardTechnology
    identifier: bytes


class Means(Enum):
    """By what a card showed that it is the one that the site issued."""

    NUMBER = "number"
    """It gave its UID, no more."""
    SIGNATURE = "signature"
    """A record that the site signed for this UID (Ed25519)."""
    MESSAGE = "message"
    """A Secure Unique NFC message, which the chip makes anew at each reading (AN12196, 3)."""
    CHALLENGE = "challenge"
    """Mutual authentication by AES (AN12196, 5.6; AN12343, 7.1)."""


class ProofFailed(Enum):
    """Why a card that was laid on is not taken. The value completes the sentence 'refused: ...'."""

    TAKEN_AWAY = "it was taken away before it had answered"
    CLONED = "it has the number of a card and not its key"
    NOT_GENUINE = "its keys are of a version that the kiosk does not have"
    NOT_SIGNED = "it carries nothing that this site signed"
    RECORD_COPIED = "what it carries was made for another card"
    FAILED_TOO_OFTEN = "it failed too often, or its chip asks for a pause"


class SignedRecord(Struct, frozen=True):
    """What a signed card's record says; signature and UID have been checked.

    Attributes:
        holder_id: The driver's or staff member's id.
        issued: The day of issue.
        valid_until: The last day on which it counts.
    """

    holder_id: str
    issued: date
    valid_until: date


class CardProof(Struct, frozen=True):
    """What a card showed when it was laid on.

    Attributes:
        means: By what.
        counter: Of a message: how often the card was read so far. Whether it came before is not the driver's to know.
        challenged: A card that sent a message answered a challenge, too.
        record: Of a signed card: what it says.
        key_version: With which master key it was proven, where the site has several.
    """

    means: Means
    counter: int | None = None
    challenged: bool = False
    record: SignedRecord | None = None
    key_version: int | None = None


BY_NUMBER = CardProof(Means.NUMBER)
"""What every card shows."""


class CardFault(Exception):
    """The root of what a card can do otherwise than expected. Says expected, got and what to do, in one line.

    Attributes:
        why: How the kiosk refuses a card for it.
        showed: What the card had shown by then; None for nothing.
    """

    why: ProofFailed
    showed: CardProof | None = None


class TakenAway(CardFault):
    """The card gave no whole answer: it left the field, or was at its edge."""

    why = ProofFailed.TAKEN_AWAY

    def __init__(self, got: str = "no answer") -> None:
        super().__init__(f"expected the card's answer, got {got}; hold the card still and lay it on again")


class NotGenuine(CardFault):
    """The card does not hold the key that it was asked for, or what it sent was not made with it.

    Attributes:
        denied: The card itself said that the key is another. One that made its answer up did not.
    """

    why = ProofFailed.CLONED

    def __init__(self, got: str, showed: CardProof | None = None, *, denied: bool = False) -> None:
        super().__init__(f"expected a card that holds the site's key, got {got}; keep the card and call staff")
        self.showed = showed
        self.denied = denied


class OtherVersion(CardFault):
    """The card was written with a master key that the kiosk does not have, so it says; it was asked with another."""

    why = ProofFailed.NOT_GENUINE

    def __init__(self, version: int, ours: int, showed: CardProof | None = None) -> None:
        super().__init__(
            f"expected a card with key version {ours}, got one that says {version}; start the kiosk anew if the keys "
            "were rotated, issue the card anew if its version was retired"
        )
        self.showed = showed


class NotSigned(CardFault):
    """There is nothing on the card that the site wrote."""

    why = ProofFailed.NOT_SIGNED

    def __init__(self, got: str) -> None:
        super().__init__(f"expected what this site writes onto its cards, got {got}; issue the card anew")


class RecordCopied(CardFault):
    """What the card carries belongs to a card with another UID."""

    why = ProofFailed.RECORD_COPIED

    def __init__(self, got: str) -> None:
        super().__init__(f"expected what was made for this card, got {got}; keep the card and call staff")


class LeftAlone(CardFault):
    """The card is not asked: it failed too often, or its chip asks for a pause (status 91AD)."""

    why = ProofFailed.FAILED_TOO_OFTEN

    def __init__(self, got: str) -> None:
        super().__init__(f"expected a card that may be asked, got {got}; have staff look at it")


class CardAnswered(Exception):
    """The card answered a command with another status than success.

    Attributes:
        status: Its two status bytes, such as 0x91AE.
    """

    def __init__(self, command: str, status: int, expected: int) -> None:
        super().__init__(
            f"{command}: expected status {expected:04X} from the card, got {status:04X} "
            f"({STATUS_TEXTS.get(status, 'not listed')}); see the chip's data sheet"
        )
        self.status = status


ISO_OK, OK, MORE = 0x9000, 0x9100, 0x91AF
"""Success of an ISO command, success of a native one, and 'additional frame': go on with the next part."""

AUTHENTICATION_ERROR, AUTHENTICATION_DELAY = 0x91AE, 0x91AD

STATUS_TEXTS = {
    0x6700: "wrong length",
    0x6982: "security status not satisfied",
    0x6985: "conditions of use not satisfied",
    0x6A82: "file or application not found",
    0x6D00: "unknown instruction",
    0x6E00: "unknown class",
    0x910C: "no changes",
    0x910E: "out of memory",
    0x911C: "illegal command",
    0x911E: "integrity error",
    0x9140: "no such key",
    0x917E: "length error",
    0x919D: "permission denied",
    0x919E: "parameter error",
    AUTHENTICATION_DELAY: "authentication delay",
    AUTHENTICATION_ERROR: "authentication error",
    0x91BE: "boundary error",
    0x91CA: "command aborted",
    0x91EE: "memory error",
    0x91F0: "file not found",
}
"""NT4H2421Gx data sheet, table 23; AN12343, annex; ISO/IEC 7816-4, 5.1.3."""
