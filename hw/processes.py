"""The machine's processes, and what each has open (proc_pid_fd(5)). Root sees all, others their own user's."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

PROC: Final = Path("/proc")


def open_files(proc: Path = PROC) -> Iterator[tuple[int, str]]:
    """Process and what it has open, as the kernel names it: a path, or such as ``socket:[1234]``."""
    for folder in proc.glob("[0-9]*"):
        with suppress(OSError):  # another user's, or gone meanwhile
            for handle in (folder / "fd").iterdir():
                with suppress(OSError):  # closed meanwhile
                    yield int(folder.name), os.readlink(handle)  # noqa: PTH115 - not all that stands there is a path


def program_of(pid: int, proc: Path = PROC) -> str:
    """A process's program, as the kernel shortens its name to 15 characters."""
    try:
        return (proc / str(pid) / "comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return "a program"
