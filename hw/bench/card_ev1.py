"""The older authentications of DESFire and their secure messaging: native (0A), ISO (1A) and AES (AA).

From the data sheets MF3ICD40 and MF3ICD81 (DESFire EV1), which MF3D(H)x2 and x3 still speak.
"""

from __future__ import annotations

from enum import IntEnum

from msgspec import Struct

from hw.bench.card_crypto import CRC_SIZE, crc32, rotated
from hw.bench.card_des import BlockCipher
from hw.bench.card_ev2 import MAC_SIZE, Channel, Mode, Refused, Status
from hw.bench.rf import crc_a

CHANGE_KEY, CHANGE_SETTINGS = 0xC4, 0x54
WRITES = {0x3D, 0x8D}
"""The only commands that carry a MAC of their own under an EV1 authentication."""


class Login(IntEnum):
    """The command code of each authentication."""

    NATIVE = 0x0A
    ISO = 0x1A
    AES = 0xAA


class Ev1Challenge(Struct, frozen=True):
    """An authentication whose second part is awaited.

    Attributes:
        login: Which.
        number: The key's number.
        key: Its 16 bytes.
        rnd_b: The card's challenge, one block.
    """

    login: Login
    number: int
    key: bytes
    rnd_b: bytes

    @property
    def cipher(self) -> BlockCipher:
        """The cipher with the key."""
        return BlockCipher(self.key, aes=self.login is Login.AES)

    def question(self) -> bytes:
        """The answer to part 1."""
        return self.cipher.encrypt(self.rnd_b)

    def settle(self, data: bytes) -> tuple[bytes, Channel]:
        """Part 2: what the card answers, and the session that begins.

        Raises:
            Refused: The other side does not know the key, or the length is wrong.
        """
        cipher = self.cipher
        block = cipher.block
        if len(data) != 2 * block:
            raise Refused(Status.LENGTH)
        native = self.login is Login.NATIVE
        plain = cipher.d40_received(data) if native else cipher.decrypt(data, self.question())
        rnd_a = plain[:block]
        if plain[block:] != rotated(self.rnd_b):
            raise Refused(Status.AUTHENTICATION)
        proof = cipher.encrypt(rotated(rnd_a), None if native else data[-block:])
        session = BlockCipher(self._session_key(rnd_a), aes=self.login is Login.AES)
        return proof, D40Channel(self.number, session) if native else Ev1Channel(self.number, session)

    def _session_key(self, rnd_a: bytes) -> bytes:
        head = rnd_a[:4] + self.rnd_b[:4]
        if self.login is Login.AES:
            return head + rnd_a[12:] + self.rnd_b[12:]
        return head + (head if self.key[:8] == self.key[8:] else rnd_a[4:] + self.rnd_b[4:])


class Ev1Channel:
    """Secure messaging after an ISO or AES authentication: one IV runs through all commands and answers."""

    def __init__(self, key: int, cipher: BlockCipher) -> None:
        self.key = key
        self._cipher = cipher
        self._iv = bytes(cipher.block)

    def _mac(self, data: bytes) -> bytes:
        self._iv = self._cipher.cmac(data, self._iv)
        return self._iv[:MAC_SIZE]

    def carried(self, length: int, mode: Mode) -> int:
        """Bytes that a write of so many data carries."""
        if mode is Mode.FULL:
            return length + CRC_SIZE + -(length + CRC_SIZE) % self._cipher.block
        return length + (MAC_SIZE if mode is Mode.MAC else 0)

    def open(self, command: int, header: bytes, rest: bytes, mode: Mode) -> bytes:
        """Check a command; every one goes into the running MAC."""
        head = bytes([command]) + header
        if mode is Mode.FULL and rest:
            return self._decrypted(command, header, rest)
        if mode is Mode.MAC and command in WRITES:
            if len(rest) < MAC_SIZE:
                raise Refused(Status.LENGTH)
            rest, mac = rest[:-MAC_SIZE], rest[-MAC_SIZE:]
            if self._mac(head + rest) != mac:
                raise Refused(Status.INTEGRITY)
            return rest
        self._mac(head + rest)
        return rest

    def _decrypted(self, command: int, header: bytes, rest: bytes) -> bytes:
        """Data, its CRC over the whole command, and zeros; ChangeKey of another key has that key's CRC in between."""
        if len(rest) % self._cipher.block:
            raise Refused(Status.LENGTH)
        plain = self._cipher.decrypt(rest, self._iv)
        self._iv = rest[-self._cipher.block :]
        # The least size counts: past its end the register runs down to zero over its own bytes, and would fit again.
        for size in range(1, len(plain) - CRC_SIZE + 1):
            data, tail = plain[:size], plain[size + CRC_SIZE :]
            if crc32(bytes([command]) + header + data) == plain[size : size + CRC_SIZE]:
                other = command == CHANGE_KEY and header[0] & 0x3F != self.key
                return data + tail[:CRC_SIZE] if other else data
        raise Refused(Status.INTEGRITY)

    def seal(self, status: Status, data: bytes, mode: Mode) -> bytes:
        """Encrypted with a CRC, or with a MAC also where the mode is plain."""
        if mode is Mode.FULL and data:
            plain = data + crc32(data + bytes([status]))
            sealed = self._cipher.encrypt(plain + bytes(-len(plain) % self._cipher.block), self._iv)
            self._iv = sealed[-self._cipher.block :]
            return sealed
        return data + self._mac(data + bytes([status]))


class D40Channel:
    """After the native authentication: what an issuer needs to leave it, which is ChangeKey and plain commands."""

    def __init__(self, key: int, cipher: BlockCipher) -> None:
        self.key = key
        self._cipher = cipher

    def carried(self, length: int, mode: Mode) -> int:  # noqa: ARG002 - files are not written under this channel
        """Bytes that a write of so many data carries."""
        return length

    def open(self, command: int, header: bytes, rest: bytes, mode: Mode) -> bytes:
        """ChangeKey and ChangeKeySettings are enciphered with a CRC of 16 bits; the others are plain."""
        if mode is not Mode.FULL or command not in {CHANGE_KEY, CHANGE_SETTINGS}:
            return rest
        if not rest or len(rest) % self._cipher.block:
            raise Refused(Status.LENGTH)
        plain = self._cipher.d40_received(rest)
        size = 1
        if command == CHANGE_KEY:
            size = 17 if header[0] & 0xC0 == 0x80 else 16
        if crc_a(plain[:size]) != plain[size : size + 2]:
            raise Refused(Status.INTEGRITY)
        return plain[:size]

    def seal(self, status: Status, data: bytes, mode: Mode) -> bytes:  # noqa: ARG002 - the answers are plain
        """As it is."""
        return data
