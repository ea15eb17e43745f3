import pytest

from kiosk.core import events as ev
from kiosk.core.cards import BY_NUMBER, CardTechnology, Credential
from kiosk.core.effects import CommitEntry, Effect, EntryKind, Indicate, Signal
from kiosk.core.errors import IllegalEvent
from kiosk.core.lane import MOST_UNRECORDED, Lane
from kiosk.core.roster import OnSite, Roster
from kiosk.core.seals import Symbology
from kiosk.core.staff_place import LONGEST_WORD
from kiosk.core.visit import State
from kiosk.core.visit_file import Resolved
from tests.core.driving import Ride
from tests.core.samples import PLAN, RECORDS, at, credential


def test_a_kiosk_is_in_service_once_every_part_works_and_only_then() -> None:
    lane = Lane(PLAN, RECORDS, Roster())
    for part in ev.Part:
        assert not lane.in_service
        lane.handle(ev.PartChanged(part, True, "", "", at()))
    assert lane.in_service


@pytest.mark.parametrize("part", list(ev.Part))
def test_a_tap_while_a_part_is_lost_starts_no_visit(part: ev.Part) -> None:
    ride = Ride()
    ride.send(ev.PartChanged(part, False, "gone", "mend it", ride.at()))
    assert ride.send(ev.CardPresented(credential(1), BY_NUMBER, ride.at())) == [Indicate(Signal.STOP)]
    assert ride.lane.visit is None


def test_the_end_stays_on_screen_until_it_is_read_or_its_time_is_up_or_the_next_card() -> None:
    ride = Ride()
    ride.tap(99)
    assert ride.state() is State.REFUSED
    ride.send(ev.WentOn(ride.at()))
    assert ride.lane.visit is None
    assert ride.lane.wakes_at is None
    ride.tap(99)
    ride.later(PLAN.timeouts.stopped_s - 1)
    assert ride.state() is State.REFUSED
    ride.later(1)
    assert ride.state() is None
    ride.tap(99)
    ride.tap(1)
    assert ride.state() is State.WELCOMED


def test_with_nobody_there_time_and_scans_change_nothing_and_a_wish_is_illegal() -> None:
    ride = Ride()
    ride.later(5)
    ride.scan("NZ100001", Symbology.CODE_128)
    with pytest.raises(IllegalEvent, match="NOBODY"):
        ride.send(ev.Cancelled(ride.at()))


def test_a_vehicle_on_the_entry_loop_wakes_the_screen() -> None:
    ride = Ride()
    ride.send(ev.LoopChanged(ev.Loop.ENTRY, True, ride.at()))
    assert ride.lane.awake
    ride.send(ev.LoopChanged(ev.Loop.ENTRY, False, ride.at()))
    assert not ride.lane.awake


def test_a_vehicle_on_the_exit_loop_without_an_uplift_is_an_incident() -> None:
    ride = Ride()
    ride.send(ev.LoopChanged(ev.Loop.EXIT, True, ride.at()))
    ride.send(ev.LoopChanged(ev.Loop.EXIT, False, ride.at()))
    assert ride.kinds() == ["incident"]


def test_the_entry_loop_says_nothing_about_a_passage() -> None:
    ride = Ride().to_passing()
    ride.send(ev.LoopChanged(ev.Loop.ENTRY, False, ride.at()))
    assert ride.state() is State.PASSING


def test_an_opened_cabinet_is_recorded() -> None:
    ride = Ride()
    for opened in (False, True, True, False):
        ride.send(ev.TamperChanged(opened, ride.at()))
    assert [body["what"] for _, body in ride.entries] == ["cabinet-opened", "cabinet-closed"]


def test_a_hold_is_released_once_and_then_the_driver_may_come_again() -> None:
    ride = Ride().to_verify()
    ride.scan("NZ100002")
    (held,) = ride.roster.everyone()
    ride.send(ev.HoldReleased(held.visit_id, "staff-1", "seal was right", ride.at()))
    assert ride.last() == {"visit": held.visit_id, "staff": "staff-1", "note": "seal was right"}
    with pytest.raises(IllegalEvent, match="NOT HELD"):
        ride.send(ev.HoldReleased(held.visit_id, "staff-1", "", ride.at()))
    ride.tap(1)
    assert ride.state() is State.WELCOMED


def test_a_failed_commit_takes_the_ledger_out_of_service_even_with_nobody_there() -> None:
    ride = Ride(ledger_works=False)
    ride.send(ev.TamperChanged(True, ride.at()))
    assert ride.lane.parts[ev.Part.LEDGER].detail == "disk full"
    assert not ride.lane.in_service


def test_a_failed_commit_of_the_opening_stops_the_visit() -> None:
    ride = Ride(ledger_works=False)
    ride.tap(1)
    assert ride.state() is State.HELD


def test_a_reader_that_comes_back_has_no_card_on_it() -> None:
    ride = Ride()
    ride.send(ev.CardPresented(credential(99), BY_NUMBER, ride.at()))
    assert ride.lane.card_on_reader
    ride.send(ev.PartChanged(ev.Part.READER, False, "unplugged", "plug it in", ride.at()))
    assert not ride.lane.card_on_reader


@pytest.mark.parametrize("uplifted", [False, True])
def test_a_power_cut_is_found_at_the_next_start_and_recorded_once(uplifted: bool) -> None:
    before = Ride().to_passing() if uplifted else Ride().to_verify()
    roster = Roster()
    for kind, body in before.entries:
        roster.apply(kind.value, body, at())
    lane = Lane(PLAN, RECORDS, Roster())
    (effect,) = lane.take_roster(roster, at(60))
    assert isinstance(effect, CommitEntry)
    assert effect.body["reason"] == "POWER_LOST"
    assert effect.body["uplifted"] is uplifted
    assert effect.body["opened"] == "2026-11-18T00:00:00.000Z"
    lane.handle(ev.EntryCommitted(effect.ref, 9, "", at(60)))
    assert lane.take_roster(roster, at(61)) == []
    assert bool(roster.everyone()) is uplifted


def test_a_hold_that_the_ledger_could_not_take_is_written_as_it_was_once_the_ledger_is_back() -> None:
    ride = Ride().to_signing()
    opened = ride.entries[0][1]
    ride.ledger_works = False
    ride.tap(1)
    assert ride.state() is State.HELD
    roster = Roster()
    roster.apply("visit-opened", opened, at())
    ride.now += 60
    ride.ledger_works = True
    ride.take(ride.lane.take_roster(roster, ride.at()))
    assert ride.kinds() == ["visit-opened", "hold"]
    assert ride.last()["reason"] == "LEDGER_FAILED"
    assert ride.last()["late"] is True
    assert [check["load"] for check in ride.last()["checks"]] == ["L1"]
    assert roster.everyone()[0].held
    assert ride.lane.take_roster(roster, ride.at()) == []


def test_entries_kept_for_a_lost_ledger_are_bounded() -> None:
    ride = Ride(ledger_works=False)
    for number in range(MOST_UNRECORDED + 10):
        ride.send(ev.TamperChanged(number % 2 == 0, ride.at()))
    assert len(ride.lane.take_roster(Roster(), ride.at())) == MOST_UNRECORDED


def test_a_ledger_that_comes_back_in_the_middle_does_not_interrupt_the_visit_that_is_on() -> None:
    ride = Ride().to_verify()
    assert ride.lane.take_roster(ride.roster, ride.at()) == []
    ride.send(ev.Cancelled(ride.at()))
    roster = Roster()
    roster.apply("visit-opened", ride.entries[0][1], at())
    (lost_end,) = ride.lane.take_roster(roster, ride.at())
    assert isinstance(lost_end, CommitEntry)


def test_the_roster_forgets_an_old_stay_for_a_new_one_and_ignores_what_it_does_not_know() -> None:
    roster = Roster()
    roster.apply("kiosk-started", {}, at())
    roster.apply("visit-opened", {"visit": "V1", "driver": "aroha"}, at())
    roster.apply("visit-opened", {"visit": "V2", "driver": "aroha"}, at())
    roster.apply("abandoned", {"visit": "V1"}, at())
    roster.apply("hold", {"visit": "V9"}, at())
    assert roster.everyone() == (OnSite("V2", "aroha", at()),)
    assert not roster.is_held("V9")


def test_a_credential_is_written_and_read_the_same() -> None:
    for technology in CardTechnology:
        each = Credential(technology, b"\x04\xa1")
        assert Credential.parse(str(each)) == each
    with pytest.raises(ValueError, match="unknown card technology 'TYPE_9'"):
        Credential.parse("TYPE_9:04")


def _held() -> Ride:
    ride = Ride().to_verify()
    ride.scan("NZ100002")
    assert ride.state() is State.HELD
    return ride


def _staff(ride: Ride, kind: EntryKind, **body: str) -> list[Effect]:
    return ride.send(ev.StaffRecorded(kind.value, body, ride.at()))


def test_a_driver_whose_hold_was_released_sees_it_and_may_begin_anew() -> None:
    ride = _held()
    (held,) = ride.roster.everyone()
    ride.now += 20
    assert ride.lane.wakes_at != ride.at().monotonic + PLAN.timeouts.stopped_s
    effects = _staff(ride, EntryKind.HOLD_RELEASED, visit=held.visit_id)
    assert effects == [Indicate(Signal.GOOD)]
    assert ride.lane.visit is not None
    assert ride.lane.visit.file.resolved is Resolved.RELEASED
    assert ride.lane.wakes_at == ride.at().monotonic + PLAN.timeouts.stopped_s
    ride.tap(1)
    assert ride.state() is State.WELCOMED


def test_a_truck_that_was_turned_away_is_on_site_no_more_and_its_driver_is_told() -> None:
    ride = _held()
    (held,) = ride.roster.everyone()
    assert _staff(ride, EntryKind.HOLD_TURNED_AWAY, visit=held.visit_id) == [Indicate(Signal.STOP)]
    assert ride.lane.visit is not None
    assert ride.lane.visit.file.resolved is Resolved.TURNED_AWAY
    assert not ride.roster.everyone()


def test_a_hold_that_is_resolved_when_its_driver_has_gone_changes_no_screen() -> None:
    ride = _held()
    (held,) = ride.roster.everyone()
    ride.tap(2)
    assert _staff(ride, EntryKind.HOLD_RELEASED, visit=held.visit_id) == []
    ride = _held()
    assert _staff(ride, EntryKind.HOLD_RELEASED, visit="another") == []
    ride.later(PLAN.timeouts.stopped_s)
    assert _staff(ride, EntryKind.HOLD_RELEASED, visit=held.visit_id) == []


def test_what_staff_say_stays_with_the_hold_until_its_time_is_over() -> None:
    ride = _held()
    _staff(ride, EntryKind.STAFF_SPOKE, text="x" * 500)
    assert ride.lane.place.word is not None
    assert len(ride.lane.place.word.text) == LONGEST_WORD
    ride.later(PLAN.timeouts.stopped_s)
    assert ride.state() is State.HELD
    ride.later(PLAN.timeouts.message_s)
    assert ride.state() is None
    assert ride.lane.place.word is None


def test_what_staff_say_goes_with_the_driver_to_whom_it_was_said() -> None:
    ride = _held()
    _staff(ride, EntryKind.STAFF_SPOKE, text="Wait at the side.")
    ride.tap(2)
    assert ride.lane.place.word is None


def test_staff_can_speak_with_nobody_on_screen_and_take_it_back() -> None:
    ride = Ride()
    _staff(ride, EntryKind.STAFF_SPOKE, text="The gate opens at six.")
    assert ride.lane.wakes_at == ride.at().monotonic + PLAN.timeouts.message_s
    _staff(ride, EntryKind.STAFF_SPOKE, text="")
    assert ride.lane.place.word is None
    _staff(ride, EntryKind.STAFF_SPOKE, text="The gate opens at six.")
    ride.later(PLAN.timeouts.message_s)
    assert ride.lane.place.word is None


def test_what_staff_say_does_not_stop_a_check_from_running_out() -> None:
    ride = Ride().to_choice()
    ends = ride.lane.wakes_at
    _staff(ride, EntryKind.STAFF_SPOKE, text="Come to the window.")
    assert ride.lane.wakes_at == ends
