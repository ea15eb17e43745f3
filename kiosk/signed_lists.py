"""Approved lists and their signatures: the register knows lists, the ledger's notes know keys, and here they meet.

A signed list is a C2SP signed note whose text is the list's CSV in our own form (docs/decisions/0013).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kiosk.register.signatures import ListOpener, SignatureRefused

if TYPE_CHECKING:
    from kiosk.ledger.note import SignerKey


def list_opener(keys: Sequence[str]) -> ListOpener | None:
    """What checks the signatures of approved lists; None when there is no key, and any list is taken.

    Args:
        keys: The public keys that site.toml names; one of them must have signed.

    Raises:
        KeyMalformed: when one is none.
    """
    if not keys:
        return None
    from kiosk.ledger.errors import NotProved
    from kiosk.ledger.note import VerifierKey, open_note

    known = [VerifierKey.parse(key) for key in keys]

    def opened(data: bytes) -> str:
        try:
            return open_note(data, *known)
        except NotProved as fault:
            raise SignatureRefused(expected=fault.expected, got=fault.got) from fault

    return opened


def read_list_key(path: Path) -> "SignerKey":
    """The key that signs approved lists.

    Raises:
        KeyRefused: Others may read the file, or it is no key.
        OSError: It is missing, or the disk does not give it.
    """
    from kiosk.ledger.keys import read_secret
    from kiosk.ledger.note import SignerKey

    return SignerKey.parse(read_secret(path))


def make_list_key(path: Path, name: str) -> "SignerKey":
    """Make a key that signs approved lists.

    Raises:
        FileExistsError: There is a file of that name: a key is never overwritten.
        KeyMalformed: A key cannot be named so.
        OSError: The disk refuses.
    """
    from kiosk.ledger.keys import write_new_key

    if path.exists() or path.is_symlink():
        raise FileExistsError(f"there is a file {path} already; name another")
    return write_new_key(path, name)


def signed_list(text: bytes, key: "SignerKey") -> bytes:
    """A list with its signature under it.

    Args:
        text: The list, in our own form of CSV.
        key: Who signs it.
    """
    return key.sign(text.decode())
