"""Which scan counts for a visit, what becomes of all others, and what is said back to the device."""

from typing import cast

import pytest
from msgspec.structs import replace

from kiosk.core import events as ev
from kiosk.core.cards import BY_NUMBER
from kiosk.core.effects import CommitEntry, EntryKind, ExpectScan, Indicate, ScanJudged, ScanKept
from kiosk.core.known_scans import MOST_OF_A_UNIT, MOST_UNITS, KnownScans
from kiosk.core.roster import Roster
from kiosk.core.seals import Symbology, VvttStep
from kiosk.core.visit import State
from tests.core.driving import Ride
from tests.core.samples import at, credential

SCANNER = "seal scanner"


def answers(ride: Ride) -> list[ScanJudged]:
    return [effect for effect in ride.effects if isinstance(effect, ScanJudged)]


def kept(ride: Ride) -> list[int]:
    return [effect.seq for effect in ride.effects if isinstance(effect, ScanKept)]


def stray(ride: Ride, seq: int) -> ev.StrayScan:
    return ev.StrayScan("left reader", "E6614C31", seq, "NZ100001", ev.Stray.LATE, None, ride.at())


def strays(ride: Ride) -> list[dict[str, object]]:
    return [body for kind, body in ride.entries if kind is EntryKind.STRAY_SCAN]


def test_a_scan_of_a_reader_that_is_armed_for_it_satisfies_verify_and_the_entry_names_the_reader() -> None:
    ride = Ride().to_verify()
    assert ride.bound_scan("NZ100001", ride.turn, seq=41) == ScanJudged("left reader", 41, True, "")
    assert ride.state() is State.TUG
    ride.send(ev.Cancelled(ride.at()))
    steps = ride.last()["checks"][0]["steps"]
    assert [(step["step"], step.get("source")) for step in steps] == [("view", None), ("verify", "left reader")]
    assert steps[1]["how"] == "scanned"
    assert strays(ride) == []


def test_a_scan_that_fails_is_kept_with_its_source_and_so_is_the_one_that_stops_the_visit() -> None:
    ride = Ride().to_verify()
    refused = ride.bound_scan("X", ride.turn)
    assert (refused.accepted, refused.why) == (False, ride.problem)
    assert refused.why.startswith("Not taken: 'X'.")
    held = ride.bound_scan("NZ999999", ride.turn, seq=2)
    assert held == ScanJudged("left reader", 2, False, "The seal number is not right.")
    (check,) = ride.last()["checks"]
    assert [attempt["source"] for attempt in check["attempts"]] == ["left reader"]
    assert (check["steps"][-1]["good"], check["steps"][-1]["source"]) == (False, "left reader")


def test_what_was_keyed_answered_or_scanned_by_nobody_who_says_so_has_no_source() -> None:
    ride = Ride().to_verify()
    ride.scan("X")
    ride.send(ev.KeyingAsked(ride.at()))
    for _ in range(2):
        ride.key_seal("NZ100001")
    ride.send(ev.Cancelled(ride.at()))
    (check,) = ride.last()["checks"]
    assert all("source" not in each for each in (*check["steps"], *check["attempts"]))


def test_a_plain_scanner_is_told_too() -> None:
    ride = Ride().to_choice()
    ride.scan("X", source=SCANNER)
    ride.scan("CSQU3054383", source=SCANNER)
    ride.scan("NZ100001", source=SCANNER)
    assert [(each.source, each.seq, each.accepted) for each in answers(ride)] == [
        *((SCANNER, None, False), (SCANNER, None, True), (SCANNER, None, False)),
    ]
    assert [each.why for each in answers(ride)][1:] == ["", "No scan is wanted now."]
    assert ride.state() is State.VIEW


@pytest.mark.parametrize("state", ["choosing", "verify"])
def test_a_read_without_data_is_refused_and_asked_for_again(state: str) -> None:
    ride = Ride().to_choice() if state == "choosing" else Ride().to_verify()
    bound = ev.Bound("E6614C31", 5, ride.turn)
    effects = ride.send(ev.ScanUnreadable("byte 0xFF", ride.at(), "left reader", bound, "NZ\\xff"))
    assert [effect for effect in effects if not isinstance(effect, Indicate)] == [
        ScanKept("left reader", "E6614C31", 5),
        ScanJudged("left reader", 5, False, "The scan failed. Scan again."),
    ]
    assert strays(ride) == []


def test_a_slip_of_another_operator_is_refused_in_the_words_of_the_screen() -> None:
    ride = Ride().to_choice()
    answer = ride.bound_scan("MSCU6639870", ride.turn)
    assert ride.state() is State.HELD
    assert (answer.accepted, answer.why) == (False, "This load is booked for another company.")


def test_each_turn_of_waiting_has_a_number_of_its_own_and_waiting_on_keeps_it() -> None:
    ride = Ride().to_choice()
    slip = ride.turn
    ride.bound_scan("CSQU3054383", slip)
    assert ride.turn == 0
    ride.step(VvttStep.VIEW)
    seal = ride.turn
    assert seal not in (0, slip)
    ride.bound_scan("X", seal)
    ride.send(ev.KeyingAsked(ride.at()))
    assert ride.turn == seal
    assert [effect.wanted for effect in ride.effects if isinstance(effect, ExpectScan)] == [True, False, True]


def test_a_scan_for_the_turn_before_satisfies_nothing_and_is_recorded() -> None:
    ride = Ride().to_choice()
    slip = ride.turn
    ride.bound_scan("CSQU3054383", slip)
    ride.step(VvttStep.VIEW)
    assert ride.bound_scan("NZ100001", slip, seq=8) == ScanJudged("left reader", 8, False, "Scan again.")
    assert ride.state() is State.VERIFY
    assert strays(ride) == [
        {"reader": "left reader", "unit": "E6614C31", "seq": 8, "text": "NZ100001", "why": "unbound", "age_ms": 0}
    ]


def test_a_scan_of_another_drivers_visit_satisfies_nothing() -> None:
    ride = Ride().to_verify()
    before = ride.turn
    ride.send(ev.Cancelled(ride.at()))
    ride.to_verify(card=2)
    assert not ride.bound_scan("NZ100001", before).accepted
    assert ride.state() is State.VERIFY
    assert len(strays(ride)) == 1


@pytest.mark.parametrize(
    ("at_state", "why"),
    [("nobody", "Tap your card first."), ("ended", "Tap your card first."), ("view", "No scan is wanted now.")],
)
def test_a_scan_that_came_when_its_turn_was_over_is_told_what_to_do_instead(at_state: str, why: str) -> None:
    ride = Ride()
    if at_state != "nobody":
        ride.to_choice()
    turn = ride.turn if at_state != "nobody" else 3
    if at_state == "view":
        ride.key_unit("CSQU3054383")
    elif at_state == "ended":
        ride.send(ev.Cancelled(ride.at()))
    effects = ride.send(ev.ScanUnreadable("noise", ride.at(), "left reader", ev.Bound("E6614C31", 4, turn), "\\x00"))
    assert effects[-1] == ScanJudged("left reader", 4, False, why)
    assert strays(ride) == [
        {"reader": "left reader", "unit": "E6614C31", "seq": 4, "text": "\\x00", "why": "unbound", "age_ms": 0}
    ]


def test_a_late_scan_is_recorded_changes_nothing_and_nobody_is_told() -> None:
    ride = Ride().to_verify()
    visit = ride.lane.visit
    assert visit is not None
    before = (visit.state, visit.file, visit.waiting)
    effects = ride.send(ev.StrayScan("left reader", "E6614C31", 3, "NZ100001", ev.Stray.LATE, 61_000, ride.at()))
    assert [type(effect) for effect in effects] == [CommitEntry]
    assert (visit.state, visit.file, visit.waiting) == before
    assert ride.entries[-1] == (
        EntryKind.STRAY_SCAN,
        {"reader": "left reader", "unit": "E6614C31", "seq": 3, "text": "NZ100001", "why": "late", "age_ms": 61_000},
    )


def test_a_scan_of_a_reader_that_was_not_armed_is_recorded_and_its_person_told() -> None:
    ride = Ride().to_verify()
    ride.send(ev.StrayScan("left reader", "E6614C31", 3, "NZ100001", ev.Stray.UNBOUND, None, ride.at()))
    assert answers(ride) == [ScanJudged("left reader", 3, False, "Scan again.")]
    assert strays(ride)[0]["age_ms"] is None
    assert ride.state() is State.VERIFY


def test_a_stray_scan_that_the_ledger_could_not_take_is_written_once_it_is_back() -> None:
    ride = Ride(ledger_works=False)
    ride.send(stray(ride, 3))
    ride.ledger_works = True
    ride.take(ride.lane.take_roster(Roster(), ride.at()))
    assert [(body["seq"], body["late"]) for body in strays(ride)] == [(3, True)]


def test_scans_that_come_while_the_ledger_opens_are_written_in_their_order_and_none_is_forgotten() -> None:
    ride = Ride()
    ride.send(ev.PartChanged(ev.Part.LEDGER, False, "x", "y", ride.at()))
    for seq in (1, 2):
        ride.send(stray(ride, seq))
    assert strays(ride) == []
    ride.take(ride.lane.take_roster(Roster(), ride.at()))
    ride.send(stray(ride, 3))
    assert [body["seq"] for body in strays(ride)] == [1, 2]
    ride.send(ev.PartChanged(ev.Part.LEDGER, True, "", "", ride.at()))
    ride.send(stray(ride, 4))
    assert [(body["seq"], "late" in body) for body in strays(ride)] == [(1, True), (2, True), (3, True), (4, False)]


def test_a_reader_need_not_keep_a_stray_scan_once_the_ledger_holds_it_and_not_before() -> None:
    ride = Ride(ledger_works=False)
    ride.send(stray(ride, 3))
    assert kept(ride) == []
    ride.ledger_works = True
    ride.take(ride.lane.take_roster(Roster(), ride.at()))
    assert kept(ride) == [3]


def test_a_scan_that_the_ledger_holds_is_not_recorded_again_after_a_start_and_its_reader_need_not_keep_it() -> None:
    before = Ride()
    before.send(stray(before, 3))
    said, folded = Roster(), Roster()
    for kind, body in before.entries:
        folded.apply(kind.value, body, at())
    said.apply("on-site", folded.statement(), at())
    for roster in (folded, said):
        ride = Ride()
        ride.take(ride.lane.take_roster(roster, ride.at()))
        for each in (stray(ride, 3), replace(stray(ride, 3), unit="OTHER"), stray(ride, 4)):
            ride.send(each)
        assert [(body["unit"], body["seq"]) for body in strays(ride)] == [("OTHER", 3), ("E6614C31", 4)]
        assert kept(ride) == [3, 3, 4]


def test_a_scan_that_came_before_the_ledger_was_open_and_stands_in_it_is_not_recorded_again() -> None:
    ride, roster = Ride(), Roster()
    roster.apply("stray-scan", {"unit": "E6614C31", "seq": 3}, at())
    ride.send(ev.PartChanged(ev.Part.LEDGER, False, "x", "y", ride.at()))
    for seq in (3, 4):
        ride.send(stray(ride, seq))
    ride.take(ride.lane.take_roster(roster, ride.at()))
    assert [body["seq"] for body in strays(ride)] == [4]
    assert kept(ride) == [3, 4]


def test_of_each_reader_the_newest_scans_are_known_and_of_readers_those_heard_of_last() -> None:
    known = KnownScans()
    for unit in range(MOST_UNITS + 1):
        for seq in range(MOST_OF_A_UNIT + 1):
            known.add(str(unit), seq)
    for again in (known, KnownScans.from_json(cast("dict[str, list[int]]", known.to_json()))):
        assert [again.has("0", MOST_OF_A_UNIT), again.has("1", MOST_OF_A_UNIT)] == [False, True]
        assert [again.has("1", seq) for seq in (0, 1)] == [False, True]


def test_a_scan_while_nobody_is_served_starts_nothing() -> None:
    ride = Ride()
    ride.send(ev.ScanRead("NZ100001", Symbology.CODE_128, (), ride.at(), SCANNER))
    assert answers(ride) == [ScanJudged(SCANNER, None, False, "Tap your card first.")]
    assert ride.lane.visit is None
    assert ride.entries == []


def test_a_stray_scan_puts_nobody_on_site() -> None:
    roster = Roster()
    roster.apply("stray-scan", {"reader": "r", "unit": "u", "seq": 1, "text": "x", "why": "late", "age_ms": None}, at())
    assert roster.everyone() == ()


def test_a_card_is_taken_while_a_reader_brings_late_scans() -> None:
    ride = Ride()
    for seq in range(20):
        ride.send(ev.StrayScan("left reader", "E6614C31", seq, "NZ1", ev.Stray.LATE, None, ride.at()))
    ride.send(ev.CardPresented(credential(1), BY_NUMBER, ride.at()))
    assert ride.state() is State.WELCOMED
    assert len(strays(ride)) == 20
