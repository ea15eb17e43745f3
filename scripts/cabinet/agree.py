"""Whether drawings say what the board tables say: their text is read back out of the SVG and compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from xml.etree import ElementTree

from msgspec import Struct

from hw.boards import Board
from hw.pins import InputLine, Level, OutputLine, Pull
from scripts.cabinet.said import Said, read_back
from scripts.cabinet.source import Cabinet

SVG: Final = "{http://www.w3.org/2000/svg}"

SAME_ROW: Final = 1.0
"""Points that the texts of one row of the header may stand apart in height."""


class Text(Struct, frozen=True):
    """A text of a drawing and where its base line begins, is centred or ends; y grows downwards."""

    words: str
    x: float
    y: float


def texts(svg: str) -> list[Text]:
    """All text of a drawing."""
    found = []
    for element in ElementTree.fromstring(svg).iter(f"{SVG}text"):
        words = "".join(element.itertext()).strip()
        first = next(element.iter(f"{SVG}tspan"))
        found.append(Text(words, float(first.attrib["x"]), float(element.attrib["y"]) + float(first.attrib["dy"])))
    return found


def expected(board: Board) -> frozenset[Said]:
    """What drawings have to say of a board's lines."""
    return frozenset(_expected(board, line) for line in board.wiring.lines)


def disagreements(svgs: Mapping[str, str], cabinets: Sequence[Cabinet]) -> Iterator[str]:
    """All in which drawings and tables differ, each in one line.

    Args:
        svgs: The drawings, by their names.
        cabinets: The cabinet on each board that they are for.
    """
    boards = {cabinet.board.name: cabinet.board for cabinet in cabinets}
    for name, board in boards.items():
        svg = svgs.get(f"header-{name}")
        if svg is None:
            yield f"header-{name}: expected a drawing, got none"
            continue
        yield from _lines(f"header-{name}", svg, expected(board))
        yield from _rows(f"header-{name}", svg, board)
        for kind, way in (("outputs", "out"), ("inputs", "in")):
            sheet = next((each for each in (f"{kind}", *_of_several(kind, svgs, name)) if each in svgs), None)
            if sheet is None:
                yield f"{kind}: expected a drawing for {name}, got none"
            else:
                yield from _lines(sheet, svgs[sheet], {said for said in expected(board) if said.way == way})
    marks = {text.words for svg in svgs.values() for text in texts(svg)}
    for cabinet in cabinets:
        for wire in cabinet.all_wires():
            if not any(wire.mark == mark or f"wire {wire.mark} " in mark for mark in marks):
                yield f"wire {wire.mark}: expected it on a drawing for {cabinet.board.name}, got it on none"


def _of_several(kind: str, svgs: Mapping[str, str], board: str) -> list[str]:
    """The sheets of a kind that hold for a board, where there are several."""
    return [name for name in svgs if name.startswith(f"{kind}-") and board in name.split("-")]


def _lines(name: str, svg: str, wanted: frozenset[Said] | set[Said]) -> Iterator[str]:
    there = {said for text in texts(svg) if (said := read_back(text.words)) is not None}
    for said in sorted(wanted - there, key=lambda each: each.bcm):
        yield f"{name}: expected {_told(said)}, got {_other(said, there)}"
    for said in sorted(there - wanted, key=lambda each: each.bcm):
        if said.holder not in {each.holder for each in wanted}:
            yield f"{name}: expected no line {said.holder}, got {_told(said)}"


def _rows(name: str, svg: str, board: Board) -> Iterator[str]:
    """Each place of the header: its name beside its number, odd ones left of even ones, in the order of the header."""
    all_texts = texts(svg)
    numbers = {text.words: text for text in all_texts if text.words.isdigit()}
    rows: list[float] = []
    for place in board.header:
        number = numbers.get(str(place.pin))
        if number is None:
            yield f"{name}: expected pin {place.pin}, got none"
            continue
        beside = [text for text in all_texts if text.words == place.name and abs(text.y - number.y) < SAME_ROW]
        left = place.pin % 2 == 1
        if not any((text.x < number.x) is left for text in beside):
            yield f"{name}: expected {place.name} beside pin {place.pin}, got another name"
        if left:
            rows.append(number.y)
        elif abs(rows[-1] - number.y) > SAME_ROW:
            yield f"{name}: expected pins {place.pin - 1} and {place.pin} in one row"
    if rows != sorted(rows):
        yield f"{name}: expected the pins from the top to the bottom"


def _expected(board: Board, line: OutputLine | InputLine) -> Said:
    pin = board.place(line.bcm).pin
    if isinstance(line, InputLine):
        return Said(line.holder, line.bcm, pin, "in", line.active, line.pull, None)
    held = Pull.DOWN if line.active is Level.HIGH else Pull.UP
    return Said(line.holder, line.bcm, pin, "out", line.active, None, held)


def _other(wanted: Said, there: set[Said]) -> str:
    return next((_told(each) for each in there if each.holder == wanted.holder), "no such line")


def _told(said: Said) -> str:
    end = f"pull {said.pull.value}" if said.pull else f"held {said.held.value if said.held else ''}"
    return f"{said.holder} on GPIO {said.bcm}, pin {said.pin}, active {said.active.value}, {end}"
