"""The last checkpoint that was signed, as the ledger's folder keeps it: nothing is signed that contradicts it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from msgspec import Struct

from kiosk.ledger.checkpoint import Checkpoint, open_checkpoint
from kiosk.ledger.errors import NotProved
from kiosk.ledger.note import Note, VerifierKey

CHECKPOINT_NAME: Final = "checkpoint"
"""Its file, in the ledger's folder."""


class Last(Struct, frozen=True):
    """The last checkpoint.

    Attributes:
        checkpoint: What it says.
        note: It, as a signed note.
    """

    checkpoint: Checkpoint
    note: bytes


def has_last(folder: Path) -> bool:
    """Whether a checkpoint was ever signed."""
    return os.path.lexists(folder / CHECKPOINT_NAME)


def open_last(folder: Path, *keys: VerifierKey) -> Last:
    """The last checkpoint, which one of these keys must have signed.

    Raises:
        NotProved: None of them did.
        OSError: There is none, or the disk does not give it.
    """
    note = (folder / CHECKPOINT_NAME).read_bytes()
    with _told(folder):
        return Last(open_checkpoint(note, *keys), note)


def read_last_unsigned(folder: Path) -> Last:
    """The last checkpoint, whoever signed it: to be believed only where believing it leads to more being refused.

    Raises:
        NotProved: What is there is no checkpoint.
        OSError: There is none, or the disk does not give it.
    """
    note = (folder / CHECKPOINT_NAME).read_bytes()
    with _told(folder):
        return Last(Checkpoint.parse(Note.parse(note).text), note)


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    try:
        yield
    except NotProved as fault:
        raise NotProved(
            str(folder / CHECKPOINT_NAME),
            expected=fault.expected,
            got=fault.got,
            mend="put back the key or the checkpoint that belongs here; nothing is signed or proved without",
        ) from None
