import subprocess
import sys
from collections.abc import Iterator

import pytest


@pytest.fixture
def another_process() -> Iterator[int]:
    """The number of a process that lives as long as the test."""
    with subprocess.Popen([sys.executable, "-ISc", "input()"], stdin=subprocess.PIPE) as process:
        yield process.pid
        process.communicate(b"\n")
