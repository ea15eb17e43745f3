"""Cards of people who are not who they say: copies of what can be copied, and nothing of what cannot.

A card that leaves in the middle of a conversation is any card, and `BenchReader.leave_after`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from hw.bench.card_a import CardA
from hw.bench.card_ev2 import WRAPPED_CLA
from hw.bench.card_ntag424 import Ntag424
from hw.bench.cards import Chip, chip_card, message_of, ntag215

AUTHENTICATIONS = {0x71: 16, 0x77: 16, 0xAA: 16, 0x1A: 8, 0x0A: 8}
"""Commands that ask for a key, and the bytes of their first answer: EV2 First and NonFirst, AES, ISO, legacy."""
MORE = 0xAF
OK, UNKNOWN_COMMAND = b"\x91\x00", b"\x91\x1c"

Recording = Sequence[tuple[bytes, bytes]]
"""Command APDUs and their responses, in their order."""


class Impostor:
    """A chip that answers as another until a key is asked for, and then makes its answers up and says that all is well.

    Args:
        double: What it answers with outside of authentications; its keys are never used.
        chance: Gives so many random bytes.
    """

    def __init__(self, double: Chip, chance: Callable[[int], bytes] = os.urandom) -> None:
        self._double = double
        self._chance = chance
        self._asked = 0
        self._believed = False

    @property
    def ats(self) -> bytes:
        """As the double."""
        return self._double.ats

    def tell_uid(self) -> bytes:
        """As the double."""
        return self._double.tell_uid()

    def reset(self) -> None:
        """The power or the selection was lost."""
        self._asked, self._believed = 0, False
        self._double.reset()

    def __call__(self, apdu: bytes) -> bytes:
        """One command APDU to its response APDU."""
        command = apdu[1] if apdu[:1] == bytes([WRAPPED_CLA]) and len(apdu) > 1 else None
        if command in AUTHENTICATIONS:
            self._asked = 2 if command == 0x71 else 1
            return self._chance(AUTHENTICATIONS[command]) + bytes([0x91, MORE])
        if command == MORE and self._asked:
            size, self._asked, self._believed = 16 * self._asked, 0, True
            return self._chance(size) + OK
        if command is None or not self._believed:
            self._believed = False
            return self._double(apdu)
        return self._chance(24) + OK  # a block of data and a MAC, so it says


class Replayer:
    """A chip that gives back recorded answers to the same commands, whatever else the commands hold.

    Args:
        recording: What was heard between a genuine card and its reader.
        uid: The genuine card's UID.
        ats: Its ATS.
    """

    def __init__(self, recording: Recording, uid: bytes, ats: bytes) -> None:
        self._recording = list(recording)
        self._uid = uid
        self.ats = ats
        self.reset()

    def tell_uid(self) -> bytes:
        """The genuine card's."""
        return self._uid

    def reset(self) -> None:
        """Begin again."""
        self._next = 0

    def __call__(self, apdu: bytes) -> bytes:
        """The answer to the next recorded command of the same code, going round at the end."""
        count = len(self._recording)
        for step in range(count):
            place = (self._next + step) % count
            asked, answer = self._recording[place]
            if asked[:2] == apdu[:2]:
                self._next = place + 1
                return answer
        return UNKNOWN_COMMAND


class Recorder:
    """A chip with somebody who listens: what is said stands in `heard`.

    Args:
        chip: The genuine chip.
    """

    def __init__(self, chip: Chip) -> None:
        self._chip = chip
        self.heard: list[tuple[bytes, bytes]] = []

    @property
    def ats(self) -> bytes:
        """The chip's."""
        return self._chip.ats

    def tell_uid(self) -> bytes:
        """The chip's."""
        return self._chip.tell_uid()

    def reset(self) -> None:
        """The power or the selection was lost."""
        self._chip.reset()

    def __call__(self, apdu: bytes) -> bytes:
        """What the chip answers."""
        answer = self._chip(apdu)
        self.heard.append((apdu, answer))
        return answer


def clone(double: Chip) -> CardA:
    """A card with UID, ATQA, SAK, ATS, version, files and signature of another, but without its keys.

    Args:
        double: A chip made like the original, with any keys.
    """
    return chip_card(Impostor(double))


def replayed_sun(uid: bytes, address: str | bytes) -> CardA:
    """An NTAG 424 DNA whose NDEF file is another's SUN message as it was once read, and stays so.

    Args:
        uid: The genuine card's UID.
        address: What was read: the address, or the NDEF message.
    """
    return clone(Ntag424.new(uid, message=message_of(address)))


def replayed(recording: Recording, uid: bytes, ats: bytes) -> CardA:
    """A card that replays a recorded conversation, such as an authentication."""
    return chip_card(Replayer(recording, uid, ats))


def with_wrong_key(uid: bytes, keys: Sequence[bytes], number: int) -> CardA:
    """An NTAG 424 DNA that has all keys of another but one.

    Args:
        uid: Its UID.
        keys: The genuine card's five keys.
        number: Which of them is wrong.
    """
    wrong = [bytes(byte ^ 0xFF for byte in key) if place == number else key for place, key in enumerate(keys)]
    return chip_card(Ntag424.new(uid, keys=wrong))


def magic(uid: bytes, contents: bytes | str = b"", *, signature: bytes = bytes(32)) -> CardA:
    """An NTAG215 whose UID can be chosen, with the UID and the NDEF message of another card, whatever that was.

    Args:
        uid: The original's UID, seven bytes.
        contents: Its message as it was read.
        signature: What it answers to READ_SIG; of an NTAG21x the original's can be copied too.
    """
    return ntag215(uid, contents, signature=signature)
