"""The kiosk itself: its cabinet, its power, its clock, its ledger, its records, and staff beside it."""

from datetime import datetime, timedelta
from typing import Final

from kiosk.core.times import ClockState, seconds_between
from kiosk.gatehouse.facts import Fact
from kiosk.gatehouse.marks import Mark, Part
from kiosk.gatehouse.odd.look import Look, Marks, seconds

CABINET_BEFORE_S, CABINET_AFTER_S = 15 * 60, 5 * 60
"""Around a visit: what was done to the kiosk was done for it."""

STARTED_BEFORE_S: Final = 10 * 60
FIRST_AFTER_S: Final = 60 * 60
"""The first uplift after the kiosk was started: within this it is told, within the former it weighs."""

LEDGER_BEFORE_S, LEDGER_AFTER_S = 10 * 60, 5 * 60

STEP_MS: Final = 60_000
"""By so much a time source corrects no clock that was right a moment ago."""

STEP_BEFORE_S, STEP_AFTER_S = 15 * 60, 10 * 60

RECORDS_BEFORE_S: Final = 10 * 60

OFF_BEFORE_S, ON_AFTER_S = 10 * 60, 15 * 60
"""Staff who go off duty, let a truck pass alone, and come back."""

ALONE_FEWEST, ALONE = 20, 0.03
"""A state of the clock that hardly any other uplift had: a time source that is away is away for hours."""

_CLOCKS: Final = {ClockState.DOUBTFUL: 2, ClockState.RTC: 1, ClockState.COASTING: 1}
_CAME_UP: Final = {
    "kiosk-started": "the kiosk came up after a loss of power",
    "torn-tail": "an entry was cut off by a loss of power",
    "head-restored": "the ledger's head was restored",
    "restored": "the ledger was restored from a backup",
}
_APART: Final = timedelta(seconds=2)
"""Between what the body says and when the entry was written: a commit takes milliseconds."""


def cabinet(look: Look) -> Marks:
    """Whoever opens the cabinet has reader, relay and disk in hand."""
    if look.case.cabinet is not None:
        text = f"the kiosk's cabinet stood open: entry {look.case.cabinet}"
        yield Mark("cabinet", 3, text, Part.KIOSK, entry=look.case.cabinet)
    for fact in look.case.of("incident"):
        if fact.text("what") != "cabinet-opened" or fact.seq == look.case.cabinet:
            continue
        if look.in_visit(fact):
            yield Mark("cabinet", 3, "the kiosk's cabinet was opened in the visit", Part.KIOSK, entry=fact.seq)
        elif look.near(fact, CABINET_BEFORE_S, CABINET_AFTER_S):
            yield Mark("cabinet", 2, f"the kiosk's cabinet was opened {_when(look, fact)}", Part.KIOSK, entry=fact.seq)


def power(look: Look) -> Marks:
    """The kiosk was started anew shortly before."""
    stopped = {fact.seq for fact in look.case.of("kiosk-stopped")}
    for fact in look.case.of("kiosk-started", "torn-tail", "head-restored", "restored"):
        ago = look.before_s(fact)
        if not 0 <= ago <= FIRST_AFTER_S or (ago > STARTED_BEFORE_S and look.others.between(fact.seq, look.case.entry)):
            continue
        clean = fact.kind == "kiosk-started" and any(fact.seq - 3 <= seq < fact.seq for seq in stopped)
        how = "the kiosk was started anew" if clean else _CAME_UP[fact.kind]
        text = f"{how} {_when(look, fact)}"
        weight = 1 if clean or ago > STARTED_BEFORE_S else 2
        yield Mark("kiosk started", weight, text, Part.KIOSK, entry=fact.seq)


def ledger(look: Look) -> Marks:
    """The ledger could not be written, or was written late."""
    for fact in look.case.of("ledger-reopened"):
        if look.near(fact, LEDGER_BEFORE_S, LEDGER_AFTER_S):
            yield Mark("ledger lost", 2, f"the ledger was opened anew {_when(look, fact)}", Part.KIOSK, entry=fact.seq)
    passage = look.case.passage
    if look.record.late or (passage is not None and passage.says.get("late")):
        yield Mark("written late", 2, "it could not be written when it happened", Part.KIOSK)
    if look.case.opened is None:
        yield Mark("not opened", 2, "no entry says that the visit was opened", Part.WHEN)


def clock_state(look: Look) -> Marks:
    """What vouches for the time."""
    state = look.case.at.clock
    weight = _CLOCKS.get(state, 0)
    if weight:
        text = {
            ClockState.DOUBTFUL: "nothing vouches for the clock",
            ClockState.RTC: "the clock goes by its battery since the kiosk started",
            ClockState.COASTING: "no time source has answered for long",
        }[state]
        name, among = f"clock {state.value}", look.others
        if len(among) >= ALONE_FEWEST and among.share(name) <= ALONE:
            weight = 2
        yield Mark(name, weight, text, Part.CLOCK)


def clock_steps(look: Look) -> Marks:
    """Somebody set the clock."""
    facts = look.case.of("clock-stepped")
    before = [fact for fact in facts if not look.in_visit(fact) and 0 <= look.before_s(fact) <= STEP_BEFORE_S]
    after = [fact for fact in facts if not look.in_visit(fact) and 0 <= look.after_s(fact) <= STEP_AFTER_S]
    off_ms = abs(sum(fact.number("by_ms") for fact in facts if fact.seq < look.case.began_in))
    for fact in facts:
        by = fact.number("by_ms")
        said = f"the clock was set {'on' if by > 0 else 'back'} by {seconds(abs(by) / 1000)}"
        if look.in_visit(fact):
            yield Mark("clock set", 3 if abs(by) >= STEP_MS else 1, f"{said} in the visit", Part.CLOCK, entry=fact.seq)
        elif (fact in after or (fact in before and off_ms >= STEP_MS)) and abs(by) >= STEP_MS:
            yield Mark("clock set", 2, f"{said} {_when(look, fact)}", Part.CLOCK, entry=fact.seq)


def clocks_agree(look: Look) -> Marks:
    """The wall clock and the one that nobody can set, over the visit."""
    opened, at = look.case.opened, look.case.at
    if opened is None or look.clock_stepped:
        return
    if opened.boot != at.boot:
        yield Mark("another boot", 3, "the machine was started anew between the two taps", Part.CLOCK)
        return
    apart = (at.utc - opened.utc).total_seconds() - seconds_between(opened, at)
    if abs(apart) >= 2:
        yield Mark("clocks disagree", 2, f"the clocks are {seconds(abs(apart))} apart over the visit", Part.CLOCK)


def order(look: Look) -> Marks:
    """Times within the visit that do not follow one another."""
    if look.clock_stepped:
        return
    answers = [step.at for check in look.record.uplifts for step in check.steps]
    moments = [look.record.began, *answers, look.record.signed]
    if moments != sorted(moments) or abs(look.case.at.utc - look.record.signed) > _APART:
        yield Mark("times out of order", 3, "the times of its steps do not follow one another", Part.CLOCK)
    passage = look.case.passage
    if passage is not None and not passage.says.get("late"):
        out: list[datetime] = [look.record.signed, *filter(None, (passage.time("opened"), passage.time("at_exit")))]
        out.append(passage.at.utc)
        if out != sorted(out):
            yield Mark("times out of order", 3, "the times of its way out do not follow one another", Part.EXIT)


def records(look: Look) -> Marks:
    """Records that came at an odd time: who slips a booking in does so shortly before."""
    for fact in look.case.of("records-replaced"):
        if fact.says.get("on_beat"):
            continue
        if look.in_visit(fact) and fact.seq < look.case.entry:
            yield Mark("records came", 2, "new records came in the middle of the visit", Part.RECORDS, entry=fact.seq)
        elif fact.seq < look.case.began_in and 0 <= look.before_s(fact) <= RECORDS_BEFORE_S:
            weight = 2 if fact.says.get("habit") else 1
            yield Mark("records came", weight, f"new records came {_when(look, fact)}", Part.RECORDS, entry=fact.seq)


def lists(look: Look) -> Marks:
    """The approved list that counted (8.16)."""
    record = look.record
    if record.list_override is not None:
        text = f"by a list that ran out: {record.list_override.staff} went on by it"
        yield Mark("list overridden", 2, text, Part.RECORDS)
    if look.case.opened is not None and look.case.opened_list not in {None, record.approved_list}:
        text = f"approved list {look.case.opened_list} at the first tap, {record.approved_list} at the second"
        yield Mark("list changed", 2, text, Part.RECORDS)


def duty(look: Look) -> Marks:
    """Staff who stepped away for this truck."""
    off = [
        fact
        for fact in look.case.of("staff-signed-off")
        if fact.seq < look.case.entry and look.before_s(fact) <= OFF_BEFORE_S
    ]
    on = [fact for fact in look.case.of("staff-signed-on") if 0 <= look.after_s(fact) <= ON_AFTER_S]
    if off and on:
        text = f"{off[-1].text('name')} signed off {_when(look, off[-1])}, {on[0].text('name')} on again just after"
        yield Mark("staff stepped away", 2, text, Part.WHEN, entry=off[-1].seq)


def _when(look: Look, fact: Fact) -> str:
    if look.in_visit(fact):
        return "in the visit"
    ago = look.before_s(fact)
    return f"{seconds(ago)} before" if ago >= 0 else f"{seconds(look.after_s(fact))} after"
