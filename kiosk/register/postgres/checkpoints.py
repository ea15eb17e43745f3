"""The signed checkpoints of kiosks: kept beside their entries, and held against each ledger that comes."""

from __future__ import annotations

from typing import Final

from msgspec import Struct
from psycopg import Connection

from kiosk.register.postgres.errors import CheckpointContradicted
from kiosk.register.postgres.rows import History

_KEEP: Final = (
    "INSERT INTO sealgate_checkpoints (kiosk, size, root, note, key) VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING"
)
_ALL: Final = "SELECT size, root, note FROM sealgate_checkpoints WHERE kiosk = %s ORDER BY size, root"
_NEWEST: Final = "SELECT size, root, note FROM sealgate_checkpoints WHERE kiosk = %s ORDER BY size DESC, root LIMIT 1"


class Kept(Struct, frozen=True):
    """A checkpoint in the register.

    Attributes:
        size: How many entries it covers.
        root: Their Merkle root, in hex.
        note: The signed note.
    """

    size: int
    root: str
    note: str


def keep(connection: Connection, kiosk: str, checkpoint: Kept, key: str) -> None:
    """Puts one into the register, once.

    Args:
        connection: In autocommit mode.
        kiosk: The ledger's id.
        checkpoint: It; the entries that it covers are there already.
        key: The public key that checks it.
    """
    connection.execute(_KEEP, (kiosk, checkpoint.size, checkpoint.root, checkpoint.note, key))


def newest(connection: Connection, kiosk: str) -> Kept | None:
    """The one that covers most."""
    row = connection.execute(_NEWEST, (kiosk,)).fetchone()
    return Kept(int(row[0]), str(row[1]), str(row[2])) if row else None


def checkpoints(connection: Connection, kiosk: str) -> list[Kept]:
    """All of a kiosk, the oldest first."""
    return [Kept(int(size), str(root), str(note)) for size, root, note in connection.execute(_ALL, (kiosk,))]


def check_signed(connection: Connection, history: History, known: Kept | None) -> Kept | None:
    """Whether a ledger begins with all that was signed of it; the checkpoint that covers most, for the next time.

    Where it begins with that one, it begins with all before: each was signed over a ledger that did.

    Args:
        connection: In autocommit mode.
        history: The ledger.
        known: What the same ledger was held against before.

    Raises:
        CheckpointContradicted: It does not; that is noted in the register, too.
    """
    last = newest(connection, history.kiosk)
    if last is None or last == known or history.begins_with(last.size, last.root):
        return last
    at, first = 0, last
    for each in checkpoints(connection, history.kiosk):
        if not history.begins_with(each.size, each.root):
            first = each
            break
        at = each.size
    connection.execute(
        "INSERT INTO sealgate_refusals (kiosk, seq, digest, by_checkpoint) VALUES (%s, %s, %s, true)"
        " ON CONFLICT DO NOTHING",
        (history.kiosk, at + 1, history.digest(at + 1) if at < history.count else ""),
    )
    raise CheckpointContradicted(history.kiosk, after=at, size=first.size, root=first.root, has=history.count)
