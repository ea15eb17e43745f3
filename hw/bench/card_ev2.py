"""What NTAG 424 DNA and DESFire EV2 share: the EV2 authentication, its session, and the wrapping of native commands.

From the data sheet NT4H2421Gx rev. 3.0 (465430), clause 9.1; the same stands in MF2DL(H)x0 and MF3D(H)x2.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum, IntEnum
from typing import Protocol

from msgspec import Struct

from hw.bench.card_crypto import BLOCK, decrypt, encrypt, pad, rotated, short_cmac, unpad, xor
from hw.bench.card_crypto import cmac as whole_cmac

MAC_SIZE = 8
LAST_COUNTER = 0xFFFF
"""CmdCtr with which no command is accepted any more (9.1.2)."""
CAPABILITY_SIZE = 6
"""PDcap2 and PCDcap2 (10.4.1, table 29)."""
KEY_DERIVATION = bytes.fromhex("00010080")
"""Counter 1 and length 128 bits (9.1.7)."""
WRAPPED_CLA = 0x90


class Status(IntEnum):
    """Return codes: the second byte of 91xx (NT4H2421Gx, table 23; MF3D(H)x2, 11.3)."""

    OK = 0x00
    COMMAND_NOT_FOUND = 0x0B
    COMMAND_FORMAT = 0x0C
    OUT_OF_MEMORY = 0x0E
    ILLEGAL_COMMAND = 0x1C
    INTEGRITY = 0x1E
    NO_SUCH_KEY = 0x40
    LENGTH = 0x7E
    SIGNED = 0x90
    PERMISSION_DENIED = 0x9D
    PARAMETER = 0x9E
    APPLICATION_NOT_FOUND = 0xA0
    DELAY = 0xAD
    AUTHENTICATION = 0xAE
    MORE = 0xAF
    BOUNDARY = 0xBE
    ABORTED = 0xCA
    COUNT = 0xCE
    DUPLICATE = 0xDE
    FILE_NOT_FOUND = 0xF0


class Refused(Exception):
    """The chip answers with an error, which also ends the authentication (9.1.9)."""

    def __init__(self, status: Status) -> None:
        super().__init__(f"91{status:02X} {status.name}")
        self.status = status


class Mode(Enum):
    """CommMode (table 12)."""

    PLAIN = 0b00
    MAC = 0b01
    FULL = 0b11

    @classmethod
    def of(cls, bits: int) -> Mode:
        """The mode of two bits; x0 is plain."""
        return cls(bits & 0b11) if bits & 1 else cls.PLAIN


class Channel(Protocol):
    """Secure messaging with a key that was proved."""

    @property
    def key(self) -> int:
        """The number of the key that was proved."""
        ...

    def carried(self, length: int, mode: Mode) -> int:
        """Bytes after the header of a write of so many data."""
        ...

    def open(self, command: int, header: bytes, rest: bytes, mode: Mode) -> bytes:
        """Check a command and give its data in plain.

        Raises:
            Refused: The MAC, the padding or the length is wrong.
        """
        ...

    def seal(self, status: Status, data: bytes, mode: Mode) -> bytes:
        """The data of a response as it is sent."""
        ...


class Ev2Channel:
    """AES secure messaging in its three modes (9.1.2 to 9.1.4, 9.1.8 to 9.1.10).

    Attributes:
        key: The number of the key that was proved.
        ti: The transaction identifier.
        counter: CmdCtr.
    """

    def __init__(self, key: int, encryption: bytes, mac: bytes, ti: bytes, counter: int = 0) -> None:
        self.key = key
        self.ti = ti
        self.counter = counter
        self._encryption = encryption
        self._mac = mac

    def carried(self, length: int, mode: Mode) -> int:
        """Bytes after the header of a write of so many data."""
        if mode is Mode.PLAIN:
            return length
        return (length // BLOCK + 1) * BLOCK + MAC_SIZE if mode is Mode.FULL else length + MAC_SIZE

    def _tagged(self) -> bytes:
        return self.counter.to_bytes(2, "little") + self.ti

    def _iv(self, label: str) -> bytes:
        counter = self.counter.to_bytes(2, "little")
        return encrypt(self._encryption, bytes.fromhex(label) + self.ti + counter + bytes(8))

    def open(self, command: int, header: bytes, rest: bytes, mode: Mode) -> bytes:
        """Check a command with the counter as it stands, then count it."""
        if self.counter == LAST_COUNTER:
            raise Refused(Status.INTEGRITY)
        data = rest
        if mode is not Mode.PLAIN:
            data = self._checked(command, header, rest)
        if mode is Mode.FULL and data:
            data = self._decrypted(data)
        self.counter += 1
        return data

    def _checked(self, command: int, header: bytes, rest: bytes) -> bytes:
        if len(rest) < MAC_SIZE:
            raise Refused(Status.LENGTH)
        data, mac = rest[:-MAC_SIZE], rest[-MAC_SIZE:]
        if mac != short_cmac(self._mac, bytes([command]) + self._tagged() + header + data):
            raise Refused(Status.INTEGRITY)
        return data

    def _decrypted(self, data: bytes) -> bytes:
        plain = unpad(decrypt(self._encryption, data, self._iv("A55A"))) if len(data) % BLOCK == 0 else None
        if plain is None:
            raise Refused(Status.INTEGRITY)
        return plain

    def seal(self, status: Status, data: bytes, mode: Mode) -> bytes:
        """Encrypt and MAC with the counter as it is after the command."""
        if mode is Mode.PLAIN:
            return data
        if mode is Mode.FULL and data:
            data = encrypt(self._encryption, pad(data), self._iv("5AA5"))
        return data + short_cmac(self._mac, bytes([status]) + self._tagged() + data)


class Ev2Challenge(Struct, frozen=True):
    """An authentication whose second part is awaited (9.1.5, 9.1.6).

    Attributes:
        number: The key's number.
        key: Its value.
        rnd_b: The card's challenge.
        ti: The transaction identifier, new or that of the session which goes on.
        counter: The command counter, likewise.
        first: AuthenticateEV2First; else NonFirst, whose answer carries neither TI nor capabilities.
        pd_capabilities: PDcap2.
        pcd_capabilities: PCDcap2 as received.
    """

    number: int
    key: bytes
    rnd_b: bytes
    ti: bytes
    counter: int = 0
    first: bool = True
    pd_capabilities: bytes = bytes(CAPABILITY_SIZE)
    pcd_capabilities: bytes = b""

    def question(self) -> bytes:
        """The answer to part 1: the encrypted challenge."""
        return encrypt(self.key, self.rnd_b)

    def settle(self, data: bytes) -> tuple[bytes, Ev2Channel]:
        """Part 2: what the card answers, and the session that begins.

        Raises:
            Refused: The other side does not know the key, or the length is wrong.
        """
        if len(data) != 2 * BLOCK:
            raise Refused(Status.LENGTH)
        plain = decrypt(self.key, data)
        rnd_a = plain[:BLOCK]
        if plain[BLOCK:] != rotated(self.rnd_b):
            raise Refused(Status.AUTHENTICATION)
        proof = rotated(rnd_a)
        if self.first:
            capabilities = self.pcd_capabilities[:CAPABILITY_SIZE].ljust(CAPABILITY_SIZE, b"\x00")
            proof = self.ti + proof + self.pd_capabilities + capabilities
        keys = [whole_cmac(self.key, session_vector(label, rnd_a, self.rnd_b)) for label in ("A55A", "5AA5")]
        return encrypt(self.key, proof), Ev2Channel(self.number, keys[0], keys[1], self.ti, self.counter)


def session_vector(label: str, rnd_a: bytes, rnd_b: bytes) -> bytes:
    """SV1 (A55A) or SV2 (5AA5) (9.1.7). The data sheet numbers bytes from the right, 15 being the first."""
    middle = xor(rnd_a[2:8], rnd_b[:6])
    return bytes.fromhex(label) + KEY_DERIVATION + rnd_a[:2] + middle + rnd_b[6:] + rnd_a[8:]


class Command(Struct, frozen=True):
    """A native command.

    Attributes:
        header: Bytes of its header, which stay in plain.
        run: Takes header and data in plain, returns the response data in plain.
        mode: CommMode under an authentication, or how to tell it from the header.
    """

    header: int
    run: Callable[[bytes, bytes], bytes]
    mode: Mode | Callable[[bytes], Mode] = Mode.PLAIN

    def mode_for(self, header: bytes) -> Mode:
        """The mode of this very command."""
        return self.mode if isinstance(self.mode, Mode) else self.mode(header)


def unwrapped(apdu: bytes) -> tuple[int, bytes]:
    """Command code and body of a native command in an APDU 90 cmd 00 00 [Lc body] 00 (NT4H2421Gx, 8.4).

    Raises:
        Refused: P1 and P2 are not zero, or the length is wrong; Le is never left out.
    """
    if len(apdu) < 5 or apdu[-1] != 0x00:
        raise Refused(Status.LENGTH)
    if apdu[2:4] != b"\x00\x00":
        raise Refused(Status.PARAMETER)
    body = apdu[5:-1]
    if len(apdu) > 5 and (not body or apdu[4] != len(body)):
        raise Refused(Status.LENGTH)
    return apdu[1], body
