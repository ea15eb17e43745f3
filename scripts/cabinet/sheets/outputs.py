"""Barrier, lamps and buzzer: from the header's pins through the output board to the lane."""

from __future__ import annotations

from typing import Final

from drivers.gate_values import LONGEST_PULSE_S
from hw.pins import Level
from scripts.cabinet import symbols
from scripts.cabinet.pen import SMALL, Point, Sheet
from scripts.cabinet.said import line_words, ohms
from scripts.cabinet.source import Cabinet

LEFT: Final = 6.4
RIGHT: Final = 23.4
"""Edges of the output board in the upper half."""

GROUND: Final = 18.0
V3: Final = 26.2
V24: Final = 27.0
"""Heights of its rails."""

ROWS: Final = {"lamp_red": 12.2, "lamp_amber": 10.4, "lamp_green": 8.6, "buzzer": 4.2}
"""Heights of channels 2 to 5 in the lower half."""


def draw(cabinet: Cabinet, sheet: Sheet) -> None:
    """Draw one channel in full with the barrier's relay on it, and the others with what hangs on them."""
    _channel(cabinet, sheet)
    _relay(sheet)
    _others(cabinet, sheet)
    _lamps(sheet)
    _notes(cabinet, sheet)


def _channel(cabinet: Cabinet, sheet: Sheet) -> None:
    sheet.text(1.4, 28.75, line_words(cabinet, "barrier"))
    sheet.rectangle(LEFT, 16.4, RIGHT - LEFT, 11.7, width=1.8)
    others = "the others as the note says" if _otherwise(cabinet) else "the other four are built alike"
    sheet.text(LEFT + 0.4, 27.6, f"A2 output board, channel 1: {others}")
    is_high = cabinet.outputs["barrier"].active is Level.HIGH
    sheet.terminal("A2:3V3", LEFT, V3, lifted=True)
    sheet.terminal("A2:GND", LEFT, GROUND, lifted=True)
    at = 23.0 if is_high else 19.2
    sheet.terminal("A2:IN1", LEFT, at, lifted=True)
    _input_side(cabinet, sheet, at, is_high=is_high)
    _output_side(cabinet, sheet)
    sheet.elsewhere(cabinet.resolved("A1:barrier"), 4.2, at)
    sheet.wire(101)
    sheet.elsewhere("A1:9", 4.2, GROUND)
    sheet.wire(106)
    if any(line.active is Level.LOW for line in cabinet.outputs.values()):
        sheet.elsewhere("A1:1", 4.2, V3)
        sheet.wire(107)
    else:
        sheet.text(LEFT - 0.4, V3, "not used", size=SMALL, align="right")


def _input_side(cabinet: Cabinet, sheet: Sheet, at: float, *, is_high: bool) -> None:
    parts = cabinet.source.output_channel
    node, led = 8.0, 11.8
    anode, cathode, *_ = symbols.optocoupler(sheet, 11.0, 20.0)
    sheet.path([(LEFT, at), (node, at)])
    sheet.dot(node, at)
    symbols.resistor(sheet, (node, at), (led, at), ohms(parts.led))
    rail = GROUND if is_high else V3
    symbols.resistor(sheet, (node, at), (node, rail), ohms(parts.hold))
    middle = (at + rail) / 2
    sheet.text(node + 0.4, middle - 0.5, "holds it at", size=SMALL)
    sheet.text(node + 0.4, middle - 0.95, "rest at boot", size=SMALL)
    if is_high:
        sheet.path([(led, at), anode])
        sheet.path([cathode, (led, GROUND), (LEFT, GROUND)])
        sheet.dot(node, GROUND)
    else:
        sheet.path([cathode, (led, at)])
        sheet.path([anode, (led, V3), (LEFT, V3)])
        sheet.dot(node, V3)


def _output_side(cabinet: Cabinet, sheet: Sheet) -> None:
    parts = cabinet.source.output_channel
    collector, emitter = (13.6, 22.4), (13.6, 20.0)
    sheet.text(14.4, 21.2, "PC817", size=SMALL)
    sheet.terminal("A2:+24", RIGHT, V24, "right", lifted=True)
    sheet.path([collector, (13.6, V24), (RIGHT, V24)])
    sheet.path([emitter, (13.6, 19.4), (15.0, 19.4)])
    node: Point = (17.4, 19.4)
    symbols.resistor(sheet, (14.2, 19.4), node, ohms(parts.gate))
    gate, drain, source = symbols.transistor(sheet, 19.4, 22.17, "IRFZ44N")
    sheet.dot(*node)
    sheet.path([node, (17.4, gate[1]), gate])
    symbols.resistor(sheet, node, (17.4, GROUND - 0.9), "")
    sheet.text(16.9, GROUND + 0.35, ohms(parts.gate_down), size=SMALL, align="right")
    sheet.path([source, (19.4, GROUND - 0.9)])
    sheet.path([(17.4, GROUND - 0.9), (RIGHT, GROUND - 0.9)])
    sheet.terminal("A2:0V", RIGHT, GROUND - 0.9, "right", lifted=True)
    sheet.dot(19.4, GROUND - 0.9)
    sheet.terminal("A2:OUT1", RIGHT, 24.2, "right", lifted=True)
    sheet.path([drain, (19.4, 24.2), (RIGHT, 24.2)])
    sheet.dot(21.6, 24.2)
    sheet.dot(21.6, GROUND - 0.9)
    symbols.suppressor(sheet, (21.6, 24.2), (21.6, GROUND - 0.9), "")
    sheet.text(21.45, 19.6, "SMBJ33CA", size=6.0, align="right")
    sheet.elsewhere("X1:2", 25.6, V24, "right")
    sheet.wire(201)
    sheet.elsewhere("X2:2", 25.6, GROUND - 0.9, "right")
    sheet.wire(202)


def _relay(sheet: Sheet) -> None:
    """The relay, drawn as it is without power, and the barrier's own controller."""
    sheet.device("K1 barrier relay", 28.4, 19.6, 5.2, 7.6, sub="drawn at rest")
    sheet.terminal("K1:A1", 28.4, 25.2, lifted=True)
    sheet.terminal("K1:A2", 28.4, 20.8, lifted=True)
    symbols.coil(sheet, (29.6, 25.2), (29.6, 20.8))
    sheet.path([(28.4, 25.2), (31.2, 25.2)])
    sheet.path([(28.4, 20.8), (31.2, 20.8)])
    symbols.diode(sheet, (31.2, 20.8), (31.2, 25.2))
    sheet.text(31.2, 20.2, "diode: 1N4007", size=6.0, align="center")
    sheet.path([(30.3, 23.0), (32.6, 23.0)], dashed=True)
    sheet.terminal("K1:11", 33.6, 24.2, "right", lifted=True)
    sheet.terminal("K1:14", 33.6, 21.8, "right", lifted=True)
    sheet.path([(33.6, 24.2), (32.6, 24.2)])
    sheet.path([(33.6, 21.8), (32.6, 21.8)])
    symbols.contact(sheet, (32.6, 24.2), (32.6, 21.8), closed=False)
    sheet.elsewhere("X1:3", 26.2, 25.2)
    sheet.wire(211)
    sheet.wire(212, across=24.6)
    for row, (terminal, number) in {24.2: ("COM", 213), 21.8: ("OPEN", 214)}.items():
        sheet.block(f"X3:{number - 212}", 36.2, row)
        sheet.terminal(f"A9:{terminal}", 38.8, row)
        sheet.wire(number)
        sheet.wire(number + 2)
    sheet.device("A9", 38.8, 20.2, 2.6, 6.4, sub="barrier's")
    sheet.text(40.1, 25.25, "controller", size=SMALL, align="center")
    sheet.text(36.2, 20.9, "knives to", size=SMALL, align="center")
    sheet.text(36.2, 20.45, "open it", size=SMALL, align="center")


def _others(cabinet: Cabinet, sheet: Sheet) -> None:
    sheet.device("A2", 17.0, 3.4, 5.0, 11.4, sub="channels 2 to 5")
    for number, (name, y) in enumerate(ROWS.items(), start=2):
        sheet.terminal(f"A2:IN{number}", 17.0, y)
        sheet.terminal(f"A2:OUT{number}", 22.0, y, "right")
        sheet.elsewhere(cabinet.resolved(f"A1:{name}"), 14.8, y, words=(line_words(cabinet, name),))
        sheet.wire(100 + number)


def _lamps(sheet: Sheet) -> None:
    sheet.device("H1 traffic light", 30.2, 7.9, 4.6, 7.9)
    sheet.device("P1 buzzer", 30.2, 3.4, 4.6, 4.1, sub="sounder")
    sheet.elsewhere("X1:4", 24.6, 14.0)
    sheet.elsewhere("X1:5", 24.6, 5.9)
    rows = [
        (3, 14.0, 221, "H1:COM", 231),
        (4, 12.2, 222, "H1:RED", 232),
        (5, 10.4, 223, "H1:AMBER", 233),
        (6, 8.6, 224, "H1:GREEN", 234),
        (7, 5.9, 225, "P1:+", 235),
        (8, 4.2, 226, "P1:-", 236),
    ]
    for place, y, inside, terminal, outside in rows:
        sheet.block(f"X3:{place}", 27.3, y)
        sheet.terminal(terminal, 30.2, y, lifted=terminal.startswith("H1"))
        sheet.wire(inside)
        sheet.wire(outside)
    for y in (12.2, 10.4, 8.6):
        sheet.path([(30.2, y), (31.2, y)])
        symbols.lamp(sheet, (31.2, y), (34.4, y))
        sheet.dot(34.4, y)
    sheet.path([(30.2, 14.0), (34.4, 14.0), (34.4, 8.6)])


def _notes(cabinet: Cabinet, sheet: Sheet) -> None:
    others = _otherwise(cabinet)
    lines = [
        "Without power K1 is open and",
        "the boom stays where it is. The",
        f"kiosk energises K1 for {LONGEST_PULSE_S:g} s at",
        "most, 1 s as a rule.",
        "",
        "Between COM and OPEN there is",
        "K1's contact alone. The kiosk is",
        "on no other input: CLOSE, STOP,",
        "photocells and release by hand",
        "are the barrier's own.",
        "",
        "Open the knives X3:1 and X3:2",
        "before work on the cabinet.",
        "",
        "X1: 24 V behind F2; X2: 0 V:",
        "sheet power.",
    ]
    if others:
        is_low = cabinet.outputs["barrier"].active is Level.HIGH
        channels = ", ".join(f"IN{number}" for number, name in enumerate(ROWS, start=2) if name in others)
        between = ("3V3 and IN", "3V3") if is_low else ("IN and GND", "GND")
        lines += [
            "",
            f"{channels} are active {'low' if is_low else 'high'}:",
            f"LED between {between[0]},",
            f"10 kΩ to {between[1]}.",
        ]
    sheet.words(35.3, 15.6, lines)


def _otherwise(cabinet: Cabinet) -> list[str]:
    """The lines whose active level is not the barrier's."""
    return [name for name in ROWS if cabinet.outputs[name].active is not cabinet.outputs["barrier"].active]
