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

from kiosk.ledger.entry import LedgerEntry
from kiosk.ledger.errors import LedgerDamaged
from kiosk.ledger.head import HEAD_NAME, Head
from kiosk.ledger.journal import JOURNAL_NAME, TORN_NAME
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.standing import HEAD_RESTORED, TORN_TAIL
from kiosk.ledger.verify import verify
from tests.ledger.conftest import lay_out, record, small_journal, ticking

ENTRIES = 200
SECTOR_BYTES = 512
STRIDE = 301
PARTS = 8
"""Into how many tests all lengths are spread."""


class Journal(Struct, frozen=True):
    """A journal as it was written.

    Attributes:
        data: The file's bytes.
        ends: Where the first so many lines end; the line of entry n lies from ends[n - 1] to ends[n].
        digests: RFC 6962's leaf hash of each line.
        head: The head file that counts them all.
    """

    data: bytes
    ends: list[int]
    digests: list[str]
    head: Head


def journal(text: str = "") -> Journal:
    """A journal of 200 entries; a text makes each line longer by as much."""
    lines, head = small_journal(ENTRIES, text)
    digests = [sha256(b"\0" + line.removesuffix(b"\n")).hexdigest() for line in lines]
    return Journal(b"".join(lines), [0, *accumulate(map(len, lines))], digests, head)


SHORT = journal()
JOURNALS = {"short-lines": SHORT, "ending-otherwise": journal("x"), "longer-than-a-sector": journal("x" * 300)}
"""They end at other places within a sector."""


class Struck(Struct, frozen=True):
    """A journal that something befell, and what must come of it.

    Attributes:
        was: As it was written.
        data: The file's bytes now.
        whole: The numbers of the entries that can still be read.
        damaged: The entry that must be named, where the ledger must be refused; None where it opens.
        torn: Where the tail begins that must be cut and kept aside; None where there is none.
    """

    was: Journal
    data: bytes
    whole: list[int]
    damaged: int | None = None
    torn: int | None = None


def cut(was: Journal, size: int, *, headed: bool) -> Struck:
    """The first so many bytes of a journal. The head, where there is one, counts all the entries."""
    whole = sum(end <= size for end in was.ends) - 1
    seqs, data, unfinished = list(range(1, whole + 1)), was.data[:size], size > was.ends[whole]
    if whole == 0:
        return Struck(was, data, seqs, damaged=1)  # without its first entry it is no ledger
    if headed and whole < ENTRIES and not (whole == ENTRIES - 1 and unfinished):
        return Struck(was, data, seqs, damaged=whole + 1)  # more is missing than the one that can be under way
    return Struck(was, data, seqs, torn=was.ends[whole] if unfinished else None)


def zeroed(was: Journal, start: int, *, headed: bool) -> Struck:
    """A journal with one sector that reads as zeros: the lines that it touches run into one another."""
    stop = min(start + SECTOR_BYTES, len(was.data))
    data = was.data[:start] + bytes(stop - start) + was.data[stop:]
    first = sum(end <= start for end in was.ends)
    last = sum(end <= stop for end in was.ends)  # its line end is the first after the hole, if there is one
    whole = [*range(1, first), *range(last + 1, ENTRIES + 1)]
    says_its_number = stop <= was.data.rindex(b'"seq"')  # of the last entry: then what hangs on it is not one line
    if first == ENTRIES or (last >= ENTRIES and not headed and not says_its_number):
        return Struck(was, data, whole, torn=was.ends[first - 1])
    return Struck(was, data, whole, damaged=first)


def assert_comes_out(struck: Struck, folder: Path, *, headed: bool) -> None:
    """Lays the journal out, opens it, and holds what comes of it against what must."""
    was = struck.was
    lay_out(folder, [struck.data])
    if headed:
        (folder / HEAD_NAME).write_bytes(was.head.to_bytes())
    kept = len(struck.whole)
    with Ledger.open(folder, ticking()) as ledger:
        entries = list(ledger.entries())
        assert [(each.seq, each.digest) for each in entries[:kept]] == [(n, was.digests[n - 1]) for n in struck.whole]
        if struck.damaged is None:
            assert ledger.damage == ()
            assert_repaired(struck, entries[kept:], folder, headed=headed)
            assert record(ledger, 0) == len(entries) + 1
        else:
            offset = was.ends[struck.damaged - 1]
            assert [(each.seq, each.offset) for each in ledger.damage] == [(struck.damaged, offset)]
            assert len(entries) == kept
            with pytest.raises(LedgerDamaged, match=f"entry {struck.damaged} at byte {offset} of {JOURNAL_NAME}: "):
                record(ledger, 0)
    if struck.damaged is None:
        assert (folder / JOURNAL_NAME).read_bytes().startswith(was.data[: was.ends[kept]])
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


def telling_lengths(ends: list[int]) -> Iterable[int]:
    """Those around each line's end, every length of the last three entries, and some in between."""
    around = chain.from_iterable((end - 1, end, end + 1) for end in ends)
    last = range(ends[-4], ends[-1] + 1)
    return sorted({size for size in (*around, *last, *range(0, ends[-1], STRIDE)) if 0 <= size <= ends[-1]})


with_and_without_head = pytest.mark.parametrize("headed", [True, False], ids=["with-head", "without-head"])


@pytest.mark.timeout(300)
@with_and_without_head
def test_a_ledger_cut_short_opens_to_its_last_whole_entry_or_names_the_first_that_is_missing(
    tmp_path: Path, headed: bool
) -> None:
    for size in telling_lengths(SHORT.ends):
        assert_comes_out(cut(SHORT, size, headed=headed), tmp_path / f"{size}", headed=headed)
        rmtree(tmp_path / f"{size}")


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("part", range(PARTS))
@with_and_without_head
def test_a_ledger_cut_short_at_any_byte_does(tmp_path: Path, headed: bool, part: int) -> None:
    for size in range(part, SHORT.ends[-1] + 1, PARTS):
        assert_comes_out(cut(SHORT, size, headed=headed), tmp_path / f"{size}", headed=headed)
        rmtree(tmp_path / f"{size}")


@pytest.mark.parametrize("which", JOURNALS)
@with_and_without_head
def test_a_ledger_with_any_sector_zeroed_opens_to_its_last_whole_entry_or_names_the_first_that_is_struck(
    tmp_path: Path, headed: bool, which: str
) -> None:
    for start in range(0, len(JOURNALS[which].data), SECTOR_BYTES):
        struck = zeroed(JOURNALS[which], start, headed=headed)
        assert_comes_out(struck, tmp_path / f"{start}", headed=headed)
        assert_verified(struck, tmp_path / f"{start}")


@with_and_without_head
def test_verify_says_of_a_ledger_cut_short_what_its_opening_says(tmp_path: Path, headed: bool) -> None:
    for size in (size for end in SHORT.ends[::20] for size in (end, end + 1) if size <= SHORT.ends[-1]):
        struck = cut(SHORT, size, headed=headed)
        assert_comes_out(struck, tmp_path / f"{size}", headed=headed)
        assert_verified(struck, tmp_path / f"{size}")
