"""The unmodified nfcpy 1.0.4 on the bench reader."""

import errno
import os
import signal
import subprocess
import sys
import termios
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ndef
import nfc
import nfc.clf
import nfc.clf.pn532
import nfc.clf.transport
import nfc.tag
import pytest
import serial
from msgspec import Struct

from hw.bench.cards import Card, felica, ntag213, ntag215, ntag216, random_uid_phone, type4
from hw.bench.pn532_reader import BenchReader
from tests.hw.bench.pn532_host import ACK, WAKE_UP, framed

UID = bytes.fromhex("04112233445566")
IDM = bytes.fromhex("0123456789ABCDEF")
URI = "https://example.org/driver/"
EVERYTHING = ("106A", "106B", "212F", "424F")


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[BenchReader]:
    with BenchReader(tmp_path / "card-reader") as made:
        yield made


@contextmanager
def frontend(path: Path) -> Iterator[Any]:
    """nfcpy's front end on a port, closed on every way out."""
    transport = nfc.clf.transport.TTY(str(path))
    clf = nfc.ContactlessFrontend()
    try:
        clf.device = nfc.clf.pn532.init(transport)
    except BaseException:
        transport.close()
        raise
    try:
        yield clf
    finally:
        clf.close()


def sense(clf: Any, *kinds: str) -> Any:
    return clf.sense(*(nfc.clf.RemoteTarget(kind) for kind in kinds or EVERYTHING))


def message(tag: Any) -> list[str]:
    return [record.iri for record in tag.ndef.records]


def test_nfcpy_finds_the_chip_and_raises_the_speed(reader: BenchReader) -> None:
    with frontend(reader.path) as clf:
        assert reader.baud == 921_600
        assert clf.device.chipset.get_firmware_version() == bytes([0x32, 1, 6, 7])
        assert [clf.device.chipset.diagnose(test) for test in ("line", "rom", "ram")] == [True, True, True]


def test_nfcpy_finds_the_chip_on_a_raspberry_pi_which_it_tells_by_a_file_that_it_does_not_close(
    reader: BenchReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tmp_path / "model"
    model.write_bytes(b"Raspberry Pi 4 Model B Rev 1.4\0")
    asked = []

    def open_on_a_pi(path: str, mode: str) -> Any:
        asked.append(path)
        return open(path, mode, opener=lambda _, flags: os.open(model, flags))

    monkeypatch.setattr(nfc.clf.pn532, "open", open_on_a_pi, raising=False)
    with frontend(reader.path):
        assert reader.baud == 921_600
    assert asked == ["/proc/device-tree/model"]


def test_nfcpy_opens_and_closes_the_port_again_and_again(reader: BenchReader) -> None:
    for _ in range(5):
        with frontend(reader.path):
            assert reader.baud == 921_600
        assert reader.baud == 115_200
        assert not reader.field_on


def test_an_empty_reader_senses_nothing_and_leaves_the_field_off(reader: BenchReader) -> None:
    with frontend(reader.path) as clf:
        assert sense(clf) is None
        assert not reader.field_on


class Sample(Struct, frozen=True):
    make: Callable[[], Card]
    name: str
    identity: bytes
    uri: str


CARDS = {
    "NTAG213": Sample(lambda: ntag213(UID, URI + "1"), "Type2Tag 'NXP NTAG213'", UID, URI + "1"),
    "NTAG215": Sample(lambda: ntag215(UID, URI + "2" * 400), "Type2Tag 'NXP NTAG215'", UID, URI + "2" * 400),
    "NTAG216": Sample(lambda: ntag216(UID, URI + "3" * 800), "Type2Tag 'NXP NTAG216'", UID, URI + "3" * 800),
    "type 4": Sample(lambda: type4(UID, URI + "4" * 700), "Type4ATag", UID, URI + "4" * 700),
    "FeliCa": Sample(lambda: felica(IDM, URI + "5" * 500), "Type3Tag 'FeliCa Standard", IDM, URI + "5" * 500),
}


@pytest.mark.parametrize("kind", CARDS)
def test_every_card_is_sensed_activated_read_written_and_gone(reader: BenchReader, kind: str) -> None:
    sample = CARDS[kind]
    card = sample.make()
    with frontend(reader.path) as clf:
        reader.lay(card)
        tag = nfc.tag.activate(clf, sense(clf))
        assert str(tag).startswith(sample.name)
        assert tag.identifier == sample.identity
        assert message(tag) == [sample.uri]
        tag.ndef.records = [ndef.UriRecord("https://example.org/written"), ndef.UriRecord("https://example.org/twice")]
        assert tag.is_present
        again = nfc.tag.activate(clf, sense(clf))
        assert message(again) == ["https://example.org/written", "https://example.org/twice"]
        reader.take_off(card)
        assert not again.is_present
        assert sense(clf) is None


@pytest.mark.parametrize(("make", "capacity"), [(ntag213, 137), (ntag215, 492), (ntag216, 868)])
def test_a_blank_tag_has_an_empty_message_and_its_whole_capacity(
    reader: BenchReader, make: Callable[[bytes], Card], capacity: int
) -> None:
    reader.lay(make(UID))
    with frontend(reader.path) as clf:
        tag = nfc.tag.activate(clf, sense(clf))
        assert (tag.ndef.length, tag.ndef.capacity, tag.ndef.is_writeable) == (0, capacity, True)


def test_nfcpy_protects_a_tag_with_a_password(reader: BenchReader) -> None:
    reader.lay(ntag213(UID, URI))
    with frontend(reader.path) as clf:
        tag = nfc.tag.activate(clf, sense(clf))
        assert tag.protect(b"secret", read_protect=True, protect_from=4)
        assert tag.authenticate(b"secret")
        assert message(tag) == [URI]
        fresh = nfc.tag.activate(clf, sense(clf))
        assert fresh.ndef is None
        assert not fresh.authenticate(b"wrong!")


def test_a_phone_gives_another_uid_each_time_the_field_comes_on(reader: BenchReader) -> None:
    reader.lay(random_uid_phone())
    with frontend(reader.path) as clf:
        uids = [bytes(sense(clf).sdd_res) for _ in range(4)]
        assert {uid[0] for uid in uids} == {0x08}
        assert len(set(uids)) == 4
        assert nfc.tag.activate(clf, sense(clf)).ndef is None


def test_only_the_card_with_the_wanted_uid_is_sensed(reader: BenchReader) -> None:
    reader.lay(ntag213(UID))
    with frontend(reader.path) as clf:
        for wanted, found in ((UID, True), (UID[:-1] + b"\x00", False)):
            target = nfc.clf.RemoteTarget("106A")
            target.sel_req = bytearray(wanted)
            assert (clf.sense(target) is not None) is found


def test_of_two_cards_one_is_read_whole(reader: BenchReader) -> None:
    reader.lay(ntag213(bytes.fromhex("04000000000000"), URI + "loses"))
    reader.lay(ntag213(bytes.fromhex("04010000000000"), URI + "wins"))
    with frontend(reader.path) as clf:
        assert message(nfc.tag.activate(clf, sense(clf))) == [URI + "wins"]


def test_a_type_a_and_a_felica_card_are_each_found_by_their_own_polling(reader: BenchReader) -> None:
    reader.lay(ntag213(UID))
    reader.lay(felica(IDM))
    with frontend(reader.path) as clf:
        assert bytes(sense(clf, "106A").sdd_res) == UID
        assert bytes(sense(clf, "212F").sensf_res[1:9]) == IDM
        assert bytes(sense(clf, "424F").sensf_res[1:9]) == IDM


@pytest.mark.parametrize("kind", CARDS)
def test_a_card_taken_off_while_it_is_read_ends_the_reading(reader: BenchReader, kind: str) -> None:
    sample = CARDS[kind]
    card = sample.make()
    reader.lay(card)
    with frontend(reader.path) as clf:
        tag = nfc.tag.activate(clf, sense(clf))
        exchange, left = clf.exchange, 2

        def pulled_away(*args: Any) -> Any:
            nonlocal left
            left -= 1
            if left == 0:
                reader.take_off(card)
            return exchange(*args)

        clf.exchange = pulled_away
        assert tag.ndef is None
        assert left <= 0
        clf.exchange = exchange
        assert sense(clf) is None
        reader.lay(card)
        again = nfc.tag.activate(clf, sense(clf))
        assert (again.identifier, message(again)) == (sample.identity, [sample.uri])


KILLED = """
import os, signal, sys
import nfc.clf.pn532, nfc.clf.transport
nfc.clf.pn532.init(nfc.clf.transport.TTY(sys.argv[1]))
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def left_fast(reader: BenchReader) -> BenchReader:
    """A reader whose driver was killed in the middle."""
    done = subprocess.run([sys.executable, "-c", KILLED, str(reader.path)], check=False, timeout=30)
    assert done.returncode == -signal.SIGKILL
    return reader


def test_a_killed_driver_leaves_the_chip_at_the_high_speed_where_nfcpy_does_not_find_it(left_fast: BenchReader) -> None:
    assert left_fast.baud == 921_600
    for _ in range(2):
        with pytest.raises(OSError, match=r".") as caught, frontend(left_fast.path):
            pass
        assert caught.value.errno in {errno.ENODEV, errno.ETIMEDOUT}


def test_a_chip_left_at_the_high_speed_comes_back_when_it_is_spoken_to_there(left_fast: BenchReader) -> None:
    with serial.Serial(str(left_fast.path), 921_600, timeout=5) as port:
        port.write(framed(0x10, b"\x04"))
        assert port.read(15) == ACK + bytes.fromhex("0000FF02FED5111A00")
        port.write(ACK)
        port.baudrate = 115_200
    with frontend(left_fast.path) as clf:
        assert sense(clf) is None


def test_a_chip_left_at_the_high_speed_comes_back_with_a_power_cycle(left_fast: BenchReader) -> None:
    left_fast.reset()
    with frontend(left_fast.path) as clf:
        assert sense(clf) is None


def test_what_a_chip_sends_at_another_speed_arrives_as_rubbish(reader: BenchReader) -> None:
    with serial.Serial(str(reader.path), 921_600, timeout=5) as port:
        port.baudrate = 115_200
        port.write(WAKE_UP + framed(0x4A, b"\x01\x00"))
        assert port.read(6) == ACK
        port.baudrate = 921_600
        reader.lay(ntag213(UID))
        heard = port.read(8)
        assert len(heard) == 8
        assert not heard.startswith(b"\x00\x00\xff")


def test_a_chip_left_searching_for_ever_is_taken_over(reader: BenchReader) -> None:
    with serial.Serial(str(reader.path), 115_200, timeout=5) as port:
        port.write(WAKE_UP + framed(0x4A, b"\x01\x00"))
        assert port.read(6) == ACK
    assert reader.waiting == 0x4A
    with frontend(reader.path) as clf:
        assert sense(clf) is None


def test_a_frozen_chip_is_not_found_until_its_power_is_cycled(reader: BenchReader) -> None:
    reader.freeze()
    with pytest.raises(OSError, match=r".") as caught, frontend(reader.path):
        pass
    assert caught.value.errno in {errno.ENODEV, errno.ETIMEDOUT}
    reader.reset()
    with frontend(reader.path) as clf:
        assert sense(clf) is None


def test_an_unplugged_reader_raises_and_is_found_again_under_the_same_path(reader: BenchReader) -> None:
    reader.lay(ntag213(UID, URI))
    transport = nfc.clf.transport.TTY(str(reader.path))
    device = nfc.clf.pn532.init(transport)
    reader.unplug()
    with pytest.raises((OSError, termios.error)):
        device.mute()
    transport.tty.close()
    assert not reader.path.exists()
    reader.plug_in()
    with frontend(reader.path) as clf:
        assert message(nfc.tag.activate(clf, sense(clf))) == [URI]


@pytest.mark.parametrize("kind", CARDS)
def test_cards_are_read_over_a_line_of_single_bytes(reader: BenchReader, kind: str) -> None:
    sample = CARDS[kind]
    reader.line.to_driver.one_byte = reader.line.from_driver.one_byte = True
    reader.lay(sample.make())
    with frontend(reader.path) as clf:
        tag = nfc.tag.activate(clf, sense(clf))
        assert (tag.identifier, message(tag)) == (sample.identity, [sample.uri])


def test_a_card_is_read_over_a_slow_line(reader: BenchReader) -> None:
    reader.line.to_driver.latency_s = reader.line.from_driver.latency_s = 0.003
    reader.lay(ntag213(UID, URI))
    with frontend(reader.path) as clf:
        assert message(nfc.tag.activate(clf, sense(clf))) == [URI]


def test_bytes_lost_on_the_way_to_the_chip_cost_one_command(reader: BenchReader) -> None:
    reader.lay(ntag213(UID))
    with frontend(reader.path) as clf:
        reader.line.from_driver.drop_next(4)
        with pytest.raises(OSError, match=r"."):
            clf.device.chipset.get_firmware_version()
        assert bytes(sense(clf).sdd_res) == UID


def test_a_byte_damaged_on_the_way_back_is_seen_by_nfcpy(reader: BenchReader) -> None:
    with frontend(reader.path) as clf:
        reader.line.to_driver.corrupt_next(1)
        with pytest.raises(OSError, match=r"."):
            clf.device.chipset.get_firmware_version()
        assert clf.device.chipset.get_firmware_version() == bytes([0x32, 1, 6, 7])


def test_nothing_of_a_closed_reader_stays_behind(tmp_path: Path) -> None:
    def left() -> tuple[set[int], set[str], list[Path]]:
        threads = {thread.ident or 0 for thread in threading.enumerate()}
        return threads, {fd.name for fd in Path("/proc/self/fd").iterdir()}, list(tmp_path.iterdir())

    before = left()
    with BenchReader(tmp_path / "card-reader") as reader, frontend(reader.path) as clf:
        reader.lay(ntag213(UID))
        assert sense(clf) is not None
    reader.close()
    assert left() == before
