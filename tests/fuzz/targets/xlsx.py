"""Workbooks: an archive that is damaged, and one that is whole and holds anything: taken, or refused in lines."""

import io
import zipfile
from collections.abc import Iterator
from functools import cache

from tests.fuzz.target import Feed, told

EYES = ("kiosk.register", "openpyxl")
LONGEST = 6000

ARCHIVE = 0xFF
"""First byte: the rest is the archive. Else it says which part of a good one the rest takes the place of."""

SHARED = "xl/sharedStrings.xml"
PARTS = (
    "xl/worksheets/sheet1.xml",
    "xl/workbook.xml",
    "xl/styles.xml",
    SHARED,
    "[Content_Types].xml",
    "xl/_rels/workbook.xml.rels",
)


@cache
def _good() -> dict[str, bytes]:
    """The parts of a good workbook, and no more than it needs: each run reads all of them."""
    from datetime import date

    from openpyxl import Workbook

    from kiosk.register.kinds import Kind
    from tests.register.sheets import ROWS, WIDEST

    workbook = Workbook()
    sheet = workbook.worksheets[0]
    sheet.append(WIDEST[Kind.DRIVERS])
    for row in ROWS[Kind.DRIVERS]:
        sheet.append([date(2030, 6, 30) if "until" in name else row[name] for name in WIDEST[Kind.DRIVERS]])
    data = io.BytesIO()
    workbook.save(data)
    with zipfile.ZipFile(data) as archive:
        return {SHARED: b"<sst/>", **{name: archive.read(name) for name in ("_rels/.rels", *PARTS) if name != SHARED}}


def _packed(parts: dict[str, bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, content in parts.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return data.getvalue()


def examples() -> Iterator[bytes]:
    good = _good()
    for number, name in enumerate(PARTS):
        yield bytes([number]) + good[name]
    sheet = good[PARTS[0]]
    yield bytes([0]) + sheet.replace(b"</row>", b'<c r="Z1"><v>12.5</v></c><c r="AA1" t="b"><v>1</v></c></row>', 1)
    yield bytes([0]) + sheet.replace(b"</row>", b'<c r="Z1" t="e"><v>#REF!</v></c></row>', 1)
    yield bytes([0]) + sheet.replace(b"</row>", b'<c r="Z1"><f>A1+1</f></c></row>', 1)
    yield bytes([ARCHIVE]) + _packed({name: good[name] for name in ("xl/workbook.xml", PARTS[0])})
    yield bytes([ARCHIVE]) + _packed({"content.xml": b"<x/>"})


def make() -> Feed:
    import warnings

    from kiosk.register.errors import ImportRefused
    from kiosk.register.incoming import read_incoming
    from kiosk.register.kinds import Kind
    from kiosk.site import SheetSettings
    from tests.register.sheets import SEAL_TYPES

    warnings.simplefilter("ignore")  # openpyxl tells of what it leaves out of a workbook
    good = _good()

    def feed(data: bytes) -> None:
        if not data:
            return
        book = data[1:] if data[0] == ARCHIVE else _packed({**good, PARTS[data[0] % len(PARTS)]: data[1:]})
        try:
            taken = read_incoming(Kind.DRIVERS, book, "office.xlsx", SEAL_TYPES, SheetSettings())
        except ImportRefused as refused:
            told(str(refused))
            return
        assert read_incoming(Kind.DRIVERS, taken.data, "again.csv", SEAL_TYPES, SheetSettings()).data == taken.data

    return feed
