"""Inputs that are kept: one file for each target, one input a line in base64, sorted, so that a change can be read."""

from base64 import b64decode, b64encode
from collections.abc import Iterable
from pathlib import Path

FOLDER = Path(__file__).parent / "corpus"


def kept(name: str) -> list[bytes]:
    """The inputs of a target that are kept."""
    path = FOLDER / f"{name}.txt"
    return [b64decode(line, validate=True) for line in path.read_text(encoding="ascii").split()]


def keep(name: str, inputs: Iterable[bytes]) -> None:
    """Keep these inputs, and no others."""
    lines = sorted({b64encode(each).decode("ascii") for each in inputs if each})
    (FOLDER / f"{name}.txt").write_text("".join(f"{line}\n" for line in lines), encoding="ascii")
