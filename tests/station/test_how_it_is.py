"""A running kiosk says how it is to whoever asks over the real socket: its devices by name, and nothing is written."""

import os
import socket
import threading
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest

from kiosk.console import how_it_is as asking
from kiosk.console import messages as msg
from kiosk.console.desk import SOCKET, NoKiosk, address_in
from kiosk.console.how_it_is import NotSaid, ask_how_it_is
from kiosk.console.messages import Condition, Part
from kiosk.core import events as ev
from kiosk.doctor.check import Kiosk
from kiosk.doctor.running import find_running
from kiosk.doctor.seal_readers import SealReadersCheck
from kiosk.station import desk as serving
from tests.station.rig import SCANNER, Rig, running


@pytest.fixture
def kiosk(tmp_path: Path) -> Iterator[Rig]:
    with running(tmp_path) as rig:
        rig.until(msg.Attract)
        yield rig


@pytest.fixture
def listener(tmp_path: Path) -> Iterator[socket.socket]:
    """Something else on the socket."""
    with socket.socket(socket.AF_UNIX) as line, address_in(tmp_path) as address:
        line.bind(address)
        line.listen()
        yield line


def test_every_device_is_told_by_its_name_and_nothing_is_written(kiosk: Rig) -> None:
    before = kiosk.kinds()
    pid, said = ask_how_it_is(kiosk.data)
    assert (pid, said.version, said.in_service, said.serves) == (os.getpid(), version("sealgate"), True, False)
    assert [(each.name, each.part, each.condition) for each in said.devices] == [
        ("card reader", Part.READER, Condition.WORKING),
        ("gate", Part.GATE, Condition.WORKING),
        ("ledger", Part.LEDGER, Condition.WORKING),
        (SCANNER, Part.SCANNER, Condition.WORKING),
    ]
    assert kiosk.kinds() == before


def test_what_is_lost_is_told_with_its_mend_and_a_visit_that_is_on(kiosk: Rig) -> None:
    kiosk.tap(1)
    kiosk.until(msg.DriverKnown)
    kiosk.devices.post(ev.PartChanged(ev.Part.SCANNER, False, "gone", "plug it in", kiosk.clock(), SCANNER))
    kiosk.devices.post(ev.TamperChanged(True, kiosk.clock()))
    kiosk.until_health(lambda health: health.parts[1].condition is Condition.LOST)
    _, said = ask_how_it_is(kiosk.data)
    scanner = said.device(SCANNER)
    assert scanner is not None
    assert (scanner.condition, scanner.detail, scanner.mend) == (Condition.LOST, "gone", "plug it in")
    assert (said.in_service, said.serves, said.cabinet_open) == (False, True, True)
    assert said.device("none") is None


def test_where_no_kiosk_runs_it_is_said_so(tmp_path: Path) -> None:
    with pytest.raises(NoKiosk):
        ask_how_it_is(tmp_path)
    assert find_running(tmp_path, tmp_path) is None


def test_the_doctor_finds_a_kiosk_that_runs_and_what_it_says(kiosk: Rig) -> None:
    found = find_running(kiosk.data)
    assert found is not None
    assert (found.pid, found.said is not None, str(found)) == (os.getpid(), True, f"process {os.getpid()}")


def test_a_kiosk_of_another_version_is_told_as_one_that_does_not_say(
    kiosk: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "QUESTION", "another question")
    with pytest.raises(NotSaid, match="another answer") as fault:
        ask_how_it_is(kiosk.data)
    assert fault.value.pid == os.getpid()
    found = find_running(kiosk.data)
    assert found is not None
    assert (found.pid, found.said, "another version" in found.mend) == (os.getpid(), None, True)


def test_a_kiosk_that_hangs_or_hangs_up_is_told_so(
    tmp_path: Path, listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "PATIENCE_S", 0.2)
    with pytest.raises(NotSaid, match="none within"):
        ask_how_it_is(tmp_path)

    def hang_up() -> None:
        for _ in range(2):
            listener.accept()[0].close()

    thread = threading.Thread(target=hang_up)
    thread.start()
    with pytest.raises(NotSaid):
        ask_how_it_is(tmp_path)
    thread.join()


def test_a_socket_that_is_left_of_a_kiosk_that_was_killed_is_no_kiosk(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as line, address_in(tmp_path) as address:
        line.bind(address)
    assert (tmp_path / SOCKET).exists()
    assert find_running(tmp_path, tmp_path) is None


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("/opt/sealgate/current/bin/python\0/usr/local/bin/sealgate\0kiosk\0--data\0{data}\0", True),
        ("/usr/local/bin/sealgate\0kiosk\0--config\0x\0--data={data}\0", True),
        ("/usr/local/bin/sealgate\0kiosk\0--data\0/srv/other\0", False),
        ("/usr/local/bin/sealgate\0kiosk\0", False),
        ("/usr/local/bin/sealgate\0doctor\0--data\0{data}\0", False),
        ("grep\0sealgate kiosk\0", False),
        ("", False),
    ],
)
def test_a_kiosk_that_was_never_in_service_is_known_by_how_it_was_started(
    tmp_path: Path, words: str, found: bool
) -> None:
    (tmp_path / "812").mkdir()
    (tmp_path / "812/cmdline").write_text(words.format(data=tmp_path / "data"))
    (tmp_path / "data").mkdir()
    running_one = find_running(tmp_path / "data", tmp_path)
    assert (running_one is not None) is found
    if running_one is not None:
        assert (running_one.pid, running_one.said) == (812, None)
        assert "not in service since its start" in running_one.why_not


def test_a_data_folder_that_is_not_named_is_the_installed_one(tmp_path: Path) -> None:
    (tmp_path / "9").mkdir()
    (tmp_path / "9/cmdline").write_text("/usr/local/bin/sealgate\0kiosk\0")
    found = find_running(Path("/var/lib/sealgate"), tmp_path)
    assert found is not None
    assert found.pid == 9


def test_seal_readers_of_a_kiosk_that_runs_are_asked_of_it(kiosk: Rig) -> None:
    found = find_running(kiosk.data)
    nothing = Kiosk(kiosk.data, Path("site.toml"), None, kiosk.clock().utc, running=found)
    assert [*SealReadersCheck().look(nothing)] == []
