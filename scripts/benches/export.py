"""What it costs to export a long ledger, against the libraries' bare writers over the same rows."""

import csv
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter
from typing import Final

import msgspec
from openpyxl import Workbook

from kiosk.demo.yard import SAMPLE_SITE
from kiosk.ledger.ledger import read_entries
from kiosk.register.exports.csv_files import CsvFiles, CsvForm
from kiosk.register.exports.rows import Range, fill
from kiosk.register.exports.sheets import SHEETS, Row, Sheet, Value
from kiosk.register.exports.workbook import Book
from kiosk.site import read_site
from scripts.benches.entries import make_ledger, settle_disk, without_waiting_for_the_disk
from scripts.benches.export_command import Ran
from scripts.benches.figures import BenchFailed, Figure
from scripts.benches.processes import python_command, python_environment
from scripts.benches.sizes import ExportSizes, Sizes

CSV_BAR: Final = 2.0
"""Times a bare csv.writer: dates in site time and cells that no program misreads cost something, and no more."""

WORKBOOK_BAR: Final = 1.3
"""Times openpyxl's write-only mode."""

MEMORY_BAR_MIB: Final = 250
"""A Raspberry Pi has little to spare beside the kiosk."""

COMMAND_S: Final = 1800
"""Seconds for one export; it takes minutes."""

Rows = list[tuple[Sheet, Row]]


def measure(folder: Path, sizes: Sizes) -> list[Figure]:
    """Write a long ledger's rows both ways in turns, then run the commands themselves."""
    data = folder / "data"
    with without_waiting_for_the_disk():
        make_ledger(data / "ledger", sizes.export.entries)
    settle_disk()
    return [*_measure_writers(folder, data / "ledger", sizes.export), *_measure_commands(folder, data)]


class Side:
    """One way to write rows.

    Attributes:
        name: Its name with the unit.
        write: Writes some rows.
        end: Does what is left to do.
        ready: Makes rows ready for it, which is not counted.
        took: Seconds so far.
    """

    def __init__(
        self,
        name: str,
        write: Callable[[Rows], object],
        end: Callable[[], object],
        ready: Callable[[Rows], Rows] = lambda rows: rows,
    ) -> None:
        self.name = name
        self.ready = ready
        self.write = write
        self.end = end
        self.took = 0.0

    def turn(self, rows: Rows) -> None:
        """Write some rows."""
        rows = self.ready(rows)
        began = perf_counter()
        self.write(rows)
        self.took += perf_counter() - began

    def close(self) -> None:
        """Finish."""
        began = perf_counter()
        self.end()
        self.took += perf_counter() - began


class Turns:
    """A sink that has all sides write the rows that come, some at a time."""

    def __init__(self, sizes: ExportSizes, files: list[Side], books: list[Side]) -> None:
        self._sizes = sizes
        self._files, self._books = files, books
        self._rows: Rows = []
        self._turn = 0
        self.file_rows = self.book_rows = 0

    def write(self, sheet: Sheet, row: Row) -> None:
        """Take the next row of a sheet."""
        self._rows.append((sheet, row))
        if len(self._rows) == self._sizes.chunk:
            self.flush()

    def flush(self) -> None:
        """Have the sides write what has come; each begins in every other turn."""
        rows, self._rows = self._rows, []
        for side in self._files[:: 1 if self._turn % 2 else -1]:
            side.turn(rows)
        self.file_rows += len(rows)
        if self._turn % self._sizes.workbook_share == 0:
            for side in self._books[:: 1 if self._turn % 2 else -1]:
                side.turn(rows)
            self.book_rows += len(rows)
        self._turn += 1


def _measure_writers(folder: Path, ledger: Path, sizes: ExportSizes) -> list[Figure]:
    with ExitStack() as stack:
        exact = stack.enter_context(_ours(folder, "exact", CsvForm()))
        excel = stack.enter_context(_ours(folder, "excel", CsvForm(for_excel=True)))
        bare = stack.enter_context(_bare_csv(folder))
        book = stack.enter_context(_our_book(folder))
        write_only = _write_only(folder)
        turns = Turns(sizes, [exact, bare, excel], [book, write_only])
        zone = read_site(SAMPLE_SITE / "site.toml").plan.timezone
        fill(turns, read_entries(ledger), Range(), zone, sizes.entries, lambda _done, _all: None)
        turns.flush()
        for side in (exact, bare, excel, book, write_only):
            side.close()
    rows, books = {"rows": float(turns.file_rows)}, {"rows": float(turns.book_rows)}
    return [
        _against("export.csv x", CSV_BAR, exact, bare, rows),
        _against("export.csv-excel x", CSV_BAR, excel, bare, rows),
        _against("export.xlsx x", WORKBOOK_BAR, book, write_only, books),
    ]


def _against(name: str, bar: float, ours: Side, peer: Side, rows: dict[str, float]) -> Figure:
    return Figure(name, ours.took / peer.took, bar, {ours.name: ours.took, peer.name: peer.took, **rows})


@contextmanager
def _ours(folder: Path, name: str, form: CsvForm) -> Iterator[Side]:
    (folder / name).mkdir()
    files = CsvFiles(folder / name, form)
    with files:

        def write(rows: Rows) -> None:
            for sheet, row in rows:
                files.write(sheet, row)

        yield Side(f"{name} s", write, lambda: None)


@contextmanager
def _bare_csv(folder: Path) -> Iterator[Side]:
    """csv.writer over the same rows, as they are."""
    (folder / "bare").mkdir()
    with ExitStack() as stack:
        writers = {}
        for sheet in SHEETS:
            path = folder / "bare" / f"{sheet.name}.csv"
            writers[sheet.name] = csv.writer(stack.enter_context(path.open("w", encoding="utf-8", newline="")))

        def write(rows: Rows) -> None:
            for sheet, row in rows:
                writers[sheet.name].writerow(row)

        yield Side("csv.writer s", write, lambda: None)


@contextmanager
def _our_book(folder: Path) -> Iterator[Side]:
    with Book(folder) as book, (folder / "ours.xlsx").open("wb") as file:

        def write(rows: Rows) -> None:
            for sheet, row in rows:
                book.write(sheet, row)

        yield Side("xlsx s", write, lambda: book.save(file, {}, datetime.now(UTC)))


def _write_only(folder: Path) -> Side:
    """Openpyxl's write-only mode over the same rows; it takes no zones, so they are taken away uncounted."""
    book = Workbook(write_only=True)
    sheets = {sheet.name: book.create_sheet(sheet.name) for sheet in SHEETS}

    def write(rows: Rows) -> None:
        for sheet, row in rows:
            sheets[sheet.name].append(row)

    return Side("openpyxl write-only s", write, lambda: book.save(folder / "peer.xlsx"), ready=_without_zones)


def _without_zones(rows: Rows) -> Rows:
    return [(sheet, tuple(_without_zone(value) for value in row)) for sheet, row in rows]


def _without_zone(value: Value) -> Value:
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value


def _measure_commands(folder: Path, data: Path) -> list[Figure]:
    """The commands themselves, each in a process of its own."""
    figures = []
    for form in ("csv", "csv-excel", "xlsx", "jsonl"):
        ran = _run(data, folder / f"command-{form}", form)
        figures.append(Figure(f"export.{form}.memory MiB", ran.peak_mib, MEMORY_BAR_MIB, {"command s": ran.took_s}))
    return figures


def _run(data: Path, out: Path, form: str) -> Ran:
    words = ["export", "--format", form, "--out", str(out), "--data", str(data)]
    command = python_command("-m", "scripts.benches.export_command", *words, "--config", str(SAMPLE_SITE / "site.toml"))
    try:
        done = subprocess.run(command, env=python_environment(), capture_output=True, check=True, timeout=COMMAND_S)
        ran = msgspec.json.decode(done.stdout, type=Ran)
    except subprocess.CalledProcessError as error:
        raise BenchFailed(f"expected an export as {form}, got {error.stderr.decode()[-500:]}") from error
    except (subprocess.TimeoutExpired, msgspec.DecodeError) as error:
        raise BenchFailed(f"expected what an export as {form} took, got {error}") from error
    if ran.code:
        raise BenchFailed(f"expected an export as {form}, got exit code {ran.code}: {done.stderr.decode()[-500:]}")
    return ran
