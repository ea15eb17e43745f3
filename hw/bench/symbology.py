"""Barcode symbologies as a scanner names them on its line, and GS1 element strings as it sends them.

Sources: ISO/IEC 15424 (AIM symbology identifiers); the code types of Zebra's SSI in the Simple Serial Interface
Programmer's Guide 72E-40451 and the code type tables of Zebra's scanner guides; GS1 General Specifications, figure
7.8.5-2 (application identifiers of predefined length).
"""

from enum import Enum

GS = b"\x1d"
"""What a scanner sends in place of FNC1 behind an element of variable length (GS1 General Specifications, 7.8.6)."""

PREDEFINED_LENGTH = frozenset(f"{number:02}" for number in (*range(5), *range(11, 21), *range(31, 37), 41))
"""First two digits of the application identifiers whose element needs no separator behind it."""


class Symbology(Enum):
    """Code letter and usual modifier of the AIM identifier, and the code type byte of SSI's DECODE_DATA.

    The DataBar family's code types differ between Zebra models (0x23 to 0x25 on a CS3000): these are the guide's.
    """

    CODE_39 = ("A", "0", 0x01)
    CODABAR = ("F", "0", 0x02)
    CODE_128 = ("C", "0", 0x03)
    ITF = ("I", "0", 0x06)
    CODE_93 = ("G", "0", 0x07)
    EAN_13 = ("E", "0", 0x0B)
    GS1_128 = ("C", "1", 0x0F)
    PDF417 = ("L", "0", 0x11)
    DATA_MATRIX = ("d", "1", 0x1B)
    QR = ("Q", "1", 0x1C)
    AZTEC = ("z", "0", 0x2D)
    DATABAR = ("e", "0", 0x30)
    DATABAR_LIMITED = ("e", "0", 0x31)
    DATABAR_EXPANDED = ("e", "0", 0x32)
    GS1_DATA_MATRIX = ("d", "2", 0xC1)
    GS1_QR = ("Q", "3", 0xC2)

    def __init__(self, letter: str, modifier: str, ssi_type: int) -> None:
        self.letter = letter
        self.modifier = modifier
        self.ssi_type = ssi_type

    def aim_id(self, modifier: str | None = None) -> bytes:
        """The AIM identifier, such as b"]C1", with the usual modifier or the one given."""
        return f"]{self.letter}{modifier or self.modifier}".encode("ascii")


def element_string(*elements: tuple[str, str]) -> bytes:
    """The GS1 element string of (application identifier, value) pairs, as a scanner sends it.

    A separator stands behind each element that has no predefined length and is not the last.
    """
    sent = b""
    for index, (identifier, value) in enumerate(elements):
        sent += (identifier + value).encode("ascii")
        if index + 1 < len(elements) and identifier[:2] not in PREDEFINED_LENGTH:
            sent += GS
    return sent
