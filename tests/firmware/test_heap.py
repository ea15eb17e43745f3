"""What the firmware takes of the heap, with every task running."""

import contextlib
import io
import re
import shutil
from pathlib import Path

import pytest

from hw.bench.seal_reader import SealReaderBench
from sealwire.messages import Config, Fault, Heartbeat
from tests.firmware.conftest import LINES, SSI, StartReader
from tests.firmware.interpreter import FIRMWARE, PLACE, ROOT
from tests.firmware.kiosk_end import KioskEnd
from tests.firmware.modules import MODULES

HEAP_MOST = 64 * 1024
"""Bytes in use at most; the Pico has 264 KB of memory for everything."""

IN_ROM = ROOT / "tests/firmware/device/in_rom.py"

SMALL_HEAP = 112 * 1024
"""Bytes of a heap in which the firmware must run: in use, names, what it calls enough, messages."""

NOISE = 1024
"""Bytes by which two looks may differ: strings that are just then there."""


@pytest.fixture
def rom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The firmware compiled into one read-only image, in whose place its code is run."""
    from mpremote.romfs import make_romfs

    source = tmp_path / "rom"
    for module in MODULES:
        if module.parent.name != "boards" or module.stem != "pico":
            (source / module).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(FIRMWARE / module, source / module)
    shutil.copytree(PLACE / "lib" / "logging", source / "logging")
    with contextlib.redirect_stdout(io.StringIO()):
        image = make_romfs(str(source), mpy_cross=True)
    path = tmp_path / "rom.img"
    path.write_bytes(image)
    monkeypatch.setenv("SEAL_READER_ROM", str(path))
    return IN_ROM


def work(bench: SealReaderBench, kiosk: KioskEnd, scans: int, length: int = 20) -> int:
    """Have it scan, with the cable and without; the heap in use when all is done."""
    for number in range(scans):
        before = len(kiosk.scans)
        assert bench.scan(data(number, length))
        kiosk.until(lambda before=before: len(kiosk.scans) > before)  # type: ignore[misc]
    bench.pull_cable()
    kiosk.until(lambda: not kiosk.link.is_up)
    for number in range(scans, 2 * scans):
        assert bench.scan(data(number, length))
    bench.put_back()
    kiosk.until_up()
    beats = len(kiosk.of(Heartbeat))
    kiosk.until(lambda: len(kiosk.of(Heartbeat)) > beats + 1 and kiosk.of(Heartbeat)[-1].spooled == 0)
    return kiosk.of(Heartbeat)[-1].heap_used


def data(number: int, length: int) -> bytes:
    return b"%06d" % number + b"x" * (length - 6)


def test_with_its_code_in_flash_the_firmware_takes_at_most_64_kb_of_the_heap(
    start_reader: StartReader, either_engine: Config, rom: Path
) -> None:
    bench, kiosk = start_reader(either_engine, main=rom)
    kiosk.until_up()
    used = work(bench, kiosk, 5)
    names = int(re.findall(r"qstr pool: .* n_total_bytes=(\d+)", bench.console)[-1])
    print(f"heap in use: {used - names} bytes, and {names} of names that are in flash with frozen code")  # noqa: T201
    assert used - names <= HEAP_MOST


def test_the_heap_in_use_does_not_grow_with_the_scans(start_reader: StartReader) -> None:
    bench, kiosk = start_reader(LINES)
    kiosk.until_up()
    first = work(bench, kiosk, 5)
    for _ in range(3):
        last = work(bench, kiosk, 30, 400)
    print(f"heap in use: {first} bytes with all code in it, {last} after 190 more scans")  # noqa: T201 - the figure is wanted
    assert last <= first + NOISE


def test_the_longest_scans_and_a_config_go_through_a_small_heap(start_reader: StartReader, rom: Path) -> None:
    bench, kiosk = start_reader(SSI, main=rom, arguments=("-X", f"heapsize={SMALL_HEAP}"))
    kiosk.until_up()
    kiosk.send(SSI)
    work(bench, kiosk, 5, 500)
    once = {scan.seq: scan.data for scan in kiosk.scans}  # one that was on its way may come again
    assert list(once.values()) == [data(number, 500) for number in range(10)]
    assert kiosk.of(Fault) == []
    assert (bench.starts, kiosk.of(Heartbeat)[-1].heap_free < SMALL_HEAP) == (1, True)
