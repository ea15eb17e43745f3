"""What is known of one card, by the entries that tell of it."""

from collections.abc import Mapping
from datetime import date
from enum import Enum
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from kiosk.core.effects import Json


class CardLife(Enum):
    """Where a card that was issued stands."""

    ISSUED = "issued"
    REVOKED = "revoked"
    LOST = "lost"
    RETURNED = "returned"


class CardStory(Struct, frozen=True):
    """What is known of one card.

    Attributes:
        life: Where it stands; None for one that only imported records know.
        number: What is printed on it, if it was issued here.
        holder_id: To whom.
        valid_until: The last day on which it opens anything.
        counter: The highest of its messages so far; -1 when none came. It stays when the card is issued anew: an old
            message is old for good.
        failures: Failed authentications since the last one that did not fail.
        pin_tries: Wrong PINs since the last right one.
        key_version: With which of the site's master keys it was written; None for a card that was not issued here.
    """

    life: CardLife | None = None
    number: str = ""
    holder_id: str = ""
    valid_until: date | None = None
    counter: int = -1
    failures: int = 0
    pin_tries: int = 0
    key_version: int | None = None

    @property
    def is_strangers(self) -> bool:
        """Whether nothing but failures is known of it: no life, and no message of ours that it sent."""
        return self == replace(UNKNOWN, failures=self.failures) and self.failures > 0

    def to_json(self) -> dict[str, Json]:
        """As an entry of the kind ON_SITE keeps it: only what is not as of a card that nobody knows."""
        said: dict[str, Json] = {
            "life": self.life.value if self.life is not None else None,
            "number": self.number,
            "holder": self.holder_id,
            "valid_until": self.valid_until.isoformat() if self.valid_until is not None else None,
            "counter": self.counter,
            "failures": self.failures,
            "pin_tries": self.pin_tries,
            "key_version": self.key_version,
        }
        return {key: value for key, value in said.items() if value != _NOTHING_SAID[key]}

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "CardStory":
        """Reads what `to_json` gives."""
        whole = {**_NOTHING_SAID, **said}
        life, until = whole["life"], whole["valid_until"]
        return cls(
            life=CardLife(life) if life is not None else None,
            number=whole["number"],
            holder_id=whole["holder"],
            valid_until=date.fromisoformat(until) if until is not None else None,
            counter=whole["counter"],
            failures=whole["failures"],
            pin_tries=whole["pin_tries"],
            key_version=whole["key_version"],
        )


_NOTHING_SAID: Final[Mapping[str, Any]] = {
    "life": None,
    "number": "",
    "holder": "",
    "valid_until": None,
    "counter": -1,
    "failures": 0,
    "pin_tries": 0,
    "key_version": None,
}
UNKNOWN: Final = CardStory()
"""Of a card that no entry tells of."""
