"""What the office gives the kiosks: the files of an import, and cards that are revoked."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator, Mapping
from datetime import tzinfo
from pathlib import Path
from typing import Final

from psycopg import Connection, errors

from kiosk.core.seals import SealType
from kiosk.register import files
from kiosk.register.cells import tidied
from kiosk.register.errors import ImportRefused, StoreBusy
from kiosk.register.joining import DRIVERS_FILE, STAFF_FILE
from kiosk.register.kinds import Kind
from kiosk.register.store import RecordStore
from kiosk.site import SheetSettings

_PEOPLE: Final[Mapping[Kind, str]] = {Kind.DRIVERS: DRIVERS_FILE, Kind.STAFF: STAFF_FILE}
_TRIES: Final = 10
"""How often another document may take the number first."""

_WAITING: Final = """
SELECT document.number, document.kind FROM sealgate_documents document
WHERE document.site IN ('', %s) AND NOT EXISTS (
    SELECT 1 FROM sealgate_deliveries done WHERE done.kiosk = %s AND done.document = document.number)
ORDER BY document.number"""
_NEWEST: Final = "SELECT kind, max(number) FROM sealgate_documents WHERE site IN ('', %s) GROUP BY kind"


class Desk:
    """One kiosk's records, as the register keeps them up to date.

    Args:
        kiosk: The ledger's id.
        site: The load site's ID code.
        folder: The folder of imported files.
        seal_types: Those that the security plan lists, by name.
        zone: The site's time zone: a local time of a document is this site's.
    """

    def __init__(self, kiosk: str, site: str, folder: Path, seal_types: Mapping[str, SealType], zone: tzinfo) -> None:
        self._kiosk = kiosk
        self._site = site
        self._folder = folder
        self._store = RecordStore(folder)
        self._seal_types = seal_types
        self._settings = SheetSettings(zone=zone)

    def pull(self, connection: Connection) -> Iterator[str]:
        """Takes over what is new, checked and stored as an import does it.

        Yields:
            What was done or refused, a line each.

        Raises:
            StoreFailed: The kiosk's own disk refuses.
        """
        revoked = revoked_cards(connection, self._site)
        newest = {str(kind): int(number) for kind, number in connection.execute(_NEWEST, (self._site,)).fetchall()}
        try:
            for number, kind in connection.execute(_WAITING, (self._site, self._kiosk)).fetchall():
                # Approved lists stand side by side; of the others the newest alone counts.
                if kind == Kind.APPROVED_LIST.value or number == newest[kind]:
                    yield from self._take(connection, number, kind, revoked)
            yield from self._revoke_stored(revoked)
        except StoreBusy:  # somebody imports by hand: the next turn comes soon
            return

    def _take(self, connection: Connection, number: int, name: str, revoked: frozenset[str]) -> Iterator[str]:
        row = connection.execute("SELECT content FROM sealgate_documents WHERE number = %s", (number,)).fetchone()
        assert row is not None, "documents are not taken away"
        refused = ""
        try:
            kind = Kind(name)
        except ValueError:
            refused = f"expected one of {', '.join(each.value for each in Kind)}, got {name!a}"
        else:
            content = with_revoked(bytes(row[0]), revoked) if kind in _PEOPLE else bytes(row[0])
            refused = self._import(kind, f"{name}-{number}.csv", content)
        yield f"register: document {number}, {name}: {refused or 'imported'}"
        connection.execute(
            "INSERT INTO sealgate_deliveries (kiosk, document, refused) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
            (self._kiosk, number, refused),
        )

    def _revoke_stored(self, revoked: frozenset[str]) -> Iterator[str]:
        """Cards of the stored files, however those came."""
        for kind, name in _PEOPLE.items():
            data = files.read_stored(self._folder / name)
            changed = None if data is None else with_revoked(data, revoked)
            if changed is not None and changed != data:
                refused = self._import(kind, name, changed)
                yield f"register: cards of {name} revoked{': ' * bool(refused)}{refused}"

    def _import(self, kind: Kind, name: str, content: bytes) -> str:
        """Imports a file; returns why it was refused, or nothing."""
        with tempfile.TemporaryDirectory(prefix="sealgate-register-") as folder:
            path = Path(folder) / name
            path.write_bytes(content)
            try:
                self._store.import_file(kind, path, self._seal_types, self._settings)
            except ImportRefused as fault:
                return "; ".join(fault.lines[:3])
        return ""


def revoked_cards(connection: Connection, site: str) -> frozenset[str]:
    """The cards revoked at a site, as they were written: a printed number, or what a reader sees."""
    query = "SELECT card FROM sealgate_revoked_cards WHERE site IN ('', %s)"
    return frozenset(str(row[0]) for row in connection.execute(query, (site,)).fetchall())


def with_revoked(data: bytes, revoked: frozenset[str]) -> bytes:
    """A file of drivers or staff in which these cards are revoked; the same bytes where nothing is to be changed.

    What cannot be read so comes back as it is: the import says what is wrong with it.
    """
    try:
        rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline=""), strict=True))
        header = [tidied(cell).lower() for cell in rows[0]]
        number, card, flag = (header.index(name) for name in ("card_number", "card", "card_revoked"))
    except (UnicodeDecodeError, csv.Error, IndexError, ValueError):
        return data
    changed = False
    for row in rows[1:]:
        if len(row) > max(number, card, flag) and tidied(row[flag]).lower() == "no":
            seen = {tidied(row[number]), tidied(row[card]).upper()}
            if seen & revoked:
                row[flag], changed = "yes", True
    return _written(rows) if changed else data


def publish(connection: Connection, kind: Kind, content: bytes, site: str) -> int:
    """Puts a file into the register for a site, or for every site; returns its number.

    Args:
        connection: In autocommit mode.
        kind: What it holds.
        content: Its bytes.
        site: The site's ID code; empty for every site.
    """
    for _ in range(_TRIES):
        try:
            row = connection.execute(
                "INSERT INTO sealgate_documents (number, site, kind, content)"
                " SELECT COALESCE(max(number), 0) + 1, %s, %s, %s FROM sealgate_documents RETURNING number",
                (site, kind.value, content),
            ).fetchone()
        except errors.UniqueViolation:  # another document took the number
            continue
        assert row is not None, "RETURNING gives a row"
        return int(row[0])
    raise AssertionError("others publish without end")


def revoke(connection: Connection, card: str, site: str, reason: str) -> None:
    """Revokes a card at a site, or at every site; a second time changes nothing.

    Args:
        connection: In autocommit mode.
        card: The number printed on it, or what a reader sees, such as ``TYPE_2:04A1B2C3D4E5F6``.
        site: The site's ID code; empty for every site.
        reason: Why.
    """
    connection.execute(
        "INSERT INTO sealgate_revoked_cards (site, card, reason) VALUES (%s, %s, %s) ON CONFLICT DO NOTHING",
        (site, tidied(card), reason),
    )


def _written(rows: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
