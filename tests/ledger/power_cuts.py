"""What a disk may hold after a power cut, worked out from the system calls that a program made.

Theory of operation. A program runs under strace, which writes down every call that changes files, and every line that
the program says. The calls are then played to a model of a disk that promises no more than POSIX does:

- What was written to a file is on the disk once fsync or fdatasync of that file has returned. Until then each of its
  512-byte sectors may be there or not, in any order; the file's length may be any that it had since. A sector of the
  file that never arrived reads as zeros.
- A name that was made, replaced or removed is so on the disk once fsync of its folder has returned. Until then the
  folder may be as after any of the changes since, which keep their order (they go through a journal).

A cut comes after any call. From there `Disk.state` draws one of the states that are possible.
"""

import re
import shutil
import subprocess
from pathlib import Path
from random import Random
from typing import Final

from msgspec import Struct

SECTOR_BYTES: Final = 512
"""What a disk writes whole or not at all."""

CALLS: Final = (
    "openat,creat,read,write,pwrite64,lseek,ftruncate,fsync,fdatasync,dup,close,"
    "/^rename(at2?)?$,/^unlink(at)?$,/^mkdir(at)?$"
)
RUN_SECONDS: Final = 60

_CALL: Final = re.compile(r"\d+ +(?P<name>\w+)\((?P<arguments>.*)\) += (?P<result>-?\d+)(?:<(?P<opened>[^>]*)>)?")
_TEXT: Final = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
_HANDLE: Final = re.compile(r"(\d+)<([^>]*)>")


class Write(Struct, frozen=True):
    """Bytes of a file at an offset."""

    file: int
    offset: int
    data: bytes


class Cut(Struct, frozen=True):
    """A file gets another length."""

    file: int
    size: int


class Sync(Struct, frozen=True):
    """A file's content is on the disk."""

    file: int


class Name(Struct, frozen=True):
    """A path stands for a file, or for none any more; a rename is both at once."""

    made: str
    file: int
    gone: str = ""


class SyncNames(Struct, frozen=True):
    """A folder's names are on the disk."""

    folder: str


class Said(Struct, frozen=True):
    """The program said something: from here on it counts."""

    line: str


Step = Write | Cut | Sync | Name | SyncNames | Said


def steps_of(command: list[str], folder: Path) -> list[Step]:
    """Run a program under strace; what it did to the files in a folder, and said, in order.

    Args:
        command: The program: one thread, which says what it acknowledges on stdout.
        folder: Where its files are; none yet.
    """
    strace = shutil.which("strace")
    assert strace, "expected the tool strace, which notes system calls; got none; type: sudo apt-get install strace"
    log = folder.with_name(f"{folder.name}.calls")
    options = ["-f", "-qq", "-y", "-xx", "-s", str(1 << 24), "-o", str(log), "-e", f"trace={CALLS}"]
    subprocess.run([strace, *options, *command], check=True, timeout=RUN_SECONDS, stdout=subprocess.PIPE)
    tracer = _Tracer(str(folder))
    for line in log.read_text(encoding="ascii").splitlines():
        tracer.read(line)
    return tracer.steps


class _Tracer:
    """Reads what strace wrote, and follows which handle is which file and where it stands."""

    def __init__(self, folder: str) -> None:
        self.steps: list[Step] = []
        self._folder = folder
        self._files: dict[str, int] = {}
        self._sizes: dict[int, int] = {}
        self._handles: dict[int, tuple[int, int]] = {}  # handle: file, position

    def read(self, line: str) -> None:
        """Take one line of strace's."""
        assert "<unfinished" not in line, f"expected a program of one thread, got {line[:100]}"
        found = _CALL.match(line)
        if found is None or int(found["result"]) < 0:
            return
        texts = [bytes.fromhex(each.replace("\\x", "")) for each in _TEXT.findall(found["arguments"])]
        act = getattr(self, f"_{found['name']}", None)
        if act is not None:
            act(found["arguments"], texts, int(found["result"]))

    def _ours(self, path: str) -> bool:
        return path == self._folder or path.startswith(f"{self._folder}/")

    def _handle(self, arguments: str) -> tuple[int, str]:
        found = _HANDLE.match(arguments)
        assert found is not None, arguments[:100]
        return int(found[1]), bytes.fromhex(found[2].replace("\\x", "")).decode()

    def _openat(self, arguments: str, texts: list[bytes], handle: int) -> None:
        path = texts[0].decode()
        self._handles.pop(handle, None)
        if not self._ours(path) or "O_DIRECTORY" in arguments:
            return
        if path not in self._files:
            if "O_CREAT" not in arguments:
                return  # a folder, looked at
            self._files[path] = len(self._sizes)
            self._sizes[self._files[path]] = 0
            self.steps.append(Name(path, self._files[path]))
        file = self._files[path]
        if "O_TRUNC" in arguments and self._sizes[file]:
            self._cut(file, 0)
        self._handles[handle] = (file, self._sizes[file] if "O_APPEND" in arguments else 0)

    def _dup(self, arguments: str, _: list[bytes], handle: int) -> None:
        assert self._handle(arguments)[0] not in self._handles, "expected no handle of the folder to be doubled"

    def _close(self, arguments: str, _texts: list[bytes], _result: int) -> None:
        self._handles.pop(self._handle(arguments)[0], None)

    def _read(self, arguments: str, _: list[bytes], count: int) -> None:
        self._go_on(self._handle(arguments)[0], count)

    def _lseek(self, arguments: str, _: list[bytes], position: int) -> None:
        handle = self._handle(arguments)[0]
        if handle in self._handles:
            self._handles[handle] = (self._handles[handle][0], position)

    def _write(self, arguments: str, texts: list[bytes], count: int) -> None:
        handle = self._handle(arguments)[0]
        if handle == 1:
            self.steps += [Said(line) for line in texts[0].decode().splitlines()]
        elif handle in self._handles:
            self._put(*self._handles[handle], texts[0][:count])
            self._go_on(handle, count)

    def _pwrite64(self, arguments: str, texts: list[bytes], count: int) -> None:
        handle = self._handle(arguments)[0]
        if handle in self._handles:
            self._put(self._handles[handle][0], int(arguments.rpartition(", ")[2]), texts[0][:count])

    def _ftruncate(self, arguments: str, _: list[bytes], _result: int) -> None:
        handle = self._handle(arguments)[0]
        if handle in self._handles:
            self._cut(self._handles[handle][0], int(arguments.rpartition(", ")[2]))

    def _fsync(self, arguments: str, _texts: list[bytes], _result: int) -> None:
        handle, path = self._handle(arguments)
        if handle in self._handles:
            self.steps.append(Sync(self._handles[handle][0]))
        elif self._ours(path):
            self.steps.append(SyncNames(path))

    _fdatasync = _fsync

    def _rename(self, _: str, texts: list[bytes], _result: int) -> None:
        old, new = texts[0].decode(), texts[-1].decode()
        if self._ours(old):
            self._files[new] = self._files.pop(old)
            self.steps.append(Name(new, self._files[new], old))

    _renameat = _renameat2 = _rename

    def _unlink(self, _: str, texts: list[bytes], _result: int) -> None:
        path = texts[-1].decode()
        if path in self._files:
            self.steps.append(Name("", self._files.pop(path), path))

    _unlinkat = _unlink

    def _go_on(self, handle: int, count: int) -> None:
        if handle in self._handles:
            file, position = self._handles[handle]
            self._handles[handle] = (file, position + count)

    def _put(self, file: int, offset: int, data: bytes) -> None:
        self._sizes[file] = max(self._sizes[file], offset + len(data))
        self.steps.append(Write(file, offset, data))

    def _cut(self, file: int, size: int) -> None:
        self._sizes[file] = size
        self.steps.append(Cut(file, size))


class Disk:
    """The model of a disk, after some steps."""

    def __init__(self) -> None:
        self._safe: dict[int, bytes] = {}
        self._pending: dict[int, list[Write | Cut]] = {}
        self._names: dict[str, int] = {}
        self._renames: list[Name] = []

    def take(self, step: Step) -> None:
        """Go on by a step."""
        match step:
            case Write(file) | Cut(file):
                self._pending.setdefault(file, []).append(step)
            case Sync(file):
                self._safe[file] = _content(self._safe.get(file, b""), self._pending.pop(file, []))
            case Name():
                self._renames.append(step)
            case SyncNames(folder):
                here = [each for each in self._renames if str(Path(each.made or each.gone).parent) == folder]
                for each in here:
                    _rename(self._names, each)
                self._renames = [each for each in self._renames if each not in here]
            case Said():
                pass

    def state(self, chance: Random) -> dict[str, bytes]:
        """One of the states that the disk may be in if the power goes now: the content of each path."""
        names = dict(self._names)
        for each in self._renames[: chance.randint(0, len(self._renames))]:
            _rename(names, each)
        return {path: self._torn(file, chance) for path, file in names.items()}

    def _torn(self, file: int, chance: Random) -> bytes:
        before, pending = self._safe.get(file, b""), self._pending.get(file, [])
        if not pending:
            return before
        after = _content(before, pending[: chance.randint(0, len(pending))])
        size = chance.choice((len(before), len(after)))
        share = chance.choice((0.0, 0.2, 0.5, 0.8, 1.0))
        sectors = b""
        for at in range(0, size, SECTOR_BYTES):
            arrived = at < len(after) and chance.random() < share
            sectors += (after if arrived else before)[at : at + SECTOR_BYTES].ljust(SECTOR_BYTES, b"\0")
        return sectors[:size]


def _content(before: bytes, steps: list[Write | Cut]) -> bytes:
    content = bytearray(before)
    for step in steps:
        if isinstance(step, Cut):
            content = content[: step.size].ljust(step.size, b"\0")
        else:
            content.extend(bytes(max(0, step.offset + len(step.data) - len(content))))
            content[step.offset : step.offset + len(step.data)] = step.data
    return bytes(content)


def _rename(names: dict[str, int], change: Name) -> None:
    names.pop(change.gone, None)
    if change.made:
        names[change.made] = change.file
