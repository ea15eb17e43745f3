"""The console's screens under Textual's pilot, with the test as the station."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace
from textual import events
from textual.pilot import Pilot

from kiosk.console import gatehouse as gh
from kiosk.console import gatehouse_told as gt
from kiosk.console import gatehouse_wishes as gw
from kiosk.console.gatehouse_link import Heard, LineNow, LineState
from kiosk.gatehouse.roles import Role
from kiosk.ui.gatehouse.app import BUSY_S, GatehouseApp
from kiosk.ui.gatehouse.colours import DARK, LIGHT
from kiosk.ui.gatehouse.table import LiveTable
from kiosk.ui.gatehouse.view.known import LOST_HIDES_S
from kiosk.ui.glyphs import Glyphs
from tests.ui.gatehouse.hands import Hands
from tests.ui.gatehouse.samples import (
    ACCOUNTS,
    ALERTS,
    ALL,
    GATE,
    HOLDS,
    INCIDENTS,
    NOW,
    ON_SITE,
    WELCOME,
    night,
    session,
)
from tests.ui.gatehouse.steady import Clock, Kept, Link, answer_to

SMALL, LARGE = (80, 24), (120, 40)
BUSY: Sequence[Heard] = (WELCOME, session(), *ALL)
MANAGER: Sequence[Heard] = (WELCOME, session(Role.SECURITY_MANAGER), *ALL, ACCOUNTS)


class Desk(Hands):
    """A person at a console whose station is the test."""

    link: Link
    kept: Kept
    clock: Clock

    @property
    def table(self) -> LiveTable:
        shown = [table for table in self.app.screen.query(LiveTable) if table.display and table.size.width]
        assert shown, "a list on show"
        return shown[0]


@asynccontextmanager
async def desk(
    *told: Heard, size: tuple[int, int] = SMALL, dark: bool = True, take_over: int | None = None
) -> AsyncIterator[Desk]:
    """A console of a station that told this."""
    link, kept, clock = Link(*told), Kept(), Clock()
    app = GatehouseApp(link, keep=kept, dark=dark, take_over=take_over, clock=clock, glyphs=Glyphs.BLOCKS)
    async with app.run_test(size=size, notifications=True) as pilot:
        hands = Desk(pilot)
        hands.link, hands.kept, hands.clock = link, kept, clock
        await pilot.pause()
        await pilot.pause()
        yield hands


# --- sessions -----------------------------------------------------------------------------------------------


async def test_before_a_log_on_nothing_is_shown_but_the_sites_name() -> None:
    async with desk(WELCOME) as person:
        await person.reads("Totara Freight, Tauranga", "Name", "Password")
        await person.press("f9", "f1", "ctrl+p", "escape", "escape")
        assert "on site" not in person.text()
        assert person.link.asked == []


async def test_a_password_is_never_on_the_screen() -> None:
    async with desk(WELCOME) as person:
        await person.type("hana\nsecret7")
        assert "secret7" not in person.text()
        await person.press("enter")
        assert person.link.asked == [gw.LogOn("hana", "secret7")]


async def test_a_refused_log_on_keeps_the_name_and_empties_the_password() -> None:
    async with desk(WELCOME) as person:
        person.link.answer = lambda _: gh.NotDone("a name and its password", "others", "two tries are left")
        await person.type("hana\nsecret7\n")
        await person.reads("two tries are left", "hana")
        person.link.answer = answer_to
        await person.type("s8\n")
        assert person.link.asked[-1] == gw.LogOn("hana", "s8")


async def test_a_password_that_must_be_changed_is_changed_before_anything_else() -> None:
    old = "This password is older than a year."
    async with desk(WELCOME, session(must_change=old)) as person:
        await person.reads(old, "The new one again")
        await person.press("escape", "f9")
        await person.type("o1\nn2\nx3\n")
        await person.reads("The two new passwords are not the same.")
        await person.press("backspace", "backspace")
        await person.type("n2\n")
        assert person.link.asked == [gw.ChangePassword("o1", "n2")]
        person.link.tell(session(), GATE)
        await person.reads("[1 Gate]")


async def test_the_kiosk_s_own_screen_goes_on_with_the_session_of_a_badge_and_ends_with_it() -> None:
    async with desk(WELCOME, take_over=77) as person:
        assert person.link.asked == [gw.TakeOver(77)]
        person.link.tell(session(), *ALL)
        await person.reads("[1 Gate]", "Hana Ruru")
        person.link.tell(gt.LoggedOff("a driver came"))
        await person.until(lambda: person.app._exit, "the console to end")


async def test_somebody_who_is_there_is_told_of_now_and_then() -> None:
    async with desk(*BUSY) as person:
        there = 0
        ask = person.link.ask

        async def count(wish: gw.Wish) -> gh.Result:
            nonlocal there
            there += isinstance(wish, gw.StillHere)
            return await ask(wish)

        person.link.ask = count  # type: ignore[method-assign]
        await person.press("2", "down", "down")
        assert there == 1
        person.clock.now += timedelta(seconds=BUSY_S)
        await person.press("down")
        await person.until(lambda: there == 2, "a second word that somebody is there")


# --- lists that live ----------------------------------------------------------------------------------------


async def test_cursor_and_marks_stay_with_their_rows_when_others_come_and_go() -> None:
    async with desk(*BUSY) as person:
        await person.press("2", "down", "down", "space", "down")
        assert person.table.key == "4004"
        rows = night().rows
        person.link.tell(gt.QueueNow((*rows[1:], replace(rows[0], entry=4999)), 12.0))
        await person.until(lambda: person.table.keys[0] == "4001", "the first row gone")
        assert person.table.key == "4004"
        assert person.table.keys[-1] == "4999"
        await person.reads("1 marked")
        person.link.tell(gt.QueueNow(tuple(row for row in rows if row.entry not in (4002, 4004)), 12.0))
        await person.until(lambda: "4004" not in person.table.keys, "two rows gone")
        assert person.table.key == "4005"
        await person.misses("marked")


async def test_what_is_told_again_unchanged_is_not_drawn_again() -> None:
    async with desk(*BUSY) as person:
        await person.press("2")
        drawn = person.table._update_count
        person.link.tell(*ALL)
        await person.press("f4", "f4")  # something that waits for what was told to be taken
        person.link.tell(*ALL)
        await asyncio.sleep(0)
        assert person.table._update_count >= drawn
        before = person.table._update_count
        person.link.tell(night())
        person.link.tell(replace(GATE, verified_today=13))
        await person.until(
            lambda: person.app.known.gate is not None and person.app.known.gate.verified_today == 13, "told"
        )
        assert person.table._update_count == before


async def test_scrolled_rows_stay_where_they_are_when_one_changes() -> None:
    async with desk(*BUSY) as person:
        await person.press("2", "end")
        await person.until(lambda: person.table.scroll_y > 0, "a scrolled list")
        at = person.table.scroll_y
        rows = night().rows
        person.link.tell(
            gt.QueueNow((replace(rows[0], odd=("clock was not synchronised",), weight=1), *rows[1:]), 12.0)
        )
        await person.until(
            lambda: person.app.known.queue is not None and bool(person.app.known.queue.rows[0].odd), "told"
        )
        assert person.table.scroll_y == at
        assert person.table.key == "4039"


async def test_a_filter_shows_only_what_holds_its_words_and_escape_shows_all() -> None:
    async with desk(*BUSY) as person:
        await person.press("2", "slash")
        await person.type("keyed by")
        await person.reads("/keyed by: 2 of 40")
        assert person.table.keys == ("4003", "4009")
        await person.press("enter", "v")
        await person.reads("Verify 1 uplift")
        await person.press("escape", "escape")
        assert len(person.table.keys) == 40
        await person.press("slash")
        await person.type("no such words")
        await person.reads("No row holds these words: no such words.")
        await person.press("escape")
        assert len(person.table.keys) == 40


async def test_a_list_is_sorted_by_column_and_turned_round() -> None:
    async with desk(*BUSY) as person:
        await person.press("5", "s", "s")
        await person.reads("sorted by Name")
        assert person.table.keys[0] == "visitor 4021"
        await person.press("S")
        await person.reads("sorted by Name; backwards")
        assert person.table.keys[0] == "driver D3"


async def test_marking_what_is_clean_leaves_what_is_filtered_out() -> None:
    async with desk(*BUSY) as person:
        await person.press("2", "slash")
        await person.type("ann lee")
        await person.press("enter", "a", "v")
        await person.reads("Verify 7 uplifts")
        await person.press("enter")
        (wish,) = person.link.asked
        assert isinstance(wish, gw.Verify)
        assert all((entry - 4000) % 5 == 0 for entry in wish.entries)


# --- keys that come all at once -----------------------------------------------------------------------------


def all_at_once(person: Desk, *keys: str) -> None:
    """As a fast hand's, a slow machine's, or a program's that fills in passwords: nobody waits for the screen."""
    for key in keys:
        character = {"space": " ", "enter": "\r", "slash": "/"}.get(key, key if len(key) == 1 else None)
        person.app.post_message(events.Key(key, character))


async def test_a_password_that_is_typed_at_once_after_the_name_is_no_part_of_the_name() -> None:
    async with desk(WELCOME) as person:
        all_at_once(person, *"hana", "enter", *"h7", "enter")
        await person.until(lambda: bool(person.link.asked), "a log-on")
        assert person.link.asked == [gw.LogOn("hana", "h7")]


async def test_what_is_pasted_goes_where_the_key_before_it_led() -> None:
    async with desk(WELCOME) as person:
        for event in (events.Paste("hana"), events.Key("enter", "\r"), events.Paste("h7"), events.Key("enter", "\r")):
            person.app.post_message(event)
        await person.until(lambda: bool(person.link.asked), "a log-on")
        assert person.link.asked == [gw.LogOn("hana", "h7")]


async def test_the_words_of_a_reason_are_no_commands_though_the_form_is_not_there_yet() -> None:
    async with desk(*BUSY) as person:
        all_at_once(person, "2", "down", "d", *"very", "space", *"odd", "enter", "enter")
        await person.until(lambda: bool(person.link.asked), "a dispute")
        assert person.link.asked == [gw.Dispute(4001, "very odd", "")]


async def test_what_is_verified_is_what_the_filter_leaves_however_fast_it_was_typed() -> None:
    async with desk(*BUSY) as person:
        all_at_once(person, "2", "slash", *"keyed", "enter", "down", "v", "enter")
        await person.until(lambda: bool(person.link.asked), "a verification")
        assert person.link.asked == [gw.Verify((4009,), "", "")]


# --- what a role may ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["space", "a", "v", "d"])
async def test_an_auditor_who_tries_is_told_why_not(key: str) -> None:
    async with desk(WELCOME, session(Role.AUDITOR), *ALL) as person:
        await person.press("2", key)
        await person.reads("Your role, auditor, may not")
        assert person.link.asked == []


async def test_an_auditor_sees_every_place_and_takes_what_is_on_show_along() -> None:
    async with desk(WELCOME, session(Role.AUDITOR), *ALL, ACCOUNTS) as person:
        for key, words in zip("1234567", ("Backup", "Seal", "AT KIOSK", "OVERDUE", "V-11", "NEW", "S5"), strict=True):
            await person.press(key)
            await person.reads(words)
        await person.press("2", "x")
        await person.reads("Written: queue.csv")
        assert person.kept.documents == [gh.Document("queue.csv", "text/csv", b"entry\r\n1\r\n")]


async def test_a_folder_that_takes_no_file_is_said() -> None:
    def full(_: gh.Document) -> str:
        raise OSError(28, "No space left on device")

    link = Link(*BUSY)
    app = GatehouseApp(link, keep=full, clock=Clock(), glyphs=Glyphs.BLOCKS)
    async with app.run_test(size=SMALL, notifications=True) as pilot:
        person = Hands(pilot)
        await person.reads("[1 Gate]")
        await person.press("3", "x")
        await person.reads("expected to write holds.csv, got [Errno 28]")


# --- what is done -------------------------------------------------------------------------------------------


async def test_what_was_refused_is_said_in_the_form_which_stays() -> None:
    async with desk(*BUSY) as person:
        person.link.answer = lambda _: gh.NotDone("a truck that is held", "one that was released", "look again")
        await person.press("3", "t")
        await person.type("late\n")
        await person.reads("Expected a truck that is held, got one that was released.", "late")
        person.link.answer = answer_to
        await person.press("enter")
        await person.reads("Turn away: done. (entry 4060)")


async def test_what_got_no_answer_is_said_and_whether_it_may_have_been_done() -> None:
    async with desk(*BUSY) as person:
        person.link.lost = True
        await person.press("3", "t")
        await person.type("late\n")
        await person.reads("nothing was done")
        await person.press("escape", "x")
        await person.reads("nothing was done")


async def test_what_must_be_given_is_asked_for() -> None:
    async with desk(*BUSY) as person:
        await person.press("3", "r", "ctrl+s")
        await person.reads("Give this first: How it was settled.")
        assert person.link.asked == []


async def test_a_one_time_code_is_shown_once() -> None:
    async with desk(*MANAGER) as person:
        await person.press("7", "n")
        await person.type("S7\nAna\n")
        await person.press("enter")
        await person.reads("KAURI-4417-MOTU")
        assert person.link.asked == [gw.AddAccount("S7", "Ana", "gatehouse")]
        await person.press("escape")
        await person.misses("KAURI-4417-MOTU")


async def test_a_role_is_chosen_by_its_letter() -> None:
    async with desk(*MANAGER) as person:
        await person.press("7", "n")
        await person.type("S7\nAna\n")
        await person.press("a", "enter")
        assert person.link.asked == [gw.AddAccount("S7", "Ana", "auditor")]


async def test_an_incident_is_opened_from_what_may_be_one() -> None:
    async with desk(*BUSY) as person:
        await person.press("4", "n")
        await person.reads("entry 4044", "(*) Suspicious or unusual documentation requests")
        await person.press("ctrl+s")
        (wish,) = person.link.asked
        assert isinstance(wish, gw.OpenIncident)
        assert wish.about == (4044,)


async def test_a_report_is_written_gap_by_gap_and_kept_when_it_is_left() -> None:
    async with desk(*MANAGER) as person:
        await person.press("4", "down", "r")
        await person.reads("2 places are to be written")
        await person.type("doors shut")
        await person.reads("1 place is to be written", "looked at: doors shut")
        await person.press("escape", "r")
        await person.reads("looked at: doors shut")
        await person.press("ctrl+s")
        await person.reads("1 place is still [TO BE WRITTEN]")
        await person.press("escape", "f3")
        await person.type("by Jo")
        await person.reads("nothing is left to be written")
        await person.press("ctrl+s", "enter", "enter")
        await person.reads("Report it: done.", "[4 Incid")
        wish = person.link.asked[-1]
        assert isinstance(wish, gw.ReportIncident)
        assert (wish.incident, wish.how) == (4052, "mail")
        assert "looked at: doors shut" in wish.text
        assert "done at once: by Jo" in wish.text
        assert [each for each in person.link.asked if isinstance(each, gw.DraftIncident)] == [gw.DraftIncident(4052)]


async def test_what_was_written_is_kept_over_a_restart_of_the_kiosk_for_the_same_person_alone() -> None:
    async with desk(*MANAGER) as person:
        await person.press("4", "down", "r")
        await person.reads("to be written")
        await person.type("all shut")
        person.link.tell(LineNow(LineState.LOST, "the kiosk ended"), LineNow(LineState.UP), WELCOME)
        await person.reads("Log on", "your session is over")
        person.link.tell(session(Role.SECURITY_MANAGER, staff="S8"), *ALL)
        await person.reads("[1 Gate]")
        await person.press("4", "down", "r")
        await person.reads("2 places are to be written")
        person.link.tell(gt.LoggedOff(""), session(Role.SECURITY_MANAGER), *ALL)
        await person.reads("[1 Gate]")
        await person.press("4", "down", "r")
        await person.reads("looked at: all shut")


async def test_a_detail_goes_through_the_queue_and_settles_one_after_the_other() -> None:
    async with desk(WELCOME, session(), night(3)) as person:
        await person.press("2", "enter")
        await person.reads("entry 4000: 1 of 3", "! NZ800109 keyed by hand twice")
        await person.press("p")
        await person.reads("entry 4002: 3 of 3")
        await person.press("n", "n")
        await person.reads("entry 4001: 2 of 3")
        await person.press("d")
        await person.type("not it\n\n")
        assert person.link.asked[-2:-1] == [gw.Dispute(4001, "not it", "")]
        await person.reads("entry 4002: 3 of 3")
        person.link.tell(gt.QueueNow((), 12.0))
        await person.press("v")
        await person.reads("Nothing waits here for verification.")


# --- evacuation ---------------------------------------------------------------------------------------------


async def test_the_list_of_everyone_is_one_key_away_from_a_form_and_what_was_typed_stays() -> None:
    async with desk(*BUSY) as person:
        await person.press("3", "t")
        await person.type("half")
        await person.press("f9")
        await person.reads("No evacuation is on. 5 people on site.", "Emma Ngata", "Sione Vea")
        await person.press("2")
        await person.reads("Escape goes back to what you were writing.")
        await person.press("escape")
        await person.reads("Turn Tom Baker away", "half")


@pytest.mark.parametrize("key", ["f9", "e", "8"])
@pytest.mark.parametrize("place", "1234567")
async def test_the_list_of_everyone_is_one_key_away_from_every_place(place: str, key: str) -> None:
    async with desk(*BUSY) as person:
        await person.press(place, key)
        await person.reads("5 people on site.", "Emma Ngata")
        await person.press("1")
        await person.reads("[1 Gate]")


async def test_the_list_is_printed_and_written() -> None:
    async with desk(*BUSY) as person:
        await person.press("f9", "p")
        await person.reads("The list is printed")
        await person.press("x")
        await person.reads("Written: evacuation.pdf")
        assert person.link.asked == [gw.EvacuationList(printed=True), gw.EvacuationList(printed=False)]


async def test_a_name_is_found_while_people_are_called() -> None:
    called = replace(ON_SITE, evacuation=NOW)
    async with desk(*BUSY, called) as person:
        await person.press("e", "slash")
        await person.type("lars")
        await person.press("enter", "space")
        assert person.link.asked == [gw.Safe("visitor 4010")]


# --- the line, the window, the rest -------------------------------------------------------------------------


async def test_a_lost_kiosk_is_said_on_every_screen_and_what_it_told_stays_for_a_while() -> None:
    async with desk(*BUSY) as person:
        await person.press("2")
        person.link.tell(LineNow(LineState.LOST, "the kiosk ended"))
        await person.reads("KIOSK NOT REACHED since 06:30", "TASU1170000")
        person.clock.now += timedelta(seconds=LOST_HIDES_S + 1)
        await person.app._tick()
        await person.reads("locked", "the kiosk ended")
        assert "TASU1170000" not in person.text()


async def test_another_version_is_said() -> None:
    async with desk(*BUSY) as person:
        person.link.tell(LineNow(LineState.OTHER_VERSION, "expected version 1, got version 2; restart"))
        await person.reads("ANOTHER VERSION of the kiosk runs: end this console and start it again")


@pytest.mark.parametrize("size", [(40, 10), (79, 24), (80, 23), (10, 3), (1, 1)])
async def test_a_window_too_small_says_so_and_takes_no_keys_until_it_is_larger(size: tuple[int, int]) -> None:
    async with desk(*BUSY, size=size) as person:
        if size[0] > 30:
            await person.reads("This window is too small.", f"It has {size[0]} columns and {size[1]} rows.")
        await person.press("2", "v", "enter", "f9")
        assert person.link.asked == []
        await person._pilot.resize_terminal(*SMALL)
        await person.reads("[1 Gate]")
        await person.misses("too small")


async def test_resizing_keeps_place_cursor_marks_and_filter() -> None:
    async with desk(*BUSY) as person:
        await person.press("2", "slash")
        await person.type("a")
        await person.press("enter", "down", "space", "down")
        key = person.table.key
        for size in (LARGE, (40, 10), (100, 30), (200, 60), SMALL):
            await person._pilot.resize_terminal(*size)
            await person._pilot.pause()
        assert person.table.key == key
        await person.reads("1 marked", "/a:")


async def test_light_and_dark_are_turned_and_kept() -> None:
    kept: list[bool] = []
    app = GatehouseApp(Link(*BUSY), keep=Kept(), on_theme=kept.append, clock=Clock(), glyphs=Glyphs.BLOCKS)
    async with app.run_test(size=SMALL) as pilot:
        assert app.theme == DARK.name
        await pilot.press("f4")
        assert (app.theme, kept) == (LIGHT.name, [False])
        await pilot.press("f4")
        assert (app.theme, kept) == (DARK.name, [False, True])


async def test_everything_is_found_by_its_words() -> None:
    async with desk(*BUSY) as person:
        await person.press("3", "colon")
        await person.type("turn away")
        await person.reads("Turn the truck away without its load", "key t")
        await person.press("enter", "enter")
        await person.reads("Turn Tom Baker away without the load")


async def test_the_help_tells_the_keys_of_the_place_and_why_some_may_not() -> None:
    async with desk(WELCOME, session(Role.EXPORT_OFFICE), *ALL, size=LARGE) as person:
        await person.press("3", "question_mark")
        await person.reads(
            "Help: Holds", "clause 8.10", "Turn the truck away", "Your role, export office, may not turn"
        )
        await person.press("escape")
        await person.misses("Help: Holds")


async def test_words_in_brackets_are_words_and_no_markup() -> None:
    hold = replace(HOLDS.rows[0], driver="[red]Tom[/red]", headline="[b]x", message="[/]")
    alert = replace(ALERTS.rows[0], text="[bold")
    async with desk(*BUSY, gt.HoldsNow((hold,)), gt.AlertsNow((alert,))) as person:
        await person.press("3")
        await person.reads("[red]Tom[/red]", "[b]x")
        await person.press("t")
        await person.reads("Turn [red]Tom[/red] away")
        person.link.answer = lambda _: gh.Done((), "[b]done[/]")
        await person.type("z\n")
        await person.reads("[b]done[/]")
        await person.press("6", "enter")
        await person.reads("[bold")


async def test_rows_by_the_thousand_are_shown_and_taken_away() -> None:
    many = night(1500, {})
    async with desk(WELCOME, session(), many) as person:
        await person.press("2", "a")
        await person.reads("1500 marked")
        await person.press("end")
        person.link.tell(gt.QueueNow(many.rows[:3], 12.0))
        await person.until(lambda: len(person.table.keys) == 3, "three rows")
        assert person.table.key == "4002"


async def test_what_is_clicked_is_done() -> None:
    async with desk(*BUSY, size=LARGE) as person:
        await person._pilot.click("#tile-holds")
        await person.reads("[3 Holds 2!]")
        await person._pilot.click("#tabs", offset=(4, 0))
        await person.reads("[1 Gate]")
        await person._pilot.click("#tabs", offset=(14, 0))
        await person.reads("[2 Queue 40]")
        line = person.text().splitlines()[-1]
        await person._pilot.click("#keys", offset=(line.index("clean"), 0))
        await person.reads("34 marked")


async def test_an_error_of_the_link_ends_the_console(capsys: pytest.CaptureFixture[str]) -> None:
    link = Link(*BUSY)
    link._box.fail(ZeroDivisionError("ours"))
    app = GatehouseApp(link, keep=Kept(), clock=Clock(), glyphs=Glyphs.BLOCKS)
    await app.run_async(headless=True)
    assert app.return_code == 1
    assert "ZeroDivisionError: ours" in capsys.readouterr().err


async def test_what_a_console_says_when_it_dies_holds_no_password(capsys: pytest.CaptureFixture[str]) -> None:
    def die(wish: gw.Wish) -> gh.Result:
        raise ZeroDivisionError(f"ours, with {wish!r}")

    app = GatehouseApp(Link(WELCOME, answer=die), keep=Kept(), clock=Clock(), glyphs=Glyphs.BLOCKS)

    async def log_on(pilot: Pilot[Any]) -> None:
        person = Hands(pilot)
        await person.type("hana\nsecret7")
        app.post_message(events.Key("enter", "\r"))  # no pilot waits for an app that dies

    await app.run_async(headless=True, auto_pilot=log_on)
    said = capsys.readouterr().err
    assert "ZeroDivisionError: ours, with LogOn()" in said
    assert "secret7" not in said


def test_incidents_of_the_samples_have_kinds_that_the_gatehouse_knows() -> None:
    assert {row.what for row in INCIDENTS.rows} <= set(INCIDENTS.kinds)
