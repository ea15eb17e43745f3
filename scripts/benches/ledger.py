"""What the ledger costs as it grows to a million entries: to insert, open, search, prove, verify and keep."""

import sqlite3
from pathlib import Path

from kiosk.ledger.errors import LedgerError
from kiosk.ledger.ledger import Ledger
from scripts.benches import ledger_history as history
from scripts.benches import ledger_inserts as inserts
from scripts.benches.clocks import stamp
from scripts.benches.figures import BenchFailed, Figure
from scripts.benches.gate_years import documents
from scripts.benches.sizes import LedgerSizes, Sizes


def measure(folder: Path, sizes: Sizes) -> list[Figure]:
    """Grow one ledger, measuring inserts on the way; the rest is measured of what it has become.

    Raises:
        BenchFailed: when the ledger or a peer takes or gives no more, as on a full disk.
    """
    try:
        return _measure(folder, sizes.ledger)
    except (LedgerError, sqlite3.Error) as error:
        raise BenchFailed(f"expected {sizes.ledger.lengths[-1]} entries to be written and read, got {error}") from error


def _measure(folder: Path, sizes: LedgerSizes) -> list[Figure]:
    stream, long, none = documents(), folder / inserts.LEDGER, folder / "none"
    figures = inserts.measure(folder, sizes, stream)
    Ledger.open(none, stamp).close()
    figures += history.measure_openings(long, none, sizes)
    with Ledger.open(long, stamp) as ledger:
        figures += history.measure_finds(ledger, sizes)
        figures += history.measure_proofs(folder, ledger, sizes, stream)
    return figures + history.measure_passes(folder, long, sizes)
