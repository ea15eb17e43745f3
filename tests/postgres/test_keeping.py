"""Kept in step, a kiosk sends as entries come, waits for a register that is away, and says each change once."""

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import pytest

from kiosk.register.postgres.errors import RegisterAway, RegisterFailed
from kiosk.register.postgres.keeping import LONGEST_PAUSE_S, LOOK_S, Turn, keep_in_step
from tests.postgres.kiosks import is_one_line

AWAY = RegisterAway(expected="the register x to answer", got="nothing", mend="see to it")


class World:
    """A register that is there or not, as is told beforehand; time goes on by what is waited."""

    def __init__(self, plan: str) -> None:
        self.plan = iter(plan)
        self.now = 0.0
        self.waited: list[float] = []
        self.said: list[str] = []
        self.did: list[str] = []

    def wait(self, seconds: float) -> bool:
        """True when the plan has come to its end."""
        self.waited.append(seconds)
        self.now += seconds
        self.next = next(self.plan, "")
        return not self.next

    def _face(self, what: str) -> None:
        self.did.append(what)
        if self.next == "-":
            raise AWAY
        if self.next == "!":
            raise RegisterFailed(expected="a", got="b", mend="c")

    @contextmanager
    def connect(self) -> Iterator[Turn]:
        self._face("connect")
        yield lambda: self._face("turn")

    def run(self) -> None:
        self.next = next(self.plan)
        keep_in_step(self.connect, self.wait, self.said.append, clock=lambda: self.now, random=Random(1))


def test_turn_follows_turn_over_one_connection() -> None:
    world = World("+++")
    world.run()
    assert world.did == ["connect", "turn", "turn", "turn"]
    assert world.waited == [LOOK_S] * 3
    assert world.said == []


def test_a_register_that_is_away_is_said_once_and_tried_again_ever_more_rarely() -> None:
    world = World("-" * 14)
    world.run()
    assert world.did == ["connect"] * 14
    assert len(world.said) == 1
    assert is_one_line(world.said[0])
    assert "trying again" in world.said[0]
    longest = [min(2.0**number, LONGEST_PAUSE_S) for number in range(14)]
    assert all(most / 2 <= waited <= most for waited, most in zip(world.waited, longest, strict=True))
    assert len(set(world.waited)) == 14  # kiosks of one server do not come back all at once


def test_that_it_is_back_is_said_once_with_how_long_it_was_away() -> None:
    world = World("+---++-+")
    world.run()
    away = sum(world.waited[1:4])
    assert [line.split(";")[0] for line in world.said] == [
        "expected the register x to answer, got nothing",
        f"register: answers again after 0:00:{round(away):02d}",
        "expected the register x to answer, got nothing",
        "register: answers again after 0:00:01",
    ]
    assert world.did.count("connect") == 1 + 2 + 1 + 1


def test_after_it_was_back_pauses_are_short_again() -> None:
    world = World("-----+-+")
    world.run()
    assert world.waited[4] > 8
    assert world.waited[6] <= 1


def test_a_register_that_refuses_is_no_matter_of_waiting() -> None:
    world = World("+!")
    with pytest.raises(RegisterFailed):
        world.run()


def test_it_stops_while_it_waits_for_a_register_that_is_away() -> None:
    world = World("-")
    world.run()
    assert len(world.waited) == 1
