"""What site.toml says of the staff console in a browser, ``[gatehouse.web]``."""

from ipaddress import ip_address
from pathlib import Path

from kiosk.site.settings import SiteError, WebSettings
from kiosk.site.shape import GatehouseTable


def web_settings(source: str, gatehouse: GatehouseTable) -> WebSettings:
    """The settings of the server.

    Raises:
        SiteError: Something that the shape alone does not show.
    """
    raw, where = gatehouse.web, f"{source} gatehouse.web"
    try:
        host = str(ip_address(raw.host))
    except ValueError as error:
        expected = "an address of this machine, such as 192.168.1.5, or 0.0.0.0 for all"
        raise SiteError(f"{where}.host", expected=expected, got=ascii(raw.host)) from error
    if (raw.certificate is None) is not (raw.key is None):
        there = "certificate" if raw.key is None else "key"
        raise SiteError(where, expected="certificate and key, or neither", got=f"{there} alone")
    return WebSettings(
        host=host,
        port=raw.port,
        certificate=Path(raw.certificate) if raw.certificate else None,
        key=Path(raw.key) if raw.key else None,
        public_url=raw.public_url.lower() if raw.public_url else None,
        sessions=raw.sessions,
        idle_minutes=raw.idle_minutes,
    )
