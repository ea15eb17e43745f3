"""How the figures get out: as a file for node_exporter's textfile collector, and over HTTP where site.toml says so."""

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from prometheus_client.exposition import generate_latest
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import CollectorRegistry

from kiosk.monitoring.families import Figures
from kiosk.monitoring.histogram import Histogram
from kiosk.monitoring.looks import Reading
from kiosk.monitoring.metrics import PREFIX

READABLE: Final = 0o644
"""Mode of the file: node_exporter runs as a user of its own, and nothing in the file is secret."""


def registry_of(
    readings: Callable[[], Iterable[Reading]], histograms: dict[str, Histogram], *, process: bool = True
) -> CollectorRegistry:
    """A registry of these figures, and of this process.

    The process's own have our prefix: beside node_exporter's own ``process_*`` they would make its whole answer fail.
    """
    registry = CollectorRegistry()
    registry.register(Figures(readings, histograms))
    if process:
        ProcessCollector(namespace=PREFIX, registry=registry)
    return registry


def text_of(registry: CollectorRegistry) -> bytes:
    """The figures in Prometheus' text form (0.0.4), which node_exporter of any version reads."""
    return generate_latest(registry)


def write_text(path: Path, text: bytes) -> None:
    """Put the figures into the file: a reader finds the old ones or the new ones, and never half of them.

    The disk is not waited for: what a power cut takes would be old a minute later.

    Raises:
        OSError: The folder is not there, or does not take it.
    """
    beside = path.with_name(f".{path.name}.new")  # node_exporter reads what ends in .prom
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, READABLE)
    try:
        try:
            os.fchmod(handle, READABLE)  # whatever the service's umask is
            with os.fdopen(os.dup(handle), "wb") as file:
                file.write(text)
        finally:
            os.close(handle)
        beside.replace(path)
    except OSError:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        raise
