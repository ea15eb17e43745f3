"""The card reader, through the genuine nfcpy, against an emulated PN532 on a pty."""

import contextlib
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import nfc.clf.pn532
import pytest

from drivers import nfc_reader
from drivers.card_presence import RefusedBecause
from drivers.cards.values import CardTechnology
from drivers.nfc_reader import CardGone, CardRefused, CardSeen, NfcReader, NfcReaderSettings
from drivers.pn532_chip import LINE_MEND, PORT_MEND
from drivers.reports import DeviceIdentified, DeviceLost, DeviceReady
from hw.bench import cards
from hw.bench.line import PtyLine
from hw.bench.pn532_reader import BenchReader
from hw.serial_ports import usb_seen
from tests.drivers.nfc_bench import LIMIT_S, READER, Watched
from tests.usb_ports import UsbPorts

NOTICE_S = 2.5
"""Seconds in which a reader that fell silent must be noticed; 1.5 s when the machine is not busy."""

STOP_S = 1.0
"""Seconds for an orderly end."""

ANNA = bytes.fromhex("04112200445566")
BEN = bytes.fromhex("04AABBCCDDEEFF")
IDM = bytes.fromhex("0114010203040506")

Watch = Callable[[str], Watched]


@pytest.fixture
def bench() -> Iterator[BenchReader]:
    with BenchReader() as reader:
        yield reader


@pytest.fixture
def watch() -> Iterator[Watch]:
    with contextlib.ExitStack() as stack:

        def start(port: str) -> Watched:
            watched = Watched(port)
            stack.callback(watched.stop)
            return watched

        yield start


@pytest.fixture
def watched(bench: BenchReader, watch: Watch) -> Watched:
    running = watch(str(bench.path))
    running.next(DeviceReady)
    return running


def test_the_reader_says_what_chip_answers_on_which_port(bench: BenchReader, watch: Watch) -> None:
    assert watch(str(bench.path)).next(DeviceReady) == DeviceReady(READER, f"PN532v1.6 on {bench.path}")


def test_a_reader_on_a_usb_adapter_is_identified_by_that(
    bench: BenchReader, watch: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    usb = UsbPorts()
    usb.plug(bench.path, 0x1A86, 0x7523)
    monkeypatch.setattr(nfc_reader, "usb_seen", partial(usb_seen, ports=usb))
    watched = watch(str(bench.path))
    watched.next(DeviceReady)
    assert watched.next(DeviceIdentified) == DeviceIdentified(READER, "1a86:7523")


@pytest.mark.parametrize(
    ("card", "technology", "identifier"),
    [
        (cards.ntag213(ANNA), CardTechnology.TYPE_2, ANNA),
        (cards.ntag215(ANNA), CardTechnology.TYPE_2, ANNA),
        (cards.ntag216(ANNA), CardTechnology.TYPE_2, ANNA),
        (cards.type4(BEN), CardTechnology.TYPE_4, BEN),
        (cards.type4(bytes.fromhex("12345678")), CardTechnology.TYPE_4, bytes.fromhex("12345678")),
        (cards.felica(IDM), CardTechnology.FELICA, IDM),
    ],
)
def test_each_kind_of_card_is_seen_and_gone(
    bench: BenchReader, watched: Watched, card: cards.Card, technology: CardTechnology, identifier: bytes
) -> None:
    bench.lay(card)
    assert watched.next(CardSeen) == CardSeen(READER, technology, identifier)
    bench.take_off(card)
    assert watched.next(CardGone) == CardGone(READER, identifier)


def test_a_held_card_is_seen_once(bench: BenchReader, watched: Watched) -> None:
    bench.lay(cards.ntag213(ANNA))
    watched.next(CardSeen)
    watched.look_again()
    assert watched.reports == []


def test_a_swapped_card_is_gone_before_the_new_one_is_seen(bench: BenchReader, watched: Watched) -> None:
    bench.lay(cards.ntag213(ANNA))
    watched.next(CardSeen)
    bench.take_off()
    bench.lay(cards.type4(BEN))
    assert watched.next(CardGone).identifier == ANNA
    assert watched.next(CardSeen).identifier == BEN


def test_a_phone_with_a_random_number_is_refused_once_with_that_reason(bench: BenchReader, watched: Watched) -> None:
    phone = cards.random_uid_phone()
    bench.lay(phone)
    first = phone.identity
    assert watched.next(CardRefused) == CardRefused(READER, RefusedBecause.RANDOM_UID)
    watched.look_again()
    assert phone.identity != first
    assert watched.reports == []
    bench.take_off(phone)
    bench.lay(cards.ntag213(ANNA))
    assert watched.next(CardSeen).identifier == ANNA


def test_an_unplugged_reader_is_lost_and_comes_back_by_itself(bench: BenchReader, watched: Watched) -> None:
    bench.unplug()
    lost = watched.next(DeviceLost, NOTICE_S)
    assert (lost.device, lost.mend) == (READER, PORT_MEND)
    bench.plug_in()
    watched.next(DeviceReady)
    bench.lay(cards.felica(IDM))
    assert watched.next(CardSeen).identifier == IDM


def test_a_port_that_is_missing_is_named(bench: BenchReader, watch: Watch) -> None:
    bench.unplug()
    watched = watch(str(bench.path))
    lost = watched.next(DeviceLost)
    assert (lost.got, str(bench.path) in lost.expected) == ("no such port", True)
    bench.plug_in()
    watched.next(DeviceReady)


def test_a_card_that_lies_there_through_a_loss_is_still_the_same_tap(bench: BenchReader, watched: Watched) -> None:
    bench.lay(cards.ntag213(ANNA))
    watched.next(CardSeen)
    bench.unplug()
    watched.next(DeviceLost)
    bench.plug_in()
    watched.next(DeviceReady)
    watched.look_again()
    assert watched.reports == []
    bench.take_off()
    assert watched.next(CardGone).identifier == ANNA


def test_a_silent_reader_is_noticed_and_comes_back_by_itself(bench: BenchReader, watched: Watched) -> None:
    bench.freeze()
    lost = watched.next(DeviceLost, NOTICE_S)
    assert lost.got == f"no answer on {bench.path}"
    assert lost.mend == LINE_MEND
    bench.reset()
    watched.next(DeviceReady)


def test_a_reader_whose_power_blinked_goes_on(bench: BenchReader, watched: Watched) -> None:
    bench.reset()  # it is at its first speed again, and the driver is not
    watched.next(DeviceReady)
    bench.lay(cards.ntag213(ANNA))
    assert watched.next(CardSeen).identifier == ANNA


def test_a_port_that_sends_rubbish_is_no_reader(watch: Watch) -> None:
    with PtyLine() as line:
        line.serve(lambda data: bytes(byte ^ 0x5A for byte in data) * 9)
        lost = watch(str(line.path)).next(DeviceLost)
        assert lost.got == f"bytes that are no whole PN532 frame on {line.path}"
        assert lost.mend == LINE_MEND


def test_a_port_where_nobody_answers_is_silent(watch: Watch) -> None:
    with PtyLine() as line:
        lost = watch(str(line.path)).next(DeviceLost)
        assert lost.got == f"no answer on {line.path}"


KILLED = """
import sys, threading
from drivers.nfc_reader import NfcReader, NfcReaderSettings
def report(each):
    print(type(each).__name__, flush=True)
NfcReader(NfcReaderSettings("card reader", sys.argv[1]), report, print).start()
threading.Event().wait()
"""


@contextlib.contextmanager
def another_kiosk(port: str) -> Iterator[subprocess.Popen[str]]:
    """Another process with the reader in use, killed in the end."""
    command = [sys.executable, "-c", KILLED, port]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            while "DeviceReady" not in (line := process.stdout.readline()):
                assert line, "expected a reader that gets ready, the process ended"
            yield process
        finally:
            process.send_signal(signal.SIGKILL)


def test_a_chip_that_a_killed_driver_left_at_high_speed_is_found_there(bench: BenchReader, watch: Watch) -> None:
    with another_kiosk(str(bench.path)):
        pass
    assert bench.baud == 921_600
    watched = watch(str(bench.path))
    watched.next(DeviceReady)
    assert watched.reports == []  # not even one loss on the way
    bench.lay(cards.type4(BEN))
    assert watched.next(CardSeen).identifier == BEN


def test_a_port_in_use_by_another_process_is_left_alone_and_the_process_named(bench: BenchReader, watch: Watch) -> None:
    with another_kiosk(str(bench.path)) as process:
        watched = watch(str(bench.path))
        lost = watched.next(DeviceLost)
        assert f"(process {process.pid})" in lost.got
        bench.lay(cards.ntag213(ANNA))
        assert process.stdout
        assert "CardSeen" in process.stdout.readline()  # the other one goes on undisturbed
    watched.next(DeviceReady)


def test_two_readers_of_one_kiosk_on_one_port_are_told(bench: BenchReader, watched: Watched, watch: Watch) -> None:
    lost = watch(str(bench.path)).next(DeviceLost)
    assert lost.got == "it is in use by another device of this kiosk"
    watched.look_again()
    assert watched.reports == []


def slow_bytes(bench: BenchReader) -> None:
    for faults in (bench.line.to_driver, bench.line.from_driver):
        faults.one_byte, faults.byte_pause_s = True, 0.001


def late_bytes(bench: BenchReader) -> None:
    for faults in (bench.line.to_driver, bench.line.from_driver):
        faults.latency_s = 0.02


def lost_bytes(bench: BenchReader) -> None:
    for faults in (bench.line.to_driver, bench.line.from_driver):
        faults.drop_rate = 0.001


@pytest.mark.parametrize("spoil", [slow_bytes, late_bytes, lost_bytes])
def test_a_poor_line_carries_a_card(bench: BenchReader, watch: Watch, spoil: Callable[[BenchReader], None]) -> None:
    spoil(bench)
    watched = watch(str(bench.path))
    watched.next(DeviceReady)
    card = cards.ntag213(ANNA)
    bench.lay(card)
    assert watched.next(CardSeen).identifier == ANNA
    watched.look_again(4)
    bench.take_off(card)
    assert watched.next(CardGone).identifier == ANNA


@pytest.mark.parametrize("count", [1, 3, 20])
def test_bytes_lost_now_and_then_neither_lose_the_reader_nor_move_the_card(
    bench: BenchReader, watched: Watched, count: int
) -> None:
    bench.lay(cards.ntag213(ANNA))
    watched.next(CardSeen)
    for faults in (bench.line.to_driver, bench.line.from_driver):
        faults.drop_next(count)
        watched.look_again(4)
        faults.corrupt_next(count)
        watched.look_again(4)
    assert watched.reports == []


def test_the_chip_is_put_to_sleep_at_its_first_speed_when_the_reader_is_stopped(bench: BenchReader) -> None:
    watched = Watched(str(bench.path))
    watched.next(DeviceReady)
    assert bench.baud == 921_600
    watched.stop()
    assert (bench.baud, bench.field_on) == (115_200, False)
    again = Watched(str(bench.path))
    again.next(DeviceReady)
    again.stop()


def descriptors() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


@pytest.mark.parametrize("state", ["served", "frozen", "unplugged", "with a card"])
def test_stopping_is_prompt_and_leaves_no_thread_and_no_descriptor(bench: BenchReader, state: str) -> None:
    assert nfc.clf.pn532  # imported before the count
    threads, before = threading.active_count(), descriptors()
    watched = Watched(str(bench.path))
    watched.next(DeviceReady)
    limit_s = STOP_S
    if state == "frozen":
        bench.freeze()
        watched.next(DeviceLost)
        limit_s += 1.5  # it may be listening for the slow first bytes of a Pi's USB
    elif state == "unplugged":
        bench.unplug()
        watched.next(DeviceLost)
        bench.plug_in()
        watched.next(DeviceReady)
    elif state == "with a card":
        bench.lay(cards.type4(BEN))
        watched.next(CardSeen)
    began = time.monotonic()
    watched.stop()
    assert time.monotonic() - began < limit_s
    assert threading.active_count() == threads
    assert descriptors() == before


def test_an_error_of_ours_ends_the_thread_and_is_handed_on(bench: BenchReader) -> None:
    died = threading.Event()
    deaths: list[BaseException] = []

    def on_death(error: BaseException) -> None:
        deaths.append(error)
        died.set()

    def report(each: object) -> None:
        if isinstance(each, CardSeen):
            raise IndexError("a mistake in the kiosk")

    reader = NfcReader(NfcReaderSettings(READER, str(bench.path)), report, on_death)
    reader.start()
    bench.lay(cards.ntag213(ANNA))
    assert died.wait(LIMIT_S)
    reader.stop()
    assert [str(each) for each in deaths] == ["a mistake in the kiosk"]
    assert bench.baud == 115_200  # and still closed on the way out
