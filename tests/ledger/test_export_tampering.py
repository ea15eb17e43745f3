"""A checkpoint finds every alteration of an export of 100 entries: of its entries, of the other tables, of any byte.

The file is the attacker's: he may write anything there. He lacks the signing key, and cannot alter the checkpoint.
"""

import json
from collections.abc import Callable, Iterable
from datetime import datetime
from itertools import combinations, pairwise
from pathlib import Path

import pytest

from kiosk.ledger.checkpoint import Checkpoint
from kiosk.ledger.entry import NO_PREV, LedgerEntry
from kiosk.ledger.errors import NotProved
from kiosk.ledger.export import export_tinydb
from kiosk.ledger.export_check import check_export
from kiosk.ledger.export_form import Period
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.stamp import Clock, Stamp
from tests.ledger.conftest import CLOCK, START, ticking

ENTRIES = 100
Found = Callable[[bytes], bool]


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, Checkpoint]:
    """The file and its checkpoint: 100 entries, three of which change another table."""
    data = tmp_path_factory.mktemp("site")
    with Ledger.open(data / "ledger", ticking()) as ledger:
        for number in range(ENTRIES - 4):
            ledger.append("hold", Stamp(START, CLOCK), {"seal": f"NZ{number}"})
            if number % 40 == 7:
                ledger.table("drivers").insert({"name": f"D{number}"})
    done = export_tinydb(data / "ledger", data / "keys", data / "export", Period())
    assert done.entries == done.signed.checkpoint.size == ENTRIES
    return (data / "export").read_bytes(), done.signed.checkpoint


@pytest.fixture
def found(exported: tuple[bytes, Checkpoint], tmp_path: Path) -> Found:
    """Whether the check says that a file is not what was exported."""
    path, checkpoint = tmp_path / "altered", exported[1]

    def check(data: bytes) -> bool:
        path.write_bytes(data)
        try:
            return not check_export(path, checkpoint).whole
        except NotProved:
            return True

    return check


@pytest.fixture
def lines(exported: tuple[bytes, Checkpoint]) -> list[bytes]:
    """The file's lines; their line ends are in them."""
    return exported[0].splitlines(keepends=True)


def ledger_lines(lines: list[bytes]) -> list[int]:
    """Where the documents of the ledger table stand, but the last, whose line has no comma."""
    return [at for at, line in enumerate(lines) if line.startswith(b'"') and line.endswith(b"},\n")][: ENTRIES - 4]


def test_the_file_as_it_was_exported_passes(exported: tuple[bytes, Checkpoint], found: Found) -> None:
    assert not found(exported[0])


def flipped(data: bytes, places: Iterable[tuple[int, int]]) -> Iterable[bytes]:
    for place, bit in places:
        yield data[:place] + bytes([data[place] ^ 1 << bit]) + data[place + 1 :]


def test_a_flipped_bit_in_every_thirteenth_byte_is_found(exported: tuple[bytes, Checkpoint], found: Found) -> None:
    """Another bit from byte to byte; the long run flips all."""
    data = exported[0]
    assert all(map(found, flipped(data, ((place, place // 13 % 8) for place in range(0, len(data), 13)))))


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_every_flipped_bit_is_found(exported: tuple[bytes, Checkpoint], found: Found) -> None:
    data = exported[0]
    assert all(map(found, flipped(data, ((place, bit) for place in range(len(data)) for bit in range(8)))))


def test_every_line_taken_out_or_doubled_is_found(lines: list[bytes], found: Found) -> None:
    for at in range(len(lines)):
        assert found(b"".join(lines[:at] + lines[at + 1 :]))
        assert found(b"".join(lines[: at + 1] + lines[at:]))


def test_every_roll_back_is_found(lines: list[bytes], found: Found) -> None:
    """Entries taken from the end, also where the file then says that it has so many."""
    places = ledger_lines(lines)
    for kept in range(len(places)):
        short = lines[: places[0] + kept] + lines[places[-1] + 1 :]
        assert found(b"".join(short))
        assert found(b"".join(short).replace(b'"entries":100', f'"entries":{kept + 4}'.encode()))


def test_every_cut_end_is_found(exported: tuple[bytes, Checkpoint], found: Found) -> None:
    data = exported[0]
    for size in (*range(0, len(data), 97), *range(len(data) - 200, len(data))):
        assert found(data[:size])


def swapped(lines: list[bytes], one: int, other: int, *, with_ids: bool) -> bytes:
    """The file with two documents swapped: as lines, or so that each has the other's place and keeps its number."""
    altered = list(lines)
    first, second = lines[one].split(b":", 1), lines[other].split(b":", 1)
    if with_ids:
        altered[one], altered[other] = lines[other], lines[one]
    else:
        altered[one], altered[other] = first[0] + b":" + second[1], second[0] + b":" + first[1]
    return b"".join(altered)


def test_neighbours_swapped_are_found_with_their_numbers_or_without(lines: list[bytes], found: Found) -> None:
    places = ledger_lines(lines)
    for one, other in pairwise(places):
        assert found(swapped(lines, one, other, with_ids=True))
        assert found(swapped(lines, one, other, with_ids=False))


@pytest.mark.long
@pytest.mark.timeout(600)
def test_any_two_swapped_are_found_with_their_numbers_or_without(lines: list[bytes], found: Found) -> None:
    for one, other in combinations(ledger_lines(lines), 2):
        assert found(swapped(lines, one, other, with_ids=True))
        assert found(swapped(lines, one, other, with_ids=False))


def test_another_table_that_is_not_what_the_entries_made_it_is_found(lines: list[bytes], found: Found) -> None:
    data = b"".join(lines)
    assert data.count(b'"name":"D7"') == 2  # in the table, and in the entry that put it there
    place = data.index(b'"name":"D7"')
    assert found(data[:place] + b'"name":"D8"' + data[place + 11 :])
    assert found(data.replace(b'"name":"D7"', b'"name":"D8"'))
    assert found(data.replace(b'"drivers":{', b'"others":{}},"drivers":{'))


def test_the_same_values_written_another_way_are_found(lines: list[bytes], found: Found) -> None:
    """There is one way to read the file: no reader is shown what another is not."""
    data = b"".join(lines)
    document = b'"5":{"body":{"seal":"NZ3"}'
    assert data.count(document) == 1
    for other in (
        b'"5":{"body":{"seal":"NZ9","seal":"NZ3"}',
        b'"5":{"body": {"seal":"NZ3"}',
        b'"5":{"body":{"seal":"N\\u005a3"}',
        b'"5":{},"5":{"body":{"seal":"NZ3"}',
        b'"05":{"body":{"seal":"NZ3"}',
    ):
        assert found(data.replace(document, other))


def test_an_entry_left_out_with_its_hash_in_its_place_makes_the_export_a_partial_one(
    lines: list[bytes], found: Found, exported: tuple[bytes, Checkpoint], tmp_path: Path
) -> None:
    """Whoever has the file can do that to it: so who checks it is told which entries are left out."""
    genesis = json.loads(b"{" + lines[1].rstrip(b",\n") + b"}")["1"]
    stamp = Stamp(datetime.fromisoformat(genesis["time"]), Clock(**genesis["clock"]))
    entry, _ = LedgerEntry.make(seq=1, stamp=stamp, kind=genesis["kind"], body=genesis["body"], prev=NO_PREV)
    digest = entry.digest
    gap = f'"left_out":[{{"first":1,"hashes":["{digest}"],"last":1,"prev":"{digest}"}}]'.encode()
    data = b"".join([lines[0], *lines[2:]]).replace(b'"left_out":[]', gap)
    assert found(data)
    (tmp_path / "partial").write_bytes(data)
    checked = check_export(tmp_path / "partial", exported[1])
    assert [(each.first, each.last) for each in checked.about.left_out] == [(1, 1)]


@pytest.mark.parametrize(
    "gap",
    [
        b'{"first":1,"hashes":[],"last":0,"prev":""}',
        b'{"first":101,"hashes":[],"last":100,"prev":""}',
        b'{"first":3,"hashes":[],"last":9,"prev":""}',
        b'{"first":3,"hashes":["00"],"last":4611686018427387904,"prev":""}',
        b'{"first":3,"hashes":["zz"],"last":3,"prev":""}',
        b'{"first":3,"hashes":[],"last":1,"prev":""}',
    ],
)
def test_what_stands_for_entries_left_out_and_cannot_is_found(lines: list[bytes], found: Found, gap: bytes) -> None:
    assert found(b"".join(lines).replace(b'"left_out":[]', b'"left_out":[' + gap + b"]"))
