"""What is at work when the stick is pulled: backups of a ledger that grows.

Usage: ``python -m tests.ledger.backup_workload STICK``; the ledger is beside it. One line ``ack ENTRIES`` a backup.
"""

import os
import sys
from pathlib import Path

from tests.ledger.backups import Yard

LENGTHS = (4, 6, 14, 15, 35)
"""Entries at each backup: some end in the segment of the one before, some close it."""


def main(stick: Path) -> None:
    yard = Yard.__new__(Yard)
    yard.data, yard.to = stick.with_name("data"), stick
    for entries in LENGTHS:
        yard.grow(entries)
        os.write(1, f"ack {yard.back_up().manifest.entries}\n".encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
