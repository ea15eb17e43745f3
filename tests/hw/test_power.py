"""What a Raspberry Pi says of its power: the documented bits, the kernel's sensor, and machines that have neither."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hw.errors import DeviceFault
from hw.power import Throttled, ask_firmware, under_voltage

BITS = {
    0: "under_voltage",
    1: "capped",
    2: "throttled",
    3: "soft_limit",
    16: "was_under_voltage",
    17: "was_capped",
    18: "was_throttled",
    19: "was_at_soft_limit",
}
"""Raspberry Pi documentation, vcgencmd: get_throttled."""


def sensor(hwmon: Path, name: str, alarm: str | None, number: int = 0) -> Path:
    folder = hwmon / f"hwmon{number}"
    folder.mkdir(parents=True)
    (folder / "name").write_text(f"{name}\n", encoding="ascii")
    if alarm is not None:
        (folder / "in0_lcrit_alarm").write_text(alarm, encoding="ascii")
    return folder


def tool(folder: Path, script: str) -> str:
    path = folder / "vcgencmd"
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="ascii")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    ("said", "set_"),
    [
        ("throttled=0x0\n", set()),
        ("throttled=0x50000\n", {"was_under_voltage", "was_throttled"}),
        ("throttled=0x50005\n", {"under_voltage", "throttled", "was_under_voltage", "was_throttled"}),
        ("throttled=0x80008", {"soft_limit", "was_at_soft_limit"}),
        ("throttled=0xe0006", {"capped", "throttled", "was_capped", "was_throttled", "was_at_soft_limit"}),
        ("throttled=0xf000f", set(BITS.values())),
        ("50005", {"under_voltage", "throttled", "was_under_voltage", "was_throttled"}),
    ],
)
def test_what_the_firmware_says_is_read_as_it_is_documented(said: str, set_: set[str]) -> None:
    read = Throttled.read(said)
    assert {name for name in BITS.values() if getattr(read, name)} == set_


@given(st.integers(0, 0xFFFFFFFF))
def test_each_bit_means_one_thing_and_bits_without_a_meaning_none(bits: int) -> None:
    read = Throttled.read(f"throttled={bits:#x}")
    assert all(getattr(read, name) is bool(bits >> place & 1) for place, name in BITS.items())


@pytest.mark.parametrize(
    "said", ["", "throttled=", "throttled=0x", 'error=1 error_msg="Command not registered"', "0xg", "-1", "1" * 9]
)
def test_what_is_no_such_answer_is_refused_with_what_came(said: str) -> None:
    with pytest.raises(DeviceFault) as caught:
        Throttled.read(said)
    assert caught.value.got == (said or "nothing")


@pytest.mark.parametrize(("alarm", "low"), [("0\n", False), ("1\n", True)])
def test_the_kernels_voltage_sensor_says_whether_the_supply_is_too_low(tmp_path: Path, alarm: str, low: bool) -> None:
    sensor(tmp_path, "cpu_thermal", None)
    sensor(tmp_path, "rpi_volt", alarm, number=1)
    assert under_voltage(tmp_path) is low


def test_a_machine_without_the_sensor_is_not_measured(tmp_path: Path) -> None:
    assert under_voltage(tmp_path / "none") is None
    sensor(tmp_path, "coretemp", "1\n")  # another sensor's alarm is not the supply's
    assert under_voltage(tmp_path) is None


def test_a_sensor_that_is_taken_away_is_not_measured(tmp_path: Path) -> None:
    sensor(tmp_path, "rpi_volt", None)
    assert under_voltage(tmp_path) is None


@pytest.mark.parametrize("alarm", ["", "2\n", "yes"])
def test_a_sensor_that_says_something_else_is_a_fault_and_no_value(tmp_path: Path, alarm: str) -> None:
    sensor(tmp_path, "rpi_volt", alarm)
    with pytest.raises(DeviceFault, match="0 or 1"):
        under_voltage(tmp_path)


def test_the_firmware_is_asked_where_it_may_be(tmp_path: Path) -> None:
    asked = tool(tmp_path, 'test "$*" = get_throttled && echo throttled=0x50000')
    vcio = tmp_path / "vcio"
    assert ask_firmware(vcio, asked) is None, "there is no way to the firmware"
    vcio.touch()
    assert ask_firmware(vcio, str(tmp_path / "none")) is None, "there is no tool"
    assert ask_firmware(vcio, asked) == Throttled(was_under_voltage=True, was_throttled=True)


@pytest.mark.parametrize(
    ("script", "got"),
    [
        ("echo VCHI initialization failed; exit 255", "exit code 255: VCHI initialization failed"),
        ("echo 'error=1 error_msg=\"Command not registered\"'", 'error=1 error_msg="Command not registered"'),
        ("true", "nothing"),
    ],
)
def test_a_firmware_that_gives_no_answer_is_a_fault_with_what_it_said(tmp_path: Path, script: str, got: str) -> None:
    vcio = tmp_path / "vcio"
    vcio.touch()
    with pytest.raises(DeviceFault) as caught:
        ask_firmware(vcio, tool(tmp_path, script))
    assert caught.value.got == got


def test_a_firmware_that_does_not_answer_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hw.power.ASK_S", 0.05)
    vcio = tmp_path / "vcio"
    vcio.touch()
    with pytest.raises(DeviceFault, match="within"):
        ask_firmware(vcio, tool(tmp_path, "exec sleep 60"))
