"""Seals: their types, their numbers, and which steps of the VVTT check each type takes."""

import re
from enum import Enum

from msgspec import Struct

from kiosk.core.errors import BadNumber
from kiosk.core.said import said
from kiosk.core.units import quoted

LONGEST_NUMBER = 35
"""Characters of a seal number at most (UN/EDIFACT data element 9308, an..35)."""


class VvttStep(Enum):
    """The steps of the seal check, in the order in which they are done (clause 8.15)."""

    VIEW = "view"
    VERIFY = "verify"
    TUG = "tug"
    TWIST = "twist"


class SealForm(Enum):
    """What kind of thing a seal is. The form decides the steps, never the driver."""

    BOLT = "bolt"
    CABLE = "cable"
    STICKER = "sticker"


STEPS: dict[SealForm, tuple[VvttStep, ...]] = {
    SealForm.BOLT: (VvttStep.VIEW, VvttStep.VERIFY, VvttStep.TUG, VvttStep.TWIST),
    # Clause 8.15 asks to twist bolt seals; a cable has nothing that unscrews.
    SealForm.CABLE: (VvttStep.VIEW, VvttStep.VERIFY, VvttStep.TUG),
    # A sticker is looked at and compared; to pull at it would damage it.
    SealForm.STICKER: (VvttStep.VIEW, VvttStep.VERIFY),
}


class Symbology(Enum):
    """Barcode symbologies by their trade names."""

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


class Tidying(Enum):
    """What may be taken away from a seal number before it is compared. Nothing else ever is."""

    UPPER_CASE = "upper-case"
    DROP_SPACES = "drop-spaces"
    DROP_HYPHENS = "drop-hyphens"


class SealNumber(Struct, frozen=True, order=True):
    """A seal's whole number, prefix included: ``XYZ 123456`` and ``123456`` may be two seals."""

    text: str

    def __str__(self) -> str:
        return self.text


class SealType(Struct, frozen=True):
    """A type of SES seal as the security plan lists it (clause 8.1).

    Attributes:
        name: What the site calls it.
        form: Bolt, cable or sticker.
        pattern: What its whole number looks like, as a regular expression; the scheme publishes none.
        tidying: What is taken away from a number before it is compared.
        symbologies: Those that may carry it. Empty: it has no barcode and is always keyed.
        scanner_must_identify: Whether a scan without an AIM identifier is refused, since its symbology is unknown.
        gs1_element: The GS1 application identifier that holds the number; None where the whole data is the number.
    """

    name: str
    form: SealForm
    pattern: re.Pattern[str]
    tidying: frozenset[Tidying]
    symbologies: frozenset[Symbology]
    scanner_must_identify: bool
    gs1_element: str | None

    @property
    def steps(self) -> tuple[VvttStep, ...]:
        """The steps that apply, in order."""
        return STEPS[self.form]

    def read(self, text: str) -> SealNumber:
        """Read a number of this type.

        Raises:
            BadNumber: when it is not one. The line quotes what came and never what a load record expects.
        """
        tidy = text
        if Tidying.UPPER_CASE in self.tidying:
            tidy = tidy.upper() if tidy.isascii() else tidy
        if Tidying.DROP_SPACES in self.tidying:
            tidy = tidy.replace(" ", "")
        if Tidying.DROP_HYPHENS in self.tidying:
            tidy = tidy.replace("-", "")
        if not (tidy.isascii() and 0 < len(tidy) <= LONGEST_NUMBER and self.pattern.fullmatch(tidy)):
            raise BadNumber(
                expected=f"a number of a {self.name} seal",
                got=quoted(text),
                mend=said("Read the whole number on the seal, letters included."),
            )
        return SealNumber(tidy)
