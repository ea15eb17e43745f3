"""A key of its own for each card from one master key: NXP AN10922, 2.2 (AES-128)."""

from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.cmac import CMAC

AES_128_CONSTANT = b"\x01"
"""AN10922, table 1: what is put before the input of a key of 128 bits."""

LEAST_INPUT, MOST_INPUT = 16, 31
"""Bytes of input. AN10922 pads to two blocks whatever the input; from 16 bytes on that is CMAC itself, and
shorter inputs are not used here. 31 and the constant fill both blocks."""

KEY_SIZE = 16
"""Bytes of an AES-128 key."""


def cmac(key: bytes, data: bytes) -> bytes:
    """AES-CMAC (NIST SP 800-38B), 16 bytes."""
    mac = CMAC(AES(key))
    mac.update(data)
    return mac.finalize()


def diversify(master: bytes, diversification: bytes) -> bytes:
    """A card's key.

    Args:
        master: 16 bytes.
        diversification: What makes it the card's own (AN10922: UID, application, system), 16 to 31 bytes.

    Raises:
        ValueError: when a length is another.
    """
    if len(master) != KEY_SIZE:
        raise ValueError(f"expected a master key of {KEY_SIZE} bytes, got {len(master)}; correct the key file")
    if not LEAST_INPUT <= len(diversification) <= MOST_INPUT:
        raise ValueError(
            f"expected {LEAST_INPUT} to {MOST_INPUT} bytes to diversify by, got {len(diversification)}; "
            "say more of what the key is for"
        )
    return cmac(master, AES_128_CONSTANT + diversification)
