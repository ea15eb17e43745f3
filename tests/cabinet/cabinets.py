"""Cabinets for the tests: on each board as the tables have it, wired otherwise, and with planted faults."""

from collections.abc import Mapping
from pathlib import Path

import msgspec

from hw.boards import Board, board_names, load_board, read_board
from scripts.cabinet.source import Cabinet
from scripts.cabinet.written import Source, Wire, read_source

ROOT = Path(__file__).parents[2]
WIRING = ROOT / "hw/wiring"

SOURCE = read_source()

BY_TABLE = [Cabinet(SOURCE, load_board(name)) for name in board_names()]

OTHERWISE: Mapping[str, object] = {
    "barrier": {"bcm": 7, "active": "low"},
    "lamp_red": {"bcm": 27, "active": "low"},
    "entry_loop": {"bcm": 12, "active": "high", "pull": "up"},
    "exit_loop": {"bcm": 13, "active": "high", "pull": "down"},
    "tamper": {"bcm": 20, "active": "low", "pull": "off"},
}
"""A site's own wiring with every form that a line can have: a barrier at a pin that is pulled up at reset, a detector
that opens on a vehicle, a contact to 3.3 V, a pin without a pull."""


def rewired(board: str = "pi4", source: Source = SOURCE) -> Cabinet:
    """The cabinet of that site."""
    return Cabinet(source, load_board(board, OTHERWISE))


def with_table(board: str, old: str, new: str) -> Board:
    """A board whose table was changed in one place."""
    text = (ROOT / f"hw/boards/{board}.toml").read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old} stands in {board}.toml once"
    return read_board(text.replace(old, new), f"{board}.toml")


def with_wire(number: int, /, **changes: object) -> Source:
    """The source with one wire changed."""
    raw = msgspec.to_builtins(SOURCE)
    (wire,) = [each for each in raw["wires"] if each["number"] == number]
    for name, value in changes.items():
        wire[{"start": "from", "end": "to"}.get(name, name)] = value
    return msgspec.convert(raw, Source)


def with_another(wire: Wire) -> Source:
    """The source with a wire more."""
    return msgspec.structs.replace(SOURCE, wires=(*SOURCE.wires, wire))


def with_part(section: str, /, **changes: object) -> Source:
    """The source with values of one section changed."""
    raw = msgspec.to_builtins(SOURCE)
    raw[section] |= changes
    return msgspec.convert(raw, Source)
