"""A stream of bytes from a PN532's port, cut as it comes: frames are found, damage is told, nothing is left stuck."""

from collections.abc import Iterator

from tests.fuzz.target import Feed

EYES = ("drivers",)
LONGEST = 300

ACK = bytes.fromhex("0000FF00FF00")
GOOD = bytes.fromhex("0000FF06FAD50332010607E800")
"""GetFirmwareVersion's response (UM0701-02, 7.2.2)."""

LONGEST_BEGUN = 300
"""Bytes of zeros: more than the longest normal frame, of 255 bytes (6.2.1.1)."""


def examples() -> Iterator[bytes]:
    yield bytes([3]) + ACK + GOOD
    yield bytes([1]) + bytes.fromhex("0000FF01FF7F8100")
    yield bytes([7]) + bytes.fromhex("0000FFFFFF0102FDD54B") + bytes(258) + bytes.fromhex("E000")
    yield bytes([2]) + GOOD[:-1]


def make() -> Feed:
    from drivers.pn532_frames import DamagedError, take_frame

    def feed(data: bytes) -> None:
        """The first byte says in what pieces the rest comes."""
        if not data:
            return
        size, held, stream = data[0] % 16 + 1, bytearray(), data[1:]
        for start in range(0, len(stream), size):
            held += stream[start : start + size]
            _take_all(held)
        # Good frames are found behind whatever came, once what was begun before has had its bytes. One that says that
        # it is longer than that is ended by silence (drivers.pn532_line), as if the line had been quiet from the start.
        held += bytes(LONGEST_BEGUN)
        _take_all(held)
        if any(held):
            return
        held += ACK + GOOD
        assert [bytes(take_frame(held) or b"")[-len(good) :] for good in (ACK, GOOD)] == [ACK, GOOD]
        assert not held

    def _take_all(held: bytearray) -> None:
        while True:
            before = len(held)
            try:
                frame = take_frame(held)
            except DamagedError:
                frame = bytearray(b"?")
            if frame is None:
                return
            assert len(held) < before, "a frame was found and nothing taken away"

    return feed
