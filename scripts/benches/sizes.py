"""How much is measured."""

from typing import Final

from msgspec import Struct

from kiosk.ledger.segments import SEGMENT_ENTRIES


class LedgerSizes(Struct, frozen=True):
    """How much of the ledger is measured.

    Attributes:
        lengths: Entries at which inserts are measured, fewest first; at the last all else is measured too.
        segment_entries: Entries of a segment: a power of two.
        warm_up: Inserts at each length that are not counted.
        inserts: Inserts at each length, and as many raw appends. With the former, fewer than lie between two lengths.
        peer_inserts: Inserts at most into a peer at each length.
        peer_s: Seconds that a peer's inserts may take at a length; two are made in any case.
        slow_most: The longest of the lengths at which peers are measured whose inserts cost more with each entry.
        segments: Inserts that begin a segment.
        while_archived: Inserts after each of those, while the closed segment is compressed.
        opens: Openings of the long ledger in a fresh process, and as many of an empty one.
        finds: Seals that are looked for.
        verifies: Verifications, and as many plain passes over the same lines.
        checkpoints: Checkpoints, each with a first proof under it.
        proofs: Proofs under the last of them.
    """

    lengths: tuple[int, ...]
    segment_entries: int
    warm_up: int
    inserts: int
    peer_inserts: int
    peer_s: float
    slow_most: int
    segments: int
    while_archived: int
    opens: int
    finds: int
    verifies: int
    checkpoints: int
    proofs: int


class ExportSizes(Struct, frozen=True):
    """How much of exports is measured.

    Attributes:
        entries: Entries of the ledger that is exported.
        chunk: Rows that both sides write in a turn.
        workbook_share: Of so many turns one goes to the workbooks, of which the peer takes long.
    """

    entries: int
    chunk: int
    workbook_share: int


class Sizes(Struct, frozen=True):
    """How much is measured.

    Attributes:
        large_site: Drivers, and as many bookings, of the large site; a multiple of ten.
        small_site: The same of the small site.
        long_ledger: Entries of the long ledger of a kiosk that is tapped.
        short_ledger: Entries of the short one.
        tap_rounds: Rounds of taps; the sides take turns in each.
        taps: Taps of a turn. A first tap finds cold caches, so every side's turn is as long.
        peers_every: In each round the large site with the short ledger has a turn; its two peers in one of so many.
        starts: Starts of the kiosk, and as many of the bare app.
        loads: Imports and loads of the large site's files, and as many plain readings of them.
        scans: Scans by a seal reader, and as many by an engine on the kiosk's own port.
        logons: Log-ons of each side that fail.
        register_entries: Entries that are sent to the register.
        register_rounds: How often, and as often by a bare COPY.
        ledger: How much of the ledger by itself.
        export: How much of exports.
    """

    large_site: int
    small_site: int
    long_ledger: int
    short_ledger: int
    tap_rounds: int
    taps: int
    peers_every: int
    starts: int
    loads: int
    scans: int
    logons: int
    register_entries: int
    register_rounds: int
    ledger: LedgerSizes
    export: ExportSizes


FULL: Final = Sizes(
    large_site=10_000,
    small_site=10,
    long_ledger=5_000,
    short_ledger=10,
    tap_rounds=50,
    taps=10,
    peers_every=2,
    starts=20,
    loads=3,
    scans=300,
    logons=500,
    register_entries=1_000_000,
    register_rounds=2,
    ledger=LedgerSizes(
        lengths=(0, 1_000, 10_000, 100_000, 1_000_000),
        segment_entries=SEGMENT_ENTRIES,
        warm_up=50,
        inserts=900,
        peer_inserts=100,
        peer_s=4.0,
        slow_most=100_000,
        segments=5,
        while_archived=100,
        opens=5,
        finds=3_000,
        verifies=5,
        checkpoints=5,
        proofs=200,
    ),
    export=ExportSizes(entries=1_000_000, chunk=5_000, workbook_share=10),
)
"""What scripts/bench measures."""
