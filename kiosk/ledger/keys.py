"""The kiosk's signing key: a file that nobody else may read, and its public half beside it.

``checkpoint.key`` holds the key as one line, mode 0600; ``checkpoint.pub`` the public key, which is to be handed out.
Who signs holds the folder (flock(2)), so that two who sign at once cannot each go by what was signed before the other.

A key that shall replace it waits as ``checkpoint.key.next`` until it is put in force (`kiosk.ledger.rotation` says
when); of a key that was replaced the public half stays, as ``retired/ID.pub``.
"""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from kiosk.durable import make_folder, sync_folder, write_all, write_file
from kiosk.ledger.errors import KeyRefused
from kiosk.ledger.note import SignerKey, VerifierKey

KEY_NAME: Final = "checkpoint.key"
PUBLIC_NAME: Final = "checkpoint.pub"
SUCCESSOR_NAME: Final = "checkpoint.key.next"
RETIRED_NAME: Final = "retired"

MAX_KEY_BYTES: Final = 4096
"""Longest file that is read as a key; ours have some 120 bytes."""

_OURS_ALONE: Final = 0o600
_OTHERS: Final = 0o077


class KeyRing:
    """The folder of the signing key, held: nobody else signs meanwhile. Made by `hold_keys`."""

    __slots__ = ("folder",)

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self) -> SignerKey | None:
        """The key, or None when there is none yet. A public half that a power cut prevented is written.

        Raises:
            KeyRefused: Others may read the file, it is no key, or the public half beside it is another's.
            OSError: The disk refuses.
        """
        try:
            key = SignerKey.parse(read_secret(self.folder / KEY_NAME))
        except FileNotFoundError:
            return None
        self._publish(key)
        return key

    def make(self, name: str) -> SignerKey:
        """Makes the key, durably, and its public half.

        Raises:
            KeyRefused: There is one.
            OSError: The disk refuses; there is no key then, or a whole one.
        """
        path = self.folder / KEY_NAME
        if os.path.lexists(path):
            raise KeyRefused(str(path), expected="no key yet", got="one", mend="keep it: what it signed needs it")
        key = write_new_key(path, name)
        self._publish(key)
        return key

    def successor(self) -> SignerKey | None:
        """The key that shall replace the one in force, or None.

        Raises:
            KeyRefused: Others may read the file, or it is no key.
            OSError: The disk refuses.
        """
        try:
            return SignerKey.parse(read_secret(self.folder / SUCCESSOR_NAME))
        except FileNotFoundError:
            return None

    def prepare(self, name: str) -> SignerKey:
        """Makes the key that shall replace the one in force, durably; one that was left there goes.

        Raises:
            OSError: The disk refuses.
        """
        return write_new_key(self.folder / SUCCESSOR_NAME, name)

    def discard_successor(self) -> None:
        """Takes away a key that never was in force.

        Raises:
            OSError: The disk refuses.
        """
        (self.folder / SUCCESSOR_NAME).unlink(missing_ok=True)
        sync_folder(self.folder)

    def install(self, successor: SignerKey) -> None:
        """Puts the prepared key in force and destroys the old one, whose public half is kept.

        At every point one of the two is the key in force; done again, it ends what was begun. What the old key's file
        held is overwritten, which a disk that writes elsewhere than it is told (flash) need not do at once.

        Raises:
            OSError: The disk refuses.
        """
        self._retire(successor.verifier)
        old = _open_if_there(self.folder / KEY_NAME)
        try:
            (self.folder / SUCCESSOR_NAME).rename(self.folder / KEY_NAME)
            write_file(self.folder / PUBLIC_NAME, f"{successor.verifier.text}\n".encode())
            if old >= 0:  # only now: writing the public half has made the folder's names durable, the key's too
                write_all(old, b"\0" * os.fstat(old).st_size, 0)
                os.fsync(old)
        finally:
            if old >= 0:
                os.close(old)

    def _retire(self, successor: VerifierKey) -> None:
        """Keeps the public half of the key in force."""
        try:
            public = read_public_key(self.folder / PUBLIC_NAME)
        except FileNotFoundError:
            return  # lost with the key
        if public != successor:
            make_folder(self.folder / RETIRED_NAME)
            write_file(_retired_path(self.folder, public), f"{public.text}\n".encode())

    def _publish(self, key: SignerKey) -> None:
        path = self.folder / PUBLIC_NAME
        try:
            public = read_public_key(path)
        except FileNotFoundError:
            write_file(path, f"{key.verifier.text}\n".encode())
            return
        if public == key.verifier:
            return
        if _retired_path(self.folder, public).exists():  # a power cut came between the new key and its public half
            write_file(path, f"{key.verifier.text}\n".encode())
        else:
            raise KeyRefused(
                str(path),
                expected=f"the public half of {KEY_NAME}, {key.verifier.text}",
                got=public.text,
                mend="find out who put it there; remove it, and it is written anew",
            )


@contextmanager
def hold_keys(folder: Path) -> Iterator[KeyRing]:
    """Holds the folder of the signing key, made if it is not there; waits while another process signs.

    Raises:
        OSError: The disk refuses.
    """
    make_folder(folder)
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield KeyRing(folder)
    finally:
        os.close(handle)


def read_public_key(path: Path) -> VerifierKey:
    """Reads a public key's file: one line.

    Raises:
        KeyMalformed: It is none.
        OSError: The file is missing, or the disk does not give it.
    """
    with path.open("rb") as file:
        text = file.read(MAX_KEY_BYTES).decode(errors="replace")
    return VerifierKey.parse(text.removesuffix("\n"))


def read_public_keys(folder: Path) -> tuple[VerifierKey, ...]:
    """The public halves of the key in force and, after it, of those that it replaced.

    Raises:
        KeyMalformed: One is none.
        OSError: There is none in force, or the disk does not give them.
    """
    retired = sorted((folder / RETIRED_NAME).glob("*.pub"))
    return tuple(map(read_public_key, (folder / PUBLIC_NAME, *retired)))


def read_named_keys(names: Iterable[str]) -> tuple[VerifierKey, ...]:
    """Public keys as people name them: each a file, or the key's text itself.

    Raises:
        KeyMalformed: One is none.
        OSError: A file is missing, or the disk does not give it.
    """

    def read(named: str) -> VerifierKey:
        return VerifierKey.parse(named) if "+" in named and not Path(named).exists() else read_public_key(Path(named))

    return tuple(map(read, names))


def _retired_path(folder: Path, key: VerifierKey) -> Path:
    return folder / RETIRED_NAME / f"{key.key_id.hex()}.pub"


def write_new_key(path: Path, name: str) -> SignerKey:
    """Makes a key and its file, durably; one that is there is replaced.

    Raises:
        KeyMalformed: A key cannot be named so.
        OSError: The disk refuses.
    """
    key = SignerKey.make(name)
    path.with_name(path.name + ".new").unlink(missing_ok=True)  # left by a power cut: its mode may be any
    write_file(path, f"{key.secret_text()}\n".encode(), mode=_OURS_ALONE)
    return key


def _open_if_there(path: Path) -> int:
    try:
        return os.open(path, os.O_WRONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except FileNotFoundError:
        return -1


def read_secret(path: Path) -> str:
    """What a signing key's file holds, which its owner alone may read.

    Raises:
        KeyRefused: It is no file, or others may read it.
        OSError: It is missing, or the disk does not give it.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        mode = os.fstat(handle).st_mode
        if not stat.S_ISREG(mode):
            raise KeyRefused(str(path), expected="a file", got=stat.filemode(mode), mend="put the kiosk's key there")
        if mode & _OTHERS:
            raise KeyRefused(
                str(path),
                expected="a key that its owner alone may read (mode 600)",
                got=f"mode {stat.S_IMODE(mode):o}",
                mend="chmod 600 it; if somebody may have read it, have the site's key replaced",
            )
        return os.read(handle, MAX_KEY_BYTES).decode(errors="replace").removesuffix("\n")
    finally:
        os.close(handle)
