"""An entry's line, written and read by msgspec at once: the short way for what nearly every entry is.

The short way takes a line whose values are text, exact whole numbers, true, false, null, and lists and objects of
those, and whose keys are ASCII: its canonical form (RFC 8785) leaves no choice but the order of keys, which ASCII makes
the same for all. It answers None for anything else, and `kiosk.ledger.entry` goes the long way, which also says what is
wrong.
"""

from __future__ import annotations

from typing import Annotated, Any, Final

from msgspec import Meta, MsgspecError, Struct, convert, json

from kiosk.ledger.canonical import LARGEST_INT, is_plain
from kiosk.ledger.stamp import Clock

_Text = Annotated[str, Meta(min_length=1)]

_PLAIN_DEPTH: Final = 5
"""How deep objects and lists may stand inside one another here: the gate's bodies have four, and each level more
doubles the time to import this."""


def _plain(depth: int) -> Any:  # noqa: ANN401  (a type, made as deep as is asked)
    leaf = None | bool | Annotated[int, Meta(ge=-LARGEST_INT, le=LARGEST_INT)] | str
    if depth == 0:
        return leaf
    inner = _plain(depth - 1)
    return leaf | list[inner] | dict[str, inner]  # type: ignore[valid-type]  # a type as deep as was asked


_Body: Final = dict[str, _plain(_PLAIN_DEPTH)]  # type: ignore[misc]


class Line(Struct, forbid_unknown_fields=True):
    """An entry's fields, in the order in which they stand."""

    body: _Body  # type: ignore[valid-type]
    clock: Clock
    kind: _Text
    prev: str
    seq: Annotated[int, Meta(ge=1, le=LARGEST_INT)]
    time: str


class _Given(Struct):
    """What a caller gives of a line, of the types that the short way takes; `convert` copies all that can change."""

    body: _Body  # type: ignore[valid-type]
    kind: _Text


_encode: Final = json.Encoder(order="sorted").encode
_decode: Final = json.Decoder(Line).decode


def write_plain(fields: Line) -> tuple[bytes, Line] | None:
    """The line of fields, and what a reader will get back; None when it has to go the long way."""
    try:
        line = _encode(fields)
        own: dict[str, Any] = convert(fields, _Given, from_attributes=True).body
    except (MsgspecError, TypeError, ValueError, OverflowError, RecursionError):
        return None
    if own != fields.body or not _is_plain_clock(fields.clock) or not (line.isascii() or is_plain(own)):
        return None  # a set or a tuple has become a list, or a key may have another place
    fields.body = own
    return line, fields


def read_plain(line: bytes) -> Line | None:
    """The fields of a line that is exactly what `write_plain` writes; None when it has to go the long way."""
    try:
        read = _decode(line)
    except (MsgspecError, ValueError, RecursionError):
        return None
    return read if _encode(read) == line and (line.isascii() or is_plain(read.body)) else None


def _is_plain_clock(clock: Clock) -> bool:
    """Whether a clock that was not read from a line could have been."""
    state, boot, passed = clock.state, clock.boot, clock.monotonic_ms
    return (
        type(state) is type(boot) is str and type(passed) is int and state != "" != boot and 0 <= passed <= LARGEST_INT
    )
