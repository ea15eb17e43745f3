"""Card reader, scanner, screen and keypad: the header's serial port, what has plugs, and other ways of building."""

from __future__ import annotations

from scripts.cabinet.pen import SMALL, Sheet
from scripts.cabinet.source import Cabinet


def draw(cabinet: Cabinet, sheet: Sheet) -> None:
    """Draw the card reader at the header, what hangs on USB, and below each what may be built instead."""
    _card_reader(sheet)
    _plugs(cabinet, sheet)
    _card_reader_by_usb(sheet)
    _scanner_by_rs232(sheet)


def _card_reader(sheet: Sheet) -> None:
    sheet.text(1.5, 28.6, "Card reader at the header's serial port")
    sheet.device("A4 card reader", 16.2, 18.2, 6.0, 9.6, sub="PN532 board")
    for terminal, y in (("RX", 25.2), ("TX", 23.6), ("VCC", 21.2), ("GND", 19.6)):
        sheet.terminal(f"A4:{terminal}", 16.2, y)
    sheet.elsewhere("A1:8", 4.4, 25.2, words=("TXD",))
    sheet.elsewhere("A1:10", 4.4, 23.6, words=("RXD",))
    sheet.wire(121)
    sheet.wire(122)
    sheet.text(10.3, 24.4, "crossed: TXD to RX, RXD to TX", size=SMALL, align="center")
    sheet.device("G3", 7.2, 18.2, 4.8, 4.4, sub="5 V to 3.3 V")
    for terminal, x, y, side in (("IN", 7.2, 21.2, "left"), ("GND1", 7.2, 19.6, "left")):
        sheet.terminal(f"G3:{terminal}", x, y, "left" if side == "left" else "right")
    sheet.terminal("G3:OUT", 12.0, 21.2, "right")
    sheet.terminal("G3:GND2", 12.0, 19.6, "right")
    sheet.elsewhere("A1:2", 4.4, 21.2, words=("5 V",))
    sheet.elsewhere("A1:6", 4.4, 19.6, words=("GND",))
    for number in (123, 124, 125, 126):
        sheet.wire(number)
    _switches(sheet, 18.7, 19.4)
    lines = [
        "G3, not the header's 3.3 V: the field takes up to 200 mA. TX has the level of VCC, so VCC is never 5 V.",
        "Where pins are shared: SDA is TX, SCL is RX. Switches by their print: HSU is SEL0 off, SEL1 off.",
        "No longer than 0.3 m, away from 24 V and mains; no metal within 30 mm of the antenna.",
    ]
    sheet.words(1.5, 17.2, lines, size=6.5)


def _switches(sheet: Sheet, x: float, y: float) -> None:
    """The reader's mode switches, both off."""
    sheet.text(x + 1.5, y + 3.4, "mode: HSU", size=SMALL, align="center")
    for offset, name in ((0.0, "SEL0"), (1.5, "SEL1")):
        sheet.rectangle(x + offset + 0.45, y + 0.9, 0.7, 1.6)
        sheet.rectangle(x + offset + 0.52, y + 0.97, 0.56, 0.6, fill="#888888")
        sheet.text(x + offset + 0.8, y + 0.5, name, size=6.0, align="center")
        sheet.text(x + offset + 0.8, y + 2.8, "on", size=6.0, align="center")
        sheet.text(x + offset + 0.8, y - 0.0, "OFF", size=6.0, align="center")


def _plugs(cabinet: Cabinet, sheet: Sheet) -> None:
    sheet.text(24.4, 28.6, "What has plugs")
    sheet.device("A1 Raspberry Pi", 35.4, 14.6, 5.4, 13.2)
    devices = [
        ("A5", "USB", "seal scanner", "USB1", 26.2, 401),
        ("A6", "USB", "seal reader", "USB2", 24.2, 402),
        ("A7", "USB", "screen: touch", "USB3", 22.2, 403),
        ("A8", "USB", "numeric keypad", "USB4", 20.2, 404),
        ("A7", "HDMI", "screen: picture", "HDMI", 18.2, 405),
        ("A10", "LAN", "the site's network", "LAN", 16.2, 406),
    ]
    for device, terminal, words, port, y, number in devices:
        sheet.terminal(f"A1:{port}", 35.4, y)
        sheet.rectangle(24.4, y - 0.75, 6.4, 1.5, width=1.8)
        sheet.text(24.7, y + 0.28, device)
        sheet.text(24.7, y - 0.32, words, size=SMALL)
        sheet.terminal(f"{device}:{terminal}", 30.8, y, "right")
        sheet.wire(number)
    given = ", ".join(f"{name} {limits.usb_ma:.0f}" for name, limits in sorted(cabinet.source.boards.items()))
    lines = ["Any USB socket will do: udev names each device.", f"USB gives in all, in mA: {given}."]
    sheet.words(24.4, 14.7, lines, size=6.5)


def _card_reader_by_usb(sheet: Sheet) -> None:
    sheet.rectangle(1.4, 3.4, 20.8, 10.0, dashed=True)
    sheet.text(1.8, 12.8, "Instead of 121 to 126: card reader on a USB adapter")
    sheet.device("U2", 7.2, 5.2, 4.8, 6.8, sub="USB to UART")
    sheet.terminal("U2:USB", 7.2, 9.2)
    sheet.elsewhere("A1:USB4", 4.6, 9.2)
    sheet.wire(421, label=(5.9, 8.8))
    sheet.device("A4", 16.2, 4.4, 5.0, 7.6, sub="mode: HSU")
    rows = [("TXD", "RX", 10.2, 422), ("RXD", "TX", 8.8, 423), ("VCC", "VCC", 7.0, 424), ("GND", "GND", 5.8, 425)]
    sheet.move_aside(("A4:RX", "A4:TX", "A4:VCC", "A4:GND"))
    for here, there, y, number in rows:
        sheet.terminal(f"U2:{here}", 12.0, y, "right")
        sheet.terminal(f"A4:{there}", 16.2, y)
        sheet.wire(number, dashed=True)
    lines = [
        "The adapter's levels and its VCC are 3.3 V. On a Raspberry Pi 3 or 4 all USB",
        "devices then hang on a hub with a supply of its own.",
    ]
    sheet.words(1.8, 4.5, lines, size=6.5)


def _scanner_by_rs232(sheet: Sheet) -> None:
    sheet.rectangle(23.4, 3.4, 17.8, 10.0, dashed=True)
    sheet.text(23.8, 12.8, "Instead of 401: scanner with RS-232")
    sheet.device("A5", 24.2, 5.6, 4.4, 6.4, sub="scanner")
    sheet.device("U1", 33.0, 5.6, 4.4, 6.4, sub="RS-232 to USB")
    rows = [("TXD", "RXD", 10.2, 431, "2"), ("RXD", "TXD", 8.6, 432, "3"), ("SG", "SG", 7.0, 433, "5")]
    for here, there, y, number, pin in rows:
        sheet.terminal(f"A5:{here}", 28.6, y, "right")
        sheet.terminal(f"U1:{there}", 33.0, y)
        sheet.text(32.8, y - 0.35, pin, size=6.0, align="right")
        sheet.wire(number, dashed=True)
    sheet.terminal("U1:USB", 37.4, 8.6, "right", lifted=True)
    sheet.elsewhere("A1:USB1", 38.2, 8.6, "right")
    sheet.wire(434, label=(38.9, 7.9))
    lines = [
        "2, 3, 5: pins of the adapter's DE-9 plug. RS-232 has up to 15 V: never on the header,",
        "whose pins bear 3.3 V. The scanner's own supply as its maker says.",
    ]
    sheet.words(23.8, 4.8, lines, size=6.5)
