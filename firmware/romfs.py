"""An image of the firmware as MicroPython mounts it: ROMFS (extmod/vfs_rom.c), read from its file at each import.

MicroPython's own VfsRom wants the image in memory. An image is at most some hundred kilobytes, of which only the index
of its files is kept here.
"""

import io

_FOLDER = 0x4000
_FILE = 0x8000
_NO_FILE = 2
_IS_FOLDER = 21
_RECORD_DATA, _RECORD_FOLDER, _RECORD_FILE = 2, 4, 5
_CLOSE, _BUFFER_SIZE = 4, 11  # requests of MicroPython's streams
_READ_AHEAD = 255


class Image:
    """The files of an image, for MicroPython to mount and import from.

    Args:
        path: Of the image.

    Raises:
        OSError: It cannot be read.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._files: "dict[str, tuple[int, int] | None]" = {"/": None}  # where it is and how long, or None for a folder
        with open(path, "rb") as file:
            _, length = _number(file), _number(file)
            self._find(file, "/", file.tell() + length)

    def mount(self, _readonly: bool, _mkfs: bool) -> None:
        """As MicroPython asks it of a file system."""

    def umount(self) -> None:
        """As MicroPython asks it of a file system."""

    def stat(self, path: str) -> "tuple[int, ...]":
        """As MicroPython asks it of a file system."""
        place = self._place(path)
        return (_FILE if place else _FOLDER, 0, 0, 0, 0, 0, place[1] if place else 0, 0, 0, 0)

    def open(self, path: str, _mode: str) -> "Part":
        """As MicroPython asks it of a file system."""
        place = self._place(path)
        if place is None:
            raise OSError(_IS_FOLDER)
        return Part(self._path, place[0], place[1])

    def _place(self, path: str) -> "tuple[int, int] | None":
        if path not in self._files:
            raise OSError(_NO_FILE)
        return self._files[path]

    def _find(self, file, folder: str, end: int) -> None:
        """Note what is in a folder, whose records begin where the file stands."""
        while file.tell() < end:
            kind, length = _number(file), _number(file)
            following = file.tell() + length
            if kind in (_RECORD_FOLDER, _RECORD_FILE):
                path = folder + file.read(_number(file)).decode()
                if kind == _RECORD_FOLDER:
                    self._files[path] = None
                    self._find(file, path + "/", following)
                else:
                    kind, length = _number(file), _number(file)
                    if kind == _RECORD_DATA:
                        self._files[path] = (file.tell(), length)
            file.seek(following)


class Part(io.IOBase):
    """A file of an image, open for reading."""

    def __init__(self, path: str, at: int, length: int) -> None:
        self._file = open(path, "rb")  # noqa: SIM115 - until MicroPython closes it
        self._file.seek(at)
        self._left = length

    def readinto(self, buffer: bytearray) -> int:
        """As MicroPython asks it of a stream."""
        count = self._file.readinto(memoryview(buffer)[: self._left])
        self._left -= count
        return count

    def ioctl(self, request: int, _argument: int) -> int:
        """As MicroPython asks it of a stream."""
        if request == _CLOSE:
            self._file.close()
        return _READ_AHEAD if request == _BUFFER_SIZE else 0


def _number(file) -> int:
    """Read a number of ROMFS: seven bits a byte, the highest first, and the eighth says that more follow."""
    number = 0
    while True:
        byte: int = file.read(1)[0]
        number = number << 7 | byte & 0x7F
        if byte < 0x80:
            return number
