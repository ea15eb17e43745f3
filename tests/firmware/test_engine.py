"""The scan engine on its port: reads become scans, and what it is to be told is written."""

import pytest

from reader import engine
from reader.engine import Engine
from sealwire.messages import Config, Heartbeat
from tests.firmware.conftest import LINES, SSI

ACK = bytes.fromhex("04D00400FF28")


class Port:
    """Keeps what is written."""

    def __init__(self) -> None:
        self.written = b""
        self.flushes = 0

    def write(self, data: bytes) -> None:
        self.written += data

    def flush(self) -> None:
        self.flushes += 1


class Rig:
    def __init__(self, config: Config) -> None:
        self.port = Port()
        self.broken: list[str] = []
        self.scans: list[tuple[str, int, bytes, int]] = []
        self.engine = Engine(
            self.port, engine.decoder(config, self.broken.append), lambda *scan: self.scans.append(scan)
        )


def packet(opcode: int, data: bytes) -> bytes:
    body = bytes((4 + len(data), opcode, 0, 0)) + data
    return body + (-sum(body) & 0xFFFF).to_bytes(2, "big")


def test_the_lines_of_a_plain_engine_become_scans_without_a_type() -> None:
    rig = Rig(Config(Config.LINES, 9600, "\t", 3))
    rig.engine.take(b"]C0SEAL\tNEXT\t", 77)
    assert rig.scans == [("]C0", 0, b"SEAL", 77), ("", 0, b"NEXT", 77)]
    assert rig.port.written == b""


def test_the_packets_of_an_ssi_engine_become_scans_with_their_type_and_are_acknowledged() -> None:
    rig = Rig(SSI)
    rig.engine.take(packet(0xF3, b"\x03]C1SEAL"), 77)
    assert rig.scans == [("]C1", 3, b"SEAL", 77)]
    assert rig.port.written.startswith(ACK)


def test_what_an_ssi_engine_is_to_be_told_is_written_once_and_at_once() -> None:
    rig = Rig(SSI)
    rig.engine.take(packet(0xD0, b""), 0)
    rig.engine.take(packet(0xD0, b""), 0)
    before = len(rig.port.written)
    rig.engine.take(packet(0xD0, b""), 0)
    rig.engine.press(True, 10)
    assert rig.port.written[before:] == bytes.fromhex("04E40400FF14")
    rig.engine.step(20)
    assert len(rig.port.written) == before + 6


def test_each_step_gives_the_port_and_the_decoder_their_turn() -> None:
    rig = Rig(LINES)
    rig.engine.take(b"half", 0)
    rig.engine.step(10_000)
    assert len(rig.broken) == 1
    assert rig.port.flushes == 1


@pytest.mark.parametrize("config", [LINES, SSI], ids=["lines", "ssi"])
def test_a_port_that_is_gone_ends_what_was_under_way_and_the_engine_is_silent(config: Config) -> None:
    rig = Rig(config)
    rig.engine.take(b"\x0b\xf3\x00", 0)
    rig.engine.take(b"", 10)
    assert rig.engine.decoder.state == Heartbeat.ENGINE_SILENT
    assert len(rig.broken) == 1
