"""What entries are found by: which values in an entry's body name a seal, a container, a driver."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any, Final

from kiosk.core.sealing.kinds import StepKind


class Term(Enum):
    """What a search can ask for. The catalogue keeps the numbers."""

    SEAL = 1
    CONTAINER = 2
    DRIVER = 3
    LOAD_GONE = 4
    """A load that was uplifted, by the id of its load record."""
    SEAL_GONE = 5
    """The seal with which a load was uplifted."""
    SEAL_TWICE = 6
    """A seal with which two loads were uplifted on one truck."""
    LIFE = 7
    """A step of any seal's life but its uplift; the value is empty."""
    CARD = 8
    """A card that was tapped, or of which staff recorded something, as a reader sees it."""


_KEYS: Final[Mapping[str, Term]] = {
    "seal_number": Term.SEAL,
    "replaced_by": Term.SEAL,
    "expected_seal_number": Term.SEAL,
    "unit": Term.CONTAINER,
    "driver": Term.DRIVER,
    "driver_name": Term.DRIVER,
    "credential": Term.CARD,
}
"""The keys that name one, wherever in the body they stand (kiosk.core.entries writes them)."""


_LISTS: Final = frozenset({"numbers", "missing", "unexpected", "damaged"})
"""The keys whose lists name seals. What a stocktake counted where it belongs is not looked for."""

_UPLIFT: Final = "uplift"
_STRAY_SCAN: Final = "stray-scan"
_LIFE: Final = frozenset({step.value for step in StepKind if step is not StepKind.UPLIFT})


def terms_of(kind: str, body: Mapping[str, Any]) -> set[tuple[Term, str]]:
    """What an entry is found by."""
    found = set(_walk(body))
    if kind == _UPLIFT:
        for uplift in body.get("uplifts", ()):
            seal = str(uplift.get("seal_number"))
            found.add((Term.LOAD_GONE, str(uplift.get("load"))))
            found.add((Term.SEAL_TWICE if (Term.SEAL_GONE, seal) in found else Term.SEAL_GONE, seal))
    elif kind in _LIFE:
        found.add((Term.LIFE, ""))
        found |= {(Term.SEAL, number) for key in _LISTS for number in _words(body.get(key))}
    elif kind == _STRAY_SCAN:  # nobody knows which of the two it was
        text = str(body.get("text"))
        found |= {(Term.SEAL, text), (Term.CONTAINER, text)}
    return found


def _words(value: object) -> Iterator[str]:
    """The texts of a list; of anything else nothing: an entry can be found though it is not what a step writes."""
    if isinstance(value, list):
        yield from (each for each in value if isinstance(each, str))


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
