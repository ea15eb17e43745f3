"""Where things stand in a piece of XML: elements as the parser meets them, with the places of their bytes."""

import re
from collections.abc import Callable, Mapping
from typing import Final, Protocol
from xml.parsers import expat

from kiosk.register.exports.files import ExportRefused

MAIN: Final = frozenset(
    {
        "http://schemas.openxmlformats.org/spreadsheetml/2006/main",
        "http://purl.oclc.org/ooxml/spreadsheetml/main",
    }
)
"""The namespace of workbooks, as everybody writes it and in the strict form (ECMA-376; ISO/IEC 29500 Strict)."""

_TAG: Final = re.compile(rb"""<[^>"']*(?:"[^"]*"[^>"']*|'[^']*'[^>"']*)*>""")
_SEPARATOR: Final = "\n"

Attributes = Mapping[str, str]


class Reader(Protocol):
    """What is told of the elements of the workbook's namespace, as they come."""

    def begin(self, name: str, attributes: Attributes, start: int, /) -> None:
        """An element begins at a byte."""

    def end(self, name: str, start: int, /) -> None:
        """It ends: its end tag, or all of it where it has none, begins at a byte."""

    def text(self, text: str, /) -> None:
        """Text inside it."""


def read(part: str, data: bytes, reader: Reader) -> None:
    """Goes through a piece of XML.

    Args:
        part: What it is, for the errors.
        data: The XML.
        reader: Is told.

    Raises:
        ExportRefused: It is none, or it is XML that no program writes into a workbook.
    """
    parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
    parser.buffer_text = True

    starts: list[int] = []

    def begin(name: str, attributes: dict[str, str]) -> None:
        start = parser.CurrentByteIndex
        starts.append(start)
        namespace, _, local = name.rpartition(_SEPARATOR)
        if namespace in MAIN:
            reader.begin(local, attributes, start)

    def end(name: str) -> None:
        at, start = parser.CurrentByteIndex, starts.pop()
        namespace, _, local = name.rpartition(_SEPARATOR)
        if namespace in MAIN:
            # Of an element that is one tag alone the parser gives the byte after it.
            alone = data[at - 2 : at] == b"/>" and tag_end(data, start) == at
            reader.end(local, start if alone else at)

    parser.StartElementHandler, parser.EndElementHandler = begin, end
    parser.CharacterDataHandler = reader.text
    parser.StartDoctypeDeclHandler = _refuse_doctype(part)
    parser.XmlDeclHandler = _refuse_encoding(part)
    try:
        parser.Parse(data, True)
    except expat.ExpatError as fault:
        raise _unreadable(part, str(fault)) from None


def tag_end(data: bytes, start: int) -> int:
    """Where the tag that begins at a byte ends: the byte after its ``>``."""
    found = _TAG.match(data, start)
    assert found is not None, "the parser has read this tag"
    return found.end()


def has_own_end(data: bytes, start: int) -> bool:
    """Whether the tag that begins at a byte is all of its element: ``<c/>``."""
    return data[tag_end(data, start) - 2 : tag_end(data, start) - 1] == b"/"


def prefix(data: bytes, start: int) -> str:
    """What stands before the name in the tag that begins at a byte: empty, or a prefix with its colon."""
    name = re.compile(rb"<([^\s/>:]+:)?").match(data, start)
    return (name[1] or b"").decode() if name else ""


def with_attribute(tag: bytes, name: str, value: str) -> bytes:
    """A start tag with an attribute set; the value needs no escaping."""
    made = f'{name}="{value}"'.encode()
    there = re.compile(rb"""(?<=\s)%b\s*=\s*(?:"[^"]*"|'[^']*')""" % name.encode())
    if there.search(tag):
        return there.sub(made, tag, count=1)
    end = b"/>" if tag.endswith(b"/>") else b">"
    return tag.removesuffix(end).rstrip() + b" " + made + end


def _refuse_doctype(part: str) -> Callable[..., None]:
    def refuse(*_: object) -> None:
        raise _unreadable(part, "a document type declaration")

    return refuse


def _refuse_encoding(part: str) -> Callable[..., None]:
    def refuse(_version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.lower() not in ("utf-8", "us-ascii"):
            raise _unreadable(part, f"the encoding {encoding}")

    return refuse


def _unreadable(part: str, got: str) -> ExportRefused:
    return ExportRefused(
        expected=f"XML as Excel and LibreOffice write it in {part}",
        got=got,
        mend="open the workbook, save it as XLSX, and try again",
    )
