"""The packages of a lock in scripts/locks, for every machine."""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


class Locked(msgspec.Struct, frozen=True):
    """A package of a lock.

    Attributes:
        name: Its canonical name.
        version: Its version.
        marker: On which machines it is installed (PEP 508); empty for all.
        hashes: SHA-256 of each file that it may be installed from.
    """

    name: str
    version: str
    marker: str
    hashes: tuple[str, ...]


def locked(lock: Path) -> Iterator[Locked]:
    """The packages of a lock, whatever machine they are for."""
    text = lock.read_text(encoding="utf-8").replace("\\\n", " ")
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith("#"):
            continue
        said, *hashes = re.split(r"\s+--hash=sha256:", line)
        wanted = Requirement(said)
        (pin,) = wanted.specifier
        marker = str(wanted.marker or "")
        yield Locked(canonicalize_name(wanted.name), pin.version, marker, tuple(each.strip() for each in hashes))
