"""Zebra SSI packets as they come from the line, with silences: what a scanner says is taken once, or refused."""

from collections.abc import Iterator

from tests.fuzz.target import Feed, told

EYES = ("drivers",)
LONGEST = 400

MOST = 80
PIECE = 5
SILENCE, LONG_SILENCE = 0xFE, 0xFF
"""Bytes of an input that, doubled, stand for no byte of the line: a gap, and one in which all patience ends."""


def examples() -> Iterator[bytes]:
    def packet(opcode: int, data: bytes, status: int = 0) -> bytes:
        body = bytes((4 + len(data), opcode, 0, status)) + data
        return body + (-sum(body) & 0xFFFF).to_bytes(2, "big")

    decoded = packet(0xF3, b"\x03NZB100001")
    yield b"\0" + decoded
    yield b"\1" + decoded + bytes((SILENCE, SILENCE)) + packet(0xF3, b"\x03NZB100001", 1)
    yield b"\2" + packet(0xF3, b"\x03NZB1", 2) + packet(0xF3, b"\x0300001")
    yield b"\3" + packet(0xF3, b"\x03NZB1", 2) + bytes((LONG_SILENCE, LONG_SILENCE)) + packet(0xD0, b"")
    yield b"\4" + packet(0xD1, b"\x01") + packet(0xD1, b"\x0a") + packet(0xF6, b"\x01")
    yield b"\5" + decoded[:-1] + decoded


def make() -> Feed:  # noqa: C901 - what must hold, one thing after the other
    from drivers.scan_framing import Broken
    from drivers.ssi import Decoded, Send, SsiHost, beep
    from drivers.ssi_packets import HEADER, Packet, Source

    good = Packet(0xF3, b"\x03NZB100001", Source.DECODER)

    def feed(data: bytes) -> None:
        """The first byte says what the host is at; doubled bytes stand for silence."""
        if not data:
            return
        host, now = SsiHost(max_length=MOST), 100.0
        out = host.want(True, now) if data[0] & 1 else []
        out += host.send(beep(good=True), now) if data[0] & 2 else []
        for piece, silent_s in _pieces(data[1:]):
            for start in range(0, len(piece), PIECE):
                out += host.feed(piece[start : start + PIECE], now)
                now += 0.005
            now += silent_s
            out += host.quiet(now)
        for each in out:
            if isinstance(each, Decoded):
                assert len(each.data) <= MOST
            if isinstance(each, Send):
                assert len(each.data) < HEADER or each.data[0] <= 0xFF
            if isinstance(each, Broken):
                told(each.why)
        # Patience ends: what was begun is given up, and the next packet is taken and acknowledged once.
        for _ in range(30):
            now += 10.0
            host.quiet(now)
        out = host.feed(good.to_bytes(), now) + host.quiet(now + 1.0)
        assert [each.data for each in out if isinstance(each, Decoded)] == [b"NZB100001"]

    def _pieces(stream: bytes) -> Iterator[tuple[bytes, float]]:
        for long in stream.split(bytes((LONG_SILENCE, LONG_SILENCE))):
            shorts = long.split(bytes((SILENCE, SILENCE)))
            for at, piece in enumerate(shorts, start=1):
                yield piece, 0.5 if at < len(shorts) else 20.0

    return feed
