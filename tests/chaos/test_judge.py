"""The judge of a chaos run, on made-up evidence: what must not be is found out, and what may be is let be."""

import hashlib
import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.evidence import NONE_BEFORE
from tests.chaos.faults import Fault
from tests.chaos.judge import Judge
from tests.chaos.looks import On, look_at, number_in
from tests.chaos.pads import DOWN, IN, OUT, Change, Pads
from tests.chaos.resources import LEAST_S, WARM_UP_S, Life, Sample
from tests.chaos.schedule import UNKILLED, Planned, planned, read_plan, write_plan
from tests.chaos.service import BACK_S, Service
from tests.chaos.visits import Visit, Way
from tests.chaos.yard import BOLT, Driver, Load
from tests.chaos.yard import Fault as Papers

DRIVER = Driver("D1", "Driver AAB", "OP1", "C1", "1", Papers.NONE, True)
LOAD = Load("L1", "MSCU0000018", "OP1", BOLT, "NZB4000001", True)


class Book:
    """A ledger's files, written by hand."""

    def __init__(self, folder: Path) -> None:
        self.journal = folder / "journal"
        self.journal.mkdir(parents=True)
        self.file = self.journal / "000000000001.jsonl"
        self.before, self.seq = NONE_BEFORE, 0

    def add(self, kind: str, body: dict[str, Any]) -> int:
        self.seq += 1
        said = {"body": body, "clock": {}, "kind": kind, "prev": self.before, "seq": self.seq, "time": "t"}
        line = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
        self.before = hashlib.sha256(b"\0" + line).hexdigest()
        with self.file.open("ab") as file:
            file.write(line + b"\n")
        return self.seq

    def written(self) -> int:
        return self.file.stat().st_size


def visit(way: Way = Way.GOOD) -> Visit:
    made = Visit(way, DRIVER, [LOAD], None)
    made.laid = [(0.0, "D1"), (1.0, "D1")]
    made.fired = [LOAD.seal]
    made.answered = [(LOAD.unit, on, True) for on in (On.VIEW, On.TUG, On.TWIST)]
    return made


def uplift(**changes: object) -> dict[str, Any]:
    steps = [{"step": each, "good": True, "how": how} for each, how in
             (("view", "answered"), ("verify", "scanned"), ("tug", "answered"), ("twist", "answered"))]  # fmt: skip
    check = {"load": "L1", "unit": LOAD.unit, "seal_number": LOAD.seal, "steps": steps}
    return {"visit": "v", "driver": "D1", "attended": True, "uplifts": [check | changes]}


def opening(book: Book, written: int | None = None) -> Change:
    return Change(0, 17, OUT, 1, 1, 1, book.written() if written is None else written)


def test_an_opening_by_an_entry_of_its_own_that_says_what_was_done_is_let_be(tmp_path: Path) -> None:
    book, judge = Book(tmp_path), Judge(tmp_path, None)
    for _ in range(2):
        book.add("uplift", uplift())
        judge.opened(opening(book), visit())
    judge.end()
    assert (judge.violations, judge.openings) == ([], 2)


def test_an_opening_before_its_entry_was_whole_in_the_journal_is_found_out(tmp_path: Path) -> None:
    book, judge = Book(tmp_path), Judge(tmp_path, None)
    book.add("uplift", uplift())
    judge.opened(opening(book, book.written() - 1), visit())
    assert "expected an uplift in the journal before, got none" in judge.violations[0]


def test_two_openings_by_one_entry_are_found_out(tmp_path: Path) -> None:
    book, judge = Book(tmp_path), Judge(tmp_path, None)
    book.add("uplift", uplift())
    for _ in range(2):
        judge.opened(opening(book), visit())
    assert "expected an entry of its own" in judge.violations[0]


@pytest.mark.parametrize(
    ("body", "way", "found"),
    [
        (uplift(), Way.WRONG_SEAL, "expected it shut"),
        (uplift(seal_number="NZB4000002"), Way.GOOD, "expected the seal NZB4000001"),
        (uplift(unit="MSCU0000023"), Way.GOOD, "expected a container of the driver's"),
        (uplift(steps=[]), Way.GOOD, "expected the steps"),
        (uplift() | {"driver": "D2"}, Way.GOOD, "expected the driver D1"),
    ],
    ids=["wrong seal", "other number", "other container", "no steps", "other driver"],
)
def test_an_entry_that_says_what_was_not_done_is_found_out(
    tmp_path: Path, body: dict[str, Any], way: Way, found: str
) -> None:
    book, judge = Book(tmp_path), Judge(tmp_path, None)
    book.add("uplift", body)
    judge.opened(opening(book), visit(way))
    assert any(found in each for each in judge.violations)


def test_what_the_driver_did_not_do_is_found_out(tmp_path: Path) -> None:
    book, judge = Book(tmp_path), Judge(tmp_path, None)
    book.add("uplift", uplift())
    idle = Visit(Way.GOOD, DRIVER, [LOAD], None)
    judge.opened(opening(book), idle)
    judge.opened(opening(book), None)
    said = " ".join(judge.violations)
    for each in ("two taps", "to have been scanned", "answered view", "answered twist", "somebody at the kiosk"):
        assert each in said


def test_an_acknowledged_entry_that_is_gone_or_altered_is_found_out(tmp_path: Path) -> None:
    book, judge = Book(tmp_path), Judge(tmp_path, None)
    book.add("refusal", {"visit": "a"})
    judge.look()
    judge.told(1, "the screen")
    judge.told(2, "a command")
    book.file.unlink()
    book.before, book.seq = NONE_BEFORE, 0
    book.add("refusal", {"visit": "b"})
    judge.end()
    assert [each.partition(",")[0] for each in judge.violations] == ["entry 1", "entry 2"]


def test_a_broken_chain_and_a_visit_without_its_end_are_found_out(tmp_path: Path) -> None:
    book, judge = Book(tmp_path), Judge(tmp_path, None)
    book.add("visit-opened", {"visit": "a"})
    judge.end()
    assert "expected one end of visit a" in judge.violations[0]
    book.before = "1" * 64
    book.add("refusal", {"visit": "a"})
    judge.end()
    assert "the ledger is not whole" in judge.violations[1]


# --- service, memory, schedule ---------------------------------------------------------------------------


def test_a_kiosk_that_is_not_back_in_time_is_found_out_once_and_one_that_is_is_measured() -> None:
    service = Service()
    service.see(True, 0.0)
    service.begin("unplugged")
    service.see(False, 1.0)
    service.end("unplugged", 5.0)
    service.see(False, 6.0)
    service.see(True, 8.0)
    assert service.table() == [("unplugged", 1, 3.0, 3.0)]
    service.begin("unplugged")
    service.end("unplugged", 20.0)
    for at in (21.0, 20.0 + BACK_S + 0.1, 40.0):
        service.see(False, at)
    assert len(service.violations) == 1


def test_a_kiosk_that_goes_out_of_service_for_nothing_is_found_out() -> None:
    service = Service()
    service.see(True, 0.0)
    for at in (1.0, 1.0 + BACK_S + 0.1):
        service.see(False, at)
    assert len(service.violations) == 1


def sample(age_s: float, pss_kb: int = 50_000, files: int = 10, threads: int = 5) -> Sample:
    return Sample(age_s, pss_kb, Counter({"/dev/null": files}), Counter({"python": threads}))


def test_growth_of_memory_is_judged_after_the_warm_up_of_a_life_that_is_long_enough() -> None:
    short, life = Life(1), Life(2)
    short.samples = [sample(each * 10.0, 40_000) for each in range(20)]
    assert short.growth is None
    life.samples = short.samples + [
        sample(WARM_UP_S + each * 100.0, 50_000 + each * 400) for each in range(int(LEAST_S / 100) + 5)
    ]
    assert life.growth is not None
    assert 0.05 < life.growth < 0.2


@pytest.mark.parametrize("what", ["files", "threads"])
def test_what_a_process_holds_more_and_more_of_is_found_out_and_what_comes_and_goes_is_not(what: str) -> None:
    steady, leaking = Life(1), Life(2)
    for each in range(20):
        steady.samples.append(sample(each, **{what: 10 + each % 3}))
        leaking.samples.append(sample(each, **{what: 10 + each}))
    assert steady.leaks() == []
    assert len(leaking.leaks()) == 1


def test_the_same_seed_plans_the_same_faults_and_none_kills_where_memory_is_watched(tmp_path: Path) -> None:
    kinds = [Fault("a", lambda: None, lasts_s=(1, 5)), Fault("kill", lambda: None, kills=True)]
    plan, again = (list(planned(7, 3600.0, kinds)) for _ in range(2))
    assert plan == again != list(planned(8, 3600.0, kinds))
    spared = [each for each in plan if UNKILLED[0] * 3600 < each.at_s < UNKILLED[1] * 3600]
    assert {each.name for each in spared} == {"a"}
    assert {each.name for each in plan} == {"a", "kill"}
    write_plan(tmp_path / "plan", plan)
    assert read_plan(tmp_path / "plan") == plan
    assert isinstance(plan[0], Planned)


# --- pads and screens ------------------------------------------------------------------------------------


def test_pads_keep_what_was_written_for_whoever_comes_next_and_tell_how_much_of_the_journal_there_was(
    tmp_path: Path,
) -> None:
    Pads.make(tmp_path / "pads")
    journal = tmp_path / "journal"
    journal.mkdir()
    (journal / "000000000129.jsonl").write_bytes(b"12345")
    theirs, ours = Pads(tmp_path / "pads", journal, frozenset({17})), Pads(tmp_path / "pads")
    ours.put(16, 0)
    theirs.write(17, OUT, 1, DOWN)
    theirs.close()
    (change,) = ours.since(0)
    assert (change.bcm, change.direction, change.latch, change.segment, change.written) == (17, OUT, 1, 129, 5)
    assert (ours.pad(17).level, ours.pad(16).level, ours.pad(16).direction) == (1, 0, IN)
    ours.short(17, 0)
    assert ours.pad(17).level == 0
    ours.close()


def test_a_screen_is_read_as_a_person_reads_it() -> None:
    line = " + READER OK + SCANNER OK + GATE OK + LEDGER OK"
    stopped = look_at(f"{line}\n STOP - HOLD (SEAL_MISMATCH)\n Reference 41")
    assert (stopped.on, stopped.well, stopped.number, stopped.reason) == (On.STOPPED, True, 41, "SEAL_MISMATCH")
    gate_lost = look_at(f"{line.replace('+ GATE', '! GATE')}\n Cards must prove themselves.")
    assert (gate_lost.on, gate_lost.well) == (On.TAP, False)
    choose = look_at(f"{line}\n FIRST LOAD - Press the number.\n MSCU0000018  MSCU0000023\n MSCU0000039")
    assert [choose.choice(each) for each in ("MSCU0000018", "MSCU0000039", "MSCU0000044")] == ["1", "3", None]


@pytest.mark.parametrize("number", [7, 4096, *random.Random(1).sample(range(10**6), 5)])
def test_a_reference_in_large_type_is_read(number: int) -> None:
    from kiosk.ui.driver.lettering import Type, large
    from kiosk.ui.glyphs import Glyphs

    for size in (Type.TALL, Type.SMALL):
        rows = large(f"Reference {number}", 1000, 1000, Glyphs.BLOCKS, size)
        assert number_in("\n".join(f"  {row}" for row in rows)) == number
