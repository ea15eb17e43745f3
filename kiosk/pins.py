"""The PINs of cards, as argon2id hashes in the data folder.

They stand in no ledger, export or backup: four to eight digits are guessed from any hash within hours, so what keeps
them is that nobody but the kiosk's own user can read the file, and that a card is needed besides. After a restore on a
new machine they are set anew.

A hash is made to be slow (on the build machine 60 ms and more): whoever has a loop of events checks on another thread.
"""

from __future__ import annotations

import base64
import fcntl
import os
import secrets
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import msgspec
from msgspec import Meta, Struct
from msgspec.structs import replace

from kiosk.core.cards import Credential
from kiosk.core.errors import SealgateError
from kiosk.core.pins import Pin, PinAnswer
from kiosk.durable import make_secret_folder, write_secret

if TYPE_CHECKING:
    from argon2 import PasswordHasher

FOLDER: Final = "secrets"
NAME: Final = "pins.json"

MEMORY_KIB: Final = 19 * 1024
"""KiB that one hash takes. OWASP's least for argon2id, with FEWEST_PASSES and one lane (Password Storage Cheat Sheet);
more would be missing to the kiosk on a Pi of 1 GB, so a quicker machine makes more passes instead."""
FEWEST_PASSES: Final = 2
MOST_PASSES: Final = 12
"""What a quick machine chooses must not make drivers wait for seconds should its card be put into a slow one."""
LONG_ENOUGH_S: Final = 0.25
"""Seconds of a check: the driver does not notice, and a thief of the hashes does."""

_OTHERS: Final = 0o077
_HASH_BYTES: Final = 32
_SALT_BYTES: Final = 16


class PinsUnusable(SealgateError):
    """The file of PINs cannot be used. No PIN stands in what it says."""


class PinNotTaken(SealgateError):
    """A PIN that cannot be set. It does not stand in what it says."""


class _Kept(Struct, frozen=True, forbid_unknown_fields=True):
    """What the file holds.

    Attributes:
        passes: Of every hash from now on: what this machine was measured to bear; it never gets less.
        pins: The hash of each card's PIN, in argon2's own text form.
    """

    passes: Annotated[int, Meta(ge=FEWEST_PASSES, le=MOST_PASSES)] = FEWEST_PASSES
    pins: dict[str, str] = {}


class PinStore:
    """The PINs in one data folder. Processes take turns: a command sets them while the kiosk checks.

    Args:
        data: The data folder.
        measure: Says how many passes this machine bears.
    """

    def __init__(self, data: Path, measure: Callable[[], int] | None = None) -> None:
        self._folder = data / FOLDER
        self._path = self._folder / NAME
        self._measure = measure or measured_passes

    def set(self, credential: Credential, pin: Pin) -> None:
        """Give a card a PIN, in place of any it had. The ledger's lock after wrong ones is another matter.

        Raises:
            PinNotTaken: It has too few digits or too many, or is easily guessed.
            PinsUnusable: The file cannot be used.
            OSError: The disk did not take it; what was there stands.
        """
        if pin.problem:
            raise PinNotTaken(expected="4 to 8 digits", got=f"{len(pin)} characters", mend="key another")
        if pin.is_obvious:
            raise PinNotTaken(
                expected="a PIN that nobody guesses in three tries", got="one digit throughout, or a plain run",
                mend="key another",
            )  # fmt: skip
        passes = self._measure()
        with self._held():
            kept = self._read()
            kept = replace(kept, passes=max(kept.passes, passes))
            self._write(_with(kept, credential, _hasher(kept.passes).hash(pin.digits)))

    def remove(self, credential: Credential) -> bool:
        """Take a card's PIN away; whether it had one.

        Raises:
            PinsUnusable: The file cannot be used.
            OSError: The disk did not take it; what was there stands.
        """
        if not self.has(credential):
            return False
        with self._held():
            kept = self._read()
            pins = {card: kept_hash for card, kept_hash in kept.pins.items() if card != str(credential)}
            self._write(replace(kept, pins=pins))
        return True

    def has(self, credential: Credential) -> bool:
        """Whether a card has a PIN.

        Raises:
            PinsUnusable: The file cannot be used.
            OSError: The disk does not give it.
        """
        return str(credential) in self._read().pins

    def check(self, credential: Credential, pin: Pin) -> PinAnswer:
        """Whether this is the card's PIN. Takes as long for a card that has none. Never raises what was keyed.

        A right PIN whose hash is of a time when the machine was slower is hashed anew.
        """
        from argon2.exceptions import InvalidHashError, VerificationError, VerifyMismatchError

        try:
            kept = self._read()
        except (PinsUnusable, OSError):
            return PinAnswer.FAILED
        known = kept.pins.get(str(credential))
        try:
            _hasher(kept.passes).verify(known or _nobodys(kept.passes), pin.digits)
        except VerifyMismatchError:
            return PinAnswer.WRONG if known is not None else PinAnswer.NOT_SET
        except (VerificationError, InvalidHashError):
            return PinAnswer.FAILED
        assert known is not None, "no PIN has the hash that is nobody's"
        self._hash_anew(kept, credential, pin, known)
        return PinAnswer.RIGHT

    # --- the file -----------------------------------------------------------------------------------

    def _hash_anew(self, kept: _Kept, credential: Credential, pin: Pin, known: str) -> None:
        from argon2 import extract_parameters

        if extract_parameters(known).time_cost >= kept.passes:
            return
        fresh = _hasher(kept.passes).hash(pin.digits)
        # It can wait for a disk that is full, and for a command that has set another PIN meanwhile.
        with suppress(OSError, PinsUnusable), self._held():
            now = self._read()
            if now.pins.get(str(credential)) == known:
                self._write(_with(now, credential, fresh))

    def _read(self) -> _Kept:
        try:
            handle = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except FileNotFoundError:
            return _Kept()
        with os.fdopen(handle, "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if not stat.S_ISREG(mode) or mode & _OTHERS:
                raise PinsUnusable(
                    expected=f"{self._path} to be a file that its owner alone may read (mode 600)",
                    got=stat.filemode(mode),
                    mend="chmod 600 it; if somebody may have read it, set all PINs anew",
                )
            content = file.read()
        try:
            return msgspec.json.decode(content, type=_Kept)
        except msgspec.DecodeError as fault:
            raise PinsUnusable(
                expected=f"{self._path} as this program writes it",
                got=f"something else ({fault})",
                mend="move it aside and set the PINs anew",
            ) from None

    def _write(self, kept: _Kept) -> None:
        write_secret(self._path, msgspec.json.format(msgspec.json.encode(kept)) + b"\n")

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Nobody else changes the file meanwhile: the lock is the folder itself."""
        make_secret_folder(self._folder)
        handle = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def measured_passes() -> int:
    """How many passes this machine makes in LONG_ENOUGH_S, within what is allowed."""
    hasher, began = _hasher(FEWEST_PASSES), time.perf_counter()
    hasher.hash("measured")
    one_s = (time.perf_counter() - began) / FEWEST_PASSES
    return max(FEWEST_PASSES, min(MOST_PASSES, int(LONG_ENOUGH_S / one_s)))


def _hasher(passes: int) -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher(passes, MEMORY_KIB, 1, _HASH_BYTES, _SALT_BYTES)


def _nobodys(passes: int) -> str:
    """A hash that no PIN has but by a chance of 1 in 2^256, to be checked for a card that has none."""
    salt, digest = (
        base64.b64encode(secrets.token_bytes(length)).decode().rstrip("=") for length in (_SALT_BYTES, _HASH_BYTES)
    )
    return f"$argon2id$v=19$m={MEMORY_KIB},t={passes},p=1${salt}${digest}"


def _with(kept: _Kept, credential: Credential, kept_hash: str) -> _Kept:
    return replace(kept, pins={**kept.pins, str(credential): kept_hash})
