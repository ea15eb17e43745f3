"""Where a card's number is enough by day and not by night: which cards are asked, over nfcpy and an emulated PN532."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from msgspec.structs import replace

from drivers import nfc_reader
from hw.bench.cards import chip_card
from hw.bench.pins import BenchBoard
from hw.bench.pn532_reader import BenchReader
from kiosk.card_events import LoadCardKeys, no_card_keys
from kiosk.core import events as ev
from kiosk.core.cards import CardLevel, Means
from kiosk.core.duty import DutyRule
from kiosk.core.plan import Holiday, SecurityPlan
from kiosk.core.visit import State
from kiosk.demo.bench import bench_for
from kiosk.devices import Devices
from tests.core.driving import Ride
from tests.core.samples import BOLTED, CARDS, NOBODY_THERE, NOON, PLAN, TONIGHT, at, records_with, signed_on
from tests.drivers.cards.issued import OTHER_SITE, issued_desfire, issued_ntag
from tests.station.rig import SITE
from tests.test_cards_at_the_gate import AROHAS, ISSUED, UID, Kiosk, broken_keys, disk_fails

RECORDS = records_with(
    cards=(replace(CARDS[0], credential=AROHAS), *CARDS[1:]), loads=(replace(BOLTED, collect=TONIGHT),)
)
BY_SIGN_ON = replace(PLAN, windows=(NOBODY_THERE,), duty=DutyRule.SIGNED_ON)
ISSUED_HERE: dict[str, Any] = {
    "credential": str(AROHAS),
    "card": "C001",
    "holder": "aroha",
    "valid_until": "2027-12-31",
    "key_version": 1,
}


@contextmanager
def gate(keys: LoadCardKeys = lambda: ISSUED) -> Iterator[Kiosk]:
    with bench_for(replace(SITE, plan=replace(SITE.plan, duty=DutyRule.SIGNED_ON)), None, None) as bench:
        assert isinstance(bench.reader, BenchReader)
        devices = Devices(bench.site, bench.board.open, now=at, card_keys=keys)
        try:
            yield Kiosk(bench.reader, devices, Ride(plan=BY_SIGN_ON, records=RECORDS))
        finally:
            devices.stop()


@pytest.fixture
def kiosk() -> Iterator[Kiosk]:
    with gate() as made:
        yield made


def proof_of(event: ev.Event) -> Means:
    assert isinstance(event, ev.CardPresented)
    return event.proof.means


@pytest.mark.parametrize("make", [issued_ntag, issued_desfire])
def test_a_card_that_was_written_here_proves_itself_and_is_let_in(kiosk: Kiosk, make: Any) -> None:
    kiosk.staff_record("card-issued", ISSUED_HERE)
    assert proof_of(kiosk.tap(chip_card(make(UID)))) is Means.CHALLENGE
    assert kiosk.ride.state() is State.WELCOMED


def test_a_card_that_was_not_is_not_asked_so_that_its_chip_counts_no_failure_and_comes_by_day_alone(
    kiosk: Kiosk,
) -> None:
    chip = issued_ntag(UID, OTHER_SITE)
    assert proof_of(kiosk.tap(chip_card(chip))) is Means.NUMBER
    assert kiosk.refused()[0] == "CARD_NOT_PROVEN_AFTER_HOURS"
    kiosk.staff_record("staff-signed-on", signed_on())
    kiosk.tap(chip_card(chip))
    assert kiosk.ride.state() is State.WELCOMED
    assert chip.memory.keys[3].in_a_row == 0


def test_a_copy_of_a_card_that_was_written_here_is_told_as_one(kiosk: Kiosk) -> None:
    kiosk.staff_record("card-issued", ISSUED_HERE)
    kiosk.tap(chip_card(issued_ntag(UID, OTHER_SITE)))
    assert kiosk.refused()[0] == "CARD_CLONED"


@pytest.mark.parametrize("keys", [no_card_keys, broken_keys, disk_fails])
def test_without_keys_the_gate_serves_by_number_while_staff_are_there_and_nobody_by_night(keys: LoadCardKeys) -> None:
    with gate(keys) as kiosk:
        kiosk.staff_record("card-issued", ISSUED_HERE)
        kiosk.tap(chip_card(issued_ntag(UID)))
        assert kiosk.refused()[0] == "CARD_NOT_PROVEN_AFTER_HOURS"
        kiosk.staff_record("staff-signed-on", signed_on())
        kiosk.tap(chip_card(issued_ntag(UID)))
        assert kiosk.ride.state() is State.WELCOMED


@pytest.mark.parametrize(
    ("plan", "reads"),
    [
        (PLAN, False),
        (replace(PLAN, windows=(NOBODY_THERE,)), True),
        (replace(PLAN, duty=DutyRule.BOTH), True),
        (replace(PLAN, holidays=(Holiday(NOON.date(), "Show Day"),)), True),
        (replace(PLAN, holidays=(Holiday(NOON.date(), "Show Day", closed=True),)), False),
    ],
)
def test_keys_are_read_where_drivers_may_come_while_nobody_is_there(plan: SecurityPlan, reads: bool) -> None:
    asked: list[bool] = []

    def load() -> Any:
        asked.append(True)
        return ISSUED

    devices = Devices(replace(SITE, plan=replace(plan, scanners=SITE.plan.scanners)), BenchBoard().open, card_keys=load)
    assert bool(asked) is reads
    if reads:
        assert devices._reader._asked == nfc_reader.Asked(only_these=frozenset())


def test_where_more_is_asked_of_cards_all_are_asked_from_the_first() -> None:
    site = replace(SITE, plan=replace(SITE.plan, card_level=CardLevel.PROVEN))
    devices = Devices(site, BenchBoard().open, card_keys=lambda: ISSUED)
    assert devices._reader._asked == nfc_reader.Asked()
