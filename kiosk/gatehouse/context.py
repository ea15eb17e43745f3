"""What is going on at the gate, as far as an uplift that comes will be asked about it. Bounded, whatever comes.

The visit that is on, what was recorded of late, what staff recorded of seals, and how far cards have come.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, Final

from msgspec import Struct

from kiosk.core.effects import Json
from kiosk.core.times import Moment
from kiosk.gatehouse.case import Case
from kiosk.gatehouse.facts import Fact, moment_from, moment_to
from kiosk.gatehouse.presence import KINDS, Presence
from kiosk.gatehouse.recorded import Recorded
from kiosk.gatehouse.uplift_record import UpliftRecord

MOST_RECENT: Final = 400
KEEP_S: Final = 24 * 3600.0
"""How long what was recorded beside uplifts is kept: what somebody tried last night, not last week."""

SITE_S: Final = 3600.0
"""How long before a visit what happened at the kiosk itself may belong to it."""

MOST_SEALS: Final = 600
"""Seals of which something is recorded and that have not left: more than stand in a yard. The oldest go first."""

MOST_CARDS: Final = 400
MOST_REPLACED: Final = 40

BEAT_S, HOUR_S, DAY_S = 300, 3600, 26 * 3600
BEATS: Final = 2
"""Records that come at the same minutes of an hour as twice before within a day, come by a timer."""

HABIT: Final = 6
"""Times that records came before, from which on it is known when they do."""

_OF_SITE: Final = frozenset(
    {
        *("incident", "stray-scan", "records-replaced", "kiosk-started", "kiosk-stopped", "ledger-reopened"),
        *("torn-tail", "head-restored", "restored", "clock-stepped", "staff-signed-on", "staff-signed-off"),
        *("list-override",),
    }
)
"""What concerns every uplift that is near in time."""


class _Visit(Struct):
    """The visit that is on, or was on last."""

    visit: str
    seq: int
    opened: Moment
    approved_list: str | None
    counter: int | None
    cabinet: int | None
    present: dict[str, str]


class Context:
    """Folds entries into what is going on.

    Args:
        lapses_h: As `Presence` has it.
    """

    def __init__(self, lapses_h: float) -> None:
        self.presence = Presence(lapses_h)
        self._visit: _Visit | None = None
        self._recent: deque[Fact] = deque(maxlen=MOST_RECENT)
        self._lives: dict[str, list[Fact]] = {}
        self._lives_told = False
        self._counters: dict[str, int] = {}
        self._replaced: deque[int] = deque(maxlen=MOST_REPLACED)
        self._cabinet: int | None = None

    # --- entries --------------------------------------------------------------------------------------

    def begins(self, entry: Recorded) -> bool:
        """Take the first entries of a visit; whether it is another visit than before."""
        visit = str(entry.body.get("visit"))
        another = self._visit is None or self._visit.visit != visit
        if another:
            counter = self._counters.get(str(entry.body.get("credential")))
            there = self.presence.now(entry.at)
            self._visit = _Visit(visit, entry.seq, entry.at, None, counter, self._cabinet, there)
        assert self._visit is not None, "a visit is on"
        self._visit.approved_list = entry.body.get("approved_list") or self._visit.approved_list
        self.hear(entry.body)
        return another

    def take(self, entry: Recorded) -> Fact | None:
        """Take an entry of any other kind; what is kept of it, if anything."""
        if entry.kind in KINDS:
            self.presence.apply(entry.kind, entry.body, entry.at)
            if self._visit is not None:
                self._visit.present |= self.presence.now(entry.at)
        fact = Fact.of(entry)
        if fact is None:
            return None
        self.hear(entry.body)
        if fact.kind == "incident" and fact.text("what").startswith("cabinet-"):
            self._cabinet = fact.seq if fact.text("what") == "cabinet-opened" else None
        if fact.kind == "records-replaced":
            fact = self._with_beat(fact)
        if fact.kind.startswith("seal-"):
            self._live(fact)
        else:
            self._remember(fact)
        return fact

    def hear(self, body: Mapping[str, Any]) -> None:
        """How far a card has come."""
        credential = body.get("credential")
        for key in ("proof", "signed_proof"):
            proof = body.get(key)
            counter = proof.get("counter") if isinstance(proof, Mapping) else None
            if isinstance(credential, str) and isinstance(counter, int):
                highest = max(counter, self._counters.pop(credential, counter))
                self._counters[credential] = highest
        while len(self._counters) > MOST_CARDS:
            del self._counters[next(iter(self._counters))]

    def _with_beat(self, fact: Fact) -> Fact:
        now = int(fact.at.utc.timestamp())
        off = [(now - before) % HOUR_S for before in self._replaced if now - before <= DAY_S]
        beats = sum(min(each, HOUR_S - each) <= BEAT_S for each in off)
        self._replaced.append(now)
        says = {"on_beat": beats >= BEATS, "habit": len(self._replaced) >= HABIT}
        return Fact(fact.seq, fact.kind, fact.at, says)

    def _remember(self, fact: Fact) -> None:
        self._recent.append(fact)
        while self._recent and self._recent[0].seconds_before(fact.at) > KEEP_S:
            self._recent.popleft()

    def _live(self, fact: Fact) -> None:
        self._lives_told = self._lives_told or fact.kind == "seal-applied"
        seal = fact.text("seal_number")
        self._lives[seal] = [*self._lives.pop(seal, []), fact][-8:]
        while len(self._lives) > MOST_SEALS:
            del self._lives[next(iter(self._lives))]

    # --- an uplift ------------------------------------------------------------------------------------

    def case_of(self, entry: Recorded, record: UpliftRecord | None) -> Case:
        """An uplift with all that was recorded around it so far."""
        case = Case(entry.seq, entry.at, entry.body, record, began_in=entry.seq, lives_told=self._lives_told)
        visit = self._visit
        if visit is not None and visit.visit == case.visit:
            case.opened, case.opened_list, case.began_in = visit.opened, visit.approved_list, visit.seq
            case.counter, case.cabinet, case.present = visit.counter, visit.cabinet, dict(visit.present)
        else:
            case.counter, case.cabinet = self._counters.get(str(entry.body.get("credential"))), self._cabinet
        case.present |= self.presence.now(entry.at)
        self.hear(entry.body)
        if record is not None:
            self._gather(case, record)
        return case

    def _gather(self, case: Case, record: UpliftRecord) -> None:
        held = set[str]()
        for fact in self._recent:
            if concerns(fact, case, record) or (fact.kind == "hold-released" and fact.text("visit") in held):
                case.note(fact)
                if fact.kind == "hold":
                    held.add(fact.text("visit"))
        case.lives = [fact for seal in record.seals for fact in self._lives.pop(seal, [])]

    # --- the statement --------------------------------------------------------------------------------

    def to_json(self) -> dict[str, Json]:
        """As a statement keeps it."""
        visit = self._visit
        return {
            "visit": None
            if visit is None
            else {
                "visit": visit.visit,
                "seq": visit.seq,
                "opened": moment_to(visit.opened),
                "approved_list": visit.approved_list,
                "counter": visit.counter,
                "cabinet": visit.cabinet,
                "present": dict(visit.present),
            },
            "recent": [fact.to_json() for fact in self._recent],
            "lives": [[seal, [fact.to_json() for fact in facts]] for seal, facts in self._lives.items()],
            "lives_told": self._lives_told,
            "counters": [[card, counter] for card, counter in self._counters.items()],
            "replaced": list(self._replaced),
            "cabinet": self._cabinet,
            "presence": self.presence.to_json(),
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any], lapses_h: float) -> "Context":
        """Reads what `to_json` gives."""
        context = cls(lapses_h)
        visit = said["visit"]
        if visit is not None:
            opened, present = moment_from(visit["opened"]), dict(visit["present"])
            context._visit = _Visit(**{**visit, "opened": opened, "present": present})
        context._recent.extend(map(Fact.from_json, said["recent"]))
        context._lives = {seal: _facts(facts) for seal, facts in said["lives"]}
        context._lives_told = said["lives_told"]
        context._counters = dict(said["counters"])
        context._replaced.extend(said["replaced"])
        context._cabinet = said["cabinet"]
        context.presence = Presence.from_json(said["presence"], lapses_h)
        return context


def _facts(said: Iterable[Mapping[str, Any]]) -> list[Fact]:
    return [Fact.from_json(fact) for fact in said]


def concerns(fact: Fact, case: Case, record: UpliftRecord) -> bool:
    """Whether what was recorded is for somebody who looks through this uplift.

    Of the kiosk itself what is near in time; of people and cards what is about the same visit, driver, card or unit.
    """
    if fact.kind in _OF_SITE:
        begins = case.opened if case.opened is not None else case.at
        return fact.seq >= case.began_in or fact.seconds_before(begins) <= SITE_S
    named = {fact.text("detail"), *fact.says.get("units", ()), *fact.says.get("seals", ())}
    return (
        fact.text("visit") == case.visit
        or (record.driver != "" and record.driver in {fact.text("driver"), fact.text("holder")})
        or (record.credential is not None and fact.text("credential") == record.credential)
        or bool(named & {*record.units, *filter(None, record.seals)})
    )
