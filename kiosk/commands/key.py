"""``sealgate ledger rotate-key``; kiosk.cli reads what was asked. It writes an entry, so it reads the clock.

Exit codes: 0 done; 1 the answer is no; 2 wrong use; 3 a device or file failed.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.app import DONE, NO
from kiosk.ledger.errors import Contradiction, LedgerDamaged, NotProved

if TYPE_CHECKING:
    from kiosk.ledger.stamp import Stamp


def rotate_key(asked: argparse.Namespace) -> int:
    """Replace the checkpoint key; returns the exit code."""
    from kiosk.ledger.rotation import rotate

    folder: Path = asked.data / "ledger"
    if not folder.is_dir():
        raise FileNotFoundError(f"no ledger at {folder}; name the data folder with --data")
    try:
        done = rotate(folder, asked.data / "keys", stamp_now, lost=asked.lost)
    except (Contradiction, LedgerDamaged, NotProved) as fault:
        sys.stderr.write(f"sealgate: {fault}\n")
        return NO
    key, handover = done.signed.key.text, done.handover
    if asked.json:
        answer = {"key": key, "checkpoint": done.signed.note.decode(), "interrupted": done.interrupted}
        sys.stdout.write(json.dumps(answer | {"handover": str(handover) if handover else None}) + "\n")
        return DONE
    begun = "a change of key that was interrupted is ended; " if done.interrupted else ""
    sys.stdout.write(f"{begun}from entry {done.signed.checkpoint.size} on this key signs:\n{key}\n")
    if handover:
        sys.stdout.write(f"give {handover} to whoever knows the old key: it tells them of this one\n")
    else:
        sys.stdout.write("hand it out as the first one was: the old key could not sign for it\n")
    return DONE


def stamp_now() -> "Stamp":
    """What the machine's clocks say."""
    from kiosk.devices import read_clock
    from kiosk.ledger.moments import stamp_of

    return stamp_of(read_clock())
