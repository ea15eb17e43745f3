"""A program on a small disk of its own, mounted where nobody else sees it, and gone with the program.

Root mounts whatever there is. An ordinary user mounts a tmpfs in a user namespace, and no ext4: for that it takes root.
"""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from tests.tools import require_tool

PATIENCE_S: Final = 120
"""Seconds that a program on a small disk may take: ten times what it does."""


def run_on_small_disk(module: str, arguments: Sequence[str], place: Path, kind: str, *, size_mb: int = 16) -> None:
    """Run ``python -m MODULE MOUNT ARGUMENTS``, and fail with what it said if it fails.

    Args:
        module: The program, which asserts by itself.
        arguments: What it is given after the mounted folder.
        place: A folder of the test's own.
        kind: ``tmpfs``, with few files, or ``ext4``.
        size_mb: How large the disk is.
    """
    require_tool("unshare", "util-linux")
    if kind == "ext4":
        require_tool("mkfs.ext4", "e2fsprogs")
        if os.geteuid() != 0:
            pytest.fail("expected to be root, who alone may mount an ext4: run this test with sudo", pytrace=False)
    folder, image = place / "mount", place / "image"
    folder.mkdir()
    options = f"-t tmpfs -o size={size_mb}m,nr_inodes=300 none"
    if kind == "ext4":
        image.touch()
        os.truncate(image, size_mb << 20)
        subprocess.run(["mkfs.ext4", "-q", "-F", "-m", "0", str(image)], check=True)
        options = f"-t ext4 -o loop {image}"
    space = ["--mount"] if os.geteuid() == 0 else ["--user", "--map-root-user", "--mount"]
    run = f'mount {options} {folder} && exec "$0" -m "$@"'
    command = ["unshare", *space, "sh", "-c", run, sys.executable, module, str(folder), *arguments]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    if ran.returncode != 0:
        pytest.fail(f"{module} on {kind}, exit code {ran.returncode}: {ran.stdout}{ran.stderr}", pytrace=False)
