"""Closed segments, compressed: Zstandard in its seekable form, so that one entry is read without all the others.

A file is a row of Zstandard frames of `FRAME_ENTRIES` lines each, with a checksum each, and a table of the frames'
lengths at the end (Zstandard Seekable Format 0.1.0, in a frame that other readers skip). ``zstd -dc`` of all segments
in order gives the journal.
"""

from __future__ import annotations

import struct
import sys
from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self

from kiosk.ledger.errors import EntryMalformed

if TYPE_CHECKING or sys.version_info < (3, 14):
    from backports import zstd
else:
    from compression import zstd

FRAME_ENTRIES: Final = 64
"""Lines in a frame: few enough to read one of them in well under a millisecond, enough to compress nearly as well as
the whole."""

LEVEL: Final = 9
"""How hard to compress: more takes a Pi many times as long for a tenth less."""

_SKIPPABLE: Final = 0x184D2A5E
_SEEKABLE: Final = 0x8F92EAB1
_HEADER: Final = struct.Struct("<II")
_SIZES: Final = struct.Struct("<II")
_FOOTER: Final = struct.Struct("<IBI")

_OPTIONS: Final[Mapping[int, int]] = {
    zstd.CompressionParameter.compression_level: LEVEL,
    zstd.CompressionParameter.checksum_flag: 1,
}


def compress(lines: Sequence[bytes]) -> bytes:
    """An archive's content.

    Args:
        lines: The segment's lines, without line ends.
    """
    frames, table = [], []
    for at in range(0, len(lines), FRAME_ENTRIES):
        plain = b"".join(line + b"\n" for line in lines[at : at + FRAME_ENTRIES])
        packed = zstd.compress(plain, options=_OPTIONS)
        frames.append(packed)
        table.append(_SIZES.pack(len(packed), len(plain)))
    sizes = b"".join(table)
    header = _HEADER.pack(_SKIPPABLE, len(sizes) + _FOOTER.size)
    return b"".join([*frames, header, sizes, _FOOTER.pack(len(table), 0, _SEEKABLE)])


def split_lines(data: bytes) -> list[bytes]:
    """Whole lines, without line ends.

    Raises:
        EntryMalformed: The last one has no end.
    """
    lines = data.split(b"\n")
    if lines.pop():
        raise EntryMalformed(expected="a line end after the last entry", got="none")
    return lines


class Archive:
    """One archived segment, open for reading. Use it as a context manager, or call `close`."""

    __slots__ = ("_file", "_plain", "_starts")

    def __init__(self, path: Path) -> None:
        """Reads the table at its end.

        Raises:
            EntryMalformed: It has none, or not this file's.
            OSError: There is no such file, or the disk does not give it.
        """
        self._file = path.open("rb", buffering=0)
        try:
            packed, self._plain = self._read_table(path.stat().st_size)
        except BaseException:
            self.close()
            raise
        self._starts = list(accumulate(packed, initial=0))

    @property
    def frames(self) -> int:
        """How many frames it has."""
        return len(self._plain)

    def offset(self, number: int) -> int:
        """Where a frame's lines begin in the uncompressed segment, in bytes."""
        return sum(self._plain[:number])

    def lines(self, number: int) -> list[bytes]:
        """The lines of a frame, from 0, without line ends.

        Raises:
            EntryMalformed: The frame is not what was written.
            OSError: The disk does not give it.
        """
        start, stop = self._starts[number : number + 2]
        self._file.seek(start)
        try:
            plain = zstd.decompress(self._file.read(stop - start))
        except zstd.ZstdError as fault:
            raise EntryMalformed(expected=f"frame {number} as it was compressed", got=str(fault)) from None
        if len(plain) != self._plain[number]:
            raise EntryMalformed(expected=f"{self._plain[number]} bytes in frame {number}", got=f"{len(plain)}")
        return split_lines(plain)

    def all_lines(self) -> Iterator[bytes]:
        """The lines of all frames; raises as `lines`."""
        for number in range(self.frames):
            yield from self.lines(number)

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _read_table(self, size: int) -> tuple[list[int], list[int]]:
        """The frames' lengths, compressed and plain."""
        if size < _HEADER.size + _FOOTER.size:
            raise EntryMalformed(expected="an archive with a table of its frames", got=f"{size} bytes")
        self._file.seek(size - _FOOTER.size)
        count, descriptor, magic = _FOOTER.unpack(self._file.read(_FOOTER.size))
        length = count * _SIZES.size + _FOOTER.size
        if magic != _SEEKABLE or descriptor or length + _HEADER.size > size:
            raise EntryMalformed(expected="a table of frames at the archive's end", got="something else")
        self._file.seek(size - length - _HEADER.size)
        table = self._file.read(length + _HEADER.size)
        sizes = list(_SIZES.iter_unpack(table[_HEADER.size : -_FOOTER.size]))
        packed = [each[0] for each in sizes]
        if table[: _HEADER.size] != _HEADER.pack(_SKIPPABLE, length) or sum(packed) + len(table) != size:
            raise EntryMalformed(expected="a table of frames that fits the archive", got="another archive's")
        return packed, [each[1] for each in sizes]
