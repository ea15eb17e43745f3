"""The other tables as they were when a segment began: a file beside it, so that opening need not read all of history.

``journal/000000004097.tables.json``; its digest stands in the segment's first entry. When it is lost it is worked out
again from the segments before.
"""

from __future__ import annotations

import hashlib
from contextlib import suppress
from pathlib import Path
from typing import Final

from kiosk.durable import write_file
from kiosk.ledger.entry import LedgerEntry
from kiosk.ledger.errors import LedgerDamaged
from kiosk.ledger.history import History
from kiosk.ledger.segments import JOURNAL_FOLDER
from kiosk.ledger.tables import TABLE_CHANGE, Tables

_SUFFIX: Final = ".tables.json"
_MARK: Final = f'"kind":"{TABLE_CHANGE}"'.encode()


def keep_tables(folder: Path, first: int, tables: Tables) -> str | None:
    """Writes the tables that a segment begins with, durably.

    Returns:
        Their digest (SHA-256, in hex); None, and no file, when there are no tables.

    Raises:
        OSError: The disk did not take them.
    """
    if not tables.names():
        return None
    data = tables.to_bytes()
    write_file(_path(folder, first), data)
    return hashlib.sha256(data).hexdigest()


def read_tables(folder: Path, history: History, first: int, digest: str) -> Tables:
    """The tables that a segment began with.

    Raises:
        ValueError: Neither the file nor the segments before give tables of that digest.
        OSError: The disk does not give them.
    """
    try:
        data = _path(folder, first).read_bytes()
    except FileNotFoundError:
        data = b""
    if hashlib.sha256(data).hexdigest() != digest:
        data = _worked_out(history)
        if hashlib.sha256(data).hexdigest() != digest:
            raise ValueError(f"tables of digest {digest}, which are neither in their file nor in the segments before")
        write_file(_path(folder, first), data)
    return Tables.from_bytes(data)


def forget_tables(folder: Path, first: int) -> None:
    """Removes the files of the segments before this one: nothing asks for them again."""
    for path in (folder / JOURNAL_FOLDER).glob(f"*{_SUFFIX}"):
        if path != _path(folder, first):
            with suppress(OSError):
                path.unlink()


def _worked_out(history: History) -> bytes:
    tables = Tables()
    try:
        for start in history.firsts:
            for line in history.lines(start):
                if _MARK in line and (entry := LedgerEntry.read_back(line)).kind == TABLE_CHANGE:
                    tables.apply(entry.body)
    except LedgerDamaged as fault:
        raise ValueError(str(fault)) from None
    return tables.to_bytes()


def tables_name(first: int) -> str:
    """The path, in a ledger's folder, of the tables that a segment begins with."""
    return f"{JOURNAL_FOLDER}/{first:012d}{_SUFFIX}"


def _path(folder: Path, first: int) -> Path:
    return folder / tables_name(first)
