"""Values that are made on another thread while the ones before them are used: the server works while rows are made."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from queue import Queue
from typing import Final, TypeVar

from msgspec import Struct

Value = TypeVar("Value")

DEPTH: Final = 2
"""Values that are made beforehand: some megabytes each."""


class _End(Struct):
    fault: BaseException | None = None


@contextmanager
def ahead(values: Iterable[Value]) -> Iterator[Iterator[Value]]:
    """The same values, made ahead. The thread has ended when the context is left, however it is left.

    What making them raises is raised where the value would have come.
    """
    made: Queue[Value | _End] = Queue(DEPTH)
    stop = threading.Event()

    def make() -> None:
        end = _End()
        try:
            for value in values:
                made.put(value)
                if stop.is_set():
                    break
        except BaseException as fault:  # noqa: BLE001 - it is raised again on the other side
            end.fault = fault
        made.put(end)

    thread = threading.Thread(target=make, name="register-rows", daemon=True)
    thread.start()
    rest = _taken(made)
    try:
        yield rest
    finally:
        stop.set()
        for _ in _until_end(made):
            pass
        thread.join()


def _taken(made: Queue[Value | _End]) -> Iterator[Value]:
    while True:
        value = made.get()
        if isinstance(value, _End):
            made.put(value)  # for whoever waits for the end
            if value.fault is not None:
                raise value.fault
            return
        yield value


def _until_end(made: Queue[Value | _End]) -> Iterator[None]:
    """Makes room until the thread has put its end there."""
    while not isinstance(made.get(), _End):
        yield
