"""What tests on the emulated board share. They run by ``scripts/test --pi`` alone: docs/emulated-pi.md."""

from pathlib import Path

import pytest

from tests.pi.figures import FIGURES, Figure, table
from tests.pi.overlay import IMAGE, initial_files


@pytest.fixture(scope="session")
def board_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The emulated board's root file system with this project on it."""
    if not (IMAGE / "root.cpio").is_file():
        pytest.fail("expected the emulated board's image in .pi, found none: run scripts/test --pi", pytrace=False)
    return initial_files(tmp_path_factory.mktemp("files"))


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> list[Figure]:
    """What was measured, for the table at the end."""
    return request.config.stash.setdefault(FIGURES, [])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print what was measured."""
    measured = config.stash.get(FIGURES, [])
    if measured:
        terminalreporter.section("figures of the emulated Raspberry Pi")
        for line in table(measured):
            terminalreporter.write_line(line)
