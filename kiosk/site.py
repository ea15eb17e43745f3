"""site.toml: read and checked once, into frozen settings."""

import re
import tomllib
from collections.abc import Mapping
from datetime import time
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from msgspec import Meta, Struct, field

from kiosk.core.cards import CardProof
from kiosk.core.errors import SealgateError
from kiosk.core.plan import AccessWindow, PurchaseApproval, SecurityPlan, Timeouts
from kiosk.core.seals import SealForm, SealType, Symbology, Tidying
from kiosk.core.units import quoted


class SiteError(SealgateError):
    """site.toml cannot be used.

    Attributes:
        where: The key that is wrong, such as ``rules.most_uplifts``.
    """

    def __init__(self, where: str, *, expected: str, got: str) -> None:
        super().__init__(expected=expected, got=got, mend="correct it and start again")
        self.where = where

    def __str__(self) -> str:
        return f"{self.where}: {super().__str__()}"


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


class SheetSettings(Struct, frozen=True):
    """How the office's sheet of one kind is to be read.

    Attributes:
        columns: What the sheet calls our columns, by our names. Empty: it has our columns alone, by our names.
        sheet: The sheet's name in a workbook; None: the workbook has one alone.
        constants: What a column that the sheet does not have says in every row, by our names.
    """

    columns: Mapping[str, str] = MappingProxyType({})
    sheet: str | None = None
    constants: Mapping[str, str] = MappingProxyType({})


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


def read_site(path: Path) -> Site:
    """Read site.toml.

    Raises:
        SiteError: when it is missing, no TOML, or says something that cannot be; names the key.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SiteError(str(path), expected="a readable file", got=error.strerror or str(error)) from error
    except UnicodeDecodeError as error:
        raise SiteError(str(path), expected="UTF-8 text", got=f"byte {error.start}: {error.reason}") from error
    return parse_site(text, path.name)


def parse_site(text: str, source: str = "site.toml") -> Site:
    """Read the text of a site.toml; see read_site."""
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SiteError(source, expected="TOML", got=str(error)) from error
    try:
        raw = msgspec.convert(said, _Site)
    except msgspec.ValidationError as error:
        raise _told(source, str(error), said) from error
    return Site(
        plan=_plan(source, raw),
        seal_types=MappingProxyType(_seal_types(source, raw.seal_type)),
        contact=raw.site.contact,
        reader=ReaderSettings(raw.reader.name, Path(raw.reader.port)),
        scanner=_scanner(source, raw.scanner) if raw.scanner is not None else None,
        gate=GateSettings(raw.gate.name, raw.gate.board, raw.gate.pulse_s, MappingProxyType(raw.gate.wiring)),
        checkpoints=_checkpoints(raw.checkpoints),
        backup=_backup(raw.backup),
        seal_readers=_seal_readers(source, raw.seal_readers),
        purchase_approvals=MappingProxyType(
            {each.number: PurchaseApproval(each.number, each.sites) for each in raw.purchase_approval}
        ),
        imports=MappingProxyType(_imports(raw.imports)),
        list_keys=raw.approved_list.keys,
    )


# --- the file's own shape ---------------------------------------------------------------------------

_Text = Annotated[str, Meta(min_length=1, max_length=80)]
_Seconds = Annotated[float, Meta(gt=0, le=86_400)]
_Path = Annotated[str, Meta(pattern="^/")]
_UsbId = Annotated[str, Meta(pattern="^(0x)?[0-9A-Fa-f]{4}$")]
_PublicKey = Annotated[str, Meta(pattern=r"^[^\s+]+\+[0-9a-f]{8}\+[A-Za-z0-9+/]{44}$")]
_Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class _Section(Struct, frozen=True, forbid_unknown_fields=True):
    """A table of site.toml: an unknown key is an error, since it is most often a misspelt one."""


class _SiteTable(_Section, frozen=True):
    id: _Text
    name: _Text
    timezone: _Text
    contact: _Text


class _Access(_Section, frozen=True):
    days: Annotated[frozenset[_Day], Meta(min_length=1)]
    opens: Annotated[time, Meta(tz=False)]
    closes: Annotated[time, Meta(tz=False)]
    attended: bool


class _Rules(_Section, frozen=True):
    card_proof: CardProof = CardProof.IDENTIFIER
    anti_passback_h: Annotated[float, Meta(gt=0, le=168)] = 12.0
    most_uplifts: Annotated[int, Meta(ge=1, le=8)] = 2


class _SealType(_Section, frozen=True):
    name: _Text
    form: SealForm
    pattern: _Text
    tidying: frozenset[Tidying] = frozenset()
    symbologies: frozenset[Symbology] = frozenset()
    scanner_must_identify: bool = False
    gs1_element: Annotated[str, Meta(pattern="^[0-9]{2,4}$")] | None = None


class _Timeouts(_Section, frozen=True):
    welcome_s: _Seconds = Timeouts().welcome_s
    choose_s: _Seconds = Timeouts().choose_s
    step_s: _Seconds = Timeouts().step_s
    verify_s: _Seconds = Timeouts().verify_s
    scan_patience_s: _Seconds = Timeouts().scan_patience_s
    sign_s: _Seconds = Timeouts().sign_s
    commit_s: _Seconds = Timeouts().commit_s
    passing_s: _Seconds = Timeouts().passing_s
    stopped_s: _Seconds = Timeouts().stopped_s
    visit_s: _Seconds = Timeouts().visit_s


class _Reader(_Section, frozen=True):
    port: _Path
    name: _Text = "card reader"


class _Usb(_Section, frozen=True):
    vendor: _UsbId
    product: _UsbId
    serial: _Text | None = None


class _Scanner(_Section, frozen=True):
    port: _Path | None = None
    usb: _Usb | None = None
    name: _Text = "seal scanner"
    framing: Literal["cr", "lf", "crlf", "tab", "stx-etx", "idle", "any-line-end", "ssi"] = "any-line-end"
    baud: Annotated[int, Meta(ge=300, le=4_000_000)] = 9600
    aim: Literal["detect", "always", "never"] = "detect"


class _SealReader(_Section, frozen=True):
    port: _Path | None = None
    usb: _Usb | None = None
    name: _Text = "seal reader"
    engine: Literal["lines", "ssi"] = "lines"
    engine_baud: Annotated[int, Meta(ge=1200, le=921_600)] = 9600
    end: Literal["cr", "lf", "crlf", "tab"] = "cr"
    volume: Annotated[int, Meta(ge=0, le=10)] = 7


class _Gate(_Section, frozen=True):
    board: _Text
    name: _Text = "gate"
    pulse_s: Annotated[float, Meta(ge=0.1, le=5.0)] = 1.0
    wiring: dict[str, Any] = {}


class _Checkpoints(_Section, frozen=True):
    shift_ends: Annotated[tuple[Annotated[time, Meta(tz=False)], ...], Meta(min_length=1)]
    folder: _Path | None = None
    print: tuple[_Text, ...] = ()


class _Backup(_Section, frozen=True):
    folder: _Path
    times: Annotated[tuple[Annotated[time, Meta(tz=False)], ...], Meta(min_length=1)] = (time(12), time(20))
    warn_after_h: Annotated[float, Meta(gt=0, le=8_760)] = BackupSettings().warn_after_h


class _PurchaseApproval(_Section, frozen=True):
    number: _Text
    sites: Annotated[frozenset[_Text], Meta(min_length=1)]


class _ApprovedList(_Section, frozen=True):
    keys: tuple[_PublicKey, ...] = ()
    warn_days: Annotated[int, Meta(ge=0, le=366)] = 14
    override_h: Annotated[float, Meta(gt=0, le=168)] = 24.0


class _Import(_Section, frozen=True):
    columns: dict[str, _Text] = {}
    sheet: _Text | None = None
    constants: dict[str, str] = {}


class _Imports(_Section, frozen=True):
    approved_list: _Import | None = field(name="approved-list", default=None)
    racas: _Import | None = None
    drivers: _Import | None = None
    staff: _Import | None = None
    bookings: _Import | None = None
    register: _Import | None = None


class _Site(_Section, frozen=True):
    site: _SiteTable
    access: Annotated[tuple[_Access, ...], Meta(min_length=1)]
    seal_type: Annotated[tuple[_SealType, ...], Meta(min_length=1)]
    reader: _Reader
    gate: _Gate
    scanner: _Scanner | None = None
    seal_readers: tuple[_SealReader, ...] = ()
    purchase_approval: tuple[_PurchaseApproval, ...] = ()
    rules: _Rules = _Rules()
    checkpoints: _Checkpoints | None = None
    timeouts: _Timeouts = _Timeouts()
    backup: _Backup | None = None
    approved_list: _ApprovedList = _ApprovedList()
    imports: _Imports = field(name="import", default=_Imports())


# --- from the file's shape to settings --------------------------------------------------------------

_SPOKEN: Final = (
    (re.compile(r"Expected (?P<expected>.+), got (?P<got>.+)"), "{expected}", "{got}"),
    (re.compile(r"Expected (?P<expected>.+)"), "{expected}", None),
    (re.compile(r"Object contains unknown field (?P<got>.+)"), "a key that the manual lists", "{got}"),
    (re.compile(r"Object missing required field (?P<expected>.+)"), "the key {expected}", "nothing"),
    (re.compile(r"Invalid enum value (?P<got>.+)"), "one of the values that the manual lists", "{got}"),
    (re.compile(r"Invalid RFC3339 encoded time"), "a time such as 06:00:00", None),
)
"""msgspec's own words, and the same as expected and got; None where it does not say what came. It names the key
behind ``- at``."""


def _told(source: str, text: str, said: object) -> SiteError:
    words, _, where = text.partition(" - at `$")
    place = f"{source} {where.strip('.`')}".strip()
    for pattern, expected, got in _SPOKEN:
        spoken = pattern.fullmatch(words)
        if spoken is not None:
            named = spoken.groupdict()
            came = quoted(_at(said, where)) if got is None else got.format(**named)
            return SiteError(place, expected=expected.format(**named), got=came)
    return SiteError(place, expected="what the manual says", got=words)


def _at(said: Any, where: str) -> str:  # noqa: ANN401 - TOML's values are of any type
    """What the file says at msgspec's path of it, such as ``.access[0].opens``."""
    for key, index in re.findall(r"\.(\w+)|\[(\d+)\]", where):
        said = said[key] if key else said[int(index)]
    return str(said)


def _plan(source: str, raw: _Site) -> SecurityPlan:
    names = ((raw.scanner.name,) if raw.scanner is not None else ()) + tuple(each.name for each in raw.seal_readers)
    if not names:
        raise SiteError(source, expected="a [scanner], or [[seal_readers]], or both", got="neither")
    try:
        zone = ZoneInfo(raw.site.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SiteError(
            f"{source} site.timezone", expected="a time zone such as Pacific/Auckland", got=ascii(raw.site.timezone)
        ) from error
    return SecurityPlan(
        site_id=raw.site.id,
        site_name=raw.site.name,
        timezone=zone,
        windows=tuple(
            AccessWindow(frozenset(map(_DAYS.index, each.days)), each.opens, each.closes, each.attended)
            for each in raw.access
        ),
        card_proof=raw.rules.card_proof,
        anti_passback_h=raw.rules.anti_passback_h,
        most_uplifts=raw.rules.most_uplifts,
        timeouts=Timeouts(**msgspec.structs.asdict(raw.timeouts)),
        list_warn_days=raw.approved_list.warn_days,
        list_override_h=raw.approved_list.override_h,
        scanners=names,
    )


def _seal_types(source: str, raw: tuple[_SealType, ...]) -> dict[str, SealType]:
    types: dict[str, SealType] = {}
    for place, each in enumerate(raw):
        if each.name in types:
            where = f"{source} seal_type[{place}].name"
            raise SiteError(where, expected="a name that no other seal type has", got=ascii(each.name))
        types[each.name] = _seal_type(source, each)
    return types


def _seal_type(source: str, raw: _SealType) -> SealType:
    try:
        pattern = re.compile(raw.pattern, re.ASCII)
    except re.error as error:
        where = f"{source} seal_type {raw.name!r} pattern"
        raise SiteError(where, expected="a regular expression", got=f"{raw.pattern!a} ({error})") from error
    return SealType(
        name=raw.name,
        form=raw.form,
        pattern=pattern,
        tidying=raw.tidying,
        symbologies=raw.symbologies,
        scanner_must_identify=raw.scanner_must_identify,
        gs1_element=raw.gs1_element,
    )


def _scanner(source: str, raw: _Scanner) -> ScannerSettings:
    return ScannerSettings(raw.name, _port(f"{source} scanner", raw), raw.framing, raw.baud, raw.aim)


def _seal_readers(source: str, raw: tuple[_SealReader, ...]) -> tuple[SealReaderSettings, ...]:
    return tuple(
        SealReaderSettings(
            *(each.name, _port(f"{source} seal_readers[{place}]", each)),
            *(each.engine, each.engine_baud, each.end, each.volume),
        )
        for place, each in enumerate(raw)
    )


def _port(where: str, raw: _Scanner | _SealReader) -> Path | UsbIdentity:
    if (raw.port is None) is (raw.usb is None):
        got = "neither" if raw.port is None else "both"
        raise SiteError(where, expected="either port or usb", got=got)
    if raw.usb is not None:
        return UsbIdentity(int(raw.usb.vendor, 16), int(raw.usb.product, 16), raw.usb.serial)
    return Path(raw.port or "")


def _checkpoints(raw: _Checkpoints | None) -> CheckpointSettings:
    if raw is None:
        return CheckpointSettings()
    ends = tuple(sorted(set(raw.shift_ends)))
    return CheckpointSettings(ends, Path(raw.folder) if raw.folder else None, raw.print)


def _backup(raw: _Backup | None) -> BackupSettings:
    if raw is None:
        return BackupSettings()
    return BackupSettings(Path(raw.folder), tuple(sorted(set(raw.times))), raw.warn_after_h)


def _imports(raw: _Imports) -> dict[str, SheetSettings]:
    """By the names that the import command takes."""
    said = {each.encode_name: getattr(raw, each.name) for each in msgspec.structs.fields(raw)}
    return {
        kind: SheetSettings(MappingProxyType(each.columns), each.sheet, MappingProxyType(each.constants))
        for kind, each in said.items()
        if each is not None
    }
