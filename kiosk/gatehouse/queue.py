"""The verification queue: the unattended uplifts that nobody has looked at yet, folded from the ledger's entries.

It holds what waits, with everything recorded around it; of what was verified it keeps how long things took, bounded
(`kiosk.gatehouse.usual`), and who verified it. `statement` says all of it again, so that a start reads one segment.
"""

from collections import deque
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from msgspec import Struct, convert, to_builtins

from kiosk.core.effects import EntryKind, Json
from kiosk.core.times import Moment, seconds_between
from kiosk.gatehouse.case import Case
from kiosk.gatehouse.context import Context, concerns
from kiosk.gatehouse.facts import Fact
from kiosk.gatehouse.kinds import GatehouseKind
from kiosk.gatehouse.marks import Mark
from kiosk.gatehouse.odd.look import Look
from kiosk.gatehouse.oddities import UNREADABLE, habits, marks_of, weighed
from kiosk.gatehouse.past import Past, in_order
from kiosk.gatehouse.queue_rules import USUAL_RULES, QueueRules
from kiosk.gatehouse.recorded import Recorded
from kiosk.gatehouse.uplift_record import UpliftRecord, figures_of, is_unattended, read_uplift
from kiosk.gatehouse.usual import Usual

VERIFIED: Final = GatehouseKind.UPLIFT_VERIFIED.value
DISPUTED: Final = GatehouseKind.UPLIFT_DISPUTED.value

MOST_WHOLE: Final = 600
"""Uplifts that are kept whole, some 2 KB each: two busy weeks that nobody looked at."""

MOST_SETTLED: Final = 400
"""Uplifts of which the queue itself can still say who verified them; the ledger can of all."""

AFTER_S: Final = 15 * 60.0
"""How long after an uplift what happens at the kiosk may still belong to it."""

HABITS_KNOWN: Final = 80
"""Uplifts before anything is a habit: with few, everybody is new and every hour unusual."""

OVER_S: Final = 10 * 60.0
"""So long after the second tap nothing more is recorded of a visit: no barrier is watched as long as that."""

_BEGINS: Final = frozenset({EntryKind.PIN_ASKED.value, EntryKind.VISIT_OPENED.value})


class Settled(Struct, frozen=True, array_like=True):
    """An uplift that somebody verified or disputed.

    Attributes:
        entry: The uplift's.
        by_entry: The entry that says so.
        disputed: It was disputed.
        staff: By whom.
        name: Their name.
        at_s: When, in seconds since 1970.
    """

    entry: int
    by_entry: int
    disputed: bool
    staff: str
    name: str
    at_s: int


class QueueBook:
    """What waits to be verified.

    Args:
        rules: What the site says.
    """

    def __init__(self, rules: QueueRules = USUAL_RULES) -> None:
        self.rules = rules
        self._waiting: dict[int, Case] = {}
        self._settled: deque[Settled] = deque(maxlen=MOST_SETTLED)
        self._usual = Usual()
        self._context = Context(rules.duty_lapses_h)
        self._marks: dict[tuple[int, bool], tuple[Mark, ...]] = {}

    # --- entries --------------------------------------------------------------------------------------

    def apply(self, entry: Recorded) -> None:
        """Take the next entry; those that concern no uplift change nothing."""
        if entry.kind in _BEGINS:
            self._begins(entry)
        elif entry.kind == EntryKind.UPLIFT.value:
            self._uplift(entry)
        elif entry.kind in {VERIFIED, DISPUTED}:
            self._settle(entry)
        else:
            fact = self._context.take(entry)
            if fact is not None:
                self._tell(fact)

    def _begins(self, entry: Recorded) -> None:
        if self._context.begins(entry):
            for case in self._open_cases():
                case.over = True
            self._marks.clear()

    def _open_cases(self) -> list[Case]:
        return [case for case in self._waiting.values() if not case.over]

    def _uplift(self, entry: Recorded) -> None:
        record = read_uplift(entry.body)
        case = self._context.case_of(entry, record)
        if is_unattended(entry.body):
            self._waiting[entry.seq] = case
            self._make_room(entry.at)
        if record is not None:
            self._measure(case, record)
        self._marks.clear()

    def _make_room(self, now: Moment) -> None:
        """Where too many wait, the oldest are kept in brief: a statement is one line of the ledger."""
        if len(self._waiting) > MOST_WHOLE:
            oldest = next(case for case in self._waiting.values() if case.brief is None)
            oldest.shorten(self.marks(oldest, now))

    def _tell(self, fact: Fact) -> None:
        """What was recorded after an uplift may belong to it."""
        changed = False
        for case in reversed(self._waiting.values()):
            if case.record is None or case.brief is not None or not self._belongs(fact, case, case.record):
                continue
            changed = True
            if fact.kind == EntryKind.PASSAGE.value:
                case.passage = fact
            elif fact.kind.startswith("seal-"):
                case.lives.append(fact)
            else:
                case.note(fact)
                case.present |= self._context.presence.now(fact.at) if case.passage is None and not case.over else {}
            if fact.kind == EntryKind.PASSAGE.value:
                self._measure(case, case.record)
        if fact.kind == EntryKind.PASSAGE.value:
            self._passed(fact)
        if changed:
            self._marks.clear()

    def _belongs(self, fact: Fact, case: Case, record: UpliftRecord) -> bool:
        if fact.kind.startswith("seal-"):
            return fact.text("seal_number") in record.seals
        if fact.text("visit") == case.visit:
            return True
        return seconds_between(case.at, fact.at) <= AFTER_S and concerns(fact, case, record)

    def _settle(self, entry: Recorded) -> None:
        disputed = entry.kind == DISPUTED
        numbers = [entry.body["uplift"]] if disputed else [each["uplift"] for each in entry.body["uplifts"]]
        for number in numbers:
            if self._waiting.pop(number, None) is None:
                continue
            staff, name = str(entry.body.get("staff")), str(entry.body.get("staff_name", ""))
            at_s = int(entry.at.utc.timestamp())
            self._settled.append(Settled(number, entry.seq, disputed, staff, name, at_s))
            if disputed:
                self._usual.forget(number)
        self._marks.clear()

    # --- what is usual --------------------------------------------------------------------------------

    def _measure(self, case: Case, record: UpliftRecord) -> None:
        """Others are measured by this one, too; by what looks odd about it once it is out."""
        shown = self._shown(case, record) if case.passage is not None else ()
        figures = figures_of(record)
        gone_s = 0
        if case.passage is not None:
            figures |= _way_out(case.passage)
            gone_s = int(case.passage.at.utc.timestamp()) if case.passage.says.get("seen") else 0
        self._usual.add(
            Past(
                seq=case.entry,
                at_s=int(record.signed.timestamp()),
                attended=not is_unattended(case.body),
                driver=record.driver,
                operator=record.operator,
                credential=record.credential or "",
                units=record.units,
                seals=record.seals,
                types=tuple(check.seal_type for check in record.uplifts),
                figures=in_order(figures),
                keyed=any(check.is_keyed for check in record.uplifts),
                sources=tuple(sorted({step.source for check in record.uplifts for step in check.steps} - {""})),
                means=record.proof.means if record.proof is not None else "",
                key_version=_version(record),
                pin=bool(record.pin),
                gone_s=gone_s,
                shown=shown,
            )
        )

    def _shown(self, case: Case, record: UpliftRecord) -> tuple[str, ...]:
        look = self._look(case, record, over=case.over)
        marks = marks_of(look)
        early = habits(marks) if len(look.others) < HABITS_KNOWN else frozenset()
        return tuple(sorted({mark.rule for mark in marks} - early))

    def _passed(self, fact: Fact) -> None:
        """How long the way out took of an uplift that waits for nobody."""
        seq = fact.says.get("uplift_entry")
        if seq not in self._waiting and isinstance(seq, int):
            self._usual.passed(seq, _way_out(fact), int(fact.at.utc.timestamp()) if fact.says.get("seen") else 0)

    def _look(self, case: Case, record: UpliftRecord, *, over: bool) -> Look:
        return Look(case, record, self._usual.others(case.entry), self.rules.zone, over)

    # --- what is asked --------------------------------------------------------------------------------

    def waiting(self) -> tuple[Case, ...]:
        """What waits, the oldest first."""
        return tuple(self._waiting.values())

    def case(self, entry: int) -> Case | None:
        """An uplift that waits; None when it does not."""
        return self._waiting.get(entry)

    def settled(self, entry: int) -> Settled | None:
        """Who verified or disputed an uplift; None when that is not known here."""
        return next((each for each in reversed(self._settled) if each.entry == entry), None)

    def marks(self, case: Case, now: Moment) -> tuple[Mark, ...]:
        """What looks odd about an uplift that waits, the weightiest first."""
        if case.brief is not None:
            return case.brief.marks
        over = case.over or seconds_between(case.at, now) > OVER_S
        known = self._marks.get((case.entry, over))
        if known is None:
            known = (UNREADABLE,)
            if case.record is not None:
                look = self._look(case, case.record, over=over)
                known = weighed(marks_of(look), look)
            self._marks[case.entry, over] = known
        return known

    def overdue(self, now: Moment) -> tuple[int, ...]:
        """The entries of the uplifts that wait for longer than the site allows."""
        return tuple(case.entry for case in self._waiting.values() if self.is_overdue(case, now))

    def is_overdue(self, case: Case, now: Moment) -> bool:
        """Whether one does."""
        return seconds_between(case.at, now) >= self.rules.verify_within_h * 3600

    # --- the statement --------------------------------------------------------------------------------

    def statement(self) -> dict[str, Json]:
        """All that it holds, to be said again: a book made of it is the same book."""
        settled: Json = to_builtins(list(self._settled))
        return {
            "waiting": [case.to_json() for case in self._waiting.values()],
            "settled": settled,
            "usual": self._usual.to_json(),
            "context": self._context.to_json(),
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any] | None, rules: QueueRules = USUAL_RULES) -> "QueueBook":
        """Reads what `statement` gives; statements of earlier versions say nothing."""
        book = cls(rules)
        if said is None:
            return book
        cases = map(Case.from_json, said["waiting"])
        book._waiting = {case.entry: case for case in cases}
        book._settled.extend(convert(said["settled"], list[Settled]))
        book._usual = Usual.from_json(said["usual"])
        book._context = Context.from_json(said["context"], rules.duty_lapses_h)
        return book


def _way_out(passage: Fact) -> dict[str, int]:
    """How long it took from the barrier to the exit loop, and on it."""
    opened, at_exit = passage.time("opened"), passage.time("at_exit")
    if opened is None or at_exit is None or passage.says.get("late"):
        return {}
    on_it = round((passage.at.utc - at_exit) / timedelta(milliseconds=1))
    return {"exit": round((at_exit - opened) / timedelta(milliseconds=1)), "loop": on_it}


def _version(record: UpliftRecord) -> int:
    proof = record.proof
    return proof.key_version if proof is not None and proof.key_version is not None else -1
