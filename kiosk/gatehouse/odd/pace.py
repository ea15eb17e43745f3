"""How long things took: too quick to have been done, so long that something else was done, or unlike the usual."""

from typing import Final

from kiosk.gatehouse.marks import Mark, Part
from kiosk.gatehouse.odd.look import Look, Marks, seconds
from kiosk.gatehouse.past import FIGURES, Past
from kiosk.gatehouse.uplift_record import UnitCheck, figures_of

QUICK_SCAN_MS: Final = 1_200
"""From the answer to View to a scan: the hand has to go from the screen to the scanner and from there to the seal."""

QUICK_ANSWER_MS: Final = 700
"""To pull at a seal, or to turn a bolt, and to press a key in gloves."""

QUICK_CHECK_MS: Final = {3: 4_000, 4: 6_000}
"""The whole of VVTT from the answer to View on, by its number of steps: two seconds each, with no way to walk."""

LONG_S: Final = 180.0
"""Between two answers: time enough to open a container and to close it again. Displays give up after two minutes unless
somebody is busy at the screen."""

BEAT_MS: Final = 60
"""Answers that come at intervals as equal as that come from no hand."""

FAR, VERY_FAR = 4.0, 5.5
"""Spreads from the usual: one in 16,000 on each side, and far beyond it, if durations were what they are taken for; in
practice some ten times as often, since drivers and nights differ."""

OWN_FEWEST: Final = 6
OWN_FAR, OWN_VERY_FAR = 3.6, 4.3
"""The same of one driver's own uplifts, which differ less."""

_ANSWERS: Final = {"to view": "to the answer to View", "verify": "to the scan", "tug": "to Tug", "twist": "to Twist"}
_OF_FIGURES: Final = {**_ANSWERS, "check": "for the whole check", "sign": "from the check to the signature"}


def too_quick(look: Look) -> Marks:
    """What nobody can have done in that time."""
    for place, check in enumerate(look.record.uplifts):
        gaps = _gaps(look, check)
        for name, ms in gaps.items():
            if name == "verify" and ms < QUICK_SCAN_MS and not check.is_keyed:
                yield Mark("too quick", 2, f"scanned {seconds(ms / 1000)} after View", Part.STEPS, place)
            if name in {"tug", "twist"} and ms < QUICK_ANSWER_MS:
                text = f"{name.capitalize()} answered {seconds(ms / 1000)} after the step before"
                yield Mark("too quick", 1, text, Part.STEPS, place)
        whole = sum(gaps.values())
        least = QUICK_CHECK_MS.get(len(gaps) + 1, 0)
        if gaps and whole < least and len(gaps) > 1:
            weight = 3 if whole < least / 2 else 2
            yield Mark("too quick", weight, f"whole check in {seconds(whole / 1000)}", Part.STEPS, place)


def too_long(look: Look) -> Marks:
    """Minutes in which something else can have been done."""
    if look.clock_stepped or not look.record.uplifts:
        return
    before, what = look.record.began, "the first tap"
    for place, check in enumerate(look.record.uplifts):
        for step in check.steps:
            gap = (step.at - before).total_seconds()
            if gap >= LONG_S:
                text = f"{seconds(gap)} between {what} and {step.step.capitalize()}"
                yield Mark("long pause", 2, text, Part.STEPS, place)
            before, what = step.at, step.step.capitalize()
    gap = (look.record.signed - before).total_seconds()
    if gap >= LONG_S:
        yield Mark("long pause", 2, f"{seconds(gap)} between {what} and the signature", Part.SIGNED)


def unlike_the_usual(look: Look) -> Marks:
    """Far from what the site's uplifts take."""
    if look.clock_stepped:
        return
    for name, ms in figures_of(look.record).items():
        far = look.others.distance(name, ms)
        if abs(far) >= FAR:
            word = "short" if far < 0 else "long"
            weight = 2 if abs(far) >= VERY_FAR else 1
            usual = look.others.usually_ms(name) or 0
            text = f"{word}: {seconds(ms / 1000)} {_OF_FIGURES[name]}, usually {seconds(usual / 1000)}"
            part = Part.SIGNED if name == "sign" else Part.STEPS
            yield Mark(f"unusually {word}", weight, text, part)


def unlike_the_driver(look: Look) -> Marks:
    """Far from what this driver's own uplifts take."""
    ms = figures_of(look.record).get("check")
    if look.clock_stepped or ms is None:
        return
    steps = len(look.record.uplifts[0].steps)
    own = (past for past in look.others.of_driver(look.record.driver) if _answered(past) == steps - 1)
    far = look.others.distance_by("check", ms, own, OWN_FEWEST)
    if abs(far) >= OWN_FAR:
        word = "quicker" if far < 0 else "slower"
        weight = 2 if abs(far) >= OWN_VERY_FAR else 1
        text = f"check in {seconds(ms / 1000)}: much {word} than this driver's own"
        yield Mark("unlike the driver", weight, text, Part.STEPS)


def _answered(past: Past) -> int:
    """How many answers of an uplift were measured, each from the one before."""
    return sum(past.figures[FIGURES.index(name)] >= 0 for name in ("verify", "tug", "twist"))


def beat(look: Look) -> Marks:
    """Answers at equal intervals."""
    gaps = [ms for check in look.record.uplifts for ms in _gaps(look, check).values()]
    if len(gaps) >= 3 and max(gaps) - min(gaps) <= BEAT_MS:
        text = f"every answer {seconds(gaps[0] / 1000)} after the one before, to the blink of an eye"
        yield Mark("to a beat", 2, text, Part.STEPS)


def _gaps(look: Look, check: UnitCheck) -> dict[str, int]:
    """Milliseconds of each step from the one before; none where the clock was set meanwhile."""
    if look.clock_stepped:
        return {}
    pairs = zip(check.steps, check.steps[1:], strict=False)
    return {step.step: round((step.at - before.at).total_seconds() * 1000) for before, step in pairs}
