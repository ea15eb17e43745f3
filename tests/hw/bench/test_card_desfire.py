"""The DESFire under EV2's secure messaging, and what it does to a reader that is careless."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hw.bench.card_desfire import Desfire
from hw.bench.card_desfire_memory import Application, Generation, Kind, Secret
from hw.bench.cards import chip_card
from tests.hw.bench.desk import Desk
from tests.hw.bench.ev2_reader import Ev2Reader, key_data, wrapped

UID = bytes.fromhex("04A1B2C3D4E5F6")
AID = b"\x01\x5e\xa1"
NAME = b"SEALGATE.DRIVER"
MASTER, NEW = bytes(range(1, 17)), bytes(range(16, 32))
ZERO = bytes(16)


@pytest.fixture
def chip() -> Desfire:
    return Desfire.new(UID)


@pytest.fixture
def reader(chip: Desfire) -> Ev2Reader:
    """A card with an AES master key, and EV2's reader."""
    chip._session.memory = Desfire.new(UID, master_key=MASTER).memory
    return Ev2Reader(chip)


@pytest.fixture
def application(reader: Ev2Reader, chip: Desfire) -> Ev2Reader:
    """With an application of three keys, selected by its name, and key 0 proved."""
    assert reader.authenticate(0, MASTER) == 0
    made = AID + bytes.fromhex("0BA31001") + NAME
    assert reader.secure(0xCA, made) == (b"", 0)
    assert reader.send(b"\x00\xa4\x04\x0c" + bytes([len(NAME)]) + NAME + b"\x00") == b"\x90\x00"
    assert reader.authenticate(0) == 0
    return reader


@pytest.mark.parametrize(("generation", "major", "software"), [(Generation.EV2, 0x12, 2), (Generation.EV3, 0x33, 3)])
def test_the_generation_is_told_by_the_version(generation: Generation, major: int, software: int) -> None:
    reader = Ev2Reader(Desfire.new(UID, generation=generation))
    told = [reader.plain(0x60), reader.plain(0xAF), reader.plain(0xAF)]
    assert [status for _, status in told] == [0xAF, 0xAF, 0]
    assert (told[0][0][:4], told[1][0][3], told[2][0][:7]) == (bytes([4, 1, 1, major]), software, UID)


def test_under_an_authentication_the_version_ends_with_a_mac_over_all_three_parts(reader: Ev2Reader) -> None:
    reader.authenticate(0, MASTER)
    parts = [reader.plain(0x60, reader._tag(0x60, b""))[0]]
    parts += [reader.plain(0xAF)[0], reader.plain(0xAF)[0]]
    reader.counter += 1
    whole = b"".join(parts)
    assert whole[-8:] == reader._tag(0x00, whole[:-8])
    assert reader.secure(0x51, b"", full=True) == (UID, 0)


def test_an_application_is_made_listed_and_deleted_under_ev2(reader: Ev2Reader, chip: Desfire) -> None:
    reader.authenticate(0, MASTER)
    assert reader.secure(0xCA, AID + bytes.fromhex("0BA31001") + NAME) == (b"", 0)
    made = Application(AID, 0x0B, Kind.AES, (Secret(Kind.AES),) * 3, True, b"\x10\x01", NAME)
    assert chip.memory.applications == (made,)
    assert reader.secure(0x6A, b"") == (AID, 0)
    assert reader.secure(0x45, b"") == (b"\x0f\x81", 0)
    assert reader.secure(0xCA, AID + b"\x0b\x81") == (b"", 0xDE)
    assert chip.authenticated is None
    reader.authenticate(0, MASTER)
    assert reader.secure(0xDA, AID) == (b"", 0)
    assert not chip.memory.applications


def test_keys_of_an_application_are_changed_by_the_rules_of_its_settings(application: Ev2Reader, chip: Desfire) -> None:
    assert application.secure(0xC4, b"\x01", key_data(1, NEW, 3), full=True) == (b"", 0)
    assert application.secure(0x64, b"\x01") == (b"\x03", 0)
    assert application.authenticate(1, NEW, first=False) == 0
    assert application.secure(0xC4, b"\x02", key_data(2, NEW, 3), full=True) == (b"", 0xAE)
    assert chip.memory.applications[0].keys[2] == Secret(Kind.AES)
    application.authenticate(0)
    assert application.secure(0x54, b"", b"\xeb", full=True) == (b"", 0)
    application.authenticate(2)
    assert application.secure(0xC4, b"\x02", NEW + b"\x04", full=True) == (b"", 0)
    assert chip.authenticated is None
    assert application.authenticate(2, NEW) == 0
    application.authenticate(0)
    assert application.secure(0x54, b"", b"\xf0", full=True) == (b"", 0)
    assert application.secure(0xC4, b"\x00", NEW + b"\x04", full=True) == (b"", 0x9D)
    application.authenticate(0)
    assert application.secure(0x54, b"", b"\x0f", full=True) == (b"", 0x9D)


@pytest.mark.parametrize(("option", "full"), [(0, None), (1, False), (3, True)])
def test_a_file_is_written_and_read_in_its_mode_also_when_it_needs_several_frames(
    application: Ev2Reader, chip: Desfire, option: int, full: bool | None
) -> None:
    made = bytes([4, 0x10, 0x04, option]) + bytes.fromhex("0112") + (200).to_bytes(3, "little")
    assert application.secure(0xCD, made) == (b"", 0)
    application.authenticate(2)
    content, where = bytes(range(1, 181)), b"\x04" + (9).to_bytes(3, "little") + (180).to_bytes(3, "little")
    if full is None:
        assert application.counted(0x8D, where + content) == (b"", 0)
        application.authenticate(1)
        assert application.counted(0xAD, where) == (content, 0)
    else:
        assert application.secure(0x8D, where, content, full=full) == (b"", 0)
        application.authenticate(1)
        assert application.secure(0xAD, where, full=full) == (content, 0)
    assert chip.memory.applications[0].files[4].data[9:189] == content
    in_frames(application)
    application.authenticate(2)
    if full is not None:
        assert application.secure(0x3D, where, content[::-1], full=full) == (b"", 0)
        application.authenticate(1)
        assert application.secure(0xBD, where, full=full) == (content[::-1], 0)
        assert chip.memory.applications[0].files[4].data[9:189] == content[::-1]


def in_frames(reader: Ev2Reader) -> None:
    """Send commands longer than a frame in frames, and fetch long answers by AF, as native chaining wants it."""
    plain = Ev2Reader.plain

    def chained(code: int, body: bytes = b"") -> tuple[bytes, int]:
        frames = [body[at : at + 59] for at in range(0, len(body), 59)] or [b""]
        told, status = plain(reader, code, frames[0])
        for frame in frames[1:]:
            assert (told, status) == (b"", 0xAF)
            told, status = plain(reader, 0xAF, frame)
        while status == 0xAF and code == 0xBD:
            more, status = plain(reader, 0xAF)
            assert len(told) % 59 == 0
            told += more
        return told, status

    reader.plain = chained  # type: ignore[method-assign]


def test_rights_of_a_file_are_kept(application: Ev2Reader) -> None:
    assert application.secure(0xCD, bytes.fromhex("01001003") + b"\xf1\x1f" + b"\x20\x00\x00") == (b"", 0)
    where = b"\x01\x00\x00\x00\x04\x00\x00"
    assert application.secure(0x8D, where, b"abcd", full=True) == (b"", 0x9D)
    application.authenticate(2)
    assert application.secure(0xAD, where, full=True) == (b"", 0xAE)
    application.authenticate(1)
    assert application.secure(0xAD, where, full=True) == (bytes(4), 0)
    assert application.secure(0xAD, b"\x01\x1f\x00\x00\x04\x00\x00", full=True) == (b"", 0xBE)


@pytest.mark.parametrize(
    ("command", "body", "status"),
    [
        (0x5A, b"\x09\x09\x09", 0xA0),
        (0x5A, b"\x09\x09", 0x7E),
        (0x71, b"\x01\x00", 0x40),
        (0x0A, b"\x00", 0xAE),
        (0x77, b"\x00", 0x9D),
        (0xCD, b"\x01\x00\x00\x00\x01\x00\x00", 0x9D),
        (0xDA, AID, 0xA0),
        (0xFC, b"", 0xAE),
        (0x51, b"", 0xAE),
        (0xC4, b"\x80" + bytes(17), 0xAE),
        (0xAF, b"", 0x1C),
        (0x99, b"", 0x1C),
        (0xCA, AID + b"\x0f", 0x7E),
        (0xCA, AID + b"\x0f\x8f", 0x9E),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    reader: Ev2Reader, chip: Desfire, command: int, body: bytes, status: int
) -> None:
    before = chip.memory
    assert reader.plain(command, body) == (b"", status)
    assert chip.memory == before


def test_selecting_and_power_end_the_session_and_a_broken_off_authentication_is_aborted(
    application: Ev2Reader, chip: Desfire
) -> None:
    assert application.plain(0x5A, AID)[1] == 0
    assert chip.authenticated is None
    assert application.plain(0xAA, b"\x00")[1] == 0xAF
    assert application.plain(0x64, b"\x00") == (b"", 0xCA)
    application.authenticate(0)
    chip.reset()
    assert chip.authenticated is None
    assert application.plain(0x71, b"\x02\x00") == (b"", 0x40)


def test_the_signature_and_the_random_uid(reader: Ev2Reader, chip: Desfire) -> None:
    assert reader.plain(0x3C, b"\x00") == (bytes(56), 0x90)
    reader.authenticate(0, MASTER)
    assert reader.secure(0x3C, b"\x00", full=True) == (bytes(56), 0)
    assert reader.secure(0x5C, b"\x00", b"\x03", full=True) == (b"", 0)
    assert reader.secure(0xFC, b"") == (b"", 0x9D)
    card = chip_card(chip)
    card.power(True)
    assert (card.identity[0], len(card.identity), card.atqa) == (0x08, 4, b"\x04\x03")
    reader.authenticate(0, MASTER)
    assert reader.secure(0x51, b"", full=True) == (UID, 0)


def test_a_card_that_was_kept_is_the_same_card(application: Ev2Reader, chip: Desfire) -> None:
    application.secure(0xCD, bytes.fromhex("01001003") + b"\x11\x11" + b"\x20\x00\x00")
    assert Desfire.load(chip.save()).memory == chip.memory


@settings(max_examples=200, deadline=None)
@given(commands=st.lists(st.binary(max_size=70), max_size=6), framed=st.booleans())
def test_whatever_comes_the_card_answers_and_keeps_its_master_key(commands: list[bytes], framed: bool) -> None:
    chip = Desfire.new(UID, master_key=MASTER)
    for command in commands:
        answer = chip(wrapped(command[0], command[1:]) if framed and command else command)
        assert answer
    assert chip.memory.picc.keys == (Secret(Kind.AES, MASTER),)


def change_of_master_key(desk: Desk) -> None:
    reader = Ev2Reader(desk.send)
    desk.lay()
    assert reader.authenticate(0, MASTER) == 0
    assert reader.secure(0xC4, b"\x80", NEW + b"\x01", full=True) == (b"", 0)


def test_a_card_that_leaves_at_any_byte_has_the_old_master_key_or_the_new() -> None:
    desk = Desk(chip_card(Desfire.new(UID, master_key=MASTER)))
    seen = desk.field.watch()
    change_of_master_key(desk)
    moments = [(number, byte) for number, exchange in enumerate(seen) for byte in range(exchange.bytes)]
    new = 0
    for exchange, byte in moments:
        chip = Desfire.new(UID, master_key=MASTER)
        desk = Desk(chip_card(chip))
        desk.field.leave_after(exchange, byte)
        with pytest.raises(TimeoutError):
            change_of_master_key(desk)
        assert chip.memory.picc.keys in {(Secret(Kind.AES, MASTER),), (Secret(Kind.AES, NEW, 1),)}
        new += chip.memory.picc.keys[0].value == NEW
    assert new == 2 + 1 + 2  # status, PCB and CRC of the last answer
    assert len(moments) > 150
