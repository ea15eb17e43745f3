"""A card's PIN: a value that shows itself to nobody, when it is asked, and what came of asking."""

from enum import Enum
from typing import Final

from msgspec import Struct

from kiosk.core.said import Said, said
from kiosk.core.unshown import nothing_drawn

FEWEST_DIGITS: Final = 4
MOST_DIGITS: Final = 8


class PinRule(Enum):
    """When a PIN is asked beside the card (NZISM 3.9: never instead of it)."""

    NEVER = "never"
    UNATTENDED = "unattended"
    """While nobody is on duty, who would see that somebody else holds the card."""
    ALWAYS = "always"


class Pin(Struct, frozen=True):
    """Digits as they were keyed. Neither its repr nor a traceback that draws locals shows them.

    Attributes:
        digits: For the check alone. In no entry, no log, no error.
    """

    digits: str = ""

    def __repr__(self) -> str:
        return "Pin(hidden)"

    __rich_repr__ = nothing_drawn

    def __len__(self) -> int:
        return len(self.digits)

    @property
    def problem(self) -> Said | None:
        """Why it can be nobody's PIN; None when it can."""
        if FEWEST_DIGITS <= len(self.digits) <= MOST_DIGITS and self.digits.isascii() and self.digits.isdigit():
            return None
        return said("A PIN has {fewest} to {most} digits.", fewest=FEWEST_DIGITS, most=MOST_DIGITS)

    @property
    def is_obvious(self) -> bool:
        """Whether it is one that a thief tries within three times: one digit throughout, or a run such as 1234."""
        steps = {ord(after) - ord(before) for before, after in zip(self.digits, self.digits[1:], strict=False)}
        return len(steps) <= 1 and steps <= {-1, 0, 1}


class PinAnswer(Enum):
    """What came of checking a PIN."""

    RIGHT = "right"
    WRONG = "wrong"
    NOT_SET = "not set"
    """The card has none. It took as long to say as the others."""
    FAILED = "failed"
    """The PINs cannot be read: nobody knows."""
