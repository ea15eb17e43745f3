"""The drawings: current, in agreement with the board tables, each text in its own place; a site's own, too."""

import re
import subprocess
from collections.abc import Iterator, Mapping
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree

import msgspec
import pytest

from hw.boards import load_board
from hw.pins import Level, Pull
from scripts.cabinet.agree import SVG, Text, disagreements, texts
from scripts.cabinet.drawing import draw, groups
from scripts.cabinet.lists import wire_rows
from scripts.cabinet.said import read_back
from scripts.cabinet.source import Cabinet
from scripts.wiring import BY_TABLE as WIRED
from scripts.wiring import files, main, stale
from tests.cabinet.cabinets import BY_TABLE, OTHERWISE, SOURCE, WIRING, rewired, with_table, with_wire
from tests.tools import require_tool

RUN_LIMIT_S = 30
"""Seconds for one picture, which takes tenths of one."""

SHEETS = sorted(path.stem for path in WIRING.glob("*.svg"))

every_sheet = pytest.mark.parametrize("sheet", SHEETS)


def committed() -> Mapping[str, str]:
    return {path.stem: path.read_text(encoding="utf-8") for path in WIRING.glob("*.svg")}


@pytest.fixture(scope="module")
def site() -> Mapping[str, str]:
    """The drawings of a site that is wired otherwise."""
    return draw([rewired()], "wired as a test has it").svgs


def test_the_drawings_say_what_the_board_tables_say() -> None:
    assert list(disagreements(committed(), BY_TABLE)) == []


def test_every_line_is_read_back_from_its_sheets() -> None:
    """So that agreement is not that of empty sets."""
    for name, lines in (("header-pi3", 8), ("header-pi4", 8), ("header-pi5", 8), ("outputs", 5), ("inputs", 3)):
        said = {read_back(text.words) for text in texts(committed()[name])} - {None}
        assert len(said) == lines, name


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("barrier = { bcm = 17 }", "barrier = { bcm = 27 }", "expected barrier relay on GPIO 27, pin 13"),
        (
            "lamp_amber = { bcm = 23 }",
            'lamp_amber = { bcm = 23, active = "low" }',
            "expected amber lamp on GPIO 23, pin 16, active low, held up",
        ),
        (
            'exit_loop = { bcm = 6, active = "low", pull = "up" }',
            'exit_loop = { bcm = 6, active = "low", pull = "off" }',
            "pin 31, active low, pull off, got exit loop",
        ),
        (
            'tamper = { bcm = 16, active = "high", pull = "up" }',
            'tamper = { bcm = 16, active = "low", pull = "up" }',
            "expected cabinet tamper switch on GPIO 16, pin 36, active low",
        ),
    ],
)
@pytest.mark.parametrize("board", ["pi3", "pi5"])
def test_a_change_in_a_boards_table_alone_is_told(board: str, old: str, new: str, words: str) -> None:
    changed = Cabinet(SOURCE, with_table(board, old, new))
    told = list(disagreements(committed(), [changed]))
    assert any(line.startswith(f"header-{board}") and words in line for line in told), told
    assert any(line.startswith(("outputs", "inputs")) and words in line for line in told), told


def test_two_pins_that_changed_places_in_a_table_are_told() -> None:
    board = load_board("pi4")
    header = list(board.header)
    header[2], header[4] = (
        msgspec.structs.replace(header[at], name=header[other].name) for at, other in ((2, 4), (4, 2))
    )
    changed = Cabinet(SOURCE, msgspec.structs.replace(board, header=tuple(header)))
    assert "header-pi4: expected GPIO3 beside pin 3, got another name" in list(disagreements(committed(), [changed]))


def test_a_drawing_that_was_edited_by_hand_is_told() -> None:
    drawn = dict(committed())
    drawn["outputs"] = drawn["outputs"].replace(
        "GPIO 22, pin 15, out, active high", "GPIO 22, pin 13, out, active high"
    )
    told = list(disagreements(drawn, BY_TABLE))
    assert told
    assert all(line.startswith("outputs: expected red lamp on GPIO 22, pin 15") for line in told)


def test_a_wire_that_is_on_no_drawing_is_told() -> None:
    drawn = {name: svg.replace("212 WH", "") for name, svg in committed().items()}
    assert set(disagreements(drawn, BY_TABLE[:1])) == {"wire 212 WH: expected it on a drawing for pi3, got it on none"}


def test_a_drawing_that_is_missing_is_told() -> None:
    drawn = {name: svg for name, svg in committed().items() if name not in {"header-pi3", "inputs"}}
    told = list(disagreements(drawn, BY_TABLE[:1]))
    assert told[0] == "header-pi3: expected a drawing, got none"


def test_a_changed_source_makes_drawings_and_lists_stale() -> None:
    source = with_wire(212, colour="VT")
    made = files([Cabinet(source, cabinet.board) for cabinet in BY_TABLE], WIRED)
    assert stale(made, WIRING) == ["outputs.svg", "wires.csv", "wires.md"]


def test_a_site_that_is_wired_otherwise_gets_drawings_that_say_so(site: Mapping[str, str]) -> None:
    assert list(disagreements(site, [rewired()])) == []
    outputs = {text.words for text in texts(site["outputs"])}
    assert "107 VT" in outputs
    assert "not used" not in outputs
    inputs = [text.words for text in texts(site["inputs"])]
    assert "opens on a vehicle" in inputs
    assert "closes on a vehicle" in inputs
    assert "open while" not in inputs
    assert {"NC", "NO"} <= set(inputs)


def test_the_usual_wiring_has_no_wire_that_only_active_low_lines_need() -> None:
    rows = {row[0] for row in wire_rows(BY_TABLE[0])}
    assert "107" not in rows
    assert "107" in {row[0] for row in wire_rows(rewired())}


def test_boards_that_are_wired_differently_get_sheets_of_their_own() -> None:
    cabinets = [BY_TABLE[0], rewired("pi4"), BY_TABLE[2]]
    assert [[each.board.name for each in group] for group in groups(cabinets)] == [["pi3", "pi5"], ["pi4"]]
    drawn = draw(cabinets, "wired as a test has it").svgs
    assert {"outputs-pi3-pi5", "outputs-pi4", "header-pi3", "header-pi4", "header-pi5"} <= set(drawn)
    assert list(disagreements(drawn, cabinets)) == []


def test_a_contact_follows_from_level_and_pull() -> None:
    contacts = rewired().contacts
    assert [(contact.pull, contact.closes, contact.closed) for contact in contacts.values()] == [
        (Pull.UP, False, Level.LOW),
        (Pull.DOWN, True, Level.HIGH),
        (Pull.DOWN, False, Level.HIGH),
    ]
    usual = BY_TABLE[0].contacts
    assert [contact.closes for contact in usual.values()] == [True, True, False]


@every_sheet
def test_no_text_stands_on_another_or_on_a_line_or_leaves_the_frame(sheet: str) -> None:
    _apart(committed()[sheet])


def test_nor_on_the_sheets_of_a_site_that_is_wired_otherwise(site: Mapping[str, str]) -> None:
    for svg in site.values():
        _apart(svg)


def _apart(svg: str) -> None:
    root = ElementTree.fromstring(svg)
    left, top, wide, high = map(float, root.attrib["viewBox"].split())
    boxes = [_box(element) for element in root.iter(f"{SVG}text")]
    for words, (x, y, right, bottom) in boxes:
        assert left + FRAME <= x <= right <= left + wide - FRAME, words
        assert top + FRAME <= y <= bottom <= top + high - FRAME, words
    for (words, one), (others, two) in combinations(boxes, 2):
        assert not _meet(one, two), f"{words!r} and {others!r} stand on one another"
    lines = list(_lines(root))
    for words, box in boxes:
        assert not any(_meet(box, line) for line in lines), f"{words!r} stands on a line"


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [(100, 100, "stands on a line"), (100, 143, "stand on one another"), (190, 60, "203 XX"), (100, 60, "")],
)
def test_a_text_at_a_wrong_place_is_seen(x: int, y: int, words: str) -> None:
    style = 'font-size="8" text-anchor="start"'
    svg = (
        f'<svg xmlns="{SVG[1:-1]}" viewBox="0 0 220 200"><path d="M 20,98 L 200,98" />'
        f'<text x="90" y="132" {style}><tspan x="90" dy="8">201 WH</tspan></text>'
        f'<text x="{x}" y="{y - 8}" {style}><tspan x="{x}" dy="8">203 XX</tspan></text></svg>'
    )
    if words:
        with pytest.raises(AssertionError, match=words):
            _apart(svg)
    else:
        _apart(svg)


FRAME = 15.0
"""Points from the paper's edge to the frame."""

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""


def _meet(one: Box, two: Box) -> bool:
    return not (one[2] <= two[0] or two[2] <= one[0] or one[3] <= two[1] or two[3] <= one[1])


def _lines(root: ElementTree.Element) -> Iterator[Box]:
    """Every level and upright line, as wide as it is drawn."""
    for path in root.iter(f"{SVG}path"):
        points = [tuple(map(float, each.split(","))) for each in re.findall(r"-?[\d.]+,-?[\d.]+", path.attrib["d"])]
        for (x1, y1), (x2, y2) in pairwise(points):
            if abs(x1 - x2) < 0.1 or abs(y1 - y2) < 0.1:
                yield (min(x1, x2) - 0.4, min(y1, y2) - 0.4, max(x1, x2) + 0.4, max(y1, y2) + 0.4)


WIDTHS = {"narrow": 0.33, "capital": 0.69, "other": 0.58}
"""Widths of letters over their size, about as in DejaVu Sans: the widest typeface that a viewer is likely to take."""


def _box(element: ElementTree.Element) -> tuple[str, Box]:
    """A text, and the box that its letters fill."""
    words = "".join(element.itertext())
    size = float(element.attrib["font-size"])
    kinds = ["narrow" if each in "il.,:;|'() t" else "capital" if each.isupper() else "other" for each in words]
    wide = sum(WIDTHS[kind] for kind in kinds) * size
    (text,) = texts(f'<svg xmlns="{SVG[1:-1]}">{ElementTree.tostring(element, "unicode")}</svg>')
    x = text.x - {"start": 0.0, "middle": wide / 2, "end": wide}[element.attrib["text-anchor"]]
    return words, (x, text.y - 0.72 * size, x + wide, text.y)


@every_sheet
def test_letters_are_large_enough_to_be_read_on_a4(sheet: str) -> None:
    sizes = {
        float(element.attrib["font-size"]) for element in ElementTree.fromstring(committed()[sheet]).iter(f"{SVG}text")
    }
    assert min(sizes) >= 5.5
    root = ElementTree.fromstring(committed()[sheet])
    assert (root.attrib["width"], root.attrib["height"]) == ("297mm", "210mm")
    wide = float(root.attrib["viewBox"].split()[2])
    assert wide == pytest.approx(297 / 25.4 * 72, abs=2), "a point of the drawing is a point on paper"


@every_sheet
def test_a_sheet_fetches_nothing_and_runs_nothing(sheet: str) -> None:
    svg = committed()[sheet]
    assert re.findall(r"<script|<image|url\((?!#)|href=", svg) == []
    assert svg.count("://") == 1, "the name of SVG itself"


@every_sheet
@pytest.mark.long
def test_a_sheet_is_drawn_by_a_viewer(sheet: str, tmp_path: Path) -> None:
    viewer = require_tool("rsvg-convert", package="librsvg2-bin")
    out = tmp_path / "sheet.png"
    command = [str(viewer), "--width", "1000", "--output", str(out), str(WIRING / f"{sheet}.svg")]
    subprocess.run(command, check=True, timeout=RUN_LIMIT_S)
    assert out.read_bytes().startswith(b"\x89PNG")


SITE = """
[site]
id = "SLS0009"
name = "A packhouse"
timezone = "Pacific/Auckland"
contact = "06 555 0000"
[[access]]
days = ["mon"]
opens = 05:00:00
closes = 21:00:00
attended = true
[[seal_type]]
name = "SES bolt"
form = "bolt"
pattern = "NZB[0-9]{7}"
[reader]
port = "/dev/serial0"
[scanner]
port = "/dev/sealgate-scanner"
[gate]
board = "pi5"
[gate.wiring]
"""


def test_a_sites_own_set_is_written_to_the_folder_that_was_named(tmp_path: Path) -> None:
    lines = [
        f"{name} = {{ {', '.join(f'{key} = {_toml(value)}' for key, value in line.items())} }}"
        for name, line in OTHERWISE.items()
        if isinstance(line, dict)
    ]
    file, to = tmp_path / "site.toml", tmp_path / "drawings"
    file.write_text(SITE + "\n".join(lines) + "\n", encoding="utf-8")
    assert main(["--site", str(file), "--to", str(to)]) == 0
    names = {path.name for path in to.iterdir()}
    assert {"header-pi5.svg", "outputs.svg", "wires.md", "wires.csv", "parts.md"} <= names
    drawn = {path.stem: path.read_text("utf-8") for path in to.glob("*.svg")}
    assert list(disagreements(drawn, [rewired("pi5")])) == []
    assert "SLS0009" in drawn["overview"]


def _toml(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def test_a_site_whose_barrier_reset_would_open_is_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "site.toml"
    file.write_text(SITE + 'barrier = { bcm = 17, active = "low" }\n', encoding="utf-8")
    assert main(["--site", str(file), "--to", str(tmp_path / "drawings")]) == 3
    said = capsys.readouterr().err
    assert "expected a pin that is pulled up at reset, for an active-low relay" in said
    assert said.count("\n") == 1
    assert not (tmp_path / "drawings").exists()


def test_a_site_that_breaks_a_rule_gets_no_drawings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "site.toml"
    file.write_text(SITE + 'tamper = { bcm = 3, active = "high", pull = "up" }\n', encoding="utf-8")
    assert main(["--site", str(file), "--to", str(tmp_path / "drawings")]) == 1
    assert "GPIO 3: expected it left to a bridging supply" in capsys.readouterr().err
    assert not (tmp_path / "drawings").exists()


@pytest.mark.parametrize("arguments", [["--to", "x"], ["--site", "x"], ["--check", "--site", "x", "--to", "y"]])
def test_wrong_use_is_told(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    assert "expected --check" in capsys.readouterr().err


def test_a_text_of_another_kind_is_not_taken_for_a_line() -> None:
    assert read_back("free (SPI0 MOSI)") is None
    assert Text("x", 1.0, 2.0).words == "x"
