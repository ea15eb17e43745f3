"""A visitor signs in and out at the kiosk's screen, without staff: written down, seen by staff, no driver delayed."""

import asyncio
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from kiosk.console import gatehouse_told as gt
from kiosk.console import messages as msg
from kiosk.console import wishes
from kiosk.gatehouse.roles import Role
from kiosk.station.consoles.alone import HERE_ALREADY, NOBODY
from tests.station.rig import PATIENCE_S, SITE, Rig, running
from tests.station.test_consoles import console, people

OPEN = replace(SITE, plan=replace(SITE.plan, visitors_at_kiosk=True))
MERE = ("visitor", "MERE KAHU", "CHILLER CO", "TAMA RETI", "A MEETING", "yes")


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    (tmp_path / "ledger").mkdir()
    people(tmp_path, hana=Role.GATEHOUSE)
    with running(tmp_path, site=OPEN) as rig:
        rig.until(msg.Attract)
        assert rig.station.serves_consoles.wait(PATIENCE_S)
        yield rig


def answers(rig: Rig, *texts: str) -> None:
    """Begin, and answer each question as it comes."""
    rig.until(msg.Attract, lambda shown: shown.visitors)
    rig.ask(wishes.SignVisitors())
    for number, text in enumerate(texts, start=1):
        rig.until(msg.AskVisitor, partial(_is_open, number))
        rig.ask(wishes.AnswerVisitor(text))


def _is_open(number: int, shown: msg.AskVisitor) -> bool:
    return shown.number == number and not shown.problem


def written(rig: Rig, kind: str) -> list[dict[str, Any]]:
    """What the ledger holds of a kind once the kiosk has stopped."""
    rig.thread.stop()
    return [body for each, body in rig.entries() if each == kind]


async def test_who_signs_in_alone_is_on_staffs_list_unchecked_and_signs_out_by_number_and_name(rig: Rig) -> None:
    async with console(rig) as hana:
        await hana.log_on("hana")
        await asyncio.to_thread(answers, rig, *MERE)
        signed = await asyncio.to_thread(rig.until, msg.VisitorSigned)
        assert (signed.left, signed.name) == (False, "MERE KAHU")
        here = await hana.until(gt.OnSiteNow, lambda now: any(row.visitor for row in now.people))
        (person,) = [row for row in here.people if row.visitor]
        assert (person.visitor, person.name, person.company) == (signed.number, "MERE KAHU", "CHILLER CO")
        assert "identity not checked yet" in person.detail
        rig.ask(wishes.GoOn())
        await asyncio.to_thread(answers, rig, "leaves", str(signed.number), "KAHU")
        left = await asyncio.to_thread(rig.until, msg.VisitorSigned)
        assert (left.left, left.number) == (True, signed.number)
        await hana.until(gt.OnSiteNow, lambda now: not any(row.visitor for row in now.people))
    (came,) = await asyncio.to_thread(written, rig, "visitor-signed-in")
    assert (came["by"], came["checked"], came["clause"], came["host"]) == ("kiosk", False, "3.1", "TAMA RETI")


def test_whoever_is_on_site_already_or_is_not_is_told_and_nothing_is_written(rig: Rig) -> None:
    answers(rig, *MERE)
    rig.until(msg.VisitorSigned)
    rig.ask(wishes.GoOn())
    answers(rig, *MERE)
    rig.until(msg.AskVisitor, lambda shown: shown.ask is msg.VisitorAsk.AGREE and shown.problem == HERE_ALREADY)
    rig.ask(wishes.AskBefore())
    rig.until(msg.AskVisitor, lambda shown: (shown.ask, shown.before) == (msg.VisitorAsk.PURPOSE, "A MEETING"))
    rig.ask(wishes.Cancel())
    answers(rig, "leaves", "9999", "KAHU")
    rig.until(msg.AskVisitor, lambda shown: shown.problem == NOBODY)
    assert len(written(rig, "visitor-signed-in")) == 1


def test_a_driver_who_taps_is_served_at_once(rig: Rig) -> None:
    answers(rig, *MERE[:3])
    rig.until(msg.AskVisitor, lambda shown: shown.ask is msg.VisitorAsk.HOST)
    rig.tap(1)
    rig.until(msg.DriverKnown)
    assert written(rig, "visitor-signed-in") == []
