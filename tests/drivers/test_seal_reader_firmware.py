"""The kiosk's driver and the reader's firmware, which runs in MicroPython: the whole way from the engine to the report."""

from pathlib import Path

import pytest

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

ACCEPTED_HZ, REFUSED_HZ = 2600, 400
"""The tones that no other signal has (reader.indicator)."""


def until_armed(reports: Reports, *, armed: bool = True) -> None:
    """The reader's next heartbeats say so."""
    seen = len(reports.of(SealReaderHealth))
    while reports.wait(SealReaderHealth, seen + 1)[-1].armed is not armed:
        seen += 1


def heard(bench: SealReaderBench, tone: int) -> bool:
    return bench.wait_until(lambda: tone in [hz for _, hz in bench.tone_history], LIMIT_S)


def test_a_seal_is_scanned_from_the_engine_to_the_report_and_the_answer_is_heard(tmp_path: Path) -> None:
    with SealReaderBench(tmp_path, micropython(), unit="E66") as bench, driven(bench.port) as (driver, reports):
        (ready,) = reports.wait(SealReaderReady)
        assert (ready.reader, ready.unit, ready.board, ready.boot) == (NAME, "E66", "unix", 1)
        driver.expect(True, turn=4)
        until_armed(reports)
        bench.scan(b"NZ0012345")
        (read,) = reports.wait(SealScanned)
        assert (read.text, read.symbology, read.turn) == ("NZ0012345", Symbology.CODE_128, 4)
        driver.answer(read.seq, True, "")
        assert heard(bench, ACCEPTED_HZ)
        bench.scan(b"21SEAL-9\x1d9000123", Printed.GS1_128)
        gs1 = reports.wait(SealScanned, 2)[1]
        assert gs1.elements == (("21", "SEAL-9"), ("90", "00123"))
        assert gs1.seq > read.seq
        driver.answer(gs1.seq, False, "The seal number is not right.")
        assert heard(bench, REFUSED_HZ)
        driver.expect(False)
        until_armed(reports, armed=False)
        bench.scan(b"NZ1")
        assert reports.wait(StrayScan)[0].why is StrayBecause.UNBOUND
        health = reports.of(SealReaderHealth)[-1]
        assert 0 < health.heap_used <= 64 * 1024
        assert (health.spooled, health.spool_room > 0) == (0, True)


def test_a_reader_is_set_up_for_a_zebra_engine_by_the_kiosk_and_keeps_it(tmp_path: Path) -> None:
    config = Config(Config.SSI, 9600, "\r", 3)
    with (
        SealReaderBench(tmp_path, micropython(), config=config) as bench,
        driven(bench.port, setup=SSI) as (_, reports),
    ):
        assert isinstance(bench.scanner, SsiScanner)
        assert reports.wait(SealReaderReady)
        while reports.wait(SealReaderHealth)[-1].engine is not EngineState.READY:
            reports.wait(SealReaderHealth, len(reports.of(SealReaderHealth)) + 1)
        assert bench.scan(b"NZ1", Printed.CODE_39)
        (stray,) = reports.wait(StrayScan)
        assert stray.text == "NZ1"
    assert (tmp_path / "flash" / "config").exists()


def test_an_engine_that_is_pulled_off_is_a_fault_until_it_is_back(tmp_path: Path) -> None:
    config = Config(Config.SSI, 9600, "\r", 7)
    with (
        SealReaderBench(tmp_path, micropython(), config=config) as bench,
        driven(bench.port, setup=SSI) as (_, reports),
    ):
        reports.wait(SealReaderReady)
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
        driver.expect(True, turn=4)
        until_armed(reports)
        bench.pull_cable()
        reports.wait(DeviceLost)
        for number in range(3):
            bench.scan(b"NZ%d" % number)
        bench.put_back()
        late = reports.wait(StrayScan, 3)
        assert [stray.text for stray in late] == ["NZ0", "NZ1", "NZ2"]
        assert {stray.why for stray in late} == {StrayBecause.LATE}
        assert all(stray.age_ms is not None and 0 <= stray.age_ms < 60_000 for stray in late)
        until_armed(reports)
        bench.scan(b"NZ3")
        (read,) = reports.wait(SealScanned)
        assert (read.text, read.turn) == ("NZ3", 4)
        assert len({read.seq, *(stray.seq for stray in late)}) == 4
        assert len(reports.of(StrayScan)) == 3


def test_a_power_cut_of_the_reader_loses_no_scan_that_was_kept(tmp_path: Path) -> None:
    with SealReaderBench(tmp_path, micropython()) as bench, driven(bench.port) as (driver, reports):
        reports.wait(SealReaderReady)
        driver.expect(True, turn=4)
        until_armed(reports)
        bench.pull_cable()
        reports.wait(DeviceLost)
        beeps = len(bench.tone_history)
        bench.scan(b"NZ1")
        assert bench.wait_until(lambda: len(bench.tone_history) > beeps and bench.lamp == 2, LIMIT_S)  # "read"
        bench.cut_power()
        bench.put_back()
        bench.power_up()
        assert [each.boot for each in reports.wait(SealReaderReady, 2)] == [1, 2]
        (late,) = reports.wait(StrayScan)
        assert (late.text, late.why, late.age_ms) == ("NZ1", StrayBecause.LATE, None)
        until_armed(reports)
        bench.scan(b"NZ2")
        assert reports.wait(SealScanned)[0].text == "NZ2"


def test_over_a_cable_that_loses_bytes_no_scan_is_lost_doubled_or_altered(tmp_path: Path) -> None:
    with SealReaderBench(tmp_path, micropython()) as bench, driven(bench.port) as (driver, reports):
        reports.wait(SealReaderReady)
        driver.expect(True)
        until_armed(reports)
        bench.to_kiosk.drop_rate = bench.to_reader.drop_rate = 0.002
        for number in range(20):
            bench.scan(b"NZ%06d" % number)
            reports.wait(object, len(reports.of(SealReaderReady)))
        while len(there := [*reports.of(SealScanned), *reports.of(StrayScan)]) < 20:
            reports.wait(object, len(reports.all) + 1)
        assert sorted(each.text for each in there) == [f"NZ{number:06}" for number in range(20)]
        assert len({each.seq for each in there}) == 20


def test_the_doctors_questions_take_nothing_out_of_the_readers_spool(tmp_path: Path) -> None:
    with SealReaderBench(tmp_path, micropython()) as bench:
        bench.scan(b"NZ1")
        probed = probe(SealReaderSettings(name=NAME, port=PathPort(bench.port)))
        assert probed.health is not None
        assert (probed.board, probed.health.spooled) == ("unix", 1)
        with driven(bench.port) as (_, reports):
            assert [stray.text for stray in reports.wait(StrayScan)] == ["NZ1"]


@pytest.mark.parametrize("tries", [3])
def test_a_kiosk_that_starts_anew_finds_the_reader_each_time(tmp_path: Path, tries: int) -> None:
    with SealReaderBench(tmp_path, micropython()) as bench:
        for turn in range(1, tries + 1):
            with driven(bench.port) as (driver, reports):
                reports.wait(SealReaderReady)
                driver.expect(True, turn=turn)
                until_armed(reports)
                bench.scan(b"NZ%d" % turn)
                assert [(read.text, read.turn) for read in reports.wait(SealScanned)] == [(f"NZ{turn}", turn)]
                assert reports.of(StrayScan) == []
