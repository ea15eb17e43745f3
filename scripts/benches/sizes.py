"""How much is measured."""

from typing import Final

from msgspec import Struct


class Sizes(Struct, frozen=True):
    """How much is measured.

    Attributes:
        large_site: Drivers, and as many bookings, of the large site; a multiple of ten.
        small_site: The same of the small site.
        long_ledger: Entries of the long ledger.
        short_ledger: Entries of the short one.
        tap_rounds: Rounds of taps; the sides take turns in each.
        taps: Taps of a turn. A first tap finds cold caches, so every side's turn is as long.
        peers_every: In each round the large site with the short ledger has a turn; its two peers in one of so many.
        starts: Starts of the kiosk, and as many of the bare app.
        inserts: Inserts into each ledger, and as many raw writes.
        loads: Imports and loads of the large site's files, and as many plain readings of them.
    """

    large_site: int
    small_site: int
    long_ledger: int
    short_ledger: int
    tap_rounds: int
    taps: int
    peers_every: int
    starts: int
    inserts: int
    loads: int


FULL: Final = Sizes(
    large_site=10_000,
    small_site=10,
    long_ledger=5_000,
    short_ledger=10,
    tap_rounds=50,
    taps=10,
    peers_every=2,
    starts=20,
    inserts=400,
    loads=3,
)
"""What scripts/bench measures."""
