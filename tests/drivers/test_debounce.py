"""The debouncer, against what settled means: every sample for the settling time was the same."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from drivers.debounce import Debouncer

SETTLE_MS = 50

samples = st.lists(st.tuples(st.integers(1, 30), st.booleans()), max_size=200)
"""Milliseconds since the sample before, and the value. Whole milliseconds, so that sums are exact."""


def told(chatter: list[tuple[int, bool]]) -> list[tuple[int, bool]]:
    """When the debouncer tells what."""
    debouncer = Debouncer[bool](SETTLE_MS)
    now = 0
    out = []
    for step, value in chatter:
        now += step
        change = debouncer.sample(value, now)
        if change is not None:
            out.append((now, change))
    return out


def settled_by_definition(chatter: list[tuple[int, bool]]) -> list[tuple[int, bool]]:
    """The same from the whole recording: at each sample look back over the run of equal samples before it."""
    at = []
    now = 0
    for step, value in chatter:
        now += step
        at.append((now, value))
    out: list[tuple[int, bool]] = []
    for i, (moment, value) in enumerate(at):
        run = i
        while run > 0 and at[run - 1][1] is value:
            run -= 1
        if moment - at[run][0] >= SETTLE_MS and (not out or out[-1][1] is not value):
            out.append((moment, value))
    return out


@given(samples)
def test_it_tells_exactly_what_settled_and_when(chatter: list[tuple[int, bool]]) -> None:
    assert told(chatter) == settled_by_definition(chatter)


@given(samples)
def test_it_never_tells_the_same_twice_running(chatter: list[tuple[int, bool]]) -> None:
    values = [value for _, value in told(chatter)]
    assert all(a is not b for a, b in pairwise(values))


@given(samples, st.booleans())
def test_whatever_came_before_it_ends_on_a_value_that_stands(chatter: list[tuple[int, bool]], value: bool) -> None:
    steady = [(10, value)] * (SETTLE_MS // 10 + 1)
    assert told(chatter + steady)[-1][1] is value


def test_chatter_shorter_than_the_settling_time_is_not_told() -> None:
    chatter = [(10, True)] * 6 + [(10, False), (10, True)] * 20
    assert told(chatter) == [(60, True)]


def test_without_a_settling_time_every_change_is_told_at_once() -> None:
    debouncer = Debouncer[str](0)
    assert [debouncer.sample(value, 0) for value in ("a", "a", "b", "a")] == ["a", None, "b", "a"]
