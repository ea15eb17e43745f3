"""``python -m scripts.benches.export_command WORDS``: one ``sealgate export`` in a process of its own, measured."""

import os
import sys
from contextlib import redirect_stdout
from io import StringIO
from time import perf_counter

import msgspec
from msgspec import Struct

from kiosk.cli import main
from scripts.benches.processes import peak_mib


class Ran(Struct, frozen=True):
    """A command that was run.

    Attributes:
        code: Its exit code.
        took_s: Seconds that it took.
        peak_mib: The process's peak resident memory, MiB.
    """

    code: int
    took_s: float
    peak_mib: float


def run(words: list[str]) -> Ran:
    """Run a command of sealgate."""
    began = perf_counter()
    with redirect_stdout(StringIO()):
        code = main(words)
    return Ran(code, perf_counter() - began, peak_mib(os.getpid()))


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(run(sys.argv[1:])))
