"""The firmware's side of Zebra's SSI, against the bench's engine side: a read comes once, whatever the line does."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.bench.ssi import Cause, Fate, Inbox, Opcode, Outbox, Outcome, Packet, Status, nak
from reader import ssi
from reader.engine import LONGEST
from reader.ssi import Ssi
from sealwire.messages import Heartbeat

STEP_MS = 20
CODE_128 = 3

RESPONSE_MS = ssi._RESPONSE_MS
PROBE_MS = ssi._PROBE_MS
SENDINGS = ssi._SENDINGS
GAP_MS = ssi._GAP_MS


class Talk:
    """A host and an engine in virtual time, on a line that may spoil what goes over it.

    Attributes:
        reads: What the host has taken, in order.
        outcomes: What became of each read, as the engine sees it.
        commands: Opcodes that the host has sent, with a mark for those that were sent again.
        broken: What the host could not make sense of.
    """

    def __init__(self, spoil: "random.Random | None" = None, rate: float = 0.0) -> None:
        self.now = 0
        self.reads: list[tuple[int, bytes]] = []
        self.outcomes: list[Outcome] = []
        self.commands: list[tuple[int, bool]] = []
        self.broken: list[str] = []
        self.host = Ssi(self.broken.append)
        self.answers = True
        self.refuses: set[int] = set()
        self._spoil, self._rate = spoil, rate
        self._inbox = Inbox()
        self.to_host = bytearray()
        self._outbox = Outbox(self.to_host.extend, self.outcomes.append, 2.0, lambda: self.now / 1000)

    def scan(self, data: bytes) -> None:
        self._outbox.put(CODE_128, data)

    def run(self, ms: int) -> None:
        for _ in range(ms // STEP_MS):
            self.now += STEP_MS
            self._outbox.pump()
            data, self.to_host[:] = self._spoiled(self.to_host), b""
            self.reads += self.host.take(data, self.now)
            sent, self.host.out[:] = self._spoiled(self.host.out), b""
            self._hear(sent)

    def settle(self) -> None:
        """Go on until the engine has nothing under way, on a good line."""
        self._rate = 0.0
        while self._outbox.busy:
            self.run(STEP_MS)
        self.run(10 * GAP_MS)

    def _spoiled(self, data: bytearray) -> bytes:
        if self._spoil is None:
            return bytes(data)
        out = bytearray()
        for byte in data:
            if self._spoil.random() < self._rate:
                if self._spoil.random() < 0.5:
                    out.append(byte | 0x80)  # of changes both ways SSI's checksum, a sum, does not see all
            else:
                out.append(byte)
        return bytes(out)

    def _hear(self, data: bytes) -> None:
        for packet in self._inbox.feed(data):
            if packet is None:
                self.to_host += nak(Cause.RESEND).to_bytes()
            elif packet.opcode == Opcode.CMD_ACK:
                self._outbox.acknowledged()
            elif packet.opcode == Opcode.CMD_NAK:
                self._outbox.refused(packet.data[0] if packet.data else Cause.RESEND)
            else:
                self.commands.append((packet.opcode, Status.RETRANSMIT in packet.status))
                if not self.answers:
                    continue
                if packet.opcode == Opcode.REQUEST_REVISION:
                    self.to_host += Packet(Opcode.REPLY_REVISION, data=b"NBR").to_bytes()
                elif packet.opcode in self.refuses:
                    self.to_host += nak(Cause.DENIED).to_bytes()
                else:
                    self.to_host += Packet(Opcode.CMD_ACK).to_bytes()


@pytest.mark.parametrize("length", [0, 1, 12, 250, 251, 500, LONGEST])
def test_a_read_comes_whole_in_however_many_packets_it_is_sent_and_is_acknowledged(length: int) -> None:
    talk = Talk()
    data = bytes(index % 256 for index in range(length))
    talk.scan(data)
    talk.settle()
    assert talk.reads == [(CODE_128, data)]
    assert [outcome.fate for outcome in talk.outcomes] == [Fate.DELIVERED]
    assert talk.broken == []


def test_a_read_longer_than_a_scan_holds_is_told_and_is_no_read() -> None:
    talk = Talk()
    talk.scan(b"x" * (LONGEST + 1))
    talk.scan(b"next")
    talk.settle()
    assert talk.reads == [(CODE_128, b"next")]
    assert [str(LONGEST) in what for what in talk.broken] == [True]


@given(st.integers(0, 2**32), st.floats(0.0, 0.02))
def test_on_a_bad_line_each_read_that_the_engine_knows_to_be_taken_comes_once_and_none_comes_twice(
    seed: int, rate: float
) -> None:
    talk = Talk(random.Random(seed), rate)
    sent = [b"SEAL%06d" % number for number in range(12)]
    for data in sent:
        talk.scan(data)
    talk.run(30_000)
    talk.settle()
    got = [data for _, data in talk.reads if data in sent]
    assert len(got) == len(set(got))
    assert got == sorted(got)
    assert {outcome.data for outcome in talk.outcomes if outcome.fate is Fate.DELIVERED} <= set(got)


@given(st.binary(max_size=3000), st.integers(1, 300))
def test_after_any_bytes_the_next_read_is_taken(rubbish: bytes, piece: int) -> None:
    talk = Talk()
    for at in range(0, len(rubbish), piece):
        talk.host.take(rubbish[at : at + piece], talk.now)
        assert len(talk.host._packet) <= 257 + piece
    talk.host.out[:] = b""
    talk.scan(b"after all that")
    talk.settle()
    assert talk.reads[-1:] == [(CODE_128, b"after all that")]


def test_a_packet_sent_again_because_its_acknowledgement_was_lost_is_acknowledged_and_not_read_twice() -> None:
    talk = Talk()
    packet = Packet(Opcode.DECODE_DATA, data=b"\x03SEAL")
    again = Packet(Opcode.DECODE_DATA, status=Status.RETRANSMIT, data=b"\x03SEAL")
    assert talk.host.take(packet.to_bytes(), 0) == [(3, b"SEAL")]
    talk.host.out[:] = b""
    assert talk.host.take(again.to_bytes(), 2000) == []
    assert bytes(talk.host.out).startswith(bytes.fromhex("04D00400FF28"))


def test_the_same_barcode_read_again_is_a_second_read() -> None:
    talk = Talk()
    talk.scan(b"SEAL")
    talk.scan(b"SEAL")
    talk.settle()
    assert talk.reads == [(CODE_128, b"SEAL")] * 2


def test_a_packet_whose_first_sending_was_lost_is_read_though_it_says_that_it_is_sent_again() -> None:
    again = Packet(Opcode.DECODE_DATA, status=Status.RETRANSMIT, data=b"\x03SEAL")
    assert Talk().host.take(again.to_bytes(), 0) == [(3, b"SEAL")]


def test_the_same_packet_sent_again_long_after_is_a_new_read() -> None:
    host = Talk().host
    again = Packet(Opcode.DECODE_DATA, status=Status.RETRANSMIT, data=b"\x03SEAL")
    assert len(host.take(again.to_bytes(), 0)) == 1
    host.take(b"", ssi._REPEAT_MS)
    assert len(host.take(again.to_bytes(), ssi._REPEAT_MS + STEP_MS)) == 1


def test_the_rest_of_a_read_that_never_comes_is_told_and_not_glued_to_the_next() -> None:
    talk = Talk()
    talk.host.take(Packet(Opcode.DECODE_DATA, status=Status.CONTINUED, data=b"\x03half").to_bytes(), 0)
    talk.host.take(b"", ssi._ABANDON_MS)
    assert len(talk.broken) == 1
    assert talk.host.take(Packet(Opcode.DECODE_DATA, data=b"\x03whole").to_bytes(), 9000) == [(3, b"whole")]


def test_a_garbled_packet_is_refused_only_when_its_sender_is_silent() -> None:
    host = Talk().host
    host.take(b"", 0)
    host.out[:] = b""
    damaged = bytearray(Packet(Opcode.DECODE_DATA, data=b"\x03SEAL").to_bytes())
    damaged[6] ^= 1
    host.take(bytes(damaged), STEP_MS)
    assert bytes(host.out) == b""
    host.take(b"", STEP_MS + GAP_MS)
    assert Inbox().feed(bytes(host.out)) == [Packet(Opcode.CMD_NAK, 4, Status.NONE, bytes((Cause.RESEND,)))]


def test_the_engine_is_told_to_scan_and_asked_for_its_revision_and_is_ready_once_it_answers() -> None:
    talk = Talk()
    assert talk.host.state == Heartbeat.ENGINE_UNKNOWN
    talk.run(200)
    assert [opcode for opcode, _ in talk.commands] == [Opcode.SCAN_ENABLE, Opcode.REQUEST_REVISION]
    assert talk.host.state == Heartbeat.ENGINE_READY


def test_an_engine_that_says_nothing_is_asked_from_time_to_time_whether_it_is_there() -> None:
    talk = Talk()
    talk.run(200)
    talk.commands.clear()
    talk.run(PROBE_MS - 400)
    assert talk.commands == []
    talk.run(600)
    assert Opcode.REQUEST_REVISION in [opcode for opcode, _ in talk.commands]


def test_an_engine_that_does_not_answer_counts_as_silent_after_three_sendings_and_as_ready_when_it_does() -> None:
    talk = Talk()
    talk.answers = False
    talk.run(SENDINGS * RESPONSE_MS - 100)
    assert talk.host.state == Heartbeat.ENGINE_UNKNOWN
    talk.run(300)
    assert talk.host.state == Heartbeat.ENGINE_SILENT
    assert talk.commands == [(Opcode.SCAN_ENABLE, False)] + [(Opcode.SCAN_ENABLE, True)] * (SENDINGS - 1)
    talk.answers = True
    talk.run(PROBE_MS + 500)
    assert talk.host.state == Heartbeat.ENGINE_READY


def test_what_the_trigger_said_to_a_silent_engine_is_not_said_later() -> None:
    talk = Talk()
    talk.run(200)
    talk.answers = False
    talk.host.press(True, talk.now)
    talk.host.press(False, talk.now)
    talk.run(SENDINGS * RESPONSE_MS + 200)
    talk.commands.clear()
    talk.answers = True
    talk.run(2 * PROBE_MS)
    assert Opcode.START_SESSION not in [opcode for opcode, _ in talk.commands]
    assert Opcode.STOP_SESSION not in [opcode for opcode, _ in talk.commands]


def test_the_trigger_begins_and_ends_a_session_at_once() -> None:
    talk = Talk()
    talk.run(200)
    talk.commands.clear()
    talk.host.press(True, talk.now)
    talk.run(STEP_MS)
    talk.host.press(False, talk.now)
    talk.run(2 * STEP_MS)
    assert talk.commands == [(Opcode.START_SESSION, False), (Opcode.STOP_SESSION, False)]


def test_an_engine_with_a_trigger_of_its_own_refuses_a_session_and_goes_on_as_before() -> None:
    talk = Talk()
    talk.refuses = {Opcode.START_SESSION, Opcode.STOP_SESSION}
    talk.host.press(True, talk.now)
    talk.host.press(False, talk.now)
    talk.scan(b"SEAL")
    talk.settle()
    assert talk.reads == [(CODE_128, b"SEAL")]
    assert talk.host.state == Heartbeat.ENGINE_READY


def test_any_number_of_presses_takes_bounded_room() -> None:
    host = Talk().host
    for _ in range(1000):
        host.press(True, 0)
    assert len(host._commands) <= ssi._COMMANDS_MOST
    assert len(host.out) < 100


def test_an_engine_that_went_away_is_set_up_anew_when_it_is_back() -> None:
    talk = Talk()
    talk.run(200)
    talk.commands.clear()
    talk.host.lost("the engine went away")
    talk.run(200)
    assert [opcode for opcode, _ in talk.commands] == [Opcode.SCAN_ENABLE, Opcode.REQUEST_REVISION]
