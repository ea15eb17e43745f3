import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial
from hypothesis import given
from hypothesis import strategies as st

from hw.bench.scanner import BenchScanner, PlainScanner, SsiScanner, Trigger
from hw.bench.ssi import DATA_PER_PACKET, HOST, Cause, Fate, Inbox, Opcode, Outcome, Packet, Status
from hw.bench.symbology import Symbology

WAIT_S = 5.0
"""Seconds that a test allows something which should come at once, on a busy machine."""

QUICK_S = 0.05
"""Seconds for the scanner's own time-outs where a test lets them pass."""

ACK = bytes.fromhex("04D00400FF28")
"""Host's CMD_ACK, as the Zebra guide prints it."""

SCANNERS_ACK = bytes.fromhex("04D00000FF2C")
NAK_RESEND = bytes.fromhex("05D1000001FF29")
NAK_BAD_CONTEXT = bytes.fromhex("05D1000002FF28")
NAK_DENIED = bytes.fromhex("05D1000006FF24")

HOST_NAK_RESEND = bytes.fromhex("05D1040001FF25")
HOST_NAK_DENIED = bytes.fromhex("05D1040006FF20")

START_SESSION = bytes.fromhex("04E40400FF14")
STOP_SESSION = bytes.fromhex("04E50400FF13")
SCAN_ENABLE = bytes.fromhex("04E90400FF0F")
SCAN_DISABLE = bytes.fromhex("04EA0400FF0E")
LED_ON = bytes.fromhex("05E7040001FF0F")
LED_OFF = bytes.fromhex("05E8040001FF0E")
BEEP_3 = bytes.fromhex("05E6040003FF0E")
BEEP_3_AGAIN = bytes.fromhex("05E6040103FF0D")
REQUEST_REVISION = bytes.fromhex("04A30400FF55")

FIRST = bytes.fromhex("08F3000003414231FE4E")
"""DECODE_DATA, Code 128 (0x03), "AB1"."""

AGAIN = bytes.fromhex("08F3000103414231FE4D")
"""The same with the retransmit bit."""


@pytest.fixture
def scanner() -> Iterator[SsiScanner]:
    with SsiScanner() as made:
        yield made


@pytest.fixture
def port(scanner: SsiScanner) -> Iterator[serial.Serial]:
    with opened(scanner) as made:
        yield made


def opened(scanner: BenchScanner) -> serial.Serial:
    return serial.Serial(str(scanner.path), 9600, timeout=WAIT_S, exclusive=True)


def ask(port: serial.Serial, sent: bytes) -> bytes:
    """Send a packet and read the one that answers."""
    port.write(sent)
    return read_packet(port)


def read_packet(port: serial.Serial) -> bytes:
    length = bytes(port.read(1))
    assert length, "no packet came"
    return length + bytes(port.read(length[0] + 1))


def settle(scanner: SsiScanner, count: int = 1) -> list[Outcome]:
    assert scanner.wait_until(lambda: len(scanner.outcomes) >= count, WAIT_S)
    return scanner.outcomes


@pytest.mark.parametrize("kind", [PlainScanner, SsiScanner])
def test_both_kinds_are_used_alike(kind: type[PlainScanner] | type[SsiScanner]) -> None:
    with kind() as made:
        scanner: BenchScanner = made
        with opened(scanner) as port:
            assert scanner.fire(Symbology.CODE_128, b"AB1")
            assert port.read_until(b"AB1").endswith(b"AB1")


# Packets of SSI


@given(
    opcode=st.integers(0, 255),
    status=st.integers(0, 15),
    data=st.binary(max_size=251),
    cut=st.integers(1, 40),
    wakeups=st.integers(0, 3),
)
def test_any_packet_survives_being_cut_anywhere(opcode: int, status: int, data: bytes, cut: int, wakeups: int) -> None:
    packet = Packet(opcode, HOST, Status(status), data)
    raw = bytes(wakeups) + packet.to_bytes()
    inbox = Inbox()
    got = [found for at in range(0, len(raw), cut) for found in inbox.feed(raw[at : at + cut])]
    assert got == [packet]
    assert not inbox.partial


# Decode data of SSI


def test_a_barcode_is_sent_as_decode_data_and_ends_with_the_ack(scanner: SsiScanner, port: serial.Serial) -> None:
    assert scanner.fire(Symbology.CODE_128, b"AB1")
    assert read_packet(port) == FIRST
    port.write(ACK)
    assert settle(scanner) == [Outcome(b"AB1", Fate.DELIVERED)]


def test_the_code_type_is_the_guides(scanner: SsiScanner, port: serial.Serial) -> None:
    types = {Symbology.CODE_39: 0x01, Symbology.ITF: 0x06, Symbology.GS1_128: 0x0F, Symbology.DATA_MATRIX: 0x1B}
    for symbology, code_type in types.items():
        scanner.fire(symbology, b"1")
        assert read_packet(port)[4] == code_type
        port.write(ACK)


def test_the_aim_identifier_stands_in_the_data_when_switched_on() -> None:
    with SsiScanner(aim_ids=True) as scanner, opened(scanner) as port:
        scanner.fire(Symbology.GS1_128, b"21A")
        assert read_packet(port)[4:-2] == b"\x0f]C121A"


def test_without_an_answer_it_sends_twice_more_with_the_retransmit_bit_and_gives_up() -> None:
    with SsiScanner(response_timeout_s=QUICK_S) as scanner, opened(scanner) as port:
        scanner.fire(Symbology.CODE_128, b"AB1")
        assert [read_packet(port) for _ in range(3)] == [FIRST, AGAIN, AGAIN]
        assert settle(scanner) == [Outcome(b"AB1", Fate.NO_ANSWER)]
        assert scanner.transmit_errors == 1


def test_a_nak_that_asks_for_it_brings_a_resend_at_once(scanner: SsiScanner, port: serial.Serial) -> None:
    scanner.fire(Symbology.CODE_128, b"AB1")
    assert read_packet(port) == FIRST
    assert ask(port, HOST_NAK_RESEND) == AGAIN
    port.write(ACK)
    assert settle(scanner) == [Outcome(b"AB1", Fate.DELIVERED)]


def test_a_third_nak_is_the_last(scanner: SsiScanner, port: serial.Serial) -> None:
    scanner.fire(Symbology.CODE_128, b"AB1")
    read_packet(port)
    assert [ask(port, HOST_NAK_RESEND) for _ in range(2)] == [AGAIN, AGAIN]
    port.write(HOST_NAK_RESEND)
    assert settle(scanner) == [Outcome(b"AB1", Fate.REFUSED, Cause.RESEND)]
    assert scanner.transmit_errors == 1


def test_a_nak_of_another_cause_ends_it_without_a_resend(scanner: SsiScanner, port: serial.Serial) -> None:
    scanner.fire(Symbology.CODE_128, b"AB1")
    read_packet(port)
    port.write(HOST_NAK_DENIED)
    assert settle(scanner) == [Outcome(b"AB1", Fate.REFUSED, Cause.DENIED)]
    assert ask(port, REQUEST_REVISION)[1] == Opcode.REPLY_REVISION


def test_a_second_barcode_waits_for_the_first_ones_ack(scanner: SsiScanner, port: serial.Serial) -> None:
    scanner.fire(Symbology.CODE_128, b"AB1")
    scanner.fire(Symbology.CODE_39, b"2")
    assert read_packet(port) == FIRST
    assert ask(port, ACK)[4:-2] == b"\x012"
    port.write(ACK)
    assert [outcome.data for outcome in settle(scanner, 2)] == [b"AB1", b"2"]


def test_a_long_barcode_comes_in_packets_that_are_each_acknowledged(scanner: SsiScanner, port: serial.Serial) -> None:
    data = bytes(range(256)) * 2
    scanner.fire(Symbology.PDF417, data)
    packets = [Packet.from_bytes(read_packet(port))]
    while packets[-1] and Status.CONTINUED in packets[-1].status:
        packets.append(Packet.from_bytes(ask(port, ACK)))
    port.write(ACK)
    whole = [packet for packet in packets if packet]
    assert [len(packet.data) - 1 for packet in whole] == [DATA_PER_PACKET, DATA_PER_PACKET, 12]
    assert {packet.data[0] for packet in whole} == {0x11}
    assert b"".join(packet.data[1:] for packet in whole) == data
    assert settle(scanner) == [Outcome(data, Fate.DELIVERED)]


def test_a_resent_intermediate_packet_carries_both_bits(scanner: SsiScanner, port: serial.Serial) -> None:
    scanner.fire(Symbology.PDF417, bytes(300))
    assert read_packet(port)[3] == Status.CONTINUED
    assert ask(port, HOST_NAK_RESEND)[3] == Status.CONTINUED | Status.RETRANSMIT


def test_an_ack_lost_on_the_line_brings_the_data_again() -> None:
    with SsiScanner(response_timeout_s=0.5) as scanner, opened(scanner) as port:
        scanner.line.from_driver.drop_next(len(ACK))
        scanner.fire(Symbology.CODE_128, b"AB1")
        assert read_packet(port) == FIRST
        assert ask(port, ACK) == AGAIN
        port.write(ACK)
        assert settle(scanner) == [Outcome(b"AB1", Fate.DELIVERED)]


def test_a_stray_ack_is_ignored(scanner: SsiScanner, port: serial.Serial) -> None:
    port.write(ACK + HOST_NAK_RESEND)
    assert ask(port, REQUEST_REVISION)[1] == Opcode.REPLY_REVISION
    assert scanner.outcomes == []


@pytest.mark.parametrize("pause_s", [0.0, 0.005])
def test_it_works_over_a_line_of_single_bytes(scanner: SsiScanner, port: serial.Serial, pause_s: float) -> None:
    for faults in (scanner.line.to_driver, scanner.line.from_driver):
        faults.one_byte, faults.byte_pause_s = True, pause_s
    assert ask(port, SCAN_ENABLE) == SCANNERS_ACK
    scanner.fire(Symbology.CODE_128, b"AB1")
    assert read_packet(port) == FIRST
    port.write(ACK)
    assert settle(scanner) == [Outcome(b"AB1", Fate.DELIVERED)]


# Commands of SSI


def test_a_disabled_scanner_reads_nothing_until_enabled(scanner: SsiScanner, port: serial.Serial) -> None:
    assert ask(port, SCAN_DISABLE) == SCANNERS_ACK
    assert not scanner.fire(Symbology.CODE_128, b"AB1")
    assert ask(port, SCAN_ENABLE) == SCANNERS_ACK
    assert scanner.fire(Symbology.CODE_128, b"AB1")
    assert read_packet(port) == FIRST


def test_a_host_triggered_scanner_reads_once_a_session() -> None:
    with SsiScanner(trigger=Trigger.HOST) as scanner, opened(scanner) as port:
        assert not scanner.fire(Symbology.CODE_128, b"AB1")
        assert ask(port, START_SESSION) == SCANNERS_ACK
        assert scanner.fire(Symbology.CODE_128, b"AB1")
        assert not scanner.fire(Symbology.CODE_128, b"AB1")
        assert read_packet(port) == FIRST


def test_a_stopped_session_reads_nothing() -> None:
    with SsiScanner(trigger=Trigger.HOST) as scanner, opened(scanner) as port:
        ask(port, START_SESSION)
        assert scanner.in_session
        assert ask(port, STOP_SESSION) == SCANNERS_ACK
        assert not scanner.fire(Symbology.CODE_128, b"AB1")


def test_a_session_ends_by_itself() -> None:
    with SsiScanner(trigger=Trigger.HOST, session_timeout_s=QUICK_S) as scanner, opened(scanner) as port:
        ask(port, START_SESSION)
        assert scanner.wait_until(lambda: not scanner.in_session, WAIT_S)
        assert not scanner.fire(Symbology.CODE_128, b"AB1")


def test_a_session_is_denied_to_a_disabled_or_hand_triggered_scanner(scanner: SsiScanner, port: serial.Serial) -> None:
    assert ask(port, START_SESSION) == NAK_DENIED
    scanner.trigger = Trigger.HOST
    ask(port, SCAN_DISABLE)
    assert ask(port, START_SESSION) == NAK_DENIED


def test_beeps_and_lights_are_seen(scanner: SsiScanner, port: serial.Serial) -> None:
    assert [ask(port, sent) for sent in (BEEP_3, LED_ON)] == [SCANNERS_ACK] * 2
    assert (scanner.beeps, scanner.leds) == ([3], 1)
    assert ask(port, LED_OFF) == SCANNERS_ACK
    assert scanner.leds == 0


def test_a_repeated_command_is_acknowledged_but_done_once(scanner: SsiScanner, port: serial.Serial) -> None:
    assert [ask(port, sent) for sent in (BEEP_3, BEEP_3_AGAIN)] == [SCANNERS_ACK] * 2
    assert scanner.beeps == [3]


def test_a_repeat_of_a_damaged_command_is_done(scanner: SsiScanner, port: serial.Serial) -> None:
    assert ask(port, BEEP_3[:-1] + b"\x00") == NAK_RESEND
    assert ask(port, BEEP_3_AGAIN) == SCANNERS_ACK
    assert scanner.beeps == [3]


def test_the_revision_is_told(port: serial.Serial) -> None:
    reply = ask(port, REQUEST_REVISION)
    assert reply[1:4] == b"\xa4\x00\x00"
    assert len(reply[4:-2].split(b" ")) == 4


def test_unknown_opcodes_and_foreign_sources_are_refused(port: serial.Serial) -> None:
    assert ask(port, Packet(0x42, HOST).to_bytes()) == NAK_BAD_CONTEXT
    assert ask(port, Packet(Opcode.SCAN_ENABLE).to_bytes()) == NAK_BAD_CONTEXT
    assert ask(port, Packet(Opcode.PARAM_SEND, HOST, data=b"\xff\x8a\x08").to_bytes()) == NAK_DENIED


def test_a_packet_that_the_host_does_not_finish_is_dropped() -> None:
    with SsiScanner(character_timeout_s=QUICK_S) as scanner, opened(scanner) as port:
        port.write(BEEP_3[:4])
        assert scanner.wait_until(lambda: scanner.unfinished == 1, WAIT_S)
        assert ask(port, SCAN_DISABLE) == SCANNERS_ACK
        assert scanner.beeps == []


def test_a_sleeping_scanner_loses_the_byte_that_wakes_it(scanner: SsiScanner, port: serial.Serial) -> None:
    assert ask(port, Packet(Opcode.SLEEP, HOST).to_bytes()) == SCANNERS_ACK
    assert scanner.asleep
    assert ask(port, b"\x00" + SCAN_ENABLE) == SCANNERS_ACK
    assert ask(port, b"\x00\x00" + SCAN_ENABLE) == SCANNERS_ACK


def test_the_queue_can_be_flushed(scanner: SsiScanner, port: serial.Serial) -> None:
    scanner.fire(Symbology.CODE_128, b"AB1")
    read_packet(port)
    assert ask(port, Packet(Opcode.FLUSH_QUEUE, HOST).to_bytes()) == SCANNERS_ACK
    assert settle(scanner) == [Outcome(b"AB1", Fate.FLUSHED)]


def test_raw_bytes_go_out_in_any_state(scanner: SsiScanner, port: serial.Serial) -> None:
    scanner.fire_raw(FIRST[:-1] + b"\x00")
    assert read_packet(port) == FIRST[:-1] + b"\x00"


# Loss of power


def test_after_loss_of_power_it_is_back_under_its_name_with_settings_fallen_back(scanner: SsiScanner) -> None:
    with opened(scanner) as port:
        ask(port, LED_ON)
        scanner.fire(Symbology.CODE_128, b"AB1")
        read_packet(port)
        scanner.lose_power()
        with pytest.raises(serial.SerialException):
            port.read(1)
    assert scanner.outcomes == [Outcome(b"AB1", Fate.FLUSHED)]
    assert scanner.leds == 0
    scanner.power_up()
    with opened(scanner) as port:
        scanner.fire(Symbology.CODE_128, b"AB1")
        assert read_packet(port) == FIRST


def test_a_barcode_fired_while_the_cable_is_off_is_tried_again_and_given_up() -> None:
    with SsiScanner(response_timeout_s=QUICK_S) as scanner:
        scanner.line.hang_up()
        assert scanner.fire(Symbology.CODE_128, b"AB1")
        assert settle(scanner) == [Outcome(b"AB1", Fate.NO_ANSWER)]


def test_closing_while_an_ack_is_awaited_leaves_nothing_behind(tmp_path: Path) -> None:
    fds, threads = set(Path("/proc/self/fd").iterdir()), threading.active_count()
    with SsiScanner(tmp_path / "scanner") as scanner, opened(scanner) as port:
        scanner.fire(Symbology.CODE_128, b"AB1")
        assert read_packet(port) == FIRST
    assert set(Path("/proc/self/fd").iterdir()) == fds
    assert threading.active_count() == threads
    assert list(tmp_path.iterdir()) == []
