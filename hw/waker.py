"""Wakes a thread that waits for bytes."""

import os
from threading import Lock
from types import TracebackType
from typing import Self


class Waker:
    """A descriptor that is readable once another thread has called `wake`, until `rest`.

    Attributes:
        fd: The descriptor, for select and poll; valid until `close`.
    """

    def __init__(self) -> None:
        self.fd = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._lock = Lock()
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def wake(self) -> None:
        """Wake the thread that waits, or the next one that does. From any thread, also after `close`."""
        with self._lock:
            if not self._closed:
                os.eventfd_write(self.fd, 1)

    def rest(self) -> None:
        """Forget what woke; called by the woken thread."""
        os.eventfd_read(self.fd)

    def close(self) -> None:
        """Give the descriptor back."""
        with self._lock:
            self._closed = True
            os.close(self.fd)
