"""Real barcode pictures for the tests: made with zint, read back with zbar.

Debian's zbar (0.23.92) reads of what zint makes here: Code 39, Code 93, Code 128 and GS1-128, Codabar, ITF, EAN-13,
GS1 DataBar, QR and GS1 QR. It does not read Data Matrix, PDF417, Aztec or DataBar Limited, though zint makes them. And
it misreads DataBar Expanded without a word: `(21)ABC(10)LOT7` comes out as `21ABC<GS>h6dNC7`, where zxing-cpp 3.1.1
reads the same picture rightly. `read` refuses all of these.
"""

import base64
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

from msgspec import Struct

from hw.bench.symbology import Symbology
from hw.errors import DeviceFault

TOOL_TIMEOUT_S = 20.0
"""Seconds for one run of zint or zbarimg: they take some 10 ms, more on a busy machine."""

SCALE = "3"
"""zint's --scale: 6 pixels a module, which zbar reads surely."""

QUIET_ZONE = "10"
"""zint's --whitesp and --vwhitesp: white modules around the symbol, as ISO/IEC 15417 asks of Code 128 (10 X)."""

ZINT_ARGUMENTS: dict[Symbology, tuple[str, ...]] = {
    Symbology.CODE_39: ("--barcode=8",),
    Symbology.CODABAR: ("--barcode=18",),
    Symbology.CODE_128: ("--barcode=20",),
    Symbology.ITF: ("--barcode=3",),
    Symbology.CODE_93: ("--barcode=25",),
    Symbology.EAN_13: ("--barcode=13",),
    Symbology.GS1_128: ("--barcode=16",),
    Symbology.PDF417: ("--barcode=55",),
    Symbology.DATA_MATRIX: ("--barcode=71",),
    Symbology.QR: ("--barcode=58",),
    Symbology.AZTEC: ("--barcode=92",),
    Symbology.DATABAR: ("--barcode=29",),
    Symbology.DATABAR_LIMITED: ("--barcode=30",),
    Symbology.DATABAR_EXPANDED: ("--barcode=31",),
    Symbology.GS1_DATA_MATRIX: ("--barcode=71", "--gs1"),
    Symbology.GS1_QR: ("--barcode=58", "--gs1"),
}
"""zint 2.11's symbology numbers (zint manual, table of symbologies)."""

ZBAR_NAMES: dict[tuple[str, bool], Symbology] = {
    ("CODE-39", False): Symbology.CODE_39,
    ("CODE-93", False): Symbology.CODE_93,
    ("CODE-128", False): Symbology.CODE_128,
    ("CODE-128", True): Symbology.GS1_128,
    ("Codabar", False): Symbology.CODABAR,
    ("I2/5", False): Symbology.ITF,
    ("EAN-13", False): Symbology.EAN_13,
    ("DataBar", True): Symbology.DATABAR,
    ("QR-Code", False): Symbology.QR,
    ("QR-Code", True): Symbology.GS1_QR,
}
"""What zbar calls those that it reads rightly, with its mark for GS1 (FNC1 in the first place)."""


class Decoded(Struct, frozen=True):
    """One barcode as zbar read it.

    Attributes:
        data: The decoded bytes, with GS (0x1D) where FNC1 separates GS1 elements.
        name: zbar's name of the symbology.
        gs1: Whether zbar saw FNC1 in the first place.
    """

    data: bytes
    name: str
    gs1: bool

    @property
    def symbology(self) -> Symbology:
        """The symbology as a scanner names it."""
        return ZBAR_NAMES[self.name, self.gs1]


def make(symbology: Symbology, data: str, folder: Path) -> Path:
    """Draw a barcode.

    Args:
        symbology: What to draw.
        data: What zint is to encode: for GS1 its elements with brackets, `[21]ABC[10]X`; for DataBar a GTIN without
            its check digit.
        folder: Where the picture goes.

    Returns:
        The PNG file.

    Raises:
        DeviceFault: zint is missing, or refuses the data.
    """
    picture = folder / f"{symbology.name.lower()}.png"
    done = _run(
        "zint",
        "zint",
        *ZINT_ARGUMENTS[symbology],
        f"--scale={SCALE}",
        f"--whitesp={QUIET_ZONE}",
        f"--vwhitesp={QUIET_ZONE}",
        f"--output={picture}",
        f"--data={data}",
    )
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise DeviceFault(
            "zint", expected=f"data for {symbology.name}", got=f"{data!r}: {said}", mend="correct the data"
        )
    return picture


def read(picture: Path) -> Decoded:
    """Read the one barcode of a picture.

    Raises:
        DeviceFault: zbarimg is missing, or the picture does not show exactly one barcode that zbar reads rightly.
    """
    done = _run("zbarimg", "zbar-tools", "--quiet", "--nodbus", "--xml", str(picture))
    # zbarimg's own output about a picture that a test made: nothing foreign is parsed.
    symbols = ElementTree.fromstring(done.stdout).findall(".//{*}symbol") if done.stdout else []  # noqa: S314
    names = [(symbol.get("type", ""), "GS1" in symbol.get("modifiers", "")) for symbol in symbols]
    if len(names) != 1 or names[0] not in ZBAR_NAMES:
        raise DeviceFault(
            "zbarimg",
            expected=f"one barcode of a trusted symbology in {picture.name}",
            got=", ".join(name for name, _ in names) or "none",
            mend=f"use one that zbar reads rightly: {', '.join(sorted(s.name for s in ZBAR_NAMES.values()))}",
        )
    data = symbols[0].find("{*}data")
    text = (data.text or "") if data is not None else ""
    encoded = data is not None and data.get("format") == "base64"
    name, gs1 = names[0]
    return Decoded(base64.b64decode(text) if encoded else text.encode(), name, gs1)


def _run(tool: str, package: str, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    path = shutil.which(tool)
    if path is None:
        raise DeviceFault(
            tool, expected=f"the program {tool}", got="none on the PATH", mend=f"apt-get install {package}"
        )
    # A list of arguments, no shell; the only foreign part is the test's own data.
    return subprocess.run([path, *arguments], capture_output=True, check=False, timeout=TOOL_TIMEOUT_S)  # noqa: S603
