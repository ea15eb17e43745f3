"""Frames and messages of the wire protocol between seal reader and kiosk."""

import json
from collections.abc import Iterator
from pathlib import Path

from tests.fuzz.target import Feed

EYES = ("sealwire",)
LONGEST = 640
"""A little more than the longest frame."""

VECTORS = Path(__file__).parents[3] / "firmware" / "vectors.json"


def examples() -> Iterator[bytes]:
    """What the vectors hold: lines, frames before they are stuffed, and messages; each for its own parser."""
    vectors = json.loads(VECTORS.read_text(encoding="utf-8"))
    for vector in [*vectors["frames"], *vectors["no_frames"], *vectors["messages"], *vectors["no_messages"]]:
        for which, key in enumerate(("wire", "raw", "bytes")):
            if key in vector:
                yield bytes([which]) + bytes.fromhex(vector[key])


def make() -> Feed:
    from sealwire.cobs import encode
    from sealwire.crc import crc16
    from sealwire.frames import MAX_FRAME, Deframer, Frame
    from sealwire.messages import BadMessage, from_bytes, to_bytes

    good = Frame(1, 2, 3, 4, b"\0good")

    def line(data: bytes) -> None:
        """Bytes as they come from the line: the next good frame is taken, and what is found is a frame."""
        deframer = Deframer()
        found = deframer.feed(data)
        assert Deframer().feed(b"".join(frame.to_wire() for frame in found)) == found
        assert good in deframer.feed(good.to_wire())

    def frame(data: bytes) -> None:
        """Bytes with the right check value: a frame of just these, or none."""
        raw = data[: MAX_FRAME + 5] + crc16(data[: MAX_FRAME + 5]).to_bytes(2, "little")
        wire = b"\0" + bytes(encode(raw)) + b"\0"
        assert [found.to_wire() for found in Deframer().feed(wire)] in ([wire], [])

    def message(data: bytes) -> None:
        try:
            found = from_bytes(data)
        except BadMessage:
            return
        assert to_bytes(found) == data

    def one_of_them(data: bytes) -> None:
        """The input's first byte says which of them gets the rest."""
        if data:
            (line, frame, message)[data[0] % 3](data[1:])

    return one_of_them
