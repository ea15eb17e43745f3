"""`sealgate reader flash`: mpremote, unaltered, puts the firmware on a board, which then runs it."""

import hashlib
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from zipfile import ZipFile

import pytest
import serial
from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

from drivers import seal_first_start, seal_flash
from hw.bench.line import PtyLine
from hw.bench.repl_board import ReplBoard
from hw.bench.seal_reader import MODULES, SealReaderBench
from kiosk.reader_firmware import FIRMWARE, stage, version_of
from kiosk.reader_images import make_key, public_text
from tests.app.readers import Run, reader
from tests.firmware.interpreter import micropython

__all__ = ["reader"]  # a fixture

UNIT = "E66164084367C52A"
NOTHING_ELSE = "--without-libraries"


@pytest.fixture
def board(tmp_path: Path) -> Iterator[ReplBoard]:
    with ReplBoard(tmp_path / "flash", micropython()) as made:
        yield made


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reader's data port is a cable to another machine."""
    monkeypatch.setattr(seal_first_start, "FOUND_S", 0.0)


@pytest.fixture(scope="module")
def firmware(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("firmware")
    stage(folder)
    return files(folder)


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory: pytest.TempPathFactory) -> int:
    """Bytes that go to a board while it is flashed."""
    folder = tmp_path_factory.mktemp("staged")
    stage(folder)
    with ReplBoard(tmp_path_factory.mktemp("board") / "flash", micropython()) as board:
        seal_flash.flash(port(board), folder, libraries=False, say=lambda _what: None)
        return board.received


def port(board: ReplBoard) -> Path:
    """The pty itself: mpremote does not wait between the bytes that it reads from one."""
    return board.path.resolve()


def files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@contextmanager
def started_when_reset(board: ReplBoard, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Once the board is reset, what was flashed runs, and its data port is one of this machine's."""
    with ExitStack() as stack:
        found: list[ListPortInfo] = []

        def ports() -> list[ListPortInfo]:
            if not found and board.resets:
                running = SealReaderBench(
                    board.flash.parent, micropython(), main=board.flash / "main.py", modules=MODULES[1:], unit=UNIT
                )
                stack.enter_context(running)
                for name, location in ((board.path, "1-1:1.0"), (running.port, "1-1:1.2")):
                    info = ListPortInfo(str(name))
                    info.serial_number, info.location = UNIT.lower(), location
                    found.append(info)
            return found

        monkeypatch.setattr(list_ports, "comports", ports)
        yield


def test_a_bare_board_is_flashed_starts_and_says_hello(
    board: ReplBoard, reader: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, firmware: dict[str, bytes]
) -> None:
    key = tmp_path / "site.key.pub"
    key.write_text(public_text(make_key(tmp_path / "site.key").public_key()))
    with started_when_reset(board, monkeypatch):
        code, out, err = reader("flash", "--port", port(board), "--key", key, NOTHING_ELSE)
    assert (code, err) == (0, "")
    first, second, third = out.splitlines()
    assert first == f"unit {UNIT}: firmware {version_of()} is on it"
    assert second == f"updates over the link: signed by the key of {key}"
    assert third.startswith(f"it runs firmware {version_of()} and answers at ")
    on_it = files(board.flash)
    assert on_it.pop("update.pub") == key.read_bytes()
    assert {name: on_it[name] for name in firmware} == firmware
    assert (FIRMWARE / "main.py").read_bytes() == on_it["main.py"]


def test_what_an_earlier_firmware_left_is_gone_and_what_the_reader_keeps_is_there(
    board: ReplBoard, reader: Run, firmware: dict[str, bytes], elsewhere: None
) -> None:
    kept = {"config": b"set up", "update.pub": b"a key", "spool/1": b"a scan", "lib/logging.mpy": b"a library"}
    stale = [
        "main.py",
        "slots.py",
        "reader/app.py",
        "reader/old/deep.mpy",
        "sealwire/link.py",
        "images/a",
        "images/state",
    ]
    for name in (*kept, *stale):
        path = board.flash / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(kept.get(name, b"stale"))
    assert reader("flash", "--port", port(board), NOTHING_ELSE)[0] == 0
    assert files(board.flash) == firmware | kept


@pytest.mark.parametrize("share", [0.005, 0.02, 0.5, 0.98, 0.995, 0.998])
def test_broken_off_anywhere_the_board_starts_to_its_repl_or_to_one_whole_firmware_and_a_second_run_repairs(
    reader: Run, tmp_path: Path, firmware: dict[str, bytes], whole_run: int, elsewhere: None, share: float
) -> None:
    flash = tmp_path / "flash"
    old = dict.fromkeys(firmware, b"old")
    for name, content in old.items():
        (flash / name).parent.mkdir(parents=True, exist_ok=True)
        (flash / name).write_bytes(content)
    with ReplBoard(flash, micropython()) as board:
        board.cut_at = int(share * whole_run)
        code, _, err = reader("flash", "--port", port(board), NOTHING_ELSE)
        assert (code, err.count("\n")) == (3, 1)
    there = files(flash)
    assert "main.py" not in there or there in (old, firmware)
    with ReplBoard(flash, micropython()) as board:
        assert reader("flash", "--port", port(board), NOTHING_ELSE)[0] == 0
    assert files(flash) == firmware


@pytest.mark.parametrize(
    ("board_is", "told"),
    [
        ({"version": "1.24.1"}, "expected MicroPython 1.25 or newer on the board, got micropython 1.24 on rp2; "),
        (
            {"platform": "esp32"},
            "expected a board of the kind rp2, a Raspberry Pi Pico, got micropython 1.25 on esp32; ",
        ),
    ],
)
def test_a_board_that_the_firmware_does_not_run_on_is_left_as_it_is(
    reader: Run, tmp_path: Path, board_is: dict[str, str], told: str
) -> None:
    flash = tmp_path / "flash"
    flash.mkdir()
    (flash / "main.py").write_bytes(b"another program")
    with ReplBoard(flash, micropython(), **board_is) as board:  # type: ignore[arg-type] # texts alone
        code, out, err = reader("flash", "--port", port(board), NOTHING_ELSE)
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert err.startswith(f"sealgate: {told}")
    assert files(flash) == {"main.py": b"another program"}


def test_a_reader_that_runs_leaves_its_repl_to_nobody_and_one_is_told_how_it_does(
    reader: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seal_flash, "CONNECT_S", 1.5)
    flash = tmp_path / "flash"
    flash.mkdir()
    (flash / "main.py").touch()
    with ReplBoard(flash, micropython(), is_held=False) as board:
        code, _, err = reader("flash", "--port", board.path, NOTHING_ELSE)
        assert (code, err) == (
            3,
            f"sealgate: seal reader's board: expected the REPL of MicroPython on {board.path}, "
            "got nothing within 1.5 s; name the port of its REPL; a reader that runs leaves it to nobody: "
            "hold its trigger while you plug its cable in\n",
        )


def test_a_port_that_is_not_there_and_one_that_somebody_holds_are_told(
    board: ReplBoard, reader: Run, tmp_path: Path
) -> None:
    code, _, err = reader("flash", "--port", tmp_path / "none", NOTHING_ELSE)
    assert (code, err.count("\n")) == (3, 1)
    assert f"got failed to access {tmp_path / 'none'}" in err
    with serial.Serial(str(board.path), exclusive=True):
        code, _, err = reader("flash", "--port", board.path, NOTHING_ELSE)
    assert (code, err.count("\n")) == (3, 1)
    assert "it may be in use by another program" in err


def test_a_file_that_is_no_public_key_is_refused_before_the_board_is_touched(
    board: ReplBoard, reader: Run, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("-----BEGIN PRIVATE KEY-----")
    code, _, err = reader("flash", "--port", port(board), "--key", tmp_path / "key", NOTHING_ELSE)
    assert (code, err.count("\n")) == (3, 1)
    assert "expected a public key of 32 bytes in hexadecimal" in err
    assert board.received == 0


def test_an_installed_kiosk_has_the_firmware_where_it_looks_for_it(tmp_path: Path, firmware: dict[str, bytes]) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(command, cwd=FIRMWARE.parent, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    installed = tmp_path / "installed"
    with ZipFile(wheel) as packed:
        packed.extractall(installed)
    stage(tmp_path / "staged", installed / "kiosk/firmware")
    assert files(tmp_path / "staged") == firmware


# --- the libraries ----------------------------------------------------------------------------------


def test_the_libraries_are_those_that_the_firmware_names() -> None:
    wanted = json.loads((FIRMWARE / "package.json").read_text())["deps"]
    assert [[name, "latest"] for name in seal_flash.LIBRARIES] == wanted


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name in the library
        pass


@contextmanager
def index_of(folder: Path, packages: dict[str, bytes]) -> Iterator[str]:
    """An index of packages as micropython.org has it, each package of one module; its address."""
    for name, module in packages.items():
        digest = hashlib.sha256(module).hexdigest()[:8]
        about = folder / f"package/6/{name}/latest.json"
        about.parent.mkdir(parents=True)
        about.write_text(json.dumps({"v": 1, "version": "1.0", "hashes": [[f"{name}.mpy", digest]]}))
        content = folder / f"file/{digest[:2]}/{digest}"
        content.parent.mkdir(parents=True, exist_ok=True)
        content.write_bytes(module)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            serving.join()


def test_the_libraries_are_installed_with_it(
    board: ReplBoard, reader: Run, tmp_path: Path, firmware: dict[str, bytes], elsewhere: None
) -> None:
    packages = {"logging": b"M\x06 logging", "usb-device-cdc": b"M\x06 a port"}
    with index_of(tmp_path / "index", packages) as index:
        code, _, err = reader("flash", "--port", port(board), "--index", index)
    assert (code, err) == (0, "")
    assert files(board.flash) == firmware | {f"lib/{name}.mpy": module for name, module in packages.items()}


@pytest.mark.parametrize("has", [{}, {"logging": b"M\x06 logging"}], ids=["no index", "half of it"])
def test_libraries_that_cannot_be_had_are_told_in_one_line_and_the_board_starts_as_before(
    board: ReplBoard, reader: Run, tmp_path: Path, has: dict[str, bytes]
) -> None:
    (board.flash / "main.py").write_bytes(b"the firmware before")
    (board.flash / "reader").mkdir()
    (board.flash / "reader/app.mpy").write_bytes(b"the firmware before")
    with index_of(tmp_path / "index", has) as index:
        code, _, err = reader("flash", "--port", port(board), "--index", index)
    assert (code, err.count("\n")) == (3, 1)
    assert "expected to install logging and usb-device-cdc from the internet on " in err
    assert "connect this machine to the internet, or give --without-libraries" in err
    there = files(board.flash)
    assert there["main.py"] == there["reader/app.mpy"] == b"the firmware before"
    assert "main.off" not in there


# --- the first start --------------------------------------------------------------------------------


def ports_of(*names: tuple[str, str, str]) -> Callable[[], list[ListPortInfo]]:
    """A machine's serial ports: device, serial number, location."""

    def ports() -> list[ListPortInfo]:
        made = []
        for device, number, location in names:
            info = ListPortInfo(device, skip_link_detection=True)
            info.serial_number, info.location = number, location
            made.append(info)
        return made

    return ports


def test_neither_its_repl_nor_another_readers_port_is_taken_for_its_data_port(
    monkeypatch: pytest.MonkeyPatch, elsewhere: None
) -> None:
    with PtyLine() as line:
        others = (str(line.path), UNIT, "1-1:1.0"), (str(line.path), "ANOTHER", "1-2:1.2")
        monkeypatch.setattr(list_ports, "comports", ports_of(*others))
        assert seal_first_start.first_answer(UNIT) is None
        assert seal_first_start.first_answer("") is None


def test_a_data_port_that_is_there_and_silent_is_a_fault(
    board: ReplBoard, reader: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seal_first_start, "ANSWER_S", 0.5)
    with PtyLine() as line:
        monkeypatch.setattr(list_ports, "comports", ports_of((str(line.path), UNIT, "1-1:1.2")))
        code, out, err = reader("flash", "--port", port(board), NOTHING_ELSE)
    assert (code, out.count("\n"), err.count("\n")) == (3, 2, 1)
    assert "expected a seal reader to answer" in err
