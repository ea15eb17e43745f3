"""Who is overdue: the watchdog is fed only while nobody is."""

from hypothesis import given
from hypothesis import strategies as st

from reader import watchdog
from reader.watchdog import WATCHDOG_MS, Watch

LIMIT_MS = watchdog._LIMIT_MS
LONGEST_OF_AN_RP2040_MS = 8388


def test_the_board_can_count_the_watchdogs_time_and_it_is_longer_than_a_tasks() -> None:
    assert 2 * LIMIT_MS < WATCHDOG_MS <= LONGEST_OF_AN_RP2040_MS


def test_a_task_that_stays_away_is_named_once_its_time_is_over() -> None:
    watch = Watch()
    link, engine = watch.add("link"), watch.add("engine")
    watch.seen(link, 0)
    watch.seen(engine, 500)
    assert watch.overdue(LIMIT_MS) == ""
    assert watch.overdue(LIMIT_MS + 1) == "link"
    watch.seen(link, LIMIT_MS)
    assert watch.overdue(LIMIT_MS + 501) == "engine"


def test_a_task_that_waits_for_the_outside_may_wait_for_ever() -> None:
    watch = Watch()
    task = watch.add("engine")
    watch.seen(task, 0)
    watch.seen(task, None)
    assert watch.overdue(100 * LIMIT_MS) == ""
    watch.seen(task, 100 * LIMIT_MS)
    assert watch.overdue(102 * LIMIT_MS) == "engine"


@given(st.lists(st.integers(0, 3 * LIMIT_MS), min_size=1, max_size=9), st.integers(0, (1 << 30) - 1))
def test_exactly_the_tasks_that_exceeded_their_time_are_overdue_whenever_the_clock_began(
    ages: list[int], now: int
) -> None:
    watch = Watch()
    for at, age in enumerate(ages):
        watch.seen(watch.add(str(at)), (now - age) % (1 << 30))
    late = [str(at) for at, age in enumerate(ages) if age > LIMIT_MS]
    assert watch.overdue(now) == (late[0] if late else "")
