"""How the kiosk's devices and its machine do: what of it goes into the ledger, and what staff are told.

Theory of operation. Reports come as events; `Conditions` says which beginnings and ends are entries, `FaultBook` when a
device is lost so often that its likely cause is told, `Machine` which bounds are passed. Nothing is written before the
ledger was read: what it knows already is no news (`Upkeep.begin`). The ledger's own entries are folded into `Known`,
so that a restart tells nothing twice.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from msgspec import Struct

from kiosk.core import events as ev
from kiosk.core.conditions import MOST, Conditions, Turn
from kiosk.core.device_causes import Episode, Fault, How, episode_body, how_of
from kiosk.core.device_faults import FaultBook
from kiosk.core.effects import EntryKind, Json
from kiosk.core.machine import Machine, Trouble
from kiosk.core.parts import ENGINE
from kiosk.core.times import Moment, utc_text

MOST_DETAIL: Final = 300
"""Characters of what a driver said that an entry keeps."""

LATE_MS: Final = 1000
"""Milliseconds from which on an entry says that what it tells of was earlier."""

_MACHINE: Final = "machine: "
"""How the name of a condition of the machine begins; all others are devices."""


class ToSay(Struct, frozen=True):
    """An entry that is to be written."""

    kind: EntryKind
    body: dict[str, Json]


class Known:
    """What the ledger holds of devices and machine: folded from its entries, and said again with who is on site."""

    def __init__(self) -> None:
        self.on: dict[str, Moment] = {}
        """Since when, by what is lost or wrong."""
        self.faults = FaultBook()

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "Known":
        """Reads what `to_json` gives."""
        known = cls()
        known.on = {name: Moment.of_since(since) for name, since in said.get("on", {}).items()}
        known.faults = FaultBook.from_json(said.get("faults", {}))
        return known

    def to_json(self) -> Json:
        """As an entry keeps it."""
        on: dict[str, Json] = {name: since.since_json() for name, since in self.on.items()}
        return {"on": on, "faults": self.faults.to_json()}

    def apply(self, kind: str, body: Mapping[str, Any], at: Moment) -> None:
        """Take one entry; those of other kinds change nothing."""
        match kind:
            case EntryKind.DEVICE_LOST.value:
                device = str(body["device"])
                self._begin(device, at)
                self.faults.lost(Fault(device, how_of(body["how"]), str(body["usb"]), at))
            case EntryKind.DEVICE_BACK.value:
                self.on.pop(str(body["device"]), None)
                self.faults.back(str(body["device"]), int(body["lost_ms"]))
            case EntryKind.DEVICE_UNSTEADY.value:
                self.faults.told(body, at)
            case EntryKind.MACHINE_TROUBLE.value:
                self._begin(f"{_MACHINE}{body['what']}", at)
                if body["what"] == Trouble.UNDER_VOLTAGE.value:
                    self.faults.low_power(at)
            case EntryKind.MACHINE_WELL.value:
                self.on.pop(f"{_MACHINE}{body['what']}", None)
            case _:
                pass

    def _begin(self, name: str, at: Moment) -> None:
        self.on.pop(name, None)
        self.on[name] = at
        if len(self.on) > MOST:
            del self.on[next(iter(self.on))]


class Upkeep:
    """How devices and machine do.

    Attributes:
        machine: What is known of the machine.
    """

    def __init__(self) -> None:
        self.machine = Machine()
        self._conditions = Conditions()
        self._faults = FaultBook()
        self._places: dict[str, str] = {}
        self._parts: dict[str, ev.Part] = {}
        self._hows: dict[str, tuple[How, str]] = {}
        self._worked: set[str] = set()
        self._before: list[Fault] | None = []

    @property
    def wakes_at(self) -> float | None:
        """Monotonic seconds at which there may be something to say, or less to show; None when nothing waits."""
        wakes = (self._conditions.wakes_at, self._faults.wakes_at)
        return min((each for each in wakes if each is not None), default=None)

    @property
    def unsteady(self) -> Mapping[ev.Part, Episode]:
        """The parts whose devices are lost again and again."""
        episodes = self._faults.episodes
        return {part: episodes[device] for device, part in self._parts.items() if device in episodes}

    def begin(self, known: Known, at: Moment) -> list[ToSay]:
        """Learn what the ledger holds, once; what happened before is told now, if it is news."""
        before, self._before = self._before, None
        if before is None:
            return []
        self._faults = FaultBook.from_json(known.faults.to_json())
        self._faults.rebase(at)
        for fault in before:
            self._faults.lost(fault)
        since_start = f"{_MACHINE}{Trouble.WAS_UNDER_VOLTAGE.value}"
        on = {name: since for name, since in known.on.items() if name != since_start or since.boot == at.boot}
        turns = self._conditions.begin(on, at)
        return [*(self._said(turn, at) for turn in turns), *self._begun(at)]

    def part(self, event: ev.PartChanged) -> list[ToSay]:
        """A device works, or was lost. What is wrong with a part without its being a device's failing is none."""
        if not event.device:
            return []
        self._parts[event.device] = event.part
        return self._device(event.device, event.how, event.detail, event.at)

    def engine(self, event: ev.ReaderFault) -> list[ToSay]:
        """A seal reader lost its scan engine while it goes on talking: that is a device, too."""
        if event.part != ENGINE:
            return []
        how = None if event.is_over else How.SILENT
        engine = f"{event.reader}, its {ENGINE}"
        self._parts[engine] = ev.Part.SCANNER
        return self._device(engine, how, event.what, event.at)

    def connected(self, event: ev.DeviceConnected) -> None:
        """Where a device is plugged in."""
        self._places[event.device] = event.place

    def looked(self, event: ev.MachineLooked) -> list[ToSay]:
        """The machine was looked at."""
        measured, turns = self.machine.looked(event.look), []
        if measured.get(Trouble.UNDER_VOLTAGE) and not self._conditions.is_on(_MACHINE + Trouble.UNDER_VOLTAGE.value):
            self._faults.low_power(event.at)
        for trouble, there in measured.items():
            turn = self._conditions.turn(_MACHINE + trouble.value, there, event.at)
            turns += [turn] if turn is not None else []
        return [self._said(turn, event.at) for turn in turns]

    def due(self, at: Moment) -> list[ToSay]:
        """What may be said by now."""
        self._faults.look(at)
        turns: Iterable[Turn] = tuple(self._conditions.due(at)) if self._before is None else ()
        return [self._said(turn, at) for turn in turns]

    def _device(self, device: str, how: How | None, detail: str, at: Moment) -> list[ToSay]:
        """A device was lost in some way, or works."""
        was_lost = self._conditions.is_on(device)
        turn = self._conditions.turn(device, how is not None, at)
        if how is None:
            self._worked.add(device)
            if was_lost:
                self._faults.back(device, self._conditions.lasted_ms(device))
        elif was_lost:
            self._faults.sharpen(device, how)
        else:
            self._hows[device] = (how, detail[:MOST_DETAIL])
            self._count(Fault(device, how, self._places.get(device, ""), at))
        said = [self._said(turn, at)] if turn is not None else []
        return said + (self._begun(at) if self._before is None else [])

    def _count(self, fault: Fault) -> None:
        """A loss counts of a device that had worked: one that is not there at a start was not lost again."""
        if fault.device not in self._worked:
            return
        if Trouble.UNDER_VOLTAGE in self.machine.on:
            self._faults.low_power(fault.at)
        if self._before is None:
            self._faults.lost(fault)
        else:
            self._before.append(fault)

    def _begun(self, at: Moment) -> list[ToSay]:
        return [ToSay(EntryKind.DEVICE_UNSTEADY, episode_body(episode)) for episode in self._faults.begun(at)]

    def _said(self, turn: Turn, at: Moment) -> ToSay:
        """The entry of a turn."""
        body: dict[str, Json] = {}
        if turn.name.startswith(_MACHINE):
            what = turn.name.removeprefix(_MACHINE)
            body |= {"what": what} | ({"detail": self.machine.detail(Trouble(what))} if turn.on else {})
            kind, lasted = EntryKind.MACHINE_TROUBLE if turn.on else EntryKind.MACHINE_WELL, "lasted_ms"
        else:
            how, detail = self._hows.get(turn.name, (How.OTHER, ""))
            body["device"] = turn.name
            if turn.on:
                body |= {"how": how.value, "usb": self._places.get(turn.name, ""), "detail": detail}
            kind, lasted = EntryKind.DEVICE_LOST if turn.on else EntryKind.DEVICE_BACK, "lost_ms"
        if not turn.on:
            body[lasted] = turn.lasted_ms
        if turn.folded:
            body["folded"] = turn.folded
        if turn.since.boot == at.boot and (at.monotonic - turn.since.monotonic) * 1000 >= LATE_MS:
            body["since"] = utc_text(turn.since.utc)
        return ToSay(kind, body)
