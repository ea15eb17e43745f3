"""What is counted of what the station tells."""

import pytest

from kiosk.console import messages as msg
from kiosk.core import events as ev
from kiosk.core.cards import BY_NUMBER
from kiosk.core.effects import CommitEntry, EntryKind, Indicate, Json, OpenBarrier, Signal
from kiosk.core.reasons import Reason
from kiosk.core.times import Moment
from kiosk.monitoring import readings
from kiosk.monitoring.counts import INCIDENTS, MOST_PENDING, OTHER, READER_PARTS, Counts
from kiosk.monitoring.histogram import Histogram
from tests.core.samples import at, credential

DEVICES = {"card reader": "reader", "seal scanner": "scanner", "gate": "gate"}


class Told:
    """Counts, and a clock that stands where the test puts it."""

    def __init__(self) -> None:
        self.now = at()
        self.counts = Counts(DEVICES, ("north reader",), lambda: self.now.monotonic)
        self._refs = 0

    def passes(self, seconds: float) -> Moment:
        self.now = at(self.now.monotonic - at().monotonic + seconds)
        return self.now

    def tap(self) -> None:
        self.counts.happened(ev.CardPresented(credential(1), BY_NUMBER, self.now))

    def asks(self, kind: EntryKind, **body: Json) -> int:
        """An entry that the ledger is asked for."""
        self._refs += 1
        self.counts.happened(CommitEntry(self._refs, kind, body, self.now))
        return self._refs

    def records(self, kind: EntryKind, **body: Json) -> None:
        """An entry that the ledger takes at once."""
        self.counts.happened(ev.EntryCommitted(self.asks(kind, **body), 7, "00", self.now))


@pytest.fixture
def told() -> Told:
    return Told()


def test_a_visit_ends_once_its_entry_is_on_the_disk_by_outcome_and_reason(told: Told) -> None:
    told.records(EntryKind.VISIT_OPENED, visit="v1")
    hold = told.asks(EntryKind.HOLD, visit="v1", reason=Reason.SEAL_MISMATCH.name)
    assert sum(told.counts.visits_ended.values()) == 0
    told.counts.happened(ev.EntryCommitted(hold, 8, "00", told.now))
    told.records(EntryKind.REFUSAL, visit="v2", reason=Reason.CARD_UNKNOWN.name)
    told.records(EntryKind.ABANDONED, visit="v3", reason=Reason.TIMED_OUT.name)
    told.records(EntryKind.INTERRUPTED, visit="v4", reason=Reason.POWER_LOST.name)
    told.records(EntryKind.PASSAGE, visit="v5", seen=True)
    told.records(EntryKind.PASSAGE, visit="v6", seen=False)
    told.records(EntryKind.HOLD, visit="v7", reason="OF_A_LATER_VERSION")
    assert {end: number for end, number in told.counts.visits_ended.items() if number} == {
        ("held", "SEAL_MISMATCH"): 1,
        ("refused", "CARD_UNKNOWN"): 1,
        ("abandoned", "TIMED_OUT"): 1,
        ("interrupted", "POWER_LOST"): 1,
        ("departed", ""): 1,
        ("unseen", ""): 1,
        ("held", OTHER): 1,
    }


def test_a_visit_begins_once_however_many_entries_it_has_and_not_again_when_it_is_told_late(told: Told) -> None:
    told.records(EntryKind.PIN_ASKED, visit="v1")
    told.records(EntryKind.PIN_WRONG, visit="v1", tries=1)
    told.records(EntryKind.VISIT_OPENED, visit="v1")
    told.records(EntryKind.REFUSAL, visit="v2", reason="CARD_UNKNOWN")
    told.records(EntryKind.REFUSAL, visit="v0", reason="CARD_UNKNOWN", late=True)
    told.records(EntryKind.INTERRUPTED, visit="from before the start", reason="POWER_LOST")
    assert told.counts.visits_begun == 2
    assert told.counts.pins_wrong == 1


def test_containers_are_counted_by_how_they_left(told: Told) -> None:
    sea: dict[str, Json] = {"mode": "sea", "keyed": False}
    air: dict[str, Json] = {"mode": "air", "keyed": True}
    told.records(EntryKind.UPLIFT, visit="v1", attended=True, uplifts=[sea, sea])
    told.records(EntryKind.UPLIFT, visit="v2", attended=False, uplifts=[air])
    assert {labels: number for labels, number in told.counts.uplifts.items() if number} == {
        ("sea", "yes", "scanned"): 2,
        ("air", "no", "keyed"): 1,
    }


def test_a_decision_is_timed_from_the_tap_to_the_first_signal_of_that_very_tap(told: Told) -> None:
    told.tap()
    told.passes(0.02)
    told.asks(EntryKind.VISIT_OPENED, visit="v1")
    told.counts.happened(Indicate(Signal.GOOD))
    told.counts.happened(ev.CardRemoved(told.now))
    told.tap()
    told.counts.happened(ev.CardRemoved(told.now))  # a tap that nothing came of
    told.passes(30)
    told.counts.happened(Indicate(Signal.ASK))
    buckets, sum_s = told.counts.tap_to_decision.read()
    assert buckets[-1] == ("+Inf", 1.0)
    assert sum_s == pytest.approx(0.02)


def test_the_barrier_is_timed_from_the_tap_that_signs(told: Told) -> None:
    told.tap()
    told.counts.happened(Indicate(Signal.GOOD))
    told.passes(40)
    told.tap()
    uplift = told.asks(EntryKind.UPLIFT, visit="v1", attended=True, uplifts=[])
    told.passes(0.004)
    told.counts.happened(ev.EntryCommitted(uplift, 9, "00", told.now))
    told.counts.happened(OpenBarrier("v1", 9))
    told.counts.happened(Indicate(Signal.OPEN))
    assert told.counts.tap_to_barrier.read()[1] == pytest.approx(0.004)
    assert told.counts.tap_to_decision.read()[0][-1] == ("+Inf", 1.0), "the second tap's answer waits for the disk"
    assert told.counts.commit.read()[1] == pytest.approx(0.004)
    assert told.counts.barrier_openings == 1


def test_an_entry_that_the_disk_does_not_take_is_counted_and_forgotten(told: Told) -> None:
    ref = told.asks(EntryKind.HOLD, visit="v1", reason="SEAL_LOOSE")
    told.counts.happened(ev.CommitFailed(ref, "no room", "make room", told.now))
    told.counts.happened(ev.EntryCommitted(ref, 3, "00", told.now))
    assert told.counts.commit_failures == 1
    assert sum(told.counts.visits_ended.values()) == 0
    for _ in range(2 * MOST_PENDING):
        told.asks(EntryKind.INCIDENT, what="cabinet-opened")
    assert len(told.counts._pending) == MOST_PENDING


def test_a_device_is_lost_only_after_it_has_answered(told: Told) -> None:
    def changed(working: bool, device: str) -> None:
        told.counts.happened(ev.PartChanged(ev.Part.READER, working, "", "", told.now, device))

    changed(False, "card reader")
    changed(True, "card reader")
    changed(False, "card reader")
    changed(False, "card reader")
    changed(True, "gate")
    changed(True, "of another site")
    assert told.counts.device_losses == {"card reader": 1, "seal scanner": 0, "gate": 0}
    assert told.counts.device_up == {"card reader": False, "seal scanner": False, "gate": True}


def test_a_seal_readers_faults_are_counted_by_part_and_their_ends_are_not(told: Told) -> None:
    for part, is_over in (("engine", False), ("engine", True), ("lid", False)):
        told.counts.happened(ev.ReaderFault("north reader", part, is_over, "", "", told.now))
    told.counts.happened(ev.ReaderFault("of another site", "engine", False, "", "", told.now))
    assert {key: n for key, n in told.counts.reader_faults.items() if n} == {
        ("north reader", "engine"): 1,
        ("north reader", OTHER): 1,
    }


def test_the_gates_incidents_and_stray_scans_are_counted_by_what_they_are(told: Told) -> None:
    for what in (*INCIDENTS, "of a later version"):
        told.records(EntryKind.INCIDENT, what=what, attended=False)
    told.records(EntryKind.STRAY_SCAN, why="late", text="NZ100001")
    told.counts.happened(ev.TamperChanged(True, told.now))
    told.counts.happened(ev.BarrierFailed("it stays down", told.now))
    assert told.counts.incidents == dict.fromkeys((*INCIDENTS, OTHER), 1)
    assert told.counts.stray_scans == {"late": 1, "unbound": 0}
    assert told.counts.cabinet_open
    assert told.counts.barrier_failures == 1


def test_every_series_is_there_from_the_start_so_that_no_reader_meets_a_table_that_grows(told: Told) -> None:
    before = [(each.name, each.labels) for each in readings.counted(told.counts)]
    for kind in EntryKind:
        told.records(kind, visit="v1", reason="NEW", what="new", why="new", uplifts=[{"mode": "rail", "keyed": False}])
    told.counts.happened(ev.PartChanged(ev.Part.SCANNER, True, "", "", told.now, "a new one"))
    told.counts.happened(ev.ReaderFault("a new one", "new", False, "", "", told.now))
    assert [(each.name, each.labels) for each in readings.counted(told.counts)] == before
    assert len(before) == len(set(before))
    assert ("seal_reader_faults_total", (("device", "north reader"), ("fault", READER_PARTS[0]))) in before


def test_a_kiosk_that_has_said_nothing_is_out_of_service() -> None:
    told = {(each.name, each.labels): each.value for each in readings.of_service(None)}
    assert told["in_service", ()] == 0
    parts = tuple(msg.PartHealth(part, msg.Condition.WORKING) for part in msg.Part)
    short = (*parts[:-1], msg.PartHealth(msg.Part.LEDGER, msg.Condition.SHORT))
    for health, served in ((parts, 1), (short, 1), (parts[:-1], 0)):
        told = {(each.name, each.labels): each.value for each in readings.of_service(msg.Health(health))}
        assert told["in_service", ()] == served
    assert told["part_working", (("part", "ledger"),)] == 0


def test_a_histogram_counts_each_up_to_its_bound_and_what_is_above_the_last() -> None:
    histogram = Histogram((0.1, 1.0))
    for seconds in (0.05, 0.1, 0.5, 7.0):
        histogram.observe(seconds)
    buckets, sum_s = histogram.read()
    assert buckets == [("0.1", 2.0), ("1.0", 3.0), ("+Inf", 4.0)]
    assert sum_s == pytest.approx(7.65)
