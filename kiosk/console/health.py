"""How a lane's parts and its machine are, in the words of the health line. Pure."""

from typing import Final

from kiosk.console import messages as msg
from kiosk.core.events import Part
from kiosk.core.lane import Lane
from kiosk.core.machine import MEND_SYSTEM, Machine, Trouble
from kiosk.core.parts import PartState

NOT_SERVING: Final = frozenset({msg.Condition.STARTING, msg.Condition.LOST, msg.Condition.FULL})
"""How a part is that keeps drivers from being served."""

_MEND_POWER: Final = "give the kiosk a stronger supply on a short cable"
_MEND_HEAT: Final = "shade the cabinet, free its vents, or put a heat sink on the Pi"


def parts_of(lane: Lane) -> tuple[msg.PartHealth, ...]:
    """Every part's health, in the order of Part."""
    return tuple(_part(part, state, lane) for part, state in lane.parts.items())


def _part(part: Part, state: PartState, lane: Lane) -> msg.PartHealth:
    shown = msg.Part(part.value)
    episode = lane.upkeep.unsteady.get(part)
    if state.working and not state.detail and episode is not None:
        said = f"{' and '.join(episode.devices)} lost again and again; likely {episode.says}"
        return msg.PartHealth(shown, msg.Condition.UNSTEADY, said, episode.mend)
    return msg.PartHealth(shown, _condition(part, state, lane), state.detail, state.mend)


def _condition(part: Part, state: PartState, lane: Lane) -> msg.Condition:
    if state.working is None:
        return msg.Condition.STARTING
    if part is Part.DISK:
        return _disk(state, lane.upkeep.machine)
    if state.working:
        return msg.Condition.SHORT if state.detail else msg.Condition.WORKING
    return msg.Condition.LOST


def _disk(state: PartState, machine: Machine) -> msg.Condition:
    if state.working:
        return msg.Condition.NEARLY_FULL if state.detail else msg.Condition.WORKING
    return msg.Condition.FULL if machine.is_full else msg.Condition.LOST


def machine_of(machine: Machine) -> tuple[msg.MachineHealth, ...]:
    """What is measured of the machine, in the order of Measure; nothing until it was looked at."""
    if machine.look is None:
        return ()
    system = machine.look.system
    return (_power(machine), _heat(machine), *((_system(machine),) if system is not None else ()))


def _power(machine: Machine) -> msg.MachineHealth:
    assert machine.look is not None, "asked of a machine that was looked at"
    low, was = machine.look.under_voltage, machine.look.was_under_voltage
    if low is None:
        return msg.MachineHealth(msg.Measure.POWER, msg.Reading.NOT_MEASURED)
    if low:
        return msg.MachineHealth(msg.Measure.POWER, msg.Reading.LOW, "under 4.63 V", _MEND_POWER)
    detail, mend = ("was low since the machine started", _MEND_POWER) if was else ("", "")
    return msg.MachineHealth(msg.Measure.POWER, msg.Reading.WELL, detail, mend)


def _heat(machine: Machine) -> msg.MachineHealth:
    assert machine.look is not None, "asked of a machine that was looked at"
    celsius = machine.look.celsius
    if celsius is None:
        return msg.MachineHealth(msg.Measure.HEAT, msg.Reading.NOT_MEASURED)
    detail = f"{celsius} °C"
    if Trouble.HOT in machine.on:
        return msg.MachineHealth(msg.Measure.HEAT, msg.Reading.HOT, detail, _MEND_HEAT)
    if Trouble.THROTTLED in machine.on:
        return msg.MachineHealth(msg.Measure.HEAT, msg.Reading.SLOWED, detail, "see to its power and its heat")
    return msg.MachineHealth(msg.Measure.HEAT, msg.Reading.WELL, detail)


def _system(machine: Machine) -> msg.MachineHealth:
    detail = machine.detail(Trouble.SYSTEM_DISK_NEARLY_FULL)
    full = Trouble.SYSTEM_DISK_NEARLY_FULL in machine.on
    reading = msg.Reading.NEARLY_FULL if full else msg.Reading.WELL
    return msg.MachineHealth(msg.Measure.SYSTEM_DISK, reading, detail, MEND_SYSTEM if full else "")
