"""Whoever guesses passwords at the consoles' socket gets nowhere, and no driver waits for it."""

import asyncio
import itertools
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from kiosk.console import gatehouse as g
from kiosk.console import gatehouse_wishes as gw
from kiosk.console import messages as msg
from kiosk.console.gatehouse_link import GatehouseLink, linked
from kiosk.gatehouse.roles import Role
from tests.station.rig import PATIENCE_S, Rig, running
from tests.station.test_consoles import PASSWORD, people

NAMES = ("hana", "HANA", "mere", "admin", "root", "nobody")


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    (tmp_path / "ledger").mkdir()
    people(tmp_path, hana=Role.GATEHOUSE, mere=Role.SECURITY_MANAGER)
    with running(tmp_path) as rig:
        rig.until(msg.Attract)
        assert rig.station.serves_consoles.wait(PATIENCE_S)
        yield rig


async def guess(link: GatehouseLink, numbers: Iterator[int], most: int) -> int:
    """Guess until so many were made in all; how many got in."""
    inside = 0
    for number in numbers:
        if number >= most:
            break
        answer = await link.ask(gw.LogOn(NAMES[number % len(NAMES)], f"guess number {number} of many"))
        inside += not isinstance(answer, g.NotDone)
    return inside


async def guesses(rig: Rig, how_many: int, served: asyncio.Event) -> int:
    """So many guesses from several consoles at once, and on until the driver was served; how many got in."""
    numbers = itertools.count()
    async with linked(rig.data) as one, linked(rig.data) as two, linked(rig.data) as three, linked(rig.data) as four:
        inside = sum(await asyncio.gather(*(guess(link, numbers, how_many) for link in (one, two, three, four))))
        while not served.is_set():
            inside += await guess(one, itertools.count(), 50)
    return inside


def drive(rig: Rig) -> None:
    """A whole uplift."""
    rig.to_signing()
    rig.tap(1)
    rig.until(msg.BarrierOpen)


async def one_driver_beside(rig: Rig, how_many: int) -> None:
    served = asyncio.Event()
    guessing = asyncio.create_task(guesses(rig, how_many, served))
    await asyncio.to_thread(drive, rig)
    served.set()
    assert await guessing == 0
    kinds = rig.kinds()
    assert "uplift" in kinds
    about_guesses = [kind for kind in kinds if kind.startswith("logon")]
    assert 0 < len(about_guesses) < 60, len(about_guesses)
    async with linked(rig.data) as link:
        with suppress(TimeoutError):
            answer = await link.ask(gw.LogOn("hana", PASSWORD))
            assert isinstance(answer, g.NotDone)  # three failures lock


async def test_two_thousand_guesses_let_nobody_in_and_a_driver_is_served_meanwhile(rig: Rig) -> None:
    await one_driver_beside(rig, 2_000)


@pytest.mark.long
@pytest.mark.timeout(600)
async def test_a_hundred_thousand_guesses_let_nobody_in_and_a_driver_is_served_meanwhile(rig: Rig) -> None:
    await one_driver_beside(rig, 100_000)
