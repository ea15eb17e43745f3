"""The 40-pin header of one board: what is on each pin, with its wire."""

from __future__ import annotations

from typing import Final

from hw.boards import HeaderPin
from hw.pins import OutputLine
from scripts.cabinet.pen import SMALL, WIDTH, Align, Sheet
from scripts.cabinet.said import line_words
from scripts.cabinet.source import PI, Cabinet
from scripts.cabinet.written import Wire

TOP: Final = 27.2
PITCH: Final = 1.13
MIDDLE: Final = WIDTH / 2
NUMBER: Final = 1.2
NAME: Final = 2.9

FILLS: Final = {
    "5V": ("#f3b8b0", "5 V"),
    "3V3": ("#f8dcaa", "3.3 V"),
    "GND": ("#c4c4c4", "ground"),
    "output": ("#cfe8c6", "output"),
    "input": ("#cadff2", "input"),
    "serial": ("#e2d0ee", "serial port"),
    "HAT": ("#eeeeee", "not ours: leave free"),
    "free": ("#ffffff", "free"),
}
"""Of each class the colour and its name; the class is written beside each pin, too, so that grey is enough."""


def draw(cabinet: Cabinet, sheet: Sheet) -> None:
    """Draw the header as it is seen with the USB sockets at the bottom."""
    wired: dict[str, list[Wire]] = {}
    for wire in cabinet.wires():
        for end in (wire.start, wire.end):
            wired.setdefault(end, []).append(wire)
    bottom = TOP - 19 * PITCH
    sheet.rectangle(MIDDLE - 4.45, bottom - 0.75, 8.9, TOP - bottom + 1.5, width=1.8)
    sheet.text(
        MIDDLE,
        TOP + 1.1,
        "the header, seen from above: the corner of the board is up, the USB sockets are down",
        size=SMALL,
        align="center",
    )
    for place in cabinet.board.header:
        _place(cabinet, sheet, place, wired.get(f"{PI}:{place.pin}", []))
    _legend(sheet, cabinet)


def _place(cabinet: Cabinet, sheet: Sheet, place: HeaderPin, wires: list[Wire]) -> None:
    step = -1 if place.pin % 2 else 1
    y = TOP - (place.pin - 1) // 2 * PITCH
    kind, said = _said(cabinet, place)
    fill = FILLS[kind][0]
    near = MIDDLE + step * 0.1
    sheet.rectangle(min(near, near + step * NUMBER), y - 0.45, NUMBER, 0.9, fill=fill)
    name = near + step * NUMBER
    sheet.rectangle(min(name, name + step * NAME), y - 0.45, NAME, 0.9, fill=fill)
    sheet.text(near + step * NUMBER / 2, y, str(place.pin), align="center")
    sheet.text(name + step * NAME / 2, y, place.name, align="center")
    end = name + step * NAME
    align: Align = "right" if step < 0 else "left"
    if wires:
        sheet.path([(end, y), (end + step * 1.1, y)], width=1.8)
        (wire,) = wires
        far = wire.end if wire.start == f"{PI}:{place.pin}" else wire.start
        sheet.drawn.add(wire.number)
        sheet.text(end + step * 1.4, y + 0.24, said, size=7.5, align=align)
        sheet.text(end + step * 1.4, y - 0.27, f"wire {wire.mark} to {far}", size=SMALL, align=align)
    else:
        sheet.text(end + step * 0.6, y, said, size=6.5, align=align)


def _said(cabinet: Cabinet, place: HeaderPin) -> tuple[str, str]:
    """The class of a place, and what is said of it."""
    for name in (*cabinet.outputs, *cabinet.contacts):
        line = cabinet.line(name)
        if line.bcm == place.bcm:
            return "output" if isinstance(line, OutputLine) else "input", line_words(cabinet, name)
    for holder, bcm in cabinet.board.reserved:
        if bcm == place.bcm:
            return "serial" if "serial" in holder else "HAT", f"{holder}: GPIO {bcm}, pin {place.pin}"
    if place.bcm is None:
        return place.name, {"5V": "5 V", "3V3": "3.3 V", "GND": "ground"}[place.name]
    if place.bcm in cabinet.source.ups_hat.bcm:
        return "HAT", f"left to a bridging supply on the header ({place.also})"
    return "free", f"free ({place.also})" if place.also else "free"


def _legend(sheet: Sheet, cabinet: Cabinet) -> None:
    x = 1.6
    for fill, words in FILLS.values():
        sheet.rectangle(x, 3.35, 0.7, 0.5, fill=fill)
        sheet.text(x + 0.9, 3.6, words, size=SMALL)
        x += 1.5 + len(words) * 0.24
    lines = [
        "The serial port is the card reader's alone: no console=serial0 in cmdline.txt; in",
        cabinet.limits.serial + ".",
        "At reset, before the kiosk runs, a pin has the chip's own pull; 10 kΩ on A2 hold each output at rest.",
    ]
    sheet.words(1.6, 2.6, lines)
