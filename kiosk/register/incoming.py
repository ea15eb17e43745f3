"""A file that comes in: checked whole, and what of it is to be stored (docs/decisions/0013).

A file that is in our own form is stored as it is, byte for byte. Of any other the store keeps our own form of what it
says; that is read again, by what reads stored files, before it is taken.
"""

from collections.abc import Mapping
from typing import Any, Final

from msgspec import Struct

from kiosk.core.seals import SealType
from kiosk.register.errors import IMPORT_AGAIN, Findings
from kiosk.register.kinds import Kind
from kiosk.register.office import OfficeSheet, is_workbook, read_office_sheet
from kiosk.register.reading import Table, columns_of, read_table
from kiosk.register.sheet import LARGEST_FILE, Numbered, Records, csv_bytes, csv_records
from kiosk.register.signatures import ListOpener, is_signed, opened_list, unsigned_list
from kiosk.register.sources import digest_of
from kiosk.site import SheetSettings

_UNCHECKED: Final = ("the list is signed, and site.toml names no key to check that with",)


class Incoming(Struct, frozen=True):
    """A good file.

    Attributes:
        kind: Its kind.
        file: Its name, as lines name it.
        table: What it says.
        data: What is to be stored.
        source_digest: SHA-256 of the file, in hex.
        rewritten: The same as records, with the rows that the office's file has; None where that is stored itself.
        sheet: The sheet of a workbook that was read; else empty.
        remarks: What was passed over.
    """

    kind: Kind
    file: str
    table: Table
    data: bytes
    source_digest: str
    rewritten: list[Numbered[list[str]]] | None = None
    sheet: str = ""
    remarks: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """SHA-256 of what is to be stored, in hex."""
        return digest_of(self.data)

    def records(self) -> Records:
        """What is to be stored as records, each with its row in the office's file."""
        if self.rewritten is not None:
            return self.rewritten
        return csv_records(unsigned_list(self.data), Findings(self.file))


def read_incoming(
    kind: Kind,
    data: bytes,
    file: str,
    seal_types: Mapping[str, SealType],
    settings: SheetSettings,
    open_list: ListOpener | None = None,
) -> Incoming:
    """Check a file.

    Args:
        kind: Its kind.
        data: Its bytes.
        file: Its name, as lines name it.
        seal_types: Those that the security plan lists, by name.
        settings: How an office's sheet is to be read.
        open_list: Checks the signatures of approved lists; None: any list is taken.

    Raises:
        ImportRefused: when anything is wrong with it.
        SheetSettingsWrong: when the settings do not fit the kind.
    """
    findings = Findings(file)
    text = opened_list(data, open_list, findings) if kind is Kind.APPROVED_LIST else data
    findings.refuse_if_any(IMPORT_AGAIN)
    if text is None:  # cannot be: what is not opened has noted why
        raise AssertionError(file)
    unchecked = kind is Kind.APPROVED_LIST and open_list is None and is_signed(data)
    ours = _read_ours(kind, text, seal_types)
    if ours is not None:
        return Incoming(kind, file, ours, data, digest_of(data), remarks=_UNCHECKED if unchecked else ())
    # Who signed an office's own form of a list signed that: it must be ours, which is what is stored and checked again.
    if text is not data:
        _refuse_as_ours(kind, text, file, seal_types)
    return _read_theirs(kind, data, file, seal_types, settings)


def _read_ours(kind: Kind, text: bytes, seal_types: Mapping[str, SealType]) -> Table | None:
    """What a file says that is in our own form; None when it is not, or is wrong."""
    findings = Findings("")
    if is_workbook(text):
        return None
    return read_table(kind, csv_records(text, findings), seal_types, findings)


def _refuse_as_ours(kind: Kind, text: bytes, file: str, seal_types: Mapping[str, SealType]) -> None:
    findings = Findings(file)
    read_table(kind, csv_records(text, findings), seal_types, findings)
    findings.refuse_if_any(IMPORT_AGAIN)


def _read_theirs(
    kind: Kind, data: bytes, file: str, seal_types: Mapping[str, SealType], settings: SheetSettings
) -> Incoming:
    findings = Findings(file)
    sheet = _office_sheet(kind, data, seal_types, settings, findings)
    table = read_table(kind, sheet.records, seal_types, findings) if sheet is not None else None
    findings.refuse_if_any(IMPORT_AGAIN)
    if sheet is None or table is None:  # cannot be: whatever gives no table has noted why
        raise AssertionError(file)
    stored = csv_bytes(each.row for each in sheet.records)
    again = _read_ours(kind, stored, seal_types)
    if again is None or again.size != table.size:  # cannot be: the same readers took the same records
        raise AssertionError(file)
    return Incoming(kind, file, table, stored, digest_of(data), sheet.records, sheet.sheet, sheet.remarks)


def _office_sheet(
    kind: Kind, data: bytes, seal_types: Mapping[str, SealType], settings: SheetSettings, findings: Findings
) -> OfficeSheet | None:
    columns: Any = columns_of(kind, seal_types)
    if len(data) > LARGEST_FILE:
        findings.add(None, None, expected=f"at most {LARGEST_FILE // 2**20} MiB", got="a larger file")
        return None
    sheet = read_office_sheet(kind, data, columns, settings, findings)
    if sheet is None and not (is_workbook(data) or settings.columns or settings.constants):
        _note_as_ours(kind, data, seal_types, findings)
    return sheet


def _note_as_ours(kind: Kind, data: bytes, seal_types: Mapping[str, SealType], findings: Findings) -> None:
    """What is wrong with a CSV file that should be in our own form is told of all cells, not of the header alone."""
    plain = Findings(findings.file)
    read_table(kind, csv_records(data, plain), seal_types, plain)
    if plain.total:
        findings.take(plain)
