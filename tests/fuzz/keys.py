"""Keys that are the same in every run: what was kept was signed with them."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kiosk.ledger.note import SignerKey


def signer(name: str, number: int) -> "SignerKey":
    """A signing key by its name and a number."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from kiosk.ledger.note import SignerKey

    return SignerKey(name, Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32))
