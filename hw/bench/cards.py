"""Cards to lay on the bench reader: one function a kind. Nothing here knows our own driver."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Protocol

import ndef
from msgspec.structs import replace

from hw.bench.card_a import CardA, random_uid
from hw.bench.card_desfire import Desfire
from hw.bench.card_desfire_memory import Application, Generation
from hw.bench.card_felica import NDEF_SYSTEM, FelicaCard
from hw.bench.card_ntag import Kind, Ntag
from hw.bench.card_ntag424 import ATQA, ATQA_RANDOM, SAK, Ntag424
from hw.bench.card_ntag424_files import (
    ASCII,
    COUNTER_ON,
    FREE,
    MAC_LENGTH,
    NDEF_FILE_NUMBER,
    NEVER,
    PICC_LENGTH,
    SDM_ON,
    UID_ON,
    Rights,
    Sdm,
    Settings,
)
from hw.bench.card_type4 import Iso14443Part4, NdefApplication
from hw.bench.rf import Card

__all__ = [
    "Card",
    "CardA",
    "Chip",
    "FelicaCard",
    "chip_card",
    "desfire",
    "felica",
    "ntag213",
    "ntag215",
    "ntag216",
    "ntag424",
    "random_uid_phone",
    "sun_chip",
    "type4",
]

NTAG_ATQA = b"\x44\x00"
"""UID of double size, sent low byte first (NTAG213/215/216 data sheet, 9.4)."""
NTAG_SAK = 0x00
TYPE4_ATQA = b"\x44\x03"
"""UID of double size; as an NXP DESFire or NTAG 424 DNA tells it (AN10833, table 5)."""
NDEF_LENGTH_SIZE = 2
"""Bytes before the message in the NDEF file (NFC Forum Type 4 Tag, 2.0, 4.3)."""
PHONE_ATQA = b"\x04\x00"
"""UID of single size."""
ISO_DEP_SAK = 0x20
"""Bit 6: ISO/IEC 14443-4 compliant (ISO/IEC 14443-3, 6.5.3.4)."""


def message_of(contents: bytes | str) -> bytes:
    """An NDEF message as it is, or one URI record for a string."""
    if isinstance(contents, bytes):
        return contents
    return b"".join(ndef.message_encoder([ndef.UriRecord(contents)]))


def ntag213(uid: bytes, contents: bytes | str = b"", *, signature: bytes = bytes(32)) -> CardA:
    """An NTAG213 with an NDEF message, given as bytes or as the URI of its one record.

    Args:
        uid: Seven bytes.
        contents: The message.
        signature: What READ_SIG answers, 32 bytes.
    """
    return _ntag(Kind.NTAG213, uid, contents, signature)


def ntag215(uid: bytes, contents: bytes | str = b"", *, signature: bytes = bytes(32)) -> CardA:
    """An NTAG215, likewise."""
    return _ntag(Kind.NTAG215, uid, contents, signature)


def ntag216(uid: bytes, contents: bytes | str = b"", *, signature: bytes = bytes(32)) -> CardA:
    """An NTAG216, likewise."""
    return _ntag(Kind.NTAG216, uid, contents, signature)


def _ntag(kind: Kind, uid: bytes, contents: bytes | str, signature: bytes) -> CardA:
    return CardA(Ntag(kind, uid, message_of(contents), signature), uid, atqa=NTAG_ATQA, sak=NTAG_SAK)


def type4(uid: bytes, contents: bytes | str = b"") -> CardA:
    """An ISO/IEC 14443-4 card with the NDEF application of the NFC Forum Type 4 Tag."""
    application = NdefApplication(message_of(contents))
    protocol = Iso14443Part4(application, application.reset)
    return CardA(protocol, uid, atqa=TYPE4_ATQA if len(uid) > 4 else PHONE_ATQA, sak=ISO_DEP_SAK)


def random_uid_phone(chance: random.Random | None = None) -> CardA:
    """A phone: ISO/IEC 14443-4, no NDEF application, a new UID 08xxxxxx each time the field comes on."""
    application = NdefApplication(None)
    protocol = Iso14443Part4(application, application.reset)
    return CardA(protocol, random_uid(chance or random.Random()), atqa=PHONE_ATQA, sak=ISO_DEP_SAK)


def ntag424(
    uid: bytes,
    contents: bytes | str = b"",
    *,
    keys: Sequence[bytes] = (),
    signature: bytes = bytes(56),
) -> CardA:
    """An NTAG 424 DNA as it is delivered, apart from keys, NDEF message and originality signature.

    To look into the card, or to keep it, make the chip with `Ntag424.new` and give it to `chip_card`.
    """
    return chip_card(
        Ntag424.new(uid, keys=keys, message=message_of(contents) if contents else b"", signature=signature)
    )


PICC_PLACE, MAC_PLACE = "{picc}", "{mac}"


def sun_chip(
    uid: bytes,
    address: str,
    *,
    keys: Sequence[bytes] = (),
    picc_key: int = 2,
    mac_key: int = 1,
    signature: bytes = bytes(56),
) -> Ntag424:
    """An NTAG 424 DNA as an issuer has left it: its address changes at every reading, and only key 0 writes.

    Args:
        uid: Seven bytes.
        address: With the places of the encrypted UID and counter and of the MAC: `https://example.org/?e={picc}&c={mac}`.
        keys: The application keys from number 0 on.
        picc_key: The number of the key that encrypts UID and counter.
        mac_key: The number of the key of the MAC, whose input is empty.
        signature: The originality signature.

    Raises:
        ValueError: A place is missing in the address, or the message is too long.
    """
    if PICC_PLACE not in address or MAC_PLACE not in address:
        raise ValueError(f"the address needs {PICC_PLACE} and {MAC_PLACE}; got {address}")
    marks = "P" * PICC_LENGTH, "M" * MAC_LENGTH
    message = message_of(address.replace(PICC_PLACE, marks[0]).replace(MAC_PLACE, marks[1]))
    picc, mac = (message.index(mark.encode()) + NDEF_LENGTH_SIZE for mark in marks)
    chip = Ntag424.new(uid, keys=keys, message=message, signature=signature)
    sdm = Sdm(UID_ON | COUNTER_ON | ASCII, picc_key, mac_key, NEVER, picc=picc, mac_input=mac, mac=mac)
    file = replace(chip.memory.files[NDEF_FILE_NUMBER], settings=Settings(SDM_ON, Rights(FREE, 0, 0, 0), sdm))
    return Ntag424(chip.memory.with_file(NDEF_FILE_NUMBER, file))


def desfire(
    uid: bytes,
    *,
    master_key: bytes | None = None,
    applications: Sequence[Application] = (),
    generation: Generation = Generation.EV2,
    signature: bytes = bytes(56),
) -> CardA:
    """A DESFire EV2 or EV3, as it is delivered or as an issuer has left it.

    Args:
        uid: Seven bytes.
        master_key: The card's AES master key; None for the DES key of zeros that it is delivered with.
        applications: The applications on it, made by `hw.bench.card_desfire.aes_application`.
        generation: EV2 or EV3.
        signature: The originality signature.
    """
    chip = Desfire.new(
        uid, master_key=master_key, applications=applications, generation=generation, signature=signature
    )
    return chip_card(chip)


class Chip(Protocol):
    """A chip behind ISO/IEC 14443-4, of NXP's families that tell a UID of double size or a random one."""

    @property
    def ats(self) -> bytes:
        """The answer to RATS."""
        ...

    def tell_uid(self) -> bytes:
        """The UID that it tells at a power-up."""
        ...

    def reset(self) -> None:
        """The power or the selection was lost."""
        ...

    def __call__(self, apdu: bytes) -> bytes:
        """One command APDU to its response APDU."""
        ...


def chip_card(chip: Chip) -> CardA:
    """The card around a chip, to lay on a reader."""
    protocol = Iso14443Part4(chip, chip.reset, chip.ats)
    return CardA(protocol, chip.tell_uid, atqa=lambda uid: ATQA if len(uid) == 7 else ATQA_RANDOM, sak=SAK)


def felica(idm: bytes, contents: bytes | str = b"", *, system_code: int = NDEF_SYSTEM) -> FelicaCard:
    """A FeliCa card, known by its IDm."""
    return FelicaCard(idm, message_of(contents), system_code=system_code)
