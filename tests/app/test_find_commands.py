"""``sealgate ledger find`` and ``archive``, as they are typed."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kiosk.cli import main
from kiosk.ledger.catalogue import CATALOGUE_NAME
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.segments import Segment
from kiosk.ledger.stamp import Clock, Stamp
from tests.ledger.test_archivist import visit
from tests.ledger.test_segments import open_small
from tests.station.rig import now

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A ledger of some segments: two uplifts of seal NZ000000, one each of the others."""
    clock = Clock("synchronised", "boot-1", 1000)
    with open_small(tmp_path / "data" / "ledger") as ledger:
        for number in range(19):
            ledger.append("uplift", Stamp(now().utc, clock), visit(number))
    return tmp_path / "data"


@pytest.fixture
def run(data: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def command(*words: str) -> tuple[int, str, str]:
        code = main(["ledger", *words, "--data", str(data), "--config", str(data / "none.toml")])
        said = capsys.readouterr()
        return code, said.out, said.err

    return command


def found(out: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.splitlines()]


def test_a_seal_is_found_however_it_is_typed(run: Run) -> None:
    code, out, _ = run("find", "--seal", " nz000003 ")
    assert code == 0
    assert [entry["body"]["uplifts"][0]["load"] for entry in found(out)] == ["L3"]


def test_a_container_and_a_driver_are_found_and_both_must_hold(run: Run) -> None:
    assert [entry["body"]["uplifts"][0]["load"] for entry in found(run("find", "--driver", "Name 1")[1])] == [
        f"L{number}" for number in range(1, 19, 3)
    ]
    assert len(found(run("find", "--driver", "D1", "--container", "CSQU0000040")[1])) == 1
    assert run("find", "--driver", "D1", "--container", "CSQU0000050") == (1, "", "sealgate: no entry\n")


def test_a_time_is_asked_for_with_its_zone(run: Run) -> None:
    code, out, _ = run("find", "--driver", "D1", "--until", "2020-01-31T22:05:00+13:00")
    assert (code, out) == (1, "")
    assert run("find", "--driver", "D1", "--since", "2020-01-31T22:05:00+13:00")[0] == 0


@pytest.mark.parametrize("words", [[], ["--since", "yesterday"], ["--seal", "NZ1", "--repeated-seals"]])
def test_what_cannot_be_meant_is_wrong_use(run: Run, words: list[str]) -> None:
    code, out, err = run("find", *words)
    assert (code, out) == (2, "")
    assert err.startswith("sealgate: ")


def test_seals_that_were_uplifted_more_than_once_are_listed_with_exit_code_1(run: Run) -> None:
    code, out, _ = run("find", "--repeated-seals", "--json")
    assert code == 1
    assert found(out) == [
        {"seal": "NZ000000", "entries": [2, 12]},
    ]
    assert "NZ000000: uplifted more than once: entry 2 (" in run("find", "--repeated-seals")[1]


def test_damage_that_a_search_comes_upon_is_told_with_exit_code_1(run: Run, data: Path) -> None:
    path = data / "ledger" / Segment(9, archived=True).name
    path.write_bytes(b"")
    code, _, err = run("find", "--container", "CSQU0000090")
    assert code == 1
    assert "restore the last good backup" in err


def test_what_is_not_archived_or_catalogued_is_done_by_hand(run: Run, data: Path) -> None:
    (data / "ledger" / CATALOGUE_NAME).unlink()
    assert run("find", "--repeated-seals")[0] == 3
    assert run("archive") == (0, f"{data / 'ledger'}: 2 closed segments, all archived and catalogued\n", "")
    assert run("find", "--repeated-seals")[0] == 1


def test_beside_the_kiosk_there_is_nothing_to_archive_by_hand(run: Run, data: Path) -> None:
    stamp = Stamp(now().utc, Clock("synchronised", "boot-1", 1000))
    with Ledger.open(data / "ledger", lambda: stamp):
        code, _, err = run("archive")
    assert code == 3
    assert "held by process" in err
