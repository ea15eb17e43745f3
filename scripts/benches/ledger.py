"""What the ledger costs as it grows to a million entries: to insert, open, search, prove, verify and keep."""

from pathlib import Path

from kiosk.ledger.ledger import Ledger
from scripts.benches import ledger_history as history
from scripts.benches import ledger_inserts as inserts
from scripts.benches.clocks import stamp
from scripts.benches.figures import Figure
from scripts.benches.gate_years import documents
from scripts.benches.sizes import Sizes


def measure(folder: Path, sizes: Sizes) -> list[Figure]:
    """Grow one ledger, measuring inserts on the way; the rest is measured of what it has become."""
    stream, long, none = documents(), folder / inserts.LEDGER, folder / "none"
    figures = inserts.measure(folder, sizes.ledger, stream)
    Ledger.open(none, stamp).close()
    figures += history.measure_openings(long, none, sizes.ledger)
    with Ledger.open(long, stamp) as ledger:
        figures += history.measure_finds(ledger, sizes.ledger)
        figures += history.measure_proofs(folder, ledger, sizes.ledger, stream)
    return figures + history.measure_passes(folder, long, sizes.ledger)
