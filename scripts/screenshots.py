#!/usr/bin/env python3
"""Draws every screen of the driver and some of the staff console as SVG pictures, or says which are stale."""

import argparse
import asyncio
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from kiosk.ui.driver.app import DriverApp  # noqa: E402 - the path above leads to it
from kiosk.ui.driver.dialogue import NEW_QUESTION_LOCK_S  # noqa: E402
from kiosk.ui.glyphs import Glyphs  # noqa: E402
from tests.ui.gatehouse import pictures as console_pictures  # noqa: E402
from tests.ui.gatehouse.steady import console, press_all  # noqa: E402
from tests.ui.samples import SAMPLES, Sample  # noqa: E402
from tests.ui.steady import Clock, Station  # noqa: E402

PICTURES = ROOT / "docs" / "screens"
SMALL, LARGE = (80, 24), (160, 50)
STEP_S = NEW_QUESTION_LOCK_S + 0.1
"""Seconds that pass between two keys, so that none falls into a new question's lock."""


async def picture(sample: Sample, size: tuple[int, int], glyphs: Glyphs = Glyphs.BLOCKS) -> str:
    """Draw one screen.

    Args:
        sample: What was told, and which keys were pressed.
        size: Columns and rows.
        glyphs: Which characters the terminal can draw.

    Returns:
        The picture, the same at every run.
    """
    clock = Clock()
    app = DriverApp(Station(*sample.told).link, clock=clock, glyphs=glyphs)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        for key in sample.keys:
            clock.now += STEP_S
            await pilot.press(key)
        await pilot.resize_terminal(*size)
        await pilot.pause()
        return _tidy(app.export_screenshot(title="Sealgate"))


async def console_picture(picture: console_pictures.Picture) -> str:
    """Draw one screen of the staff console; the same at every run."""
    sample = console_pictures.PICTURES[picture.name]
    app = console(sample.told, dark=picture.dark)
    async with app.run_test(size=picture.size) as pilot:
        await press_all(pilot, sample)
        return _tidy(app.export_screenshot(title="Sealgate gatehouse"))


def _tidy(svg: str) -> str:
    # A page with the pictures must fetch nothing from elsewhere: the reader's own fixed-width type serves.
    svg = re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    # Some viewers drop a row's leading spaces unless told to keep them.
    return re.sub(r"terminal-\d+-", "terminal-", svg).replace("<svg ", '<svg xml:space="preserve" ', 1)


def main() -> int:
    """Write or check the pictures.

    Returns:
        0 when all is well, 1 when a picture is stale, missing or left over.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a picture is stale")
    parser.add_argument("--to", type=Path, default=PICTURES, help="folder of the pictures (default: docs/screens)")
    parser.add_argument("--large", action="store_true", help=f"draw at {LARGE[0]}x{LARGE[1]} instead of 80x24")
    arguments = parser.parse_args()
    folder: Path = arguments.to
    size = LARGE if arguments.large else SMALL
    drawn = {f"{name}.svg": asyncio.run(picture(sample, size)) for name, sample in SAMPLES.items()}
    drawn |= {
        f"{name}.svg": asyncio.run(console_picture(picture)) for name, picture in console_pictures.IN_DOCS.items()
    }
    there = {path.name: path.read_text("utf-8") for path in folder.glob("*.svg")}
    if arguments.check:
        stale = sorted(name for name in drawn.keys() | there.keys() if drawn.get(name) != there.get(name))
        for name in stale:
            print(f"{name}: expected as it is drawn now, found otherwise; run scripts/screenshots.py", file=sys.stderr)
        return 1 if stale else 0
    folder.mkdir(parents=True, exist_ok=True)
    for name in there.keys() - drawn.keys():
        (folder / name).unlink()
    for name, svg in drawn.items():
        (folder / name).write_text(svg, "utf-8")
    print(f"{len(drawn)} screens drawn.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
