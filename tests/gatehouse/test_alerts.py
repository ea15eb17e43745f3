"""What raises an alert, what does not, and that each is raised once, whatever is restarted in between."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from msgspec.structs import replace

from kiosk.core.effects import EntryKind
from kiosk.core.machine import Trouble
from kiosk.core.plan import AccessWindow, SecurityPlan
from kiosk.core.times import ClockState, Moment
from kiosk.gatehouse import suspicions
from kiosk.gatehouse.alerts import MOST_SEEN, MOST_UNSEEN, Alert, AlertBook
from kiosk.gatehouse.recorded import Recorded, Refused, ToRecord
from kiosk.gatehouse.suspicions import What
from kiosk.ledger.standing import HEAD_RESTORED, TORN_TAIL
from kiosk.station.recorder import CLOCK_STEPPED

AUCKLAND = ZoneInfo("Pacific/Auckland")
OFFICE_HOURS = AccessWindow(frozenset(range(5)), time(6), time(18), attended=True)
NIGHTS = AccessWindow(frozenset(range(7)), time(0), time(0), attended=False)
PLAN = SecurityPlan("SLS001", "Test Yard", AUCKLAND, (OFFICE_HOURS, NIGHTS))
TUESDAY_NINE = datetime(2026, 6, 16, 9, tzinfo=AUCKLAND)


class Ledger:
    """A ledger that is a list, and a book that writes its alerts into it."""

    def __init__(self, plan: SecurityPlan = PLAN) -> None:
        self.book = AlertBook(plan)
        self.plan = plan
        self.now = TUESDAY_NINE.astimezone(UTC)
        self.clock = ClockState.SYNCHRONISED
        self.entries: list[Recorded] = []

    def write(self, kind: str, **body: Any) -> int:
        moment = Moment(self.now, 1000.0 + len(self.entries), self.clock, "boot-1")
        self.entries.append(Recorded(len(self.entries) + 1, kind, body, moment))
        self.book.apply(self.entries[-1])
        return len(self.entries)

    def wait(self, **how: float) -> None:
        self.now += timedelta(**how)

    def raised(self) -> list[tuple[str, list[int]]]:
        """What is due by now, which is written: of what, and about which entries."""
        due = self.book.due()
        for each in due:
            self.write(each.kind, **each.body)
        assert self.book.due() == ()
        return [(str(each.body["what"]), list(each.body["about"])) for each in due]  # type: ignore[arg-type]

    def restart(self) -> None:
        said = msgspec.json.decode(msgspec.json.encode(self.book.statement()))
        folded = AlertBook(self.plan)
        for entry in self.entries:
            folded.apply(entry)
        self.book = AlertBook.from_json(said, self.plan)
        assert self.book.statement() == folded.statement()


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


def test_the_kinds_of_others_are_named_as_those_name_them() -> None:
    said = (suspicions.CLOCK_STEPPED, suspicions.HEAD_RESTORED, suspicions.TORN_TAIL)
    assert said == (CLOCK_STEPPED, HEAD_RESTORED, TORN_TAIL)
    from kiosk.console import bodies

    assert suspicions.REGISTER_ALERT in bodies._SHAPES


# --- devices and machine ------------------------------------------------------------------------------


def unsteady(ledger: Ledger, *devices: str, cause: str = "cable") -> int:
    says, mend = "its cable or plug", "press its plugs home"
    return ledger.write("device-unsteady", devices=list(devices), losses=3, cause=cause, says=says, mend=mend)


def trouble(ledger: Ledger, what: str, detail: str = "") -> int:
    return ledger.write("machine-trouble", what=what, detail=detail)


def test_each_episode_of_a_device_is_an_alert_in_words(ledger: Ledger) -> None:
    seqs = [unsteady(ledger, "card reader"), unsteady(ledger, "seal scanner", "card reader")]
    assert ledger.raised() == [("device unsteady", [seq]) for seq in seqs]
    assert [alert.text for alert in ledger.book.all()] == [
        "The seal scanner and card reader were lost 3 times within an hour. Likely its cable or plug. "
        "Press its plugs home.",
        "The card reader was lost 3 times within an hour. Likely its cable or plug. Press its plugs home.",
    ]
    ledger.wait(minutes=1)
    unsteady(ledger, "card reader")
    assert [what for what, _ in ledger.raised()] == ["device unsteady"]


def test_a_loss_by_itself_is_no_alert(ledger: Ledger) -> None:
    ledger.write("device-lost", device="card reader", how="cut off", usb="", detail="x")
    ledger.write("device-back", device="card reader", lost_ms=5)
    assert ledger.raised() == []


def test_a_trouble_of_the_machine_is_told_once_while_it_comes_and_goes_and_anew_after_a_quiet_hour(
    ledger: Ledger,
) -> None:
    first = trouble(ledger, "under-voltage")
    assert ledger.raised() == [("power, heat or disk", [first])]
    for _ in range(20):
        ledger.wait(minutes=20)
        ledger.write("machine-well", what="under-voltage", lasted_ms=1)
        ledger.wait(minutes=20)
        trouble(ledger, "under-voltage")
        ledger.restart()
        assert ledger.raised() == []
    ledger.write("machine-well", what="under-voltage", lasted_ms=1)
    ledger.wait(minutes=61)
    anew = trouble(ledger, "under-voltage")
    assert ledger.raised() == [("power, heat or disk", [anew])]


def test_what_belongs_together_is_one_matter_and_what_does_not_is_not(ledger: Ledger) -> None:
    for what in ("under-voltage", "under-voltage-since-start", "throttled"):
        trouble(ledger, what)
    assert len(ledger.raised()) == 1
    for what in ("hot", "disk-nearly-full", "disk-full", "system-disk-nearly-full"):
        trouble(ledger, what, "x")
        assert len(ledger.raised()) == 1
    trouble(ledger, "soft-temperature-limit")
    trouble(ledger, "a-trouble-of-another-version")
    assert ledger.raised() == []


def test_every_trouble_is_told_in_words_with_what_was_measured_and_what_to_do(ledger: Ledger) -> None:
    for each in Trouble:
        trouble(ledger, each.value, "DETAIL")
        ledger.wait(minutes=61)
        ledger.raised()
    texts = [alert.text for alert in ledger.book.all()]
    assert len(texts) == len(Trouble) - 1
    assert all(text.startswith("The ") and text.endswith(".") for text in texts)
    assert sum("DETAIL" in text for text in texts) == 4


# --- log-ons ------------------------------------------------------------------------------------------


def unseen(ledger: Ledger) -> tuple[Alert, ...]:
    """What nobody looked into yet."""
    return tuple(each for each in ledger.book.all() if not each.seen_by)


def fail(ledger: Ledger, **who: Any) -> int:
    return ledger.write("logon-failed", why="wrong password", means="password", where="terminal 1", **who)


def test_failures_of_many_names_are_guessing_and_told_once_an_hour(ledger: Ledger) -> None:
    seqs = [fail(ledger, name_digest=f"{number:016x}") for number in range(4)]
    assert ledger.raised() == []
    seqs.append(fail(ledger, staff="S01", tries=1))
    assert ledger.raised() == [("guessing", seqs)]
    for _ in range(20):
        fail(ledger, name_digest="ab")
    assert ledger.raised() == []
    ledger.wait(minutes=61)
    for _ in range(5):
        fail(ledger, name_digest="ab")
    assert [what for what, _ in ledger.raised()] == ["guessing"]


def test_a_shift_that_comes_on_and_mistypes_raises_nothing(ledger: Ledger) -> None:
    for number in range(12):
        fail(ledger, staff=f"S{number}", tries=1)
        ledger.wait(minutes=3)
    assert ledger.raised() == []


def test_an_account_that_is_locked_is_told_with_its_failures(ledger: Ledger) -> None:
    fail(ledger, staff="S02", tries=1)
    seqs = [fail(ledger, staff="S01", tries=tries) for tries in (1, 2, 3)]
    assert ledger.raised() == [("account locked", seqs)]
    assert "S01 is locked after 3 failures in a row, the last at terminal 1." in ledger.book.all()[0].text


def test_log_ons_that_are_not_looked_at_are_guessing(ledger: Ledger) -> None:
    seq = ledger.write("logons-refused", count=99_000, since="", until="", places=["terminal 1"])
    assert ledger.raised() == [("guessing", [seq])]


@pytest.mark.parametrize(
    ("hour", "odd"), [(3, True), (4, True), (5, False), (6, False), (12, False), (18, False), (19, True), (23, True)]
)
def test_a_log_on_more_than_an_hour_outside_staffed_hours_is_odd(ledger: Ledger, hour: int, odd: bool) -> None:
    ledger.now = TUESDAY_NINE.replace(hour=hour, minute=30 if hour < 12 else 0).astimezone(UTC)
    seq = ledger.write("logon", staff="S01", means="password", where="terminal 1")
    assert ledger.raised() == ([("log-on at odd hours", [seq])] if odd else [])


def test_a_site_that_is_never_staffed_and_a_clock_that_nobody_vouches_for_have_no_odd_hours(ledger: Ledger) -> None:
    night = TUESDAY_NINE.replace(hour=3).astimezone(UTC)
    never = Ledger(replace(PLAN, windows=(NIGHTS,)))
    for each, clock in ((never, ClockState.SYNCHRONISED), (ledger, ClockState.DOUBTFUL)):
        each.now, each.clock = night, clock
        each.write("logon", staff="S01", means="password", where="x")
        assert each.raised() == []


def test_who_asks_again_and_again_for_what_the_role_forbids_is_told(ledger: Ledger) -> None:
    for number in range(4):
        ledger.write("refused", staff="S01", action="keep the accounts", role="auditor", where="x")
        ledger.write("refused", staff=f"S1{number}", action="keep the accounts", role="auditor", where="x")
    assert ledger.raised() == []
    ledger.write("refused", staff="S01", action="keep the accounts", role="auditor", where="x")
    assert ledger.raised() == [("beyond their role", [1, 3, 5, 7, 9])]


def test_an_account_that_was_changed_at_the_machine_is_told_and_one_by_a_security_manager_is_not(
    ledger: Ledger,
) -> None:
    ledger.write("staff-added", staff="S02", name="Ben", role="auditor", by="S01", code_hours=72)
    assert ledger.raised() == []
    seq = ledger.write("staff-reset", staff="S02", by="machine:root for ben", code_hours=72)
    assert ledger.raised() == [("account changed at the machine", [seq])]
    assert ledger.book.all()[0].text == "The account was reset of S02 at the machine itself, by root for ben."


# --- devices, the clock, the ledger -------------------------------------------------------------------


def test_another_device_under_the_same_name_is_told_each_time_it_changes(ledger: Ledger) -> None:
    for serial, swapped in (("A1", False), ("A1", False), ("B2", True), ("B2", False), ("", False), ("A1", True)):
        seq = ledger.write("device-connected", device="seal reader", serial=serial)
        assert ledger.raised() == ([("device swapped", [seq])] if swapped else [])
        ledger.restart()


def test_a_stray_scan_tells_which_reader_it_was_too(ledger: Ledger) -> None:
    ledger.write("device-connected", device="seal reader", serial="A1")
    ledger.write(EntryKind.STRAY_SCAN.value, reader="seal reader", unit="A1", seq=1, text="NZ1", why="late", age_ms=0)
    assert ledger.raised() == []
    ledger.write(EntryKind.STRAY_SCAN.value, reader="seal reader", unit="C3", seq=1, text="NZ1", why="late", age_ms=0)
    assert [what for what, _ in ledger.raised()] == ["device swapped"]


@pytest.mark.parametrize(
    ("before", "after", "by_ms", "told"),
    [
        (ClockState.DOUBTFUL, ClockState.SYNCHRONISED, 86_400_000, False),
        (ClockState.RTC, ClockState.SYNCHRONISED, -120_000, False),
        (ClockState.SYNCHRONISED, ClockState.SYNCHRONISED, 59_000, False),
        (ClockState.SYNCHRONISED, ClockState.SYNCHRONISED, -3_600_000, True),
        (ClockState.SYNCHRONISED, ClockState.COASTING, 3_600_000, True),
        (ClockState.DOUBTFUL, ClockState.DOUBTFUL, 60_000, True),
    ],
)
def test_a_clock_that_is_set_is_told_unless_a_time_source_set_it_first(
    ledger: Ledger, before: ClockState, after: ClockState, by_ms: int, told: bool
) -> None:
    ledger.clock = before
    ledger.write("kiosk-started", site="SLS001", files={})
    ledger.clock = after
    seq = ledger.write("clock-stepped", by_ms=by_ms, instead_of="2026-06-16T09:00:00Z")
    assert ledger.raised() == ([("clock set", [seq])] if told else [])


def test_a_restored_ledger_a_lost_head_and_a_damaged_whole_entry_are_told_and_a_torn_one_is_not(
    ledger: Ledger,
) -> None:
    ledger.write("torn-tail", bytes=12, file="x", was_whole=False)
    assert ledger.raised() == []
    for kind, body in (("torn-tail", {"was_whole": True}), ("head-restored", {"head": "missing"}), ("restored", {})):
        seq = ledger.write(kind, **body)
        assert ledger.raised() == [("ledger damaged or restored", [seq])]


def test_the_cabinet_and_a_seal_at_two_gates_are_told(ledger: Ledger) -> None:
    ledger.write("incident", what="cabinet-closed")
    ledger.write("incident", what="vehicle-at-exit-without-uplift")
    assert ledger.raised() == []
    seq = ledger.write("incident", what="cabinet-opened")
    assert ledger.raised() == [("cabinet opened", [seq])]
    seq = ledger.write("register-alert", what="uplifted twice", seal_number="NZ100001")
    assert ledger.raised() == [("seal at two gates", [seq])]


# --- cards --------------------------------------------------------------------------------------------


def test_a_copied_card_is_told_at_once_and_failing_ones_from_the_third_on(ledger: Ledger) -> None:
    seq = ledger.write("refusal", credential="TYPE_4:04", reason="CARD_CLONED")
    assert ledger.raised() == [("copied card", [seq])]
    for reason in ("CARD_EXPIRED", "INDUCTION_EXPIRED", "CARD_TAKEN_AWAY"):
        for card in "abcd":
            ledger.write("refusal", credential=card, reason=reason)
    for card in "aaab":
        ledger.write("refusal", credential=card, reason="CARD_NOT_GENUINE")
    assert ledger.raised() == []
    ledger.write("refusal", credential="c", reason="CARD_NOT_SIGNED")
    assert [what for what, _ in ledger.raised()] == ["many cards fail"]


def test_a_pin_that_is_locked_is_told(ledger: Ledger) -> None:
    for tries in (1, 2):
        ledger.write("pin-wrong", credential="TYPE_4:04", visit="v", tries=tries)
    assert ledger.raised() == []
    seq = ledger.write("pin-wrong", credential="TYPE_4:04", visit="v", tries=3)
    assert ledger.raised() == [("PIN locked", [seq])]


# --- once, and seen -----------------------------------------------------------------------------------


def test_an_alert_that_was_not_written_before_the_power_went_is_written_after_it_and_once(ledger: Ledger) -> None:
    seq = ledger.write("incident", what="cabinet-opened")
    ledger.restart()
    assert [each.body["about"] for each in ledger.book.due()] == [[seq]]
    ledger.restart()
    assert ledger.raised() == [("cabinet opened", [seq])]
    ledger.restart()
    assert ledger.raised() == []
    assert [each.about for each in unseen(ledger)] == [(seq,)]


def test_somebody_looks_into_an_alert_once_and_says_what_they_found(ledger: Ledger) -> None:
    ledger.write("incident", what="cabinet-opened")
    ledger.raised()
    (alert,) = unseen(ledger)
    for number, note, line in ((99, "x", "99, which is none"), (alert.alert, "  ", "what was found")):
        with pytest.raises(Refused, match=line):
            ledger.book.see(number, "S01", note)
    seen = ledger.book.see(alert.alert, "S01", "the electrician, \n by appointment")
    assert seen == ToRecord("alert-seen", {"alert": 2, "staff": "S01", "note": "the electrician, by appointment"})
    ledger.write(seen.kind, **seen.body)
    ledger.restart()
    assert unseen(ledger) == ()
    assert (ledger.book.all()[0].seen_by, ledger.book.all()[0].note) == ("S01", "the electrician, by appointment")
    with pytest.raises(Refused, match="which S01 saw"):
        ledger.book.see(alert.alert, "S02", "me too")


def test_a_book_grows_with_neither_years_nor_guesses(ledger: Ledger) -> None:
    for number in range(MOST_UNSEEN + 60):
        ledger.write("incident", what="cabinet-opened")
        fail(ledger, name_digest=str(number))
        ledger.write("refused", staff=str(number), action="x", role="auditor", where="x")
        ledger.write("device-connected", device=f"reader {number}", serial="A")
        ledger.write("refusal", credential=str(number), reason="CARD_CLONED")
        ledger.raised()
        ledger.wait(minutes=61)
    assert len(unseen(ledger)) == MOST_UNSEEN
    for alert in unseen(ledger):
        seen = ledger.book.see(alert.alert, "S01", "x")
        ledger.write(seen.kind, **seen.body)
    assert len(ledger.book.all()) == MOST_SEEN
    assert len(msgspec.json.encode(ledger.book.statement())) < 20_000
    ledger.restart()


def test_every_alert_names_the_clause_and_a_rule(ledger: Ledger) -> None:
    ledger.write("incident", what="cabinet-opened")
    (entry,) = ledger.book.due()
    assert entry.body["clause"] == "11.1"
    assert What(entry.body["what"]) is What.CABINET
