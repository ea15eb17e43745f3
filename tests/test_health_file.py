"""Other programs of the machine read how the kiosk is, which version says so, and whether somebody is served."""

import json
import os
import sys
from pathlib import Path

import pytest

from kiosk.console import messages as msg
from kiosk.core.said import Language
from kiosk.health_file import HEALTH_NAME, HealthFile, noting_health
from kiosk.updates.trial import read_health

PARTS = tuple(msg.PartHealth(part, msg.Condition.WORKING) for part in msg.Part)
OUT = (*PARTS[:-1], msg.PartHealth(msg.Part.LEDGER, msg.Condition.LOST, "no disk"))
ATTRACT = msg.Attract("Tui Valley Packhouse", awake=False)


def show(display: msg.Display) -> msg.Show:
    return msg.Show(1, display, None, None, card_on_reader=False, language=Language.ENGLISH)


def test_it_says_how_each_part_is_and_what_an_update_reads_is_what_was_written(tmp_path: Path) -> None:
    file = HealthFile(tmp_path / HEALTH_NAME)
    file.take(msg.Health(PARTS))
    file.take(show(ATTRACT))
    health = read_health(tmp_path / HEALTH_NAME)
    assert health is not None
    assert (health.pid, health.version) == (os.getpid(), Path(sys.prefix).name)
    assert (health.working, health.serving) == (frozenset({"reader", "scanner", "gate", "ledger"}), False)
    file.take(msg.Health(OUT))
    health = read_health(tmp_path / HEALTH_NAME)
    assert health is not None
    assert health.working == {"reader", "scanner", "gate"}


def test_somebody_is_served_from_the_first_screen_that_is_theirs_to_the_last(tmp_path: Path) -> None:
    file = HealthFile(tmp_path / HEALTH_NAME)
    out = msg.OutOfService("Tui Valley Packhouse", OUT, "")
    for display, serving in ((ATTRACT, False), (msg.EnterPin(waits=False, problem=None), True), (out, False)):
        file.take(show(display))
        assert json.loads((tmp_path / HEALTH_NAME).read_text())["serving"] is serving


def test_it_is_written_where_the_service_has_a_folder_for_it_and_the_screen_is_told_first(tmp_path: Path) -> None:
    told: list[msg.Told] = []
    tell = noting_health(told.append, {"RUNTIME_DIRECTORY": f"{tmp_path}:/run/another"})
    tell(msg.Health(PARTS))
    assert told == [msg.Health(PARTS)]
    assert (tmp_path / HEALTH_NAME).exists()
    assert noting_health(told.append, {}) == told.append


def test_a_folder_that_is_gone_keeps_nobody_from_being_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = HealthFile(tmp_path / "gone" / HEALTH_NAME)
    for _ in range(3):
        file.take(msg.Health(PARTS))
    assert capsys.readouterr().out.count("the health file is not written") == 1
