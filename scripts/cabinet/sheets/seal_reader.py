"""The seal reader: what hangs on its Raspberry Pi Pico, and the long cable instead of USB."""

from __future__ import annotations

from scripts.cabinet import symbols
from scripts.cabinet.pen import Sheet
from scripts.cabinet.source import Cabinet


def draw(cabinet: Cabinet, sheet: Sheet) -> None:
    """Draw the reader as firmware/reader/boards/pico.py has it, and its long cable."""
    del cabinet  # it is the same on every board
    _pico(sheet)
    _around(sheet)
    _long_cable(sheet)


def _pico(sheet: Sheet) -> None:
    sheet.device("A6 Raspberry Pi Pico", 14.0, 14.6, 10.6, 13.6, sub="GP numbers, not pins")
    left = {"GP14": 25.2, "GND2": 24.0, "GP16": 21.4, "GP17": 20.2, "GND3": 19.0, "GP18": 17.0, "GND4": 15.8}
    right = {"GP0": 25.2, "GP1": 24.0, "3V3": 22.8, "GND1": 21.6}
    for terminal, y in left.items():
        sheet.terminal(f"A6:{terminal}", 14.0, y)
    for terminal, y in right.items():
        sheet.terminal(f"A6:{terminal}", 24.6, y, "right")
    sheet.terminal("A6:USB", 24.6, 17.4, "right")
    sheet.elsewhere("A1:USB2", 29.6, 17.4, "right", words=("sheet readers",))
    sheet.wire(402)


def _around(sheet: Sheet) -> None:
    sheet.device("A11 scan engine", 29.6, 20.6, 6.4, 7.2, sub="3.3 V, serial")
    for terminal, y in (("RX", 25.2), ("TX", 24.0), ("VCC", 22.8), ("GND", 21.6)):
        sheet.terminal(f"A11:{terminal}", 29.6, y)
    for number in (451, 452, 453, 454):
        sheet.wire(number)
    sheet.device("S2 trigger", 3.2, 23.4, 5.4, 3.8)
    for terminal, y in (("1", 25.2), ("2", 24.0)):
        sheet.terminal(f"S2:{terminal}", 8.6, y, "right", lifted=True)
    symbols.contact(sheet, (5.4, 25.2), (5.4, 24.0), closed=False)
    sheet.path([(5.4, 25.2), (8.6, 25.2)])
    sheet.path([(5.4, 24.0), (8.6, 24.0)])
    sheet.device("H2 lamp", 3.2, 18.3, 5.4, 4.4)
    for terminal, y in (("GREEN", 21.4), ("RED", 20.2), ("GND", 19.0)):
        sheet.terminal(f"H2:{terminal}", 8.6, y, "right")
    sheet.device("P2 buzzer", 3.2, 15.1, 5.4, 2.9)
    for terminal, y in (("IN", 17.0), ("GND", 15.8)):
        sheet.terminal(f"P2:{terminal}", 8.6, y, "right")
    for number in (455, 456, 457, 458, 459, 460, 461):
        sheet.wire(number)
    lines = [
        "H2: an LED of each colour with its resistor, 4 mA, or a driver; both together are amber.",
        "P2: passive, through a transistor. The trigger's pull-up is in the Pico.",
        "An engine with RS-232 levels or 5 V needs a converter.",
        "Wires 451 to 461 are inside the reader's own housing: 0.14 mm².",
    ]
    sheet.words(3.2, 13.9, lines, size=6.5)


def _long_cable(sheet: Sheet) -> None:
    sheet.rectangle(1.4, 3.4, 40.0, 8.6, dashed=True)
    sheet.text(1.8, 11.4, "Instead of 402: the seal reader on a long cable, RS-422, full duplex, 115,200 baud")
    sheet.move_aside(("A6:USB", "A6:3V3"))
    sheet.device("A6 Pico", 2.0, 4.2, 4.2, 6.6)
    for terminal, y in (("GP4", 9.6), ("GP5", 8.6), ("3V3", 7.6), ("GND5", 6.6), ("VSYS", 5.0)):
        sheet.terminal(f"A6:{terminal}", 6.2, y, "right")
    sheet.device("U4", 9.6, 5.8, 6.0, 5.0)
    for terminal, y in (("DI", 9.6), ("RO", 8.6), ("VCC", 7.6), ("GND2", 6.6)):
        sheet.terminal(f"U4:{terminal}", 9.6, y)
    sheet.device("U3", 24.6, 4.2, 6.2, 6.6, sub="RS-422 to USB")
    rows = [("A", "T+", 9.6, 473), ("B", "T-", 8.8, 474), ("Y", "R+", 8.0, 475), ("Z", "R-", 7.2, 476)]
    rows.append(("GND", "SG", 6.4, 478))
    for number in (471, 472, 480, 481):
        sheet.wire(number, dashed=True)
    for here, there, y, number in rows:
        sheet.terminal(f"U4:{here}", 15.6, y, "right")
        sheet.terminal(f"U3:{there}", 24.6, y)
        sheet.wire(number, dashed=True)
    sheet.terminal("U3:+5", 24.6, 5.0)
    sheet.wire(477, dashed=True)
    sheet.terminal("U3:USB", 30.8, 7.4, "right")
    sheet.elsewhere("A1:USB2", 33.6, 7.4, "right")
    sheet.wire(479)
    lines = [
        "Pairs: 473 with 474, 475 with 476,",
        "120 Ω across each at its receiving end.",
        "The file /link on the reader says uart.",
    ]
    sheet.words(31.4, 10.7, lines, size=6.5)
