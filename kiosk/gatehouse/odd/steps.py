"""The steps themselves: whether the record agrees with itself, and how the seal's number came in."""

from collections.abc import Iterator
from typing import Final

from kiosk.core.decisions.checking import SCAN_FAILED
from kiosk.core.seals import STEPS, SealForm, VvttStep
from kiosk.gatehouse.marks import Mark, Part
from kiosk.gatehouse.measured import By
from kiosk.gatehouse.odd.look import Look, Marks, seconds, times
from kiosk.gatehouse.uplift_record import Tried, UnitCheck, tried_in_vain

NOT_TAKEN: Final = "Not taken: "
"""How `kiosk.core.decisions.deciding.not_taken` begins: a barcode or a keyed text that is no number of such a seal."""

NOT_THE_SYMBOLOGY: Final = " is not taken. "
"""What `kiosk.core.rules.symbology_problem` says."""

LOST: Final = "the scanner was lost"
"""What `kiosk.core.lane` has a scan fail for when the last device that scans is gone."""

DIFFERED: Final = "two keyed numbers differed"

MANY_FAILED: Final = 3
"""Scans that came to nothing: two are the rain."""

QUICK_KEYED_S, HURRIED_KEYED_S = 3.0, 5.0
"""To read ten characters off a seal and to key them twice, in gloves."""

AT_ONCE_S: Final = 1.0
"""From the answer that a package is sealed to the card that signs it: the card was on the reader already."""

_KNOWN_FEWEST: Final = 12
"""Uplifts with a source of scans before a source is a stranger."""


def contradictions(look: Look) -> Marks:
    """What the gate itself would not have let through: whoever wrote that, it was not the gate as it is."""
    if not look.record.uplifts:
        yield Mark("contradicts itself", 3, "an uplift of nothing", Part.STEPS)
    for place, check in enumerate(look.record.uplifts):
        for text in _contradictions(check):
            yield Mark("contradicts itself", 3, text, Part.STEPS, place)


def _contradictions(check: UnitCheck) -> Iterator[str]:
    forms = {form.value: form for form in SealForm}
    done = [step.step for step in check.steps]
    if check.seal_form in forms:
        wanted = [step.value for step in STEPS[forms[check.seal_form]]]
        if done != wanted:
            yield f"steps {', '.join(done) or 'none'} for a {check.seal_form} seal"
        left_out = {step.value for step in VvttStep} - set(wanted)
        if set(check.not_applicable) - left_out:
            yield f"not applicable: {', '.join(check.not_applicable)}, for a {check.seal_form} seal"
    if not all(step.good for step in check.steps):
        yield "a step was found bad"
    if check.expected_seal_number:
        yield f"the paperwork has seal {check.expected_seal_number}"
    if check.keyed is not any(step.how == "keyed" for step in check.steps):
        yield "says keyed, and was not" if check.keyed else "was keyed, and does not say so"


def wrong_form(look: Look) -> Marks:
    """A sticker holds no container's doors."""
    for place, check in enumerate(look.record.uplifts):
        if check.seal_form == SealForm.STICKER.value and check.mode == "sea":
            yield Mark("seal of another kind", 2, "a sticker on a sea container", Part.SEAL, place)


def keyed(look: Look) -> Marks:
    """Who keys a number can have read it off the paperwork."""
    for place, check in enumerate(look.record.uplifts):
        if not check.is_keyed:
            continue
        yield Mark("keyed", 1, f"seal {check.seal_number} was keyed, not scanned", Part.STEPS, place)
        took = _keying_s(look, check)
        if took is not None and took < HURRIED_KEYED_S:
            weight = 2 if took < QUICK_KEYED_S else 1
            yield Mark("keyed in a hurry", weight, f"keyed twice within {seconds(took)}", Part.STEPS, place)


def _keying_s(look: Look, check: UnitCheck) -> float | None:
    """Seconds in which the number was keyed, at most."""
    verify = check.step(VvttStep.VERIFY.value)
    place = check.steps.index(verify) if verify is not None else 0
    if verify is None or place == 0 or look.clock_stepped:
        return None
    before = [check.steps[place - 1].at, *(tried.at for tried in check.attempts)]
    return (verify.at - max(before)).total_seconds()


def tries(look: Look) -> Marks:
    """What came to nothing before the number."""
    for place, check in enumerate(look.record.uplifts):
        tried = tried_in_vain(check)
        others = sorted({text for each in tried if (text := _other_text(each))})
        if others:
            said = f"scanned {times(len(others))} something that is no seal number: {', '.join(others)}"
            yield Mark("other barcodes", min(2, len(others)), said, Part.STEPS, place)
        differed = sum(DIFFERED in each.what for each in tried)
        if differed:
            text = f"the number was keyed differently {times(differed)}"
            yield Mark("keyed differently", min(2, differed), text, Part.STEPS, place)
        if any(LOST in each.what for each in tried):
            yield Mark("scanner lost", 2, "the scanner was lost in the middle of the check", Part.STEPS, place)
        failed = sum(each.what.startswith(str(SCAN_FAILED)) and LOST not in each.what for each in tried)
        if failed >= MANY_FAILED:
            yield Mark("scans failed", 2, f"{failed} scans failed", Part.STEPS, place)


def _other_text(tried: Tried) -> str:
    """What was scanned instead; empty where that is not known."""
    if tried.what.startswith(NOT_TAKEN):
        return tried.what.removeprefix(NOT_TAKEN).partition(". ")[0]
    return "another kind of barcode" if NOT_THE_SYMBOLOGY in tried.what else ""


def sources(look: Look) -> Marks:
    """The device that scanned."""
    scanned = look.others.how_many(By.SCANNED, True)
    for place, check in enumerate(look.record.uplifts):
        verify = check.step(VvttStep.VERIFY.value)
        source = verify.source if verify is not None else ""
        before = sorted({tried.source for tried in check.attempts} - {"", source})
        if source and before:
            text = f"tried with {', '.join(before)}, read with {source}"
            yield Mark("another scanner", 2, text, Part.STEPS, place)
        if source and scanned >= _KNOWN_FEWEST and not look.others.how_many(By.SOURCE, source):
            text = f"scanned with {source}, which no uplift of late was"
            yield Mark("unknown scanner", 2, text, Part.STEPS, place)


def package(look: Look) -> Marks:
    """The site's own check of a package (7.4): by whom, and how quickly."""
    for place, check in enumerate(look.record.uplifts):
        said = check.package_check
        if check.mode == "air" and (said is None or said.signed is None or not said.good):
            yield Mark("contradicts itself", 3, "a package without the site's signed check", Part.PACKAGE, place)
        if said is None:
            continue
        if said.staff and said.staff == look.record.driver:
            yield Mark("package by the driver", 3, "the driver signed the site's own check", Part.PACKAGE, place)
        if said.credential and said.credential == look.record.credential:
            yield Mark("package by the driver", 3, "the driver's card signed the site's check", Part.PACKAGE, place)
        took = (said.signed - said.answered).total_seconds() if said.signed is not None else AT_ONCE_S
        if 0 <= took < AT_ONCE_S and not look.clock_stepped:
            text = f"package found sealed and signed within {seconds(took)}"
            yield Mark("package signed at once", 2, text, Part.PACKAGE, place)
