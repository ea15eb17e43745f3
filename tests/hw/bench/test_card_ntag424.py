"""The NTAG 424 DNA as its data sheet describes it, and what it does to a reader that is careless."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import DecodeError
from msgspec.structs import replace

from hw.bench.card_a import cascade
from hw.bench.card_desfire import Desfire
from hw.bench.card_ntag424 import Ntag424
from hw.bench.cards import chip_card
from tests.hw.bench.desk import Desk
from tests.hw.bench.ev2_reader import Ev2Reader, key_data, wrapped

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


def test_what_is_no_card_is_not_taken_for_one(chip: Ntag424) -> None:
    for kept in (b"", b"\x90", chip.save()[:-1], Desfire.new(UID).save()):
        with pytest.raises(DecodeError):
            Ntag424.load(kept)
    with pytest.raises(DecodeError):
        Desfire.load(chip.save())


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
