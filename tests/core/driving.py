"""Drives a lane as a station would: every CommitEntry is answered, as told to."""

from typing import Any

from kiosk.core import events as ev
from kiosk.core.cards import BY_NUMBER, CardProof
from kiosk.core.effects import CommitEntry, Effect, EntryKind, ExpectScan, OpenBarrier, ScanJudged
from kiosk.core.lane import Lane
from kiosk.core.plan import SecurityPlan
from kiosk.core.records import Records
from kiosk.core.roster import Roster
from kiosk.core.seals import Symbology, VvttStep
from kiosk.core.times import Moment
from kiosk.core.visit import State
from tests.core.samples import PLAN, RECORDS, at, credential


class Ride:
    """A lane, its clock, and everything that it did.

    Attributes:
        entries: What was committed, as (kind, body).
        opened: The OpenBarrier effects.
        effects: All effects.
        ledger_works: What CommitEntry is answered with.
        proof: What cards show.
    """

    def __init__(
        self,
        *,
        plan: SecurityPlan = PLAN,
        records: Records = RECORDS,
        ledger_works: bool = True,
        answers: bool = True,
        proof: CardProof = BY_NUMBER,
    ) -> None:
        self.plan = plan
        self.proof = proof
        self.ledger_works = ledger_works
        self.answers = answers
        self.now = 0.0
        self.roster = Roster()
        self.lane = Lane(plan, records, self.roster)
        self.effects: list[Effect] = []
        self.entries: list[tuple[EntryKind, dict[str, Any]]] = []
        self.opened: list[OpenBarrier] = []
        for part in ev.Part:
            for device in plan.scanners if part is ev.Part.SCANNER and plan.scanners else ("",):
                self.send(ev.PartChanged(part, True, "", "", self.at(), device))

    def at(self) -> Moment:
        return at(self.now)

    def send(self, event: ev.Event) -> list[Effect]:
        effects = self.lane.handle(event)
        self.take(effects)
        return effects

    def take(self, effects: list[Effect]) -> None:
        self.effects += effects
        for effect in effects:
            if isinstance(effect, OpenBarrier):
                self.opened.append(effect)
            if isinstance(effect, CommitEntry) and self.answers:
                self.answer(effect)

    def answer(self, effect: CommitEntry) -> None:
        if self.ledger_works:
            self.entries.append((effect.kind, dict(effect.body)))
            self.send(ev.EntryCommitted(effect.ref, len(self.entries), "00" * 32, self.at()))
        else:
            self.send(ev.CommitFailed(effect.ref, "disk full", "free some space", self.at()))

    def later(self, seconds: float) -> None:
        self.now += seconds
        self.send(ev.TimePassed(self.at()))

    def tap(self, number: int) -> None:
        self.send(ev.CardPresented(credential(number), self.proof, self.at()))
        self.send(ev.CardRemoved(self.at()))

    def scan(self, text: str, symbology: Symbology | None = Symbology.CODE_128, source: str = "") -> None:
        self.send(ev.ScanRead(text, symbology, (), self.at(), source))

    @property
    def turn(self) -> int:
        """What a seal reader is armed for now."""
        return next(effect.turn for effect in reversed(self.effects) if isinstance(effect, ExpectScan))

    def bound_scan(self, text: str, turn: int, seq: int = 1) -> ScanJudged:
        """A seal reader's scan; what it is answered."""
        bound = ev.Bound("E6614C31", seq, turn)
        effects = self.send(ev.ScanRead(text, Symbology.CODE_128, (), self.at(), "left reader", bound))
        (answer,) = [effect for effect in effects if isinstance(effect, ScanJudged)]
        return answer

    def step(self, step: VvttStep, good: bool = True) -> None:
        self.send(ev.StepAnswered(step, good, self.at()))

    def key_unit(self, text: str) -> None:
        self.send(ev.UnitKeyed(text, self.at()))

    def key_seal(self, text: str) -> None:
        self.send(ev.SealKeyed(text, self.at()))

    def to_choice(self, card: int = 1) -> "Ride":
        self.tap(card)
        self.send(ev.WentOn(self.at()))
        return self

    def to_verify(self, unit: str = "CSQU3054383", card: int = 1) -> "Ride":
        self.to_choice(card).key_unit(unit)
        self.step(VvttStep.VIEW)
        return self

    def to_signing(self) -> "Ride":
        self.to_verify().scan("NZ100001")
        self.step(VvttStep.TUG)
        self.step(VvttStep.TWIST)
        self.send(ev.UpliftsFinished(self.at()))
        return self

    def to_passing(self) -> "Ride":
        self.to_signing().tap(1)
        return self

    def state(self) -> State | None:
        return self.lane.visit.state if self.lane.visit is not None else None

    @property
    def problem(self) -> str:
        assert self.lane.visit is not None
        return str(self.lane.visit.file.problem or "")

    def kinds(self) -> list[str]:
        return [kind.value for kind, _ in self.entries]

    def last(self) -> dict[str, Any]:
        return self.entries[-1][1]
