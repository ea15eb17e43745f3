"""The entries that benches write: a gate's, and no easier to keep than a gate's."""

from collections import Counter
from datetime import UTC, datetime
from itertools import islice, pairwise
from pathlib import Path
from statistics import median
from typing import Any

import pytest

from kiosk.core.roster import Roster
from kiosk.core.units import ContainerNumber
from kiosk.ledger.archive import compress
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.moments import moment_of
from kiosk.ledger.stamp import Clock, Stamp
from scripts.benches.clocks import stamp
from scripts.benches.entries import fill, make_ledger, without_waiting_for_the_disk
from scripts.benches.gate_years import GateYears
from scripts.benches.site_files import load_id

NOW = datetime(2026, 3, 1, tzinfo=UTC)

SEVERAL = 6_000

DOCUMENTS = list(islice(GateYears(NOW).documents(), SEVERAL))


def checks() -> list[dict[str, Any]]:
    return [check for document in DOCUMENTS for key in ("uplifts", "checks") for check in document["body"].get(key, ())]


def test_a_gate_is_the_same_each_time() -> None:
    assert list(islice(GateYears(NOW).documents(), 300)) == DOCUMENTS[:300]


def test_visits_end_in_every_way_and_things_happen_between_them() -> None:
    kinds = Counter(document["kind"] for document in DOCUMENTS)
    assert {
        "visit-opened",
        "uplift",
        "passage",
        "hold",
        "hold-released",
        "refusal",
        "abandoned",
        "interrupted",
        "records-replaced",
        "clock-stepped",
        "kiosk-started",
        "kiosk-stopped",
    } == set(kinds)
    assert kinds["uplift"] > SEVERAL / 4
    assert SEVERAL / 100 < kinds["hold"] + kinds["refusal"] < SEVERAL / 10


def test_nobody_who_left_is_still_on_site() -> None:
    roster = Roster()
    for document in DOCUMENTS:
        stamp = Stamp(datetime.fromisoformat(document["time"]), Clock.from_json(document["clock"]))
        roster.apply(document["kind"], document["body"], moment_of(stamp))
    unseen = sum(document["body"].get("seen") is False for document in DOCUMENTS)
    assert len(roster.everyone()) <= unseen + 1


def test_containers_have_true_check_digits_and_seals_do_not_come_twice_or_in_order() -> None:
    units = [check["unit"] for check in checks() if check["mode"] == "sea"]
    assert [str(ContainerNumber.parse(unit)) for unit in units] == units
    assert len(set(units)) > 0.99 * len(units)
    seals = [check["seal_number"] for check in checks() if check["seal_number"]]
    assert len(set(seals)) == len(seals)
    numbers = [int(seal[3:]) for seal in seals]
    assert median(abs(later - earlier) for earlier, later in pairwise(numbers)) > 1_000_000


def test_each_load_of_the_site_is_fetched_once() -> None:
    loads = sorted(check["load"] for check in checks())
    assert len(set(loads)) == len(loads)
    assert loads[-1] <= load_id(len(loads) + 100)


def test_times_go_with_the_monotonic_clock_until_somebody_sets_the_other() -> None:
    for earlier, later in pairwise(DOCUMENTS):
        before, after = (Clock.from_json(each["clock"]) for each in (earlier, later))
        passed = datetime.fromisoformat(later["time"]) - datetime.fromisoformat(earlier["time"])
        if after.boot == before.boot and later["kind"] != "clock-stepped":
            assert passed.total_seconds() * 1000 == pytest.approx(after.monotonic_ms - before.monotonic_ms, abs=2)


def test_a_few_drivers_have_names_beyond_ascii() -> None:
    beyond = sum(not str(document["body"].get("driver_name", "")).isascii() for document in DOCUMENTS)
    assert 0.01 < beyond / SEVERAL < 0.2


def test_what_can_be_compressed_is_no_more_than_the_words_that_recur(tmp_path: Path) -> None:
    with Ledger.open(tmp_path, stamp) as ledger, without_waiting_for_the_disk():
        fill(ledger, DOCUMENTS[:4000])
        lines = [entry.to_line() for entry in ledger.entries()]
    # 32 bytes of each are a digest; the others are times, numbers and cards, of which 3 fewer were seen when their
    # containers were all the same, and 4 fewer when steps took equally long.
    assert len(compress(lines)) / len(lines) > 110


def test_a_ledger_is_made_as_long_as_is_asked(tmp_path: Path) -> None:
    make_ledger(tmp_path, 30)
    with Ledger.open(tmp_path, stamp) as ledger:
        assert ledger.head().count == 30
