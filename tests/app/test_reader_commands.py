"""`sealgate reader status`: how each reader is, and an exit code that a program can go by."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial

from drivers import seal_conversation, seal_reader_probe
from hw.bench.line import PtyLine
from hw.bench.seal_reader_peer import SealReaderPeer
from sealwire.messages import Fault
from tests.app.readers import Run, reader, site_with

__all__ = ["reader"]  # a fixture

SOUND = [
    "unit E66-7, firmware 1.2.3 on bench, started 1 times",
    "scan engine ready",
    "2 scans wait in its spool, room for 54 more",
    "40000 bytes of its heap in use, 150000 free",
]


@pytest.fixture
def peer() -> Iterator[SealReaderPeer]:
    with SealReaderPeer(unit="E66-7", version="1.2.3") as made:
        made.greet_with(spooled=2, spool_room=54)
        yield made


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A port at which nobody answers."""
    monkeypatch.setattr(seal_conversation, "ANSWER_MS", 300)
    with PtyLine() as line:
        yield line.path


def test_a_sound_reader_is_told_in_four_lines(peer: SealReaderPeer, reader: Run, tmp_path: Path) -> None:
    site = site_with(tmp_path, east=peer.path)
    assert reader("status", "--config", site) == (0, "".join(f"east: {line}\n" for line in SOUND), "")


def test_the_reader_on_a_port_is_asked_without_any_settings(peer: SealReaderPeer, reader: Run) -> None:
    code, out, err = reader("status", "--port", peer.path)
    assert (code, err) == (0, "")
    assert out.splitlines() == [f"seal reader: {line}" for line in SOUND]


def test_for_programs_there_is_one_json_list(peer: SealReaderPeer, reader: Run, tmp_path: Path) -> None:
    code, out, _ = reader("status", "--json", "--config", site_with(tmp_path, east=peer.path))
    (told,) = json.loads(out)
    assert code == 0
    assert (told["reader"], told["unit"], told["version"], told["wrong"]) == ("east", "E66-7", "1.2.3", [])
    assert (told["health"]["spooled"], told["health"]["engine"], told["on_trial"]) == (2, "ready", False)


def test_what_is_wrong_with_a_reader_is_exit_code_1(peer: SealReaderPeer, reader: Run) -> None:
    peer.greet_with(Fault("spool", 0, "expected room, got none"), engine=2)
    code, out, _ = reader("status", "--port", peer.path)
    assert code == 1
    assert [line for line in out.splitlines() if "WRONG" in line] == [
        "seal reader: WRONG spool: expected room, got none",
        "seal reader: WRONG engine: the scan engine does not answer",
    ]
    assert json.loads(reader("status", "--json", "--port", peer.path)[1])[0]["faults"] == [
        {"part": "spool", "what": "expected room, got none"}
    ]


def test_a_fault_that_is_over_is_none(peer: SealReaderPeer, reader: Run) -> None:
    peer.greet_with(Fault("engine", 0, "silent"), Fault("engine", 1, "silent"))
    assert reader("status", "--port", peer.path)[0] == 0


def test_a_reader_that_does_not_say_how_it_is_is_exit_code_1(
    peer: SealReaderPeer, reader: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seal_reader_probe, "BEAT_MS", 400)
    peer._greets_with = None
    code, out, _ = reader("status", "--port", peer.path)
    assert code == 1
    assert out.endswith("seal reader: WRONG it did not say how it is\n")


def test_a_reader_that_does_not_answer_is_exit_code_3_and_the_others_are_told_too(
    peer: SealReaderPeer, silent: Path, reader: Run, tmp_path: Path
) -> None:
    site = site_with(tmp_path, west=silent, east=peer.path)
    code, out, err = reader("status", "--config", site)
    assert (code, len(out.splitlines())) == (3, len(SOUND))
    assert err.startswith("sealgate: west: expected a seal reader to answer within 3 s, got nothing; check ")
    assert err.count("\n") == 1
    code, out, err = reader("status", "--json", "--config", site)
    assert (code, err) == (3, "")
    assert [told.get("unit", "none") for told in json.loads(out)] == ["none", "E66-7"]


def test_one_of_several_readers_is_asked_by_its_name(peer: SealReaderPeer, reader: Run, tmp_path: Path) -> None:
    site = site_with(tmp_path, west=tmp_path / "none", east=peer.path)
    code, out, err = reader("status", "--config", site, "--name", "east")
    assert (code, err, len(out.splitlines())) == (0, "", len(SOUND))


def test_a_name_that_no_reader_has_is_told_with_those_that_there_are(reader: Run, tmp_path: Path) -> None:
    site = site_with(tmp_path, west=tmp_path / "none")
    assert reader("status", "--config", site, "--name", "east") == (
        *(3, ""),
        f"sealgate: seal reader: expected one named east, got west in {site}; name its port with --port, "
        "or correct the site's settings\n",
    )


def test_a_site_without_seal_readers_has_none_to_ask(reader: Run, tmp_path: Path) -> None:
    code, _, err = reader("status", "--config", site_with(tmp_path))
    assert code == 3
    assert err.startswith("sealgate: seal reader: expected [[seal_readers]], got none in ")


def test_a_port_that_is_not_there_and_one_that_the_kiosk_holds_are_told(
    peer: SealReaderPeer, reader: Run, tmp_path: Path
) -> None:
    code, _, err = reader("status", "--port", tmp_path / "none")
    assert (code, err.count("\n")) == (3, 1)
    assert f"expected a serial port at {tmp_path / 'none'}" in err
    with serial.Serial(str(peer.path), exclusive=True):
        code, _, err = reader("status", "--port", peer.path)
    assert (code, err.count("\n")) == (3, 1)
    assert err.endswith("end the other program that holds the port\n")


def test_what_waits_in_its_spool_is_left_to_the_kiosk(peer: SealReaderPeer, reader: Run) -> None:
    peer.pull()
    peer.scan(b"NZ1")
    peer.put_back()
    assert reader("status", "--port", peer.path)[0] == 0
    peer.scan(b"NZ2")
    assert [scan.data for scan in peer.spool] == [b"NZ1", b"NZ2"]
    assert (peer.configs, peer.results) == ([], [])
