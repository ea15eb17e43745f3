"""JSON as the ledger reads it: each key once, no NaN or Infinity, whole numbers as exact as they were written."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from kiosk.ledger.canonical import LARGEST_INT
from kiosk.ledger.errors import EntryMalformed


def strict_json(line: bytes) -> object:
    """Reads JSON that has each key once and no NaN or Infinity.

    Raises:
        EntryMalformed: It is something else.
    """
    try:
        return json.loads(
            line.decode("utf-8"), object_pairs_hook=_no_key_twice, parse_int=_number, parse_constant=_no_constant
        )
    except UnicodeDecodeError as fault:
        raise EntryMalformed(
            expected="UTF-8", got=f"byte {fault.object[fault.start]:#04x} at {fault.start} of the line"
        ) from None
    except json.JSONDecodeError as fault:
        raise EntryMalformed(expected="one line of JSON", got=f"{fault.msg} at {fault.pos} of the line") from None
    except RecursionError:
        raise EntryMalformed(expected="one line of JSON", got="nesting without end") from None


def read_json(line: bytes) -> Any:  # noqa: ANN401  (JSON)
    """Reads JSON that was checked before."""
    return json.loads(line, parse_int=_number)


def _no_key_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    values = dict(pairs)
    if len(values) < len(pairs):
        names = [key for key, _ in pairs]
        twice = next(key for key in names if names.count(key) > 1)
        raise EntryMalformed(expected="each key once", got=f"the key {twice!r} twice")
    return values


def _number(text: str) -> int | float:
    """A number without point or exponent; beyond what is exact a float wrote it (1e20 is ``100000000000000000000``)."""
    if len(text) <= 17 and abs(whole := int(text)) <= LARGEST_INT:
        return whole
    return float(text)


def _no_constant(text: str) -> NoReturn:
    raise EntryMalformed(expected="JSON", got=f"the word {text}")
