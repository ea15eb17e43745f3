"""What the entries say of a seal: its state, and what happened to it. Nothing of this is stored anywhere else."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import Enum
from typing import Any, Final

from msgspec import Struct
from msgspec.structs import replace

from kiosk.core.sealing.inspections import NOT_INSPECTED, lacks_inspection
from kiosk.core.sealing.kinds import StepKind


class SealState(Enum):
    """Where a seal stands."""

    UNKNOWN = "never received"
    """No entry says that it was received: the paperwork alone knows it, or nobody."""
    RECEIVED = "in store"
    APPLIED = "applied"
    CHECKED = "applied and checked"
    """A second person has compared number and paperwork (8.14)."""
    UPLIFTED = "uplifted"
    DAMAGED = "damaged"
    """Damaged or broken: another seal took its place, or it never will be used (8.10)."""
    LOST = "lost"
    TAMPERED = "tampered with"


ON_A_UNIT: Final = frozenset({SealState.APPLIED, SealState.CHECKED})
"""The states of a seal that hangs on a container or package of this site."""


class By(Struct, frozen=True):
    """Who did a step, when, and which entry says so.

    Attributes:
        staff: The staff member's id, or the driver's.
        name: Their name.
        at: When it was done.
        entry: The entry's number.
    """

    staff: str
    name: str
    at: datetime
    entry: int


class StoredCheck(Struct, frozen=True):
    """A check of a stored, sealed container (6.11)."""

    by: By
    good: bool


class SealLife(Struct, frozen=True, kw_only=True):
    """Everything that the entries say of one seal.

    Attributes:
        number: The seal number.
        state: Where it stands.
        seal_type: The type's name; empty where no entry says it.
        batch: The delivery that it came with; empty likewise.
        purchase_approval: The document that permits the delivery to this site (8.4); empty likewise.
        received: Who recorded its delivery (8.7).
        applied: Who applied it (8.13).
        unit: The container or package that it was applied to; empty before.
        booking: The load's booking; empty where no entry says it.
        checked: Whose second check found it right (8.14).
        stored_checks: Checks while it hung on a stored container (6.11), oldest first.
        condition: ``damaged`` or ``broken`` once it was replaced; empty else.
        replaced_by: The seal that took its place; empty where none did.
        replaces: The seal whose place it took; empty where it took none.
        uplifted: The driver who took it out (8.17).
        operator: The driver's transport operator, by name and id where the entry says both; empty before.
        ended: Who recorded that it is damaged, lost or tampered with.
        discrepancies: What does not fit, in words, oldest first.
    """

    number: str
    state: SealState = SealState.UNKNOWN
    seal_type: str = ""
    batch: str = ""
    purchase_approval: str = ""
    received: By | None = None
    applied: By | None = None
    unit: str = ""
    booking: str = ""
    checked: By | None = None
    stored_checks: tuple[StoredCheck, ...] = ()
    condition: str = ""
    replaced_by: str = ""
    replaces: str = ""
    uplifted: By | None = None
    operator: str = ""
    ended: By | None = None
    discrepancies: tuple[str, ...] = ()


class SealLives:
    """Folds entries into the lives of all seals that they name. Takes entries of every kind, in the ledger's order."""

    def __init__(self) -> None:
        self._lives: dict[str, SealLife] = {}
        self._takers: Final = {
            StepKind.RECEIVE.value: self._received,
            StepKind.APPLY.value: self._applied,
            StepKind.SECOND_CHECK.value: self._second_check,
            StepKind.STORED_CHECK.value: self._stored_check,
            StepKind.REPLACE.value: self._replaced,
            StepKind.INCIDENT.value: self._incident,
            StepKind.DISCREPANCY.value: self._discrepancy,
            StepKind.UPLIFT.value: self._uplift,
        }

    def take(self, kind: str, body: Mapping[str, Any], time: datetime, seq: int) -> None:
        """Take one entry.

        Args:
            kind: The entry's.
            body: The entry's.
            time: When it was written.
            seq: Its number.
        """
        taker = self._takers.get(kind)
        if taker is not None:
            taker(body, time, seq)

    def of(self, number: str) -> SealLife:
        """A seal's life; of one that no entry names, that it is unknown."""
        return self._lives.get(number) or SealLife(number=number)

    def all(self) -> Iterator[SealLife]:
        """The seals that any entry names, in the order in which they were first named."""
        return iter(self._lives.values())

    def on_unit(self, unit: str) -> tuple[SealLife, ...]:
        """The seals that hang on a container or package now: more than one is a matter of its own."""
        return tuple(life for life in self._lives.values() if life.unit == unit and life.state in ON_A_UNIT)

    # --- one kind of entry each -----------------------------------------------------------------------

    def _received(self, body: Mapping[str, Any], time: datetime, seq: int) -> None:
        for number in body["numbers"]:
            self._keep(
                replace(
                    self.of(number),
                    state=SealState.RECEIVED,
                    seal_type=body["seal_type"],
                    batch=body["batch"],
                    purchase_approval=body["purchase_approval"],
                    received=_by(body, time, seq, "received"),
                )
            )

    def _applied(self, body: Mapping[str, Any], time: datetime, seq: int) -> None:
        life = replace(
            self.of(body["seal_number"]),
            state=SealState.APPLIED,
            seal_type=body["seal_type"],
            unit=body["unit"],
            booking=body.get("booking") or "",
            applied=_by(body, time, seq, "applied"),
        )
        self._keep(_noted(life, seq, NOT_INSPECTED) if lacks_inspection(body) else life)

    def _second_check(self, body: Mapping[str, Any], time: datetime, seq: int) -> None:
        life, by = self.of(body["seal_number"]), _by(body, time, seq)
        if body["good"]:
            self._keep(replace(life, state=SealState.CHECKED, checked=by))
        else:
            self._keep(
                _noted(life, seq, f"the second check found another number on the paperwork: {body['paperwork']}")
            )

    def _stored_check(self, body: Mapping[str, Any], time: datetime, seq: int) -> None:
        life, check = self.of(body["seal_number"]), StoredCheck(_by(body, time, seq), body["good"])
        self._keep(replace(life, stored_checks=(*life.stored_checks, check)))

    def _replaced(self, body: Mapping[str, Any], time: datetime, seq: int) -> None:
        old, by = self.of(body["seal_number"]), _by(body, time, seq)
        number = body["replaced_by"] or ""
        state = SealState.DAMAGED
        self._keep(replace(old, state=state, condition=body["condition"], replaced_by=number, ended=by))
        if number:
            new = self.of(number)
            applied = _by(body, time, seq, "applied")
            unit, booking = body["unit"] or old.unit, old.booking
            self._keep(
                replace(
                    new,
                    state=SealState.APPLIED,
                    unit=unit,
                    booking=booking,
                    applied=applied,
                    replaces=body["seal_number"],
                )
            )

    def _incident(self, body: Mapping[str, Any], time: datetime, seq: int) -> None:
        state = SealState.LOST if body["what"] == "lost" else SealState.TAMPERED
        self._keep(replace(self.of(body["seal_number"]), state=state, ended=_by(body, time, seq)))

    def _discrepancy(self, body: Mapping[str, Any], _time: datetime, seq: int) -> None:
        self._keep(_noted(self.of(body["seal_number"]), seq, f"{body['step']}: {body['why']}"))

    def _uplift(self, body: Mapping[str, Any], time: datetime, seq: int) -> None:
        by = By(body.get("driver", ""), body.get("driver_name", ""), time, seq)
        for check in body["uplifts"]:
            life = self.of(check["seal_number"])
            if life.state is not SealState.UNKNOWN and life.state not in ON_A_UNIT:
                life = _noted(life, seq, f"uplifted on {check['unit']} while {life.state.value}")
            elif life.unit and life.unit != check["unit"]:
                life = _noted(life, seq, f"uplifted on {check['unit']}, applied to {life.unit}")
            self._keep(
                replace(
                    life,
                    state=SealState.UPLIFTED,
                    seal_type=life.seal_type or check["seal_type"],
                    unit=check["unit"],
                    booking=check["booking"],
                    uplifted=by,
                    operator=_operator(body),
                )
            )

    def _keep(self, life: SealLife) -> None:
        self._lives[life.number] = life


def _by(body: Mapping[str, Any], time: datetime, seq: int, key: str = "") -> By:
    """Who did it; when, by a key of the body where it may have been done before it was recorded."""
    said = body.get(key)
    return By(body["staff"], body["staff_name"], datetime.fromisoformat(said) if said else time, seq)


def _operator(body: Mapping[str, Any]) -> str:
    """Name and id; entries of earlier versions have the id alone."""
    ident, name = body.get("operator", ""), body.get("operator_name")
    return f"{name} ({ident})" if name else ident


def _noted(life: SealLife, seq: int, what: str) -> SealLife:
    return replace(life, discrepancies=(*life.discrepancies, f"entry {seq}: {what}"))
