"""System calls of a program on the files of one folder: which there are, and one of them that fails or kills.

Theory of operation. A program that does the same every time makes the same calls on the same files every time. A first
run under strace, in which nothing fails, finds them; each has a name, a file and a number: it is the n-th call of this
name on this file. A second run has strace kill the program at one of them, before the kernel has done it, or fail it.
strace counts for each thread by itself, so for a file that several threads use alike, a number means the first thread
that comes to it.
"""

import ctypes
import os
import re
import subprocess
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.forkserver import ensure_running
from pathlib import Path
from typing import Final

from msgspec import Struct

from tests.tools import require_tool

RUN_SECONDS: Final = 60
"""Longest run of a program under strace: under 2 s on the build machine."""

KILLED: Final = -9
"""Exit code of a program that SIGKILL ended."""

PR_SET_PTRACER, ANYBODY = 0x59616D61, 2**64 - 1
"""prctl(2): who may attach to this process besides its ancestors."""

IMPORTS: Final = ("tests.station.visiting", "tests.ledger.writer", "kiosk.ledger.database")
"""What the programs that are run here import, at their start or later: there is one server for all of them."""

LEFT_OUT: Final = re.compile(r"catalogue\.sqlite.*")
"""Files of the ledger that are derived and no evidence: they may be lost with all that is in them."""

_LINE: Final = re.compile(r"(?P<thread>\d+) +(?P<name>\w+)\((?P<arguments>.*)")
_SAID: Final = re.compile(r"1<[^>]*>, ")
_PATH: Final = re.compile(r'"(/[^"]*)"|\d+<(/[^>]*)>')
_WRITES: Final = re.compile(
    r"p?write(v2?|64)?|f(data)?sync|sync_file_range|ftruncate|fallocate|copy_file_range|sendfile|"
    r"(rename(at2?)?|unlink(at)?|mkdir(at)?|rmdir|(sym)?link(at)?)"
)


class Call(Struct, frozen=True):
    """One system call on a file of the folder.

    Attributes:
        name: The system call, by the name that this processor's kernel has for it.
        path: The file, as seen from the folder; ``.`` for the folder itself. A rename stands under its old name.
        number: Which of the calls of this name on this file it is, from 1.
        writes: Whether the disk must take something for it.
    """

    name: str
    path: str
    number: int
    writes: bool

    def __str__(self) -> str:
        return f"{self.name} {self.path} {self.number}"


class Said(Struct, frozen=True):
    """A line that the program said, on stdout.

    Attributes:
        after: How many steps came before.
        line: The line.
    """

    after: int
    line: str


Step = Call | Said


def calls_of(steps: Iterable[Step]) -> list[Call]:
    """The calls alone."""
    return [step for step in steps if isinstance(step, Call)]


class Done(Struct, frozen=True):
    """A run that has ended.

    Attributes:
        code: Exit code; the signal's number, negated, where one ended it.
        said: The lines that it said on stdout.
        trouble: What it said on stderr.
        traced: The log of strace.
    """

    code: int
    said: list[str]
    trouble: str
    traced: list[str]


class Program:
    """A program of ours that can be run many times under strace, each time in a process of its own, at little cost.

    What costs most is the start of Python and its imports, most of all under strace. So a server process imports all
    once, each run is a fork of that, and strace comes to it when it has begun. (With --seccomp-bpf strace would cost
    little from the start, but then the kernel drops the signal that it injects at a thread's second call and later.)
    The server ends with this process.

    Args:
        main: The program, a function of a module; it takes texts.
        place: A folder for what it says and what strace logs.
    """

    def __init__(self, main: Callable[..., None], place: Path) -> None:
        self._main = main
        self._place = place
        self._server = get_context("forkserver")
        self._server.set_forkserver_preload([__name__, *IMPORTS])
        ensure_running()

    def steps(self, arguments: Sequence[str], folder: Path) -> list[Step]:
        """Run it so that nothing fails; its calls on what is in a folder, and what it said, in order."""
        done = self._run(arguments, ["-y", "-s", "0", "-e", "trace=%file,%desc"])
        assert done.code == 0, f"expected the program to end well, got exit {done.code}: {done.trouble}"
        said = iter(done.said)
        counts: Counter[tuple[str, str, str]] = Counter()
        steps: dict[Step, None] = {}
        for line in done.traced:
            found = _LINE.match(line)
            if found is None:  # the end of a call that began further up
                continue
            name, arguments_of = found["name"], found["arguments"]
            path = _ours(arguments_of, folder)
            if name == "write" and _SAID.match(arguments_of):
                steps[Said(len(steps), next(said))] = None
            elif path is not None:
                counts[found["thread"], name, path] += 1
                steps[Call(name, path, counts[found["thread"], name, path], _writes(name, arguments_of))] = None
        assert next(said, None) is None, "expected each line on stdout to be a write of its own"
        return list(steps)

    def run_with(self, fault: str, call: Call, arguments: Sequence[str], folder: Path) -> Done:
        """Run it with a fault at one call on a file of a folder.

        Args:
            fault: As strace is told it: ``signal=SIGKILL``, ``error=EIO``; a ``+`` after it has all later calls of
                this name on this file fail, too.
            call: Which.
            arguments: Those of the program.
            folder: Whose the file is.
        """
        what = fault.removesuffix("+")
        when = f"{call.number}{fault[len(what) :]}"
        path = f"--trace-path={folder / call.path}"
        done = self._run(arguments, [path, "-e", f"trace={call.name}", "-e", f"inject={call.name}:{what}:when={when}"])
        struck = done.code == KILLED or any("(INJECTED)" in line for line in done.traced)
        assert struck, f"expected the fault {fault} at {call}, got none: exit {done.code}, {done.said}{done.trouble}"
        return done

    def _run(self, arguments: Sequence[str], options: Sequence[str]) -> Done:
        out, trouble, log = (self._place / name for name in ("said", "trouble", "traced"))
        ours, theirs = self._server.Pipe()
        run = self._server.Process(target=_begin, args=(self._main, arguments, str(out), str(trouble), theirs))
        run.start()
        theirs.close()
        assert run.pid is not None
        command = [str(require_tool("strace", package="strace")), "-f", "-p", str(run.pid), "-o", str(log), *options]
        ours.recv()
        with ours, subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as tracer:
            assert tracer.stderr is not None
            first = tracer.stderr.readline()
            if first.endswith("attached\n"):
                ours.send("go")
                run.join(RUN_SECONDS)
            if run.exitcode is None:
                run.kill()
                run.join()
            rest = tracer.stderr.read()
        code = run.exitcode
        run.close()
        assert first.endswith("attached\n"), f"expected strace to attach to a process of ours, got {first}{rest}"
        assert code is not None
        return Done(code, out.read_text().splitlines(), trouble.read_text(), log.read_text().splitlines())


def _begin(main: Callable[..., None], arguments: Sequence[str], out: str, trouble: str, caller: Connection) -> None:
    """In the forked process: wait for strace, then be the program."""
    for path, handle in ((out, 1), (trouble, 2)):
        opened = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(opened, handle)
        os.close(opened)
    # Where Yama restricts ptrace, only an ancestor may attach unless it is let; without Yama this does nothing.
    ctypes.CDLL(None).prctl(PR_SET_PTRACER, ctypes.c_ulong(ANYBODY))
    caller.send("ready")
    caller.recv()
    main(*arguments)


def _ours(arguments: str, folder: Path) -> str | None:
    """The first file of the folder that the arguments name."""
    for match in _PATH.finditer(arguments):
        path = Path(match[1] or match[2])
        if path.is_relative_to(folder) and not LEFT_OUT.fullmatch(path.name):
            return str(path.relative_to(folder))
    return None


def _writes(name: str, arguments: str) -> bool:
    if name == "openat":
        return any(flag in arguments for flag in ("O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC"))
    return _WRITES.fullmatch(name) is not None
