"""What the lines of a closed segment add up to, worked out as fast as they can be hashed.

A line is as it was written when the line after it names its digest. So it is enough that each line ends as the ledger
ends the line of that number after the one before; what stands before that end needs no reading. Whatever does not fit
makes the answer None: then `kiosk.ledger.scan` reads entry by entry and says what is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from msgspec import Struct

from kiosk.ledger.entry import NO_PREV

_TIME_BYTES: Final = len('2026-01-31T09:05:00.000Z"}')


class Leaves(Struct, frozen=True):
    """A run of lines that hang together.

    Attributes:
        digests: Their leaf hashes.
        prev: The digest that the first names as the one before it, in hex.
        last: Digest of the last one, in hex.
    """

    digests: list[bytes]
    prev: str
    last: str


def sum_up(lines: Sequence[bytes], first: int) -> Leaves | None:
    """The leaf hashes of lines that are entries, each after the one before; None when they are not.

    Args:
        lines: Without line ends, one or more.
        first: Number of the first one's entry.
    """
    if not lines:
        return None
    digests = [sha256(b"\0" + line).digest() for line in lines]
    prev = _prev_of(lines[0], first)
    if prev is None:
        return None
    named = b"".join(digests).hex().encode()
    for at in range(1, len(lines)):
        end = b'"prev":"%b","seq":%d,"time":"' % (named[64 * at - 64 : 64 * at], first + at)
        if not lines[at].endswith(end, 0, -_TIME_BYTES):
            return None
    return Leaves(digests, prev, digests[-1].hex())


def said_digests(lines: Sequence[bytes], first: int) -> list[bytes]:
    """The leaf hashes of lines as each next line names them: a fifth of the work of hashing, and not to be trusted.

    Args:
        lines: Without line ends.
        first: Number of the first one's entry.

    Raises:
        ValueError: A line is not as the ledger ends them.
    """
    if not lines:
        return []
    said = []
    for seq, line in enumerate(lines[1:], start=first + 1):
        stop = len(line) - _TIME_BYTES - len(f'","seq":{seq},"time":"')
        said.append(bytes.fromhex(line[stop - len(NO_PREV) : stop].decode("ascii", "replace")))
    return [*said, sha256(b"\0" + lines[-1]).digest()]


def _prev_of(line: bytes, seq: int) -> str | None:
    """What the first line names as the digest before it."""
    end = b'","seq":%d,"time":"' % seq
    if not line.endswith(end, 0, -_TIME_BYTES):
        return None
    rest = line[: -_TIME_BYTES - len(end)]
    prev = rest[-len(NO_PREV) :].decode("ascii", "replace")
    return prev if rest[: -len(NO_PREV)].endswith(b',"prev":"') else None
