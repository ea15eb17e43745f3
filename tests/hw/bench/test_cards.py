"""The cards alone, as their data sheets describe them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hw.bench.card_a import CardA, State, cascade
from hw.bench.cards import Card, felica, ntag213, ntag215, ntag216, type4
from hw.bench.rf import SILENCE, Answer, Field

UID = bytes.fromhex("04112233445566")
IDM = bytes.fromhex("0123456789ABCDEF")
NAK = Answer(b"\x00", short=True, leaves=True)
ACK = Answer(b"\x0a", short=True)


def active(card: CardA) -> CardA:
    card.power(True)
    assert card.request()
    card.select()
    return card


def pages(card: CardA, first: int, last: int) -> bytes:
    return card.hear(bytes([0x3A, first, last])).data


@pytest.mark.parametrize(
    ("make", "count", "size", "storage"),
    [(ntag213, 45, 0x12, 0x0F), (ntag215, 135, 0x3E, 0x11), (ntag216, 231, 0x6D, 0x13)],
)
def test_an_ntag_is_laid_out_as_its_data_sheet_says(make: type, count: int, size: int, storage: int) -> None:
    card = active(make(UID))
    assert pages(card, 0, 3) == bytes.fromhex("041122BF 33445566 44480000") + bytes([0xE1, 0x10, size, 0x00])
    assert pages(card, count - 5, count - 1) == bytes.fromhex("000000BD040000FF000500000000000000000000")
    assert card.hear(b"\x60").data == bytes([0, 4, 4, 2, 1, 0, storage, 3])
    assert card.hear(bytes([0x30, count])) == NAK


def test_both_check_bytes_of_the_uid_are_right() -> None:
    head = pages(active(ntag213(UID)), 0, 2)
    assert head[3] == 0x88 ^ 0x04 ^ 0x11 ^ 0x22
    assert head[8] == 0x33 ^ 0x44 ^ 0x55 ^ 0x66


def test_read_gives_four_pages_and_rolls_over_at_the_end() -> None:
    card = active(ntag213(UID))
    last, first = pages(card, 44, 44), pages(card, 0, 2)
    assert card.hear(b"\x30\x2c").data == last + first


def test_after_a_nak_the_tag_wants_to_be_selected_again() -> None:
    card = active(ntag213(UID))
    assert card.hear(b"\x30\x80") == NAK
    assert card.hear(b"\x60") == SILENCE
    assert card.request()


def test_an_unknown_command_is_not_answered_and_ends_the_active_state() -> None:
    card = active(ntag213(UID))
    assert card.hear(b"\x1a\x00").data == b""
    assert card.state is State.IDLE


def test_reqa_in_the_active_state_is_not_answered_the_first_time() -> None:
    card = active(ntag213(UID))
    assert [card.request(), card.request()] == [False, True]


def test_a_halted_card_answers_wupa_only() -> None:
    card = active(ntag213(UID))
    assert card.hear(b"\x50\x00") == SILENCE
    assert [card.request(), card.wake()] == [False, True]


def test_a_written_page_is_read_back_but_the_uid_cannot_be_written() -> None:
    card = active(ntag213(UID))
    assert card.hear(b"\xa2\x10ABCD") == ACK
    assert pages(card, 16, 16) == b"ABCD"
    assert card.hear(b"\xa2\x01ABCD") == NAK


def test_lock_bits_and_capability_container_only_gain_bits() -> None:
    card = active(ntag213(UID))
    assert card.hear(b"\xa2\x03\x00\x00\x00\x0f") == ACK
    assert pages(card, 3, 3) == b"\xe1\x10\x12\x0f"
    assert card.hear(b"\xa2\x02\xff\xff\x10\x80") == ACK
    assert card.hear(b"\xa2\x02\x00\x00\x00\x00") == ACK
    assert pages(card, 2, 2) == b"\x44\x48\x10\x80"


@pytest.mark.parametrize(
    ("lock", "locked", "free"), [("A20200001000", 4, 5), ("A20200000080", 15, 14), ("A22801000000", 17, 18)]
)
def test_a_locked_page_cannot_be_written(lock: str, locked: int, free: int) -> None:
    card = active(ntag213(UID))
    assert card.hear(bytes.fromhex(lock)) == ACK
    active(card)
    assert card.hear(bytes([0xA2, free]) + b"ABCD") == ACK
    assert card.hear(bytes([0xA2, locked]) + b"ABCD") == NAK


def test_a_password_protects_from_its_page_on_until_the_power_goes() -> None:
    card = active(ntag213(UID))
    for page, data in ((43, b"pass"), (44, b"OK\x00\x00"), (42, b"\x80\x05\x00\x00"), (41, b"\x04\x00\x00\x10")):
        assert card.hear(bytes([0xA2, page]) + data) == ACK
    active(card)
    assert card.hear(b"\x30\x10") == NAK
    active(card)
    assert card.hear(b"\x1bwron") == NAK
    active(card)
    assert card.hear(b"\x1bpass") == Answer(b"OK")
    assert card.hear(b"\xa2\x10ABCD") == ACK
    active(card)
    assert card.hear(b"\xa2\x10ABCD") == NAK


@pytest.mark.parametrize(("make", "room"), [(ntag213, 136), (ntag215, 499), (ntag216, 883)])
def test_a_message_that_does_not_fit_is_refused_and_the_longest_one_is_not(make: type, room: int) -> None:
    make(UID, bytes(room))
    with pytest.raises(ValueError, match="needs"):
        make(UID, bytes(room + 1))


@pytest.mark.parametrize("uid", [b"", b"\x04\x05\x06", bytes(8)])
def test_a_uid_of_another_length_is_refused(uid: bytes) -> None:
    for make in (ntag213, type4, felica):
        if make is felica and len(uid) == 8:
            continue
        with pytest.raises(ValueError, match="got"):
            make(uid)


def test_longer_uids_go_out_with_cascade_tags() -> None:
    assert cascade(b"ABCD") == b"ABCD"
    assert cascade(b"ABCDEFG") == b"\x88ABCDEFG"
    assert cascade(b"ABCDEFGHIJ") == b"\x88ABC\x88DEFGHIJ"


def test_a_card_without_power_is_silent() -> None:
    for card in (ntag213(UID), type4(UID), felica(IDM)):
        assert card.hear(b"\x06\x00\xff\xff\x00\x00") == SILENCE
        assert card.hear(b"\xe0\x80") == SILENCE


def test_the_block_protocol_repeats_acknowledges_and_deselects() -> None:
    card = active(type4(UID))
    assert card.hear(b"\xe0\x80").data == bytes.fromhex("067580700280")
    assert not card.request()  # deaf to REQA while in the protocol
    answer = card.hear(b"\x02" + bytes.fromhex("00A4040007D2760000850101"))
    assert answer.data == b"\x02\x90\x00"
    assert card.hear(b"\xb2").data == answer.data  # R(NAK) with its own number: once more
    assert card.hear(b"\xb3").data == b"\xa2"  # with the other one: R(ACK)
    assert card.hear(b"\xc2") == Answer(b"\xc2", halts=True)
    assert card.state is State.HALT


def test_a_long_answer_is_chained_to_the_readers_frame_size() -> None:
    card = active(type4(UID, bytes(range(200))))
    card.hear(b"\xe0\x50")  # 64 bytes
    for number, apdu in ((0, "00A4040007D2760000850101"), (1, "00A4000C02E104")):
        card.hear(bytes([0x02 | number]) + bytes.fromhex(apdu))
    part = card.hear(b"\x02\x00\xb0\x00\x00\x64").data
    assert part[0] == 0x12
    assert len(part) == 62  # PCB, 61 bytes; with the CRC 64
    rest = card.hear(b"\xa3").data
    assert rest[0] == 0x03
    assert part[1:] + rest[1:] == b"\x00\xc8" + bytes(range(98)) + b"\x90\x00"


@pytest.mark.parametrize(
    ("apdu", "status"),
    [
        ("00A4040007D276000085010000", "6A82"),
        ("00A4000C02E105", "6A82"),
        ("00B0000001", "6986"),
        ("00CA000000", "6D00"),
        ("80CA000000", "6E00"),
        ("00A4", "6700"),
        ("00A4040009D27600", "6700"),
    ],
)
def test_apdus_are_refused_with_the_status_words_of_7816(apdu: str, status: str) -> None:
    card = active(type4(UID))
    card.hear(b"\xe0\x80")
    assert card.hear(b"\x02" + bytes.fromhex(apdu)).data == b"\x02" + bytes.fromhex(status)


def test_a_felica_card_refuses_with_its_status_flags() -> None:
    card = felica(IDM)
    card.power(True)

    def status(command: int, body: str) -> bytes:
        frame = bytes([command]) + IDM + bytes.fromhex(body)
        return card.hear(bytes([len(frame) + 1]) + frame).data[10:12]

    assert status(0x06, "010B00018000") == b"\x00\x00"
    assert status(0x06, "020B000900018000") == b"\xff\xa1"
    assert status(0x06, "014B00018000") == b"\x01\xa6"
    assert status(0x06, "010B000D8000") == b"\xff\xa2"
    assert status(0x06, "010B000180FF") == b"\x01\xa8"
    assert status(0x08, "010B00018000" + "00" * 16) == b"\x01\xa6"
    assert status(0x08, "010900018001" + "41" * 16) == b"\x00\x00"


def test_a_felica_card_answers_no_frame_for_another_idm() -> None:
    card = felica(IDM)
    card.power(True)
    assert card.hear(b"\x0a\x04" + bytes(8)) == SILENCE
    assert card.hear(b"\x0a\x04" + IDM).data == b"\x0b\x05" + IDM + b"\x00"


def test_a_card_is_laid_once_and_taken_off_once() -> None:
    field, card = Field(), ntag213(UID)
    field.lay(card)
    with pytest.raises(ValueError, match="already"):
        field.lay(card)
    field.take_off(card)
    with pytest.raises(ValueError, match="does not lie"):
        field.take_off(card)
    field.take_off()


@settings(deadline=None)  # no time is measured here, and the machine may be busy
@given(st.sampled_from([ntag213, type4]), st.lists(st.binary(max_size=40), max_size=10))
def test_no_frames_break_a_type_a_card(make: type, frames: list[bytes]) -> None:
    card = active(make(UID))
    for frame in frames:
        card.hear(frame)
        card.hear(b"\xe0\x80")
    assert active(card).identity == UID


@settings(deadline=None)  # no time is measured here, and the machine may be busy
@given(st.lists(st.builds(lambda code, body: bytes([code]) + IDM + body, st.integers(0, 14), st.binary(max_size=40))))
def test_no_frames_break_a_felica_card(frames: list[bytes]) -> None:
    card: Card = felica(IDM)
    card.power(True)
    for frame in frames:
        card.hear(bytes([len(frame) + 1]) + frame)
    assert card.hear(b"\x06\x00\xff\xff\x00\x00").data[2:10] == IDM


PASSWORD, PACK = b"\x01\x02\x03\x04", b"\xab\xcd"


def protected(access: int) -> CardA:
    """An NTAG213 whose pages from 4 on want a password."""
    card = active(ntag213(UID))
    for page, data in (
        (43, PASSWORD),
        (44, PACK + b"\x00\x00"),
        (42, bytes([access, 0x05, 0, 0])),
        (41, b"\x04\0\0\x04"),
    ):
        assert card.hear(bytes([0xA2, page]) + data) == ACK
    card.power(False)
    return active(card)


def woken(card: CardA) -> CardA:
    return card if card.state is State.ACTIVE else active(card)


@pytest.mark.parametrize("limit", range(1, 8))
def test_as_many_wrong_passwords_as_authlim_says_close_the_protected_pages_for_good(limit: int) -> None:
    card = protected(0x80 | limit)
    told = [woken(card).hear(b"\x1b\x00\x00\x00\x00") for _ in range(limit)]
    assert told == [NAK] * limit
    assert woken(card).hear(b"\x1b" + PASSWORD) == Answer(b"\x04", short=True, leaves=True)
    card.power(False)
    assert active(card).hear(b"\x1b" + PASSWORD).data == b"\x04"
    assert woken(card).hear(b"\x30\x04") == NAK


def test_a_right_password_takes_the_wrong_ones_back() -> None:
    card = protected(0x82)
    for _ in range(5):
        assert woken(card).hear(b"\x1b\x00\x00\x00\x00") == NAK
        assert woken(card).hear(b"\x1b" + PASSWORD) == Answer(PACK)


def test_without_a_limit_wrong_passwords_are_not_counted() -> None:
    card = protected(0x80)
    for _ in range(20):
        assert woken(card).hear(b"\x1b\x00\x00\x00\x00") == NAK
    assert woken(card).hear(b"\x1b" + PASSWORD) == Answer(PACK)


@pytest.mark.parametrize(
    ("block", "frozen", "free"), [(b"\x01\x00", b"\x08\x00", b"\x10\x00"), (b"\x02\x00", b"\xf0\x03", b"\x00\x04")]
)
def test_a_block_locking_bit_freezes_its_lock_bits(block: bytes, frozen: bytes, free: bytes) -> None:
    card = active(ntag213(UID))
    assert card.hear(b"\xa2\x02\x00\x00" + block) == ACK
    card.power(False)
    assert active(card).hear(b"\xa2\x02\x00\x00" + bytes(a | b for a, b in zip(frozen, free, strict=True))) == ACK
    assert pages(card, 2, 2)[2:] == bytes(a | b for a, b in zip(block, free, strict=True))


def test_the_signature_is_that_of_the_maker() -> None:
    assert active(ntag216(UID, signature=bytes(range(32)))).hear(b"\x3c\x00") == Answer(bytes(range(32)))
    with pytest.raises(ValueError, match="32 bytes"):
        ntag213(UID, signature=bytes(31))
