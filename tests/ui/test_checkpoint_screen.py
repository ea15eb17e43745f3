"""The ledger's last checkpoint, on the driver's screen while nobody is served."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace
from textual.pilot import Pilot

from kiosk.console.messages import Attract, CheckpointNews, DriverKnown, Show, Told
from kiosk.ui.driver.app import DriverApp
from kiosk.ui.driver.code import SHOWN_S
from kiosk.ui.driver.dialogue import Dialogue, Key
from kiosk.ui.driver.sheet import CodePicture, CodeSheet
from kiosk.ui.driver.view import Turn, View
from kiosk.ui.glyphs import Glyphs
from tests.pictures import lights_of_screen, read_qr
from tests.ui.samples import CODE, NOT_HANDED_OVER, NOW, SAMPLES, SIGNED, SITE, WELL, shown
from tests.ui.test_pane import LARGE, PATIENCE_S, SMALL, Kiosk

IDLE = shown(Attract(SITE, awake=False), left_s=None)
AWAKE = shown(Attract(SITE, awake=True), left_s=None, revision=8)


@asynccontextmanager
async def screen(
    *told: Told, size: tuple[int, int] = SMALL, glyphs: Glyphs = Glyphs.BLOCKS
) -> AsyncIterator[tuple[Kiosk, Pilot[int]]]:
    kiosk = Kiosk(WELL, *told)
    kiosk.app = DriverApp(kiosk.station.link, clock=kiosk.clock, glyphs=glyphs)
    async with kiosk.app.run_test(size=size) as pilot:
        await pilot.pause()
        yield kiosk, pilot


def photographed(kiosk: Kiosk, folder: Path) -> str:
    """What a phone reads off the whole screen."""
    return read_qr(lights_of_screen(kiosk.app.screen._compositor.render_strips()), folder)


def is_on(kiosk: Kiosk) -> bool:
    return "Photograph the code" in " ".join(kiosk.text().split())


# What is offered, as values.


def view_after(*told: Told) -> View:
    dialogue = Dialogue()
    for message in told:
        dialogue.told(message, NOW)
    return dialogue.view


def is_offered(*told: Told) -> bool:
    return Turn.SHOW_CODE in [choice.does for choice in view_after(*told).choices]


def test_it_is_offered_while_nobody_is_there_and_something_was_signed_or_went_wrong() -> None:
    assert is_offered(IDLE, SIGNED)
    assert is_offered(SIGNED, IDLE)
    assert is_offered(IDLE, CheckpointNews(trouble="the ledger was not signed: damaged"))
    for told in ((IDLE,), (IDLE, CheckpointNews()), (AWAKE, SIGNED), (SAMPLES["held"].told[-1], SIGNED)):
        assert not is_offered(*told)


def is_idle(told: Told) -> bool:
    return isinstance(told, Show) and isinstance(told.display, Attract) and not told.display.awake


def test_whatever_is_signed_the_drivers_own_screens_stay_as_they_are() -> None:
    for name, sample in SAMPLES.items():
        if "checkpoint" not in name and sample.told and not is_idle(sample.told[-1]):
            assert view_after(*sample.told, NOT_HANDED_OVER) == view_after(*sample.told)


# What is drawn.


@pytest.mark.parametrize(
    ("size", "glyphs"),
    [
        (SMALL, Glyphs.BLOCKS),
        ((81, 25), Glyphs.BLOCKS),
        ((100, 30), Glyphs.BLOCKS),
        (LARGE, Glyphs.BLOCKS),
        ((230, 70), Glyphs.BLOCKS),
        (LARGE, Glyphs.CONSOLE),
    ],
)
async def test_a_photograph_of_the_screen_gives_the_code_back_letter_for_letter(
    size: tuple[int, int], glyphs: Glyphs, tmp_path: Path
) -> None:
    async with screen(IDLE, SIGNED, size=size, glyphs=glyphs) as (kiosk, pilot):
        await kiosk.press(pilot, "/")
        assert photographed(kiosk, tmp_path) == CODE
        text = kiosk.text()
    words = " ".join(text.split())
    assert "Signed 1 April 2026, 06:00" in words
    assert "1000000 entries" in words
    assert "+ LEDGER OK" in text.split("\n")[0]


async def test_a_console_that_is_too_small_for_the_code_says_how_to_get_it_and_has_no_half_block() -> None:
    async with screen(IDLE, SIGNED, glyphs=Glyphs.CONSOLE) as (kiosk, pilot):
        await kiosk.press(pilot, "/")
        words = " ".join(kiosk.text().split())
        assert "too small for the code. Make it larger, or run: sealgate ledger checkpoint --qr" in words
        assert not kiosk.app.query_one(CodePicture).display
        assert not set("▀▄▌▐") & set(words)


async def test_where_nothing_was_signed_there_is_no_code_but_why() -> None:
    trouble = CheckpointNews(trouble="the ledger was not signed: entry 4 is damaged")
    async with screen(IDLE, trouble) as (kiosk, pilot):
        await kiosk.press(pilot, "/")
        words = " ".join(kiosk.text().split())
    assert "Nothing was signed yet." in words
    assert "!! the ledger was not signed: entry 4 is damaged" in words


async def test_a_newer_checkpoint_takes_the_place_of_the_one_on_screen(tmp_path: Path) -> None:
    async with screen(IDLE, SIGNED) as (kiosk, pilot):
        await kiosk.press(pilot, "/")
        newer = replace(SIGNED, code=CODE[:-3] + "000", entries=1_000_001)
        await kiosk.tell(pilot, newer)
        assert photographed(kiosk, tmp_path) == newer.code
        assert "1000001 entries" in kiosk.text()


async def test_a_checkpoint_that_does_not_leave_the_site_is_on_the_health_line_until_it_does() -> None:
    async with screen(IDLE, NOT_HANDED_OVER) as (kiosk, pilot):
        assert "! CHECKPOINT" in kiosk.text().split("\n")[0]
        await kiosk.tell(pilot, shown(DriverKnown("Ann Lee", "Southern Cartage", attended=True), revision=9))
        assert "! CHECKPOINT" in kiosk.text().split("\n")[0]
        await kiosk.tell(pilot, SIGNED)
        assert "CHECKPOINT" not in kiosk.text().split("\n")[0]


# How it comes and goes.


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=str)
async def test_a_finger_opens_and_closes_it_and_the_station_is_asked_nothing(size: tuple[int, int]) -> None:
    async with screen(IDLE, SIGNED, size=size) as (kiosk, pilot):
        before = kiosk.text()
        await kiosk.touch(pilot, Key("/"))
        assert is_on(kiosk)
        await kiosk.touch(pilot, Key("escape"))
        assert kiosk.text() == before
        assert kiosk.station.asked == []


async def test_escape_closes_it_and_other_keys_do_nothing() -> None:
    async with screen(IDLE, SIGNED) as (kiosk, pilot):
        before = kiosk.text()
        await kiosk.press(pilot, "/")
        opened = kiosk.text()
        await kiosk.press(pilot, "1", "enter", "backspace", "a", "/")
        assert kiosk.text() == opened
        await kiosk.press(pilot, "escape")
        assert kiosk.text() == before
        assert kiosk.station.asked == []


async def test_it_goes_by_itself_after_its_time() -> None:
    async with screen(IDLE, SIGNED) as (kiosk, pilot):
        before = kiosk.text()
        await kiosk.press(pilot, "/")
        kiosk.clock.now += SHOWN_S - 1
        kiosk.pane._tick()
        await pilot.pause()
        assert is_on(kiosk)
        kiosk.clock.now += 1
        async with asyncio.timeout(PATIENCE_S):
            while kiosk.text() != before:
                await pilot.pause(0.01)


@pytest.mark.parametrize("other", [shown(DriverKnown("Ann Lee", "Southern Cartage", attended=True), revision=9), AWAKE])
async def test_a_driver_who_comes_or_taps_has_the_screen_at_once(other: Told) -> None:
    async with screen(IDLE, SIGNED) as (kiosk, pilot):
        await kiosk.press(pilot, "/")
        await kiosk.tell(pilot, other)
        assert not is_on(kiosk)
        await kiosk.tell(pilot, IDLE)
        assert not is_on(kiosk)


async def test_news_of_the_same_screen_leave_it_on() -> None:
    async with screen(IDLE, SIGNED) as (kiosk, pilot):
        await kiosk.press(pilot, "/")
        await kiosk.tell(pilot, replace(IDLE, card_on_reader=True))
        assert is_on(kiosk)
        assert kiosk.pane.dialogue.shows_code


async def test_it_is_laid_out_anew_when_the_window_changes(tmp_path: Path) -> None:
    async with screen(IDLE, SIGNED) as (kiosk, pilot):
        await kiosk.press(pilot, "/")
        for size in (LARGE, (60, 20), (100, 30)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
        assert photographed(kiosk, tmp_path) == CODE
        await pilot.resize_terminal(60, 20)
        await pilot.pause()
        assert "Make this window larger." in kiosk.text()
        assert not kiosk.app.query_one(CodeSheet).display
