"""QR codes in pictures of screens and terminals, read by zbar."""

import re
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from rich.segment import Segment

from tests.tools import require_tool

SCALE: Final = 6
"""Pixels that each half of a character is high, and each character wide."""

SURROUND: Final = 12
"""Black halves of characters round a picture: a dark room, or a terminal's dark ground."""

Lights = Sequence[Sequence[bool]]
"""A picture's points, light ones true."""

_ESCAPE: Final = re.compile(r"\x1b\[([0-9;]*)m")
_BLOCKS: Final = {"█": (True, True), "▀": (True, False), "▄": (False, True), " ": (False, False)}


def read_qr(lights: Lights, folder: Path) -> str:
    """The text of the one QR code in a picture."""
    zbarimg = require_tool("zbarimg", "zbar-tools")
    width = max(map(len, lights)) + 2 * SURROUND
    dark = [False] * width
    rows = [dark] * SURROUND
    rows += [[*dark[:SURROUND], *row, *dark[: width - SURROUND - len(row)]] for row in lights]
    rows += [dark] * SURROUND
    pixels = b"".join(bytes(255 * each for each in row for _ in range(SCALE)) * SCALE for row in rows)
    picture = folder / "picture.pgm"
    picture.write_bytes(f"P5 {width * SCALE} {len(rows) * SCALE} 255\n".encode() + pixels)
    return read_qr_file(picture, zbarimg)


def read_qr_file(picture: Path, zbarimg: Path) -> str:
    """The text of the one QR code in a picture's file."""
    ran = subprocess.run(
        [zbarimg, "--quiet", "--raw", "--set", "disable", "--set", "qrcode.enable", str(picture)],
        capture_output=True, text=True, check=False, timeout=30,
    )  # fmt: skip
    assert ran.returncode == 0, f"expected a QR code in {picture}, got: {ran.stdout} {ran.stderr}"
    return ran.stdout.removesuffix("\n")


def lights_of_terminal(text: str) -> Lights:
    """What a terminal shows of half blocks in white on black, or of inverted spaces, two a module."""
    return [row for line in text.splitlines() for row in (_inverted(line) if "\x1b[7m" in line else _halves(line))]


def _halves(line: str) -> list[list[bool]]:
    cells = [_BLOCKS[character] for character in _ESCAPE.sub("", line)]
    return [[upper for upper, _ in cells], [lower for _, lower in cells]]


def _inverted(line: str) -> list[list[bool]]:
    """Light where the colours are swapped. A row of characters is two rows of points, and two of them a module."""
    row, light = list[bool](), False
    for piece in re.split(r"(\x1b\[[0-9;]*m)", line):
        if found := _ESCAPE.fullmatch(piece):
            light = found[1] == "7"
        else:
            row += [light] * len(piece)
    return [row, row]


def lights_of_screen(rows: Iterable[Iterable[Segment]]) -> Lights:
    """What a Textual screen shows, each character as its upper and lower half; letters count as their ground."""
    lights: list[list[bool]] = []
    for segments in rows:
        upper, lower = list[bool](), list[bool]()
        for text, style, _ in segments:
            ink = _is_light(style.color.triplet if style and style.color else None)
            ground = _is_light(style.bgcolor.triplet if style and style.bgcolor else None)
            for character in text:
                over, under = _BLOCKS.get(character, (False, False))
                upper.append(ink if over else ground)
                lower.append(ink if under else ground)
        lights += [upper, lower]
    return lights


def _is_light(colour: tuple[int, int, int] | None) -> bool:
    return colour is not None and sum(colour) > 3 * 128
