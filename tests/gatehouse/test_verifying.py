"""Who may verify which uplifts: never whoever drove, or was about; and what is recorded of it."""

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from kiosk.gatehouse import verifying
from kiosk.gatehouse.actor import Actor
from kiosk.gatehouse.queue import DISPUTED, VERIFIED, QueueBook
from kiosk.gatehouse.queue_rules import USUAL_RULES, QueueRules
from kiosk.gatehouse.queue_views import rows
from kiosk.gatehouse.recorded import Refused, ToRecord
from kiosk.gatehouse.roles import Role
from kiosk.gatehouse.verifying import LONGEST_NOTE, MOST_AT_ONCE, decide_dispute, decide_verify
from kiosk.ledger.terms import Term, terms_of
from kiosk.site.settings import CameraReference
from tests.core.samples import at
from tests.gatehouse.diary import Diary, said_again

HANA = Actor("S1", "Hana Reti", Role.GATEHOUSE)
TOM = Actor("S2", "Tom Ruiz", Role.GATEHOUSE)
PICTURES = "cam 2, 21:04 to 21:09"


def card_of(driver: str) -> str:
    return f"TYPE_4:{driver.encode().hex().upper()}"


def seal_of(visit: str, place: int) -> str:
    return f"NZ{int(visit[1:]):04}{place}"


class Gatehouse(Diary):
    """A ledger with uplifts in it, each the least that is one and nothing odd about it unless that is said."""

    def __init__(self, rules: QueueRules = USUAL_RULES) -> None:
        self.book = QueueBook(rules)
        super().__init__(self.book)
        self.visits = 0

    def open(self, driver: str = "D1") -> str:
        self.visits += 1
        visit = f"V{self.visits}"
        self.add(
            "visit-opened", {"visit": visit, "driver": driver, "credential": card_of(driver), "approved_list": "1"}
        )
        return visit

    def uplift(self, visit: str | None = None, *, driver: str = "D1", keyed: int = 0, **body: Any) -> int:
        """A signed visit; each number that was keyed is a remark, and two are odd."""
        visit = visit or self.open(driver)
        began, units = self.moment.utc, max(1, keyed)
        self.later(seconds=90)
        checks = [self._check(visit, place, keyed=place < keyed) for place in range(units)]
        said = {
            "visit": visit, "began": began.isoformat(), "signed": self.moment.utc.isoformat(), "driver": driver,
            "driver_name": "Dan Drake", "credential": card_of(driver), "approved_list": "1", "attended": False,
        }  # fmt: skip
        entry = self.add("uplift", said | {"uplifts": checks} | body)
        self.later(seconds=10)
        opened, there = self.later(seconds=1), self.later(seconds=9)
        self.later(seconds=4)
        times = {"opened": opened.utc.isoformat(), "at_exit": there.utc.isoformat()}
        self.add("passage", {"visit": visit, "seen": True, "uplift_entry": entry} | times)
        self.later(minutes=40)
        return entry

    def _check(self, visit: str, place: int, *, keyed: bool) -> dict[str, Any]:
        end = self.moment.utc.timestamp()

        def stamp(before_s: float) -> str:
            return at(end - before_s - at(0).utc.timestamp()).utc.isoformat()

        how = "keyed" if keyed else "scanned"
        steps = [("view", "answered", 40), ("verify", how, 22), ("tug", "answered", 15), ("twist", "answered", 9)]
        return {
            "unit": f"UNIT-{visit}-{place}", "seal_number": seal_of(visit, place), "seal_type": "bolt",
            "seal_form": "bolt", "keyed": keyed, "not_applicable": [], "attempts": [],
            "steps": [{"step": step, "good": True, "how": given, "at": stamp(s)} for step, given, s in steps],
        }  # fmt: skip

    def verify(self, *entries: int, by: Actor = HANA, note: str = "", camera: str = "", **cards: Any) -> int:
        (wanted,) = decide_verify(self.book, entries, by, note, camera, self.moment, **cards)
        return self.write(wanted)

    def dispute(self, entry: int, by: Actor = HANA, note: str = "no such truck", camera: str = "") -> int:
        (wanted,) = decide_dispute(self.book, entry, by, note, camera, self.moment)
        return self.write(wanted)


@pytest.fixture
def gate() -> Gatehouse:
    return Gatehouse()


# --- what is recorded -----------------------------------------------------------------------------------


def test_several_are_verified_by_one_act_and_that_is_one_entry(gate: Gatehouse) -> None:
    first, second = gate.uplift(), gate.uplift(driver="D2")
    gate.verify(first, second, first, note=" seen  on\nfilm ", camera=PICTURES)
    body = gate.last
    assert gate.entries[-1].kind == VERIFIED
    assert [each["uplift"] for each in body["uplifts"]] == [first, second]
    assert (body["staff"], body["staff_name"], body["note"], body["camera"]) == (
        "S1",
        "Hana Reti",
        "seen on film",
        PICTURES,
    )
    assert gate.book.waiting() == ()


def test_the_entry_says_what_was_pointed_out_and_is_found_by_container_seal_and_driver(gate: Gatehouse) -> None:
    entry = gate.uplift(keyed=2)
    gate.verify(entry, camera=PICTURES)
    (said,) = gate.last["uplifts"]
    assert said["weight"] >= 2
    assert any("was keyed, not scanned" in each for each in said["odd"])
    found = terms_of(VERIFIED, gate.last)
    assert {(Term.CONTAINER, "UNIT-V1-0"), (Term.SEAL, seal_of("V1", 1)), (Term.DRIVER, "D1")} <= found
    assert not any(term in {Term.SEAL_GONE, Term.LOAD_GONE} for term, _ in found)


def test_a_discrepancy_needs_words_and_takes_the_uplift_out_of_the_queue(gate: Gatehouse) -> None:
    entry = gate.uplift()
    with pytest.raises(Refused, match="expected a note"):
        gate.dispute(entry, note="  ")
    gate.dispute(entry)
    assert gate.entries[-1].kind == DISPUTED
    assert (gate.last["uplift"], gate.last["note"]) == (entry, "no such truck")
    with pytest.raises(Refused, match="it was disputed by Hana Reti: entry 4"):
        gate.verify(entry, by=TOM)


def test_what_was_verified_already_is_refused_and_says_by_whom(gate: Gatehouse) -> None:
    entry = gate.uplift()
    by = gate.verify(entry)
    with pytest.raises(Refused, match=f"it was verified by Hana Reti: entry {by}"):
        gate.verify(entry, by=TOM)
    with pytest.raises(Refused, match="expected uplift 99 to wait for verification, got it does not"):
        gate.verify(99)


def test_of_several_one_that_cannot_be_verified_stops_all(gate: Gatehouse) -> None:
    first, second = gate.uplift(), gate.uplift(driver=HANA.staff_id)
    with pytest.raises(Refused, match=f"for uplift {second}, got you drove it"):
        gate.verify(first, second)
    assert len(gate.book.waiting()) == 2


def test_none_or_too_many_at_once_are_refused(gate: Gatehouse) -> None:
    with pytest.raises(Refused, match=f"expected 1 to {MOST_AT_ONCE} uplifts, got 0"):
        gate.verify()
    with pytest.raises(Refused, match=f"got {MOST_AT_ONCE + 1}"):
        gate.verify(*range(MOST_AT_ONCE + 1))


def test_a_note_is_a_line_that_can_be_printed(gate: Gatehouse) -> None:
    entry = gate.uplift()
    with pytest.raises(Refused, match=f"a note in at most {LONGEST_NOTE} characters"):
        gate.verify(entry, note="x" * (LONGEST_NOTE + 1))
    with pytest.raises(Refused):
        gate.verify(entry, note="a\x07b")


# --- odd ones -------------------------------------------------------------------------------------------


def test_an_odd_one_is_verified_by_itself_with_a_camera_reference(gate: Gatehouse) -> None:
    plain, odd = gate.uplift(), gate.uplift(driver="D2", keyed=2)
    with pytest.raises(Refused, match=f"expected odd uplifts verified one by one.*got {odd} among 2"):
        gate.verify(plain, odd, camera=PICTURES)
    with pytest.raises(Refused, match=f"a camera reference: uplift {odd} looks odd"):
        gate.verify(odd, note="fine")
    gate.verify(odd, camera=PICTURES)
    gate.verify(plain)


def test_where_the_site_wants_it_each_act_gives_a_camera_reference() -> None:
    gate = Gatehouse(QueueRules(camera=CameraReference.ALWAYS))
    first, second = gate.uplift(), gate.uplift(driver="D2")
    with pytest.raises(Refused, match="a camera reference: the site gives one with each"):
        gate.verify(first, second)
    gate.verify(first, second, camera=PICTURES)


def test_where_there_are_no_cameras_an_odd_one_needs_a_note() -> None:
    gate = Gatehouse(QueueRules(camera=CameraReference.NEVER))
    odd, plain = gate.uplift(keyed=2), gate.uplift(driver="D2")
    gate.verify(plain)
    with pytest.raises(Refused, match="expected a note"):
        gate.verify(odd)
    gate.verify(odd, note="called the operator")


# --- who may not ----------------------------------------------------------------------------------------


def test_whoever_drove_neither_verifies_nor_disputes(gate: Gatehouse) -> None:
    entry = gate.uplift(driver=HANA.staff_id)
    for act in (gate.verify, gate.dispute):
        with pytest.raises(Refused, match="got you drove it"):
            act(entry)
    named = gate.uplift(driver="D9", driver_name=" hana  RETI ")
    with pytest.raises(Refused, match="the driver has your name"):
        gate.verify(named)
    held = gate.uplift(driver="D8")
    with pytest.raises(Refused, match="got you drove it"):
        gate.verify(held, cards=frozenset({card_of("D8")}))


def test_whose_card_was_laid_on_or_who_signed_the_package_does_not_verify(gate: Gatehouse) -> None:
    other = {"credential": "TYPE_4:00", "at": at(1).utc.isoformat(), "reason": "", "during": "view"}
    laid_on = gate.uplift(other_cards=[other])
    with pytest.raises(Refused, match="your card was laid on in the visit"):
        gate.verify(laid_on, camera=PICTURES, cards=frozenset({"TYPE_4:00"}))
    stamp = at(1).utc.isoformat()
    signed = {"good": True, "answered": stamp, "signed": stamp, "staff": "S1", "credential": "TYPE_4:01"}
    check = {"unit": "ULD-1", "seal_number": "A1", "mode": "air", "steps": [], "package_check": signed}
    package = gate.uplift(uplifts=[check])
    with pytest.raises(Refused, match="you signed the package's check"):
        gate.verify(package, camera=PICTURES)
    gate.verify(package, by=TOM, camera=PICTURES)


@pytest.mark.parametrize(("on", "off", "how"), [
    ("staff-signed-on", "staff-signed-off", "signed on"), ("logon", "logoff", "logged on"),
])  # fmt: skip
def test_whoever_was_signed_on_or_logged_on_at_the_time_does_not_verify(
    gate: Gatehouse, on: str, off: str, how: str
) -> None:
    before = gate.uplift()
    gate.add(on, {"staff": "S1", "name": "Hana Reti", "how": "console"})
    during = gate.uplift()
    visit = gate.open()
    gate.add(off, {"staff": "S1", "name": "Hana Reti"})
    began = gate.uplift(visit)
    after = gate.uplift()
    visit = gate.open()
    gate.add(on, {"staff": "S1", "name": "Hana Reti", "how": "console"})
    gate.add(off, {"staff": "S1", "name": "Hana Reti"})
    meanwhile = gate.uplift(visit)
    for entry in (during, began, meanwhile):
        with pytest.raises(Refused, match=f"got you were {how} at the time"):
            gate.verify(entry, camera=PICTURES)
        gate.verify(entry, by=TOM, camera=PICTURES)
    for entry in (before, after):
        gate.verify(entry, camera=PICTURES)


def test_who_comes_while_the_truck_drives_out_was_there_too(gate: Gatehouse) -> None:
    visit = gate.open()
    stamp = gate.moment.utc.isoformat()
    check = {"unit": "U", "seal_number": "N", "steps": []}
    said = {"visit": visit, "began": stamp, "signed": stamp, "driver": "D1", "attended": False, "uplifts": [check]}
    entry = gate.add("uplift", said)
    gate.add("staff-signed-on", {"staff": "S1", "name": "Hana Reti", "how": "badge"})
    gate.add("staff-signed-off", {"staff": "S1", "name": "Hana Reti"})
    with pytest.raises(Refused, match="you were signed on at the time"):
        gate.verify(entry, camera=PICTURES)


def test_a_sign_on_that_was_forgotten_lapses_and_a_session_ends_with_the_kiosk(gate: Gatehouse) -> None:
    gate.add("staff-signed-on", {"staff": "S1", "name": "Hana Reti", "how": "console"})
    gate.add("logon", {"staff": "S2", "means": "password", "where": "a terminal"})
    gate.later(hours=13)
    early = gate.uplift()
    gate.add("kiosk-started", {"site": "X", "files": {}})
    gate.later(hours=2)
    late = gate.uplift()
    for actor in (HANA, TOM):
        with pytest.raises(Refused, match="at the time"):
            gate.verify(early, by=actor, camera=PICTURES)
    gate.verify(late, camera=PICTURES)


def test_the_row_says_beforehand_why_somebody_may_not(gate: Gatehouse) -> None:
    gate.add("staff-signed-on", {"staff": "S1", "name": "Hana Reti", "how": "console"})
    gate.uplift()
    (hers,), (his,) = rows(gate.book, HANA, gate.moment), rows(gate.book, TOM, gate.moment)
    assert (hers.mine, his.mine) == ("you were signed on at the time", "")


# --- whatever happens -----------------------------------------------------------------------------------

PEOPLE = (HANA, TOM, Actor("D1", "Una Watt", Role.SECURITY_MANAGER))
DRIVERS = ("D1", "D2", "S1")


class Morning(RuleBasedStateMachine):
    """Visits, people who come and go, and verifying in any order; the oracle keeps its own account of who was about."""

    @initialize()
    def start(self) -> None:
        self.gate = Gatehouse()
        self.about: set[str] = set()
        self.visit: str | None = None
        self.met: set[str] = set()
        self.driver = "D1"
        self.waits: dict[int, set[str]] = {}
        self.done: set[int] = set()

    @rule(person=st.sampled_from(PEOPLE))
    def come_or_go(self, person: Actor) -> None:
        kind = "staff-signed-off" if person.staff_id in self.about else "staff-signed-on"
        self.gate.add(kind, {"staff": person.staff_id, "name": person.name, "how": "badge"})
        self.about ^= {person.staff_id}
        self.met |= self.about

    @rule(driver=st.sampled_from(DRIVERS))
    def arrive(self, driver: str) -> None:
        self.driver, self.visit, self.met = driver, self.gate.open(driver), set(self.about)

    @rule(keyed=st.integers(0, 2))
    def leave(self, keyed: int) -> None:
        if self.visit is not None:
            entry = self.gate.uplift(self.visit, driver=self.driver, keyed=keyed)
            self.waits[entry] = self.met | {self.driver}
            self.visit = None

    @rule(data=st.data(), person=st.sampled_from(PEOPLE), camera=st.sampled_from(("", PICTURES)))
    def verify(self, data: st.DataObject, person: Actor, camera: str) -> None:
        known = [*self.waits, *self.done, 10_000]
        entries = data.draw(st.lists(st.sampled_from(known), min_size=1, max_size=3, unique=True))
        try:
            (wanted,) = decide_verify(self.gate.book, entries, person, "", camera, self.gate.moment)
        except Refused:
            return
        assert all(entry in self.waits and person.staff_id not in self.waits[entry] for entry in entries)
        self._settle(wanted, entries)

    @rule(data=st.data(), person=st.sampled_from(PEOPLE))
    def dispute(self, data: st.DataObject, person: Actor) -> None:
        entry = data.draw(st.sampled_from([*self.waits, *self.done, 10_000]))
        try:
            (wanted,) = decide_dispute(self.gate.book, entry, person, "wrong", "", self.gate.moment)
        except Refused:
            assert entry not in self.waits or person.staff_id in self.waits[entry]
            return
        assert person.staff_id not in self.waits[entry]
        self._settle(wanted, [entry])

    @rule()
    def restart(self) -> None:
        """The kiosk stops and comes up again: the queue is the statement's. Who is about stays so."""
        book = QueueBook.from_json(said_again(self.gate.book.statement()))
        self.gate.book, self.gate.books = book, [book]

    def _settle(self, wanted: ToRecord, entries: list[int]) -> None:
        self.gate.write(wanted)
        for entry in entries:
            del self.waits[entry]
            self.done.add(entry)

    @invariant()
    def what_waits_is_what_left_and_nobody_settled(self) -> None:
        if hasattr(self, "gate"):
            assert {case.entry for case in self.gate.book.waiting()} == set(self.waits)


TestMorning = Morning.TestCase
TestMorning.settings = settings(
    max_examples=25, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def test_the_state_machine_sees_a_conflict_that_is_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """A control: with the look at conflicts taken away somebody verifies what they drove, and the oracle sees it."""
    monkeypatch.setattr(verifying, "conflict", lambda *_: "")
    quick = settings(TestMorning.settings, max_examples=400, phases=(Phase.generate,), database=None)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(Morning, settings=quick)
