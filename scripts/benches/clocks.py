"""The kiosk's clock, for entries that a measured ledger writes itself."""

from datetime import UTC, datetime
from typing import Final

from kiosk.ledger.stamp import Clock, Stamp

CLOCK: Final = Clock("synchronised", "5ca1ab1e-0000-4000-8000-000000000000", 3_600_000)
"""What the machine's clocks say besides the time: a boot's id is as long as a real one."""


def stamp() -> Stamp:
    """Now, as an entry's time."""
    return Stamp(datetime.now(UTC), CLOCK)
