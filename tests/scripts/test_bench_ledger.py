"""scripts/bench ledger: that each figure is of what it says, and that each bar can break."""

import os
import shutil
import sqlite3
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import pytest
from msgspec.structs import replace

from kiosk.ledger.attest import sign_now
from kiosk.ledger.errors import LedgerWriteFailed
from kiosk.ledger.history import closed_lines
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.scan import scan_folder
from kiosk.ledger.segments import list_segments
from kiosk.ledger.verify import verify
from scripts.benches import ledger, ledger_history, ledger_inserts
from scripts.benches.clocks import stamp
from scripts.benches.command import main
from scripts.benches.entries import fill, without_waiting_for_the_disk
from scripts.benches.figures import BenchFailed, Figure
from scripts.benches.gate_years import documents
from scripts.benches.ledger_open import Opened
from scripts.benches.ledger_peers import RawFile
from tests.scripts.bench_sizes import TINY, by_name

SIZES = TINY.ledger

BARS = {
    "ledger.insert.0 x": 1.25,
    "ledger.insert.40 x": 1.25,
    "ledger.insert.100 x": 1.25,
    "ledger.insert.growth x": 1.15,
    "ledger.insert.segment ms": None,
    "ledger.open ms": 500,
    "ledger.open.memory MB": 60,
    "ledger.find.p99 ms": 5,
    "ledger.find.first ms": None,
    "ledger.prove.p99 ms": 50,
    "ledger.prove.first ms": 50,
    "ledger.verify x": 4,
    "ledger.archive x": 0.25,
}
"""As the ledger's users were promised."""

WHERE = {
    "RAW_BAR": ledger_inserts,
    "GROWTH_BAR": ledger_inserts,
    "OPEN_BAR_MS": ledger_history,
    "MEMORY_BAR_MB": ledger_history,
    "FIND_BAR_MS": ledger_history,
    "PROVE_BAR_MS": ledger_history,
    "VERIFY_BAR": ledger_history,
    "ARCHIVE_BAR": ledger_history,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("bench")


@pytest.fixture(scope="module")
def figures(folder: Path) -> dict[str, Figure]:
    """What the whole area measures; the folder keeps what it was measured on."""
    return by_name(ledger.measure(folder, TINY))


@pytest.fixture
def long(figures: dict[str, Figure], folder: Path, tmp_path: Path) -> Path:
    """A copy of the ledger when it was longest."""
    assert figures
    return Path(shutil.copytree(folder / ledger_inserts.LEDGER, tmp_path / "long"))


@pytest.fixture
def short(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(tmp_path / "short", stamp, segment_entries=SIZES.segment_entries) as opened:
        yield opened


# --- the whole area -----------------------------------------------------------------------------------


def test_each_figure_is_told_with_the_bar_that_was_promised(figures: dict[str, Figure]) -> None:
    assert {name: figure.bar for name, figure in figures.items()} == BARS


def test_every_bar_that_is_broken_on_purpose_makes_the_answer_1_and_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, home in WHERE.items():
        monkeypatch.setattr(home, name, -1e9)
    assert main(["ledger"], sizes=TINY) == 1
    assert capsys.readouterr().err.rpartition("beyond it: ")[2].strip().split(", ") == [
        name for name, bar in BARS.items() if bar is not None
    ]


def test_a_ledger_or_peer_that_takes_no_more_is_a_figure_that_could_not_be_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    faults = iter(
        [LedgerWriteFailed("writing an entry", OSError("no room"), sure=True), sqlite3.OperationalError("full")]
    )

    def full(*_: object) -> list[Figure]:
        raise next(faults)

    monkeypatch.setattr(ledger_inserts, "measure", full)
    assert [main(["ledger"], sizes=TINY) for _ in range(2)] == [3, 3]
    said = capsys.readouterr().err
    assert "expected 100 entries to be written and read, got" in said
    assert "no room" in said
    assert "full" in said


def test_peers_stand_beside_as_long_as_they_can_stand_the_length(figures: dict[str, Figure]) -> None:
    told = [
        {name for name in figures[f"ledger.insert.{length} x"].peers if name.endswith(" runs")}
        for length in (0, 40, 100)
    ]
    everyone = {"SQLite WAL runs", "TinyDB runs", "TinyDB caching runs"}
    assert told == [everyone, everyone, {"SQLite WAL runs"}]
    assert figures["ledger.insert.40 x"].peers["TinyDB runs"] == SIZES.peer_inserts


def test_each_figure_says_how_many_runs_it_is_of(figures: dict[str, Figure]) -> None:
    runs = {name: figure.peers["runs"] for name, figure in figures.items()}
    assert runs == {
        **dict.fromkeys(BARS, 1),
        **dict.fromkeys(list(BARS)[:4], SIZES.inserts),
        "ledger.insert.segment ms": SIZES.segments,
        "ledger.find.p99 ms": SIZES.finds,
        "ledger.prove.p99 ms": SIZES.proofs,
        "ledger.prove.first ms": SIZES.checkpoints,
    }


def test_all_but_inserts_is_measured_with_the_open_segment_nearly_full(long: Path) -> None:
    *closed, last = list_segments(long)
    assert len(closed) > SIZES.lengths[-1] / SIZES.segment_entries
    assert (long / last.name).read_bytes().count(b"\n") == SIZES.segment_entries


# --- inserts ------------------------------------------------------------------------------------------


def test_measured_inserts_wait_for_the_disk_and_those_that_fill_do_not(
    short: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = list[int]()
    monkeypatch.setattr(os, "fdatasync", synced.append)
    with without_waiting_for_the_disk():
        fill(short, islice(documents(), 5))
    assert synced == []
    raw = RawFile(tmp_path / "raw")
    ledger_inserts.Turns(raw, replace(SIZES, warm_up=0, inserts=4), documents()).take(short)
    raw.close()
    assert len(synced) == 4 + 4
    assert len(set(synced)) == 2


def test_a_raw_append_writes_the_very_bytes_of_the_insert_before(short: Ledger, tmp_path: Path) -> None:
    raw = RawFile(tmp_path / "raw")
    ledger_inserts.Turns(raw, replace(SIZES, warm_up=2, inserts=4), documents()).take(short)
    raw.close()
    assert (tmp_path / "raw").read_bytes() == b"".join(
        (short.folder / list_segments(short.folder)[-1].name).read_bytes().splitlines(keepends=True)[:-1]
    )


def test_inserts_that_begin_a_segment_are_told_apart(short: Ledger) -> None:
    first, following = ledger_inserts.begin_segments(short, SIZES, documents())
    assert (len(first), len(following)) == (SIZES.segments, SIZES.segments * SIZES.while_archived)
    assert short.open_segment == 1 + SIZES.segments * SIZES.segment_entries


def test_a_segment_that_does_not_begin_where_it_should_is_a_failure(tmp_path: Path) -> None:
    with (
        Ledger.open(tmp_path / "wide", stamp, segment_entries=2 * SIZES.segment_entries) as wide,
        pytest.raises(BenchFailed, match="expected a new segment after 16 entries from 1 on"),
    ):
        ledger_inserts.begin_segments(wide, SIZES, documents())


# --- what a long ledger costs -------------------------------------------------------------------------


def test_memory_is_what_the_long_ledger_takes_beyond_the_empty_one(monkeypatch: pytest.MonkeyPatch) -> None:
    played = {"long": Opened(501.0, 81.5, 100), "none": Opened(3.0, 20.5, 1)}
    monkeypatch.setattr(ledger_history, "_open", lambda where: played[where.name])
    took, memory = ledger_history.measure_openings(Path("long"), Path("none"), SIZES)
    assert (took.value, memory.value) == (501.0, 61.0)
    assert not took.holds
    assert not memory.holds


def test_openings_are_timed_and_weighed_in_a_process_of_their_own(figures: dict[str, Figure], long: Path) -> None:
    opened = ledger_history._open(long)
    with Ledger.open(long, stamp) as held:
        assert opened.entries == held.head().count
    assert 0 < opened.ms < 30_000
    assert 10 < opened.peak_mb < 200
    assert figures["ledger.open.memory MB"].peers["empty MB"] == pytest.approx(opened.peak_mb, abs=15)


def test_a_ledger_that_does_not_open_is_a_failure(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BenchFailed, match=r"expected the ledger in .*file to open"):
        ledger_history._open(tmp_path / "file")


def test_a_ledger_that_is_too_short_is_a_failure(short: Ledger) -> None:
    short.close()
    with pytest.raises(BenchFailed, match=r"expected 100 entries or more in .*, got 1$"):
        ledger_history.measure_openings(short.folder, short.folder, SIZES)


def test_a_seal_that_is_not_found_is_a_failure(long: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ledger, "find", lambda _ledger, _term, _value: [1, 2])
    with Ledger.open(long, stamp) as held, pytest.raises(BenchFailed, match=r"expected seal NZ.* to be found in entry"):
        ledger_history.measure_finds(held, SIZES)


def test_each_first_proof_is_under_a_checkpoint_of_its_own(
    short: Ledger, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    signed, proved = list[int](), list[int]()

    def sign(where: Path, keys: Path) -> object:
        signed.append(len(proved))
        return genuine(where, keys)

    genuine = sign_now
    monkeypatch.setattr(ledger_history, "sign_now", sign)
    monkeypatch.setattr(ledger_history, "prove_entry", lambda _where, _keys, seq: proved.append(seq))
    ledger_history.measure_proofs(tmp_path, short, SIZES, documents())
    assert signed == [0, 1]
    assert len(proved) == SIZES.checkpoints + SIZES.proofs
    assert all(1 <= seq <= 1 + SIZES.checkpoints for seq in proved)
    assert len(set(proved)) > 1


def test_the_archives_are_weighed_against_the_lines_that_they_hold(figures: dict[str, Figure], long: Path) -> None:
    closed = [segment for segment in list_segments(long) if segment.archived]
    packed = sum((long / segment.name).stat().st_size for segment in closed)
    plain = sum(len(line) + 1 for segment in closed for line in closed_lines(long, segment.first))
    assert figures["ledger.archive x"].value == packed / plain


def test_a_closed_segment_that_is_not_archived_is_a_failure(long: Path, tmp_path: Path) -> None:
    first = list_segments(long)[0]
    (long / replace(first, archived=False).name).write_bytes(
        b"".join(line + b"\n" for line in closed_lines(long, first.first))
    )
    with pytest.raises(BenchFailed, match=r"expected every closed segment to be archived, got .*1\.jsonl"):
        ledger_history.measure_passes(tmp_path, long, SIZES)


def test_the_plain_pass_reads_every_line_of_the_journal(figures: dict[str, Figure], folder: Path, long: Path) -> None:
    assert figures
    digests = [entry.entry.digest for entry in scan_folder(long)]  # type: ignore[union-attr]  # it is sound
    assert (folder / "plain.jsonl").read_bytes().count(b"\n") == len(digests)


@pytest.mark.parametrize(("damaged", "missing"), [(1, 0), (0, 1)])
def test_a_ledger_that_is_not_sound_and_whole_is_a_failure(
    long: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damaged: int, missing: int
) -> None:
    report = verify(long)
    report = replace(report, damaged=damaged, entries=report.entries - missing)
    monkeypatch.setattr(ledger_history, "verify", lambda _where: report)
    with pytest.raises(BenchFailed, match=r"expected \d\d\d sound entries, got: "):
        ledger_history.measure_passes(tmp_path, long, SIZES)
