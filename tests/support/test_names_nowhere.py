"""After a day on which everything happens: no name, note, PIN or password in a log, a figure, or a support bundle."""

import json
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from kiosk.cli import main
from kiosk.support.bundle import PARTS
from kiosk.support.withheld import MASK
from tests.app.test_keys_nowhere import found
from tests.support.busy_day import PIN, SPOILT, Day, live_through


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Day:
    return live_through(tmp_path_factory.mktemp("day"))


def spoken_in(names: Iterable[str], data: bytes) -> list[str]:
    """Which names are in some bytes, whatever their case and however JSON writes them."""
    text = data.decode(errors="replace").casefold()
    return [name for name in names if name.casefold() in text or json.dumps(name)[1:-1].casefold() in text]


def bundle_of(day: Day, out: Path, *more: str) -> dict[str, bytes]:
    assert main(["support", "--config", str(day.config), "--data", str(day.data), "--out", str(out), *more]) == 0
    with zipfile.ZipFile(out) as packed:
        return {name: packed.read(name) for name in packed.namelist()}


def test_the_search_finds_what_is_there(day: Day) -> None:
    ledger = b"".join(path.read_bytes() for path in (day.data / "ledger" / "journal").iterdir())
    assert len(spoken_in(day.names, ledger)) > 15, "the day's entries have the names"
    records = (day.data / "records" / "drivers.csv").read_bytes()
    assert "Tom Wilkins" in spoken_in(day.names, records)


def test_no_log_line_has_a_name_a_note_a_pin_or_a_password(day: Day) -> None:
    log = (day.data / "log" / "kiosk.log").read_bytes()
    events = [json.loads(line)["event"] for line in log.splitlines()]
    assert {"new records not taken, the old ones stay in use", "the screen crashed", "a library complains"} <= set(
        events
    )
    assert spoken_in(day.names, log) == []
    assert found([each.encode() for each in day.secrets], log) == []
    assert b"withheld" not in log, "no line of ours needs to be cut"


def test_no_figure_has_those_nor_a_card_a_container_or_a_seal(day: Day) -> None:
    for name in ("while-running.prom", "sealgate.prom"):
        figures = (day.data / "figures" / name).read_bytes()
        assert b"sealgate_in_service" in figures
        assert spoken_in((*day.names, *day.units, *day.secrets), figures) == []
    running = (day.data / "figures" / "while-running.prom").read_text(encoding="utf-8")
    assert 'sealgate_visits_ended_total{outcome="held",reason="SEAL_MISMATCH"} 1.0' in running
    assert "sealgate_alerts_unseen" in running


def test_no_file_of_a_support_bundle_has_them(day: Day, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = bundle_of(day, tmp_path / "bundle.zip")
    told = capsys.readouterr()
    for name, data in (*files.items(), ("what is printed", (told.out + told.err).encode())):
        assert spoken_in(day.names, data) == [], name
        assert found([each.encode() for each in day.secrets], data) == [], name
        hashes = [b"$argon2id$", b"PRIVATE+KEY", b"BEGIN PRIVATE"]
        assert [each for each in hashes if each in data] == [], name
    assert {"contents.json", "site.json", "log.jsonl", "figures.prom", "ledger.json", "doctor.json"} <= set(files)


def test_a_bundle_tells_what_an_engineer_asks_first(day: Day, tmp_path: Path) -> None:
    files = bundle_of(day, tmp_path / "bundle.zip")
    contents = json.loads(files["contents.json"])
    had = {each["name"] for each in contents["files"]}
    assert had | {"contents.json"} == set(files)
    assert all(contents["not_had"].values()), "what is missing says why"
    kinds = json.loads(files["ledger.json"])["by_day"]
    assert sum(day.get("hold", 0) for day in kinds.values()) == 1
    site = json.loads(files["site.json"])
    assert site["site"] == {
        "id": "SLS0421",
        "name": "(withheld)",
        "timezone": "Pacific/Auckland",
        "contact": "(withheld)",
    }
    assert site["mail"]["to"] == ["(withheld)"]
    assert site["seal_type"][0]["pattern"] == "NZB[0-9]{7}"
    verdicts = {each["of"]: each for each in json.loads(files["doctor.json"])["verdicts"]}
    assert {"settings", "ledger", "backup", "mail"} <= set(verdicts)
    assert MASK in verdicts["settings"]["finding"], "the site's name stands in that line"
    events = [json.loads(line)["event"] for line in files["log.jsonl"].splitlines()]
    assert "the screen crashed" in events
    names = [each["name"] for each in json.loads(files["files.json"])["files"]]
    assert {"ledger/head.json", "secrets/pins.json", "records/drivers.csv", "log/kiosk.log"} <= set(names)


def test_a_log_of_an_earlier_version_is_cleaned_as_it_is_taken(day: Day, tmp_path: Path) -> None:
    old = day.data / "log" / "kiosk.log.1"
    line = {"event": "device lost", "driver": SPOILT, "fault": f"got '{SPOILT}'", "exception": f"KeyError: '{SPOILT}'"}
    old.write_text(f"{json.dumps(line)}\n{SPOILT} at the gate\n[1]\n")
    try:
        log = bundle_of(day, tmp_path / "bundle.zip")["log.jsonl"]
    finally:
        old.unlink()
    first = json.loads(log.splitlines()[0])
    assert (first["fault"], first["withheld"]) == ("got '...'", ["driver"])
    assert spoken_in([SPOILT], log) == []
    assert json.loads(log.splitlines()[-1])["count"] == 2


@pytest.mark.parametrize("part", [part.of for part in PARTS])
def test_each_part_can_be_left_out(day: Day, tmp_path: Path, part: str) -> None:
    if part == "doctor":
        files = bundle_of(day, tmp_path / "bundle.zip", "--without", part)
        assert "doctor.json" not in files
        return
    assert main(
        ["support", "--config", str(day.config), "--data", str(day.data), "--out", str(tmp_path / "b.zip"),
         *(word for each in PARTS if each.of != part for word in ("--without", each.of))]
    ) == 0  # fmt: skip


def test_a_secret_is_known_by_its_pieces(day: Day) -> None:
    from kiosk.support.known import known_by

    known = known_by(day.data, day.site, {})
    kept = json.loads((day.data / "secrets" / "pins.json").read_text(encoding="utf-8"))
    digest = json.dumps(kept).rpartition("$")[2].partition('"')[0]
    assert known.secrets.in_bytes(f"it says {digest}, hm".encode())
    assert not known.secrets.in_bytes(PIN.encode()), "a PIN is nowhere, so nobody can look for it"
