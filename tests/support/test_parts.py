"""The parts of a bundle: what each takes, and what is said of what cannot be had."""

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from kiosk.demo.yard import SAMPLE_SITE
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.segments import list_segments
from kiosk.ledger.stamp import Clock, Stamp
from kiosk.monitoring.http import MetricsServer
from kiosk.monitoring.looks import Reading
from kiosk.monitoring.publishing import registry_of
from kiosk.site import MetricsHttp, MetricsSettings, read_site
from kiosk.support import journal_lines, machine, part
from kiosk.support.about import FilesPart, SettingsPart, shown_of
from kiosk.support.bundle import Leak, make_bundle
from kiosk.support.journal_lines import newest_lines
from kiosk.support.known import Known, known_by
from kiosk.support.ledger_part import LedgerPart
from kiosk.support.machine import DevicesPart, MachinePart
from kiosk.support.part import Asked, Member, NotHad, printed_by
from kiosk.support.said import FiguresPart, LogPart, StacksPart
from kiosk.support.services import JournalPart, entries_in, line_of
from kiosk.support.withheld import MASK, Names, Secrets
from tests.ordinary import give, ordinary_user, own_folder
from tests.tools import require_tool

SITE = read_site(SAMPLE_SITE / "site.toml")
STAMP = Stamp(datetime(2026, 11, 18, tzinfo=UTC), Clock("synchronised", "boot-1", 1000))
KNOWN = Known(Names(["Aroha Ngata"]), Secrets([b"tuatara over the fence"]))


@pytest.fixture
def asked(tmp_path: Path) -> Asked:
    return Asked(tmp_path, SAMPLE_SITE / "site.toml", SITE, KNOWN, datetime(2026, 11, 18, tzinfo=UTC), 1_000_000)


def gathered(of: part.Part, asked: Asked) -> dict[str, Any]:
    """The files of a part: JSON as values, JSON lines as lists of them."""
    files = {member.name: member.data for member in of.gather(asked)}
    return {
        name: [json.loads(line) for line in data.splitlines()] if name.endswith(".jsonl") else json.loads(data)
        for name, data in files.items()
    }


# --- settings and files -------------------------------------------------------------------------------------


def test_of_a_setting_that_nobody_knows_the_key_is_told_and_the_text_stays() -> None:
    said = {"mail": {"passwrod": "tuatara", "port": 25}, "gate": {"wiring": {"barrier": {"bcm": 27, "active": "low"}}}}
    assert shown_of(said) == {
        "mail": {"passwrod": "(withheld)", "port": 25},
        "gate": {"wiring": {"barrier": {"bcm": 27, "active": "low"}}},
    }


def test_a_site_toml_that_is_none_is_not_had_and_not_quoted(asked: Asked, tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text('contact = "Joan 06 555 0142\n')
    with pytest.raises(NotHad, match="is no TOML") as why:
        gathered(SettingsPart(), replace(asked, config=tmp_path / "site.toml"))
    assert "Joan" not in str(why.value)


def test_files_are_listed_with_names_that_this_program_gives_and_others_by_their_ending(asked: Asked) -> None:
    (asked.data / "documents").mkdir()
    (asked.data / "documents" / "Aroha's licence.jpeg").write_bytes(b"12345")
    (asked.data / "documents" / "Emma.jpg").write_bytes(b"1")
    (asked.data / "log").mkdir()
    (asked.data / "log" / "kiosk.log").write_bytes(b"1")
    (asked.data / "log" / "kiosk.log").chmod(0o640)
    (asked.data / "loop").symlink_to(asked.data)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(asked.data / "desk.sock"))
    listener.close()
    rows = {row["name"]: row for row in gathered(FilesPart(), asked)["files.json"]["files"]}
    shown = {"documents", "documents/(withheld).jpeg", "documents/(withheld).jpg", "log", "log/kiosk.log"}
    assert set(rows) == {*shown, "loop", "desk.sock"}
    assert (rows["documents/(withheld).jpeg"]["bytes"], rows["log/kiosk.log"]["mode"]) == (5, "-rw-r-----")


# --- the ledger ---------------------------------------------------------------------------------------------


@pytest.fixture
def ledger(asked: Asked) -> Path:
    folder = asked.data / "ledger"
    with Ledger.open(folder, lambda: STAMP) as opened:
        for name in ("Aroha Ngata", "Emma Porteous"):
            opened.append("visitor-signed-in", STAMP, {"name": name, "company": "Coastal Chillers", "host": "V7/1"})
        opened.append("hold", STAMP, {"reason": "SEAL_MISMATCH"})
    return folder


def test_the_ledger_is_told_in_counts_by_day_and_kind(asked: Asked, ledger: Path) -> None:
    told = gathered(LedgerPart(), asked)["ledger.json"]
    assert told["by_day"] == {"2026-11-18": {"genesis": 1, "hold": 1, "visitor-signed-in": 2}}
    assert told["opened"] == {"entries": 4, "damage": [], "torn": False, "held": False}
    assert (told["unread"], told["clock"], told["last_backup"]) == ([], {"synchronised": 4}, None)


def test_a_damaged_ledger_is_told_as_far_as_it_goes(asked: Asked, ledger: Path) -> None:
    (journal,) = (ledger / "journal").iterdir()
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join([lines[0], b"\xff rubbish\n", b"[1]\n", *lines[2:]]))
    (ledger / "journal" / "000000004097.jsonl.zst").write_bytes(b"no archive")
    told = gathered(LedgerPart(), asked)["ledger.json"]
    assert told["by_day"]["2026-11-18"] == {"genesis": 1, "hold": 1, "visitor-signed-in": 1}
    assert told["unread"] == ["journal/000000004097.jsonl.zst: EntryMalformed", "2 lines that are no entries"]
    assert told["opened"].get("damage") or told["opened"].get("unread")


def test_names_are_known_from_records_that_the_kiosk_refuses_and_from_a_damaged_ledger(
    asked: Asked, ledger: Path
) -> None:
    records = asked.data / "records" / "approved-lists"
    records.mkdir(parents=True)
    (records / "v1.csv").write_text(
        "version,operator_id,operator_name\nv1,HHH,Hāwera Heavy Haulage\n", encoding="utf-8"
    )
    (records.parent / "drivers.csv").write_bytes(b"driver_id,name,operator_id\nD1,Tom Wilkins\0,HHH\nD2\nD3,\xff,HHH\n")
    (journal,) = (ledger / "journal").iterdir()
    journal.write_bytes(journal.read_bytes().replace(b"Aroha Ngata", b"Aroha N\xffata"))
    names = known_by(asked.data, SITE, {}).names
    for name in ("Tom Wilkins", "Hāwera Heavy Haulage", "Emma Porteous", "Coastal Chillers", "Tui Valley Packhouse"):
        assert names.holds(f"it was {name}!"), name
    assert not names.holds("V7/1")


def test_no_more_lines_are_read_than_are_wanted_and_the_newest_come_first(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = asked.data / "ledger" / "journal"
    folder.mkdir(parents=True)
    for first in (1, 3, 5):
        (folder / f"{first:012d}.jsonl").write_text(f"{first}\n{first + 1}\n")
    assert list(newest_lines(asked.data / "ledger", most=3)) == [b"5\n", b"6\n", b"3\n", b"4\n"]
    assert list(newest_lines(asked.data / "nowhere")) == []
    gone = folder / "000000000005.jsonl"
    monkeypatch.setattr(journal_lines, "list_segments", _then_archive(list_segments, gone))
    unread = list[str]()
    assert b"3\n" in list(newest_lines(asked.data / "ledger", unread))
    assert unread == ["journal/000000000005.jsonl: EntryMalformed"]


def _then_archive(listed: Any, path: Path) -> Any:
    def and_then(folder: Path) -> Any:
        segments = listed(folder)
        path.rename(path.with_name(f"{path.name}.zst"))
        return segments

    return and_then


# --- the machine --------------------------------------------------------------------------------------------


def test_the_machine_is_told_without_its_name(asked: Asked) -> None:
    told = gathered(MachinePart(), asked)["machine.json"]
    assert told["kernel"].startswith("Linux ")
    assert set(told["memory"]) >= {"MemTotal", "MemAvailable"}
    assert told["disks"][0]["path"] == str(asked.data)
    assert told["disks"][0]["bytes"] > told["disks"][0]["available"] > 0
    assert told["disks"][0]["mounted"].count(" ") == 1
    assert socket.gethostname() not in json.dumps(told) or len(socket.gethostname()) < 4


def test_devices_are_told_as_sysfs_has_them(asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usb = tmp_path / "sys" / "bus" / "usb" / "devices"
    for name, files in (
        ("1-1", {"idVendor": "05e0\n", "idProduct": "1701\n", "product": "Scanner\n", "serial": "S1\n"}),
        ("1-1:1.0", {"bInterfaceClass": "02\n"}),
    ):
        (usb / name).mkdir(parents=True)
        for file, text in files.items():
            (usb / name / file).write_text(text)
    (tmp_path / "drivers" / "cdc_acm").mkdir(parents=True)
    port = tmp_path / "sys" / "class" / "tty" / "ttyACM0" / "device"
    port.mkdir(parents=True)
    (port / "driver").symlink_to(tmp_path / "drivers" / "cdc_acm")
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / "sealgate-scanner").symlink_to("ttyACM0")
    monkeypatch.setattr(machine, "SYS", tmp_path / "sys")
    monkeypatch.setattr(machine, "DEV", tmp_path / "dev")
    assert gathered(DevicesPart(), asked)["devices.json"] == {
        "usb": [{"at": "1-1", "idVendor": "05e0", "idProduct": "1701", "product": "Scanner", "serial": "S1"}],
        "serial": [{"port": "ttyACM0", "driver": "cdc_acm"}],
        "named": {"sealgate-scanner": "ttyACM0"},
    }


# --- systemd ------------------------------------------------------------------------------------------------


def test_lines_of_the_journal_keep_the_fields_that_are_allowed_and_no_name(asked: Asked) -> None:
    bytes_of_no_text = list(b"got 'Aroha'\x00")
    printed = (
        json.dumps({
            "__REALTIME_TIMESTAMP": "1795219200000000", "MESSAGE": "Aroha Ngata: got 'Emma'", "PRIORITY": "3",
            "_HOSTNAME": "gate-aroha", "_CMDLINE": "sealgate staff add --name Aroha", "SEALGATE_DEVICE": "seal scanner",
        })
        + "\nno JSON\n[]\n"
        + json.dumps({"__REALTIME_TIMESTAMP": "soon", "MESSAGE": bytes_of_no_text, "_BOOT_ID": None})
    )  # fmt: skip
    first, second = (line_of(asked, entry) for entry in entries_in(printed.encode()))
    assert first == {
        "at": "2026-11-21T00:00:00.000+00:00",
        "MESSAGE": f"{MASK}: got '...'",
        "PRIORITY": "3",
        "SEALGATE_DEVICE": "seal scanner",
    }
    assert second == {"at": "", "MESSAGE": "got '...' ", "_BOOT_ID": ""}


def test_a_program_that_is_missing_fails_or_hangs_is_said_and_waited_for_no_longer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(part, "PROGRAM_S", 0.2)
    for words, why in (
        (("no-such-program",), "there is no program no-such-program on this machine"),
        (("sh", "-c", "echo \"no 'Aroha'\" >&2; exit 4"), "sh ended with 4: no '...'"),
        (("sh", "-c", "exit 4"), "sh ended with 4: it said nothing"),
        (("sleep", "60"), "sleep took longer than 0.2 s"),
    ):
        with pytest.raises(NotHad) as not_had:
            printed_by(words)
        assert str(not_had.value) == why
    assert printed_by(("echo", "here")) == b"here\n"


@pytest.mark.long
def test_a_real_journal_is_read(asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """systemd-journal-remote makes a journal of what is given to it; journalctl reads it as it reads the machine's."""
    remote = require_tool("/lib/systemd/systemd-journal-remote", package="systemd-journal-remote")
    now = int(datetime.now(UTC).timestamp() * 1_000_000)
    entry = (
        f"__REALTIME_TIMESTAMP={now}\n__MONOTONIC_TIMESTAMP=1000000\n_BOOT_ID={'0' * 31}1\nPRIORITY=4\n"
        "_SYSTEMD_UNIT=sealgate-kiosk.service\nMESSAGE=device lost: got='Aroha'\nSEALGATE_DEVICE=seal scanner\n\n"
    )
    made = tmp_path / "made.journal"
    subprocess.run([remote, f"--output={made}", "-"], input=entry.encode(), check=True, timeout=30, capture_output=True)
    (tmp_path / "bin").mkdir()
    real = shutil.which("journalctl")
    (tmp_path / "bin" / "journalctl").write_text(f'#!/bin/sh\nexec {real} --file={made} "$@"\n')
    (tmp_path / "bin" / "journalctl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    (line,) = gathered(JournalPart(), asked)["journal.jsonl"]
    assert (line["MESSAGE"], line["SEALGATE_DEVICE"]) == ("device lost: got='...'", "seal scanner")


# --- log and figures ----------------------------------------------------------------------------------------


def test_of_a_long_log_the_newest_lines_are_taken_over_its_files(asked: Asked) -> None:
    folder = asked.data / "log"
    folder.mkdir()
    for name, first in (("kiosk.log.1", 0), ("kiosk.log", 500)):
        (folder / name).write_text("".join(f'{{"event": "line {number}"}}\n' for number in range(first, first + 500)))
    few = gathered(LogPart(), replace(asked, log_bytes=12_000))["log.jsonl"]
    events = [line["event"] for line in few]
    assert events[-1] == "line 999"
    assert events == [f"line {number}" for number in range(1000 - len(events), 1000)]
    assert 500 < len(events) < 800
    assert gathered(LogPart(), replace(asked, log_bytes=0))["log.jsonl"] == []


def test_of_the_stacks_that_the_watchdog_left_the_calls_are_taken(asked: Asked) -> None:
    with pytest.raises(FileNotFoundError):
        list(StacksPart().gather(asked))
    (asked.data / "log").mkdir()
    stacks = asked.data / "log" / "stacks.txt"
    stacks.write_text("")
    with pytest.raises(NotHad, match="never ended so"):
        list(StacksPart().gather(asked))
    calls = 'Fatal Python error: Aborted\n\nCurrent thread 0x00007f (most recent call first):\n  File "/x.py", line 7\n'
    stacks.write_text(f"{calls}Aroha Ngata was here\n")
    (member,) = StacksPart().gather(asked)
    assert member.data.decode() == calls


@pytest.fixture
def server() -> Iterator[MetricsServer]:
    made = MetricsServer("127.0.0.1", 0, registry_of(lambda: [Reading("in_service", 1)], {}))
    yield made
    made.close()


def test_figures_are_taken_from_the_file_or_from_the_kiosk_that_serves_them(
    asked: Asked, tmp_path: Path, server: MetricsServer
) -> None:
    (tmp_path / "k.prom").write_text(
        '# HELP other x\nother{name="Aroha Ngata"} 1\nsealgate_device_up{device="Aroha"} 1\n'
    )
    by_file = replace(asked, site=replace(SITE, metrics=MetricsSettings(tmp_path / "k.prom")))
    (member,) = FiguresPart().gather(by_file)
    assert member.data == f'sealgate_device_up{{device="{MASK}"}} 1\n'.encode()
    served = MetricsSettings(http=MetricsHttp(port=server.port))
    (member,) = FiguresPart().gather(replace(asked, site=replace(SITE, metrics=served)))
    assert b"sealgate_in_service 1.0" in member.data
    with pytest.raises(NotHad, match="asks for none"):
        list(FiguresPart().gather(asked))


# --- the bundle ---------------------------------------------------------------------------------------------


class Made:
    """A part that gives what a test wants."""

    def __init__(self, data: bytes = b"", fault: Exception | None = None, free_text: bool = False) -> None:
        self.of, self.free_text, self._data, self._fault = "made", free_text, data, fault

    def gather(self, _asked: Asked) -> Iterator[Member]:
        if self._fault is not None:
            raise self._fault
        yield Member("made.txt", self._data)


@pytest.mark.parametrize(
    ("data", "what"), [(b"by aroha ngata", "a name"), (b"dHVhdGFyYSBvdmVyIHRoZSBmZW5jZQ==", "a secret")]
)
def test_a_name_or_secret_that_got_in_is_found_and_told_without_saying_it(asked: Asked, data: bytes, what: str) -> None:
    with pytest.raises(Leak) as leak:
        make_bundle(asked, [Made(data)])
    assert str(leak.value) == (
        f"expected a bundle without names and secrets, got {what} of this kiosk's in made.txt; nothing was written; "
        "make it without that, --without made, and tell Sealgate's makers"
    )


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (NotHad("there is none"), "there is none"),
        (PermissionError(13, "Permission denied", "/var/lib/x1"), "[Errno 13] Permission denied: '/var/lib/x1'"),
        (KeyError("Aroha Ngata"), "KeyError"),
    ],
)
def test_a_part_that_fails_is_told_and_the_others_are_had(asked: Asked, fault: Exception, why: str) -> None:
    bundle = make_bundle(asked, [Made(fault=fault), Made(b"good")])
    assert bundle.not_had == (("made", why),)
    assert bundle.had == ("contents.json", "made.txt")


def test_sentences_are_left_out_where_the_names_in_the_records_cannot_be_known(asked: Asked) -> None:
    blind = replace(asked, known=replace(KNOWN, unread_records=("records: Permission denied",)))
    bundle = make_bundle(blind, [Made(b"a sentence", free_text=True), Made(b"a number")])
    assert bundle.not_had == (("made", "names could not be taken out of it: records: Permission denied"),)
    assert bundle.had == ("contents.json", "made.txt")


def test_who_may_not_read_the_kiosks_folder_is_told_and_gets_what_there_is() -> None:
    with own_folder() as folder:
        data = folder / "data"
        (data / "records").mkdir(parents=True)
        (data / "records" / "drivers.csv").write_text("driver_id,name\nD1,Aroha Ngata\n")
        (data / "secrets").mkdir()
        give(folder)
        for closed in (data / "records", data / "secrets"):
            closed.chmod(0)
        with ordinary_user():
            known = known_by(data, None, {})
        for closed in (data / "records", data / "secrets"):
            closed.chmod(0o700)
    assert [each.rpartition(": ")[2] for each in known.unread_records] == ["Permission denied"]
    assert [each.rpartition(": ")[2] for each in known.unread] == ["Permission denied"]
