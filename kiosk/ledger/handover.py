"""How one checkpoint key takes another's place: an entry in the ledger, and a note that the old key signed.

The note is a signed note (`kiosk.ledger.note`) over

    sealgate checkpoint key
    old NAME+id+base64      or: old none
    new NAME+id+base64
    because rotated         or: because lost

No checkpoint can be taken for it, nor it for one: a checkpoint's second line is a number. The old key signs it while it
is there, and the new one does always. The entry has it whole, so whoever has the ledger and knows the old key can go on
to the new one; for who has not the ledger it is kept as a file, ``retired/ID.handover``, ID being the old key's.

A key that is in force and that no entry names is recorded as ``first`` by whoever next holds the ledger: who signs
first need not hold it. ``checkpoint.recorded``, beside the key, names the key that has its entry.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import Any, Final

from msgspec import Struct

from kiosk.durable import make_folder, write_file
from kiosk.ledger.errors import KeyMalformed, NotProved
from kiosk.ledger.keys import PUBLIC_NAME, RETIRED_NAME, KeyRing, read_public_key
from kiosk.ledger.ledger import read_entries
from kiosk.ledger.note import Note, SignerKey, VerifierKey, open_note, sign_note

CHECKPOINT_KEY: Final = "checkpoint-key"
"""Kind of the entries that say from when on which key signs: ``old``, ``new``, ``why`` and the ``note``."""

RECORDED_NAME: Final = "checkpoint.recorded"

HANDOVER_SUFFIX: Final = ".handover"

_HEADER: Final = "sealgate checkpoint key"
_NONE: Final = "none"


class Why(Enum):
    """Why a key came into force."""

    FIRST = "first"
    """The ledger named none before; no note, since nothing was signed before that it must go on from."""
    ROTATED = "rotated"
    """It was replaced, and signed for its successor."""
    LOST = "lost"
    """It was gone, and so could not sign for its successor."""


class Handover(Struct, frozen=True):
    """What a note says: one key takes another's place.

    Attributes:
        old: The key that was in force; None where even its public half was lost.
        new: The key that is in force from then on.
        why: Why.
    """

    old: VerifierKey | None
    new: VerifierKey
    why: Why

    @property
    def text(self) -> str:
        """The text that is signed."""
        old = self.old.text if self.old else _NONE
        return f"{_HEADER}\nold {old}\nnew {self.new.text}\nbecause {self.why.value}\n"

    @classmethod
    def parse(cls, text: str) -> Handover:
        """Reads what `text` writes.

        Raises:
            NotProved: It is something else.
        """
        match text.split("\n"):
            case [header, old, new, why, ""] if header == _HEADER and why.startswith("because "):
                try:
                    known = None if old == f"old {_NONE}" else VerifierKey.parse(old.removeprefix("old "))
                    read = cls(known, VerifierKey.parse(new.removeprefix("new ")), Why(why.removeprefix("because ")))
                except (KeyMalformed, ValueError):
                    read = None
                if read and read.text == text:
                    return read
        raise NotProved("change of key", expected="the old key, the new one and why", got=repr(text[:80]))


def is_handover(data: bytes) -> bool:
    """Whether a file says that it is a note about a change of key."""
    return data.startswith(_HEADER.encode() + b"\n")


def sign_handover(old: SignerKey | None, handover: Handover, new: SignerKey) -> bytes:
    """The note, signed by the old key where it is there, and by the new one."""
    return sign_note(handover.text, *([old] if old else []), new)


def open_handover(data: bytes, *keys: VerifierKey) -> Handover:
    """What a note says that a known key signed, as the old one or the new one.

    Raises:
        NotProved: It is none, none of the keys signed it, or it is about others.
    """
    read = Handover.parse(open_note(data, *keys))
    if not {read.old, read.new} & set(keys):
        raise NotProved("change of key", expected=f"one of {keys[0].text}", got=f"one to {read.new.text}")
    return read


def body_of(handover: Handover, note: bytes) -> dict[str, Any]:
    """The entry's body."""
    old = handover.old.text if handover.old else ""
    return {"old": old, "new": handover.new.text, "why": handover.why.value, "note": note.decode()}


def first_body(key: VerifierKey) -> dict[str, Any]:
    """The body of the entry for a key that no entry names yet."""
    return body_of(Handover(None, key, Why.FIRST), b"")


def unrecorded(keys: Path) -> VerifierKey | None:
    """The key in force, when no entry names it yet.

    Raises:
        KeyMalformed: What is there is no public key.
        OSError: The disk does not give it.
    """
    try:
        key = read_public_key(keys / PUBLIC_NAME)
        return None if read_public_key(keys / RECORDED_NAME) == key else key
    except FileNotFoundError as missing:
        return None if missing.filename == str(keys / PUBLIC_NAME) else key


def note_recorded(keys: Path, key: VerifierKey) -> None:
    """Notes that an entry names the key, once it is on the disk.

    Raises:
        OSError: The disk refuses; then the key may be recorded twice, which says nothing else than once.
    """
    write_file(keys / RECORDED_NAME, f"{key.text}\n".encode())


class Successor(Struct, frozen=True):
    """A key that the ledger names and that was not put in force yet.

    Attributes:
        key: The key.
        body: The entry that names it.
    """

    key: SignerKey
    body: Mapping[str, Any]


def named_successor(folder: Path, ring: KeyRing) -> Successor | None:
    """The key that waits to be put in force: somebody changes the key, or was interrupted in that.

    One that no entry names never was in force, and goes. Nearly always there is none, and nothing is read.

    Raises:
        LedgerDamaged: The ledger is not what was written.
        KeyRefused: Others may read the key's file, or it is no key.
        OSError: The disk refuses.
    """
    key = ring.successor()
    if key is None:
        return None
    named: Mapping[str, Any] = {}
    for entry in read_entries(folder):
        if entry.kind == CHECKPOINT_KEY:
            named = entry.body
    if named.get("new") == key.verifier.text:
        return Successor(key, named)
    ring.discard_successor()
    return None


def put_in_force(ring: KeyRing, successor: Successor) -> None:
    """Puts a key in force that the ledger names, once a checkpoint covers its entry.

    Raises:
        OSError: The disk refuses; done again, it ends what was begun.
    """
    note = str(successor.body.get("note", "")).encode()
    if successor.body.get("why") == Why.ROTATED.value:
        old = Handover.parse(Note.parse(note).text).old
        assert old is not None, "a key that was rotated is known"
        make_folder(ring.folder / RETIRED_NAME)
        write_file(ring.folder / RETIRED_NAME / (old.key_id.hex() + HANDOVER_SUFFIX), note)
    note_recorded(ring.folder, successor.key.verifier)
    ring.install(successor.key)


def find_handover(keys: Path, new: VerifierKey) -> Path | None:
    """The file that tells who knows an old key of this new one; None where the old one could not sign it."""
    for path in (keys / RETIRED_NAME).glob(f"*{HANDOVER_SUFFIX}"):
        if Handover.parse(Note.parse(path.read_bytes()).text).new == new:
            return path
    return None
