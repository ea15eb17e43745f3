"""The entries that a checkpoint covers, for who makes something of them: exactly those, or an error."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from kiosk.ledger.attest import Signed, sign_now
from kiosk.ledger.checkpoint import Checkpoint, open_checkpoint
from kiosk.ledger.entry import LedgerEntry
from kiosk.ledger.errors import Contradiction
from kiosk.ledger.keys import read_public_keys
from kiosk.ledger.ledger import read_entries
from kiosk.ledger.merkle import Frontier


def signed_entries(folder: Path, checkpoint: Checkpoint) -> Iterator[LedgerEntry]:
    """The entries that a checkpoint covers. What was made of them may be used only once all have been taken.

    Args:
        folder: The ledger's folder.
        checkpoint: What was signed.

    Raises:
        Contradiction: After the last one: they are not what was signed.
        LedgerDamaged: The ledger is not what was written.
        OSError: The disk does not give it.
    """
    tree = Frontier()
    for entry in islice(read_entries(folder), checkpoint.size):
        tree.add(bytes.fromhex(entry.digest))
        yield entry
    if (tree.count, tree.root()) != (checkpoint.size, checkpoint.root):
        raise Contradiction(
            expected=f"root {checkpoint.root.hex()} over {checkpoint.size} entries, as it was signed",
            got=f"{tree.root().hex()} over {tree.count}",
        )


def sign_as_of(folder: Path, keys: Path, note: bytes | None) -> Signed:
    """The checkpoint that an export is made under: one signed now, or one that somebody has kept.

    Whether the ledger begins with what a kept one says, `signed_entries` finds out.

    Args:
        folder: The ledger's folder.
        keys: The folder of the signing key.
        note: The signed note of the kept one; None for now.

    Raises:
        NotProved: The kept one is not this ledger's.
        Contradiction: The ledger does not begin with what was signed last.
        LedgerDamaged: The ledger is not what was written.
        KeyRefused: As `sign_now`.
        OSError: As `sign_now`.
    """
    signed = sign_now(folder, keys)
    if note is None:
        return signed
    kept = open_checkpoint(note, *read_public_keys(keys))
    return Signed(kept, note, signed.key, signed.new_key)
