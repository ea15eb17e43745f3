"""Cards: what a reader saw, and what the site knows of it."""

from datetime import date
from enum import Enum

from msgspec import Struct


class CardTechnology(Enum):
    """How a card speaks."""

    TYPE_2 = "ISO 14443A type 2"
    TYPE_4 = "ISO 14443A type 4"
    FELICA = "FeliCa"


class CardProof(Enum):
    """What stands behind a card's identity, weakest first."""

    IDENTIFIER = "identifier"
    """The card gave its number. Cheap cards can copy it."""
    AUTHENTICATED = "authenticated"
    """The card proved that it holds its key."""


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
