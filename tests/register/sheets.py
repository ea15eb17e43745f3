"""Small good sheets, and how tests put one cell wrong."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from kiosk.core.seals import SealForm, SealType, Symbology, Tidying
from kiosk.register.errors import ImportRefused
from kiosk.register.kinds import Kind
from kiosk.register.signatures import ListOpener
from kiosk.register.store import ImportReport, RecordStore
from kiosk.site import SheetSettings


def seal_type(name: str, form: SealForm, prefix: str) -> SealType:
    return SealType(
        name=name,
        form=form,
        pattern=re.compile(f"{prefix}[0-9]{{6}}"),
        tidying=frozenset({Tidying.UPPER_CASE, Tidying.DROP_SPACES}),
        symbologies=frozenset({Symbology.CODE_128}),
        scanner_must_identify=False,
        gs1_element=None,
    )


SEAL_TYPES: Mapping[str, SealType] = {
    each.name: each for each in (seal_type("bolt", SealForm.BOLT, "NZB"), seal_type("sticker", SealForm.STICKER, "NZA"))
}

ROWS: Mapping[Kind, Sequence[Mapping[str, str]]] = {
    Kind.APPROVED_LIST: (
        {
            "version": "2026-1",
            "issued": "2026-01-05",
            "in_force_from": "2026-02-01",
            "in_force_until": "",
            "operator_id": "HHH",
            "operator_name": "Hāwera Heavy Haulage",
        },
        {
            "version": "2026-1",
            "issued": "2026-01-05",
            "in_force_from": "2026-02-01",
            "in_force_until": "",
            "operator_id": "TVC",
            "operator_name": "Tui Valley Cartage",
        },
    ),
    Kind.RACAS: (
        {
            "operator_id": "KSF",
            "operator_name": "Kererū Sky Freight",
            "certificate": "RACA-1",
            "valid_until": "2030-06-30",
        },
        {"operator_id": "MAC", "operator_name": "Manawatū Air", "certificate": "RACA-2", "valid_until": "2031-06-30"},
    ),
    Kind.DRIVERS: (
        {
            "driver_id": "D1",
            "name": "Aroha Ngata",
            "operator_id": "HHH",
            "inducted_until": "2030-06-30",
            "after_hours": "yes",
            "card_number": "C1",
            "card": "TYPE_2:04A1B2C3D4E5F6",
            "card_valid_until": "2030-12-31",
            "card_revoked": "no",
        },
        {
            "driver_id": "D1",
            "name": "Aroha Ngata",
            "operator_id": "HHH",
            "inducted_until": "2030-06-30",
            "after_hours": "yes",
            "card_number": "C2",
            "card": "FELICA:0114B34A8D17C620",
            "card_valid_until": "2030-12-31",
            "card_revoked": "yes",
        },
        {
            "driver_id": "D2",
            "name": "Ben Lowe",
            "operator_id": "TVC",
            "inducted_until": "2030-06-30",
            "after_hours": "no",
            "card_number": "C3",
            "card": "TYPE_4:04DE5F1EACC040",
            "card_valid_until": "2030-12-31",
            "card_revoked": "no",
        },
    ),
    Kind.STAFF: (
        {
            "staff_id": "S1",
            "name": "Hana Whaanga",
            "card_number": "C9",
            "card": "TYPE_2:04000000000009",
            "card_valid_until": "2030-12-31",
            "card_revoked": "no",
        },
    ),
    Kind.BOOKINGS: (
        {
            "load_id": "L1",
            "mode": "sea",
            "unit": "CSQU3054383",
            "seal_type": "bolt",
            "seal_number": "NZB100001",
            "goods": "apples, 21 pallets",
            "operator_id": "HHH",
            "booking": "B-1",
        },
        {
            "load_id": "L2",
            "mode": "air",
            "unit": "SKID-7",
            "seal_type": "sticker",
            "seal_number": "NZA100002",
            "goods": "cherries",
            "operator_id": "KSF",
            "booking": "B-2",
        },
    ),
    Kind.REGISTER: (
        {
            "seal_number": "NZB000001",
            "seal_type": "bolt",
            "received": "2026-01-31",
            "applied": "2026-02-03",
            "unit": "CSQU3054383",
            "applied_by": "Hana Whaanga",
        },
        {
            "seal_number": "NZB000002",
            "seal_type": "bolt",
            "received": "2026-01-31",
            "applied": "",
            "unit": "",
            "applied_by": "",
        },
    ),
}

WIDEST = {kind: tuple(rows[0]) for kind, rows in ROWS.items()}


def csv_text(rows: Sequence[Mapping[str, str]], columns: Sequence[str], end: str = "\n") -> str:
    """Every cell quoted: what a cell holds cannot break the sheet."""
    lines = [columns, *([row[name] for name in columns] for row in rows)]
    return "".join(",".join('"' + cell.replace('"', '""') + '"' for cell in line) + end for line in lines)


def good(kind: Kind, *, end: str = "\n") -> str:
    return csv_text(ROWS[kind], WIDEST[kind], end)


def changed(kind: Kind, row: int, **cells: str) -> str:
    """A good sheet with some cells of one row changed; rows are numbered as a spreadsheet does."""
    rows = [dict(each) for each in ROWS[kind]]
    rows[row - 2].update(cells)
    return csv_text(rows, WIDEST[kind])


WORKBOOKS = Path(__file__).resolve().parent / "workbooks"
"""Workbooks that LibreOffice made (scripts/office_workbooks.py)."""

DIGITS = {
    "digits": SealType("digits", SealForm.BOLT, re.compile("[0-9]{8}"), frozenset(), frozenset(), False, None),
    **SEAL_TYPES,
}
"""The seal types, and one whose numbers are digits alone: a spreadsheet takes those for quantities."""


OURS = SheetSettings()
"""A site that says nothing of its sheets."""


class Office:
    """Somebody who imports files into a store."""

    def __init__(self, folder: Path, open_list: ListOpener | None = None) -> None:
        self.folder = folder
        self.store = RecordStore(folder / "records", open_list)

    def bring(self, kind: Kind, content: str | bytes, name: str | None = None) -> ImportReport:
        path = self.folder / (name or f"{kind.value}.csv")
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return self.store.import_file(kind, path, SEAL_TYPES)

    def bring_sheet(
        self,
        kind: Kind,
        content: str | Path,
        settings: SheetSettings = OURS,
        *,
        dry_run: bool = False,
        seal_types: Mapping[str, SealType] = DIGITS,
    ) -> ImportReport:
        """An office's own sheet: a file, or the text of a CSV file."""
        path = content if isinstance(content, Path) else self.folder / f"{kind.value}.csv"
        if isinstance(content, str):
            path.write_text(content, encoding="utf-8")
        return self.store.import_file(kind, path, seal_types, settings, dry_run=dry_run)

    def told(self, kind: Kind, content: str | Path, settings: SheetSettings = OURS) -> list[str]:
        """The lines with which an office's own sheet is refused; the store must stay as it was."""
        before = self.stored()
        with pytest.raises(ImportRefused) as caught:
            self.bring_sheet(kind, content, settings)
        assert self.stored() == before
        return without_mend(str(caught.value), "; correct it and import again")

    def bring_all(self) -> None:
        for kind in ROWS:
            self.bring(kind, good(kind))

    def refused(self, kind: Kind, content: str | bytes, name: str | None = None) -> list[str]:
        """The lines with which a file is refused, without what each ends with; the store must stay as it was."""
        before = self.stored()
        with pytest.raises(ImportRefused) as caught:
            self.bring(kind, content, name)
        assert self.stored() == before
        return without_mend(str(caught.value), "; correct it and import again")

    def stored(self) -> dict[str, bytes]:
        return {
            str(path.relative_to(self.folder)): path.read_bytes()
            for path in (self.folder / "records").rglob("*")
            if path.is_file() and path.name != ".lock"
        }


def without_mend(lines: str, mend: str) -> list[str]:
    for line in lines.split("\n"):
        assert line.endswith(mend)
    return [line.removesuffix(mend) for line in lines.split("\n")]
