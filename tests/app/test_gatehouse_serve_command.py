"""``sealgate gatehouse --serve`` and ``--make-certificate`` as commands: what they need and say, how they end."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from kiosk.cli import main
from kiosk.site import read_site
from kiosk.web.certificate import files_of, read_certificate
from kiosk.web.ready import now
from tests.web.papers import DAY, NOW, Authority
from tests.web.rig import PATIENCE_S, can_connect, listening_sockets

SAMPLE = Path(__file__).parents[2] / "kiosk" / "demo" / "sample_site" / "site.toml"

Said = Callable[..., tuple[int, str]]


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The sample site's settings."""
    path = tmp_path / "site.toml"
    path.write_text(SAMPLE.read_text(encoding="utf-8"), encoding="utf-8")
    return path


def web(config: Path, text: str) -> None:
    """Add to the settings."""
    with config.open("a", encoding="utf-8") as file:
        file.write(f"\n[gatehouse.web]\n{text}\n")


@pytest.fixture
def said(config: Path, capsys: pytest.CaptureFixture[str]) -> Said:
    """Runs a command that ends by itself: its exit code, and what it wrote to stderr."""

    def run(*words: str) -> tuple[int, str]:
        try:
            code = main(["gatehouse", "--config", str(config), "--data", str(config.parent), *words])
        except SystemExit as ended:  # argparse's own
            code = int(ended.code or 0)
        return code, capsys.readouterr().err

    return run


# --- wrong use ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--host", "127.0.0.1"), "--host and --port together with --serve"),
        (("--port", "8443"), "--host and --port together with --serve"),
        (("--name", "x"), "--name together with --make-certificate"),
        (("--serve", "--make-certificate"), "not allowed with"),
        (("--serve", "--host", "gate"), "expected an address of this machine, got 'gate'"),
        (("--serve", "--port", "65536"), "expected a number up to 65535, got '65536'"),
        (("--serve", "--port", "-1"), "expected"),
        (("--serve", "--host", "0.0.0.0"), "expected a certificate, since others can reach 0.0.0.0"),
        (("--serve", "--host", "::"), "expected a certificate, since others can reach ::"),
    ],
)
def test_wrong_use_is_told_with_exit_code_2(said: Said, words: tuple[str, ...], told: str) -> None:
    code, text = said(*words)
    assert (code, told in text) == (2, True), text


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        ('host = "0.0.0.0"', "expected a certificate, since others can reach 0.0.0.0"),
        ('host = "gate.example.nz"', "gatehouse.web.host: expected an address of this machine"),
        ('certificate = "/nowhere/c"', "expected certificate and key, or neither, got certificate alone"),
        ('key = "/nowhere/k"', "expected certificate and key, or neither, got key alone"),
        ('certificate = "/nowhere/c"\nkey = "/nowhere/k"', "expected a certificate at /nowhere/c, got none"),
        ('public_url = "https://gate.example.nz/console"', "gatehouse.web.public_url"),
        ('public_url = "gate.example.nz"', "gatehouse.web.public_url"),
        ("port = 0", "gatehouse.web.port"),
        ("sessions = 0", "gatehouse.web.sessions"),
        ('hosts = "127.0.0.1"', "gatehouse.web: expected a key that the manual lists"),
        (
            'host = "198.51.100.7"\ncertificate = "{0}/gate.pem"\nkey = "{0}/gate.key"',
            "name an address of this machine",
        ),
    ],
)
def test_settings_that_cannot_be_are_told_in_a_line_with_exit_code_3(
    said: Said, config: Path, settings: str, told: str
) -> None:
    Authority().issue(config.parent, ["gate.example.nz"])
    web(config, settings.format(config.parent))
    code, text = said("--serve")
    assert (code, told in text, text.count("\n")) == (3, True, 1), text


def test_an_expired_certificate_is_told_in_a_line_with_exit_code_3(said: Said, config: Path) -> None:
    Authority().issue(config.parent, begins=NOW - 9 * DAY, ends=NOW - DAY)
    web(config, f'certificate = "{config.parent}/gate.pem"\nkey = "{config.parent}/gate.key"')
    code, text = said("--serve")
    assert (code, "to count now" in text, text.count("\n")) == (3, True, 1), text


# --- a certificate of its own ---------------------------------------------------------------------------


def test_a_certificate_is_made_where_site_toml_says_for_the_machines_names_and_is_good(
    said: Said, config: Path
) -> None:
    certificate, key = config.parent / "gate.pem", config.parent / "gate.key"
    web(
        config,
        f'certificate = "{certificate}"\nkey = "{key}"\nhost = "192.0.2.77"\npublic_url = "https://gate.example.nz"',
    )
    code, text = said("--make-certificate")
    assert code == 0, text
    settings = read_site(config).web
    files = files_of(settings.certificate, settings.key)
    assert files is not None
    made = read_certificate(files, now(), "gate.example.nz")
    assert {"192.0.2.77", "gate.example.nz", os.uname().nodename.lower()} <= made.names
    assert made.fingerprint.upper() == text.partition("trust it: ")[2].strip().replace(":", "")
    assert (key.stat().st_mode & 0o777, certificate.stat().st_mode & 0o111) == (0o600, 0)
    assert "PRIVATE" not in text + certificate.read_text(encoding="ascii")


def test_its_names_can_be_given_and_one_that_is_there_is_never_written_over(said: Said, config: Path) -> None:
    certificate, key = config.parent / "gate.pem", config.parent / "gate.key"
    web(config, f'certificate = "{certificate}"\nkey = "{key}"')
    code, text = said("--make-certificate", "--name", "gate.local", "--name", "fd00::5")
    assert (code, "for gate.local, fd00::5, until" in text) == (0, True), text
    before = certificate.read_bytes(), key.read_bytes()
    code, text = said("--make-certificate")
    assert (code, f"expected no file at {certificate}, got one" in text) == (3, True), text
    assert (certificate.read_bytes(), key.read_bytes()) == before


def test_without_a_place_for_it_none_is_made(said: Said) -> None:
    code, text = said("--make-certificate")
    assert (code, "gatehouse.web.certificate and key in site.toml" in text) == (3, True)


# --- serving --------------------------------------------------------------------------------------------


def start(config: Path, *words: str, under: tuple[str, ...] = ()) -> "subprocess.Popen[str]":
    """The server, as a process of its own."""
    command = [*under, sys.executable, "-P", "-m", "kiosk.cli", "gatehouse", "--serve", "--config", str(config)]
    return subprocess.Popen(
        [*command, "--data", str(config.parent), *words],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def port_of(server: "subprocess.Popen[str]") -> int:
    """Where it says that it listens."""
    assert server.stderr is not None
    line = server.stderr.readline()
    found = re.search(r"the gatehouse is at http://127\.0\.0\.1:([0-9]+); Ctrl\+C ends it", line)
    assert found is not None, line + server.stderr.read()
    return int(found[1])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_by_default_it_listens_on_this_machine_alone_and_ends_at_a_signal(config: Path, number: signal.Signals) -> None:
    with start(config, "--port", "0") as server:
        port = port_of(server)
        assert listening_sockets(server.pid) == {f"0100007F:{port:04X}"}
        assert not can_connect("127.0.0.2", port)
        assert os.getpriority(os.PRIO_PROCESS, server.pid) >= 10  # the gate goes first
        server.send_signal(number)
        assert server.wait(PATIENCE_S) == 0
        assert server.stdout is not None
        assert server.stdout.read() == ""
    assert not can_connect("127.0.0.1", port)


def test_a_port_that_is_taken_is_told_with_exit_code_3(config: Path) -> None:
    with start(config, "--port", "0") as first:
        port = port_of(first)
        with start(config, "--port", str(port)) as second:
            _, text = second.communicate(timeout=PATIENCE_S)
            assert second.returncode == 3
            assert re.fullmatch(
                f"sealgate: expected to listen on 127.0.0.1:{port}, got .* in use; something .*\n", text
            )
        first.terminate()


def test_it_needs_no_rights_and_writes_nothing(config: Path) -> None:
    before = sorted(each.name for each in config.parent.iterdir())
    config.parent.chmod(0o555)
    # Root keeps none of its rights, and is then held to the folder's mode as everybody is.
    drop = ("setpriv", "--bounding-set", "-all", "--inh-caps", "-all", "--no-new-privs") if os.geteuid() == 0 else ()
    try:
        with start(config, "--port", "0", under=drop) as server:
            assert can_connect("127.0.0.1", port_of(server))
            status = Path(f"/proc/{server.pid}/status").read_text(encoding="ascii")
            assert re.findall(r"Cap(?:Eff|Prm):\s*0*([0-9a-f]+)\n", status) == ["0", "0"]
            server.terminate()
            assert server.wait(PATIENCE_S) == 0
        assert sorted(each.name for each in config.parent.iterdir()) == before
    finally:
        config.parent.chmod(0o755)
