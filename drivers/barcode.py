"""What a barcode says: its symbology, its text and, for GS1, its element strings. Pure: bytes in, values out."""

import re
from enum import Enum

from msgspec import Struct

from drivers.symbology import AIM_CODES, AIM_IDENTIFIERS, ECI_IDENTIFIERS, FNC1_SECOND, GS1_MESSAGES, Symbology

GS = "\x1d"
"""Group separator: how FNC1 between GS1 element strings is sent (GS1 General Specifications, 7.8.6)."""

AIM_FORM = re.compile(rb"\]([A-Za-z][0-9A-Za-z])")

CONTROL_NAMES = {
    0x00: "NUL",
    0x02: "STX",
    0x03: "ETX",
    0x04: "EOT",
    0x09: "TAB",
    0x0A: "line feed",
    0x0D: "carriage return",
    0x1D: "group separator",
    0x1E: "record separator",
    0x7F: "DEL",
}

Elements = tuple[tuple[str, str], ...]


class AimUse(Enum):
    """Whether a scanner is set up to send AIM identifiers (``]cm``) before the data."""

    DETECT = "detect"
    ALWAYS = "always"
    NEVER = "never"


class Barcode(Struct, frozen=True):
    """What was read.

    Attributes:
        text: The data, exactly as it stands in the barcode; GS1 separators are in it as 0x1D.
        symbology: Which kind of barcode, None when the scanner did not say.
        elements: Application identifier and value of each GS1 element string; empty for others.
    """

    text: str
    symbology: Symbology | None
    elements: Elements


class UnreadableBarcodeError(ValueError):
    """Data that no seal, slip or container carries.

    Attributes:
        why: What was wrong, for a person.
    """

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


def read_barcode(data: bytes, *, aim: AimUse = AimUse.DETECT, named: Symbology | None = None) -> Barcode:
    """Tell what a scanner's data says. Nothing is stripped, folded or corrected.

    Args:
        data: The read without its framing, with the AIM identifier if the scanner sends one.
        aim: Whether to look for that identifier. DETECT takes two characters after a ``]`` for one.
        named: The symbology where the scanner's packet names it. An AIM identifier then only makes it more
            exact (Data Matrix to GS1 DataMatrix); one of another family is taken for data.

    Raises:
        UnreadableBarcodeError: not ASCII, control characters, an unknown AIM identifier, a broken GS1 message.
    """
    identifier, payload = _split_aim(data, aim, named)
    symbology = AIM_IDENTIFIERS[identifier] if identifier else named
    text = _text(payload, separators=symbology in GS1_MESSAGES | FNC1_SECOND)
    if identifier in ECI_IDENTIFIERS and "\\" in text:
        raise UnreadableBarcodeError(
            f"expected plain ASCII, got an ECI escape (backslash) after ]{identifier}; switch ECI off in the scanner"
        )
    return Barcode(text, symbology, _elements(text) if symbology in GS1_MESSAGES else ())


def _split_aim(data: bytes, aim: AimUse, named: Symbology | None) -> tuple[str, bytes]:
    """The AIM identifier without its bracket ("" for none) and the rest."""
    match = AIM_FORM.match(data) if aim is not AimUse.NEVER else None
    identifier = match[1].decode("ascii") if match else ""
    if named and identifier and identifier[0] != AIM_CODES[named]:
        identifier = ""
    if identifier and identifier not in AIM_IDENTIFIERS:
        raise UnreadableBarcodeError(f"]{identifier} is no AIM identifier that this kiosk knows")
    if aim is AimUse.ALWAYS and not identifier:
        raise UnreadableBarcodeError("expected an AIM identifier such as ]C0 before the data, got none that fits")
    return identifier, data[3:] if identifier else data


def _text(payload: bytes, *, separators: bool) -> str:
    if not payload:
        raise UnreadableBarcodeError("expected data, got an empty barcode")
    for position, byte in enumerate(payload, start=1):
        if byte >= 0x80:
            raise UnreadableBarcodeError(f"expected ASCII, got byte 0x{byte:02X} at position {position}")
        if (byte < 0x20 or byte == 0x7F) and not (separators and byte == ord(GS)):
            name = f"{CONTROL_NAMES[byte]} (0x{byte:02X})" if byte in CONTROL_NAMES else f"0x{byte:02X}"
            raise UnreadableBarcodeError(
                f"expected printable characters, got {name} at position {position} of {len(payload)};"
                " check the scanner's prefix, suffix and the framing"
            )
    return payload.decode("ascii")


def _elements(text: str) -> Elements:
    # Here, not above: it takes 0.1 s to import, and most barcodes on site are not GS1.
    from biip import ParseError
    from biip.gs1_messages import GS1Message

    try:
        found = GS1Message.parse(text).element_strings
    except ParseError as error:
        raise UnreadableBarcodeError(f"broken GS1 message: {error}") from error
    rest = text
    for element in found:
        if fault := element.gtin_error or element.sscc_error or element.gln_error:
            raise UnreadableBarcodeError(f"broken GS1 message: ({element.ai.ai}) {fault}")
        rest = _after(rest, element.ai.ai, element.value, variable=element.ai.separator_required)
    if rest:
        raise UnreadableBarcodeError(f"broken GS1 message: {rest!r} belongs to no element string")
    return tuple((element.ai.ai, element.value) for element in found)


def _after(rest: str, ai: str, value: str, *, variable: bool) -> str:
    """What follows an element string. biip strips white space and GS, and starts a new element where one overflows."""
    if not value or not rest.startswith(ai + value):
        raise UnreadableBarcodeError(f"broken GS1 message: expected ({ai}) with a value, got {rest!r}")
    rest = rest[len(ai) + len(value) :]
    if rest and not rest.startswith(GS) and variable:
        raise UnreadableBarcodeError(
            f"broken GS1 message: expected a group separator or the end after ({ai}){value}, got {rest!r}"
        )
    return rest.removeprefix(GS)
