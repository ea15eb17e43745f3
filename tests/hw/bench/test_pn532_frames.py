"""The chip byte by byte, with the frames that UM0701-02 and AN10609 print."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hw.bench.pn532 import Pn532, Power
from tests.hw.bench.pn532_host import ACK, ERROR, NACK, WAKE_UP, Host, framed

GET_VERSION = bytes.fromhex("0000FF02FED4022A00")
VERSION = bytes.fromhex("0000FF06FAD50332010607E800")


def powered(host: Host) -> Power:
    return host.chip.power


def test_get_firmware_version_is_answered_as_the_manual_prints_it() -> None:
    assert Host().send(GET_VERSION) == ACK + VERSION


def test_a_long_preamble_wakes_the_chip_from_its_starting_mode() -> None:
    host = Host(awake=False)
    assert powered(host) is Power.LOW_BATTERY
    frame = bytes.fromhex("5555000000000000000000000000000000FF03FDD414011700")
    assert host.send(frame) == ACK + bytes.fromhex("0000FF02FED5151600")
    assert powered(host) is Power.AWAKE


def test_the_bytes_that_wake_the_chip_are_lost() -> None:
    host = Host(awake=False)
    assert host.send(GET_VERSION) == b""
    assert host.send(GET_VERSION) == ACK + VERSION


def test_five_zero_bytes_are_five_rising_edges() -> None:
    host = Host(awake=False)
    host.send(bytes(4))
    assert powered(host) is Power.LOW_BATTERY
    host.send(b"\x00")
    assert powered(host) is Power.AWAKE


def test_a_frame_may_come_in_single_bytes() -> None:
    host = Host()
    assert b"".join(host.send(bytes([byte])) for byte in GET_VERSION) == ACK + VERSION


@pytest.mark.parametrize("preamble", [b"", b"\x00", bytes(50), b"\xff\xff", b"\x00\xff\x01", b"\x00\xff\xff"])
def test_any_preamble_is_passed_over(preamble: bytes) -> None:
    assert Host().send(preamble + GET_VERSION).endswith(ACK + VERSION)


def test_a_short_command_may_come_in_an_extended_frame_and_is_answered_in_a_normal_one() -> None:
    assert Host().send(bytes.fromhex("0000FFFFFF0002FED4022A00")) == ACK + VERSION


def test_the_longest_frame_goes_through_the_line_test_both_ways() -> None:
    host = Host()
    data = b"\x00" + bytes(range(256)) + bytes(6)
    assert len(data) == 263
    assert host.send(framed(0x00, data))[6:11] == bytes.fromhex("0000FFFFFF")
    assert host.ask(0x00, data) == data


def test_a_frame_longer_than_265_bytes_is_not_answered() -> None:
    host = Host()
    assert host.send(framed(0x00, bytes(264))) == b""
    assert host.send(GET_VERSION) == ACK + VERSION


@pytest.mark.parametrize(
    "damaged",
    [
        pytest.param("0000FF02FDD4022A00", id="length checksum"),
        pytest.param("0000FF02FED4022B00", id="data checksum"),
        pytest.param("0000FF02FED4032A00", id="data"),
        pytest.param("0000FFFFFF0002FDD4022A00", id="extended length checksum"),
    ],
)
def test_a_wrong_checksum_is_not_answered_and_the_next_frame_is(damaged: str) -> None:
    host = Host()
    assert host.send(bytes.fromhex(damaged)) == b""
    assert host.send(GET_VERSION) == ACK + VERSION


@pytest.mark.parametrize(("code", "data"), [(0x01, ""), (0x60, "0101"), (0xFE, ""), (0x02, "00"), (0x10, "09")])
def test_an_unknown_command_or_parameter_is_acknowledged_and_answered_with_the_error_frame(
    code: int, data: str
) -> None:
    assert Host().send(framed(code, bytes.fromhex(data))) == ACK + ERROR


@pytest.mark.parametrize("body", ["D5", "D4", "0002"])
def test_a_frame_that_is_no_command_is_answered_with_the_error_frame(body: str) -> None:
    data = bytes.fromhex(body)
    frame = b"\x00\x00\xff" + bytes([len(data), 256 - len(data)]) + data + bytes([-sum(data) & 0xFF, 0])
    assert Host().send(frame) == ACK + ERROR


def test_nack_has_the_last_response_sent_again_as_often_as_wanted() -> None:
    host = Host()
    host.send(GET_VERSION)
    assert [host.send(NACK), host.send(NACK)] == [VERSION, VERSION]


def test_nack_before_any_response_gets_nothing() -> None:
    assert Host().send(NACK) == b""


def test_ack_ends_a_waiting_command_without_an_answer() -> None:
    host = Host()
    assert host.send(framed(0x4A, b"\x01\x00")) == ACK  # MxRtyPassiveActivation is FFh after a reset: for ever
    assert (host.chip.waiting, host.chip.deadline) == (0x4A, None)
    assert host.send(ACK) == b""
    assert host.chip.waiting is None
    assert host.chip.due(host.now + 1000) == b""
    assert host.send(GET_VERSION) == ACK + VERSION


def test_a_new_command_takes_the_place_of_a_waiting_one() -> None:
    host = Host()
    assert host.send(framed(0x8C, bytes(37))) == ACK  # TgInitAsTarget: no initiator ever comes
    assert host.send(GET_VERSION) == ACK + VERSION
    assert host.chip.waiting is None


def test_bytes_at_another_speed_are_noise() -> None:
    host = Host()
    host.baud = 921_600
    assert host.send(GET_VERSION * 20) == b""
    host.baud = 115_200
    assert host.send(GET_VERSION) == ACK + VERSION


def test_the_speed_changes_with_the_hosts_ack_and_not_before() -> None:
    host = Host()
    assert host.ask(0x10, b"\x07") == b""
    assert (host.chip.baud, host.chip.agreed_baud) == (115_200, 921_600)
    host.send(ACK)
    assert (host.chip.baud, host.chip.agreed_baud) == (921_600, None)
    assert host.send(GET_VERSION) == b""
    host.baud = 921_600
    assert host.send(GET_VERSION) == ACK + VERSION


@pytest.mark.parametrize(("command", "answer"), [(GET_VERSION, ACK + VERSION), (framed(0x01), ACK + ERROR)])
def test_a_command_in_place_of_the_ack_keeps_the_old_speed(command: bytes, answer: bytes) -> None:
    host = Host()
    host.ask(0x10, b"\x07")
    assert host.send(command) == answer
    host.send(ACK)
    assert host.chip.baud == 115_200


def test_power_down_wakes_by_hsu_only_if_told_so() -> None:
    host = Host()
    assert host.ask(0x16, b"\xb0") == b"\x00"
    assert powered(host) is Power.DOWN_HSU
    assert host.send(WAKE_UP + GET_VERSION) == ACK + VERSION
    assert host.ask(0x16, b"\x20\x01") == b"\x00"
    assert host.send(WAKE_UP + GET_VERSION) == b""
    assert powered(host) is Power.DOWN


def test_what_came_before_the_chip_slept_is_forgotten_when_it_wakes() -> None:
    host = Host()
    host.send(framed(0x16, b"\x10") + framed(0x00, bytes(200))[:20])
    assert host.send(WAKE_UP + GET_VERSION) == ACK + VERSION


def test_a_frozen_chip_is_deaf_until_its_power_is_cycled() -> None:
    host = Host()
    host.chip.freeze()
    assert host.send(WAKE_UP + GET_VERSION + ACK + NACK) == b""
    host.chip.power_cycle()
    assert host.send(WAKE_UP + GET_VERSION) == ACK + VERSION


def test_a_power_cycle_brings_back_the_first_speed() -> None:
    host = Host()
    host.ask(0x10, b"\x07")
    host.send(ACK)
    host.chip.power_cycle()
    assert host.send(WAKE_UP + GET_VERSION) == ACK + VERSION


COMMANDS = st.builds(framed, st.integers(0, 255), st.binary(max_size=30))
KNOWN = st.builds(
    framed,
    st.sampled_from([0, 2, 4, 6, 8, 0x0C, 0x0E, 0x10, 0x12, 0x14, 0x32, 0x40, 0x42, 0x44, 0x4A, 0x52, 0x54, 0x56]),
    st.binary(max_size=12) | st.binary(max_size=4).map(lambda tail: b"\x01\x00" + tail),
)


@settings(deadline=None)  # no time is measured here, and the machine may be busy
@given(st.lists(st.binary(max_size=60) | COMMANDS | KNOWN | st.just(ACK) | st.just(NACK), max_size=12))
def test_no_bytes_keep_the_chip_from_answering_afterwards(chunks: list[bytes]) -> None:
    chip = Pn532()
    host = Host(chip)
    for chunk in chunks:
        host.send(chunk)
        host.now += 1.0
        chip.due(host.now)
    host.baud = chip.baud  # a speed that was agreed on counts
    host.send(WAKE_UP + bytes(300))  # the rest of a frame that was cut off, else a longer preamble (6.2.1.6)
    host.baud = chip.baud
    if chip.power is Power.DOWN:
        chip.power_cycle()
        host.baud = chip.baud
        host.send(WAKE_UP)
    assert host.send(GET_VERSION).endswith(ACK + VERSION)


@settings(deadline=None)  # no time is measured here, and the machine may be busy
@given(st.binary(max_size=400), st.integers(1, 64))
def test_how_the_bytes_are_cut_changes_nothing(data: bytes, step: int) -> None:
    stream = data + GET_VERSION + bytes(300) + GET_VERSION
    parts = Host()
    got = b"".join(parts.send(stream[at : at + step]) for at in range(0, len(stream), step))
    assert got == Host().send(stream)
