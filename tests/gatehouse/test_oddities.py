"""What looks odd: each rule has its reason, what is usual weighs less, and what only a forger writes is found."""

import re
from pathlib import Path
from typing import Any

import pytest

from kiosk.core import events as ev
from kiosk.core.decisions.checking import SCAN_FAILED
from kiosk.core.seals import Symbology, VvttStep
from kiosk.core.times import ClockState, Moment
from kiosk.gatehouse.marks import Mark, Part
from kiosk.gatehouse.odd import steps
from kiosk.gatehouse.oddities import MOST_OF_FAMILY, ODD, RULES, weight_of
from kiosk.gatehouse.queue import QueueBook
from kiosk.gatehouse.queue_views import detail
from kiosk.gatehouse.recorded import Recorded
from kiosk.gatehouse.uplift_record import Tried
from tests.core.driving import Ride
from tests.core.samples import at
from tests.gatehouse.replay import HANA, Replay
from tests.gatehouse.test_verifying import Gatehouse, card_of, seal_of
from tests.gatehouse.trips import Trip

ROOT = Path(__file__).resolve().parents[2]


def marks(gate: Gatehouse, entry: int) -> dict[str, int]:
    """The rules that point at an uplift, and how heavily."""
    case = gate.book.case(entry)
    assert case is not None
    return {mark.rule: mark.weight for mark in gate.book.marks(case, gate.moment)}


# --- the rules ------------------------------------------------------------------------------------------


def test_every_rule_that_the_code_names_is_in_the_table_and_the_other_way_round() -> None:
    sources = [*(ROOT / "kiosk/gatehouse/odd").glob("*.py"), ROOT / "kiosk/gatehouse/oddities.py"]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    named = set(re.findall(r'Mark\(\s*"([^"]+)"', text))
    made = {f"unusually {word}" for word in ("short", "long")} | {f"clock {each.value}" for each in ClockState}
    assert named | (made - {"clock synchronised"}) == set(RULES)


def test_every_rule_has_a_clause_a_reason_and_a_place_in_the_page() -> None:
    page = (ROOT / "docs" / "verification.md").read_text(encoding="utf-8")
    for name, rule in RULES.items():
        assert f"| {name} |" in page, name
        assert re.fullmatch(r"\d{1,2}\.\d{1,2}", rule.clause), name
        assert rule.why, name
        assert 0 <= rule.least <= 3, name


def test_marks_of_one_family_weigh_three_at_most_and_others_add_up() -> None:
    quick = [Mark("too quick", 2, "a", Part.STEPS), Mark("unusually short", 2, "b", Part.STEPS)]
    keyed = [Mark("keyed", 1, "c", Part.STEPS)]
    assert weight_of(tuple(quick)) == MOST_OF_FAMILY
    assert weight_of((*quick, *keyed)) == MOST_OF_FAMILY + 1
    assert weight_of(()) == 0


# --- what is usual --------------------------------------------------------------------------------------


def test_what_most_uplifts_of_a_site_show_is_a_remark_and_not_an_alarm() -> None:
    """An exit loop that has failed is told of every uplift, lightly; a doubtful clock likewise."""
    gate = Gatehouse()
    seen = gate.book
    first = gate.uplift(driver="D0")
    for number in range(30):
        visit = gate.open(f"D{number}")
        entry = _unseen(gate, visit, f"D{number}")
    assert gate.book is seen
    assert marks(gate, entry)["not seen leaving"] == 1
    assert "not seen leaving" not in marks(gate, first)


def _unseen(gate: Gatehouse, visit: str, driver: str) -> int:
    entry = gate.uplift(visit, driver=driver)
    gate.entries.pop()
    gate.book.apply(Recorded(9999, "passage", {"visit": visit, "seen": False, "uplift_entry": entry}, gate.moment))
    return entry


def test_keyed_numbers_are_nothing_where_seals_have_no_barcode() -> None:
    gate = Gatehouse()
    entries = [gate.uplift(driver=f"D{number}", keyed=1) for number in range(20)]
    assert marks(gate, entries[-1]) == {}


def test_a_keyed_number_where_all_scan_is_a_remark() -> None:
    gate = Gatehouse()
    for number in range(20):
        gate.uplift(driver=f"D{number}")
    assert marks(gate, gate.uplift(driver="D21", keyed=1)) == {"keyed": 1}


def test_an_ordinary_uplift_has_no_mark_at_all() -> None:
    gate = Gatehouse()
    assert marks(gate, gate.uplift()) == {}


# --- what the core writes -------------------------------------------------------------------------------


class Kiosk(Ride):
    """A ride of the core's tests whose entries a queue takes."""

    def attempts(self) -> list[str]:
        visit = self.lane.visit
        assert visit is not None
        assert visit.file.current is not None
        return [attempt.what for attempt in visit.file.current.attempts]


def test_the_words_of_failed_scans_are_still_those_that_the_rules_know() -> None:
    """Entries have no code for a try that failed, but words: the core's own, driven here."""
    ride = Kiosk()
    ride.to_verify().scan("9400547001163")
    ride.scan("NZ100001", Symbology.ITF)
    ride.send(ev.ScanUnreadable("a checksum that does not fit", ride.at()))
    ride.later(16)
    other, symbology, failed = (tried(what) for what in ride.attempts())
    assert steps._other_text(other) == "'9400547001163'"
    assert steps._other_text(symbology) == "another kind of barcode"
    assert steps._other_text(failed) == ""
    assert failed.what.startswith(str(SCAN_FAILED))


def test_a_scanner_that_is_lost_and_numbers_that_differ_are_known_by_their_words() -> None:
    ride = Kiosk()
    ride.to_verify().send(ev.PartChanged(ev.Part.SCANNER, False, "gone", "", ride.at()))
    ride.send(ev.KeyingAsked(ride.at()))
    ride.key_seal("NZ100001")
    ride.key_seal("NZ100009")
    lost, differed = ride.attempts()
    assert steps.LOST in lost
    assert steps.DIFFERED in differed


def tried(what: str) -> Tried:
    return Tried(what, at(0).utc)


# --- what nobody but a forger writes ----------------------------------------------------------------------


@pytest.mark.parametrize("change", [
    {"steps": []},
    {"not_applicable": ["twist"]},
    {"expected_seal_number": "NZ000002"},
    {"keyed": True},
    {"mode": "air"},
])  # fmt: skip
def test_a_check_that_the_gate_would_not_let_through_weighs_three(change: dict[str, Any]) -> None:
    gate = Gatehouse()
    visit = gate.open()
    check = gate._check(visit, 0, keyed=False)
    assert marks(gate, gate.uplift(visit, uplifts=[check | change])).get("contradicts itself") == 3


def test_a_step_that_was_found_bad_weighs_three() -> None:
    gate = Gatehouse()
    visit = gate.open()
    check = gate._check(visit, 0, keyed=False)
    check["steps"][2]["good"] = False
    assert marks(gate, gate.uplift(visit, uplifts=[check]))["contradicts itself"] == 3
    assert marks(gate, gate.uplift(uplifts=[]))["contradicts itself"] == 3


def test_times_that_do_not_follow_one_another_weigh_three() -> None:
    gate = Gatehouse()
    visit = gate.open()
    check = gate._check(visit, 0, keyed=False)
    check["steps"][1]["at"], check["steps"][2]["at"] = check["steps"][2]["at"], check["steps"][1]["at"]
    assert marks(gate, gate.uplift(visit, uplifts=[check]))["times out of order"] == 3


def test_an_uplift_over_a_start_of_the_machine_weighs_three() -> None:
    gate = Gatehouse()
    visit = gate.open()
    entry = gate.uplift(visit)
    body = next(each for each in gate.entries if each.seq == entry).body
    moment = gate.moment
    book = QueueBook()
    book.apply(gate.entries[0])
    book.apply(Recorded(entry, "uplift", body, Moment(moment.utc, 5.0, moment.clock, "boot-2")))
    (case,) = book.waiting()
    assert {"another boot", "times out of order"} & {mark.rule for mark in book.marks(case, gate.moment)}


# --- single rules that no way of the nights shows ---------------------------------------------------------


def test_the_drivers_own_signature_under_the_sites_check_of_a_package_weighs_three() -> None:
    gate = Gatehouse()
    visit = gate.open()
    check = gate._check(visit, 0, keyed=False) | {
        "mode": "air",
        "seal_form": "sticker",
        "not_applicable": ["tug", "twist"],
    }
    check["steps"] = check["steps"][:2]
    began = gate.moment.utc.isoformat()
    signed = {"good": True, "answered": began, "signed": began, "staff": "D1", "credential": card_of("D1")}
    assert marks(gate, gate.uplift(visit, uplifts=[check | {"package_check": signed}]))["package by the driver"] == 3


def test_the_end_of_a_collection_window_is_told() -> None:
    gate = Gatehouse()
    for left_s, weight in ((30, 2), (200, 1), (900, None)):
        visit = gate.open()
        check = gate._check(visit, 0, keyed=False)
        until = at(gate.now + 90 + left_s).utc.isoformat()
        window = {"collect": {"from": at(0).utc.isoformat(), "until": until}}
        assert marks(gate, gate.uplift(visit, uplifts=[check | window])).get("end of its window") == weight


def test_staff_who_left_between_the_taps_are_told() -> None:
    gate = Gatehouse()
    entry = gate.uplift(attended_at={"first_tap": True, "second_tap": False})
    assert marks(gate, entry) == {"staff left meanwhile": 1}


def test_a_list_that_was_overridden_is_told() -> None:
    gate = Gatehouse()
    entry = gate.uplift(
        list_override={"staff": "S3", "reason": "the list is late", "since": "2026-11-18T00:00:00+00:00"}
    )
    assert marks(gate, entry) == {"list overridden": 2}


def test_no_pin_is_odd_where_everybody_gives_one() -> None:
    gate = Gatehouse()
    for number in range(14):
        gate.uplift(driver=f"D{number}", pin="right")
    assert marks(gate, gate.uplift(driver="D20")) == {"no PIN": 2}
    assert marks(gate, gate.uplift(driver="D21", pin="right")) == {}


def test_a_seal_that_nobody_checked_in_the_yard_for_weeks_is_told() -> None:
    gate = Gatehouse()
    applied = {"seal_number": seal_of("V1", 0), "unit": "UNIT-V1-0", "staff_name": "Tom", "inspection": 1}
    gate.add("seal-applied", applied)
    gate.add("seal-second-check", applied | {"good": True})
    gate.later(days=40)
    assert marks(gate, gate.uplift()) == {"not checked since": 2}


def test_a_refusal_of_who_came_too_early_is_a_remark_and_of_a_copied_card_is_none() -> None:
    gate = Gatehouse()
    refusal = {"visit": "R", "credential": card_of("D1"), "driver": "D1"}
    gate.add("refusal", refusal | {"reason": "OUTSIDE_COLLECTION_WINDOW"})
    gate.later(minutes=30)
    assert marks(gate, gate.uplift()) == {"card refused before": 1}
    gate.add("refusal", refusal | {"reason": "CARD_CLONED"})
    gate.later(minutes=30)
    assert marks(gate, gate.uplift(driver="D1"))["card refused before"] == 3


# --- the detail -------------------------------------------------------------------------------------------


def test_a_detail_tells_everything_in_order_with_the_odd_lines_marked_in_the_sites_time() -> None:
    replay = Replay(11)
    night = replay.nights.plan_night(3)
    slot = night.slots[1]
    slot.trip = Trip(slot.trip.person, slot.trip.checks[:1])
    slot.gave_up = ""
    check = slot.trip.checks[0]
    check.attempts, check.keyed, check.tug_s, check.twist_s = [], True, 0.3, 0.3
    check.verify_s = 20
    replay._late = True
    replay.nights.run(night)
    assert slot.entry is not None
    told = detail(replay.book, slot.entry, replay.now).lines
    labels = [line.label for line in told]
    assert [label for label in labels if label.startswith("odd ")] == labels[
        : sum(line.label.startswith("odd") for line in told)
    ]
    order = ["came", "driver", "operator", "card", "permitted by", "unit", "seal", "view", "verify", "tug", "signed",
             "at the kiosk", "clock", "barrier", "exit loop", "left", "staff about", "entries"]  # fmt: skip
    places = [labels.index(label) for label in order]
    assert places == sorted(places)
    by_label = {line.label: line for line in told}
    assert by_label["verify"].odd
    assert not by_label["driver"].odd
    local = slot.arrival
    assert f"{local:%a %Y-%m-%d %H:%M}" in by_label["came"].text
    assert "keyed" in by_label["seal"].text
    assert VvttStep.TUG.value in labels


def test_the_rows_of_a_cleared_queue_are_gone_and_the_acts_are_few() -> None:
    replay = Replay(12)
    replay._late = True
    replay.nights.run(replay.nights.plan_night(10))
    odd = sum(weight_of(marks) >= ODD for marks in replay.marks().values())
    assert replay.clear(HANA) == 1 + odd
    assert replay.book.waiting() == ()
