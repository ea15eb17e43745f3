import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

STRUCTS = """
from typing import Generic, TypeVar
from msgspec import Struct
from msgspec.structs import replace

T = TypeVar("T")

class Seal(Struct, frozen=True):
    number: str
    checks: int = 0

class Box(Struct, Generic[T], frozen=True):
    inside: T

seal = Seal("NZ100001")
"""

GOOD = """
def relabelled(seal: Seal) -> Seal:
    return replace(replace(seal, number="NZ100002", checks=1))

box: Box[int] = replace(Box(1), inside=2)
"""


def judged(folder: Path, text: str) -> str:
    """What mypy says of a module, with the project's settings."""
    (folder / "module.py").write_text(STRUCTS + text)
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--config-file",
        str(ROOT / "pyproject.toml"),
        "--no-incremental",
        "module.py",
    ]
    run = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=50, check=False)
    return run.stdout


def test_a_replacement_by_the_right_names_and_types_passes(tmp_path: Path) -> None:
    assert judged(tmp_path, GOOD).startswith("Success")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("replace(seal, checks='one')", 'Argument "checks" to "replace" has incompatible type "str"; expected "int"'),
        ("replace(seal, colour='red')", 'Unexpected keyword argument "colour" for "replace"'),
        ("replace(Box(1), inside='x')", 'Argument "inside" to "replace" has incompatible type "str"; expected "int"'),
        ("box: Box[int] = replace(seal)", 'expression has type "Seal"'),
        ("def f(it: Seal | Box[int]) -> None:\n    replace(it)", "expected one struct"),
    ],
)
def test_a_replacement_by_a_wrong_name_or_type_is_found(tmp_path: Path, wrong: str, said: str) -> None:
    assert said in judged(tmp_path, f"\n{wrong}\n")
