"""What a staff console is told of the verification queue: its rows, and everything recorded of one uplift."""

from collections.abc import Iterator
from datetime import datetime, tzinfo
from typing import Final

from kiosk.console.gatehouse import Line, UpliftDetail
from kiosk.console.gatehouse_told import QueueRow
from kiosk.core.times import Moment
from kiosk.gatehouse.actor import Actor
from kiosk.gatehouse.case import Case
from kiosk.gatehouse.facts import KEPT, Fact
from kiosk.gatehouse.marks import Mark, Part
from kiosk.gatehouse.oddities import ODD, RULES, weight_of
from kiosk.gatehouse.queue import QueueBook
from kiosk.gatehouse.recorded import Refused
from kiosk.gatehouse.uplift_record import Proof, Step, Tried, UnitCheck, UpliftRecord
from kiosk.gatehouse.verifying import conflict, needs_footage

_SHOWN: Final = 60
"""Characters of a text that somebody else made, in a line."""


def rows(book: QueueBook, viewer: Actor, now: Moment, cards: frozenset[str] = frozenset()) -> tuple[QueueRow, ...]:
    """What waits, the oldest first, as one person sees it.

    Args:
        book: The queue.
        viewer: Who looks.
        now: When.
        cards: What a reader sees of the cards that this person has or had, as entries write it.
    """
    return tuple(_row(book, case, conflict(case, viewer, cards), now) for case in book.waiting())


def _row(book: QueueBook, case: Case, mine: str, now: Moment) -> QueueRow:
    marks, record = book.marks(case, now), case.record
    weight = weight_of(marks)
    return QueueRow(
        entry=case.entry,
        at=record.signed if record is not None else case.at.utc,
        driver=record.driver_name or record.driver if record is not None else "",
        operator=record.operator_name or record.operator if record is not None else "",
        units=record.units if record is not None else (),
        seals=record.seals if record is not None else (),
        odd=tuple(mark.text for mark in marks),
        weight=weight,
        overdue=book.is_overdue(case, now),
        mine=mine,
        footage=needs_footage(book.rules.camera, is_odd=weight >= ODD),
    )


def detail(book: QueueBook, entry: int, now: Moment) -> UpliftDetail:
    """Everything recorded of an uplift that waits, in the order in which a person looks through it.

    Args:
        book: The queue.
        entry: The uplift's entry.
        now: When.

    Raises:
        Refused: It does not wait.
    """
    case = book.case(entry)
    if case is None:
        raise Refused(expected="an uplift that waits", got=f"entry {entry}", mend="look it up: sealgate ledger show")
    return UpliftDetail(entry, tuple(_Teller(book, case, now).lines()))


class _Teller:
    """Tells one uplift."""

    def __init__(self, book: QueueBook, case: Case, now: Moment) -> None:
        self._case = case
        self._zone: tzinfo = book.rules.zone
        self._marks = book.marks(case, now)

    def lines(self) -> Iterator[Line]:
        """All of them."""
        for mark in self._marks:
            rule = RULES[mark.rule]
            yield Line(f"odd {mark.weight}", f"{mark.text} ({rule.clause}: {rule.why})", odd=True)
        record = self._case.record
        if record is None or self._case.brief is not None:
            yield Line("entry", f"the rest of {self._case.entry} stands in the ledger: sealgate ledger show")
            return
        yield from self._came(record)
        for place, check in enumerate(record.uplifts):
            yield from self._checked(record, place, check)
        yield from self._signed(record)
        yield from self._left()
        yield from self._around()

    # --- who came -------------------------------------------------------------------------------------

    def _came(self, record: UpliftRecord) -> Iterator[Line]:
        began = f"{record.began.astimezone(self._zone):%a %Y-%m-%d %H:%M:%S}"
        yield self._line("came", began, Part.WHEN, Part.BEFORE)
        yield self._line("driver", f"{record.driver_name} ({record.driver})", Part.DRIVER)
        yield self._line("operator", f"{record.operator_name} ({record.operator})", Part.DRIVER)
        pin = "PIN right" if record.pin else "no PIN"
        yield self._line("card", f"{record.card}, {record.credential}; {_proof(record.proof)}; {pin}", Part.CARD)
        wrong = [fact for fact in self._case.of("pin-wrong") if fact.text("visit") == record.visit]
        if wrong:
            yield self._line("wrong PINs", str(len(wrong)), Part.CARD)
        by = f"approved list {record.approved_list}" if record.approved_list else f"RACA {record.raca}"
        yield self._line("permitted by", by, Part.RECORDS)
        if record.list_override is not None:
            over = record.list_override
            yield self._line("override", f"by {over.staff}: {over.reason[:_SHOWN]}", Part.RECORDS)
        if record.attended_at is not None:
            words = ("staff there" if there else "nobody on duty" for there in _taps(record))
            yield self._line("attended", ", then ".join(words), Part.WHEN)
        for card in record.other_cards:
            what = f"{card.credential or 'unknown'} {card.reason}".strip()
            text = f"{what}, at {card.during}, {self._time(card.at)}"
            yield self._line("another card", text, Part.CARD)

    # --- the check ------------------------------------------------------------------------------------

    def _checked(self, record: UpliftRecord, place: int, check: UnitCheck) -> Iterator[Line]:
        yield self._line("unit", f"{check.unit}, {check.mode}, booking {check.booking}", Part.UNIT, of=place)
        if check.collect is not None and check.collect.opens is not None and check.collect.until is not None:
            ends = f"{self._time(check.collect.opens)} to {self._time(check.collect.until)}"
            yield self._line("to be collected", ends, Part.WHEN, of=place)
        seal = f"{check.seal_number} ({check.seal_type}), {'keyed' if check.is_keyed else 'scanned'}"
        yield self._line("seal", seal, Part.SEAL, of=place)
        if check.package_check is not None:
            said = check.package_check
            good = "sealed" if said.good else "not sealed"
            signed = f"signed {self._time(said.signed)}" if said.signed is not None else "not signed"
            text = f"{good}: {said.staff_name} ({said.staff}), answered {self._time(said.answered)}, {signed}"
            yield self._line("package", text, Part.PACKAGE, of=place)
        before = record.began if place == 0 else _last_of(record.uplifts[place - 1], record.began)
        both: list[Step | Tried] = [*check.steps, *check.attempts]
        told = sorted(both, key=lambda each: each.at)
        for each in told:
            gap = (each.at - before).total_seconds()
            if isinstance(each, Step):
                yield self._line(each.step, self._step(each, gap), Part.STEPS, of=place)
            else:
                where = f", {each.source}" if each.source else ""
                text = f"{self._time(each.at)}, {gap:.1f} s: {each.what[:_SHOWN]}{where}"
                yield self._line("try", text, Part.STEPS, of=place)
            before = each.at
        if check.not_applicable:
            yield self._line("not applicable", ", ".join(check.not_applicable), Part.STEPS, of=place)

    def _step(self, step: Step, gap: float) -> str:
        where = f" by {step.source}" if step.source else ""
        return f"{self._time(step.at)}, {gap:.1f} s: {'good' if step.good else 'BAD'}, {step.how}{where}"

    # --- the way out ----------------------------------------------------------------------------------

    def _signed(self, record: UpliftRecord) -> Iterator[Line]:
        before = _last_of(record.uplifts[-1], record.began) if record.uplifts else record.began
        gap = (record.signed - before).total_seconds()
        text = f"{self._time(record.signed)}, {gap:.1f} s; {_proof(record.signed_proof)}"
        yield self._line("signed", text, Part.SIGNED)
        dwell = (record.signed - record.began).total_seconds()
        yield self._line("at the kiosk", f"{dwell:.0f} s in all", Part.STEPS)
        clock = self._case.at.clock.value
        yield self._line("clock", f"{clock}, boot {self._case.at.boot[:8]}", Part.CLOCK)

    def _left(self) -> Iterator[Line]:
        passage = self._case.passage
        if passage is None:
            yield self._line("left", "nothing recorded", Part.EXIT)
            return
        opened, at_exit = passage.time("opened"), passage.time("at_exit")
        if opened is not None:
            yield self._line("barrier", f"opened {self._time(opened)}", Part.EXIT)
        if opened is not None and at_exit is not None:
            there, on_it = (at_exit - opened).total_seconds(), (passage.at.utc - at_exit).total_seconds()
            yield self._line("exit loop", f"{self._time(at_exit)}, {there:.1f} s; on it for {on_it:.1f} s", Part.EXIT)
        seen = "seen" if passage.says.get("seen") else "NOT SEEN"
        yield self._line("left", f"{seen}, recorded {self._time(passage.at.utc)}", Part.EXIT)

    # --- what else ------------------------------------------------------------------------------------

    def _around(self) -> Iterator[Line]:
        marked = {mark.entry for mark in self._marks}
        for fact in self._case.lives:
            yield Line(f"entry {fact.seq}", self._fact(fact), odd=fact.seq in marked)
        for fact in self._case.around:
            yield Line(f"entry {fact.seq}", self._fact(fact), odd=fact.seq in marked)
        present = ", ".join(f"{staff} {how}" for staff, how in sorted(self._case.present.items()))
        yield Line("staff about", present or "none signed on or logged on")
        entries = f"uplift {self._case.entry}, visit from entry {self._case.began_in}"
        yield Line(
            "entries", entries + (f", way out {self._case.passage.seq}" if self._case.passage is not None else "")
        )

    def _fact(self, fact: Fact) -> str:
        keys = (key for key in KEPT[fact.kind] if key in fact.says and key not in _UNSAID)
        said = ", ".join(f"{key} {str(fact.says[key])[:_SHOWN]}" for key in keys)
        return f"{fact.at.utc.astimezone(self._zone):%H:%M:%S} {fact.kind}{f': {said}' if said else ''}"

    def _time(self, instant: datetime) -> str:
        return f"{instant.astimezone(self._zone):%H:%M:%S}"

    def _line(self, label: str, text: str, *parts: Part, of: int = 0) -> Line:
        return Line(label, text, odd=any(_is_about(mark, part, of) for mark in self._marks for part in parts))


_OF_UNITS: Final = frozenset({Part.UNIT, Part.SEAL, Part.STEPS, Part.PACKAGE})
_UNSAID: Final = frozenset({"visit", "driver_name", "operator_name", "credential"})
"""What the lines above say already, or nobody reads."""


def _is_about(mark: Mark, part: Part, of: int) -> bool:
    """Whether a line is what a mark is about; of several units the one whose place it names."""
    return mark.part is part and (part not in _OF_UNITS or mark.of == of)


def _proof(proof: Proof | None) -> str:
    if proof is None:
        return "no proof recorded"
    counter = f", counter {proof.counter}" if proof.counter is not None else ""
    version = f", key {proof.key_version}" if proof.key_version is not None else ""
    return f"{proof.level} by {proof.means}{counter}{version}"


def _last_of(check: UnitCheck, began: datetime) -> datetime:
    return check.steps[-1].at if check.steps else began


def _taps(record: UpliftRecord) -> tuple[bool, bool]:
    at = record.attended_at
    assert at is not None, "looked at before"
    return at.first_tap, at.second_tap
