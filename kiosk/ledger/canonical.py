"""Canonical JSON (RFC 8785), quickly.

The rfc8785 package is the reference, written in Python. For values whose canonical form leaves no choice but the order
of keys, msgspec writes the same bytes in C; a test holds the two together.
"""

from typing import Any, Final

import rfc8785
from msgspec import json

LARGEST_INT: Final = 2**53 - 1
"""Largest whole number that every JSON reader keeps exactly (RFC 8785, 3.2.2.3 with RFC 7493, 2.2)."""

MAX_DEPTH: Final = 64
"""Most objects and lists inside one another: far below where any JSON reader runs out of stack, whatever called it."""

encode_plain: Final = json.Encoder(order="deterministic").encode
"""The canonical form of a plain value; see `is_plain`."""

_LEAVES: Final = frozenset({str, int, bool, type(None)})
_LISTS: Final = frozenset({list, tuple})


def canonical(value: object) -> bytes:
    """The canonical form of a value.

    Raises:
        ValueError: It, or something in it, has none; RecursionError when it is nested without end.
    """
    return encode_plain(value) if is_plain(value) else rfc8785.dumps(value)  # type: ignore[arg-type]  # it says what it takes


def is_plain(value: Any, depth: int = 0) -> bool:  # noqa: ANN401  (any may be handed in)
    """Whether a value is only text, exact whole numbers, true, false, null, and lists and objects of those.

    Left out are what the two libraries may write differently: other numbers, keys beyond ASCII (RFC 8785 sorts by
    UTF-16, 3.2.3), subclasses, and whatever is nested deeper than MAX_DEPTH.
    """
    kind = type(value)
    if kind in _LEAVES:
        return kind is not int or -LARGEST_INT <= value <= LARGEST_INT
    if depth > MAX_DEPTH:
        return False
    if kind is dict:
        return all(type(key) is str and key.isascii() for key in value) and all(
            is_plain(inner, depth + 1) for inner in value.values()
        )
    return kind in _LISTS and all(is_plain(inner, depth + 1) for inner in value)
