"""An approved list on its way to be signed: checked as an import checks it, and written in our own form."""

from pathlib import Path

from kiosk.core.parties import ApprovedList
from kiosk.register import files
from kiosk.register.cells import tidied
from kiosk.register.errors import IMPORT_AGAIN, Findings
from kiosk.register.incoming import read_incoming
from kiosk.register.kinds import Kind
from kiosk.register.operators import ApprovedListTable
from kiosk.register.sheet import csv_bytes
from kiosk.site import SheetSettings


def read_list(path: Path, settings: SheetSettings) -> tuple[ApprovedList, bytes]:
    """A list, and its CSV in our own form, which can stand in a signed note: no carriage return, no blank row.

    Args:
        path: The list: CSV, or an XLSX workbook.
        settings: How an office's sheet is to be read.

    Raises:
        ImportRefused: when anything is wrong with it.
        SheetSettingsWrong: when the settings do not fit.
    """
    findings = Findings(files.spoken_name(path))
    data = files.read_outside(path, findings)
    findings.refuse_if_any(IMPORT_AGAIN)
    incoming = read_incoming(Kind.APPROVED_LIST, data or b"", findings.file, {}, settings)
    if not isinstance(incoming.table, ApprovedListTable):  # cannot be: that is what lists are read as
        raise AssertionError(path)
    rows = ([tidied(cell) for cell in each.row] for each in incoming.records())
    return incoming.table.approved, csv_bytes(row for row in rows if any(row))
