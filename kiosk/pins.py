"""The PINs of cards, as argon2id hashes in the data folder.

They stand in no ledger, export or backup: four to eight digits are guessed from any hash within hours, so what keeps
them is that nobody but the kiosk's own user can read the file, and that a card is needed besides. After a restore on a
new machine they are set anew.

A hash is made to be slow (on the build machine 60 ms and more): whoever has a loop of events checks on another thread.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Final

from msgspec import Meta, Struct
from msgspec.structs import replace

from kiosk import secret_hashes
from kiosk.core.cards import Credential
from kiosk.core.errors import SealgateError
from kiosk.core.pins import Pin, PinAnswer
from kiosk.secret_hashes import Bounds, Cost, Match, SecretFile, hash_of, matched, passes_of

NAME: Final = "pins.json"

MEMORY_KIB: Final = secret_hashes.OWASP_MEMORY_KIB
"""KiB that one hash takes; more would be missing to the kiosk on a Pi of 1 GB while a driver waits, so a quicker
machine makes more passes instead."""
FEWEST_PASSES: Final = secret_hashes.OWASP_PASSES
MOST_PASSES: Final = 12
"""What a quick machine chooses must not make drivers wait for seconds should its card be put into a slow one."""
LONG_ENOUGH_S: Final = 0.25
"""Seconds of a check: the driver does not notice, and a thief of the hashes does."""


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

    @property
    def cost(self) -> Cost:
        """Of a hash from now on."""
        return Cost(MEMORY_KIB, self.passes)


class PinStore:
    """The PINs in one data folder. Processes take turns: a command sets them while the kiosk checks.

    Args:
        data: The data folder.
        measure: Says how many passes this machine bears.
    """

    def __init__(self, data: Path, measure: Callable[[], int] | None = None) -> None:
        self._file = SecretFile(data, NAME, _Kept, PinsUnusable, "set all PINs anew")
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
        with self._file.held():
            kept = self._read()
            kept = replace(kept, passes=max(kept.passes, passes))
            self._file.write(_with(kept, credential, hash_of(kept.cost, pin.digits)))

    def remove(self, credential: Credential) -> bool:
        """Take a card's PIN away; whether it had one.

        Raises:
            PinsUnusable: The file cannot be used.
            OSError: The disk did not take it; what was there stands.
        """
        if not self.has(credential):
            return False
        with self._file.held():
            kept = self._read()
            pins = {card: kept_hash for card, kept_hash in kept.pins.items() if card != str(credential)}
            self._file.write(replace(kept, pins=pins))
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
        try:
            kept = self._read()
        except (PinsUnusable, OSError):
            return PinAnswer.FAILED
        known = kept.pins.get(str(credential))
        match matched(kept.cost, known, pin.digits):
            case Match.NO:
                return PinAnswer.WRONG if known is not None else PinAnswer.NOT_SET
            case Match.UNREADABLE:
                return PinAnswer.FAILED
            case Match.YES:
                assert known is not None, "it was right"
                self._hash_anew(kept, credential, pin, known)
                return PinAnswer.RIGHT

    def _hash_anew(self, kept: _Kept, credential: Credential, pin: Pin, known: str) -> None:
        if passes_of(known) >= kept.passes:
            return
        fresh = hash_of(kept.cost, pin.digits)
        # It can wait for a disk that is full, and for a command that has set another PIN meanwhile.
        with suppress(OSError, PinsUnusable), self._file.held():
            now = self._read()
            if now.pins.get(str(credential)) == known:
                self._file.write(_with(now, credential, fresh))

    def _read(self) -> _Kept:
        return self._file.read() or _Kept()


def measured_passes() -> int:
    """How many passes this machine makes in LONG_ENOUGH_S, within what is allowed."""
    return secret_hashes.measured_passes(Bounds(MEMORY_KIB, FEWEST_PASSES, MOST_PASSES, LONG_ENOUGH_S))


def _with(kept: _Kept, credential: Credential, kept_hash: str) -> _Kept:
    return replace(kept, pins={**kept.pins, str(credential): kept_hash})
