"""What both files of the serial scanner's tests ask for by name."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def nothing_is_left_at_once() -> Iterator[None]:
    """Fail a test whose driver has not closed its port and ended its thread by the time that it says so."""
    threads, fds = threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))
    yield
    assert threading.active_count() == threads
    assert len(list(Path("/proc/self/fd").iterdir())) == fds
