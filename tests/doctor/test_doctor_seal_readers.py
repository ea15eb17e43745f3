"""What `sealgate doctor` says of seal readers: each that answers, and what is wrong with those that do not."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from drivers import seal_conversation, seal_reader_probe
from drivers.seal_reader_probe import probe
from drivers.seal_reader_values import SealReaderSettings
from hw.bench.line import PtyLine
from hw.bench.seal_reader_peer import SealReaderPeer
from hw.serial_ports import PathPort
from kiosk.console.how_it_is import DeviceNow, HowItIs
from kiosk.console.messages import Condition, Part
from kiosk.demo.yard import SAMPLE_SITE
from kiosk.doctor.check import Kiosk, State, Verdict
from kiosk.doctor.running import Running, find_running
from kiosk.doctor.seal_readers import HEAP_MOST, SPOOL_LEAST, SealReadersCheck
from kiosk.site import SealReaderSettings as Settings
from kiosk.site import read_site
from sealwire.messages import Fault
from tests.ledger.backups import opened


@pytest.fixture
def peer() -> Iterator[SealReaderPeer]:
    with SealReaderPeer(unit="E66-7", version="1.2.3") as made:
        made.greet_with(spooled=2, spool_room=54)
        yield made


def verdicts(data: Path, *ports: Path, running: Running | None = None) -> dict[str, Verdict]:
    site = read_site(SAMPLE_SITE / "site.toml")
    readers = tuple(Settings(f"reader {at}", port, "lines", 9600, "cr", 7) for at, port in enumerate(ports, start=1))
    kiosk = Kiosk(data, data / "site.toml", replace(site, seal_readers=readers), datetime.now(UTC), running=running)
    return {verdict.of: verdict for verdict in SealReadersCheck().look(kiosk)}


def test_a_sound_reader_is_told_in_three_lines(peer: SealReaderPeer, tmp_path: Path) -> None:
    assert [str(verdict) for verdict in verdicts(tmp_path, peer.path).values()] == [
        f"ok     reader 1: firmware 1.2.3 on bench, unit E66-7, started 1 times, at {peer.path}",
        "ok     reader 1 spool: 2 scans in it, room for 54",
        "ok     reader 1 heap: 40000 bytes of its heap in use, 150000 free",
    ]


def test_a_kiosk_without_seal_readers_has_nothing_to_say(tmp_path: Path) -> None:
    assert verdicts(tmp_path) == {}
    assert list(SealReadersCheck().look(Kiosk(tmp_path, tmp_path, None, datetime.now(UTC)))) == []


def test_what_waits_in_the_readers_spool_is_left_there_for_the_kiosk(peer: SealReaderPeer, tmp_path: Path) -> None:
    peer.pull()
    peer.scan(b"NZ1")
    peer.scan(b"NZ2")
    peer.put_back()
    assert verdicts(tmp_path, peer.path)["reader 1"].ok
    assert peer.ups == 1
    assert [scan.data for scan in peer.spool] == [b"NZ1", b"NZ2"]
    assert peer.results == []
    assert peer.configs == []


def test_each_thing_that_is_wrong_is_a_line_of_its_own_with_its_mend(peer: SealReaderPeer, tmp_path: Path) -> None:
    peer.greet_with(Fault("flash", 0, "expected bytes"), spool_room=SPOOL_LEAST - 1, heap=HEAP_MOST + 1, engine=2)
    found = verdicts(tmp_path, peer.path)
    assert [of for of, verdict in found.items() if not verdict.ok] == [
        *("reader 1 flash", "reader 1 engine", "reader 1 spool", "reader 1 heap"),
    ]
    assert all(verdict.mend for verdict in found.values() if not verdict.ok)
    assert found["reader 1 flash"].finding == "expected bytes"


def test_an_engine_that_the_reader_has_told_of_is_told_once(peer: SealReaderPeer, tmp_path: Path) -> None:
    peer.greet_with(Fault("engine", 0, "no answer"), engine=2)
    found = verdicts(tmp_path, peer.path)
    assert found["reader 1 engine"].finding == "no answer"


def test_a_reader_of_another_version_is_told_with_its_mend(peer: SealReaderPeer, tmp_path: Path) -> None:
    peer.become(version="9.9", table=b"12345678")
    (verdict,) = verdicts(tmp_path, peer.path).values()
    assert not verdict.ok
    assert "firmware 9.9" in verdict.finding
    assert "sealgate reader update" in verdict.mend


def test_a_reader_that_greets_and_says_no_more_is_told(
    peer: SealReaderPeer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seal_reader_probe, "BEAT_MS", 400)
    peer._greets_with = None
    assert [of for of, verdict in verdicts(tmp_path, peer.path).items() if not verdict.ok] == ["reader 1 health"]


def test_a_port_without_a_reader_and_one_that_is_not_there_are_told_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seal_conversation, "ANSWER_MS", 200)
    with PtyLine() as line:
        found = verdicts(tmp_path, line.path, tmp_path / "none")
    assert "a seal reader to answer within" in found["reader 1"].finding
    assert f"a serial port at {tmp_path / 'none'}" in found["reader 2 port"].finding
    assert all(verdict.mend for verdict in found.values())


def test_beside_a_running_kiosk_its_readers_are_left_alone_and_it_says_how_they_are(
    peer: SealReaderPeer, tmp_path: Path
) -> None:
    devices = (
        DeviceNow("reader 1", Part.SCANNER, Condition.WORKING),
        DeviceNow("reader 2", Part.SCANNER, Condition.SHORT, "engine: no answer", "check its cable"),
    )
    kiosk = Running(812, HowItIs("1", True, False, False, False, devices))
    found = verdicts(tmp_path, peer.path, peer.path, running=kiosk)
    assert [str(verdict) for verdict in found.values()] == [
        "ok     reader 1: it works, says the kiosk that has it (process 812)",
        "WRONG  reader 2: engine: no answer, says the kiosk that has it (process 812); check its cable",
    ]
    assert peer.ups == 0


def test_beside_somebody_who_holds_the_ledger_and_answers_nothing_no_reader_is_called_well(
    peer: SealReaderPeer, tmp_path: Path
) -> None:
    with opened(tmp_path / "ledger"):
        (verdict,) = verdicts(tmp_path, peer.path, running=find_running(tmp_path)).values()
    assert (verdict.state, "holds the ledger, and answers nothing" in verdict.finding) == (State.UNSEEN, True)
    assert peer.ups == 0


def test_a_probe_lives_through_messages_that_it_does_not_know_and_rubbish(peer: SealReaderPeer) -> None:
    peer.trouble.twice = 1.0
    peer.greet_with(Fault("x" * 16, 0, "y"), Fault("spool", 0, "z"))
    probed = probe(SealReaderSettings(name="r", port=PathPort(peer.path)))
    assert dict(probed.faults)["spool"] == "z"
    assert probed.health is not None
