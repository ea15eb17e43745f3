"""What `sealgate doctor` says of ports, card reader, scanner, pins and board, also beside a kiosk that runs."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from msgspec.structs import replace

from drivers import pn532_chip
from hw.bench.line import PtyLine
from hw.bench.pn532_reader import BenchReader
from hw.bench.scanner import PlainScanner, SsiScanner
from hw.boards import load_board
from hw.pins import Direction, Level
from hw.port_access import Access
from kiosk.cli import main
from kiosk.console.how_it_is import DeviceNow, HowItIs
from kiosk.console.messages import Condition, Part
from kiosk.demo.yard import SAMPLE_SITE
from kiosk.doctor import ports, scanner
from kiosk.doctor.board import BoardCheck
from kiosk.doctor.card_reader import CardReaderCheck
from kiosk.doctor.check import Check, Kiosk, State, Verdict
from kiosk.doctor.doctor import examine
from kiosk.doctor.gate import GateCheck
from kiosk.doctor.running import Running
from kiosk.doctor.scanner import ScannerCheck
from kiosk.site import GateSettings, Site, UsbIdentity, read_site
from tests.doctor.machines import VERSION, Bench

NOW = datetime(2026, 5, 4, 21, 0, tzinfo=UTC)
WIRING = load_board("pi4").wiring


class Look:
    """Checks of one kiosk on one machine."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.data.mkdir()
        self.bench = Bench(folder / "root", NOW, folder)
        self.site: Site = read_site(SAMPLE_SITE / "site.toml")
        self.running: Running | None = None
        self.user = 0

    def reader_on(self, port: Path) -> None:
        """The card reader is on a port."""
        self.site = replace(self.site, reader=replace(self.site.reader, port=port))

    def scanner_on(self, port: Path | UsbIdentity, framing: str = "any-line-end") -> None:
        """The scanner is on a port."""
        assert self.site.scanner is not None
        self.site = replace(self.site, scanner=replace(self.site.scanner, port=port, framing=framing))

    def runs(self, *devices: DeviceNow, cabinet_open: bool = False, pid: int = 812) -> None:
        """A kiosk runs, and says this of its devices."""
        said = HowItIs(VERSION, True, False, cabinet_open, False, devices)
        self.running = Running(pid, said)

    def at(self, check: Check) -> list[Verdict]:
        machine = self.bench.machine(self.user)
        return [*check.look(Kiosk(self.data, Path("site.toml"), self.site, NOW, machine, self.running))]

    def one(self, check: Check) -> Verdict:
        (verdict,) = self.at(check)
        return verdict


@pytest.fixture
def look(tmp_path: Path) -> Look:
    return Look(tmp_path)


@pytest.fixture
def reader() -> Iterator[BenchReader]:
    with BenchReader() as made:
        yield made


# --- the card reader ------------------------------------------------------------------------------


def test_a_card_reader_is_asked_and_says_what_chip_it_is(look: Look, reader: BenchReader) -> None:
    look.reader_on(reader.path)
    assert str(look.one(CardReaderCheck())) == f"ok     card reader: PN532v1.6 answers at {reader.path}"
    look.bench.ports.plug(reader.path, 0x1A86, 0x7523, "A1")
    assert look.one(CardReaderCheck()).finding.endswith(f"answers at {reader.path} (1a86:7523 A1)")


def test_a_port_with_something_else_behind_it_is_wrong_and_says_what_to_look_at(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pn532_chip, "GREETINGS", ((115_200, 0.05),))
    with PtyLine() as line:
        look.reader_on(line.path)
        verdict = look.one(CardReaderCheck())
    assert (verdict.ok, "no answer on" in verdict.finding, "HSU (UART)" in verdict.mend) == (False, True, True)


def test_a_port_that_is_not_there_is_wrong_and_those_that_are_there_are_named(look: Look, reader: BenchReader) -> None:
    look.bench.ports.plug(reader.path, 0x1A86, 0x7523)
    look.reader_on(Path("/dev/sealgate-none"))
    verdict = look.one(CardReaderCheck())
    assert (verdict.of, verdict.ok) == ("card reader port", False)
    assert "(1a86:7523)" in verdict.finding


@pytest.mark.parametrize(
    ("port", "mend"),
    [
        ("/dev/none/sealgate-card-reader", "the kiosk's udev rules give this name: sudo scripts/install"),
        ("/dev/none/serial0", "raspi-config nonint do_serial_hw 0"),
        ("/dev/none/ttyUSB7", "plug the device in"),
    ],
)
def test_a_port_that_is_missing_has_the_mend_that_its_name_tells(look: Look, port: str, mend: str) -> None:
    look.reader_on(Path(port))
    assert mend in look.one(CardReaderCheck()).mend


def test_a_port_that_another_program_has_is_not_opened_and_the_program_named(look: Look, reader: BenchReader) -> None:
    look.reader_on(reader.path)
    with reader.path.open("r+b", buffering=0) as port:
        other = subprocess.Popen([sys.executable, "-c", "input()"], stdin=port)
    try:
        (look.bench.root / f"proc/{other.pid}").symlink_to(f"/proc/{other.pid}")
        verdict = look.one(CardReaderCheck())
        assert (verdict.of, verdict.ok) == ("card reader port", False)
        assert f"(process {other.pid}); two who read one port" in verdict.finding
        assert reader.waiting is None
        look.runs(DeviceNow("card reader", Part.READER, Condition.WORKING), pid=other.pid)
        assert look.one(CardReaderCheck()).ok, "the kiosk itself is no stranger"
    finally:
        other.kill()
        other.wait()


@pytest.mark.parametrize(
    ("name", "mend"),
    [
        ("ModemManager", "sudo systemctl disable --now ModemManager"),
        ("brltty", "sudo apt remove brltty"),
        ("agetty", "sudo raspi-config nonint do_serial_cons 1, then restart the machine"),
        ("strange", "end that program, and keep it from starting with the machine"),
    ],
)
def test_programs_that_are_known_to_take_ports_have_a_mend_of_their_own(
    look: Look, reader: BenchReader, name: str, mend: str
) -> None:
    look.reader_on(reader.path)
    look.bench.write("proc/4711/comm", f"{name}\n")
    (look.bench.root / "proc/4711/fd").mkdir()
    (look.bench.root / "proc/4711/fd/3").symlink_to(reader.path.resolve())
    verdict = look.one(CardReaderCheck())
    assert (f"held by {name} (process 4711)" in verdict.finding, verdict.mend) == (True, mend)


def test_a_port_that_the_kiosks_user_may_not_open_is_wrong_and_the_group_named(
    look: Look, reader: BenchReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    if os.geteuid() == 0:
        os.chown(look.data, 12345, 12345)
    who = look.data.stat().st_uid
    monkeypatch.setattr(ports, "access_of", lambda _: Access(owner=999_999, group=5, mode=0o660))
    look.reader_on(reader.path)
    denied, answered = look.at(CardReaderCheck())
    assert denied.ok is False
    assert denied.finding.startswith(f"{reader.path} belongs to group tty (mode 660), and user ")
    assert "sudo usermod -aG tty" in denied.mend
    assert answered.ok, "root can speak to it all the same"
    look.bench.unit("sealgate-kiosk.service", SupplementaryGroups="gpio 5 dialout")
    assert look.one(CardReaderCheck()).ok, "its unit gives it the group"
    look.bench.unit("sealgate-kiosk.service", SupplementaryGroups="")
    monkeypatch.setattr(ports, "access_of", lambda _: Access(owner=999_999, group=5, mode=0o600))
    assert "udev rules" in look.at(CardReaderCheck())[0].mend
    look.user = who or 12345
    assert [verdict.state for verdict in look.at(CardReaderCheck())] == [State.WRONG, State.UNSEEN]


def test_a_port_that_the_kernel_writes_its_messages_to_is_wrong(look: Look, reader: BenchReader) -> None:
    look.reader_on(reader.path)
    look.bench.write("sys/class/tty/console/active", f"tty1 {reader.path.resolve().name}")
    console, answered = look.at(CardReaderCheck())
    assert (console.ok, "do_serial_cons 1" in console.mend, answered.ok) == (False, True, True)


def test_names_that_change_at_a_replug_are_to_be_known(look: Look) -> None:
    for path, told in (("/dev/ttyUSB0", True), ("/dev/ttyACM12", True), ("/dev/serial/by-id/x", False)):
        assert bool([*ports._name("card reader", path, Path(path))]) is told


def test_the_mini_uart_of_an_older_board_is_to_be_known(
    look: Look, reader: BenchReader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    look.reader_on(reader.path)
    monkeypatch.setattr("kiosk.doctor.card_reader._MINI_UART", reader.path.resolve().name)
    assert [verdict.state for verdict in look.at(CardReaderCheck())] == [State.NOTE, State.GOOD]
    look.bench.write("proc/device-tree/model", "Raspberry Pi 5 Model B Rev 1.0")
    assert look.one(CardReaderCheck()).ok


# --- beside a kiosk that runs ---------------------------------------------------------------------


def test_beside_a_kiosk_that_runs_nobody_speaks_on_its_ports(look: Look, reader: BenchReader) -> None:
    look.reader_on(reader.path)
    for said, state, finding in (
        (Condition.WORKING, State.GOOD, "it works, says the kiosk that has it (process 812)"),
        (Condition.LOST, State.WRONG, "no answer, says the kiosk that has it (process 812)"),
        (Condition.SHORT, State.WRONG, "no answer, says the kiosk that has it (process 812)"),
        (Condition.STARTING, State.UNSEEN, "the kiosk (process 812) is still starting it"),
    ):
        detail = "" if said is Condition.WORKING else "no answer"
        look.runs(DeviceNow("card reader", Part.READER, said, detail, "see to its cable"))
        verdict = look.one(CardReaderCheck())
        assert (verdict.state, verdict.finding) == (state, finding)
    look.runs(DeviceNow("another", Part.READER, Condition.WORKING))
    assert look.one(CardReaderCheck()).mend == "restart the kiosk: site.toml was changed since"
    look.running = Running(812, None, "Permission denied", "run this as root")
    verdict = look.one(CardReaderCheck())
    assert (verdict.state, verdict.mend) == (State.UNSEEN, "run this as root")
    assert reader.baud == pn532_chip.BAUD_AFTER_RESET
    assert not reader.field_on, "nobody woke it"


# --- the scanner ----------------------------------------------------------------------------------


def test_a_plain_scanners_port_is_opened_and_it_is_said_that_no_more_can_be_known(look: Look) -> None:
    with PlainScanner() as bench:
        look.scanner_on(bench.path)
        verdict = look.one(ScannerCheck())
    assert verdict.ok
    assert f"any-line-end framing on {bench.path}, 9600 baud" in verdict.finding
    assert "sealgate doctor --walk" in verdict.finding


def test_a_scanner_that_speaks_ssi_must_answer(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    with SsiScanner() as bench:
        look.scanner_on(bench.path, framing="ssi")
        verdict = look.one(ScannerCheck())
    assert (verdict.ok, verdict.finding.startswith("it answers: ")) == (True, True)
    monkeypatch.setattr("drivers.ssi.RESPONSE_S", 0.05)
    with PtyLine() as line:
        look.scanner_on(line.path, framing="ssi")
        verdict = look.one(ScannerCheck())
    assert (verdict.ok, "to acknowledge" in verdict.finding) == (False, True)


def test_a_scanner_that_is_not_ready_in_its_time_is_wrong(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanner, "READY_S", 0.05)
    with PtyLine() as line:
        look.scanner_on(line.path, framing="ssi")
        verdict = look.one(ScannerCheck())
    assert verdict.finding == "it was not ready after 0.05 s"


def test_what_a_driver_would_log_of_a_loss_does_not_stand_among_what_a_program_reads(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with PtyLine() as line:
        text = (SAMPLE_SITE / "site.toml").read_text(encoding="utf-8").replace('"any-line-end"', '"ssi"')
        config = tmp_path / "site.toml"
        config.write_text(text.replace("/dev/sealgate-scanner", str(line.path)), encoding="utf-8")
        monkeypatch.setattr("drivers.ssi.RESPONSE_S", 0.05)
        monkeypatch.setattr("kiosk.doctor.command.examine", partial(examine, checks=[ScannerCheck()]))
        assert main(["doctor", "--json", "--data", str(tmp_path), "--config", str(config)]) == 1
    said = capfd.readouterr()
    assert [each["state"] for each in json.loads(said.out)["verdicts"]] == ["wrong"]
    assert said.err == ""


def test_a_scanner_is_found_by_its_usb_identity_and_another_kind_is_not_taken(look: Look) -> None:
    with PlainScanner() as bench:
        look.bench.ports.plug(bench.path, 0x05E0, 0x1701, "S1")
        look.scanner_on(UsbIdentity(0x05E0, 0x1701, "S1"))
        look.bench.ports.plug(bench.path, 0x0C2E, 0x0B61, "S9")
        verdict = look.one(ScannerCheck())
    assert verdict.ok is False
    assert "expected a serial port on USB device 05e0:1701 with serial number S1" in verdict.finding
    assert "(0c2e:0b61 serial number S9)" in verdict.finding


def test_a_site_that_takes_any_scanner_of_a_kind_is_told_so(look: Look) -> None:
    (verdict,) = ports._name("seal scanner", "/dev/ttyACM0", UsbIdentity(0x05E0, 0x1701, None))
    assert (verdict.state, "name its serial number" in verdict.mend) == (State.NOTE, True)


def test_without_a_scanner_or_settings_there_is_nothing_to_look_at(look: Look) -> None:
    look.site = replace(look.site, scanner=None)
    assert look.at(ScannerCheck()) == []
    nothing = Kiosk(look.data, Path("site.toml"), None, NOW, look.bench.machine())
    for check in (ScannerCheck(), CardReaderCheck(), BoardCheck(), GateCheck()):
        assert [*check.look(nothing)] == []


# --- board and pins -------------------------------------------------------------------------------


def test_the_board_its_wiring_and_its_library_are_told(look: Look) -> None:
    assert [str(verdict) for verdict in look.at(BoardCheck())] == [
        "ok     board: Raspberry Pi 4 Model B Rev 1.4, as site.toml says",
        "ok     wiring: 8 lines, each with a pin of its own: barrier relay GPIO 17, red lamp GPIO 22, "
        "amber lamp GPIO 23, green lamp GPIO 24, buzzer GPIO 25, entry loop GPIO 5, exit loop GPIO 6, "
        "cabinet tamper switch GPIO 16",
        "ok     pins' library: RPi.GPIO 0.7.1, which a pi4 needs",
    ]


def test_another_board_than_site_toml_names_is_wrong_and_says_which_it_is(look: Look) -> None:
    look.bench.write("proc/device-tree/model", "Raspberry Pi 5 Model B Rev 1.0\0")
    board = look.at(BoardCheck())[0]
    assert (board.ok, 'gate.board = "pi5"' in board.mend) == (False, True)
    (look.bench.root / "proc/device-tree/model").unlink()
    assert "does not say that it is a Raspberry Pi" in look.at(BoardCheck())[0].finding
    assert look.one(GateCheck()).state is State.UNSEEN


@pytest.mark.parametrize(
    ("packages", "got", "mend"),
    [
        ({}, "none is installed", "pip install 'sealgate[pi]'"),
        ({"rpi-lgpio": "0.6"}, "rpi-lgpio is installed", "pip uninstall rpi-lgpio, then pip install 'sealgate[pi]'"),
        (
            {"RPi.GPIO": "0.7.1", "rpi-lgpio": "0.6"},
            "RPi.GPIO and rpi-lgpio is installed",
            "pip uninstall RPi.GPIO rpi-lgpio, then pip install 'sealgate[pi]'",
        ),
    ],
)
def test_the_library_must_be_the_boards_and_alone(look: Look, packages: dict[str, str], got: str, mend: str) -> None:
    look.bench.packages = packages
    library = look.at(BoardCheck())[-1]
    mend = f"{mend}; scripts/install does it by the board"
    assert (library.ok, got in library.finding, library.mend) == (False, True, mend)


def test_a_library_that_pip_does_not_know_is_to_be_known(look: Look) -> None:
    look.bench.packages, look.bench.modules = {}, {"RPi.GPIO"}
    library = look.at(BoardCheck())[-1]
    assert (library.state, "pip does not know from which package" in library.finding) == (State.NOTE, True)


def test_inputs_are_read_and_outputs_are_never_touched(look: Look) -> None:
    look.bench.contacts(WIRING)
    assert [str(verdict) for verdict in look.at(GateCheck())] == [
        "ok     pins: nobody has asked the kernel for any of the gate's",
        "ok     gate: bench pins; its outputs were left alone",
        "ok     entry loop: free",
        "ok     exit loop: free",
        "ok     cabinet tamper switch: the cabinet is shut",
    ]
    look.bench.contacts(WIRING, exit_loop=True, tamper=True)
    told = {verdict.of: verdict for verdict in look.at(GateCheck())}
    assert (told["exit loop"].state, told["entry loop"].ok) == (State.NOTE, True)
    assert told["cabinet tamper switch"].ok is False
    outputs = {line.bcm for line in WIRING.outputs}
    assert [each for each in look.bench.board.changes if each.bcm in outputs] == []
    assert all(look.bench.board.direction(bcm) is Direction.IN for bcm in outputs)


def test_an_input_that_does_not_stand_still_is_wrong(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    look.bench.contacts(WIRING)
    levels = iter([Level.HIGH, Level.LOW] * 100)

    def shake(_: float) -> None:
        look.bench.board.set_input(WIRING.entry_loop.bcm, next(levels))

    monkeypatch.setattr("kiosk.doctor.gate.time.sleep", shake)
    told = {verdict.of: verdict for verdict in look.at(GateCheck())}
    assert (told["entry loop"].ok, "does not stand still" in told["entry loop"].finding) == (False, True)
    assert told["exit loop"].ok


def test_lines_that_somebody_has_asked_the_kernel_for_are_wrong_and_no_pin_is_opened(look: Look) -> None:
    look.bench.held = {17: "onewire@0", 6: "lg"}
    verdicts = look.at(GateCheck())
    assert [verdict.finding for verdict in verdicts] == [
        "GPIO 17, the barrier relay's, is held by onewire@0",
        "GPIO 6, the exit loop's, is held by lg",
    ]
    assert look.bench.board.changes == ()


def test_pins_that_break_down_are_a_verdict_too(look: Look) -> None:
    from kiosk.doctor.doctor import within

    look.bench.board.break_down("no access to /dev/mem")
    kiosk = Kiosk(look.data, Path("site.toml"), look.site, NOW, look.bench.machine())
    *_, last = within(30, GateCheck(), kiosk)
    assert (last.of, last.ok, "no access to /dev/mem" in last.finding) == ("gate", False, True)


def test_beside_a_kiosk_that_runs_its_pins_are_left_alone_and_it_says_how_they_are(look: Look) -> None:
    look.runs(DeviceNow("gate", Part.GATE, Condition.WORKING))
    look.bench.board.break_down("nobody may open them")
    gate_said, cabinet = look.at(GateCheck())
    assert (gate_said.ok, cabinet.ok) == (True, True)
    look.runs(DeviceNow("gate", Part.GATE, Condition.WORKING), cabinet_open=True)
    assert look.at(GateCheck())[1].ok is False


def test_a_wiring_that_makes_no_sense_is_a_verdict(look: Look) -> None:
    from kiosk.doctor.doctor import within

    look.site = replace(look.site, gate=GateSettings("gate", "pi4", 1.0, {"barrier": {"bcm": 5}}))
    kiosk = Kiosk(look.data, Path("site.toml"), look.site, NOW, look.bench.machine())
    *_, last = within(30, BoardCheck(), kiosk)
    assert (last.of, last.ok) == ("board", False)
    assert "barrier relay" in last.finding
