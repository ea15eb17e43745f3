"""Loops and cabinet switch: from the lane through the input board to the header's pins."""

from __future__ import annotations

from typing import Final

from hw.pins import Pull
from scripts.cabinet import symbols
from scripts.cabinet.pen import SMALL, Sheet
from scripts.cabinet.said import line_words, ohms
from scripts.cabinet.source import Cabinet, Contact

ROWS: Final = {"entry_loop": 24.4, "exit_loop": 16.0, "tamper": 7.6}
"""Heights of the contacts' lines."""

LEFT: Final = 15.2
RIGHT: Final = 30.4
"""Edges of the input board."""

DETECTOR: Final = 5.8
DETECTOR_END: Final = 11.8


def draw(cabinet: Cabinet, sheet: Sheet) -> None:
    """Draw all three channels in full."""
    sheet.rectangle(LEFT, 3.4, RIGHT - LEFT, 25.3, width=1.8)
    sheet.text(LEFT + 0.4, 28.2, "A3 input board: three channels")
    for number, (name, y) in enumerate(ROWS.items(), start=1):
        _channel(cabinet, sheet, number, cabinet.contacts[name], y)
        sheet.terminal(f"A3:D{number}", RIGHT, y, "right", lifted=True)
        sheet.elsewhere(cabinet.resolved(f"A1:{name}"), RIGHT + 2.2, y, "right")
        sheet.wire(110 + number)
        sheet.text(RIGHT + 0.4, y + 1.3, line_words(cabinet, name), size=6.5)
    _rails(sheet)
    _detector(cabinet, sheet, 1, ROWS["entry_loop"])
    _detector(cabinet, sheet, 2, ROWS["exit_loop"])
    _cabinet_switch(cabinet, sheet, ROWS["tamper"])
    _notes(sheet)


def _channel(cabinet: Cabinet, sheet: Sheet, number: int, contact: Contact, y: float) -> None:
    parts = cabinet.source.input_channel
    low = y - 3.4
    sheet.terminal(f"A3:C{number}", LEFT, y, lifted=True)
    sheet.path([(LEFT, y), (16.8, y)])
    sheet.dot(16.8, y)
    symbols.suppressor(sheet, (16.8, y), (16.8, low), "SMBJ33CA")
    symbols.resistor(sheet, (16.8, y), (20.9, y), f"{ohms(parts.led)}, {parts.led_watts:g} W")
    sheet.dot(20.9, y)
    symbols.diode(sheet, (20.9, low), (20.9, y))
    sheet.text(20.5, low + 0.7, "1N4148", size=6.0, align="right")
    anode, cathode, collector, emitter = symbols.optocoupler(sheet, 22.2, y - 2.9)
    sheet.path([(20.9, y), (23.0, y), anode])
    sheet.path([cathode, (23.0, low), (16.8, low)])
    sheet.dot(20.9, low)
    sheet.flag(18.8, low, "0V", up=False)
    sheet.text(23.9, y - 3.17, "PC817", size=6.0, align="center")
    node = (26.9, y)
    sheet.dot(*node)
    if contact.pull is Pull.UP:
        sheet.path([collector, (24.8, y), node])
        sheet.path([emitter, (24.8, low)])
        sheet.flag(24.8, low, "GND", up=False)
        symbols.resistor(sheet, node, (26.9, y + 2.6), ohms(parts.pull))
        sheet.flag(26.9, y + 2.6, "3V3", up=True)
    else:
        sheet.path([collector, (24.8, y + 0.9)])
        sheet.flag(24.8, y + 0.9, "3V3", up=True)
        sheet.path([emitter, (24.8, low), (26.0, low), (26.0, y), node])
        symbols.resistor(sheet, node, (26.9, low - 0.2), ohms(parts.pull))
        sheet.flag(26.9, low - 0.2, "GND", up=False)
    symbols.resistor(sheet, node, (RIGHT, y), ohms(parts.pin))


def _rails(sheet: Sheet) -> None:
    """The board's supplies, between the channels."""
    sheet.terminal("A3:0V", LEFT, 19.9, lifted=True)
    sheet.path([(LEFT, 19.9), (17.0, 19.9)])
    sheet.path([(17.0, 19.6), (17.0, 20.2)], width=1.8)
    sheet.text(17.25, 19.9, "0V", size=SMALL)
    sheet.elsewhere("X2:3", 12.8, 19.9)
    sheet.wire(301)
    for rail, y, pin, number in (("3V3", 20.3, 17, 115), ("GND", 18.7, 30, 114)):
        sheet.terminal(f"A3:{rail}", RIGHT, y, "right", lifted=True)
        sheet.path([(RIGHT, y), (29.0, y)])
        sheet.path([(29.0, y - 0.3), (29.0, y + 0.3)], width=1.8)
        sheet.text(28.75, y, rail, size=SMALL, align="right")
        sheet.elsewhere(f"A1:{pin}", RIGHT + 2.2, y, "right")
        sheet.wire(number)


def _detector(cabinet: Cabinet, sheet: Sheet, number: int, y: float) -> None:
    name = f"B{number}"
    what = "entry" if number == 1 else "exit"
    sheet.device(f"{name} loop detector, {what}", DETECTOR, y - 3.9, DETECTOR_END - DETECTOR, 7.3)
    first = 310 + 10 * (number - 1)
    rows = {"+": (2.2, f"X4:{2 * number}"), "-": (1.1, f"X2:{number + 3}"), "COM": (0.0, f"X4:{2 * number + 1}")}
    for offset, (terminal, (rise, tag)) in enumerate(rows.items(), start=1):
        sheet.terminal(f"{name}:{terminal}", DETECTOR, y + rise, lifted=terminal == "COM")
        sheet.elsewhere(tag, 3.5, y + rise)
        sheet.wire(first + offset)
    contact = cabinet.contacts["entry_loop" if number == 1 else "exit_loop"]
    out = cabinet.resolved(f"{name}:contact")
    sheet.terminal(out, DETECTOR_END, y, "right", lifted=True)
    sheet.path([(DETECTOR, y), (7.9, y)])
    symbols.contact(sheet, (7.9, y), (10.2, y), closed=not contact.closes)
    sheet.path([(10.2, y), (DETECTOR_END, y)])
    says = "closes" if contact.closes else "opens"
    sheet.text(8.9, y - 0.85, f"{says} on a vehicle", size=6.5, align="center")
    sheet.wire(first + 4)
    for at, rise in ((1, -1.8), (2, -3.2)):
        sheet.terminal(f"{name}:L{at}", DETECTOR, y + rise)
        sheet.block(f"X5:{2 * (number - 1) + at}", 4.0, y + rise)
        sheet.wire(first + 4 + at, label=(4.95, y + rise - 0.3))
    sheet.place_at(f"L{number}:1", (1.9, y - 1.8))
    sheet.place_at(f"L{number}:2", (1.9, y - 3.2))
    symbols.loop(sheet, (1.9, y - 1.6), (1.9, y - 3.2))
    sheet.wire(first + 7, label=(2.9, y - 1.5))
    sheet.wire(first + 8, label=(2.9, y - 3.5))
    sheet.text(2.35, y - 2.5, f"L{number}", size=SMALL)


def _cabinet_switch(cabinet: Cabinet, sheet: Sheet, y: float) -> None:
    contact = cabinet.contacts["tamper"]
    sheet.device("S1 cabinet switch", DETECTOR, y - 1.6, DETECTOR_END - DETECTOR, 3.8)
    sheet.terminal("S1:1", DETECTOR, y, lifted=True)
    sheet.terminal("S1:2", DETECTOR_END, y, "right", lifted=True)
    sheet.path([(DETECTOR, y), (7.9, y)])
    symbols.contact(sheet, (7.9, y), (10.2, y), closed=not contact.closes)
    sheet.path([(10.2, y), (DETECTOR_END, y)])
    sheet.text(8.8, y - 0.7, f"{'open' if contact.closes else 'closed'} while", size=6.5, align="center")
    sheet.text(8.8, y - 1.15, "the cabinet is shut", size=6.5, align="center")
    sheet.elsewhere("X4:6", 3.5, y)
    sheet.wire(331)
    sheet.wire(332)


def _notes(sheet: Sheet) -> None:
    lines = [
        "Contacts are drawn with no vehicle in the lane and the cabinet shut. C1 to C3: this 24 V and no other.",
        "Loops in the lane, L1 and L2: 1.5 mm², three turns, feeder twisted with 20 turns a metre and without joints;",
        "detectors on presence, not on pulse.",
        "X4: 24 V behind F3; X2: 0 V: sheet power.",
    ]
    sheet.words(1.4, 2.6, lines, size=6.5)
