"""What records leave out of garbage collections is given back once it is of no use."""

import gc
import weakref
from pathlib import Path

import pytest

from kiosk.console import messages as msg
from kiosk.station import station
from kiosk.station.records_watch import RecordsWatch
from tests.station.rig import SITE, Given, running


class Cycle:
    """Something that refers to itself, as a screen's parts do to each other."""

    def __init__(self) -> None:
        self.itself = self


def test_what_was_in_use_when_records_came_is_given_back_when_they_come_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(station, "LOOK_S", 0.01)
    cycle = Cycle()
    seen, version = weakref.ref(cycle), [1]
    try:
        with running(tmp_path, site=SITE, watch=RecordsWatch(lambda: version[0], Given)) as rig:
            rig.until(msg.Attract)
            del cycle
            assert seen() is not None, "it was left out of collections"
            version[0] = 2
            with rig._news:
                assert rig._news.wait_for(lambda: seen() is None, timeout=5.0)
    finally:
        gc.unfreeze()
