"""Who came, when, and what they or others tried before."""

from typing import Final

from kiosk.core.reasons import Reason
from kiosk.gatehouse.facts import Fact
from kiosk.gatehouse.marks import Mark, Part
from kiosk.gatehouse.measured import By, minutes_of
from kiosk.gatehouse.odd.look import HOUR_S, Look, Marks, seconds, times

TURN_S: Final = 15 * 60
"""To anywhere and back with a container, and through the gate twice."""

AGAIN_S: Final = 8 * HOUR_S
"""One night."""

AGAIN_FEWEST, AGAIN_RARE, AGAIN_USUAL = 20, 0.05, 0.1
"""Coming twice in a night is odd where at most so few do, and nothing to tell of where more than the last do."""

HOURS_FEWEST, HOURS_SURE = 30, 80
"""Unattended uplifts by which the site's hours are known, roughly and well."""

ALONE_MIN: Final = 60
"""Minutes to the nearest uplift of any night, where HOURS_SURE are known; with fewer the nights have wider gaps."""

OWN_FEWEST, OWN_SURE = 5, 8
OWN_ALONE_MIN: Final = 4 * 60
"""Minutes to the nearest time at which this driver ever came."""

NEW_FEWEST: Final = 60
"""Uplifts before somebody is new."""

TWO_FEWEST, TWO_SURE = 30, 80
"""Uplifts with one unit each before two are more than usual, perhaps and surely."""

MOST_UNITS: Final = 8
"""Units that site.toml lets one truck take, at most."""

BEFORE_S: Final = 3 * HOUR_S
"""For how long a try that was given up belongs to the next one."""

_SEAL_CLAUSE: Final = "8.15"
_KIOSK_FAULTS: Final = frozenset({"READER_LOST", "LEDGER_FAILED", "BARRIER_FAILED"})
_AT_THE_SEAL: Final = frozenset({"verify", "keying", "keying again", "tug", "twist", "checked", "signing"})
_NEAR_END_S, _AT_END_S = 5 * 60, 60


def turnaround(look: Look) -> Marks:
    """The same driver again."""
    now = int(look.record.began.timestamp())
    own = [past for past in look.others.of_driver(look.record.driver) if past.seq < look.case.entry]
    if not own or look.clock_stepped:
        return
    left = own[-1].gone_s or own[-1].at_s
    if 0 <= now - left < TURN_S:
        yield Mark("back at once", 2, f"back {seconds(now - left)} after uplift {own[-1].seq}", Part.DRIVER)
    elif 0 <= now - left < AGAIN_S:
        share = look.others.again(AGAIN_S)
        if share <= AGAIN_USUAL:
            rare = len(look.others) >= AGAIN_FEWEST and share <= AGAIN_RARE
            text = f"the second time in a night: uplift {own[-1].seq}"
            yield Mark("twice in a night", 2 if rare else 1, text, Part.DRIVER)


def strangers(look: Look) -> Marks:
    """A driver or an operator whom nobody saw before, or a driver for another operator."""
    record, others = look.record, look.others
    if len(others) < NEW_FEWEST:
        return
    own = others.of_driver(record.driver)
    if not others.how_many(By.OPERATOR, record.operator):
        text = f"{record.operator_name or record.operator}: none of the last {len(others)} uplifts"
        yield Mark("new operator", 2, text, Part.DRIVER)
    if not own:
        yield Mark("new driver", 1, f"none of the last {len(others)} uplifts was this driver's", Part.DRIVER)


def other_operator(look: Look) -> Marks:
    """A driver who drove for others until now."""
    own = [past for past in look.others.of_driver(look.record.driver) if past.seq < look.case.entry]
    if len(own) >= 2 and all(past.operator != look.record.operator for past in own):
        text = f"drove for {own[-1].operator} until now, and for {look.record.operator} today"
        yield Mark("other operator", 2, text, Part.DRIVER)


def hours(look: Look) -> Marks:
    """An hour at which nobody comes, or never this driver."""
    if look.clock_stepped:
        return
    now = minutes_of(int(look.record.began.timestamp()), look.zone)
    at = look.local(look.record.began)
    nights = look.others.how_many(By.NIGHT, True)
    near = look.others.minutes_to_nearest(look.zone, now)
    if nights >= HOURS_FEWEST and near >= ALONE_MIN * max(1.0, HOURS_SURE / nights):
        yield Mark("unusual hour", 2, f"at {at}, when nobody else came in {nights} uplifts", Part.WHEN)
    own = sum(not past.attended for past in look.others.of_driver(look.record.driver))
    near = look.others.minutes_to_nearest(look.zone, now, look.record.driver)
    if own >= OWN_FEWEST and near >= OWN_ALONE_MIN:
        weight = 2 if own >= OWN_SURE else 1
        yield Mark("not this driver's hour", weight, f"at {at}; this driver never came near that", Part.WHEN)


def two_units(look: Look) -> Marks:
    """More than one unit, where trucks take one."""
    units = len(look.record.uplifts)
    if units < 2 or len(look.others) < TWO_FEWEST:
        return
    if not any(look.others.how_many(By.UNITS, more) for more in range(units, units + MOST_UNITS)):
        text = f"{units} units on one truck, as in none of the last {len(look.others)} uplifts"
        yield Mark("more than usual", 2 if len(look.others) >= TWO_SURE else 1, text, Part.UNIT)


def window(look: Look) -> Marks:
    """The end of the time at which it was booked to be collected."""
    for place, check in enumerate(look.record.uplifts):
        until = check.collect.until if check.collect is not None else None
        left = (until - look.record.signed).total_seconds() if until is not None else _NEAR_END_S
        if until is not None and left < _NEAR_END_S:
            text = f"signed {seconds(max(0.0, left))} before the end of its window, {look.local(until)}"
            yield Mark("end of its window", 2 if left < _AT_END_S else 1, text, Part.WHEN, place)


def attendance(look: Look) -> Marks:
    """Staff were there at one tap and not at the other."""
    at = look.record.attended_at
    if at is not None and at.first_tap and not at.second_tap:
        yield Mark("staff left meanwhile", 1, "staff were there at the first tap, and gone at the second", Part.WHEN)


# --- what was tried before ----------------------------------------------------------------------------


def gave_up(look: Look) -> Marks:
    """The same driver gave up before, once at the seal."""
    given_up = [
        fact
        for fact in look.case.of("abandoned", "interrupted")
        if _same_driver(look, fact) and look.since < fact.seq < look.case.began_in and look.before_s(fact) <= BEFORE_S
    ]
    at_seal = [fact for fact in given_up if fact.text("state") in _AT_THE_SEAL]
    if len(given_up) >= 2 or at_seal:
        where = f", at {at_seal[-1].text('state')}" if at_seal else ""
        text = f"given up {times(len(given_up))} before{where}"
        yield Mark("given up before", min(3, len(given_up)), text, Part.BEFORE, entry=given_up[-1].seq)


def held_before(look: Look) -> Marks:
    """The same driver or the same unit was held."""
    units, seals = set(look.record.units), set(look.record.seals)
    for fact in look.case.of("hold"):
        if fact.seq > look.case.began_in:
            continue
        named = {fact.text("detail"), *fact.says.get("units", ())}
        same = bool(named & units) or bool(set(fact.says.get("seals", ())) & seals)
        if not same and not (_same_driver(look, fact) and fact.seq > look.since):
            continue
        reason, what = fact.text("reason"), "this unit" if same else "this driver"
        clause = Reason[reason].text.clause if reason in Reason.__members__ else ""
        weight = 1 if reason in _KIOSK_FAULTS else 3 if same and clause == _SEAL_CLAUSE else 2
        released = next(
            (each for each in look.case.of("hold-released") if each.text("visit") == fact.text("visit")), None
        )
        by = f", released by {released.text('staff')}" if released is not None else ""
        text = f"{what} was held {seconds(look.before_s(fact))} before: {reason}{by}"
        yield Mark("held before", weight, text, Part.BEFORE, entry=fact.seq)


def _same_driver(look: Look, fact: Fact) -> bool:
    return fact.text("driver") == look.record.driver != ""
