"""The arithmetic of NXP's AES cards: CBC, CMAC, paddings and the CRC of ChangeKey."""

from __future__ import annotations

import zlib

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

BLOCK = 16
ZERO_IV = bytes(BLOCK)
CRC_SIZE = 4


def encrypt(key: bytes, data: bytes, iv: bytes = ZERO_IV) -> bytes:
    """AES-CBC over whole blocks, without padding (NIST SP 800-38A)."""
    work = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
    return work.update(data) + work.finalize()


def decrypt(key: bytes, data: bytes, iv: bytes = ZERO_IV) -> bytes:
    """The reverse of `encrypt`."""
    work = Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor()
    return work.update(data) + work.finalize()


def cmac(key: bytes, data: bytes) -> bytes:
    """AES-CMAC, 16 bytes (NIST SP 800-38B)."""
    work = CMAC(algorithms.AES(key))
    work.update(data)
    return work.finalize()


def short_cmac(key: bytes, data: bytes) -> bytes:
    """The eight even-numbered bytes of a CMAC, counted from one (NT4H2421Gx, 9.1.3)."""
    return cmac(key, data)[1::2]


def diversified(master: bytes, what: bytes) -> bytes:
    """A card's own key out of a site's master key (AN10922, AES-128), for those who make cards.

    Args:
        master: 16 bytes.
        what: The diversification input M, 1 to 31 bytes: the UID, an application's identifier, a system's name.

    Raises:
        ValueError: The input has another length.
    """
    if not 1 <= len(what) <= 31:
        raise ValueError(f"the diversification input has 1 to 31 bytes (AN10922, 2.2); got {len(what)}")
    subkey = _doubled(encrypt(master, bytes(BLOCK)))
    data = b"\x01" + what
    if len(data) < 2 * BLOCK:
        subkey = _doubled(subkey)
        data = (data + b"\x80").ljust(2 * BLOCK, b"\x00")  # two blocks always, where CMAC itself would take one
    return encrypt(master, data[:BLOCK] + xor(data[BLOCK:], subkey))[BLOCK:]


def _doubled(value: bytes) -> bytes:
    """Times x in the field of CMAC (NIST SP 800-38B, 6.1)."""
    number = int.from_bytes(value, "big") << 1 ^ (0x87 if value[0] & 0x80 else 0)
    return number.to_bytes(BLOCK + 1, "big")[1:]


def pad(data: bytes) -> bytes:
    """80h and zeros up to whole blocks, always at least one byte (ISO/IEC 9797-1, method 2)."""
    return data + b"\x80" + bytes(-(len(data) + 1) % BLOCK)


def unpad(data: bytes) -> bytes | None:
    """What `pad` was given; None if that padding is not there."""
    body = data.rstrip(b"\x00")
    return body[:-1] if body.endswith(b"\x80") and len(data) - len(body) < BLOCK else None


def crc32(data: bytes) -> bytes:
    """CRC32NK of ChangeKey: the FCS of IEEE 802.3 without its last inversion, low byte first (AN12196, table 25)."""
    return (zlib.crc32(data) ^ 0xFFFFFFFF).to_bytes(CRC_SIZE, "little")


def rotated(data: bytes) -> bytes:
    """Rotated left by one byte: the prime of RndA' and RndB'."""
    return data[1:] + data[:1]


def xor(left: bytes, right: bytes) -> bytes:
    """Byte by byte."""
    return bytes(one ^ other for one, other in zip(left, right, strict=True))
