"""Do the kiosk's figures get to whoever watches over it, and to nobody else?"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from kiosk.doctor.check import Kiosk, Verdict, good, wrong
from kiosk.site import MetricsHttp, MetricsSettings

_HTTP, _FILE = "figures over HTTP", "figures"
MISSED: Final = 3
"""Writings in a row without which a kiosk that runs is taken for one whose figures do not get out."""
_ANYBODY_READS: Final = 0o004


class MetricsCheck:
    """Looks at the file of the figures, and at who may read them over the network."""

    of = _FILE

    def look(self, kiosk: Kiosk) -> Iterator[Verdict]:
        """Whether the file is fresh and may be read; nothing where site.toml asks for no figures."""
        from kiosk.ledger.lock import holder_of

        settings = kiosk.site.metrics if kiosk.site is not None else None
        if settings is None:
            return
        runs = kiosk.ledger.is_dir() and bool(holder_of(kiosk.ledger))
        if settings.file is not None:
            yield _file(settings.file, settings, kiosk.now, runs=runs)
        if settings.http is not None:
            yield _http(settings.http)


def _file(path: Path, settings: MetricsSettings, now: datetime, *, runs: bool) -> Verdict:
    if not path.parent.is_dir():
        mend = "make it, for the kiosk's user to write in (docs/monitoring.md), or install prometheus-node-exporter"
        return wrong(_FILE, f"{path.parent} is not there", mend)
    try:
        status = path.stat()
    except FileNotFoundError:
        if runs:
            return wrong(_FILE, f"{path} is not there", "see that the kiosk's user may write there; its log says why")
        return good(_FILE, f"{path} is written once the kiosk runs")
    if not status.st_mode & _ANYBODY_READS:
        return wrong(_FILE, f"{path} cannot be read by node_exporter", "chmod 644 it, and look who else writes it")
    age = now - datetime.fromtimestamp(status.st_mtime, UTC)
    if runs and age > timedelta(seconds=MISSED * settings.every_s):
        return wrong(_FILE, f"{path} is {age.total_seconds():.0f} s old, and the kiosk runs", "its log says why")
    return good(_FILE, f"{path} is {max(0.0, age.total_seconds()):.0f} s old")


def _http(http: MetricsHttp) -> Verdict:
    where = f"[{http.host}]:{http.port}" if ":" in http.host else f"{http.host}:{http.port}"
    if ip_address(http.host).is_loopback:
        return good(_HTTP, f"{where}, for this machine alone")
    return good(_HTTP, f"{where}, for everybody on that network: {http.reason}")
