import random
import threading


class LineFaults:
    """What goes wrong in one direction of a line. Each may be switched at any time, from any thread.

    Attributes:
        latency_s: Seconds that each write is late, 0 for none.
        one_byte: Each byte arrives on its own, in order.
        byte_pause_s: Seconds between two bytes when `one_byte` is on.
        drop_rate: Chance of each byte to be lost, 0.0 to 1.0.
    """

    def __init__(self, rng: random.Random) -> None:
        self.latency_s = 0.0
        self.one_byte = False
        self.byte_pause_s = 0.0
        self.drop_rate = 0.0
        self._rng = rng
        self._to_drop = 0
        self._to_corrupt = 0
        self._lock = threading.Lock()

    def drop_next(self, count: int) -> None:
        """Lose the next `count` bytes."""
        with self._lock:
            self._to_drop = count

    def corrupt_next(self, count: int) -> None:
        """Change the next `count` bytes that arrive, each into another value."""
        with self._lock:
            self._to_corrupt = count

    def clear(self) -> None:
        """Switch everything off: a faultless line."""
        self.latency_s = self.byte_pause_s = self.drop_rate = 0.0
        self.one_byte = False
        with self._lock:
            self._to_drop = self._to_corrupt = 0

    def spoil(self, data: bytes) -> bytes:
        """What arrives of `data`."""
        with self._lock:
            return bytes(self._changed(byte) for byte in data if not self._lost())

    def _lost(self) -> bool:
        if self._to_drop:
            self._to_drop -= 1
            return True
        return self.drop_rate > 0.0 and self._rng.random() < self.drop_rate

    def _changed(self, byte: int) -> int:
        if not self._to_corrupt:
            return byte
        self._to_corrupt -= 1
        return byte ^ self._rng.randint(1, 0xFF)
