"""The PIN at a running kiosk: checked beside its loop, right or wrong, and its digits nowhere."""

import threading
from pathlib import Path
from queue import Queue

import pytest
import structlog
from msgspec.structs import replace

from kiosk import pins
from kiosk.console import messages as msg
from kiosk.console import wishes
from kiosk.core import events as ev
from kiosk.core.effects import CheckPin
from kiosk.core.pins import Pin, PinAnswer, PinRule
from kiosk.demo.auto import print_happening
from kiosk.pins import PinStore
from kiosk.station.pin_check import PinCheck
from tests.core.samples import at, credential
from tests.station.rig import PATIENCE_S, SITE, Rig, running

ASKING = replace(SITE, plan=replace(SITE.plan, pin=PinRule.ALWAYS))
RIGHT, WRONG = Pin("740315"), Pin("88884444")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    PinStore(tmp_path, lambda: 2).set(credential(1), RIGHT)
    return tmp_path


def give(rig: Rig, pin: Pin, problem: str = "") -> None:
    rig.until(msg.EnterPin, lambda shown: not shown.waits and str(shown.problem or "") == problem)
    rig.ask(wishes.GivePin(pin))


def test_the_right_pin_is_welcomed_and_the_wrong_one_told_how_many_tries_are_left(data: Path) -> None:
    with running(data, site=ASKING) as rig:
        rig.until(msg.Attract)
        rig.tap(1)
        give(rig, WRONG)
        give(rig, RIGHT, "Wrong PIN. 2 tries left.")
        assert rig.until(msg.DriverKnown).driver_name == "Aroha Ngata"
    told = [(kind, body.get("tries"), body.get("pin")) for kind, body in rig.entries()]
    assert [each for each in told if each[0] in {"pin-asked", "pin-wrong", "visit-opened"}] == [
        ("pin-asked", None, None),
        ("pin-wrong", 1, None),
        ("visit-opened", None, "right"),
    ]


def test_a_lock_is_kept_over_a_restart_until_staff_unlock_it(data: Path) -> None:
    with running(data, site=ASKING) as rig:
        rig.until(msg.Attract)
        rig.tap(1)
        for problem in ("", "Wrong PIN. 2 tries left.", "Wrong PIN. 1 try left."):
            give(rig, WRONG, problem)
        assert rig.until(msg.Stopped).reason == "PIN_LOCKED"
    with running(data, site=ASKING) as rig:
        rig.until(msg.Attract)
        rig.tap(1)
        assert rig.until(msg.Stopped).reason == "PIN_LOCKED"


def test_a_card_without_a_pin_is_asked_and_then_refused_for_that(data: Path) -> None:
    with running(data, site=ASKING) as rig:
        rig.until(msg.Attract)
        rig.tap(2)
        give(rig, RIGHT)
        assert rig.until(msg.Stopped).reason == "PIN_NOT_SET"


def test_pins_that_cannot_be_read_open_nothing(data: Path) -> None:
    (data / "secrets" / "pins.json").chmod(0o644)
    with running(data, site=ASKING) as rig:
        rig.until(msg.Attract)
        rig.tap(1)
        give(rig, RIGHT)
        assert rig.until(msg.Stopped).reason == "PIN_NOT_CHECKED"


def test_the_stations_loop_goes_on_while_a_pin_is_checked(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checking, may_end, threads = threading.Event(), threading.Event(), list[str]()
    check = PinStore.check

    def slowly(store: PinStore, *asked: object) -> PinAnswer:
        threads.append(threading.current_thread().name)
        checking.set()
        assert may_end.wait(PATIENCE_S)
        return check(store, *asked)  # type: ignore[arg-type]

    monkeypatch.setattr(PinStore, "check", slowly)
    with running(data, site=ASKING) as rig:
        rig.until(msg.Attract)
        rig.tap(1)
        give(rig, RIGHT)
        assert checking.wait(PATIENCE_S)
        rig.devices.post(ev.TamperChanged(True, rig.clock()))
        rig.until_happened(ev.EntryCommitted)
        rig.until(msg.EnterPin, lambda shown: shown.waits)
        with rig._news:
            assert rig._news.wait_for(lambda: "incident" in rig.kinds(), PATIENCE_S)
        may_end.set()
        rig.until(msg.DriverKnown)
    assert threads == ["pins_0"]


def test_the_digits_are_in_no_file_no_log_no_message_and_no_happening(data: Path) -> None:
    with structlog.testing.capture_logs() as logs, running(data, site=ASKING) as rig:
        rig.until(msg.Attract)
        rig.tap(1)
        give(rig, WRONG)
        give(rig, RIGHT, "Wrong PIN. 2 tries left.")
        rig.until(msg.DriverKnown)
        rig.ask(wishes.GivePin(RIGHT))  # dropped: no PIN is asked now
        rig.ask(wishes.Cancel())
        rig.until(msg.Stopped)
    said = repr((logs, rig.happened, rig.shown, rig.health))
    files = b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file())
    assert "event dropped" in said
    for pin in (RIGHT, WRONG):
        assert pin.digits not in said
        assert pin.digits.encode() not in files


def test_an_error_of_ours_while_checking_tells_neither_digits_nor_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: PinStore, __: object, pin: Pin) -> PinAnswer:
        raise RuntimeError(f"with {pin.digits}")

    monkeypatch.setattr(pins.PinStore, "check", broken)
    answers = Queue[ev.Event]()
    with structlog.testing.capture_logs() as logs:
        checking = PinCheck(tmp_path, at, answers.put)
        checking.check(CheckPin(7, credential(1), RIGHT))
        assert answers.get(timeout=PATIENCE_S) == ev.PinChecked(7, PinAnswer.FAILED, at())
        checking.close()
    assert logs
    assert RIGHT.digits not in repr(logs)


def test_a_kiosk_that_is_stopped_while_a_pin_is_asked_records_it(data: Path) -> None:
    with running(data, site=ASKING) as rig:
        rig.until(msg.Attract)
        rig.tap(1)
        rig.until(msg.EnterPin, lambda shown: not shown.waits)
    ends = [body["reason"] for kind, body in rig.entries() if kind == "interrupted"]
    assert ends == ["KIOSK_STOPPED"]


def test_nothing_of_the_hash_is_loaded_while_no_pin_is_asked(tmp_path: Path) -> None:
    with running(tmp_path) as rig:
        rig.until(msg.Attract)
        rig.tap(1)
        rig.until(msg.DriverKnown)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("pins")]
    assert not (tmp_path / "secrets").exists()


def test_the_demo_prints_no_digits(capsys: pytest.CaptureFixture[str]) -> None:
    print_happening(ev.PinKeyed(RIGHT, at()))
    print_happening(CheckPin(7, credential(1), RIGHT))
    said = capsys.readouterr().out
    assert "PinKeyed pin=Pin(hidden)" in said
    assert "CheckPin" in said
    assert RIGHT.digits not in said
