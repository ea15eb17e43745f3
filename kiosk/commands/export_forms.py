"""The forms of an export: how each is made of the ledger's entries and the register's writers."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from kiosk.ledger.attest import Signed
from kiosk.ledger.export import CHECKPOINT_SUFFIX
from kiosk.ledger.stamp import time_text
from kiosk.progress import Progress

if TYPE_CHECKING:
    from kiosk.register.exports.rows import Covered
    from kiosk.register.exports.sheets import Sink

LEDGER, KEYS = "ledger", "keys"
"""Where in the data folder the ledger and its signing key live."""

CHECKPOINT: Final = "checkpoint"
"""The signed checkpoint in a folder of CSV files."""


class Job(Struct, frozen=True, kw_only=True):
    """What is to be done.

    Attributes:
        data: The data folder.
        out: The file, the folder of CSV files, or the office's workbook.
        zone: Gives the site's time zone.
        since: No entry before this; None: from the first on.
        until: None at or after this; None: to the last.
        as_of: A checkpoint that was kept: no entry that it does not cover; None: all that there are.
        separator: What stands between cells of CSV for Excel.
        sheet: The sheet of the office's workbook; None: the one that has the seal numbers.
        columns: Titles of our columns, and what the office's workbook calls them.
        progress: Is told how far it is.
    """

    data: Path
    out: Path
    zone: Callable[[], tzinfo]
    since: datetime | None
    until: datetime | None
    as_of: Path | None
    separator: str
    sheet: str | None
    columns: Mapping[str, str]
    progress: Progress


class Done(Struct, frozen=True):
    """What was done.

    Attributes:
        form: The export's form.
        signed: The checkpoint that it was made under.
        first: Number of its first entry; None where it has none.
        last: Number of its last.
        entries: How many it has.
        sha256: Digest of the file, in hex; of a folder that of its SHA256SUMS.
        told: Lines for whoever asked.
    """

    form: str
    signed: Signed
    first: int | None
    last: int | None
    entries: int
    sha256: str
    told: tuple[str, ...]


def entry_body(job: Job, done: Done) -> dict[str, Any]:
    """What the ledger's entry says of an export."""
    checkpoint = done.signed.checkpoint
    return {
        "format": done.form,
        "since": _text(job.since),
        "until": _text(job.until),
        "first": done.first,
        "last": done.last,
        "entries": done.entries,
        "size": checkpoint.size,
        "root": checkpoint.root.hex(),
        "sha256": done.sha256,
        "out": job.out.name,
    }


def _tinydb(job: Job) -> Done:
    from kiosk.ledger.export import export_tinydb
    from kiosk.ledger.export_form import Period
    from kiosk.register.exports.files import sha256

    made = export_tinydb(job.data / LEDGER, job.data / KEYS, job.out, Period(job.since, job.until), job.progress)
    told = _told_file(job, made.signed, f"{made.entries} of {made.signed.checkpoint.size} entries")
    return Done("tinydb", made.signed, made.first, made.last, made.entries, sha256(job.out), told)


def _jsonl(job: Job) -> Done:
    from kiosk.ledger.export_form import Period
    from kiosk.ledger.export_lines import export_lines
    from kiosk.register.exports.files import sha256

    signed, period = _sign(job), Period(job.since, job.until)
    made = export_lines(job.data / LEDGER, signed.checkpoint, signed.note, job.out, period, job.progress)
    told = _told_file(job, signed, f"{made.entries} of {signed.checkpoint.size} entries, each with its proof")
    return Done("jsonl", signed, made.first, made.last, made.entries, sha256(job.out), told)


def _csv(job: Job) -> Done:
    return _csv_files(job, "csv")


def _csv_excel(job: Job) -> Done:
    return _csv_files(job, "csv-excel")


def _csv_files(job: Job, form: str) -> Done:
    from kiosk.durable import write_file
    from kiosk.register.exports.csv_files import NAMES, CsvFiles, CsvForm, write_about
    from kiosk.register.exports.files import SUMS, folder_replaced_whole, sha256

    signed = _sign(job)
    how = CsvForm(for_excel=form == "csv-excel", separator=job.separator)
    with folder_replaced_whole(job.out, NAMES | {CHECKPOINT}) as folder:
        with CsvFiles(folder, how) as sink:
            covered = _fill(job, signed, sink)
        write_about(folder, how, _about(job, signed, covered))
        write_file(folder / CHECKPOINT, signed.note)
    told = (f"{job.out}: {_rows(covered)}", *covered.unread, f"{job.out / CHECKPOINT}: {signed.checkpoint}")
    return Done(form, signed, covered.first, covered.last, covered.entries, sha256(job.out / SUMS), told)


def _xlsx(job: Job) -> Done:
    from kiosk.durable import write_file
    from kiosk.register.exports.files import replaced_whole, sha256
    from kiosk.register.exports.workbook import Book

    signed = _sign(job)
    with replaced_whole(job.out) as file, Book(job.out.parent) as book:
        covered = _fill(job, signed, book)
        book.save(file, _about(job, signed, covered), datetime.now(UTC), job.progress)
        write_file(job.out.with_name(job.out.name + CHECKPOINT_SUFFIX), signed.note)
    told = (*covered.unread, *_told_file(job, signed, _rows(covered)))
    return Done("xlsx", signed, covered.first, covered.last, covered.entries, sha256(job.out), told)


def _into(job: Job) -> Done:
    from kiosk.register.exports.files import sha256
    from kiosk.register.exports.into.update import Register, update_workbook

    signed, register = _sign(job), Register()
    covered = _fill(job, signed, register)
    made = update_workbook(
        job.out,
        register,
        sheet=job.sheet,
        columns=job.columns,
        now=datetime.now(UTC),
        say=lambda what: job.progress(0, 0, what),
    )
    told = (*covered.unread, *(f"{job.out}: {line}" for line in made.lines()))
    return Done("into-xlsx", signed, covered.first, covered.last, covered.entries, sha256(job.out), told)


FORMS: Final[Mapping[str, Callable[[Job], Done]]] = {
    "csv": _csv,
    "csv-excel": _csv_excel,
    "xlsx": _xlsx,
    "jsonl": _jsonl,
    "tinydb": _tinydb,
}
"""The forms by the name that is asked for."""

INTO: Final = _into
"""The update of the office's own workbook."""


def _sign(job: Job) -> Signed:
    """The checkpoint that the export is made under: exactly the entries that it covers are looked at."""
    from kiosk.ledger.compact import note_of
    from kiosk.ledger.signed_entries import sign_as_of

    note = None if job.as_of is None else note_of(_read(job.as_of))
    return sign_as_of(job.data / LEDGER, job.data / KEYS, note)


def _read(path: Path) -> bytes:
    """A checkpoint's file; of one that is longer than it may be, enough to see that."""
    from kiosk.ledger.note import MAX_NOTE_BYTES

    with path.open("rb") as file:
        return file.read(MAX_NOTE_BYTES + 1)


def _fill(job: Job, signed: Signed, sink: "Sink") -> "Covered":
    from kiosk.ledger.signed_entries import signed_entries
    from kiosk.register.exports.rows import Range, fill

    entries = signed_entries(job.data / LEDGER, signed.checkpoint)
    size = signed.checkpoint.size
    return fill(sink, entries, Range(job.since, job.until), job.zone(), size, job.progress)


def _about(job: Job, signed: Signed, covered: "Covered") -> dict[str, str]:
    """What an export says of itself: the same each time, for the same entries."""
    checkpoint = signed.checkpoint
    between = f"{covered.first} to {covered.last}" if covered.first else "none"
    return {
        "Ledger": checkpoint.origin,
        "Since": _text(job.since) or "the first entry",
        "Until": _text(job.until) or "the last entry",
        "Entries": f"{covered.entries} ({between}) of {checkpoint.size}",
        "Root": checkpoint.root.hex(),
        "Times": f"site time, {job.zone()}",
    }


def _rows(covered: "Covered") -> str:
    return ", ".join(f"{rows} rows of {name}" for name, rows in covered.rows.items())


def _told_file(job: Job, signed: Signed, what: str) -> tuple[str, str]:
    return f"{job.out}: {what}", f"{job.out}{CHECKPOINT_SUFFIX}: {signed.checkpoint}"


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else time_text(moment)
