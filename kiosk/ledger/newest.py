"""The newest entries of a ledger, beside the process that holds it: from the end backwards, as far as is needed."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path

from kiosk.ledger.catalogue import Catalogue
from kiosk.ledger.entry import LedgerEntry
from kiosk.ledger.errors import CatalogueUnreadable, Damage, EntryMalformed, LedgerDamaged
from kiosk.ledger.history import History
from kiosk.ledger.terms import Term, terms_of
from kiosk.ledger.tree import whole_lines


def since_last(folder: Path, kind: str, *, saying: str = "") -> list[LedgerEntry]:
    """The entries from the last one of a kind on, in order; all of them when there is none.

    Args:
        folder: The ledger's.
        kind: The kind.
        saying: A key that its body must have; of earlier versions not all have it.

    Raises:
        LedgerDamaged: An entry that must be read is not what was written.
        OSError: There is no journal, or the disk does not give it.
    """
    history, entries = History.of(folder), list[LedgerEntry]()
    for first in (history.end, *reversed(history.firsts)):
        entries = [*_segment(folder, history, first), *entries]
        said = next((at for at in reversed(range(len(entries))) if _says(entries[at], kind, saying)), None)
        if said is not None:
            return entries[said:]
    return entries


def _says(entry: LedgerEntry, kind: str, key: str) -> bool:
    return entry.kind == kind and (not key or key in entry.body)


def newest_of(folder: Path, term: Term, values: Iterable[str], kinds: Collection[str]) -> dict[str, LedgerEntry]:
    """The newest entry of some kinds in which each value occurs; none for a value that occurs in none.

    Raises:
        LedgerDamaged: An entry that must be read is not what was written.
        OSError: There is no journal, or the disk does not give it.
    """
    found, missing = dict[str, LedgerEntry](), set(values)
    with ExitStack() as stack:
        catalogue, history = _catalogue_of(folder, stack), History.of(folder)
        known = catalogue.segments() if catalogue else {}
        seqs = {value: catalogue.find(term, value) for value in missing} if catalogue else {}
        for first in (history.end, *reversed(history.firsts)):
            facts = known.get(first)
            if facts is None:
                here = _newest_read(_segment(folder, history, first), term, missing, kinds)
            else:
                here = _newest_known(history, range(first, first + facts.entries), seqs, missing, kinds)
            found |= here
            missing -= here.keys()
            if not missing:
                break
    return found


def _newest_read(
    entries: list[LedgerEntry], term: Term, missing: Collection[str], kinds: Collection[str]
) -> dict[str, LedgerEntry]:
    found = dict[str, LedgerEntry]()
    for entry in entries:
        if entry.kind in kinds:
            found |= {value: entry for each, value in terms_of(entry.kind, entry.body) if each is term}
    return {value: entry for value, entry in found.items() if value in missing}


def _newest_known(
    history: History, segment: range, seqs: Mapping[str, list[int]], missing: Collection[str], kinds: Collection[str]
) -> dict[str, LedgerEntry]:
    found = dict[str, LedgerEntry]()
    for value in missing:
        here = seqs[value]
        for at in reversed(range(bisect_left(here, segment.start), bisect_left(here, segment.stop))):
            entry = _entry(here[at], segment.start, history.line(here[at]) or b"")
            if entry.kind in kinds:
                found[value] = entry
                break
    return found


def _segment(folder: Path, history: History, first: int) -> list[LedgerEntry]:
    lines = whole_lines(folder, first) if first == history.end else history.lines(first)
    return [_entry(seq, first, line) for seq, line in enumerate(lines, first)]


def _entry(seq: int, segment: int, line: bytes) -> LedgerEntry:
    try:
        return LedgerEntry.from_line(line)
    except EntryMalformed as fault:
        raise LedgerDamaged(Damage(seq, 0, fault.expected, fault.got, segment)) from None


def _catalogue_of(folder: Path, stack: ExitStack) -> Catalogue | None:
    """The catalogue; None when there is none that can be read: then everything is read line by line."""
    try:
        return stack.enter_context(Catalogue(folder))
    except CatalogueUnreadable:
        return None
