"""The processor's temperature, as the kernel says it; a machine without that sensor is not measured."""

from pathlib import Path

import pytest

from hw.errors import DeviceFault
from hw.temperature import processor_temperature


def zone(zones: Path, kind: str, said: str | None, number: int = 0) -> None:
    folder = zones / f"thermal_zone{number}"
    folder.mkdir(parents=True)
    (folder / "type").write_text(f"{kind}\n", encoding="ascii")
    if said is not None:
        (folder / "temp").write_text(said, encoding="ascii")


@pytest.mark.parametrize(("said", "degrees"), [("48312\n", 48.312), ("85000\n", 85.0), ("-5000\n", -5.0), ("0\n", 0.0)])
@pytest.mark.parametrize("kind", ["cpu-thermal", "cpu_thermal", "soc-thermal", "bcm2835_thermal"])
def test_the_processors_zone_says_how_hot_it_is(tmp_path: Path, kind: str, said: str, degrees: float) -> None:
    zone(tmp_path, "rp1_adc", "21000\n")
    zone(tmp_path, kind, said, number=1)
    assert processor_temperature(tmp_path) == degrees


@pytest.mark.parametrize("kind", ["x86_pkg_temp", "acpitz", "iwlwifi_1"])
def test_what_is_no_pi_is_not_measured_by_the_pis_measure(tmp_path: Path, kind: str) -> None:
    assert processor_temperature(tmp_path / "none") is None
    zone(tmp_path, kind, "30000\n")
    assert processor_temperature(tmp_path) is None


def test_a_zone_that_is_taken_away_is_not_measured(tmp_path: Path) -> None:
    zone(tmp_path, "cpu-thermal", None)
    assert processor_temperature(tmp_path) is None


@pytest.mark.parametrize("said", ["", "warm", "151000", "-274000", "48.3"])
def test_a_sensor_that_says_what_cannot_be_is_a_fault_and_no_value(tmp_path: Path, said: str) -> None:
    zone(tmp_path, "cpu-thermal", said)
    with pytest.raises(DeviceFault, match="thousandths of degrees"):
        processor_temperature(tmp_path)
