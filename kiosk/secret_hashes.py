"""Hashes of what people know, PINs and passwords: argon2id, and the file that keeps them.

A hash is made to be slow, so whoever has a loop of events checks on another thread. The file lies in ``secrets/`` of
the data folder, which its owner alone may look into; it is written beside, synced and renamed, and processes take
turns. argon2's library is loaded where something is hashed.
"""

from __future__ import annotations

import base64
import fcntl
import os
import secrets
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Final, Generic, TypeVar

import msgspec
from msgspec import Struct

from kiosk.core.errors import SealgateError
from kiosk.durable import make_secret_folder, write_secret

if TYPE_CHECKING:
    from argon2 import PasswordHasher

FOLDER: Final = "secrets"
"""In the data folder. It is in no backup and no export."""

OWASP_MEMORY_KIB: Final = 19 * 1024
OWASP_PASSES: Final = 2
"""OWASP's least for argon2id, with one lane (Password Storage Cheat Sheet)."""

_OTHERS: Final = 0o077
_HASH_BYTES: Final = 32
_SALT_BYTES: Final = 16
_ROUNDS: Final = 3

K = TypeVar("K")


class Cost(Struct, frozen=True):
    """What one hash takes.

    Attributes:
        memory_kib: KiB of memory.
        passes: How often it goes over that.
    """

    memory_kib: int
    passes: int


class Bounds(Struct, frozen=True):
    """Between what a machine's cost lies.

    Attributes:
        memory_kib: KiB of memory.
        fewest: Passes of the slowest machine.
        most: Passes of the quickest: a file that is put into a slow machine must still be checked in seconds.
        long_enough_s: Seconds that a check should take.
    """

    memory_kib: int
    fewest: int
    most: int
    long_enough_s: float


class Match(Enum):
    """What came of holding something against a hash."""

    YES = "yes"
    NO = "no"
    UNREADABLE = "unreadable"
    """The hash is none, or memory was short."""


def hash_of(cost: Cost, secret: str) -> str:
    """The hash of something that somebody knows, in argon2's own text form with its cost."""
    return _hasher(cost).hash(secret)


def matched(cost: Cost, known: str | None, secret: str) -> Match:
    """Hold something against a hash; against nobody's where there is none, which takes as long and is never right.

    Args:
        cost: What nobody's hash takes.
        known: The hash.
        secret: What was keyed or typed. It is in no error.
    """
    from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

    try:
        _hasher(cost).verify(known or _nobodys(cost), secret)
    except VerifyMismatchError:
        return Match.NO
    except (VerificationError, InvalidHashError):
        return Match.UNREADABLE
    assert known is not None, "nothing has the hash that is nobody's"
    return Match.YES


def passes_of(known: str) -> int:
    """How many passes a hash was made with."""
    from argon2 import extract_parameters

    return extract_parameters(known).time_cost


def measured_passes(bounds: Bounds) -> int:
    """How many passes this machine makes in the time that a check should take, within the bounds.

    The quickest of some rounds counts: what else the machine was busy with must not make hashes cheap for ever.
    """
    hasher, took = _hasher(Cost(bounds.memory_kib, bounds.fewest)), float("inf")
    for _ in range(_ROUNDS):
        began = time.perf_counter()
        hasher.hash("measured")
        took = min(took, time.perf_counter() - began)
    return max(bounds.fewest, min(bounds.most, int(bounds.long_enough_s * bounds.fewest / took)))


class SecretFile(Generic[K]):
    """One file of hashes.

    Args:
        data: The data folder.
        name: The file's.
        shape: What it holds: a Struct.
        unusable: Raised when it cannot be used; nothing that it holds stands in what that says.
        anew: What is done when it is lost, or was seen by others: such as "set all PINs anew".
    """

    def __init__(self, data: Path, name: str, shape: type[K], unusable: type[SealgateError], anew: str) -> None:
        self._folder = data / FOLDER
        self._path = self._folder / name
        self._shape = shape
        self._unusable = unusable
        self._anew = anew

    def read(self) -> K | None:
        """What it holds; None when there is none.

        Raises:
            SealgateError: `unusable`: others may read it, or it is not as `write` leaves it.
            OSError: The disk does not give it.
        """
        try:
            handle = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except FileNotFoundError:
            return None
        with os.fdopen(handle, "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode) or mode & _OTHERS:
                raise self._unusable(
                    expected=f"{self._path} to be a file that its owner alone may read (mode 600)",
                    got=stat.filemode(mode),
                    mend=f"chmod 600 it; if somebody may have read it, {self._anew}",
                )
            content = file.read()
        try:
            return msgspec.json.decode(content, type=self._shape)
        except msgspec.DecodeError as fault:
            raise self._unusable(
                expected=f"{self._path} as this program writes it",
                got=f"something else ({fault})",
                mend=f"move it aside and {self._anew}",
            ) from None

    def write(self, kept: K) -> None:
        """Put this in its place, while `held`.

        Raises:
            OSError: The disk did not take it; what was there stands.
        """
        write_secret(self._path, msgspec.json.format(msgspec.json.encode(kept)) + b"\n")

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody else changes a file of the folder meanwhile: the lock is the folder itself."""
        make_secret_folder(self._folder)
        handle = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _hasher(cost: Cost) -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher(cost.passes, cost.memory_kib, 1, _HASH_BYTES, _SALT_BYTES)


def _nobodys(cost: Cost) -> str:
    """A hash that nothing has but by a chance of 1 in 2^256."""
    salt, digest = (
        base64.b64encode(secrets.token_bytes(length)).decode().rstrip("=") for length in (_SALT_BYTES, _HASH_BYTES)
    )
    return f"$argon2id$v=19$m={cost.memory_kib},t={cost.passes},p=1${salt}${digest}"
