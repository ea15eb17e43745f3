"""``sealgate ledger migrate``: the ledger's folder to another format; kiosk.cli reads what was asked.

Exit codes: 0 done, or nothing to do; 1 the answer is no: it stays as it is; 2 wrong use; 3 a file failed.
"""

import argparse
import json
import sys
from pathlib import Path

from msgspec import to_builtins

from kiosk.app import DONE, NO
from kiosk.commands.key import stamp_now
from kiosk.ledger.errors import LedgerHeld, LedgerNewer
from kiosk.ledger.form import NEWEST
from kiosk.ledger.migrations.migrate import NotMigrated, migrate
from kiosk.ledger.stamp import time_text


def run(asked: argparse.Namespace) -> int:
    """Take the ledger to the format asked for; returns the exit code."""
    folder: Path = asked.data / "ledger"
    if not folder.is_dir():
        raise FileNotFoundError(f"no ledger at {folder}; name the data folder with --data")
    try:
        done = migrate(folder, asked.to or NEWEST, time_text(stamp_now().time))
    except (LedgerHeld, LedgerNewer, NotMigrated) as fault:
        sys.stderr.write(f"sealgate: {fault}\n")
        return NO
    if asked.json:
        sys.stdout.write(json.dumps(to_builtins(done, enc_hook=str)) + "\n")
    elif done.snapshot is None:
        sys.stdout.write(f"the ledger is of format {done.after}: nothing to do\n")
    else:
        sys.stdout.write(
            f"the ledger is of format {done.after}, it was of format {done.before}: {done.entries} entries, "
            f"root {done.root}, the same before and after; as it was it stands in {done.snapshot}\n"
        )
    return DONE
