"""scripts/install: what it refuses, and what it makes of the boot settings and of devices."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
INSTALL = ROOT / "scripts/install"
LIMIT_S = 30
NOBODY = 65534


def install(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([INSTALL, *arguments], capture_output=True, text=True, timeout=LIMIT_S, check=False)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--scren", "none"), "expected one of the options that --help shows, got: --scren"),
        (("--screen", "x11"), "expected --screen wayland, console or none, got: x11"),
        (("--screen",), "expected a value after --screen, got none"),
        (("--board", "pi2"), "expected --board pi3, pi4, pi5 or none, got: pi2"),
        (("--wheels", "/nowhere"), "expected a folder of wheels after --wheels, got: /nowhere"),
        (("--purge-data",), "expected one of the options that --help shows, got: --purge-data"),
    ],
)
def test_wrong_use_is_told_and_changes_nothing(arguments: tuple[str, ...], told: str) -> None:
    run = install(*arguments)
    assert (run.returncode, run.stdout) == (2, "")
    assert told in run.stderr


def test_it_wants_to_be_root() -> None:
    as_nobody = ["setpriv", f"--reuid={NOBODY}", "--clear-groups"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory() as folder:  # where anybody may read
        Path(folder).chmod(0o755)
        script = shutil.copy(INSTALL, folder)
        run = subprocess.run([*as_nobody, script], capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert run.returncode == 2
    assert "Type: sudo scripts/install" in run.stderr


def test_help_names_every_option() -> None:
    run = install("--help")
    assert run.returncode == 0
    source = INSTALL.read_text()
    parsed = source.split("read_arguments() {")[1].split("\n}\n")[0]
    options = set(re.findall(r"--[a-z-]+(?=[ |)])", parsed)) - {"--help"}
    assert len(options) > 10
    assert {option for option in options if f"  {option} " not in run.stdout} == set()


def within(text: str, *calls: str, board: str = "pi4", path: str = "") -> str:
    """What functions of the script make of a text on their standard input, one after the other."""
    script = f'set -- ; source "{INSTALL}"; board={board}; {"; ".join(calls)}'
    environment = {"PATH": f"{path}:{os.environ['PATH']}" if path else os.environ["PATH"]}
    run = subprocess.run(
        ["bash", "-c", script],
        input=text,
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
        env=environment,
    )
    assert run.returncode == 0, run.stderr
    return run.stdout


CONFIG = "dtparam=audio=on\n[pi4]\narm_boost=1\n"


@pytest.mark.parametrize(
    ("board", "lines"), [("pi4", "enable_uart=1\ndtoverlay=disable-bt\n"), ("pi5", "dtparam=uart0=on\n")]
)
def test_the_headers_port_is_switched_on_for_every_model_and_only_once(board: str, lines: str) -> None:
    once = within(CONFIG, "with_serial_port", board=board)
    assert once.startswith(CONFIG)
    assert once.endswith(f"[all]\n{lines}# sealgate: end\n")
    assert within(once, "with_serial_port", board=board) == once


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("console=serial0,115200 console=tty1 root=PARTUUID=1 quiet\n", "console=tty1 root=PARTUUID=1 quiet\n"),
        ("root=PARTUUID=1 console=ttyAMA0\n", "root=PARTUUID=1\n"),
        ("console=tty1 root=PARTUUID=1\n", "console=tty1 root=PARTUUID=1\n"),
        ("console=tty1 xconsole=serial0 root=PARTUUID=1\n", "console=tty1 xconsole=serial0 root=PARTUUID=1\n"),
    ],
)
def test_the_consoles_on_the_headers_port_go_and_no_others(before: str, after: str) -> None:
    assert within(before, "without_serial_console").rstrip() == after.rstrip()


UDEVADM = """#!/bin/sh
cat <<'END'
{properties}
END
"""


@pytest.mark.parametrize(
    ("properties", "rule"),
    [
        (
            "ID_VENDOR_ID=1a86\nID_MODEL_ID=7523\nID_SERIAL_SHORT=A1\nID_PATH=pci-0:usb-0:1.2:1.0",
            'ENV{ID_VENDOR_ID}=="1a86", ENV{ID_MODEL_ID}=="7523", ENV{ID_SERIAL_SHORT}=="A1"',
        ),
        ("ID_VENDOR_ID=1a86\nID_MODEL_ID=7523\nID_PATH=pci-0:usb-0:1.2:1.0", 'ENV{ID_PATH}=="pci-0:usb-0:1.2:1.0"'),
        # A serial number is the device's own text, and ends no rule early.
        ('ID_VENDOR_ID=1\nID_MODEL_ID=2\nID_SERIAL_SHORT=x", RUN+="y\nID_PATH=p-1', 'ENV{ID_PATH}=="p-1"'),
    ],
)
def test_a_device_is_named_by_who_it_is_or_else_by_its_socket(tmp_path: Path, properties: str, rule: str) -> None:
    (tmp_path / "udevadm").write_text(UDEVADM.format(properties=properties))
    (tmp_path / "udevadm").chmod(0o755)
    said = within("", "rule_for sealgate-scanner /dev/null", path=str(tmp_path))
    assert said.startswith(f'SUBSYSTEM=="tty", {rule}, SYMLINK+="sealgate-scanner"')
    assert said.count("\n") == 1
