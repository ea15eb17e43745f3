"""A day at the sample site on which everything happens that has a name in it, and what must then be nowhere."""

import asyncio
import csv
import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import pytest
import structlog
from msgspec import Struct
from msgspec.structs import replace

from kiosk.app import watch_records
from kiosk.console import gatehouse_told as gt
from kiosk.console import gatehouse_wishes as gw
from kiosk.console import messages as msg
from kiosk.console import wishes
from kiosk.core import events as ev
from kiosk.core.cards import BY_NUMBER, CardTechnology, Credential
from kiosk.core.pins import Pin
from kiosk.demo.yard import SAMPLE_SITE, import_sample_site, staffed_all_day
from kiosk.gatehouse.roles import Role
from kiosk.logs import LogTo, log_for_kiosk
from kiosk.pins import PinStore
from kiosk.register.store import RecordStore
from kiosk.site import MailSecurity, MailSettings, MetricsSettings, Site, read_site
from kiosk.station import station as station_module
from tests.monitoring.watched import WatchedRig, registry, watched
from tests.station.rig import PATIENCE_S, numbered
from tests.station.test_consoles import PASSWORD, console, people
from tests.station.test_visitors_alone import answers

AROHA: Final = Credential(CardTechnology.TYPE_4, bytes.fromhex("04A2316A1C5E80"))
VISITOR: Final = ("visitor", "WIREMU TE RANGI", "COASTAL CHILLERS", "HANA WHAANGA", "A MEETING WITH JOAN", "yes")
NOTE: Final = "Graham says that Emma Porteous took a picture of KFH412"
SPOKEN: Final = "Tom please wait for Ihaia"
TYPED: Final = "Rangimarie Porteous"
PIN: Final = "582914"
MAIL_PASSWORD: Final = "tuatara over the fence 9"
LICENCE: Final = "DL AB123456 HENARE PARATA 1971"
SPOILT: Final = "Kahurangi Parata"


class Day(Struct, frozen=True):
    """What the day left.

    Attributes:
        data: The data folder.
        site: The site's settings.
        config: Their file.
        names: What must be in no log, figure or bundle: people, companies, what they typed.
        secrets: The same, of passwords, PINs and the like.
        units: Numbers of containers and seals, and of cards: not in a figure.
    """

    data: Path
    site: Site
    config: Path
    names: tuple[str, ...]
    secrets: tuple[str, ...]
    units: tuple[str, ...]


def _column(file: str, *columns: str) -> set[str]:
    with (SAMPLE_SITE / file).open(encoding="utf-8", newline="") as rows:
        return {row[column] for row in csv.DictReader(rows) for column in columns if row[column]}


def _site() -> Site:
    site = staffed_all_day(read_site(SAMPLE_SITE / "site.toml"))
    mail = MailSettings(
        "mail.packhouse.example",
        587,
        MailSecurity.STARTTLS,
        "gate@packhouse.example",
        ("joan@customs.example",),
        "gate",
    )
    return replace(site, mail=mail)


@contextmanager
def _talkative(data: Path) -> Iterator[None]:
    """Every log line, debug lines too, in the kiosk's own log."""
    config, hook = structlog.get_config(), (threading.excepthook, sys.unraisablehook)
    root = logging.getLogger().handlers[:]
    log_for_kiosk(data, LogTo.FILE)
    ours = logging.getLogger("sealgate")
    level = ours.level
    ours.setLevel(1)
    try:
        yield
    finally:
        ours.setLevel(level)
        for handler in ours.handlers:
            with suppress(OSError):
                handler.close()
        ours.handlers[:] = []
        logging.getLogger().handlers[:] = root
        threading.excepthook, sys.unraisablehook = hook
        logging.captureWarnings(False)
        structlog.configure(**config)


def live_through(data: Path) -> Day:
    """Have the day happen."""
    site = _site()
    import_sample_site(RecordStore(data / "records"), site.seal_types)
    (data / "ledger").mkdir()
    people(data, S01=Role.SECURITY_MANAGER, S02=Role.GATEHOUSE)
    PinStore(data, lambda: 2).set(AROHA, Pin(PIN))
    (data / "secrets" / "mail.password").write_text(MAIL_PASSWORD)
    (data / "secrets" / "mail.password").chmod(0o600)
    settings = MetricsSettings(data / "figures" / "sealgate.prom", every_s=300.0)
    (data / "figures").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(station_module, "LOOK_S", 0.05)
        with _talkative(data), watched(data, settings, site, watch_records(site, data)) as rig:
            rig.until(msg.Attract)
            assert rig.station.serves_consoles.wait(PATIENCE_S)
            _drivers(rig)
            answers(rig, *VISITOR)
            rig.until(msg.VisitorSigned)
            asyncio.run(_staff(rig))
            _troubles(rig)
            rig.monitor._publish(registry(rig.monitor))
            figures = (data / "figures" / "sealgate.prom").read_bytes()
        (data / "figures" / "while-running.prom").write_bytes(figures)
    config = data / "site.toml"
    config.write_text((SAMPLE_SITE / "site.toml").read_text(encoding="utf-8") + _MORE.format(data=data))
    return Day(data, site, config, _names(), (PASSWORD, PIN, MAIL_PASSWORD, "wrong password of Joan"), _units())


_MORE: Final = """
[mail]
host = "mail.packhouse.example"
from = "gate@packhouse.example"
to = ["joan@customs.example"]
security = "none"

[metrics]
file = "{data}/figures/while-running.prom"
"""


def _names() -> tuple[str, ...]:
    records = (
        _column("drivers.csv", "name") | _column("staff.csv", "name") | _column("approved-list.csv", "operator_name")
    )
    typed = {*VISITOR[1:5], NOTE, SPOKEN, TYPED, SPOILT, LICENCE, "HENARE PARATA", "Emma Porteous", "KFH412"}
    parts = {word for name in (*records, *typed) for word in name.split() if word[0].isupper() and len(word) > 3}
    dull = {"Valley", "Heavy", "Cartage", "Graham", "MEETING", "WITH", "COASTAL", "CHILLERS", "1971"}
    return (*records, *typed, *(parts - dull), "Tui Valley Packhouse", "06 555 0142", "joan@customs.example")


def _units() -> tuple[str, ...]:
    cards = _column("drivers.csv", "card", "card_number") | _column("staff.csv", "card", "card_number")
    return (
        *_column("bookings.csv", "unit", "seal_number"),
        *cards,
        *(each.partition(":")[2] for each in cards if ":" in each),
    )


def _lay(rig: WatchedRig, card: Credential) -> None:
    rig.devices.post(ev.CardPresented(card, BY_NUMBER, rig.clock()))
    rig.devices.post(ev.CardRemoved(rig.clock()))


def _drivers(rig: WatchedRig) -> None:
    """A hold with a wrong seal, a stranger, and the scan of what is no seal."""
    _lay(rig, AROHA)
    rig.until(msg.DriverKnown)
    rig.ask(wishes.GoOn())
    rig.until(msg.ChooseContainer)
    rig.ask(wishes.ChooseLoad("L001"))
    rig.until(msg.CheckSeal)
    rig.scan(LICENCE)
    rig.ask(wishes.AnswerStep(msg.Step.VIEW, good=True))
    rig.until(msg.VerifySeal)
    rig.scan(LICENCE)
    rig.scan("NZB4100299")
    rig.until(msg.Stopped, numbered)
    rig.ask(wishes.GoOn())
    rig.until(msg.Attract)
    rig.tap(99)
    rig.until(msg.Stopped, numbered)
    rig.ask(wishes.GoOn())
    rig.until(msg.Attract)
    at = rig.clock()
    rig.devices.post(ev.StrayScan("north reader", "unit-1", 7, LICENCE, ev.Stray.LATE, 1000, at))


async def _staff(rig: WatchedRig) -> None:
    """Wrong and right log-ons, words for the driver, an incident with names in it."""
    async with console(rig) as person:
        await person.ask(gw.LogOn("S02", "wrong password of Joan"))
        await person.ask(gw.LogOn(TYPED, PASSWORD))
        await person.log_on("S01")
        kinds = (await person.until(gt.IncidentsNow)).kinds
        await person.ask(gw.OpenIncident(kinds[0], NOTE))
        (row, *_) = (await person.until(gt.IncidentsNow, lambda now: bool(now.rows))).rows
        await person.ask(gw.NoteIncident(row.incident, NOTE))
        await person.ask(gw.Speak(SPOKEN))
        await person.ask(gw.CloseIncident(row.incident, NOTE))


def _troubles(rig: WatchedRig) -> None:
    """A device that is lost and back, a file of records that somebody spoilt, a screen that crashes."""
    scanner = rig.station._site.plan.scanners[0]
    for working in (False, True):
        rig.devices.post(ev.PartChanged(ev.Part.SCANNER, working, "got 'x'", "plug it in", rig.clock(), scanner))
    drivers = rig.data / "records" / "drivers.csv"
    good = drivers.read_bytes()
    drivers.write_bytes(good.replace(b"Aroha Ngata,HHH,2035-06-30", f"{SPOILT},HHH,{SPOILT}".encode()))
    log = rig.data / "log" / "kiosk.log"
    pause = threading.Event()
    for _ in range(400):
        if b"new records not taken" in log.read_bytes():
            break
        pause.wait(0.02)
    drivers.write_bytes(good)
    try:
        dict[str, int]()[SPOILT]
    except KeyError:
        structlog.get_logger("app").exception("the screen crashed")
    logging.getLogger("asyncio").error("Task exception was never retrieved: %r", SPOILT)
