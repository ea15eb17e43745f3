"""The two chips that prove themselves: how each is told apart, and what proving needs of both."""

from collections.abc import Iterable

from msgspec import Struct

from drivers.cards import layout
from drivers.cards.channel import Channel, Type4, ask, native, select, status
from drivers.cards.keys import Purpose
from drivers.cards.values import ISO_OK, OK

GET_KEY_VERSION, READ_DATA = 0x64, 0xAD
"""Instructions: NT4H2421Gx data sheet, 10.6.3 and 10.8.1; AN12343, 6.3.4 and 8.2."""


class Chip(Struct, frozen=True):
    """A kind of chip.

    Attributes:
        name: As people call it.
        df_name: The ISO name of the application that we ask.
        challenge_key: The number there of the key that answers challenges.
        challenge_purpose: What that key is made for.
        message_file: The file that gives a message; None: the chip makes none.
    """

    name: str
    df_name: bytes
    challenge_key: int
    challenge_purpose: Purpose
    message_file: int | None = None


NTAG_424_DNA = Chip(
    "NTAG 424 DNA", layout.NTAG_DF_NAME, layout.NTAG_CHALLENGE_KEY, Purpose.CHALLENGE, layout.NTAG_NDEF_FILE
)
DESFIRE = Chip(
    "DESFire", layout.DESFIRE_DF_NAME, layout.DESFIRE_CHALLENGE_KEY, Purpose.DESFIRE_CHALLENGE
)  # fmt: skip

DESFIRE_TB = 0x81
"""Waiting times in a DESFire's answer to RATS as it is delivered, 067577810280; an NTAG 424 DNA's has 71. A hint: it
decides which name is tried first, no more."""

TB_AT = 3
"""Where they stand, after length, format and TA (ISO/IEC 14443-4, 5.2)."""


def select_chip(card: Type4) -> Chip | None:
    """Select the application of ours on a card: one exchange, two where the hint was wrong. None: it has none.

    Raises:
        TakenAway: when the card did not answer.
        DeviceFault: when it was the reader that failed.
    """
    for chip in _likeliest_first(card.ats):
        if status(card.exchange(select(chip.df_name))) == ISO_OK:
            return chip
    return None


def _likeliest_first(ats: bytes) -> Iterable[Chip]:
    if ats[TB_AT : TB_AT + 1] == bytes([DESFIRE_TB]):
        return DESFIRE, NTAG_424_DNA
    return NTAG_424_DNA, DESFIRE


def key_version(card: Channel, number: int) -> int:
    """The version that a card keeps beside a key of the selected application: one exchange.

    Raises:
        CardAnswered: when it does not tell.
        TakenAway: when the card did not answer.
        DeviceFault: when it was the reader that failed.
    """
    return int.from_bytes(ask(card, native(GET_KEY_VERSION, bytes([number])), "GetKeyVersion", OK), "big")


def read_file(card: Channel, number: int, size: int) -> bytes:
    """So many bytes from the beginning of a file that anybody may read: one exchange.

    The chips' own ReadData, as it needs no file to be selected first. By it, an NTAG 424 DNA makes a message as by
    ISOReadBinary (data sheet, 9.3).

    Raises:
        CardAnswered: when it may not be read, or is shorter.
        TakenAway: when the card did not answer.
        DeviceFault: when it was the reader that failed.
    """
    place = bytes([number]) + bytes(3) + size.to_bytes(3, "little")
    return ask(card, native(READ_DATA, place), "ReadData", OK)
