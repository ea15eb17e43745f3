"""A card's own keys, and that no key is shown."""

import io
import traceback

import pytest
import rich.console
import rich.traceback
from hypothesis import given
from hypothesis import strategies as st

from drivers.cards.diversify import cmac, diversify
from drivers.cards.keys import Purpose, SiteKeys
from drivers.cards.layout import UID_SIZE

UID = bytes.fromhex("04782E21801D80")
MASTER = bytes.fromhex("00112233445566778899AABBCCDDEEFF")

PURPOSES = {
    "APPLICATION": 0x00,
    "META_READ": 0x01,
    "FILE_READ": 0x02,
    "CHALLENGE": 0x03,
    "WRITE": 0x04,
    "DESFIRE_PICC": 0x10,
    "DESFIRE_APPLICATION": 0x11,
    "DESFIRE_CHALLENGE": 0x12,
    "TAG_PASSWORD": 0x20,
}

uids = st.binary(min_size=UID_SIZE, max_size=UID_SIZE)


def test_a_key_is_diversified_as_nxp_does_it() -> None:
    """AN10922, 2.2.1: UID, application, and 'NXP Abu' as the system."""
    key = diversify(MASTER, UID + bytes.fromhex("3042F5") + b"NXP Abu")
    assert key == bytes.fromhex("A8DD63A3B89D54B37CA802473FDA9175")


def test_what_it_rests_on_is_cmac() -> None:
    """RFC 4493, section 4, examples 1 to 4."""
    key = bytes.fromhex("2B7E151628AED2A6ABF7158809CF4F3C")
    text = bytes.fromhex(
        "6BC1BEE22E409F96E93D7E117393172AAE2D8A571E03AC9C9EB76FAC45AF8E51"
        "30C81C46A35CE411E5FBC1191A0A52EFF69F2445DF4F9B17AD2B417BE66C3710"
    )
    macs = {
        0: "BB1D6929E95937287FA37D129B756746",
        16: "070A16B46B4D4144F79BDD9DD04A287C",
        40: "DFA66747DE9AE63030CA32611497C827",
        64: "51F0BEBF7E3B9D92FC49741779363CFE",
    }
    assert {size: cmac(key, text[:size]) for size in macs} == {size: bytes.fromhex(mac) for size, mac in macs.items()}


@pytest.mark.parametrize("size", [0, 15, 32])
def test_an_input_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match=f"expected 16 to 31 bytes to diversify by, got {size};"):
        diversify(MASTER, bytes(size))


@given(st.binary(min_size=16, max_size=31), st.binary(min_size=16, max_size=31))
def test_other_inputs_give_other_keys(one: bytes, other: bytes) -> None:
    assert (diversify(MASTER, one) == diversify(MASTER, other)) == (one == other)


@given(uids, uids)
def test_each_card_purpose_and_version_has_a_key_of_its_own(one: bytes, other: bytes) -> None:
    keys = SiteKeys({1: MASTER, 2: bytes(16)})
    made = [keys.key(purpose, uid, version) for uid in {one, other} for purpose in Purpose for version in (1, 2)]
    assert len(set(made)) == len(made) == len({one, other}) * len(Purpose) * 2


def test_what_issued_cards_hold_never_changes() -> None:
    """Another value here would make every card that was issued a stranger."""
    keys = SiteKeys({1: MASTER})
    assert {purpose.name: keys.key(purpose, UID, 1) for purpose in Purpose} == {
        name: cmac(MASTER, b"\x01" + UID + bytes([number]) + b"SEALGATE") for name, number in PURPOSES.items()
    }


def test_the_newest_version_comes_first() -> None:
    keys = SiteKeys({1: MASTER, 200: bytes(16), 7: bytes(16)})
    assert (keys.versions, keys.newest) == ((200, 7, 1), 200)
    with pytest.raises(KeyError):
        keys.key(Purpose.CHALLENGE, UID, 2)


@pytest.mark.parametrize(
    ("masters", "says"),
    [
        ({}, "at least one master key, got none"),
        ({0: MASTER}, "versions 1 to 255, got 0"),
        ({256: MASTER}, "versions 1 to 255, got 256"),
        ({3: MASTER[:15]}, "16 bytes in master key 3, got 15"),
    ],
)
def test_keys_that_make_no_sense_are_refused(masters: dict[int, bytes], says: str) -> None:
    with pytest.raises(ValueError, match=says) as raised:
        SiteKeys(masters)
    assert MASTER[:15].hex() not in str(raised.value)
    with pytest.raises(ValueError, match="expected a UID of 7 bytes, got 4"):
        SiteKeys({1: MASTER}).key(Purpose.WRITE, b"1234", 1)


def test_no_key_is_shown_by_repr_str_or_a_traceback_with_its_variables() -> None:
    keys = SiteKeys({1: MASTER, 9: MASTER})
    shown = [repr(keys), str(keys), f"{[keys]}"]
    assert shown[0] == "SiteKeys(versions=[9, 1])"
    try:
        keys.key(Purpose.WRITE, b"1", 1)
    except ValueError as error:
        shown.append("".join(traceback.TracebackException.from_exception(error, capture_locals=True).format()))
        out = io.StringIO()
        rich.console.Console(file=out, width=200).print(
            rich.traceback.Traceback.from_exception(type(error), error, error.__traceback__, show_locals=True)
        )
        shown.append(out.getvalue())
    assert "SiteKeys(versions=[9, 1])" in shown[-1]
    for text in shown:
        for form in (repr(MASTER), MASTER.hex(), MASTER.hex().upper(), repr(MASTER)[4:30]):
            assert form not in text
