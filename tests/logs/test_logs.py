"""Where log lines go: the journal, the file, and never the driver's screen."""

import json
import logging
import socket
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import pytest
import structlog

from kiosk import logs
from kiosk.log_journal import message_of
from kiosk.logs import LogTo, NoJournal, log_death, log_for_kiosk, log_for_server

BY_SYSTEMD = {"INVOCATION_ID": "0" * 32}


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """The process logs as it did before."""
    config, hook, root = structlog.get_config(), (threading.excepthook, sys.unraisablehook), logging.getLogger()
    ours = logging.getLogger("sealgate")
    handlers, our_handlers, propagate = root.handlers[:], ours.handlers[:], ours.propagate
    yield
    for handler in ours.handlers:
        with suppress(OSError):  # of a disk that is full, as Python's own end does
            handler.close()
    root.handlers[:], ours.handlers[:], ours.propagate = handlers, our_handlers, propagate
    threading.excepthook, sys.unraisablehook = hook
    logging.captureWarnings(False)
    structlog.configure(**config)


class Journal:
    """A journal that takes datagrams, as journald does (https://systemd.io/JOURNAL_NATIVE_PROTOCOL/)."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.settimeout(5)
        self._socket.bind(str(path))

    def entry(self) -> dict[str, str]:
        """The next entry's fields."""
        data, fields = self._socket.recv(1 << 20), dict[str, str]()
        while data:
            line, _, data = data.partition(b"\n")
            name, plain, value = line.partition(b"=")
            if not plain:
                length = int.from_bytes(data[:8], "little")
                value, data = data[8 : 8 + length], data[9 + length :]
            fields[name.decode()] = value.decode()
        return fields

    def close(self) -> None:
        self._socket.close()
        self.path.unlink()


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = Journal(tmp_path / "socket")
    yield made
    made.close()


def lines(data: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (data / "log" / "kiosk.log").read_text(encoding="utf-8").splitlines()]


def test_a_line_is_an_entry_of_the_journal_with_its_values_as_fields(tmp_path: Path, journal: Journal) -> None:
    log_for_kiosk(tmp_path, LogTo.AUTO, BY_SYSTEMD, journal.path)
    log = structlog.get_logger("drivers").bind(device="seal scanner")
    log.warning("device lost", expected="an answer", got="nothing\nat all", mend="pull the cable")
    entry = journal.entry()
    assert entry == {
        "MESSAGE": "device lost: device=seal scanner, expected=an answer, got=nothing at all, mend=pull the cable",
        "PRIORITY": "4",
        "SYSLOG_IDENTIFIER": "sealgate",
        "SEALGATE_LOGGER": "sealgate.drivers",
        "SEALGATE_EVENT": "device lost",
        "SEALGATE_DEVICE": "seal scanner",
        "SEALGATE_EXPECTED": "an answer",
        "SEALGATE_GOT": "nothing at all",
        "SEALGATE_MEND": "pull the cable",
    }
    assert not (tmp_path / "log" / "kiosk.log").exists()


@pytest.mark.parametrize(("level", "priority"), [("critical", "2"), ("error", "3"), ("warning", "4"), ("info", "6")])
def test_levels_are_the_priorities_of_syslog(tmp_path: Path, journal: Journal, level: str, priority: str) -> None:
    log_for_kiosk(tmp_path, LogTo.JOURNAL, {}, journal.path)
    getattr(structlog.get_logger("station"), level)("something")
    assert journal.entry()["PRIORITY"] == priority


def test_an_exception_is_a_field_of_many_lines_and_stands_below_the_message(tmp_path: Path, journal: Journal) -> None:
    log_for_kiosk(tmp_path, LogTo.JOURNAL, {}, journal.path)
    try:
        raise ZeroDivisionError("Aroha Ngata")
    except ZeroDivisionError:
        structlog.get_logger("app").exception("the screen crashed")
    entry = journal.entry()
    assert entry["SEALGATE_EXCEPTION"].splitlines()[-1] == "ZeroDivisionError"
    assert entry["MESSAGE"].startswith("the screen crashed\n  /")
    assert "Aroha" not in str(entry)


def test_while_the_journal_is_away_lines_go_to_the_file_and_later_to_the_journal_again(tmp_path: Path) -> None:
    before = Journal(tmp_path / "socket")
    log_for_kiosk(tmp_path, LogTo.AUTO, BY_SYSTEMD, before.path)
    before.close()
    structlog.get_logger("station").warning("while it is away")
    again = Journal(tmp_path / "socket")
    structlog.get_logger("station").warning("it is back")
    assert [line["event"] for line in lines(tmp_path)] == ["while it is away"]
    assert again.entry()["MESSAGE"] == "it is back"
    again.close()


def test_a_journal_that_takes_nothing_holds_nobody_up(tmp_path: Path, journal: Journal) -> None:
    log_for_kiosk(tmp_path, LogTo.AUTO, BY_SYSTEMD, journal.path)
    for number in range(1000):
        structlog.get_logger("station").warning("something", device=str(number))
    assert 0 < len(lines(tmp_path)) < 1000


@pytest.mark.parametrize("environment", [{}, {"HOME": "/root"}])
def test_a_kiosk_that_systemd_did_not_start_logs_to_the_file(
    tmp_path: Path, journal: Journal, environment: dict[str, str]
) -> None:
    log_for_kiosk(tmp_path, LogTo.AUTO, environment, journal.path)
    structlog.get_logger("station").info("here")
    (line,) = lines(tmp_path)
    assert (line["event"], line["level"]) == ("here", "info")
    assert "timestamp" in line


def test_without_a_journal_systemds_kiosk_logs_to_the_file_and_one_that_insists_does_not_start(tmp_path: Path) -> None:
    log_for_kiosk(tmp_path, LogTo.AUTO, BY_SYSTEMD, tmp_path / "none")
    structlog.get_logger("station").info("here")
    assert [line["event"] for line in lines(tmp_path)] == ["here"]
    with pytest.raises(NoJournal, match="got none; start systemd-journald"):
        log_for_kiosk(tmp_path, LogTo.JOURNAL, BY_SYSTEMD, tmp_path / "none")


def test_what_other_libraries_and_dying_threads_say_reaches_the_log_in_our_words_and_never_the_screen(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    log_for_kiosk(tmp_path, LogTo.FILE)
    logging.getLogger("asyncio").error("Task exception was never retrieved: KeyError('Aroha Ngata')")
    thread = threading.Thread(target=lambda: dict[str, int]()["Aroha Ngata"], name="metrics")
    thread.start()
    thread.join()
    warnings.showwarning("no Aroha Ngata", RuntimeWarning, "x.py", 7)
    sys.unraisablehook(SimpleNamespace(exc_value=ZeroDivisionError("Aroha Ngata")))
    log_death(ValueError("Aroha Ngata"))
    library, died, warned, unraised, ended = lines(tmp_path)
    assert (library["event"], library["library"]) == ("a library complains", "asyncio")
    assert (died["event"], died["part"]) == ("a thread died", "metrics")
    assert str(died["exception"]).endswith("KeyError")
    assert (warned["event"], warned["library"]) == ("a library complains", "py.warnings")
    assert (unraised["event"], unraised["exception"]) == ("an error that nobody could be told of", "ZeroDivisionError")
    assert (ended["event"], ended["exception"]) == ("the kiosk ended by an error", "ValueError")
    assert "Aroha" not in (tmp_path / "log" / "kiosk.log").read_text(encoding="utf-8")
    assert capfd.readouterr() == ("", "")


def test_a_disk_that_takes_no_line_is_not_told_of_on_the_screen(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "log").mkdir()
    (tmp_path / "log" / "kiosk.log").symlink_to("/dev/full")
    log_for_kiosk(tmp_path, LogTo.FILE)
    structlog.get_logger("station").warning("something")
    assert capfd.readouterr() == ("", "")


def test_a_server_whose_stderr_is_the_journal_logs_to_it_with_fields(
    journal: Journal, capfd: pytest.CaptureFixture[str]
) -> None:
    status = Path(f"/proc/self/fd/{sys.stderr.fileno()}").stat()
    stream = {"JOURNAL_STREAM": f"{status.st_dev}:{status.st_ino}"}
    log_for_server(stream, journal.path)
    structlog.get_logger("web").info("a console was opened", address="192.0.2.7")
    assert journal.entry()["SEALGATE_ADDRESS"] == "192.0.2.7"
    log_for_server({"JOURNAL_STREAM": "1:2"}, journal.path)
    structlog.get_logger("web").info("a console was opened", driver="Aroha")
    assert capfd.readouterr().err == "level=info event=\"a console was opened\" withheld=['driver']\n"


def test_a_message_reads_as_a_sentence() -> None:
    assert message_of({"event": "not recorded", "kinds": ["alert", "logon"]}) == "not recorded: kinds=alert logon"
    assert message_of({"event": "here"}) == "here"


def test_a_file_holds_what_it_held_before(tmp_path: Path) -> None:
    logs.log_to_file(tmp_path / "log" / "kiosk.log")
    structlog.get_logger("station").bind(part="ledger").error("entry not recorded", kind="hold", fault="no room")
    (line,) = lines(tmp_path)
    del line["timestamp"]
    assert line == {
        "part": "ledger",
        "kind": "hold",
        "fault": "no room",
        "event": "entry not recorded",
        "level": "error",
    }
