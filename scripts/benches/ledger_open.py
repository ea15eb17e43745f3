"""Opens a ledger in this process, which has done nothing else, and says what that took.

usage: python -m scripts.benches.ledger_open FOLDER

Prints one line of JSON, an ``Opened``.
"""

import gc
import os
import sys
from pathlib import Path
from time import perf_counter

import msgspec

from kiosk.ledger.ledger import Ledger
from scripts.benches.clocks import stamp
from scripts.benches.processes import peak_mib


class Opened(msgspec.Struct, frozen=True):
    """What opening a ledger took.

    Attributes:
        ms: Milliseconds until it could be written to.
        peak_mb: The process's peak resident memory since it began, 10**6 bytes: imports, and what was done behind the
            opening too.
        entries: How many entries it has.
    """

    ms: float
    peak_mb: float
    entries: int


def main(folder: Path) -> Opened:
    """Open it as the kiosk does, which collects no garbage while it starts."""
    gc.disable()
    began = perf_counter()
    with Ledger.open(folder, stamp) as ledger:
        opened = perf_counter()
        ledger.settle()
        return Opened((opened - began) * 1000, peak_mib(os.getpid()) * 2**20 / 10**6, ledger.head().count)


if __name__ == "__main__":
    print(msgspec.json.encode(main(Path(sys.argv[1]))).decode())
