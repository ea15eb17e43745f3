"""What the kiosk attests of its ledger: signs where it stands, proves entries, and compares it with what was signed.

The last checkpoint that was signed is kept in the ledger's folder. A new one is signed only over a tree that begins
with exactly what the last one says: a log never signs two checkpoints that contradict each other (C2SP tlog-checkpoint,
"Signatures"). The new one is on the disk before anybody gets it, and what it covers is on the disk before it is signed,
so no power cut makes a contradiction.

What is read for that does not grow with the ledger: the open segment, byte by byte; of the closed ones their hashes.
Whether those still hold what was written, `kiosk.ledger.verify` says.

Nothing here holds the ledger: the kiosk goes on writing.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from msgspec import Struct

from kiosk.durable import write_file
from kiosk.ledger.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from kiosk.ledger.entry import FIRST_SEQ, LedgerEntry
from kiosk.ledger.errors import Contradiction, Damage, KeyRefused, LedgerDamaged, NotProved
from kiosk.ledger.handover import Successor, named_successor, put_in_force
from kiosk.ledger.keys import KEY_NAME, PUBLIC_NAME, KeyRing, hold_keys, read_public_key, read_public_keys
from kiosk.ledger.last import CHECKPOINT_NAME, Last, has_last, open_last, read_last_unsigned
from kiosk.ledger.lock import holder_of
from kiosk.ledger.merkle import leaf_hash
from kiosk.ledger.note import SignerKey, VerifierKey
from kiosk.ledger.opening import look, the_segments
from kiosk.ledger.proofs import check_inclusion, prove_consistency, prove_inclusion, root_of
from kiosk.ledger.prove import format_growth, format_proof
from kiosk.ledger.standing import Standing
from kiosk.ledger.tree import LedgerTree, catalogued_roots
from kiosk.ledger.verify import Progress, VerifyReport, verify

ORIGIN: Final = "sealgate/"
"""How a ledger's origin begins; its id from the genesis entry follows, which no other ledger has."""


class Signed(Struct, frozen=True):
    """A checkpoint that was signed.

    Attributes:
        checkpoint: What it says.
        note: It, as a signed note.
        key: The public key that checks it.
        new_key: Whether the key was made for it.
    """

    checkpoint: Checkpoint
    note: bytes
    key: VerifierKey
    new_key: bool


class Comparison(Struct, frozen=True):
    """A ledger beside a checkpoint.

    Attributes:
        report: What a pass over the whole ledger found.
        checkpoint: What was signed.
        fault: Empty when the ledger begins with exactly that; else what is otherwise, in one line.
    """

    report: VerifyReport
    checkpoint: Checkpoint
    fault: str

    @property
    def ok(self) -> bool:
        """Whether the ledger is sound and begins with what was signed."""
        return self.report.ok and not self.fault


def sign_now(folder: Path, keys: Path) -> Signed:
    """Signs where the ledger stands, keeps that as the last checkpoint, and makes the key when there is none yet.

    A change of key that was interrupted is ended by it; see `kiosk.ledger.rotation`.

    Args:
        folder: The ledger's folder.
        keys: The folder of the signing key.

    Raises:
        LedgerDamaged: The ledger is not what was written: nothing is signed.
        Contradiction: It does not begin with what was signed last: nothing is signed.
        NotProved: The last checkpoint is not what this key signed, or the ledger's last line is unfinished.
        KeyRefused: The key is not this ledger's, others may read it, or it is gone.
        OSError: The disk refuses; what was signed, if anything was, is kept or was given to nobody.
    """
    with hold_keys(keys) as ring:
        return sign_held(folder, ring)


def sign_held(folder: Path, ring: KeyRing) -> Signed:
    """As `sign_now`, for who holds the keys.

    When the ledger names a successor of the key, both sign, and it is put in force: so who knows the old key can check
    this checkpoint, and go on with the new one.
    """
    found, successor = ring.read(), named_successor(folder, ring)
    last = _last_of(folder, ring, found, successor)
    standing = _durable_standing(folder)
    there = [key for key in (found, successor.key if successor else None) if key]
    signers = [_of_ledger(key, _origin(standing.ledger_id)) for key in there]
    checkpoint = _checkpoint_at(folder, standing, last)
    signers = signers or [ring.make(checkpoint.origin)]
    key = signers[-1].verifier
    if last and last.checkpoint.size == checkpoint.size and not successor:
        return Signed(last.checkpoint, last.note, key, new_key=False)
    note = sign_checkpoint(checkpoint, *signers)
    write_file(folder / CHECKPOINT_NAME, note)
    if successor:
        put_in_force(ring, successor)
    return Signed(checkpoint, note, key, new_key=not there)


def check_last(folder: Path) -> str:
    """Whether the ledger begins with the last checkpoint, whoever signed it: for when the key that did is lost.

    Returns:
        The ledger's origin.

    Raises:
        As `sign_now`.
    """
    last = read_last_unsigned(folder) if has_last(folder) else None
    return _checkpoint_at(folder, _durable_standing(folder), last).origin


def _checkpoint_at(folder: Path, standing: Standing, last: Last | None) -> Checkpoint:
    """Where the ledger stands, as it may be signed: it begins with what was signed last."""
    checkpoint = Checkpoint(_origin(standing.ledger_id), standing.frontier.count, standing.frontier.root())
    _tree_under(folder, *((last.checkpoint,) if last else ()), checkpoint)
    return checkpoint


def prove_entry(folder: Path, keys: Path, seq: int) -> bytes:
    """The file that proves an entry under the last checkpoint; see `kiosk.ledger.prove`. Needs no signing key.

    Entries before it may be proved though later ones are damaged.

    Raises:
        NotProved: There is no checkpoint, or it does not cover the entry.
        Contradiction: The ledger does not begin with what was signed last.
        LedgerDamaged: The entry, or what its proof is made from, is not what was signed.
        OSError: There is no public key, or the disk does not give the ledger.
    """
    signed = _last(folder, keys)
    last = signed.checkpoint
    if not FIRST_SEQ <= seq <= last.size:
        raise NotProved(
            f"entry {seq}",
            expected=f"one from {FIRST_SEQ} to {last.size}, which the last checkpoint covers",
            got=f"{seq}",
            mend="run 'sealgate ledger checkpoint' first if the entry is newer",
        )
    tree = _tree_under(folder, last)
    line, index = tree.line(seq) or b"", seq - FIRST_SEQ
    proof = prove_inclusion(index, last.size, tree)
    try:
        check_inclusion(leaf_hash(line), index, last.size, proof, last.root)
    except NotProved as fault:  # the line after it still says what it was
        raise LedgerDamaged(Damage(seq, 0, fault.expected, fault.got, tree.segment_of(seq))) from None
    return format_proof(LedgerEntry.from_line(line), proof, signed.note)


def prove_growth(folder: Path, keys: Path, old_note: bytes) -> bytes:
    """The file that proves that the last checkpoint goes on from an older one; see `kiosk.ledger.prove`.

    Raises:
        NotProved: There is no checkpoint, or the older one is not this ledger's, or is newer than the last.
        Contradiction: The ledger does not begin with what was signed.
        OSError: There is no public key, or the disk does not give the ledger.
    """
    signed = _last(folder, keys)
    last, old = signed.checkpoint, open_checkpoint(old_note, *read_public_keys(keys))
    if old.size > last.size:
        raise NotProved(
            "older checkpoint",
            expected=f"at most the {last.size} entries of the last one",
            got=f"{old.size}",
            mend="run 'sealgate ledger checkpoint' first",
        )
    tree = _tree_under(folder, old, last)
    return format_growth(old.size, prove_consistency(old.size, last.size, tree), signed.note)


def compare(folder: Path, checkpoint: Checkpoint, progress: Progress = lambda _done, _all: None) -> Comparison:
    """Reads the whole ledger and compares it with a checkpoint that somebody has kept.

    Args:
        folder: The ledger's folder.
        checkpoint: What was signed.
        progress: As for `verify`.

    Raises:
        OSError: The disk does not give the ledger.
    """
    report = verify(folder, progress)
    try:
        _check_under(LedgerTree(folder, report.roots), checkpoint)
    except (Contradiction, LedgerDamaged) as fault:
        return Comparison(report, checkpoint, f"expected {fault.expected}, got {fault.got}")
    except FileNotFoundError:
        return Comparison(report, checkpoint, f"expected the {checkpoint.size} entries that were signed, got none")
    return Comparison(report, checkpoint, "")


def check_begins_with(folder: Path, ledger_id: str, size: int, root: bytes) -> None:
    """Whether a ledger begins with so many entries of this root; what is read does not grow with it where it does.

    Raises:
        Contradiction: It does not.
        LedgerDamaged: A segment that is needed is not what was written.
        OSError: The disk does not give it.
    """
    _tree_under(folder, Checkpoint(_origin(ledger_id), size, root))


def _durable_standing(folder: Path) -> Standing:
    """Where a ledger stands that may be signed for, on the disk: the kiosk may be about to put it there.

    The file is opened first, so that a failure of the disk in between is reported here too (fsync(2)). Closed segments
    are on the disk already.
    """
    handle = os.open(folder / the_segments(folder)[-1].name, os.O_RDONLY)
    try:
        standing, tail = look(folder)
        os.fdatasync(handle)
    finally:
        os.close(handle)
    if standing.damage:
        raise LedgerDamaged(standing.damage[0])
    if tail and holder_of(folder) is None:
        raise NotProved(
            "ledger",
            expected="whole entries to the end",
            got=f"{len(tail.data)} bytes of an unfinished one, left by a power cut",
            mend="start the kiosk, which cuts and records it, then sign",
        )
    return standing


def _tree_under(folder: Path, *checkpoints: Checkpoint) -> LedgerTree:
    """The ledger's tree, which leads to the root of each of these.

    First by what the catalogue and the lines say of hashes; if that does not lead there, every line is hashed.

    Raises:
        Contradiction: It does not lead there.
        LedgerDamaged: A segment that is needed is not what was written.
    """
    tree = LedgerTree(folder, catalogued_roots(folder), as_said=True)
    try:
        for checkpoint in checkpoints:
            _check_under(tree, checkpoint)
    except (Contradiction, LedgerDamaged):
        tree = LedgerTree(folder, {})
        for checkpoint in checkpoints:
            _check_under(tree, checkpoint)
    return tree


def _check_under(tree: LedgerTree, checkpoint: Checkpoint) -> None:
    origin = _origin(tree.ledger_id)
    if origin != checkpoint.origin:
        raise Contradiction(expected=f"{checkpoint.origin}, as signed", got=origin)
    if tree.size < checkpoint.size:
        raise Contradiction(expected=f"at least the {checkpoint.size} entries that were signed", got=f"{tree.size}")
    root = root_of(checkpoint.size, tree)
    if root != checkpoint.root:
        raise Contradiction(
            expected=f"root {checkpoint.root.hex()} over the first {checkpoint.size} entries, as signed", got=root.hex()
        )


def _origin(ledger_id: str) -> str:
    return f"{ORIGIN}{ledger_id}"


def _last_of(folder: Path, ring: KeyRing, found: SignerKey | None, successor: Successor | None) -> Last | None:
    """The last checkpoint, or None when none was signed yet. One that is there and is not this key's is an error.

    While the key changes, either may have signed it; where the old one was lost, nobody is left to say whether it did,
    and what it is believed to have signed can only lead to more being refused.
    """
    if not has_last(folder):
        return None
    if found:
        return open_last(folder, found.verifier, *([successor.key.verifier] if successor else []))
    if successor:
        return read_last_unsigned(folder)
    raise KeyRefused(
        str(ring.folder / KEY_NAME),
        expected="the key that signed the last checkpoint",
        got="none",
        mend="put it back; if it is lost, run 'sealgate ledger rotate-key --lost'",
    )


def _of_ledger(key: SignerKey, origin: str) -> SignerKey:
    """The key, which must be this ledger's."""
    if key.verifier.name != origin:
        raise KeyRefused(
            KEY_NAME,
            expected=f"the key of {origin}, as this ledger is called",
            got=f"that of {key.verifier.name}",
            mend="put each ledger back beside its own key",
        )
    return key


def _last(folder: Path, keys: Path) -> Signed:
    """The last checkpoint, for who proves: there must be one, and a public key to check it with."""
    if not has_last(folder):
        raise NotProved(
            "ledger", expected="a signed checkpoint", got="none", mend="run 'sealgate ledger checkpoint' first"
        )
    key = read_public_key(keys / PUBLIC_NAME)
    last = open_last(folder, key)
    return Signed(last.checkpoint, last.note, key, new_key=False)
