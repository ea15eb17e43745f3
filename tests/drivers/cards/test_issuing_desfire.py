"""A DESFire EV2 or EV3 is issued, rotated and wiped from whatever state it was left in."""

import pytest
from msgspec.structs import replace

from drivers.cards import issuing_type4
from drivers.cards.channel import native
from drivers.cards.issuing import Issued, IssueOrder, NotIssued, Run, Why, Wiped, WipeOrder
from drivers.cards.keys import Purpose, SiteKeys
from drivers.cards.layout import DESFIRE_AID, DESFIRE_DF_NAME
from drivers.cards.originality import ChipKind
from drivers.cards.values import CardProof, Means, TakenAway
from hw.bench.card_desfire import Desfire
from hw.bench.card_desfire_memory import Generation
from tests.drivers.cards.chips import GENUINE
from tests.drivers.cards.issuing_bench import InHand, cuts, quiet

KEYS = SiteKeys({1: bytes(range(16)), 2: bytes(range(1, 17))})
STRANGERS = SiteKeys({7: bytes(range(2, 18))})
FIRST = IssueOrder(KEYS, version=1)
SECOND = IssueOrder(KEYS)
FIRST_WITH_CARD = replace(FIRST, picc_key=True)
SECOND_WITH_CARD = replace(SECOND, picc_key=True)

KINDS = {Generation.EV2: ChipKind.DESFIRE_EV2, Generation.EV3: ChipKind.DESFIRE_EV3}
GENERATIONS = pytest.mark.parametrize("generation", KINDS, ids=lambda each: each.name)
ORDERS = pytest.mark.parametrize(
    ("first", "second"),
    [(FIRST, SECOND), (FIRST_WITH_CARD, SECOND_WITH_CARD)],
    ids=["application", "application and card"],
)


def delivered(generation: Generation = Generation.EV2, master_key: bytes | None = None) -> Desfire:
    made = next(each for each in GENUINE if each.chip is KINDS[generation])
    return Desfire.new(made.uid, signature=made.signature, generation=generation, master_key=master_key)


def copy(chip: Desfire) -> Desfire:
    return Desfire(chip.memory)


def issue(chip: Desfire, order: IssueOrder = FIRST, leaves_at: int | None = None, *, heard: bool = False) -> Issued:
    return issuing_type4.issue(InHand(chip, leaves_at, heard=heard), chip.memory.uid, order, Run(quiet))


def wipe(chip: Desfire, leaves_at: int | None = None, *, heard: bool = False) -> Wiped:
    return issuing_type4.wipe(InHand(chip, leaves_at, heard=heard), chip.memory.uid, WipeOrder(KEYS), Run(quiet))


def issued(order: IssueOrder = FIRST, generation: Generation = Generation.EV2) -> Desfire:
    chip = delivered(generation)
    issue(chip, order)
    return chip


@GENERATIONS
def test_a_card_as_delivered_is_given_an_application_with_keys_of_its_own(generation: Generation) -> None:
    chip = delivered(generation)
    told = issue(chip)
    assert (told.chip, told.version, told.proof) == (KINDS[generation], 1, CardProof(Means.CHALLENGE))
    application = chip.memory.application(DESFIRE_AID)
    assert application is not None
    assert application.name == DESFIRE_DF_NAME
    purposes = (Purpose.DESFIRE_APPLICATION, Purpose.DESFIRE_CHALLENGE)
    assert [(key.value, key.version) for key in application.keys] == [
        (KEYS.key(purpose, chip.memory.uid, 1), 1) for purpose in purposes
    ]
    assert chip.memory.picc == delivered(generation).memory.picc


def test_the_number_of_exchanges_of_an_issue_is_what_the_docs_say() -> None:
    assert issue(delivered()).exchanges == 16
    assert issue(delivered(), FIRST_WITH_CARD).exchanges == 25


def test_the_cards_own_master_key_becomes_the_sites_where_that_is_asked() -> None:
    chip = issued(FIRST_WITH_CARD)
    assert chip.memory.picc.keys[0].value == KEYS.key(Purpose.DESFIRE_PICC, chip.memory.uid, 1)
    assert chip.memory.picc.settings == 0x0B
    chip.reset()
    other = bytes.fromhex("AAAAAA") + bytes([0x0F, 0x81])
    assert chip(native(0xCA, other))[-2:] != b"\x91\x00"


@ORDERS
def test_an_issued_card_that_is_laid_on_again_is_written_nothing(first: IssueOrder, second: IssueOrder) -> None:
    chip = issued(first)
    before = chip.memory
    assert issue(chip, first).written == ()
    assert chip.memory == before


@ORDERS
def test_a_wiped_card_is_as_it_was_delivered(first: IssueOrder, second: IssueOrder) -> None:
    chip = issued(first)
    issue(chip, second)
    wipe(chip)
    assert chip.memory == delivered().memory


def test_applications_of_others_are_left_alone() -> None:
    chip = delivered()
    chip.reset()
    assert chip(native(0xCA, bytes.fromhex("AAAAAA") + bytes([0x0F, 0x81])))[-2:] == b"\x91\x00"
    others = chip.memory.application(bytes.fromhex("AAAAAA"))
    issue(chip)
    wipe(chip)
    assert chip.memory.application(bytes.fromhex("AAAAAA")) == others


@ORDERS
def test_a_card_taken_away_in_any_exchange_is_finished_when_it_is_laid_on_again(
    first: IssueOrder, second: IssueOrder
) -> None:
    for whole, order in ((delivered(), first), (issued(first), second)):
        for leaves_at, heard in cuts(issue(copy(whole), order).exchanges):
            chip = copy(whole)
            with pytest.raises(TakenAway):
                issue(chip, order, leaves_at, heard=heard)
            told = issue(chip, order)
            assert (told.version, told.failed_authentications) == (order.target_version, 0)
            assert issue(chip, order).written == ()


@ORDERS
def test_a_card_taken_away_while_it_is_wiped_is_finished_when_it_is_laid_on_again(
    first: IssueOrder, second: IssueOrder
) -> None:
    whole = issued(first)
    for leaves_at, heard in cuts(wipe(copy(whole)).exchanges):
        chip = copy(whole)
        with pytest.raises(TakenAway):
            wipe(chip, leaves_at, heard=heard)
        wipe(chip)
        assert chip.memory == delivered().memory


@ORDERS
def test_a_card_left_half_way_is_rotated_or_wiped_all_the_same(first: IssueOrder, second: IssueOrder) -> None:
    for leaves_at, heard in cuts(issue(delivered(), first).exchanges):
        chip = delivered()
        with pytest.raises(TakenAway):
            issue(chip, first, leaves_at, heard=heard)
        assert issue(copy(chip), second).version == 2
        wipe(chip)
        assert chip.memory == delivered().memory


def refused(chip: Desfire, order: IssueOrder = FIRST) -> NotIssued:
    with pytest.raises(NotIssued) as caught:
        issue(chip, order)
    return caught.value


def test_a_card_of_another_site_is_refused_by_its_versions_without_one_authentication() -> None:
    chip = issued()
    before = chip.memory
    refusal = refused(chip, IssueOrder(STRANGERS))
    assert (refusal.why, refusal.failed_authentications) == (Why.STRANGER, 0)
    assert chip.memory == before


def test_a_card_with_a_wrong_key_is_refused_at_the_price_of_one_authentication_and_not_changed() -> None:
    chip = issued()
    before = chip.memory
    refusal = refused(chip, IssueOrder(SiteKeys({1: bytes(range(3, 19))})))
    assert (refusal.why, refusal.failed_authentications) == (Why.STRANGER, 1)
    assert chip.memory == before


def test_a_card_whose_master_key_others_hold_is_refused_where_that_key_is_asked_for() -> None:
    chip = delivered(master_key=bytes(range(9, 25)))
    refusal = refused(chip, FIRST_WITH_CARD)
    assert (refusal.why, refusal.failed_authentications) == (Why.STRANGER, 1)
    assert issue(chip, FIRST).proof == CardProof(Means.CHALLENGE)  # the application is there, and takes no master key


def test_a_chip_without_nxps_signature_is_refused_before_anything_is_written() -> None:
    chip = Desfire.new(delivered().memory.uid)
    before = chip.memory
    assert refused(chip).why is Why.NOT_ORIGINAL
    assert chip.memory == before


def test_a_chip_of_one_generation_does_not_pass_with_the_signature_of_the_other() -> None:
    made = next(each for each in GENUINE if each.chip is ChipKind.DESFIRE_EV3)
    assert refused(Desfire.new(made.uid, signature=made.signature)).why is Why.NOT_ORIGINAL
