"""What comes of a step: the entry that records it, or why it cannot be; and what decisions have in common."""

from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

from msgspec import Struct

from kiosk.core.effects import Json
from kiosk.core.errors import SealgateError
from kiosk.core.parties import StaffMember
from kiosk.core.plan import PurchaseApproval
from kiosk.core.sealing.inspections import Inspections
from kiosk.core.sealing.kinds import StepKind
from kiosk.core.sealing.life import SealLife, SealLives, SealState
from kiosk.core.sealing.steps import Adopt, Apply, Incident, Receive, Replace, SecondCheck, Step, StoredCheck
from kiosk.core.seals import SealType

NAMED: Final = 5
"""Seal numbers that a refusal names; it counts the others."""

Body = dict[str, Json]

_KINDS: Final[Mapping[type[Step], StepKind]] = {
    Receive: StepKind.RECEIVE,
    Adopt: StepKind.RECEIVE,
    Apply: StepKind.APPLY,
    SecondCheck: StepKind.SECOND_CHECK,
    StoredCheck: StepKind.STORED_CHECK,
    Replace: StepKind.REPLACE,
    Incident: StepKind.INCIDENT,
}
"""The kinds of the steps that can be refused."""


class Outcome(Struct, frozen=True):
    """A step that is possible.

    Attributes:
        kind: The kind of its entry.
        body: The entry's body.
        remarks: What whoever did it has to know or to do next, in words.
        good: Whether all was found as it should be.
    """

    kind: str
    body: Body
    remarks: tuple[str, ...] = ()
    good: bool = True


class StepRefused(SealgateError):
    """A step that the entries so far make impossible. Nothing was recorded.

    Attributes:
        clause: The clause that it would break.
        discrepancies: The entries, of the kind seal-discrepancy, to record where it has happened all the same.
    """

    def __init__(self, *, clause: str, expected: str, got: str, mend: str, discrepancies: tuple[Body, ...]) -> None:
        super().__init__(expected=expected, got=got, mend=mend)
        self.clause = clause
        self.discrepancies = discrepancies

    def __str__(self) -> str:
        return f"{super().__str__()} (clause {self.clause})"


class Book(Struct, frozen=True):
    """What a decision looks at.

    Attributes:
        site_id: This site.
        approvals: The purchase approvals that name a site (8.4), by number.
        seal_types: Those of the security plan, by name (8.1).
        lives: The lives of the seals that the step names, or of all for a stocktake.
        inspections: Of the containers that the step names.
    """

    site_id: str
    approvals: Mapping[str, PurchaseApproval]
    seal_types: Mapping[str, SealType]
    lives: SealLives
    inspections: Inspections


def outcome_of(
    kind: str, body: Body, who: StaffMember, clause: str, remarks: Iterable[str] = (), *, good: bool = True
) -> Outcome:
    """The entry of a step that is possible, with who did it and the clause."""
    return Outcome(kind, body | _signed(who, clause), tuple(remarks), good)


def _signed(who: StaffMember, clause: str) -> Body:
    return {"staff": who.staff_id, "staff_name": who.name, "clause": clause}


def must_be(
    life: SealLife, states: Collection[SealState], step: Step, who: StaffMember, clause: str, mend: str
) -> None:
    """Raises StepRefused unless a seal is in one of these states."""
    if life.state not in states:
        wanted = " or ".join(state.value for state in SealState if state in states)
        raise refused([life], step, who, clause, f"seal {life.number} to be {wanted}", _where(life), mend)


def _where(life: SealLife) -> str:
    unit = f", {life.unit}" if life.unit else ""
    return f"{life.state.value}{unit}"


def refused(
    lives: Iterable[SealLife], step: Step, who: StaffMember, clause: str, expected: str, got: str, mend: str
) -> StepRefused:
    """Why a step cannot be, and the discrepancies of the seals that it was about, if it has happened all the same."""
    kind = _KINDS[type(step)].value
    why = f"expected {expected}, got {got}"
    unit = step.unit.text if isinstance(step, Apply | SecondCheck | StoredCheck) else None
    entries = tuple(_discrepancy(life, kind, unit, why) | _signed(who, clause) for life in lives)
    return StepRefused(clause=clause, expected=expected, got=got, mend=mend, discrepancies=entries)


def _discrepancy(life: SealLife, kind: str, unit: str | None, why: str) -> Body:
    return {
        "step": kind,
        "seal_number": life.number,
        "unit": unit or life.unit or None,
        "state": life.state.value,
        "why": why,
    }


def listed(numbers: Collection[object]) -> str:
    """The first few, and how many more."""
    first = ", ".join(str(number) for number in list(numbers)[:NAMED])
    rest = len(numbers) - NAMED
    return f"{first} and {rest} more" if rest > 0 else first


def stamp_of(moment: datetime) -> str:
    """RFC 3339 in UTC, to the second: what people say of when something was done."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
