"""Values made on another thread come in order, a fault where it would have come, and the thread always ends."""

import threading
from collections.abc import Iterator

import pytest

from kiosk.register.postgres.prefetching import DEPTH, ahead


class Spilt(Exception):
    """What a maker raises."""


def numbers(stop: int, made: list[int]) -> Iterator[int]:
    for number in range(stop):
        made.append(number)
        yield number


def threads() -> set[str]:
    return {thread.name for thread in threading.enumerate()}


def test_values_come_in_order_and_all_of_them() -> None:
    with ahead(numbers(50, [])) as values:
        assert list(values) == list(range(50))
        assert list(values) == []
    assert "register-rows" not in threads()


def test_values_are_made_while_the_one_before_is_used() -> None:
    made = list[int]()
    second = threading.Event()

    def watched() -> Iterator[int]:
        for number in numbers(9, made):
            if number == 1:
                second.set()
            yield number

    with ahead(watched()) as values:
        assert next(values) == 0
        assert second.wait(30)


def test_no_more_is_made_than_is_taken_and_a_few() -> None:
    made = list[int]()
    with ahead(numbers(1000, made)) as values:
        assert next(values) == 0
    assert len(made) <= 2 * DEPTH + 3


def test_a_fault_comes_after_the_values_before_it() -> None:
    def spilling() -> Iterator[int]:
        yield 1
        yield 2
        raise Spilt

    taken = list[int]()
    with ahead(spilling()) as values, pytest.raises(Spilt):
        taken.extend(values)
    assert taken == [1, 2]
    assert "register-rows" not in threads()


def test_who_leaves_early_leaves_no_thread() -> None:
    with ahead(numbers(10_000, [])) as values:
        assert next(values) == 0
    assert "register-rows" not in threads()
