"""The seal: is it of this site's series, did it leave before, was it scanned elsewhere, what did staff record of it?"""

from typing import Final

from kiosk.gatehouse.facts import Fact
from kiosk.gatehouse.marks import Mark, Part
from kiosk.gatehouse.measured import FEWEST, By, split_seal
from kiosk.gatehouse.odd.look import HOUR_S, Look, Marks, seconds

SERIES_FEWEST: Final = 12
"""Seals of a type by which a site's series is known."""

SERIES_ROOM: Final = 5_000
"""Numbers beyond the known ones that are still of the series, at least: some batches."""

TYPE_FEWEST: Final = 80
"""Uplifts, none of them with a seal of such a type, before one is a stranger."""

AGAIN_S: Final = 10 * 24 * HOUR_S
"""In which no container comes back from the port, empty, and is packed and sealed anew."""

SOON_S: Final = 2 * 24 * HOUR_S

SCANNED_BEFORE_MS: Final = 10 * 60 * 1000
"""A late scan of the seal from so long ago was none of this check's."""

STRAY_NEAR_S: Final = 3 * 60.0
"""Around a visit: a scan of something else."""

JUST_APPLIED_S: Final = 30 * 60
"""A seal goes on once the container is loaded and closed (8.13); then the paperwork is made and a truck called."""

NOT_CHECKED_S: Final = 30 * 24 * HOUR_S
"""Since the seal was applied or last checked in the yard: stored containers are checked regularly (6.11)."""


def series(look: Look) -> Marks:
    """Numbers that are far from all others, or have other letters."""
    for place, check in enumerate(look.record.uplifts):
        number = check.seal_number or ""
        letters, digits = split_seal(number)
        if not digits or look.others.how_many(By.SEAL_TYPE, check.seal_type) < SERIES_FEWEST:
            continue
        known = look.others.series(check.seal_type, letters)
        if known is None:
            text = f"seal {number}: no other of this type begins so"
            yield Mark("another series", 2, text, Part.SEAL, place)
            continue
        least, greatest = known
        room = max(SERIES_ROOM, greatest - least)
        if not least - room <= int(digits) <= greatest + room:
            yield Mark("another series", 2, f"seal {number} is far from the site's numbers", Part.SEAL, place)


def types(look: Look) -> Marks:
    """A type of seal that hardly anybody uses here."""
    count = len(look.others)
    for place, check in enumerate(look.record.uplifts):
        if count >= TYPE_FEWEST and not look.others.how_many(By.SEAL_TYPE, check.seal_type):
            text = f"a {check.seal_type} seal, which none of the last {count} uplifts had"
            yield Mark("seal of another kind", 2, text, Part.SEAL, place)


def left_before(look: Look) -> Marks:
    """The same seal twice, or the same container too soon."""
    mine = [check.seal_number for check in look.record.uplifts if check.seal_number]
    if len(set(mine)) < len(mine):
        yield Mark("seal twice", 3, "one seal number on two containers", Part.SEAL)
    for place, check in enumerate(look.record.uplifts):
        for past in look.others.having(By.SEAL, check.seal_number) if check.seal_number else ():
            text = f"seal {check.seal_number} is on uplift {past.seq}, too"
            yield Mark("seal twice", 3, text, Part.SEAL, place)
        for past in look.others.having(By.UNIT, check.unit):
            apart = abs(look.record.signed.timestamp() - past.at_s)
            if apart < AGAIN_S:
                weight = 3 if apart < SOON_S else 2
                yield Mark("left before", weight, f"{check.unit} is on uplift {past.seq}, too", Part.UNIT, place)


def strays(look: Look) -> Marks:
    """Scans that counted for no visit."""
    seals = {check.seal_number for check in look.record.uplifts}
    for fact in look.case.of("stray-scan"):
        text, mine = fact.text("text"), fact.text("text") in seals
        if mine and fact.text("why") == "late" and fact.number("age_ms") >= SCANNED_BEFORE_MS:
            ago = seconds(fact.number("age_ms") / 1000)
            said = f"the seal's number was scanned {ago} before entry {fact.seq}, away from the kiosk"
            yield Mark("scanned elsewhere", 2, said, Part.SEAL, entry=fact.seq)
        elif not mine and look.in_visit(fact):
            said = f"{fact.text('reader')} read {text}, which is none of these seals"
            yield Mark("another seal scanned", 2, said, Part.SEAL, entry=fact.seq)
        elif not mine and look.near(fact, STRAY_NEAR_S, STRAY_NEAR_S):
            said = f"{fact.text('reader')} read {text} shortly before or after"
            yield Mark("another seal scanned", 1, said, Part.SEAL, entry=fact.seq)


# --- what staff recorded ------------------------------------------------------------------------------


def lives(look: Look) -> Marks:
    """What staff recorded of the seal, where they do."""
    for place, check in enumerate(look.record.uplifts):
        facts = [fact for fact in look.case.lives if fact.text("seal_number") == check.seal_number]
        yield from (mark for fact in facts for mark in _ended(fact, place))
        applied = [fact for fact in facts if fact.kind == "seal-applied"]
        if applied:
            yield from _applied(look, place, check.unit, applied[-1])
            checks = [fact for fact in facts if fact.kind == "seal-second-check" and fact.seq > applied[-1].seq]
            if not checks:
                yield Mark(
                    "no second check", _known_here(look), "nobody checked the seal and the paperwork", Part.SEAL, place
                )
        elif look.case.lives_told and check.mode == "sea":
            yield Mark("never applied", 2, f"no entry says that seal {check.seal_number} was applied", Part.SEAL, place)


def _applied(look: Look, place: int, unit: str, fact: Fact) -> Marks:
    on, who = fact.text("unit"), fact.text("staff_name")
    if on != unit:
        yield Mark("on another container", 3, f"the seal was applied to {on}", Part.SEAL, place, fact.seq)
    ago = look.before_s(fact)
    if fact.seq > look.case.began_in:
        yield Mark(
            "applied at the gate", 3, f"{who} applied the seal while the driver was here", Part.SEAL, place, fact.seq
        )
    elif ago < JUST_APPLIED_S:
        yield Mark("just applied", 2, f"{who} applied the seal {seconds(ago)} before", Part.SEAL, place, fact.seq)
    checked = [each for each in look.case.lives if each.kind == "seal-stored-check" and each.seq > fact.seq]
    since = min(look.before_s(each) for each in (fact, *checked))
    if since > NOT_CHECKED_S:
        text = f"its seal was applied or checked {int(since // (24 * HOUR_S))} days ago, and not since"
        yield Mark("not checked since", 2, text, Part.SEAL, place, fact.seq)
    if fact.says.get("inspection") is None and look.record.uplifts[place].mode == "sea":
        yield Mark(
            "not inspected", _known_here(look), "no inspection before loading is recorded", Part.UNIT, place, fact.seq
        )


def _known_here(look: Look) -> int:
    """What it weighs that staff did not record something: more, once it is known that they use to."""
    return 2 if len(look.others) >= FEWEST else 1


def _ended(fact: Fact, place: int) -> Marks:
    said = f"entry {fact.seq}"
    match fact.kind:
        case "seal-incident":
            yield Mark("seal gone", 3, f"the seal was reported {fact.text('what')}: {said}", Part.SEAL, place, fact.seq)
        case "seal-replaced":
            instead = fact.text("replaced_by") or "none"
            yield Mark("seal gone", 3, f"the seal was replaced by {instead}: {said}", Part.SEAL, place, fact.seq)
        case "seal-second-check" if fact.says.get("good") is False:
            text = f"the second check found {fact.text('paperwork')} on the paperwork: {said}"
            yield Mark("check found it wrong", 3, text, Part.SEAL, place, fact.seq)
        case "seal-stored-check" if fact.says.get("good") is False:
            yield Mark(
                "check found it wrong", 2, f"a check in the yard found it bad: {said}", Part.SEAL, place, fact.seq
            )
        case "seal-discrepancy":
            yield Mark("check found it wrong", 2, f"{fact.text('why')}: {said}", Part.SEAL, place, fact.seq)
        case _:
            pass
