"""The register's rows made into the ledger's lines again, and held against what was signed: pure, a row at a time."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from msgspec import Struct

from kiosk.ledger.canonical import LARGEST_INT, canonical
from kiosk.ledger.checkpoint import Checkpoint
from kiosk.ledger.entry import FIRST_SEQ
from kiosk.ledger.merkle import Frontier, leaf_hash
from kiosk.ledger.stamp import time_text
from kiosk.register.postgres.reading import StoredRow
from kiosk.register.postgres.rows import NO_DIGEST
from kiosk.register.postgres.sending import Sent


class Fault(Struct, frozen=True):
    """What is otherwise than it was signed.

    Attributes:
        first: The first entry that it is about.
        last: The last one.
        what: What is wrong with it.
    """

    first: int
    last: int
    what: str

    def __str__(self) -> str:
        which = f"entry {self.first}" if self.first == self.last else f"entries {self.first} to {self.last}"
        return f"{which}: {self.what}"


class Lines:
    """Follows a kiosk's rows.

    Theory of operation. A row's line needs the digest of the line before. Of two that may be that, the one beside the
    row before and the one that this row makes, either may have been altered; a row that fits one of them is what was
    written. So one altered row is blamed alone, and the rows after it are not.

    Args:
        sent: What the register says that it has.
        signed: What was signed, the smallest first.
    """

    def __init__(self, sent: Sent, signed: Iterable[Checkpoint]) -> None:
        self._sent = sent
        self._signed = sorted(signed, key=lambda each: each.size)
        self._next = FIRST_SEQ
        self._before: tuple[str, ...] = (NO_DIGEST,)
        self._beside = NO_DIGEST
        self._tree: Frontier | None = Frontier()
        self._held = 0
        self.covered = 0
        """How many entries, from the first on, are what was signed."""

    def faults(self, rows: Iterable[StoredRow]) -> Iterator[Fault]:
        """What is wrong, in the entries' order, as the rows are taken."""
        for row in rows:
            yield from self._take(row)
        yield from self._end()

    def _take(self, row: StoredRow) -> Iterator[Fault]:
        if not FIRST_SEQ <= row.seq <= self._sent.entries:
            yield Fault(row.seq, row.seq, f"added: the register says that it has entries 1 to {self._sent.entries}")
            return
        if row.seq > self._next:
            yield Fault(self._next, row.seq - 1, "missing")
            self._tree, self._before = None, ()
        made = [digest for prev in self._before if (digest := _digest_of(row, prev))]
        fits = row.digest in made
        if self._before and not fits:
            yield Fault(row.seq, row.seq, f"altered: expected digest {row.digest}, which stands beside it, got another")
        now = row.digest if fits or not made else made[0]
        self._before = (row.digest, now) if now != row.digest else (now,)
        self._beside, self._next = row.digest, row.seq + 1
        if self._tree is not None:
            self._tree.add(_bytes_of(now))
        yield from self._hold_against_signed()

    def _hold_against_signed(self) -> Iterator[Fault]:
        while self._signed and self._signed[0].size == self._next - 1:
            checkpoint = self._signed.pop(0)
            if self._tree is None:
                continue
            if self._tree.root() == checkpoint.root:
                self.covered = checkpoint.size
            else:
                yield Fault(
                    self.covered + 1,
                    checkpoint.size,
                    f"not what was signed: expected root {checkpoint.root.hex()}, got {self._tree.root().hex()}",
                )

    def _end(self) -> Iterator[Fault]:
        last = self._next - 1
        if last < self._sent.entries:
            yield Fault(self._next, self._sent.entries, "missing")
        elif self._beside != self._sent.digest:
            yield Fault(last, last, f"expected digest {self._sent.digest}, as the register has it of the last one")
        for checkpoint in self._signed:
            if checkpoint.size > self._sent.entries:
                yield Fault(self._sent.entries + 1, checkpoint.size, "signed, and not in the register")


def _digest_of(row: StoredRow, prev: str) -> str:
    """The digest of the line that a row makes; empty where it makes none."""
    try:
        body = json.loads(row.body, parse_int=_number)
        if isinstance(body, str):  # a text in it has a NUL, which jsonb has not
            body = json.loads(body, parse_int=_number)
        if row.time is None or row.time.microsecond % 1000:
            return ""
        clock = {"boot": row.boot, "monotonic_ms": row.monotonic_ms, "state": row.clock}
        fields = {"body": body, "clock": clock, "kind": row.kind, "prev": prev, "seq": row.seq}
        return leaf_hash(canonical({**fields, "time": time_text(row.time)})).hex()
    except (ValueError, RecursionError, OverflowError):
        return ""


def _number(text: str) -> float:
    """A whole number; beyond those that JSON has exactly the ledger had a real one, which jsonb writes out."""
    return number if abs(number := int(text)) <= LARGEST_INT else float(text)


def _bytes_of(digest: str) -> bytes:
    """A digest's bytes, or some that no line has."""
    try:
        return bytes.fromhex(digest)
    except ValueError:
        return b""
