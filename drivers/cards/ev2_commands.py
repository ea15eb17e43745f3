"""Commands that NTAG 424 DNA and DESFire EV2/EV3 have in common, as issuing needs them.

NT4H2421Gx data sheet rev. 3.0, clause 10; AN12196; AN12343 for DESFire.
"""

import zlib
from typing import Final

from msgspec import Struct

from drivers.cards.channel import Channel, ask, native, status
from drivers.cards.ev2 import NEXT_PART, Mode, Session
from drivers.cards.originality import ChipKind
from drivers.cards.values import MORE, OK, CardAnswered, TakenAway

GET_VERSION, READ_SIGNATURE, GET_KEY_VERSION, CHANGE_KEY = 0x60, 0x3C, 0x64, 0xC4
GET_FILE_SETTINGS, CHANGE_FILE_SETTINGS, READ_DATA, WRITE_DATA = 0xF5, 0x5F, 0xAD, 0x8D

SIGNATURE_OK: Final = 0x9190
"""How Read_Sig ends outside of a session: the one command with a success of its own (AN12196, 7.2)."""

SIGNATURE_SIZE: Final = 56
FACTORY_KEY: Final = bytes(16)
FACTORY_VERSION: Final = 0
"""Key and key version of every key as delivered (data sheet, 8.2.4)."""

LONGEST_WRITE: Final = 32
"""Bytes a WriteData. With header and MAC they fit into one frame of 64 bytes, and what comes in one frame is written
whole or not at all (data sheet, 10.8.2)."""

LONGEST_READ: Final = 128
"""Bytes a ReadData; with its MAC far under the 256 of a short answer."""

NXP: Final = 0x04
NTAG, DESFIRE = 0x04, 0x01
"""Hardware types of GetVersion (data sheet, table 54; AN12343)."""

KINDS: Final = {
    (NTAG, 0x30): ChipKind.NTAG_424_DNA,
    (DESFIRE, 0x12): ChipKind.DESFIRE_EV2,
    (DESFIRE, 0x22): ChipKind.DESFIRE_EV2,
    (DESFIRE, 0x33): ChipKind.DESFIRE_EV3,
}
"""Chips by hardware type and major version; 22 is EV2 with 16 or 32 kB (XL)."""


class Version(Struct, frozen=True):
    """What GetVersion says of a chip.

    Attributes:
        hardware: Vendor, type, subtype, major and minor version, storage size, protocol.
        uid: Its UID; zeros where it is set to tell a random one.
    """

    hardware: bytes
    uid: bytes

    @property
    def kind(self) -> ChipKind | None:
        """Which of the chips that the site issues it is, if any."""
        vendor, hardware_type, _, major = self.hardware[:4]
        return KINDS.get((hardware_type, major)) if vendor == NXP else None


def get_version(channel: Channel) -> Version:
    """Three exchanges, before any authentication. Raises as `ask`."""
    hardware = ask(channel, native(GET_VERSION), "GetVersion, part 1", MORE)
    ask(channel, native(NEXT_PART), "GetVersion, part 2", MORE)
    made = ask(channel, native(NEXT_PART), "GetVersion, part 3", OK)
    if len(hardware) < 7 or len(made) < 7:
        raise TakenAway(f"a version of {len(hardware)} and {len(made)} bytes")
    return Version(hardware[:7], made[:7])


def read_signature(channel: Channel) -> bytes:
    """NXP's originality signature, outside of a session. Raises as `ask`."""
    answer = channel.exchange(native(READ_SIGNATURE, b"\0"))
    if status(answer) not in {SIGNATURE_OK, OK}:
        raise CardAnswered("Read_Sig", status(answer), SIGNATURE_OK)
    return answer[:-2]


def key_version(channel: Channel, number: int) -> int:
    """The version of one of the selected application's keys, outside of a session. Raises as `ask`."""
    answer = ask(channel, native(GET_KEY_VERSION, bytes([number])), "GetKeyVersion", OK)
    if len(answer) != 1:
        raise TakenAway(f"a key version of {len(answer)} bytes")
    return answer[0]


def change_key(channel: Channel, session: Session, number: int, *, old: bytes, new: bytes, version: int) -> None:
    """Change a key other than the one that the session is of (10.6.1). The chip changes key and version at once.

    Raises:
        CardAnswered: 911E: the old key is another. The session has ended.
        TakenAway: The card did not answer; the key has been changed or has not, and its version tells.
    """
    mixed = bytes(a ^ b for a, b in zip(old, new, strict=True))
    data = mixed + bytes([version]) + crc32(new)
    session.transact(channel, Mode.FULL, CHANGE_KEY, bytes([number]), data)


def change_own_key(channel: Channel, session: Session, number: int, *, new: bytes, version: int) -> None:
    """Change the key that the session is of, which ends it (10.6.1). Raises as `change_key`."""
    apdu = session.protect(Mode.FULL, CHANGE_KEY, bytes([number]), new + bytes([version]))
    ask(channel, apdu, "ChangeKey", OK)


def crc32(key: bytes) -> bytes:
    """CRC32NK: that of IEEE 802.3 without its last inversion, low byte first (AN12196, table 25)."""
    return (zlib.crc32(key) ^ 0xFFFFFFFF).to_bytes(4, "little")


def file_settings(channel: Channel, file: int) -> bytes:
    """What ChangeFileSettings would have to be given for the settings that a file has, outside of a session.

    The answer says file type, FileOption, rights, size and what follows (10.7.2); type and size cannot be changed.
    """
    answer = ask(channel, native(GET_FILE_SETTINGS, bytes([file])), "GetFileSettings", OK)
    if len(answer) < 7:
        raise TakenAway(f"file settings of {len(answer)} bytes")
    return answer[1:4] + answer[7:]


def change_file_settings(channel: Channel, session: Session, file: int, settings: bytes) -> None:
    """Give a file other settings, at once (10.7.1)."""
    session.transact(channel, Mode.FULL, CHANGE_FILE_SETTINGS, bytes([file]), settings)


def read_data(channel: Channel, session: Session, mode: Mode, file: int, size: int) -> bytes:
    """The beginning of a file as it is stored: in a session the chip puts nothing into it (9.3)."""
    content = b""
    while len(content) < size:
        length = min(LONGEST_READ, size - len(content))
        part = session.transact(channel, mode, READ_DATA, bytes([file]) + _three(len(content)) + _three(length))
        if len(part) != length:
            raise TakenAway(f"{len(part)} bytes of file {file:02X}h in place of {length}")
        content += part
    return content


def write_data(channel: Channel, session: Session, mode: Mode, file: int, content: bytes) -> None:
    """Write a file from its beginning, in parts that are each written whole or not at all."""
    for offset in range(0, len(content), LONGEST_WRITE):
        part = content[offset : offset + LONGEST_WRITE]
        header = bytes([file]) + _three(offset) + _three(len(part))
        if mode is Mode.FULL:
            session.transact(channel, mode, WRITE_DATA, header, part)
        else:
            session.transact(channel, mode, WRITE_DATA, header + part)


def _three(number: int) -> bytes:
    return number.to_bytes(3, "little")
