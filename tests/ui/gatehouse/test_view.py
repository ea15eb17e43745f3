"""What the console shows and asks, as values."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kiosk.console import gatehouse_told as gt
from kiosk.console import gatehouse_wishes as gw
from kiosk.console.gatehouse_link import Heard, LineNow, LineState
from kiosk.ui.gatehouse.view import accounts, alerts, evacuation, holds, incidents, on_site, queue
from kiosk.ui.gatehouse.view.bars import bars
from kiosk.ui.gatehouse.view.calls import banner, calls
from kiosk.ui.gatehouse.view.deeds import Place
from kiosk.ui.gatehouse.view.forms import Ask, Draft, Form, Look, Mark, Picked, Say, Step
from kiosk.ui.gatehouse.view.frame import tabs, too_small, top
from kiosk.ui.gatehouse.view.gate import gate_facts, part_facts, plot_title, tiles
from kiosk.ui.gatehouse.view.known import LOST_HIDES_S, RESTARTED, Known, Stage, told
from kiosk.ui.gatehouse.view.places import FACTS, SHEETS, STEPS
from kiosk.ui.gatehouse.view.sheet import Arrangement, Column, Row, Sheet, arranged, widths
from kiosk.ui.gatehouse.view.words import Piece, Tone, age, ago, when
from kiosk.ui.glyphs import Glyphs
from tests.ui.gatehouse.samples import (
    ACCOUNTS,
    ALL,
    ALONE,
    DETAIL,
    DRAFT,
    GATE,
    NOW,
    ODD,
    ON_SITE,
    QUIET_GATE,
    WELCOME,
    WITH_ALONE,
    night,
    session,
)

AUCKLAND = ZoneInfo("Pacific/Auckland")


def knowing(*messages: Heard) -> Known:
    """What is known after these."""
    known = Known()
    for message in messages:
        known = told(known, message, NOW)
    return known


BUSY = knowing(WELCOME, session(), *ALL, ACCOUNTS)


def form(step: Step) -> Form:
    assert isinstance(step, Form), step
    return step


def made(step: Step, given: Mapping[str, str]) -> gw.Wish | str:
    """What a form makes of what was given."""
    asked = form(step)
    return asked.make({**{field.name: field.value for field in asked.fields}, **given})


# --- times --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("seconds", "told_as"),
    [(-5, "now"), (0, "now"), (59, "now"), (60, "1 min"), (3599, "59 min"), (3600, "1 h"), (47 * 3600, "47 h"),
     (48 * 3600, "2 d"), (40 * 86400, "40 d")],
)  # fmt: skip
def test_an_age_is_told_in_the_largest_unit_that_says_enough(seconds: int, told_as: str) -> None:
    assert age(NOW - timedelta(seconds=seconds), NOW) == told_as
    assert ago(NOW - timedelta(seconds=seconds), NOW) == ("just now" if told_as == "now" else f"{told_as} ago")


@pytest.mark.parametrize(
    ("at", "told_as"),
    [
        (NOW, "06:30"),
        (datetime(2026, 4, 1, 10, 59, tzinfo=UTC), "1 Apr 23:59"),
        (datetime(2026, 4, 1, 11, 0, tzinfo=UTC), "00:00"),
        (datetime(2025, 12, 31, 10, 0, tzinfo=UTC), "31 Dec 2025 23:00"),
        (datetime(2026, 4, 4, 14, 30, tzinfo=UTC), "5 Apr 02:30"),  # the clock goes back that night
    ],
)
def test_times_are_the_sites(at: datetime, told_as: str) -> None:
    assert when(at, AUCKLAND, NOW) == told_as


# --- lists --------------------------------------------------------------------------------------------------


def sheet_of(*texts: tuple[str, ...], least: int = 3) -> Sheet:
    columns = tuple(Column(f"C{at}", least) for at in range(len(texts[0])))
    rows = tuple(Row(str(at), tuple(map(Piece, row)), row) for at, row in enumerate(texts))
    return Sheet(columns, rows, "nothing")


LIST = sheet_of(("Ann", "Southern"), ("Bob", "Kauri"), ("ann", "Pacific"))


@pytest.mark.parametrize(
    ("how", "keys"),
    [
        (Arrangement(), "012"),
        (Arrangement("ANN"), "02"),
        (Arrangement("ann pac"), "2"),
        (Arrangement("ann nobody"), ""),
        (Arrangement(by=1), "120"),
        (Arrangement(by=0), "021"),
        (Arrangement(by=1, backwards=True), "021"),
        (Arrangement(by=9), "012"),
    ],
)
def test_a_list_is_filtered_and_sorted_as_wanted(how: Arrangement, keys: str) -> None:
    assert "".join(row.key for row in arranged(LIST, how)) == keys


def test_sorting_goes_through_the_columns_and_back_to_how_it_was_told() -> None:
    how, seen = Arrangement("x", backwards=True), []
    for _ in range(3):
        how = how.next_column(2)
        seen.append(how.by)
    assert seen == [0, 1, None]
    assert (how.wanted, how.backwards) == ("x", True)


@given(
    st.lists(st.tuples(*[st.text("abc", max_size=40)] * 4), min_size=1, max_size=5),
    st.integers(1, 12),
    st.integers(60, 200),
)
def test_columns_fill_the_room_and_never_more(texts: list[tuple[str, ...]], least: int, room: int) -> None:
    sheet = sheet_of(*texts, least=least)
    wide = widths(sheet, sheet.rows, room)
    assert sum(wide) + len(wide) == room
    assert all(width >= 1 for width in wide)
    needed = [max(2, *(len(row[at]) for row in texts)) for at in range(4)]
    if sum(needed) + len(needed) <= room:
        assert all(width >= need for width, need in zip(wide, needed, strict=True))
    assert all(width >= min(need, least) for width, need in zip(wide, needed, strict=True))


@pytest.mark.parametrize("place", SHEETS)
def test_a_list_says_why_it_is_empty_and_every_row_has_all_columns(place: Place) -> None:
    assert SHEETS[place](Known(), frozenset(), NOW).empty
    assert not SHEETS[place](Known(), frozenset(), NOW).rows
    sheet = SHEETS[place](BUSY, frozenset(), NOW)
    assert sheet.rows
    for row in sheet.rows:
        assert len(row.cells) == len(row.order) == len(sheet.columns)
        assert FACTS[place](BUSY, row.key, NOW)
    assert FACTS[place](BUSY, "nobody's", NOW) == ()


@pytest.mark.parametrize("place", SHEETS)
def test_every_column_can_be_sorted_by(place: Place) -> None:
    sheet = SHEETS[place](BUSY, frozenset(), NOW)
    for by in range(len(sheet.columns)):
        assert len(arranged(sheet, Arrangement(by=by))) == len(sheet.rows)


@pytest.mark.parametrize(
    "name", sorted(set(STEPS) - {"speak", "sign_in", "incident", "add_account", "password", "log_off", "duty", "begin"})
)
def test_what_needs_a_row_says_so_where_there_is_none(name: str) -> None:
    assert isinstance(STEPS[name](knowing(WELCOME, session()), Picked()), Say)


# --- what is known ------------------------------------------------------------------------------------------


def test_each_stage_follows_from_what_was_told() -> None:
    me = session()
    assert Known().stage(NOW) is Stage.NOT_WELCOMED
    assert knowing(WELCOME).stage(NOW) is Stage.LOG_ON
    assert knowing(WELCOME, me).stage(NOW) is Stage.OPEN
    assert knowing(WELCOME, replace(me, must_change="old")).stage(NOW) is Stage.MUST_CHANGE
    assert knowing(WELCOME, replace(me, must_change="old", locked=True)).stage(NOW) is Stage.LOCKED


def test_with_a_session_ends_all_that_was_told() -> None:
    off = told(BUSY, gt.LoggedOff("idle for 30 min"), NOW)
    assert off == Known(welcome=WELCOME, ended="idle for 30 min")
    again = told(BUSY, WELCOME, NOW)
    assert again == Known(welcome=WELCOME, ended=RESTARTED)
    assert told(off, session(), NOW).ended == ""


def test_what_a_lost_kiosk_had_told_stays_for_minutes_and_in_an_evacuation_for_as_long_as_it_takes() -> None:
    lost = told(BUSY, LineNow(LineState.LOST, "the kiosk ended"), NOW)
    later = NOW + timedelta(seconds=LOST_HIDES_S + 1)
    assert (lost.queue, lost.stage(NOW)) == (BUSY.queue, Stage.OPEN)
    assert lost.stage(later) is Stage.LOCKED
    still_lost = told(lost, LineNow(LineState.LOST, "got none"), later)
    assert still_lost.line_since == NOW
    called = told(lost, replace(ON_SITE, evacuation=NOW), NOW)
    assert called.stage(later) is Stage.OPEN


# --- the queue ----------------------------------------------------------------------------------------------

KEYS = tuple(str(4000 + number) for number in range(40))
CLEAN = frozenset(key for number, key in enumerate(KEYS) if number not in ODD)


def test_all_that_have_nothing_odd_are_marked_at_once_and_unmarked_again() -> None:
    assert queue.mark_clean(BUSY, Picked(shown=KEYS)) == Mark(CLEAN)
    assert queue.mark_clean(BUSY, Picked(shown=KEYS, marked=CLEAN | {"4003"})) == Mark(frozenset({"4003"}))
    assert queue.mark_clean(BUSY, Picked(shown=KEYS[:5])) == Mark(frozenset(KEYS[:3]) | {"4004"})
    assert isinstance(queue.mark_clean(BUSY, Picked(shown=("4003", "4009"))), Say)


def test_what_one_may_not_verify_is_never_marked_nor_verified() -> None:
    own = replace(night(2).rows[0], mine="you drove it yourself")
    known = knowing(WELCOME, session(), gt.QueueNow((own, *night(2).rows[1:]), 12.0))
    assert queue.mark_clean(known, Picked(shown=("4000", "4001"))) == Mark(frozenset({"4001"}))
    for step in (queue.mark, queue.verify, queue.dispute):
        said = step(known, Picked("4000"))
        assert isinstance(said, Say)
        assert "you drove it yourself" in said.text
    assert SHEETS[Place.QUEUE](known, frozenset({"4000"}), NOW).rows[0].cells[0].text == "-"


def test_marked_ones_are_verified_and_without_marks_the_one_under_the_cursor() -> None:
    both = made(queue.verify(BUSY, Picked("4007", frozenset({"4001", "4000"}), KEYS)), {"note": "seen on camera 2"})
    assert both == gw.Verify((4000, 4001), "seen on camera 2", "")
    one = queue.verify(BUSY, Picked("4007", frozenset(), KEYS))
    assert made(one, {"camera": "gate"}) == gw.Verify((4007,), "", "gate")
    assert (form(one).entry, form(one).title) == (4007, "Verify 1 uplift")


def test_what_the_filter_hides_is_not_verified_with_the_rest() -> None:
    hidden = queue.verify(BUSY, Picked("4000", frozenset({"4000", "4001"}), ("4000",)))
    assert made(hidden, {}) == gw.Verify((4000,), "", "")


def test_odd_ones_among_many_are_pointed_out_before_they_are_verified() -> None:
    assert "1 of them" in form(queue.verify(BUSY, Picked("", frozenset({"4003", "4001"}), KEYS))).warning
    assert not form(queue.verify(BUSY, Picked("", frozenset({"4002", "4001"}), KEYS))).warning


def test_marks_of_what_another_person_settled_are_gone() -> None:
    assert queue.still(knowing(WELCOME, session(), night(2)), frozenset({"4001", "4030"})) == {"4001"}


def test_what_is_odd_is_found_by_the_filter_and_has_a_mark() -> None:
    sheet = queue.sheet(BUSY, frozenset(), NOW)
    assert [row.key for row in arranged(sheet, Arrangement("odd keyed"))] == ["4003", "4009"]
    assert len(arranged(sheet, Arrangement("clean"))) == 34
    assert sheet.rows[3].cells[-1] == Piece("! seal number keyed by hand", Tone.WARN)
    assert sheet.rows[0].cells[-1] == Piece("+ clean", Tone.WELL)


def test_overdue_is_said_first() -> None:
    late = knowing(WELCOME, session(), night(2, {0: (("odd",), 1, True), 1: ((), 0, True)}))
    first, second = queue.sheet(late, frozenset(), NOW).rows
    assert first.cells[-1] == Piece("! OVERDUE  ! odd", Tone.BAD)
    assert second.cells[-1] == Piece("! OVERDUE  + clean", Tone.BAD)


def test_where_footage_must_be_looked_at_the_list_says_so_and_the_form_asks_for_it() -> None:
    seen = replace(night(1).rows[0], footage=True)
    known = knowing(WELCOME, session(), gt.QueueNow((seen,), 12.0))
    assert queue.looks(seen).text == "+ clean; camera"
    assert "footage" in " ".join(each.said.text for each in queue.facts(known, "4000", NOW))
    camera = form(queue.verify(known, Picked("4000"))).fields[1]
    assert (camera.name, camera.required) == ("camera", True)


def test_a_detail_says_where_it_stands_and_points_out_what_is_odd() -> None:
    assert queue.detail_title(BUSY, DETAIL) == "Uplift, entry 4009: 10 of 40 in the queue; 2 odd lines"
    assert [each.said.text for each in queue.detail(BUSY, DETAIL) if each.said.tone is Tone.WARN][1:] == [
        "! NZ800109 keyed by hand twice; the scan failed 3 times",
        "! the same driver was at the kiosk 8 min earlier and gave up",
    ]
    assert "no longer in the queue" in queue.detail_title(knowing(WELCOME), DETAIL)


def test_a_discrepancy_needs_words() -> None:
    asked = queue.dispute(BUSY, Picked("4003"))
    assert form(asked).fields[0].required
    assert made(asked, {"note": "another seal on camera"}) == gw.Dispute(4003, "another seal on camera", "")
    assert queue.look(BUSY, Picked("4003")) == Look(4003)


# --- holds --------------------------------------------------------------------------------------------------


def test_a_hold_is_released_by_two_and_a_seal_replaced_by_two() -> None:
    second = {"second": "grace", "second_password": "p"}
    released = made(holds.release(BUSY, Picked("V-2231")), {"reason": "settled", **second})
    assert released == gw.ReleaseHold("V-2231", "settled", gw.Second("grace", "p"))
    given_seal = {"unit": "MSKU6011340", "old": "NZ800933", "new": "NZ800950", "reason": "bent"}
    replaced = made(holds.replace(BUSY, Picked("V-2219")), {**given_seal, **second})
    assert replaced == gw.ReplaceSeal("V-2219", "MSKU6011340", "NZ800933", "NZ800950", "bent", gw.Second("grace", "p"))
    assert isinstance(holds.replace(BUSY, Picked("V-2231")), Say)
    assert made(holds.turn_away(BUSY, Picked("V-2231")), {"reason": "late"}) == gw.TurnAway("V-2231", "late")


def test_a_message_to_the_driver_begins_with_the_one_on_screen_and_empty_takes_it_away() -> None:
    known = knowing(WELCOME, session(), replace(GATE, message="Wait there"))
    assert form(holds.speak(known, Picked())).fields[0].value == "Wait there"
    assert made(holds.speak(known, Picked()), {"text": ""}) == gw.Speak("")


# --- incidents ----------------------------------------------------------------------------------------------


def test_an_incident_is_opened_by_hand_from_a_hold_from_an_alert_and_from_what_may_be_one() -> None:
    kind = BUSY.incidents.kinds[1] if BUSY.incidents else ""
    by_hand = made(incidents.opened(BUSY, Picked("4052")), {"what": kind, "text": "gate left open"})
    assert by_hand == gw.OpenIncident(kind, "gate left open", ())
    from_hold = made(incidents.opened_about(BUSY, Picked("V-2231")), {"what": kind})
    assert isinstance(from_hold, gw.OpenIncident)
    assert from_hold.about == (4051,)
    assert "CSQU3054383" in from_hold.text
    from_alert = made(incidents.opened_about(BUSY, Picked("4047")), {"what": kind})
    assert isinstance(from_alert, gw.OpenIncident)
    assert "Three wrong passwords" in from_alert.text
    offered = made(incidents.opened(BUSY, Picked("offer-4044")), {})
    assert offered == gw.OpenIncident(
        "Suspicious or unusual documentation requests",
        "Driver asked twice for the seal number before the scan",
        (4044,),
    )


def test_a_report_is_written_only_once_and_an_incident_closed_only_once() -> None:
    assert incidents.report(BUSY, Picked("4052")) == Draft(4052)
    assert isinstance(incidents.report(BUSY, Picked("3720")), Say)
    assert isinstance(incidents.close(BUSY, Picked("3550")), Say)
    unreported = form(incidents.close(BUSY, Picked("4052")))
    assert "not reported" in unreported.warning
    assert not form(incidents.close(BUSY, Picked("3720"))).warning


@pytest.mark.parametrize(
    ("how", "other", "sent"),
    [
        (incidents.BY_MAIL, "", "mail"),
        (incidents.AS_FILE, "x", "file"),
        (incidents.TOLD, "by phone, to Ana", "by phone, to Ana"),
    ],
)
def test_a_report_says_how_it_goes_out(how: str, other: str, sent: str) -> None:
    assert made(incidents.sending(4052, "text"), {"how": how, "other": other}) == gw.ReportIncident(4052, sent, "text")


def test_a_report_told_otherwise_says_how_and_one_with_gaps_says_that_it_has_them() -> None:
    assert isinstance(made(incidents.sending(4052, "text"), {"how": incidents.TOLD, "other": " "}), str)
    assert "2 places are still [TO BE WRITTEN]" in incidents.sending(4052, DRAFT).warning
    assert not incidents.sending(4052, "all said").warning


def test_gaps_are_gone_through_in_turn() -> None:
    first, second = incidents.gaps_in(DRAFT)
    assert [incidents.gap_after(DRAFT, at) for at in (-1, first, second)] == [first, second, first]
    assert incidents.gap_after("all said", 0) is None


# --- who is on site -----------------------------------------------------------------------------------------


def test_visitors_are_signed_in_and_out_and_drivers_are_not() -> None:
    given_in = {
        "name": "E",
        "company": "P",
        "host": "H",
        "purpose": "b",
        "what": "contractor",
        "inducted": "yes",
        "badge": "7",
    }
    assert made(on_site.sign_in(BUSY, Picked()), given_in) == gw.SignInVisitor(
        "E", "P", "H", "b", contractor=True, inducted=True, badge="7"
    )
    out = on_site.sign_out(BUSY, Picked("visitor 4021"))
    assert made(out, {"badge": "no"}) == gw.SignOutVisitor(4021, badge_returned=False)
    assert isinstance(on_site.sign_out(BUSY, Picked("driver D3")), Say)


def test_a_visitor_without_a_badge_gives_none_back() -> None:
    known = knowing(WELCOME, session(), gt.OnSiteNow((replace(ON_SITE.people[2], badge=""),)))
    out = on_site.sign_out(known, Picked("visitor 4021"))
    assert form(out).fields == ()
    assert made(out, {}) == gw.SignOutVisitor(4021, badge_returned=False)


def test_who_signed_in_alone_stands_first_and_is_marked_by_words_and_counted_until_checked() -> None:
    known = told(BUSY, WITH_ALONE, NOW)
    row = on_site.sheet(known, NOW).rows[0]
    assert row.key == ALONE.key
    assert row.cells[0] == Piece("! contractor", Tone.WARN)
    assert row.cells[-1].text.startswith("! NOT CHECKED  visits Hana Ruru")
    assert "! not checked: signed in alone at the kiosk" in [
        each.said.text for each in on_site.facts(known, ALONE.key, NOW)
    ]
    assert {each.key for each in arranged(on_site.sheet(known, NOW), Arrangement("not checked"))} == {ALONE.key}
    (tile,) = [tile for tile in tiles(known, NOW) if tile.place is Place.ON_SITE]
    assert Piece("! 1 to check", Tone.WARN) in tile.lines
    asked = [call.text for call in calls(known, NOW) if call.place is Place.ON_SITE]
    assert asked == ["Signed in alone, to be checked: Rua Pene", "Long on site: Sione Vea"]
    (tile,) = [tile for tile in tiles(BUSY, NOW) if tile.place is Place.ON_SITE]
    assert not [line for line in tile.lines if "to check" in line.text]


def test_who_stays_long_and_was_not_checked_is_marked_as_both() -> None:
    known = knowing(WELCOME, session(), gt.OnSiteNow((replace(ALONE, long=True, detail=""),)))
    assert on_site.sheet(known, NOW).rows[0].cells[-1].text == "! NOT CHECKED  ! LONG"


def test_who_signed_in_alone_is_checked_a_contractor_for_an_induction_too() -> None:
    known = told(BUSY, WITH_ALONE, NOW)
    asked = on_site.check(known, Picked(ALONE.key))
    assert [field.name for field in form(asked).fields] == ["inducted", "badge"]
    assert "clause 2.8" in form(asked).warning
    assert made(asked, {"inducted": "yes", "badge": "C7"}) == gw.CheckVisitor(4055, inducted=True, badge="C7")
    assert made(asked, {"inducted": "no", "badge": ""}) == gw.CheckVisitor(4055, inducted=False, badge="")
    guest = replace(ALONE, what="visitor", badge="V2")
    asked = on_site.check(knowing(WELCOME, session(), gt.OnSiteNow((guest,))), Picked(guest.key))
    assert [(field.name, field.value) for field in form(asked).fields] == [("badge", "V2")]
    assert made(asked, {"badge": "V2"}) == gw.CheckVisitor(4055, inducted=False, badge="V2")


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("visitor 4021", "Emma Ngata was checked already."),
        ("driver D3", "Tom Baker is no visitor: a driver is known by their card or account."),
        ("", "There is nobody under the cursor."),
    ],
)
def test_who_is_no_visitor_or_was_checked_is_not_checked_and_a_sentence_says_why(key: str, words: str) -> None:
    assert on_site.check(BUSY, Picked(key)) == Say(words)


def test_in_an_evacuation_who_is_missing_stands_first_and_is_counted() -> None:
    people = tuple(replace(each, safe=each.key != "driver D3") for each in ON_SITE.people)
    known = knowing(WELCOME, session(), gt.OnSiteNow(people, NOW - timedelta(minutes=3)))
    assert evacuation.roll(known, NOW).rows[0].key == "driver D3"
    assert evacuation.roll_title(known, NOW) == Piece(
        "EVACUATION since 06:27 (3 min ago): 4 of 5 seen, 1 MISSING", Tone.BAD
    )
    assert evacuation.safe(known, Picked("driver D3")) == Ask(gw.Safe("driver D3"))
    assert isinstance(evacuation.begin(known, Picked()), Say)
    assert "1 MISSING" in form(evacuation.end(known, Picked())).warning


def test_who_was_ticked_off_is_called_again_only_once_that_is_confirmed() -> None:
    people = tuple(replace(each, safe=True) for each in ON_SITE.people)
    known = knowing(WELCOME, session(), gt.OnSiteNow(people, NOW - timedelta(minutes=3)))
    asked = evacuation.safe(known, Picked("staff S2"))
    assert (form(asked).title, form(asked).fields) == ("Hana Ruru was not seen after all", ())
    assert "MISSING again" in form(asked).warning
    assert made(asked, {}) == gw.NotSafe("staff S2")


def test_without_an_evacuation_nobody_is_ticked_off() -> None:
    assert isinstance(evacuation.safe(BUSY, Picked("driver D3")), Say)
    assert isinstance(evacuation.end(BUSY, Picked()), Say)
    assert made(evacuation.begin(BUSY, Picked()), {}) == gw.BeginEvacuation("Alarm")


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("", ()),
        (" \n , ", ()),
        ("csqu3054383", ("CSQU3054383",)),
        ("CSQU 305438 3, tasu1170000\nX", ("CSQU3054383", "TASU1170000", "X")),
    ],
)
def test_container_numbers_are_taken_one_a_line_or_with_commas(text: str, numbers: tuple[str, ...]) -> None:
    assert evacuation.numbers_in(text) == numbers


def test_what_must_be_repacked_is_chosen_from_what_waits() -> None:
    known = knowing(WELCOME, session(), gt.OnSiteNow((), None, ("CSQU3054383", "TASU1170000")))
    asked = evacuation.repacked(known, Picked())
    assert form(asked).fields[0].picks == ("CSQU3054383", "TASU1170000")
    assert made(asked, {"unit": "TASU1170000", "note": "by Hana"}) == gw.Repacked("TASU1170000", "by Hana")
    assert isinstance(evacuation.repacked(BUSY, Picked()), Say)


# --- alerts, accounts, the session --------------------------------------------------------------------------


def test_an_alert_is_looked_into_once() -> None:
    assert made(alerts.seen(BUSY, Picked("4047")), {"note": "it was Peter"}) == gw.SeenAlert(4047, "it was Peter")
    assert isinstance(alerts.seen(BUSY, Picked("3901")), Say)
    assert alerts.new(BUSY) == 1


def test_accounts_are_added_reset_and_disabled() -> None:
    added = made(accounts.add(BUSY, Picked()), {"staff": "S7", "name": "Ana", "role": "auditor"})
    assert added == gw.AddAccount("S7", "Ana", "auditor")
    assert made(accounts.reset(BUSY, Picked("S5")), {}) == gw.ResetAccount("S5")
    assert made(accounts.disable(BUSY, Picked("S5")), {"reason": "left"}) == gw.DisableAccount("S5", "left")


def test_a_new_password_is_given_twice_the_same() -> None:
    asked = accounts.change_password(BUSY)
    assert made(asked, {"old": "o", "new": "n", "again": "m"}) == "The two new passwords are not the same."
    assert made(asked, {"old": "o", "new": "n", "again": "n"}) == gw.ChangePassword("o", "n")


def test_duty_turns_round() -> None:
    assert accounts.duty(BUSY, Picked()) == Ask(gw.SignOffDuty())
    assert accounts.duty(knowing(WELCOME, session(on_duty=False)), Picked()) == Ask(gw.SignOnDuty())


def test_a_lock_says_who_was_there_and_nothing_else_that_was_told() -> None:
    asked = accounts.unlock(BUSY)
    words = " ".join((asked.title, asked.warning, *(each.said.text for each in asked.facts)))
    assert "Hana Ruru" in words
    assert not any(secret in words for secret in ("TASU", "Tom Baker", "CSQU"))


# --- what calls ---------------------------------------------------------------------------------------------


def test_what_calls_for_somebody_is_told_the_weightiest_first() -> None:
    late = replace(night(3, {0: ((), 0, True)}))
    gate = replace(
        GATE,
        backup_trouble="the share is full",
        list_words="LIST 3 d LEFT",
        parts=(gt.PartRow("gate", "lost", "no answer", "mend"),),
    )
    known = knowing(WELCOME, session(warning="The password runs out in 3 days."), *ALL, late, gate)
    known = told(known, replace(ON_SITE, to_repack=("CSQU3054383",)), NOW)
    known = told(known, LineNow(LineState.LOST, "the kiosk ended"), NOW)
    shouted = [call.text.split(":")[0] for call in calls(known, NOW) if call.tone is Tone.BAD]
    assert shouted == [
        "KIOSK NOT REACHED since 06",
        "A DRIVER WAITS AT THE KIOSK",
        "GATE LOST",
        "OVERDUE",
        "OVERDUE",
        "To be repacked",
        "BACKUP",
    ]
    asked = [call.text for call in calls(known, NOW) if call.tone is Tone.WARN]
    assert asked == [
        "LIST 3 d LEFT",
        "The password runs out in 3 days.",
        "1 truck held: Sione Vea",
        "1 alert that nobody has looked into",
        "1 thing happened. Is it an incident?",
        "Long on site: Sione Vea",
    ]
    assert [call.text for call in banner(known, NOW, 2)][1] == "and 6 more: see 1 Gate"
    assert len(banner(known, NOW, 9)) == 7


def test_what_does_not_work_shouts_and_what_is_to_be_seen_to_asks() -> None:
    rows = (
        gt.PartRow("reader", "lost", "no answer", "mend"),
        gt.PartRow("scanner", "unsteady", "lost again and again", "mend"),
        gt.PartRow("gate", "short of something", "one lamp", "mend"),
        gt.PartRow("disk", "full", "97 % in /data", "mend"),
    )
    machine = (
        gt.PartRow("power", "low", "", "mend"),
        gt.PartRow("heat", "hot", "81 °C", "mend"),
        gt.PartRow("system disk", "nearly full", "90 % in /", "mend"),
        gt.PartRow("power", "not measured", "", ""),
        gt.PartRow("heat", "slowed down", "50 °C", "mend"),
    )
    known = knowing(WELCOME, session(), replace(QUIET_GATE, parts=rows, machine=machine))
    assert [(call.text, call.tone) for call in calls(known, NOW)] == [
        ("READER LOST: no answer", Tone.BAD),
        ("DISK FULL: 97 % in /data", Tone.BAD),
        ("scanner unsteady: lost again and again", Tone.WARN),
        ("power low", Tone.WARN),
        ("heat hot: 81 °C", Tone.WARN),
        ("system disk nearly full: 90 % in /", Tone.WARN),
    ]
    assert [(fact.label, fact.said.text, fact.said.tone) for fact in part_facts(known)][-5:-1] == [
        ("power", "! low. mend", Tone.WARN),
        ("heat", "! hot: 81 °C. mend", Tone.WARN),
        ("system disk", "! nearly full: 90 % in /. mend", Tone.WARN),
        ("power", ". not measured", Tone.QUIET),
    ]


def test_an_evacuation_shouts_on_every_screen() -> None:
    known = told(BUSY, replace(ON_SITE, evacuation=NOW), NOW)
    assert banner(known, NOW, 3)[0].text == "EVACUATION since 06:30 (just now): 0 of 5 seen, 5 MISSING"


def test_where_nothing_calls_nothing_shouts() -> None:
    quiet = knowing(WELCOME, session(), gt.QueueNow((), 12.0), gt.HoldsNow(()), QUIET_GATE)
    assert calls(quiet, NOW) == ()


# --- the gate at a glance -----------------------------------------------------------------------------------


def test_numbers_at_a_glance() -> None:
    assert [(tile.title, tile.number, tile.tone) for tile in tiles(BUSY, NOW)] == [
        ("2 Queue", "40", Tone.WARN),
        ("3 Holds", "2", Tone.BAD),
        ("4 Incidents", "3", Tone.BAD),
        ("5 On site", "5", Tone.WARN),
        ("6 Alerts", "1", Tone.BAD),
    ]
    assert [tile.number for tile in tiles(Known(), NOW)] == ["-"] * 5


def test_the_gates_own_state_and_its_parts() -> None:
    said = {each.label: each.said.text for each in gate_facts(BUSY, NOW)}
    assert said["Gate"] == "+ attended"
    assert said["At kiosk"] == "held: Tom Baker, 4 min"
    assert said["Backup"] == "+ 5 h ago"
    assert [each.said.text for each in part_facts(BUSY)][:2] == [
        "+ working",
        "! short of something: hand reader 2 does not answer. lay it into its cradle",
    ]
    assert part_facts(Known()) == ()
    failing = knowing(WELCOME, replace(QUIET_GATE, backup_age_h=None, backup_trouble="no share"))
    assert {each.label: each.said.text for each in gate_facts(failing, NOW)}["Backup"] == "! none yet: no share"
    assert plot_title(BUSY) == "Uplifts by the hour: 116 in 24 h"


def test_bars_stand_on_the_hours_of_the_site() -> None:
    drawn = bars((0, 1, 2, 4), NOW, AUCKLAND, 20, 5, Glyphs.BLOCKS)
    assert drawn == (
        "4             ███ ",
        "              ███ ",
        "          ███ ███ ",
        "0     ███ ███ ███ ",
        "              06",
    )


def test_a_bar_that_is_not_nothing_is_seen_and_the_console_has_no_half_blocks() -> None:
    drawn = bars((1, 100), NOW, AUCKLAND, 8, 3, Glyphs.BLOCKS)
    assert drawn[1][4:] == "▁███"[0:1] + drawn[1][5:]
    assert set("".join(bars(tuple(range(24)), NOW, AUCKLAND, 60, 10, Glyphs.CONSOLE))) <= set(" █0123456789")
    assert bars((), NOW, AUCKLAND, 60, 10, Glyphs.BLOCKS) == ()


@given(st.lists(st.integers(0, 500), min_size=1, max_size=24), st.integers(10, 130), st.integers(2, 30))
def test_bars_keep_to_their_room(counts: list[int], width: int, height: int) -> None:
    drawn = bars(counts, NOW, AUCKLAND, width, height, Glyphs.BLOCKS)
    assert len(drawn) == height
    assert all(len(row) <= width for row in drawn)


# --- the lines around ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("chosen", [Place.GATE, Place.QUEUE, Place.ACCOUNTS])
def test_all_tabs_find_room_and_say_what_waits(width: int, chosen: Place) -> None:
    found = tabs(BUSY, chosen, width)
    assert len(found) == 8
    assert sum(len(tab.text) for tab in found) <= width
    assert [tab.text for tab in found if tab.chosen] == [next(tab.text for tab in found if tab.place is chosen)]
    assert "3 Holds 2!" in found[2].text
    assert "2 Queue 40" in found[1].text


def test_the_top_line_says_where_who_and_when() -> None:
    left, right = top(BUSY, NOW, 80)
    assert left.text.startswith(" Totara Freight, Tauranga  Hana Ruru, gatehouse, on duty")
    assert right.text == "Thu 2 Apr 06:30 "
    assert len(left.text) + len(right.text) == 80


def test_what_is_too_small() -> None:
    assert too_small(79, 24)
    assert too_small(80, 23)
    assert not too_small(80, 24)
