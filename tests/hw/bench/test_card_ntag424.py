"""The NTAG 424 DNA as its data sheet describes it, and what it does to a reader that is careless."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from hw.bench.card_a import CardA, cascade
from hw.bench.card_ntag424 import Ntag424
from hw.bench.card_ntag424_memory import Key
from hw.bench.cards import chip_card
from hw.bench.pn532 import Pn532
from tests.hw.bench.ev2_reader import Ev2Reader, key_data, wrapped
from tests.hw.bench.pn532_host import Host

UID = bytes.fromhex("04968CAA5C5E80")
KEYS = tuple(bytes([number]) * 16 for number in range(5))
NEW = bytes(range(16))
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


def test_the_version_is_told_in_three_parts(reader: Ev2Reader) -> None:
    assert [reader.plain(0x60), reader.plain(0xAF)] == [
        (bytes.fromhex("04040230001105"), 0xAF),
        (bytes.fromhex("04040201021105"), 0xAF),
    ]
    told, status = reader.plain(0xAF)
    assert (told[:7], len(told), status) == (UID, 14, 0)


def test_under_an_authentication_the_version_ends_with_a_mac_over_all_three_parts(master: Ev2Reader) -> None:
    parts = [master.plain(0x60, master._tag(0x60, b""))[0]]
    parts += [master.plain(0xAF)[0], master.plain(0xAF)[0]]
    master.counter += 1
    whole = b"".join(parts)
    assert whole[-8:] == master._tag(0x00, whole[:-8])
    assert master.secure(0x51, b"", full=True) == (UID, 0)


@pytest.mark.parametrize("number", range(5))
def test_every_key_is_proved_and_the_uid_is_told_under_it(reader: Ev2Reader, chip: Ntag424, number: int) -> None:
    assert reader.authenticate(number, KEYS[number]) == 0
    assert chip.authenticated == number
    assert reader.secure(0x51, b"", full=True) == (UID, 0)


def test_a_wrong_key_is_refused_and_leaves_nothing_open(reader: Ev2Reader, chip: Ntag424) -> None:
    assert reader.authenticate(1, KEYS[2]) == 0xAE
    assert chip.authenticated is None
    assert reader.plain(0x51) == (b"", 0xAE)


def test_a_command_in_place_of_part_two_is_refused_and_ends_the_attempt(reader: Ev2Reader) -> None:
    question, status = reader.plain(0x71, b"\x00\x00")
    assert (len(question), status) == (16, 0xAF)
    assert reader.plain(0x64, b"\x00") == (b"", 0xCA)
    assert reader.plain(0xAF, bytes(32)) == (b"", 0x1C)
    assert reader.plain(0x71, b"\x00\x00")[1] == 0xAF
    assert reader.send(bytes.fromhex("00A4000C02E104")) == b"\x69\x85"


def test_without_le_a_native_command_is_refused(reader: Ev2Reader) -> None:
    for apdu in ("90600000", "9071000002000000"[:-2], "90AD00000702000000100000"):
        assert reader.send(bytes.fromhex(apdu)) == b"\x91\x7e"
    assert reader.plain(0x71, b"\x00\x00")[1] == 0xAF


def test_a_wrong_command_counter_ends_the_session(master: Ev2Reader, chip: Ntag424) -> None:
    master.counter += 1
    assert master.secure(0x64, b"\x00") == (b"", 0x1E)
    assert chip.authenticated is None


def test_a_command_in_plain_is_counted_too(master: Ev2Reader) -> None:
    assert master.counted(0xAD, b"\x02" + bytes(6))[1] == 0
    assert master.secure(0x64, b"\x01") == (b"\x00", 0)


def test_the_last_value_of_the_counter_carries_no_command(master: Ev2Reader, chip: Ntag424) -> None:
    channel = chip._state.channel
    assert channel is not None
    channel.counter = master.counter = 0xFFFE
    assert master.secure(0x64, b"\x00") == (b"\x00", 0)
    assert master.secure(0x64, b"\x00") == (b"", 0x1E)


@pytest.mark.parametrize("apdu", ["00A4040C07D276000085010100", "00A4000C02E104", "00A4000C023F00"])
def test_a_selection_ends_the_session(master: Ev2Reader, chip: Ntag424, apdu: str) -> None:
    assert master.send(bytes.fromhex(apdu)) == b"\x90\x00"
    assert chip.authenticated is None


@pytest.mark.parametrize("apdu", ["00B0000010", "00D600000101", "00CA000000", "80CA000000"])
def test_what_iso_7816_has_no_place_in_a_session_and_ends_it(master: Ev2Reader, chip: Ntag424, apdu: str) -> None:
    assert master.send(bytes.fromhex(apdu))[0] in {0x69, 0x6D, 0x6E}
    assert chip.authenticated is None


def test_the_loss_of_power_ends_the_session_and_the_selection(master: Ev2Reader, chip: Ntag424) -> None:
    chip.reset()
    assert chip.authenticated is None
    assert master.plain(0x71, b"\x00\x00")[1] == 0x40


def test_non_first_goes_on_with_identifier_and_counter(master: Ev2Reader) -> None:
    assert master.secure(0x64, b"\x00") == (b"\x00", 0)
    assert master.authenticate(3, KEYS[3], first=False) == 0
    assert master.counter == 1
    assert master.secure(0x8D, bytes.fromhex("03000000040000"), b"abcd", full=True) == (b"", 0)


def test_non_first_wants_a_session(reader: Ev2Reader) -> None:
    assert reader.authenticate(0, KEYS[0], first=False) == 0x9D


def test_a_key_is_changed_by_its_old_value_and_a_wrong_old_value_changes_nothing(
    master: Ev2Reader, chip: Ntag424
) -> None:
    before = chip.memory
    assert master.secure(0xC4, b"\x01", key_data(1, NEW, 7, KEYS[2]), full=True) == (b"", 0x1E)
    assert chip.memory == before
    master.authenticate(0, KEYS[0])
    assert master.secure(0xC4, b"\x01", key_data(1, NEW, 7, KEYS[1]), full=True) == (b"", 0)
    assert master.secure(0x64, b"\x01") == (b"\x07", 0)
    assert master.authenticate(1, NEW, first=False) == 0


def test_changing_the_master_key_ends_the_session(master: Ev2Reader, chip: Ntag424) -> None:
    assert master.secure(0xC4, b"\x00", key_data(0, NEW, 1), full=True) == (b"", 0)
    assert chip.authenticated is None
    assert [master.authenticate(0, KEYS[0]), master.authenticate(0, NEW)] == [0xAE, 0]


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_only_the_master_key_changes_keys(reader: Ev2Reader, number: int) -> None:
    reader.authenticate(number, KEYS[number])
    assert reader.secure(0xC4, bytes([number]), key_data(1, NEW, 1, KEYS[number]), full=True) == (b"", 0xAE)


def test_the_proprietary_file_is_read_by_key_2_and_written_by_key_3(reader: Ev2Reader) -> None:
    where = bytes.fromhex("03000000040000")
    reader.authenticate(3, KEYS[3])
    assert reader.secure(0x8D, where, b"seal", full=True) == (b"", 0)
    assert reader.secure(0xAD, where, full=True) == (b"seal", 0)
    reader.authenticate(2, KEYS[2])
    assert reader.secure(0xAD, where, full=True) == (b"seal", 0)
    assert reader.secure(0x8D, where, b"zeal", full=True) == (b"", 0xAE)
    assert reader.plain(0xAD, where) == (b"", 0xAE)


@pytest.mark.parametrize(
    ("body", "status"),
    [("02 00FF00 020000", 0xBE), ("04 000000 010000", 0xF0), ("22 000000 010000", 0x9E), ("02 000000", 0x7E)],
)
def test_reading_outside_is_refused(reader: Ev2Reader, body: str, status: int) -> None:
    assert reader.plain(0xAD, bytes.fromhex(body)) == (b"", status)


def test_at_picc_level_there_are_neither_files_nor_application_keys() -> None:
    reader = Ev2Reader(Ntag424.new(UID))
    assert reader.plain(0xAD, b"\x02" + bytes(6)) == (b"", 0x9D)
    assert reader.plain(0x71, b"\x00\x00") == (b"", 0x40)
    assert reader.send(bytes.fromhex("00A4000C02E104")) == b"\x6a\x82"
    assert reader.send(bytes.fromhex("00A40000023F00")) == b"\x90\x00"
    assert reader.send(bytes.fromhex("00A4000002E110")) == b"\x90\x00"


def test_the_signature_ends_9190_without_an_authentication_and_9100_under_one() -> None:
    signature = bytes(range(56))
    chip = Ntag424.new(UID, signature=signature)
    reader = Ev2Reader(chip)
    reader.open()
    assert reader.plain(0x3C, b"\x00") == (signature, 0x90)
    reader.authenticate(0)
    assert reader.secure(0x3C, b"\x00", full=True) == (signature, 0)


def test_a_random_uid_is_told_from_the_next_power_up_on_and_hides_the_uid(chip: Ntag424, master: Ev2Reader) -> None:
    card = chip_card(chip)
    card.power(True)
    assert (card.identity, card.atqa) == (UID, b"\x44\x03")
    assert master.secure(0x5C, b"\x00", b"\x02", full=True)[1] == 0x9D  # the power-up ended the session
    master.open()
    master.authenticate(0, KEYS[0])
    assert master.secure(0x5C, b"\x00", b"\x02", full=True) == (b"", 0)
    assert card.identity == UID
    told = set()
    for _ in range(4):
        card.power(False)
        card.power(True)
        told.add(card.identity)
        assert (len(card.identity), card.identity[0], card.atqa) == (4, 0x08, b"\x04\x03")
    assert len(told) == 4
    master.open()
    assert master.plain(0x3C, b"\x00") == (b"", 0x0B)
    master.plain(0x60), master.plain(0xAF)
    assert master.plain(0xAF)[0][:7] == bytes(7)
    master.authenticate(0, KEYS[0])
    assert master.secure(0x51, b"", full=True) == (UID, 0)


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


def test_a_card_that_was_kept_is_the_same_card(master: Ev2Reader, chip: Ntag424) -> None:
    sun(master)
    master.plain(0xAD, b"\x02" + bytes(6))
    again = Ntag424.load(chip.save())
    assert again.memory == chip.memory
    reader = Ev2Reader(again)
    reader.open()
    assert counter(reader) == 1


@settings(max_examples=200, deadline=None)
@given(apdus=st.lists(st.binary(max_size=48), max_size=6), native=st.booleans())
def test_whatever_comes_the_card_answers_with_a_status_and_keeps_its_keys(apdus: list[bytes], native: bool) -> None:
    chip = Ntag424.new(UID, keys=KEYS)
    Ev2Reader(chip).open()
    for apdu in apdus:
        answer = chip(wrapped(apdu[0], apdu[1:]) if native and apdu else apdu)
        assert len(answer) >= 2
        assert answer[-2] in {0x90, 0x91} or answer[-2] >> 4 == 6
    assert [key.value for key in chip.memory.keys] == list(KEYS)


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


class Desk:
    """A card on a PN532, spoken to by InDataExchange."""

    def __init__(self, card: CardA) -> None:
        self.card = card
        self.host = Host(Pn532())
        self.field = self.host.chip.field

    def lay(self) -> None:
        self.field.lay(self.card)
        found = self.host.ask(0x4A, b"\x01\x00")
        assert found[:2] == b"\x01\x01"

    def send(self, apdu: bytes) -> bytes:
        answer = self.host.ask(0x40, b"\x01" + apdu)
        if answer[0]:
            raise TimeoutError(answer.hex())
        return answer[1:]


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


def test_the_selection_of_a_card_tells_its_atqa_sak_ats_and_uid() -> None:
    desk = Desk(chip_card(Ntag424.new(UID)))
    desk.field.lay(desk.card)
    assert desk.host.ask(0x4A, b"\x01\x00") == bytes.fromhex("0101034420 07") + UID + bytes.fromhex("067777710280")
    assert cascade(UID)[0] == 0x88


def test_options_that_do_not_exist_and_lrp_are_refused(master: Ev2Reader, chip: Ntag424) -> None:
    before = replace(chip.memory)
    assert master.secure(0x5C, b"\x03", b"\x00", full=True) == (b"", 0x9E)
    master.authenticate(0, KEYS[0])
    lrp = bytes.fromhex("00000000020000000000")
    assert master.secure(0x5C, b"\x05", lrp, full=True) == (b"", 0x9E)
    assert replace(chip.memory, keys=before.keys) == before
