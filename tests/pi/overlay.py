"""What each run lays over the image of .pi: the project as it is built now, and the programs of the emulated board."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

from scripts.pi_image import compile_python, pack

ROOT = Path(__file__).parents[2]
IMAGE = ROOT / ".pi"
ON_BOARD = Path(__file__).parent / "on_board"

BUILD_LIMIT_S = 300
"""Seconds for building the project's wheel: it takes five."""

COMMAND = """#!/usr/bin/python3
import sys

from kiosk.cli import main

sys.exit(main())
"""
"""What pip makes of pyproject.toml's ``sealgate``."""


def initial_files(folder: Path) -> Path:
    """The board's root file system as one archive: the image, and this project on top.

    Args:
        folder: Where to work.
    """
    root = folder / "overlay"
    python = (IMAGE / "python").read_text(encoding="ascii")
    packages = root / f"usr/local/lib/python{python}/dist-packages"
    packages.mkdir(parents=True)
    with zipfile.ZipFile(_wheel(folder)) as wheel:
        wheel.extractall(packages)
    compile_python([packages], python)
    command = root / "usr/local/bin/sealgate"
    command.parent.mkdir(parents=True)
    command.write_text(COMMAND, encoding="ascii")
    command.chmod(0o755)
    shutil.copytree(ON_BOARD, root / "opt/emulated-pi", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.move(root / "opt/emulated-pi/init", root / "init")
    (root / "init").chmod(0o755)
    pack(root, folder / "overlay.cpio")
    whole = folder / "initial-files.cpio"
    with whole.open("wb") as out:
        for part in (IMAGE / "root.cpio", folder / "overlay.cpio"):
            with part.open("rb") as archive:
                shutil.copyfileobj(archive, out, 1 << 20)
    return whole


def _wheel(folder: Path) -> Path:
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps"]
    command = [*build, "--no-build-isolation", "--no-index", "-w", str(folder), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=BUILD_LIMIT_S, check=False)
    assert done.returncode == 0, f"expected the project's wheel to be built, got: {done.stderr}"
    return next(folder.glob("sealgate-*.whl"))
