"""Looks at everything, one check after the other."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

from kiosk.core.errors import SealgateError
from kiosk.doctor.accounts import AccountsCheck
from kiosk.doctor.after_hours import AfterHoursCheck
from kiosk.doctor.approved_list import ApprovedListCheck
from kiosk.doctor.archive import ArchiveCheck
from kiosk.doctor.backup import BackupCheck
from kiosk.doctor.cards import CardsCheck
from kiosk.doctor.check import Check, Kiosk, Verdict, wrong
from kiosk.doctor.checkpoint import CheckpointCheck
from kiosk.doctor.gatehouse_web import GatehouseWebCheck
from kiosk.doctor.incidents import IncidentsCheck
from kiosk.doctor.ledger import LedgerCheck
from kiosk.doctor.mail import MailCheck
from kiosk.doctor.metrics import MetricsCheck
from kiosk.doctor.seal_readers import SealReadersCheck
from kiosk.doctor.settings import SettingsCheck
from kiosk.doctor.verification import VerificationCheck
from kiosk.ledger.errors import LedgerError
from kiosk.site import Site, SiteError, read_site

CHECKS: Final[tuple[Check, ...]] = (
    *(SettingsCheck(), LedgerCheck(), ArchiveCheck(), CheckpointCheck(), BackupCheck()),
    *(
        ApprovedListCheck(),
        CardsCheck(),
        AfterHoursCheck(),
        AccountsCheck(),
        SealReadersCheck(),
        IncidentsCheck(),
        MailCheck(),
    ),
    VerificationCheck(),
    GatehouseWebCheck(),
    MetricsCheck(),
)


def examine(data: Path, config: Path, now: datetime) -> Iterator[Verdict]:
    """The verdicts, in the order of the checks.

    Args:
        data: The kiosk's data folder.
        config: Its site.toml.
        now: The time, in UTC.
    """
    kiosk = Kiosk(data, config, _site(config), now)
    for check in CHECKS:
        try:
            yield from check.look(kiosk)
        except (LedgerError, SealgateError) as fault:
            yield wrong(check.of, f"expected {fault.expected}, got {fault.got}", fault.mend)
        except OSError as fault:
            where = fault.filename or data
            yield wrong(check.of, f"{where}: {fault.strerror or fault}", "see to its place and permissions")


def _site(config: Path) -> Site | None:
    try:
        return read_site(config)
    except SiteError:
        return None
