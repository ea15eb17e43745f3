"""The desk: what a command has a running kiosk write, over the real socket."""

import socket
import stat
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from kiosk.console import desk as asking
from kiosk.console import messages as msg
from kiosk.console.desk import KINDS, SOCKET, Answer, NoKiosk, NotRecorded, address_in, ask_to_record
from kiosk.core.card_steps import CARD_KINDS
from kiosk.core.duty import DUTY_KINDS
from kiosk.core.effects import EntryKind
from kiosk.core.events import StaffRecorded
from kiosk.station import desk as serving
from tests.station.rig import Rig, running

LOST: dict[str, Any] = {
    "seal_number": "NZ100001",
    "unit": None,
    "what": "lost",
    "note": "Māori wardens found the box open",
    "staff": "S01",
    "staff_name": "Hana Whaanga",
    "clause": "8.12",
}


OVERRIDE: dict[str, Any] = {"version": "2025-1", "staff": "S01", "reason": "the new one is late", "lasts_s": 3600}


ON: dict[str, Any] = {"staff": "S01", "name": "Hana Whaanga", "how": "console"}


@pytest.fixture
def kiosk(tmp_path: Path) -> Iterator[Rig]:
    with running(tmp_path) as rig:
        rig.until(msg.Attract)
        yield rig


def answered(folder: Path, said: bytes) -> Answer:
    with socket.socket(socket.AF_UNIX) as line, address_in(folder) as address:
        line.connect(address)
        line.sendall(said)
        line.shutdown(socket.SHUT_WR)
        return msgspec.json.decode(b"".join(iter(lambda: line.recv(4096), b"")), type=Answer)


def test_an_entry_that_a_command_asks_for_is_in_the_ledger_when_it_is_answered(kiosk: Rig) -> None:
    answer = ask_to_record(kiosk.data, "seal-incident", LOST)
    entries = kiosk.entries()
    assert entries[answer.seq - 1] == ("seal-incident", LOST)
    assert len(answer.digest) == 64


def test_the_gate_serves_on_while_commands_are_answered_and_each_gets_its_own_number(kiosk: Rig) -> None:
    answers: list[int] = []

    def ask(number: int) -> None:
        body = LOST | {"note": str(number)}
        answers.extend(ask_to_record(kiosk.data, "seal-incident", body).seq for _ in range(5))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    kiosk.to_signing()
    kiosk.tap(1)
    kiosk.until(msg.BarrierOpen)
    for thread in threads:
        thread.join(10)
    assert len(set(answers)) == len(answers) == 20
    kinds = kiosk.kinds()
    assert [kinds[seq - 1] for seq in answers] == ["seal-incident"] * 20
    assert kinds.count("uplift") == 1


GATE_ONLY = [kind.value for kind in EntryKind if kind not in {EntryKind.LIST_OVERRIDE, *CARD_KINDS, *DUTY_KINDS}]


@pytest.mark.parametrize("kind", [*GATE_ONLY, "kiosk-started", "genesis", "made-up"])
def test_what_the_gate_or_the_ledger_records_itself_is_refused_and_changes_nothing(kiosk: Rig, kind: str) -> None:
    before = kiosk.kinds()
    with pytest.raises(NotRecorded, match="a kind that staff record"):
        ask_to_record(kiosk.data, kind, {})
    assert kiosk.kinds() == before
    assert kind not in KINDS


def test_a_body_that_can_be_no_entry_is_refused_in_the_ledgers_own_words(kiosk: Rig) -> None:
    with pytest.raises(NotRecorded, match=r"expected .+, got .+; "):
        ask_to_record(kiosk.data, "list-override", OVERRIDE | {"lasts_s": 1 << 60})
    assert "list-override" not in kiosk.kinds()


@pytest.mark.parametrize(
    ("kind", "body", "fault"),
    [
        ("seal-incident", {}, "missing required field `staff`"),
        ("seal-incident", LOST | {"seal_number": ["NZ1"]}, r"Expected `str`, got `array` - at `\$.seal_number`"),
        ("seal-incident", LOST | {"what": "mislaid"}, "Invalid enum value 'mislaid'"),
        ("seal-incident", LOST | {"colour": "red"}, "Unknown key 'colour'"),
        ("seals-received", LOST, "missing required field"),
        ("exported", {"format": "csv"}, "missing required field"),
        ("register-alert", {"what": 1}, "Expected `str`, got `int`"),
        ("staff-signed-on", {}, "missing required field `staff`"),
        ("staff-signed-on", ON | {"how": "shouted"}, "Invalid enum value 'shouted'"),
        ("staff-signed-on", ON | {"why": ""}, "Unknown key 'why'"),
        ("staff-signed-off", ON, "missing required field `why`"),
        ("staff-signed-off", ON | {"why": "x" * 201}, "Expected `str` of length <= 200"),
    ],
)
def test_a_body_that_no_step_makes_is_refused_with_what_is_wrong_and_nothing_is_written(
    kiosk: Rig, kind: str, body: dict[str, Any], fault: str
) -> None:
    before = kiosk.kinds()
    with pytest.raises(NotRecorded, match=f"expected what a step records as {kind}, got another body .*{fault}"):
        ask_to_record(kiosk.data, kind, body)
    assert kiosk.kinds() == before


@pytest.mark.parametrize("body", [{}, {"version": 1, "staff": "S1", "reason": "x", "lasts_s": 5}, {"version": None}])
def test_an_override_that_the_gate_could_not_read_is_refused(kiosk: Rig, body: dict[str, Any]) -> None:
    with pytest.raises(NotRecorded, match="a body of list-override that the gate can read"):
        ask_to_record(kiosk.data, "list-override", body)
    assert "list-override" not in kiosk.kinds()


@pytest.mark.parametrize("kind", sorted(kind.value for kind in CARD_KINDS))
@pytest.mark.parametrize("body", [{}, {"credential": 4}, {"credential": "rubbish"}, {"credential": "TYPE_4:04zz"}])
def test_a_step_of_a_card_that_the_gate_could_not_read_is_refused(kiosk: Rig, kind: str, body: dict[str, Any]) -> None:
    with pytest.raises(NotRecorded, match=f"a body of {kind} that the gate can read"):
        ask_to_record(kiosk.data, kind, body)
    assert kind not in kiosk.kinds()


def test_staff_who_sign_on_and_off_are_known_to_the_lane_once_the_ledger_holds_it(kiosk: Rig) -> None:
    ask_to_record(kiosk.data, "staff-signed-on", ON)
    kiosk.until_happened(StaffRecorded)
    assert [each.staff_id for each in kiosk.station._lane.situation.roster.duty.on_duty(kiosk.clock(), 14)] == ["S01"]
    assert ask_to_record(kiosk.data, "staff-signed-off", ON | {"why": "end of the attended hours"}).seq


@pytest.mark.parametrize("said", [b"", b"\n", b"{}\n", b'{"kind":"seal-incident"}\n', b"\xff\xfe\n", b"{" * 100_000])
def test_whatever_is_said_to_it_is_answered_with_what_was_expected(kiosk: Rig, said: bytes) -> None:
    answer = answered(kiosk.data, said)
    assert answer.seq == 0
    assert answer.expected == "a kind and a body, as one line of JSON"
    assert ask_to_record(kiosk.data, "seal-incident", LOST).seq


def test_a_question_without_end_is_cut_off_and_the_next_is_answered(
    kiosk: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "PATIENCE_S", 0.05)
    with socket.socket(socket.AF_UNIX) as line, address_in(kiosk.data) as address:
        line.connect(address)
        line.sendall(b'{"kind":')
        line.settimeout(10)
        assert line.recv(10) == b""
    monkeypatch.undo()
    assert ask_to_record(kiosk.data, "seal-incident", LOST).seq


def test_only_the_kiosks_own_user_and_root_are_heard(kiosk: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    assert stat.S_IMODE((kiosk.data / SOCKET).stat().st_mode) == 0o600
    monkeypatch.setattr(serving, "_is_ours", lambda _: False)
    with pytest.raises(NotRecorded, match="the kiosk's own user, or root"):
        ask_to_record(kiosk.data, "seal-incident", LOST)


def test_without_a_kiosk_there_is_nobody_to_ask_also_where_a_killed_one_left_its_socket(tmp_path: Path) -> None:
    with pytest.raises(NoKiosk):
        ask_to_record(tmp_path, "seal-incident", LOST)
    with socket.socket(socket.AF_UNIX) as left, address_in(tmp_path) as address:
        left.bind(address)
    with pytest.raises(NoKiosk):
        ask_to_record(tmp_path, "seal-incident", LOST)
    with running(tmp_path) as rig:
        rig.until(msg.Attract)
        assert ask_to_record(tmp_path, "seal-incident", LOST).seq
    assert not (tmp_path / SOCKET).exists()


def test_a_kiosk_that_ends_before_it_answers_leaves_it_to_the_asker_to_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "PATIENCE_S", 0.2)
    with socket.socket(socket.AF_UNIX) as listener, address_in(tmp_path) as address:
        listener.bind(address)
        listener.listen()
        with pytest.raises(NotRecorded, match="sealgate ledger show"):
            ask_to_record(tmp_path, "seal-incident", LOST)


def test_a_data_folder_with_a_long_path_has_a_desk_too(tmp_path: Path) -> None:
    deep = tmp_path / ("folder" * 20)
    deep.mkdir()
    with running(deep) as rig:
        rig.until(msg.Attract)
        assert ask_to_record(deep, "seal-incident", LOST).seq


def test_a_folder_that_takes_no_socket_does_not_keep_the_gate_closed(tmp_path: Path) -> None:
    (tmp_path / SOCKET).mkdir()
    with running(tmp_path) as rig:
        rig.until(msg.Attract)
        with pytest.raises((NoKiosk, OSError)):
            ask_to_record(tmp_path, "seal-incident", LOST)


def test_a_kiosk_that_is_stopped_as_it_opens_its_desk_leaves_no_socket_behind(tmp_path: Path) -> None:
    for _ in range(20):
        with running(tmp_path) as rig:
            rig.until_health(lambda health: health.parts[3].condition is msg.Condition.WORKING)
        assert not (tmp_path / SOCKET).exists()
