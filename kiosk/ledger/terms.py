"""What entries are found by: which values in an entry's body name a seal, a container, a driver, a load."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Final


class Term(Enum):
    """What a search can ask for. The catalogue keeps the numbers."""

    SEAL = 1
    CONTAINER = 2
    DRIVER = 3
    LOAD = 4


_KEYS: Final[Mapping[str, Term]] = {
    "seal_number": Term.SEAL,
    "expected_seal_number": Term.SEAL,
    "unit": Term.CONTAINER,
    "driver": Term.DRIVER,
    "driver_name": Term.DRIVER,
    "load": Term.LOAD,
}
"""The keys that name one, wherever in the body they stand (kiosk.core.entries writes them)."""


def terms_of(body: Mapping[str, Any]) -> set[tuple[Term, str]]:
    """What an entry with this body is found by."""
    return set(_walk(body))


def _walk(value: object) -> Iterator[tuple[Term, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if isinstance(inner, str):
                if (term := _KEYS.get(key)) is not None:
                    yield term, inner
            else:
                yield from _walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(inner)
