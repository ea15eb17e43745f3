"""The units of an installed kiosk: systemd reads them, they are as closed as docs/hardening.md says."""

import re
import subprocess
from configparser import ConfigParser, SectionProxy
from pathlib import Path

import pytest

from tests.tools import require_tool

ROOT = Path(__file__).parents[2]
UNITS = ROOT / "hw/systemd"
SERVICES = sorted(path.name for path in UNITS.glob("*.service"))

LIMIT_S = 30
"""Seconds for one call of systemd-analyze, which takes tenths of a second."""

MOST_EXPOSED = 2.0
"""What no unit may reach in `systemd-analyze security`, which goes from 0 to 10."""


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    program = require_tool("systemd-analyze", package="systemd")
    return subprocess.run(
        [program, *arguments], capture_output=True, text=True, timeout=LIMIT_S, check=False, env={"LC_ALL": "C.UTF-8"}
    )


@pytest.fixture(scope="module")
def exposure() -> dict[str, float]:
    """Each service's score."""
    scores = {}
    for name in SERVICES:
        run = analyze("security", "--offline=true", "--no-pager", str(UNITS / name))
        found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", run.stdout)
        assert found, run.stdout + run.stderr
        scores[name] = float(found[1])
    return scores


def test_no_unit_is_more_exposed_than_the_bar(exposure: dict[str, float]) -> None:
    assert {name: score for name, score in exposure.items() if score >= MOST_EXPOSED} == {}


def test_the_page_on_hardening_says_each_units_score(exposure: dict[str, float]) -> None:
    """By the two releases that the kiosk is installed on; any other systemd counts a little otherwise."""
    page = (ROOT / "docs/hardening.md").read_text(encoding="utf-8")
    said = re.findall(r"^\| `(sealgate-\w+\.service)` \| ([0-9.]+) \| ([0-9.]+) \|", page, re.MULTILINE)
    version = analyze("--version").stdout.split()[1]
    column, near = {"252": (1, 0.0), "257": (2, 0.0)}.get(version, (2, 0.3))
    assert {row[0]: float(row[column]) for row in said} == pytest.approx(exposure, abs=near)


def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    """In a root of its own, whose programs are stand-ins: the machine that tests has no kiosk."""
    for program in ("usr/local/bin/sealgate", "usr/bin/sway", "usr/bin/env"):
        path = tmp_path / program
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
    system = tmp_path / "usr/lib/systemd/system"
    system.mkdir(parents=True)
    for name in ("sysinit", "basic", "shutdown", "multi-user", "timers", "network", "time-set", "sockets", "umount"):
        (system / f"{name}.target").write_text("[Unit]\nDescription=a stand-in\n")
    for unit in UNITS.glob("sealgate-*"):
        (system / unit.name).write_bytes(unit.read_bytes())
    run = analyze("verify", f"--root={tmp_path}", *(str(system / name) for name in SERVICES), "sealgate-sync.timer")
    assert (run.returncode, run.stdout + run.stderr) == (0, "")


def read(name: str) -> ConfigParser:
    """A unit's text; of a key that stands there several times the last is kept."""
    unit = ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment]
    unit.read_string((UNITS / name).read_text(encoding="utf-8"))
    return unit


def test_the_gate_is_watched_and_started_anew_for_ever() -> None:
    unit = read("sealgate-kiosk.service")
    service = unit["Service"]
    assert (service["Type"], service["WatchdogSec"], service["Restart"]) == ("notify", "6", "always")
    assert (service["RestartSec"], unit["Unit"]["StartLimitIntervalSec"]) == ("500ms", "0")


def test_the_gate_waits_for_no_network_and_no_display() -> None:
    unit = read("sealgate-kiosk.service")["Unit"]
    waits_for = " ".join(unit.get(key, "") for key in ("After", "Wants", "Requires", "BindsTo"))
    assert not re.search("network|time-sync|screen|console|graphical", waits_for)


def test_the_gate_may_write_to_its_data_and_to_media_alone() -> None:
    service = read("sealgate-kiosk.service")["Service"]
    assert service["ProtectSystem"] == "strict"
    assert service["ReadWritePaths"].split() == ["/var/lib/sealgate", "/run/sealgate/screen", "-/media", "-/mnt"]


def test_only_the_console_in_browsers_can_listen_on_a_network() -> None:
    able = {name for name in SERVICES if not closed(read(name)["Service"])}
    assert able == {"sealgate-web.service"}
    assert "sealgate-web" not in (ROOT / "scripts/install").read_text().split("set_up_screen() {")[1].split("\n}\n")[0]


def closed(has: SectionProxy) -> bool:
    """Whether systemd keeps a service from opening a port."""
    return has.get("SocketBindDeny") == "any" or has.get("IPAddressDeny") == "any" or has.get("PrivateNetwork") == "yes"


@pytest.mark.parametrize("name", SERVICES)
def test_no_service_runs_as_root_or_gains_a_right(name: str) -> None:
    service = read(name)["Service"]
    assert service["User"].startswith("sealgate")
    assert (service["CapabilityBoundingSet"], service["NoNewPrivileges"], service["LimitCORE"]) == ("", "yes", "0")


def test_secrets_come_by_the_names_that_the_kiosk_asks_for() -> None:
    asked = set(re.findall(r'credential\("([\w.]+)"', " ".join(_sources()))) | set(
        re.findall(r'_CREDENTIAL: Final = "([\w.]+)"', " ".join(_sources()))
    )
    given = set()
    for name in SERVICES:
        given |= set(re.findall(r"^LoadCredential(?:Encrypted)?=([\w.]+)$", (UNITS / name).read_text(), re.MULTILINE))
    assert given == {"cards.key", "mail.password", "gatehouse.certificate", "gatehouse.key", "pg_service.conf"}
    assert asked <= given
    for name in given - {"pg_service.conf"}:  # libpq's own
        assert any(f'"{name}"' in source for source in _sources()), name


def _sources() -> list[str]:
    return [path.read_text(encoding="utf-8") for path in (ROOT / "kiosk").rglob("*.py")]
