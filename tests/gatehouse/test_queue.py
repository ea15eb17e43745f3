"""The verification queue is folded from entries: what waits, what is said again, and that it does not grow."""

import json
from contextlib import suppress
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.core.times import Moment
from kiosk.gatehouse import queue
from kiosk.gatehouse.context import MOST_RECENT, MOST_SEALS
from kiosk.gatehouse.oddities import ODD, weight_of
from kiosk.gatehouse.queue import DISPUTED, VERIFIED, QueueBook
from kiosk.gatehouse.queue_views import detail, rows
from kiosk.gatehouse.recorded import Recorded, Refused
from kiosk.gatehouse.usual import MOST_ATTENDED, MOST_UNATTENDED
from kiosk.ledger.canonical import canonical
from tests.core.samples import at
from tests.gatehouse.diary import said_again
from tests.gatehouse.replay import HANA, RULES, Replay
from tests.gatehouse.ways import every_way

HOUR = 3600.0


@cache
def a_night() -> tuple[Recorded, ...]:
    """The entries of a night with odd uplifts, and of the day before it."""
    replay = Replay(77)
    replay.nights.day(6)
    replay.night(every_way(), trucks=14, history=False)
    return tuple(replay.nights.gate.ledger)


def folded(entries: tuple[Recorded, ...], book: QueueBook | None = None) -> QueueBook:
    book = book or QueueBook(RULES)
    for entry in entries:
        book.apply(entry)
    return book


def uplift(seq: int, *, driver: str = "D1", at_s: float = 0.0, **body: Any) -> Recorded:
    """An unattended uplift as an early version of the gate might have written it: the least that is one."""
    moment = at(at_s)
    stamp = moment.utc.isoformat()
    checks = [{"unit": f"UNIT{seq}", "seal_number": f"NZ{seq:06}", "steps": [], "load": f"L{seq}"}]
    said = {"visit": f"V{seq}", "began": stamp, "signed": stamp, "driver": driver, "attended": False}
    return Recorded(seq, "uplift", said | {"uplifts": checks} | body, moment)


# --- what waits -----------------------------------------------------------------------------------------


def test_unattended_uplifts_wait_oldest_first_and_attended_ones_do_not() -> None:
    book = folded((uplift(1, attended=True), uplift(2), uplift(3, attended=True, verification="unverified"), uplift(4)))
    assert [case.entry for case in book.waiting()] == [2, 3, 4]


def test_what_was_verified_or_disputed_waits_no_more_and_is_known_by_whom() -> None:
    book = folded((uplift(1), uplift(2), uplift(3)))
    body = {"uplifts": [{"uplift": 1}, {"uplift": 3}], "staff": "S1", "staff_name": "Hana"}
    book.apply(Recorded(4, VERIFIED, body, at(60)))
    book.apply(Recorded(5, DISPUTED, {"uplift": 2, "staff": "S2", "staff_name": "Tom"}, at(61)))
    assert book.waiting() == ()
    verified, disputed = book.settled(3), book.settled(2)
    assert verified is not None
    assert disputed is not None
    assert (verified.by_entry, verified.name, verified.disputed) == (4, "Hana", False)
    assert (disputed.by_entry, disputed.staff, disputed.disputed) == (5, "S2", True)
    assert book.settled(99) is None


def test_what_waits_for_longer_than_the_site_allows_is_overdue() -> None:
    book = folded((uplift(1), uplift(2, at_s=2 * HOUR)))
    assert book.overdue(at(23.9 * HOUR)) == ()
    assert book.overdue(at(24 * HOUR)) == (1,)
    assert book.overdue(at(26 * HOUR)) == (1, 2)


def test_an_uplift_that_cannot_be_read_waits_too_and_is_odd() -> None:
    book = folded((uplift(1, uplifts="none", began=7),))
    (case,) = book.waiting()
    assert weight_of(book.marks(case, at(9))) >= ODD
    (row,) = rows(book, HANA, at(9))
    assert (row.entry, row.units, row.mine) == (1, (), "")
    assert "sealgate ledger show" in detail(book, 1, at(9)).lines[-1].text


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_no_entry_whatever_it_says_stops_the_queue(data: st.DataObject) -> None:
    """What else than this program wrote into the ledger must not hide the uplifts that come after it."""
    words = st.none() | st.booleans() | st.integers(1 - 2**53, 2**53 - 1) | st.text(max_size=8)
    values = st.recursive(
        words, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner)
    )
    entry = data.draw(st.sampled_from(a_night()))
    body = dict(entry.body) | {
        key: data.draw(values) for key in data.draw(st.lists(st.sampled_from([*entry.body] or [""])))
    }
    book = folded((uplift(1), uplift(2)))
    with suppress(KeyError, TypeError, ValueError):  # GatehouseBook notes it as unread
        book.apply(Recorded(3, entry.kind, body, entry.at))
    book.apply(uplift(4))
    waiting = [case.entry for case in book.waiting() if case.entry != 3]
    assert waiting[-1] == 4
    assert len(rows(book, HANA, at(9))) == len(book.waiting())
    said_again(book.statement())


# --- said again -----------------------------------------------------------------------------------------


def shown(book: QueueBook, now: Moment) -> list[Any]:
    details = [detail(book, case.entry, now) for case in book.waiting()]
    return [rows(book, HANA, now), details, book.overdue(now)]


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_a_book_made_of_a_statement_is_the_same_book_wherever_the_kiosk_stopped(data: st.DataObject) -> None:
    entries = a_night()
    first = data.draw(st.integers(0, len(entries)))
    again = data.draw(st.integers(first, len(entries)))
    whole = folded(entries)
    parts = folded(entries[:first])
    parts = folded(entries[first:again], QueueBook.from_json(said_again(parts.statement()), RULES))
    parts = folded(entries[again:], QueueBook.from_json(said_again(parts.statement()), RULES))
    assert canonical(parts.statement()) == canonical(whole.statement())
    now = entries[-1].at
    assert shown(parts, now) == shown(whole, now)


def test_a_statement_of_an_earlier_version_says_nothing_and_that_is_an_empty_queue() -> None:
    assert QueueBook.from_json(None, RULES).waiting() == ()


# --- that it does not grow ------------------------------------------------------------------------------


def test_years_of_uplifts_that_were_verified_leave_a_queue_of_one_size() -> None:
    book, sizes = QueueBook(RULES), []
    for seq in range(1, 1001):
        book.apply(uplift(2 * seq, driver=f"D{seq % 30}", at_s=600.0 * seq, attended=seq % 3 == 0))
        body = {"uplifts": [{"uplift": 2 * seq}], "staff": "S2", "staff_name": "Hana"}
        book.apply(Recorded(2 * seq + 1, VERIFIED, body, at(600.0 * seq)))
        if seq in {600, 1000}:
            sizes.append(len(canonical(book.statement())))
    assert book.waiting() == ()
    assert sizes[1] < 1.02 * sizes[0]
    past: Any = book.statement()["usual"]
    assert len(past) == MOST_UNATTENDED + MOST_ATTENDED


def test_whoever_fills_the_ledger_with_scans_and_seals_fills_no_memory() -> None:
    book = QueueBook(RULES)
    for seq in range(1, 3000):
        body = {"seal_number": f"NZ{seq}", "unit": "X", "applied": "", "inspection": None, "staff_name": "T"}
        book.apply(Recorded(seq, "seal-applied", body, at(seq)))
        book.apply(Recorded(seq, "stray-scan", {"reader": "r", "text": f"{seq}", "why": "late"}, at(seq)))
    context: Any = book.statement()["context"]
    assert (len(context["recent"]), len(context["lives"])) == (MOST_RECENT, MOST_SEALS)


def test_where_far_too_many_wait_the_oldest_are_kept_in_brief(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "MOST_WHOLE", 20)
    entries = a_night()
    now = entries[-1].at
    whole = folded(entries)
    monkeypatch.setattr(queue, "MOST_WHOLE", 10)
    brief = folded(entries)
    assert [row.entry for row in rows(brief, HANA, now)] == [row.entry for row in rows(whole, HANA, now)]
    assert len(canonical(brief.statement())) < len(canonical(whole.statement()))
    oldest = brief.waiting()[0]
    assert oldest.brief is not None
    (first, *_) = rows(brief, HANA, now)
    assert first.units
    assert first.seals
    told = detail(brief, oldest.entry, now).lines
    assert "stands in the ledger" in told[-1].text
    again = QueueBook.from_json(said_again(brief.statement()), RULES)
    assert shown(again, now) == shown(brief, now)


# --- what others are measured by ------------------------------------------------------------------------


def test_a_disputed_uplift_is_no_measure_for_others() -> None:
    book = folded((uplift(1), uplift(2)))
    book.apply(Recorded(3, DISPUTED, {"uplift": 1, "staff": "S2"}, at(61)))
    past: Any = book.statement()["usual"]
    assert [each[0] for each in past] == [2]


def test_an_uplift_is_told_once_its_truck_is_out_and_odd_when_nobody_says_so() -> None:
    book = folded((uplift(1),))
    (case,) = book.waiting()
    texts = [mark.text for mark in book.marks(case, at(30))]
    assert "nothing says that it drove out" not in texts
    later = [mark.text for mark in book.marks(case, at(HOUR))]
    assert "nothing says that it drove out" in later
    stamp = at(5).utc.isoformat()
    body = {"visit": "V1", "seen": True, "opened": stamp, "at_exit": stamp, "uplift_entry": 1}
    book.apply(Recorded(2, "passage", body, at(8)))
    assert "nothing says that it drove out" not in [mark.text for mark in book.marks(case, at(HOUR))]


def test_a_detail_of_what_does_not_wait_is_refused() -> None:
    with pytest.raises(Refused, match="expected an uplift that waits, got entry 9"):
        detail(QueueBook(RULES), 9, at(0))


def test_a_statement_is_json_that_the_ledger_takes() -> None:
    statement = folded(a_night()).statement()
    assert json.loads(canonical(statement)) == said_again(statement)
