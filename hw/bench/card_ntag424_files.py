"""File settings of the NTAG 424 DNA, as ChangeFileSettings takes them and GetFileSettings tells them.

Data sheet NT4H2421Gx rev. 3.0, 8.2.3, 10.7.1 (tables 69 and 71) and 10.7.2.
"""

from __future__ import annotations

from msgspec import Struct

from hw.bench.card_ev2 import Mode, Refused, Status

FREE, NEVER = 0xE, 0xF
"""Access conditions that are no key (table 6)."""
KEYS = 5
SDM_ON = 0x40
"""Bit 6 of FileOption."""
UID_ON, COUNTER_ON, LIMIT_ON, ENCRYPTION_ON, ASCII = 0x80, 0x40, 0x20, 0x10, 0x01
"""Bits of SDMOptions."""
UID_LENGTH, COUNTER_LENGTH, PICC_LENGTH, MAC_LENGTH = 14, 6, 32, 16
"""Characters of each mirror (9.3.3, 9.3.4, 9.3.7)."""
NO_MIRROR = 0xFFFFFF
NDEF_FILE_NUMBER = 2


class Rights(Struct, frozen=True):
    """A set of access conditions (table 7)."""

    read: int
    write: int
    read_write: int
    change: int

    @classmethod
    def of(cls, wire: bytes) -> Rights:
        """From two bytes, low byte first."""
        return cls(wire[1] >> 4, wire[1] & 0xF, wire[0] >> 4, wire[0] & 0xF)

    def to_bytes(self) -> bytes:
        """As sent."""
        return bytes([self.read_write << 4 | self.change, self.read << 4 | self.write])


class Sdm(Struct, frozen=True):
    """Secure Dynamic Messaging of a file (table 69). What is not configured is None.

    Attributes:
        options: SDMOptions.
        meta_read: Key that encrypts PICCData, FREE for plain mirrors, NEVER for none.
        file_read: Key of the SDMMAC, or NEVER.
        counter_right: Who may ask for the counter.
        uid: Offset of the plain UID mirror.
        counter: Offset of the plain counter mirror.
        picc: Offset of the encrypted PICCData.
        mac_input: Offset where the MAC's input begins.
        encrypted: Offset of the encrypted file data.
        encrypted_length: Characters of the placeholder.
        mac: Offset of the SDMMAC.
        limit: SDMReadCtrLimit.
    """

    options: int
    meta_read: int
    file_read: int
    counter_right: int
    uid: int | None = None
    counter: int | None = None
    picc: int | None = None
    mac_input: int | None = None
    encrypted: int | None = None
    encrypted_length: int | None = None
    mac: int | None = None
    limit: int | None = None


class Settings(Struct, frozen=True):
    """What ChangeFileSettings sets.

    Attributes:
        option: FileOption.
        rights: AccessRights.
        sdm: Secure Dynamic Messaging, None when it is off.
    """

    option: int
    rights: Rights
    sdm: Sdm | None = None

    @property
    def mode(self) -> Mode:
        """The file's CommMode."""
        return Mode.of(self.option)

    def to_bytes(self, size: int) -> bytes:
        """The answer of GetFileSettings (table 73)."""
        told = bytes([0x00, self.option]) + self.rights.to_bytes() + size.to_bytes(3, "little")
        if self.sdm is None:
            return told
        sdm = self.sdm
        told += bytes([sdm.options, 0xF0 | sdm.counter_right, sdm.meta_read << 4 | sdm.file_read])
        return told + b"".join(value.to_bytes(3, "little") for value in _in_order(sdm) if value is not None)


def _in_order(sdm: Sdm) -> tuple[int | None, ...]:
    return sdm.uid, sdm.counter, sdm.picc, sdm.mac_input, sdm.encrypted, sdm.encrypted_length, sdm.mac, sdm.limit


class _Reader:
    """Takes the optional fields off one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def take(self, size: int) -> bytes:
        taken, self._data = self._data[:size], self._data[size:]
        if len(taken) != size:
            raise Refused(Status.LENGTH)
        return taken

    def number(self, present: bool) -> int | None:
        return int.from_bytes(self.take(3), "little") if present else None

    def end(self) -> None:
        if self._data:
            raise Refused(Status.LENGTH)


def parsed(number: int, data: bytes, size: int, reads: int) -> Settings:
    """What ChangeFileSettings asks for, checked (table 71).

    Args:
        number: The file's number.
        data: FileOption and what follows, in plain.
        size: Bytes of the file.
        reads: The SDMReadCtr at this moment.

    Raises:
        Refused: As the data sheet says.
    """
    reader = _Reader(data)
    option, rights = reader.take(1)[0], Rights.of(reader.take(2))
    _require(not option & 0xBC)
    _require(all(_is_condition(one) for one in (rights.read, rights.write, rights.read_write, rights.change)))
    sdm = None
    if option & SDM_ON:
        if number != NDEF_FILE_NUMBER:
            raise Refused(Status.PERMISSION_DENIED)
        sdm = _parsed_sdm(reader)
    reader.end()
    if sdm is not None:
        _check_sdm(sdm, size, reads)
    return Settings(option, rights, sdm)


def _require(holds: bool) -> None:
    if not holds:
        raise Refused(Status.PARAMETER)


def _is_condition(value: int) -> bool:
    return value < KEYS or value in {FREE, NEVER}


def _parsed_sdm(reader: _Reader) -> Sdm:
    options = reader.take(1)[0]
    low, high = reader.take(2)
    meta_read, file_read = high >> 4, high & 0xF
    encrypts = bool(options & ENCRYPTION_ON)
    sdm = Sdm(
        options,
        meta_read,
        file_read,
        low & 0xF,
        uid=reader.number(bool(options & UID_ON) and meta_read == FREE),
        counter=reader.number(bool(options & COUNTER_ON) and meta_read == FREE),
        picc=reader.number(meta_read < KEYS),
        mac_input=reader.number(file_read != NEVER),
        encrypted=reader.number(file_read != NEVER and encrypts),
        encrypted_length=reader.number(file_read != NEVER and encrypts),
        mac=reader.number(file_read != NEVER),
        limit=reader.number(bool(options & LIMIT_ON)),
    )
    _require(not options & 0x0E and bool(options & ASCII) and low >> 4 == NEVER)
    return sdm


def _check_sdm(sdm: Sdm, size: int, reads: int) -> None:
    uid_on, counter_on = bool(sdm.options & UID_ON), bool(sdm.options & COUNTER_ON)
    _require(_is_condition(sdm.meta_read) and _is_condition(sdm.counter_right))
    _require(sdm.file_read < KEYS or sdm.file_read == NEVER)
    _require(sdm.meta_read == NEVER or uid_on or counter_on)
    _require(not (sdm.meta_read == NEVER and uid_on))
    _require(sdm.counter_right == NEVER or counter_on)
    if sdm.options & ENCRYPTION_ON:
        _require(sdm.file_read != NEVER and uid_on and counter_on)
    if sdm.limit is not None:
        _require(counter_on and sdm.limit > reads)
    if sdm.mac is not None and sdm.mac_input is not None:
        _require(sdm.mac_input <= sdm.mac)
    if sdm.encrypted is not None and sdm.encrypted_length is not None:
        _require(sdm.encrypted_length >= 32 and sdm.encrypted_length % 32 == 0)
        _require(sdm.mac_input is not None and sdm.mac_input <= sdm.encrypted)
        _require(sdm.mac is not None and sdm.encrypted + sdm.encrypted_length <= sdm.mac)
    _check_places(_places(sdm), size)


def _places(sdm: Sdm) -> list[tuple[int, int]]:
    """Offset and length of each mirror."""
    counter = None if sdm.counter == NO_MIRROR else sdm.counter
    mirrors = (
        (sdm.uid, UID_LENGTH),
        (counter, COUNTER_LENGTH),
        (sdm.picc, PICC_LENGTH),
        (sdm.encrypted, sdm.encrypted_length or 0),
        (sdm.mac, MAC_LENGTH),
    )
    return [(offset, length) for offset, length in mirrors if offset is not None]


def _check_places(places: list[tuple[int, int]], size: int) -> None:
    """Every mirror lies in the file, and none on another."""
    end = 0
    for offset, length in sorted(places):
        _require(offset >= end and offset + length <= size)
        end = offset + length
