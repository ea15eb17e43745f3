"""Transport operators: the approved list, and the certificates of regulated air cargo agents (RACAs)."""

from collections.abc import Mapping
from datetime import date
from typing import Final, NamedTuple

from msgspec import Struct, field

from kiosk.core.parties import ApprovedList, Raca
from kiosk.register import cells
from kiosk.register.errors import Findings
from kiosk.register.repeats import Taken, agree, unpacked
from kiosk.register.sheet import Columns, Records, read_rows


class _ApprovedRow(NamedTuple):
    version: str
    issued: date
    in_force_from: date
    in_force_until: date | None
    operator_id: str
    operator_name: str


APPROVED: Final = Columns(
    {
        "version": cells.identity,
        "issued": cells.day,
        "in_force_from": cells.day,
        "in_force_until": cells.day_or_none,
        "operator_id": cells.identity,
        "operator_name": cells.text(cells.LONGEST_NAME),
    },
    _ApprovedRow._make,
)


class ApprovedListTable(Struct, frozen=True):
    """One version of the approved list.

    Attributes:
        approved: What the rules look at.
        names: The operators' names by their ids.
    """

    approved: ApprovedList
    names: Mapping[str, str]

    @property
    def size(self) -> int:
        """Rows."""
        return len(self.names)


def read_approved_list(sheet: Records, findings: Findings) -> ApprovedListTable | None:
    """Read one version; None when something was noted."""
    rows = read_rows(sheet, APPROVED, findings)
    operators = Taken(findings, "operator_id", "each operator")
    for number, row in unpacked(rows):
        operators.take(row.operator_id, number)
        agree(("version", "issued", "in_force_from", "in_force_until"), rows[0], number, row, findings)
    if not rows:
        if not findings.total:
            findings.add(2, None, expected="at least one approved operator", got="no row")
        return None
    first = rows[0].row
    if first.in_force_until is not None and first.in_force_until < first.in_force_from:
        expected = f"{first.in_force_from} (in_force_from) or later"
        findings.add(rows[0].number, "in_force_until", expected=expected, got=str(first.in_force_until))
    if findings.total:
        return None
    names = {row.operator_id: row.operator_name for _, row in unpacked(rows)}
    return ApprovedListTable(ApprovedList(*first[:4], frozenset(names)), names)


# --- RACA certificates ------------------------------------------------------------------------------


class _RacaRow(NamedTuple):
    operator_id: str
    operator_name: str
    certificate: str
    valid_until: date


RACAS: Final = Columns(
    {
        "operator_id": cells.identity,
        "operator_name": cells.text(cells.LONGEST_NAME),
        "certificate": cells.identity,
        "valid_until": cells.day,
    },
    _RacaRow._make,
)


class RacaTable(Struct, frozen=True):
    """The regulated air cargo agents: certificate and name by operator id."""

    racas: Mapping[str, Raca] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Rows."""
        return len(self.racas)


def read_racas(sheet: Records, findings: Findings) -> RacaTable | None:
    """Read the certificates; None when something was noted."""
    rows = read_rows(sheet, RACAS, findings)
    operators = Taken(findings, "operator_id", "each operator")
    certificates = Taken(findings, "certificate", "each certificate")
    for number, row in unpacked(rows):
        operators.take(row.operator_id, number)
        certificates.take(row.certificate, number)
    if findings.total:
        return None
    return RacaTable(
        {row.operator_id: Raca(row.certificate, row.valid_until) for _, row in unpacked(rows)},
        {row.operator_id: row.operator_name for _, row in unpacked(rows)},
    )
