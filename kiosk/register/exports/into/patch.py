"""Exchanging bytes: a sheet's XML with the planned cells in it, and the few places elsewhere that must agree."""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from openpyxl.utils import get_column_letter

from kiosk.register.exports.cells import text_xml
from kiosk.register.exports.into.plan import Change, Header, Plan, by_row, refused
from kiosk.register.exports.into.sheet_places import Area, RowPlace, SheetPlaces, area
from kiosk.register.exports.into.xml_places import Attributes, prefix, read, tag_end, with_attribute

Exchange = tuple[int, int, bytes]
"""From which byte to before which, and what stands there then."""

_SPANS: Final = re.compile(rb"""\sspans\s*=\s*["'](\d+):(\d+)["']""")
_ROW_STYLE: Final = re.compile(rb"""\s(?:ht|customHeight|s|customFormat)\s*=\s*(?:"[^"]*"|'[^']*')""")
_FILTER_NAME: Final = "_xlnm._FilterDatabase"
_BEFORE_CALCULATION: Final = frozenset({"sheets", "functionGroups", "externalReferences", "definedNames"})
"""What comes before ``calcPr`` in a workbook's part (ECMA-376, part 1, 18.2.27)."""


def patch_sheet(data: bytes, places: SheetPlaces, header: Header, plan: Plan, *, forget: bool) -> bytes:
    """The sheet's XML with all changes in it.

    Args:
        data: The XML as it is.
        places: Where its cells stand.
        header: Where it has our columns.
        plan: What changes.
        forget: Whether what its formulas came to is taken away; see `forget_results`.
    """
    patcher = _Patcher(data, places, plan)
    forgotten = _without_results(places, keeping=header.key) if forget else ()
    return exchanged(data, [*patcher.rows(), *patcher.extents(), *forgotten])


def forget_results(data: bytes, places: SheetPlaces) -> bytes:
    """Another sheet's XML without what its formulas came to: they may rest on what changed.

    Excel is told to work all formulas out anew when it opens the workbook; LibreOffice does that only for those that
    have no value.
    """
    return exchanged(data, _without_results(places, keeping=0))


def exchanged(data: bytes, exchanges: Iterable[Exchange]) -> bytes:
    """Bytes with some of them exchanged; what is put in at one place stays in its order."""
    made, at = list[bytes](), 0
    for start, end, instead in sorted(exchanges, key=lambda each: each[0]):
        made += (data[at:start], instead)
        at = end
    made.append(data[at:])
    return b"".join(made)


def _without_results(places: SheetPlaces, *, keeping: int) -> Iterator[Exchange]:
    """Values of formulas, away; in one column they are kept: without them nobody could tell the seals."""
    for column, start, end in places.results:
        if column != keeping:
            yield start, end, b""


class _Patcher:
    """Makes the exchanges of one sheet."""

    def __init__(self, data: bytes, places: SheetPlaces, plan: Plan) -> None:
        self._data = data
        self._places = places
        self._plan = plan
        self._prefix = prefix(data, places.prefix_at)
        self._rows = {row.number: row for row in places.rows}

    def rows(self) -> Iterator[Exchange]:
        """The exchanges in rows, and the rows that are put in."""
        for number, changes in by_row(self._plan.changes):
            row = self._rows.get(number)
            if row is None:
                at = next((each.start for each in self._places.rows if each.number > number), self._places.rows_end)
                yield at, at, self._new_row(number, changes)
            elif row.empty_tag:
                opening = self._opening(row, changes)
                closed = opening.removesuffix(b"/>").rstrip() + b">"
                yield row.start, row.end, closed + self._cells(changes) + self._closing()
            else:
                yield row.start, row.inside, self._opening(row, changes)
                for change in changes:
                    cell = row.cell(change.column)
                    yield cell.start, cell.end, self._cell(change)

    def extents(self) -> Iterator[Exchange]:
        """What the sheet says of its extent, and its filter's."""
        last = self._plan.last + self._plan.added
        if self._places.dimension is not None and self._plan.changes:
            (left, top, right, bottom), start = self._places.dimension
            columns = [change.column for change in self._plan.changes]
            grown = (min(left, *columns), top, max(right, *columns), max(bottom, last))
            yield self._with_area(start, grown)
        if self._places.filter is not None and self._plan.added:
            there, start = self._places.filter
            yield self._with_area(start, grown_to(there, self._plan))

    def _with_area(self, start: int, bounds: Area) -> Exchange:
        end = tag_end(self._data, start)
        return start, end, with_attribute(self._data[start:end], "ref", named(bounds))

    def _opening(self, row: RowPlace, changes: list[Change]) -> bytes:
        """A row's start tag, which may say between which columns its cells lie."""
        opening = self._data[row.start : row.inside]
        spans = _SPANS.search(opening)
        if spans is None:
            return opening
        columns = [change.column for change in changes]
        least, most = min(int(spans[1]), *columns), max(int(spans[2]), *columns)
        return with_attribute(opening, "spans", f"{least}:{most}")

    def _new_row(self, number: int, changes: list[Change]) -> bytes:
        """A row like the office's last one, without what that one holds."""
        like = self._rows.get(self._plan.last)
        styles = b"".join(_ROW_STYLE.findall(self._data[like.start : like.inside])) if like and number else b""
        written = {change.column: self._cell(change) for change in changes}
        for cell in like.cells if like else ():
            if cell.style and cell.column not in written:
                reference = f"{get_column_letter(cell.column)}{number}"
                written[cell.column] = f'<{self._prefix}c r="{reference}" s="{cell.style}"/>'.encode()
        cells = b"".join(written[column] for column in sorted(written))
        return b'<%brow r="%d"%b>%b%b' % (self._prefix.encode(), number, styles, cells, self._closing())

    def _cells(self, changes: list[Change]) -> bytes:
        return b"".join(self._cell(change) for change in changes)

    def _cell(self, change: Change) -> bytes:
        reference = f"{get_column_letter(change.column)}{change.row}"
        style = f' s="{change.style}"' if change.style else ""
        if isinstance(change.value, str):
            inside, kind = text_xml(change.value), ' t="inlineStr"'
        else:
            whole = change.value == int(change.value)
            inside, kind = f"<v>{int(change.value) if whole else repr(change.value)}</v>", ""
        if self._prefix:
            inside = re.sub(r"<(/?)", rf"<\1{self._prefix}", inside)
        return f'<{self._prefix}c r="{reference}"{style}{kind}>{inside}</{self._prefix}c>'.encode()

    def _closing(self) -> bytes:
        return f"</{self._prefix}row>".encode()


def patch_table(part: str, data: bytes, header: Header, plan: Plan) -> bytes:
    """A table's part: the table of the header's row takes in the new rows, and so does its filter."""
    found = _Tags({"table", "autoFilter"})
    read(part, data, found)
    exchanges = []
    for start, attributes in found.tags:
        bounds = area(attributes["ref"])
        if bounds[1] == header.row and bounds[0] <= header.key <= bounds[2]:
            if attributes.get("totalsRowCount", "0") != "0":
                raise refused(
                    "a table without a row of totals, where new rows come",
                    f"one in row {bounds[3]}",
                    "switch the table's totals off in the workbook, which was left as it is",
                )
            end = tag_end(data, start)
            exchanges.append((start, end, with_attribute(data[start:end], "ref", named(grown_to(bounds, plan)))))
    return exchanged(data, exchanges)


def patch_workbook(part: str, data: bytes, sheet: int, plan: Plan) -> bytes:
    """The workbook's part: its formulas are to be worked out anew, and the sheet's filter has its new extent.

    Args:
        part: What it is, for the errors.
        data: The XML as it is.
        sheet: Which sheet was changed, from 0.
        plan: What was changed.
    """
    found = _Tags({"calcPr", "definedName"} | _BEFORE_CALCULATION)
    read(part, data, found)
    exchanges = []
    for start, attributes in found.tags:
        if attributes.get("name") == _FILTER_NAME and attributes.get("localSheetId") == str(sheet) and plan.added:
            end = data.index(b"</", start)
            exchanges.append((start, end, _grown_name(data[start:end], plan)))
    calculation = [start for start, name in found.names.items() if name == "calcPr"]
    if calculation:
        start, end = calculation[0], tag_end(data, calculation[0])
        exchanges.append((start, end, with_attribute(data[start:end], "fullCalcOnLoad", "1")))
    else:
        at = max(tag_end(data, end) for name, end in found.ends if name in _BEFORE_CALCULATION)
        exchanges.append((at, at, f'<{found.prefix(data)}calcPr fullCalcOnLoad="1"/>'.encode()))
    return exchanged(data, exchanges)


def _grown_name(data: bytes, plan: Plan) -> bytes:
    return re.sub(
        rb"(\$[A-Z]+\$\d+:\$[A-Z]+\$)(\d+)\Z",
        lambda found: found[1] + str(max(int(found[2]), plan.last + plan.added)).encode(),
        data,
    )


class _Tags:
    """Notes where the tags of some elements stand."""

    def __init__(self, names: Iterable[str]) -> None:
        self._names = frozenset(names)
        self.tags: list[tuple[int, Mapping[str, str]]] = []
        self.names: dict[int, str] = {}
        self.ends: list[tuple[str, int]] = []

    def begin(self, name: str, attributes: Attributes, start: int) -> None:
        """An element begins."""
        if name in self._names:
            self.tags.append((start, attributes))
            self.names[start] = name

    def end(self, name: str, start: int) -> None:
        """An element ends."""
        if name in self._names:
            self.ends.append((name, start))

    def text(self, _text: str) -> None:
        """No text matters."""

    def prefix(self, data: bytes) -> str:
        """What stands before these elements' names."""
        return prefix(data, self.tags[0][0])


def grown_to(bounds: Area, plan: Plan) -> Area:
    """An area with the new rows in it."""
    left, top, right, bottom = bounds
    return left, top, right, max(bottom, plan.last + plan.added)


def named(bounds: Area) -> str:
    """An area as a workbook names it."""
    left, top, right, bottom = bounds
    return f"{get_column_letter(left)}{top}:{get_column_letter(right)}{bottom}"
