"""What is at work when the power goes: our ledger, or stock TinyDB beside it.

Usage: ``python -m tests.ledger.power_workloads ledger|stock|keys FOLDER``; one line ``ack NUMBER`` for each entry;
of ``keys`` one line ``signed HEX`` for each checkpoint that was given out.
"""

import os
import sys
from pathlib import Path

from tests.ledger.conftest import CLOCK, START, ticking

SESSIONS, ENTRIES = 3, 5

SEGMENT = 8
"""Entries in a segment: the ledger begins one, archives one and enters it in its catalogue several times."""


def body(number: int) -> dict[str, object]:
    """Of some lines longer than a sector, so that they can be torn within."""
    return {"seal": f"NZ{number:06d}", "steps": ["view", "verify", "tug", "twist"], "note": "x" * (number % 4 * 700)}


def say(text: str) -> None:
    os.write(1, text.encode() + b"\n")


def ledger(folder: Path) -> None:
    """Opens the ledger again and again, as a kiosk does over the days."""
    from kiosk.ledger.ledger import Ledger
    from kiosk.ledger.stamp import time_text

    for session in range(SESSIONS):
        with Ledger.open(folder, ticking(), segment_entries=SEGMENT, in_background=False) as opened:
            for entry in range(ENTRIES):
                number = session * ENTRIES + entry
                if entry == ENTRIES // 2:
                    opened.table("watch").upsert({"doc": session}, lambda _: True)
                document = {"kind": "uplift", "time": time_text(START), "clock": CLOCK.to_json(), "body": body(number)}
                opened.table("ledger").insert(document)
                say(f"ack {number}")


def stock(folder: Path) -> None:
    """The same with TinyDB as it comes."""
    from tinydb import TinyDB

    for session in range(SESSIONS):
        with TinyDB(folder / "db.json") as opened:
            for entry in range(ENTRIES):
                number = session * ENTRIES + entry
                opened.insert(body(number))
                say(f"ack {number}")


def keys(folder: Path) -> None:
    """Signs, and replaces the key: twice in the usual way, then as a lost one."""
    from kiosk.ledger.attest import sign_now
    from kiosk.ledger.ledger import Ledger
    from kiosk.ledger.rotation import rotate

    site = (folder / "ledger", folder / "keys")
    for lost in (False, False, True):
        with Ledger.open(folder / "ledger", ticking()) as opened:
            opened.append("hold", ticking()(), body(1))
        say(f"signed {sign_now(*site).note.hex()}")
        if lost:
            (folder / "keys" / "checkpoint.key").unlink()
        say(f"signed {rotate(*site, ticking(), lost=lost).signed.note.hex()}")


if __name__ == "__main__":
    {"ledger": ledger, "stock": stock, "keys": keys}[sys.argv[1]](Path(sys.argv[2]))
