"""The firmware as a whole, in MicroPython, between an emulated scan engine and a kiosk's link."""

import os
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from hw.bench.scanner import PlainScanner, SsiScanner, Suffix
from hw.bench.seal_reader import SealReaderBench
from hw.bench.symbology import Symbology
from sealwire.messages import (
    NO_NONCE,
    Arm,
    Config,
    Fault,
    Heartbeat,
    Log,
    Result,
)
from tests.firmware.conftest import LINES, SSI, StartReader

NONCE = bytes(range(8))
GREEN, RED = 1, 3
READ_HZ, SENT_HZ, REFUSED_HZ = 2400, 3000, 400
LIMIT_S = 15.0


def tones(bench: SealReaderBench) -> list[int]:
    return [hz for _, hz in bench.tone_history]


def lamps(bench: SealReaderBench) -> list[int]:
    return [colour for _, colour in bench.lamp_history]


def test_a_scan_arrives_once_with_what_the_engine_says_of_it(start_reader: StartReader, either_engine: Config) -> None:
    bench, kiosk = start_reader(either_engine)
    kiosk.until_up()
    assert bench.scan(b"SEAL0001", Symbology.GS1_128)
    kiosk.until(lambda: kiosk.scans != [])
    kiosk.serve_for(0.6)  # three resendings
    (scan,) = kiosk.scans
    ssi_type = Symbology.GS1_128.ssi_type if either_engine.engine == Config.SSI else 0
    assert (scan.data, scan.aim, scan.ssi_type, scan.late) == (b"SEAL0001", "]C1", ssi_type, 0)
    assert (scan.boot, scan.nonce) == (1, NO_NONCE)


def test_an_engine_without_aim_identifiers_has_its_data_left_as_it_is(start_reader: StartReader) -> None:
    bench, kiosk = start_reader(SSI, aim_ids=False)
    kiosk.until_up()
    assert bench.scan(b"SEAL0001")
    kiosk.until(lambda: kiosk.scans != [])
    assert (kiosk.scans[0].data, kiosk.scans[0].aim) == (b"SEAL0001", "")


def test_only_scans_of_the_time_between_arming_and_disarming_carry_the_nonce(start_reader: StartReader) -> None:
    bench, kiosk = start_reader()
    kiosk.until_up()
    for number, nonce in enumerate([NO_NONCE, NONCE, NO_NONCE], start=1):
        if number > 1:
            kiosk.send(Arm(nonce))
        assert bench.scan(b"SEAL%d" % number)
        kiosk.until(lambda number=number: len(kiosk.scans) == number)  # type: ignore[misc]
    assert [scan.nonce for scan in kiosk.scans] == [NO_NONCE, NONCE, NO_NONCE]
    kiosk.until(lambda: [beat.armed for beat in kiosk.of(Heartbeat)][-1:] == [0])


def test_scans_of_while_the_cable_is_out_arrive_late_and_once_and_before_newer_ones(
    start_reader: StartReader, either_engine: Config
) -> None:
    bench, kiosk = start_reader(either_engine)
    kiosk.until_up()
    bench.pull_cable()
    kiosk.until(lambda: not kiosk.link.is_up)
    old = [b"OLD%d" % number for number in range(5)]
    for data in old:
        assert bench.scan(data)
    bench.put_back()
    kiosk.until(lambda: SENT_HZ in tones(bench), "the spool is empty")
    assert bench.scan(b"NEW")
    kiosk.until(lambda: len(kiosk.scans) == len(old) + 1)
    assert [(scan.data, scan.late) for scan in kiosk.scans] == [*((data, 1) for data in old), (b"NEW", 0)]
    assert bench.starts == 1


def test_what_was_confirmed_by_the_read_beep_survives_power_cuts_at_any_time(start_reader: StartReader) -> None:
    bench, kiosk = start_reader()
    kiosk.until_up()
    chance = random.Random(7)
    bench.pull_cable()
    confirmed: list[bytes] = []
    for cut in range(4):
        for number in range(3):
            beeps = bench.tone_history.count
            before = sum(hz == READ_HZ for _, hz in bench.tone_history)
            data = b"SEAL-%d-%d" % (cut, number)
            assert bench.scan(data)
            if number == 2 and chance.random() < 0.5:
                break  # the power goes while it is on its way to the flash
            assert bench.wait_until(
                lambda before=before: sum(hz == READ_HZ for _, hz in bench.tone_history) > before,  # type: ignore[misc]
                LIMIT_S,
            ), beeps
            confirmed.append(data)
        starts = bench.starts
        bench.cut_power()
        bench.power_up()
        assert bench.wait_until(lambda starts=starts: bench.starts > starts and bench.lamp == RED, LIMIT_S)  # type: ignore[misc]
    bench.put_back()
    kiosk.until(lambda: set(confirmed) <= {scan.data for scan in kiosk.scans})
    got = [scan.data for scan in kiosk.scans]
    assert len(got) == len(set(got))
    assert got == sorted(got)
    assert all(scan.late for scan in kiosk.scans)
    assert kiosk.hellos[-1].boot == 5


def test_the_kiosks_verdict_is_shown_by_lamp_and_buzzer(start_reader: StartReader) -> None:
    bench, kiosk = start_reader()
    kiosk.until_up()
    assert bench.scan(b"SEAL")
    kiosk.until(lambda: kiosk.scans != [])
    kiosk.send(Result(kiosk.scans[0].seq, Result.ACCEPTED, ""))
    kiosk.until(lambda: 2600 in tones(bench) and GREEN in lamps(bench))
    kiosk.send(Result(kiosk.scans[0].seq, Result.REFUSED, "another seal"))
    kiosk.until(lambda: REFUSED_HZ in tones(bench) and bench.lamp == RED)


def test_a_lost_cable_is_shown_and_its_return_too(start_reader: StartReader) -> None:
    bench, kiosk = start_reader()
    kiosk.until_up()
    kiosk.until(lambda: bench.lamp == 0)
    bench.tone_history.clear()
    bench.pull_cable()
    assert bench.wait_until(lambda: bench.lamp == RED and tones(bench)[:2] == [900, 600], LIMIT_S)
    bench.put_back()
    kiosk.until_up()
    kiosk.until(lambda: bench.lamp == 0)


def test_a_new_config_holds_at_once_and_after_a_power_cut(start_reader: StartReader) -> None:
    bench, kiosk = start_reader()
    assert isinstance(bench.scanner, PlainScanner)
    kiosk.until_up()
    kiosk.until(lambda: bench.scanner.line.speed == 9600)
    bench.scanner.suffix = Suffix.LF
    kiosk.send(Config(Config.LINES, 38400, "\n", 0))
    kiosk.until(lambda: bench.scanner.line.speed == 38400)
    assert bench.scan(b"FIRST")
    kiosk.until(lambda: len(kiosk.scans) == 1)
    bench.cut_power()
    bench.tone_history.clear()
    bench.power_up()
    kiosk.until(lambda: len(kiosk.hellos) == 2)
    kiosk.until(lambda: bench.scanner.line.speed == 38400)
    assert bench.scan(b"SECOND")
    kiosk.until(lambda: len(kiosk.scans) == 2)
    assert [scan.data for scan in kiosk.scans] == [b"FIRST", b"SECOND"]
    assert set(tones(bench)) <= {0}, "volume 0"
    assert kiosk.of(Fault) == []


def test_the_kind_of_engine_changes_without_a_restart(start_reader: StartReader) -> None:
    bench, kiosk = start_reader(SSI)
    kiosk.until_up()
    kiosk.send(LINES)
    bench.scanner.fire_raw(b"]C0PLAIN\r")
    kiosk.until(lambda: len(kiosk.scans) == 1)
    kiosk.send(SSI)
    assert bench.scan(b"PACKET")
    kiosk.until(lambda: len(kiosk.scans) == 2)
    assert [(scan.data, scan.ssi_type) for scan in kiosk.scans] == [(b"PLAIN", 0), (b"PACKET", 3)]
    assert bench.starts == 1


def test_a_config_that_holds_already_costs_the_flash_nothing(start_reader: StartReader) -> None:
    bench, kiosk = start_reader()
    kept = bench.flash / "config"
    kiosk.send(SSI)
    os.utime(kept, ns=(0, 0))  # two writes within a tick of the disk's clock have the same time
    kiosk.send(SSI)
    assert kept.stat().st_mtime_ns == 0
    kiosk.send(LINES)
    kiosk.until(lambda: kept.stat().st_mtime_ns > 0)


def test_a_config_that_makes_no_sense_is_refused_and_the_old_one_holds(start_reader: StartReader) -> None:
    bench, kiosk = start_reader()
    kiosk.until_up()
    kiosk.send(Config(9, 9600, "\r", 7))
    kiosk.until(lambda: [(fault.part, fault.is_over) for fault in kiosk.of(Fault)] == [("config", 0)])
    assert bench.scan(b"SEAL")
    kiosk.until(lambda: len(kiosk.scans) == 1)
    kiosk.send(LINES)
    kiosk.until(lambda: [(fault.part, fault.is_over) for fault in kiosk.of(Fault)][1:] == [("config", 1)])


def test_a_damaged_config_on_the_flash_is_told_and_the_reader_runs_with_the_default(
    start_reader: StartReader, tmp_path: Path
) -> None:
    (tmp_path / "flash").mkdir()
    (tmp_path / "flash" / "config").write_bytes(b"rubbish")
    bench, kiosk = start_reader()
    kiosk.until(lambda: [fault.part for fault in kiosk.of(Fault)] == ["config"])
    assert bench.scan(b"SEAL")
    kiosk.until(lambda: len(kiosk.scans) == 1)


def test_a_flash_without_room_for_a_spool_is_told_and_the_reader_goes_on(
    start_reader: StartReader, tmp_path: Path
) -> None:
    (tmp_path / "flash").mkdir()
    (tmp_path / "flash" / "spool").write_bytes(b"no folder")
    bench, kiosk = start_reader()
    kiosk.until(lambda: [fault.part for fault in kiosk.of(Fault)] == ["spool"])
    assert bench.scan(b"SEAL")
    kiosk.until(lambda: REFUSED_HZ in tones(bench))
    kiosk.serve_for(1.0)
    assert (bench.starts, kiosk.scans) == (1, [])


def test_interrupt_characters_from_engine_and_kiosk_interrupt_nothing(start_reader: StartReader) -> None:
    bench, kiosk = start_reader()
    kiosk.until_up()
    kiosk.write(b"\x03" * 50)
    bench.scanner.fire_raw(b"\x03" * 50 + b"\r")
    bench.scanner.fire_raw(b"]C0A\x03B\x04\r")
    kiosk.until(lambda: len(kiosk.scans) == 2)
    assert [scan.data for scan in kiosk.scans] == [b"\x03" * 50, b"A\x03B\x04"]
    assert bench.starts == 1
    assert kiosk.downs == []


@pytest.mark.parametrize("seed", range(3))
def test_any_bytes_from_the_engine_kill_nothing_and_the_next_barcode_is_read(
    start_reader: StartReader, either_engine: Config, seed: int
) -> None:
    bench, kiosk = start_reader(either_engine)
    kiosk.until_up()
    chance = random.Random(seed)
    for _ in range(30):
        bench.scanner.fire_raw(chance.randbytes(chance.randrange(1, 400)))
        kiosk.serve()
    kiosk.serve_for(1.2)  # the end of a line is lost after a second
    assert bench.scan(b"AFTER ALL THAT")
    kiosk.until(lambda: kiosk.scans[-1:] != [] and kiosk.scans[-1].data == b"AFTER ALL THAT")
    assert (bench.starts, kiosk.downs) == (1, [])


def test_an_engine_that_is_unplugged_is_a_fault_that_ends_when_it_is_back(
    start_reader: StartReader, either_engine: Config
) -> None:
    bench, kiosk = start_reader(either_engine)
    kiosk.until_up()
    assert bench.scan(b"BEFORE")
    kiosk.until(lambda: kiosk.scans != [])
    bench.unplug_engine()
    kiosk.until(lambda: [(fault.part, fault.is_over) for fault in kiosk.of(Fault)] == [("engine", 0)])
    kiosk.until(lambda: [beat.engine for beat in kiosk.of(Heartbeat)][-1:] == [Heartbeat.ENGINE_SILENT])
    bench.plug_engine()
    if either_engine.engine == Config.SSI:  # is asked; a plain one is only heard
        kiosk.until(lambda: [(fault.part, fault.is_over) for fault in kiosk.of(Fault)][1:] == [("engine", 1)])
    kiosk.until(lambda: bench.scanner.line.speed == 9600)
    assert bench.scan(b"AFTER")
    kiosk.until(lambda: kiosk.scans[-1].data == b"AFTER")
    kiosk.until(lambda: [(fault.part, fault.is_over) for fault in kiosk.of(Fault)][1:] == [("engine", 1)])


def test_the_trigger_holds_the_engines_session(start_reader: StartReader) -> None:
    bench, kiosk = start_reader(SSI)
    scanner = bench.scanner
    assert isinstance(scanner, SsiScanner)
    kiosk.until_up()
    bench.press_trigger()
    assert scanner.wait_until(lambda: scanner.in_session, LIMIT_S)
    bench.release_trigger()
    assert scanner.wait_until(lambda: not scanner.in_session, LIMIT_S)
    assert kiosk.scans == []


STUCK_TASK = """
class Never:
    async def read(self, size):
        return b"x"
def hang(data, now):
    pass
async def stuck():
    app.watch.seen(app.watch.add("stuck"), __import__("time").ticks_ms())
    await asyncio.sleep(1000)
if app.spool.boot == 1:
    old = app.main
    async def main():
        asyncio.create_task(stuck())
        await old()
    app.main = main
"""

STUCK_LOOP = """
if app.spool.boot == 1:
    def forever(now):
        while True:
            pass
    app.health_step = forever
"""

DEAD_TASK = """
if app.spool.boot == 1:
    def fails(now):
        raise ValueError("of this test")
    app.health_step = fails
"""


def test_a_task_that_does_not_come_back_is_told_and_ends_in_a_reset(
    start_reader: StartReader, reader_main: Callable[[str], Path]
) -> None:
    bench, kiosk = start_reader(main=reader_main(STUCK_TASK))
    kiosk.until(lambda: [fault.part for fault in kiosk.of(Fault)] == ["firmware"])
    assert "stuck" in kiosk.of(Fault)[0].what
    kiosk.until(lambda: len(kiosk.hellos) == 2)
    assert (bench.starts, bench.ends, bench.bites) == (2, [3], 0)


def test_a_program_that_hangs_is_started_anew_by_the_watchdog(
    start_reader: StartReader, reader_main: Callable[[str], Path]
) -> None:
    bench, kiosk = start_reader(main=reader_main(STUCK_LOOP), watchdog_s=2.0)
    kiosk.until(lambda: [hello.boot for hello in kiosk.hellos][-1:] == [2])
    assert (bench.starts, bench.bites) == (2, 1)
    assert bench.scan(b"SEAL")
    kiosk.until(lambda: len(kiosk.scans) == 1)


def test_a_task_that_ends_by_an_error_ends_in_a_reset_and_is_told_after_it_when_there_was_no_link(
    start_reader: StartReader, reader_main: Callable[[str], Path]
) -> None:
    bench, kiosk = start_reader(main=reader_main(DEAD_TASK))
    kiosk.until(lambda: [(fault.part, fault.is_over) for fault in kiosk.of(Fault)][-1:] == [("firmware", 1)])
    fault = kiosk.of(Fault)[-1]
    assert kiosk.hellos[-1].boot == 2
    assert "health" in fault.what
    assert "of this test" in fault.what
    assert (bench.starts, bench.ends) == (2, [3])
    assert "Traceback" in bench.console


def test_a_reader_that_is_well_is_not_reset(start_reader: StartReader) -> None:
    bench, kiosk = start_reader(watchdog_s=1.5)
    kiosk.until_up()
    kiosk.serve_for(4.0)
    assert (bench.starts, bench.bites, kiosk.downs) == (1, 0, [])


def test_the_readers_log_comes_over_the_link(start_reader: StartReader) -> None:
    _, kiosk = start_reader()
    kiosk.until(lambda: "link up with gate 1 0.1.0" in {line.text for line in kiosk.of(Log)})
