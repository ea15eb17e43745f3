"""The bare machine that the tests of scripts/setup and scripts/micropython share."""

from collections.abc import Iterator

import pytest

from tests.scripts.bare_machine import BareMachine, bare_machine


@pytest.fixture
def machine() -> Iterator[BareMachine]:
    with bare_machine() as bare:
        yield bare
