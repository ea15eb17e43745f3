"""What a test must not leave behind in its process: threads, child processes, open files, settings of the process.

Each kind is listed before the test and after it; what is new and does not go away by itself within a short while is
named. Daemons that a test starts (tmux's server, for one) count as its children too: see ``adopt_orphans``.
"""

import ctypes
import gc
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import structlog
from msgspec import Struct

GRACE_S = 2.0
"""Seconds that what is already ending may take: long for a loaded machine, far below a test's time limit."""

POLL_S = 0.01
"""Seconds between looks at what is still ending; only a test that seems to leak waits at all."""

LASTING_FILES = ("/dev/urandom", "/dev/random")
"""Opened by libraries at first use and kept for the life of the process, by design."""

PR_SET_CHILD_SUBREAPER = 36
"""prctl(2): orphaned descendants become children of this process instead of init's."""


class Holdings(Struct, frozen=True):
    """What the process holds at one moment: each thing's identity, and how to name it to a person."""

    threads: dict[int, str]
    children: dict[int, str]
    files: dict[tuple[int, str], str]
    settings: dict[tuple[str, object], str]

    def since(self, before: "Holdings") -> list[str]:
        """Name what is here and was not before."""
        return [
            *(name for key, name in self.threads.items() if key not in before.threads),
            *(name for key, name in self.children.items() if key not in before.children),
            *(name for key, name in self.files.items() if key not in before.files),
            *(name for key, name in self.settings.items() if key not in before.settings),
        ]


def holdings() -> Holdings:
    """List what this process holds now."""
    return Holdings(
        threads={id(thread): f"thread {thread.name!r}" for thread in threading.enumerate()},
        children=_children(),
        files=_files(),
        settings=_settings(),
    )


def left_behind(before: Holdings, clock: Callable[[], float] = time.monotonic) -> list[str]:
    """Name what is held now and was not before, once what is ending has had its time.

    Args:
        before: What was held at the start.
        clock: Seconds that only go forward.

    Returns:
        One phrase for each thing left; empty when all is well.
    """
    new = holdings().since(before)
    if not new:
        return []
    gc.collect()  # an exception kept by a test may hold frames, and they what they were about to close
    deadline = clock() + GRACE_S
    while (new := holdings().since(before)) and clock() < deadline:
        time.sleep(POLL_S)
    return new


def adopt_orphans() -> None:
    """Make this process the parent of every descendant whose own parent ends, so that daemons are seen as children.

    Raises:
        OSError: when the kernel refuses.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"prctl(PR_SET_CHILD_SUBREAPER): expected 0, got {os.strerror(code)}")


def _children() -> dict[int, str]:
    """Running children by process id; an ended one that nobody awaits any more is taken off the kernel's list."""
    running = {}
    own = str(os.getpid())
    for number in filter(str.isdigit, os.listdir("/proc")):  # noqa: PTH208 - a glob looks at each, and it may be gone
        try:
            stat = Path("/proc", number, "stat").read_text(encoding="utf-8", errors="replace")
            name, _, rest = stat.rpartition(")")
            state, parent = rest.split()[:2]
            if parent == own and state not in "ZX":
                pid = int(number)
                running[pid] = f"child process {pid} {name.partition('(')[2]!r}"
        except (FileNotFoundError, ProcessLookupError):  # it ended while we looked
            continue
    return running


def _files() -> dict[tuple[int, str], str]:
    """Open files by number and target, less those that last by design."""
    found = {}
    for link in Path("/proc/self/fd").iterdir():
        try:
            target = os.readlink(link)  # noqa: PTH115 - a socket's or pipe's target is a name, not a path
        except FileNotFoundError:  # the listing's own handle
            continue
        if target not in LASTING_FILES:
            found[int(link.name), target] = f"open file {link.name} -> {target}"
    return found


def _settings() -> dict[tuple[str, object], str]:
    """What holds for the whole process and so for every test after: where it stands, its priority, where it logs."""
    logs = structlog.get_config()["logger_factory"]
    values = {"working directory": Path.cwd(), "niceness": os.nice(0), "structlog's logger factory": logs}
    return {(name, value): f"{name} = {value}" for name, value in values.items()}
