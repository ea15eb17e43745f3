"""Sizes with which each area goes its whole way in a second or two; the figures mean nothing."""

from scripts.benches.figures import Figure
from scripts.benches.sizes import ExportSizes, LedgerSizes, Sizes

TINY = Sizes(
    large_site=20,
    small_site=10,
    long_ledger=30,
    short_ledger=10,
    tap_rounds=1,
    taps=7,
    peers_every=1,
    starts=1,
    loads=1,
    scans=3,
    logons=2,
    register_entries=60,
    register_rounds=1,
    ledger=LedgerSizes(
        lengths=(0, 40, 100),
        segment_entries=16,
        warm_up=1,
        inserts=6,
        peer_inserts=3,
        peer_s=30.0,
        slow_most=40,
        segments=2,
        while_archived=3,
        opens=1,
        finds=5,
        verifies=1,
        checkpoints=2,
        proofs=3,
    ),
    export=ExportSizes(entries=300, chunk=20, workbook_share=2),
)


def by_name(figures: list[Figure]) -> dict[str, Figure]:
    return {each.figure: each for each in figures}
