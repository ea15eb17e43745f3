"""Secure Unique NFC messages of an NTAG 424 DNA: an address that the chip makes anew at each reading (AN12196, 3).

Theory of operation. The card's NDEF file holds an address with two places in it. At each reading the chip raises
its counter and puts there, in hex, ``picc_data``: its UID and the counter, encrypted with the META_READ key; and
``cmac``: a MAC over both, made with a session key from the FILE_READ key. Both keys are this card's own, so that what
was made by another chip cannot even be read with them. That it is new, and no message that was written down earlier,
is told by the counter alone; the ledger remembers that (kiosk.core.card_book).

The rest of the address stands in the clear, is the same on every card and is not looked at.
"""

import re
from hmac import compare_digest
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from msgspec import Struct

from drivers.cards.diversify import cmac
from drivers.cards.ev2 import BLOCK, ZERO_IV, truncated
from drivers.cards.keys import Purpose, SiteKeys
from drivers.cards.layout import MESSAGE_READ, UID_SIZE
from drivers.cards.values import NotGenuine, NotSigned, RecordCopied

PICC_DATA_DIGITS: Final = 32
CMAC_DIGITS: Final = 16
"""Hex digits: 16 bytes of encrypted PICC data, 8 bytes of MAC (NT4H2421Gx data sheet, 9.3.4 and 9.3.6)."""

_ADDRESS = re.compile(r"https://[^?#\s]+\?picc_data=([0-9A-F]{32})&cmac=([0-9A-F]{16})")

UID_AND_COUNTER: Final = 0xC7
"""PICC data's first byte: both are mirrored, and the UID has seven bytes (data sheet, table 1)."""

COUNTER_SIZE: Final = 3
"""Bytes of the counter, low byte first; the chip stops at FFFFFF."""

SV2 = bytes.fromhex("3CC300010080")
"""How the input of the MAC's session key begins (data sheet, 9.3.9.1)."""

LENGTH_SIZE: Final = 2
"""Bytes before the message in an NDEF file (NFC Forum Type 4 Tag 2.0, 4.2)."""


class Message(Struct, frozen=True):
    """What stood in the address's two places.

    Attributes:
        picc_data: Encrypted.
        mac: SDMMAC.
    """

    picc_data: bytes
    mac: bytes


class PiccData(Struct, frozen=True):
    """What a message says of its card.

    Attributes:
        uid: Seven bytes.
        counter: How often the card was read so far.
    """

    uid: bytes
    counter: int


class Template(Struct, frozen=True):
    """An NDEF file for the chip to put its messages into.

    Attributes:
        file: The file's contents, its length first; zeros stand in both places.
        picc_data_at: Offset of the first place in the file (PICCDataOffset).
        mac_at: Offset of the second; what is before it is not in the MAC (SDMMACOffset and SDMMACInputOffset).
    """

    file: bytes
    picc_data_at: int
    mac_at: int


def template(base: str) -> Template:
    """The file of a card whose messages begin with an address of the site's.

    Args:
        base: Such as ``https://gate.example.nz/card``; a phone that reads the card goes there.

    Raises:
        ValueError: when messages made so would not be read again.
    """
    import ndef

    address = f"{base}?picc_data={'0' * PICC_DATA_DIGITS}&cmac={'0' * CMAC_DIGITS}"
    message = b"".join(ndef.message_encoder([ndef.UriRecord(address)]))
    file = len(message).to_bytes(LENGTH_SIZE, "big") + message
    if _ADDRESS.fullmatch(address) is None or not address.isascii() or len(file) > MESSAGE_READ:
        raise ValueError(
            f"expected an https address without ? and # that leaves a file of {MESSAGE_READ} bytes at most, "
            f"got {base!a} ({len(file)} bytes); choose another"
        )
    mac_at = len(file) - CMAC_DIGITS
    return Template(file, mac_at - len("&cmac=") - PICC_DATA_DIGITS, mac_at)


def read_message(file: bytes) -> Message:
    """The message in an NDEF file.

    Args:
        file: From its length on; what is after the message does not matter.

    Raises:
        NotSigned: when there is none.
    """
    import ndef

    size = int.from_bytes(file[:LENGTH_SIZE], "big")
    data = file[LENGTH_SIZE:][:size]
    if not data or len(data) < size:
        raise NotSigned("a card without a message")
    try:
        records = list(ndef.message_decoder(data, errors="strict"))
    except ndef.DecodeError as error:
        raise NotSigned("a damaged message") from error
    if len(records) != 1 or not isinstance(records[0], ndef.UriRecord):
        raise NotSigned("a message that is no address")
    return parse(records[0].iri)  # .uri would escape it


def parse(address: str) -> Message:
    """The message in an address: exactly both parameters, in this order, as the chip writes them.

    Raises:
        NotSigned: when it is otherwise.
    """
    found = _ADDRESS.fullmatch(address)
    if found is None:
        raise NotSigned("an address of another form")
    return Message(bytes.fromhex(found[1]), bytes.fromhex(found[2]))


def check(message: Message, uid: bytes, keys: SiteKeys) -> int:
    """Whether a card that says it has this UID made a message; returns its counter, of which the ledger knows more.

    Raises as `versioned`.
    """
    return versioned(message, uid, keys)[0]


def versioned(message: Message, uid: bytes, keys: SiteKeys) -> tuple[int, int]:
    """As `check`, and the version of the master key by which it is read.

    All versions are tried: that costs the card nothing.

    Raises:
        RecordCopied: when no key of this card reads it as this card's: another chip made it.
        NotGenuine: when its MAC is wrong.
    """
    for version in keys.versions:
        said = decrypt(message.picc_data, keys.key(Purpose.META_READ, uid, version))
        if said is not None and said.uid == uid:
            expected = mac_of(said, keys.key(Purpose.FILE_READ, uid, version))
            if not compare_digest(message.mac, expected):
                raise NotGenuine("a message whose MAC is wrong")
            return said.counter, version
    raise RecordCopied("a message that no key of this card reads")


def decrypt(picc_data: bytes, meta_read: bytes) -> PiccData | None:
    """PICC data in the clear (AN12196, 3.3); None when the key is another, or it says no UID and counter."""
    if len(picc_data) != BLOCK:
        return None
    clear = Cipher(AES(meta_read), CBC(ZERO_IV)).decryptor().update(picc_data)
    if clear[0] != UID_AND_COUNTER:
        return None
    uid, counter = clear[1 : 1 + UID_SIZE], clear[1 + UID_SIZE :][:COUNTER_SIZE]
    return PiccData(uid, int.from_bytes(counter, "little"))


def mac_of(said: PiccData, file_read: bytes) -> bytes:
    """SDMMAC over nothing but the card's UID and counter (AN12196, 3.4)."""
    session_key = cmac(file_read, SV2 + said.uid + said.counter.to_bytes(COUNTER_SIZE, "little"))
    return truncated(cmac(session_key, b""))
