"""What entries are found by: which values in an entry's body name a seal, a container, a driver."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Final


class Term(Enum):
    """What a search can ask for. The catalogue keeps the numbers."""

    SEAL = 1
    CONTAINER = 2
    DRIVER = 3
    LOAD_GONE = 4
    """A load that was uplifted, by the id of its load record."""


_KEYS: Final[Mapping[str, Term]] = {
    "seal_number": Term.SEAL,
    "expected_seal_number": Term.SEAL,
    "unit": Term.CONTAINER,
    "driver": Term.DRIVER,
    "driver_name": Term.DRIVER,
}
"""The keys that name one, wherever in the body they stand (kiosk.core.entries writes them)."""


_UPLIFT: Final = "uplift"


def terms_of(kind: str, body: Mapping[str, Any]) -> set[tuple[Term, str]]:
    """What an entry is found by."""
    found = set(_walk(body))
    if kind == _UPLIFT:
        found |= {(Term.LOAD_GONE, str(uplift["load"])) for uplift in body.get("uplifts", ()) if "load" in uplift}
    return found


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
