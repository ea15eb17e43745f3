"""A reader's side of EV2 secure messaging for tests, written apart from the cards' own code."""

import os
import zlib
from collections.abc import Callable

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC


def cbc(key: bytes, data: bytes, *, iv: bytes = bytes(16), back: bool = False) -> bytes:
    cipher = Cipher(algorithms.AES(key), modes.CBC(iv))
    work = cipher.decryptor() if back else cipher.encryptor()
    return work.update(data) + work.finalize()


def mac16(key: bytes, data: bytes) -> bytes:
    work = CMAC(algorithms.AES(key))
    work.update(data)
    return work.finalize()


def mac8(key: bytes, data: bytes) -> bytes:
    return bytes(mac16(key, data)[place] for place in range(1, 16, 2))


def wrapped(code: int, body: bytes = b"") -> bytes:
    return bytes([0x90, code, 0, 0]) + (bytes([len(body)]) + body if body else b"") + b"\x00"


class Ev2Reader:
    """Speaks to a card by APDU; keeps the session as a reader does."""

    def __init__(self, send: Callable[[bytes], bytes]) -> None:
        self.send = send
        self.ti = b""
        self.counter = 0
        self.enc = self.mac = b""

    def plain(self, code: int, body: bytes = b"") -> tuple[bytes, int]:
        answer = self.send(wrapped(code, body))
        assert answer[-2] == 0x91
        return answer[:-2], answer[-1]

    def open(self) -> None:
        assert self.send(bytes.fromhex("00A4040C07D276000085010100")) == b"\x90\x00"

    def authenticate(self, number: int, key: bytes = bytes(16), *, first: bool = True) -> int:
        """The status of the exchange that ended it."""
        question, status = self.plain(0x71 if first else 0x77, bytes([number, 0] if first else [number]))
        if status != 0xAF:
            return status
        rnd_a, rnd_b = os.urandom(16), cbc(key, question, back=True)
        proof, status = self.plain(0xAF, cbc(key, rnd_a + rnd_b[1:] + rnd_b[:1]))
        if status:
            return status
        told = cbc(key, proof, back=True)
        if first:
            self.ti, self.counter = told[:4], 0
            told = told[4:]
        assert told[:16] == rnd_a[1:] + rnd_a[:1]
        mixed = rnd_a[:2] + bytes(a ^ b for a, b in zip(rnd_a[2:8], rnd_b[:6], strict=True)) + rnd_b[6:] + rnd_a[8:]
        self.enc = mac16(key, bytes.fromhex("A55A00010080") + mixed)
        self.mac = mac16(key, bytes.fromhex("5AA500010080") + mixed)
        return 0

    def _iv(self, label: str) -> bytes:
        return cbc(self.enc, bytes.fromhex(label) + self.ti + self.counter.to_bytes(2, "little") + bytes(8))

    def _tag(self, code: int, data: bytes) -> bytes:
        return mac8(self.mac, bytes([code]) + self.counter.to_bytes(2, "little") + self.ti + data)

    def secure(self, code: int, header: bytes, data: bytes = b"", *, full: bool = False) -> tuple[bytes, int]:
        """A command with MAC, or with both; its answer checked and in plain."""
        if full and data:
            padded = data + b"\x80" + bytes(-(len(data) + 1) % 16)
            data = cbc(self.enc, padded, iv=self._iv("A55A"))
        told, status = self.plain(code, header + data + self._tag(code, header + data))
        self.counter += 1
        if status:
            assert told == b""
            return b"", status
        told, tag = told[:-8], told[-8:]
        if not tag and code == 0xC4:
            return b"", 0
        assert tag == self._tag(0, told)
        if full and told:
            told = cbc(self.enc, told, iv=self._iv("5AA5"), back=True).rstrip(b"\x00")
            assert told[-1] == 0x80
            told = told[:-1]
        return told, 0

    def counted(self, code: int, body: bytes) -> tuple[bytes, int]:
        """A command in plain within the session."""
        told = self.plain(code, body)
        self.counter += 1
        return told


def key_data(number: int, new: bytes, version: int, old: bytes = bytes(16)) -> bytes:
    """KeyData of ChangeKey under key 0 (NT4H2421Gx, table 63)."""
    if number == 0:
        return new + bytes([version])
    crc = (~zlib.crc32(new) & 0xFFFFFFFF).to_bytes(4, "little")
    return bytes(a ^ b for a, b in zip(new, old, strict=True)) + bytes([version]) + crc
