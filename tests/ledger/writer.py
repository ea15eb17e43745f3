"""A process that records entries and says which were acknowledged: what the fault tests kill, starve and count.

Usage: ``python -m tests.ledger.writer FOLDER COUNT [TABLE]``; one line ``ack SEQ`` or ``refused ERROR`` for each.
"""

import os
import sys
from pathlib import Path

from kiosk.ledger import head
from kiosk.ledger.errors import LedgerError
from kiosk.ledger.ledger import Ledger
from tests.ledger.conftest import CLOCK, START, record, ticking


def say(text: str) -> None:
    os.write(1, text.encode() + b"\n")


def main(folder: str, count: str, table: str = "") -> None:
    head.NOTE_EVERY_S = 0.0  # type: ignore[misc]  # the same calls in every run, whatever time it takes
    with Ledger.open(Path(folder), ticking()) as ledger:
        if table:
            ledger.table(table).insert({"kind": "uplift", "body": {}})  # imports, and the first look for the next id
        say("begin")
        for number in range(int(count)):
            try:
                if table:
                    document = {"kind": "uplift", "time": START.isoformat(), "clock": CLOCK.to_json(), "body": {}}
                    say(f"ack {ledger.table(table).insert(document)}")
                else:
                    say(f"ack {record(ledger, number)}")
            except LedgerError as fault:
                say(f"refused {fault}")
        say("end")


if __name__ == "__main__":
    main(*sys.argv[1:])
