"""Chaos in real time, for minutes: the kiosk as it is comes through, and each planted defect is caught.

Two hours of it are ``scripts/chaos``; docs/chaos.md has the figures.
"""

import sys

import pytest

from tests.chaos.defects import DEFECTS
from tests.chaos.run import Outcome, Settings, run
from tests.chaos.schedule import Planned

SEED = 20261201
MINUTES = 4.0
LEAST_OPENINGS = 5

pytestmark = [pytest.mark.long, pytest.mark.timeout(1200)]

DURING = {
    "leaks_descriptors": [Planned(6 + 6.0 * each, "card reader unplugged", 0.5, each) for each in range(16)],
    "stays_out_of_service": [Planned(8, "card reader unplugged", 1.0, 1)],
    "leaves_outputs_energised": [Planned(4 + 12.0 * each, "kiosk killed in a pulse", 0.0, each) for each in range(6)],
}
"""What it takes for a defect to do harm; the others need nothing but drivers."""

CAUGHT_BY = {
    "opens_before_the_entry": "expected an uplift in the journal before, got none",
    "does_not_sync": "got it in memory alone",
    "drops_an_entry": "the barrier opened",
    "takes_any_seal": "expected it shut for one who scans the seal of another container",
    "leaks_descriptors": "holds more and more: file /dev/null",
    "stays_out_of_service": "not back in service",
    "leaves_outputs_energised": "outputs at rest",
}


def told(outcome: Outcome) -> str:
    return "\n".join([*outcome.violations, *outcome.happened[-30:]])


def test_the_kiosk_comes_through_minutes_of_chaos() -> None:
    outcome, _ = run(Settings(MINUTES, SEED, say=lambda _: None))
    assert not outcome.violations, told(outcome)
    assert outcome.judge.openings >= LEAST_OPENINGS


@pytest.mark.parametrize("name", DEFECTS)
def test_a_planted_defect_is_caught(name: str) -> None:
    plan = DURING.get(name, [])
    minutes = max(1.5, (plan[-1].at_s + 20) / 60 if plan else 0)
    program = (sys.executable, "-m", "tests.chaos.defects", name)
    outcome, _ = run(Settings(minutes, SEED, plan, program, say=lambda _: None))
    assert any(CAUGHT_BY[name] in each for each in outcome.violations), told(outcome)
