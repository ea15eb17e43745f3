"""Cells as a workbook's XML has them (ECMA-376, part 1, 18.3): text that stays text, and moments as serial numbers."""

import re
from datetime import datetime, timedelta
from typing import Final

LONGEST_TEXT: Final = 32_767
"""Characters that Excel keeps in a cell at most."""

EPOCH: Final = datetime(1899, 12, 30)  # noqa: DTZ001 - a workbook's moments have no zone: they are site time
"""Day 0 of a workbook's calendar, for all days after February 1900."""

_DAY: Final = timedelta(days=1)

_CUT: Final = " ... (cut: Excel keeps no more in a cell)"

_SPECIAL: Final = re.compile(r"[&<>\x00-\x1f\ufffe\uffff]|_x[0-9A-Fa-f]{4}_|^\s|\s\Z")
"""What may not stand in an element as it is, and what whitespace would be lost."""

_NEVER_IN_XML: Final = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
"""Characters that XML cannot hold, and what would be read as one of them (ECMA-376, part 1, 22.9.2.19)."""


def text_xml(text: str) -> str:
    """An inline string's content: the text itself, as no reader takes it for anything else."""
    if len(text) > LONGEST_TEXT:
        text = text[: LONGEST_TEXT - len(_CUT)] + _CUT
    if not _SPECIAL.search(text):
        return f"<is><t>{text}</t></is>"
    escaped = _NEVER_IN_XML.sub(lambda found: f"_x{ord(found[0]):04X}_", text)
    escaped = escaped.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f'<is><t xml:space="preserve">{escaped}</t></is>'


def serial(moment: datetime, epoch: datetime = EPOCH) -> float:
    """A moment as a workbook counts it: days since its epoch, in the moment's own zone.

    Args:
        moment: When, in site time.
        epoch: The workbook's day 0.
    """
    return (
        moment.replace(tzinfo=None) - epoch
    ) / _DAY  # not rounded: LibreOffice shows a second less for what is below it
