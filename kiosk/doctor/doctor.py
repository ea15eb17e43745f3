"""Looks at everything, one check after the other, each for a bounded time."""

import traceback
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from typing import Final

from hw.errors import DeviceFault
from kiosk.core.errors import SealgateError
from kiosk.doctor.accounts import AccountsCheck
from kiosk.doctor.after_hours import AfterHoursCheck
from kiosk.doctor.approved_list import ApprovedListCheck
from kiosk.doctor.archive import ArchiveCheck
from kiosk.doctor.backup import BackupCheck
from kiosk.doctor.board import BoardCheck
from kiosk.doctor.card_reader import CardReaderCheck
from kiosk.doctor.cards import CardsCheck
from kiosk.doctor.check import Check, Kiosk, Verdict, unseen, wrong
from kiosk.doctor.checkpoint import CheckpointCheck
from kiosk.doctor.clock import ClockCheck
from kiosk.doctor.data_folder import DataFolderCheck
from kiosk.doctor.disk import DiskCheck
from kiosk.doctor.gate import GateCheck
from kiosk.doctor.gatehouse_web import GatehouseWebCheck
from kiosk.doctor.incidents import IncidentsCheck
from kiosk.doctor.ledger import LedgerCheck
from kiosk.doctor.machine import Machine
from kiosk.doctor.mail import MailCheck
from kiosk.doctor.network import NetworkCheck
from kiosk.doctor.power import PowerCheck
from kiosk.doctor.records import RecordsCheck
from kiosk.doctor.running import find_running
from kiosk.doctor.scanner import ScannerCheck
from kiosk.doctor.seal_readers import SealReadersCheck
from kiosk.doctor.service import ServiceCheck
from kiosk.doctor.settings import SettingsCheck
from kiosk.doctor.signing_key import SigningKeyCheck
from kiosk.doctor.starts import StartsCheck
from kiosk.doctor.verification import VerificationCheck
from kiosk.doctor.version import VersionCheck
from kiosk.doctor.visitors import VisitorsCheck
from kiosk.ledger.errors import LedgerError
from kiosk.site import Site, SiteError, read_site

SITE_CHECKS: Final[tuple[Check, ...]] = (
    *(SettingsCheck(), LedgerCheck(), ArchiveCheck(), CheckpointCheck(), SigningKeyCheck(), BackupCheck()),
    *(ApprovedListCheck(), RecordsCheck(), CardsCheck(), AfterHoursCheck(), AccountsCheck()),
    *(IncidentsCheck(), VisitorsCheck(), MailCheck(), VerificationCheck(), GatehouseWebCheck()),
)
"""What the site's own files say."""

MACHINE_CHECKS: Final[tuple[Check, ...]] = (
    *(VersionCheck(), ServiceCheck(), StartsCheck(), DataFolderCheck()),
    *(BoardCheck(), GateCheck(), CardReaderCheck(), ScannerCheck(), SealReadersCheck()),
    *(ClockCheck(), PowerCheck(), DiskCheck(), NetworkCheck()),
)
"""The machine, and what hangs on it."""

CHECKS: Final = (*MACHINE_CHECKS, *SITE_CHECKS)

LIMIT_S: Final = 90.0
"""Seconds for one check: the slowest that is well, a mail server that is slow to answer, takes a third of it. A share
that hangs takes for ever."""


def examine(
    data: Path, config: Path, now: datetime, machine: Machine | None = None, checks: Sequence[Check] = CHECKS
) -> Iterator[Verdict]:
    """The verdicts, in the order of the checks.

    Args:
        data: The kiosk's data folder.
        config: Its site.toml.
        now: The time, in UTC.
        machine: The machine; None for this one.
        checks: What to look at.
    """
    machine = machine or Machine()
    kiosk = Kiosk(data, config, _site(config), now, machine, find_running(data, machine.root / "proc"))
    for check in checks:
        yield from within(LIMIT_S, check, kiosk)


def within(limit_s: float, check: Check, kiosk: Kiosk) -> Iterator[Verdict]:
    """What a check finds, for as long as it may take; it is left alone after that."""
    found: SimpleQueue[Verdict | None] = SimpleQueue()

    def look() -> None:
        for verdict in _verdicts(check, kiosk):
            found.put(verdict)
        found.put(None)

    ends, thread = monotonic() + limit_s, Thread(target=look, name=f"doctor: {check.of}", daemon=True)
    thread.start()
    try:
        while (verdict := found.get(timeout=max(0.0, ends - monotonic()))) is not None:
            yield verdict
    except Empty:
        mend = "see to what it looks at: a disk, a share or a device that hangs"
        yield unseen(check.of, f"the look at it had not ended after {limit_s:g} s", mend)
    else:
        thread.join()


def _verdicts(check: Check, kiosk: Kiosk) -> Iterator[Verdict]:
    try:
        yield from check.look(kiosk)
    except (LedgerError, SealgateError, DeviceFault) as fault:
        what = f"expected {fault.expected}, got {fault.got}"
        yield unseen(check.of, what) if _for_want_of_rights(fault, kiosk) else wrong(check.of, what, fault.mend)
    except OSError as fault:
        what = f"{fault.filename or kiosk.data}: {fault.strerror or fault}"
        mend = "see to its place and permissions"
        yield unseen(check.of, what) if _for_want_of_rights(fault, kiosk) else wrong(check.of, what, mend)
    except Exception as error:  # noqa: BLE001 - whatever a check dies of, the others are asked
        at = traceback.extract_tb(error.__traceback__)[-1]
        what = f"the check failed by an error of ours: {error!r} at {Path(at.filename).name}:{at.lineno}"
        yield unseen(check.of, what, "tell whoever maintains this program")


def _for_want_of_rights(fault: BaseException | None, kiosk: Kiosk) -> bool:
    """Whether root would have seen what was not to be seen: then nobody knows how it is."""
    while fault is not None:
        if isinstance(fault, PermissionError):
            return kiosk.machine.user != 0
        fault = fault.__cause__
    return False


def _site(config: Path) -> Site | None:
    try:
        return read_site(config)
    except SiteError:
        return None
