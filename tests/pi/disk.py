"""A disk with a write cache, which loses power: served to QEMU by NBD, so that each write and flush passes by here.

What the machine was told is written stands in the cache until it is flushed. When the power goes, what was not flushed
is lost, or lands in part: which of its sectors do, a seed decides. That is what disks and cards do that keep their
word about flushing; those that do not are no fault of a program's.
"""

import random
import socket
import struct
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from enum import Enum
from pathlib import Path

SECTOR = 512
"""Bytes that a disk writes whole or not at all."""

# doc/proto.md of NBD
NEW_STYLE = b"NBDMAGICIHAVEOPT" + struct.pack(">H", 0b11)
OPTION = struct.Struct(">8sII")
OPTION_GO = 7
REPLY_MAGIC = 0x3E889045565A9
REPLY_ACK, REPLY_INFO, REPLY_UNSUPPORTED = 1, 3, 0x80000001
INFO_EXPORT = 0
FLAGS = 0b101  # there are flags; flush is understood
REQUEST = struct.Struct(">IHHQQI")
ANSWER = struct.Struct(">IIQ")
ANSWER_MAGIC = 0x67446698
READ, WRITE, HANG_UP, FLUSH = 0, 1, 2, 3
NOT_SUPPORTED = 95


class Fate(Enum):
    """What becomes of what was written and not flushed when the power goes."""

    LOST = "lost"
    PARTLY = "partly"
    KEPT = "kept"


class PowerCut(Exception):
    """The power goes now: the request is never answered."""


class Disk:
    """One disk. It outlives the machines that it is plugged into.

    Args:
        content: What is on it.
        order: Held while a request is handled.
        seed: Decides which sectors land when the power goes.

    Attributes:
        before_request: Called first at each request.
        on_flush: Told of each flush before it is done, with what is in the cache; may raise PowerCut.
        power_off: Called when PowerCut was raised; must take the machine's power at once.
    """

    def __init__(self, content: bytes, order: "threading.RLock", seed: int = 0) -> None:
        self._durable = bytearray(content)
        self._current = bytearray(content)
        self._cache: list[tuple[int, bytes]] = []
        self._order = order
        self._chance = random.Random(seed)
        self.before_request: Callable[[], None] = lambda: None
        self.on_flush: Callable[[list[tuple[int, bytes]]], None] = lambda _: None
        self.power_off: Callable[[], None] = lambda: None
        self.was_cut = threading.Event()
        self.flushes = 0

    def durable(self) -> bytes:
        """What is on the disk for good now."""
        with self._order:
            return bytes(self._durable)

    def lose_power(self, fate: Fate) -> int:
        """What is left after the power went; returns how many sectors were in the cache."""
        with self._order:
            waiting = [
                (offset + at, data[at : at + SECTOR])
                for offset, data in self._cache
                for at in range(0, len(data), SECTOR)
            ]
            self._cache.clear()
            for offset, sector in waiting:
                if fate is Fate.KEPT or (fate is Fate.PARTLY and self._chance.random() < 0.5):
                    self._durable[offset : offset + len(sector)] = sector
            self._current[:] = self._durable
            self.was_cut.clear()
            return len(waiting)

    def serve(self, path: Path) -> "Plug":
        """Plug the disk in: it answers at this socket until the plug is pulled."""
        return Plug(self, path)

    def answer(self, kind: int, offset: int, length: int, data: bytes) -> tuple[int, bytes]:
        """One request; returns NBD's error number and what was read.

        Raises:
            PowerCut: the power goes.
        """
        with self._order:
            self.before_request()
            if self.was_cut.is_set():
                raise PowerCut
            if kind == READ:
                return 0, bytes(self._current[offset : offset + length])
            if kind == WRITE:
                self._current[offset : offset + length] = data
                self._cache.append((offset, data))
                return 0, b""
            if kind == FLUSH:
                self._flush()
                return 0, b""
            return NOT_SUPPORTED, b""

    def _flush(self) -> None:
        try:
            self.on_flush(self._cache)
        except PowerCut:
            self.was_cut.set()
            self.power_off()
            raise
        for offset, data in self._cache:
            self._durable[offset : offset + len(data)] = data
        self._cache.clear()
        self.flushes += 1


class Plug:
    """The socket at which a disk answers one machine."""

    def __init__(self, disk: Disk, path: Path) -> None:
        self._disk = disk
        self.path = path
        self._door = socket.socket(socket.AF_UNIX)
        self._door.bind(str(path))
        self._door.listen(1)
        self._line: socket.socket | None = None
        self._thread = threading.Thread(target=self._run, name="disk of the emulated board")
        self._thread.start()

    def pull(self) -> None:
        """End it. The disk keeps what it has."""
        for each in (self._door, self._line):
            if each is not None:
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._door.close()
        self.path.unlink(missing_ok=True)

    def _run(self) -> None:
        with suppress(OSError, EOFError, PowerCut):
            self._line, _ = self._door.accept()
            with self._line:
                self._agree(self._line)
                while self._serve(self._line):
                    pass

    def _agree(self, line: socket.socket) -> None:
        line.sendall(NEW_STYLE)
        _exactly(line, 4)  # the client's flags
        while True:
            _, option, length = OPTION.unpack(_exactly(line, OPTION.size))
            _exactly(line, length)
            if option == OPTION_GO:
                size = len(self._disk.durable())
                _reply(line, option, REPLY_INFO, struct.pack(">HQH", INFO_EXPORT, size, FLAGS))
                _reply(line, option, REPLY_ACK, b"")
                return
            _reply(line, option, REPLY_UNSUPPORTED, b"")

    def _serve(self, line: socket.socket) -> bool:
        _, _, kind, handle, offset, length = REQUEST.unpack(_exactly(line, REQUEST.size))
        if kind == HANG_UP:
            return False
        data = _exactly(line, length) if kind == WRITE else b""
        error, read = self._disk.answer(kind, offset, length, data)
        line.sendall(ANSWER.pack(ANSWER_MAGIC, error, handle) + read)
        return True


def _reply(line: socket.socket, option: int, kind: int, data: bytes) -> None:
    line.sendall(struct.pack(">QIII", REPLY_MAGIC, option, kind, len(data)) + data)


def _exactly(line: socket.socket, count: int) -> bytes:
    parts: list[bytes] = []
    while count:
        part = line.recv(count)
        if not part:
            raise EOFError
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def in_cache(cache: Iterable[tuple[int, bytes]], words: bytes) -> bool:
    """Whether these bytes wait to be flushed."""
    return any(words in data for _, data in cache)
