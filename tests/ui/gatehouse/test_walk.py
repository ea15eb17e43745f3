"""A shift at the console, by keys alone, over the real socket."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from kiosk.console import gatehouse_told as gt
from kiosk.console import gatehouse_wishes as gw
from kiosk.console.gatehouse_link import linked
from kiosk.ui.gatehouse.app import GatehouseApp
from kiosk.ui.glyphs import Glyphs
from tests.ui.gatehouse.hands import Hands
from tests.ui.gatehouse.samples import ALONE, ODD
from tests.ui.gatehouse.station import PASSWORDS, Station, served
from tests.ui.gatehouse.steady import Clock, Kept

SIZE = (80, 24)
KEYS_FOR_A_NIGHT = 16
"""Keys for a queue of 40 with 6 odd ones, each of which is looked at by itself; docs/gatehouse.md tells it."""


@asynccontextmanager
async def person(folder: Path, name: str = "hana") -> AsyncIterator[Hands]:
    """Somebody who has logged on at a console of their own."""
    async with linked(folder, pauses_s=(0.0,)) as link:
        app = GatehouseApp(link, keep=Kept(), clock=Clock(), glyphs=Glyphs.BLOCKS)
        async with app.run_test(size=SIZE, notifications=True) as pilot:
            hands = Hands(pilot)
            await hands.reads("Log on")
            await hands.type(name)
            await hands.press("enter")
            await hands.type(PASSWORDS[name])
            await hands.press("enter")
            await hands.reads("1 Gate", "Uplifts by the hour")
            hands.pressed = 0
            yield hands


async def test_a_shift_by_keys_alone(tmp_path: Path) -> None:
    station = Station()
    async with served(tmp_path, station), person(tmp_path) as hana:
        await clear_the_night(hana, station)
        await release_a_hold(hana, station)
        await sign_a_visitor_in_and_out(hana, station)
        await check_who_signed_in_alone(hana, station)
        await evacuate(hana, station)
        await hana.press("escape", "q", "enter")
        await hana.reads("Log on")
        assert isinstance(station.wishes[-1], gw.LogOff)


async def clear_the_night(hana: Hands, station: Station) -> None:
    await hana.press("2")
    await hana.reads("2 Queue 40")
    hana.pressed = 0
    await hana.press("a", "v")
    await hana.reads("Verify 34 uplifts")
    await hana.press("enter")
    await hana.reads("2 Queue 6", "! seal number keyed")
    await hana.press("enter")
    for left in range(len(ODD), 0, -1):
        entry = station.queue.rows[0].entry
        await hana.reads(f"entry {entry}: 1 of {left}", "keyed by hand twice")
        await hana.press("v")
        await hana.reads("Verify 1 uplift")
        await hana.press("enter")
    await hana.reads("Nothing waits for verification.")
    assert hana.pressed == KEYS_FOR_A_NIGHT
    verified = [wish for wish in station.wishes if isinstance(wish, gw.Verify)]
    odd = [4000 + number for number in ODD]
    assert [wish.entries for wish in verified[1:]] == [(entry,) for entry in odd]
    assert verified[0].entries == tuple(entry for entry in range(4000, 4040) if entry not in odd)


async def release_a_hold(hana: Hands, station: Station) -> None:
    await hana.press("3", "r")
    await hana.reads("Release the hold of Tom Baker")
    await hana.type("mended\n")
    await hana.type("grace\nno\n")
    await hana.reads("Expected the second person's password, got another.")
    assert len(station.holds.rows) == 2
    await hana.type(f"{PASSWORDS['grace']}\n")
    await hana.reads("3 Holds 1")
    await hana.misses("Release the hold")
    (wish,) = [each for each in station.wishes if isinstance(each, gw.ReleaseHold)][1:]
    assert (wish.visit, wish.reason, wish.second.name) == ("V-2231", "mended", "grace")


async def sign_a_visitor_in_and_out(hana: Hands, station: Station) -> None:
    await hana.press("5")
    await hana.reads("Nobody is on site.")
    await hana.press("n")
    await hana.type("Emma\nPort\nJo\nport\n")
    await hana.press("left", "enter")
    await hana.type("V11\n")
    await hana.reads("Emma", "V11", "5 Site 1")
    who = ("Emma", "Port", "Jo", "port")
    assert station.wishes[-1:] == [gw.SignInVisitor(*who, contractor=False, inducted=True, badge="V11")]
    (emma,) = station.on_site.people
    await hana.press("u")
    await hana.reads("Badge V11 came back")
    await hana.press("enter")
    await hana.reads("Nobody is on site.")
    assert station.wishes[-1:] == [gw.SignOutVisitor(emma.visitor, badge_returned=True)]


async def check_who_signed_in_alone(hana: Hands, station: Station) -> None:
    station.on_site = gt.OnSiteNow((ALONE,))
    station.tell_all()
    await hana.reads("5 Site 1", "! contractor", "! NOT CHECKED")
    await hana.press("c")
    await hana.reads("Check Rua Pene, who signed in alone", "identity card with this name")
    await hana.press("y", "enter")
    await hana.type("C7\n")
    await hana.misses("! NOT CHECKED")
    await hana.reads("C7")
    assert station.wishes[-1:] == [gw.CheckVisitor(ALONE.visitor, inducted=True, badge="C7")]
    await hana.press("c")
    await hana.reads("Rua Pene was checked already.")
    await hana.press("u", "enter")
    await hana.reads("Nobody is on site.")


async def evacuate(hana: Hands, station: Station) -> None:
    await hana.press("n")
    await hana.type("Lars\nCo\nJo\nfix\n")
    await hana.press("enter", "enter")
    await hana.reads("Lars")
    await hana.press("f9")
    await hana.reads("No evacuation is on.", "Lars")
    await hana.press("b", "enter")
    await hana.reads("EVACUATION since 06:30 (just now): 0 of 1 seen, 1 MISSING", "[ ]")
    await hana.press("space")
    await hana.reads("all 1 were seen", "[x] SAFE")
    await hana.press("space")
    await hana.reads("Lars was not seen after all", "MISSING again")
    await hana.press("escape")
    await hana.reads("all 1 were seen", "[x] SAFE")
    await hana.press("space", "space", "enter")
    await hana.reads("0 of 1 seen, 1 MISSING", "[ ]")
    (lars,) = station.on_site.people
    assert station.wishes[-1:] == [gw.NotSafe(lars.key)]
    await hana.press("space")
    await hana.reads("all 1 were seen", "[x] SAFE")
    await hana.press("f")
    await hana.type("csqu 3")
    await hana.press("ctrl+s")
    await hana.reads("No evacuation is on.")
    assert station.on_site.to_repack == ("CSQU3",)
    await hana.press("k", "enter")
    await hana.type("by Jo\n")
    await hana.until(lambda: not station.on_site.to_repack, "nothing to repack")


async def test_two_at_once_see_each_others_changes(tmp_path: Path) -> None:
    station = Station()
    async with served(tmp_path, station), person(tmp_path) as hana, person(tmp_path, "grace") as grace:
        await grace.press("2", "a")
        await grace.reads("34 marked")
        await hana.press("2", "v", "enter")
        await hana.reads("2 Queue 39")
        await grace.reads("2 Queue 39", "33 marked")
        await grace.press("3", "t")
        await grace.type("late\n")
        await hana.reads("3 Holds 2")


async def test_a_kiosk_that_restarts_is_waited_for_and_logged_on_to_again(tmp_path: Path) -> None:
    station = Station()
    async with served(tmp_path, station), person(tmp_path) as hana:
        station.hang_up()
        await hana.reads("Log on", "your session is over")
        assert "TASU" not in hana.text()
        await hana.type(f"{PASSWORDS['hana']}\n")  # the name is there already
        await hana.reads("1 Gate")


async def test_an_idle_session_shows_nothing_until_it_is_unlocked_and_then_all_as_it_was(tmp_path: Path) -> None:
    station = Station()
    async with served(tmp_path, station), person(tmp_path) as hana:
        await hana.press("2", "space", "3", "t")
        await hana.type("half")
        station.lock()
        await hana.reads("locked", "Hana Ruru")
        assert not any(word in hana.text() for word in ("Tom Baker", "TASU", "half", "Holds"))
        await hana.press("f9", "1", "escape")
        assert "Tom Baker" not in hana.text()
        await hana.type("wrong\n")
        await hana.reads("Expected a name and its password")
        await hana.type(f"{PASSWORDS['hana']}\n")
        await hana.reads("half", "Turn Tom Baker away")
        await hana.press("escape", "2")
        await hana.reads("1 marked")
