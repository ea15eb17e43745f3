"""The names of barcode symbologies, and the two codes that scanners send for them.

biip knows the AIM code characters, but neither tells Code 128 from its FNC1 forms, nor PDF417 from MicroPDF417, nor
checks a modifier; which of them a seal may carry hangs on that.
"""

from enum import Enum


class Symbology(Enum):
    """A barcode symbology by the name that the trade uses."""

    CODE_39 = "Code 39"
    TELEPEN = "Telepen"
    CODE_128 = "Code 128"
    GS1_128 = "GS1-128"
    CODE_128_FNC1_SECOND = "Code 128 with FNC1 second"
    ISBT_128 = "ISBT 128"
    EAN_UPC = "EAN/UPC"
    CODABAR = "Codabar"
    CODE_93 = "Code 93"
    CODE_11 = "Code 11"
    ITF = "Interleaved 2 of 5"
    PDF417 = "PDF417"
    MICRO_PDF417 = "MicroPDF417"
    MSI = "MSI"
    INDUSTRIAL_2_OF_5 = "Industrial 2 of 5"
    QR = "QR Code"
    GS1_QR = "GS1 QR Code"
    QR_FNC1_SECOND = "QR Code with FNC1 second"
    DATA_MATRIX = "Data Matrix"
    GS1_DATA_MATRIX = "GS1 DataMatrix"
    DATA_MATRIX_FNC1_SECOND = "Data Matrix with FNC1 second"
    DATABAR = "GS1 DataBar"
    GS1_COMPOSITE = "GS1 Composite"
    MAXICODE = "MaxiCode"
    AZTEC = "Aztec Code"
    DOTCODE = "DotCode"
    GS1_DOTCODE = "GS1 DotCode"


GS1_MESSAGES = frozenset(
    {Symbology.GS1_128, Symbology.GS1_QR, Symbology.GS1_DATA_MATRIX, Symbology.DATABAR, Symbology.GS1_DOTCODE}
)
"""Those whose data is a GS1 message: element strings by application identifier (GS1 General Specifications, 7.8)."""

FNC1_SECOND = frozenset({Symbology.CODE_128_FNC1_SECOND, Symbology.QR_FNC1_SECOND, Symbology.DATA_MATRIX_FNC1_SECOND})
"""Those whose FNC1 follows an application indicator of AIM. A later FNC1 is sent as GS here too (ISO/IEC 15417)."""

_MODIFIERS: tuple[tuple[str, str, Symbology], ...] = (
    ("A", "013457", Symbology.CODE_39),
    ("B", "0124", Symbology.TELEPEN),
    ("C", "0", Symbology.CODE_128),
    ("C", "1", Symbology.GS1_128),
    ("C", "2", Symbology.CODE_128_FNC1_SECOND),
    ("C", "4", Symbology.ISBT_128),
    ("E", "01234", Symbology.EAN_UPC),
    ("F", "0124", Symbology.CODABAR),
    ("G", "0", Symbology.CODE_93),
    ("H", "013", Symbology.CODE_11),
    ("I", "013", Symbology.ITF),
    ("L", "012", Symbology.PDF417),
    ("L", "345", Symbology.MICRO_PDF417),
    ("M", "0123", Symbology.MSI),
    ("R", "013", Symbology.INDUSTRIAL_2_OF_5),
    ("S", "0", Symbology.INDUSTRIAL_2_OF_5),
    ("Q", "012", Symbology.QR),
    ("Q", "34", Symbology.GS1_QR),
    ("Q", "56", Symbology.QR_FNC1_SECOND),
    ("d", "014", Symbology.DATA_MATRIX),
    ("d", "25", Symbology.GS1_DATA_MATRIX),
    ("d", "36", Symbology.DATA_MATRIX_FNC1_SECOND),
    ("e", "0", Symbology.DATABAR),
    ("e", "123", Symbology.GS1_COMPOSITE),
    ("U", "0123", Symbology.MAXICODE),
    ("z", "0123456789ABC", Symbology.AZTEC),
    ("J", "03", Symbology.DOTCODE),
    ("J", "14", Symbology.GS1_DOTCODE),
)

AIM_IDENTIFIERS = {code + modifier: name for code, modifiers, name in _MODIFIERS for modifier in modifiers}
"""What follows the ``]`` of an AIM identifier: code character and modifier (ISO/IEC 15424:2008, table 1 and annex)."""

AIM_CODES = {name: code for code, _, name in _MODIFIERS}
"""The AIM code character of each symbology."""

ECI_IDENTIFIERS = frozenset(
    code + modifier
    for code, modifiers in (("L", "14"), ("Q", "246"), ("d", "456"), ("z", "3459AB"), ("J", "34"))
    for modifier in modifiers
)
"""Those after which a backslash is an escape: ``\\nnnnnn`` names a character set, and a true backslash is doubled."""

SSI_TYPES: dict[int, Symbology] = {
    0x01: Symbology.CODE_39,
    0x02: Symbology.CODABAR,
    0x03: Symbology.CODE_128,
    0x04: Symbology.INDUSTRIAL_2_OF_5,
    0x05: Symbology.INDUSTRIAL_2_OF_5,
    0x06: Symbology.ITF,
    0x07: Symbology.CODE_93,
    0x08: Symbology.EAN_UPC,
    0x09: Symbology.EAN_UPC,
    0x0A: Symbology.EAN_UPC,
    0x0B: Symbology.EAN_UPC,
    0x0C: Symbology.CODE_11,
    0x0E: Symbology.MSI,
    0x0F: Symbology.GS1_128,
    0x10: Symbology.EAN_UPC,
    0x11: Symbology.PDF417,
    0x13: Symbology.CODE_39,
    0x16: Symbology.EAN_UPC,
    0x18: Symbology.CODABAR,
    0x19: Symbology.ISBT_128,
    0x1A: Symbology.MICRO_PDF417,
    0x1B: Symbology.DATA_MATRIX,
    0x1C: Symbology.QR,
    0x21: Symbology.ISBT_128,
    0x25: Symbology.MAXICODE,
    0x2D: Symbology.AZTEC,
    0x2E: Symbology.AZTEC,
    0x30: Symbology.DATABAR,
    0x31: Symbology.DATABAR,
    0x32: Symbology.DATABAR,
    0xC1: Symbology.GS1_DATA_MATRIX,
    0xC2: Symbology.GS1_QR,
}
"""The bar code type byte of a DECODE_DATA packet (Zebra, Simple Serial Interface Programmer's Guide, DECODE_DATA).

0x04 is Discrete 2 of 5 and 0x05 IATA: both are the straight kind; 0x18 is NW-7, another name of Codabar."""
