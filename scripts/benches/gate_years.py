"""What a gate writes in years of a hundred trucks a day: the documents that its recorder would insert.

Bodies are worded by the core itself. Most visits go well; the others are held, refused, given up or interrupted.
Between them records are replaced, the machine starts anew, and somebody sets its clock.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any, Final
from uuid import UUID

from msgspec.structs import replace

from kiosk.core import entries
from kiosk.core.effects import EntryKind, Json
from kiosk.core.loads import LoadRecord, Mode
from kiosk.core.reasons import Reason, StopKind
from kiosk.core.seals import VvttStep
from kiosk.core.times import ClockState, Moment
from kiosk.core.visit_file import OtherCard, VisitFile
from kiosk.core.vvtt import How, PackageCheck, UpliftCheck
from kiosk.ledger.stamp import Clock, time_text
from kiosk.station.recorder import CLOCK_STEPPED
from scripts.benches.gate_people import People, Yard

Document = dict[str, Any]

SEED: Final = 17712
YEARS: Final = timedelta(days=11 * 365)
"""The first truck came so long ago. A million entries are some ten years, and none may be of tomorrow."""

GAP_S: Final = 14 * 60
"""Seconds between trucks, on average."""

SECOND_LOAD, OTHER_CARD, FAILED_SCAN, KEYED = 0.12, 0.01, 0.06, 0.4
"""How often a truck takes two loads; somebody else's card is tapped; a scan fails; the number is keyed then."""

REPLACED, STEPPED, RESTARTED = 0.03, 0.004, 0.0007
"""How often, after a visit, records are replaced, the clock was set, the machine starts anew."""

FAULTS: Final[Mapping[Reason, float]] = {
    Reason.CARD_UNKNOWN: 0.012,
    Reason.INDUCTION_EXPIRED: 0.01,
    Reason.OPERATOR_NOT_APPROVED: 0.008,
    Reason.TIMED_OUT: 0.02,
    Reason.DRIVER_CANCELLED: 0.01,
    Reason.LOAD_ALREADY_UPLIFTED: 0.005,
    Reason.SEAL_DAMAGED: 0.005,
    Reason.SEAL_MISMATCH: 0.015,
    Reason.SEAL_LOOSE: 0.005,
    Reason.KIOSK_STOPPED: 0.002,
}
"""What ends visits before the barrier, and how often. Where nobody sees the truck leave, that is on top of it."""

UNSEEN: Final = 0.01

_FAILING_STEP: Final = {
    Reason.SEAL_DAMAGED: VvttStep.VIEW,
    Reason.SEAL_MISMATCH: VvttStep.VERIFY,
    Reason.SEAL_LOOSE: VvttStep.TUG,
    Reason.TIMED_OUT: VvttStep.VIEW,
}
_RECORD_FILES: Final = ("approved-lists/2024-1.csv", "approved-lists/2025-1.csv", "bookings.csv", "drivers.csv")
_SITE: Final = "SLS0421"


def documents() -> Iterator[Document]:
    """Entries without end, as documents for the ledger table; the same each time but for the day they begin on."""
    return GateYears(datetime.now(UTC) - YEARS).documents()


class GateYears:
    """One gate, and where its clocks stand."""

    def __init__(self, began: datetime) -> None:
        self._random = Random(SEED)
        self._people, self._yard = People(self._random), Yard(self._random)
        self._utc = began
        self._files = {name: self._random.randbytes(32).hex() for name in _RECORD_FILES}
        self._written = 1  # the ledger's own first entry
        self._reboot()

    def documents(self) -> Iterator[Document]:
        """As the function of that name."""
        yield self._document("kiosk-started", {"site": _SITE, "files": self._files})
        while True:
            yield from self._visit()
            yield from self._between_visits()

    # --- visits ---------------------------------------------------------------------------------------

    def _visit(self) -> Iterator[Document]:
        began = self._after(self._random.expovariate(1 / GAP_S))
        reason = self._fault()
        admission = self._people.comes()
        file = VisitFile(f"{entries.stamp(began)}/{next(self._refs)}", began, admission.card.credential)
        if reason is not None and reason.text.kind is StopKind.REFUSAL:
            if reason is Reason.CARD_UNKNOWN:
                file = replace(file, credential=self._people.credential())
            yield self._stop(replace(file, stopped_in="arriving"), reason)
            return
        file = replace(file, admission=admission)
        yield self._document(EntryKind.VISIT_OPENED.value, entries.visit_opened(file), began)
        if self._random.random() < OTHER_CARD:
            other = OtherCard(self._people.credential(), "choosing", self._after(self._some(3, 20)))
            file = replace(file, other_cards=(other,))
        file = self._checked(file, reason)
        if reason is None:
            yield from self._leaves(file)
        else:
            yield from self._stopped(file, reason)

    def _fault(self) -> Reason | None:
        chance = self._random.random()
        for reason, share in FAULTS.items():
            chance -= share
            if chance < 0:
                return reason
        return None

    def _checked(self, file: VisitFile, reason: Reason | None) -> VisitFile:
        """The visit with its seals checked, as far as the reason lets it come."""
        assert file.admission is not None, "a driver who was admitted"
        for _ in range(1 + (self._random.random() < SECOND_LOAD)):
            check = self._check(self._yard.next_load(file.admission.operator), reason)
            if reason in _FAILING_STEP:
                return replace(file, current=check)
            file = replace(file, done=(*file.done, check))
        return file

    def _check(self, load: LoadRecord, reason: Reason | None) -> UpliftCheck:
        check = UpliftCheck(load)
        self._after(self._some(6, 40))
        if load.mode is Mode.AIR:
            answered = self._after(self._some(5, 30))
            signed = self._after(self._some(2, 9))
            check = replace(check, package=PackageCheck(True, answered, "S01", "Hana Whaanga", signed))
        for step in load.seal_type.steps:
            good = step is not _FAILING_STEP.get(reason) if reason else True
            if not good and reason is Reason.TIMED_OUT:
                break
            check = self._verified(check, good=good) if step is VvttStep.VERIFY else self._answered(check, step, good)
            if not good:
                break
        return check

    def _answered(self, check: UpliftCheck, step: VvttStep, good: bool) -> UpliftCheck:
        return check.with_result(step, good, How.ANSWERED, self._after(self._some(2, 15)))

    def _verified(self, check: UpliftCheck, *, good: bool) -> UpliftCheck:
        how = How.SCANNED
        if self._random.random() < FAILED_SCAN:
            check = check.with_attempt("no read within 12 s", self._after(12))
            how = How.KEYED if self._random.random() < KEYED else how
        given = check.load.seal_number if good else self._yard.another_seal(check.load)
        return replace(check, given=given).with_result(VvttStep.VERIFY, good, how, self._after(self._some(3, 25)))

    def _leaves(self, file: VisitFile) -> Iterator[Document]:
        signed = self._after(self._some(3, 20))
        yield self._document(EntryKind.UPLIFT.value, entries.uplift(replace(file, signed=signed)), signed)
        seen = self._random.random() >= UNSEEN
        file = replace(
            file,
            entry_number=self._written,
            opened=self._after(self._some(0.002, 0.02)),
            at_exit=self._after(self._some(4, 25)) if seen else None,
        )
        passed = self._after(self._some(2, 8) if seen else 90)
        yield self._document(EntryKind.PASSAGE.value, entries.passage(file, seen=seen), passed)

    def _stopped(self, file: VisitFile, reason: Reason) -> Iterator[Document]:
        step = _FAILING_STEP.get(reason)
        yield self._stop(replace(file, stopped_in=step.value if step else "signing"), reason)
        if reason.text.kind is StopKind.HOLD:
            body: Mapping[str, Json] = {"visit": file.visit_id, "staff": "S02", "note": "seal replaced, see incident"}
            yield self._document(EntryKind.HOLD_RELEASED.value, body, self._after(self._some(120, 1500)))

    def _stop(self, file: VisitFile, reason: Reason) -> Document:
        file = replace(file, reason=reason)
        return self._document(reason.text.kind.value, entries.stop(file), self._after(self._some(0.01, 30)))

    # --- what comes between them ----------------------------------------------------------------------

    def _between_visits(self) -> Iterator[Document]:
        chance = self._random.random()
        if chance < REPLACED:
            self._files = {**self._files, "bookings.csv": self._random.randbytes(32).hex()}
            yield self._document("records-replaced", {"files": self._files})
        elif chance < REPLACED + STEPPED:
            step = timedelta(seconds=self._some(-40, 40))
            before, self._utc = self._utc, self._utc + step
            body = {"by_ms": step // timedelta(milliseconds=1), "instead_of": time_text(before)}
            yield self._document(CLOCK_STEPPED, body)
        elif chance < REPLACED + STEPPED + RESTARTED:
            yield self._document("kiosk-stopped", {"site": _SITE})
            self._reboot()
            yield self._document("kiosk-started", {"site": _SITE, "files": self._files})

    def _reboot(self) -> None:
        self._boot = str(UUID(bytes=self._random.randbytes(16), version=4))
        self._monotonic = self._some(20, 40)
        self._refs = count(1)

    # --- the clocks -----------------------------------------------------------------------------------

    def _some(self, least: float, most: float) -> float:
        """Seconds between the two, any as likely as another."""
        return least + (most - least) * self._random.random()

    def _after(self, seconds: float) -> Moment:
        """The moment so much later."""
        self._monotonic += seconds
        self._utc += timedelta(seconds=seconds)
        state = ClockState.RTC if self._monotonic < 10 * GAP_S else ClockState.SYNCHRONISED
        return Moment(self._utc, self._monotonic, state, self._boot)

    def _document(self, kind: str, body: Mapping[str, Any], at: Moment | None = None) -> Document:
        """The entry as kiosk.station.recorder inserts it."""
        at = at or self._after(self._some(0.01, 60))
        self._written += 1
        next(self._refs)
        clock = Clock(at.clock.value, at.boot, int(at.monotonic * 1000))
        return {"kind": kind, "time": time_text(at.utc), "clock": clock.to_json(), "body": body}
