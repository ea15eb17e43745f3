"""The folder of imported files: each checked whole before it is stored, and stored whole or not at all."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import replace

from kiosk.core.records import Records
from kiosk.core.seals import SealType
from kiosk.core.units import quoted
from kiosk.register import files
from kiosk.register.bookings import LoadTable
from kiosk.register.errors import IMPORT_AGAIN, REPLACE_STORED, Findings, ImportRefused, Problem
from kiosk.register.joining import (
    BOOKINGS_FILE,
    DRIVERS_FILE,
    RACAS_FILE,
    REGISTER_FILE,
    STAFF_FILE,
    Tables,
    clashes,
    records_of,
    remarks_on,
)
from kiosk.register.kinds import Kind
from kiosk.register.operators import ApprovedListTable, RacaTable
from kiosk.register.people import DriverTable, StaffTable
from kiosk.register.reading import Table, read_table
from kiosk.register.seals import RegisteredSeal, SealTable
from kiosk.register.sheet import csv_records
from kiosk.register.signatures import ListOpener, is_signed, opened_list, unsigned_list
from kiosk.register.sources import Source, digest_of, read_source, source_bytes, source_name
from kiosk.site import SheetSettings

if TYPE_CHECKING:  # an import's alone: the gate's start reads what is stored, and none of these
    from kiosk.register.changes import Change
    from kiosk.register.incoming import Incoming

LISTS_FOLDER: Final = "approved-lists"
_FILES: Final = {
    Kind.RACAS: RACAS_FILE,
    Kind.DRIVERS: DRIVERS_FILE,
    Kind.STAFF: STAFF_FILE,
    Kind.BOOKINGS: BOOKINGS_FILE,
    Kind.REGISTER: REGISTER_FILE,
}
_AS_OURS: Final = SheetSettings()


class ImportReport(Struct, frozen=True):
    """What an import did, or would do.

    Attributes:
        kind: Which kind of file.
        rows: Rows that it holds.
        version: The approved list's version; None for other kinds.
        stored_as: The stored file, relative to the folder.
        digest: SHA-256 of the stored bytes, in hex.
        changed: Whether it says anything that was not stored before.
        remarks: What was passed over, and what does not fit together in the store as it now is.
        source_digest: SHA-256 of the office's file, in hex; the stored bytes' own where they are that file's.
        changes: What differs from what was stored, row by row; told of a dry run alone.
    """

    kind: Kind
    rows: int
    version: str | None
    stored_as: str
    digest: str
    changed: bool
    remarks: tuple[str, ...]
    source_digest: str = ""
    changes: "tuple[Change, ...]" = ()


class Loaded(Struct, frozen=True):
    """Everything that is stored.

    Attributes:
        records: What the rules of the gate look at.
        digests: SHA-256 in hex of each file that was read, by its name relative to the folder.
        remarks: What does not fit together.
        fingerprint: The store's fingerprint, taken before the first file was read.
        register: The seals that the office's register knew before the kiosk did.
    """

    records: Records
    digests: Mapping[str, str]
    remarks: tuple[str, ...]
    fingerprint: files.Fingerprint
    register: tuple[RegisteredSeal, ...] = ()


class _Stored(Struct, frozen=True):
    """The store as it was read: tables of the good files, digests of all, what is wrong and what does not count."""

    tables: Tables
    digests: Mapping[str, str]
    problems: tuple[Problem, ...]
    uncounted: tuple[Problem, ...]


class RecordStore:
    """Approved lists, RACA certificates, drivers, staff, bookings and the register's extract in one folder.

    Each kind is one file that the next import replaces; approved lists stand side by side, one file a version.
    A version is never replaced by other content, since ledger entries cite it: a correction is a new version,
    and of two versions in force the one that began later, then the one issued later, counts.

    Args:
        folder: Where they are.
        open_list: Checks the signatures of approved lists; None where site.toml names no key, and any list is taken.
            With it, a stored list that no key of the site signed does not count.
    """

    def __init__(self, folder: Path, open_list: ListOpener | None = None) -> None:
        self._folder = folder
        self._open_list = open_list

    def import_file(
        self,
        kind: Kind,
        path: Path,
        seal_types: Mapping[str, SealType],
        settings: SheetSettings = _AS_OURS,
        *,
        dry_run: bool = False,
    ) -> ImportReport:
        """Check a file wholly, then store its bytes as they are, or what they say (docs/decisions/0013).

        Args:
            kind: The kind of file.
            path: The file: CSV, or an XLSX workbook.
            seal_types: Those that the security plan lists, by name.
            settings: How an office's sheet is to be read.
            dry_run: Change nothing, and tell what would be changed.

        Raises:
            ImportRefused: when anything is wrong with it; nothing was changed.
            SheetSettingsWrong: when the settings do not fit the kind; nothing was changed.
            StoreBusy: when another import is at work; nothing was changed.
            StoreFailed: when the disk did not take it; what was stored before stands.
        """
        name = files.spoken_name(path)
        findings = Findings(name)
        data = files.read_outside(path, findings)
        findings.refuse_if_any(IMPORT_AGAIN)
        if data is None:  # cannot be: what cannot be read has noted why
            raise AssertionError(path)
        from kiosk.register.incoming import read_incoming  # workbooks and all: an import's alone

        incoming = read_incoming(kind, data, name, seal_types, settings, self._open_list)
        with files.one_writer(self._folder):
            return self._store(incoming, seal_types, dry_run=dry_run)

    def load(self, seal_types: Mapping[str, SealType]) -> Loaded:
        """Read everything that is stored. Files that are not there are empty tables.

        Raises:
            ImportRefused: when a stored file is no longer as it was imported, or names a seal type that the
                site no longer has; with the lines that an import of it would give.
            StoreFailed: when the disk does not give a file.
        """
        fingerprint = self.fingerprint()
        stored = self._read_stored(seal_types)
        problems = [*stored.problems]
        tables = stored.tables
        problems += clashes(tables.drivers, tables.staff, blame=STAFF_FILE, other=DRIVERS_FILE)
        if problems:
            raise ImportRefused(problems, mend=REPLACE_STORED)
        remarks = (*remarks_on(tables), *_not_counted(stored.uncounted))
        return Loaded(records_of(tables), stored.digests, remarks, fingerprint, tables.register.seals)

    def fingerprint(self) -> files.Fingerprint:
        """Changes whenever a stored file does. Reads no file.

        Raises:
            StoreFailed: when the disk does not answer.
        """
        return files.fingerprint((self._folder, self._folder / LISTS_FOLDER))

    def _store(self, incoming: "Incoming", seal_types: Mapping[str, SealType], *, dry_run: bool) -> ImportReport:
        kind, table, name = incoming.kind, incoming.table, incoming.file
        stored = self._read_stored(seal_types)
        stored_as = _stored_as(kind, table)
        if isinstance(table, ApprovedListTable):
            same = _same_version(table, stored.tables, name) and not self._brings_signature(incoming, stored_as)
        else:
            same = stored.digests.get(stored_as) == incoming.digest
        tables = _with(stored.tables, table)
        _refuse_clashes(kind, tables, name)
        changes = self._changes(incoming, stored_as) if dry_run else ()
        if not (same or dry_run):
            self._write(incoming, stored_as)
        others = tuple(each for each in stored.uncounted if each.file != stored_as)
        return ImportReport(
            kind=kind,
            rows=table.size,
            version=table.approved.version if isinstance(table, ApprovedListTable) else None,
            stored_as=stored_as,
            digest=stored.digests[stored_as] if same else incoming.digest,
            changed=not same,
            remarks=(
                *incoming.remarks,
                *remarks_on(tables),
                *_damage_elsewhere(stored.problems, stored_as),
                *_not_counted(others),
            ),
            source_digest=incoming.source_digest,
            changes=changes,
        )

    def _write(self, incoming: "Incoming", stored_as: str) -> None:
        """What a file was made from is written first: of another file's bytes it says nothing."""
        if incoming.digest != incoming.source_digest:
            source = Source(incoming.digest, incoming.file, incoming.source_digest, incoming.sheet)
            files.write_durably(self._folder / source_name(stored_as), source_bytes(source))
        files.write_durably(self._folder / stored_as, incoming.data)

    def _brings_signature(self, incoming: "Incoming", stored_as: str) -> bool:
        """Whether a list is signed whose stored copy is not: once the site names a key only the signed one counts."""
        return is_signed(incoming.data) and not is_signed(files.read_stored(self._folder / stored_as) or b"")

    def _changes(self, incoming: "Incoming", stored_as: str) -> "tuple[Change, ...]":
        data = files.read_stored(self._folder / stored_as)
        before = csv_records(unsigned_list(data or b""), Findings(stored_as))
        from kiosk.register.changes import changes_between

        return tuple(changes_between(incoming.kind, before, incoming.records()))

    def _read_stored(self, seal_types: Mapping[str, SealType]) -> _Stored:
        tables, digests = Tables(), dict[str, str]()
        problems, uncounted = list[Problem](), list[Problem]()
        for kind, name, data in self._stored_files():
            digests[name] = digest_of(data)
            source = read_source(self._folder, name, digests[name])
            if source is not None:
                digests[source_name(name)] = source[1]
            unsigned = Findings(name)
            text = opened_list(data, self._open_list, unsigned) if kind is Kind.APPROVED_LIST else data
            uncounted += unsigned.kept
            findings = Findings(name)
            table = read_table(kind, csv_records(text, findings), seal_types, findings) if text is not None else None
            if table is not None and _stored_as(kind, table) != name:
                findings.add(None, None, expected="a file named after its version", got=_stored_as(kind, table))
            try:
                findings.refuse_if_any(REPLACE_STORED)
            except ImportRefused as refused:
                problems += refused.problems
            else:
                tables = tables if table is None else _with(tables, table)
        return _Stored(tables, digests, tuple(problems), tuple(uncounted))

    def _stored_files(self) -> Iterator[tuple[Kind, str, bytes]]:
        for path in files.csv_files(self._folder / LISTS_FOLDER):
            data = files.read_stored(path)
            if data is not None:
                yield Kind.APPROVED_LIST, f"{LISTS_FOLDER}/{path.name}", data
        for kind, name in _FILES.items():
            data = files.read_stored(self._folder / name)
            if data is not None:
                yield kind, name, data


def _with(tables: Tables, table: Table) -> Tables:
    match table:
        case ApprovedListTable():
            others = (each for each in tables.approved if each.approved.version != table.approved.version)
            return replace(tables, approved=(*others, table))
        case RacaTable():
            return replace(tables, racas=table)
        case DriverTable():
            return replace(tables, drivers=table)
        case StaffTable():
            return replace(tables, staff=table)
        case LoadTable():
            return replace(tables, bookings=table)
        case SealTable():
            return replace(tables, register=table)


def _stored_as(kind: Kind, table: Table) -> str:
    if not isinstance(table, ApprovedListTable):
        return _FILES[kind]
    # Percent-encoding keeps different versions apart and a version such as ../x inside the folder.
    return f"{LISTS_FOLDER}/{quote(table.approved.version, safe='')}.csv"


def _same_version(table: ApprovedListTable, stored: Tables, name: str) -> bool:
    """Whether the version is stored already and says the same.

    Raises:
        ImportRefused: when it is stored and says something else.
    """
    version = table.approved.version
    for each in stored.approved:
        if each.approved.version == version:
            if each == table:
                return True
            expected = f"a version of its own for a list that differs from the stored {quoted(version)}"
            raise ImportRefused([Problem(name, 2, "version", expected, quoted(version))])
    return False


def _refuse_clashes(kind: Kind, tables: Tables, name: str) -> None:
    others = {Kind.DRIVERS: STAFF_FILE, Kind.STAFF: DRIVERS_FILE}
    if kind in others:
        problems = clashes(tables.drivers, tables.staff, blame=name, other=others[kind])
        if problems:
            raise ImportRefused(sorted(problems, key=lambda each: each.row or 0))


def _damage_elsewhere(problems: tuple[Problem, ...], stored_as: str) -> Iterator[str]:
    """A damaged file must not keep a good one out, but it is not passed over in silence."""
    told: set[str] = {stored_as}
    for each in problems:
        if each.file not in told:
            told.add(each.file)
            yield f"stored {each}; {REPLACE_STORED}"


def _not_counted(problems: tuple[Problem, ...]) -> Iterator[str]:
    """A list that nobody signed is as if it were not there, but it is not passed over in silence."""
    for each in problems:
        yield f"stored {each}; it does not count until it is imported signed"
