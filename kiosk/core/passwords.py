"""A password as it was typed: a value that shows itself to nobody; and what came of checking one."""

import unicodedata
from enum import Enum
from typing import Final

from msgspec import Struct

from kiosk.core.unshown import nothing_drawn

FEWEST_CHARACTERS: Final = 16
"""NZISM 3.9: 16 and more, with no rule of what they must be. NIST SP 800-63B-4: 15, where a password stands alone."""
MOST_CHARACTERS: Final = 128
"""NIST asks that 64 be taken. Nobody types more; a megabyte would keep the kiosk busy."""


class Password(Struct, frozen=True):
    """Characters as they were typed. Neither its repr nor a traceback that draws locals shows them.

    Attributes:
        text: For the check alone. In no entry, no log, no error.
    """

    text: str = ""

    def __repr__(self) -> str:
        return "Password(hidden)"

    __rich_repr__ = nothing_drawn

    def __len__(self) -> int:
        return len(self.normal)

    @property
    def normal(self) -> str:
        """The same characters, whichever keyboard gave them (Unicode NFKC, as NIST asks)."""
        return self.text if self.text.isascii() else unicodedata.normalize("NFKC", self.text)

    @property
    def problem(self) -> str:
        """Why it can be nobody's password, for a person; empty when it can. Guessing is another matter."""
        if len(self) < FEWEST_CHARACTERS:
            return f"A password has at least {FEWEST_CHARACTERS} characters, such as four words."
        if len(self) > MOST_CHARACTERS:
            return f"A password has at most {MOST_CHARACTERS} characters."
        return "" if self.text.isprintable() else "A password has no tabs, line ends or control characters."


class PasswordSlot(Enum):
    """Which of an account's secrets counts."""

    PASSWORD = "password"  # noqa: S105 - a name
    CODE = "one-time code"
    """Until the first password is chosen, and after a reset."""


class PasswordAnswer(Enum):
    """What came of checking a password, a one-time code, or a badge's PIN."""

    RIGHT = "right"
    WRONG = "wrong"
    NOT_SET = "not set"
    """There is none, or nobody has that name. It took as long to say as the others."""
    FAILED = "failed"
    """The file cannot be read: nobody knows."""
