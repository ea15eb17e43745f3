"""A tool that a test needs and does not find is a failure that says the mend."""

import ast
import re
from pathlib import Path

import pytest

from tests.tools import require_tool

ROOT = Path(__file__).parent.parent


def test_a_tool_on_the_path_is_found() -> None:
    assert require_tool("sh", package="dash").name == "sh"


def test_a_missing_tool_fails_the_test_with_the_command_that_installs_it() -> None:
    with pytest.raises(pytest.fail.Exception, match=re.escape("sudo apt-get install no-such-package")):
        require_tool("no-such-tool", package="no-such-package")


def test_every_tool_that_a_test_requires_is_installed_by_setup() -> None:
    listed = set()
    for line in (ROOT / "scripts/debian-packages.txt").read_text().splitlines():
        if line and not line.startswith("#"):
            package, command, _ = line.split()
            listed.add((command, package))
    required = {tool for file in (ROOT / "tests").rglob("test_*.py") for tool in required_tools(file)}
    required -= {("sh", "dash"), ("no-such-tool", "no-such-package")}  # this file's own
    assert required <= listed


def required_tools(file: Path) -> set[tuple[str, str]]:
    """Find the calls of require_tool in a test file: command and package, which must be written out."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(), filename=str(file))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "require_tool":
            values = [*node.args, *(keyword.value for keyword in node.keywords)]
            command, package = (ast.literal_eval(value) for value in values)
            found.add((command, package))
    return found
