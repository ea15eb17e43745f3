"""Replaces the checkpoint key, with an entry that says so.

Theory of operation. Four steps, each durable before the next: the new key is made and waits; the ledger gets the entry
that names it; a checkpoint that covers the entry is signed, by both keys where the old one is there; the new key is put
in force and the old one destroyed (`attest.sign_held` does the last two). Until the entry is on the disk the old key is
in force, and a new one that waits is thrown away by whoever comes next. From then on the new one is, and whoever signs
next takes the steps that are missing. So a kill or a power cut at any point leaves one of the two in force, never none.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from kiosk.ledger.attest import Signed, check_last, sign_held
from kiosk.ledger.errors import KeyRefused, LedgerDamaged
from kiosk.ledger.handover import (
    CHECKPOINT_KEY,
    Handover,
    Why,
    body_of,
    find_handover,
    named_successor,
    sign_handover,
)
from kiosk.ledger.keys import KEY_NAME, PUBLIC_NAME, KeyRing, hold_keys, read_public_key
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.note import SignerKey, VerifierKey
from kiosk.ledger.stamp import Stamp


class Rotated(Struct, frozen=True):
    """A change of key.

    Attributes:
        signed: The first checkpoint under the new key.
        handover: The file that tells who knows the old key of the new one; None where the old one could not sign it.
        interrupted: It was begun before, and is now ended; no further change was made.
    """

    signed: Signed
    handover: Path | None
    interrupted: bool


def rotate(folder: Path, keys: Path, now: Callable[[], Stamp], *, lost: bool) -> Rotated:
    """Replaces the checkpoint key, or ends a change that was interrupted.

    Args:
        folder: The ledger's folder; the kiosk must be stopped, for an entry is written.
        keys: The folder of the signing key.
        now: What the clock says.
        lost: The old key is gone.

    Raises:
        LedgerHeld: The kiosk, or another process, has the ledger.
        KeyRefused: There is no key though it is not said to be lost, or there is one though it is.
        LedgerError: As `attest.sign_now`: nothing was changed, or the change will be ended by who signs next.
        OSError: The same.
    """
    with Ledger.open(folder, now) as ledger, hold_keys(keys) as ring:
        if ledger.damage:
            raise LedgerDamaged(ledger.damage[0])
        interrupted = named_successor(folder, ring) is not None
        if not interrupted:
            _begin(ledger, ring, now(), lost=lost)
        signed = sign_held(folder, ring)
        return Rotated(signed, find_handover(keys, signed.key), interrupted)


def _begin(ledger: Ledger, ring: KeyRing, stamp: Stamp, *, lost: bool) -> None:
    """Makes the new key and the entry that names it."""
    old = ring.read()
    _check_lost(ring.folder, old, lost=lost)
    origin = sign_held(ledger.folder, ring).checkpoint.origin if old else check_last(ledger.folder)
    new = ring.prepare(origin)
    handover = Handover(_public(ring.folder), new.verifier, Why.ROTATED if old else Why.LOST)
    ledger.append(CHECKPOINT_KEY, stamp, body_of(handover, sign_handover(old, handover, new)))


def _check_lost(keys: Path, old: SignerKey | None, *, lost: bool) -> None:
    if old and lost:
        raise KeyRefused(
            str(keys / KEY_NAME),
            expected="no key, as it is said to be lost",
            got="one",
            mend="leave out --lost, so that it signs for the new one; if it is not the kiosk's, take it away",
        )
    if not old and not lost:
        raise KeyRefused(
            str(keys / KEY_NAME),
            expected="the key that is to be replaced",
            got="none",
            mend="put it back; give --lost if it is lost; 'sealgate ledger checkpoint' makes the first one",
        )


def _public(keys: Path) -> VerifierKey | None:
    """The public half of the key in force, also where its other half is lost."""
    try:
        return read_public_key(keys / PUBLIC_NAME)
    except FileNotFoundError:
        return None
