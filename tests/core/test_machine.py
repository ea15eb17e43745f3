"""The bounds of disk, heat and power: where they are passed, where left, and what keeps a visit from beginning."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kiosk.core.machine import FULL, HOT, NEARLY_FULL, Bound, Machine, Trouble
from kiosk.core.machine_look import DiskLook, MachineLook
from kiosk.core.parts import PartState

DATA = "/var/lib/sealgate"


def look(percent: int = 40, **other: Any) -> MachineLook:
    return replace(MachineLook(DiskLook(DATA, percent)), **other)


def seen(looks: Sequence[MachineLook]) -> Machine:
    machine = Machine()
    for each in looks:
        machine.looked(each)
    return machine


def test_the_bounds_are_those_that_are_documented() -> None:
    bounds = {"nearly full": NEARLY_FULL, "full": FULL, "hot": HOT}
    assert bounds == {"nearly full": Bound(80, 78), "full": Bound(95, 93), "hot": Bound(80, 75)}


@pytest.mark.parametrize("bound", [NEARLY_FULL, FULL, HOT])
@given(st.lists(st.integers(0, 100), min_size=1))
def test_a_bound_is_on_from_where_it_begins_until_it_is_left_further_down(bound: Bound, values: list[int]) -> None:
    on = False
    for value in values:
        before, on = on, bound.passed(value, on)
        if value >= bound.begins:
            assert on
        elif value < bound.over_below:
            assert not on
        else:
            assert on is before


@pytest.mark.parametrize(
    ("percents", "works", "on"),
    [
        ([40], True, set()),
        ([79], True, set()),
        ([80], True, {Trouble.DISK_NEARLY_FULL}),
        ([80, 78], True, {Trouble.DISK_NEARLY_FULL}),
        ([80, 77], True, set()),
        ([94], True, {Trouble.DISK_NEARLY_FULL}),
        ([95], False, {Trouble.DISK_NEARLY_FULL, Trouble.DISK_FULL}),
        ([95, 93], False, {Trouble.DISK_NEARLY_FULL, Trouble.DISK_FULL}),
        ([95, 92], True, {Trouble.DISK_NEARLY_FULL}),
        ([100, 10], True, set()),
    ],
)
def test_a_disk_is_told_at_80_percent_and_lets_no_visit_begin_from_95_until_it_is_well_below(
    percents: list[int], works: bool, on: set[Trouble]
) -> None:
    machine = seen([look(percent) for percent in percents])
    assert machine.disk.working is works
    assert machine.on == on
    assert machine.is_full is not works
    assert bool(machine.disk.detail) is bool(on)


def test_a_disk_says_how_full_it_is_and_what_to_do() -> None:
    full = seen([look(97)]).disk
    assert full.detail == f"expected under 93 % in use, got 97 % in {DATA}"
    assert full.mend
    files = seen([look(data=DiskLook(DATA, 99, of_files=True))]).disk
    assert files.detail == f"expected under 93 % in use, got 99 % of the files that it can hold in {DATA}"
    assert seen([look(85)]).disk.detail == f"85 % in {DATA}"


def test_before_it_was_looked_at_nothing_is_known_of_the_machine() -> None:
    machine = Machine()
    assert machine.disk == PartState()
    assert (machine.look, machine.on, machine.is_full) == (None, frozenset(), False)
    assert machine.detail(Trouble.HOT) == ""


def test_a_disk_that_takes_nothing_lets_no_visit_begin_and_is_not_called_full() -> None:
    machine = seen([look(90), look(data=DiskLook(DATA, 0, fault="a disk that is read-only"))])
    assert machine.disk == PartState(
        False, f"expected to write in {DATA}, got a disk that is read-only", "see to the disk"
    )
    assert not machine.is_full


def test_a_ledger_without_room_for_what_is_under_way_lets_no_visit_begin_though_the_disk_seems_to_have_some() -> None:
    machine = seen([look(50)])
    machine.room("Disk quota exceeded")
    assert machine.disk.working is False
    assert machine.is_full
    assert machine.disk.detail == "expected room for what is under way, got Disk quota exceeded"
    machine.room("")
    assert machine.disk == PartState(True)


def test_what_is_not_measured_is_neither_well_nor_ill() -> None:
    machine = Machine()
    assert machine.looked(look()) == {Trouble.DISK_NEARLY_FULL: False, Trouble.DISK_FULL: False}
    assert machine.looked(look(under_voltage=True, celsius=81)) == {
        Trouble.DISK_NEARLY_FULL: False,
        Trouble.DISK_FULL: False,
        Trouble.UNDER_VOLTAGE: True,
        Trouble.HOT: True,
    }
    machine.looked(look())
    assert machine.on == frozenset()


def test_each_measure_is_a_trouble_of_its_own() -> None:
    troubles: dict[Trouble, dict[str, Any]] = {
        Trouble.UNDER_VOLTAGE: {"under_voltage": True},
        Trouble.WAS_UNDER_VOLTAGE: {"was_under_voltage": True},
        Trouble.THROTTLED: {"throttled": True},
        Trouble.SOFT_LIMIT: {"soft_limit": True},
        Trouble.HOT: {"celsius": 80},
        Trouble.DISK_NEARLY_FULL: {"data": DiskLook(DATA, 85)},
        Trouble.SYSTEM_DISK_NEARLY_FULL: {"system": DiskLook("/", 99)},
    }
    details = {}
    for trouble, measured in troubles.items():
        machine = seen([look(**measured)])
        assert machine.on == {trouble}
        assert machine.disk.working, "the machine's own disk keeps nobody from being served"
        details[trouble] = machine.detail(trouble)
    assert {trouble: said for trouble, said in details.items() if said} == {
        Trouble.HOT: "80 °C",
        Trouble.DISK_NEARLY_FULL: f"85 % in {DATA}",
        Trouble.SYSTEM_DISK_NEARLY_FULL: "99 % in /",
    }


def test_a_system_disk_that_is_gone_is_no_detail() -> None:
    machine = seen([look(system=DiskLook("/", 99)), look()])
    assert machine.detail(Trouble.SYSTEM_DISK_NEARLY_FULL) == ""
