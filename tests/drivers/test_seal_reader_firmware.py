"""The kiosk's driver and the reader's firmware, which runs in MicroPython: the whole way of a scan."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from drivers.reports import DeviceLost
from drivers.seal_reader_probe import probe
from drivers.seal_reader_values import (
    EngineKind,
    EngineState,
    SealReaderFault,
    SealReaderHealth,
    SealReaderReady,
    SealReaderSettings,
    SealReaderSetup,
    SealScanned,
    StrayBecause,
    StrayScan,
)
from drivers.symbology import Symbology
from hw.bench.scanner import SsiScanner
from hw.bench.seal_reader import SealReaderBench
from hw.bench.symbology import Symbology as Printed
from hw.serial_ports import PathPort
from sealwire.messages import Config
from tests.drivers.scanner_bench import LIMIT_S, Reports
from tests.drivers.seal_reader_bench import NAME, driven
from tests.firmware.interpreter import micropython

SSI = SealReaderSetup(engine=EngineKind.SSI)
ZEBRA = Config(Config.SSI, 9600, "\r", 7)
AMBER = 2
ZEBRA = Config(Config.SSI, 9600, "\r", 7)

ARMED_HZ, SENT_HZ, ACCEPTED_HZ, REFUSED_HZ = 1800, 3000, 2600, 400
"""The tones that no other signal has (reader.indicator)."""


@contextmanager
def hearing(bench: SealReaderBench, *tones: int) -> Iterator[None]:
    """Something by which the reader sounds these; waits until it has."""
    before = len(bench.tone_history)
    yield
    assert bench.wait_until(lambda: {*tones} <= {hz for _, hz in bench.tone_history[before:]}, LIMIT_S)


def until_disarmed(reports: Reports) -> None:
    """The reader's second heartbeat from now says so: the first may be on its way."""
    last = reports.wait(SealReaderHealth, len(reports.of(SealReaderHealth)) + 2)[-1]
    assert not last.armed


def until_engine_answers(reports: Reports) -> None:
    """The reader has been set up, and says that its engine is there."""
    while reports.wait(SealReaderHealth)[-1].engine is not EngineState.READY:
        reports.wait(SealReaderHealth, len(reports.of(SealReaderHealth)) + 1)


def scans_of(reports: Reports) -> list[tuple[int, str]]:
    """Number and text of everything that was scanned, live or not."""
    live, stray = reports.of(SealScanned), reports.of(StrayScan)
    return [*((each.seq, each.text) for each in live), *((each.seq, each.text) for each in stray)]


def keeps_a_scan(bench: SealReaderBench, data: bytes) -> None:
    """Scan while the kiosk is away, and wait for the lamp that says that it is kept."""
    lit = len(bench.lamp_history)
    bench.scan(data)
    assert bench.wait_until(lambda: AMBER in [colour for _, colour in bench.lamp_history[lit:]], LIMIT_S)


def test_a_seal_is_scanned_from_the_engine_to_the_report_and_the_answer_is_heard(tmp_path: Path) -> None:
    with SealReaderBench(tmp_path, micropython(), unit="E66") as bench, driven(bench.port) as (driver, reports):
        (ready,) = reports.wait(SealReaderReady)
        assert (ready.reader, ready.unit, ready.board, ready.boot) == (NAME, "E66", "unix", 1)
        with hearing(bench, ARMED_HZ):
            driver.expect(True, turn=4)
        bench.scan(b"NZ0012345")
        (read,) = reports.wait(SealScanned)
        assert (read.text, read.symbology, read.turn) == ("NZ0012345", Symbology.CODE_128, 4)
        with hearing(bench, ACCEPTED_HZ):
            driver.answer(read.seq, True, "")
        bench.scan(b"21SEAL-9\x1d9000123", Printed.GS1_128)
        gs1 = reports.wait(SealScanned, 2)[1]
        assert gs1.elements == (("21", "SEAL-9"), ("90", "00123"))
        assert gs1.seq > read.seq
        with hearing(bench, REFUSED_HZ):
            driver.answer(gs1.seq, False, "The seal number is not right.")
        driver.expect(False)
        until_disarmed(reports)
        bench.scan(b"NZ1")
        assert reports.wait(StrayScan)[0].why is StrayBecause.UNBOUND
        health = reports.of(SealReaderHealth)[-1]
        assert (health.spooled, health.spool_room > 0, health.heap_used > 0) == (0, True, True)


def test_a_reader_is_set_up_for_a_zebra_engine_by_the_kiosk_and_keeps_it(tmp_path: Path) -> None:
    with (
        SealReaderBench(tmp_path, micropython(), config=ZEBRA) as bench,
        driven(bench.port, setup=SSI) as (_, reports),
    ):
        assert isinstance(bench.scanner, SsiScanner)
        until_engine_answers(reports)
        assert bench.scan(b"NZ1", Printed.CODE_39)
        (stray,) = reports.wait(StrayScan)
        assert stray.text == "NZ1"
    assert (tmp_path / "flash" / "config").exists()


def test_an_engine_that_is_pulled_off_is_a_fault_until_it_is_back(tmp_path: Path) -> None:
    with (
        SealReaderBench(tmp_path, micropython(), config=ZEBRA) as bench,
        driven(bench.port, setup=SSI) as (_, reports),
    ):
        until_engine_answers(reports)
        bench.unplug_engine()
        (on,) = reports.wait(SealReaderFault)
        assert (on.part, on.is_over) == ("engine", False)
        bench.plug_engine()
        assert reports.wait(SealReaderFault, 2)[1].is_over


def test_what_is_scanned_while_the_cable_is_out_comes_late_and_once_and_the_reader_is_armed_as_before(
    tmp_path: Path,
) -> None:
    with SealReaderBench(tmp_path, micropython()) as bench, driven(bench.port) as (driver, reports):
        reports.wait(SealReaderReady)
        with hearing(bench, ARMED_HZ):
            driver.expect(True, turn=4)
        reports.wait(SealReaderHealth)  # which says what its clock is
        bench.pull_cable()
        reports.wait(DeviceLost)
        for number in range(3):
            bench.scan(b"NZ%d" % number)
        with hearing(bench, SENT_HZ, ARMED_HZ):
            bench.put_back()
        late = reports.wait(StrayScan, 3)
        assert [stray.text for stray in late] == ["NZ0", "NZ1", "NZ2"]
        assert {stray.why for stray in late} == {StrayBecause.LATE}
        assert all(stray.age_ms is not None and 0 <= stray.age_ms < 60_000 for stray in late)
        bench.scan(b"NZ3")
        (read,) = reports.wait(SealScanned)
        assert (read.text, read.turn) == ("NZ3", 4)
        assert len({read.seq, *(stray.seq for stray in late)}) == 4
        assert len(reports.of(StrayScan)) == 3


def test_a_power_cut_of_the_reader_loses_no_scan_that_was_kept(tmp_path: Path) -> None:
    with SealReaderBench(tmp_path, micropython()) as bench, driven(bench.port) as (driver, reports):
        reports.wait(SealReaderReady)
        with hearing(bench, ARMED_HZ):
            driver.expect(True, turn=4)
        bench.pull_cable()
        reports.wait(DeviceLost)
        keeps_a_scan(bench, b"NZ1")
        bench.cut_power()
        with hearing(bench, SENT_HZ, ARMED_HZ):
            bench.put_back()
            bench.power_up()
        assert [each.boot for each in reports.wait(SealReaderReady, 2)] == [1, 2]
        (late,) = reports.wait(StrayScan)
        assert (late.text, late.why, late.age_ms) == ("NZ1", StrayBecause.LATE, None)
        bench.scan(b"NZ2")
        assert reports.wait(SealScanned)[0].text == "NZ2"


def test_over_a_cable_that_loses_bytes_no_scan_is_lost_doubled_or_altered(tmp_path: Path) -> None:
    with SealReaderBench(tmp_path, micropython()) as bench, driven(bench.port) as (driver, reports):
        reports.wait(SealReaderReady)
        with hearing(bench, ARMED_HZ):
            driver.expect(True)
        bench.to_kiosk.drop_rate = bench.to_reader.drop_rate = 0.002
        for number in range(20):
            bench.scan(b"NZ%06d" % number)
        while len(there := scans_of(reports)) < 20:
            reports.wait(object, len(reports.all) + 1)
        assert sorted(text for _, text in there) == [f"NZ{number:06}" for number in range(20)]
        assert len({seq for seq, _ in there}) == 20


def test_the_doctors_questions_take_nothing_out_of_the_readers_spool(tmp_path: Path) -> None:
    with SealReaderBench(tmp_path, micropython()) as bench:
        with driven(bench.port) as (_, reports):
            reports.wait(SealReaderReady)
        keeps_a_scan(bench, b"NZ1")
        probed = probe(SealReaderSettings(name=NAME, port=PathPort(bench.port)))
        assert probed.health is not None
        assert (probed.board, probed.health.spooled) == ("unix", 1)
        with driven(bench.port) as (_, reports):
            assert [stray.text for stray in reports.wait(StrayScan)] == ["NZ1"]


def test_a_kiosk_that_starts_anew_finds_the_reader_each_time(tmp_path: Path) -> None:
    with SealReaderBench(tmp_path, micropython()) as bench:
        for turn in (1, 2, 3):
            with driven(bench.port) as (driver, reports):
                reports.wait(SealReaderReady)
                with hearing(bench, ARMED_HZ):
                    driver.expect(True, turn=turn)
                with hearing(bench, SENT_HZ):  # the kiosk keeps it: the next one is not given it
                    bench.scan(b"NZ%d" % turn)
                assert [(read.text, read.turn) for read in reports.wait(SealScanned)] == [(f"NZ{turn}", turn)]
                assert reports.of(StrayScan) == []
