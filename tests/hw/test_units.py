"""What systemd is asked and how its answer is read."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hw.errors import DeviceFault
from hw.units import moment, properties, systemctl


def stand_in(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that takes systemctl's place, to see what it is asked and to answer."""
    program = folder / "systemctl"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")


def test_properties_are_asked_for_by_name_and_those_that_are_not_said_are_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, f'echo "$@" > {tmp_path}/asked; echo "User=seal=gate"; echo "Odd=1"', monkeypatch)
    assert properties("a.service", ("User", "Result")) == {"User": "seal=gate", "Result": ""}
    asked = (tmp_path / "asked").read_text().split()
    assert asked == ["--no-pager", "--timestamp=unix", "show", "--property=User,Result", "a.service"]
    properties("", ("RuntimeWatchdogUSec",))
    assert (tmp_path / "asked").read_text().split()[-1] == "--property=RuntimeWatchdogUSec"


@pytest.mark.parametrize(
    ("script", "got"),
    [
        ('echo "System has not been booted with systemd" >&2; exit 1', "System has not been booted with systemd"),
        ("exit 4", "exit code 4"),
        ("exec sleep 60", "timed out"),
    ],
)
def test_a_systemctl_that_fails_or_hangs_is_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, got: str
) -> None:
    monkeypatch.setattr("hw.units.PATIENCE_S", 0.5)
    stand_in(tmp_path, script, monkeypatch)
    with pytest.raises(DeviceFault, match=got):
        systemctl(["show"])


def test_a_machine_without_systemctl_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DeviceFault, match="No such file"):
        systemctl(["show"])


def test_a_moment_is_read_and_what_never_was_is_none() -> None:
    assert moment("@1777921200") == datetime.fromtimestamp(1_777_921_200, UTC)
    assert [moment(said) for said in ("", "n/a", "@")] == [None, None, None]
