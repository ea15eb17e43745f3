"""What attackers' cards can copy and what they cannot."""

from collections.abc import Callable

import pytest

from hw.bench.attackers import Recorder, clone, magic, replayed, replayed_sun, with_wrong_key
from hw.bench.card_a import CardA
from hw.bench.card_ntag424 import ATS, Ntag424
from hw.bench.cards import chip_card, ntag215
from hw.bench.pn532 import Pn532
from tests.hw.bench.ev2_reader import Ev2Reader
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
    reader = Ev2Reader(with_wrong_key(UID, KEYS, number)._application._apdu)  # type: ignore[attr-defined]
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
