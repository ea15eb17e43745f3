"""Cards to lay on the bench reader: one function a kind. Nothing here knows our own driver."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Protocol

import ndef

from hw.bench.card_a import CardA, random_uid
from hw.bench.card_desfire import Desfire
from hw.bench.card_desfire_memory import Generation
from hw.bench.card_felica import NDEF_SYSTEM, FelicaCard
from hw.bench.card_ntag import Kind, Ntag
from hw.bench.card_ntag424 import ATQA, ATQA_RANDOM, SAK, Ntag424
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
    "type4",
]

NTAG_ATQA = b"\x44\x00"
"""UID of double size, sent low byte first (NTAG213/215/216 data sheet, 9.4)."""
NTAG_SAK = 0x00
TYPE4_ATQA = b"\x44\x03"
"""UID of double size; as an NXP DESFire or NTAG 424 DNA tells it (AN10833, table 5)."""
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


def desfire(
    uid: bytes,
    *,
    master_key: bytes | None = None,
    generation: Generation = Generation.EV2,
    signature: bytes = bytes(56),
) -> CardA:
    """A DESFire EV2 or EV3 without applications.

    Args:
        uid: Seven bytes.
        master_key: The card's AES master key; None for the DES key of zeros that it is delivered with.
        generation: EV2 or EV3.
        signature: The originality signature.
    """
    return chip_card(Desfire.new(uid, master_key=master_key, generation=generation, signature=signature))


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
