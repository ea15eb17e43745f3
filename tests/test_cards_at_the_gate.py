"""Cards from the reader to the core's decision: levels, copies, replays, cards that are left alone, keys that lack."""

import random
from collections.abc import Iterator
from datetime import date
from queue import Empty, SimpleQueue
from typing import Any

import pytest
from msgspec.structs import replace

from drivers import nfc_reader
from drivers.cards import values
from drivers.cards.values import ProofFailed
from drivers.reports import DeviceReady
from hw.bench import attackers
from hw.bench.cards import chip_card
from hw.bench.pins import BenchBoard
from hw.bench.pn532_reader import BenchReader
from hw.bench.rf import Card as BenchCard
from kiosk.card_events import CardKeys, LoadCardKeys, no_card_keys
from kiosk.core import events as ev
from kiosk.core.cards import BY_NUMBER, CardLevel, CardProof, CardTechnology, Credential, Means, SignedRecord
from kiosk.core.effects import ChallengeCards, Effect
from kiosk.core.errors import SealgateError
from kiosk.core.reasons import Reason
from kiosk.core.visit import State
from kiosk.demo.bench import bench_for
from kiosk.devices import Devices
from kiosk.site import CardsBy, Site
from tests.core.driving import Ride
from tests.core.samples import CARDS, PLAN, at, records_with
from tests.drivers.cards.issued import KEYS, OTHER_SITE, TWO_VERSIONS, BenchChip, issued_desfire, issued_ntag
from tests.station.rig import PATIENCE_S, SITE

UID = bytes.fromhex("04112200445566")
AROHAS = Credential(CardTechnology.TYPE_4, UID)
RECORDS = records_with(cards=(replace(CARDS[0], credential=AROHAS), *CARDS[1:]))
ISSUED = CardKeys(masters=KEYS)


def site_with(level: CardLevel, by: CardsBy = CardsBy.CHALLENGE, site: Site = SITE) -> Site:
    return replace(site, plan=replace(site.plan, card_level=level), cards_by=by)


# --- what the reader reports, as the core takes it ----------------------------------------------------


def told(report: object) -> ev.Event:
    posted: list[ev.Event] = []
    devices = Devices(SITE, BenchBoard().open, now=at)
    devices._post = posted.append
    devices._report(report)
    return posted[0]


@pytest.mark.parametrize("means", list(values.Means))
def test_what_a_card_showed_reaches_the_core_whole(means: values.Means) -> None:
    said = values.SignedRecord("D17", date(2026, 1, 5), date(2027, 1, 5))
    shown = values.CardProof(means, counter=7, challenged=True, record=said, key_version=2)
    report = nfc_reader.CardSeen("card reader", values.CardTechnology.TYPE_4, UID, shown)
    record = SignedRecord("D17", date(2026, 1, 5), date(2027, 1, 5))
    assert told(report) == ev.CardPresented(AROHAS, CardProof(Means[means.name], 7, True, record, 2), at())


@pytest.mark.parametrize("why", list(ProofFailed))
def test_each_reason_of_a_refused_card_reaches_the_core_with_the_card(why: ProofFailed) -> None:
    card = values.Card(values.CardTechnology.TYPE_4, UID)
    event = told(nfc_reader.CardRefused("card reader", why, card))
    assert event == ev.CardNotTaken(Reason[f"CARD_{why.name}"], at(), AROHAS)


def test_the_drivers_means_are_the_core_s() -> None:
    assert {each.name: each.value for each in values.Means} == {each.name: each.value for each in Means}
    assert {each.name for each in values.CardTechnology} == {each.name for each in CardTechnology}


def test_whom_to_ask_reaches_the_reader() -> None:
    devices = Devices(SITE, BenchBoard().open, now=at)
    devices.perform(ChallengeCards(always=True, not_these=frozenset({AROHAS})))
    expected = nfc_reader.Asked(True, frozenset({values.Card(values.CardTechnology.TYPE_4, UID)}))
    assert devices._reader._asked == expected


# --- keys that lack -----------------------------------------------------------------------------------


def broken_keys() -> CardKeys:
    raise SealgateError(expected="the card keys", got="a file that others may read", mend="chmod 600 it")


def disk_fails() -> CardKeys:
    raise OSError(5, "Input/output error")


@pytest.mark.parametrize(
    ("level", "load", "says"),
    [
        (CardLevel.PROVEN, no_card_keys, 'expected the card keys that cards.level = "proven" needs, got none'),
        (CardLevel.SIGNED, no_card_keys, 'expected the public key that cards.level = "signed" needs, got none'),
        (CardLevel.PROVEN, broken_keys, "expected the card keys, got a file that others may read"),
        (CardLevel.PROVEN, disk_fails, "expected the site's card keys, got [Errno 5] Input/output error"),
    ],
)
def test_a_site_that_asks_for_more_than_it_has_keys_for_is_out_of_service_and_says_why(
    level: CardLevel, load: LoadCardKeys, says: str
) -> None:
    posted: list[ev.Event] = []
    devices = Devices(site_with(level), BenchBoard().open, now=at, card_keys=load)
    devices._post = posted.append
    devices._report(DeviceReady("card reader", "PN532"))
    devices._report(DeviceReady("gate", "pins"))
    reader, gate = posted
    assert isinstance(reader, ev.PartChanged)
    assert isinstance(gate, ev.PartChanged)
    assert (reader.working, reader.detail, gate.working) == (False, says, True)
    assert reader.mend
    ride = Ride(plan=replace(PLAN, card_level=level))
    ride.send(reader)
    assert not ride.lane.in_service


@pytest.mark.parametrize(
    ("level", "keys"),
    [(CardLevel.PROVEN, ISSUED), (CardLevel.SIGNED, CardKeys(signed_by=(bytes(32),)))],
)
def test_with_its_keys_it_is_in_service(level: CardLevel, keys: CardKeys) -> None:
    posted: list[ev.Event] = []
    devices = Devices(site_with(level), BenchBoard().open, now=at, card_keys=lambda: keys)
    devices._post = posted.append
    devices._report(DeviceReady("card reader", "PN532"))
    assert posted == [ev.PartChanged(ev.Part.READER, True, "", "", at(), "card reader")]


def test_a_site_that_takes_numbers_reads_no_key() -> None:
    Devices(SITE, BenchBoard().open, now=at, card_keys=broken_keys)


# --- replays ------------------------------------------------------------------------------------------


class Gate:
    """A lane behind the devices, which are told what a reader would report. Nobody has a card that is known.

    So each tap ends in a refusal: CARD_UNKNOWN where what the card showed was taken, CARD_REPLAYED where not.
    """

    def __init__(self) -> None:
        self._devices = Devices(SITE, BenchBoard().open, now=at)
        self._devices._post = self._take
        self.ride = Ride()

    def _take(self, event: ev.Event) -> None:
        self.ride.send(event)

    def tap(self, uid: bytes, counter: int) -> bool:
        """Whether a message was taken."""
        proof = values.CardProof(values.Means.MESSAGE, counter)
        self._devices._report(nfc_reader.CardSeen("card reader", values.CardTechnology.TYPE_4, uid, proof))
        self._devices._report(nfc_reader.CardGone("card reader", uid))
        reason = self.ride.last()["reason"]
        assert reason in {"CARD_UNKNOWN", "CARD_REPLAYED"}
        return bool(reason == "CARD_UNKNOWN")

    def restart(self) -> None:
        """The kiosk starts again: what it knows is what its entries tell."""
        before = self.ride.entries
        self.ride = Ride()
        for kind, body in before:
            self.ride.roster.apply(kind.value, body, at())
        self.ride.entries = before


def test_in_ten_thousand_random_orders_no_counter_is_taken_at_or_under_the_highest() -> None:
    chance = random.Random(424)
    gate = Gate()
    taken = refused = 0
    for order in range(10_000):
        if order % 10 == 0:
            gate.ride = Ride()
        uid = order.to_bytes(7, "big")
        highest = -1
        for counter in chance.choices([*range(8), 0xFFFFFE, 0xFFFFFF], k=chance.randint(2, 8)):
            if chance.random() < 0.02:
                gate.restart()
            was_taken = gate.tap(uid, counter)
            assert was_taken is (counter > highest), (order, counter, highest)
            highest = max(highest, counter)
            taken, refused = taken + was_taken, refused + (not was_taken)
    assert min(taken, refused) > 10_000


# --- from the card to the decision, over nfcpy and an emulated PN532 -----------------------------------


class Kiosk:
    """The genuine devices on a bench, and a lane that takes what they say on this thread."""

    def __init__(self, bench_reader: BenchReader, devices: Devices, ride: Ride) -> None:
        self.reader = bench_reader
        self.ride = ride
        self._devices = devices
        self._posted: SimpleQueue[ev.Event] = SimpleQueue()
        devices.start(self._posted.put, self._dies)
        while not isinstance(event := self.next(), ev.PartChanged) or event.part is not ev.Part.READER:
            pass
        assert event.working, event

    @staticmethod
    def _dies(error: BaseException) -> None:
        raise error

    def next(self) -> ev.Event:
        try:
            return self._posted.get(timeout=PATIENCE_S)
        except Empty:
            raise AssertionError("the event did not come") from None

    def tap(self, card: BenchCard) -> ev.Event:
        """Lay a card on, have the lane take it, take it off."""
        self.reader.lay(card)
        while not isinstance(event := self.next(), ev.CardPresented | ev.CardNotTaken):
            pass
        self._perform(self.ride.send(event))
        self.reader.take_off()
        while not isinstance(gone := self.next(), ev.CardRemoved):
            pass
        self._perform(self.ride.send(gone))
        return event

    def staff_record(self, kind: str, body: dict[str, Any]) -> None:
        """Staff have an entry written, of which the lane is told."""
        self._perform(self.ride.send(ev.StaffRecorded(kind, body, self.ride.at())))

    def _perform(self, _: list[Effect]) -> None:
        for effect in self.ride.effects:
            if isinstance(effect, ChallengeCards):
                self._devices.perform(effect)

    def refused(self) -> tuple[str, Any, Any]:
        entry = self.ride.last()
        return entry["reason"], entry["credential"], entry["proof"]


@pytest.fixture
def kiosk(request: pytest.FixtureRequest) -> Iterator[Kiosk]:
    level, by = request.param
    with bench_for(SITE, None, None, pull_away_s=0.1) as bench:
        assert isinstance(bench.reader, BenchReader)
        devices = Devices(site_with(level, by, bench.site), bench.board.open, card_keys=lambda: ISSUED)
        try:
            yield Kiosk(bench.reader, devices, Ride(plan=replace(PLAN, card_level=level), records=RECORDS))
        finally:
            devices.stop()


challenged = pytest.mark.parametrize("kiosk", [(CardLevel.PROVEN, CardsBy.CHALLENGE)], indirect=True)
by_message = pytest.mark.parametrize("kiosk", [(CardLevel.PROVEN, CardsBy.MESSAGE)], indirect=True)


@challenged
@pytest.mark.parametrize("make", [issued_ntag, issued_desfire])
def test_a_card_that_proves_itself_opens_a_visit(kiosk: Kiosk, make: Any) -> None:
    kiosk.tap(chip_card(make(UID)))
    assert kiosk.ride.state() is State.WELCOMED


@challenged
def test_a_clone_is_refused_as_one_and_after_ten_times_is_not_asked_any_more(kiosk: Kiosk) -> None:
    chip = issued_ntag(UID, OTHER_SITE)
    for _ in range(10):
        kiosk.tap(chip_card(chip))
        assert kiosk.refused() == ("CARD_CLONED", str(AROHAS), None)
    assert chip.memory.keys[3].in_a_row == 10
    kiosk.tap(chip_card(chip))
    assert kiosk.refused()[0] == "CARD_FAILED_TOO_OFTEN"
    assert chip.memory.keys[3].in_a_row == 10
    kiosk.tap(chip_card(issued_ntag(UID)))  # who is left alone is left alone, genuine or not, until staff say otherwise
    assert kiosk.refused()[0] == "CARD_FAILED_TOO_OFTEN"


@challenged
@pytest.mark.parametrize("make", [issued_ntag, issued_desfire])
def test_a_card_of_a_key_that_the_kiosk_has_not_is_no_copy_and_its_failures_are_counted_all_the_same(
    kiosk: Kiosk, make: Any
) -> None:
    chip = make(UID, TWO_VERSIONS, 2)
    for _ in range(10):
        kiosk.tap(chip_card(chip))
        assert kiosk.refused() == ("CARD_NOT_GENUINE", str(AROHAS), None)
    kiosk.tap(chip_card(chip))
    assert kiosk.refused()[0] == "CARD_FAILED_TOO_OFTEN"


@by_message
def test_a_message_opens_a_visit_and_the_same_message_again_is_a_replay(kiosk: Kiosk) -> None:
    heard = attackers.Recorder(issued_ntag(UID))
    kiosk.tap(chip_card(heard))
    assert kiosk.ride.state() is State.WELCOMED
    while kiosk.ride.state() is not State.ABANDONED:
        kiosk.ride.later(600)
    kiosk.tap(attackers.replayed(heard.heard, UID, heard.ats))
    assert kiosk.refused()[:2] == ("CARD_REPLAYED", str(AROHAS))


@by_message
def test_a_message_that_was_copied_onto_another_card_is_refused_as_that(kiosk: Kiosk) -> None:
    heard: attackers.Recorder = attackers.Recorder(issued_ntag(bytes.fromhex("04AABBCCDDEEFF")))
    kiosk.tap(chip_card(heard))
    kiosk.tap(attackers.replayed(heard.heard, UID, heard.ats))
    assert kiosk.refused()[:2] == ("CARD_RECORD_COPIED", str(AROHAS))


@challenged
def test_a_card_that_cannot_prove_itself_is_not_enough(kiosk: Kiosk) -> None:
    kiosk.tap(attackers.magic(UID))
    assert kiosk.refused()[0] == "CARD_NOT_GENUINE"


@pytest.mark.parametrize("kiosk", [(CardLevel.UID, CardsBy.CHALLENGE)], indirect=True)
def test_a_site_that_takes_numbers_exchanges_nothing_with_the_card(kiosk: Kiosk) -> None:
    exchanges = kiosk.reader.watch()
    chip: BenchChip = issued_ntag(UID)
    event = kiosk.tap(chip_card(chip))
    assert isinstance(event, ev.CardPresented)
    assert event.proof == BY_NUMBER
    assert exchanges == []
