"""Searches a ledger's whole history, beside the process that holds it.

The catalogue says which entries to read. Segments that it does not know, and the open one, are read line by line.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from msgspec import Struct

from kiosk.ledger.catalogue import Catalogue, SegmentFacts
from kiosk.ledger.entry import LedgerEntry
from kiosk.ledger.errors import CatalogueUnreadable, Damage, EntryMalformed, LedgerDamaged
from kiosk.ledger.history import History
from kiosk.ledger.stamp import time_text
from kiosk.ledger.terms import Term, terms_of
from kiosk.ledger.tree import whole_lines


class Wanted(Struct, frozen=True):
    """What to look for; all of it must hold.

    Attributes:
        values: What must occur in the entry.
        since: The earliest time, if any.
        until: The time before which it must be, if any.
    """

    values: Mapping[Term, str]
    since: datetime | None = None
    until: datetime | None = None

    def holds(self, entry: LedgerEntry) -> bool:
        """Whether an entry is wanted."""
        if (self.since and entry.time < self.since) or (self.until and entry.time >= self.until):
            return False
        return not self.values or set(self.values.items()) <= terms_of(entry.kind, entry.body)

    def may_hold_in(self, facts: SegmentFacts) -> bool:
        """Whether a segment has entries of the wanted time."""
        return not (
            (self.since and facts.latest < time_text(self.since))
            or (self.until and facts.earliest >= time_text(self.until))
        )


def search(folder: Path, wanted: Wanted) -> Iterator[LedgerEntry]:
    """The entries that are wanted, in order.

    Raises:
        LedgerDamaged: An entry that must be read is not what was written.
        OSError: There is no journal, or the disk does not give it.
    """
    with ExitStack() as stack:
        yield from _search(folder, wanted, _catalogue_of(folder, stack))


def search_any(folder: Path, values: Collection[tuple[Term, str]]) -> Iterator[LedgerEntry]:
    """The entries in which any of some values occurs, in order; raises as `search`."""
    wanted = frozenset(values)
    with ExitStack() as stack:
        catalogue = _catalogue_of(folder, stack)
        history = History.of(folder)
        known = catalogue.segments() if catalogue else {}
        seqs = sorted({seq for term, value in wanted for seq in catalogue.find(term, value)}) if catalogue else []
        for first in history.firsts:
            facts = known.get(first)
            if facts is None:
                yield from _read_any(enumerate(history.lines(first), first), first, wanted)
            else:
                here = range(bisect_left(seqs, first), bisect_left(seqs, first + facts.entries))
                yield from _read(((seqs[at], history.line(seqs[at]) or b"") for at in here), first, Wanted({}))
        yield from _read_any(enumerate(whole_lines(folder, history.end), history.end), history.end, wanted)


def repeated_seals(folder: Path) -> Iterator[tuple[str, list[LedgerEntry]]]:
    """Seal numbers with which more than one load was uplifted, in all of history, each with its entries.

    Raises:
        CatalogueUnreadable: There are closed segments that the catalogue does not know.
        LedgerDamaged: As `search`.
        OSError: As `search`.
    """
    with ExitStack() as stack:
        catalogue = _catalogue_of(folder, stack)
        known = catalogue.segments() if catalogue else {}
        if missing := [first for first in History.of(folder).firsts if first not in known]:
            raise CatalogueUnreadable(str(folder), f"nothing of the segment that begins with entry {missing[0]}")
        for seal in sorted(_repeated(folder, catalogue)):
            yield seal, list(_search(folder, Wanted({Term.SEAL_GONE: seal}), catalogue))


def _search(folder: Path, wanted: Wanted, catalogue: Catalogue | None) -> Iterator[LedgerEntry]:
    history = History.of(folder)
    known = catalogue.segments() if catalogue else {}
    seqs = _seqs(wanted, catalogue) if catalogue and wanted.values else None
    for first in history.firsts:
        facts = known.get(first)
        if facts is None or (seqs is None and wanted.may_hold_in(facts)):
            yield from _read(enumerate(history.lines(first), first), first, wanted)
        elif seqs is not None:
            here = range(bisect_left(seqs, first), bisect_left(seqs, first + facts.entries))
            yield from _read(((seqs[at], history.line(seqs[at]) or b"") for at in here), first, wanted)
    yield from _read(enumerate(whole_lines(folder, history.end), history.end), history.end, wanted)


def _seqs(wanted: Wanted, catalogue: Catalogue) -> list[int]:
    """The entries in which all values occur, by the catalogue, in order."""
    return sorted(set.intersection(*(set(catalogue.find(term, value)) for term, value in wanted.values.items())))


def _repeated(folder: Path, catalogue: Catalogue | None) -> set[str]:
    """Seal numbers of several uplifts: in closed segments, in the open one, and in both."""
    seals = set[str]()
    if catalogue:
        seals.update(value for value, _ in catalogue.repeated(Term.SEAL_GONE))
        seals.update(catalogue.values(Term.SEAL_TWICE))
    seen, end = set[str](), History.of(folder).end
    for entry in _read(enumerate(whole_lines(folder, end), end), end, Wanted({})):
        for term, value in terms_of(entry.kind, entry.body):
            if term is Term.SEAL_TWICE or (
                term is Term.SEAL_GONE and (value in seen or (catalogue and catalogue.find(term, value)))
            ):
                seals.add(value)
            elif term is Term.SEAL_GONE:
                seen.add(value)
    return seals


def _read(lines: Iterable[tuple[int, bytes]], segment: int, wanted: Wanted) -> Iterator[LedgerEntry]:
    for seq, line in lines:
        try:
            entry = LedgerEntry.from_line(line)
        except EntryMalformed as fault:
            raise LedgerDamaged(Damage(seq, 0, fault.expected, fault.got, segment)) from None
        if wanted.holds(entry):
            yield entry


def _read_any(
    lines: Iterable[tuple[int, bytes]], segment: int, wanted: frozenset[tuple[Term, str]]
) -> Iterator[LedgerEntry]:
    for entry in _read(lines, segment, Wanted({})):
        if not wanted.isdisjoint(terms_of(entry.kind, entry.body)):
            yield entry


def _catalogue_of(folder: Path, stack: ExitStack) -> Catalogue | None:
    """The catalogue; None when there is none that can be read: then everything is read line by line."""
    try:
        return stack.enter_context(Catalogue(folder))
    except CatalogueUnreadable:
        return None
