"""What a card's answer says, and how single looks become presentations."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.card_presence import (
    GONE_AFTER_POLLS,
    UNREADABLE_AFTER_POLLS,
    Change,
    LaidOn,
    NotTaken,
    Presence,
    RefusedBecause,
    Sighting,
    TakenOff,
    sighting,
)
from drivers.cards.values import Card, CardTechnology
from drivers.pn532_chip import Found

ANNA = Card(CardTechnology.TYPE_2, bytes.fromhex("04112233445566"))
BEN = Card(CardTechnology.TYPE_4, bytes.fromhex("04AABBCCDDEEFF"))
FELICA = Card(CardTechnology.FELICA, bytes.fromhex("0114010203040506"))
SEEN_ANNA = LaidOn(ANNA)
SEEN_BEN = LaidOn(BEN)
GONE_ANNA = TakenOff(ANNA)
RANDOM = RefusedBecause.RANDOM_UID
UNREADABLE = RefusedBecause.UNREADABLE

SIGHTINGS: st.SearchStrategy[Sighting] = st.sampled_from([None, ANNA, BEN, FELICA, *RefusedBecause])


def looks(*found: Sighting, technologies: frozenset[CardTechnology] = frozenset(CardTechnology)) -> list[Change]:
    presence = Presence(technologies)
    return [report for each in found for report in presence.look(each)]


def type_a(uid: str, sak: str) -> Found:
    return Found(sens_res=b"\x44\x00", sel_res=bytes.fromhex(sak), sdd_res=bytes.fromhex(uid))


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (None, None),
        (type_a("04112233445566", "00"), ANNA),
        (type_a("04AABBCCDDEEFF", "20"), BEN),
        (type_a("04AABBCCDDEEFF", "60"), BEN),  # ISO 14443-4 and NFC-DEP
        (type_a("04AABBCCDDEEFF", "40"), RefusedBecause.UNSUPPORTED),  # NFC-DEP alone
        (type_a("12345678", "08"), RefusedBecause.UNSUPPORTED),  # MIFARE Classic
        (type_a("12345678", "20"), Card(CardTechnology.TYPE_4, bytes.fromhex("12345678"))),
        (type_a("08345678", "20"), RANDOM),
        (type_a("08345678", "00"), RANDOM),
        (type_a("08345678901234", "20"), Card(CardTechnology.TYPE_4, bytes.fromhex("08345678901234"))),
        (type_a("0411223344", "00"), UNREADABLE),
        (type_a("04112233445566", ""), UNREADABLE),
        (Found(sens_res=b"\x0c\x00", rid_res=bytes(6)), RefusedBecause.UNSUPPORTED),
        (Found(sensf_res=b"\x01" + FELICA.identifier + bytes(8)), FELICA),
        (Found(sensf_res=b"\x01" + FELICA.identifier + bytes(10)), FELICA),
        (Found(sensf_res=b"\x01" + FELICA.identifier + bytes(7)), UNREADABLE),
        (Found(sensf_res=b"\x02" + FELICA.identifier + bytes(8)), UNREADABLE),
        (Found(sensf_res=b"\x01\x01\xfe" + bytes(14)), RefusedBecause.UNSUPPORTED),
    ],
)
def test_an_answer_from_the_air_is_a_card_or_a_refusal(found: Found | None, expected: Sighting) -> None:
    assert sighting(found) == expected


def test_a_held_card_is_seen_once() -> None:
    assert looks(*[ANNA] * 50) == [SEEN_ANNA]


def test_looks_that_miss_a_held_card_do_not_make_it_gone() -> None:
    missed: list[Sighting] = [None] * (GONE_AFTER_POLLS - 1)
    assert looks(ANNA, *missed, ANNA, *missed, ANNA) == [SEEN_ANNA]


def test_a_card_missed_long_enough_is_gone_once_and_seen_again_when_it_comes_back() -> None:
    missed: list[Sighting] = [None] * GONE_AFTER_POLLS
    assert looks(ANNA, *missed, None, None, ANNA) == [SEEN_ANNA, GONE_ANNA, SEEN_ANNA]


def test_a_swapped_card_is_gone_before_the_new_one_is_seen() -> None:
    assert looks(ANNA, *[BEN] * GONE_AFTER_POLLS) == [SEEN_ANNA, GONE_ANNA, SEEN_BEN]


def test_of_two_cards_in_one_wallet_the_first_one_stays() -> None:
    assert looks(*[ANNA, BEN] * 20) == [SEEN_ANNA]


def test_a_refused_card_is_refused_once_for_each_presentation() -> None:
    away: list[Sighting] = [None] * GONE_AFTER_POLLS
    refused = NotTaken(RANDOM)
    assert looks(*[RANDOM] * 9, *away, RANDOM, RANDOM) == [refused, refused]


def test_a_phone_that_answers_in_two_technologies_is_refused_once() -> None:
    assert looks(*[RANDOM, RefusedBecause.UNSUPPORTED] * 9) == [NotTaken(RANDOM)]


def test_a_damaged_answer_refuses_a_card_only_when_it_stays_damaged() -> None:
    some: list[Sighting] = [UNREADABLE] * (UNREADABLE_AFTER_POLLS - 1)
    assert looks(*some, ANNA, *some, ANNA) == [SEEN_ANNA]
    assert looks(*some, UNREADABLE, UNREADABLE) == [NotTaken(UNREADABLE)]


def test_a_technology_that_the_site_does_not_use_is_refused() -> None:
    only_felica = frozenset({CardTechnology.FELICA})
    assert looks(ANNA, technologies=only_felica) == [NotTaken(RefusedBecause.UNSUPPORTED)]


@given(st.lists(SIGHTINGS, max_size=60))
def test_seen_and_gone_alternate_and_name_the_same_card(found: list[Sighting]) -> None:
    held: Card | None = None
    for report in looks(*found):
        match report:
            case LaidOn(card):
                assert held is None
                held = card
            case TakenOff(card):
                assert held == card
                held = None
            case NotTaken():
                assert held is None


@given(st.lists(SIGHTINGS, max_size=30), st.sampled_from([ANNA, BEN, FELICA]))
def test_whatever_was_there_before_a_card_that_stays_is_the_one_held(found: list[Sighting], card: Card) -> None:
    reports = looks(*found, *[card] * GONE_AFTER_POLLS)
    presented = [report for report in reports if not isinstance(report, TakenOff)]
    assert presented[-1] == LaidOn(card)
    assert not isinstance(reports[-1], TakenOff)


@given(st.lists(SIGHTINGS, max_size=30))
def test_an_empty_reader_ends_every_presentation(found: list[Sighting]) -> None:
    reports = looks(*found, *[None] * GONE_AFTER_POLLS)
    seen = sum(isinstance(report, LaidOn) for report in reports)
    assert seen == sum(isinstance(report, TakenOff) for report in reports)


def test_the_settings_are_had_without_nfcpy() -> None:
    code = (
        "import sys, drivers.nfc_reader; sys.exit(any(name.split('.')[0] in {'nfc', 'usb1'} for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=30).returncode == 0
