"""Makes the workbooks of tests/register/workbooks with LibreOffice, as an office would have them.

usage: python scripts/office_workbooks.py [FOLDER]    writes them there (default: tests/register/workbooks)

Needs LibreOffice Calc (Debian's libreoffice-calc). Each comes from a flat OpenDocument sheet written here, or from a
CSV file that LibreOffice opens as a person in New Zealand would, and spoils as it does.
"""

import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "register" / "workbooks"

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"
 xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"
 xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0"
 xmlns:number="urn:oasis:names:tc:opendocument:xmlns:datastyle:1.0"
 xmlns:of="urn:oasis:names:tc:opendocument:xmlns:of:1.2"
 office:version="1.2" office:mimetype="application/vnd.oasis.opendocument.spreadsheet">
<office:automatic-styles>
<number:date-style style:name="ND"><number:day number:style="long"/><number:text>/</number:text>
<number:month number:style="long"/><number:text>/</number:text><number:year number:style="long"/></number:date-style>
<number:number-style style:name="NZ">
<number:number number:decimal-places="0" number:min-integer-digits="8"/></number:number-style>
<style:style style:name="day" style:family="table-cell" style:data-style-name="ND"/>
<style:style style:name="zeros" style:family="table-cell" style:data-style-name="NZ"/>
<number:boolean-style style:name="NB"><number:boolean/></number:boolean-style>
<style:style style:name="yes" style:family="table-cell" style:data-style-name="NB"/>
</office:automatic-styles>
<office:body><office:spreadsheet>
"""
_TAIL = "</office:spreadsheet></office:body></office:document>\n"

Sheet = Sequence[Sequence[str]]
"""Rows of cells: `=FORMULA`, `#31/01/2026` a date, `0:1234` a number shown with eight digits, `1:1234` a number, `?yes`
true or false, `>>TEXT` text merged over two columns, else text."""

WORKBOOKS: Mapping[str, Mapping[str, Sheet]] = {
    # A title merged over columns, a header of two rows, blank rows, an initialled note, a row twice, trailing spaces.
    "seal-register": {
        "Seal register": (
            (">>Tui Valley Packhouse: SES seal register",),
            (),
            (">>Seal", "", ">>Date", "", "Container ", "Applied by", "Checked"),
            ("No.", "Type", "received", "applied", "", "", ""),
            ("NZB000001 ", "bolt", "#2026-01-31", "#2026-02-03", "CSQU 305438 3", " Hana Whaanga", "JP"),
            ("NZB000002", "bolt", "#2026-01-31", "31/01/2026", "TASU1170000", "Hana Whaanga", "JP"),
            (),
            ("NZB000003", "bolt", "31-Jan-26", "", "", "", ""),
            ("NZB000003", "bolt", "31-Jan-26", "", "", "", "JP"),
            ("", "", "", "", "", "", "counted 3 February, JP"),
        ),
        "Notes": (("Seals are in the safe.",),),
    },
    # Numbers of eight digits: shown with their zeros, without, cut short, and made into a date.
    "number-seals": {
        "Bookings": (
            ("Load", "Container", "Seal", "Goods", "Carrier", "Booking"),
            ("L1", "CSQU3054383", "0:1234567", "apples", "HHH", "1:70012"),
            ("1:2", "TASU1170000", "00123456", "apples", "HHH", "B-2"),
        ),
    },
    "spoiled-seals": {
        "Bookings": (
            ("Load", "Container", "Seal", "Goods", "Carrier", "Booking"),
            ("L1", "CSQU3054383", "1:1234567", "apples", "HHH", "B-1"),
            ("L2", "TASU1170000", "#2026-03-01", "apples", "HHH", "B-2"),
            ("L3", "MSCU6639870", "1:12345678.5", "apples", "HHH", "B-3"),
            ("L4", "TEMU2154119", "12345678", "=1/0", "HHH", "1:1234567890123456"),
            ("L5", "MSKU2145082", "12345679", "?yes", "HHH", "B-5"),
        ),
    },
    # Results of formulas are what the sheet shows.
    "drivers": {
        "Drivers": (
            (
                *("driver_id", "name", "operator_id", "inducted_until", "after_hours"),
                *("card_number", "card", "card_valid_until", "card_revoked"),
            ),
            (
                *("D1", '="Aroha "&"Ngata"', "HHH", "#2030-06-30", "?yes"),
                *("1:17", "TYPE_2:04A1B2C3D4E5F6", "=DATE(2030;12;31)", "?no"),
            ),
        ),
    },
    "approved-list": {
        "List": (
            ("Version", "Issued", "From", "Until", "Operator", "Name"),
            ("2026-3", "#2026-06-01", "1/07/2026", "30 June 2027", "HHH", "Hāwera Heavy Haulage"),
            ("2026-3", "#2026-06-01", "1/07/2026", "30 June 2027", "TVC", "Tui Valley Cartage"),
        ),
    },
}

OPENED = {
    # What LibreOffice makes of a CSV file that somebody opens and saves: 00123456 a number, 1-3 a date.
    "opened-bookings": (
        "load_id,mode,unit,seal_type,seal_number,goods,operator_id,booking\n"
        "L1,sea,CSQU3054383,digits,00123456,apples,HHH,B-1\n"
        "L2,sea,TASU1170000,digits,12345678,apples,HHH,1/03/2026\n"
    ),
}

_AS_IN_NEW_ZEALAND = "CSV:44,34,76,1,,5129,false,true"
"""Commas, double quotes, UTF-8, from row 1, English of New Zealand, quoted cells may be numbers, numbers are detected
(LibreOffice's filter options for CSV)."""


def main(folder: Path) -> None:
    """Write every workbook."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        place = Path(made)
        for name, sheets in WORKBOOKS.items():
            (place / f"{name}.fods").write_text(flat_sheets(sheets), encoding="utf-8")
        for name, text in OPENED.items():
            (place / f"{name}.csv").write_text(text, encoding="utf-8")
        convert(sorted(place.glob("*.fods")), folder)
        convert(sorted(place.glob("*.csv")), folder, f"--infilter={_AS_IN_NEW_ZEALAND}")


def convert(files: Sequence[Path], folder: Path, *options: str) -> None:
    """Have LibreOffice save files as XLSX.

    Raises:
        FileNotFoundError: when there is no LibreOffice.
        subprocess.CalledProcessError: when it does not do it.
    """
    with tempfile.TemporaryDirectory() as profile:
        words = ["soffice", f"-env:UserInstallation=file://{profile}", "--headless", "--norestore", *options]
        words += ["--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", str(folder), *map(str, files)]
        subprocess.run(words, check=True, capture_output=True, timeout=240)


def flat_sheets(sheets: Mapping[str, Sheet]) -> str:
    """Sheets as a flat OpenDocument file."""
    tables = "".join(
        f'<table:table table:name="{escape(name)}">\n{"".join(map(_row, rows))}</table:table>\n'
        for name, rows in sheets.items()
    )
    return _HEAD + tables + _TAIL


def _row(cells: Sequence[str]) -> str:
    return f"<table:table-row>{''.join(map(_cell, cells)) or '<table:table-cell/>'}</table:table-row>\n"


def _cell(said: str) -> str:
    merged = ""
    if said.startswith(">>"):
        said, merged = said[2:], ' table:number-columns-spanned="2" table:number-rows-spanned="1"'
    if said.startswith("="):
        return f'<table:table-cell table:formula="of:{escape(said, {chr(34): "&quot;"})}"/>'
    if said.startswith("#"):
        return f'<table:table-cell table:style-name="day" office:value-type="date" office:date-value="{said[1:]}"/>'
    if said.startswith("?"):
        value = "true" if said == "?yes" else "false"
        return f'<table:table-cell table:style-name="yes" office:value-type="boolean" office:boolean-value="{value}"/>'
    if said[:2] in {"0:", "1:"}:
        style = ' table:style-name="zeros"' if said[0] == "0" else ""
        return f'<table:table-cell{style} office:value-type="float" office:value="{said[2:]}"/>'
    if not said:
        return "<table:table-cell/>"
    return f'<table:table-cell office:value-type="string"{merged}><text:p>{escape(said)}</text:p></table:table-cell>'


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER)
