"""Who may verify which uplifts, and what is recorded of it (1.6, 5.3).

One act of one person is one entry, as one signature of a driver is (decision 3): whoever reads the ledger sees how many
were verified in one stroke, by which words and which camera reference. An odd uplift is verified by itself: a camera
reference names one moment, and thirty uplifts ticked at once are thirty that nobody looked at.

Nobody verifies what they had a hand in: what they drove, what their card was laid on for, whose package check they
signed, or what left while they were signed on or logged on. The same persons do not raise a discrepancy either, which
would take the uplift out of the queue, too; but everybody may open an incident about it.
"""

from collections.abc import Iterable
from typing import Final

from kiosk.core.effects import Json
from kiosk.core.times import Moment
from kiosk.gatehouse.actor import Actor
from kiosk.gatehouse.case import Case
from kiosk.gatehouse.oddities import ODD, weight_of
from kiosk.gatehouse.queue import DISPUTED, VERIFIED, QueueBook
from kiosk.gatehouse.recorded import Refused, ToRecord
from kiosk.gatehouse.saying import signed, words
from kiosk.site.settings import CameraReference

LONGEST_NOTE: Final = 1000
LONGEST_CAMERA: Final = 200
MOST_AT_ONCE: Final = 500
"""Uplifts in one act: more than any weekend has, and an entry of some 50 KB."""

CLAUSE: Final = "5.3"


def decide_verify(
    book: QueueBook,
    entries: Iterable[int],
    actor: Actor,
    note: str,
    camera: str,
    now: Moment,
    cards: frozenset[str] = frozenset(),
) -> list[ToRecord]:
    """What is to be recorded when somebody says that uplifts were what they should be.

    Args:
        book: The queue.
        entries: The uplifts' entries; each once.
        actor: Who says so. That their role may is the caller's to know (`kiosk.gatehouse.roles`).
        note: In words; needed for an odd one at a site that gives no camera references.
        camera: Which pictures were looked at, such as ``cam 2, 21:04 to 21:09``.
        now: When.
        cards: What a reader sees of the cards that this person has or had, as entries write it.

    Raises:
        Refused: One of them does not wait, or not for this person, or more must be said. Then nothing is recorded.
    """
    numbers = tuple(dict.fromkeys(entries))
    note, camera = _said("a note", note, LONGEST_NOTE), _said("a camera reference", camera, LONGEST_CAMERA)
    if not 0 < len(numbers) <= MOST_AT_ONCE:
        raise Refused(
            expected=f"1 to {MOST_AT_ONCE} uplifts", got=f"{len(numbers)}", mend="mark those that you looked at"
        )
    cases = [_mine(book, number, actor, cards) for number in numbers]
    weights = {case.entry: weight_of(book.marks(case, now)) for case in cases}
    odd = [number for number in numbers if weights[number] >= ODD]
    _alone(numbers, odd)
    _enough(book.rules.camera, odd, note, camera)
    uplifts: list[Json] = [_cited(book, case, now) for case in cases]
    return [ToRecord(VERIFIED, {"uplifts": uplifts, **_by(actor, note, camera)})]


def decide_dispute(
    book: QueueBook,
    entry: int,
    actor: Actor,
    note: str,
    camera: str,
    now: Moment,
    cards: frozenset[str] = frozenset(),
) -> list[ToRecord]:
    """What is to be recorded when somebody says that an uplift was not what it should be.

    The entry opens an incident by itself (`kiosk.core.incidents`).

    Args:
        book: The queue.
        entry: The uplift's entry.
        actor: Who says so.
        note: What is wrong; needed.
        camera: Which pictures were looked at; may be empty: that there are none may be what is wrong.
        now: When.
        cards: As for decide_verify.

    Raises:
        Refused: It does not wait, or not for this person, or nothing was said. Then nothing is recorded.
    """
    note, camera = _said("a note", note, LONGEST_NOTE), _said("a camera reference", camera, LONGEST_CAMERA)
    case = _mine(book, entry, actor, cards)
    if not note:
        raise Refused(expected="a note: what is wrong", got="none", mend="say it in a few words")
    return [ToRecord(DISPUTED, _cited(book, case, now) | _by(actor, note, camera))]


def conflict(case: Case, actor: Actor, cards: frozenset[str] = frozenset()) -> str:
    """Why somebody may not verify an uplift, in words; empty when they may.

    Args:
        case: The uplift.
        actor: Who.
        cards: What a reader sees of the cards that this person has or had.
    """
    driver, name = str(case.body.get("driver") or ""), str(case.body.get("driver_name") or "")
    if actor.staff_id == driver or str(case.body.get("credential") or "") in cards:
        return "you drove it"
    if _same_name(actor.name, name):
        return f"the driver has your name, {name}"
    if case.cards & cards:
        return "your card was laid on in the visit"
    if actor.staff_id in case.signers:
        return "you signed the package's check"
    how = case.present.get(actor.staff_id)
    return f"you were {how} at the time" if how is not None else ""


def _mine(book: QueueBook, number: int, actor: Actor, cards: frozenset[str]) -> Case:
    """An uplift that waits for this person, too."""
    case, settled = book.case(number), book.settled(number)
    if case is None and settled is not None:
        did = "disputed" if settled.disputed else "verified"
        raise Refused(
            expected=f"uplift {number} to wait for verification",
            got=f"it was {did} by {settled.name or settled.staff}: entry {settled.by_entry}",
            mend="look at that entry",
        )
    if case is None:
        raise Refused(
            expected=f"uplift {number} to wait for verification",
            got="it does not",
            mend="look it up: sealgate ledger show",
        )
    why = conflict(case, actor, cards)
    if why:
        raise Refused(
            expected=f"somebody else than {actor.name} for uplift {number}",
            got=why,
            mend="leave it to others; what you know of it you can say in an incident",
        )
    return case


def _alone(numbers: tuple[int, ...], odd: list[int]) -> None:
    if odd and len(numbers) > 1:
        raise Refused(
            expected="odd uplifts verified one by one, each with its own camera reference",
            got=f"{_listed(odd)} among {len(numbers)}",
            mend="take them out, and open each",
        )


def needs_footage(rule: CameraReference, *, is_odd: bool) -> bool:
    """Whether a camera reference must be given (1.6), by the site's rule."""
    return rule is CameraReference.ALWAYS or (is_odd and rule is CameraReference.ODD)


def _enough(rule: CameraReference, odd: list[int], note: str, camera: str) -> None:
    if not camera and needs_footage(rule, is_odd=bool(odd)):
        what = f"uplift {_listed(odd)} looks odd" if odd else "the site gives one with each"
        raise Refused(expected=f"a camera reference: {what}", got="none", mend="look at the pictures, and say which")
    if odd and not camera and not note:
        raise Refused(
            expected=f"a note: uplift {_listed(odd)} looks odd", got="none", mend="say what you looked at, and saw"
        )


def _cited(book: QueueBook, case: Case, now: Moment) -> dict[str, Json]:
    """An uplift as the entry of its verification names it: what left, and what was pointed out to whoever verified it.

    So it is found by container, seal and driver, as the uplift is.
    """
    marks, record = book.marks(case, now), case.record
    checks = record.uplifts if record is not None else ()
    odd: list[Json] = [f"{mark.rule}: {mark.text}" for mark in marks]
    units: list[Json] = [{"unit": check.unit, "seal_number": check.seal_number} for check in checks]
    cited: dict[str, Json] = {"uplift": case.entry, "visit": case.visit, "units": units}
    if record is not None:
        cited["driver"] = record.driver
    return cited | {"odd": odd, "weight": weight_of(marks)}


def _by(actor: Actor, note: str, camera: str) -> dict[str, Json]:
    return {**signed(actor.member), "note": note, "camera": camera, "clause": CLAUSE}


def _said(what: str, text: str, longest: int) -> str:
    """What somebody wrote, on one line; it may be nothing."""
    tidy = " ".join(text.split())
    return words(tidy, what, most=longest) if tidy else ""


def _listed(numbers: list[int]) -> str:
    return ", ".join(map(str, numbers))


def _same_name(one: str, other: str) -> bool:
    return bool(one.strip()) and " ".join(one.split()).casefold() == " ".join(other.split()).casefold()
