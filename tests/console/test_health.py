"""What the health line is told of parts and machine."""

from typing import Any

import pytest
from msgspec.structs import replace

from kiosk.console import messages as msg
from kiosk.console.health import machine_of, parts_of
from kiosk.console.presenting import display_of, health_of
from kiosk.core import events as ev
from kiosk.core.device_causes import How
from kiosk.core.machine import Machine
from kiosk.core.machine_look import DiskLook, MachineLook
from tests.core.driving import Ride

CONTACT = "Gatehouse 04 555 0100"
LOOK = MachineLook(DiskLook("/data", 40))


def begun() -> Ride:
    """A lane that has read its ledger."""
    ride = Ride()
    ride.take(ride.lane.take_roster(ride.roster, ride.at()))
    return ride


def looked(ride: Ride, **seen: Any) -> Ride:
    ride.send(ev.MachineLooked(replace(LOOK, **seen), ride.at()))
    return ride


def disk(ride: Ride) -> msg.PartHealth:
    return next(part for part in parts_of(ride.lane) if part.part is msg.Part.DISK)


def reader(ride: Ride) -> msg.PartHealth:
    return next(part for part in parts_of(ride.lane) if part.part is msg.Part.READER)


def lose(ride: Ride, *, back: bool = True) -> None:
    for working, how in ((True, None), (False, How.CUT), (True, None))[: 3 if back else 2]:
        ride.send(ev.PartChanged(ev.Part.READER, working, "" if working else "gone", "", ride.at(), "card reader", how))
    ride.now += 60


@pytest.mark.parametrize(
    ("percent", "condition"),
    [(40, msg.Condition.WORKING), (80, msg.Condition.NEARLY_FULL), (95, msg.Condition.FULL)],
)
def test_the_disk_is_well_nearly_full_or_full(percent: int, condition: msg.Condition) -> None:
    ride = looked(begun(), data=DiskLook("/data", percent))
    assert disk(ride).condition is condition
    out = display_of(ride.lane, CONTACT, ride.at())
    if condition is msg.Condition.FULL:
        assert out == msg.OutOfService("Test Yard", (disk(ride),), CONTACT)
        assert disk(ride).detail == "expected under 93 % in use, got 95 % in /data"
    else:
        assert isinstance(out, msg.Attract)


def test_a_disk_that_takes_nothing_is_lost_and_one_without_room_for_what_is_under_way_is_full() -> None:
    ride = looked(begun(), data=DiskLook("/data", 40, fault="a disk that is read-only"))
    assert disk(ride).condition is msg.Condition.LOST
    looked(ride).send(ev.RoomKept("Disk quota exceeded", ride.at()))
    assert disk(ride).condition is msg.Condition.FULL


def test_a_kiosk_that_has_not_looked_at_its_machine_yet_is_starting_and_tells_no_measure() -> None:
    ride = begun()
    ride.lane.parts[ev.Part.DISK] = ride.lane.upkeep.machine.disk
    assert disk(ride).condition is msg.Condition.STARTING
    assert health_of(ride.lane, msg.BackupHealth(), ride.at()).machine == ()


def test_a_device_that_is_lost_again_and_again_is_unsteady_while_it_works_and_says_why_and_what_to_do() -> None:
    ride = begun()
    for _ in range(2):
        lose(ride)
        assert reader(ride).condition is msg.Condition.WORKING
    lose(ride)
    unsteady = reader(ride)
    assert unsteady.condition is msg.Condition.UNSTEADY
    assert unsteady.detail.startswith("card reader lost again and again; likely its cable or plug")
    assert unsteady.mend
    assert isinstance(display_of(ride.lane, CONTACT, ride.at()), msg.Attract), "drivers are served all the same"
    lose(ride, back=False)
    assert reader(ride) == msg.PartHealth(msg.Part.READER, msg.Condition.LOST, "gone", "")
    ride.send(ev.PartChanged(ev.Part.READER, True, "", "", ride.at(), "card reader"))
    ride.later(3600)
    assert reader(ride).condition is msg.Condition.WORKING


@pytest.mark.parametrize(
    ("seen", "told"),
    [
        ({}, [("power", "not measured", ""), ("heat", "not measured", "")]),
        ({"under_voltage": False, "celsius": 50}, [("power", "well", ""), ("heat", "well", "50 °C")]),
        ({"under_voltage": True, "celsius": 81}, [("power", "low", "under 4.63 V"), ("heat", "hot", "81 °C")]),
        (
            {"under_voltage": False, "was_under_voltage": True, "celsius": 50, "throttled": True},
            [("power", "well", "was low since the machine started"), ("heat", "slowed down", "50 °C")],
        ),
        (
            {"system": DiskLook("/", 90)},
            [("power", "not measured", ""), ("heat", "not measured", ""), ("system disk", "nearly full", "90 % in /")],
        ),
        (
            {"system": DiskLook("/", 50)},
            [("power", "not measured", ""), ("heat", "not measured", ""), ("system disk", "well", "50 % in /")],
        ),
    ],
)
def test_each_measure_of_the_machine_is_told_and_what_is_not_measured_is_said_to_be(
    seen: dict[str, Any], told: list[tuple[str, str, str]]
) -> None:
    machine = Machine()
    machine.looked(replace(LOOK, **seen))
    rows = machine_of(machine)
    assert [(row.measure.value, row.reading.value, row.detail) for row in rows] == told
    well = {msg.Reading.WELL, msg.Reading.NOT_MEASURED}
    assert all(row.mend for row in rows if row.reading not in well)
    assert health_of(looked(begun(), **seen).lane, msg.BackupHealth(), Ride().at()).machine == rows
