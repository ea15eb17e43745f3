"""Incidents: what opens one, what belongs to one, who reported it, and that an open one is never forgotten."""

import hashlib
from collections.abc import Callable
from datetime import UTC
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.console.gatehouse_told import IncidentRow, IncidentsNow
from kiosk.core.incidents import IncidentKind, to_be_written
from kiosk.gatehouse.incident import MOST_ABOUT, MOST_CLOSED, MOST_NOTES, MOST_OFFERED, MOST_REPORT
from kiosk.gatehouse.incidents import IncidentBook
from kiosk.gatehouse.recorded import Recorded, Refused
from kiosk.ledger.canonical import canonical
from tests.gatehouse.diary import HANA, TAMA, Diary, said_again

UNIT = "CSQU3054383"
TAMPERED = IncidentKind.TAMPERED.value
STAFF = {"staff": "S01", "staff_name": "Hana Whaanga", "clause": "8.12"}
WITHIN_H = 24.0


class Yard(Diary):
    """A diary with a book of incidents; staff are on duty while a test says so."""

    def __init__(self) -> None:
        self.attended = False
        self.book = IncidentBook()
        super().__init__(self.book)

    def add(self, kind: str, body: dict[str, Any]) -> int:
        return super().add(kind, body | ({"attended": self.attended} if kind == "incident" else {}))

    def hold(self, reason: str = "SEAL_MISMATCH", unit: str = UNIT, seal: str = "NZB1", visit: str = "v") -> int:
        checks = [{"unit": unit, "seal_number": seal}]
        return self.add("hold", {"visit": f"{visit}{len(self.entries)}", "reason": reason, "checks": checks})

    def lost(self, number: str) -> int:
        return self.add("seal-incident", STAFF | {"seal_number": number, "unit": None, "what": "lost", "note": "gone"})

    def stocktake(self, *missing: str) -> int:
        found: dict[str, Any] = {"counted": [], "missing": [*missing], "unexpected": [], "damaged": [], "how": "keyed"}
        return self.add("seal-stocktake", STAFF | found)

    def report(self, incident: int, how: str = "mail", text: str = "all of it") -> int:
        return self.write(self.book.report(incident, how, ("ses@customs.example",), text, HANA))

    def close(self, incident: int) -> int:
        return self.write(self.book.close(incident, "settled", HANA))

    @property
    def told(self) -> IncidentsNow:
        return self.book.told(self.moment, WITHIN_H, UTC)

    def row(self, incident: int) -> IncidentRow:
        (row,) = [each for each in self.told.rows if each.incident == incident]
        return row

    @property
    def numbers(self) -> list[int]:
        return [each.incident for each in self.told.rows]


@pytest.fixture
def yard() -> Yard:
    return Yard()


def test_a_hold_for_a_seal_opens_an_incident_whose_number_is_its_entrys(yard: Yard) -> None:
    yard.add("visit-opened", {"visit": "v"})
    incident = yard.hold()
    assert incident == 2
    row = yard.row(2)
    assert (row.what, row.about, row.reported, row.closed) == ("Seal tampering", (2,), None, None)
    assert UNIT in row.text
    assert not row.overdue


def test_what_repeats_itself_before_the_report_belongs_to_the_same_incident(yard: Yard) -> None:
    """A driver who tries again, staff who record the tampered seal, the replacement: one matter, one report."""
    first, again = yard.hold(), yard.hold(seal="NZB7")
    tampered = yard.add(
        "seal-incident", STAFF | {"seal_number": "NZB1", "unit": UNIT, "what": "tampered", "note": "cut"}
    )
    replaced = {"seal_number": "NZB1", "unit": UNIT, "condition": "broken", "replaced_by": "NZB9", "how": "keyed"}
    new = yard.add("seal-replaced", STAFF | replaced)
    released = yard.add("hold-released", {"visit": "v0", "staff": "S01", "note": "seal replaced"})
    assert yard.numbers == [first]
    row = yard.row(first)
    assert row.about == (first, again, tampered, new, released)
    assert [note.split(": ", 1)[0].split(" ", 2)[2] for note in row.notes] == [
        f"entry {seq}" for seq in (again, tampered, new, released)
    ]
    other = yard.hold(unit="TASU1170000", seal="NZB2")
    assert yard.numbers == [other, first]


def test_what_comes_after_the_report_is_another_incident_but_for_a_remark(yard: Yard) -> None:
    first = yard.hold()
    yard.report(first)
    second = yard.hold()
    released = yard.add("hold-released", {"visit": "v0", "staff": "S01", "note": "turned away"})
    assert yard.numbers == [second, first]
    assert yard.row(first).about == (first, released)


def test_a_closed_incident_takes_nothing_more(yard: Yard) -> None:
    first = yard.hold()
    yard.close(first)
    assert yard.hold() in yard.numbers
    assert yard.row(first).about == (first,)


def test_seals_that_a_stocktake_missed_and_that_stay_missing_are_one_incident(yard: Yard) -> None:
    first = yard.stocktake("NZB1", "NZB2")
    lost = yard.lost("NZB2")
    assert yard.row(first).about == (first, lost)
    assert yard.stocktake("NZB1") not in yard.numbers
    assert yard.stocktake("NZB3") in yard.numbers
    assert yard.row(first).what == "Missing seals"


def test_a_cabinet_that_is_opened_while_nobody_is_on_duty_is_an_incident_and_by_day_it_is_offered(yard: Yard) -> None:
    yard.attended = True
    offered = yard.add("incident", {"what": "cabinet-opened"})
    yard.add("incident", {"what": "cabinet-closed"})
    assert yard.numbers == []
    assert [(each.entry, each.what) for each in yard.told.offers] == [(offered, "Cybersecurity breach")]
    yard.attended = False
    night = yard.add("incident", {"what": "cabinet-opened"})
    closed = yard.add("incident", {"what": "cabinet-closed"})
    assert yard.row(night).about == (night, closed)
    assert "while nobody was on duty" in yard.row(night).text


def test_of_an_entry_that_does_not_say_who_was_on_duty_it_is_taken_that_nobody_was() -> None:
    diary = Diary(book := IncidentBook())
    diary.add("incident", {"what": "cabinet-opened"})
    assert [each.incident for each in book.unreported()] == [1]


def test_a_loop_that_chatters_all_night_is_one_incident_that_stays_small(yard: Yard) -> None:
    entries = [yard.add("incident", {"what": "vehicle-at-exit-without-uplift"}) for _ in range(1_000)]
    row = yard.row(entries[0])
    assert yard.numbers == [entries[0]]
    assert row.about == (entries[0], *entries[-MOST_ABOUT + 1 :])
    assert len(row.notes) == MOST_NOTES


def test_what_is_offered_can_be_opened_by_hand_and_knows_then_what_it_is_about(yard: Yard) -> None:
    offered = yard.hold("LOAD_ALREADY_UPLIFTED")
    assert yard.numbers == []
    incident = yard.write(yard.book.open(IncidentKind.DOCUMENTS.value, "A second truck came", (offered,), TAMA))
    assert yard.told.offers == ()
    row = yard.row(incident)
    assert (row.text, row.about) == ("A second truck came", (offered,))
    assert row.notes[0].endswith("Tama Reti (S02): opened")
    joined = yard.hold("SEAL_DAMAGED")
    assert yard.row(incident).about == (offered, joined)


def test_offers_end_after_three_days_and_are_never_more_than_some(yard: Yard) -> None:
    for number in range(MOST_OFFERED + 20):
        yard.hold("LOAD_UNKNOWN", unit=f"PKG-{number:04}", seal="")
    assert len(yard.told.offers) == MOST_OFFERED
    assert yard.told.offers[0].text.endswith("package PKG-0069")
    yard.later(days=3, seconds=1)
    assert yard.told.offers == ()
    yard.hold("LOAD_UNKNOWN")
    assert len(yard.told.offers) == 1


def test_who_reported_when_and_how_stands_in_the_row_and_the_digest_in_the_entry(yard: Yard) -> None:
    incident = yard.hold()
    yard.later(hours=25)
    assert yard.row(incident).overdue
    assert [each.incident for each in yard.book.overdue(yard.moment, WITHIN_H)] == [incident]
    when = yard.moment.utc
    yard.report(incident, text="  What happened:\r\nall of it\n")
    assert yard.last == {
        "incident": incident,
        "how": "mail",
        "to": ["ses@customs.example"],
        "digest": hashlib.sha256(b"What happened:\nall of it\n").hexdigest(),
        "staff": "S01",
        "staff_name": "Hana Whaanga",
    }
    row = yard.row(incident)
    assert (row.reported, row.reported_by, row.overdue) == (when, "Hana Whaanga (S01)", False)
    assert row.reported_how == "reported by mail to ses@customs.example"
    assert yard.book.unreported() == ()


def test_a_report_that_lies_in_a_file_is_not_sent_and_goes_on_shouting(yard: Yard) -> None:
    incident = yard.hold()
    yard.report(incident, how="file")
    yard.later(hours=25)
    before = yard.row(incident)
    assert before.overdue
    assert before.reported is None
    assert "not known to be sent" in before.reported_how
    yard.report(incident, how="by the office's own mail at 14:05")
    after = yard.row(incident)
    assert after.reported == yard.moment.utc
    assert after.reported_how.endswith("by the office's own mail at 14:05")
    assert not after.overdue


def test_an_incident_can_be_closed_unreported_and_the_entry_says_so(yard: Yard) -> None:
    first, second = yard.hold(), yard.lost("NZB5")
    with pytest.raises(Refused, match="why it need not be reported"):
        yard.book.close(first, "  ", HANA)
    yard.close(first)
    yard.report(second)
    yard.close(second)
    closings = [each.body for each in yard.entries if each.kind == "incident-closed"]
    assert [(each["incident"], each["reported"]) for each in closings] == [(first, False), (second, True)]
    yard.later(hours=30)
    assert not any(each.overdue for each in yard.told.rows)


def test_a_closed_incident_is_shown_for_two_weeks_and_an_open_one_for_ever(yard: Yard) -> None:
    open_one, closed = yard.hold(), yard.lost("NZB5")
    yard.close(closed)
    yard.later(days=14)
    assert yard.numbers == [closed, open_one]
    yard.later(seconds=1)
    assert yard.numbers == [open_one]
    yard.later(days=5_000)
    yard.lost("NZB6")
    assert open_one in yard.numbers
    assert yard.book.incident(closed) is None


def test_what_is_said_again_of_many_incidents_stays_small(yard: Yard) -> None:
    """A hundred closed ones with all the notes that they can have, and a hundred open ones."""
    for number in range(MOST_CLOSED):
        incident = yard.lost(f"NZB{number:04}")
        for _ in range(MOST_NOTES):
            yard.write(yard.book.note(incident, "x" * 4_000, TAMA))
        yard.close(incident)
    for number in range(100):
        yard.lost(f"NZC{number:04}")
    assert len(canonical(yard.book.statement())) < 1_000_000


def test_of_many_closed_incidents_the_oldest_are_let_go(yard: Yard) -> None:
    for number in range(MOST_CLOSED + 10):
        yard.close(yard.lost(f"NZB{number:04}"))
    assert len(yard.numbers) == MOST_CLOSED
    assert yard.numbers[0] == len(yard.entries) - 1


def test_notes_are_kept_with_who_wrote_them(yard: Yard) -> None:
    incident = yard.hold()
    yard.write(yard.book.note(incident, "The seal is in the safe", TAMA))
    assert yard.row(incident).notes == ("2026-11-18 00:00 Tama Reti (S02): The seal is in the safe",)
    yard.write(yard.book.note(incident, "x" * 4_000, TAMA))
    assert len(yard.row(incident).notes[1]) < 600


Try = Callable[[Yard, int], object]


@pytest.mark.parametrize(
    ("attempt", "words"),
    [
        (lambda yard, _: yard.book.open("no such kind", "x", (), HANA), "a kind of incident of clause 12.3"),
        (lambda yard, _: yard.book.open(TAMPERED, " ", (), HANA), "what happened"),
        (lambda yard, _: yard.book.open(TAMPERED, "x" * 5_000, (), HANA), "at most 4000 characters, got 5000"),
        (lambda yard, _: yard.book.open(TAMPERED, "a\x1b[2Jb", (), HANA), r"as plain text, got '\x1b'"),
        (lambda yard, _: yard.book.open(TAMPERED, "x", (0,), HANA), "numbers of entries"),
        (lambda yard, _: yard.book.open(TAMPERED, "x", tuple(range(1, 99)), HANA), "at most 50 numbers"),
        (lambda yard, n: yard.book.open(TAMPERED, "x", (n,), HANA), "note it there: incident"),
        (lambda yard, _: yard.book.note(99, "x", HANA), "the number of an open incident, got 99"),
        (
            lambda yard, n: yard.book.report(n, "mail", (), f"a\n{to_be_written('why')}", HANA),
            "1 marks, the first: why",
        ),
        (lambda yard, n: yard.book.report(n, "mail", (), "", HANA), "the report, got nothing"),
        (lambda yard, n: yard.book.report(n, "", (), "x", HANA), "how it was told, got nothing"),
        (lambda yard, n: yard.book.report(n, "mail", (), "x" * (MOST_REPORT + 1), HANA), "at most 100000 characters"),
    ],
)
def test_what_cannot_be_done_is_refused_in_a_line_and_nothing_is_written(yard: Yard, attempt: Try, words: str) -> None:
    incident = yard.hold()
    before = yard.book.statement()
    with pytest.raises(Refused) as refused:
        attempt(yard, incident)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)
    assert yard.book.statement() == before


def test_nothing_is_done_to_a_closed_incident(yard: Yard) -> None:
    incident = yard.hold()
    yard.close(incident)
    with pytest.raises(Refused, match="which is closed"):
        yard.book.note(incident, "x", HANA)
    with pytest.raises(Refused, match="which is closed"):
        yard.report(incident)
    with pytest.raises(Refused, match="which is closed"):
        yard.close(incident)


def test_all_kinds_of_the_clause_can_be_chosen(yard: Yard) -> None:
    assert yard.told.kinds == tuple(each.value for each in IncidentKind)
    assert len(yard.told.kinds) == 9


def test_entries_about_an_incident_that_is_not_there_change_nothing(yard: Yard) -> None:
    for kind in ("incident-noted", "incident-reported", "incident-closed"):
        yard.add(kind, STAFF | {"incident": 77, "text": "x", "how": "mail", "to": [], "reported": False})
    assert yard.told.rows == ()


# --- the same at any cut --------------------------------------------------------------------------------


class _Day:
    """What a day brings, drawn by Hypothesis."""

    def __init__(self, draw: st.DataObject) -> None:
        self.yard, self._draw = Yard(), draw
        self.opened: set[int] = set()

    def pick(self, *choices: Any) -> Any:
        return self._draw.draw(st.sampled_from(choices))

    def step(self) -> None:
        self.pick(self._something_happens, self._staff_act, self._time_passes)()
        self.opened |= set(self.yard.numbers)

    def _something_happens(self) -> None:
        yard, unit = self.yard, self.pick(UNIT, "TASU1170000")
        match self.pick("hold", "offer", "lost", "stock", "gate"):
            case "hold":
                yard.hold(seal=self.pick("NZB1", "NZB2"), unit=unit)
            case "offer":
                yard.hold("LOAD_UNKNOWN", unit=unit, seal="")
            case "lost":
                yard.lost(self.pick("NZB1", "NZB2"))
            case "stock":
                yard.stocktake(*self.pick(("NZB1",), ("NZB2", "NZB3"), ()))
            case _:
                yard.add("incident", {"what": self.pick("cabinet-opened", "vehicle-at-exit-without-uplift")})

    def _staff_act(self) -> None:
        yard = self.yard
        open_ones = [each.incident for each in yard.told.rows if each.closed is None]
        match self.pick("open", "note", "report", "close") if open_ones else "open":
            case "note":
                yard.write(yard.book.note(self.pick(*open_ones), "more", TAMA))
            case "report":
                yard.report(self.pick(*open_ones), how=self.pick("mail", "file", "by telephone"))
            case "close":
                yard.close(self.pick(*open_ones))
            case _:
                offered = tuple(each.entry for each in yard.told.offers)[:2]
                yard.write(yard.book.open(TAMPERED, "seen", offered, HANA))

    def _time_passes(self) -> None:
        self.yard.later(hours=self.pick(1, 30, 400))
        self.yard.attended = self.pick(True, False)


def _read_again(day: _Day) -> IncidentBook:
    """A book that was made anew of its statement before each entry."""
    book = IncidentBook()
    for entry in day.yard.entries:
        book = IncidentBook.from_json(said_again(book.statement()))
        book.apply(entry)
    return book


def _named_by(entries: list[Recorded], kind: str) -> set[int]:
    return {each.body["incident"] for each in entries if each.kind == kind and each.body.get("how") != "file"}


@given(st.data(), st.integers(1, 40))
def test_a_book_made_of_its_statement_is_the_same_book_and_forgets_no_open_incident(
    data: st.DataObject, steps: int
) -> None:
    day = _Day(data)
    for _ in range(steps):
        day.step()
    yard, book = day.yard, _read_again(day)
    assert book.statement() == yard.book.statement()
    assert book.told(yard.moment, WITHIN_H, UTC) == yard.told
    still_open = day.opened - _named_by(yard.entries, "incident-closed")
    reported = _named_by(yard.entries, "incident-reported")
    for incident in still_open:
        row = yard.row(incident)
        late = (yard.moment.utc - row.at).total_seconds() > WITHIN_H * 3600
        assert (row.reported is not None) == (incident in reported)
        assert row.overdue == (late and incident not in reported)
    assert {each.incident for each in yard.book.unreported()} == still_open - reported


def test_of_an_earlier_versions_statement_an_empty_book_is_made() -> None:
    assert IncidentBook.from_json(None).statement() == IncidentBook().statement()
