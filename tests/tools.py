"""Programs that tests run: found, or the test fails and says how to mend it."""

import shutil
from pathlib import Path

import pytest


def require_tool(command: str, package: str) -> Path:
    """Find a program that a test cannot do without.

    Args:
        command: The program's name as typed.
        package: The Debian package that brings it.

    Returns:
        The path of the program.
    """
    found = shutil.which(command)
    if found is None:
        pytest.fail(
            f"expected the program {command} on PATH, found none: run scripts/test, which installs it, "
            f"or type: sudo apt-get install {package}",
            pytrace=False,
        )
    return Path(found)
