"""How the figures get out: the file, its form, and HTTP."""

import os
import socket
import stat
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Final

import pytest
from prometheus_client.parser import text_string_to_metric_families

from kiosk.monitoring import http, readings
from kiosk.monitoring.counts import Counts
from kiosk.monitoring.families import histograms_of
from kiosk.monitoring.http import MetricsServer
from kiosk.monitoring.looks import Reading
from kiosk.monitoring.metrics import METRICS, PREFIX, Kind
from kiosk.monitoring.monitor import Monitor
from kiosk.monitoring.publishing import registry_of, text_of, write_text
from kiosk.site import MetricsHttp, MetricsSettings
from tests.station.rig import SITE, now

UNITS: Final = ("_seconds", "_bytes", "_celsius", "_ratio", "_volts", "_total", "_info")
"""Endings that Prometheus' naming page has for units and kinds; what has none is a plain number, or 0 and 1."""

ABBREVIATED: Final = ("_ms", "_s", "_sec", "_mb", "_kb", "_pct", "_percent", "_minutes", "_hours", "_days")


def counts() -> Counts:
    return Counts({"gate": "gate"}, ())


def full_text() -> str:
    made = counts()
    registry = registry_of(lambda: readings.counted(made), histograms_of(made))
    return text_of(registry).decode()


def test_prometheus_own_parser_reads_every_family_with_its_kind_and_meaning() -> None:
    families = {family.name: family for family in text_string_to_metric_families(full_text())}
    for family in families.values():
        assert family.documentation
        assert family.type in {"gauge", "counter", "histogram"}
        assert not any(sample.timestamp for sample in family.samples), "node_exporter takes no file with timestamps"
        series = [(sample.name, tuple(sorted(sample.labels.items()))) for sample in family.samples]
        assert len(series) == len(set(series))
    for name in ("visits_ended", "barrier_openings", "tap_to_decision_seconds", "process_resident_memory_bytes"):
        assert f"{PREFIX}_{name}" in families


@pytest.mark.parametrize("name", METRICS)
def test_names_are_prometheus_way(name: str) -> None:
    metric = METRICS[name]
    assert name == name.lower()
    assert name.endswith("_total") is (metric.kind is Kind.COUNTER)
    assert not name.endswith(ABBREVIATED)
    if metric.kind is Kind.HISTOGRAM:
        assert name.endswith("_seconds")
    if "timestamp" in name:
        assert name.endswith("_timestamp_seconds")
    assert metric.meaning.endswith(".")


def test_the_processs_own_figures_do_not_have_node_exporters_names() -> None:
    names = {line.split()[2] for line in full_text().splitlines() if line.startswith("# TYPE")}
    assert all(name.startswith("sealgate_") for name in names)
    assert {"sealgate_process_start_time_seconds", "sealgate_process_open_fds"} <= names


def test_what_a_file_of_figures_says_of_a_label_is_escaped() -> None:
    strange = Counts({'the "north"\\ gate\n2': "gate"})
    text = text_of(registry_of(lambda: readings.counted(strange), {}, process=False)).decode()
    assert 'device="the \\"north\\"\\\\ gate\\n2"' in text


def test_a_file_is_whole_at_every_moment_and_may_be_read_by_anybody(tmp_path: Path) -> None:
    path, before = tmp_path / "sealgate.prom", os.umask(0o077)
    try:
        write_text(path, b"old\n")
        with path.open("rb") as reading:
            write_text(path, b"new and longer\n")
            assert reading.read() == b"old\n"
    finally:
        os.umask(before)
    assert path.read_bytes() == b"new and longer\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [each.name for each in tmp_path.iterdir()] == ["sealgate.prom"]


def test_a_disk_that_is_full_keeps_the_file_before_and_leaves_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "sealgate.prom"
    write_text(path, b"old\n")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fchmod", full)
    with pytest.raises(OSError, match="No space left"):
        write_text(path, b"new\n")
    assert path.read_bytes() == b"old\n"
    assert [each.name for each in tmp_path.iterdir()] == ["sealgate.prom"]


def test_a_link_that_somebody_put_beside_the_file_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("as it was")
    (tmp_path / ".sealgate.prom.new").symlink_to(tmp_path / "precious")
    with pytest.raises(OSError, match="Too many levels of symbolic links"):
        write_text(tmp_path / "sealgate.prom", b"x")
    assert (tmp_path / "precious").read_text() == "as it was"


# --- HTTP ---------------------------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[MetricsServer]:
    made = MetricsServer("127.0.0.1", 0, registry_of(lambda: [Reading("in_service", 1)], {}))
    yield made
    made.close()


def asked(port: int, method: str = "GET", path: str = "/metrics") -> tuple[int, str]:
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_the_figures_are_read_over_http(server: MetricsServer) -> None:
    status, text = asked(server.port)
    assert status == 200
    assert "\nsealgate_in_service 1.0\n" in text
    assert asked(server.port, path="/metrics?name[]=sealgate_in_service")[1].count("# TYPE") == 1


def test_nothing_else_is(server: MetricsServer, capfd: pytest.CaptureFixture[str]) -> None:
    assert asked(server.port, path="/")[0] == asked(server.port, path="/metrics/../../etc/passwd")[0] == 404
    assert asked(server.port, "POST")[0] == 405
    with socket.create_connection(("127.0.0.1", server.port)) as rubbish:
        rubbish.sendall(b"\x16\x03\x01\x02\x00\x01\r\n\r\n")
    assert asked(server.port)[0] == 200
    assert capfd.readouterr() == ("", ""), "stderr is the driver's screen"


def test_callers_who_say_nothing_take_neither_threads_nor_the_others_turn_for_ever(
    server: MetricsServer, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(http, "CALL_S", 0.1)
    silent = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(4)]
    threads = threading.active_count()
    assert asked(server.port)[0] == 200
    assert threading.active_count() <= threads + 1
    for each in silent:
        each.close()
    assert capfd.readouterr() == ("", "")


def test_figures_that_cannot_be_made_are_an_error_for_the_caller_and_nothing_on_the_screen(
    capfd: pytest.CaptureFixture[str],
) -> None:
    def broken() -> list[Reading]:
        raise ZeroDivisionError

    registry = registry_of(list, {})
    server = MetricsServer("::1", 0, registry)
    registry.register(type("Broken", (), {"collect": lambda _: broken(), "describe": lambda _: []})())
    try:
        connection = HTTPConnection("::1", server.port, timeout=10)
        connection.request("GET", "/metrics")
        assert connection.getresponse().status == 500
        connection.close()
    finally:
        server.close()
    assert capfd.readouterr() == ("", "")


def test_a_port_that_is_taken_keeps_the_file_from_nobody(tmp_path: Path, server: MetricsServer) -> None:
    settings = MetricsSettings(tmp_path / "sealgate.prom", every_s=5, http=MetricsHttp(port=server.port))
    monitor, written = Monitor(SITE, tmp_path, settings, now, first_s=0.0), threading.Event()
    monitor.begin(written.set)
    assert written.wait(10)
    monitor.end()
    assert "sealgate_running 0.0" in (tmp_path / "sealgate.prom").read_text(encoding="utf-8")
