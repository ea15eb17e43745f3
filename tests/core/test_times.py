from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kiosk.core.times import SLEW, STEP, ClockState, ClockWatch, Moment

START = Moment(datetime(2026, 11, 18, tzinfo=UTC), 1000.0, ClockState.SYNCHRONISED, "boot-1")
MILLISECOND = timedelta(milliseconds=1)


def later(moment: Moment, seconds: float, step: timedelta = timedelta(0)) -> Moment:
    return replace(moment, monotonic=moment.monotonic + seconds, utc=moment.utc + timedelta(seconds=seconds) + step)


def watching(*seen: Moment) -> ClockWatch:
    watch = ClockWatch()
    for moment in seen:
        watch.note(moment)
    return watch


def test_the_first_look_sees_no_step() -> None:
    assert watching().stepped(START) is None


@given(st.floats(0, 10_000_000))
def test_a_clock_that_only_goes_on_takes_no_step(seconds: float) -> None:
    assert watching(START).stepped(later(START, seconds)) is None


@given(st.floats(0, 100_000), st.timedeltas(timedelta(days=-3653), timedelta(days=3653)))
def test_a_step_is_seen_with_its_length_and_what_slewing_can_do_is_none(seconds: float, step: timedelta) -> None:
    seen = watching(START).stepped(later(START, seconds, step))
    if abs(step) >= STEP + timedelta(seconds=seconds * SLEW) + MILLISECOND:
        assert seen is not None
        assert abs(seen - step) < MILLISECOND
    if abs(step) <= STEP - MILLISECOND:
        assert seen is None


def test_a_step_is_told_until_it_is_noted_and_then_no_more() -> None:
    watch = watching(START)
    stepped = later(START, 5, timedelta(hours=1))
    assert watch.stepped(stepped) == watch.stepped(stepped) == timedelta(hours=1)
    watch.note(stepped)
    assert watch.stepped(later(stepped, 5)) is None


def test_a_moment_that_comes_late_is_no_step_and_is_forgotten() -> None:
    stepped = later(START, 5, timedelta(hours=1))
    watch = watching(START, stepped)
    late = later(START, 4)
    assert watch.stepped(late) is None
    watch.note(late)
    assert watch.stepped(later(stepped, 1)) is None


def test_clocks_of_two_boots_are_not_compared() -> None:
    other = replace(later(START, 5, timedelta(days=9)), boot="boot-2", monotonic=1.0)
    watch = watching(START)
    assert watch.stepped(other) is None
    watch.note(other)
    assert watch.stepped(later(other, 1, timedelta(hours=-1))) == timedelta(hours=-1)
