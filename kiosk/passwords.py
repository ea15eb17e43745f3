"""The passwords and one-time codes of staff accounts, as argon2id hashes in the data folder.

They stand in no ledger, export or backup. Who has an account, and what it may do, is in the ledger; this file alone
lets nobody in. After a restore on a new machine passwords are chosen anew, by codes.

Every hash in the file costs the same: what the machine was measured to bear when the first was made. So a log-on takes
the same time whoever it names, known or not. A check takes half a second: whoever has a loop of events checks on
another thread.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Annotated, Final

from msgspec import Meta, Struct
from msgspec.structs import replace

from kiosk import secret_hashes
from kiosk.core.errors import SealgateError
from kiosk.core.one_time_codes import BITS, code_of, read_code
from kiosk.core.passwords import Password, PasswordAnswer, PasswordSlot
from kiosk.secret_hashes import OWASP_MEMORY_KIB, OWASP_PASSES, Bounds, Cost, Match, SecretFile, hash_of, matched

NAME: Final = "passwords.json"

MEMORY_KIB: Final = 64 * 1024
"""KiB of one hash, where the machine has them: RFC 9106's second choice. One is made at a time, beside the kiosk's own
150 MB."""
FEWEST_PASSES: Final = 3
"""RFC 9106's with that memory; a Raspberry Pi 3 needs about a second and a half for them."""
MOST_PASSES: Final = 12
LONG_ENOUGH_S: Final = 0.5
"""Seconds of a check: a person who has typed sixteen characters does not mind."""
ENOUGH_BYTES: Final = 768 * 1024 * 1024
"""Of a machine's memory for MEMORY_KIB: a Raspberry Pi of 1 GB says that it has 900 MB and more. A smaller one takes
OWASP's least."""

MOST_REMEMBERED: Final = 8
"""Passwords that cannot be chosen again, the one in use included. Their hashes are as slow to guess as its own; without
them whoever must change goes to and fro between two."""

GUESSES: Final = 10**10
"""Guesses that zxcvbn must count at least: its highest class, beyond what an attack on slow hashes tries. A log-on is
held to 40 an hour."""
LOOKED_AT: Final = 72
"""Characters that are counted: zxcvbn's time grows with their square, and what follows makes no password weaker."""


class PasswordsUnusable(SealgateError):
    """The file of passwords cannot be used. No password stands in what it says."""


class PasswordNotTaken(SealgateError):
    """A password that cannot be chosen. It does not stand in what it says."""


class _Kept(Struct, frozen=True, forbid_unknown_fields=True):
    """What the file holds.

    Attributes:
        memory_kib: KiB that each of its hashes takes.
        passes: Passes that each of them takes.
        passwords: The hashes of each account's passwords, the newest first.
        codes: The hash of each account's one-time code.
    """

    memory_kib: Annotated[int, Meta(ge=OWASP_MEMORY_KIB, le=1024 * 1024)]
    passes: Annotated[int, Meta(ge=OWASP_PASSES, le=MOST_PASSES)]
    passwords: dict[str, Annotated[list[str], Meta(min_length=1, max_length=MOST_REMEMBERED)]] = {}
    codes: dict[str, str] = {}

    @property
    def cost(self) -> Cost:
        """Of each hash."""
        return Cost(self.memory_kib, self.passes)

    def known(self, staff: str, slot: PasswordSlot) -> str | None:
        """The hash that counts; None when there is none."""
        return self.codes.get(staff) if slot is PasswordSlot.CODE else self.passwords.get(staff, [None])[0]


class PasswordStore:
    """The passwords in one data folder. Processes take turns: a command gives a code while the kiosk checks.

    Args:
        data: The data folder.
        measure: Says what a hash may cost on this machine. Called once in the file's life.
    """

    def __init__(self, data: Path, measure: Callable[[], Cost] | None = None) -> None:
        self._file = SecretFile(
            data, NAME, _Kept, PasswordsUnusable, "have all passwords chosen anew: 'sealgate staff reset'"
        )
        self._measure = measure or measured_cost

    def check(self, staff: str | None, slot: PasswordSlot, typed: Password) -> PasswordAnswer:
        """Whether this is somebody's password or code. Takes as long for nobody's. Never raises what was typed.

        Args:
            staff: The account, as it was added; None for a name that nobody has, and for whoever may not log on.
            slot: Which of the two counts.
            typed: What came.
        """
        try:
            kept = self._file.read()
        except (PasswordsUnusable, OSError):
            return PasswordAnswer.FAILED
        known = kept.known(staff, slot) if kept is not None and staff is not None else None
        cost = kept.cost if kept is not None else Cost(OWASP_MEMORY_KIB, OWASP_PASSES)
        match matched(cost, known, _typed(slot, typed)):
            case Match.YES:
                return PasswordAnswer.RIGHT
            case Match.NO:
                return PasswordAnswer.WRONG if known is not None else PasswordAnswer.NOT_SET
            case Match.UNREADABLE:
                return PasswordAnswer.FAILED

    def has(self, staff: str) -> bool:
        """Whether an account has a password.

        Raises:
            PasswordsUnusable: The file cannot be used.
            OSError: The disk does not give it.
        """
        kept = self._file.read()
        return kept is not None and staff in kept.passwords

    def set(self, staff: str, chosen: Password, names: Iterable[str]) -> None:
        """Give an account the password that its person chose; a code that it had is gone.

        It holds the chosen one against those before, so it takes up to five seconds.

        Args:
            staff: The account.
            chosen: The password.
            names: Of the person and the site: what whoever guesses tries first.

        Raises:
            PasswordNotTaken: It is too short or too long, is easily guessed, or was this person's before.
            PasswordsUnusable: The file cannot be used.
            OSError: The disk did not take it; what was there stands.
        """
        if chosen.problem:
            raise PasswordNotTaken(
                expected="a password that can be one", got=f"{len(chosen)} characters", mend=chosen.problem
            )
        if (why := easily_guessed(chosen, names)) is not None:
            mend = f"choose another, such as four words that have nothing to do with each other{why}"
            raise PasswordNotTaken(expected="a password that is not easily guessed", got="one that is", mend=mend)
        kept = self._read()
        before = kept.passwords.get(staff, [])
        if any(matched(kept.cost, each, chosen.normal) is Match.YES for each in before):
            raise PasswordNotTaken(
                expected=f"another password than the last {MOST_REMEMBERED}", got="one of them", mend="choose a new one"
            )
        fresh = hash_of(kept.cost, chosen.normal)
        with self._file.held():
            now = self._now(kept)
            remembered = [fresh, *now.passwords.get(staff, [])][:MOST_REMEMBERED]
            codes = {each: code for each, code in now.codes.items() if each != staff}
            self._file.write(replace(now, passwords={**now.passwords, staff: remembered}, codes=codes))

    def give_code(self, staff: str) -> str:
        """Make an account a one-time code, in place of any it had. It is told once, and is kept nowhere in clear.

        Its password stands: which of the two counts is in the ledger.

        Raises:
            PasswordsUnusable: The file cannot be used.
            OSError: The disk did not take it; what was there stands.
        """
        kept, code = self._read(), code_of(secrets.randbits(BITS))
        fresh = hash_of(kept.cost, code)
        with self._file.held():
            now = self._now(kept)
            self._file.write(replace(now, codes={**now.codes, staff: fresh}))
        return code

    def take_code(self, staff: str) -> None:
        """Take an account's code away again.

        Raises:
            PasswordsUnusable: The file cannot be used.
            OSError: The disk did not take it; what was there stands.
        """
        with self._file.held():
            kept = self._file.read()
            if kept is not None and staff in kept.codes:
                self._file.write(
                    replace(kept, codes={each: code for each, code in kept.codes.items() if each != staff})
                )

    def forget(self, staff: str) -> None:
        """Take away all that an account has: it was disabled.

        Raises:
            PasswordsUnusable: The file cannot be used.
            OSError: The disk did not take it; what was there stands.
        """
        with self._file.held():
            kept = self._file.read()
            if kept is None or not (staff in kept.codes or staff in kept.passwords):
                return
            passwords = {each: hashes for each, hashes in kept.passwords.items() if each != staff}
            codes = {each: code for each, code in kept.codes.items() if each != staff}
            self._file.write(replace(kept, passwords=passwords, codes=codes))

    def _read(self) -> _Kept:
        """What the file holds; a new one's hashes cost what this machine bears."""
        kept = self._file.read()
        if kept is not None:
            return kept
        cost = self._measure()
        return _Kept(cost.memory_kib, cost.passes)

    def _now(self, read: _Kept) -> _Kept:
        """What it holds by now.

        Raises:
            PasswordsUnusable: Another process began the file meanwhile, at another cost.
        """
        now = self._file.read() or read
        if now.cost != read.cost:
            raise PasswordsUnusable(
                expected="nobody else to begin the file of passwords", got="another command", mend="do it once more"
            )
        return now


def measured_cost() -> Cost:
    """What a hash may cost on this machine: by its memory, and by what it makes in LONG_ENOUGH_S."""
    has_enough = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >= ENOUGH_BYTES
    memory, fewest = (MEMORY_KIB, FEWEST_PASSES) if has_enough else (OWASP_MEMORY_KIB, OWASP_PASSES)
    return Cost(memory, secret_hashes.measured_passes(Bounds(memory, fewest, MOST_PASSES, LONG_ENOUGH_S)))


def easily_guessed(chosen: Password, names: Iterable[str]) -> str | None:
    """Why a password is too easily guessed, as the rest of a sentence, perhaps empty; None when it is not.

    zxcvbn is loaded here: it takes a tenth of a second and 15 MB, once a year for each person.
    """
    from zxcvbn import zxcvbn

    found = zxcvbn(chosen.normal[:LOOKED_AT].casefold(), user_inputs=sorted(_words(names)))
    if found["guesses"] >= GUESSES:
        return None
    warning = str(found["feedback"]["warning"]).strip().rstrip(".")
    return f" ({warning})" if warning else ""


def _words(names: Iterable[str]) -> set[str]:
    """Names as they may stand in a password: whole, without spaces, and word by word."""
    words = {"sealgate"}
    for name in names:
        parts = name.casefold().split()
        words |= {name.casefold(), "".join(parts), *parts}
    return words - {""}


def _typed(slot: PasswordSlot, typed: Password) -> str:
    return (read_code(typed.text) or typed.normal) if slot is PasswordSlot.CODE else typed.normal
