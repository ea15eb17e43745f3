"""What `sealgate doctor` says of clocks, power, disk and network of the machine."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from hw.clock import KernelClock
from hw.power import Throttled
from kiosk.demo.yard import SAMPLE_SITE
from kiosk.doctor import clock, power
from kiosk.doctor.check import Check, Kiosk, State, Verdict
from kiosk.doctor.clock import ClockCheck
from kiosk.doctor.disk import DiskCheck
from kiosk.doctor.network import NetworkCheck
from kiosk.doctor.power import PowerCheck
from kiosk.site import WebSettings, read_site
from tests.doctor.machines import Bench

NOW = datetime(2026, 5, 4, 21, 0, tzinfo=UTC)
ANY, LOOPBACK = "00000000", "0100007F"
ANY6, LOOPBACK6 = "0" * 32, "00000000000000000000000001000000"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "root", NOW, tmp_path)


def found(bench: Bench, check: Check, user: int = 0, web: WebSettings | None = None) -> dict[str, Verdict]:
    site = replace(read_site(SAMPLE_SITE / "site.toml"), web=web or WebSettings())
    kiosk = Kiosk(bench.root.parent, Path("site.toml"), site, NOW, bench.machine(user))
    return {verdict.of: verdict for verdict in check.look(kiosk)}


# --- clocks ---------------------------------------------------------------------------------------


def test_clocks_that_are_as_they_should_be_are_told_in_a_line_each(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "_release", lambda: ("2025b", 2025))
    assert [str(verdict) for verdict in found(bench, ClockCheck()).values()] == [
        "ok     clock: a time source disciplines it; it is off by 0.012 s at most",
        "ok     battery clock: rtc0 (rtc-ds1307 1-0068) agrees with the machine; its battery is not measured",
        "ok     time zone: Pacific/Auckland: it is 2026-05-05 09:00, UTC+1200; its data is of 2025b",
    ]


def test_a_clock_that_nothing_disciplines_says_what_vouches_for_it_and_that_its_drift_is_unknown(bench: Bench) -> None:
    bench.clock = KernelClock(synchronised=False, worst_error_s=16.0)
    verdict = found(bench, ClockCheck())["clock"]
    assert (verdict.state, "set since the machine started" in verdict.finding) == (State.NOTE, True)
    (bench.root / "run/systemd/timesync/synchronized").unlink()
    verdict = found(bench, ClockCheck())["clock"]
    assert (verdict.state, "the battery clock set it" in verdict.finding) == (State.NOTE, True)


def test_a_clock_that_nothing_vouches_for_is_wrong(bench: Bench) -> None:
    bench.clock = KernelClock(synchronised=False, worst_error_s=16.0)
    (bench.root / "run/systemd/timesync/synchronized").unlink()
    bench.write("sys/class/rtc/rtc0/hctosys", "0")
    verdict = found(bench, ClockCheck())["clock"]
    assert (verdict.ok, verdict.finding.endswith("how far it is off cannot be known here")) == (False, True)
    assert "timedatectl" in verdict.mend


def test_a_board_without_a_battery_clock_is_told_what_that_means(bench: Bench) -> None:
    for file in (bench.root / "sys/class/rtc/rtc0").iterdir():
        file.unlink()
    (bench.root / "sys/class/rtc/rtc0").rmdir()
    assert found(bench, ClockCheck())["battery clock"].state is State.NOTE


@pytest.mark.parametrize(("microvolts", "ok"), [(0, False), (2_399_999, False), (3_020_000, True)])
def test_the_battery_of_a_pi_5_is_measured(bench: Bench, microvolts: int, ok: bool) -> None:
    bench.write("proc/device-tree/model", "Raspberry Pi 5 Model B Rev 1.0")
    bench.write("sys/class/rtc/rtc0/battery_voltage", str(microvolts))
    verdict = found(bench, ClockCheck())["battery clock"]
    assert (verdict.ok, "rtc_bbat_vchg" in verdict.mend) == (ok, not ok)


def test_a_battery_clock_that_is_off_or_silent_is_wrong(bench: Bench) -> None:
    bench.write("sys/class/rtc/rtc0/since_epoch", str(int((NOW - timedelta(minutes=6)).timestamp())))
    verdict = found(bench, ClockCheck())["battery clock"]
    assert (verdict.ok, "shows 2026-05-04 20:54:00 UTC, and the machine 2026-05-04 21:00:00" in verdict.finding) == (
        *(False, True),
    )
    bench.write("sys/class/rtc/rtc0/since_epoch", "")
    assert "does not tell the time" in found(bench, ClockCheck())["battery clock"].finding


@pytest.mark.parametrize(
    ("release", "state"), [(("2025b", 2025), State.GOOD), (("2021a", 2021), State.NOTE), (("", None), State.NOTE)]
)
def test_old_data_of_time_zones_is_to_be_known(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, release: tuple[str, int | None], state: State
) -> None:
    monkeypatch.setattr(clock, "_release", lambda: release)
    assert found(bench, ClockCheck())["time zone"].state is state


def test_a_release_is_read_as_the_system_and_as_the_package_write_it() -> None:
    assert clock._parsed("# version 2024a\n") == ("2024a", 2024)
    assert clock._parsed("2025.2") == ("2025.2", 2025)
    assert clock._parsed("nothing") == ("", None)
    assert clock._release()[1], "this machine has data of some year"


# --- power ----------------------------------------------------------------------------------------


def said(monkeypatch: pytest.MonkeyPatch, answer: Throttled | None) -> None:
    monkeypatch.setattr(power, "ask_firmware", lambda _: answer)


def test_a_board_with_enough_power_and_air_is_well(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    said(monkeypatch, Throttled())
    assert [str(verdict) for verdict in found(bench, PowerCheck()).values()] == [
        "ok     power: the voltage was high enough ever since the machine started",
        "ok     temperature: the processor has 48 °C",
    ]


@pytest.mark.parametrize(
    ("answer", "alarm", "state", "told"),
    [
        (Throttled(under_voltage=True), "0", State.WRONG, "too low now"),
        (None, "1", State.WRONG, "too low now"),
        (Throttled(was_under_voltage=True), "0", State.WRONG, "since the machine started"),
        (None, "0", State.NOTE, "the firmware was not asked"),
    ],
)
def test_a_voltage_that_is_or_was_too_low_is_wrong(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, answer: Throttled | None, alarm: str, state: State, told: str
) -> None:
    said(monkeypatch, answer)
    bench.write("sys/class/hwmon/hwmon0/in0_lcrit_alarm", alarm)
    verdict = found(bench, PowerCheck())["power"]
    assert (verdict.state, told in verdict.finding) == (state, True)
    if state is State.NOTE:
        assert "raspi-utils" in verdict.mend
        assert found(bench, PowerCheck(), user=1000)["power"].mend == "sudo sealgate doctor"


@pytest.mark.parametrize(
    ("degrees", "answer", "ok"),
    [
        ("69900", Throttled(), True),
        ("70000", Throttled(), False),
        ("81000", Throttled(), False),
        ("50000", Throttled(throttled=True), False),
        ("50000", Throttled(was_throttled=True), False),
    ],
)
def test_a_processor_that_is_hot_or_was_slowed_down_is_wrong(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, degrees: str, answer: Throttled, ok: bool
) -> None:
    said(monkeypatch, answer)
    bench.write("sys/class/thermal/thermal_zone0/temp", degrees)
    assert found(bench, PowerCheck())["temperature"].ok is ok


def test_what_cannot_be_measured_is_not_called_well_and_off_a_pi_nothing_is_said(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    said(monkeypatch, None)
    for file in ("hwmon/hwmon0/name", "thermal/thermal_zone0/type"):
        (bench.root / "sys/class" / file).unlink()
    assert [verdict.state for verdict in found(bench, PowerCheck()).values()] == [State.UNSEEN, State.UNSEEN]
    bench.write("proc/device-tree/model", "Some other board")
    assert found(bench, PowerCheck()) == {}


# --- disk -----------------------------------------------------------------------------------------


def test_a_disk_with_room_is_told_with_its_file_system_and_its_wear(bench: Bench) -> None:
    for name, text in (("type", "MMC"), ("name", "BJTD4R"), ("date", "07/2024"), ("life_time", "0x02 0x01")):
        bench.write(f"sys/block/mmcblk0/device/{name}", text)
    assert [str(verdict) for verdict in found(bench, DiskCheck()).values()] == [
        "ok     disk: 25 % full, 24.0 GB free of 32.0; 10 % of its files are there",
        "ok     file system: ext4 on /dev/mmcblk0p2, mounted at /",
        "ok     disk's wear: BJTD4R of 07/2024: at most 20 % of its life is used",
    ]


@pytest.mark.parametrize(
    ("free", "files_free", "ok", "stops"),
    [
        (6_720_000_000, 900_000, True, False),
        (6_400_000_000, 900_000, False, False),
        (1_600_000_000, 900_000, False, True),
        (24_000_000_000, 150_000, False, False),
        (24_000_000_000, 50_000, False, True),
    ],
)
def test_a_disk_that_fills_is_wrong_by_room_and_by_files(
    bench: Bench, free: int, files_free: int, ok: bool, stops: bool
) -> None:
    bench.disk = replace(bench.disk, free=free, files_free=files_free)
    verdict = found(bench, DiskCheck())["disk"]
    assert (verdict.ok, "takes no driver" in verdict.finding) == (ok, stops)


@pytest.mark.parametrize(
    ("kind", "options", "told"),
    [
        ("ext4", "ro,noatime", "read-only: nothing can be recorded"),
        ("tmpfs", "rw", "may be gone after a restart"),
        ("overlay", "rw", "may be gone after a restart"),
        ("vfat", "rw", "loses what was written when power goes"),
    ],
)
def test_a_file_system_that_keeps_nothing_is_wrong(bench: Bench, kind: str, options: str, told: str) -> None:
    bench.mount(bench.root.parent, kind, "/dev/sda1", options)
    verdict = found(bench, DiskCheck())["file system"]
    assert (verdict.ok, told in verdict.finding) == (False, True)


def test_what_the_kernel_does_not_say_of_the_disk_is_not_called_well(bench: Bench) -> None:
    bench.write("proc/self/mountinfo", "")
    assert found(bench, DiskCheck())["file system"].state is State.UNSEEN


@pytest.mark.parametrize(
    ("files", "state"),
    [
        ({"type": "SD", "name": "SC64G", "life_time": "0x00 0x00"}, State.NOTE),
        ({"type": "MMC", "life_time": "0x00 0x00"}, State.NOTE),
        ({"type": "MMC", "life_time": "0x08 0x01", "pre_eol_info": "0x01"}, State.GOOD),
        ({"type": "MMC", "life_time": "0x01 0x09"}, State.WRONG),
        ({"type": "MMC", "life_time": "0x0B 0x01"}, State.WRONG),
        ({"type": "MMC", "life_time": "0x01 0x01", "pre_eol_info": "0x02"}, State.WRONG),
    ],
)
def test_a_worn_disk_is_wrong_and_one_that_does_not_tell_is_to_be_known(
    bench: Bench, files: dict[str, str], state: State
) -> None:
    for name, text in files.items():
        bench.write(f"sys/block/mmcblk0/device/{name}", text)
    assert found(bench, DiskCheck())["disk's wear"].state is state


# --- network --------------------------------------------------------------------------------------


def test_a_machine_that_listens_to_itself_alone_is_well(bench: Bench) -> None:
    bench.listen("tcp", LOOPBACK, 8443)
    bench.listen("tcp6", LOOPBACK6, 631)
    bench.listen("udp", ANY, 68)
    (verdict,) = found(bench, NetworkCheck()).values()
    assert (verdict.ok, verdict.finding) == (True, "nothing listens for others that need not")


def test_what_others_reach_and_the_kiosk_does_not_need_is_wrong_and_whose_it_is_told(bench: Bench) -> None:
    bench.listen("tcp", ANY, 5900, inode=77)
    bench.listen("tcp6", ANY6, 111)
    bench.write("proc/600/comm", "wayvnc")
    (bench.root / "proc/600/fd").mkdir()
    (bench.root / "proc/600/fd/4").symlink_to("socket:[77]")
    verdict = found(bench, NetworkCheck())["network"]
    assert verdict.ok is False
    assert "others reach tcp [::]:111, tcp 0.0.0.0:5900, wayvnc (process 600)" in verdict.finding
    assert "root sees" not in verdict.mend
    assert "root sees whose they are" in found(bench, NetworkCheck(), user=1000)["network"].mend


def test_datagrams_that_others_may_send_are_to_be_known(bench: Bench) -> None:
    bench.listen("udp", ANY, 5353)
    bench.listen("udp6", ANY6, 5353)
    verdict = found(bench, NetworkCheck())["network"]
    assert (verdict.state, "udp 0.0.0.0:5353, udp [::]:5353" in verdict.finding) == (State.NOTE, True)


def test_what_site_toml_has_switched_on_is_no_stranger_and_ssh_is_told(bench: Bench) -> None:
    bench.listen("tcp", ANY, 8443)
    bench.listen("tcp", ANY, 22)
    verdicts = found(bench, NetworkCheck(), web=WebSettings(host="0.0.0.0"))
    assert verdicts["network"].finding.endswith("and tcp 0.0.0.0:8443, which site.toml has switched on")
    assert verdicts["remote log-on"].state is State.NOTE
    assert found(bench, NetworkCheck())["network"].ok is False
