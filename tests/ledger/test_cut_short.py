"""A ledger of 200 entries that lost its end, or any sector: it opens to its last whole entry, or says which is damaged.

What must come out is worked out here from where the lines of the file end, and from nothing that the ledger says.
"""

import os
from collections.abc import Iterable
from hashlib import sha256
from itertools import accumulate, chain
from pathlib import Path
from shutil import rmtree

import pytest
from msgspec import Struct

from kiosk.ledger.book import HEAD_RESTORED, TORN_TAIL
from kiosk.ledger.entry import LedgerEntry
from kiosk.ledger.errors import LedgerDamaged
from kiosk.ledger.head import HEAD_NAME
from kiosk.ledger.journal import JOURNAL_NAME, TORN_NAME
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.verify import verify
from tests.ledger.conftest import record, small_journal, ticking

ENTRIES = 200
LINES, HEAD = small_journal(ENTRIES)
DATA = b"".join(LINES)
ENDS = [0, *accumulate(map(len, LINES))]
"""Where the first so many lines end; the line of entry n lies from ENDS[n - 1] to ENDS[n]."""

DIGESTS = [sha256(b"\0" + line.removesuffix(b"\n")).hexdigest() for line in LINES]
"""RFC 6962's leaf hash of each."""

SECTOR_BYTES = 512
STRIDE = 301
PARTS = 8
"""Into how many tests all lengths are spread."""


class Struck(Struct, frozen=True):
    """A journal that was whole once, and what must come of it.

    Attributes:
        data: The file's bytes.
        whole: The numbers of the entries that can still be read.
        damaged: The entry that must be named, where the ledger must be refused; None where it opens.
        torn: Where the tail begins that must be cut and kept aside; None where there is none.
    """

    data: bytes
    whole: list[int]
    damaged: int | None = None
    torn: int | None = None


def cut(size: int, *, headed: bool) -> Struck:
    """The first so many bytes of the journal. The head, where there is one, counts all the entries."""
    whole = sum(end <= size for end in ENDS) - 1
    seqs, data, unfinished = list(range(1, whole + 1)), DATA[:size], size > ENDS[whole]
    if whole == 0:
        return Struck(data, seqs, damaged=1)  # without its first entry it is no ledger
    if headed and whole < ENTRIES and not (whole == ENTRIES - 1 and unfinished):
        return Struck(data, seqs, damaged=whole + 1)  # more is missing than the one entry that can be under way
    return Struck(data, seqs, torn=ENDS[whole] if unfinished else None)


def zeroed(start: int, *, headed: bool) -> Struck:
    """The journal with one sector that reads as zeros: the lines that it touches run into one another."""
    stop = min(start + SECTOR_BYTES, len(DATA))
    data = DATA[:start] + bytes(stop - start) + DATA[stop:]
    first = sum(end <= start for end in ENDS)
    last = sum(end <= stop for end in ENDS)  # its line end is the first after the hole: the rest of it stands there
    whole = [*range(1, first), *range(last + 1, ENTRIES + 1)]
    one_line = first >= ENTRIES if headed else last >= ENTRIES
    if first > 1 and one_line:
        return Struck(data, whole, torn=ENDS[first - 1])
    return Struck(data, whole, damaged=first)


def assert_comes_out(struck: Struck, folder: Path, *, headed: bool) -> None:
    """Lays the journal out, opens it, and holds what comes of it against what must."""
    folder.mkdir()
    (folder / JOURNAL_NAME).write_bytes(struck.data)
    if headed:
        (folder / HEAD_NAME).write_bytes(HEAD.to_bytes())
    kept = len(struck.whole)
    with Ledger.open(folder, ticking()) as ledger:
        entries = list(ledger.entries())
        assert [(entry.seq, entry.digest) for entry in entries[:kept]] == [(n, DIGESTS[n - 1]) for n in struck.whole]
        if struck.damaged is None:
            assert ledger.damage == ()
            assert_repaired(struck, entries[kept:], folder, headed=headed)
            assert record(ledger, 0) == len(entries) + 1
        else:
            offset = ENDS[struck.damaged - 1]
            assert [(each.seq, each.offset) for each in ledger.damage] == [(struck.damaged, offset)]
            assert len(entries) == kept
            with pytest.raises(LedgerDamaged, match=f"entry {struck.damaged} at byte {offset}: "):
                record(ledger, 0)
    if struck.damaged is None:
        assert (folder / JOURNAL_NAME).read_bytes().startswith(DATA[: ENDS[kept]])
    else:
        assert (folder / JOURNAL_NAME).read_bytes() == struck.data


def assert_verified(struck: Struck, folder: Path) -> None:
    """Verify says the same of the ledger as its opening did."""
    report = verify(folder)
    assert report.ok is (struck.damaged is None)
    assert [each.seq for each in report.damage] == ([] if struck.damaged is None else [struck.damaged])


def assert_repaired(struck: Struck, repairs: list[LedgerEntry], folder: Path, *, headed: bool) -> None:
    """The entries that the ledger wrote at its opening: of the torn tail, then of the head file that was missing."""
    kinds = [TORN_TAIL] if struck.torn is not None else []
    if not headed and len(struck.whole) + len(kinds) > 1:  # of the first entry alone no head need have been written
        kinds.append(HEAD_RESTORED)
    assert [entry.kind for entry in repairs] == kinds
    if struck.torn is not None:
        body = repairs[0].body
        tail = struck.data[struck.torn :]
        assert (body["offset"], body["bytes"], body["was_whole"]) == (struck.torn, len(tail), headed)
        assert (folder / TORN_NAME / body["file"]).read_bytes() == tail


@pytest.fixture(autouse=True)
def no_waiting_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes out is looked at, not whether it is on the disk: ten thousand openings would wait for it."""
    monkeypatch.setattr(os, "fsync", lambda _: None)
    monkeypatch.setattr(os, "fdatasync", lambda _: None)


def telling_lengths() -> Iterable[int]:
    """Those around each line's end, every length of the last three entries, and some in between."""
    around = chain.from_iterable((end - 1, end, end + 1) for end in ENDS)
    last = range(ENDS[-4], ENDS[-1] + 1)
    return sorted({size for size in (*around, *last, *range(0, ENDS[-1], STRIDE)) if 0 <= size <= ENDS[-1]})


with_and_without_head = pytest.mark.parametrize("headed", [True, False], ids=["with-head", "without-head"])


@with_and_without_head
def test_a_ledger_cut_short_opens_to_its_last_whole_entry_or_names_the_first_that_is_missing(
    tmp_path: Path, headed: bool
) -> None:
    for size in telling_lengths():
        assert_comes_out(cut(size, headed=headed), tmp_path / f"{size}", headed=headed)
        rmtree(tmp_path / f"{size}")


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("part", range(PARTS))
@with_and_without_head
def test_a_ledger_cut_short_at_any_byte_does(tmp_path: Path, headed: bool, part: int) -> None:
    for size in range(part, ENDS[-1] + 1, PARTS):
        assert_comes_out(cut(size, headed=headed), tmp_path / f"{size}", headed=headed)
        rmtree(tmp_path / f"{size}")


@with_and_without_head
def test_a_ledger_with_any_sector_zeroed_opens_to_its_last_whole_entry_or_names_the_first_that_is_struck(
    tmp_path: Path, headed: bool
) -> None:
    for start in range(0, ENDS[-1], SECTOR_BYTES):
        struck = zeroed(start, headed=headed)
        assert_comes_out(struck, tmp_path / f"{start}", headed=headed)
        assert_verified(struck, tmp_path / f"{start}")


@with_and_without_head
def test_verify_says_of_a_ledger_cut_short_what_its_opening_says(tmp_path: Path, headed: bool) -> None:
    for size in (size for end in ENDS[::20] for size in (end, end + 1) if size <= ENDS[-1]):
        struck = cut(size, headed=headed)
        assert_comes_out(struck, tmp_path / f"{size}", headed=headed)
        assert_verified(struck, tmp_path / f"{size}")
