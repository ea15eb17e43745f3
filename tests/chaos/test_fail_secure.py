"""Fail-secure: an exception at any call of the kiosk's code leaves outputs at rest, and opens nothing unrecorded."""

import os
from pathlib import Path

import pytest

from drivers.gate_cycle import GateCycle
from kiosk.core import visit
from kiosk.core.effects import OpenBarrier
from kiosk.ledger import journal
from tests.chaos.made_up.callers import Callers
from tests.chaos.made_up.fail_secure import FailSecure, run, run_each_call
from tests.chaos.made_up.kiosk import Kiosk

SEED = 20261201
QUICK_STEPS, QUICK_CALLS = 250, 40
STEPS = 50_000


def assert_secure(made: FailSecure) -> None:
    assert made.violations == [], f"seed {SEED}: {made.violations[:5]}"
    assert made.openings.count, "a run in which nothing opens proves nothing"


def test_random_steps_with_exceptions_open_nothing_unrecorded_and_leave_nothing_energised(tmp_path: Path) -> None:
    made = run(tmp_path, QUICK_STEPS, SEED)
    assert_secure(made)
    assert made.injector.struck.total() > 0


def test_an_exception_at_calls_of_a_signature_opens_nothing_unrecorded(tmp_path: Path) -> None:
    made, calls = run_each_call(tmp_path, SEED, QUICK_CALLS)
    assert_secure(made)
    assert calls > 300
    assert made.injector.struck.total() > QUICK_CALLS / 3


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_50_000_random_steps_with_exceptions(tmp_path: Path) -> None:
    made = run(tmp_path, STEPS, SEED)
    assert_secure(made)
    assert made.steps == STEPS


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_an_exception_at_each_call_of_a_signature(tmp_path: Path) -> None:
    made, calls = run_each_call(tmp_path, SEED)
    assert_secure(made)
    assert made.steps == calls + 2
    assert len(made.injector.struck) > 100


# --- the judge is not blind ------------------------------------------------------------------------------


def test_an_entry_that_is_not_synced_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Lazy:
        def __getattr__(self, name: str) -> object:
            return (lambda _: None) if name == "fdatasync" else getattr(os, name)

    monkeypatch.setattr(journal, "os", Lazy())
    made, _ = run_each_call(tmp_path, SEED, 0)
    assert any("expected a durable uplift of its own" in each for each in made.violations)


def test_a_barrier_that_opens_when_the_entry_is_asked_for_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = visit.Visit._enter

    def enter(self: visit.Visit, state: visit.State, *arguments: object, **named: object) -> list[object]:
        effects = real(self, state, *arguments, **named)  # type: ignore[arg-type]
        if state is visit.State.COMMITTING:
            effects.append(OpenBarrier(self.file.visit_id, 0))
        return list(effects)

    monkeypatch.setattr(visit.Visit, "_enter", enter)
    made, _ = run_each_call(tmp_path, SEED, 0)
    assert any("expected a durable uplift of its own" in each for each in made.violations)


def test_a_second_tap_of_anybody_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The entry is there, and does not say what was done."""
    monkeypatch.setattr(Callers, "_tap", _tap_by_another(Callers._tap))
    made, _ = run_each_call(tmp_path, SEED, 0)
    assert any("expected two taps of the driver's own card" in each for each in made.violations)


def _tap_by_another(real: object) -> object:
    def tap(self: Callers, seen: object, driver: object) -> None:
        real(self, seen, driver)  # type: ignore[operator]
        seen.laid[-1] = (0.0, "somebody else")  # type: ignore[attr-defined]

    return tap


def test_a_pulse_that_nobody_ends_is_found_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(GateCycle, "_close_barrier", lambda *_: None)
    made, _ = run_each_call(tmp_path, SEED, 0)
    assert any("the relay was energised for" in each for each in made.violations)


def test_outputs_that_nobody_puts_to_rest_after_a_kill_are_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(GateCycle, "end", lambda _: None)
    monkeypatch.setattr(Kiosk, "rest", lambda _: None)
    monkeypatch.setattr("tests.chaos.made_up.kiosk._MortalPins.__exit__", lambda *_: None)
    made, _ = run_each_call(tmp_path, SEED, 12)
    assert any("outputs do not rest after the end" in each for each in made.violations)
