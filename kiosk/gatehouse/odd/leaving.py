"""The way out: barrier, exit loop, and who else was on it."""

from typing import Final

from kiosk.gatehouse.facts import Fact
from kiosk.gatehouse.marks import Mark, Part
from kiosk.gatehouse.odd.look import Look, Marks, seconds
from kiosk.gatehouse.odd.pace import FAR

QUICK_EXIT_S: Final = 1.0
"""From the barrier's opening to the loop beyond it: a boom alone needs longer to rise."""

SLOW_EXIT_S: Final = 45.0
"""Of the minute that a barrier is watched; a loaded truck that has pulled away is out in a quarter of it."""

SLOW_TIMES: Final = 3.6
SLOW_LEAST_S: Final = 30.0

QUICK_LOOP_S: Final = 0.8
"""On the loop: a truck has ten metres and more."""

LONG_LOOP_S, LONG_LOOP_TIMES = 25.0, 4.0

ALONE_BEFORE_S, ALONE_AFTER_S = 150.0, 90.0
"""Around a visit: another vehicle on the exit loop."""


def way_out(look: Look) -> Marks:
    """How it left, and whether anybody saw it."""
    passage = look.case.passage
    stopped = [
        fact for fact in look.case.of("hold", "interrupted") if fact.says.get("uplifted") and _same_visit(look, fact)
    ]
    for fact in stopped:
        reason = fact.text("reason")
        yield Mark("not seen leaving", 2, f"after the check: {reason}", Part.EXIT, entry=fact.seq)
    if passage is None:
        if look.over and not stopped:
            yield Mark("not seen leaving", 2, "nothing says that it drove out", Part.EXIT)
        return
    if not passage.says.get("seen"):
        yield Mark("not seen leaving", 2, "nobody saw it leave", Part.EXIT)
        return
    yield from _times(look, passage)


def _times(look: Look, passage: Fact) -> Marks:
    opened, at_exit = passage.time("opened"), passage.time("at_exit")
    if opened is None or at_exit is None or look.clock_stepped:
        return
    there, on_it = (at_exit - opened).total_seconds(), (passage.at.utc - at_exit).total_seconds()
    if 0 <= there < QUICK_EXIT_S:
        yield Mark("quick exit", 2, f"on the exit loop {seconds(there)} after the barrier opened", Part.EXIT)
    usual = (look.others.usually_ms("exit") or 0) / 1000
    if there >= SLOW_EXIT_S or (usual and there >= max(SLOW_LEAST_S, SLOW_TIMES * usual)):
        yield Mark("slow exit", 2, f"{seconds(there)} from the barrier to the exit loop", Part.EXIT)
    elif look.others.distance("exit", round(there * 1000)) >= FAR:
        yield Mark("slow exit", 1, f"{seconds(there)} from the barrier to the exit loop", Part.EXIT)
    if passage.says.get("late"):
        return
    usual = (look.others.usually_ms("loop") or 0) / 1000
    if 0 <= on_it < QUICK_LOOP_S:
        yield Mark("quick exit", 2, f"{seconds(on_it)} on the exit loop", Part.EXIT)
    elif on_it >= max(LONG_LOOP_S, LONG_LOOP_TIMES * usual):
        yield Mark("long on the loop", 2, f"{seconds(on_it)} on the exit loop: more than one vehicle?", Part.EXIT)


def other_vehicles(look: Look) -> Marks:
    """A vehicle on the exit loop that no uplift explains."""
    for fact in look.case.of("incident"):
        if fact.text("what") == "vehicle-at-exit-without-uplift" and look.near(fact, ALONE_BEFORE_S, ALONE_AFTER_S):
            when = "in the visit"
            if not look.in_visit(fact):
                ago = look.before_s(fact)
                when = f"{seconds(ago)} before" if ago >= 0 else f"{seconds(look.after_s(fact))} after"
            yield Mark("another vehicle", 2, f"another vehicle drove out {when}", Part.EXIT, entry=fact.seq)


def _same_visit(look: Look, fact: Fact) -> bool:
    return fact.text("visit") == look.record.visit
