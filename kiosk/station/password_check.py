"""Checks and sets passwords beside every loop: a hash is made to be slow, and nobody must wait for it but its person.

Threads: one, made with the first question. Questions wait for it in a short queue; what finds it full is turned away.
The library that hashes lets other threads run meanwhile. The thread has no lower priority: whoever waited for Python's
lock behind it would have that, too.
"""

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

import structlog

from kiosk.core.cards import Credential
from kiosk.core.errors import SealgateError
from kiosk.core.passwords import Password, PasswordAnswer, PasswordSlot
from kiosk.core.pins import Pin

MOST_WAITING: Final = 8
"""Questions that wait or are being answered: each takes half a second, a change of password ten times as long."""

A = TypeVar("A")


class TooMany(SealgateError):
    """The queue is full: nothing was looked at."""

    def __init__(self) -> None:
        super().__init__(
            expected=f"at most {MOST_WAITING} questions about passwords at once", got="more", mend="wait a few seconds"
        )


class PasswordCheck:
    """Asks the secrets of one data folder. Called on one loop, answers on it.

    Args:
        data: The data folder.
    """

    def __init__(self, data: Path) -> None:
        self._data = data
        self._waiting = 0
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="passwords")
        self._log = structlog.get_logger("station").bind(part="passwords")

    async def check(self, staff: str | None, slot: PasswordSlot, typed: Password) -> PasswordAnswer:
        """Whether this is somebody's password or code; as long for nobody's (`kiosk.passwords.PasswordStore.check`).

        Raises:
            TooMany: The queue is full.
        """
        return await self._ask(lambda: self._check(staff, slot, typed))

    async def check_pin(self, credential: Credential, pin: Pin) -> PasswordAnswer:
        """Whether this is the PIN of a badge.

        Raises:
            TooMany: The queue is full.
        """
        return await self._ask(lambda: self._check_pin(credential, pin))

    async def set(self, staff: str, chosen: Password, names: Iterable[str]) -> None:
        """Give an account the password that its person chose; see `kiosk.passwords.PasswordStore.set`.

        Raises:
            TooMany: The queue is full.
            PasswordNotTaken: It cannot be one; the error says why.
            PasswordsUnusable: The file cannot be used.
            OSError: The disk did not take it.
        """
        from kiosk.passwords import PasswordStore

        await self._ask(lambda: PasswordStore(self._data).set(staff, chosen, names))

    async def give_code(self, staff: str) -> str:
        """Make an account a one-time code; raises as `set`."""
        from kiosk.passwords import PasswordStore

        return await self._ask(lambda: PasswordStore(self._data).give_code(staff))

    async def take_code(self, staff: str) -> None:
        """Take an account's code away again: its entry could not be written. Raises as `set`."""
        from kiosk.passwords import PasswordStore

        await self._ask(lambda: PasswordStore(self._data).take_code(staff))

    async def forget(self, staff: str) -> None:
        """Take away all that an account has: it was disabled. Raises as `set`."""
        from kiosk.passwords import PasswordStore

        await self._ask(lambda: PasswordStore(self._data).forget(staff))

    def close(self) -> None:
        """End the thread; what has not begun is not answered."""
        self._thread.shutdown(cancel_futures=True)

    async def _ask(self, question: Callable[[], A]) -> A:
        if self._waiting >= MOST_WAITING:
            raise TooMany
        self._waiting += 1
        try:
            # Shielded: what has begun goes on though its asker has hung up, and counts until it is done.
            asked = asyncio.wrap_future(self._thread.submit(question))
            asked.add_done_callback(self._done)
        except BaseException:
            self._waiting -= 1
            raise
        return await asyncio.shield(asked)

    def _done(self, asked: "asyncio.Future[A]") -> None:
        self._waiting -= 1
        if not asked.cancelled():
            asked.exception()  # looked at, though its asker has hung up

    # --- on the thread ----------------------------------------------------------------------------------

    def _check(self, staff: str | None, slot: PasswordSlot, typed: Password) -> PasswordAnswer:
        try:
            from kiosk.passwords import PasswordStore

            answer = PasswordStore(self._data).check(staff, slot, typed)
        except Exception as error:  # noqa: BLE001 - whatever it is, its person is told that nobody knows
            return self._failed(error)
        if answer is PasswordAnswer.FAILED:
            self._log.error("the passwords cannot be read", mend="'sealgate doctor' says why")
        return answer

    def _check_pin(self, credential: Credential, pin: Pin) -> PasswordAnswer:
        try:
            from kiosk.pins import PinStore

            return PasswordAnswer(PinStore(self._data).check(credential, pin).value)
        except Exception as error:  # noqa: BLE001 - the same
            return self._failed(error)

    def _failed(self, error: Exception) -> PasswordAnswer:
        # Its type alone: no traceback, whose lines some reader of logs might draw with their values.
        self._log.error("a password was not checked", fault=type(error).__name__)
        return PasswordAnswer.FAILED
