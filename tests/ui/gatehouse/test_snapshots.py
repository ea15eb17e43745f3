"""Every screen of the console, compared with its picture of the last time that a person looked at it."""

from collections.abc import Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.ui.gatehouse.pictures import PICTURES
from tests.ui.gatehouse.steady import console, press_all

SMALL, LARGE = (80, 24), (120, 40)
IN_BOTH = ("gate", "gate_failing", "queue_marked", "holds", "release", "evacuation", "accounts")
"""Screens that are compared light and large as well: between them they show every tone and every widget."""


def same(snap_compare: Callable[..., bool], name: str, size: tuple[int, int], *, dark: bool) -> bool:
    sample = PICTURES[name]

    async def run_before(pilot: Pilot[Any]) -> None:
        await press_all(pilot, sample)

    return snap_compare(console(sample.told, dark=dark), terminal_size=size, run_before=run_before)


@pytest.mark.parametrize("name", PICTURES)
def test_screen_looks_as_it_did(name: str, snap_compare: Callable[..., bool]) -> None:
    assert same(snap_compare, name, SMALL, dark=True)


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["80x24", "120x40"])
@pytest.mark.parametrize("name", IN_BOTH)
def test_screen_looks_as_it_did_in_the_light(
    name: str, size: tuple[int, int], snap_compare: Callable[..., bool]
) -> None:
    assert same(snap_compare, name, size, dark=False)


@pytest.mark.parametrize("name", IN_BOTH)
def test_large_screen_looks_as_it_did(name: str, snap_compare: Callable[..., bool]) -> None:
    assert same(snap_compare, name, LARGE, dark=True)
