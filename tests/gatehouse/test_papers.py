"""The evacuation list and a badge as a printer draws them, and the list as text."""

import time
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from kiosk.console.gatehouse_told import PersonRow
from kiosk.core.times import ClockState, Moment
from kiosk.gatehouse import badge
from kiosk.gatehouse.evacuation_list import Sheet, as_pdf, as_text
from kiosk.gatehouse.saying import Said
from kiosk.gatehouse.visitor import Visitor
from tests.paper.test_document import poppler

NOW = datetime(2026, 11, 30, 10, 42, tzinfo=ZoneInfo("Pacific/Auckland"))
SITE = "Tui Valley Packhouse"
DRIVER = PersonRow("driver D1", "driver", "Tāmati Pōtiki", "Hāwera Heavy Haulage", NOW - timedelta(minutes=65), "held")
GUEST = PersonRow("visitor 7", "visitor", "Mere Kahu", "Chiller Co", NOW - timedelta(hours=11), "visits Hana", "V7", 7)
STAFF = PersonRow("staff S01", "staff", "Hana Whaanga", "", NOW, "on duty", safe=True)
SHEET = Sheet(SITE, NOW, (DRIVER, GUEST, STAFF), NOW - timedelta(minutes=3), ("The list has a remark.",))
RESOLUTION = 50
"""Dots an inch of the pictures: boxes are some ten dots wide."""


def pages(pdf: bytes, folder: Path) -> list[str]:
    path = folder / "paper.pdf"
    path.write_bytes(pdf)
    return poppler("pdftotext", "-layout", path, "-").split("\f")[:-1]


def dark(pdf: bytes, folder: Path) -> list[list[bool]]:
    """The first page as dots, dark ones true."""
    path = folder / "paper.pdf"
    path.write_bytes(pdf)
    poppler(
        "pdftoppm", "-r", RESOLUTION, "-gray", "-singlefile", "-aa", "no", "-aaVector", "no", path, folder / "paper"
    )
    head, size, _, dots = (folder / "paper.pgm").read_bytes().split(b"\n", 3)
    wide, high = map(int, size.split())
    assert (head, len(dots)) == (b"P5", wide * high)
    return [[dot < 128 for dot in dots[row * wide : (row + 1) * wide]] for row in range(high)]


def test_the_list_names_everyone_by_groups_with_since_when_and_where(tmp_path: Path) -> None:
    (page,) = pages(as_pdf(SHEET), tmp_path)
    said = " ".join(page.split())
    for words in (
        f"Evacuation list {SITE}. Printed at 10:42 on 30 November 2026",
        "3 people to be called, 1 of them seen. Evacuation since 10:39 on 30 November 2026. The list has a remark.",
        "Drivers: 1 Name Company Since Where, with whom Tāmati Pōtiki Hāwera Heavy 09:37, 1 h 05 held Haulage",
        "Visitors: 1",
        "29 Nov 23:42,",
        "11 h 00",
        "Staff on duty: 1",
        "Seen, but not on this list",
        "Called by",
        "page 1 of 1",
    ):
        assert words in said
    assert "Contractors" not in said


def test_each_row_has_a_box_to_tick_and_that_of_who_was_seen_is_crossed(tmp_path: Path) -> None:
    seen, waiting = (
        dark(as_pdf(replace(SHEET, people=(each,))), tmp_path) for each in (STAFF, replace(STAFF, safe=False))
    )
    differs = [
        (x, y)
        for y, (row, other) in enumerate(zip(seen, waiting, strict=True))
        for x, (one, two) in enumerate(zip(row, other, strict=True))
        if one != two and x < 42 / 72 * RESOLUTION + 12
    ]
    assert len(differs) > 6  # the two strokes of the cross
    left, top = min(x for x, _ in differs), min(y for _, y in differs)
    side = max(x for x, _ in differs) - left
    assert side == pytest.approx(14 / 72 * RESOLUTION, abs=3)
    box = [waiting[y][x] for y in range(top - 2, top + side + 3) for x in range(left - 2, left + side + 3)]
    assert 0.1 < sum(box) / len(box) < 0.6  # an outline, and nothing in it


def test_a_hundred_people_take_less_than_a_second_and_each_is_on_the_list_once(tmp_path: Path) -> None:
    rows = tuple(replace(DRIVER, key=f"driver {number}", name=f"Driver-{number:03}") for number in range(100))
    sheet = replace(SHEET, people=rows)
    began = time.perf_counter()
    pdf = as_pdf(sheet)
    assert time.perf_counter() - began < 1.0
    made = pages(pdf, tmp_path)
    assert [word for page in made for word in page.split() if word.startswith("Driver-")] == [
        each.name for each in rows
    ]
    assert all(f"page {at} of {len(made)}" in page for at, page in enumerate(made, 1))
    assert all("Printed at 10:42 on 30 November 2026" in page for page in made)
    assert as_pdf(sheet) == pdf


def test_the_list_as_text_says_the_same_without_a_printer() -> None:
    assert as_text(SHEET) == (
        "EVACUATION LIST: Tui Valley Packhouse\n"
        "Printed at 10:42 on 30 November 2026\n"
        "3 people to be called, 1 of them seen.\n"
        "Evacuation since 10:39 on 30 November 2026.\n"
        "The list has a remark.\n"
        "\n"
        "Drivers: 1\n"
        "[ ] Tāmati Pōtiki, Hāwera Heavy Haulage, 09:37, 1 h 05, held\n"
        "\n"
        "Visitors: 1\n"
        "[ ] Mere Kahu, Chiller Co, 29 Nov 23:42, 11 h 00, visits Hana; badge V7\n"
        "\n"
        "Staff on duty: 1\n"
        "[X] Hana Whaanga, 10:42, 0 h 00, on duty\n"
    )


def test_whose_exit_was_likely_missed_stands_at_the_end_of_the_group() -> None:
    rows = (replace(DRIVER, name="A", long=True), replace(DRIVER, name="C"), replace(DRIVER, name="b"))
    text = as_text(replace(SHEET, people=rows))
    assert [line[4] for line in text.splitlines() if line.startswith("[ ]")] == ["b", "C", "A"]


def test_nobody_on_site_is_a_list_too(tmp_path: Path) -> None:
    assert "0 people to be called" in pages(as_pdf(replace(SHEET, people=(), begun=None)), tmp_path)[0]


# --- badges ---------------------------------------------------------------------------------------------

VISITOR = Visitor(
    visitor=4711,
    since=Said.of(Moment(NOW, 1.0, ClockState.RTC, "boot-1")),
    name="Mere Kahu",
    company="Chiller Co",
    host="Hana Whaanga",
    purpose="the chiller",
    contractor=False,
    inducted=False,
    badge="V7",
    checked=True,
)


def test_a_badge_says_who_for_whom_with_whom_when_and_that_they_are_escorted(tmp_path: Path) -> None:
    (page,) = pages(badge.as_pdf(VISITOR, SITE, NOW), tmp_path)
    said = " ".join(page.split())
    assert said == (
        f"{SITE} VISITOR No. 4711 Mere Kahu Chiller Co visits Hana Whaanga 30 November 2026, 10:42; badge V7 "
        "ESCORT REQUIRED Cut out along the frame. Give it back when you sign out."
    )
    inducted = replace(VISITOR, contractor=True, inducted=True, badge="")
    (page,) = pages(badge.as_pdf(inducted, SITE, NOW), tmp_path)
    assert "CONTRACTOR" in page
    assert "ESCORT" not in page
    assert "badge" not in page


@pytest.mark.parametrize("name", ["Wm", "Bartholomew Featherstonehaugh-Cholmondeley", "W" * 80, "Łukasz Ōtāne"])
def test_no_word_on_a_badge_goes_beyond_its_frame(tmp_path: Path, name: str) -> None:
    made = badge.as_pdf(replace(VISITOR, name=name, company="M" * 80, host="Q" * 80), SITE * 3, NOW)
    path = tmp_path / "paper.pdf"
    path.write_bytes(made)
    words = poppler("pdftotext", "-bbox", path, "-").split("<word ")[1:]
    inside = [word for word in words if float(word.split('yMax="')[1].split('"')[0]) < 42 + badge.HIGH]
    assert len(inside) >= 10
    assert max(float(word.split('xMax="')[1].split('"')[0]) for word in inside) <= 42 + badge.WIDE
