"""A site that records the lives of its seals: each step decided, and its entry folded, as a kiosk does it."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from kiosk.core.parties import StaffMember
from kiosk.core.plan import PurchaseApproval
from kiosk.core.sealing.decisions import decide
from kiosk.core.sealing.inspections import Inspections
from kiosk.core.sealing.kinds import StepKind
from kiosk.core.sealing.life import SealLife, SealLives
from kiosk.core.sealing.outcome import Book, Outcome, StepRefused
from kiosk.core.sealing.shapes import SHAPES, misshape_in
from kiosk.core.sealing.steps import Apply, How, Inspect, Receive, SecondCheck, Step
from kiosk.core.seals import SealForm, SealNumber, SealType
from kiosk.core.units import ContainerNumber

BEGAN = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)
BOLT = SealType("SES bolt", SealForm.BOLT, re.compile("NZ[0-9]{6}"), frozenset(), frozenset(), False, None)
UNITS = tuple(ContainerNumber(text) for text in ("CSQU3054383", "TASU1170000", "MSKU2145082"))
MERE, TAMA = StaffMember("S1", "Mere Paki"), StaffMember("S2", "Tama Rua")
APPROVALS = {
    "PA-1": PurchaseApproval("PA-1", frozenset({"SLS001"})),
    "PA-2": PurchaseApproval("PA-2", frozenset({"SLS002", "SLS003"})),
}


def seal(number: int) -> SealNumber:
    return SealNumber(f"NZ{number:06}")


class SealSite:
    """The entries so far, and what they say.

    Attributes:
        entries: Kind and body, in order; the first has the number 1.
    """

    def __init__(self) -> None:
        self.entries: list[tuple[str, dict[str, Any]]] = []
        self.lives = SealLives()
        self.inspections = Inspections()
        self.now = BEGAN

    @property
    def book(self) -> Book:
        return Book("SLS001", APPROVALS, {BOLT.name: BOLT}, self.lives, self.inspections)

    def record(self, kind: str, body: dict[str, Any]) -> None:
        self.now += timedelta(minutes=1)
        self.entries.append((kind, body))
        self.lives.take(kind, body, self.now, len(self.entries))
        self.inspections.take(kind, body, len(self.entries))

    def do(self, step: Step, who: StaffMember = MERE) -> Outcome:
        outcome = decide(step, who, self.book)
        self.record(outcome.kind, outcome.body)
        assert misshape_in(outcome.body, SHAPES[outcome.kind], whole=True) == ""
        return outcome

    def refuse(self, step: Step, who: StaffMember = MERE) -> StepRefused:
        """What is said of a step that cannot be; AssertionError when it can."""
        try:
            outcome = decide(step, who, self.book)
        except StepRefused as refused:
            for body in refused.discrepancies:
                assert misshape_in(body, SHAPES[StepKind.DISCREPANCY.value], whole=True) == ""
            return refused
        raise AssertionError(f"expected it to be refused, got {outcome}")

    def of(self, number: int) -> SealLife:
        return self.lives.of(seal(number).text)

    # --- steps as tests need them most --------------------------------------------------------------

    def received(self, *numbers: int) -> "SealSite":
        self.do(self.delivery(*numbers))
        return self

    def delivery(self, *numbers: int, approval: str = "PA-1", within: frozenset[SealNumber] | None = None) -> Receive:
        return Receive(tuple(map(seal, numbers)), within, BOLT, "B7", approval, How.SCANNED, self.now)

    def applied(self, number: int, unit: int = 0, who: StaffMember = MERE) -> "SealSite":
        self.do(self.application(number, unit), who)
        return self

    def application(self, number: int, unit: int = 0) -> Apply:
        return Apply(seal(number), UNITS[unit], "TVP-1", How.SCANNED, self.now)

    def checked(self, number: int, unit: int = 0, who: StaffMember = TAMA) -> "SealSite":
        self.do(SecondCheck(seal(number), UNITS[unit], seal(number).text, How.KEYED), who)
        return self

    def uplifted(self, number: int, unit: int = 0) -> "SealSite":
        check = {"seal_number": seal(number).text, "unit": UNITS[unit].text, "seal_type": BOLT.name, "booking": "TVP-1"}
        body = {"visit": "v", "driver": "D1", "driver_name": "Aroha Ngata", "operator": "HHH", "uplifts": [check]}
        self.record("uplift", body)
        return self


def inspection(unit: int = 0, **given: Any) -> Inspect:
    fields: dict[str, Any] = {
        "reefer": False,
        "bad": frozenset(),
        "by_driver": frozenset(),
        "by_rail": False,
        "driver_id": "",
        "driver_name": "",
        "driver_acknowledged": "",
        "findings": "",
    }
    return Inspect(UNITS[unit], **(fields | given))
