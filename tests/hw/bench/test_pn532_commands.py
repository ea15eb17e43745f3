"""What the chip does with cards in its field, command by command (UM0701-02, clause 7)."""

import pytest

from hw.bench.cards import Card, felica, ntag213, ntag216, random_uid_phone, type4
from hw.bench.pn532 import Pn532
from hw.bench.rf import Field, crc_a
from tests.hw.bench.pn532_host import ACK, ERROR, Host, framed, unframed

UID = bytes.fromhex("04112233445566")
IDM = bytes.fromhex("0123456789ABCDEF")
LIST_A = b"\x01\x00"
POLL = b"\x01\x01\x00\xff\xff\x01\x00"
ONE_TRY = b"\x05\x01\x00\x01"
NO_RATS = b"\x00"
FIFO_DATA = b"\x63\x39"


def with_cards(*cards: Card) -> Host:
    field = Field()
    for card in cards:
        field.lay(card)
    host = Host(Pn532(field))
    host.ask(0x32, ONE_TRY)
    return host


def test_crc_a_matches_the_examples_of_the_standard() -> None:
    assert crc_a(b"\x00\x00") == b"\xa0\x1e"  # ISO/IEC 14443-3, annex B
    assert crc_a(b"\x12\x34") == b"\x26\xcf"


def test_a_type_a_card_is_listed_with_its_uid() -> None:
    assert with_cards(ntag213(UID)).ask(0x4A, LIST_A) == bytes.fromhex("0101004400 07") + UID


def test_a_type_4_card_is_listed_with_its_ats_unless_rats_is_switched_off() -> None:
    host = with_cards(type4(UID))
    plain = bytes.fromhex("010103442007") + UID
    assert host.ask(0x4A, LIST_A) == plain + bytes.fromhex("067580700280")
    host.ask(0x52, b"\x00")
    host.ask(0x32, b"\x01\x00")
    host.ask(0x12, NO_RATS)
    assert host.ask(0x4A, LIST_A) == plain


@pytest.mark.parametrize("speed", [1, 2])
def test_a_felica_card_is_listed_with_idm_pmm_and_system_code(speed: int) -> None:
    host = with_cards(felica(IDM))
    expected = bytes.fromhex("0101 14 01") + IDM + bytes.fromhex("0120220427674EFF 12FC")
    assert host.ask(0x4A, bytes([1, speed]) + POLL[2:]) == expected


def test_a_felica_card_of_another_system_does_not_answer() -> None:
    host = with_cards(felica(IDM, system_code=0x0003))
    assert host.ask(0x4A, b"\x01\x01\x00\x12\xfc\x00\x00") == b"\x00"
    assert host.ask(0x4A, b"\x01\x01\x00\x00\xff\x00\x00")[:2] == b"\x01\x01"


@pytest.mark.parametrize("parameters", ["0100", "010100FFFF0000", "010200FFFF0000", "010300", "0104"])
def test_an_empty_field_gives_no_target_after_the_tries_allowed(parameters: str) -> None:
    host = with_cards()
    assert host.send(framed(0x4A, bytes.fromhex(parameters))) == ACK
    assert host.chip.deadline == pytest.approx(host.now + 2 * 0.005)
    assert unframed(host.chip.due(host.now + 0.011), 0x4A) == b"\x00"


def test_reqa_stays_in_the_fifo_when_no_card_answered_it() -> None:
    host = with_cards()
    assert host.ask(0x4A, LIST_A) == b"\x00"
    assert host.ask(0x06, FIFO_DATA) == b"\x26"


def test_something_else_is_in_the_fifo_when_a_card_answered_but_not_the_one_wanted() -> None:
    host = with_cards(ntag213(UID))
    assert host.ask(0x4A, LIST_A + b"\x88\x04\x11\x22\x33\x44\x55\x77") == b"\x00"
    assert host.ask(0x06, FIFO_DATA) != b"\x26"
    assert host.ask(0x4A, LIST_A + b"\x88" + UID)[-7:] == UID


def test_a_card_laid_while_the_chip_searches_is_found() -> None:
    host = Host()
    assert host.send(framed(0x4A, LIST_A)) == ACK
    host.chip.field.lay(ntag213(UID))
    assert unframed(host.chip.due(host.now), 0x4A)[-7:] == UID


def test_of_two_cards_the_one_with_the_first_differing_bit_set_wins() -> None:
    other, winner = bytes.fromhex("04020000000000"), bytes.fromhex("04010000000000")  # bits go out lowest first
    for order in ((other, winner), (winner, other)):
        host = with_cards(*(ntag213(uid) for uid in order))
        assert host.ask(0x4A, LIST_A) == bytes.fromhex("010100440007") + winner


def test_two_cards_are_both_listed_when_two_may_be_and_each_is_spoken_to_by_its_number() -> None:
    first, second = bytes.fromhex("04010000000000"), bytes.fromhex("04020000000000")
    host = with_cards(ntag213(first), ntag213(second))
    assert host.ask(0x4A, b"\x02\x00") == (
        b"\x02" + bytes.fromhex("0100440007") + first + bytes.fromhex("0200440007") + second
    )
    for number, uid in ((1, first), (2, second), (1, first)):
        answer = host.ask(0x40, bytes([number, 0x30, 0x00]))
        assert (answer[:1], answer[1:4], answer[5:9]) == (b"\x00", uid[:3], uid[3:])


def test_an_iso_dep_card_and_a_tag_are_spoken_to_in_turns() -> None:
    tag, card = bytes.fromhex("04020000000000"), bytes.fromhex("04010000000000")
    host = with_cards(type4(card), ntag213(tag))
    listed = host.ask(0x4A, b"\x02\x00")
    assert listed[0] == 2
    for _ in range(2):
        assert host.ask(0x40, b"\x01" + bytes.fromhex("00A4040007D276000085010100")) == b"\x00\x90\x00"
        assert host.ask(0x40, b"\x02\x30\x00")[:4] == b"\x00" + tag[:3]


def test_two_felica_cards_in_one_time_slot_are_not_heard() -> None:
    host = with_cards(felica(IDM), felica(bytes(8)))
    assert host.ask(0x4A, POLL) == b"\x00"


def test_the_answers_of_two_cards_to_one_raw_frame_are_a_crc_error() -> None:
    host = with_cards(felica(IDM), felica(bytes(8)))
    host.ask(0x4A, POLL)
    assert host.ask(0x42, b"\x06\x00\xff\xff\x00\x00") == b"\x02"


def test_a_card_taken_off_times_out() -> None:
    host = with_cards(ntag213(UID))
    host.ask(0x4A, LIST_A)
    host.chip.field.take_off()
    for command in (0x40, 0x42):
        assert host.ask(command, b"\x01\x30\x00" if command == 0x40 else b"\x30\x00") == b"\x01"


def test_silence_is_reported_after_the_time_that_rf_configuration_set() -> None:
    host = with_cards()
    host.ask(0x32, b"\x02\x00\x0b\x10")
    assert host.send(framed(0x42, b"\x30\x00")) == ACK
    assert host.chip.deadline == pytest.approx(host.now + 3.2768)
    assert host.chip.due(host.now + 3.27) == b""
    assert unframed(host.chip.due(host.now + 3.28), 0x42) == b"\x01"


def test_a_command_for_a_target_that_was_not_listed_is_not_acceptable() -> None:
    host = with_cards(ntag213(UID))
    for code, data in ((0x40, b"\x01\x30\x00"), (0x44, b"\x01"), (0x52, b"\x01"), (0x54, b"\x01")):
        assert host.ask(code, data) == b"\x27"


def test_a_released_target_is_forgotten_and_halted() -> None:
    host = with_cards(ntag213(UID))
    host.ask(0x4A, LIST_A)
    assert host.ask(0x52, b"\x01") == b"\x00"
    assert host.ask(0x40, b"\x01\x30\x00") == b"\x27"
    assert host.ask(0x4A, LIST_A) == b"\x00"  # REQA does not wake a halted card
    host.ask(0x32, b"\x01\x00")
    assert host.ask(0x4A, LIST_A)[:1] == b"\x01"


@pytest.mark.parametrize("card", [ntag213(UID), type4(UID)])
def test_a_deselected_target_is_selected_again(card: Card) -> None:
    host = with_cards(card)
    host.ask(0x4A, LIST_A)
    assert host.ask(0x44, b"\x01") == b"\x00"
    assert host.ask(0x42, b"\x30\x00") == b"\x01"
    assert host.ask(0x54, b"\x01") == b"\x00"
    host.chip.field.take_off()
    host.ask(0x44, b"\x01")
    assert host.ask(0x54, b"\x01") == b"\x27"


def test_general_status_counts_targets_and_keeps_the_last_fault() -> None:
    host = with_cards(ntag213(UID))
    assert host.ask(0x04) == b"\x00\x00\x00\x00"
    host.ask(0x4A, LIST_A)
    assert host.ask(0x04) == bytes.fromhex("0000010100000000")
    host.chip.field.take_off()
    host.ask(0x42, b"\x30\x00")
    assert host.ask(0x04)[:1] == b"\x01"


def test_the_field_is_seen_in_tx_control_and_can_be_switched_there() -> None:
    host = with_cards(ntag213(UID))
    assert host.ask(0x06, b"\x63\x04")[0] & 3 == 0
    host.ask(0x32, b"\x01\x01")
    assert host.ask(0x06, b"\x63\x04")[0] & 3 == 3
    assert host.chip.field.on
    host.ask(0x08, b"\x63\x04\x80")
    assert not host.chip.field.on


def test_a_register_keeps_what_is_written() -> None:
    host = Host()
    assert host.ask(0x08, b"\x63\x0d\x10\x63\x01\x3f") == b""
    assert host.ask(0x06, b"\x63\x01\x63\x0d") == b"\x3f\x10"


def test_the_fifo_holds_64_bytes_and_is_flushed() -> None:
    host = Host()
    host.ask(0x08, b"".join(FIFO_DATA + bytes([value]) for value in range(70)))
    assert host.ask(0x06, b"\x63\x3a" + FIFO_DATA) == bytes([64, 6])
    host.ask(0x08, b"\x63\x3a\x80")
    assert host.ask(0x06, b"\x63\x3a") == b"\x00"


def test_the_crc_is_taken_off_only_when_rx_mode_says_so() -> None:
    host = with_cards(ntag213(UID))
    host.ask(0x4A, LIST_A)
    version = bytes.fromhex("0004040201000F03")
    assert host.ask(0x42, b"\x60") == b"\x00" + version
    host.ask(0x08, b"\x63\x03\x00")
    assert host.ask(0x42, b"\x60") == b"\x00" + version + crc_a(version)


def test_a_nak_of_four_bits_is_a_crc_error_unless_the_check_is_off() -> None:
    for rx_mode, expected in ((0x80, b"\x02"), (0x00, b"\x00\x00")):
        host = with_cards(ntag213(UID))
        host.ask(0x4A, LIST_A)
        host.ask(0x08, bytes([0x63, 0x03, rx_mode]))
        assert host.ask(0x42, b"\x30\xff") == expected


def test_a_frame_sent_without_the_chips_crc_needs_its_own() -> None:
    host = with_cards(ntag213(UID))
    host.ask(0x4A, LIST_A)
    host.ask(0x08, b"\x63\x02\x00")
    assert host.ask(0x42, b"\x60" + crc_a(b"\x60"))[:2] == b"\x00\x00"
    assert host.ask(0x42, b"\x60\x00\x00") == b"\x01"


def test_a_type_a_card_does_not_hear_felica_modulation() -> None:
    host = with_cards(ntag213(UID))
    host.ask(0x4A, LIST_A)
    host.ask(0x08, b"\x63\x02\x92\x63\x03\x92")
    assert host.ask(0x42, b"\x60") == b"\x01"


def test_an_answer_longer_than_the_chips_buffer_is_an_error() -> None:
    host = with_cards(ntag216(UID))
    host.ask(0x4A, LIST_A)
    assert host.ask(0x42, b"\x3a\x00\xe6") == b"\x07"
    assert host.ask(0x40, b"\x01\x3a\x00\xe6") == b"\x07"
    assert host.ask(0x42, b"\x3a\x00\x40") == b"\x00" + host.ask(0x40, b"\x01\x3a\x00\x40")[1:]


def test_in_data_exchange_writes_a_page_and_reports_a_nak() -> None:
    host = with_cards(ntag213(UID))
    host.ask(0x4A, LIST_A)
    assert host.ask(0x40, b"\x01\xa2\x10ABCD") == b"\x00"
    assert host.ask(0x40, b"\x01\x30\x10")[:5] == b"\x00ABCD"
    assert host.ask(0x40, b"\x01\xa2\x00ABCD") == b"\x13"


def test_in_data_exchange_chains_long_apdus_and_answers_through_the_block_protocol() -> None:
    host = with_cards(type4(UID, bytes(range(256)) * 4))
    host.ask(0x4A, LIST_A)
    for apdu in ("00A4040007D276000085010100", "00A4000C02E104"):
        assert host.ask(0x40, b"\x01" + bytes.fromhex(apdu)) == b"\x00\x90\x00"
    written = bytes(range(100, 250))
    assert host.ask(0x40, b"\x01\x00\xd6\x00\x02" + bytes([len(written)]) + written) == b"\x00\x90\x00"
    assert host.ask(0x40, b"\x01" + bytes.fromhex("00B0000296")) == b"\x00" + written + b"\x90\x00"
    assert host.ask(0x00, b"\x06") == b"\x00"
    host.chip.field.take_off()
    assert host.ask(0x00, b"\x06") == b"\x01"


def test_a_phone_shows_a_new_random_uid_each_time_the_field_comes_on() -> None:
    host = with_cards(random_uid_phone())
    host.ask(0x12, NO_RATS)
    seen = set()
    for _ in range(5):
        listed = host.ask(0x4A, LIST_A)
        assert listed[:7] == bytes.fromhex("01010004200408")
        seen.add(listed[6:])
        host.ask(0x32, b"\x01\x00")
    assert len(seen) == 5


def test_a_command_may_be_handed_over_in_parts_with_more_to_come() -> None:
    host = with_cards(type4(UID))
    host.ask(0x4A, LIST_A)
    apdu = bytes.fromhex("00A4040007D276000085010100")
    assert host.ask(0x40, b"\x41" + apdu[:5]) == b"\x00"
    assert host.ask(0x40, b"\x01" + apdu[5:]) == b"\x00\x90\x00"


def test_all_targets_are_released_or_deselected_at_once() -> None:
    host = with_cards(ntag213(UID), type4(bytes.fromhex("04010000000000")))
    assert host.ask(0x4A, b"\x02\x00")[0] == 2
    assert host.ask(0x44, b"\x00") == b"\x00"
    assert host.ask(0x04)[2] == 2
    assert host.ask(0x52, b"\x00") == b"\x00"
    assert host.ask(0x04)[2] == 0


def test_a_port_is_written_only_when_its_bit_7_is_set() -> None:
    host = Host()
    assert host.ask(0x0E, b"\x85\x02") == b""
    assert host.ask(0x0C) == b"\x05\x00\x00"


@pytest.mark.parametrize(
    ("code", "data"),
    [
        (0x4A, "0000"),
        (0x4A, "0300"),
        (0x4A, "0105"),
        (0x4A, "0204"),
        (0x4A, "0101"),
        (0x32, "0501"),
        (0x32, "02000B11"),
    ],
)
def test_parameters_that_the_manual_does_not_know_are_refused(code: int, data: str) -> None:
    assert Host().send(framed(code, bytes.fromhex(data))) == ACK + ERROR
