"""Cards of the site's that fail one after the other cast doubt on the kiosk's own keys; others' cards do not."""

from typing import Any

import pytest
from msgspec.structs import replace

from kiosk.core import card_taps
from kiosk.core import events as ev
from kiosk.core.cards import BY_NUMBER, CardLevel, CardProof, Means
from kiosk.core.reasons import Reason
from tests.core.driving import Ride
from tests.core.samples import PLAN, credential
from tests.core.test_card_book import issue, recorded

PROVEN = replace(PLAN, card_level=CardLevel.PROVEN)
CHALLENGE = CardProof(Means.CHALLENGE)


def issued_with_keys(*numbers: int) -> list[tuple[str, dict[str, Any]]]:
    return [(kind, body | {"key_version": 1}) for kind, body in map(issue, numbers)]


DOUBTFUL = [Reason.CARD_CLONED, Reason.CARD_NOT_GENUINE, Reason.CARD_NOT_SIGNED, Reason.CARD_RECORD_COPIED]


def fails(ride: Ride, number: int, reason: Reason = Reason.CARD_CLONED) -> bool:
    """A card of the site's fails; whether the kiosk's own keys are doubted then."""
    ride.send(ev.CardNotTaken(reason, ride.at(), credential(number)))
    return ride.lane.doubts_keys


@pytest.mark.parametrize("reason", DOUBTFUL)
def test_when_three_cards_of_the_site_s_fail_in_a_row_its_own_keys_are_doubted_until_one_proves_itself(
    reason: Reason,
) -> None:
    ride = recorded(Ride(plan=PROVEN), *issued_with_keys(50, 51, 52, 53))
    assert [fails(ride, number, reason) for number in (50, 51, 51, 50, 52, 53)] == [False] * 4 + [True, True]
    assert len(ride.lane.failing) == card_taps.MOST_FAILING
    ride.send(ev.CardPresented(credential(50), CHALLENGE, ride.at()))
    assert not ride.lane.doubts_keys
    assert [fails(ride, number, reason) for number in (50, 51, 52)] == [False, False, True]


def test_a_card_of_ours_that_shows_less_than_it_should_is_one_that_fails() -> None:
    ride = recorded(Ride(plan=PROVEN), *issued_with_keys(50, 51, 52))
    for number in (50, 51, 52):
        ride.send(ev.CardPresented(credential(number), BY_NUMBER, ride.at()))
    assert ride.lane.doubts_keys


def test_strangers_cards_and_cards_that_leave_or_cannot_be_read_cast_no_doubt_on_the_keys() -> None:
    ride = recorded(Ride(plan=PROVEN), *issued_with_keys(50, 51, 52), issue(53))
    assert not any(fails(ride, number) for number in (60, 61, 62, 53))
    assert not any(fails(ride, number, Reason.CARD_TAKEN_AWAY) for number in (50, 51, 52))
    ride.send(ev.CardNotTaken(Reason.CARD_NOT_SIGNED, ride.at()))
    assert ride.lane.failing == frozenset()


def test_where_numbers_are_enough_no_key_is_doubted() -> None:
    ride = recorded(Ride(), *issued_with_keys(50, 51, 52))
    for number in (50, 51, 52):
        ride.send(ev.CardPresented(credential(number), BY_NUMBER, ride.at()))
    assert not ride.lane.doubts_keys
