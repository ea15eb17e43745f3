"""Whether a step of a seal's life is possible, and the entry that records it.

A step that the entries so far make impossible is refused with its clause. Where it has happened in the world all the
same, the refusal gives the entry that says so.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from kiosk.core.parties import StaffMember
from kiosk.core.sealing import delivery, inspecting, on_unit, store
from kiosk.core.sealing.outcome import Book, Outcome
from kiosk.core.sealing.steps import (
    Adopt,
    Apply,
    Incident,
    Inspect,
    Receive,
    Replace,
    SecondCheck,
    Step,
    Stocktake,
    StoredCheck,
)

_DECISIONS: Final[Mapping[type[Step], Callable[[Any, StaffMember, Book], Outcome]]] = {
    Receive: delivery.receive,
    Adopt: delivery.adopt,
    Apply: on_unit.apply,
    SecondCheck: on_unit.second_check,
    StoredCheck: on_unit.stored_check,
    Replace: on_unit.replace,
    Stocktake: store.stocktake,
    Incident: store.incident,
    Inspect: inspecting.inspect,
}


def decide(step: Step, who: StaffMember, book: Book) -> Outcome:
    """The entry of a step.

    Args:
        step: What somebody wants to record.
        who: Who does it.
        book: What is known.

    Raises:
        StepRefused: It cannot be.
    """
    return _DECISIONS[type(step)](step, who, book)
