"""What the page in the browser sends: textual.js's messages, each a list of its kind and what belongs to it."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

MOST_BYTES: Final = 64 * 1024
"""Of a message: a page of text that is pasted has some KB."""

MOST_COLUMNS: Final = 500
MOST_ROWS: Final = 200
"""Of a terminal: more than the largest screen has in the smallest type. What is asked beyond is not drawn: it would
cost memory for nobody."""

_Number = Annotated[int, Meta(ge=1)]


class Size(Struct, frozen=True):
    """Of the terminal, in cells."""

    width: _Number
    height: _Number

    def within_reason(self) -> "Size":
        """The same, at most as large as a screen can be."""
        return Size(min(self.width, MOST_COLUMNS), min(self.height, MOST_ROWS))


class Keys(Struct, frozen=True, array_like=True, tag="stdin"):
    """Keys that were pressed, or what the mouse did, as a terminal sends it."""

    text: str


class Resize(Struct, frozen=True, array_like=True, tag="resize"):
    """The terminal has another size."""

    size: Size


class Ping(Struct, frozen=True, array_like=True, tag="ping"):
    """The page wants to know how long an answer takes."""

    stamp: Annotated[str, Meta(max_length=40)]


class Focus(Struct, frozen=True, array_like=True, tag="focus"):
    """The terminal has the keyboard."""


class Blur(Struct, frozen=True, array_like=True, tag="blur"):
    """Something else has the keyboard."""


Words = Keys | Resize | Ping | Focus | Blur

_DECODER: Final[msgspec.json.Decoder[Words]] = msgspec.json.Decoder(Words)


def read_words(text: str) -> Words:
    """Read a message.

    Raises:
        msgspec.DecodeError: It is none.
    """
    return _DECODER.decode(text)


def size_asked(width: str, height: str) -> Size:
    """The size that the page asks for at first; a usual terminal's when it is no size."""
    try:
        return msgspec.convert({"width": width, "height": height}, Size, strict=False).within_reason()
    except msgspec.ValidationError:
        return Size(80, 24)
