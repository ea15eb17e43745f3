"""Whatever ends or stops the walk's process in the midst of a pulse, the relay is let go and nothing is lost."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from kiosk.cli import main
from kiosk.demo.yard import SAMPLE_SITE
from tests.commissioning.installer import WIRING, Person

LONG_PULSE = 'board = "pi4"\npulse_s = 5.0'


@pytest.mark.parametrize(
    "number",
    [signal.SIGTERM, *(pytest.param(each, marks=pytest.mark.long) for each in (signal.SIGHUP, signal.SIGINT))],
)
def test_a_signal_in_the_midst_of_a_pulse_lets_the_relay_go_and_the_protocol_is_written(
    tmp_path: Path, number: signal.Signals
) -> None:
    data, config, root = tmp_path / "data", tmp_path / "site.toml", tmp_path / "root"
    data.mkdir()
    root.mkdir()
    config.write_text((SAMPLE_SITE / "site.toml").read_text().replace('board = "pi4"', LONG_PULSE), encoding="utf-8")
    person = Person()
    command = (sys.executable, "-m", "tests.commissioning.walker", str(data), str(config), str(root))
    walker = subprocess.Popen(command, stdin=person.keys, stdout=person.keys, start_new_session=True)
    try:
        person.reads("Who walks through?")
        person.types("Tāne")
        person.reads("THE BOOM WILL MOVE", "Type open")
        person.types("open")
        person.reads("the relay is energised")
        for ignored in (signal.SIGTSTP, signal.SIGQUIT):  # Ctrl-Z would leave it energised
            walker.send_signal(ignored)
        walker.send_signal(number)
        person.reads("ended", "1 skipped", "start the kiosk again")
        assert "device lost" not in person.heard
        assert walker.wait(15) == 1
    finally:
        walker.kill()
        walker.wait()
        person.goes()
    barrier = [line.split()[1] for line in (root / "changes").read_text().splitlines() if line.startswith("17 ")]
    assert barrier[-3:] == ["high", "low", "low"], "let go, then given up as an input"
    assert WIRING.barrier.bcm == 17
    (protocol,) = (data / "commissioning").glob("*.json")
    assert json.loads(protocol.read_text())["steps"][0]["outcome"] == "skipped"


def test_without_a_terminal_it_refuses_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["doctor", "--walk", "--data", str(tmp_path), "--config", str(SAMPLE_SITE / "site.toml")]
    with (tmp_path / "keys").open("w+") as keys:
        monkeypatch.setattr(sys, "stdin", keys)
        assert main(words) == 3
    assert capsys.readouterr().err == (
        "sealgate: expected a terminal, since the walk-through asks, got none; run it at a terminal, or over ssh -t\n"
    )


def test_without_a_data_folder_it_refuses_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    person = Person()
    words = ["doctor", "--walk", "--data", str(tmp_path / "none"), "--config", str(SAMPLE_SITE / "site.toml")]
    with open(person.keys, closefd=False, encoding="utf-8") as keys:
        monkeypatch.setattr(sys, "stdin", keys)
        assert main(words) == 3
    person.goes()
    assert "expected the data folder" in capsys.readouterr().err


def test_it_does_not_go_together_with_json(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["doctor", "--walk", "--json"])
    assert ended.value.code == 2
    assert "not allowed with argument" in capsys.readouterr().err


def test_the_help_says_what_it_asks_for(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["doctor", "--help"])
    said = " ".join(capsys.readouterr().out.split())
    assert "--walk an installer's walk-through of every device" in said
    assert "the kiosk must be stopped" in said
