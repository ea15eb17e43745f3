"""The styles of a workbook's cells: which show dates, and one more that does where a cell's own does not."""

from typing import Final

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_datetime

from kiosk.register.exports.into.xml_places import Attributes, read, tag_end, with_attribute

_SHORT_DATE_AND_TIME: Final = "22"
"""The number format that shows date and time as the reader's machine is set to (ECMA-376, part 1, 18.8.30)."""

_REGIONAL_DATES: Final = frozenset({*range(27, 37), *range(50, 59)})
"""Number formats that are dates in some languages (the same)."""


class Styles:
    """The styles of a workbook, and those that an update adds."""

    def __init__(self, part: str, data: bytes) -> None:
        """Reads them.

        Args:
            part: What it is, for the errors.
            data: The XML of the styles.

        Raises:
            ExportRefused: It is no XML of styles.
        """
        self._data = data
        self._found = _StyleReader()
        read(part, data, self._found)
        self._added: dict[int, int] = {}

    def shows(self, style: str) -> str:
        """What a cell of a style shows a number as: ``date``, ``time``, ``datetime``, or nothing for a number."""
        number = self._number_format(style)
        if number in _REGIONAL_DATES:
            return "date"
        code = self._found.formats.get(number) or BUILTIN_FORMATS.get(number, "")
        return (is_datetime(code) or "") if code else ""

    def with_date(self, style: str) -> str:
        """The style that is like another and shows date and time."""
        like = self._place(style)
        if like not in self._added:
            self._added[like] = len(self._found.styles) + len(self._added)
        return str(self._added[like])

    def patched(self) -> bytes:
        """The XML of the styles, with those that were asked for."""
        if not self._added:
            return self._data
        data, found = self._data, self._found
        made = b"".join(self._copied(like) for like in self._added)
        opening = data[found.list_start : tag_end(data, found.list_start)]
        counted = with_attribute(opening, "count", str(len(found.styles) + len(self._added)))
        head, body = data[: found.list_start], data[found.list_start + len(opening) : found.list_end]
        return b"".join((head, counted, body, made, data[found.list_end :]))

    def _copied(self, like: int) -> bytes:
        _, start, last_tag = self._found.styles[like]
        whole = self._data[start : tag_end(self._data, last_tag)]
        opening = whole[: tag_end(whole, 0)]
        made = with_attribute(with_attribute(opening, "numFmtId", _SHORT_DATE_AND_TIME), "applyNumberFormat", "1")
        return made + whole[len(opening) :]

    def _number_format(self, style: str) -> int:
        return self._found.styles[self._place(style)][0]

    def _place(self, style: str) -> int:
        """Which style it is; a number that there is no style for is the first, as a missing one is."""
        at = int(style) if style.isdecimal() else 0
        return at if at < len(self._found.styles) else 0


class _StyleReader:
    """Follows the elements of the styles."""

    def __init__(self) -> None:
        self.formats: dict[int, str] = {}
        self.styles: list[tuple[int, int, int]] = []
        self.list_start = self.list_end = 0
        self._inside = False

    def begin(self, name: str, attributes: Attributes, start: int) -> None:
        """An element begins."""
        if name == "numFmt":
            self.formats[int(attributes["numFmtId"])] = attributes.get("formatCode", "")
        elif name == "cellXfs":
            self._inside, self.list_start = True, start
        elif name == "xf" and self._inside:
            self.styles.append((int(attributes.get("numFmtId", "0")), start, start))

    def end(self, name: str, start: int) -> None:
        """An element ends."""
        if name == "cellXfs":
            self._inside, self.list_end = False, start
        elif name == "xf" and self._inside:
            number, begun, _ = self.styles[-1]
            self.styles[-1] = (number, begun, start)

    def text(self, _text: str) -> None:
        """No text matters."""
