"""The alerts that docs/prometheus-rules.yml has: on figures that there are, and raised when they should be."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from kiosk.console import messages as msg
from kiosk.monitoring.metrics import METRICS, PREFIX
from kiosk.site import MetricsSettings
from tests.monitoring.watched import registry, watched

ROOT = Path(__file__).resolve().parent.parent.parent
RULES = ROOT / "docs" / "prometheus-rules.yml"

OF_THE_LIBRARY = {"process_start_time_seconds"}


def promtool(*arguments: str, given: str = "") -> str:
    """What Prometheus' own checker says; it must find nothing wrong."""
    found = shutil.which("promtool") or shutil.which(str(ROOT / ".promtool" / "usr" / "bin" / "promtool"))
    if found is None:
        pytest.fail("expected promtool, found none: run scripts/promtool", pytrace=False)
    run = subprocess.run([found, *arguments], input=given, capture_output=True, text=True, check=False, timeout=60)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout + run.stderr


def test_every_alert_is_on_figures_that_there_are_and_says_what_to_do() -> None:
    text = RULES.read_text(encoding="utf-8")
    named = {re.sub(r"_bucket$", "", each) for each in re.findall(rf"\b{PREFIX}_([a-z_]+)", text)}
    assert named - set(METRICS) == OF_THE_LIBRARY
    alerts = text.split("- alert: ")[1:]
    assert len(alerts) > 20
    for alert in alerts:
        assert re.search(r"severity: (critical|warning)}", alert), alert
        assert "description: " in alert, alert


@pytest.mark.long
def test_prometheus_own_checker_takes_the_alerts_and_they_are_raised_when_they_should_be() -> None:
    assert "SUCCESS" in promtool("check", "rules", str(RULES))
    assert "SUCCESS" in promtool("test", "rules", str(ROOT / "tests" / "monitoring" / "prometheus-rules-test.yml"))


@pytest.mark.long
def test_prometheus_own_checker_finds_nothing_wrong_with_the_figures(tmp_path: Path) -> None:
    file = tmp_path / "sealgate.prom"
    with watched(tmp_path, MetricsSettings(file, every_s=5.0)) as rig:
        rig.until(msg.Attract)
        assert rig.station.serves_consoles.wait(10)
        rig.monitor._publish(registry(rig.monitor))
        assert promtool("check", "metrics", given=file.read_text(encoding="utf-8")) == ""
    assert promtool("check", "metrics", given=file.read_text(encoding="utf-8")) == ""
