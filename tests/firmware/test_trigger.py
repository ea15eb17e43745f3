"""What the finger means, with a contact that bounces."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from reader import trigger
from reader.trigger import NOTHING, START, STOP, Trigger
from sealwire.link import TICKS

STEP_MS = 2
DEBOUNCE_MS = trigger._DEBOUNCE_MS
GIVE_UP_MS = trigger._GIVE_UP_MS

bounces = st.lists(st.booleans(), max_size=DEBOUNCE_MS // STEP_MS - 1)


def told(contacts: list[bool], begin: int = 0) -> list[int]:
    """What is told of a contact that was still, and then is looked at every few milliseconds."""
    under_test = Trigger(begin)
    under_test.tick(False, begin + DEBOUNCE_MS)
    return [under_test.tick(contact, begin + DEBOUNCE_MS + STEP_MS * at) for at, contact in enumerate(contacts)]


def changes(contacts: list[bool]) -> list[int]:
    return [what for what in told(contacts) if what != NOTHING]


def held(ms: int, contact: bool = True) -> list[bool]:
    return [contact] * (ms // STEP_MS + 1)


def test_a_press_begins_a_session_at_once_and_letting_go_ends_it_at_once() -> None:
    contacts = held(100) + held(100, False)
    what = told(contacts)
    assert what[0] == START
    assert what[len(held(100))] == STOP
    assert changes(contacts) == [START, STOP]


@given(bounces, bounces)
def test_a_contact_that_bounces_at_both_ends_is_one_press(press: list[bool], release: list[bool]) -> None:
    assert changes([True, *press, *held(100), False, *release, *held(100, False)]) == [START, STOP]


@given(st.lists(st.booleans(), max_size=200))
def test_whatever_the_contact_does_sessions_begin_and_end_in_turn_and_not_faster_than_it_bounces(
    contacts: list[bool],
) -> None:
    what = told([*contacts, *held(100, False)])
    at = [index for index, change in enumerate(what) if change != NOTHING]
    assert [what[index] for index in at] == ([START, STOP] * len(at))[: len(at)]
    assert len(at) % 2 == 0
    assert all(later - earlier >= DEBOUNCE_MS // STEP_MS for earlier, later in itertools.pairwise(at))


def test_a_press_that_lasts_too_long_ends_its_session_once_and_another_begins_with_the_next_press() -> None:
    long = held(3 * GIVE_UP_MS)
    assert changes(long) == [START, STOP]
    assert changes([*long, *held(100, False), *held(100), *held(100, False)]) == [START, STOP, STOP, START, STOP]


def test_a_session_ends_at_its_time_and_not_before() -> None:
    assert changes(held(GIVE_UP_MS - STEP_MS)) == [START]
    assert changes(held(GIVE_UP_MS)) == [START, STOP]


def test_a_press_after_days_of_rest_counts_wherever_the_clock_stands() -> None:
    under_test = Trigger(0)
    day = 24 * 3600 * 1000
    now = 0
    for _ in range(20 * 24):
        now += day // 24
        assert under_test.tick(False, now % TICKS) == NOTHING
    assert under_test.tick(True, (now + 5) % TICKS) == START


def test_the_time_may_begin_again_while_the_trigger_is_held() -> None:
    under_test = Trigger(TICKS - 100)
    what = [under_test.tick(True, (TICKS - 60 + STEP_MS * at) % TICKS) for at in range(200)]
    assert [change for change in what if change != NOTHING] == [START]
