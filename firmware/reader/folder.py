"""A folder of small files which are on the flash when the call that writes them returns.

Written for littlefs, where a file changes as a whole when it is flushed, and for POSIX, where it may be torn: whoever
keeps something here has to know a torn file from a whole one.
"""

import os

_EXISTS = 17
_IS_FOLDER = 21
FULL = 28
"""Errors of POSIX, of which MicroPython's errno names only some."""


class Folder:
    """A folder, which is made when it is not there.

    Raises:
        OSError: It cannot be made, as all methods when the flash fails.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        try:
            os.mkdir(path)
        except OSError as error:
            if error.errno != _EXISTS:
                raise
        else:
            _sync_names(path.rpartition("/")[0])

    def names(self) -> "list[str]":
        """What is in it, in no order."""
        return os.listdir(self._path)

    def read_into(self, name: str, buffer: "bytearray | memoryview") -> int:
        """Read a file, as far as it fits.

        Returns:
            How many bytes.

        Raises:
            OSError: There is no such file.
        """
        with open(self._at(name), "rb") as file:
            return file.readinto(buffer)

    def write(self, name: str, data: "bytes | bytearray | memoryview") -> None:
        """Have a file hold these bytes and no others, made if it is not there."""
        with open(self._at(name), "wb") as file:
            if file.write(data) != len(data):
                raise OSError(FULL)
            file.flush()  # MicroPython's commits: littlefs writes its metadata, on POSIX it is fsync
        _sync_names(self._path)

    def _at(self, name: str) -> str:
        return self._path + "/" + name


def _sync_names(path: str) -> None:
    """Have a folder's names on the disk: POSIX wants that said; littlefs opens no folder, and does it by itself."""
    if not path:
        return  # the root of a board, which holds its file systems and is in none
    try:
        with open(path, "rb") as folder:
            folder.flush()
    except OSError as error:
        if error.errno != _IS_FOLDER:
            raise
