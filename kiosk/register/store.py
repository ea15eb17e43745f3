"""The folder of imported files: each checked whole before it is stored, and stored whole or not at all."""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

from msgspec import Struct
from msgspec.structs import replace

from kiosk.core.records import Records
from kiosk.core.seals import SealType
from kiosk.core.units import quoted
from kiosk.register import files
from kiosk.register.bookings import LoadTable, read_bookings
from kiosk.register.errors import IMPORT_AGAIN, REPLACE_STORED, Findings, ImportRefused, Problem
from kiosk.register.joining import (
    BOOKINGS_FILE,
    DRIVERS_FILE,
    RACAS_FILE,
    STAFF_FILE,
    Tables,
    clashes,
    records_of,
    remarks_on,
)
from kiosk.register.kinds import Kind
from kiosk.register.operators import ApprovedListTable, RacaTable, read_approved_list, read_racas
from kiosk.register.people import DriverTable, StaffTable, read_drivers, read_staff

LISTS_FOLDER: Final = "approved-lists"
_FILES: Final = {
    Kind.RACAS: RACAS_FILE,
    Kind.DRIVERS: DRIVERS_FILE,
    Kind.STAFF: STAFF_FILE,
    Kind.BOOKINGS: BOOKINGS_FILE,
}

Table = ApprovedListTable | RacaTable | DriverTable | StaffTable | LoadTable


class ImportReport(Struct, frozen=True):
    """What an import did.

    Attributes:
        kind: Which kind of file.
        rows: Rows that it holds.
        version: The approved list's version; None for other kinds.
        stored_as: The stored file, relative to the folder.
        digest: SHA-256 of the stored bytes, in hex.
        changed: Whether it says anything that was not stored before.
        remarks: What does not fit together in the store as it now is.
    """

    kind: Kind
    rows: int
    version: str | None
    stored_as: str
    digest: str
    changed: bool
    remarks: tuple[str, ...]


class Loaded(Struct, frozen=True):
    """Everything that is stored.

    Attributes:
        records: What the rules of the gate look at.
        digests: SHA-256 in hex of each file that was read, by its name relative to the folder.
        remarks: What does not fit together.
        fingerprint: The store's fingerprint, taken before the first file was read.
    """

    records: Records
    digests: Mapping[str, str]
    remarks: tuple[str, ...]
    fingerprint: files.Fingerprint


class _Stored(Struct, frozen=True):
    """The store as it was read: tables of the good files, digests of all, and what is wrong with the others."""

    tables: Tables
    digests: Mapping[str, str]
    problems: tuple[Problem, ...]


class RecordStore:
    """Approved lists, RACA certificates, drivers, staff and bookings in one folder.

    Each kind is one file that the next import replaces; approved lists stand side by side, one file a version.
    A version is never replaced by other content, since ledger entries cite it: a correction is a new version,
    and of two versions in force the one that began later, then the one issued later, counts.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def import_file(self, kind: Kind, path: Path, seal_types: Mapping[str, SealType]) -> ImportReport:
        """Check a file wholly, then store its bytes as they are.

        Raises:
            ImportRefused: when anything is wrong with it; nothing was changed.
            StoreBusy: when another import is at work; nothing was changed.
            StoreFailed: when the disk did not take it; what was stored before stands.
        """
        findings = Findings(files.spoken_name(path))
        data = files.read_outside(path, findings)
        table = None if data is None else _read(kind, data, seal_types, findings)
        findings.refuse_if_any(IMPORT_AGAIN)
        if table is None or data is None:  # cannot be: whatever gives no table has noted why
            raise AssertionError(path)
        with files.one_writer(self._folder):
            return self._store(kind, table, data, findings.file, seal_types)

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
        return Loaded(records_of(tables), stored.digests, remarks_on(tables), fingerprint)

    def fingerprint(self) -> files.Fingerprint:
        """Changes whenever a stored file does. Reads no file.

        Raises:
            StoreFailed: when the disk does not answer.
        """
        return files.fingerprint((self._folder, self._folder / LISTS_FOLDER))

    def _store(
        self, kind: Kind, table: Table, data: bytes, name: str, seal_types: Mapping[str, SealType]
    ) -> ImportReport:
        stored = self._read_stored(seal_types)
        stored_as = _stored_as(kind, table)
        if isinstance(table, ApprovedListTable):
            same = _same_version(table, stored.tables, name)
        else:
            same = stored.digests.get(stored_as) == _digest(data)
        tables = _with(stored.tables, table)
        _refuse_clashes(kind, tables, name)
        if not same:
            files.write_durably(self._folder / stored_as, data)
        return ImportReport(
            kind=kind,
            rows=table.size,
            version=table.approved.version if isinstance(table, ApprovedListTable) else None,
            stored_as=stored_as,
            digest=stored.digests[stored_as] if same else _digest(data),
            changed=not same,
            remarks=(*remarks_on(tables), *_damage_elsewhere(stored.problems, stored_as)),
        )

    def _read_stored(self, seal_types: Mapping[str, SealType]) -> _Stored:
        tables, digests, problems = Tables(), dict[str, str](), list[Problem]()
        for kind, name, data in self._stored_files():
            digests[name] = _digest(data)
            findings = Findings(name)
            table = _read(kind, data, seal_types, findings)
            if table is not None and _stored_as(kind, table) != name:
                findings.add(None, None, expected="a file named after its version", got=_stored_as(kind, table))
            try:
                findings.refuse_if_any(REPLACE_STORED)
            except ImportRefused as refused:
                problems += refused.problems
            else:
                tables = tables if table is None else _with(tables, table)
        return _Stored(tables, digests, tuple(problems))

    def _stored_files(self) -> Iterator[tuple[Kind, str, bytes]]:
        for path in files.csv_files(self._folder / LISTS_FOLDER):
            data = files.read_stored(path)
            if data is not None:
                yield Kind.APPROVED_LIST, f"{LISTS_FOLDER}/{path.name}", data
        for kind, name in _FILES.items():
            data = files.read_stored(self._folder / name)
            if data is not None:
                yield kind, name, data


def _read(kind: Kind, data: bytes, seal_types: Mapping[str, SealType], findings: Findings) -> Table | None:
    match kind:
        case Kind.APPROVED_LIST:
            return read_approved_list(data, findings)
        case Kind.RACAS:
            return read_racas(data, findings)
        case Kind.DRIVERS:
            return read_drivers(data, findings)
        case Kind.STAFF:
            return read_staff(data, findings)
        case Kind.BOOKINGS:
            return read_bookings(data, seal_types, findings)


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


def _stored_as(kind: Kind, table: Table) -> str:
    if not isinstance(table, ApprovedListTable):
        return _FILES[kind]
    # Percent-encoding keeps different versions apart and a version such as ../x inside the folder.
    return f"{LISTS_FOLDER}/{quote(table.approved.version, safe='')}.csv"


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _same_version(table: ApprovedListTable, stored: Tables, name: str) -> bool:
    """Whether the version is stored already and says the same.

    Raises:
        ImportRefused: when it is stored and says something else.
    """
    version = table.approved.version
    for each in stored.approved:
        if each.approved.version == version and each != table:
            expected = f"a version of its own for a list that differs from the stored {quoted(version)}"
            raise ImportRefused([Problem(name, 2, "version", expected, quoted(version))])
    return table in stored.approved


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
