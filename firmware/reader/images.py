"""Images of the firmware that come over the link: where they are written to, and whose signature they need.

What an image is and how it is started is slots.py's, which stays as it was flashed. Here a new one is put into the slot
that does not run. Its announcement is kept beside it, so that an update that was broken off goes on. The image is made
safe block by block as it comes; only when the whole of it is there, and right, is its slot named in the state.
"""

import hashlib
import io
from binascii import unhexlify

import slots
from reader.folder import FULL, Folder
from sealwire.messages import UpdateBegin, to_bytes

KEY = "/update.pub"
"""Below the board's root: the public key, 32 bytes in hexadecimal, that images are signed for. Put there by cable."""

BLOCK = 4096
"""Bytes after which what has come is made safe: a block of flash, so little of it is written twice."""

MOST_BYTES = 256 * 1024
"""Of an image: two of them and the spool leave half of the Pico's flash free."""

_TAKING = "taking"
_NOT_WRITTEN = 5  # EIO


class Images:
    """Puts an image into the slot that does not run.

    Args:
        root: The board's folder of flash.
        slot: Which slot; by default that which does not run.

    Attributes:
        offset: Bytes of the image that have come.
        safe: Those of them that are there after a power cut, too.
    """

    def __init__(self, root: str, slot: int = slots.FLASHED) -> None:
        self.offset = 0
        self.safe = 0
        self._root = root
        self._slot = slot or slots.free_slot()
        self._file: "io.BufferedWriter | None" = None
        self._found = hashlib.sha256()

    def key(self) -> bytes:
        """The public key, or b"" when there is none, or no whole one."""
        try:
            with open(self._root + KEY) as file:
                key = unhexlify(file.read(66).strip())
        except (OSError, ValueError):
            return b""
        return key if len(key) == 32 else b""

    def begin(self, begin: UpdateBegin):  # yields None while it works
        """Make ready for an image: go on with what is there of it, or begin anew. Yields after each block read.

        Raises:
            OSError: The flash cannot be written, as of all that follow.
        """
        self.stop()
        folder = Folder(self._root + slots.FOLDER)
        name = slots.FILES[self._slot].rpartition("/")[2]
        announced = bytes((self._slot,)) + to_bytes(begin)
        buffer = bytearray(len(announced) + 1)
        names = folder.names()
        self.offset, self._found = 0, hashlib.sha256()
        if _TAKING in names and name in names and buffer[: folder.read_into(_TAKING, buffer)] == announced:
            for length in self._read_on():
                self.offset += length
                yield None
        else:
            folder.write(_TAKING, b"")  # while the slot still holds another image
            folder.write(name, b"")
            folder.write(_TAKING, announced)
        if self.offset > begin.size:
            folder.write(name, b"")
            self.offset, self._found = 0, hashlib.sha256()
        self.safe = self.offset
        self._file = open(self._root + slots.FILES[self._slot], "ab")  # noqa: SIM115 - until `stop`

    def _read_on(self):  # yields the length of each block
        """Take what is in the slot into the digest."""
        buffer = bytearray(BLOCK)
        with open(self._root + slots.FILES[self._slot], "rb") as file:
            while length := file.readinto(buffer):
                self._found.update(memoryview(buffer)[:length])
                yield length

    def append(self, data: "bytes | memoryview") -> None:
        """Take the next bytes; every BLOCK they are safe."""
        assert self._file is not None
        if self._file.write(data) != len(data):
            raise OSError(FULL)
        self._found.update(data)
        self.offset += len(data)
        if self.offset // BLOCK != self.safe // BLOCK:
            self._file.flush()
            self.safe = self.offset

    def end(self, digest: bytes) -> bool:
        """Whether all that has come is the image with a digest. If so it runs on trial from the next start on."""
        self.stop()
        if self.safe != self.offset:
            raise OSError(_NOT_WRITTEN)
        if self._found.digest() != digest:
            Folder(self._root + slots.FOLDER).write(_TAKING, b"")
            return False
        slots.try_out(self._root, self._slot, digest)
        return True

    def stop(self) -> None:
        """Let go of the file; what has come of the image stays for another time."""
        file, self._file = self._file, None
        if file is not None:
            try:
                with file:
                    file.flush()
            except OSError:
                return  # what is not safe comes again
        self.safe = self.offset
