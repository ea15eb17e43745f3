"""Whom this kiosk takes releases from: ``/etc/sealgate/release-keys``, one public key a line.

A key is written as C2SP's signed note has it, ``name+id+base64`` (`kiosk.ledger.note`); what follows a ``#`` is for
people. Root alone may write the file: whoever can, decides what runs at the gate. A release that one of these keys
signed can name others (`Manifest.keys`); they take the place of all that were there.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from kiosk.durable import write_file
from kiosk.ledger.errors import KeyMalformed
from kiosk.ledger.note import VerifierKey
from kiosk.updates.errors import KeysRefused

KEYS: Final = Path("/etc/sealgate/release-keys")
"""The file on an installed kiosk."""

MOST_BYTES: Final = 65_536

_OTHERS_WRITE: Final = 0o022


def read_keys(path: Path) -> tuple[VerifierKey, ...]:
    """The public keys that releases are checked by.

    Raises:
        KeysRefused: There are none, one is no key, or others than the owner may write the file.
        OSError: The disk does not give it.
    """
    try:
        with path.open("rb") as file:
            state, data = os.fstat(file.fileno()), file.read(MOST_BYTES)
    except FileNotFoundError:
        raise _none(path, "no file") from None
    if state.st_mode & _OTHERS_WRITE or state.st_uid not in {0, os.geteuid()}:
        raise KeysRefused(
            expected=f"keys in {path} that its owner, root, alone may write",
            got=f"mode {stat.S_IMODE(state.st_mode):o}, owner {state.st_uid}",
            mend="look who wrote them, then chown root and chmod 644",
        )
    lines = (line.partition("#")[0].strip() for line in data.decode(errors="replace").splitlines())
    try:
        keys = tuple(VerifierKey.parse(line) for line in lines if line)
    except KeyMalformed as fault:
        raise KeysRefused(
            expected=f"public keys in {path}, one a line: {fault.expected}",
            got=fault.got,
            mend="copy the releases' public key there again, whole",
        ) from fault
    if not keys:
        raise _none(path, "none")
    return keys


def write_keys(path: Path, keys: Sequence[str], why: str) -> None:
    """Put other keys in the place of those that were trusted, durably.

    Raises:
        OSError: The disk did not take it: the old ones count.
    """
    write_file(path, "".join(f"{line}\n" for line in (f"# {why}", *keys)).encode(), mode=0o644)


def _none(path: Path, got: str) -> KeysRefused:
    return KeysRefused(
        expected=f"a public key in {path} that releases are checked by",
        got=got,
        mend="put the line there that came with your first release",
    )
