"""The short texts of a backup: the ledger's format, last checkpoint, the keys' public halves. Never a secret one."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from kiosk.ledger.attest import ORIGIN
from kiosk.ledger.backup_errors import BackupRefused, on_own_disk
from kiosk.ledger.checkpoint import Checkpoint
from kiosk.ledger.errors import Contradiction, LedgerDamaged, NotProved
from kiosk.ledger.form import FORM_NAME
from kiosk.ledger.keys import PUBLIC_NAME
from kiosk.ledger.last import CHECKPOINT_NAME
from kiosk.ledger.manifest import KEYS, LEDGER
from kiosk.ledger.note import Note
from kiosk.ledger.proofs import root_of
from kiosk.ledger.tree import LedgerTree, catalogued_roots

CHECKPOINT: Final = f"{LEDGER}/{CHECKPOINT_NAME}"
"""The last checkpoint's path in a backup."""

PUBLIC_KEY: Final = f"{KEYS}/{PUBLIC_NAME}"
"""The public key's path in a backup."""

_PUBLIC: Final = (PUBLIC_NAME, "checkpoint.recorded", "retired/*.pub", "retired/*.handover")
"""What of the folder of keys leaves the machine, named one by one."""


def gather_texts(folder: Path, keys: Path) -> dict[str, str]:
    """The texts that go along, by their paths in the backup.

    Raises:
        BackupRefused: The last checkpoint is no text.
        BackupFailed: The disk does not give them.
    """
    with on_own_disk(folder):
        found = {f"{KEYS}/{path.relative_to(keys).as_posix()}": path for path in _public(keys)}
        if (folder / CHECKPOINT_NAME).exists():
            found[CHECKPOINT] = folder / CHECKPOINT_NAME
        if (folder / FORM_NAME).exists():
            found[f"{LEDGER}/{FORM_NAME}"] = folder / FORM_NAME
        data = {name: path.read_bytes() for name, path in found.items()}
    try:
        return {name: content.decode() for name, content in data.items()}
    except UnicodeDecodeError as fault:
        raise _no_checkpoint(folder, f"bytes that are no text: {fault.reason}") from None


def check_begins(folder: Path, ledger_id: str, texts: dict[str, str]) -> None:
    """Tests that a ledger begins with what its last checkpoint says, whoever signed that.

    Raises:
        BackupRefused: What is there is no checkpoint of this ledger.
        Contradiction: The ledger was altered or rolled back since.
        BackupFailed: The disk does not give it.
    """
    if CHECKPOINT not in texts:
        return
    signed = read_unsigned(folder, texts[CHECKPOINT].encode())
    if signed.origin != f"{ORIGIN}{ledger_id}":
        raise _no_checkpoint(folder, f"one of {signed.origin}")
    with on_own_disk(folder):
        root = _root_at(signed, folder)
    if root != signed.root.hex():
        raise Contradiction(
            expected=f"root {signed.root.hex()} over the first {signed.size} entries, as signed", got=root
        )


def read_unsigned(folder: Path, note: bytes) -> Checkpoint:
    """What a checkpoint says, whoever signed it: to be believed only where that leads to more being refused.

    Args:
        folder: The ledger's folder, for the error.
        note: The signed note.

    Raises:
        BackupRefused: It is none.
    """
    try:
        return Checkpoint.parse(Note.parse(note).text)
    except NotProved as fault:
        raise _no_checkpoint(folder, fault.got) from None


def _public(keys: Path) -> Iterable[Path]:
    return (path for pattern in _PUBLIC for path in sorted(keys.glob(pattern)))


def _root_at(signed: Checkpoint, folder: Path) -> str:
    """The root over as many entries as were signed for. The catalogue may be wrong; the segments decide."""
    tree = LedgerTree(folder, catalogued_roots(folder))
    if tree.size < signed.size:
        return f"{tree.size} entries"
    try:
        root = root_of(signed.size, tree)
    except (LookupError, LedgerDamaged):
        root = b""
    if root != signed.root:
        root = root_of(signed.size, LedgerTree(folder, {}))
    return root.hex()


def _no_checkpoint(folder: Path, got: str) -> BackupRefused:
    return BackupRefused(
        str(folder / CHECKPOINT_NAME),
        expected="the last checkpoint of this ledger",
        got=got,
        mend="find out who changed it; the last good backup has it as it was",
    )
