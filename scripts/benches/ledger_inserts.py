"""What one durable insert costs as the ledger grows, against a raw append of the same bytes, other stores beside."""

import statistics
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from itertools import islice
from pathlib import Path
from time import perf_counter
from typing import Final

from tinydb.table import Table

from kiosk.ledger.ledger import Ledger
from scripts.benches.clocks import stamp
from scripts.benches.conditions import Side, as_in_the_kiosk, take_turns
from scripts.benches.entries import fill, settle_disk, without_waiting_for_the_disk
from scripts.benches.figures import BenchFailed, Figure, percentile, ratio
from scripts.benches.gate_years import Document
from scripts.benches.ledger_peers import PEERS, Peer, RawFile
from scripts.benches.sizes import LedgerSizes

RAW_BAR: Final = 1.25
"""A durable insert is hardly more than the raw append without which nothing is durable."""

GROWTH_BAR: Final = 1.15
"""Cost does not grow with the ledger; the rest is the disk's moods."""

LEDGER: Final = "ledger"
"""Folder of the ledger that grows."""

EMPTY: Final = "empty"
"""Folder of the ledger that has its turns beside it when it is longest."""

CHUNK: Final = 50_000
"""Documents that are held in memory while the ledger and its peers take them."""


def measure(folder: Path, sizes: LedgerSizes, stream: Iterator[Document]) -> list[Figure]:
    """Grow a ledger in a folder to each length in turn, and measure inserts there.

    In the end its open segment is nearly full: then opening it, and all that reads it, takes longest.
    """
    with (
        closing(_open(folder / LEDGER, sizes)) as ledger,
        closing(_open(folder / EMPTY, sizes)) as empty,
        closing(RawFile(folder / "raw")) as raw,
        closing(Beside(folder, sizes)) as beside,
    ):
        turns, figures = Turns(raw, sizes, stream), []
        for length in sizes.lengths[:-1]:
            grow(ledger, beside, length, stream)
            raws, inserts = turns.take(ledger)
            figures.append(_against_raw(length, raws, inserts, beside.insert(turns.documents)))
        grow(ledger, beside, sizes.lengths[-1], stream)
        raws, inserts, at_none = turns.take(ledger, empty)
        figures.append(_against_raw(sizes.lengths[-1], raws, inserts, beside.insert(turns.documents)))
        longest, none = f"{sizes.lengths[-1]} entries ms", "0 entries ms"
        figures.append(ratio("ledger.insert.growth x", GROWTH_BAR, (longest, inserts), (none, at_none)))
        figures.append(_segment_figure(*begin_segments(ledger, sizes, stream)))
        fill_segment(ledger, sizes, stream, leaving=sizes.checkpoints)
    return figures


class Turns:
    """Inserts into ledgers in turns with raw appends of the bytes that the first of them wrote in the turn before."""

    def __init__(self, raw: RawFile, sizes: LedgerSizes, stream: Iterator[Document]) -> None:
        self._raw = raw
        self._sizes = sizes
        self._stream = stream
        self.documents: list[Document] = []
        """What was inserted in the last turns."""

    def take(self, *ledgers: Ledger) -> list[list[float]]:
        """Milliseconds of the raw appends, then of each ledger's inserts."""
        self.documents.clear()
        line = b""

        def between() -> None:
            nonlocal line
            last = ledgers[0].last()
            assert last is not None, "a ledger that is open has an entry"
            line = last.to_line() + b"\n"
            self.documents.append(next(self._stream))

        def insert(table: Table) -> None:
            table.insert(self.documents[-1])

        sides = [Side(lambda: self._raw.append(line))]
        sides += [Side(partial(insert, each.table("ledger"))) for each in ledgers]
        with as_in_the_kiosk():
            take_turns(sides, self._sizes.inserts, warm_up=self._sizes.warm_up, between=between)
        return [side.took for side in sides]


class Beside:
    """The peers, which grow with the ledger as long as they can stand it."""

    def __init__(self, folder: Path, sizes: LedgerSizes) -> None:
        self._sizes = sizes
        self._peers: dict[str, Peer] = {name: make(folder) for name, make in PEERS.items()}

    def grow(self, length: int, documents: list[Document]) -> None:
        """Take what the ledger took on its way to a length. A peer that it is too long for is let go."""
        for name, peer in tuple(self._peers.items()):
            if peer.slows and length > self._sizes.slow_most:
                self._peers.pop(name).close()
            else:
                peer.load(documents)

    def insert(self, documents: list[Document]) -> dict[str, list[float]]:
        """Milliseconds of each peer's inserts: as many as there is time for."""
        took: dict[str, list[float]] = {}
        for name, peer in self._peers.items():
            settle_disk()
            with as_in_the_kiosk():
                took[name] = list(self._time(peer, documents[-self._sizes.peer_inserts :]))
        return took

    def _time(self, peer: Peer, documents: list[Document]) -> Iterator[float]:
        spent = 0.0
        for number, document in enumerate(documents):
            if spent > self._sizes.peer_s and number > 1:
                return
            began = perf_counter()
            peer.insert(document)
            took = perf_counter() - began
            spent += took
            yield took * 1000

    def close(self) -> None:
        """Close them."""
        for peer in self._peers.values():
            peer.close()


def grow(ledger: Ledger, beside: Beside, length: int, stream: Iterator[Document]) -> None:
    """Fill the ledger and its peers up to a length."""
    with without_waiting_for_the_disk():
        while (lacking := length - ledger.head().count) > 0:
            documents = list(islice(stream, min(lacking, CHUNK)))
            fill(ledger, documents)
            beside.grow(length, documents)
        ledger.settle()
    settle_disk()


def begin_segments(ledger: Ledger, sizes: LedgerSizes, stream: Iterator[Document]) -> tuple[list[float], list[float]]:
    """Milliseconds of inserts that begin a segment, and of those that come next, while the closed one is compressed."""
    insert = ledger.table("ledger").insert
    first, following = Side(lambda: insert(next(stream))), Side(lambda: insert(next(stream)))
    for _ in range(sizes.segments):
        fill_segment(ledger, sizes, stream)
        end = ledger.open_segment
        with as_in_the_kiosk():
            first.turn()
            begun = ledger.open_segment
            for _ in range(sizes.while_archived):
                following.turn()
        if begun == end:
            raise BenchFailed(f"expected a new segment after {sizes.segment_entries} entries from {end} on, got none")
    return first.took, following.took


def fill_segment(ledger: Ledger, sizes: LedgerSizes, stream: Iterator[Document], *, leaving: int = 0) -> None:
    """Fill the open segment, leaving room for so many entries: the next one after those begins another."""
    last = ledger.open_segment + sizes.segment_entries - 1
    with without_waiting_for_the_disk():
        fill(ledger, islice(stream, max(0, last - leaving - ledger.head().count)))
        ledger.settle()
    settle_disk()


def _open(folder: Path, sizes: LedgerSizes) -> Ledger:
    return Ledger.open(folder, stamp, segment_entries=sizes.segment_entries)


def _against_raw(length: int, raw: list[float], inserts: list[float], peers: dict[str, list[float]]) -> Figure:
    figure = ratio(f"ledger.insert.{length} x", RAW_BAR, ("insert ms", inserts), ("pwrite+fdatasync ms", raw))
    told = {"insert p99 ms": percentile(inserts)}
    for name, took in peers.items():
        told |= {f"{name} ms": statistics.median(took), f"{name} runs": float(len(took))}
    return Figure(figure.figure, figure.value, figure.bar, {**figure.peers, **told})


def _segment_figure(first: list[float], following: list[float]) -> Figure:
    peers = {
        "most ms": max(first),
        "runs": float(len(first)),
        "then p50 ms": statistics.median(following),
        "then p99 ms": percentile(following),
    }
    return Figure("ledger.insert.segment ms", statistics.median(first), None, peers)
