"""Every module of the firmware, for the tests that must leave none out."""

from pathlib import Path

from tests.firmware.interpreter import FIRMWARE

NO_MODULES = ("manifest.py",)
"""Python files that MicroPython's build reads, and no board runs."""

MODULES = sorted(
    path.relative_to(FIRMWARE)
    for path in FIRMWARE.rglob("*.py")
    if "tests" not in path.relative_to(FIRMWARE).parts and path.name not in NO_MODULES
)
"""What a board runs, by its path in firmware/."""

ON_BOARD_TESTS = sorted((FIRMWARE / "tests").glob("*.py"))


def dotted(module: Path) -> str:
    """A module's name as it is imported."""
    parts = module.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def is_for_hardware(module: Path) -> bool:
    """Whether it can be imported only on a board: its pins and ports, or the start that hands over to them."""
    return module == Path("main.py") or (module.parent.name == "boards" and module.stem not in {"__init__", "unix"})
