"""manifest.py and package.json name every module that there is, and only those."""

import json
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from tests.firmware.interpreter import FIRMWARE
from tests.firmware.modules import MODULES, ON_BOARD_TESTS

NOT_FOR_MIP = (Path("main.py"), Path("reader/boards/unix.py"))
"""mip installs into lib/, from where no board starts; and the Unix port is no board."""


class Image(Struct):
    """What a manifest asks to be frozen; stands in for MicroPython's build.

    Attributes:
        files: Ours, by their path in firmware/.
        required: Packages of micropython-lib, by name.
        included: Other manifests.
        tests: The option of that name.
    """

    tests: bool
    files: set[Path] = set()
    required: list[str] = []
    included: list[str] = []

    def package(self, name: str) -> None:
        found = {path.relative_to(FIRMWARE) for path in (FIRMWARE / name).rglob("*.py")}
        assert found, f"manifest.py: expected modules in {name}, found none"
        self.files |= found

    def module(self, name: str, base_path: str = ".") -> None:
        assert (FIRMWARE / base_path / name).is_file(), f"manifest.py: expected {base_path}/{name}, found none"
        self.files.add(Path(base_path) / name)

    def defaults(self, **options: Any) -> None:
        assert options == {"tests": False}


def image(tests: bool) -> Image:
    """Read the manifest as MicroPython's build does, for an image with or without the tests."""
    frozen = Image(tests)
    names = {
        "options": frozen,
        "include": frozen.included.append,
        "require": frozen.required.append,
        "package": frozen.package,
        "module": frozen.module,
    }
    exec(compile((FIRMWARE / "manifest.py").read_text(), "manifest.py", "exec"), names)
    return frozen


def test_the_image_freezes_every_module_and_nothing_else() -> None:
    frozen = image(tests=False)
    assert frozen.files == set(MODULES)
    assert frozen.required == ["logging", "usb-device-cdc"]
    assert frozen.included == ["$(PORT_DIR)/boards/manifest.py"]


def test_the_image_for_tests_freezes_the_tests_too() -> None:
    frozen = image(tests=True)
    assert frozen.files == set(MODULES) | {path.relative_to(FIRMWARE) for path in ON_BOARD_TESTS}
    assert frozen.required == ["logging", "usb-device-cdc", "unittest"]


@pytest.fixture
def package() -> Any:
    return json.loads((FIRMWARE / "package.json").read_text())


def test_mip_installs_every_module_that_a_board_imports_and_nothing_else(package: Any) -> None:
    wanted = [[str(module)] * 2 for module in MODULES if module not in NOT_FOR_MIP]
    assert sorted(package["urls"]) == wanted, "firmware/package.json: expected each module once, as its own source"


def test_mip_installs_what_the_image_requires(package: Any) -> None:
    assert package["deps"] == [[name, "latest"] for name in image(tests=False).required]
