"""An NTAG213, NTAG215 or NTAG216 is issued, issued anew, rotated and wiped from whatever state it was left in."""

import copy
from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from drivers.cards import issuing_ntag21x
from drivers.cards.issuing import Issued, IssueOrder, NotIssued, Run, Why, Wiped, WipeOrder
from drivers.cards.keys import Purpose, SiteKeys
from drivers.cards.originality import ChipKind
from drivers.cards.values import CardProof, Means, SignedRecord, TakenAway
from hw.bench.card_ntag import Kind, Ntag
from tests.drivers.cards.chips import GENUINE
from tests.drivers.cards.issuing_bench import TagInHand, Tear, quiet

MADE = next(each for each in GENUINE if each.chip is ChipKind.NTAG21X)
UID = MADE.uid
KEYS = SiteKeys({1: bytes(range(16)), 2: bytes(range(1, 17))})
SIGNING_KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ANNA = SignedRecord(holder_id="D-0042", issued=date(2026, 11, 30), valid_until=date(2027, 11, 30))
BEN = SignedRecord(holder_id="D-0043", issued=date(2026, 12, 1), valid_until=date(2027, 12, 1))
FIRST = IssueOrder(KEYS, record=ANNA, signing_key=SIGNING_KEY, version=1)
SECOND = IssueOrder(KEYS, record=BEN, signing_key=SIGNING_KEY)

KINDS = pytest.mark.parametrize("kind", Kind, ids=lambda kind: kind.name)


def delivered(kind: Kind = Kind.NTAG213) -> Ntag:
    return Ntag(kind, UID, signature=MADE.signature)


def issue(tag: Ntag, order: IssueOrder = FIRST, leaves_at: int | None = None, tear: Tear = Tear.NOTHING) -> Issued:
    return issuing_ntag21x.issue(TagInHand(tag, leaves_at, tear), UID, order, Run(quiet))


def wipe(tag: Ntag, leaves_at: int | None = None, tear: Tear = Tear.NOTHING) -> Wiped:
    return issuing_ntag21x.wipe(TagInHand(tag, leaves_at, tear), UID, WipeOrder(KEYS), Run(quiet))


def issued(order: IssueOrder = FIRST, kind: Kind = Kind.NTAG213) -> Ntag:
    tag = delivered(kind)
    issue(tag, order)
    return tag


def exchanges(tag: Ntag, order: IssueOrder | None) -> int:
    """Of what is done to a copy of a tag: an order, or None for a wipe."""
    card = TagInHand(copy.deepcopy(tag))
    if order is None:
        issuing_ntag21x.wipe(card, UID, WipeOrder(KEYS), Run(quiet))
    else:
        issuing_ntag21x.issue(card, UID, order, Run(quiet))
    return len(card.commands)


def page(tag: Ntag, number: int) -> bytes:
    return bytes(tag.memory[number * 4 :][:4])


def secret(version: int) -> bytes:
    return KEYS.key(Purpose.TAG_PASSWORD, UID, version)


@KINDS
def test_a_tag_as_delivered_is_issued_with_the_record_and_protected(kind: Kind) -> None:
    tag = delivered(kind)
    told = issue(tag)
    assert (told.chip, told.uid, told.version, told.original) == (ChipKind.NTAG21X, UID, 1, True)
    assert told.proof == CardProof(Means.SIGNATURE, record=ANNA)
    pages = tag.product.pages
    assert page(tag, pages - 4) == bytes.fromhex("04000004")
    assert page(tag, pages - 2) == secret(1)[:4]
    assert page(tag, pages - 1) == secret(1)[4:6] + bytes(2)
    assert page(tag, pages - 6) == bytes.fromhex("534701FE")


@KINDS
def test_nothing_that_locks_for_good_is_written(kind: Kind) -> None:
    tag, fresh = issued(kind=kind), delivered(kind)
    lock = tag.product.lock_page
    for number in (0, 1, 2, 3, lock, lock + 2):
        assert page(tag, number) == page(fresh, number)


def test_an_issued_tag_is_written_by_nobody_without_the_password() -> None:
    tag = issued()
    for number in range(4, tag.product.pages):
        card = TagInHand(tag)
        assert card.command(bytes([0xA2, number]) + b"evil") != b"\x0a"


def test_an_issued_tag_that_is_laid_on_again_is_written_nothing() -> None:
    tag = issued()
    before = bytes(tag.memory)
    told = issue(tag)
    assert told.written == ()
    assert tag.memory == before


@KINDS
def test_a_tag_is_given_to_another_driver_under_a_new_master_key(kind: Kind) -> None:
    tag = issued(kind=kind)
    assert issue(tag, SECOND).proof.record == BEN
    assert page(tag, tag.product.pages - 2) == secret(2)[:4]


@KINDS
def test_a_wiped_tag_is_as_it_was_delivered(kind: Kind) -> None:
    tag = issued(SECOND, kind)
    wipe(tag)
    assert tag.memory == delivered(kind).memory


@pytest.mark.parametrize(("prepared", "order"), [(delivered, FIRST), (issued, SECOND)], ids=["issued", "rotated"])
@pytest.mark.parametrize("tear", Tear)
def test_a_tag_taken_away_in_any_exchange_is_finished_when_it_is_laid_on_again(
    prepared: type[Ntag], order: IssueOrder, tear: Tear
) -> None:
    whole = prepared()  # type: ignore[call-arg]
    for leaves_at in range(exchanges(whole, order)):
        tag = copy.deepcopy(whole)
        with pytest.raises(TakenAway):
            issue(tag, order, leaves_at, tear)
        told = issue(tag, order)
        assert (told.proof.record, told.failed_authentications) == (order.record, 0)
        assert page(tag, tag.product.pages - 4) == bytes.fromhex("04000004")


@pytest.mark.parametrize("tear", Tear)
def test_a_tag_taken_away_while_it_is_wiped_is_finished_when_it_is_laid_on_again(tear: Tear) -> None:
    whole = issued()
    for leaves_at in range(exchanges(whole, None)):
        tag = copy.deepcopy(whole)
        with pytest.raises(TakenAway):
            wipe(tag, leaves_at, tear)
        wipe(tag)
        assert tag.memory == delivered().memory


def refused(tag: Ntag, order: IssueOrder = FIRST) -> NotIssued:
    with pytest.raises(NotIssued) as caught:
        issue(tag, order)
    return caught.value


def test_a_tag_protected_by_others_is_refused_without_trying_a_password() -> None:
    tag = delivered()
    tag.memory[41 * 4 + 3] = 0x10
    before = bytes(tag.memory)
    refusal = refused(tag)
    assert (refusal.why, refusal.failed_authentications) == (Why.STRANGER, 0)
    assert tag.memory == before


def test_a_tag_with_another_password_than_its_mark_says_is_refused_after_one_try_and_not_changed() -> None:
    tag = issued(replace(FIRST, keys=SiteKeys({1: bytes(range(5, 21))})))
    before = bytes(tag.memory)
    refusal = refused(tag)
    assert (refusal.why, refusal.failed_authentications) == (Why.STRANGER, 1)
    assert tag.memory == before


def test_a_tag_that_takes_the_password_and_does_not_know_the_answer_is_refused() -> None:
    tag = issued()
    tag.memory[44 * 4] ^= 0xFF  # PACK
    refusal = refused(tag)
    assert (refusal.why, refusal.failed_authentications) == (Why.STRANGER, 1)


class Forgetful(TagInHand):
    """A tag that acknowledges what is written to one page and keeps nothing of it."""

    def command(self, data: bytes) -> bytes:
        return b"\x0a" if data[:2] == bytes([0xA2, 10]) else super().command(data)


def test_a_tag_that_does_not_keep_what_it_was_given_is_found_out_and_left_open() -> None:
    tag = delivered()
    with pytest.raises(NotIssued) as caught:
        issuing_ntag21x.issue(Forgetful(tag), UID, FIRST, Run(quiet))
    assert caught.value.why is Why.NOT_AS_WRITTEN
    assert page(tag, 41) == page(delivered(), 41)
    assert issue(tag).proof.record == ANNA


@pytest.mark.parametrize(
    ("at", "value", "said"),
    [
        (2 * 4 + 2, 0x10, "locked pages"),
        (40 * 4, 0x01, "locked pages"),
        (3 * 4 + 2, 0x3F, "capability container"),
        (42 * 4, 0x80, "access settings are 80"),
        (42 * 4, 0x40, "access settings are 40"),
        (42 * 4, 0x03, "access settings are 03"),
    ],
)
def test_a_tag_that_is_locked_is_refused_and_says_how(at: int, value: int, said: str) -> None:
    tag = delivered()
    tag.memory[at] = value
    before = bytes(tag.memory)
    refusal = refused(tag)
    assert refusal.why is Why.LOCKED
    assert said in str(refusal)
    assert tag.memory == before


def test_a_tag_without_nxps_signature_is_refused_before_anything_is_written() -> None:
    tag = Ntag(Kind.NTAG213, UID)
    before = bytes(tag.memory)
    assert refused(tag).why is Why.NOT_ORIGINAL
    assert tag.memory == before


def test_an_order_without_a_record_is_refused() -> None:
    assert refused(delivered(), IssueOrder(KEYS)).why is Why.NO_RECORD
