"""Cards are issued and wiped through the genuine nfcpy and an emulated PN532 on a pty, whatever happens to them."""

import itertools
from collections.abc import Callable, Iterator
from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct
from msgspec.structs import replace

from drivers.cards.issuing import Issued, IssueOrder, NotIssued, Why, WipeOrder
from drivers.cards.keys import SiteKeys
from drivers.cards.originality import ChipKind
from drivers.cards.prover import CardProver, Level, ProverSettings
from drivers.cards.values import Card, CardProof, CardTechnology, Means, SignedRecord, TakenAway
from drivers.issuing_reader import DISTURBED, TAKEN_AWAY, IssuingReader
from drivers.pn532_chip import Pn532Chip
from hw.bench import cards
from hw.bench.attackers import Impostor
from hw.bench.card_a import CardA
from hw.bench.card_desfire import Desfire
from hw.bench.card_desfire_memory import Generation
from hw.bench.card_ntag424 import Ntag424
from hw.bench.pn532_reader import BenchReader
from hw.errors import DeviceFault
from tests.drivers.cards.chips import GENUINE
from tests.drivers.cards.issuing_bench import quiet

NAME = "issuing reader"
KEYS = SiteKeys({1: bytes(range(16)), 2: bytes(range(1, 17))})
FOREIGN = SiteKeys({1: bytes(range(7, 23))})
SIGNING_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = SIGNING_KEY.public_key().public_bytes_raw()
RECORD = SignedRecord(holder_id="D-0042", issued=date(2026, 11, 30), valid_until=date(2027, 11, 30))
FIRST = IssueOrder(KEYS, base_url="https://gate.example.nz/c", record=RECORD, signing_key=SIGNING_KEY, version=1)
SECOND = replace(FIRST, version=2)


class Kind(Struct, frozen=True):
    """A kind of card to issue.

    Attributes:
        chip: What it is.
        make: A card of it as delivered, by UID and signature.
        proof: What it shows at the gate.
    """

    name: str
    chip: ChipKind
    make: Callable[[bytes, bytes], CardA]
    proof: CardProof


BY_MESSAGE = CardProof(Means.MESSAGE, counter=1, challenged=True)
BY_CHALLENGE = CardProof(Means.CHALLENGE)
BY_RECORD = CardProof(Means.SIGNATURE, record=RECORD)

NTAG_424 = Kind("NTAG 424 DNA", ChipKind.NTAG_424_DNA, lambda uid, sign: cards.ntag424(uid, signature=sign), BY_MESSAGE)
EV2 = Kind("DESFire EV2", ChipKind.DESFIRE_EV2, lambda uid, sign: cards.desfire(uid, signature=sign), BY_CHALLENGE)
EV3 = Kind(
    "DESFire EV3",
    ChipKind.DESFIRE_EV3,
    lambda uid, sign: cards.desfire(uid, signature=sign, generation=Generation.EV3),
    BY_CHALLENGE,
)
NTAG213 = Kind("NTAG213", ChipKind.NTAG21X, lambda uid, sign: cards.ntag213(uid, signature=sign), BY_RECORD)
NTAG215 = Kind("NTAG215", ChipKind.NTAG21X, lambda uid, sign: cards.ntag215(uid, signature=sign), BY_RECORD)
NTAG216 = Kind("NTAG216", ChipKind.NTAG21X, lambda uid, sign: cards.ntag216(uid, signature=sign), BY_RECORD)
KINDS = (NTAG_424, EV2, EV3, NTAG213, NTAG215, NTAG216)
EACH_KIND = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
EACH_FAMILY = pytest.mark.parametrize("kind", [NTAG_424, EV2, NTAG213], ids=lambda kind: kind.name)


def uid_of(kind: Kind) -> bytes:
    return next(each.uid for each in GENUINE if each.chip is kind.chip)


def delivered(kind: Kind) -> CardA:
    made = next(each for each in GENUINE if each.chip is kind.chip)
    return kind.make(made.uid, made.signature)


@pytest.fixture
def bench() -> Iterator[BenchReader]:
    with BenchReader() as reader:
        yield reader


def issuing(bench: BenchReader, wait_s: float = 10.0) -> IssuingReader:
    return IssuingReader(NAME, str(bench.path), wait_s)


def at_the_gate(bench: BenchReader, keys: SiteKeys = KEYS) -> CardProof:
    """What the gate's reader makes of the card that lies there."""
    chip = Pn532Chip(NAME, str(bench.path))
    try:
        chip.open(lambda: False)
        found = chip.sense()
        assert found is not None
        technology = CardTechnology.TYPE_4 if found.sel_res[0] & 0x20 else CardTechnology.TYPE_2
        settings = ProverSettings(Level.SIGNED, by_message=True, keys=keys, signed_by=(PUBLIC,))
        return CardProver(settings).prove(Card(technology, found.sdd_res), chip, always_challenge=True)
    finally:
        chip.close()


@EACH_KIND
def test_a_card_as_delivered_is_issued_and_the_gate_takes_it(bench: BenchReader, kind: Kind) -> None:
    bench.lay(delivered(kind))
    told = issuing(bench).issue(FIRST, quiet)
    assert (told.chip, told.uid, told.version, told.proof) == (kind.chip, uid_of(kind), 1, kind.proof)
    assert (told.original, told.failed_authentications) == (True, 0)
    at_gate = at_the_gate(bench)
    version = None if kind.proof is BY_RECORD else 1  # which of the gate's two keys it was
    expected = replace(kind.proof, key_version=version)
    assert at_gate == (expected if kind is not NTAG_424 else replace(expected, counter=2))


@EACH_KIND
def test_an_issued_card_is_issued_anew_rotated_wiped_and_issued_again(bench: BenchReader, kind: Kind) -> None:
    bench.lay(delivered(kind))
    reader = issuing(bench)
    reader.issue(FIRST, quiet)
    assert reader.issue(FIRST, quiet).written == ()
    assert reader.issue(SECOND, quiet).version == 2
    if kind.chip is not ChipKind.NTAG21X:  # whose password is none of the gate's business
        assert at_the_gate(bench, SiteKeys({2: KEYS.masters[2]})).means is kind.proof.means
    wiped = reader.wipe(WipeOrder(KEYS), quiet)
    assert (wiped.chip, wiped.uid) == (kind.chip, uid_of(kind))
    assert reader.issue(FIRST, quiet).proof.means is kind.proof.means


@EACH_KIND
def test_a_chip_that_nxp_did_not_sign_is_refused(bench: BenchReader, kind: Kind) -> None:
    size = 32 if kind.chip is ChipKind.NTAG21X else 56
    bench.lay(kind.make(uid_of(kind), bytes(size)))
    with pytest.raises(NotIssued) as caught:
        issuing(bench).issue(FIRST, quiet)
    assert caught.value.why is Why.NOT_ORIGINAL


def issued_though_cut(bench: BenchReader, kind: Kind, exchange: int, byte: int) -> Issued:
    """Issue a card that leaves in one exchange and is laid on again when that is asked for."""
    card = delivered(kind)
    bench.lay(card)
    bench.leave_after(exchange, byte)

    def say(line: str) -> None:
        if line in {TAKEN_AWAY, DISTURBED} and card not in bench.cards:
            bench.lay(card)

    try:
        return issuing(bench).issue(FIRST, say)
    finally:
        if card in bench.cards:
            bench.take_off(card)


def exchanges_of(bench: BenchReader, kind: Kind) -> list[tuple[int, int]]:
    """Bytes of command and answer, of each exchange of an issue."""
    card = delivered(kind)
    seen = bench.watch()
    bench.lay(card)
    issuing(bench).issue(FIRST, quiet)
    bench.take_off(card)
    return [(each.sent, each.answered) for each in seen]


@EACH_FAMILY
def test_a_card_taken_away_in_any_exchange_is_finished_when_it_is_laid_on_again(bench: BenchReader, kind: Kind) -> None:
    # In hand, without a reader, every exchange is cut both ways (tests/drivers/cards); a tag has some 90 small ones.
    step = 3 if kind is NTAG213 else 1
    for number, (sent, answered) in list(enumerate(exchanges_of(bench, kind)))[::step]:
        byte = (sent // 2, sent + answered // 2)[number // step % 2]
        told = issued_though_cut(bench, kind, number, byte)
        assert told.proof.means is kind.proof.means
        assert told.failed_authentications <= 1


@pytest.mark.long
@pytest.mark.timeout(3600)
@EACH_FAMILY
def test_a_card_taken_away_after_any_byte_is_finished_when_it_is_laid_on_again(bench: BenchReader, kind: Kind) -> None:
    for number, (sent, answered) in enumerate(exchanges_of(bench, kind)):
        for byte in range(sent + answered):
            told = issued_though_cut(bench, kind, number, byte)
            assert told.proof.means is kind.proof.means
            assert told.failed_authentications <= 1


@pytest.mark.parametrize("kind", [NTAG_424, EV2], ids=lambda kind: kind.name)
def test_a_card_with_a_wrong_key_is_refused_and_not_ruined(bench: BenchReader, kind: Kind) -> None:
    bench.lay(delivered(kind))
    issuing(bench).issue(replace(FIRST, keys=FOREIGN), quiet)
    for _ in range(2):
        with pytest.raises(NotIssued) as caught:
            issuing(bench).issue(FIRST, quiet)
        assert (caught.value.why, caught.value.failed_authentications) == (Why.STRANGER, 1)
    assert at_the_gate(bench, FOREIGN).means is kind.proof.means


def test_the_chips_own_counter_shows_one_failure_for_a_wrong_key_and_none_once_it_was_issued(
    bench: BenchReader,
) -> None:
    made = next(each for each in GENUINE if each.chip is ChipKind.NTAG_424_DNA)
    chip = Ntag424.new(made.uid, signature=made.signature)
    bench.lay(cards.chip_card(chip))
    issuing(bench).issue(replace(FIRST, keys=FOREIGN), quiet)
    with pytest.raises(NotIssued):
        issuing(bench).issue(FIRST, quiet)
    assert [key.in_a_row for key in chip.memory.keys] == [1, 0, 0, 0, 0]
    issuing(bench).issue(replace(FIRST, keys=FOREIGN), quiet)
    assert [key.in_a_row for key in chip.memory.keys] == [0, 0, 0, 0, 0]


def test_a_clone_that_makes_its_answers_up_is_refused(bench: BenchReader) -> None:
    made = next(each for each in GENUINE if each.chip is ChipKind.DESFIRE_EV2)
    genuine = Desfire.new(made.uid, signature=made.signature)
    bench.lay(cards.chip_card(Impostor(genuine)))
    with pytest.raises(NotIssued) as caught:
        issuing(bench).issue(FIRST, quiet)
    assert caught.value.why is Why.STRANGER


def test_a_card_that_does_not_come_back_is_said_to_have_lost_nothing(bench: BenchReader) -> None:
    said: list[str] = []
    card = delivered(NTAG_424)
    bench.lay(card)
    bench.leave_after(12, 3)
    with pytest.raises(TakenAway):
        issuing(bench, wait_s=0.3).issue(FIRST, said.append)
    assert said[-1] == TAKEN_AWAY
    bench.lay(card)
    assert issuing(bench).issue(FIRST, quiet).proof == NTAG_424.proof


def test_another_card_that_is_laid_on_instead_is_not_written(bench: BenchReader) -> None:
    other = cards.type4(bytes.fromhex("04AABBCCDDEEFF"))
    bench.lay(delivered(NTAG_424))
    bench.leave_after(12, 3)

    def say(line: str) -> None:
        if line == TAKEN_AWAY:
            bench.lay(other)

    with pytest.raises(NotIssued) as caught:
        issuing(bench).issue(FIRST, say)
    assert caught.value.why is Why.OTHER_CARD
    assert "card 04AABBCCDDEEFF in place of 04518DFAA96180" in str(caught.value)


def test_an_order_for_one_card_takes_no_other(bench: BenchReader) -> None:
    bench.lay(delivered(EV2))
    with pytest.raises(NotIssued) as caught:
        issuing(bench).issue(replace(FIRST, uid=uid_of(NTAG_424)), quiet)
    assert caught.value.why is Why.OTHER_CARD


@pytest.mark.parametrize(
    "card",
    [cards.felica(bytes.fromhex("0114010203040506")), cards.random_uid_phone(), cards.type4(bytes.fromhex("12345678"))],
    ids=["FeliCa", "phone", "other Type 4"],
)
def test_a_card_of_another_kind_is_refused_with_the_reason(bench: BenchReader, card: cards.Card) -> None:
    bench.lay(card)
    with pytest.raises(NotIssued) as caught:
        issuing(bench).issue(FIRST, quiet)
    assert caught.value.why is Why.UNSUPPORTED


def test_no_card_in_time_is_told(bench: BenchReader) -> None:
    with pytest.raises(NotIssued) as caught:
        issuing(bench, wait_s=0.2).issue(FIRST, quiet)
    assert caught.value.why is Why.NO_CARD


def test_one_who_stops_it_waits_no_longer(bench: BenchReader) -> None:
    looks = itertools.count()
    with pytest.raises(NotIssued) as caught:
        issuing(bench, wait_s=60.0).issue(FIRST, quiet, stopping=lambda: next(looks) > 8)
    assert caught.value.why is Why.NO_CARD


def test_a_reader_that_is_unplugged_is_told_and_the_card_is_finished_later(bench: BenchReader) -> None:
    card = delivered(NTAG_424)
    bench.lay(card)

    def say(line: str) -> None:
        if line.startswith("key 2"):
            bench.unplug()

    with pytest.raises(DeviceFault):
        issuing(bench).issue(FIRST, say)
    bench.plug_in()
    told = issuing(bench).issue(FIRST, quiet)
    assert told.written[0].startswith("key 3")
    assert told.proof == NTAG_424.proof


def test_a_reader_that_does_not_answer_once_is_asked_on(bench: BenchReader) -> None:
    bench.lay(delivered(NTAG_424))
    said: list[str] = []

    def say(line: str) -> None:
        said.append(line)
        if line.startswith("key 2"):
            bench.line.from_driver.drop_next(120)  # more than the line's own repeats make good

    told = issuing(bench).issue(FIRST, say)
    assert DISTURBED in said
    assert told.proof == NTAG_424.proof


def test_the_port_is_free_and_the_chip_asleep_afterwards(bench: BenchReader) -> None:
    bench.lay(delivered(EV2))
    issuing(bench).issue(FIRST, quiet)
    assert (bench.baud, bench.field_on) == (115_200, False)
