"""The walk-through's steps, for the devices that a site has, one after the other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from drivers.gate_values import Lamp, Loop
from kiosk.commissioning.card_steps import CardStep
from kiosk.commissioning.gate_steps import BarrierStep, BuzzerStep, CabinetStep, LampStep, LoopStep
from kiosk.commissioning.power_steps import PowerStep
from kiosk.commissioning.scan_steps import ScannerStep, SealReaderStep
from kiosk.commissioning.step import Outcome, Result, walked
from kiosk.commissioning.talk import Ended

if TYPE_CHECKING:
    from kiosk.commissioning.step import Step, Walk
    from kiosk.site import Site

ENDED = "the walk-through was ended before"
"""Why the steps were skipped that were not reached."""


def steps_for(site: Site) -> tuple[Step, ...]:
    """The steps, as an installer goes about: what lies at hand first, then the lane and the boom, at last the plugs."""
    first = CardStep()
    scanner: tuple[Step, ...] = (ScannerStep(),) if site.scanner is not None else ()
    readers = tuple(SealReaderStep(each.name, turn) for turn, each in enumerate(site.seal_readers, start=1))
    names = (site.reader.name, *site.plan.scanners)
    return (
        *(first, CardStep(first), *scanner, *readers),
        *map(LampStep, (Lamp.RED, Lamp.AMBER, Lamp.GREEN)),
        *(BuzzerStep(), LoopStep(Loop.ENTRY), LoopStep(Loop.EXIT), CabinetStep(), BarrierStep()),
        *map(PowerStep, names),
    )


def walk_through(steps: tuple[Step, ...], walk: Walk) -> Iterator[Result]:
    """Walk the steps, until one is the last or the installer ends it."""
    for number, step in enumerate(steps, start=1):
        try:
            yield walked(step, walk, number, len(steps))
        except (Ended, KeyboardInterrupt):
            walk.talk.say("  ended")
            return


def not_reached(steps: tuple[Step, ...], results: Sequence[Result], at: datetime) -> Iterator[Result]:
    """The steps that were not reached: they count as skipped."""
    for step in steps[len(results) :]:
        yield Result(step.name, Outcome.SKIPPED, ENDED, at)
