"""The key that signs the records of signed cards, as a file, and the public keys by which the kiosk knows such cards.

``card-records.key`` signs; whoever issues cards needs it, and it may lie in the safe. ``card-records.pub`` is what
the kiosk needs: one line for each key whose records count. What each is worth to a thief: docs/card-keys.md.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kiosk.durable import make_secret_folder, write_file, write_secret
from kiosk.own_keys import MOST_BYTES, CardKeysUnusable, read_own

if TYPE_CHECKING:  # loaded where cards are written
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

RECORDS_NAME: Final = "card-records.key"
RECORDS_PUBLIC: Final = "card-records.pub"


def place_of_records_key(data: Path) -> Path:
    """Where the key that signs records is, unless it is kept elsewhere."""
    return data / "keys" / RECORDS_NAME


def make_records_key(data: Path, path: Path, site_id: str, *, anew: bool) -> str:
    """Make the key that signs records, and have the kiosk trust it; returns its public half, as a line.

    Args:
        data: The kiosk's data folder.
        path: The key's file.
        site_id: The site's ID code, which names the key.
        anew: Whether it takes the place of another, whose records go on to count.

    Raises:
        CardKeysUnusable: There is a key already, and none shall take its place; or as `trusted_lines`.
        OSError: The disk refuses.
    """
    from kiosk.ledger.note import SignerKey

    if os.path.lexists(path) and not anew:
        raise CardKeysUnusable(
            expected=f"no {path} yet",
            got="one",
            mend="keep it: cards are signed with it; 'card key rotate' replaces it",
        )
    key = SignerKey.make(f"sealgate-cards/{'-'.join(site_id.split())}")
    trust(data, [*trusted_lines(data), key.verifier.text])  # first: what it signs must be taken from the first card on
    make_secret_folder(path.parent)
    write_secret(path, f"{key.secret_text()}\n".encode())
    return key.verifier.text


def read_records_key(path: Path) -> Ed25519PrivateKey:
    """The key that signs records.

    Raises:
        CardKeysUnusable: There is none, others may read it, or it is no key.
        OSError: The disk does not give it.
    """
    from kiosk.ledger.errors import KeyRefused
    from kiosk.ledger.note import SignerKey

    text = read_own(path).decode(errors="replace").strip()
    try:
        return SignerKey.parse(text).private
    except KeyRefused:
        pass
    raise CardKeysUnusable(
        expected=f"{path} as 'sealgate card key make --records' writes it",
        got="something else",
        mend="put the site's own file back, from its safe copy",
    )


def place_of_trusted(data: Path) -> Path:
    """Where the public keys are by which the kiosk knows the site's signed cards."""
    return data / "keys" / RECORDS_PUBLIC


def trusted_lines(data: Path) -> tuple[str, ...]:
    """The public keys of the site's signed cards as lines, newest last; none when there is no file.

    Raises:
        CardKeysUnusable: Others may change the file, or it holds something else.
        OSError: The disk does not give it.
    """
    from kiosk.ledger.errors import KeyMalformed
    from kiosk.ledger.note import VerifierKey

    path = place_of_trusted(data)
    try:
        with path.open("rb") as file:
            mode, text = os.fstat(file.fileno()).st_mode, file.read(MOST_BYTES).decode(errors="replace")
    except FileNotFoundError:
        return ()
    if mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise CardKeysUnusable(
            expected=f"{path} to be a file that its owner alone may change",
            got=stat.filemode(mode),
            mend="compare it with the office's copy, then chmod 640 it",
        )
    lines = tuple(text.splitlines())
    try:
        for line in lines:
            VerifierKey.parse(line)
    except KeyMalformed as fault:
        raise CardKeysUnusable(
            expected=f"{path} to hold a public key a line", got=fault.got, mend="put the office's copy back"
        ) from None
    return lines


def trusted_keys(data: Path) -> tuple[bytes, ...]:
    """The raw public keys (Ed25519) that the drivers trust; raises as `trusted_lines`."""
    from kiosk.ledger.note import VerifierKey

    return tuple(VerifierKey.parse(line).public for line in trusted_lines(data))


def trust(data: Path, lines: Sequence[str]) -> None:
    """Have the kiosk trust these public keys, and no others.

    Raises:
        OSError: The disk refuses; the file stands as it was.
    """
    path = place_of_trusted(data)
    make_secret_folder(path.parent)
    write_file(path, "".join(f"{line}\n" for line in lines).encode())
