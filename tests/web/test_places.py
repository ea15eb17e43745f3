"""How many consoles there may be at once."""

from kiosk.web.places import MOST_AT_LOG_ON, Place, Places


def taken(places: Places, address: str) -> Place:
    place = places.take(address)
    assert place is not None
    return place


def test_there_are_as_many_places_as_the_site_says_and_not_one_more() -> None:
    places = Places(3)
    first, *_ = [taken(places, f"10.0.0.{number}") for number in range(3)]
    assert places.take("10.0.0.9") is None
    assert "All 3 consoles" in places.refusal("10.0.0.9")
    places.give_back(first)
    assert places.refusal("10.0.0.9") == ""
    taken(places, "10.0.0.9")


def test_whoever_has_not_logged_on_keeps_few_places_and_takes_none_from_others() -> None:
    places = Places(64)
    waiting = [taken(places, "10.0.0.1") for _ in range(MOST_AT_LOG_ON)]
    assert places.take("10.0.0.1") is None
    taken(places, "10.0.0.2")
    waiting[0].at_log_on = False
    taken(places, "10.0.0.1")
    assert places.take("10.0.0.1") is None


def test_a_place_that_is_given_back_twice_is_one_place() -> None:
    places = Places(2)
    place, _ = taken(places, "10.0.0.1"), taken(places, "10.0.0.1")
    places.give_back(place)
    places.give_back(place)
    assert len(places) == 1
