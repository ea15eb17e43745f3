"""The shapes of the entries that the steps of a seal's life make: what has another one was not made by a step.

Theory of operation. An entry stands in the ledger for good, and everything that is said of seals is read from such
entries. So who writes one for somebody else looks at it first (`misshape_in`, to the letter), and who reads one that
stands already leaves out what cannot be read (without `whole`: later versions may say more).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta, Struct

from kiosk.core.sealing.inspections import INSPECTION
from kiosk.core.sealing.kinds import StepKind
from kiosk.core.sealing.life import SealState
from kiosk.core.sealing.steps import Checker, Condition, Fate, How, Point
from kiosk.core.seals import VvttStep

Word = Annotated[str, Meta(min_length=1)]
Numbers = list[Word]
Instant = Annotated[datetime, Meta(tz=True)]
Entry = Annotated[int, Meta(ge=1)]


class Signed(Struct, frozen=True, kw_only=True):
    """What each of them says: who, and under which clause."""

    staff: Word
    staff_name: Word
    clause: Word


class _Received(Signed, frozen=True, kw_only=True):
    batch: str
    seal_type: Word
    numbers: Annotated[Numbers, Meta(min_length=1)]
    how: How
    purchase_approval: str
    received: Instant


class _Applied(Signed, frozen=True, kw_only=True):
    seal_number: Word
    seal_type: str
    unit: Word
    booking: str
    how: How
    applied: Instant
    inspection: Entry | None


class _SecondCheck(Signed, frozen=True, kw_only=True):
    seal_number: Word
    unit: Word
    good: bool
    paperwork: str
    how: How


class _Step(Struct, frozen=True):
    step: VvttStep
    good: bool
    how: Literal["scanned", "keyed", "answered"]


class _StoredCheck(Signed, frozen=True, kw_only=True):
    seal_number: Word
    unit: Word
    steps: list[_Step]
    good: bool


class _Replaced(Signed, frozen=True, kw_only=True):
    seal_number: Word
    condition: Condition
    replaced_by: Word | None
    unit: Word | None
    how: How
    applied: Instant | msgspec.UnsetType = msgspec.UNSET


class _Stocktake(Signed, frozen=True, kw_only=True):
    counted: Numbers
    missing: Numbers
    unexpected: Numbers
    damaged: Numbers
    how: How


class _Incident(Signed, frozen=True, kw_only=True):
    seal_number: Word
    unit: Word | None
    what: Fate
    note: str


class _Discrepancy(Signed, frozen=True, kw_only=True):
    step: StepKind
    seal_number: Word
    unit: Word | None
    state: SealState
    why: Word


class _Looked(Struct, frozen=True):
    point: Point
    good: bool
    by: Checker


class _Inspection(Signed, frozen=True, kw_only=True):
    unit: Word
    reefer: bool
    points: Annotated[list[_Looked], Meta(min_length=1)]
    findings: str
    good: bool
    driver: str | msgspec.UnsetType = msgspec.UNSET
    driver_name: str | msgspec.UnsetType = msgspec.UNSET
    driver_acknowledged: str | msgspec.UnsetType = msgspec.UNSET


SHAPES: Final[Mapping[str, type[Struct]]] = {
    StepKind.RECEIVE.value: _Received,
    StepKind.APPLY.value: _Applied,
    StepKind.SECOND_CHECK.value: _SecondCheck,
    StepKind.STORED_CHECK.value: _StoredCheck,
    StepKind.REPLACE.value: _Replaced,
    StepKind.STOCKTAKE.value: _Stocktake,
    StepKind.INCIDENT.value: _Incident,
    StepKind.DISCREPANCY.value: _Discrepancy,
    INSPECTION: _Inspection,
}
"""By kind. The uplift is the gate's own: nobody else writes one."""


def misshape_in(body: Mapping[str, Any], shape: type[Struct], *, whole: bool) -> str:
    """What is wrong with an entry's body; empty where nothing is.

    Args:
        body: The entry's.
        shape: What it should be.
        whole: Whether it may have no key that the shape does not know.
    """
    try:
        msgspec.convert(body, shape)
    except msgspec.ValidationError as wrong:
        return str(wrong)
    unknown = sorted(set(body) - set(shape.__struct_fields__)) if whole else ()
    return f"Unknown key {unknown[0]!a}" if unknown else ""


def unread(seq: int, kind: str, fault: str) -> str:
    """What is told of an entry that cannot be read, in a line.

    Args:
        seq: Its number.
        kind: Its kind.
        fault: Of `unreadable`.
    """
    return f"entry {seq}: expected what a step records as {kind}, got another body ({fault}); find out who wrote it"


def unreadable(kind: str, body: Mapping[str, Any]) -> str:
    """Why an entry that stands in the ledger says nothing of any seal; empty where it can be read."""
    shape = SHAPES.get(kind)
    return misshape_in(body, shape, whole=False) if shape is not None else ""
