"""What the reader tells the kiosk, and hears from it: a confirmed scan arrives once, whatever line and power do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader import indicator, uplink
from sealwire.link import TICKS, WINDOW, Up
from sealwire.messages import (
    NO_NONCE,
    Config,
    Fault,
    Heartbeat,
    Log,
    Result,
    UpdateChunk,
    UpdateState,
)
from tests.firmware.uplink_rig import STEP_MS, MemorySpool, Rig, arm, result
from tests.wire.line import DEAD, DELAYED, LOSSY, ONE_BYTE, PLAIN, Faults

LIVE_MS = uplink._LIVE_MS
BAD = Faults(loss=0.2, double=0.1, flip=0.05, late=0.1, late_ms=400)

every_line = pytest.mark.parametrize(
    "faults", [PLAIN, ONE_BYTE, LOSSY, DELAYED, BAD], ids=["plain", "one byte at a time", "lossy", "delayed", "bad"]
)


def test_a_scan_goes_out_at_once_and_is_confirmed_when_the_kiosk_keeps_it() -> None:
    rig = Rig()
    rig.until_up()
    rig.scan(b"SEAL1")
    assert rig.signs.signals == []
    rig.run(2 * STEP_MS)
    assert [(scan.data, scan.aim, scan.ssi_type, scan.late) for scan in rig.scans] == [(b"SEAL1", "]C0", 3, 0)]
    rig.run(2 * STEP_MS)
    assert rig.signs.signals == ["read", "sent"]
    assert rig.spool.kept == []


def test_a_scan_carries_the_nonce_that_the_reader_is_armed_with_and_none_before_and_after() -> None:
    rig = Rig()
    rig.until_up()
    rig.scan(b"before")
    rig.run(100)
    rig.send(arm(7))
    rig.run(100)
    assert rig.signs.states[indicator.ARMED]
    rig.scan(b"armed")
    rig.run(100)
    rig.send(arm(0))
    rig.run(100)
    assert not rig.signs.states[indicator.ARMED]
    rig.scan(b"after")
    rig.run(100)
    assert [(scan.data, scan.nonce) for scan in rig.scans] == [
        (b"before", NO_NONCE),
        (b"armed", arm(7).nonce),
        (b"after", NO_NONCE),
    ]


def test_a_link_that_comes_up_again_disarms_the_reader_until_the_kiosk_arms_it_anew() -> None:
    rig = Rig()
    rig.until_up()
    rig.send(arm(7))
    rig.run(100)
    rig.restart_kiosk()
    rig.run(1000)
    rig.until_up()
    rig.scan(b"SEAL")
    rig.run(100)
    assert rig.scans[-1].nonce == NO_NONCE
    assert not rig.signs.states[indicator.ARMED]


def test_a_scan_with_the_link_down_is_in_the_spool_when_it_is_confirmed_and_arrives_late_later() -> None:
    rig = Rig(DEAD)
    rig.run(500)
    rig.scan(b"SEAL1")
    assert rig.signs.signals == ["read"]
    assert [scan.data for scan in rig.spool.kept] == [b"SEAL1"]
    rig.settle()
    assert [(scan.data, scan.late) for scan in rig.scans] == [(b"SEAL1", 1)]
    assert rig.signs.signals == ["read", "sent"]


@pytest.mark.parametrize("why", ["the line is dead", "its ledger is closed"])
def test_a_scan_that_the_kiosk_does_not_keep_in_time_is_spooled_and_confirmed_then(why: str) -> None:
    rig = Rig()
    rig.until_up()
    if why == "the line is dead":
        rig.set_faults(DEAD)
    else:
        rig.keeps = False
    rig.scan(b"SEAL1")
    rig.run(LIVE_MS - 2 * STEP_MS)
    assert rig.signs.signals == []
    rig.run(4 * STEP_MS)
    assert rig.signs.signals == ["read"]
    assert [scan.data for scan in rig.spool.kept] == [b"SEAL1"]


def test_a_scan_that_the_kiosk_had_but_did_not_keep_before_it_died_is_sent_again_to_the_next() -> None:
    rig = Rig()
    rig.until_up()
    rig.keeps = False
    for data in (b"one", b"two"):
        rig.scan(data)
    rig.run(100)
    assert len(rig._had) == 2
    rig.restart_kiosk()
    rig.keeps = True
    rig.settle()
    assert [(scan.data, scan.late) for scan in rig.scans] == [(b"one", 1), (b"two", 1)]
    assert rig.confirmed == [b"one", b"two"]


def test_a_kiosk_whose_ledger_was_closed_keeps_what_it_had_and_nothing_twice() -> None:
    rig = Rig(DEAD)
    for number in range(3):
        rig.scan(b"%d" % number)
    rig.keeps = False
    rig.set_faults(PLAIN)
    rig.until_up()
    rig.run(11_000)
    assert 1 <= rig.again <= 3, "the oldest is sent again now and then, the others wait behind it"
    assert len(rig._had) == 1
    rig.keeps = True
    rig.settle()
    assert [scan.data for scan in rig.scans] == [b"0", b"1", b"2"]


def test_five_scans_at_once_are_not_more_than_the_reader_holds() -> None:
    rig = Rig()
    rig.until_up()
    rig.keeps = False
    for number in range(5):
        rig.scan(b"%d" % number)
    assert len(rig.uplink._live) == uplink._LIVE_MOST
    assert len(rig.spool.kept) == 5
    rig.keeps = True
    rig.settle()
    assert [scan.data for scan in rig.scans] == [b"0", b"1", b"2", b"3", b"4"]


def test_who_was_told_that_a_scan_is_refused_does_not_hear_after_it_that_it_was_read() -> None:
    rig = Rig()
    rig.until_up()
    rig.keeps = False
    rig.scan(b"SEAL")
    rig.run(100)
    rig.send(result(next(iter(rig._had.values())), Result.REFUSED, "Tap your card first."))
    rig.run(LIVE_MS)
    assert rig.spool.count == 1
    rig.keeps = True
    rig.run(1000)
    assert rig.spool.count == 0
    assert rig.signs.signals == ["refused"]


def test_a_scan_that_arrives_live_after_it_was_spooled_is_not_sent_again() -> None:
    rig = Rig()
    rig.until_up()
    rig.set_faults(DEAD)
    rig.scan(b"SEAL1")
    rig.run(LIVE_MS + 50)
    rig.settle()
    assert [(scan.data, scan.late) for scan in rig.scans] == [(b"SEAL1", 0)]
    assert rig.again == 0
    assert rig.spool.kept == []
    assert rig.signs.signals == ["read", "sent"]


def test_what_waits_goes_first_and_one_at_a_time() -> None:
    rig = Rig(DEAD)
    rig.run(500)
    for number in range(6):
        rig.scan(b"old%d" % number)
    rig.set_faults(PLAIN)
    rig.until_up()
    rig.scan(b"new")
    most = 0
    while rig.spool.kept:
        most = max(most, len(rig.link._waiting))
        rig.step()
    assert most == 1
    assert [scan.data for scan in rig.scans] == [b"old0", b"old1", b"old2", b"old3", b"old4", b"old5", b"new"]
    assert all(scan.late for scan in rig.scans)


def test_more_scans_than_the_link_takes_at_once_are_all_taken_in_order() -> None:
    rig = Rig()
    rig.until_up()
    sent = [b"SEAL%d" % number for number in range(3 * WINDOW)]
    for data in sent:
        rig.scan(data)
    rig.settle()
    assert [scan.data for scan in rig.scans] == sent
    assert rig.confirmed == sent


@every_line
def test_on_every_line_each_scan_is_confirmed_and_arrives_once_and_in_order(faults: Faults) -> None:
    rig = Rig(faults, seed=3)
    sent = [b"SEAL%03d" % number for number in range(60)]
    for data in sent:
        rig.scan(data)
        rig.run(200)
    rig.settle()
    assert [scan.data for scan in rig.scans] == sent
    assert rig.confirmed == sent


events = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "scan",
                "scan",
                "scan",
                "power",
                "kiosk",
                "hang up",
                "dead",
                "bad",
                "plain",
                "wait",
                "arm",
                "closed",
                "open",
            ]
        ),
        st.integers(0, 1500),
    ),
    max_size=40,
)


@given(st.integers(0, 2**32), events)
def test_whatever_happens_a_confirmed_scan_arrives_once_and_in_its_order(
    seed: int, happenings: list[tuple[str, int]]
) -> None:
    rig = Rig(seed=seed, begin=TICKS - 20_000)  # the time begins anew in the middle
    scanned = []
    for number, (what, ms) in enumerate(happenings):
        if what == "scan":
            scanned.append(b"SEAL%d" % number)
            rig.scan(scanned[-1])
        elif what == "power":
            rig.start()
        elif what == "kiosk":
            rig.restart_kiosk()
        elif what == "hang up":
            rig.uplink.hung_up(rig.ticks)
        elif what == "arm":
            if rig.kiosk.can_send:
                rig.send(arm(number % 255 + 1))
        elif what in ("closed", "open"):
            rig.keeps = what == "open"
        elif what != "wait":
            rig.set_faults({"dead": DEAD, "bad": BAD, "plain": PLAIN}[what])
        rig.run(ms)
    rig.keeps = True
    rig.settle()
    got = [scan.data for scan in rig.scans]
    assert set(rig.confirmed) <= set(got) <= set(scanned)
    assert got == [data for data in scanned if data in set(got)]
    assert len(got) == len(set(got))
    assert rig.scanned == [], "every scan of this run is confirmed in the end"
    assert rig.uplink._live == []


@given(st.lists(st.binary(max_size=400), max_size=30))
def test_any_bytes_from_the_kiosks_end_do_no_harm(pieces: list[bytes]) -> None:
    rig = Rig()
    rig.until_up()
    for piece in pieces:
        rig.uplink.receive(piece, rig.ticks)
        rig.step()
    rig.scan(b"after all that")
    rig.settle()
    assert rig.scans[-1].data == b"after all that"


def test_scans_stay_in_the_spool_while_a_tool_is_at_the_other_end_and_go_to_the_kiosk_after_it() -> None:
    rig = Rig(DEAD)
    rig.scan(b"before")
    rig.restart_kiosk("probe")
    rig.set_faults(PLAIN)
    rig.until_up()
    rig.scan(b"meanwhile")
    rig.run(3000)
    assert rig.scans == []
    assert rig.signs.signals == ["read", "read"]
    assert rig.signs.states[indicator.NO_LINK], "a scan does not reach the kiosk now"
    rig.restart_kiosk()
    rig.settle()
    assert [(scan.data, scan.late) for scan in rig.scans] == [(b"before", 1), (b"meanwhile", 1)]
    assert not rig.signs.states[indicator.NO_LINK]


def test_a_tool_in_the_kiosks_place_gets_no_scan_that_was_under_way() -> None:
    rig = Rig()
    rig.until_up()
    rig.set_faults(DEAD)
    rig.scan(b"SEAL")
    rig.restart_kiosk("updater")
    rig.set_faults(PLAIN)
    rig.run(10_000)
    assert rig.link.is_up
    assert rig.scans == []
    rig.restart_kiosk()
    rig.settle()
    assert [(scan.data, scan.late) for scan in rig.scans] == [(b"SEAL", 1)]


def test_a_verdict_is_shown() -> None:
    rig = Rig()
    rig.until_up()
    rig.scan(b"one")
    rig.run(100)
    rig.send(result(rig.scans[0]))
    rig.run(100)
    rig.send(result(rig.scans[0], Result.REFUSED, "another seal"))
    rig.run(100)
    assert rig.signs.signals == ["read", "sent", "accepted", "refused"]


def test_the_person_is_told_when_the_link_is_down_and_when_it_is_up() -> None:
    rig = Rig(DEAD)
    assert rig.signs.states[indicator.NO_LINK]
    rig.set_faults(PLAIN)
    rig.until_up()
    assert not rig.signs.states[indicator.NO_LINK]
    rig.uplink.hung_up(rig.ticks)
    assert rig.signs.states[indicator.NO_LINK]


def test_a_full_spool_takes_nothing_tells_person_and_kiosk_and_is_right_again_once_it_is_sent() -> None:
    rig = Rig(DEAD, spool=MemorySpool(fits=2))
    for data in (b"one", b"two", b"three"):
        rig.scan(data)
    assert rig.signs.signals == ["read", "read", "refused"]
    assert rig.signs.states[indicator.FAULT]
    rig.scanned.pop()
    rig.settle()
    assert [scan.data for scan in rig.scans] == [b"one", b"two"]
    assert rig.faults[0] == ("spool", 0)
    assert rig.faults[-1] == ("spool", 1)
    assert not rig.signs.states[indicator.FAULT]


def test_a_flash_that_fails_confirms_no_scan_and_kills_nothing() -> None:
    rig = Rig()
    rig.until_up()
    rig.spool.fails = True
    rig.scan(b"lost")
    rig.run(1000)
    assert rig.signs.signals == ["refused"]
    assert rig.faults == [("spool", 0)]
    rig.scanned.clear()
    rig.spool.fails = False
    rig.scan(b"taken")
    rig.settle()
    assert [scan.data for scan in rig.scans] == [b"taken"]


def test_a_flash_that_fails_while_a_scan_is_under_way_confirms_it_only_by_the_kiosks_word() -> None:
    rig = Rig()
    rig.until_up()
    rig.set_faults(DEAD)
    rig.scan(b"SEAL")
    rig.spool.fails = True
    rig.run(LIVE_MS + 100)
    assert rig.signs.signals == ["refused"]
    rig.spool.fails = False
    rig.set_faults(PLAIN)
    rig.run(3000)
    assert [scan.data for scan in rig.scans] == [b"SEAL"]


def test_a_scan_that_could_not_be_dropped_is_told_and_not_sent_without_end() -> None:
    rig = Rig(DEAD)
    rig.scan(b"SEAL")
    rig.spool.fails = True
    rig.set_faults(PLAIN)
    rig.until_up()
    rig.run(5000)
    assert rig.faults[0] == ("spool", 0)
    assert 3 <= rig.again <= 6, "about once a second"
    rig.spool.fails = False
    rig.settle()
    assert [scan.data for scan in rig.scans] == [b"SEAL"]
    assert rig.faults[-1] == ("spool", 1)


def test_a_fault_is_told_once_and_its_end_too_and_what_is_wrong_still_is_told_anew_with_each_link() -> None:
    rig = Rig()
    rig.until_up()
    rig.uplink.fault("engine", "silent")
    rig.uplink.fault("engine", "silent")
    rig.uplink.fault("memory", "low")
    rig.run(500)
    assert rig.faults == [("engine", 0), ("memory", 0)]
    rig.uplink.fault("memory", "")
    rig.uplink.fault("memory", "")
    rig.run(500)
    assert rig.faults[2:] == [("memory", 1)]
    rig.restart_kiosk()
    rig.run(2000)
    assert rig.faults[3:] == [("engine", 0)]


def test_a_fault_of_before_the_link_is_told_when_it_is_up() -> None:
    rig = Rig(DEAD)
    rig.uplink.fault("flash", "expected to write a file")
    rig.set_faults(PLAIN)
    rig.until_up()
    rig.run(500)
    assert [fault.what for fault in rig.got if isinstance(fault, Fault)] == ["expected to write a file"]


def test_a_fault_too_long_for_its_message_is_cut_at_a_whole_character() -> None:
    rig = Rig()
    rig.until_up()
    rig.uplink.fault("engine", "é" * 100)
    rig.run(500)
    assert [fault.what for fault in rig.got if isinstance(fault, Fault)] == ["é" * 60]


def test_once_a_second_the_kiosk_hears_how_the_reader_is() -> None:
    rig = Rig(begin=TICKS - 3000)
    rig.until_up()
    rig.uplink.heap_used, rig.uplink.heap_free = 40_000, 150_000
    rig.uplink.engine_is(Heartbeat.ENGINE_READY)
    rig.send(arm(1))
    begun = rig.uplink.up_ms
    rig.run(10_000)
    beats = [beat for beat in rig.got if isinstance(beat, Heartbeat)]
    assert 9 <= len(beats) <= 11
    last = beats[-1]
    assert (last.heap_used, last.heap_free, last.engine, last.armed) == (40_000, 150_000, Heartbeat.ENGINE_READY, 1)
    assert (last.spooled, last.spool_room) == (0, 1000)
    assert begun + 9000 <= last.at_ms <= begun + 10_000


def test_a_silent_engine_is_a_fault_and_an_answering_one_its_end() -> None:
    rig = Rig()
    rig.until_up()
    rig.uplink.engine_is(Heartbeat.ENGINE_SILENT)
    rig.run(500)
    rig.uplink.engine_is(Heartbeat.ENGINE_READY)
    rig.run(500)
    assert rig.faults == [("engine", 0), ("engine", 1)]


def test_what_is_no_read_is_told_to_the_person_and_logged() -> None:
    rig = Rig()
    rig.uplink.no_read("a line of more than 512 bytes")
    assert rig.signs.signals == ["refused"]


def test_what_else_the_kiosk_wants_is_handed_on() -> None:
    rig = Rig()
    rig.until_up()
    rig.send(Config(1, 9600, "\r", 3))
    rig.send(UpdateChunk(7, b"x"))
    rig.run(200)
    assert [type(each) for each in rig.taken] == [Up, Config, UpdateChunk]


def test_messages_besides_scans_wait_in_bounded_room_and_the_newest_stay() -> None:
    rig = Rig(DEAD)
    for number in range(100):
        rig.uplink.say(UpdateState(1, number, ""))
    assert [getattr(message, "offset", None) for message in rig.uplink._say] == list(range(100 - uplink._SAY_MOST, 100))


def test_another_version_at_the_other_end_is_a_fault_until_there_is_a_link() -> None:
    rig = Rig()
    rig.kiosk._hello.protocol = 2
    rig.run(1000)
    assert "version" in rig.uplink.faults
    rig.kiosk._hello.protocol = 1
    rig.until_up()
    assert rig.uplink.faults == {}


def test_no_log_line_is_kept_for_a_kiosk_that_is_away() -> None:
    rig = Rig(DEAD)
    for _ in range(100):
        rig.link.send_loose(Log(20, "x"))
    rig.set_faults(PLAIN)
    rig.until_up()
    rig.run(1000)
    assert rig.messages(Log) == []
