"""Cards of the bench as the site issues them, made with this side's own commands on the chip; and a way to hold one.

What is in the chips is not looked at: keys are given when a chip is made, settings by its commands.
"""

import zlib
from collections.abc import Callable
from typing import Protocol

from msgspec.structs import replace

from drivers.cards.channel import Pages, ask, native, select
from drivers.cards.ev2 import Mode, authenticate
from drivers.cards.keys import Purpose, SiteKeys
from drivers.cards.layout import (
    DESFIRE_AID,
    DESFIRE_APPLICATION_KEY,
    DESFIRE_CHALLENGE_KEY,
    DESFIRE_DF_NAME,
    DESFIRE_ISO_FILE,
    DESFIRE_KEYS,
    NTAG_APPLICATION_KEY,
    NTAG_DF_NAME,
    NTAG_NDEF_FILE,
)
from drivers.cards.sun import template
from drivers.cards.values import ISO_OK, OK, TakenAway
from hw.bench.card_desfire import Desfire
from hw.bench.card_ntag424 import Ntag424

KEYS = SiteKeys({1: bytes(range(16))})
TWO_VERSIONS = SiteKeys({1: bytes(range(16)), 2: bytes(range(16, 32))})
OTHER_SITE = SiteKeys({1: b"another site's!!"})
BASE = "https://gate.example.nz/card"

NTAG_PURPOSES = (Purpose.APPLICATION, Purpose.META_READ, Purpose.FILE_READ, Purpose.CHALLENGE, Purpose.WRITE)

CHANGE_FILE_SETTINGS, CHANGE_KEY, CREATE_APPLICATION = 0x5F, 0xC4, 0xCA


class BenchChip(Protocol):
    """Any chip behind ISO/IEC 14443-4."""

    @property
    def ats(self) -> bytes: ...

    def tell_uid(self) -> bytes: ...

    def reset(self) -> None: ...

    def __call__(self, apdu: bytes) -> bytes: ...


class Held:
    """A chip in the hand: a Reach and a Type4 without a reader. Says what was exchanged, and can be taken away.

    Args:
        chip: The chip.
        leaves_at: The exchange, from 0, that it does not answer any more. RATS counts as none.
    """

    def __init__(self, chip: BenchChip, leaves_at: int | None = None) -> None:
        chip.reset()
        self.chip = chip
        self.commands: list[bytes] = []
        self.activated = 0
        self._leaves_at = leaves_at

    @property
    def ats(self) -> bytes:
        return self.chip.ats

    def type4(self, longest_s: float = 0) -> "Held":
        self.activated += 1
        return self

    def pages(self, longest_s: float = 0) -> Pages:
        raise AssertionError("expected a Type 4 card to be taken as one")

    def exchange(self, apdu: bytes) -> bytes:
        if len(self.commands) == self._leaves_at:
            raise TakenAway
        self.commands.append(apdu)
        return self.chip(apdu)


def ntag_keys(uid: bytes, keys: SiteKeys = KEYS, version: int = 1) -> list[bytes]:
    """The five keys of an NTAG 424 DNA."""
    return [keys.key(purpose, uid, version) for purpose in NTAG_PURPOSES]


def issued_ntag(
    uid: bytes,
    keys: SiteKeys = KEYS,
    version: int = 1,
    change: Callable[[list[bytes]], list[bytes]] = lambda keys: keys,
) -> Ntag424:
    """An NTAG 424 DNA that sends messages and answers challenges.

    Args:
        uid: Its UID.
        keys: The site's.
        version: Of the master key that its keys are made from, which the chip tells.
        change: Makes other keys of those that it should have.
    """
    file = template(BASE)
    made = Ntag424.new(uid, keys=change(ntag_keys(uid, keys, version)), message=file.file[2:])
    memory = made.memory
    made = Ntag424(replace(memory, keys=tuple(replace(key, version=version) for key in memory.keys)))
    card = Held(made)
    ask(card, select(NTAG_DF_NAME), "select", ISO_OK)
    application_key = change(ntag_keys(uid, keys, version))[NTAG_APPLICATION_KEY]
    session = authenticate(card, application_key, NTAG_APPLICATION_KEY)
    settings = (
        # mirrors on; key 4 writes, anyone reads; UID and counter, encrypted by key 1, signed by key 2
        bytes.fromhex("4040E4C1FF12")
        + file.picc_data_at.to_bytes(3, "little")
        + file.mac_at.to_bytes(3, "little") * 2
    )  # fmt: skip
    session.transact(card, Mode.FULL, CHANGE_FILE_SETTINGS, bytes([NTAG_NDEF_FILE]), settings)
    made.reset()
    return made


def issued_desfire(uid: bytes, keys: SiteKeys = KEYS, version: int = 1) -> Desfire:
    """A DESFire EV2 with our application, which answers challenges."""
    made = Desfire.new(uid)
    card = Held(made)
    application = DESFIRE_AID + bytes([0x0F, 0xA0 | DESFIRE_KEYS]) + DESFIRE_ISO_FILE + DESFIRE_DF_NAME  # AES keys
    ask(card, native(CREATE_APPLICATION, application), "CreateApplication", OK)
    ask(card, select(DESFIRE_DF_NAME), "select", ISO_OK)
    session = authenticate(card, bytes(16), DESFIRE_APPLICATION_KEY)
    new = keys.key(Purpose.DESFIRE_CHALLENGE, uid, version)
    check = (zlib.crc32(new) ^ 0xFFFFFFFF).to_bytes(4, "little")
    session.transact(card, Mode.FULL, CHANGE_KEY, bytes([DESFIRE_CHALLENGE_KEY]), new + bytes([version]) + check)
    new = keys.key(Purpose.DESFIRE_APPLICATION, uid, version)
    change = session.protect(Mode.FULL, CHANGE_KEY, bytes([DESFIRE_APPLICATION_KEY]), new + bytes([version]))
    ask(card, change, "ChangeKey", OK)
    made.reset()
    return made
