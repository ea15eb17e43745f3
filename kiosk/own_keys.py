"""Files of secrets, which their owner alone may read: read only where that is so. No error shows what they hold."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from msgspec import Struct

from kiosk.core.errors import SealgateError

MOST_BYTES: Final = 65_536
"""Of a file of keys; ours have some hundred bytes a key."""

CREDENTIALS: Final = "CREDENTIALS_DIRECTORY"
"""In the environment: the folder in which systemd puts the service's credentials (systemd.exec(5))."""

_OTHERS: Final = 0o077
_STRANGERS: Final = 0o007


class SecretUnusable(SealgateError):
    """A secret cannot be used. Nothing of it stands in what this says."""


class CardKeysUnusable(SecretUnusable):
    """The card keys cannot be used."""


class Secret(Struct, frozen=True):
    """How a secret is spoken of.

    Attributes:
        what: What it is.
        missing: What to do when it is not there.
        exposed: What to do, besides, when others may have read it.
        unusable: What is raised.
    """

    what: str
    missing: str
    exposed: str
    unusable: type[SecretUnusable] = SecretUnusable


CARD_KEYS: Final = Secret(
    "the site's card keys",
    "make them once with 'sealgate card key make', or put the site's own file back",
    "if somebody may have read it, see 'When keys are stolen' in docs/card-keys.md",
    CardKeysUnusable,
)


def credential(name: str, environment: Mapping[str, str] = os.environ) -> Path | None:
    """Where systemd has put a credential; None where it has put none of this name."""
    folder = environment.get(CREDENTIALS)
    path = Path(folder) / name if folder else None
    return path if path is not None and os.path.lexists(path) else None


def read_own(path: Path, *, is_credential: bool = False, secret: Secret = CARD_KEYS) -> bytes:
    """What a file holds that its owner alone may read.

    Args:
        path: Where; a link is not followed.
        is_credential: Whether systemd put it there.
        secret: What it is, for whoever has to mend it.

    Raises:
        SecretUnusable: It is not there, others may read it, or it is another user's.
        OSError: The disk does not give it.
    """
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        missing = True
    else:
        missing = False
    if missing:
        raise secret.unusable(expected=f"{secret.what} at {path}", got="none", mend=secret.missing)
    try:
        _must_be_ours(path, os.fstat(handle), secret, is_credential=is_credential)
        return os.read(handle, MOST_BYTES)
    finally:
        os.close(handle)


def _must_be_ours(path: Path, found: os.stat_result, secret: Secret, *, is_credential: bool) -> None:
    """A credential's folder is the service's alone, and its mode shows the group what an ACL gives the service."""
    if not stat.S_ISREG(found.st_mode) or found.st_mode & (_STRANGERS if is_credential else _OTHERS):
        raise secret.unusable(
            expected=f"{path} to be a file that its owner alone may read (mode 600)",
            got=stat.filemode(found.st_mode),
            mend=f"chmod 600 it; {secret.exposed}",
        )
    if found.st_uid not in _owners(path):
        raise secret.unusable(
            expected=f"{path} to be owned by user {os.geteuid()}, who reads it",
            got=f"user {found.st_uid}",
            mend="find out who put it there; then chown it to the kiosk's user",
        )


def _owners(path: Path) -> set[int]:
    """Whose file it may be: ours or root's; root itself reads what belongs to whom the folder belongs to."""
    ours = os.geteuid()
    return {0, ours} | ({path.parent.stat().st_uid} if ours == 0 else set())
