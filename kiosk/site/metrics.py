"""What site.toml says of the kiosk's figures, ``[metrics]``."""

from ipaddress import ip_address
from pathlib import Path
from typing import Final

from kiosk.site.settings import MetricsHttp, MetricsSettings, SiteError
from kiosk.site.shape import MetricsHttpTable, MetricsTable

ENDS: Final = ".prom"
"""How the names of files end that node_exporter's textfile collector reads."""


def metrics_settings(source: str, raw: MetricsTable | None) -> MetricsSettings | None:
    """Where the figures go; None where nobody wants them.

    Raises:
        SiteError: Something that the shape alone does not show.
    """
    if raw is None:
        return None
    where = f"{source} metrics"
    if raw.file is None and raw.http is None:
        raise SiteError(where, expected="a file, or [metrics.http], or both", got="neither")
    file = Path(raw.file) if raw.file is not None else None
    if file is not None and file.suffix != ENDS:
        expected = f"a file whose name ends in {ENDS}: node_exporter reads no other"
        raise SiteError(f"{where}.file", expected=expected, got=ascii(file.name))
    return MetricsSettings(file, raw.every_s, _http(f"{where}.http", raw.http) if raw.http is not None else None)


def _http(where: str, raw: MetricsHttpTable) -> MetricsHttp:
    """Anybody who reaches the port reads the figures: beyond this machine that is for a person to answer for."""
    try:
        host = ip_address(raw.host)
    except ValueError as error:
        expected = "an address of this machine, such as 127.0.0.1 or 192.168.1.5"
        raise SiteError(f"{where}.host", expected=expected, got=ascii(raw.host)) from error
    if not host.is_loopback and not (raw.reason or "").strip():
        expected = (
            "a reason, since everybody on that network can read them: who does, and why not from node_exporter's file"
        )
        raise SiteError(f"{where}.reason", expected=expected, got="none")
    return MetricsHttp(str(host), raw.port, (raw.reason or "").strip())
