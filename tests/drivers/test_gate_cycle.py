"""The gate turn by turn, on bench pins and with a clock that the test moves."""

import itertools
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import settings as settings_of_hypothesis
from hypothesis import strategies as st

from drivers.gate_cycle import GateCycle, Orders
from drivers.gate_values import (
    LATEST_START_S,
    LEAST_REST_S,
    LONGEST_LAMP_S,
    LONGEST_PULSE_S,
    LONGEST_TONE_S,
    LOOP_SETTLE_S,
    PATTERNS,
    SHORT_MS,
    SHORTEST_PULSE_S,
    TAMPER_SETTLE_S,
    BarrierClosed,
    BarrierFailed,
    BarrierOpened,
    GateReport,
    GateSettings,
    Lamp,
    Loop,
    LoopChanged,
    TamperChanged,
    Tone,
)
from hw.bench.pins import BenchBoard, PinChange
from hw.boards import load_board
from hw.errors import DeviceFault
from hw.pins import Direction, Level
from tests.drivers.gate_bench import (
    AMBER,
    BARRIER,
    BUZZER,
    ENTRY,
    EXIT,
    GREEN,
    RED,
    TAMPER,
    Reports,
    levels,
    settings,
    shut_cabinet,
)

TURN_MS = 10
OPENED, CLOSED = BarrierOpened("gate"), BarrierClosed("gate")


class Bench:
    """A cycle with its board, its reports with the time of each in ms, and its clock in whole ms."""

    def __init__(self, of: GateSettings | None = None) -> None:
        self.board = shut_cabinet(BenchBoard())
        self.reports: list[tuple[int, GateReport]] = []
        self.ms = 0
        self.pins = self.board.open()
        self.cycle = GateCycle(of or settings(), self.pins, lambda report: self.reports.append((self.ms, report)))

    def turn(self, orders: Orders | None = None) -> None:
        self.ms += TURN_MS
        self.cycle.turn(self.ms / 1000, orders or Orders())

    def run(self, ms: int) -> None:
        for _ in range(ms // TURN_MS):
            self.turn()

    def open_now(self) -> Orders:
        return Orders(open_asked_at=self.ms / 1000)

    def barrier_reports(self) -> list[tuple[int, GateReport]]:
        kinds = (BarrierOpened, BarrierClosed, BarrierFailed)
        return [(ms, report) for ms, report in self.reports if isinstance(report, kinds)]


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.pins.close()


def test_every_output_starts_at_rest_the_barrier_first(bench: Bench) -> None:
    outputs = [change for change in bench.board.changes if change.direction is Direction.OUT]
    assert outputs == [PinChange(bcm, Direction.OUT, Level.LOW) for bcm in (BARRIER, RED, AMBER, GREEN, BUZZER)]


def test_a_pulse_lasts_as_long_as_it_is_set(bench: Bench) -> None:
    bench.turn(bench.open_now())
    bench.run(3000)
    assert bench.barrier_reports() == [(10, OPENED), (1010, CLOSED)]
    assert levels(bench.board, BARRIER) == ["out low", "out high", "out low"]


def test_a_call_during_a_pulse_neither_lengthens_it_nor_begins_another(bench: Bench) -> None:
    bench.turn(bench.open_now())
    for _ in range(100):
        bench.turn(bench.open_now())
    bench.run(1000)
    assert bench.barrier_reports() == [(10, OPENED), (1010, CLOSED)]


def test_a_call_while_the_relay_rests_between_pulses_is_refused_and_not_kept(bench: Bench) -> None:
    bench.turn(bench.open_now())
    bench.run(1000)
    bench.turn(bench.open_now())
    bench.run(3000)
    assert bench.barrier_reports() == [
        (10, OPENED),
        (1010, CLOSED),
        (1020, BarrierFailed("gate", f"the relay rests {LEAST_REST_S} s between pulses, and has not yet")),
    ]
    bench.turn(bench.open_now())
    assert bench.barrier_reports()[-1] == (4030, OPENED)


def test_a_call_that_waited_too_long_is_refused(bench: Bench) -> None:
    bench.run(1000)
    bench.turn(Orders(open_asked_at=0.0))
    bench.run(2000)
    why = f"the pulse could not begin within {LATEST_START_S} s of being asked for"
    assert bench.barrier_reports() == [(1010, BarrierFailed("gate", why))]
    assert levels(bench.board, BARRIER) == ["out low"]


@settings_of_hypothesis(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 80)), max_size=30),
    st.sampled_from([SHORTEST_PULSE_S, 0.5, 1.0, LONGEST_PULSE_S]),
)
def test_whatever_is_asked_the_relay_is_never_energised_longer_than_its_pulse_nor_twice_without_a_rest(
    asked: list[tuple[bool, int]], pulse_s: float
) -> None:
    bench = Bench(settings(pulse_s))
    seen: list[tuple[int, Level]] = []
    bench.board.watch(lambda change: seen.append((bench.ms, change.level)) if change.bcm == BARRIER else None)
    for ask, turns in asked:
        bench.turn(bench.open_now() if ask else None)
        bench.run(turns * TURN_MS)
    bench.run(int(pulse_s * 1000) + TURN_MS)
    changes = list(seen)
    bench.pins.close()
    assert [level for _, level in changes] == [Level.HIGH, Level.LOW] * (len(changes) // 2)
    moments = [ms for ms, _ in changes]
    lasted = [off - on for on, off in zip(moments[::2], moments[1::2], strict=True)]
    rested = [on - off for off, on in zip(moments[1::2], moments[2::2], strict=False)]
    assert all(ms <= pulse_s * 1000 + TURN_MS for ms in lasted)
    assert all(ms >= LEAST_REST_S * 1000 - 1 for ms in rested)
    assert bool(changes) is any(ask for ask, _ in asked)
    answers = [type(report) for _, report in bench.barrier_reports() if not isinstance(report, BarrierFailed)]
    assert answers == [BarrierOpened, BarrierClosed] * (len(changes) // 2)


def test_a_relay_pin_that_does_not_follow_is_a_failure_and_is_driven_back(bench: Bench) -> None:
    bench.board.short(BARRIER, Level.LOW)
    bench.turn(bench.open_now())
    bench.board.short(BARRIER, None)
    bench.run(2000)
    why = "GPIO 17 did not go high: look for a short at the barrier relay"
    assert bench.barrier_reports() == [(10, BarrierFailed("gate", why))]
    assert levels(bench.board, BARRIER) == ["out low"]


def test_a_relay_pin_that_stays_energised_is_a_failure_and_a_fault(bench: Bench) -> None:
    bench.turn(bench.open_now())
    bench.board.short(BARRIER, Level.HIGH)
    with pytest.raises(DeviceFault, match="barrier relay: expected GPIO 17 low, the relay at rest, got it stays high"):
        bench.run(2000)
    assert [type(report) for _, report in bench.barrier_reports()] == [BarrierOpened, BarrierFailed]
    bench.board.short(BARRIER, None)


def test_a_relay_pin_that_is_energised_at_the_start_is_a_fault() -> None:
    board = BenchBoard()
    board.short(BARRIER, Level.HIGH)
    with board.open() as pins, pytest.raises(DeviceFault, match="got it stays high; look for a short"):
        GateCycle(settings(), pins, Reports())


def test_pins_that_fail_when_the_barrier_is_to_open_are_a_failure_and_a_fault(bench: Bench) -> None:
    bench.board.break_down("no answer")
    with pytest.raises(DeviceFault):
        bench.turn(bench.open_now())
    bench.board.break_down(None)
    bench.cycle.end()
    assert [type(report) for _, report in bench.barrier_reports()] == [BarrierFailed]
    assert levels(bench.board, BARRIER) == ["out low"]


def test_the_end_of_a_session_ends_its_pulse_and_says_so(bench: Bench) -> None:
    bench.turn(bench.open_now())
    bench.cycle.end()
    bench.cycle.end()
    assert bench.barrier_reports() == [(10, OPENED), (10, CLOSED)]
    assert levels(bench.board, BARRIER) == ["out low", "out high", "out low"]


def test_a_relay_that_cannot_be_brought_to_rest_at_the_end_is_a_failure(bench: Bench) -> None:
    bench.turn(bench.open_now())
    bench.board.break_down("no answer")
    bench.cycle.end()
    bench.board.break_down(None)
    assert [type(report) for _, report in bench.barrier_reports()] == [BarrierOpened, BarrierFailed]


def test_an_active_low_relay_is_energised_by_the_low_level() -> None:
    wiring = load_board("pi4", {"barrier": {"bcm": 4, "active": "low"}}).wiring
    bench = Bench(GateSettings("gate", wiring))
    bench.turn(bench.open_now())
    bench.run(1000)
    bench.pins.close()
    assert levels(bench.board, 4) == ["out high", "out low", "out high", "in high"]


def test_one_lamp_at_a_time_the_old_one_out_first(bench: Bench) -> None:
    before = len(bench.board.changes)
    for lamp in (Lamp.RED, Lamp.RED, Lamp.GREEN, Lamp.AMBER, Lamp.OFF):
        bench.turn(Orders(lamp=lamp))
    assert [(change.bcm, change.level.value) for change in bench.board.changes[before:]] == [
        (RED, "high"),
        (RED, "low"),
        (GREEN, "high"),
        (GREEN, "low"),
        (AMBER, "high"),
        (AMBER, "low"),
    ]


def test_a_lamp_that_nobody_shows_again_goes_dark(bench: Bench) -> None:
    bench.turn(Orders(lamp=Lamp.GREEN))
    bench.ms += int(LONGEST_LAMP_S * 1000) - 2 * TURN_MS
    bench.turn(Orders(lamp=Lamp.GREEN))
    bench.ms += int(LONGEST_LAMP_S * 1000) - 2 * TURN_MS
    bench.turn()
    assert bench.board.level(GREEN) is Level.HIGH
    bench.turn()
    assert bench.board.level(GREEN) is Level.LOW


@pytest.mark.parametrize("tone", Tone)
def test_a_tone_sounds_as_its_pattern_says_and_ends(bench: Bench, tone: Tone) -> None:
    moments: list[int] = []
    bench.board.watch(lambda change: moments.append(bench.ms) if change.bcm == BUZZER else None)
    bench.turn(Orders(tone=tone))
    bench.run(5000)
    edges = [0]
    for beep in PATTERNS[tone]:
        edges += [edges[-1] + beep.on_ms, edges[-1] + beep.on_ms + beep.off_ms]
    expected = [10 + edge for edge in edges[:-1]]
    assert len(moments) == len(expected)
    assert all(0 <= came - due <= TURN_MS for came, due in zip(moments, expected, strict=True))


def heard(tone: Tone) -> tuple[float, ...]:
    """What is heard of a tone on the bench's buzzer: how long it sounds each time, in short sounds."""
    bench, moments = Bench(), list[int]()
    bench.board.watch(lambda change: moments.append(bench.ms) if change.bcm == BUZZER else None)
    bench.turn(Orders(tone=tone))
    bench.run(5000)
    edges = list(moments)
    bench.pins.close()
    return tuple((off - on) / SHORT_MS for on, off in zip(edges[::2], edges[1::2], strict=True))


def test_each_tone_is_told_from_every_other_by_how_often_and_how_long_it_sounds() -> None:
    """Where two sound as often, one of their sounds is at least twice as long: nobody needs to know both."""
    tones = {tone: heard(tone) for tone in Tone}
    for one, other in itertools.combinations(tones.values(), 2):
        ratios = [max(a, b) / min(a, b) for a, b in zip(one, other, strict=False)]
        assert len(one) != len(other) or max(ratios) >= 2
    assert {tone: len(sounds) for tone, sounds in tones.items()} == {
        Tone.ACCEPTED: 1, Tone.ATTENTION: 2, Tone.AGAIN: 2, Tone.REFUSED: 3, Tone.GO: 1,
    }  # fmt: skip


def test_no_pattern_is_longer_than_the_buzzer_may_sound() -> None:
    assert all(sum(beep.on_ms + beep.off_ms for beep in beeps) <= 1000 * LONGEST_TONE_S for beeps in PATTERNS.values())


def test_a_tone_begun_again_and_again_does_not_keep_the_buzzer_on(bench: Bench) -> None:
    moments: list[int] = []
    bench.board.watch(lambda change: moments.append(bench.ms) if change.bcm == BUZZER else None)
    for _ in range(1000):
        bench.turn(Orders(tone=Tone.ATTENTION))
    on = [off - on for on, off in zip(moments[::2], moments[1::2], strict=False)]
    assert on
    assert max(on) <= LONGEST_TONE_S * 1000 + TURN_MS


def test_the_first_settled_state_of_each_input_is_told_at_the_start(bench: Bench) -> None:
    bench.board.set_input(EXIT, Level.LOW)
    bench.run(1000)
    assert [report for _, report in bench.reports] == [
        TamperChanged("gate", open=False),
        LoopChanged("gate", Loop.ENTRY, occupied=False),
        LoopChanged("gate", Loop.EXIT, occupied=True),
    ]
    due = [10 + round(1000 * settle_s) for settle_s in (TAMPER_SETTLE_S, LOOP_SETTLE_S, LOOP_SETTLE_S)]
    assert all(0 <= ms - at <= TURN_MS for (ms, _), at in zip(bench.reports, due, strict=True))


def test_a_truck_over_both_loops_is_told_once_each_way_whatever_the_contacts_chatter(bench: Bench) -> None:
    bench.run(1000)
    bench.reports.clear()
    for loop in (ENTRY, EXIT):
        for level in (Level.LOW, None) * 5 + (Level.LOW,):
            bench.board.set_input(loop, level)
            bench.turn()
        bench.run(500)
        bench.board.set_input(loop, None)  # the gap of a coupling, shorter than the settling time
        bench.run(150)
        bench.board.set_input(loop, Level.LOW)
        bench.run(500)
        bench.board.set_input(loop, None)
        bench.run(500)
    assert [report for _, report in bench.reports] == [
        LoopChanged("gate", Loop.ENTRY, occupied=True),
        LoopChanged("gate", Loop.ENTRY, occupied=False),
        LoopChanged("gate", Loop.EXIT, occupied=True),
        LoopChanged("gate", Loop.EXIT, occupied=False),
    ]


def test_an_opened_cabinet_and_a_cut_wire_both_read_as_open(bench: Bench) -> None:
    bench.run(1000)
    bench.reports.clear()
    bench.board.set_input(TAMPER, None)
    bench.run(100)
    assert [report for _, report in bench.reports] == [TamperChanged("gate", open=True)]


@pytest.mark.parametrize(
    "pulse_s", [0.0, SHORTEST_PULSE_S / 2, LONGEST_PULSE_S + 0.001, -1.0, float("nan"), float("inf")]
)
def test_a_pulse_out_of_its_bounds_is_refused(pulse_s: float) -> None:
    with pytest.raises(ValueError, match=r"gate: expected pulse_s from 0\.1 to 5\.0 s, got"):
        settings(pulse_s)


@pytest.mark.parametrize("field", ["loop_settle_s", "tamper_settle_s"])
@pytest.mark.parametrize("settle_s", [-0.01, float("nan"), float("inf")])
def test_a_settling_time_that_is_none_is_refused(field: str, settle_s: float) -> None:
    wiring = load_board("pi4").wiring
    with pytest.raises(ValueError, match=f"gate: expected {field} of 0 s or more, got"):
        GateSettings("gate", wiring, **{field: settle_s})
