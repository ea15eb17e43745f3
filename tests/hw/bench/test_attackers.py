"""What attackers' cards can copy and what they cannot."""

from collections.abc import Callable

import pytest

from hw.bench.attackers import Recorder, clone, magic, replayed, replayed_sun, with_wrong_key
from hw.bench.card_a import CardA
from hw.bench.card_desfire import aes_application
from hw.bench.card_desfire_memory import DataFile
from hw.bench.card_ntag424 import ATS, Ntag424
from hw.bench.cards import chip_card, desfire, ntag215, sun_chip
from hw.bench.pn532 import Pn532
from tests.hw.bench.ev2_reader import Ev2Reader, cbc, mac8, mac16
from tests.hw.bench.pn532_host import Host

UID = bytes.fromhex("04968CAA5C5E80")
KEYS = [bytes([number + 1]) * 16 for number in range(5)]


def on_a_reader(card: CardA) -> tuple[bytes, Callable[[bytes], bytes]]:
    """What the selection told, and how to speak to it."""
    host = Host(Pn532())
    host.chip.field.lay(card)
    told = host.ask(0x4A, b"\x01\x00")

    def send(apdu: bytes) -> bytes:
        answer = host.ask(0x40, b"\x01" + apdu)
        assert answer[0] == 0
        return answer[1:]

    return told, send


def told(card: CardA) -> tuple[bytes, ...]:
    """All that a card tells without a key."""
    selected, send = on_a_reader(card)
    reader = Ev2Reader(send)
    reader.open()
    asked = (b"\x60\x00", b"\xaf\x00", b"\xaf\x00")
    version = [send(b"\x90" + one[:1] + b"\x00\x00\x00") for one in asked]
    return (selected, *version, reader.plain(0x3C, b"\x00")[0], reader.plain(0xAD, b"\x02" + bytes(6))[0])


def test_a_clone_tells_all_that_the_original_tells_without_a_key_but_has_no_key() -> None:
    signature, message = bytes(range(56)), b"\xd1\x01\x05T\x02enHi"
    genuine = chip_card(Ntag424.new(UID, keys=KEYS, message=message, signature=signature))
    copy = clone(Ntag424.new(UID, message=message, signature=signature))
    assert told(copy) == told(genuine)
    assert Ev2Reader(on_a_reader(genuine)[1]).plain(0x60)[1] == 0xAF
    reader = Ev2Reader(on_a_reader(copy)[1])
    reader.open()
    with pytest.raises(AssertionError):  # it says 9100, but its proof is none
        reader.authenticate(0, KEYS[0])
    assert reader.plain(0x51)[1] == 0


def test_a_recorded_authentication_proves_nothing_to_a_reader_that_asks_anew() -> None:
    recorder = Recorder(Ntag424.new(UID, keys=KEYS))
    reader = Ev2Reader(recorder)
    reader.open()
    assert reader.authenticate(1, KEYS[1]) == 0
    again = Ev2Reader(on_a_reader(replayed(recorder.heard, UID, ATS))[1])
    again.open()
    assert again.plain(0x71, b"\x01\x00") == (recorder.heard[1][1][:-2], 0xAF)
    with pytest.raises(AssertionError):
        again.authenticate(1, KEYS[1])


def test_a_replayed_sun_message_never_changes() -> None:
    address = "https://example.org/?e=EF963FF7828658A599F3041510671E88&c=94EED9EE65337086"
    reader = Ev2Reader(on_a_reader(replayed_sun(UID, address))[1])
    reader.open()
    read = {reader.plain(0xAD, b"\x02" + bytes(6))[0] for _ in range(3)}
    assert len(read) == 1
    assert b"94EED9EE65337086" in read.pop()


@pytest.mark.parametrize("number", range(5))
def test_of_a_card_with_one_wrong_key_only_that_key_is_refused(number: int) -> None:
    reader = Ev2Reader(on_a_reader(with_wrong_key(UID, KEYS, number))[1])
    reader.open()
    assert [reader.authenticate(each, KEYS[each]) for each in range(5)] == [
        0xAE if each == number else 0 for each in range(5)
    ]


def test_a_magic_card_has_uid_message_and_signature_of_another_but_is_no_iso_14443_4_card() -> None:
    selected, _ = on_a_reader(magic(UID, "https://example.org/driver/7"))
    assert selected == bytes.fromhex("010100440007") + UID
    original = ntag215(UID, "https://example.org/driver/7", signature=bytes(range(32)))
    copy = magic(UID, "https://example.org/driver/7", signature=bytes(range(32)))
    for card in (original, copy):
        card.power(True)
        assert card.request()
        card.select()
    for frame in (b"\x60", b"\x3c\x00", *(bytes([0x30, page]) for page in range(0, 132, 4))):
        assert copy.hear(frame) == original.hear(frame)


def test_a_card_that_was_issued_tells_another_address_at_each_reading_and_its_replay_never_does() -> None:
    chip = sun_chip(UID, "https://example.org/?e={picc}&c={mac}", keys=KEYS)
    reader = Ev2Reader(on_a_reader(chip_card(chip))[1])
    reader.open()
    read = []
    for counter in (1, 2, 3):
        read.append(reader.plain(0xAD, b"\x02" + bytes(6))[0].rstrip(b"\x00"))
        picc, mac = bytes.fromhex(read[-1][-51:-19].decode()), read[-1][-16:].decode()
        plain = cbc(KEYS[2], picc, back=True)
        assert plain[:11] == b"\xc7" + UID + counter.to_bytes(3, "little")
        assert mac8(mac16(KEYS[1], bytes.fromhex("3CC300010080") + plain[1:11]), b"").hex().upper() == mac
        reader.open()
    assert reader.plain(0x8D, b"\x02\x00\x00\x00\x01\x00\x00\x00")[1] == 0xAE
    copy = Ev2Reader(on_a_reader(replayed_sun(UID, read[0][2:]))[1])
    copy.open()
    assert copy.plain(0xAD, b"\x02" + bytes(6))[0].rstrip(b"\x00") == read[0]
    with pytest.raises(ValueError, match="needs"):
        sun_chip(UID, "https://example.org/?e={picc}")


def test_a_desfire_that_was_issued_opens_its_file_to_its_key_alone() -> None:
    file = DataFile(3, bytes.fromhex("F01F"), b"driver 4711".ljust(32, b"\x00"))
    for key, status in ((KEYS[1], 0), (KEYS[2], 0xAE)):
        made = aes_application(b"\x01\x02\x03", [KEYS[0], key], {1: file}, name=b"SEALGATE")
        reader = Ev2Reader(on_a_reader(desfire(UID, master_key=KEYS[4], applications=[made]))[1])
        assert reader.send(b"\x00\xa4\x04\x00\x08SEALGATE\x00") == b"\x90\x00"
        assert reader.authenticate(1, KEYS[1]) == status
        if status == 0:
            assert reader.secure(0xAD, b"\x01\x00\x00\x00\x0b\x00\x00", full=True) == (b"driver 4711", 0)
