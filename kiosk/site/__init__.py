"""site.toml, read and checked once, into frozen settings (`reading.py`); its keys are in `shape.py`."""

from kiosk.site.reading import parse_site, read_site
from kiosk.site.settings import (
    BackupSettings,
    CameraReference,
    CardsBy,
    CheckpointSettings,
    GatehouseSettings,
    GateSettings,
    MailSecurity,
    MailSettings,
    ReaderSettings,
    ScannerSettings,
    SealReaderSettings,
    SheetSettings,
    Site,
    SiteError,
    UsbIdentity,
    WebSettings,
)

__all__ = [
    "BackupSettings",
    "CameraReference",
    "CardsBy",
    "CheckpointSettings",
    "GateSettings",
    "GatehouseSettings",
    "MailSecurity",
    "MailSettings",
    "ReaderSettings",
    "ScannerSettings",
    "SealReaderSettings",
    "SheetSettings",
    "Site",
    "SiteError",
    "UsbIdentity",
    "WebSettings",
    "parse_site",
    "read_site",
]
