"""The command ``sealgate register verify``: the register proves itself by what kiosks signed.

Exit codes: 0 done; 1 the answer is no; 2 wrong use; 3 a device or file failed.
"""

import argparse
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

from msgspec import Struct, json
from psycopg import Connection

from kiosk.app import DONE, NO, WRONG_USE
from kiosk.commands.sync_lines import Lines
from kiosk.ledger.attest import ORIGIN
from kiosk.ledger.checkpoint import Checkpoint, open_checkpoint
from kiosk.ledger.errors import NotProved
from kiosk.ledger.keys import read_named_keys
from kiosk.ledger.note import Note, VerifierKey
from kiosk.progress import Progress, progress_bar
from kiosk.register.postgres.checkpoints import Kept, checkpoints
from kiosk.register.postgres.connecting import connected, register_at
from kiosk.register.postgres.reading import StoredRow, at_one_moment, kiosks, sent, stored_rows

MOST: Final = 100
"""Faults of a kiosk that are shown: who altered more is seen by then."""


_TOLD_EVERY: Final = 1000


class Verdict(Struct, frozen=True):
    """What was found of one kiosk.

    Attributes:
        kiosk: The ledger's id.
        entries: How many the register says that it has.
        covered: How many of them, from the first on, are what was signed.
        faults: What is wrong, a line each.
        unknown: Checkpoints that no key that was given has signed.
        signed: Checkpoints that it was held against; with none nothing is shown either way.
    """

    kiosk: str
    entries: int
    covered: int
    faults: tuple[str, ...]
    unknown: int
    signed: int

    def lines(self) -> Iterator[str]:
        """For people."""
        for fault in self.faults:
            yield f"{self.kiosk}: {fault}"
        if self.unknown:
            yield f"{self.kiosk}: {self.unknown} checkpoints by other keys passed over; give those with --key, too"
        newer = self.entries - self.covered
        rest = f"; {newer} newer ones are covered by no checkpoint yet" * (newer > 0)
        good = f"the first {self.covered} of {self.entries} entries are what was signed{rest}"
        bad = "not what was signed" if self.signed else "nothing is shown"
        yield f"{self.kiosk}: {bad if self.faults else good}"


def run(asked: argparse.Namespace) -> int:
    """Hold the register against what was signed; returns the exit code."""
    keys = read_named_keys(asked.key)
    with connected(register_at(asked.to)) as connection, at_one_moment(connection):
        named = kiosks(connection)
        if asked.kiosk:
            if asked.kiosk not in named:
                sys.stderr.write(f"sealgate: --kiosk: expected a ledger of the register, got {asked.kiosk!r}\n")
                return WRONG_USE
            named = [asked.kiosk]
        with progress_bar("verifying entries") as progress:
            verdicts = [_verdict(connection, kiosk, keys, progress) for kiosk in named]
    if asked.json:
        sys.stdout.buffer.write(json.encode(verdicts) + b"\n")
    else:
        sys.stdout.writelines(f"{line}\n" for verdict in verdicts for line in verdict.lines())
    if not verdicts:
        sys.stderr.write("sealgate: expected a register with entries, got one without: nothing was shown\n")
    return DONE if verdicts and not any(verdict.faults for verdict in verdicts) else NO


def _verdict(connection: Connection, kiosk: str, keys: Iterable[VerifierKey], progress: Progress) -> Verdict:
    origin = f"{ORIGIN}{kiosk.partition(',')[0]}"  # a course that was put aside has a name after a comma
    ours = tuple(key for key in keys if key.name == origin)
    signed: list[Checkpoint] = []
    faults: list[str] = [] if ours else [f"expected a key of {origin} with --key, got none"]
    unknown = 0
    for kept in checkpoints(connection, kiosk):
        try:
            checkpoint = _open(kept, ours)
        except NotProved as fault:
            faults.append(f"checkpoint at {kept.size} entries: {fault}")
            continue
        unknown += checkpoint is None
        signed += [checkpoint] if checkpoint else []
    if ours and not signed:
        faults.append("expected a checkpoint that the key has signed, got none: nothing is shown")
    standing = sent(connection, kiosk)
    lines = Lines(standing, signed)
    rows = _told(stored_rows(connection, kiosk), standing.entries, progress)
    faults += map(str, islice(lines.faults(rows), MOST))
    return Verdict(kiosk, standing.entries, lines.covered, tuple(faults), unknown, len(signed))


def _told(rows: Iterable[StoredRow], all_of_them: int, progress: Progress) -> Iterator[StoredRow]:
    for done, row in enumerate(rows, 1):
        yield row
        if done % _TOLD_EVERY == 0 or done == all_of_them:
            progress(done, all_of_them)


def _open(kept: Kept, keys: tuple[VerifierKey, ...]) -> Checkpoint | None:
    """What was signed; None where it was by a key that was not given.

    Raises:
        NotProved: A key that was given has not signed this, or the columns beside it say something else.
    """
    note = kept.note.encode()
    known = {(key.name, key.key_id) for key in keys}
    if not any((line.name, line.key_id) in known for line in Note.parse(note).signatures):
        return None
    checkpoint = open_checkpoint(note, *keys)
    if (kept.size, kept.root) != (checkpoint.size, checkpoint.root.hex()):
        raise NotProved("its columns", expected=str(checkpoint), got=f"{kept.size} entries, root {kept.root}")
    return checkpoint
