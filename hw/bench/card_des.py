"""Ciphers by block size, and CMAC with a starting value: what DESFire's older secure messaging needs."""

from __future__ import annotations

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

ROUND_CONSTANTS = {8: 0x1B, 16: 0x87}
"""Rb of CMAC by block size (NIST SP 800-38B, 5.3)."""


class BlockCipher:
    """AES, or DES and its doubled form, in CBC mode.

    Args:
        key: 16 bytes.
        aes: AES; else DES with two keys, which is single DES where they are the same.
    """

    def __init__(self, key: bytes, *, aes: bool) -> None:
        self._algorithm = algorithms.AES(key) if aes else TripleDES(key + key[:8])
        self.block = 16 if aes else 8

    def encrypt(self, data: bytes, iv: bytes | None = None) -> bytes:
        """Whole blocks; the IV is zero if none is given."""
        work = Cipher(self._algorithm, modes.CBC(iv or bytes(self.block))).encryptor()
        return work.update(data) + work.finalize()

    def decrypt(self, data: bytes, iv: bytes | None = None) -> bytes:
        """The reverse."""
        work = Cipher(self._algorithm, modes.CBC(iv or bytes(self.block))).decryptor()
        return work.update(data) + work.finalize()

    def cmac(self, data: bytes, iv: bytes) -> bytes:
        """CMAC that starts from `iv` (MF3ICD81, 8.3: the secure messaging of DESFire EV1 chains its MACs)."""
        subkey = self._doubled(self.encrypt(bytes(self.block)))
        if not data or len(data) % self.block:
            subkey = self._doubled(subkey)
            data += b"\x80" + bytes(-(len(data) + 1) % self.block)
        last = int.from_bytes(data[-self.block :], "big") ^ int.from_bytes(subkey, "big")
        return self.encrypt(data[: -self.block] + last.to_bytes(self.block, "big"), iv)[-self.block :]

    def _doubled(self, value: bytes) -> bytes:
        number = int.from_bytes(value, "big") << 1
        if value[0] & 0x80:
            number ^= ROUND_CONSTANTS[self.block]
        return number.to_bytes(self.block + 1, "big")[-self.block :]

    def d40_received(self, data: bytes) -> bytes:
        """What a reader sent under the native authentication: it only ever deciphers, so the card enciphers.

        Each block that was sent is the deciphered XOR of the plain block and the block sent before.
        """
        plain, before = b"", bytes(self.block)
        for at in range(0, len(data), self.block):
            block = data[at : at + self.block]
            plain += bytes(one ^ other for one, other in zip(self.encrypt(block), before, strict=True))
            before = block
        return plain
