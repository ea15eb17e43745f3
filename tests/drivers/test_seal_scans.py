"""What a seal reader's Scan is worth: new, bound, late, how old; and that a reader ends up armed as it should be."""

from collections import deque
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct

from drivers.seal_reader_values import SealReaderReady, SealReaderSetup, SealScanned, SealUnreadable, StrayScan
from drivers.seal_scans import MOST_REMEMBERED, Expected, ScanBook
from drivers.seal_talk import ANSWER_MS, Talk, Wanted
from hw.errors import DeviceFault
from sealwire.link import Down, Got, Link, Up
from sealwire.messages import NO_NONCE, Arm, Config, Hello, Result, Scan

NONCES = [bytes([number]) * 8 for number in range(4)]
"""The first stands for none."""


def scan(seq: int, *, nonce: bytes = NONCES[1], boot: int = 1, at_ms: int = 0, late: int = 0) -> Scan:
    return Scan(seq, nonce, boot, at_ms, late, "]C0", 0, b"NZ%d" % seq)


def book(unit: str = "A", boot: int = 1) -> ScanBook:
    made = ScanBook("seal reader")
    made.connected(unit, boot)
    return made


HELD = Expected(NONCES[1], 9)


class Came(Struct, frozen=True):
    """A Scan, and what was awaited when it came."""

    seq: int
    nonce: bytes
    late: bool
    expected: Expected


CAME = st.builds(
    Came,
    seq=st.integers(1, 12),
    nonce=st.sampled_from(NONCES),
    late=st.booleans(),
    expected=st.builds(Expected, nonce=st.sampled_from(NONCES), turn=st.integers(1, 3)),
)


@given(st.lists(CAME, max_size=40))
def test_whatever_comes_a_scan_is_told_once_and_counts_only_if_live_and_bound_to_what_is_awaited(
    all_that_came: list[Came],
) -> None:
    ours, had = book(), set[int]()
    for came in all_that_came:
        taken = ours.take(scan(came.seq, nonce=came.nonce, late=came.late), came.expected, 0)
        if came.seq in had:
            assert taken is None
            continue
        had.add(came.seq)
        counts = not came.late and came.nonce == came.expected.nonce and came.nonce != NO_NONCE
        assert taken is not None
        assert isinstance(taken, SealScanned) is counts
        assert isinstance(taken, StrayScan) is not counts
        assert taken.seq == came.seq
        if isinstance(taken, SealScanned):
            assert taken.turn == came.expected.turn


def test_what_is_remembered_is_bounded_and_is_the_newest() -> None:
    ours = book()
    for seq in range(MOST_REMEMBERED + 10):
        assert ours.take(scan(seq), HELD, 0) is not None
    assert len(ours._had) == MOST_REMEMBERED
    assert ours.take(scan(MOST_REMEMBERED + 9), HELD, 0) is None
    assert ours.take(scan(10), HELD, 0) is None


def test_the_same_number_of_another_reader_is_another_scan() -> None:
    ours = book("A")
    assert ours.take(scan(1), HELD, 0) is not None
    ours.connected("B", 1)
    assert ours.take(scan(1), HELD, 0) is not None
    ours.connected("A", 1)
    assert ours.take(scan(1), HELD, 0) is None


def told(ours: ScanBook) -> list[int]:
    """What the reader that is connected is told of now, as scans that it need not keep."""
    return list(iter(ours.next_kept, None))


def test_a_reader_is_told_once_that_a_scan_is_kept_and_again_when_it_sends_that_again() -> None:
    ours = book()
    ours.take(scan(1), HELD, 0)
    ours.take(scan(1), HELD, 0)
    assert told(ours) == []
    ours.keep("A", 1)
    assert told(ours) == [1]
    for _ in range(3):
        assert ours.take(scan(1), HELD, 0) is None
    assert told(ours) == [1]


def test_what_is_kept_is_told_to_the_reader_whose_it_is_and_to_no_other() -> None:
    ours = book("A")
    ours.take(scan(1), HELD, 0)
    ours.connected("B", 1)
    ours.keep("A", 1)
    assert told(ours) == []
    ours.take(scan(1), HELD, 0)
    assert told(ours) == []
    ours.connected("A", 1)
    ours.take(scan(1), HELD, 0)
    assert told(ours) == [1]


def test_what_was_not_told_before_the_reader_came_again_waits_until_it_asks() -> None:
    ours = book()
    ours.take(scan(1), HELD, 0)
    ours.keep("A", 1)
    ours.connected("A", 1)
    assert told(ours) == []


def test_a_reader_that_has_lost_its_counts_may_use_its_numbers_again() -> None:
    ours = book(boot=7)
    assert ours.take(scan(1), HELD, 0) is not None
    ours.connected("A", 8)
    assert ours.take(scan(1), HELD, 0) is None
    ours.connected("A", 1)
    assert ours.take(scan(1), HELD, 0) is not None


@pytest.mark.parametrize(
    ("heard_at_ms", "taken_at_ms", "age_ms"),
    [(5_000, 1_000, 4_500), (5_000, 5_600, 0), ((1 << 32) - 100, (1 << 32) - 300, 700), (400, (1 << 32) - 100, 1_000)],
    ids=["past", "said before it was read", "at the clock's end", "across the clock's end"],
)
def test_the_age_of_a_late_scan_is_told_by_the_readers_own_clock(
    heard_at_ms: int, taken_at_ms: int, age_ms: int
) -> None:
    ours = book()
    ours.heard_time(heard_at_ms, 70_000)
    taken = ours.take(scan(1, at_ms=taken_at_ms, late=1), HELD, 70_500)
    assert isinstance(taken, StrayScan)
    assert taken.age_ms == age_ms


def test_a_live_scan_tells_the_readers_clock_and_another_run_of_it_none() -> None:
    ours = book()
    assert isinstance(ours.take(scan(1, at_ms=1_000), HELD, 50_000), SealScanned)
    ages = [ours.take(scan(seq, at_ms=900, late=1, boot=boot), HELD, 50_200) for seq, boot in ((2, 1), (3, 2))]
    assert [age.age_ms for age in ages if isinstance(age, StrayScan)] == [300, None]
    ours.connected("A", 2)
    stray = ours.take(scan(4, at_ms=900, late=1, boot=1), HELD, 50_300)
    assert isinstance(stray, StrayScan)
    assert stray.age_ms is None


def test_a_bound_scan_of_no_text_is_unreadable_with_what_came() -> None:
    bad = Scan(1, NONCES[1], 1, 0, 0, "]X9", 0, b"\tNZ\\1")
    taken = book().take(bad, HELD, 0)
    assert isinstance(taken, SealUnreadable)
    assert (taken.turn, taken.text) == (9, "\\x09NZ\\\\1")
    assert "]X9" in taken.why


# --- arming, over a line that loses, in a time of its own ---------------------------------------------


class Line:
    """Kiosk and reader, and a time that passes only here."""

    def __init__(self) -> None:
        self.now = 0
        self.ups = 0
        self.reports: list[object] = []
        self.answers: deque[Result] = deque(maxlen=8)
        self.wanted = Wanted(Expected(), SealReaderSetup())
        self.armed_with = b"?"
        self.configs: list[Config] = []
        self.reader = Link(Hello("A", "1", "bench", boot=1), 1, 0)
        self.open()

    def open(self) -> None:
        self.ups += 1
        name = "seal reader"
        me = Hello("kiosk", "1", "kiosk")
        self.talk = Talk(name, me, 100 + self.ups, ScanBook(name), self.reports.append, lambda: None, self.now)

    def step(self, *, lost: bool) -> None:
        """A tenth of a second; what is said in it may be lost."""
        self.now += 100
        try:
            to_reader = self.talk.say(self.wanted, self.answers, self.now)
            to_kiosk, events = self.reader.poll(self.now)
            events += self.reader.receive(b"" if lost else to_reader, self.now)
            self.talk.take(b"" if lost else to_kiosk, self.wanted.expected, self.now)
        except DeviceFault:
            self.open()
            return
        for event in events:
            self.took(event)

    def took(self, event: Any) -> None:
        match event:
            case Up() | Down():
                self.armed_with = NO_NONCE
            case Got(message=Arm() as arm):
                self.armed_with = arm.nonce
            case Got(message=Config() as config):
                self.configs.append(config)


STEPS = st.one_of(
    st.tuples(st.just("want"), st.sampled_from(NONCES)),
    st.tuples(st.just("volume"), st.integers(0, 10)),
    st.tuples(st.just("say"), st.booleans()),
    st.tuples(st.just("say"), st.booleans()),
    st.tuples(st.just("silence"), st.integers(1, 60)),
    st.tuples(st.just("open"), st.none()),
    st.tuples(st.just("answer"), st.none()),
)


@given(st.lists(STEPS, max_size=30))
def test_whatever_happened_the_reader_ends_armed_and_set_up_as_it_should_be(steps: list[tuple[str, Any]]) -> None:
    line = Line()
    for what, value in steps:
        match what:
            case "want":
                line.wanted = Wanted(Expected(value, 1), line.wanted.setup)
            case "volume":
                line.wanted = Wanted(line.wanted.expected, SealReaderSetup(volume=value))
            case "say":
                line.step(lost=value)
            case "silence":
                for _ in range(value):
                    line.step(lost=True)
            case "open":
                line.open()
            case _:
                line.answers.append(Result(1, Result.ACCEPTED, ""))
    for _ in range(80):
        line.step(lost=False)
    assert line.armed_with == line.wanted.expected.nonce
    assert line.configs[-1].volume == line.wanted.setup.volume
    assert any(isinstance(report, SealReaderReady) for report in line.reports)


def test_a_reader_that_starts_anew_after_a_while_is_given_its_time_to_greet() -> None:
    line = Line()
    for _ in range(ANSWER_MS // 100 + 20):
        line.step(lost=False)
    line.reader = Link(Hello("A", "1", "bench", boot=2), 7, line.now)
    for _ in range(3):
        line.step(lost=True)
    for _ in range(20):
        line.step(lost=False)
    assert line.ups == 1, "the port was not opened again"
    assert [report.boot for report in line.reports if isinstance(report, SealReaderReady)] == [1, 2]
