"""The register extract: seals that the office's register knew before the kiosk did, with what clause 8.6 asks for."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from msgspec import Struct

from kiosk.core.errors import BadNumber
from kiosk.core.seals import SealNumber, SealType
from kiosk.core.units import ContainerNumber
from kiosk.register import cells
from kiosk.register.errors import Findings
from kiosk.register.repeats import Taken, unpacked
from kiosk.register.seal_cells import read_seal
from kiosk.register.sheet import Columns, Records, read_rows


class RegisteredSeal(Struct, frozen=True):
    """A seal as the office's register has it (clause 8.6).

    Attributes:
        number: The individual seal number.
        seal_type: Of which type it is.
        received: The day on which the site received it.
        applied: The day on which it was applied; None while it is in store.
        unit: The container that it was applied to; None while it is in store.
        applied_by: Who applied it, as the register names them; empty while it is in store.
    """

    number: SealNumber
    seal_type: SealType
    received: date
    applied: date | None
    unit: ContainerNumber | None
    applied_by: str


class SealTable(Struct, frozen=True):
    """The register's seals, and the row of each one, in the same order."""

    seals: tuple[RegisteredSeal, ...] = ()
    rows: tuple[int, ...] = ()

    @property
    def size(self) -> int:
        """Rows."""
        return len(self.seals)


class _SealRow(NamedTuple):
    seal_number: str
    seal_type: str
    received: date
    applied: date | None
    unit: str
    applied_by: str


def seal_columns(seal_types: Mapping[str, SealType]) -> Columns[_SealRow]:
    """The columns of a register extract; a seal type is one of those named."""
    return Columns(
        {
            "seal_number": str,
            "seal_type": cells.one_of(seal_types),
            "received": cells.day,
            "applied": cells.day_or_none,
            "unit": str,
            "applied_by": cells.text_or_none(cells.LONGEST_NAME),
        },
        _SealRow._make,
    )


def read_register(sheet: Records, seal_types: Mapping[str, SealType], findings: Findings) -> SealTable | None:
    """Read a register extract; None when something was noted.

    Args:
        sheet: The records.
        seal_types: Those that the security plan lists (clause 8.1), by name.
        findings: Where problems are noted. None of them quotes a seal number: some of these seals hang on
            containers that a driver has yet to check.
    """
    rows = read_rows(sheet, seal_columns(seal_types), findings)
    taken = Taken(findings, "seal_number", "each seal")
    seals: list[RegisteredSeal] = []
    for number, row in unpacked(rows):
        seal_type = seal_types[row.seal_type]
        seal = read_seal(seal_type, row.seal_number, number, findings)
        if seal is not None:
            taken.take(seal, number)
        unit = _container(row.unit, number, findings)
        _note_half_applied(row, number, findings)
        if seal is not None:
            seals.append(RegisteredSeal(seal, seal_type, row.received, row.applied, unit, row.applied_by))
    return None if findings.total else SealTable(tuple(seals), tuple(each.number for each in rows))


def _container(text: str, row: int, findings: Findings) -> ContainerNumber | None:
    if not text:
        return None
    try:
        return ContainerNumber.parse(text)
    except BadNumber as bad:
        findings.add(row, "unit", expected=bad.expected, got=bad.got)
        return None


def _note_half_applied(row: _SealRow, number: int, findings: Findings) -> None:
    """A seal that was applied has a date, a container and a person, and was received before; one in store has none."""
    if not (row.applied or row.unit or row.applied_by):
        return
    for column, there in (("applied", row.applied), ("unit", row.unit), ("applied_by", row.applied_by)):
        if not there:
            expected = "date, container and person of a seal that was applied, or none of the three"
            findings.add(number, column, expected=expected, got="an empty cell")
    if row.applied is not None and row.applied < row.received:
        findings.add(number, "applied", expected=f"{row.received} (received) or later", got=str(row.applied))
