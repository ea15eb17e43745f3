"""Checks an export against a checkpoint: is every entry in it one that was signed for, in its place, unaltered?

Theory of operation. The entries are made again from the documents (`kiosk.ledger.export_form`), and from them the tree
and the whole file. The tree's root must be the one that was signed, and the file must be what comes out, byte for byte:
so nothing in it is left unlooked at, and there is no second way to read it. Memory is needed for the other tables and
for lines that are passing, not for the entries.
"""

from __future__ import annotations

import heapq
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final

import msgspec
from msgspec import Struct

from kiosk.ledger.checkpoint import Checkpoint
from kiosk.ledger.entry import FIRST_SEQ, MAX_LINE_BYTES, NO_PREV, LedgerEntry
from kiosk.ledger.errors import LedgerError, NotProved
from kiosk.ledger.export import gathered
from kiosk.ledger.export_form import ABOUT_ID, ABOUT_TABLE, CHANGES_TABLE, FORMAT, About, Form, Item
from kiosk.ledger.stamp import Clock, Stamp
from kiosk.ledger.tables import LEDGER_TABLE, TABLE_CHANGE, Tables, put

MAX_DOCUMENT_BYTES: Final = 6 * MAX_LINE_BYTES
"""Longest line that is read: a letter of two bytes takes six in ASCII."""

_HEAD_END: Final = b'":{\n'


class Checked(Struct, frozen=True):
    """An export that holds what was signed.

    Attributes:
        about: What the file says of itself.
        entries: How many entries are in it, all as they were signed.
    """

    about: About
    entries: int

    @property
    def whole(self) -> bool:
        """Whether it leaves nothing out. Then the other tables, too, are what the entries made them."""
        return not self.about.left_out


def check_export(path: Path, checkpoint: Checkpoint) -> Checked:
    """Checks an export against the checkpoint that was signed with it.

    Of an export that leaves entries out it is shown that each entry in it is one that was signed for; not that those
    left out were rightly so, and nothing about the other tables.

    Args:
        path: The export.
        checkpoint: What was signed, from a note that was opened with the kiosk's public key.

    Raises:
        NotProved: The file is not an export as it was written, or not of what was signed.
        OSError: The disk does not give it.
    """
    try:
        with ExitStack() as files:
            spool = files.enter_context(tempfile.TemporaryFile("w+", encoding="ascii", newline="\n"))
            reader = _Reader(path, files)
            about = reader.about()
            _check_extent(about, checkpoint)
            form = Form(reader.items(about), lambda: reader.tables(about), about.since, about.until, spool)
            reader.check_bytes(form)
    except NotProved:
        raise
    except LedgerError as fault:
        raise _altered(fault.expected, fault.got) from None
    except (ValueError, TypeError, KeyError, msgspec.MsgspecError, RecursionError) as fault:
        raise _altered("the form that 'sealgate export' writes", str(fault)[:120] or type(fault).__name__) from None
    if form.tree.root() != checkpoint.root:
        raise _altered(f"root {checkpoint.root.hex()}, as signed", form.tree.root().hex())
    return Checked(about, form.shown)


def _check_extent(about: About, checkpoint: Checkpoint) -> None:
    if about.format != FORMAT:
        raise _altered(f"format {FORMAT}", f"format {about.format}")
    if about.entries != checkpoint.size:
        raise NotProved(
            "export",
            expected=f"one of the {checkpoint.size} entries that the checkpoint covers",
            got=f"one of {about.entries}",
            mend="give the checkpoint that was written with it, FILE.checkpoint",
        )


class _Reader:
    """An export's file, read line by line. What it says is to be believed only once `check_bytes` has passed."""

    def __init__(self, path: Path, files: ExitStack) -> None:
        self._path = path
        self._files = files
        self._tables = Tables()
        self._heads: dict[str, int] = {}
        self._find_tables()

    def about(self) -> About:
        """What the file says of itself."""
        documents = dict(self._documents(ABOUT_TABLE))
        return msgspec.convert(documents[ABOUT_ID], About)

    def items(self, about: About) -> Iterator[Item]:
        """The entries, made again from their documents, and in its place what was left out."""
        left_out = {each.first: each for each in about.left_out}
        entries = heapq.merge(
            self._numbered(LEDGER_TABLE), self._numbered(CHANGES_TABLE), key=lambda numbered: numbered[0]
        )
        seq, prev = FIRST_SEQ, NO_PREV
        following = next(entries, None)
        while seq <= about.entries:
            if gap := left_out.pop(seq, None):
                yield gap
                seq, prev = gap.last + 1, gap.prev
            elif following and following[0] == seq:
                entry = _entry(seq, following[1], prev)
                if entry.kind == TABLE_CHANGE and not about.left_out:
                    self._tables.apply(entry.body)
                yield entry
                seq, prev = seq + 1, entry.digest
                following = next(entries, None)
            else:
                raise _altered(f"entry {seq}", f"entry {following[0]}" if following else "no more entries")

    def tables(self, about: About) -> Tables:
        """The other tables: what the entries made of them, or, where not all entries are here, what the file says."""
        if about.left_out:
            for name in self._heads:
                if name not in (LEDGER_TABLE, CHANGES_TABLE, ABOUT_TABLE):
                    self._tables.apply({"changes": [put(name, dict(self._documents(name)))]})
        return self._tables

    def check_bytes(self, form: Form) -> None:
        """Compares the file with the text that its entries make.

        Raises:
            NotProved: They differ.
        """
        file = self._open()
        at = 0
        for chunk in gathered(form.text()):
            there = file.read(len(chunk))
            if there != chunk:
                same = next((n for n, pair in enumerate(zip(there, chunk, strict=False)) if pair[0] != pair[1]), 0)
                raise _altered("what its own entries make", f"something else near byte {at + same}")
            at += len(chunk)
        if file.read(1):
            raise _altered(f"{at} bytes", "more")

    def _open(self) -> IO[bytes]:
        return self._files.enter_context(self._path.open("rb"))

    def _find_tables(self) -> None:
        """Where each table begins: after a line that names it."""
        file, at = self._open(), 0
        while line := file.readline(MAX_DOCUMENT_BYTES):
            at += len(line)
            if line.endswith(_HEAD_END):
                self._heads[str(msgspec.json.decode(line.removeprefix(b"{")[:-3]))] = at
        if LEDGER_TABLE not in self._heads or ABOUT_TABLE not in self._heads:
            raise NotProved(
                "export",
                expected="a file as 'sealgate export' wrote it",
                got="another one",
                mend="if it was opened for writing, TinyDB has laid it out anew: check the file as it was exported",
            )

    def _numbered(self, table: str) -> Iterator[tuple[int, Any]]:
        return ((int(doc_id), document) for doc_id, document in self._documents(table))

    def _documents(self, table: str) -> Iterator[tuple[str, Any]]:
        if table not in self._heads:
            return
        file = self._open()
        file.seek(self._heads[table])
        while (line := file.readline(MAX_DOCUMENT_BYTES))[:1] == b'"':
            ((doc_id, document),) = msgspec.json.decode(b"{" + line.rstrip(b",\n") + b"}").items()
            yield doc_id, document


def _entry(seq: int, document: dict[str, Any], prev: str) -> LedgerEntry:
    stamp = Stamp(datetime.fromisoformat(document["time"]), Clock(**document["clock"]))
    return LedgerEntry.make(seq=seq, stamp=stamp, kind=document["kind"], body=document["body"], prev=prev)[0]


def _altered(expected: str, got: str) -> NotProved:
    return NotProved("export", expected=expected, got=got)
