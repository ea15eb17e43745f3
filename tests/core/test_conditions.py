"""What begins and ends is told to the ledger: all of it, in the end as it stands, and never in a flood."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from kiosk.core.conditions import BURST, EVERY_S, MOST, Conditions, Turn
from kiosk.core.times import Moment
from tests.core.samples import at

NAME = "card reader"

steps = st.lists(st.tuples(st.sampled_from([0.001, 0.5, 5.0, 60.0, EVERY_S, 7200.0]), st.booleans()), max_size=60)
"""Seconds that pass, and whether the condition is on then."""


def then(monotonic: float) -> Moment:
    return at(monotonic - at().monotonic)


class Told:
    """Conditions that are asked when they want to be, and all that they told."""

    def __init__(self) -> None:
        self.conditions = Conditions()
        self.now = at().monotonic
        self.turns: list[tuple[float, Turn]] = []
        self.begun = 0
        self.on = False

    def begin(self, known: dict[str, Moment] | None = None) -> "Told":
        self.turns += [(self.now, turn) for turn in self.conditions.begin(known or {}, then(self.now))]
        return self

    def turn(self, on: bool, after_s: float = 1.0) -> None:
        self.pass_by(self.now + after_s)
        self.begun += on and not self.on
        self.on = on
        turn = self.conditions.turn(NAME, on, then(self.now))
        self.turns += [(self.now, turn)] if turn is not None else []

    def pass_by(self, until: float) -> None:
        while (wakes := self.conditions.wakes_at) is not None and wakes <= until:
            assert wakes > self.now, "whoever asks to be woken has something to tell then"
            self.now = wakes
            due = [(self.now, turn) for turn in self.conditions.due(then(self.now))]
            assert due
            self.turns += due
        self.now = until

    def flap(self, times: int, after_s: float) -> None:
        for _ in range(times):
            self.turn(True, after_s)
            self.turn(False, after_s)


def counted(turns: Sequence[tuple[float, Turn]]) -> int:
    """Beginnings that are told, one by one or as a number."""
    return sum(turn.folded + turn.on for _, turn in turns)


@given(steps)
def test_in_the_end_the_ledger_knows_how_it_stands_and_how_often_it_began(steps: list[tuple[float, bool]]) -> None:
    told = Told().begin()
    for after_s, on in steps:
        told.turn(on, after_s)
    told.pass_by(told.now + EVERY_S)
    assert counted(told.turns) == told.begun
    assert [turn.on for _, turn in told.turns][-1:] in ([], [told.on])
    assert not told.turns or told.turns[-1][1].on is told.on
    assert told.conditions.wakes_at is None


@given(steps, st.sampled_from([60.0, EVERY_S, 3600.0, 86_400.0]))
def test_however_it_flaps_the_entries_of_any_time_are_bounded(steps: list[tuple[float, bool]], span_s: float) -> None:
    told = Told().begin()
    for after_s, on in steps:
        told.turn(on, after_s)
    told.pass_by(told.now + EVERY_S)
    bound = 2 * (BURST + span_s / EVERY_S + 1)
    for first, _ in told.turns:
        assert sum(first <= when < first + span_s for when, _ in told.turns) <= bound


def test_a_day_of_flapping_is_six_entries_an_hour_and_their_ends() -> None:
    told = Told().begin()
    told.flap(24 * 360, 5.0)
    day = told.now
    assert sum(day - 3600 < when <= day for when, _ in told.turns) <= 13
    assert len(told.turns) <= 2 * (BURST + 24 * 6 + 1)
    told.pass_by(day + EVERY_S)
    assert counted(told.turns) == told.begun == 24 * 360


def test_the_first_ones_are_each_told_with_how_long_they_lasted() -> None:
    told = Told().begin()
    told.flap(BURST, 2.0)
    assert [(turn.on, turn.lasted_ms, turn.folded) for _, turn in told.turns] == [
        (True, 0, 0),
        (False, 2000, 0),
    ] * BURST


def test_those_after_are_counted_and_told_with_the_next() -> None:
    told = Told().begin()
    told.flap(BURST + 3, 1.0)
    assert len(told.turns) == 2 * BURST
    told.pass_by(told.now + EVERY_S)
    assert [(turn.on, turn.folded) for _, turn in told.turns[2 * BURST :]] == [(False, 3)]


def test_one_that_is_on_when_its_time_has_come_is_told_with_when_it_began() -> None:
    told = Told().begin()
    told.flap(BURST + 2, 1.0)
    told.turn(True)
    began = told.now
    told.pass_by(told.now + EVERY_S)
    (_, turn) = told.turns[-1]
    assert (turn.on, turn.folded, turn.since.monotonic) == (True, 2, began)


def test_nothing_is_told_before_the_ledger_was_read_and_then_all_that_it_does_not_know() -> None:
    told = Told()
    told.turn(True)
    assert (told.turns, told.conditions.wakes_at) == ([], None)
    told.begin()
    assert [(turn.on, turn.folded) for _, turn in told.turns] == [(True, 0)]
    assert told.conditions.is_on(NAME)
    assert not told.conditions.is_on("scanner")


def test_what_the_ledger_knows_already_is_not_told_again_and_its_end_is() -> None:
    for before, after in (([True], [False]), ([True, False, True], [False]), ([], [True, False]), ([], [False])):
        told = Told()
        for on in before:
            told.turn(on)
        told.begin({NAME: at(-5)})
        assert told.turns == []
        for on in after:
            told.turn(on)
        ((when, turn),) = told.turns
        assert (turn.on, turn.folded) == (False, 0)
        assert turn.lasted_ms == round((when - at(-5).monotonic) * 1000)


def test_one_that_ended_while_the_ledger_was_read_is_told_as_ended() -> None:
    for flaps, folded in ((0, 0), (1, 0), (3, 2)):
        told = Told()
        told.turn(False)
        told.flap(flaps, 1.0)
        ended = told.now
        told.begin({NAME: at(-5)})
        ((_, turn),) = told.turns
        assert (turn.on, turn.folded, turn.lasted_ms) == (False, folded, round((ended - at(-5).monotonic) * 1000))


def test_a_ledger_that_is_opened_once_more_changes_nothing() -> None:
    told = Told().begin()
    told.turn(True)
    assert tuple(told.conditions.begin({"scanner": at()}, at(5))) == ()
    assert not told.conditions.is_on("scanner")


def test_of_very_many_the_one_that_changed_least_lately_is_forgotten() -> None:
    conditions = Conditions()
    conditions.begin({}, at())
    for number in range(MOST + 1):
        conditions.turn(f"{number}", True, at(number))
    assert not conditions.is_on("0")
    assert conditions.is_on("1")
    assert conditions.is_on(f"{MOST}")
    assert conditions.lasted_ms("1") == 0
