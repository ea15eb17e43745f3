"""Mutual authentication and secure messaging of NTAG 424 DNA and DESFire EV2/EV3, by AES-128.

Theory of operation (NT4H2421Gx data sheet, 9.1; AN12196, 4 and 5.6; AN12343, 7.1). The card sends RndB, encrypted. The
reader answers with its own RndA and RndB rotated by one byte, encrypted; so the card knows that the reader holds the
key. The card answers with RndA rotated: so the reader knows it of the card. From both numbers come two session keys,
and with the card's transaction identifier (TI) and a counter of commands they protect what follows: a command that was
changed, repeated or left out is seen by either side.

An NTAG 424 DNA counts a failure when it answers the first part and forgets it at the second: a card that is
taken away between them counts one.
"""

import os
from collections.abc import Callable
from enum import Enum
from hmac import compare_digest
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, ECB

from drivers.cards.channel import Channel, ask, native, status
from drivers.cards.diversify import cmac
from drivers.cards.values import AUTHENTICATION_ERROR, MORE, OK, CardAnswered, NotGenuine

AUTHENTICATE_FIRST, AUTHENTICATE_NON_FIRST, NEXT_PART = 0x71, 0x77, 0xAF
"""Instructions: NT4H2421Gx data sheet, 10.4."""

BLOCK: Final = 16
"""Bytes of an AES block, of RndA and of RndB."""

TI_SIZE, MAC_SIZE, CAPABILITIES_SIZE = 4, 8, 12
"""Bytes of the transaction identifier, of a truncated MAC, and of PDcap2 and PCDcap2 together."""

ZERO_IV = bytes(BLOCK)

ENCRYPTION_LABEL, MAC_LABEL = bytes.fromhex("A55A"), bytes.fromhex("5AA5")
"""How SV1 and SV2 begin, and the IVs of commands and of answers (data sheet, 9.1.4 and 9.1.7)."""

SV_CONSTANT = bytes.fromhex("00010080")
"""Data sheet, 9.1.7: counter, and length of the key in bits."""

Random = Callable[[int], bytes]
"""So many random bytes."""


class Mode(Enum):
    """How a command and its answer are protected (data sheet, 8.2.3.5). Which one it is the chip's file says."""

    PLAIN = "plain"
    MAC = "MAC"
    FULL = "encrypted and MAC"


class Session:
    """What an authentication leads to. It ends with the field, with a further authentication, or by an error.

    Args:
        encryption: KSesAuthENC.
        mac: KSesAuthMAC.
        ti: The transaction identifier.
        counter: Commands so far.
    """

    def __init__(self, encryption: bytes, mac: bytes, ti: bytes, counter: int = 0) -> None:
        self._encryption = encryption
        self._mac = mac
        self.ti = ti
        self.counter = counter

    def transact(self, channel: Channel, mode: Mode, instruction: int, header: bytes = b"", data: bytes = b"") -> bytes:
        """Send one command and take its answer.

        Args:
            channel: The card.
            mode: How both are protected.
            instruction: The chip's.
            header: What is sent in the clear in any mode, such as file number, offset and length.
            data: What FULL encrypts.

        Returns:
            The answer's data, decrypted.

        Raises:
            CardAnswered: when the status is not 9100; the card has ended the session by it.
            NotGenuine: when the answer's MAC is wrong.
            TakenAway: when the card did not answer.
            DeviceFault: when it was the reader that failed.
        """
        answer = ask(channel, self.protect(mode, instruction, header, data), f"command {instruction:02X}", OK)
        return self.take(mode, answer)

    def protect(self, mode: Mode, instruction: int, header: bytes = b"", data: bytes = b"") -> bytes:
        """A command as an APDU. Its answer must be given to `take` before the next one."""
        if mode is Mode.FULL and data:
            data = _encrypt(self._encryption, self._iv(ENCRYPTION_LABEL), _pad(data))
        mac = b"" if mode is Mode.PLAIN else self._mac_of(instruction, header + data)
        return native(instruction, header + data + mac)

    def take(self, mode: Mode, answer: bytes) -> bytes:
        """The data of an answer whose status was 9100, without that.

        ChangeKey of the key that was authenticated with answers without a MAC and ends the session: no `take` then.

        Raises:
            NotGenuine: when its MAC is wrong.
        """
        self.counter += 1
        if mode is Mode.PLAIN:
            return answer
        data, mac = answer[:-MAC_SIZE], answer[-MAC_SIZE:]
        if not compare_digest(mac, self._mac_of(0, data)):
            raise NotGenuine("an answer whose MAC is wrong")
        if mode is Mode.MAC or not data:
            return data
        if len(data) % BLOCK:
            raise NotGenuine(f"an encrypted answer of {len(data)} bytes")
        return _unpad(_decrypt(self._encryption, self._iv(MAC_LABEL), data))

    def _iv(self, label: bytes) -> bytes:
        """Data sheet, 9.1.4: the counter's place in the session, encrypted by itself."""
        block = (label + self.ti + self.counter.to_bytes(2, "little")).ljust(BLOCK, b"\0")
        encryptor = Cipher(AES(self._encryption), ECB()).encryptor()  # noqa: S305 - one block, as the chip does
        return encryptor.update(block)

    def _mac_of(self, first: int, rest: bytes) -> bytes:
        """Data sheet, 9.1.3: over the instruction or the status, the counter, TI and what follows."""
        return truncated(cmac(self._mac, bytes([first]) + self.counter.to_bytes(2, "little") + self.ti + rest))


class Authentication:
    """One authentication, step by step; pure. `authenticate` runs it over a channel.

    Args:
        key: 16 bytes.
        number: The key's number on the card.
        rnd_a: 16 random bytes of the reader's, never used before.
        session: The one that goes on under another key (NonFirst); None begins one (First).
    """

    def __init__(self, key: bytes, number: int, rnd_a: bytes, session: Session | None = None) -> None:
        self._key = key
        self._number = number
        self._rnd_a = rnd_a
        self._rnd_b = b""
        self._before = session

    def first_part(self) -> bytes:
        """The APDU that asks for RndB. First carries no capabilities of ours: length 0."""
        if self._before is None:
            return native(AUTHENTICATE_FIRST, bytes([self._number, 0]))
        return native(AUTHENTICATE_NON_FIRST, bytes([self._number]))

    def second_part(self, challenge: bytes) -> bytes:
        """The APDU that answers the card's challenge and carries ours.

        Args:
            challenge: The first answer's data.

        Raises:
            NotGenuine: when it is no block.
        """
        if len(challenge) != BLOCK:
            raise NotGenuine(f"a challenge of {len(challenge)} bytes")
        self._rnd_b = _decrypt(self._key, ZERO_IV, challenge)
        return native(NEXT_PART, _encrypt(self._key, ZERO_IV, self._rnd_a + _rotated(self._rnd_b)))

    def session(self, response: bytes) -> Session:
        """What follows, once the card has answered our challenge.

        Args:
            response: The second answer's data.

        Raises:
            NotGenuine: when it does not hold the key.
        """
        expected = BLOCK if self._before else TI_SIZE + BLOCK + CAPABILITIES_SIZE
        if len(response) != expected:
            raise NotGenuine(f"a response of {len(response)} bytes")
        clear = _decrypt(self._key, ZERO_IV, response)
        ti, rnd_a = (self._before.ti, clear) if self._before else (clear[:TI_SIZE], clear[TI_SIZE:][:BLOCK])
        if not compare_digest(rnd_a, _rotated(self._rnd_a)):
            raise NotGenuine("a response that was made with another key")
        encryption, mac = session_keys(self._key, self._rnd_a, self._rnd_b)
        return Session(encryption, mac, ti, self._before.counter if self._before else 0)


def authenticate(
    channel: Channel, key: bytes, number: int, *, session: Session | None = None, random: Random = os.urandom
) -> Session:
    """Authenticate with a key of the selected application: two exchanges.

    Args:
        channel: The card.
        key: 16 bytes.
        number: The key's number there.
        session: One that goes on under this key (AuthenticateEV2NonFirst); None: AuthenticateEV2First.
        random: Where RndA comes from.

    Raises:
        NotGenuine: when the card does not hold the key, or says that we do not.
        CardAnswered: when it does not authenticate at all; 91AD: it asks for a pause.
        TakenAway: when it did not answer.
        DeviceFault: when it was the reader that failed.
    """
    run = Authentication(key, number, random(BLOCK), session)
    second = run.second_part(ask(channel, run.first_part(), "AuthenticateEV2, part 1", MORE))
    answer = channel.exchange(second)
    if status(answer) == AUTHENTICATION_ERROR:
        raise NotGenuine("a card that holds another key (status 91AE)", denied=True)
    if status(answer) != OK:
        raise CardAnswered("AuthenticateEV2, part 2", status(answer), OK)
    return run.session(answer[:-2])


def session_keys(key: bytes, rnd_a: bytes, rnd_b: bytes) -> tuple[bytes, bytes]:
    """KSesAuthENC and KSesAuthMAC (data sheet, 9.1.7; AN12343, 7.1.3)."""
    mixed = bytes(a ^ b for a, b in zip(rnd_a[2:8], rnd_b[:6], strict=True))
    context = SV_CONSTANT + rnd_a[:2] + mixed + rnd_b[6:] + rnd_a[8:]
    return cmac(key, ENCRYPTION_LABEL + context), cmac(key, MAC_LABEL + context)


def truncated(mac: bytes) -> bytes:
    """The eight bytes of a CMAC that go over the air: the second, the fourth and so on (data sheet, 9.1.3)."""
    return mac[1::2]


def _rotated(block: bytes) -> bytes:
    return block[1:] + block[:1]


def _pad(data: bytes) -> bytes:
    """ISO/IEC 9797-1, method 2."""
    return data + b"\x80" + bytes(-(len(data) + 1) % BLOCK)


def _unpad(data: bytes) -> bytes:
    clear, mark, zeros = data.rpartition(b"\x80")
    if not mark or any(zeros):
        raise NotGenuine("an encrypted answer without its padding")
    return clear


def _encrypt(key: bytes, iv: bytes, data: bytes) -> bytes:
    return Cipher(AES(key), CBC(iv)).encryptor().update(data)


def _decrypt(key: bytes, iv: bytes, data: bytes) -> bytes:
    return Cipher(AES(key), CBC(iv)).decryptor().update(data)
