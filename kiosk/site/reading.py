"""site.toml: read and checked once, into frozen settings."""

import re
import tomllib
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from kiosk.core.plan import AccessWindow, Holiday, PurchaseApproval, SecurityPlan, SessionRules, Timeouts
from kiosk.core.said import Language
from kiosk.core.seals import SealType
from kiosk.site.faults import all_of, faults_in, tables_of
from kiosk.site.metrics import metrics_settings
from kiosk.site.settings import (
    BackupSettings,
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
)
from kiosk.site.shape import (
    DAYS,
    BackupTable,
    CheckpointsTable,
    GatehouseTable,
    HolidayTable,
    ImportsTable,
    MailTable,
    ScannerTable,
    ScreenTable,
    SealReaderTable,
    SealTypeTable,
    SiteTable,
    WholeFile,
)
from kiosk.site.web import web_settings


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
        raw = msgspec.convert(said, WholeFile)
        return _site(source, raw)
    except (msgspec.ValidationError, SiteError):
        raise all_of(_wrong(source, said)) from None


def _wrong(source: str, said: dict[str, Any]) -> Iterator[SiteError]:
    """Everything that is wrong, table by table: what one is, is told though another is wrong, too."""
    yield from faults_in(source, said, WholeFile)
    tables = tables_of(said, WholeFile)
    for needed, look in _LOOKS:
        if needed in tables:
            try:
                look(source, tables[needed])
            except SiteError as fault:
                yield fault
    if {"scanner", "seal_readers"} <= set(tables):
        try:
            _names(source, tables["scanner"], tables["seal_readers"])
        except SiteError as fault:
            yield fault


def _site(source: str, raw: WholeFile) -> Site:
    return Site(
        plan=_plan(source, raw),
        seal_types=MappingProxyType(_seal_types(source, raw.seal_type)),
        contact=raw.site.contact,
        reader=ReaderSettings(raw.reader.name, Path(raw.reader.port)),
        scanner=_scanner(source, raw.scanner),
        gate=GateSettings(raw.gate.name, raw.gate.board, raw.gate.pulse_s, MappingProxyType(raw.gate.wiring)),
        checkpoints=_checkpoints(raw.checkpoints),
        backup=_backup(raw.backup),
        seal_readers=_seal_readers(source, raw.seal_readers),
        purchase_approvals=MappingProxyType(
            {each.number: PurchaseApproval(each.number, each.sites) for each in raw.purchase_approval}
        ),
        imports=MappingProxyType(_imports(raw.imports)),
        list_keys=raw.approved_list.keys,
        cards_by=raw.cards.by,
        card_url=raw.cards.url,
        mail=_mail(source, raw.mail),
        web=web_settings(source, raw.gatehouse),
        gatehouse=_gatehouse(raw.gatehouse),
        sessions=SessionRules(raw.gatehouse.idle_minutes, raw.gatehouse.session_hours, raw.gatehouse.password_days),
        languages=_languages(source, raw.screen),
        metrics=metrics_settings(source, raw.metrics),
    )


def _gatehouse(raw: GatehouseTable) -> GatehouseSettings:
    return GatehouseSettings(raw.report_within_h, raw.visitor_hours, raw.verify_within_h, raw.camera_reference)


def _plan(source: str, raw: WholeFile) -> SecurityPlan:
    return SecurityPlan(
        site_id=raw.site.id,
        site_name=raw.site.name,
        timezone=_zone(source, raw.site),
        windows=tuple(
            AccessWindow(frozenset(map(DAYS.index, each.days)), each.opens, each.closes, each.attended)
            for each in raw.access
        ),
        card_level=raw.cards.level,
        pin=raw.cards.pin,
        holidays=_holidays(source, raw.holidays),
        duty=raw.duty.rule,
        duty_lapses_h=raw.duty.lapses_h,
        anti_passback_h=raw.rules.anti_passback_h,
        most_uplifts=raw.rules.most_uplifts,
        timeouts=Timeouts(**msgspec.structs.asdict(raw.timeouts)),
        list_warn_days=raw.approved_list.warn_days,
        list_override_h=raw.approved_list.override_h,
        staff_at_kiosk=raw.gatehouse.at_kiosk,
        visitors_at_kiosk=raw.gatehouse.visitors_at_kiosk,
        scanners=_names(source, raw.scanner, raw.seal_readers),
    )


def _names(source: str, scanner: ScannerTable | None, readers: tuple[SealReaderTable, ...]) -> tuple[str, ...]:
    names = ((scanner.name,) if scanner is not None else ()) + tuple(each.name for each in readers)
    if not names:
        raise SiteError(source, expected="a [scanner], or [[seal_readers]], or both", got="neither")
    return names


def _zone(source: str, raw: SiteTable) -> ZoneInfo:
    try:
        return ZoneInfo(raw.timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SiteError(
            f"{source} site.timezone", expected="a time zone such as Pacific/Auckland", got=ascii(raw.timezone)
        ) from error


def _holidays(source: str, raw: tuple[HolidayTable, ...]) -> tuple[Holiday, ...]:
    days: set[date] = set()
    for place, each in enumerate(raw):
        if each.day in days:
            where = f"{source} holidays[{place}].date"
            raise SiteError(where, expected="a date that no other holiday has", got=str(each.day))
        days.add(each.day)
    return tuple(Holiday(each.day, each.name, each.closed) for each in raw)


def _seal_types(source: str, raw: tuple[SealTypeTable, ...]) -> dict[str, SealType]:
    types: dict[str, SealType] = {}
    for place, each in enumerate(raw):
        if each.name in types:
            where = f"{source} seal_type[{place}].name"
            raise SiteError(where, expected="a name that no other seal type has", got=ascii(each.name))
        types[each.name] = _seal_type(source, each)
    return types


def _seal_type(source: str, raw: SealTypeTable) -> SealType:
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


def _scanner(source: str, raw: ScannerTable | None) -> ScannerSettings | None:
    if raw is None:
        return None
    return ScannerSettings(raw.name, _port(f"{source} scanner", raw), raw.framing, raw.baud, raw.aim)


def _seal_readers(source: str, raw: tuple[SealReaderTable, ...]) -> tuple[SealReaderSettings, ...]:
    return tuple(
        SealReaderSettings(
            *(each.name, _port(f"{source} seal_readers[{place}]", each)),
            *(each.engine, each.engine_baud, each.end, each.volume),
        )
        for place, each in enumerate(raw)
    )


def _port(where: str, raw: ScannerTable | SealReaderTable) -> Path | UsbIdentity:
    if (raw.port is None) is (raw.usb is None):
        got = "neither" if raw.port is None else "both"
        raise SiteError(where, expected="either port or usb", got=got)
    if raw.usb is not None:
        return UsbIdentity(int(raw.usb.vendor, 16), int(raw.usb.product, 16), raw.usb.serial)
    return Path(raw.port or "")


def _checkpoints(raw: CheckpointsTable | None) -> CheckpointSettings:
    if raw is None:
        return CheckpointSettings()
    ends = tuple(sorted(set(raw.shift_ends)))
    return CheckpointSettings(ends, Path(raw.folder) if raw.folder else None, raw.print)


def _backup(raw: BackupTable | None) -> BackupSettings:
    if raw is None:
        return BackupSettings()
    return BackupSettings(Path(raw.folder), tuple(sorted(set(raw.times))), raw.warn_after_h)


_PORTS: Final = {MailSecurity.STARTTLS: 587, MailSecurity.TLS: 465, MailSecurity.NONE: 25}
"""Where mail servers listen (RFC 6409, RFC 8314)."""


def _mail(source: str, raw: MailTable | None) -> MailSettings | None:
    if raw is None:
        return None
    if raw.security is MailSecurity.NONE and raw.user is not None:
        where = f"{source} mail.security"
        raise SiteError(where, expected='"starttls" or "tls", since a password goes over the line', got='"none"')
    return MailSettings(
        host=raw.host,
        port=raw.port if raw.port is not None else _PORTS[raw.security],
        security=raw.security,
        sender=raw.sender,
        to=raw.to,
        user=raw.user,
        password_file=Path(raw.password_file) if raw.password_file else None,
        ca=Path(raw.ca) if raw.ca else None,
    )


def _languages(source: str, raw: ScreenTable) -> tuple[Language, ...]:
    if len(set(raw.languages)) < len(raw.languages):
        got = ", ".join(each.value for each in raw.languages)
        raise SiteError(f"{source} screen.languages", expected="each language once", got=got)
    return raw.languages


def _imports(raw: ImportsTable) -> dict[str, SheetSettings]:
    """By the names that the import command takes."""
    said = {each.encode_name: getattr(raw, each.name) for each in msgspec.structs.fields(raw)}
    return {
        kind: SheetSettings(MappingProxyType(each.columns), each.sheet, MappingProxyType(each.constants))
        for kind, each in said.items()
        if each is not None
    }


_LOOKS: Final[tuple[tuple[str, Callable[[str, Any], object]], ...]] = (
    ("site", _zone),
    ("holidays", _holidays),
    ("seal_type", _seal_types),
    ("scanner", _scanner),
    ("seal_readers", _seal_readers),
    ("mail", _mail),
    ("gatehouse", web_settings),
    ("screen", _languages),
    ("metrics", metrics_settings),
)
"""What is looked at beyond the shape, by the table that it needs."""
