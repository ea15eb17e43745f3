"""Files of card keys, which their owner alone may read: read only where that is so. No error shows what they hold."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Final

from kiosk.core.errors import SealgateError

MOST_BYTES: Final = 65_536
"""Of a file of keys; ours have some hundred bytes a key."""

_OTHERS: Final = 0o077
_STRANGERS: Final = 0o007


class CardKeysUnusable(SealgateError):
    """The card keys cannot be used. No key stands in what it says."""


def read_own(path: Path, *, is_credential: bool = False) -> bytes:
    """What a file of keys holds, which its owner alone may read.

    Args:
        path: Where; a link is not followed.
        is_credential: Whether systemd put it there.

    Raises:
        CardKeysUnusable: It is not there, others may read it, or it is another user's.
        OSError: The disk does not give it.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        missing = True
    else:
        missing = False
    if missing:
        raise CardKeysUnusable(
            expected=f"the site's card keys at {path}",
            got="none",
            mend="make them once with 'sealgate card key make', or put the site's own file back",
        )
    try:
        _must_be_ours(path, os.fstat(handle), is_credential=is_credential)
        return os.read(handle, MOST_BYTES)
    finally:
        os.close(handle)


def _must_be_ours(path: Path, found: os.stat_result, *, is_credential: bool) -> None:
    """A credential's folder is the service's alone, and its mode shows the group what an ACL gives the service."""
    if not stat.S_ISREG(found.st_mode) or found.st_mode & (_STRANGERS if is_credential else _OTHERS):
        raise CardKeysUnusable(
            expected=f"{path} to be a file that its owner alone may read (mode 600)",
            got=stat.filemode(found.st_mode),
            mend="chmod 600 it; if somebody may have read it, see 'When keys are stolen' in docs/card-keys.md",
        )
    if found.st_uid not in _owners(path):
        raise CardKeysUnusable(
            expected=f"{path} to be owned by user {os.geteuid()}, who reads it",
            got=f"user {found.st_uid}",
            mend="find out who put it there; then chown it to the kiosk's user",
        )


def _owners(path: Path) -> set[int]:
    """Whose file it may be: ours or root's; root itself reads what belongs to whom the folder belongs to."""
    ours = os.geteuid()
    return {0, ours} | ({path.parent.stat().st_uid} if ours == 0 else set())
