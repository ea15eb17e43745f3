"""What the station answers to a command that asks how it is (kiosk.console.how_it_is)."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Final

from kiosk.console import messages as msg
from kiosk.console.how_it_is import DeviceNow, HowItIs
from kiosk.core.lane import Lane
from kiosk.core.parts import PartState
from kiosk.site import Site

_VERSION: Final = version("sealgate")
"""Of the program as it was loaded; what is installed by now may be another."""


def how_it_is(site: Site, lane: Lane, health: msg.Health | None) -> HowItIs:
    """How the kiosk is now.

    Args:
        site: Names the devices.
        lane: Knows each device that scans, which are one part together.
        health: Every part, as screens are told; None before they were told anything.
    """
    names = {msg.Part.READER: site.reader.name, msg.Part.GATE: site.gate.name}
    parts = [part for part in (health.parts if health is not None else ()) if part.part is not msg.Part.SCANNER]
    return HowItIs(
        version=_VERSION,
        in_service=lane.in_service,
        serves=lane.visit is not None and not lane.visit.ended,
        cabinet_open=lane.cabinet_open,
        cards_fail=lane.doubts_keys,
        devices=(*(_part(part, names) for part in parts), *_scanners(lane)),
    )


def _part(part: msg.PartHealth, names: Mapping[msg.Part, str]) -> DeviceNow:
    name = names.get(part.part, part.part.value)
    return DeviceNow(name, part.part, part.condition, part.detail, part.mend)


def _scanners(lane: Lane) -> list[DeviceNow]:
    return [
        DeviceNow(name, msg.Part.SCANNER, _condition(state), state.detail, state.mend)
        for name, state in lane.scanners.items()
    ]


def _condition(state: PartState) -> msg.Condition:
    if state.working:
        return msg.Condition.SHORT if state.detail else msg.Condition.WORKING
    return msg.Condition.STARTING if state.working is None else msg.Condition.LOST
