"""The NTAG 424 DNA's Secure Dynamic Messaging: settings, the read counter, its limit."""

import pytest

from hw.bench.card_ntag424 import Ntag424
from hw.bench.cards import chip_card
from tests.hw.bench.desk import Desk
from tests.hw.bench.ev2_reader import Ev2Reader

UID = bytes.fromhex("04968CAA5C5E80")
KEYS = tuple(bytes([number]) * 16 for number in range(5))
SUN = bytes.fromhex("4000E0C1F121200000430000430000")
"""ChangeFileSettings of AN12196, table 18: PICCData at 20h by key 2, MAC at 43h by key 1."""


@pytest.fixture
def chip() -> Ntag424:
    return Ntag424.new(UID, keys=KEYS)


@pytest.fixture
def reader(chip: Ntag424) -> Ev2Reader:
    made = Ev2Reader(chip)
    made.open()
    return made


@pytest.fixture
def master(reader: Ev2Reader) -> Ev2Reader:
    assert reader.authenticate(0, KEYS[0]) == 0
    return reader


def sun(master: Ev2Reader) -> None:
    assert master.secure(0x5F, b"\x02", SUN, full=True) == (b"", 0)
    master.open()


def test_the_settings_are_told_as_they_were_set(master: Ev2Reader) -> None:
    sun(master)
    assert master.plain(0xF5, b"\x02") == (bytes.fromhex("004000E0000100C1F121200000430000430000"), 0)
    assert master.plain(0xF5, b"\x03") == (bytes.fromhex("00033023800000"), 0)


def counter(reader: Ev2Reader) -> int:
    assert reader.authenticate(1, KEYS[1]) == 0
    told, status = reader.secure(0xF6, b"\x02", full=True)
    assert (len(told), status) == (5, 0)
    reader.open()
    return int.from_bytes(told[:3], "little")


def test_a_reading_in_several_parts_is_counted_once_and_another_command_begins_a_new_one(master: Ev2Reader) -> None:
    sun(master)
    first = master.plain(0xAD, b"\x02\x00\x00\x00\x30\x00\x00")[0]
    second = master.plain(0xAD, b"\x02\x30\x00\x00\x30\x00\x00")[0]
    whole = master.plain(0xAD, b"\x02" + bytes(6))[0]
    assert whole[:0x60] == first + second
    assert counter(master) == 1
    for apdu in ("00A4000C02E104", "00B0000010", "00B0001000", "90F50000010200", "00B0000010"):
        master.send(bytes.fromhex(apdu))
    assert counter(master) == 3


def test_iso_reading_and_native_reading_are_counted_apart_and_none_is_counted_under_an_authentication(
    master: Ev2Reader,
) -> None:
    sun(master)
    master.send(bytes.fromhex("00A4000C02E104"))
    for apdu in ("00B0000010", "00B0001000", "90AD0000070200000000000000", "00B0000010"):
        assert master.send(bytes.fromhex(apdu))[-1] == 0
    assert counter(master) == 3
    master.authenticate(0, KEYS[0])
    shown = master.counted(0xAD, b"\x02" + bytes(6))[0]
    assert shown == bytes(256)
    assert counter(master) == 3


def test_the_counter_begins_at_zero_when_sdm_is_switched_on_and_goes_on_when_its_settings_change(
    master: Ev2Reader,
) -> None:
    sun(master)
    master.plain(0xAD, b"\x02" + bytes(6))
    master.authenticate(0, KEYS[0])
    sun(master)
    assert counter(master) == 1
    master.authenticate(0, KEYS[0])
    assert master.secure(0x5F, b"\x02", bytes.fromhex("0000E0"), full=True) == (b"", 0)
    sun(master)
    assert counter(master) == 0


def test_at_its_limit_the_file_is_closed_to_readers_without_a_key(master: Ev2Reader) -> None:
    limited = bytes.fromhex("4000E0E1F121200000430000430000020000")
    assert master.secure(0x5F, b"\x02", limited, full=True) == (b"", 0)
    master.open()
    told = []
    for _ in range(3):
        told.append(master.plain(0xAD, b"\x02" + bytes(6))[1])
        master.plain(0xF5, b"\x02")
    assert told == [0, 0, 0x9D]
    master.send(bytes.fromhex("00A4000C02E104"))
    assert master.send(bytes.fromhex("00B0000000")) == b"\x69\x82"
    master.authenticate(0, KEYS[0])
    assert master.counted(0xAD, b"\x02" + bytes(6))[1] == 0


@pytest.mark.parametrize(
    ("data", "status"),
    [
        ("8000E0", 0x9E),  # RFU bit
        ("0000D0", 0x9E),  # access condition Dh
        ("4000E001FF21200000430000430000", 0x9E),  # encrypted PICCData with nothing in it
        ("4000E0C1F121200000430000420000", 0x9E),  # MAC before its input
        ("4000E0C1F121200000300000300000", 0x9E),  # MAC on PICCData
        ("4000E0C1F121200000F10000F10000", 0x9E),  # MAC beyond the file
        ("4000E0D1F121200000430000430000200000600000", 0x9E),  # MAC on the encrypted data
        ("4000E0E1F121200000430000430000000000", 0x9E),  # a limit that is reached already
        ("4000E0C1F12120000043000043", 0x7E),
        ("4000E0C1F12120000043000043000000", 0x7E),
    ],
)
def test_settings_that_cannot_be_are_refused_and_change_nothing(
    master: Ev2Reader, chip: Ntag424, data: str, status: int
) -> None:
    before = chip.memory
    assert master.secure(0x5F, b"\x02", bytes.fromhex(data), full=True) == (b"", status)
    assert chip.memory == before
    assert chip.authenticated is None


def test_sdm_is_for_the_ndef_file_alone(master: Ev2Reader) -> None:
    assert master.secure(0x5F, b"\x01", SUN, full=True) == (b"", 0x9D)


def test_a_card_that_leaves_while_its_message_is_read_has_counted_the_reading_once_or_not_at_all() -> None:
    def issued() -> tuple[Ntag424, Desk]:
        chip = Ntag424.new(UID, keys=KEYS)
        reader = Ev2Reader(chip)
        reader.open()
        reader.authenticate(0, KEYS[0])
        sun(reader)
        chip.reset()
        return chip, Desk(chip_card(chip))

    def read(desk: Desk) -> None:
        desk.lay()
        for apdu in ("00A4040C07D276000085010100", "00A4000C02E104", "00B0000002", "00B0000280"):
            assert desk.send(bytes.fromhex(apdu))[-2:] == b"\x90\x00"

    chip, desk = issued()
    seen = desk.field.watch()
    read(desk)
    assert chip.memory.reads == 1
    before = sum(exchange.bytes for exchange in seen[:3]) + seen[3].sent
    reads = []
    for exchange, told in enumerate(seen):
        for byte in range(told.bytes):
            chip, desk = issued()
            desk.field.leave_after(exchange, byte)
            with pytest.raises(TimeoutError):
                read(desk)
            reads.append(chip.memory.reads)
    assert reads == sorted(reads)
    assert reads.index(1) == before


def test_a_card_that_was_kept_is_the_same_card(master: Ev2Reader, chip: Ntag424) -> None:
    sun(master)
    master.plain(0xAD, b"\x02" + bytes(6))
    again = Ntag424.load(chip.save())
    assert again.memory == chip.memory
    reader = Ev2Reader(again)
    reader.open()
    assert counter(reader) == 1
