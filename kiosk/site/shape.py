"""The shape of site.toml itself: its tables and keys, what each may be, and what stands for those left out."""

from datetime import date, time
from typing import Annotated, Any, Final, Literal

from msgspec import Meta, Struct, field

from kiosk.core.cards import CardLevel
from kiosk.core.duty import DutyRule
from kiosk.core.pins import PinRule
from kiosk.core.plan import SessionRules, Timeouts
from kiosk.core.said import Language
from kiosk.core.seals import SealForm, Symbology, Tidying
from kiosk.site.settings import (
    BackupSettings,
    CameraReference,
    CardsBy,
    GatehouseSettings,
    MailSecurity,
    MetricsHttp,
    MetricsSettings,
    WebSettings,
)

Text = Annotated[str, Meta(min_length=1, max_length=80)]
Seconds = Annotated[float, Meta(gt=0, le=86_400)]
AbsolutePath = Annotated[str, Meta(pattern="^/")]
UsbId = Annotated[str, Meta(pattern="^(0x)?[0-9A-Fa-f]{4}$")]
PublicKey = Annotated[str, Meta(pattern=r"^[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$")]
MailAddress = Annotated[str, Meta(max_length=254, pattern=r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]+$")]
WebOrigin = Annotated[str, Meta(pattern=r"^https?://([A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?$")]
HostName = Annotated[str, Meta(pattern=r"^[A-Za-z0-9.:_-]{1,253}$")]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class Section(Struct, frozen=True, forbid_unknown_fields=True):
    """A table of site.toml: an unknown key is an error, since it is most often a misspelt one."""


class SiteTable(Section, frozen=True):
    """Which site it is."""

    id: Text
    name: Text
    timezone: Text
    contact: Text


class AccessTable(Section, frozen=True):
    """Hours in which drivers may come."""

    days: Annotated[frozenset[Day], Meta(min_length=1)]
    opens: Annotated[time, Meta(tz=False)]
    closes: Annotated[time, Meta(tz=False)]
    attended: bool


class HolidayTable(Section, frozen=True):
    """A day on which no window is attended."""

    day: date = field(name="date")
    name: Text
    closed: bool = False


class DutyTable(Section, frozen=True):
    """What makes the site attended, and how long a sign-on counts."""

    rule: DutyRule = DutyRule.HOURS
    lapses_h: Annotated[float, Meta(gt=0, le=24)] = 14.0


class RulesTable(Section, frozen=True):
    """Limits of the gate."""

    anti_passback_h: Annotated[float, Meta(gt=0, le=168)] = 12.0
    most_uplifts: Annotated[int, Meta(ge=1, le=8)] = 2


class CardsTable(Section, frozen=True):
    """What stands behind a card's identity, how cards are asked, and when a PIN is asked, too."""

    level: CardLevel = CardLevel.UID
    by: CardsBy = CardsBy.CHALLENGE
    pin: PinRule = PinRule.NEVER
    url: Annotated[str, Meta(pattern=r"^https://[^?#\s]{1,80}$")] | None = None


class SealTypeTable(Section, frozen=True):
    """A type of SES seal."""

    name: Text
    form: SealForm
    pattern: Text
    tidying: frozenset[Tidying] = frozenset()
    symbologies: frozenset[Symbology] = frozenset()
    scanner_must_identify: bool = False
    gs1_element: Annotated[str, Meta(pattern="^[0-9]{2,4}$")] | None = None


class TimeoutsTable(Section, frozen=True):
    """How long each display waits."""

    welcome_s: Seconds = Timeouts().welcome_s
    pin_s: Seconds = Timeouts().pin_s
    pin_check_s: Seconds = Timeouts().pin_check_s
    choose_s: Seconds = Timeouts().choose_s
    step_s: Seconds = Timeouts().step_s
    verify_s: Seconds = Timeouts().verify_s
    scan_patience_s: Seconds = Timeouts().scan_patience_s
    sign_s: Seconds = Timeouts().sign_s
    commit_s: Seconds = Timeouts().commit_s
    passing_s: Seconds = Timeouts().passing_s
    stopped_s: Seconds = Timeouts().stopped_s
    message_s: Seconds = Timeouts().message_s
    visitor_s: Seconds = Timeouts().visitor_s
    visit_s: Seconds = Timeouts().visit_s


class ReaderTable(Section, frozen=True):
    """The card reader."""

    port: AbsolutePath
    name: Text = "card reader"


class UsbTable(Section, frozen=True):
    """A USB device, by what it says of itself."""

    vendor: UsbId
    product: UsbId
    serial: Text | None = None


class ScannerTable(Section, frozen=True):
    """The barcode scanner."""

    port: AbsolutePath | None = None
    usb: UsbTable | None = None
    name: Text = "seal scanner"
    framing: Literal["cr", "lf", "crlf", "tab", "stx-etx", "idle", "any-line-end", "ssi"] = "any-line-end"
    baud: Annotated[int, Meta(ge=300, le=4_000_000)] = 9600
    aim: Literal["detect", "always", "never"] = "detect"


class SealReaderTable(Section, frozen=True):
    """A seal reader."""

    port: AbsolutePath | None = None
    usb: UsbTable | None = None
    name: Text = "seal reader"
    engine: Literal["lines", "ssi"] = "lines"
    engine_baud: Annotated[int, Meta(ge=1200, le=921_600)] = 9600
    end: Literal["cr", "lf", "crlf", "tab"] = "cr"
    volume: Annotated[int, Meta(ge=0, le=10)] = 7


class GateTable(Section, frozen=True):
    """The gate."""

    board: Text
    name: Text = "gate"
    pulse_s: Annotated[float, Meta(ge=0.1, le=5.0)] = 1.0
    wiring: dict[str, Any] = {}


class CheckpointsTable(Section, frozen=True):
    """How signed checkpoints leave the machine."""

    shift_ends: Annotated[tuple[Annotated[time, Meta(tz=False)], ...], Meta(min_length=1)]
    folder: AbsolutePath | None = None
    print: tuple[Text, ...] = ()


class BackupTable(Section, frozen=True):
    """When and where to the ledger is backed up."""

    folder: AbsolutePath
    times: Annotated[tuple[Annotated[time, Meta(tz=False)], ...], Meta(min_length=1)] = (time(12), time(20))
    warn_after_h: Annotated[float, Meta(gt=0, le=8_760)] = BackupSettings().warn_after_h


class PurchaseApprovalTable(Section, frozen=True):
    """A seal purchase approval document."""

    number: Text
    sites: Annotated[frozenset[Text], Meta(min_length=1)]


class ApprovedListTable(Section, frozen=True):
    """Who signs the approved list, and what happens when it runs out."""

    keys: tuple[PublicKey, ...] = ()
    warn_days: Annotated[int, Meta(ge=0, le=366)] = 14
    override_h: Annotated[float, Meta(gt=0, le=168)] = 24.0


class MailTable(Section, frozen=True):
    """The site's own mail server."""

    host: HostName
    sender: MailAddress = field(name="from")
    to: Annotated[tuple[MailAddress, ...], Meta(min_length=1, max_length=20)]
    port: Annotated[int, Meta(ge=1, le=65_535)] | None = None
    security: MailSecurity = MailSecurity.STARTTLS
    user: Text | None = None
    password_file: AbsolutePath | None = None
    ca: AbsolutePath | None = None


class WebTable(Section, frozen=True):
    """The staff console in a browser."""

    host: Text = WebSettings().host
    port: Annotated[int, Meta(ge=1, le=65_535)] = WebSettings().port
    certificate: AbsolutePath | None = None
    key: AbsolutePath | None = None
    public_url: WebOrigin | None = None
    sessions: Annotated[int, Meta(ge=1, le=64)] = WebSettings().sessions
    idle_minutes: Annotated[int, Meta(ge=1, le=480)] = WebSettings().idle_minutes


class MetricsHttpTable(Section, frozen=True):
    """The kiosk's figures over HTTP."""

    host: Text = MetricsHttp().host
    port: Annotated[int, Meta(ge=1, le=65_535)] = MetricsHttp().port
    reason: Text | None = None


class MetricsTable(Section, frozen=True):
    """The kiosk's figures for Prometheus."""

    file: AbsolutePath | None = None
    every_s: Annotated[float, Meta(ge=5, le=300)] = MetricsSettings().every_s
    http: MetricsHttpTable | None = None


class GatehouseTable(Section, frozen=True):
    """Limits of the gatehouse, and where its consoles are reached."""

    web: WebTable = WebTable()
    report_within_h: Annotated[float, Meta(gt=0, le=720)] = GatehouseSettings().report_within_h
    visitor_hours: Annotated[float, Meta(gt=0, le=168)] = GatehouseSettings().visitor_hours
    verify_within_h: Annotated[float, Meta(gt=0, le=168)] = GatehouseSettings().verify_within_h
    camera_reference: CameraReference = GatehouseSettings().camera_reference
    idle_minutes: Annotated[int, Meta(ge=1, le=10)] = SessionRules().idle_minutes
    session_hours: Annotated[int, Meta(ge=1, le=24)] = SessionRules().session_hours
    password_days: Annotated[int, Meta(ge=1, le=366)] = SessionRules().password_days
    at_kiosk: bool = False
    visitors_at_kiosk: bool = False


class ScreenTable(Section, frozen=True):
    """The driver's screen."""

    languages: Annotated[tuple[Language, ...], Meta(min_length=1)] = (Language.ENGLISH,)


class ImportTable(Section, frozen=True):
    """How an office's sheet of a kind is to be read."""

    columns: dict[str, Text] = {}
    sheet: Text | None = None
    constants: dict[str, str] = {}


class ImportsTable(Section, frozen=True):
    """The kinds of sheets."""

    approved_list: ImportTable | None = field(name="approved-list", default=None)
    racas: ImportTable | None = None
    drivers: ImportTable | None = None
    staff: ImportTable | None = None
    bookings: ImportTable | None = None
    register: ImportTable | None = None


class WholeFile(Section, frozen=True):
    """All tables. docs/settings.md says what each key means."""

    site: SiteTable
    access: Annotated[tuple[AccessTable, ...], Meta(min_length=1)]
    seal_type: Annotated[tuple[SealTypeTable, ...], Meta(min_length=1)]
    reader: ReaderTable
    gate: GateTable
    scanner: ScannerTable | None = None
    seal_readers: tuple[SealReaderTable, ...] = ()
    purchase_approval: tuple[PurchaseApprovalTable, ...] = ()
    holidays: tuple[HolidayTable, ...] = ()
    duty: DutyTable = DutyTable()
    rules: RulesTable = RulesTable()
    cards: CardsTable = CardsTable()
    checkpoints: CheckpointsTable | None = None
    timeouts: TimeoutsTable = TimeoutsTable()
    screen: ScreenTable = ScreenTable()
    backup: BackupTable | None = None
    approved_list: ApprovedListTable = ApprovedListTable()
    mail: MailTable | None = None
    gatehouse: GatehouseTable = GatehouseTable()
    metrics: MetricsTable | None = None
    imports: ImportsTable = field(name="import", default=ImportsTable())
