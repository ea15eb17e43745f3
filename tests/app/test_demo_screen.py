"""The demo on a screen, as somebody finds it who starts it for the first time."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kiosk.ledger.ledger import read_entries
from tests.terminal import Terminal, terminal

WELL = ("READER OK", "SCANNER OK", "GATE OK", "LEDGER OK")
PANEL = "truck: drive onto the entry loop"
SIGNS_OFF = 20
"""Its place in the panel's list, in which the first card is 1."""
HOW = "F2: lay a card, scan a seal, drive the truck   F10: leave"


def left_of(shown: str) -> list[str]:
    """What stands left of the panel."""
    return [row[:36].rstrip() for row in shown.split("\n")]


@contextmanager
def demo(folder: Path, columns: int, rows: int) -> Iterator[Terminal]:
    program = [sys.executable, "-m", "kiosk.demo", "--data", str(folder / "data")]
    with terminal(folder, program, columns, rows) as shown:
        yield shown
        shown.keys("F10")
        shown.until("ENDED 0")


def test_on_a_small_terminal_the_free_row_tells_of_the_panel_and_the_panel_leaves_the_screen_as_it_is(
    tmp_path: Path,
) -> None:
    with demo(tmp_path, 80, 24) as shown:
        before = shown.until(*WELL, HOW)
        assert HOW in before.split("\n")[23]
        assert PANEL not in before
        shown.keys("F2")
        shown.until_such(lambda text: PANEL in text and left_of(text) == left_of(before))
        shown.keys("Down", "Enter")
        known = shown.until("CARD PROVEN", "ENTER", "s left", gone=PANEL)
        assert HOW not in known
        assert "s left" in known.split("\n")[23]


def test_on_a_large_terminal_panel_and_screen_stand_side_by_side(tmp_path: Path) -> None:
    with demo(tmp_path, 160, 50) as shown:
        both = shown.until(*WELL, PANEL, "F2 driver's screen  F3 staff  F10 leave")
        assert HOW in both.split("\n")[49]
        shown.command("resize-window", "-t", "kiosk", "-x", "80", "-y", "24")
        shown.until(*WELL, HOW, gone=PANEL)


def test_staff_who_sign_off_in_the_panel_leave_the_driver_alone(tmp_path: Path) -> None:
    def nobody_there(_: str) -> bool:
        return "staff-signed-off" in [entry.kind for entry in read_entries(tmp_path / "data" / "ledger")]

    with demo(tmp_path, 80, 24) as shown:
        shown.until(*WELL, HOW)
        shown.keys("F2")
        shown.until(PANEL)
        for _ in range(SIGNS_OFF):
            shown.keys("Down")
        shown.until("staff: Hana Whaanga signs off")
        shown.keys("Enter")
        shown.until_such(lambda text: nobody_there(text) and "signs off" not in text)
        shown.keys("F2")
        shown.until("staff: Hana Whaanga signs off")
        shown.keys("Home")
        shown.until(PANEL)
        shown.keys("Down", "Enter")
        shown.until("CARD PROVEN", "No staff here now.")
