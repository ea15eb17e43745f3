"""Every screen, compared with its picture of the last time that a person looked at it."""

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from kiosk.ui.driver.app import DriverApp
from kiosk.ui.driver.dialogue import NEW_QUESTION_LOCK_S
from kiosk.ui.glyphs import Glyphs
from tests.ui.samples import SAMPLES
from tests.ui.steady import Clock, Station


@pytest.mark.parametrize("size", [(80, 24), (160, 50)], ids=["80x24", "160x50"])
@pytest.mark.parametrize("name", SAMPLES)
def test_screen_looks_as_it_did(name: str, size: tuple[int, int], snap_compare: Callable[..., bool]) -> None:
    assert _same(snap_compare, name, size, Glyphs.BLOCKS)


@pytest.mark.parametrize("name", ["attract", "view_bolt", "held"])
def test_screen_of_the_bare_console_looks_as_it_did(name: str, snap_compare: Callable[..., bool]) -> None:
    assert _same(snap_compare, name, (80, 24), Glyphs.CONSOLE)


def _same(snap_compare: Callable[..., bool], name: str, size: tuple[int, int], glyphs: Glyphs) -> bool:
    sample, clock = SAMPLES[name], Clock()
    app = DriverApp(Station(*sample.told).link, clock=clock, glyphs=glyphs)

    async def run_before(pilot: Pilot[Any]) -> None:
        await pilot.pause()
        for key in sample.keys:
            clock.now += NEW_QUESTION_LOCK_S + 0.1
            await pilot.press(key)

    return snap_compare(app, terminal_size=size, run_before=run_before)
