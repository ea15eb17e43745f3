"""What the kiosk attests of its ledger: signs where it stands, proves entries, and compares it with what was signed.

The last checkpoint that was signed is kept in the ledger's folder. Before a new one is signed the ledger is read from
its first byte, and must begin with exactly what the last one says: a log never signs two checkpoints that contradict
each other (C2SP tlog-checkpoint, "Signatures"). The new one is on the disk before anybody gets it, and what it covers
is on the disk before it is signed, so no power cut makes a contradiction.

Nothing here holds the ledger: the kiosk goes on writing.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from msgspec import Struct

from kiosk.durable import write_file
from kiosk.ledger.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from kiosk.ledger.entry import FIRST_SEQ, LedgerEntry
from kiosk.ledger.errors import Contradiction, KeyRefused, LedgerDamaged, NotProved
from kiosk.ledger.handover import Successor, named_successor, put_in_force
from kiosk.ledger.journal import JOURNAL_NAME
from kiosk.ledger.keys import KEY_NAME, PUBLIC_NAME, KeyRing, hold_keys, read_public_key, read_public_keys
from kiosk.ledger.last import CHECKPOINT_NAME, Last, has_last, open_last, read_last_unsigned
from kiosk.ledger.note import SignerKey, VerifierKey
from kiosk.ledger.proofs import (
    nodes_of_consistency,
    nodes_of_inclusion,
    nodes_of_root,
    prove_consistency,
    prove_inclusion,
    root_of,
)
from kiosk.ledger.prove import format_growth, format_proof
from kiosk.ledger.subtrees import Gathered, Node
from kiosk.ledger.verify import VerifyReport, verify

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
    survey = _survey(folder, nodes_of_root(last.checkpoint.size) if last else ())
    origin = _origin_of_sound(survey.report)
    there = [key for key in (found, successor.key if successor else None) if key]
    signers = [_of_ledger(key, origin) for key in there] or [ring.make(origin)]
    key = signers[-1].verifier
    if last:
        _check_begins_with(survey, last.checkpoint)
        if last.checkpoint.size == survey.report.entries and not successor:
            return Signed(last.checkpoint, last.note, key, new_key=False)
    checkpoint = Checkpoint(origin, survey.report.entries, bytes.fromhex(survey.report.root))
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
    survey = _survey(folder, nodes_of_root(last.checkpoint.size) if last else ())
    origin = _origin_of_sound(survey.report)
    if last:
        _check_begins_with(survey, last.checkpoint)
    return origin


def prove_entry(folder: Path, keys: Path, seq: int) -> bytes:
    """The file that proves an entry under the last checkpoint; see `kiosk.ledger.prove`. Needs no signing key.

    Entries before it may be proved though later ones are damaged.

    Raises:
        NotProved: There is no checkpoint, or it does not cover the entry.
        Contradiction: The ledger does not begin with what was signed last.
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
    index = seq - FIRST_SEQ
    survey = _survey(folder, (*nodes_of_root(last.size), *nodes_of_inclusion(index, last.size)), seq)
    _check_begins_with(survey, last)
    assert survey.entry is not None
    return format_proof(survey.entry, prove_inclusion(index, last.size, survey.hashes), signed.note)


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
    wanted = (nodes_of_root(old.size), nodes_of_root(last.size), nodes_of_consistency(old.size, last.size))
    survey = _survey(folder, (node for nodes in wanted for node in nodes))
    for checkpoint in (old, last):
        _check_begins_with(survey, checkpoint)
    return format_growth(old.size, prove_consistency(old.size, last.size, survey.hashes), signed.note)


def compare(folder: Path, checkpoint: Checkpoint) -> Comparison:
    """Reads the whole ledger and compares it with a checkpoint that somebody has kept.

    Raises:
        OSError: The disk does not give the ledger.
    """
    survey = _survey(folder, nodes_of_root(checkpoint.size))
    try:
        _check_begins_with(survey, checkpoint)
    except Contradiction as fault:
        return Comparison(survey.report, checkpoint, f"expected {fault.expected}, got {fault.got}")
    return Comparison(survey.report, checkpoint, "")


class _Survey(Struct, frozen=True):
    """What one pass over the ledger brought: the report, the hashes asked for, and the entry asked for."""

    report: VerifyReport
    hashes: Gathered
    entry: LedgerEntry | None


def _survey(folder: Path, wanted: Iterable[Node], seq: int = 0) -> _Survey:
    hashes, caught = Gathered(wanted), []

    def each(entry: LedgerEntry) -> None:
        hashes.add(bytes.fromhex(entry.digest))
        if entry.seq == seq:
            caught.append(entry)

    with _durable_after(folder):
        report = verify(folder, each)
    return _Survey(report, hashes, caught[0] if caught else None)


@contextmanager
def _durable_after(folder: Path) -> Iterator[None]:
    """Makes durable what was read: the kiosk may be about to, and an entry that is signed for must not go again.

    The file is opened first, so that a failure of the disk in between is reported here too (fsync(2)).
    """
    try:
        handle = os.open(folder / JOURNAL_NAME, os.O_RDONLY)
    except FileNotFoundError:
        yield  # which the pass reports as damage
        return
    try:
        yield
        os.fdatasync(handle)
    finally:
        os.close(handle)


def _origin_of(report: VerifyReport) -> str:
    return f"{ORIGIN}{report.first.body.get('ledger')}" if report.first else ORIGIN


def _origin_of_sound(report: VerifyReport) -> str:
    """The origin of a ledger that may be signed for."""
    if report.damage:
        raise LedgerDamaged(report.damage[0])
    if report.tail and not report.ok:
        raise NotProved(
            "ledger",
            expected="whole entries to the end",
            got=f"{len(report.tail.data)} bytes of an unfinished one, left by a power cut",
            mend="start the kiosk, which cuts and records it, then sign",
        )
    return _origin_of(report)


def _check_begins_with(survey: _Survey, checkpoint: Checkpoint) -> None:
    origin, entries = _origin_of(survey.report), survey.hashes.count
    if origin != checkpoint.origin:
        raise Contradiction(expected=f"{checkpoint.origin}, as signed", got=origin)
    if entries < checkpoint.size:
        raise Contradiction(expected=f"at least the {checkpoint.size} entries that were signed", got=f"{entries}")
    root = root_of(checkpoint.size, survey.hashes)
    if root != checkpoint.root:
        raise Contradiction(
            expected=f"root {checkpoint.root.hex()} over the first {checkpoint.size} entries, as signed", got=root.hex()
        )


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
