from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from drivers.scan_framing import Broken
from drivers.ssi import (
    ABANDON_S,
    CHARACTER_GAP_S,
    REFRESH_S,
    REPEAT_S,
    RESPONSE_S,
    WAKE_S,
    WAKEUP,
    Answered,
    CommandFailed,
    Decoded,
    Output,
    Send,
    SsiHost,
    beep,
)
from drivers.ssi_packets import MAX_DATA, Opcode, Packet, PacketReader, Source, checksum

# As the guide prints them: an acknowledgement and refusals by the host, and its commands.
ACK = Send(bytes.fromhex("04D00400FF28"))
NAK_RESEND = Send(bytes.fromhex("05D1040001FF25"))
NAK_BAD_CONTEXT = Send(bytes.fromhex("05D1040002FF24"))
ENABLE = bytes.fromhex("04E90400FF0F")
DISABLE = bytes.fromhex("04EA0400FF0E")
START_SESSION = bytes.fromhex("04E40400FF14")
STOP_SESSION = bytes.fromhex("04E50400FF13")
# As a scanner sends them.
SCANNER_ACK = bytes.fromhex("04D00000FF2C")

CODE_128 = 0x03


def decode_data(data: bytes, *, retransmit: bool = False, continued: bool = False, kind: int = CODE_128) -> bytes:
    packet = Packet(Opcode.DECODE_DATA, bytes((kind,)) + data, Source.DECODER, retransmit, continued)
    return packet.to_bytes()


def scanner_nak(cause: int) -> bytes:
    return Packet(Opcode.CMD_NAK, bytes((cause,)), Source.DECODER).to_bytes()


def resent(command: bytes) -> Send:
    """A host's command of the guide with its retransmit bit set."""
    body = bytes((*command[:3], 1, *command[4:-2]))
    return Send(body + (-sum(body) & 0xFFFF).to_bytes(2, "big"))


def host(max_length: int = 512) -> SsiHost:
    return SsiHost(max_length=max_length)


def feed_all(subject: SsiHost, chunks: Sequence[bytes], now: float = 1.0) -> list[Output]:
    return [out for chunk in chunks for out in subject.feed(chunk, now)]


def test_packets_are_those_that_the_guide_prints() -> None:
    assert Packet(Opcode.CMD_ACK).to_bytes() == ACK.data
    assert Packet(Opcode.SCAN_ENABLE).to_bytes() == ENABLE
    assert Packet(Opcode.SCAN_DISABLE).to_bytes() == DISABLE
    assert Packet(Opcode.START_SESSION).to_bytes() == START_SESSION
    assert Packet(Opcode.STOP_SESSION).to_bytes() == STOP_SESSION
    assert beep(good=True).to_bytes()[:5] == bytes.fromhex("05E6040001")
    assert beep(good=False).to_bytes()[:5] == bytes.fromhex("05E6040011")


def test_a_read_is_reported_and_then_acknowledged() -> None:
    assert host().feed(decode_data(b"NZ0012345"), 1.0) == [Decoded(CODE_128, b"NZ0012345"), ACK]


def test_a_read_that_arrives_byte_by_byte_is_one_read() -> None:
    raw = decode_data(b"NZ0012345")
    assert feed_all(host(), [raw[at : at + 1] for at in range(len(raw))]) == [Decoded(CODE_128, b"NZ0012345"), ACK]


def test_a_repeat_after_a_lost_acknowledgement_is_acknowledged_and_dropped() -> None:
    subject = host()
    subject.feed(decode_data(b"A"), 1.0)
    assert subject.feed(decode_data(b"A", retransmit=True), 1.0 + RESPONSE_S) == [ACK]
    assert subject.feed(decode_data(b"A", retransmit=True), 1.0 + 2 * RESPONSE_S) == [ACK]


def test_a_resent_packet_whose_first_sending_was_lost_is_a_read() -> None:
    subject = host()
    subject.feed(decode_data(b"A"), 1.0)
    assert subject.feed(decode_data(b"B", retransmit=True), 2.0) == [Decoded(CODE_128, b"B"), ACK]
    assert subject.feed(decode_data(b"A", retransmit=True), 3.0) == [Decoded(CODE_128, b"A"), ACK]


def test_the_same_barcode_scanned_again_is_a_second_read() -> None:
    subject = host()
    assert subject.feed(decode_data(b"A") * 2, 1.0) == [Decoded(CODE_128, b"A"), ACK] * 2


def test_long_after_the_read_a_resent_packet_is_a_new_read() -> None:
    subject = host()
    subject.feed(decode_data(b"A"), 1.0)
    assert subject.feed(decode_data(b"A", retransmit=True), 1.0 + REPEAT_S) == [Decoded(CODE_128, b"A"), ACK]


def spoilt(kind: str, at: int) -> bytes:
    """A read of which one byte is changed or lost."""
    raw = bytearray(decode_data(b"NZ0012345"))
    if kind == "lost":
        del raw[at]
    else:
        raw[at] ^= 0x41
    return bytes(raw)


@pytest.mark.parametrize("kind", ["changed", "lost"])
@pytest.mark.parametrize("at", range(16))
def test_a_garbled_packet_is_refused_once_in_the_silence_after_it_and_the_resent_one_taken(kind: str, at: int) -> None:
    subject = host()
    assert subject.feed(spoilt(kind, at), 1.0) == []
    assert subject.quiet(1.0 + CHARACTER_GAP_S) == [NAK_RESEND]
    assert subject.quiet(1.0 + 2 * CHARACTER_GAP_S) == []
    assert subject.feed(decode_data(b"NZ0012345", retransmit=True), 2.0) == [Decoded(CODE_128, b"NZ0012345"), ACK]


@pytest.mark.parametrize("kind", ["changed", "lost"])
@pytest.mark.parametrize("at", range(16))
def test_a_good_packet_behind_a_garbled_one_is_found(kind: str, at: int) -> None:
    subject = host()
    out = subject.feed(spoilt(kind, at) + decode_data(b"NZ0012345", retransmit=True), 1.0)
    out += subject.quiet(1.0 + CHARACTER_GAP_S)
    assert out == [Decoded(CODE_128, b"NZ0012345"), ACK]


def test_before_the_gap_an_unfinished_packet_is_waited_for() -> None:
    subject = host()
    raw = decode_data(b"NZ0012345")
    assert subject.feed(raw[:7], 1.0) == []
    assert subject.quiet(1.0 + CHARACTER_GAP_S / 2) == []
    assert subject.feed(raw[7:], 1.3) == [Decoded(CODE_128, b"NZ0012345"), ACK]


def test_a_read_garbled_in_every_sending_is_reported_unreadable() -> None:
    subject = host()
    bad = decode_data(b"NZ0012345")[:-1] + b"\x00"
    outs = [subject.feed(bad, time) + subject.quiet(time + CHARACTER_GAP_S) for time in (1.0, 2.0, 3.0)]
    unreadable = Broken("3 packets in a row that were cut short or fail their checksum")
    assert outs == [[NAK_RESEND], [NAK_RESEND], [NAK_RESEND, unreadable]]


def test_nul_bytes_of_a_scanner_that_powers_up_are_no_packet() -> None:
    subject = host()
    assert subject.feed(b"\x00\x00\x00", 1.0) == []
    assert subject.quiet(2.0) == []


def test_what_the_host_does_not_know_is_refused_as_such() -> None:
    raw = Packet(0xB1, b"image", Source.DECODER).to_bytes()
    assert host().feed(raw, 1.0) == [NAK_BAD_CONTEXT]


def test_an_event_is_acknowledged() -> None:
    assert host().feed(Packet(Opcode.EVENT, b"\x0a", Source.DECODER).to_bytes(), 1.0) == [ACK]


def test_a_host_packet_that_is_echoed_is_no_read() -> None:
    echoed = replace(Packet(Opcode.DECODE_DATA, b"\x03FAKE"), source=Source.HOST).to_bytes()
    assert not [out for out in host().feed(echoed, 1.0) if isinstance(out, Decoded)]


def test_a_read_in_several_packets_is_put_together() -> None:
    subject = host()
    assert subject.feed(decode_data(b"AAA", continued=True), 1.0) == [ACK]
    assert subject.feed(decode_data(b"BBB", continued=True), 1.1) == [ACK]
    assert subject.feed(decode_data(b"CC"), 1.2) == [Decoded(CODE_128, b"AAABBBCC"), ACK]
    assert subject.feed(decode_data(b"D"), 1.3) == [Decoded(CODE_128, b"D"), ACK]


def test_a_repeated_part_is_put_in_once() -> None:
    subject = host()
    subject.feed(decode_data(b"AAA", continued=True), 1.0)
    assert subject.feed(decode_data(b"AAA", continued=True, retransmit=True), 3.0) == [ACK]
    assert subject.feed(decode_data(b"BB"), 3.1) == [Decoded(CODE_128, b"AAABB"), ACK]


def test_the_rest_of_a_read_that_never_comes_is_reported() -> None:
    subject = host()
    subject.feed(decode_data(b"AAA", continued=True), 1.0)
    assert subject.quiet(1.0 + ABANDON_S - 0.01) == []
    assert subject.quiet(1.0 + ABANDON_S) == [
        Broken("expected the rest of a read in several packets, got nothing for 7 s")
    ]
    assert subject.feed(decode_data(b"BB"), 10.0) == [Decoded(CODE_128, b"BB"), ACK]


def test_parts_of_different_types_are_not_put_together() -> None:
    subject = host()
    subject.feed(decode_data(b"AAA", continued=True), 1.0)
    assert subject.feed(decode_data(b"BB", kind=0x01), 1.1) == [
        Broken("expected the rest of a read in several packets, got a packet of another bar code type"),
        Decoded(0x01, b"BB"),
        ACK,
    ]


def test_an_overlong_read_is_acknowledged_and_reported_and_fills_no_memory() -> None:
    subject = host(max_length=300)
    for part in range(1000):
        data = f"{part:04}".encode() + b"A" * 246
        assert subject.feed(decode_data(data, continued=True), 1.0) == [ACK]
    assert subject._message is not None
    assert len(subject._message.data) == 301
    assert subject.feed(decode_data(b"Z"), 1.1) == [Broken("more than 300 bytes"), ACK]


def test_the_longest_read_passes() -> None:
    subject = host(max_length=252)
    assert subject.feed(decode_data(b"A" * 250, continued=True), 1.0) == [ACK]
    assert subject.feed(decode_data(b"BC"), 1.0) == [Decoded(CODE_128, b"A" * 250 + b"BC"), ACK]


def test_a_packet_without_a_type_is_reported() -> None:
    raw = Packet(Opcode.DECODE_DATA, b"", Source.DECODER).to_bytes()
    assert host().feed(raw, 1.0) == [Broken("a DECODE_DATA packet without a bar code type"), ACK]


def test_scanning_is_wanted_once_and_again_when_it_changes_or_time_is_up() -> None:
    subject = host()
    assert subject.want(True, 1.0) == [Send(ENABLE)]
    assert subject.feed(SCANNER_ACK, 1.1) == [Answered(Packet(Opcode.SCAN_ENABLE))]
    assert subject.want(True, 1.0 + REFRESH_S - 0.01) == []
    assert subject.want(False, 2.0) == [Send(DISABLE)]
    assert subject.feed(SCANNER_ACK, 2.1) == [Answered(Packet(Opcode.SCAN_DISABLE))]
    assert subject.want(False, 2.0 + REFRESH_S) == [Send(DISABLE)]


def test_commands_wait_for_the_answer_to_the_one_before() -> None:
    subject = host()
    assert subject.want(True, 1.0) == [Send(ENABLE)]
    assert subject.send(beep(good=True), 1.0) == []
    assert subject.feed(SCANNER_ACK, 1.1) == [
        Answered(Packet(Opcode.SCAN_ENABLE)),
        Send(beep(good=True).to_bytes()),
    ]


def test_a_read_that_crosses_a_command_is_no_answer_to_it() -> None:
    subject = host()
    subject.want(True, 1.0)
    assert subject.feed(decode_data(b"A"), 1.1) == [Decoded(CODE_128, b"A"), ACK]
    assert subject.feed(SCANNER_ACK, 1.2) == [Answered(Packet(Opcode.SCAN_ENABLE))]


def test_an_unanswered_command_is_resent_after_waking_the_scanner() -> None:
    subject = host()
    subject.want(True, 1.0)
    assert subject.quiet(1.0 + RESPONSE_S - 0.01) == []
    assert subject.quiet(1.0 + RESPONSE_S) == [Send(WAKEUP)]
    assert subject.quiet(1.0 + RESPONSE_S + WAKE_S) == [resent(ENABLE)]
    assert subject.feed(SCANNER_ACK, 3.2) == [Answered(Packet(Opcode.SCAN_ENABLE))]
    assert subject.quiet(99.0) == []


def test_a_silent_scanner_is_given_up_after_three_sendings() -> None:
    subject = host()
    out = subject.want(True, 0.0)
    for tenths in range(1, 100):
        out += subject.quiet(tenths / 10)
    command = Packet(Opcode.SCAN_ENABLE)
    silent = CommandFailed(command, "no answer to 3 sendings within 2 s each", silent=True)
    assert out == [Send(ENABLE), Send(WAKEUP), resent(ENABLE), Send(WAKEUP), resent(ENABLE), silent]


def test_a_command_that_arrived_garbled_is_resent_at_once_but_not_for_ever() -> None:
    subject = host()
    subject.want(True, 1.0)
    assert subject.feed(scanner_nak(1), 1.1) == [resent(ENABLE)]
    assert subject.feed(scanner_nak(1), 1.2) == [resent(ENABLE)]
    (failed,) = subject.feed(scanner_nak(1), 1.3)
    assert failed == CommandFailed(Packet(Opcode.SCAN_ENABLE), "a refusal (CMD_NAK, cause 1)", silent=False)


@pytest.mark.parametrize("cause", [2, 6])
def test_a_refused_command_fails_and_the_next_goes_out(cause: int) -> None:
    subject = host()
    subject.send(beep(good=True), 1.0)
    subject.want(True, 1.0)
    assert subject.feed(scanner_nak(cause), 1.1) == [
        CommandFailed(beep(good=True), f"a refusal (CMD_NAK, cause {cause})", silent=False),
        Send(ENABLE),
    ]


def test_an_answer_nobody_asked_for_is_passed_over() -> None:
    assert host().feed(SCANNER_ACK + scanner_nak(1), 1.0) == []


def test_a_packet_cut_off_by_an_unplug_is_told_of_once() -> None:
    subject = host()
    assert subject.abandon() == []
    subject.feed(decode_data(b"NZ0012345")[:7], 1.0)
    assert subject.abandon() == [Broken("the scanner went away in the middle of a packet")]
    assert subject.abandon() == []


def test_more_data_than_a_packet_holds_is_refused() -> None:
    with pytest.raises(ValueError, match="at most 251 bytes"):
        Packet(Opcode.DECODE_DATA, bytes(MAX_DATA + 1)).to_bytes()


PACKETS = st.builds(
    Packet,
    opcode=st.integers(0, 255),
    data=st.binary(max_size=MAX_DATA),
    source=st.just(Source.DECODER),
    retransmit=st.booleans(),
    continued=st.booleans(),
)


def cut(raw: bytes, sizes: Sequence[int]) -> list[bytes]:
    chunks = []
    for size in sizes:
        chunks.append(raw[:size])
        raw = raw[size:]
    return [*chunks, raw]


@given(packets=st.lists(PACKETS, max_size=5), sizes=st.lists(st.integers(0, 40)))
def test_packets_of_any_data_come_back_however_they_are_chunked(packets: list[Packet], sizes: list[int]) -> None:
    reader = PacketReader(Source.DECODER)
    raw = b"".join(packet.to_bytes() for packet in packets)
    assert [found for chunk in cut(raw, sizes) for found in reader.feed(chunk)] == packets
    assert reader.held == 0


@given(data=st.binary(max_size=80), sizes=st.lists(st.integers(0, 20)))
def test_arbitrary_bytes_never_raise_and_never_read(data: bytes, sizes: list[int]) -> None:
    subject = host()
    out = [*feed_all(subject, cut(data, sizes)), *subject.quiet(9.0)]
    if any(isinstance(item, Decoded) for item in out):  # then a true packet was in it
        assert any(checksum(data[a:b]) == data[b : b + 2] for a in range(len(data)) for b in range(a + 4, len(data)))
    assert subject._reader.held == 0


@given(noise=st.binary(max_size=40), packet=PACKETS)
def test_after_any_noise_and_a_gap_the_next_packet_is_found(noise: bytes, packet: Packet) -> None:
    reader = PacketReader(Source.DECODER)
    reader.feed(noise)
    reader.end()
    assert reader.feed(packet.to_bytes()) == [packet]


@given(packet=PACKETS, bit=st.data())
def test_one_changed_bit_never_makes_another_packet(packet: Packet, bit: st.DataObject) -> None:
    raw = bytearray(packet.to_bytes())
    at = bit.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= 1 << bit.draw(st.integers(0, 7))
    reader = PacketReader(Source.DECODER)
    found = [*reader.feed(bytes(raw)), *reader.end()]
    # A status bit that this host has no use for is covered by the checksum like all else.
    assert packet not in found
