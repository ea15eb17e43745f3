"""Cards: what a reader saw, and what the site knows of it."""

from datetime import date
from enum import Enum

from msgspec import Struct


class CardTechnology(Enum):
    """How a card speaks."""

    TYPE_2 = "ISO 14443A type 2"
    TYPE_4 = "ISO 14443A type 4"
    FELICA = "FeliCa"


class CardLevel(Enum):
    """What stands behind a card's identity, weakest first; a site chooses the least that counts (clause 5.1)."""

    UID = "uid"
    """The card gave its number. Cheap cards copy it."""
    SIGNED = "signed"
    """It carries a record that the site signed for this number. Both can be copied onto a card made for that."""
    PROVEN = "proven"
    """It showed that it holds a key that nobody can read out of it."""

    def reaches(self, least: "CardLevel") -> bool:
        """Whether it is at least as much as another."""
        levels = list(CardLevel)
        return levels.index(self) >= levels.index(least)


class Means(Enum):
    """By what a card showed that it is the one that the site issued."""

    NUMBER = "number"
    SIGNATURE = "signature"
    """A record that the site signed (Ed25519)."""
    MESSAGE = "message"
    """A Secure Unique NFC message, which the card makes anew at each reading (AN12196, 3)."""
    CHALLENGE = "challenge"
    """Mutual authentication: card and kiosk each answered what the other made up (AN12196, 5.6)."""


class SignedRecord(Struct, frozen=True):
    """What the record of a signed card says, its signature and its number having been checked.

    Attributes:
        holder_id: The driver's or staff member's id.
        issued: The day of issue.
        valid_until: The last day on which it counts.
    """

    holder_id: str
    issued: date
    valid_until: date


class CardProof(Struct, frozen=True):
    """What a card showed at a tap.

    Attributes:
        means: By what.
        counter: Of a message: how often the card was read so far; a message counts once.
        challenged: A card that sent a message was challenged, too.
        record: Of a signed card: what it says.
        key_version: With which master key it was proven, where the site has several.
    """

    means: Means
    counter: int | None = None
    challenged: bool = False
    record: SignedRecord | None = None
    key_version: int | None = None

    @property
    def level(self) -> CardLevel:
        """What stands behind the card's identity by it."""
        return _LEVELS[self.means]


_LEVELS = {
    Means.NUMBER: CardLevel.UID,
    Means.SIGNATURE: CardLevel.SIGNED,
    Means.MESSAGE: CardLevel.PROVEN,
    Means.CHALLENGE: CardLevel.PROVEN,
}

BY_NUMBER = CardProof(Means.NUMBER)
"""What every card shows."""


class Credential(Struct, frozen=True):
    """What identifies a card.

    Attributes:
        technology: How it speaks; two technologies never share a number space.
        identifier: UID of a type A card (4, 7 or 10 bytes) or IDm of a FeliCa card (8 bytes).
    """

    technology: CardTechnology
    identifier: bytes

    def __str__(self) -> str:
        return f"{self.technology.name}:{self.identifier.hex().upper()}"

    @classmethod
    def parse(cls, text: str) -> "Credential":
        """Read what __str__ writes.

        Raises:
            ValueError: when it is not of that form.
        """
        technology, _, identifier = text.partition(":")
        try:
            return cls(CardTechnology[technology], bytes.fromhex(identifier))
        except KeyError:
            raise ValueError(f"unknown card technology {technology!a}") from None


class Card(Struct, frozen=True):
    """A card that the site issued (clause 1.8).

    Attributes:
        number: What is printed on it.
        credential: What a reader sees.
        holder_id: The driver's or staff member's id.
        valid_until: The last day on which it opens anything.
        revoked: Taken out of use, whatever its date (clause 2.4).
    """

    number: str
    credential: Credential
    holder_id: str
    valid_until: date
    revoked: bool
