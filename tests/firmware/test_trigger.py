"""What the finger means, with a contact that bounces."""

from hypothesis import given
from hypothesis import strategies as st

from reader import trigger
from reader.trigger import NOTHING, START, STOP, Trigger

STEP_MS = 5
DEBOUNCE_MS = trigger._DEBOUNCE_MS
GIVE_UP_MS = trigger._GIVE_UP_MS


def told(contacts: list[bool], begin: int = 0) -> list[int]:
    """What is told of a contact that is looked at every few milliseconds."""
    under_test = Trigger()
    told = [under_test.tick(contact, begin + STEP_MS * at) for at, contact in enumerate(contacts)]
    return [what for what in told if what != NOTHING]


def held(ms: int, contact: bool = True) -> list[bool]:
    return [contact] * (ms // STEP_MS + 1)


def test_a_press_begins_a_session_and_letting_go_ends_it() -> None:
    assert told(held(100) + held(100, False)) == [START, STOP]


def test_a_press_is_told_once_the_contact_has_been_still_for_its_time() -> None:
    assert told(held(DEBOUNCE_MS - STEP_MS)) == []
    assert told(held(DEBOUNCE_MS)) == [START]


@given(st.lists(st.booleans(), max_size=3), st.lists(st.booleans(), max_size=3))
def test_a_contact_that_bounces_at_both_ends_is_one_press(press: list[bool], release: list[bool]) -> None:
    assert told([*press, *held(100), *release, *held(100, False)]) == [START, STOP]


@given(st.lists(st.integers(1, 3), max_size=30))
def test_what_never_lasts_is_no_press(runs: list[int]) -> None:
    contacts = [at % 2 == 1 for at, run in enumerate(runs) for _ in range(run)]
    assert told([*contacts, *held(100, False)]) == []


def test_a_press_that_lasts_too_long_ends_its_session_once_and_another_begins_with_the_next_press() -> None:
    long = held(3 * GIVE_UP_MS)
    assert told(long) == [START, STOP]
    assert told([*long, *held(100, False), *held(100), *held(100, False)]) == [START, STOP, STOP, START, STOP]


def test_a_session_ends_at_its_time_and_not_before() -> None:
    assert told(held(GIVE_UP_MS - STEP_MS)) == [START]
    assert told(held(GIVE_UP_MS)) == [START, STOP]


def test_the_time_may_begin_again_while_the_trigger_is_held() -> None:
    wrap = 1 << 30
    under_test = Trigger()
    what = [under_test.tick(True, (wrap - 15 + STEP_MS * at) % wrap) for at in range(20)]
    assert what.count(START) == 1
    assert what.index(START) == DEBOUNCE_MS // STEP_MS
