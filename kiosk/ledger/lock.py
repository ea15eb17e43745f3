"""One process holds a ledger; its name can be read by the others.

The lock is flock(2) on a file of its own, which the kernel lets go when the process ends, however it ends. The
file's text is for people: it names the holder only while the lock is held.
"""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from kiosk.durable import give_to_owner_of, write_all
from kiosk.ledger.errors import Holder, LedgerHeld

LOCK_NAME: Final = "lock"


class Lock:
    """The held lock of one ledger's folder. Made by `take`, given up by `release`."""

    __slots__ = ("_handle",)

    def __init__(self, handle: int) -> None:
        self._handle = handle

    @classmethod
    def take(cls, folder: Path, since: str) -> Lock:
        """Takes the lock, at once or not at all.

        Args:
            folder: The ledger's folder.
            since: The time to show to others (RFC 3339).

        Raises:
            LedgerHeld: Another process (or another part of this one) has it.
            OSError: The lock file cannot be opened for writing.
        """
        handle = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o644)
        try:
            give_to_owner_of(folder, handle)
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            name = {"pid": os.getpid(), "host": os.uname().nodename, "since": since}
            os.ftruncate(handle, 0)
            write_all(handle, json.dumps(name).encode() + b"\n", 0)
        except BlockingIOError:
            holder = _read_holder(handle)
            os.close(handle)
            raise LedgerHeld(str(folder), holder) from None
        except BaseException:
            os.close(handle)
            raise
        return cls(handle)

    def release(self) -> None:
        """Gives the lock up; a second time does nothing."""
        if self._handle >= 0:
            handle, self._handle = self._handle, -1
            with suppress(OSError):  # a name left behind misleads nobody: it is shown only while the lock is held
                os.ftruncate(handle, 0)
            os.close(handle)


def holder_of(folder: Path) -> Holder | None:
    """Who holds a ledger now, or None when nobody does.

    It asks the kernel by taking a shared lock for an instant, so use it where an opener that comes in that instant
    may be turned away.
    """
    try:
        handle = os.open(folder / LOCK_NAME, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read_holder(handle) or Holder(0, "an unknown host", "an unknown time")
    finally:
        os.close(handle)
    return None


def _read_holder(handle: int) -> Holder | None:
    try:
        name = json.loads(os.pread(handle, 4096, 0))
        return Holder(int(name["pid"]), str(name["host"]), str(name["since"]))
    except (ValueError, KeyError, TypeError):
        return None
