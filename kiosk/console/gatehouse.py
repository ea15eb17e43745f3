"""What a staff console asks of the station, and what it is told: the typed protocol of the Unix socket.

Frames are lines of JSON (msgspec's tagged structs), each at most MOST_BYTES. A console sends one `Request` after the
other, each with a number of its own, and gets one `Answer` for each; in between it is told what is on show, each kind
of `Told` whole and anew, as a driver's screen is: a console that joins late is right after the next message. Nothing
but Welcome comes before a log-on. No message carries an expected seal number before its check is recorded.
"""

from typing import Final

from msgspec import Struct

from kiosk.console.gatehouse_told import Told
from kiosk.console.gatehouse_wishes import Wish
from kiosk.core.unshown import nothing_drawn

VERSION: Final = 1
"""Of this protocol; both ends are of one installation, and say so when they are not."""

SOCKET: Final = "gatehouse.sock"
"""The socket's name in the data folder."""

MOST_BYTES: Final = 4 * 1024 * 1024
"""Of a line: an export of a year's uplifts is some hundred KB."""


class Request(Struct, frozen=True):
    """A wish with the console's own number for it."""

    number: int
    wish: Wish


class Done(Struct, frozen=True, tag=True):
    """It was done.

    Attributes:
        entries: The numbers of the entries that were written.
        words: What is worth saying, such as where a file lies.
    """

    entries: tuple[int, ...] = ()
    words: str = ""


class NotDone(Struct, frozen=True, tag=True):
    """It was not done, and nothing was written but that it was refused."""

    expected: str
    got: str
    mend: str


class OneTimeCode(Struct, frozen=True, tag=True):
    """A code by which an account's first password is set; shown once, and kept nowhere in clear."""

    code: str
    entries: tuple[int, ...] = ()

    def __repr__(self) -> str:
        return "OneTimeCode()"

    __rich_repr__ = nothing_drawn


class Document(Struct, frozen=True, tag=True):
    """A document that was asked for."""

    name: str
    media: str
    content: bytes


class Line(Struct, frozen=True):
    """A line of a detail: what it is called, what it says, and whether it is odd."""

    label: str
    text: str
    odd: bool = False


class UpliftDetail(Struct, frozen=True, tag=True):
    """Everything recorded of an uplift, in the order in which a person looks through it."""

    entry: int
    lines: tuple[Line, ...]


Result = Done | NotDone | OneTimeCode | Document | UpliftDetail


class Answer(Struct, frozen=True, tag=True):
    """To the request of this number."""

    number: int
    result: Result


FromStation = Answer | Told
"""What comes to a console."""
