"""scripts/install in Debian 12 and 13, from a fresh root to a gate that runs in its sandbox, and away again."""

import os
import re
import tempfile
from pathlib import Path

import pytest

from tests.install.roots import CHECKOUT, INSTALL_LIMIT_S, Machine, Root, booted, debian
from tests.tools import require_tool

pytestmark = [pytest.mark.long, pytest.mark.timeout(2 * INSTALL_LIMIT_S)]

INSTALL = f"{CHECKOUT}/scripts/install"

AS_KIOSK = ("setpriv", "--reuid=sealgate", "--regid=sealgate", "--init-groups")

BACK_WITHIN_S = 5.0
"""Seconds from a death of the kiosk to its service: what issue and docs/hardening.md say."""

WATCHED_S = 6.0
"""WatchdogSec= of the unit."""


def tools() -> None:
    require_tool("debootstrap", package="debootstrap")
    require_tool("systemd-nspawn", package="systemd-container")


def installed(root: Root, *options: str) -> list[str]:
    """Run scripts/install; what it says."""
    run = root.run(INSTALL, *options, limit_s=INSTALL_LIMIT_S)
    assert run.returncode == 0, run.stderr[-6000:]
    assert run.stdout == ""
    return [line.removeprefix("install: ") for line in run.stderr.splitlines() if line.startswith("install: ")]


def enabled(root: Root) -> dict[str, str]:
    names = [
        "sealgate-kiosk",
        "sealgate-web",
        "sealgate-screen",
        "sealgate-console",
        "sealgate-sync.timer",
        "getty@tty1",
    ]
    return {name: root.run("systemctl", "is-enabled", name).stdout.strip() for name in names}


@pytest.mark.parametrize("release", ["bookworm", "trixie"])
def test_one_command_makes_a_gate_of_a_debian_and_takes_it_away_but_for_its_ledger(release: str) -> None:
    tools()
    with debian(release) as root:
        said = installed(root)
        assert "changed: users sealgate, sealgate-screen and sealgate-web, without a login" in said
        nobody_has_a_login_or_a_right(root)
        files_are_whose_they_should_be(root)
        assert enabled(root) == {
            "sealgate-kiosk": "enabled",
            "sealgate-web": "disabled",
            "sealgate-screen": "enabled",
            "sealgate-console": "disabled",
            "sealgate-sync.timer": "disabled",
            "getty@tty1": "masked",
        }
        systemd_and_udev_find_nothing_wrong(root, release)
        it_is_as_closed_as_the_page_says(root, 1 if release == "bookworm" else 2)
        the_doctor_answers(root)

        before = root.listing()
        assert "nothing to change" in installed(root)
        assert root.listing() == before

        root.must("sh", "-c", 'sed -i "s/Tui Valley Packhouse/Our Packhouse/" /etc/sealgate/site.toml')
        console_and_no_screen_can_be_had_instead(root)
        of_a_read_only_system_the_ledger_alone_is_kept(root)
        with booted(root) as machine:
            the_gate_serves_in_its_sandbox(machine)
            its_screen_is_shown_to_whoever_may(machine)
            it_is_back_soon_after_a_death_and_after_a_stall(machine)
            secrets_come_by_credentials_and_browsers_by_choice(machine)
        taken_away_all_but_what_is_evidence(root)


def nobody_has_a_login_or_a_right(root: Root) -> None:
    groups = {
        user: set(root.must("id", "-Gn", user).split()) for user in ("sealgate", "sealgate-screen", "sealgate-web")
    }
    assert groups == {
        "sealgate": {"sealgate", "dialout", "gpio"},
        "sealgate-screen": {"sealgate-screen"},
        "sealgate-web": {"sealgate-web", "sealgate"},
    }
    for user in groups:
        assert root.must("getent", "passwd", user).strip().endswith(":/usr/sbin/nologin")
        assert root.must("getent", "shadow", user).split(":")[1].startswith("!")


def files_are_whose_they_should_be(root: Root) -> None:
    asked = ["/etc/sealgate/site.toml", "/var/lib/sealgate", "/run/sealgate/screen", "/opt/sealgate/current/"]
    assert root.must("stat", "-c", "%n %U:%G %a", *asked).split("\n")[:-1] == [
        "/etc/sealgate/site.toml root:sealgate 640",
        "/var/lib/sealgate sealgate:sealgate 710",
        "/run/sealgate/screen sealgate:sealgate-screen 2750",
        "/opt/sealgate/current/ root:root 755",
    ]
    assert root.must("readlink", "/usr/local/bin/sealgate").strip() == "/opt/sealgate/current/bin/sealgate"
    assert root.must("readlink", "/opt/sealgate/current").startswith("versions/")
    changeable = root.must(
        "find", "/opt/sealgate", "!", "-type", "l", "(", "-perm", "/022", "-o", "!", "-user", "root", ")"
    )
    assert changeable == ""


def systemd_and_udev_find_nothing_wrong(root: Root, release: str) -> None:
    verify = "systemd-analyze verify /etc/systemd/system/sealgate-*.service /etc/systemd/system/sealgate-*.timer 2>&1"
    assert root.must("sh", "-c", verify) == ""
    if release == "trixie":  # udevadm can say so from systemd 254 on
        root.must("udevadm", "verify", "--resolve-names=late", "/etc/udev/rules.d/70-sealgate.rules")


def it_is_as_closed_as_the_page_says(root: Root, column: int) -> None:
    """By the root's own systemd: each release counts a little otherwise."""
    page = (Path(__file__).parents[2] / "docs/hardening.md").read_text(encoding="utf-8")
    said = re.findall(r"^\| `(sealgate-\w+\.service)` \| ([0-9.]+) \| ([0-9.]+) \|", page, re.MULTILINE)
    assert len(said) == 5
    scores = {}
    for name, *_ in said:
        told = root.must("systemd-analyze", "security", "--offline=true", f"/etc/systemd/system/{name}")
        scores[name] = re.findall(r"exposure level for \S+: ([0-9.]+)", told)
    assert scores == {row[0]: [row[column]] for row in said}


def the_doctor_answers(root: Root) -> None:
    run = root.run(*AS_KIOSK, "sealgate", "doctor")
    assert run.returncode == 1, run.stderr  # a gate without lists and ledger is not ready
    assert "ok     settings: /etc/sealgate/site.toml: Tui Valley Packhouse" in run.stdout


def console_and_no_screen_can_be_had_instead(root: Root) -> None:
    installed(root, "--screen", "console")
    assert 'CODESET="Lat7"' in root.must("cat", "/etc/default/console-setup")
    assert "Lat7-Fixed16" in root.must("ls", "/usr/share/consolefonts")
    assert (enabled(root)["sealgate-console"], enabled(root)["sealgate-screen"]) == ("enabled", "disabled")
    installed(root, "--screen", "none")
    states = enabled(root)
    assert (states["sealgate-console"], states["sealgate-screen"], states["getty@tty1"]) == (
        "disabled",
        "disabled",
        "enabled",
    )
    assert "Our Packhouse" in root.must("cat", "/etc/sealgate/site.toml")


ACTIVE = "systemctl is-active sealgate-kiosk"
PROCESS = "systemctl show --property=MainPID --value sealgate-kiosk"


def of_a_read_only_system_the_ledger_alone_is_kept(root: Root) -> None:
    """As under overlayroot: changes of the system go to memory; the data folder is a partition of its own."""
    before = root.listing()
    user = int(root.must("id", "-u", "sealgate"))
    with tempfile.TemporaryDirectory(dir=root.path.parent) as partition:
        os.chown(partition, user, user)
        for start in range(2):
            with booted(root, "--volatile=overlay", f"--bind={partition}:/var/lib/sealgate") as machine:
                machine.until("active", ACTIVE)
                machine.until("0", "sealgate ledger verify >/dev/null 2>&1; echo $?")
                machine.run(f"touch /etc/start-{start}")
        assert list(Path(partition).glob("ledger/journal/*"))
    assert root.listing() == before


def the_gate_serves_in_its_sandbox(machine: Machine) -> None:
    machine.until("active", ACTIVE)
    status = machine.said(f"cat /proc/$({PROCESS})/status")
    assert re.search(r"^CapBnd:\t0+$", status, re.MULTILINE)
    assert re.search(r"^NoNewPrivs:\t1$", status, re.MULTILINE)
    assert re.search(r"^Seccomp:\t2$", status, re.MULTILINE)
    assert machine.run(f"nsenter -t $({PROCESS}) -m touch /etc/x").returncode == 1, "expected a read-only system"
    assert machine.said("ss -Hlntu 2>/dev/null || cat /proc/net/tcp | tail -n +2") == ""
    machine.until("0", "sealgate ledger verify >/dev/null 2>&1; echo $?")


def its_screen_is_shown_to_whoever_may(machine: Machine) -> None:
    show = 'timeout 5 script -qc "stty cols 100 rows 30; TERM=xterm sealgate screen" /dev/null'
    as_screen = "setpriv --reuid=sealgate-screen --regid=sealgate-screen --init-groups"
    assert "GATE LOST" in machine.said(f"{as_screen} {show}")
    as_web = "setpriv --reuid=sealgate-web --regid=sealgate-web --init-groups"
    assert "GATE LOST" not in machine.said(f"{as_web} {show}")


def it_is_back_soon_after_a_death_and_after_a_stall(machine: Machine) -> None:
    for signal, limit in (("KILL", BACK_WITHIN_S), ("STOP", WATCHED_S + BACK_WITHIN_S)):
        restarts = int(machine.said("systemctl show --property=NRestarts --value sealgate-kiosk"))
        assert machine.run(f"process=$({PROCESS}); [ $process -gt 1 ] && kill -{signal} $process").returncode == 0
        took = machine.until(
            f"{restarts + 1} active",
            f"echo $(systemctl show --property=NRestarts --value sealgate-kiosk; {ACTIVE})",
            limit,
        )
        print(f"back in service {took:.1f} s after SIG{signal}")  # noqa: T201 - a figure of docs/hardening.md


def secrets_come_by_credentials_and_browsers_by_choice(machine: Machine) -> None:
    sealed = "/etc/credstore.encrypted"
    make = "systemd-creds encrypt --with-key=host --name=cards.key"
    machine.run(f"mkdir -pm 700 {sealed}; echo secret | {make} - {sealed}/cards.key; systemctl restart sealgate-kiosk")
    machine.until("active", ACTIVE)
    assert machine.said("cat /run/credentials/sealgate-kiosk.service/cards.key") == "secret"
    machine.run("systemctl start sealgate-web")
    machine.until("active", "systemctl is-active sealgate-web")
    machine.until("1", "grep -c ' 0100007F:20FB .* 0A ' /proc/net/tcp")  # 127.0.0.1:8443, and nobody else's


def taken_away_all_but_what_is_evidence(root: Root) -> None:
    evidence = "find /var/lib/sealgate /etc/sealgate/site.toml -type f -exec sha256sum {} + | sort"
    before = root.must("sh", "-c", evidence)
    assert "/var/lib/sealgate/ledger/" in before
    said = installed(root, "--uninstall")
    assert any(line.startswith("what stays: /var/lib/sealgate (the ledger") for line in said)
    assert root.must("sh", "-c", evidence) == before
    others = "-path /proc -o -path /var/lib/sealgate -o -path /srv -o -path /var/log -o -path /run/lock"
    left = f"find / -xdev \\( {others} \\) -prune -o -iname '*sealgate*' -print"
    assert root.must("sh", "-c", left).split() == ["/etc/sealgate"]
    assert root.must("getent", "passwd", "sealgate")
    assert "nothing to change" in installed(root, "--uninstall")
    installed(root, "--screen", "none")
    assert root.must(*AS_KIOSK, "sealgate", "ledger", "verify")


def test_a_debian_for_arm64_gets_a_kiosk_that_starts() -> None:
    tools()
    require_tool("qemu-aarch64-static", package="qemu-user-static")
    with debian("bookworm", "arm64") as root:
        installed(root, "--screen", "none", "--board", "pi4", "--no-serial")
        the_doctor_answers(root)
        found = root.must(
            "/opt/sealgate/current/bin/python", "-c", "import importlib.util as u; print(u.find_spec('RPi.GPIO'))"
        )
        assert "RPi/GPIO" in found
        assert "nothing to change" in installed(root, "--screen", "none", "--board", "pi4", "--no-serial")
