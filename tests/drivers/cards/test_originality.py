"""NXP's originality signatures: those of genuine chips hold, all others are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.cards.originality import MAKER_KEYS, ChipKind, Curve, is_original
from tests.drivers.cards.chips import GENUINE, OF_OTHER_CHIPS, Signed

ONE_OF_EACH = [next(each for each in GENUINE if each.chip is chip) for chip in ChipKind]


@pytest.mark.parametrize("made", GENUINE, ids=lambda made: f"{made.chip.name}-{made.uid.hex()}")
def test_a_genuine_chips_signature_holds(made: Signed) -> None:
    assert is_original(made.chip, made.uid, made.signature)


@pytest.mark.parametrize("made", OF_OTHER_CHIPS, ids=lambda made: made.uid.hex())
def test_a_genuine_chip_of_a_kind_that_is_not_issued_is_refused(made: Signed) -> None:
    assert not is_original(made.chip, made.uid, made.signature)


@pytest.mark.parametrize("made", ONE_OF_EACH, ids=lambda made: made.chip.name)
def test_any_one_bit_turned_in_signature_or_uid_is_refused(made: Signed) -> None:
    whole = made.uid + made.signature
    for bit in range(len(whole) * 8):
        turned = bytearray(whole)
        turned[bit // 8] ^= 1 << bit % 8
        assert not is_original(made.chip, bytes(turned[:7]), bytes(turned[7:])), bit


@pytest.mark.parametrize("made", ONE_OF_EACH, ids=lambda made: made.chip.name)
def test_another_chips_signature_is_refused(made: Signed) -> None:
    for other in GENUINE:
        if other.uid != made.uid:
            assert not is_original(made.chip, made.uid, other.signature)


@pytest.mark.parametrize("made", ONE_OF_EACH, ids=lambda made: made.chip.name)
def test_a_uid_of_another_size_is_refused_though_it_is_the_same_number(made: Signed) -> None:
    assert not is_original(made.chip, b"\0" + made.uid, made.signature)


@given(st.sampled_from(ChipKind), st.binary(max_size=10), st.binary(max_size=70))
def test_anything_else_is_refused_without_an_error(chip: ChipKind, uid: bytes, signature: bytes) -> None:
    assert not is_original(chip, uid, signature)


@given(st.sampled_from(ChipKind), st.sampled_from(Curve), st.data())
def test_numbers_at_the_curves_edge_are_refused_without_an_error(
    chip: ChipKind, curve: Curve, data: st.DataObject
) -> None:
    edges = st.sampled_from([0, 1, (1 << 8 * curve.value) - 1])
    r, s = (data.draw(edges).to_bytes(curve.value, "big") for _ in "rs")
    assert not is_original(chip, GENUINE[0].uid, r + s)


def test_every_key_says_where_it_is_published() -> None:
    for keys in MAKER_KEYS.values():
        for key in keys:
            assert key.source
            assert len(key.point) == 1 + 2 * key.curve.value
