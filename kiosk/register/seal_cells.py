"""A seal number's cell. No line quotes the number: it reaches logs and screens before the seal is scanned."""

from kiosk.core.errors import BadNumber
from kiosk.core.seals import LONGEST_NUMBER, SealNumber, SealType
from kiosk.register.errors import Findings


def read_seal(seal_type: SealType, text: str, row: int, findings: Findings) -> SealNumber | None:
    """The seal number in a cell; None when it is none, which is noted.

    That zeros at its front were lost is told and never mended: which number it was, only the seal says.

    Args:
        seal_type: Which type the seal is of.
        text: The cell.
        row: Its row.
        findings: Where problems are noted.
    """
    try:
        return seal_type.read(text)
    except BadNumber as bad:
        got = f"{len(text)} characters that are none" if text else "an empty cell"
        if lost_zeros(seal_type, text):
            got += "; with a zero or more before them they would be: a spreadsheet dropped it, have the column as text"
        findings.add(row, "seal_number", expected=bad.expected, got=got)
        return None


def lost_zeros(seal_type: SealType, text: str) -> bool:
    """Whether digits would be a seal number with one zero or more before them."""
    if not (text.isascii() and text.isdigit()):
        return False
    return any(seal_type.pattern.fullmatch(text.zfill(size)) for size in range(len(text) + 1, LONGEST_NUMBER + 1))
