"""Power: mains, 24 V with its fuses, 5 V, earth, and what is on each terminal strip."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Final

from scripts.cabinet import symbols
from scripts.cabinet.pen import MINUS, SMALL, Sheet
from scripts.cabinet.rules import fuse_amps
from scripts.cabinet.source import Cabinet

NEUTRAL, LINE = 25.4, 23.8
"""Heights of the mains' poles."""

LINES, NEUTRALS = 14.6, 24.2
"""Where the strips of the mains stand."""

FUSES: Final = {"F1": 26.4, "F2": 21.8, "F3": 19.4, "F4": 17.0}
"""Heights of the fuses."""

STRIPS: Final = ("X1", "X2", "X4", "X0")


def draw(cabinet: Cabinet, sheet: Sheet) -> None:
    """Draw it from the mains at the left to what is fed at the right."""
    _mains(sheet)
    _loads_of_mains(sheet)
    _fuses(cabinet, sheet)
    _five_volts(cabinet, sheet)
    _earth(sheet)
    _strips(cabinet, sheet)
    _notes(sheet)


def _mains(sheet: Sheet) -> None:
    sheet.rectangle(1.3, 6.0, 24.9, 22.8, dashed=True)
    sheet.text(1.7, 28.2, "MAINS: by an electrician, apart and under a cover")
    sheet.device("W0 mains", 1.8, 18.3, 3.2, 8.9)
    for terminal, y in (("N", NEUTRAL), ("L", LINE), ("PE", 19.2)):
        sheet.terminal(f"W0:{terminal}", 5.0, y, "right")
    sheet.device("F9", 7.2, 20.4, 3.8, 6.8)
    sheet.device("Q1 RCBO", 13.2, 22.4, 3.6, 4.8)
    sheet.text(9.1, 26.25, "surge arrester", size=SMALL, align="center")
    for pole, y in (("N", NEUTRAL), ("L", LINE)):
        sheet.terminal(f"F9:{pole}", 7.2, y)
        sheet.terminal(f"F9:{pole}2", 11.0, y, "right")
        sheet.terminal(f"Q1:{pole}1", 13.2, y)
    sheet.terminal("Q1:N2", 16.8, NEUTRAL, "right")
    sheet.terminal("Q1:L2", LINES, 22.4, "bottom")
    sheet.elsewhere("X0:1", 7.0, 19.2, "right")
    sheet.terminal("F9:PE", 10.2, 20.4, "bottom")
    sheet.elsewhere("X0:3", 10.9, 18.4, "right")
    _upright(sheet, {"X6:1": 20.4, "X6:3": 16.0, "X6:2": 11.0}, LINES)
    _upright(sheet, {"X6:4": NEUTRAL, "X6:6": 16.0, "X6:5": 11.0}, NEUTRALS)
    sheet.wire(503)
    sheet.wire(508, across=10.2, label=(11.4, 19.4))
    for number in (501, 502, 504, 505, 506, 507):
        sheet.wire(number)


def _upright(sheet: Sheet, heights: Mapping[str, float], x: float) -> None:
    """A strip whose terminals stand over one another, joined by bridges."""
    for above, below in pairwise(heights.values()):
        sheet.path([(x, above - 0.3), (x, below + 0.3)], width=1.8)
    for name, y in heights.items():
        sheet.block(name, x, y, beside=True)


def _loads_of_mains(sheet: Sheet) -> None:
    sheet.device("E1", 19.2, 13.4, 2.9, 4.4, sub="heater")
    sheet.device("G1", 19.2, 6.4, 2.9, 6.2, sub="24 V")
    for name, y, earth in (("E1", 16.0, 4), ("G1", 11.0, 2)):
        sheet.terminal(f"{name}:L", 19.2, y)
        sheet.terminal(f"{name}:N", 22.1, y, "right")
        sheet.terminal(f"{name}:PE", 19.2, y - 1.6)
        sheet.elsewhere(f"X0:{earth}", 17.2, y - 1.6)
    for number in (509, 510, 511, 512, 513, 514):
        sheet.wire(number)


def _fuses(cabinet: Cabinet, sheet: Sheet) -> None:
    amps = fuse_amps(cabinet)
    rated = {fuse.name: fuse.amps for fuse in cabinet.source.fuses}
    for name, y in FUSES.items():
        sheet.place_at(f"{name}:1", (27.6, y))
        sheet.place_at(f"{name}:2", (31.2, y))
        symbols.fuse(sheet, (27.6, y), (31.2, y), f"{name}: T {rated[name]:g} A")
        sheet.text(29.4, y - 0.5, f"carries {amps[name]:.2f} A", size=6.0, align="center")
        sheet.dot(27.6, y)
    sheet.path([(27.6, FUSES["F1"]), (27.6, FUSES["F4"])], width=1.8)
    sheet.terminal("G1:+", 22.1, 8.6, "right")
    sheet.terminal("G1:-", 22.1, 7.2, "right")
    sheet.wire(521, across=26.9)
    sheet.elsewhere("X2:1", 27.6, 7.2, "right")
    sheet.wire(522)
    for strip, name, number in (("X1:1", "F2", 531), ("X4:1", "F3", 532)):
        sheet.elsewhere(strip, 34.0, FUSES[name], "right")
        sheet.wire(number)
    sheet.device("A7 screen", 34.0, 14.4, 4.4, 3.8)
    sheet.terminal("A7:+", 34.0, FUSES["F4"])
    sheet.terminal("A7:-", 34.0, 15.4)
    sheet.wire(533)
    sheet.elsewhere("X2:7", 31.8, 15.4)
    sheet.wire(534)


def _five_volts(cabinet: Cabinet, sheet: Sheet) -> None:
    five = cabinet.source.five_volts
    sheet.device("G2", 33.6, 23.4, 3.4, 4.9, sub=f"{five.volts:g} V {five.amps:g} A")
    for terminal, y, side in (
        ("IN+", 26.4, "left"),
        ("IN-", 24.4, "left"),
        ("OUT+", 26.4, "right"),
        ("OUT-", 24.4, "right"),
    ):
        sheet.terminal(f"G2:{terminal}", 33.6 if side == "left" else 37.0, y, "left" if side == "left" else "right")
    sheet.elsewhere("X2:6", 31.4, 24.4)
    sheet.elsewhere("A1:5V+", 39.0, 26.4, "right")
    sheet.elsewhere("A1:5V-", 39.0, 24.4, "right")
    for number in (523, 524, 525, 526):
        sheet.wire(number)


def _earth(sheet: Sheet) -> None:
    sheet.device("PE", 7.0, 7.0, 4.4, 4.2, sub="metal parts")
    for terminal, y, earth, number in (("plate", 9.2, 5, 515), ("door", 7.8, 6, 516)):
        sheet.terminal(f"PE:{terminal}", 7.0, y)
        sheet.elsewhere(f"X0:{earth}", 4.4, y)
        sheet.wire(number)
    sheet.elsewhere("X0:7", 30.0, 13.2)
    sheet.elsewhere("X2:8", 32.4, 13.2, "right")
    sheet.wire(517)
    sheet.text(35.0, 13.2, "0 V is earthed here alone", size=6.5)


def _strips(cabinet: Cabinet, sheet: Sheet) -> None:
    """What is on each terminal of the strips whose terminals bridges join."""
    held: dict[str, str] = {}
    for wire in cabinet.wires():
        for here, there in ((wire.start, wire.end), (wire.end, wire.start)):
            held[here] = f"{wire.number} {there}"
    sheet.text(27.4, 12.35, "terminal, wire, where it goes:", size=6.5)
    for column, strip in enumerate(STRIPS):
        x = 27.4 + column * 3.6
        sheet.text(x, 11.8, f"{strip}, bridged", size=SMALL)
        for row, place in enumerate(cabinet.source.bridges[strip]):
            words = f"{place.partition(':')[2]}  {held.get(place, '')}".replace("-", MINUS)
            sheet.text(x, 11.2 - row * 0.47, words, size=6.5)


def _notes(sheet: Sheet) -> None:
    lines = [
        "Power cuts are bridged by G1 with a battery (DC-UPS), or by a supply on the header between G2 and the Pi,",
        "which then has GPIO 2 and 3. The kiosk reads neither: it loses nothing when it is cut off at any moment.",
        "525 and 526 end in the plug of the Pi's own power socket, which has its protection; not on the header.",
        "Trim G2 to 5.1 V before the Pi is on it. Pi 5: usb_max_current_enable=1 in config.txt, as G2 has no USB PD.",
        "X0: earth bar. All 24 V is PELV. Screens of cables: to X0 at the gland, at one end.",
    ]
    sheet.words(1.5, 5.2, lines, size=6.5)
