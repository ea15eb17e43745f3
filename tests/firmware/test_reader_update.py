"""A new image over the link, into the reader that runs: kept when it reaches the kiosk, and left when it does not."""

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from hw.bench.seal_reader import SealReaderBench
from scripts.firmware_image import content_of
from sealwire.messages import Hello, UpdateBegin, UpdateChunk, UpdateState, signed_text
from tests.firmware.conftest import LINES, StartReader
from tests.firmware.interpreter import FIRMWARE
from tests.firmware.kiosk_end import KioskEnd

CHUNK = 512
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
NEW = "9.9.9"
TRIAL_S = 60.0

Change = Callable[[Path], None]


@pytest.fixture
def flash_with_key(tmp_path: Path) -> Path:
    """A flash that holds the key which images are signed with, as a board's does that was put into service."""
    flash = tmp_path / "flash"
    flash.mkdir()
    public = KEY.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    (flash / "update.pub").write_text(public.hex() + "\n")
    return flash


def image(folder: Path, change: Change = lambda _: None) -> bytes:
    """An image of the firmware as it is here, with a version of its own and whatever else is changed in it."""
    for package in ("reader", "sealwire"):
        shutil.copytree(FIRMWARE / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    version = folder / "reader" / "__init__.py"
    version.write_text(version.read_text().replace('VERSION = "', f'VERSION = "{NEW}"  # "'))
    change(folder)
    return content_of(folder)


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A sound image."""
    return image(tmp_path_factory.mktemp("new"))


def announce(content: bytes) -> UpdateBegin:
    digest = hashlib.sha256(content).digest()
    return UpdateBegin(len(content), digest, KEY.sign(signed_text(NEW, digest)), NEW)


def send(kiosk: KioskEnd, content: bytes) -> None:
    """Send an image as a kiosk does, until the reader has it all."""
    states = len(kiosk.of(UpdateState))
    kiosk.send(announce(content))
    kiosk.until(lambda: len(kiosk.of(UpdateState)) > states)
    state = kiosk.of(UpdateState)[-1]
    assert (state.state, state.why) == (UpdateState.TAKING, "")
    for offset in range(state.offset, len(content), CHUNK):
        kiosk.send(UpdateChunk(offset, content[offset : offset + CHUNK]))
    kiosk.until(lambda: kiosk.of(UpdateState)[-1].state == UpdateState.TAKEN)


def running(kiosk: KioskEnd) -> Hello:
    return kiosk.hellos[-1]


def scans_work(bench: SealReaderBench, kiosk: KioskEnd, data: bytes) -> None:
    assert bench.scan(data)
    kiosk.until(lambda: [scan.data for scan in kiosk.scans][-1:] == [data])


def test_an_image_that_reaches_the_kiosk_is_kept(
    start_reader: StartReader, flash_with_key: Path, content: bytes
) -> None:
    bench, kiosk = start_reader(LINES)
    kiosk.until_up()
    old = running(kiosk).version
    scans_work(bench, kiosk, b"OLD")
    send(kiosk, content)
    kiosk.until(lambda: running(kiosk).version == NEW)
    assert running(kiosk).trial == 1
    kiosk.until(lambda: kiosk.of(UpdateState)[-1].state == UpdateState.KEPT)
    scans_work(bench, kiosk, b"NEW")
    bench.cut_power()
    bench.power_up()
    kiosk.until(lambda: len(kiosk.hellos) == 3)
    assert (running(kiosk).version, running(kiosk).trial) == (NEW, 0)
    assert old != NEW
    scans = kiosk.scans
    assert scans[0].seq < scans[1].seq
    assert bench.ends == [3]


def breaks_app(folder: Path) -> None:
    app = folder / "reader" / "app.py"
    app.write_text(app.read_text() + "\n\nraise ValueError\n")


def kills_a_task(folder: Path) -> None:
    health = folder / "reader" / "health.py"
    health.write_text(health.read_text().replace("    gc.collect()\n", "    raise ValueError\n"))


@pytest.mark.parametrize("change", [breaks_app, kills_a_task])
def test_an_image_that_fails_is_left_for_the_old_one_which_says_so(
    start_reader: StartReader, flash_with_key: Path, tmp_path: Path, change: Change
) -> None:
    failing = image(tmp_path / "new", change)
    bench, kiosk = start_reader(LINES)
    kiosk.until_up()
    old = running(kiosk).version
    send(kiosk, failing)
    kiosk.until(lambda: kiosk.of(UpdateState)[-1].state == UpdateState.LEFT, patience_s=TRIAL_S)
    assert "old one runs" in kiosk.of(UpdateState)[-1].why
    assert running(kiosk).version == old
    scans_work(bench, kiosk, b"STILL")


def test_a_broken_off_update_goes_on_where_it_was(
    start_reader: StartReader, flash_with_key: Path, content: bytes
) -> None:
    bench, kiosk = start_reader(LINES)
    kiosk.until_up()
    kiosk.send(announce(content))
    kiosk.until(lambda: kiosk.of(UpdateState) != [])
    half = len(content) // 2 // CHUNK * CHUNK
    for offset in range(0, half, CHUNK):
        kiosk.send(UpdateChunk(offset, content[offset : offset + CHUNK]))
    bench.pull_cable()
    kiosk.until(lambda: not kiosk.link.is_up)
    bench.put_back()
    kiosk.until_up()
    before = len(kiosk.of(UpdateState))
    send(kiosk, content)
    assert kiosk.of(UpdateState)[before].offset > half - 8192
    kiosk.until(lambda: running(kiosk).version == NEW)


def test_a_scan_is_taken_while_an_update_is_on(start_reader: StartReader, flash_with_key: Path, content: bytes) -> None:
    bench, kiosk = start_reader(LINES)
    kiosk.until_up()
    kiosk.send(announce(content))
    scans_work(bench, kiosk, b"DURING THE CHECK")
    kiosk.until(lambda: kiosk.of(UpdateState) != [])
    kiosk.send(UpdateChunk(0, content[:CHUNK]))
    scans_work(bench, kiosk, b"BETWEEN CHUNKS")
    assert bench.starts == 1


def test_an_image_that_is_not_signed_by_its_key_changes_nothing(
    start_reader: StartReader, flash_with_key: Path
) -> None:
    bench, kiosk = start_reader(LINES)
    kiosk.until_up()
    begin = announce(b"image")
    begin.signature = bytes(64)
    kiosk.send(begin)
    kiosk.until(lambda: [state.state for state in kiosk.of(UpdateState)] == [UpdateState.REFUSED])
    scans_work(bench, kiosk, b"STILL")
    assert bench.starts == 1
    assert bench.lamp != 2, "no update is shown"
