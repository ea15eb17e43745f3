"""What a driver is told, as a value."""

import pytest
from msgspec import json

from kiosk.core.errors import BadNumber
from kiosk.core.said import Said, said, said_of
from kiosk.core.sealing.ranges import numbers_between
from kiosk.core.units import parse_unit

LEFT = ("Wrong PIN. {left} try left.", "Wrong PIN. {left} tries left.")


def test_a_sentence_says_itself_in_english_with_what_was_put_into_it() -> None:
    inner = said("{one} or {other}", one="Code 128", other="Code 39")
    assert str(said("This seal has {wanted}.", wanted=inner)) == "This seal has Code 128 or Code 39."
    assert str(said("Scan again.")) == "Scan again."


@pytest.mark.parametrize(("left", "told"), [(1, "1 try"), (0, "0 tries"), (2, "2 tries")])
def test_a_number_decides_between_singular_and_plural(left: int, told: str) -> None:
    assert str(said_of(left, *LEFT, left=left)) == f"Wrong PIN. {told} left."


def test_what_was_put_into_a_sentence_is_data_and_no_sentence() -> None:
    assert str(said("Not taken: {text}. {look}", text="{look}", look="Again.")) == "Not taken: {look}. Again."


def test_it_can_be_sent_and_read_back_whole() -> None:
    told = said_of(2, *LEFT, left=2, why=said("Read {what}.", what="it"))
    assert json.decode(json.encode(told), type=Said) == told


def test_a_bad_number_tells_its_operator_in_a_line_and_its_driver_in_a_sentence() -> None:
    with pytest.raises(BadNumber) as caught:
        parse_unit("?")
    assert caught.value.mend == "check it against the door or the pick-up slip"
    assert str(caught.value.look) == "Check it against the door or the pick-up slip."
    with pytest.raises(BadNumber) as caught:
        numbers_between("A", "B")
    assert caught.value.mend == "give each number"
    assert str(caught.value.look) == "Look at the number again."
