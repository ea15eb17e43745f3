"""A DESFire's master key as it is delivered, which is none of AES: proving it, and putting an AES key in its place.

The key is DES, all zeros. It knows no EV2 authentication, so that of EV1 opens it once (AuthenticateISO, MF3ICD81):
both sides' random numbers go under the key in CBC, each part with what came before for its IV, and their first halves
make the session key. What the one command of that session carries has a CRC-32 in place of a MAC. A listener who knows
the key, as all do, can read the new one: see docs/cards-issuing.md.
"""

import os
from collections.abc import Callable
from hmac import compare_digest
from typing import Final

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.modes import CBC

from drivers.cards.channel import Channel, ask, native, status
from drivers.cards.ev2 import NEXT_PART
from drivers.cards.ev2_commands import CHANGE_KEY, crc32
from drivers.cards.values import AUTHENTICATION_ERROR, MORE, OK, CardAnswered, NotGenuine

AUTHENTICATE_ISO: Final = 0x1A
BLOCK: Final = 8
DELIVERED_KEY: Final = bytes(BLOCK)
AES_KEY_0: Final = 0x80
"""Key number 0 of the card itself, to become one of AES."""


class Opened:
    """What the authentication leads to: a session for one command.

    Args:
        key: The session key.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def change_to_aes(self, channel: Channel, new: bytes, version: int) -> None:
        """Put an AES key in the place of the one that was proved; the session ends by it.

        Raises:
            CardAnswered: The card refuses.
            TakenAway: It did not answer; the key has been changed or has not, and its version tells.
        """
        clear = new + bytes([version])
        clear += crc32(bytes([CHANGE_KEY, AES_KEY_0]) + clear)
        data = _des(self._key, bytes(BLOCK)).encryptor().update(clear + bytes(-len(clear) % BLOCK))
        ask(channel, native(CHANGE_KEY, bytes([AES_KEY_0]) + data), "ChangeKey", OK)


def open_delivered(channel: Channel, random: Callable[[int], bytes] = os.urandom) -> Opened:
    """Prove the delivered key of the card itself, which is selected: two exchanges.

    Raises:
        NotGenuine: It holds another.
        CardAnswered: It does not authenticate at all.
        TakenAway: It did not answer.
    """
    first = channel.exchange(native(AUTHENTICATE_ISO, b"\0"))
    _require(first, "AuthenticateISO, part 1", MORE)
    challenge = first[:-2]
    if len(challenge) != BLOCK:
        raise NotGenuine(f"a challenge of {len(challenge)} bytes")
    rnd_b = _des(DELIVERED_KEY, bytes(BLOCK)).decryptor().update(challenge)
    rnd_a = random(BLOCK)
    sent = _des(DELIVERED_KEY, challenge).encryptor().update(rnd_a + rnd_b[1:] + rnd_b[:1])
    answer = channel.exchange(native(NEXT_PART, sent))
    _require(answer, "AuthenticateISO, part 2", OK)
    if len(answer) != BLOCK + 2:
        raise NotGenuine(f"a response of {len(answer) - 2} bytes")
    if not compare_digest(_des(DELIVERED_KEY, sent[-BLOCK:]).decryptor().update(answer[:-2]), rnd_a[1:] + rnd_a[:1]):
        raise NotGenuine("a response that was made with another key")
    return Opened(rnd_a[:4] + rnd_b[:4])


def _require(answer: bytes, name: str, expected: int) -> None:
    """An authentication error means another key: at the first part one of another kind."""
    if status(answer) == AUTHENTICATION_ERROR:
        raise NotGenuine("a card whose own master key is not the delivered one (status 91AE)")
    if status(answer) != expected:
        raise CardAnswered(name, status(answer), expected)


def _des(key: bytes, iv: bytes) -> Cipher[CBC]:
    """Single DES, as three-key DES with one key."""
    return Cipher(TripleDES(key * 3), CBC(iv))
