"""`sealgate doctor` says whether the kiosk's figures get out, and who may read them."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from kiosk.demo.yard import SAMPLE_SITE
from kiosk.doctor.check import Kiosk, Verdict
from kiosk.doctor.doctor import CHECKS
from kiosk.doctor.metrics import MetricsCheck
from kiosk.ledger import lock
from kiosk.monitoring.publishing import write_text
from kiosk.site import MetricsHttp, MetricsSettings, read_site

SITE = read_site(SAMPLE_SITE / "site.toml")
NOW = datetime(2026, 11, 18, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of a kiosk that runs; it is not there yet."""
    (tmp_path / "ledger").mkdir()
    monkeypatch.setattr(lock, "holder_of", lambda _folder: "process 7")
    return tmp_path / "figures" / "sealgate.prom"


def verdicts(data: Path, settings: MetricsSettings | None, at: datetime = NOW) -> list[Verdict]:
    return list(MetricsCheck().look(Kiosk(data, data / "site.toml", replace(SITE, metrics=settings), at)))


def test_it_is_one_of_the_doctors_checks() -> None:
    assert any(isinstance(check, MetricsCheck) for check in CHECKS)


def test_where_nobody_asks_for_figures_there_is_nothing_to_say(tmp_path: Path) -> None:
    assert verdicts(tmp_path, None) == []


def test_a_file_that_the_kiosk_writes_is_good_and_one_that_it_does_not_is_not(tmp_path: Path, file: Path) -> None:
    settings = MetricsSettings(file, every_s=15)
    (verdict,) = verdicts(tmp_path, settings)
    assert (verdict.ok, verdict.finding) == (False, f"{file.parent} is not there")
    file.parent.mkdir()
    (verdict,) = verdicts(tmp_path, settings)
    assert (verdict.ok, verdict.finding) == (False, f"{file} is not there")
    write_text(file, b"sealgate_running 1\n")
    os.utime(file, (NOW.timestamp(), NOW.timestamp()))
    (verdict,) = verdicts(tmp_path, settings, NOW + timedelta(seconds=10))
    assert (verdict.ok, verdict.finding) == (True, f"{file} is 10 s old")
    (verdict,) = verdicts(tmp_path, settings, NOW + timedelta(seconds=46))
    assert (verdict.ok, verdict.finding) == (False, f"{file} is 46 s old, and the kiosk runs")
    file.chmod(0o600)
    (verdict,) = verdicts(tmp_path, settings, NOW)
    assert (verdict.ok, verdict.mend) == (False, "chmod 644 it, and look who else writes it")


def test_of_a_kiosk_that_does_not_run_no_fresh_file_is_expected(tmp_path: Path) -> None:
    file = tmp_path / "sealgate.prom"
    (verdict,) = verdicts(tmp_path, MetricsSettings(file))
    assert verdict.ok
    write_text(file, b"sealgate_running 0\n")
    (verdict,) = verdicts(tmp_path, MetricsSettings(file), datetime.now(UTC) + timedelta(days=2))
    assert verdict.ok


def test_who_may_read_them_over_the_network_is_said_with_the_sites_own_reason(tmp_path: Path) -> None:
    (own,) = verdicts(tmp_path, MetricsSettings(http=MetricsHttp()))
    assert own.finding == "127.0.0.1:9842, for this machine alone"
    (all_of_it,) = verdicts(tmp_path, MetricsSettings(http=MetricsHttp("::", 9000, "the office's Prometheus")))
    assert all_of_it.finding == "[::]:9000, for everybody on that network: the office's Prometheus"
