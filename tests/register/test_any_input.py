"""Whatever a file holds: it is imported, or refused with lines, and nothing else."""

import hashlib
import tempfile
import unicodedata
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.core.cards import CardTechnology, Credential
from kiosk.core.parties import Driver
from kiosk.register.errors import ImportRefused
from kiosk.register.kinds import Kind
from kiosk.register.sheet import csv_bytes
from kiosk.site import SheetSettings
from tests.register.sheets import ROWS, SEAL_TYPES, WIDEST, Office, csv_text, good

KINDS = st.sampled_from(Kind)
CELLS = st.sampled_from(sorted({cell for rows in ROWS.values() for row in rows for cell in row.values()})) | st.text(
    max_size=12
)


@st.composite
def _mangled(draw: st.DrawFn) -> tuple[Kind, bytes]:
    """A good sheet with some of its bytes cut out and others put in."""
    kind = draw(KINDS)
    data = good(kind).encode()
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        stop = draw(st.integers(start, min(len(data), start + 6)))
        data = data[:start] + draw(st.sampled_from([b'"', b",", b"\n", b"\r"]) | st.binary(max_size=4)) + data[stop:]
    return kind, data


@st.composite
def _shuffled(draw: st.DrawFn) -> tuple[Kind, bytes]:
    """A sheet with the right columns and any cells, many of them good in some other place."""
    kind = draw(KINDS)
    rows = draw(st.lists(st.fixed_dictionaries(dict.fromkeys(WIDEST[kind], CELLS)), max_size=4))
    return kind, csv_text([*ROWS[kind], *rows], WIDEST[kind]).encode(errors="surrogatepass")


def _with_office(act: Callable[[Office], None]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        act(Office(Path(folder)))


@given(st.one_of(st.tuples(KINDS, st.binary(max_size=400)), _mangled(), _shuffled()))
def test_any_bytes_are_imported_or_refused_line_by_line(sheet: tuple[Kind, bytes]) -> None:
    kind, data = sheet

    def act(office: Office) -> None:
        try:
            report = office.bring(kind, data)
        except ImportRefused as refused:
            assert office.stored() == {}
            for line in str(refused).split("\n"):
                assert line.isprintable()
                assert line.startswith((f"{kind.value}.csv", "and "))
                assert line.endswith("; correct it and import again")
        else:
            stored, digests = office.stored(), office.store.load(SEAL_TYPES).digests
            assert report.source_digest == hashlib.sha256(data).hexdigest()
            assert digests[report.stored_as] == report.digest
            if report.digest == report.source_digest:
                assert stored == {f"records/{report.stored_as}": data}
            else:  # it was in the office's form: rows twice, a title above the header, dates with their day first
                assert {name.removeprefix("records/") for name in stored} == digests.keys()
                assert office.bring(kind, stored[f"records/{report.stored_as}"]).changed is False

    _with_office(act)


@given(data=st.one_of(st.binary(max_size=200), _mangled().map(lambda each: each[1])), kind=KINDS)
def test_a_stored_file_with_any_bytes_is_loaded_or_told(data: bytes, kind: Kind) -> None:
    def act(office: Office) -> None:
        stored = office.folder / "records" / office.bring(kind, good(kind)).stored_as
        stored.write_bytes(data)
        try:
            office.store.load(SEAL_TYPES)
            told = []
        except ImportRefused as refused:
            told = str(refused).split("\n")
        assert [line for line in told if not line.endswith("; import a good file in its place")] == []

    _with_office(act)


_IDS = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,38}", fullmatch=True)
_NAMES = st.text(
    st.characters(codec="utf-8", categories=("L", "N", "P")), min_size=1, max_size=40
)  # no marks: NFC joins them
_DAYS = st.dates(min_value=date(1900, 1, 1))
_UIDS = st.binary(min_size=7, max_size=7) | st.binary(min_size=10, max_size=10)


@given(
    people=st.lists(
        st.tuples(_IDS, _NAMES, _IDS, _DAYS, st.booleans(), _IDS, _UIDS, _DAYS, st.booleans()),
        unique_by=(lambda each: each[0], lambda each: each[5], lambda each: each[6]),
        max_size=5,
    ),
    order=st.permutations(WIDEST[Kind.DRIVERS]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    bom=st.sampled_from([b"", b"\xef\xbb\xbf"]),
)
def test_valid_rows_come_back_as_they_were_written(
    people: list[tuple[str, str, str, date, bool, str, bytes, date, bool]], order: list[str], end: str, bom: bytes
) -> None:
    cards = [Credential(CardTechnology.TYPE_2, each[6]) for each in people]
    rows = [
        dict(
            zip(
                WIDEST[Kind.DRIVERS],
                (
                    *(each[0], each[1], each[2], each[3].isoformat(), "yes" if each[4] else "no"),
                    *(each[5], str(card), each[7].isoformat(), "yes" if each[8] else "no"),
                ),
                strict=True,
            )
        )
        for each, card in zip(people, cards, strict=True)
    ]

    def act(office: Office) -> None:
        assert office.bring(Kind.DRIVERS, bom + csv_text(rows, order, end).encode()).rows == len(people)
        records = office.store.load(SEAL_TYPES).records
        for each, credential in zip(people, cards, strict=True):
            driver, card = records.driver(each[0]), records.card(credential)
            assert driver is not None
            assert card is not None
            name = unicodedata.normalize("NFC", each[1])
            assert driver == Driver(each[0], name, each[2], each[3], after_hours=each[4])
            assert (card.number, card.holder_id, card.valid_until, card.revoked) == (each[5], each[0], *each[7:])

    _with_office(act)


@pytest.mark.parametrize("kind", Kind)
def test_the_good_sheets_of_these_tests_are_good(office: Office, kind: Kind) -> None:
    assert office.bring(kind, good(kind)).rows == len(ROWS[kind])


_OFFICE = SheetSettings(
    columns={name: name.replace("_", " ").title() for name in WIDEST[Kind.BOOKINGS] if name != "mode"},
    constants={"mode": "sea"},
)
_VALUES = CELLS | st.sampled_from(["31/01/2026", "1.2E+11", "0017", "=1+1", " "])
_TYPED = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.dates(min_value=date(1900, 3, 1))
    | st.times()
    | st.text(st.characters(codec="ascii", categories=("L", "N", "P")), max_size=12)
)


def _taken_or_told(office: Office, path: Path) -> None:
    """Whatever the office's sheet holds: the store takes what it then loads, or nothing."""
    told, stored_as = "", ""
    try:
        stored_as = office.store.import_file(Kind.BOOKINGS, path, SEAL_TYPES, _OFFICE).stored_as
    except ImportRefused as refused:
        told = str(refused)
    assert all(line.isprintable() for line in told.split("\n"))
    assert bool(stored_as) is bool(office.stored())
    assert office.store.load(SEAL_TYPES).digests.keys() >= ({stored_as} if stored_as else set())


@given(
    above=st.lists(st.lists(_VALUES, max_size=4), max_size=3),
    rows=st.lists(st.lists(_VALUES, max_size=9), max_size=5),
    extra=st.booleans(),
)
def test_any_csv_of_an_office_is_taken_or_told(above: list[list[str]], rows: list[list[str]], extra: bool) -> None:
    header = [*_OFFICE.columns.values(), *(["Remark"] if extra else [])]
    sheet = [*above, header, [ROWS[Kind.BOOKINGS][0][name] for name in _OFFICE.columns], *rows]

    def act(office: Office) -> None:
        path = office.folder / "office.csv"
        path.write_bytes(csv_bytes([[cell.encode(errors="replace").decode() for cell in row] for row in sheet]))
        _taken_or_told(office, path)

    _with_office(act)


@settings(max_examples=30)
@given(rows=st.lists(st.lists(_TYPED, max_size=9), max_size=4))
def test_any_workbook_of_an_office_is_taken_or_told(rows: list[list[object]]) -> None:
    from openpyxl import Workbook

    def act(office: Office) -> None:
        workbook = Workbook()
        sheet = workbook.worksheets[0]
        sheet.append([*_OFFICE.columns.values()])
        for row in rows:
            sheet.append(row)
        workbook.save(office.folder / "office.xlsx")
        _taken_or_told(office, office.folder / "office.xlsx")

    _with_office(act)
