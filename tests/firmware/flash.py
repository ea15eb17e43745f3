"""A folder of the reader's flash in memory, whose writes can be cut short by a power cut or an error."""

import errno
from collections.abc import Callable
from typing import Final

NO_FILE: Final = errno.ENOENT


class PowerCut(BaseException):
    """The power went: nothing of the firmware runs any more."""


class Flash:
    """Stands in for reader.folder.Folder.

    Attributes:
        files: What is on the flash.
        writes: How many writes there were.
        trouble: What becomes of the next write, given what the file held and what it is to hold: what it holds then,
            and what is raised. None when it goes well.
        unreadable: Names of files that cannot be read.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.writes = 0
        self.trouble: Callable[[bytes, bytes], tuple[bytes, BaseException]] | None = None
        self.unreadable: set[str] = set()

    def __call__(self, _path: str) -> "Flash":
        return self

    def names(self) -> list[str]:
        return list(self.files)

    def read_into(self, name: str, buffer: bytearray) -> int:
        if name in self.unreadable:
            raise OSError(errno.EIO, name)
        if name not in self.files:
            raise OSError(NO_FILE, name)
        data = self.files[name][: len(buffer)]
        buffer[: len(data)] = data
        return len(data)

    def write(self, name: str, data: bytes | bytearray | memoryview) -> None:
        self.writes += 1
        if self.trouble is not None:
            trouble, self.trouble = self.trouble, None
            self.files[name], problem = trouble(self.files.get(name, b""), bytes(data))
            raise problem
        self.files[name] = bytes(data)


def torn(before: bytes, after: bytes, way: str, share: float) -> bytes:
    """What a file holds when its writing is cut short.

    Args:
        before: What it held.
        after: What it was to hold.
        way: ``prefix``: its first bytes are there. ``holes``: it has its length, and zeros where bytes are missing.
            ``mixed``: its first bytes, then those from before. ``before``: nothing happened. ``whole``: all is there.
        share: How much of it is there, from 0 to 1.
    """
    size = int(len(after) * share)
    match way:
        case "prefix":
            return after[:size]
        case "holes":
            return after[:size].ljust(len(after), b"\0")
        case "mixed":
            return after[:size] + before[size:]
        case "before":
            return before
        case _:
            return after


WAYS: Final = ("prefix", "holes", "mixed", "before", "whole")
