"""The kiosk's sessions, to be run under strace, and the ledgers that they begin with."""

import pytest

from tests.station import visiting
from tests.station.aftermath import Past
from tests.strace import Program


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """One session of the kiosk: takes the data folder and the name of the journey."""
    return Program(visiting.main, tmp_path_factory.mktemp("program"))


@pytest.fixture(scope="session")
def past(tmp_path_factory: pytest.TempPathFactory) -> Past:
    """What the journeys leave."""
    return Past(tmp_path_factory.mktemp("past"))
