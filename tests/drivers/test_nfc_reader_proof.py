"""Cards that prove themselves, through the genuine nfcpy and an emulated PN532 on a pty."""

import contextlib
import random
import time
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct

from drivers.card_presence import GONE_AFTER_POLLS
from drivers.cards.prover import CardProver, Level, ProverSettings
from drivers.cards.signed_record import sign_record
from drivers.cards.values import BY_NUMBER, Card, CardProof, CardTechnology, Means, ProofFailed, SignedRecord
from drivers.nfc_reader import Asked, CardGone, CardRefused, CardSeen
from drivers.reports import DeviceLost, DeviceReady
from hw.bench import attackers, cards
from hw.bench.cards import chip_card
from hw.bench.pn532_reader import BenchReader
from hw.bench.rf import Exchange
from tests.drivers.cards.issued import KEYS, OTHER_SITE, TWO_VERSIONS, issued_desfire, issued_ntag
from tests.drivers.nfc_bench import READER, Watched

ANNA = bytes.fromhex("04112200445566")
BEN = bytes.fromhex("04AABBCCDDEEFF")

READY_S = 1.0
"""Seconds from a card that leaves in the midst until the next card is proven."""

BY_CHALLENGE = ProverSettings(Level.PROVEN, keys=KEYS)
BY_MESSAGE = ProverSettings(Level.PROVEN, by_message=True, keys=KEYS)
SIGNER = Ed25519PrivateKey.from_private_bytes(bytes(32))
BY_RECORD = ProverSettings(Level.SIGNED, signed_by=(SIGNER.public_key().public_bytes_raw(),))

Watch = Callable[[ProverSettings], Watched]


@pytest.fixture
def bench() -> Iterator[BenchReader]:
    with BenchReader() as reader:
        yield reader


@pytest.fixture
def watch(bench: BenchReader) -> Iterator[Watch]:
    with contextlib.ExitStack() as stack:

        def start(settings: ProverSettings) -> Watched:
            watched = Watched(str(bench.path), CardProver(settings))
            stack.callback(watched.stop)
            watched.next(DeviceReady)
            return watched

        yield start


def a_card(uid: bytes) -> Card:
    return Card(CardTechnology.TYPE_4, uid)


def seen(uid: bytes, proof: CardProof) -> CardSeen:
    return CardSeen(READER, CardTechnology.TYPE_4, uid, proof)


def test_a_card_answers_a_challenge_once_a_presentation_in_three_exchanges_after_rats(
    bench: BenchReader, watch: Watch
) -> None:
    watched = watch(BY_CHALLENGE)
    exchanges = bench.watch()
    card = chip_card(issued_ntag(ANNA))
    bench.lay(card)
    assert watched.next(CardSeen) == seen(ANNA, CardProof(Means.CHALLENGE))
    assert len(exchanges) == 1 + 3
    watched.look_again()
    assert (len(exchanges), watched.reports) == (4, [])
    bench.take_off(card)
    watched.next(CardGone)
    bench.lay(card)
    assert watched.next(CardSeen) == seen(ANNA, CardProof(Means.CHALLENGE))


def test_a_desfire_answers_a_challenge_in_three_exchanges_after_rats(bench: BenchReader, watch: Watch) -> None:
    watched = watch(BY_CHALLENGE)
    exchanges = bench.watch()
    bench.lay(chip_card(issued_desfire(ANNA)))
    assert watched.next(CardSeen) == seen(ANNA, CardProof(Means.CHALLENGE))
    assert len(exchanges) == 1 + 3


def test_a_card_sends_a_message_once_a_presentation_in_two_exchanges_after_rats(
    bench: BenchReader, watch: Watch
) -> None:
    watched = watch(BY_MESSAGE)
    exchanges = bench.watch()
    card = chip_card(issued_ntag(ANNA))
    for counter in (1, 2):
        bench.lay(card)
        assert watched.next(CardSeen) == seen(ANNA, CardProof(Means.MESSAGE, counter))
        watched.look_again()
        assert len(exchanges) == 3 * counter
        bench.take_off(card)
        watched.next(CardGone)


def test_a_message_is_followed_by_a_challenge_where_that_is_asked_for(bench: BenchReader, watch: Watch) -> None:
    watched = watch(BY_MESSAGE)
    watched.reader.ask(Asked(always_challenge=True))
    exchanges = bench.watch()
    bench.lay(chip_card(issued_ntag(ANNA)))
    assert watched.next(CardSeen) == seen(ANNA, CardProof(Means.MESSAGE, 1, challenged=True))
    assert len(exchanges) == 1 + 4


def test_a_card_of_an_older_version_is_known(bench: BenchReader, watch: Watch) -> None:
    watched = watch(ProverSettings(Level.PROVEN, keys=TWO_VERSIONS))
    bench.lay(chip_card(issued_ntag(ANNA, TWO_VERSIONS, 1)))
    assert watched.next(CardSeen) == seen(ANNA, CardProof(Means.CHALLENGE, key_version=1))


@pytest.mark.parametrize(
    ("make", "by", "why"),
    [
        pytest.param(
            lambda: attackers.clone(issued_ntag(ANNA, OTHER_SITE)), BY_CHALLENGE, ProofFailed.CLONED, id="clone"
        ),
        pytest.param(
            lambda: chip_card(issued_ntag(ANNA, OTHER_SITE)), BY_CHALLENGE, ProofFailed.CLONED, id="wrong key"
        ),
        pytest.param(
            lambda: chip_card(issued_ntag(ANNA, OTHER_SITE)), BY_MESSAGE, ProofFailed.RECORD_COPIED, id="message"
        ),
        pytest.param(
            lambda: attackers.clone(issued_desfire(ANNA, OTHER_SITE)), BY_CHALLENGE, ProofFailed.CLONED, id="DESFire"
        ),
        pytest.param(lambda: cards.ntag424(ANNA), BY_MESSAGE, ProofFailed.NOT_SIGNED, id="blank"),
        pytest.param(lambda: cards.type4(ANNA), BY_MESSAGE, ProofFailed.NOT_SIGNED, id="not ours"),
    ],
)
def test_a_card_that_fails_is_refused_once_with_its_reason_and_the_next_one_is_taken(
    bench: BenchReader, watch: Watch, make: Callable[[], cards.Card], by: ProverSettings, why: ProofFailed
) -> None:
    watched = watch(by)
    bench.lay(make())
    assert watched.next(CardRefused) == CardRefused(READER, why, a_card(ANNA))
    watched.look_again()
    assert watched.reports == []
    bench.take_off()
    assert watched.next(CardGone) == CardGone(READER, ANNA)
    bench.lay(chip_card(issued_ntag(BEN)))
    assert watched.next(CardSeen).identifier == BEN


def test_a_message_that_was_written_down_comes_with_its_old_counter(bench: BenchReader, watch: Watch) -> None:
    watched = watch(BY_MESSAGE)
    heard = attackers.Recorder(issued_ntag(ANNA))
    bench.lay(chip_card(heard))
    assert watched.next(CardSeen).proof.counter == 1
    bench.take_off()
    watched.next(CardGone)
    bench.lay(attackers.replayed(heard.heard, ANNA, heard.ats))
    assert watched.next(CardSeen).proof.counter == 1
    bench.take_off()
    watched.next(CardGone)
    watched.reader.ask(Asked(always_challenge=True))
    bench.lay(attackers.replayed(heard.heard, ANNA, heard.ats))
    assert watched.next(CardRefused).why is ProofFailed.CLONED


def test_a_plain_card_at_a_site_that_wants_proof_is_reported_by_its_number(bench: BenchReader, watch: Watch) -> None:
    watched = watch(BY_CHALLENGE)
    for card in (cards.ntag215(ANNA), cards.felica(ANNA + b"\0"), cards.type4(ANNA)):
        bench.lay(card)
        assert watched.next(CardSeen).proof == BY_NUMBER
        bench.take_off()
        watched.next(CardGone)


def test_a_card_that_is_left_alone_is_refused_without_an_exchange(bench: BenchReader, watch: Watch) -> None:
    watched = watch(BY_CHALLENGE)
    watched.reader.ask(Asked(not_these=frozenset({a_card(ANNA)})))
    exchanges = bench.watch()
    bench.lay(chip_card(issued_ntag(ANNA)))
    assert watched.next(CardRefused) == CardRefused(READER, ProofFailed.FAILED_TOO_OFTEN, a_card(ANNA))
    assert exchanges == []
    bench.take_off()
    watched.next(CardGone)
    watched.reader.ask(Asked())
    bench.lay(chip_card(issued_ntag(ANNA)))
    assert watched.next(CardSeen).proof.means is Means.CHALLENGE


# --- signed records -----------------------------------------------------------------------------------------------


RECORD = SignedRecord("D17", date(2026, 1, 5), date(2027, 1, 5))


@pytest.mark.parametrize("make", [cards.ntag213, cards.ntag215, cards.ntag216])
def test_a_signed_record_is_read_and_says_whose_card_it_is(
    bench: BenchReader, watch: Watch, make: Callable[[bytes, bytes], cards.Card]
) -> None:
    watched = watch(BY_RECORD)
    bench.lay(make(ANNA, sign_record(ANNA, RECORD, SIGNER)))
    expected = CardSeen(READER, CardTechnology.TYPE_2, ANNA, CardProof(Means.SIGNATURE, record=RECORD))
    assert watched.next(CardSeen) == expected


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (sign_record(BEN, RECORD, SIGNER), ProofFailed.RECORD_COPIED),
        (sign_record(ANNA, RECORD, Ed25519PrivateKey.from_private_bytes(b"1" * 32)), ProofFailed.NOT_SIGNED),
        (b"", ProofFailed.NOT_SIGNED),
        (b"\xd0\x00\x00", ProofFailed.NOT_SIGNED),
    ],
)
def test_a_record_that_is_not_this_card_s_or_not_the_site_s_is_refused(
    bench: BenchReader, watch: Watch, message: bytes, why: ProofFailed
) -> None:
    watched = watch(BY_RECORD)
    bench.lay(cards.ntag215(ANNA, message))
    assert watched.next(CardRefused) == CardRefused(READER, why, Card(CardTechnology.TYPE_2, ANNA))


# --- taken away ---------------------------------------------------------------------------------------------------


class Kind(Struct, frozen=True):
    """A way of proving: how a card of it is made, what it is asked, what it shows."""

    make: Callable[[bytes], cards.Card]
    settings: ProverSettings
    means: Means


KINDS = {
    "challenge": Kind(lambda uid: chip_card(issued_ntag(uid)), BY_CHALLENGE, Means.CHALLENGE),
    "DESFire": Kind(lambda uid: chip_card(issued_desfire(uid)), BY_CHALLENGE, Means.CHALLENGE),
    "message": Kind(lambda uid: chip_card(issued_ntag(uid)), BY_MESSAGE, Means.MESSAGE),
    "record": Kind(lambda uid: cards.ntag215(uid, sign_record(uid, RECORD, SIGNER)), BY_RECORD, Means.SIGNATURE),
}


def moments(exchanges: list[Exchange]) -> list[tuple[int, int]]:
    """Every byte of every exchange at which a card can leave: after it was sent or answered."""
    return [(number, byte) for number, each in enumerate(exchanges) for byte in range(each.bytes)]


def conversation(bench: BenchReader, watched: Watched, card: cards.Card) -> list[Exchange]:
    """All exchanges that proving this card takes."""
    exchanges = bench.watch()
    bench.lay(card)
    watched.next(CardSeen)
    whole = list(exchanges)
    bench.take_off()
    watched.next(CardGone)
    return whole


class Wait(Struct, frozen=True):
    """How long the next card had to wait.

    Attributes:
        looks: The driver's looks for a card, from when it was laid on until it was proven.
        seconds: From the first card's being laid on, which is before it left, until the next one was proven.
    """

    looks: int
    seconds: float


def leave_and_come_another(bench: BenchReader, watched: Watched, kind: Kind, moment: tuple[int, int]) -> Wait:
    """One card leaves at a moment, another is laid on as soon as the first is refused; then the first again."""
    leaving, next_one = kind.make(ANNA), kind.make(BEN)
    bench.leave_after(*moment)
    began = time.monotonic()
    bench.lay(leaving)
    assert watched.next(CardRefused).why is ProofFailed.TAKEN_AWAY
    looks = watched.looks
    bench.lay(next_one)
    taken = watched.next(CardSeen)
    wait = Wait(watched.looks - looks, time.monotonic() - began)
    assert (taken.identifier, taken.proof.means) == (BEN, kind.means)
    bench.take_off()
    watched.next(CardGone)
    bench.lay(leaving)  # the one that left is none the worse
    assert watched.next(CardSeen).proof.means is kind.means
    bench.take_off()
    watched.next(CardGone)
    return wait


@pytest.mark.parametrize("name", list(KINDS))
def test_a_card_that_leaves_in_the_midst_is_refused_as_taken_away_and_the_next_is_asked_at_once(
    bench: BenchReader, watch: Watch, name: str
) -> None:
    kind = KINDS[name]
    watched = watch(kind.settings)
    whole = conversation(bench, watched, kind.make(ANNA))
    chosen = random.Random(6).sample(moments(whole), 6)
    waits = [leave_and_come_another(bench, watched, kind, moment) for moment in chosen]
    assert max(wait.looks for wait in waits) <= GONE_AFTER_POLLS + 1
    assert not any(isinstance(report, DeviceLost) for report in watched.reports)


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", list(KINDS))
def test_a_card_may_leave_after_any_byte_of_any_exchange(bench: BenchReader, watch: Watch, name: str) -> None:
    kind = KINDS[name]
    watched = watch(kind.settings)
    whole = conversation(bench, watched, kind.make(ANNA))
    waits = {moment: leave_and_come_another(bench, watched, kind, moment) for moment in moments(whole)}
    slow = {moment: wait for moment, wait in waits.items() if wait.seconds >= READY_S}
    assert slow == {}
    assert len(waits) > 100
