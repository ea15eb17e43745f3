"""What staff have on the driver's screen."""

from typing import Final

from msgspec import Struct

LONGEST_WORD: Final = 120
"""Characters: two rows of plain text on the smallest screen."""


class StaffWord(Struct, frozen=True):
    """A message of the gatehouse to the driver.

    Attributes:
        text: The words.
        ends: Monotonic seconds at which they go by themselves.
    """

    text: str
    ends: float
