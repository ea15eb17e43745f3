"""What site.toml says, as the rest of the kiosk takes it: frozen settings, and the error that names a key."""

from collections.abc import Mapping
from datetime import time, tzinfo
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from kiosk.core.errors import SealgateError
from kiosk.core.plan import PurchaseApproval, SecurityPlan, SessionRules
from kiosk.core.said import Language
from kiosk.core.seals import SealType


class CardsBy(Enum):
    """By what an NTAG 424 DNA proves itself. A DESFire is challenged in any case."""

    CHALLENGE = "challenge"
    MESSAGE = "message"
    BOTH = "both"


class SiteError(SealgateError):
    """site.toml cannot be used.

    Attributes:
        where: The key that is wrong, such as ``rules.most_uplifts``.
        others: What else is wrong in the same file.
    """

    def __init__(self, where: str, *, expected: str, got: str) -> None:
        super().__init__(expected=expected, got=got, mend="correct it and start again")
        self.where = where
        self.others: tuple[SiteError, ...] = ()

    def __str__(self) -> str:
        """A line for each thing that is wrong."""
        return "\n".join((f"{self.where}: {super().__str__()}", *map(str, self.others)))


class UsbIdentity(Struct, frozen=True):
    """What a USB device says of itself.

    Attributes:
        vendor: Vendor id.
        product: Product id.
        serial: Serial number; None takes any.
    """

    vendor: int
    product: int
    serial: str | None


class ReaderSettings(Struct, frozen=True):
    """The card reader: a name and the path of its serial port."""

    name: str
    port: Path


class ScannerSettings(Struct, frozen=True):
    """The barcode scanner.

    Attributes:
        name: As the health line and errors call it.
        port: Path of its serial port, or the USB device behind it.
        framing: How it ends a read: cr, lf, crlf, tab, stx-etx, idle, any-line-end or ssi.
        baud: Bits a second.
        aim: Whether it sends AIM identifiers: detect, always or never.
    """

    name: str
    port: Path | UsbIdentity
    framing: str
    baud: int
    aim: str


class SealReaderSettings(Struct, frozen=True):
    """A seal reader.

    Attributes:
        name: As the health line, errors and the ledger call it.
        port: Path of its serial port, or the USB device behind it.
        engine: Which kind of scan engine it has: lines or ssi.
        engine_baud: Bits a second between it and its engine.
        end: What ends a line of a lines engine: cr, lf, crlf or tab.
        volume: Loudness of its buzzer, 0 to 10.
    """

    name: str
    port: Path | UsbIdentity
    engine: str
    engine_baud: int
    end: str
    volume: int


class GateSettings(Struct, frozen=True):
    """The gate: which board, which of its lines are wired otherwise, and how long the barrier's pulse is."""

    name: str
    board: str
    pulse_s: float
    wiring: Mapping[str, Any]


class CheckpointSettings(Struct, frozen=True):
    """How signed checkpoints leave the machine.

    Attributes:
        shift_ends: Local times of day at which one is made; none: none is made.
        folder: Where it is written, such as a folder on a stick or a share; None: nowhere.
        print_command: The words of the command that prints a page given on its standard input; none: not printed.
    """

    shift_ends: tuple[time, ...] = ()
    folder: Path | None = None
    print_command: tuple[str, ...] = ()


class BackupSettings(Struct, frozen=True):
    """When the ledger is backed up, and where to.

    Attributes:
        folder: The folder of backups; None: there is none, and the kiosk makes no backups by itself.
        times: Local times of day.
        warn_after_h: Hours without a good backup after which the kiosk and the doctor speak of it.
    """

    folder: Path | None = None
    times: tuple[time, ...] = ()
    warn_after_h: float = 36.0


class MailSecurity(Enum):
    """How the line to the mail server is protected."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class MailSettings(Struct, frozen=True):
    """The site's own mail server, which takes reports to Customs.

    Attributes:
        host: Its name, as its certificate has it.
        port: Its port.
        security: How the line is protected.
        sender: The address that reports come from.
        to: Whom they go to: Customs, and whoever at the site shall have them, too.
        user: As whom to log on; None: nobody logs on.
        password_file: The file that holds the password; None: the credential or the file in the data folder.
        ca: A file of certificates to trust, of a server whose certificate the site has issued; None: the system's.
    """

    host: str
    port: int
    security: MailSecurity
    sender: str
    to: tuple[str, ...]
    user: str | None = None
    password_file: Path | None = None
    ca: Path | None = None


class CameraReference(Enum):
    """When whoever verifies an unattended uplift must say which pictures they looked at (clause 1.6)."""

    ALWAYS = "always"
    ODD = "odd"
    """Of an uplift that looks odd."""
    NEVER = "never"
    """The security plan has no cameras. An odd uplift needs a note instead."""


class GatehouseSettings(Struct, frozen=True):
    """Limits of the gatehouse.

    Attributes:
        report_within_h: Hours within which an incident is to be reported to Customs.
        visitor_hours: Hours from which on a visitor's stay is longer than the site expects.
        verify_within_h: Hours within which an unattended uplift is to be verified.
        camera_reference: When a camera reference must be given for it.
    """

    report_within_h: float = 24.0
    visitor_hours: float = 12.0
    verify_within_h: float = 24.0
    camera_reference: CameraReference = CameraReference.ODD


class WebSettings(Struct, frozen=True):
    """The staff console in a browser.

    Attributes:
        host: The address of this machine that it listens on.
        port: The TCP port.
        certificate: The file of its certificate and those between it and the site's authority, PEM; None: a credential,
            or no TLS.
        key: The file of the certificate's key, PEM.
        public_url: Where browsers find it, when that is another place, such as a proxy's; without a path.
        sessions: Consoles at once.
        idle_minutes: Minutes without a key, after which a console's process ends.
    """

    host: str = "127.0.0.1"
    port: int = 8443
    certificate: Path | None = None
    key: Path | None = None
    public_url: str | None = None
    sessions: int = 8
    idle_minutes: int = 30


class MetricsHttp(Struct, frozen=True):
    """The kiosk's figures over HTTP.

    Attributes:
        host: The address of this machine that it listens on.
        port: The TCP port.
        reason: Who reads them over the network, and why; empty where nobody does.
    """

    host: str = "127.0.0.1"
    port: int = 9842
    reason: str = ""


class MetricsSettings(Struct, frozen=True):
    """The kiosk's figures for Prometheus.

    Attributes:
        file: The file for node_exporter's textfile collector; None: none is written.
        every_s: Seconds between two writings of it.
        http: Where they are read over HTTP; None: nowhere.
    """

    file: Path | None = None
    every_s: float = 15.0
    http: MetricsHttp | None = None


class SheetSettings(Struct, frozen=True):
    """How the office's sheet of one kind is to be read.

    Attributes:
        columns: What the sheet calls our columns, by our names. Empty: it has our columns alone, by our names.
        sheet: The sheet's name in a workbook; None: the workbook has one alone.
        constants: What a column that the sheet does not have says in every row, by our names.
        zone: Whose local times its times are that name no offset; None: such times are refused.
    """

    columns: Mapping[str, str] = MappingProxyType({})
    sheet: str | None = None
    constants: Mapping[str, str] = MappingProxyType({})
    zone: tzinfo | None = None


class Site(Struct, frozen=True):
    """Everything that site.toml says.

    Attributes:
        plan: What the rules of the gate need.
        seal_types: The types of SES seals that the security plan lists, by name (clause 8.1).
        contact: Whom a driver calls when the kiosk is out of service.
        reader: The card reader.
        scanner: The barcode scanner; None where seal readers do its work.
        gate: The gate.
        checkpoints: How signed checkpoints leave the machine.
        backup: When the ledger is backed up, and where to.
        seal_readers: The seal readers.
        purchase_approvals: The seal purchase approval documents (clauses 8.4, 8.5), by number.
        imports: How the office's sheets are to be read, by the kinds that `sealgate import` takes.
        list_keys: Public keys of whoever signs the approved list; none: unsigned lists are taken.
        cards_by: By what cards that can do both prove themselves.
        card_url: What the message of an issued NTAG 424 DNA begins with; None: an address that leads nowhere.
        mail: The site's own mail server; None: reports are written as files.
        gatehouse: Limits of the gatehouse.
        web: The staff console in a browser.
        sessions: How long sessions and passwords of staff last.
        languages: Those of the driver's screen; the first is the site's own.
        metrics: The kiosk's figures for Prometheus; None: none are made.
    """

    plan: SecurityPlan
    seal_types: Mapping[str, SealType]
    contact: str
    reader: ReaderSettings
    scanner: ScannerSettings | None
    gate: GateSettings
    checkpoints: CheckpointSettings = CheckpointSettings()
    backup: BackupSettings = BackupSettings()
    seal_readers: tuple[SealReaderSettings, ...] = ()
    purchase_approvals: Mapping[str, PurchaseApproval] = MappingProxyType({})
    imports: Mapping[str, SheetSettings] = MappingProxyType({})
    list_keys: tuple[str, ...] = ()
    cards_by: CardsBy = CardsBy.CHALLENGE
    card_url: str | None = None
    mail: MailSettings | None = None
    gatehouse: GatehouseSettings = GatehouseSettings()
    web: WebSettings = WebSettings()
    sessions: SessionRules = SessionRules()
    languages: tuple[Language, ...] = (Language.ENGLISH,)
    metrics: MetricsSettings | None = None

    def sheet_of(self, kind: str) -> SheetSettings:
        """How the office's sheet of a kind is to be read: its times are the site's own."""
        return replace(self.imports.get(kind, SheetSettings()), zone=self.plan.timezone)
