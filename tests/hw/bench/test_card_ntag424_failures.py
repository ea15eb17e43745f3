"""The NTAG 424 DNA's counters of failed authentications, and a card that leaves while a key is changed."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hw.bench.card_ntag424 import Ntag424
from hw.bench.card_ntag424_memory import Key
from hw.bench.cards import chip_card
from tests.hw.bench.desk import Desk
from tests.hw.bench.ev2_reader import Ev2Reader, key_data

UID = bytes.fromhex("04968CAA5C5E80")
KEYS = tuple(bytes([number]) * 16 for number in range(5))
NEW = bytes(range(16))


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


def test_an_attempt_is_counted_at_its_first_part_and_taken_back_by_success(reader: Ev2Reader, chip: Ntag424) -> None:
    for _ in range(3):
        reader.plain(0x71, b"\x01\x00")
        chip.reset()
        reader.open()
    assert (chip.memory.keys[1].failed, chip.memory.keys[1].in_a_row) == (3, 3)
    assert reader.authenticate(1, KEYS[1]) == 0
    assert (chip.memory.keys[1].failed, chip.memory.keys[1].in_a_row) == (0, 0)


def test_after_fifty_failures_in_a_row_each_attempt_is_delayed_longer_also_over_a_power_cycle(
    reader: Ev2Reader, chip: Ntag424
) -> None:
    told = []
    for _ in range(60):
        told.append(reader.authenticate(4, KEYS[0]))
        chip.reset()
        reader.open()
    assert told == [0xAE] * 50 + [0xAD, 0xAE, 0xAD, 0xAD, 0xAE, 0xAD, 0xAD, 0xAD, 0xAE, 0xAD]
    assert reader.authenticate(3, KEYS[3]) == 0
    assert [reader.authenticate(4, KEYS[4]) for _ in range(4)] == [0xAD, 0xAD, 0xAD, 0]
    assert reader.authenticate(4, KEYS[4]) == 0


def test_after_a_thousand_failures_a_key_is_dead_until_the_master_key_changes_it(
    reader: Ev2Reader, chip: Ntag424
) -> None:
    chip._state.memory = chip.memory.with_key(4, Key(KEYS[4], failed=999))
    assert reader.authenticate(4, KEYS[0]) == 0xAE
    assert reader.authenticate(4, KEYS[4]) == 0x9D
    reader.authenticate(0, KEYS[0])
    assert reader.secure(0xC4, b"\x04", key_data(4, NEW, 1, KEYS[4]), full=True) == (b"", 0)
    assert reader.authenticate(4, NEW) == 0


def test_how_failures_are_counted_is_configured(master: Ev2Reader, chip: Ntag424) -> None:
    assert master.secure(0x5C, b"\x0a", bytes.fromhex("0102000100"), full=True) == (b"", 0)
    assert (chip.memory.failure_limit, chip.memory.failure_decrement) == (2, 1)
    assert [master.authenticate(1, NEW) for _ in range(3)] == [0xAE, 0xAE, 0x9D]
    master.authenticate(0, KEYS[0])
    assert master.secure(0x5C, b"\x0a", bytes(5), full=True) == (b"", 0)
    assert master.authenticate(1, KEYS[1]) == 0


@settings(max_examples=60, deadline=None)
@given(place=st.integers(0, 40), bit=st.integers(0, 7))
def test_one_bit_changed_in_a_change_of_key_changes_no_key(place: int, bit: int) -> None:
    chip = Ntag424.new(UID, keys=KEYS)
    reader = Ev2Reader(chip)
    reader.open()
    reader.authenticate(0, KEYS[0])

    def spoiled(apdu: bytes) -> bytes:
        at = 5 + place
        return chip(apdu[:at] + bytes([apdu[at] ^ 1 << bit]) + apdu[at + 1 :])

    reader.send = spoiled
    assert reader.secure(0xC4, b"\x01", key_data(1, NEW, 1, KEYS[1]), full=True)[1] != 0
    assert [key.value for key in chip.memory.keys] == list(KEYS)


def change_of_key(desk: Desk) -> None:
    reader = Ev2Reader(desk.send)
    desk.lay()
    reader.open()
    assert reader.authenticate(0, KEYS[0]) == 0
    assert reader.secure(0xC4, b"\x01", key_data(1, NEW, 1, KEYS[1]), full=True)[1] == 0


def every_moment() -> Iterator[tuple[int, int]]:
    desk = Desk(chip_card(Ntag424.new(UID, keys=KEYS)))
    seen = desk.field.watch()
    change_of_key(desk)
    return iter([(number, byte) for number, exchange in enumerate(seen) for byte in range(exchange.bytes)])


def test_a_card_that_leaves_at_any_byte_has_the_old_key_or_the_new_and_its_answer_lost_is_a_key_changed() -> None:
    moments = list(every_moment())
    assert len(moments) > 200
    left = {False: 0, True: 0}
    for exchange, byte in moments:
        chip = Ntag424.new(UID, keys=KEYS)
        desk = Desk(chip_card(chip))
        desk.field.leave_after(exchange, byte)
        with pytest.raises(TimeoutError):
            change_of_key(desk)
        assert not desk.field.cards
        assert chip.memory.keys[1] in {Key(KEYS[1]), Key(NEW, 1)}
        changed = chip.memory.keys[1] == Key(NEW, 1)
        left[changed] += 1
        desk.lay()
        reader = Ev2Reader(desk.send)
        reader.open()
        assert reader.authenticate(1, NEW if changed else KEYS[1]) == 0
    assert left[True] == 8 + 2 + 1 + 2  # MAC, status, PCB and CRC of the last answer
    assert left[False] == len(moments) - left[True]
