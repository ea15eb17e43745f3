"""The cabinet: what hw/wiring says, brought together with a board's table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec
from msgspec import Struct

from hw.boards import Board, HeaderPin
from hw.pins import InputLine, Level, Line, OutputLine, Pull
from scripts.cabinet.written import BoardLimits, Source, Wire

PI: Final = "A1"
"""The Raspberry Pi's designation."""


class Contact(Struct, frozen=True):
    """An input with its contact.

    Attributes:
        line: The pin.
        pull: The pull that is fitted: as the table's, or, where that is off, the one that the contact overcomes.
        closes: Whether the contact closes on yes (a vehicle, an open cabinet), or opens.
    """

    line: InputLine
    pull: Pull
    closes: bool

    @property
    def closed(self) -> Level:
        """The pin's level while the contact is closed."""
        return Level.LOW if self.pull is Pull.UP else Level.HIGH


class Cabinet(Struct, frozen=True):
    """The cabinet on one board, wired as that board's table or a site says.

    Attributes:
        source: What hw/wiring says.
        board: The board.
    """

    source: Source
    board: Board

    @property
    def limits(self) -> BoardLimits:
        """What the board can bear and give."""
        return self.source.boards[self.board.name]

    @property
    def outputs(self) -> Mapping[str, OutputLine]:
        """The outputs, by the table's names."""
        wiring = self.board.wiring
        return {name: getattr(wiring, name) for name in ("barrier", "lamp_red", "lamp_amber", "lamp_green", "buzzer")}

    @property
    def contacts(self) -> Mapping[str, Contact]:
        """The inputs, by the table's names. A loop closes on a vehicle, the cabinet's switch opens with the cabinet."""
        wiring = self.board.wiring
        usual = {"entry_loop": True, "exit_loop": True, "tamper": False}
        return {name: _contact(getattr(wiring, name), closes) for name, closes in usual.items()}

    def line(self, name: str) -> Line:
        """A line of the gate by the table's name."""
        return self.outputs[name] if name in self.outputs else self.contacts[name].line

    def pin(self, name: str) -> HeaderPin:
        """The header's place of a line."""
        return self.board.place(self.line(name).bcm)

    def resolved(self, terminal: str) -> str:
        """A terminal as it is on this board: ``A1:barrier`` becomes ``A1:11``, ``B1:contact`` ``B1:NO``."""
        device, _, name = terminal.partition(":")
        if device == PI and (name in self.outputs or name in self.contacts):
            return f"{PI}:{self.pin(name).pin}"
        if name == "contact":
            contact = self.contacts["entry_loop" if device == "B1" else "exit_loop"]
            return f"{device}:{'NO' if contact.closes else 'NC'}"
        return terminal

    def wires(self, variant: str = "") -> tuple[Wire, ...]:
        """The wires that are built, with their ends as they are on this board.

        Args:
            variant: Another way of building; none: as drawn first.
        """
        instead = self.source.variants[variant].instead if variant else ()
        return tuple(
            self._built(wire)
            for wire in self.source.wires
            if wire.variant in {"", variant} and wire.number not in instead and self._is_needed(wire)
        )

    def all_wires(self) -> tuple[Wire, ...]:
        """The wires of every way of building."""
        return tuple(self._built(wire) for wire in self.source.wires if self._is_needed(wire))

    def kinds(self) -> Mapping[str, str]:
        """The kind of every terminal, those of the Pi's header included."""
        kinds = {
            f"{device}:{terminal}": kind
            for device, its in self.source.devices.items()
            for terminal, kind in its.terminals.items()
        }
        return kinds | {f"{PI}:{place.pin}": kind for place, kind in self._header_kinds()}

    def clamps(self, terminal: str) -> int:
        """How many wires a terminal takes."""
        return self.source.devices[terminal.partition(":")[0]].clamps

    def _header_kinds(self) -> Iterator[tuple[HeaderPin, str]]:
        driven = {line.bcm for line in self.outputs.values()}
        read = {contact.line.bcm for contact in self.contacts.values()}
        serial = {bcm: "logic-out" if "TX" in holder else "logic-in" for holder, bcm in self.board.reserved}
        for place in self.board.header:
            if place.bcm is None:
                yield place, place.name
            elif place.bcm in driven:
                yield place, "logic-out"
            elif place.bcm in read:
                yield place, "logic-in"
            else:
                yield place, serial.get(place.bcm, "nothing")

    def _is_needed(self, wire: Wire) -> bool:
        return wire.only != "active-low" or any(line.active is Level.LOW for line in self.outputs.values())

    def _built(self, wire: Wire) -> Wire:
        return msgspec.structs.replace(wire, start=self.resolved(wire.start), end=self.resolved(wire.end))


def _contact(line: InputLine, usual: bool) -> Contact:
    if line.pull is Pull.OFF:
        closed = line.active if usual else line.active.opposite
        return Contact(line, Pull.UP if closed is Level.LOW else Pull.DOWN, usual)
    closed = Level.LOW if line.pull is Pull.UP else Level.HIGH
    return Contact(line, line.pull, line.active is closed)
