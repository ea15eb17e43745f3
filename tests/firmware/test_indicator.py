"""What lamp and buzzer tell: each signal is another one to the eye and to the ear, and is seen and heard whole."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reader import indicator
from reader.indicator import (
    ACCEPTED,
    ARMED,
    FAULT,
    IDLE,
    NO_LINK,
    OFF,
    PATTERNS,
    READ,
    REFUSED,
    SENT,
    UPDATE,
    Indicator,
)

STATES = [IDLE, ARMED, NO_LINK, UPDATE, FAULT]
SIGNALS = [READ, SENT, ACCEPTED, REFUSED]
TICK_MS = 10

Shown = list[tuple[int, int, int]]


def steps(which: int) -> Shown:
    """A pattern's steps: lamp, hertz, milliseconds."""
    pattern = PATTERNS[which]
    return [(pattern[at], 50 * pattern[at + 1], 20 * pattern[at + 2]) for at in range(0, len(pattern), 3)]


def seen(signs: Indicator, begin: int, ms: int) -> Shown:
    """What lamp and buzzer do for a time: lamp, hertz and how long, each change a new entry."""
    shown: list[list[int]] = []
    for now in range(begin, begin + ms, TICK_MS):
        signs.tick(now)
        if not shown or (shown[-1][0], shown[-1][1]) != (signs.lamp, signs.hz):
            shown.append([signs.lamp, signs.hz, 0])
        shown[-1][2] += TICK_MS
    return [(lamp, hz, duration) for lamp, hz, duration in shown]


def joined(parts: Shown) -> Shown:
    """Steps with those that look and sound alike made one."""
    out: Shown = []
    for key, group in itertools.groupby(parts, key=lambda step: step[:2]):
        out.append((*key, sum(step[2] for step in group)))
    return out


def lamp_of(which: int) -> Shown:
    return joined([(lamp, 0, ms) for lamp, _, ms in steps(which)])


def sound_of(which: int) -> Shown:
    return joined([(0, hz, ms) for _, hz, ms in steps(which)])


@pytest.mark.parametrize(("one", "other"), itertools.combinations([*STATES[1:], *SIGNALS], 2))
def test_any_two_signals_differ_to_the_eye_and_to_the_ear(one: int, other: int) -> None:
    assert lamp_of(one) != lamp_of(other)
    assert sound_of(one) != sound_of(other)


@pytest.mark.parametrize("which", [*STATES[1:], *SIGNALS])
def test_every_signal_has_a_light_and_a_sound(which: int) -> None:
    assert any(lamp != OFF for lamp, _, _ in steps(which))
    assert any(hz for _, hz, _ in steps(which))


@pytest.mark.parametrize("state", STATES)
def test_a_state_that_goes_on_makes_its_sound_once_only(state: int) -> None:
    assert [hz for _, hz, _ in steps(state)[-2:]] == [0, 0]


@pytest.mark.parametrize("signal", SIGNALS)
def test_a_signal_is_shown_from_its_first_step_to_its_last_and_then_the_state_again(signal: int) -> None:
    signs = Indicator()
    signs.tick(0)
    signs.signal(signal)
    whole = joined(steps(signal))
    shown = seen(signs, TICK_MS, sum(step[2] for step in whole) + 500)
    expected = joined([*steps(signal), (OFF, 0, 500)])
    assert shown == expected


def test_of_the_states_that_hold_the_most_important_is_shown() -> None:
    signs = Indicator()
    for state in STATES:
        signs.set(state, True)
        signs.tick(0)
        assert signs._playing == state
    for state in reversed(STATES[1:]):
        signs.set(state, False)
        signs.tick(0)
        assert signs._playing == state - 1


def test_a_state_that_holds_again_begins_with_its_sound() -> None:
    signs = Indicator()
    signs.set(ARMED, True)
    first = seen(signs, 0, 500)
    signs.set(ARMED, False)
    seen(signs, 500, 100)
    signs.set(ARMED, True)
    assert seen(signs, 600, 500) == first


def test_signals_wait_for_their_turn_in_the_order_in_which_they_came() -> None:
    signs = Indicator()
    signs.tick(0)
    signs.signal(READ)
    signs.signal(SENT)
    assert seen(signs, TICK_MS, 240) == joined([*steps(READ), *steps(SENT)])


def test_a_verdict_takes_the_place_of_what_waits_and_not_of_what_is_shown() -> None:
    signs = Indicator()
    signs.tick(0)
    signs.signal(READ)
    signs.tick(TICK_MS)
    signs.signal(SENT)
    signs.signal(ACCEPTED)
    duration = sum(step[2] for step in steps(READ) + steps(ACCEPTED))
    assert seen(signs, 2 * TICK_MS, duration - TICK_MS) == joined(
        [(*steps(READ)[0][:2], steps(READ)[0][2] - TICK_MS), *steps(READ)[1:], *steps(ACCEPTED)]
    )


def test_a_signal_is_not_held_up_by_a_state_that_is_shown() -> None:
    signs = Indicator()
    signs.set(FAULT, True)
    signs.tick(0)
    signs.signal(REFUSED)
    signs.tick(TICK_MS)
    assert (signs.lamp, signs.hz) == steps(REFUSED)[0][:2]


def test_so_many_signals_wait_and_no_more() -> None:
    signs = Indicator()
    for _ in range(10):
        signs.signal(READ)
    assert signs._waiting == [READ] * indicator._WAITING_MOST


def test_that_all_is_sent_is_shown_however_many_signals_wait() -> None:
    signs = Indicator()
    for _ in range(indicator._WAITING_MOST):
        signs.signal(READ)
    signs.signal(SENT)
    assert signs._waiting == [READ] * (indicator._WAITING_MOST - 1) + [SENT]


@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from(STATES + SIGNALS), st.booleans()), max_size=60))
def test_whatever_happens_the_room_taken_is_bounded_and_all_signals_end(events: list[tuple[int, int, bool]]) -> None:
    signs = Indicator()
    now = 0
    for wait, which, is_on in events:
        if which in SIGNALS:
            signs.signal(which)
        else:
            signs.set(which, is_on)
        for _ in range(wait):
            now += TICK_MS
            signs.tick(now)
        assert len(signs._waiting) <= indicator._WAITING_MOST
    signs.set(IDLE, True)
    seen(signs, now, 10_000)
    assert signs._playing < READ


def test_the_time_may_begin_again_in_the_middle_of_a_signal() -> None:
    wrap = 1 << 30
    signs = Indicator()
    signs.tick(wrap - 20)
    signs.signal(READ)
    shown = []
    for at in range(0, 200, TICK_MS):
        signs.tick((wrap - 10 + at) % wrap)
        shown.append(signs.lamp)
    assert shown[:8] == [steps(READ)[0][0]] * 8
    assert shown[-1] == OFF
