"""The table at the end of a chaos run."""

from collections import Counter
from collections.abc import Iterator

from tests.chaos.resources import Life
from tests.chaos.run import SAFE_S, Outcome
from tests.chaos.service import BACK_S, Service
from tests.chaos.visits import Visit

LIVES = 3
"""Processes of which is told what they held: those that lived longest."""


def report(outcome: Outcome, seed: int) -> str:
    """What came of a run, for people."""
    verdict = "VIOLATED" if outcome.violations else "nothing was violated"
    lines = (
        f"\nseed {seed}: {verdict}",
        *_people(outcome),
        *_kiosk(outcome),
        *_back(outcome.service),
        *_lives(outcome.lives),
        *(f"VIOLATION: {each}" for each in outcome.violations),
    )
    return "\n".join(lines)


def _people(outcome: Outcome) -> Iterator[str]:
    past, stuck = outcome.people.past, outcome.people.stuck
    ways = Counter((visit.way.name, visit.opened) for visit in past)
    told = (f"{way} {ways[way, True]}/{ways[way, True] + ways[way, False]}" for way in sorted({way for way, _ in ways}))
    yield f"people: {len(past)} visits (let out/all): {', '.join(told)}"
    unserved = Counter(visit.refused or "left" for visit in past if _was_right(visit) and not visit.opened)
    yield f"        right, undisturbed and not let out: {_listed(unserved)}"
    yield f"        lost patience: {_listed(Counter(stuck))}"


def _was_right(visit: Visit) -> bool:
    return visit.may_open and not visit.disturbed


def _listed(counts: Counter[str]) -> str:
    return ", ".join(f"{count} {what}" for what, count in counts.most_common()) or "nobody"


def _kiosk(outcome: Outcome) -> Iterator[str]:
    judge = outcome.judge
    yield f"barrier: {judge.openings} openings"
    yield f"ledger: {judge.entries} entries, {judge.acknowledged} acknowledged to somebody; verify: {outcome.verified}"
    codes = Counter(f"with {end.code}" for end in outcome.ends)
    yield f"kiosk: {len(outcome.ends)} ends: {_listed(codes)}; {outcome.aborts} by the watchdog"
    rests = sorted(each.after_s for each in outcome.rests if each.after_s is not None)
    if rests:
        pulses = sum(each.barrier for each in outcome.rests)
        told = f"{len(rests)} ends with an output energised, {pulses} of them in a pulse"
        yield f"outputs at rest after an end: {told}; at most {rests[-1]:.2f} s (bar {SAFE_S:g} s)"
    yield f"out of service: {outcome.service.out_s:.0f} s in all"


def _back(service: Service) -> Iterator[str]:
    yield f"\n{'back in service after':36}{'n':>5}{'median s':>10}{'max s':>8}   (bar {BACK_S:g} s)"
    for kind, count, middle, longest in service.table():
        yield f"{kind:36}{count:5}{middle:10.1f}{longest:8.1f}"


def _lives(lives: list[Life]) -> Iterator[str]:
    yield "\nprocesses that lived longest:"
    sampled = sorted((life for life in lives if life.samples), key=lambda life: -life.samples[-1].age_s)
    for life in sampled[:LIVES]:
        first, last = life.samples[0], life.samples[-1]
        growth = "too short to be judged" if life.growth is None else f"{life.growth:+.1%} after the warm-up"
        held = (
            f"memory {first.pss_kb / 1024:.1f} -> {last.pss_kb / 1024:.1f} MiB, {growth}",
            f"descriptors {first.files.total()} -> {last.files.total()}",
            f"threads {first.threads.total()} -> {last.threads.total()}",
        )
        yield f"  start {life.number}: {last.age_s / 60:.0f} min, {len(life.samples)} looks; {'; '.join(held)}"
