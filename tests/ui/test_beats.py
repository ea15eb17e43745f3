"""Both screens of the kiosk beat while they take their own messages, so that one that is stuck can be told."""

import asyncio
from collections.abc import Callable

import pytest
from textual.app import App

from kiosk.ui.driver import pane
from kiosk.ui.driver.app import DriverApp
from kiosk.ui.gatehouse import app as gatehouse
from kiosk.ui.gatehouse.app import GatehouseApp
from kiosk.ui.glyphs import Glyphs
from tests.ui.gatehouse.samples import WELCOME
from tests.ui.gatehouse.steady import Clock, Kept, Link
from tests.ui.samples import WELL
from tests.ui.steady import Station

SOON_S = 0.01
"""Seconds between beats in these tests."""

PATIENCE_S = 5.0


class Beats:
    """Counts a screen's beats."""

    def __init__(self) -> None:
        self.number = 0
        self._came = asyncio.Event()

    def __call__(self) -> None:
        self.number += 1
        self._came.set()

    async def next(self) -> None:
        """Wait for the next beat."""
        self._came.clear()
        async with asyncio.timeout(PATIENCE_S):
            await self._came.wait()


def driver(beats: Beats, monkeypatch: pytest.MonkeyPatch) -> App[int]:
    station = Station(WELL)
    monkeypatch.setattr(station.link, "beat", beats)
    return DriverApp(station.link, glyphs=Glyphs.BLOCKS)


def console(beats: Beats, _: pytest.MonkeyPatch) -> App[None]:
    return GatehouseApp(Link(WELCOME), keep=Kept(), clock=Clock(), glyphs=Glyphs.BLOCKS, on_beat=beats)


@pytest.mark.parametrize("make", [driver, console])
async def test_a_screen_beats_and_is_silent_while_something_that_it_does_never_ends(
    make: Callable[[Beats, pytest.MonkeyPatch], "App[int] | App[None]"], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pane, "BEAT_S", SOON_S)
    monkeypatch.setattr(gatehouse, "BEAT_S", SOON_S)
    beats, begun, goes_on = Beats(), asyncio.Event(), asyncio.Event()
    app = make(beats, monkeypatch)

    async def hang() -> None:
        begun.set()
        await goes_on.wait()

    async with app.run_test():
        await beats.next()
        await beats.next()
        # The loop turns on; what takes the screen's keys does not.
        busy = app.query_one(pane.DriverPane) if isinstance(app, DriverApp) else app
        busy.call_next(hang)
        await begun.wait()
        before = beats.number
        for _ in range(5):
            await asyncio.sleep(SOON_S)
        while_stuck = beats.number
        goes_on.set()
        assert while_stuck == before
        await beats.next()
