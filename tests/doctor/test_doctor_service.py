"""What `sealgate doctor` says of systemd's units, the watchdogs, the versions, and of the kiosk that runs."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from kiosk.console.how_it_is import DeviceNow, HowItIs
from kiosk.console.messages import Condition, Part
from kiosk.demo.yard import SAMPLE_SITE
from kiosk.doctor.check import Check, Kiosk, State, Verdict
from kiosk.doctor.running import Running
from kiosk.doctor.service import ServiceCheck
from kiosk.doctor.version import VersionCheck
from kiosk.site import read_site
from tests.doctor.machines import VERSION, Bench

NOW = datetime(2026, 5, 4, 21, 0, tzinfo=UTC)
UNIT = "sealgate-kiosk.service"
READER = DeviceNow("card reader", Part.READER, Condition.LOST, "no answer", "see to its cable")
WELL = HowItIs(VERSION, in_service=True, serves=False, cabinet_open=False, cards_fail=False, devices=())


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path / "root", NOW, tmp_path)


def found(bench: Bench, check: Check, running: Running | None = None) -> dict[str, Verdict]:
    site = read_site(SAMPLE_SITE / "site.toml")
    kiosk = Kiosk(Path("/srv/data"), Path("/srv/site.toml"), site, NOW, bench.machine(), running)
    return {verdict.of: verdict for verdict in check.look(kiosk)}


def test_units_that_are_as_they_should_be_are_told_in_a_line_each(bench: Bench) -> None:
    running = Running(812, WELL)
    assert [str(verdict) for verdict in found(bench, ServiceCheck(), running).values()] == [
        f"ok     kiosk: it runs (process 812), version {VERSION}, in service",
        "ok     sealgate-kiosk.service: it runs, started 2 h ago",
        "ok     sealgate-screen.service: the driver's screen on a display: it runs",
        "ok     hardware watchdog: a machine that hangs starts anew after 15s",
    ]


def test_a_machine_without_systemd_is_told_what_that_means(bench: Bench) -> None:
    (bench.root / "run/systemd/system").rmdir()
    verdicts = found(bench, ServiceCheck())
    assert [verdict.state for verdict in verdicts.values()] == [State.NOTE, State.NOTE]
    assert "nothing starts the kiosk" in verdicts["service"].finding
    assert bench.asked_of_systemd == []


@pytest.mark.parametrize(
    ("said", "finding", "mend"),
    [
        ({"LoadState": "not-found"}, "it is not installed (not-found)", "sudo scripts/install"),
        (
            {"UnitFileState": "disabled"},
            "it does not start with the machine (disabled)",
            f"sudo systemctl enable {UNIT}",
        ),
        ({"WatchdogUSec": "0"}, "nobody watches whether it hangs", "sudo scripts/install"),
        (
            {"ActiveState": "inactive", "SubState": "dead", "InactiveEnterTimestamp": "@1777921200"},
            "it does not run (dead), since 2 h ago",
            f"sudo systemctl start {UNIT}",
        ),
        (
            {"ActiveState": "failed", "Result": "watchdog", "InactiveEnterTimestamp": "@1777921200"},
            "it has failed: it did not say that it is alive in time, 2 h ago",
            f"journalctl -u {UNIT} -n 50 says why; then sudo systemctl restart {UNIT}",
        ),
    ],
)
def test_each_thing_that_is_wrong_with_the_kiosks_unit_has_its_mend(
    bench: Bench, said: dict[str, str], finding: str, mend: str
) -> None:
    bench.unit(UNIT, **said)
    running = Running(812, WELL)
    kiosk = Kiosk(Path("/srv/data"), Path("/srv/site.toml"), None, NOW, bench.machine(), running)
    (wrong,) = [verdict for verdict in ServiceCheck().look(kiosk) if verdict.ok is False]
    assert (wrong.of, wrong.finding.startswith(finding), mend in wrong.mend) == (UNIT, True, True)


def test_that_systemd_had_to_start_it_anew_is_to_be_known(bench: Bench) -> None:
    bench.unit(UNIT, NRestarts="3")
    verdict = found(bench, ServiceCheck())[f"{UNIT} restarts"]
    assert (verdict.state, "anew 3 times" in verdict.finding) == (State.NOTE, True)


def test_other_units_are_told_where_they_are_on_and_wrong_where_they_failed(bench: Bench) -> None:
    bench.unit("sealgate-web.service", LoadState="loaded", UnitFileState="disabled", ActiveState="inactive")
    assert "sealgate-web.service" not in found(bench, ServiceCheck())
    bench.unit("sealgate-web.service", UnitFileState="enabled", SubState="dead")
    bench.unit("sealgate-sync.timer", LoadState="loaded", UnitFileState="enabled", ActiveState="active")
    bench.unit("sealgate-sync.service", LoadState="loaded", ActiveState="failed", Result="exit-code")
    bench.unit("sealgate-update.service", LoadState="loaded", ActiveState="inactive", Result="success")
    verdicts = found(bench, ServiceCheck())
    assert verdicts["sealgate-web.service"].mend == "sudo systemctl start sealgate-web.service"
    assert verdicts["sealgate-sync.timer"].ok is True
    assert "it ended with an error" in verdicts["sealgate-sync.service"].finding
    assert "sealgate-update.service" not in verdicts


def test_a_kiosk_whose_screen_nobody_shows_is_to_be_known(bench: Bench) -> None:
    bench.unit("sealgate-screen.service", UnitFileState="disabled", ActiveState="inactive")
    assert found(bench, ServiceCheck())["driver's screen"].state is State.NOTE
    bench.unit("sealgate-console.service", LoadState="loaded", UnitFileState="enabled", ActiveState="active")
    assert "driver's screen" not in found(bench, ServiceCheck())


def test_a_watchdog_that_is_off_or_not_there_is_wrong(bench: Bench) -> None:
    (bench.root / "dev/watchdog").unlink()
    assert "there is none at /dev/watchdog" in found(bench, ServiceCheck())["hardware watchdog"].finding
    bench.units[""] = {"RuntimeWatchdogUSec": "0"}
    verdict = found(bench, ServiceCheck())["hardware watchdog"]
    assert (verdict.ok, "RuntimeWatchdogSec=14s" in verdict.mend) == (False, True)


@pytest.mark.parametrize(
    ("running", "state", "finding"),
    [
        (None, State.NOTE, "none runs on /srv/data: the doctor speaks to the devices itself"),
        (Running(0, None, "it hangs", "restart it"), State.WRONG, "it runs (the kiosk), and does not say how it is"),
        (
            Running(812, HowItIs(VERSION, False, False, False, False, (READER,))),
            State.WRONG,
            "it runs (process 812) and is out of service: card reader",
        ),
        (Running(812, HowItIs(VERSION, True, True, False, True, ())), State.WRONG, "it runs (process 812), and cards"),
        (
            Running(812, HowItIs(VERSION, True, True, False, False, ())),
            State.GOOD,
            f"it runs (process 812), version {VERSION}, in service; a driver is served",
        ),
    ],
)
def test_the_kiosk_that_runs_is_told_as_it_says_itself(
    bench: Bench, running: Running | None, state: State, finding: str
) -> None:
    verdict = found(bench, ServiceCheck(), running)["kiosk"]
    assert (verdict.state, verdict.finding[: len(finding)]) == (state, finding)


def test_versions_are_told_and_a_kiosk_of_another_version_is_wrong(bench: Bench) -> None:
    verdicts = found(bench, VersionCheck(), Running(812, WELL))
    assert [verdict.ok for verdict in verdicts.values()] == [True, True]
    assert verdicts["installed versions"].finding == f"{VERSION} is started"
    (bench.root / "opt/sealgate/versions/0.0.9").mkdir()
    assert (
        found(bench, VersionCheck())["installed versions"].finding
        == f"{VERSION} is started; beside it 0.0.9, to go back to"
    )
    other = Running(812, HowItIs("0.0.9", True, False, False, False, ()))
    assert (
        f"is of version 0.0.9, and this command of {VERSION}"
        in found(bench, VersionCheck(), other)["running version"].finding
    )


def test_a_link_to_the_started_version_that_leads_nowhere_or_to_another_is_wrong(bench: Bench) -> None:
    current = bench.root / "opt/sealgate/current"
    (bench.root / "opt/sealgate/versions/0.2.0").mkdir()
    for leads, told in (("versions/0.3.0", "leads to no version"), ("versions/0.2.0", "this command is another")):
        current.unlink()
        current.symlink_to(leads)
        verdict = found(bench, VersionCheck())["installed versions"]
        assert (verdict.ok, told in verdict.finding) == (False, True)


def test_a_kiosk_that_was_not_installed_is_told_so(bench: Bench) -> None:
    (bench.root / "opt/sealgate/current").unlink()
    (bench.root / "opt/sealgate").rename(bench.root / "opt/other")
    assert found(bench, VersionCheck())["installed versions"].state is State.NOTE
