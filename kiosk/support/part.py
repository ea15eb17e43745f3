"""What a part of a bundle is given, what it gives, and what it looks like."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Protocol

from msgspec import Struct

from kiosk.log_rules import tidied
from kiosk.site import Site
from kiosk.support.known import Known
from kiosk.support.withheld import masked

PROGRAM_S: Final = 30.0
"""Seconds that a program may take that is asked for something."""

MOST_PRINTED: Final = 16 * 1024 * 1024
"""Bytes of what a program prints that are read."""


class Asked(Struct, frozen=True):
    """The kiosk that is looked at.

    Attributes:
        data: Its data folder.
        config: Its site.toml.
        site: What that says; None when it cannot be used.
        known: The names and secrets that stay here.
        now: The time, in UTC.
        log_bytes: How much of the log is taken, the newest.
    """

    data: Path
    config: Path
    site: Site | None
    known: Known
    now: datetime
    log_bytes: int

    def plain(self, text: str) -> str:
        """Free text as a bundle may have it: without what somebody typed, and without names."""
        return self.known.names.mask(tidied(text))


class Member(Struct, frozen=True):
    """A file of the bundle."""

    name: str
    data: bytes


class NotHad(Exception):
    """A part, or something of it, could not be had; says why in one line."""


class Part(Protocol):
    """Takes something. It changes nothing, and works beside a kiosk that runs and without one."""

    @property
    def of(self) -> str:
        """What it takes, in a few words."""

    @property
    def free_text(self) -> bool:
        """Whether what it takes has sentences in it that were made while the kiosk ran."""

    def gather(self, asked: Asked) -> Iterator[Member]:
        """What it takes.

        Raises:
            NotHad: It cannot be had.
            OSError: The same.
        """


def as_json(name: str, value: Any, asked: Asked) -> Member:  # noqa: ANN401 - JSON
    """A file of one JSON value, without names in its texts."""
    text = json.dumps(masked(value, asked.known.names), ensure_ascii=False, indent=1)
    return Member(name, f"{text}\n".encode())


def as_lines(name: str, values: Iterable[Mapping[str, Any]], asked: Asked) -> Member:
    """A file of JSON values, one a line, likewise."""
    lines = (json.dumps(masked(each, asked.known.names), ensure_ascii=False) for each in values)
    return Member(name, "".join(f"{line}\n" for line in lines).encode())


def printed_by(words: Sequence[str]) -> bytes:
    """What a program of the system prints.

    Raises:
        NotHad: It is not there, fails, or takes too long.
    """
    program = shutil.which(words[0])
    if program is None:
        raise NotHad(f"there is no program {words[0]} on this machine")
    environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8"}
    try:
        run = subprocess.run(  # noqa: S603 - fixed words of ours
            (program, *words[1:]),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            timeout=PROGRAM_S,
            env=environment,
        )
    except subprocess.TimeoutExpired:
        raise NotHad(f"{words[0]} took longer than {PROGRAM_S:g} s") from None
    if run.returncode:
        said = run.stderr.decode(errors="replace").strip().splitlines()
        raise NotHad(f"{words[0]} ended with {run.returncode}: {tidied(said[0]) if said else 'it said nothing'}")
    return run.stdout[-MOST_PRINTED:]


def text_of(path: Path, most: int = 4096) -> str:
    """A short file of the system's, such as those in /proc; empty where there is none."""
    try:
        with path.open("rb") as file:
            return file.read(most).decode(errors="replace").strip("\0\n ")
    except OSError:
        return ""
