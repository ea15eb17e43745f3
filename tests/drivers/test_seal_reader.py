"""The seal reader's driver against a reader's own end of the link: arming, scans, answers, what it says of itself."""

from queue import SimpleQueue

import pytest

from drivers import seal_reader
from drivers.reports import DeviceIdentified, DeviceLost
from drivers.seal_reader_values import (
    EngineKind,
    EngineState,
    LineEnd,
    SealReaderFault,
    SealReaderHealth,
    SealReaderReady,
    SealReaderSetup,
    SealScanned,
    SealUnreadable,
    StrayBecause,
    StrayScan,
)
from drivers.symbology import Symbology
from hw.bench.seal_reader_peer import SealReaderPeer
from hw.serial_line import SerialLine
from hw.waker import Waker
from sealwire import link
from sealwire.messages import NO_NONCE, Config, Fault, Log, Result
from tests.drivers.scanner_bench import LIMIT_S
from tests.drivers.seal_reader_bench import NAME, arm, driven, served

pytestmark = pytest.mark.usefixtures("nothing_is_left_at_once")


def test_a_reader_that_answers_is_reported_with_who_it_is() -> None:
    with SealReaderPeer(unit="E66-7", version="1.2.3") as peer, driven(peer.path) as (_, reports):
        assert reports.wait(SealReaderReady) == [SealReaderReady(NAME, "E66-7", "1.2.3", "bench", 1, False)]


def test_a_reader_is_identified_by_its_own_serial_number_each_time_it_is_connected() -> None:
    with SealReaderPeer(unit="E66-7") as peer, driven(peer.path) as (_, reports):
        reports.wait(DeviceIdentified)
        peer.pull()
        peer.put_back()
        assert reports.wait(DeviceIdentified, 2) == [DeviceIdentified(NAME, "E66-7")] * 2


def test_a_reader_that_tells_no_serial_number_is_served_and_not_identified() -> None:
    with SealReaderPeer(unit="") as peer, driven(peer.path) as (driver, reports):
        arm(peer, driver)
        peer.scan(b"NZ1")
        reports.wait(SealScanned)
        assert reports.of(DeviceIdentified) == []


def test_a_scan_of_an_armed_reader_is_read_with_all_that_the_reader_says_of_it() -> None:
    with served() as (peer, driver, reports):
        arm(peer, driver, turn=7)
        first = peer.scan(b"NZ0012345")
        (read,) = reports.wait(SealScanned)
        assert (read.reader, read.seq, read.turn, read.boot) == (NAME, first, 7, 1)
        assert (read.text, read.symbology, read.elements) == ("NZ0012345", Symbology.CODE_128, ())
        assert 0 <= read.at_ms < 60_000
        peer.scan(b"21SEAL-9\x1d9000123", aim="]C1")
        peer.scan(b"]C0 is no identifier here", aim="", ssi_type=0x1C)
        peer.scan(b"]C0 neither is this", aim="")
        _, gs1, plain, bare = reports.wait(SealScanned, 4)
        assert (gs1.symbology, gs1.elements) == (Symbology.GS1_128, (("21", "SEAL-9"), ("90", "00123")))
        assert (plain.symbology, plain.text) == (Symbology.QR, "]C0 is no identifier here")
        assert (bare.symbology, bare.text) == (None, "]C0 neither is this")
        assert reports.of(StrayScan) == []


def test_data_that_no_barcode_holds_is_reported_as_such_and_the_next_scan_is_read() -> None:
    with served() as (peer, driver, reports):
        arm(peer, driver, turn=3)
        seq = peer.scan(b"NZ\xff\\1")
        (unreadable,) = reports.wait(SealUnreadable)
        assert (unreadable.reader, unreadable.seq, unreadable.turn) == (NAME, seq, 3)
        assert unreadable.text == "NZ\\xff\\\\1"
        assert "expected ASCII, got byte 0xFF" in unreadable.why
        peer.scan(b"NZ1")
        assert reports.wait(SealScanned)[0].text == "NZ1"


def test_a_scan_for_nothing_that_is_awaited_is_stray() -> None:
    with served() as (peer, driver, reports):
        peer.scan(b"never armed")
        reports.wait(StrayScan)
        old = arm(peer, driver)
        peer.scan(b"another nonce", nonce=bytes(range(8)))
        reports.wait(StrayScan, 2)
        arm(peer, driver, turn=2)
        peer.scan(b"what was awaited before", nonce=old)
        reports.wait(StrayScan, 3)
        driver.expect(False)
        peer.scan(b"nothing awaited", nonce=NO_NONCE)
        strays = reports.wait(StrayScan, 4)
        assert [stray.text for stray in strays] == [
            *("never armed", "another nonce", "what was awaited before", "nothing awaited"),
        ]
        assert {stray.why for stray in strays} == {StrayBecause.UNBOUND}
        assert [stray.seq for stray in strays] == [1, 2, 3, 4]
        assert reports.of(SealScanned) == []


def test_each_scan_that_is_awaited_has_a_nonce_of_its_own_and_keeps_it() -> None:
    with served() as (peer, driver, _):
        first = arm(peer, driver, turn=1)
        driver.expect(True, turn=1)
        driver.answer(1, True, "")
        peer.until(lambda: bool(peer.results))  # sent behind what the second call would have armed it with
        assert peer.armed_with == first
        second = arm(peer, driver, turn=2)
        driver.expect(False)
        peer.until(lambda: peer.armed_with == NO_NONCE)
        assert len({first, second, arm(peer, driver, turn=2), NO_NONCE}) == 4


def test_what_the_station_wants_said_is_said_at_once_and_not_at_the_next_turn_of_a_clock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for clock, name, value in ((seal_reader, "LOOK_S", 60.0), (link, "IDLE_MS", 60_000), (link, "SILENCE_MS", 90_000)):
        monkeypatch.setattr(clock, name, value)
    waits, read_or_wake = SimpleQueue[float](), SerialLine.read_or_wake

    def watched(line: SerialLine, wait_s: float, waker: Waker) -> bytes:
        waits.put(wait_s)
        return read_or_wake(line, wait_s, waker)

    def until_nothing_is_due() -> None:
        while waits.get(timeout=LIMIT_S) < 10:
            pass

    monkeypatch.setattr(SerialLine, "read_or_wake", watched)
    with served() as (peer, driver, reports):
        try:
            until_nothing_is_due()
            arm(peer, driver)
            until_nothing_is_due()
            driver.answer(1, True, "")
            peer.until(lambda: bool(peer.results))
            until_nothing_is_due()
            driver.configure(SealReaderSetup(volume=1))
            peer.until(lambda: peer.configs[-1].volume == 1)
        finally:
            peer.pull()  # a hang-up ends the wait
            reports.wait(DeviceLost)


def test_an_answer_reaches_the_reader_and_is_cut_to_what_it_has_room_for() -> None:
    with served() as (peer, driver, _):
        driver.answer(17, True, "")
        driver.answer(18, False, "é" * 60)
        peer.until(lambda: len(peer.results) == 2)
        assert [(each.seq, each.verdict, each.why) for each in peer.results] == [
            (17, Result.ACCEPTED, ""),
            (18, Result.REFUSED, "é" * 40),
        ]


def test_a_scan_stays_in_the_reader_until_it_is_told_that_it_need_not_keep_it_whatever_becomes_of_the_cable() -> None:
    with served(keeps=False) as (peer, driver, reports):
        arm(peer, driver)
        kept, other = peer.scan(b"NZ1"), peer.scan(b"NZ2")
        reports.wait(SealScanned, 2)
        driver.kept("E6614C31", kept)
        peer.until(lambda: peer.kept == [kept])
        assert not peer.is_idle
        peer.pull()
        reports.wait(DeviceLost)
        driver.kept("E6614C31", other)
        peer.put_back()
        peer.until(lambda: peer.is_idle)
        assert peer.kept == [kept, other]
        assert [read.seq for read in reports.of(SealScanned)] == [kept, other]
        assert reports.of(StrayScan) == []


def test_an_answer_to_a_reader_that_is_away_is_not_given_to_whoever_holds_it_later() -> None:
    with served() as (peer, driver, reports):
        peer.pull()
        reports.wait(object, 2)
        driver.answer(1, True, "")
        peer.put_back()
        reports.wait(SealReaderReady, 2)
        driver.answer(2, False, "Scan again.")
        peer.until(lambda: bool(peer.results))
        assert [each.seq for each in peer.results] == [2]


def test_a_reader_is_set_up_at_each_connection_and_when_its_set_up_changes() -> None:
    setup = SealReaderSetup(engine=EngineKind.SSI, engine_baud=57_600, end=LineEnd.CRLF, volume=0)
    with SealReaderPeer() as peer, driven(peer.path, setup=setup) as (driver, reports):
        peer.until(lambda: len(peer.configs) == 1)
        driver.configure(SealReaderSetup(volume=10))
        peer.until(lambda: len(peer.configs) == 2)
        peer.restart()
        reports.wait(SealReaderReady, 2)
        peer.until(lambda: len(peer.configs) == 3)
        said = [(each.engine, each.baud, each.end, each.volume) for each in peer.configs]
        assert said == [
            (Config.SSI, 57_600, "\r\n", 0),
            *[(Config.LINES, 9600, "\r", 10)] * 2,
        ]


@pytest.mark.parametrize(("baud", "volume"), [(0, 7), (1 << 32, 7), (9600, -1), (9600, 11)])
def test_a_set_up_that_no_reader_takes_is_refused(baud: int, volume: int) -> None:
    with pytest.raises(ValueError, match="volume" if baud == 9600 else "engine_baud"):
        SealReaderSetup(engine_baud=baud, volume=volume)


def test_how_the_reader_is_comes_as_values() -> None:
    with served() as (peer, driver, reports):
        arm(peer, driver)
        peer.beat(spooled=3, spool_room=53, heap=41_000, engine=2)
        peer.beat(engine=99)
        silent, unknown = reports.wait(SealReaderHealth, 2)
        assert (silent.reader, silent.spooled, silent.spool_room, silent.heap_used) == (NAME, 3, 53, 41_000)
        assert (silent.heap_free, silent.engine, silent.armed) == (150_000, EngineState.SILENT, True)
        assert unknown.engine is EngineState.UNKNOWN


def test_a_fault_of_the_reader_comes_with_its_mend_and_goes_again() -> None:
    with served() as (peer, _, reports):
        peer.say(Fault("engine", 0, "the scan engine does not answer"))
        peer.say(Fault("engine", 1, "the scan engine does not answer"))
        peer.say(Fault("lamp", 0, "no current"))
        on, off, other = reports.wait(SealReaderFault, 3)
        assert (on.reader, on.part, on.is_over, on.what) == (NAME, "engine", False, "the scan engine does not answer")
        assert "engine's cable" in on.mend
        assert off.is_over
        assert other.mend.startswith("start the reader anew")


def test_lines_of_the_readers_log_and_messages_for_somebody_else_disturb_nothing() -> None:
    with served() as (peer, driver, reports):
        peer.say(Log(20, "started"))
        peer.say(Log(50, "worse"))
        peer.say(Result(1, Result.ACCEPTED, ""))
        arm(peer, driver)
        peer.scan(b"NZ1")
        reports.wait(SealScanned)


def test_two_readers_at_once_are_armed_apart_and_neither_takes_the_others_nonce() -> None:
    with (
        SealReaderPeer(unit="A") as left,
        SealReaderPeer(unit="B", seed=1) as right,
        driven(left.path, "left") as (one, ones),
        driven(right.path, "right") as (other, others),
    ):
        nonces = {arm(left, one), arm(right, other)}
        assert len(nonces) == 2
        left.scan(b"NZ1")
        right.scan(b"NZ2", nonce=left.armed_with)
        right.scan(b"NZ3")
        assert [(read.reader, read.text) for read in ones.wait(SealScanned)] == [("left", "NZ1")]
        assert [(read.reader, read.text) for read in others.wait(SealScanned)] == [("right", "NZ3")]
        assert [(stray.reader, stray.text) for stray in others.of(StrayScan)] == [("right", "NZ2")]
        one.answer(1, True, "")
        other.answer(2, False, "No.")
        left.until(lambda: bool(left.results))
        right.until(lambda: bool(right.results))
        assert ([each.seq for each in left.results], [each.seq for each in right.results]) == ([1], [2])
