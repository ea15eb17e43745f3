"""MicroPython killed at the system calls by which a program writes to its folder, or says something."""

import os
import re
import subprocess
from collections import Counter
from pathlib import Path
from typing import Final

from msgspec import Struct

from tests.firmware.interpreter import ROOT, micropython
from tests.tools import require_tool

DEVICE: Final = ROOT / "tests/firmware/device"

RUN_LIMIT_S: Final = 30
"""Seconds for a program that takes tenths of one."""

CALLS: Final = ("mkdir", "openat", "write", "fsync", "rename")
"""System calls by which a program in MicroPython can write, as far as ours do."""

KILLED: Final = -9


class Call(Struct, frozen=True):
    """A system call: the number-th of this name that the program makes."""

    name: str
    number: int


class Program:
    """A program of DEVICE, whose first argument is a folder.

    Args:
        name: File name.
        arguments: What comes after the folder.
    """

    def __init__(self, name: str, *arguments: str) -> None:
        self._command = [micropython(), str(DEVICE / name)]
        self._arguments = arguments

    def run(self, folder: Path, *more: str) -> list[str]:
        """Run it to its good end; the lines that it says."""
        done = self._run([*self._command, str(folder), *self._arguments, *more])
        assert done.returncode == 0, done
        return done.stdout.splitlines()

    def killed_at(self, call: Call, folder: Path) -> list[str]:
        """Run it until SIGKILL at a system call, before the kernel does it; the lines that it said."""
        options = ["-o", os.devnull, "-e", f"trace={call.name}"]
        done = self._traced([*options, "-e", f"inject={call.name}:signal=SIGKILL:when={call.number}"], folder)
        assert done.returncode == KILLED, (call, done)
        return done.stdout.splitlines()

    def calls(self, place: Path) -> list[Call]:
        """What a run that nothing stops does to its folder, and says."""
        folder, log = place / "whole", place / "log"
        ours = re.compile(rf'{re.escape(str(folder))}[/>"]|write\(1<')
        done = self._traced(["-o", str(log), "-y", "-e", "trace=" + ",".join(CALLS)], folder)
        assert done.returncode == 0, done
        counts, calls = Counter[str](), list[Call]()
        for line in log.read_text().splitlines():
            name = line.split()[1].partition("(")[0]
            counts[name] += 1
            only_looks = name == "openat" and "O_WRONLY" not in line
            if ours.search(line) and not only_looks:
                calls.append(Call(name, counts[name]))
        return calls

    def _traced(self, options: list[str], folder: Path) -> "subprocess.CompletedProcess[str]":
        strace = str(require_tool("strace", "strace"))
        return self._run([strace, "-f", "-qq", *options, *self._command, str(folder), *self._arguments])

    def _run(self, command: list[str]) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(command, capture_output=True, text=True, timeout=RUN_LIMIT_S, check=False)
