"""Writes the ledger, or a period of it, as a file that stock TinyDB opens, with a checkpoint beside it.

The checkpoint is signed first, and exactly the entries that it covers are written, so whoever has the file can check
all of it (`kiosk.ledger.export_check`). Nothing here holds the ledger: the kiosk goes on writing.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Final

from msgspec import Struct

from kiosk.durable import write_chunks, write_file
from kiosk.ledger.attest import Signed, sign_now
from kiosk.ledger.entry import LedgerEntry
from kiosk.ledger.errors import Contradiction, LedgerError
from kiosk.ledger.export_form import Form, Period, select
from kiosk.ledger.ledger import read_entries
from kiosk.ledger.stamp import time_text
from kiosk.ledger.tables import TABLE_CHANGE, Tables

CHECKPOINT_SUFFIX: Final = ".checkpoint"
"""What is added to the file's name for its checkpoint's."""

_TOLD_EVERY: Final = 1000

_CHUNK_CHARS: Final = 1 << 16
"""How much text is gathered before it is written: few calls, and nothing beside a Pi's memory."""


class Exported(Struct, frozen=True):
    """An export that was written.

    Attributes:
        entries: How many entries are in it, those that changed other tables among them.
        signed: The checkpoint beside it, which covers them.
        first: The number of the first of them; None where there is none.
        last: The number of the last of them.
    """

    entries: int
    signed: Signed
    first: int | None
    last: int | None


Progress = Callable[[int, int], None]


def _unwatched(_done: int, _of: int) -> None:
    """Nobody looks."""


def export_tinydb(folder: Path, keys: Path, out: Path, period: Period, progress: Progress = _unwatched) -> Exported:
    """Writes the entries of a period, and the other tables as they are now, and a checkpoint that covers them.

    Memory is needed for the other tables, not for the entries.

    Args:
        folder: The ledger's folder.
        keys: The folder of the signing key.
        out: The file; it is replaced whole or left as it was. The checkpoint's name is this and `CHECKPOINT_SUFFIX`.
        period: Which entries.
        progress: Is told how many entries were looked at, and of how many.

    Raises:
        LedgerDamaged: The ledger is not what was written: no file is written.
        LedgerError: As `sign_now`; or another table has a name that the file needs itself.
        OSError: A disk refuses: the old file stands.
    """
    signed = sign_now(folder, keys)
    tables = Tables()
    size = signed.checkpoint.size
    entries = _followed(_told(islice(read_entries(folder), size), size, progress), tables)
    with tempfile.TemporaryFile("w+", encoding="ascii", newline="\n", dir=out.parent) as spool:
        form = Form(select(entries, period), lambda: tables, _text(period.since), _text(period.until), spool)
        write_chunks(out, _then_checkpoint(form, signed, out.with_name(out.name + CHECKPOINT_SUFFIX)))
    return Exported(form.shown, signed, form.first, form.last)


def _told(entries: Iterable[LedgerEntry], size: int, progress: Progress) -> Iterator[LedgerEntry]:
    """The entries, while it is told how far they are."""
    for entry in entries:
        yield entry
        if entry.seq % _TOLD_EVERY == 0 or entry.seq == size:
            progress(entry.seq, size)


def _followed(entries: Iterable[LedgerEntry], tables: Tables) -> Iterator[LedgerEntry]:
    """The entries, while the other tables follow them."""
    for entry in entries:
        if entry.kind == TABLE_CHANGE:
            _follow(tables, entry)
        yield entry


def _follow(tables: Tables, entry: LedgerEntry) -> None:
    try:
        tables.apply(entry.body)
    except ValueError as fault:
        raise LedgerError(
            f"entry {entry.seq}",
            expected="a table change that this version knows",
            got=str(fault),
            mend="use the version that wrote it, or a newer one",
        ) from None


def _then_checkpoint(form: Form, signed: Signed, path: Path) -> Iterator[bytes]:
    """The file in chunks, and after the last one its checkpoint, before the file takes its place.

    So no file lies there that nothing was signed for, and a disk that is too small leaves both as they were.
    """
    yield from gathered(form.text())
    if form.tree.root() != signed.checkpoint.root:  # the disk was read twice
        raise Contradiction(
            expected=f"root {signed.checkpoint.root.hex()}, as it was signed a moment ago", got=form.tree.root().hex()
        )
    write_file(path, signed.note)


def gathered(pieces: Iterable[str]) -> Iterator[bytes]:
    """Pieces of ASCII text as larger chunks of bytes."""
    chunk: list[str] = []
    size = 0
    for piece in pieces:
        chunk.append(piece)
        size += len(piece)
        if size >= _CHUNK_CHARS:
            yield "".join(chunk).encode("ascii")
            chunk, size = [], 0
    yield "".join(chunk).encode("ascii")


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else time_text(moment)
