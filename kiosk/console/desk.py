"""What a command of this machine asks of a running kiosk: to write an entry, since the kiosk alone holds the ledger.

A Unix socket in the data folder, for the kiosk's own user. One question and one answer a connection, each a line of
JSON. What may be written this way is what staff and offices record; what the gate records, the gate records itself.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec
from msgspec import Struct

from kiosk.core.card_steps import CARD_KINDS
from kiosk.core.duty import DUTY_KINDS
from kiosk.core.effects import EntryKind
from kiosk.core.errors import SealgateError
from kiosk.core.sealing.inspections import INSPECTION
from kiosk.core.sealing.kinds import REGISTER_ALERT, StepKind

SOCKET: Final = "desk.sock"
"""Its name in the data folder."""

EXPORTED: Final = "exported"
"""Kind of the entry of an export: its range and its checkpoint."""

STAFF_KINDS: Final = frozenset({"staff-added", "staff-disabled", "staff-reset"})
"""Kinds of the entries of accounts that commands make on the machine itself (kiosk.gatehouse.account_steps)."""

UPDATE_KINDS: Final = frozenset({"update-applied", "update-back", "update-kept", "update-went-back"})
"""Kinds of the entries of updates (kiosk.updates)."""

KINDS: Final = frozenset(
    {
        *(step.value for step in StepKind if step is not StepKind.UPLIFT),
        *(INSPECTION, EXPORTED, REGISTER_ALERT, EntryKind.LIST_OVERRIDE.value),
        *(kind.value for kind in CARD_KINDS | DUTY_KINDS),
        *STAFF_KINDS,
        *UPDATE_KINDS,
    }
)
"""The kinds of entries that may be asked for."""

MOST_BYTES: Final = 4 * 1024 * 1024
"""Of a question: a delivery of 10,000 seals takes some 200 KB."""

PATIENCE_S: Final = 10.0
"""Seconds for a question and its answer: an entry takes milliseconds, a disk that needs longer is failing."""


class Asked(Struct, frozen=True):
    """Write this entry."""

    kind: str
    body: dict[str, Any]


class Answer(Struct, frozen=True, omit_defaults=True):
    """What came of it.

    Attributes:
        seq: The entry's number; 0 when it was not written.
        digest: The entry's digest, in hex.
        expected: When it was not written: what should have come.
        got: What came.
        mend: What to do.
    """

    seq: int = 0
    digest: str = ""
    expected: str = ""
    got: str = ""
    mend: str = ""


class NotRecorded(SealgateError):
    """The kiosk did not write the entry, or did not say whether it did."""


class NoKiosk(Exception):
    """No kiosk runs on this data folder."""


@contextmanager
def address_in(folder: Path, name: str = SOCKET) -> Iterator[str]:
    """A socket's path, short whatever the folder's is: a socket's address has room for 107 characters."""
    handle = os.open(folder, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{handle}/{name}"
    finally:
        os.close(handle)


def ask_to_record(folder: Path, kind: str, body: Mapping[str, Any]) -> Answer:
    """Have the running kiosk write an entry.

    Args:
        folder: The data folder.
        kind: One of KINDS.
        body: JSON values alone.

    Raises:
        NoKiosk: None runs.
        NotRecorded: It was not written; or the kiosk ended before it answered, and nobody knows.
        OSError: The socket is another user's.
    """
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(PATIENCE_S)
        try:
            with address_in(folder) as address:
                line.connect(address)
        except (FileNotFoundError, ConnectionRefusedError):
            raise NoKiosk(str(folder)) from None
        try:
            line.sendall(msgspec.json.encode(Asked(kind, dict(body))) + b"\n")
            line.shutdown(socket.SHUT_WR)
            answer = msgspec.json.decode(_all_of(line), type=Answer)
        except (OSError, msgspec.DecodeError) as fault:
            raise NotRecorded(
                expected=f"the running kiosk to answer within {PATIENCE_S:g} s",
                got=str(fault) or type(fault).__name__,
                mend="look with 'sealgate ledger show' whether the entry is there before you ask again",
            ) from fault
    if not answer.seq:
        raise NotRecorded(expected=answer.expected, got=answer.got, mend=answer.mend)
    return answer


def _all_of(line: socket.socket) -> bytes:
    pieces = []
    while piece := line.recv(65_536):
        pieces.append(piece)
    return b"".join(pieces)
