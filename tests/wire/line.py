"""A serial line in virtual time that loses, doubles, alters, holds up and cuts what is sent, by a seed."""

import random

from msgspec import Struct

from sealwire.cobs import DELIMITER


class Faults(Struct, frozen=True):
    """What a line does to the frames on it.

    Attributes:
        loss: Part of the frames that never arrive, 0 to 1.
        double: Part that arrive twice.
        flip: Part with one bit flipped.
        late: Part that are held up, so that others overtake them.
        late_ms: For how long at most.
        delay_ms: How long every frame takes.
        piece: Bytes at most that arrive in one go; 0 for no limit.
    """

    loss: float = 0.0
    double: float = 0.0
    flip: float = 0.0
    late: float = 0.0
    late_ms: int = 0
    delay_ms: int = 0
    piece: int = 0


PLAIN = Faults()
ONE_BYTE = Faults(piece=1)
LOSSY = Faults(loss=0.2)
DELAYED = Faults(delay_ms=200)
"""The four lines that every test of the link runs over."""

DEAD = Faults(loss=1.0)


class Line:
    """One direction of a line.

    Attributes:
        faults: May be changed at any time; what is under way keeps its fate.
        lost: Frames that it swallowed.
        hellos: The last Hellos that were sent, the newest first.
        others: The last other frames.
    """

    REMEMBERED = 12

    def __init__(self, faults: Faults, seed: int) -> None:
        self.faults = faults
        self.lost = 0
        self.hellos: list[bytes] = []
        self.others: list[bytes] = []
        self._random = random.Random(seed)
        self._under_way: list[tuple[int, int, bytes]] = []  # when it arrives, in which order, what
        self._count = 0
        self._rest = b""  # of a frame that has not come whole yet

    @property
    def next_at(self) -> int | None:
        """When the next frame arrives, of those under way."""
        return min((entry[0] for entry in self._under_way), default=None)

    def put_bytes(self, data: bytes, now: int) -> None:
        """Send bytes as a port gives them: frames are put when they are whole."""
        whole, delimiter, self._rest = (self._rest + data).rpartition(bytes([DELIMITER]))
        self.put(whole + delimiter, now)

    def put(self, data: bytes, now: int) -> None:
        """Send bytes: whole frames, as a link gives them."""
        delimiter = bytes([DELIMITER])
        frames = [delimiter + stuffed + delimiter for stuffed in data.split(delimiter) if stuffed]
        for frame in frames:
            past = self.hellos if frame[1] == 1 else self.others  # a Hello's first byte is zero
            past.insert(0, frame)
            del past[self.REMEMBERED :]
            self._put_frame(frame, now)

    def _put_frame(self, frame: bytes, now: int) -> None:
        faults, chance = self.faults, self._random.random
        for _ in range(2 if chance() < faults.double else 1):
            if chance() < faults.loss:
                self.lost += 1
                continue
            bent = bytearray(frame)
            if chance() < faults.flip:
                bent[self._random.randrange(len(bent))] ^= 1 << self._random.randrange(8)
            held_up = self._random.randint(0, faults.late_ms) if chance() < faults.late else 0
            self._count += 1
            self._under_way.append((now + faults.delay_ms + held_up, self._count, bytes(bent)))

    def take(self, now: int) -> list[bytes]:
        """What has arrived by now, in the pieces in which it came."""
        arrived = sorted(entry for entry in self._under_way if entry[0] <= now)
        self._under_way = [entry for entry in self._under_way if entry[0] > now]
        data = b"".join(frame for _, _, frame in arrived)
        piece = self.faults.piece or len(data) or 1
        return [data[at : at + piece] for at in range(0, len(data), piece)]
