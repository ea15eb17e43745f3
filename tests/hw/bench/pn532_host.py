"""A host for the emulated chip, with frames built and taken apart apart from the chip's own code."""

from hw.bench.pn532 import Pn532

ACK = bytes.fromhex("0000FF00FF00")
NACK = bytes.fromhex("0000FFFF0000")
ERROR = bytes.fromhex("0000FF01FF7F8100")
WAKE_UP = b"\x55\x55" + bytes(14)
"""AN10609: what a host sends before its first frame over HSU."""


def framed(code: int, data: bytes = b"") -> bytes:
    body = bytes([0xD4, code]) + data
    if len(body) < 256:
        head = bytes([len(body), (0x100 - len(body)) & 0xFF])
    else:
        high, low = divmod(len(body), 256)
        head = bytes([0xFF, 0xFF, high, low, (0x200 - high - low) & 0xFF])
    return b"\x00\x00\xff" + head + body + bytes([(0x10000 - sum(body)) & 0xFF, 0x00])


class Host:
    def __init__(self, chip: Pn532 | None = None, *, awake: bool = True) -> None:
        self.chip = chip or Pn532()
        self.now = 100.0
        self.baud = 115_200
        if awake:
            self.send(WAKE_UP)

    def send(self, data: bytes) -> bytes:
        return self.chip.hear(data, baud=self.baud, now=self.now)

    def ask(self, code: int, data: bytes = b"") -> bytes:
        """The data of the response; time passes as the chip needs it."""
        heard = self.send(framed(code, data))
        assert heard.startswith(ACK), heard.hex()
        answer = heard[len(ACK) :]
        if not answer and self.chip.deadline is not None:
            self.now = self.chip.deadline
            answer = self.chip.due(self.now)
        return unframed(answer, code)


def unframed(answer: bytes, code: int) -> bytes:
    assert answer[:3] == b"\x00\x00\xff", answer.hex()
    if answer[3:5] == b"\xff\xff":
        length, body = answer[5] * 256 + answer[6], answer[8:-2]
        assert sum(answer[5:8]) % 256 == 0
    else:
        length, body = answer[3], answer[5:-2]
        assert sum(answer[3:5]) % 256 == 0
    assert len(body) == length
    assert sum(answer[-2 - length : -1]) % 256 == 0
    assert body[:2] == bytes([0xD5, code + 1]), answer.hex()
    return body[2:]
