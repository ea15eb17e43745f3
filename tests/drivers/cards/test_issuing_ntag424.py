"""An NTAG 424 DNA is issued, issued anew, rotated and wiped from whatever state it was left in."""

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from drivers.cards import ev2_commands, issuing_type4
from drivers.cards.ev2 import Mode, Session
from drivers.cards.issuing import Issued, IssueOrder, NotIssued, Run, Why, Wiped, WipeOrder
from drivers.cards.keys import Purpose, SiteKeys
from drivers.cards.originality import ChipKind
from drivers.cards.values import CardProof, Means, TakenAway
from hw.bench.card_ntag424 import Ntag424
from hw.bench.card_ntag424_memory import Key
from tests.drivers.cards.chips import GENUINE
from tests.drivers.cards.issuing_bench import InHand, cuts, quiet
from tests.drivers.cards.scripted import ScriptedCard

MADE = next(each for each in GENUINE if each.chip is ChipKind.NTAG_424_DNA)
UID = MADE.uid
KEYS = SiteKeys({1: bytes(range(16)), 2: bytes(range(1, 17))})
STRANGERS = SiteKeys({7: bytes(range(2, 18))})
FIRST = IssueOrder(KEYS, base_url="https://gate.example.nz/c", version=1)
SECOND = IssueOrder(KEYS, base_url="https://gate.example.nz/card")

PURPOSES = [Purpose.APPLICATION, Purpose.META_READ, Purpose.FILE_READ, Purpose.CHALLENGE, Purpose.WRITE]


def delivered() -> Ntag424:
    return Ntag424.new(UID, signature=MADE.signature)


def issue(chip: Ntag424, order: IssueOrder = FIRST, **cut: int | bool) -> Issued:
    card = InHand(chip, **cut)  # type: ignore[arg-type]
    return issuing_type4.issue(card, UID, order, Run(quiet))


def wipe(chip: Ntag424, **cut: int | bool) -> Wiped:
    card = InHand(chip, **cut)  # type: ignore[arg-type]
    return issuing_type4.wipe(card, UID, WipeOrder(KEYS), Run(quiet))


def issued(order: IssueOrder = FIRST) -> Ntag424:
    chip = delivered()
    issue(chip, order)
    return chip


def copy(chip: Ntag424) -> Ntag424:
    return Ntag424.load(chip.save())


def failures(chip: Ntag424) -> int:
    """The most that any key has counted in a row."""
    return max(key.in_a_row for key in chip.memory.keys)


def test_a_card_as_delivered_is_issued_with_keys_of_its_own_and_proves_itself() -> None:
    chip = delivered()
    told = issue(chip)
    assert (told.chip, told.uid, told.version, told.original) == (ChipKind.NTAG_424_DNA, UID, 1, True)
    assert told.proof == CardProof(Means.MESSAGE, counter=1, challenged=True)
    assert told.failed_authentications == 0
    assert [key.value for key in chip.memory.keys] == [KEYS.key(purpose, UID, 1) for purpose in PURPOSES]
    assert {key.version for key in chip.memory.keys} == {1}


def test_an_issued_card_is_read_by_all_and_written_by_the_write_key_alone() -> None:
    rights = {number: file.settings.rights for number, file in issued().memory.files.items()}
    assert (rights[2].read, rights[2].write, rights[2].read_write, rights[2].change) == (0xE, 4, 0xF, 0)
    assert (rights[3].read, rights[3].write, rights[3].read_write, rights[3].change) == (0xF, 0xF, 0xF, 0)


def test_the_number_of_exchanges_of_an_issue_is_what_the_docs_say() -> None:
    assert issue(delivered()).exchanges == 35


def test_an_issued_card_that_is_laid_on_again_is_written_nothing() -> None:
    chip = issued()
    before = chip.memory
    assert issue(chip).written == ()
    assert replace(chip.memory, reads=before.reads) == before


def test_a_rotated_card_has_the_new_keys_and_its_counter_goes_on() -> None:
    chip = issued()
    told = issue(chip, SECOND)
    assert told.proof.counter == 2
    assert [key.value for key in chip.memory.keys] == [KEYS.key(purpose, UID, 2) for purpose in PURPOSES]


def test_a_wiped_card_is_as_it_was_delivered() -> None:
    chip = issued(SECOND)
    wipe(chip)
    assert replace(chip.memory, reads=0) == delivered().memory


def test_a_wiped_card_that_is_issued_again_makes_no_message_that_it_could_have_made_before() -> None:
    chip = issued()
    for _ in range(20):
        issue(chip)
    last = wipe(chip).counter
    assert last == 22
    assert issue(chip, replace(FIRST, counter_above=last)).proof.counter == 23


def test_the_last_counter_of_a_card_that_is_wiped_is_told_though_it_was_taken_away_meanwhile() -> None:
    whole = issued()
    for leaves_at, heard in cuts(wipe(copy(whole)).exchanges):
        chip = copy(whole)
        run = Run(quiet)
        with pytest.raises(TakenAway):
            issuing_type4.wipe(InHand(chip, leaves_at, heard=heard), UID, WipeOrder(KEYS), run)
        told = issuing_type4.wipe(InHand(chip), UID, WipeOrder(KEYS), run).counter
        assert told is not None
        assert told >= 2


def test_a_card_as_delivered_that_is_wiped_tells_no_counter() -> None:
    assert wipe(delivered()).counter is None


Deed = Callable[..., object]


@pytest.mark.parametrize(
    ("prepared", "deed", "again"),
    [
        (delivered, issue, issue),
        (issued, lambda chip, **cut: issue(chip, SECOND, **cut), lambda chip: issue(chip, SECOND)),
    ],
    ids=["issued", "rotated"],
)
def test_a_card_taken_away_in_any_exchange_is_finished_when_it_is_laid_on_again(
    prepared: Callable[[], Ntag424], deed: Deed, again: Callable[[Ntag424], Issued]
) -> None:
    whole = prepared()
    exchanges = again(copy(whole)).exchanges
    for leaves_at, heard in cuts(exchanges):
        chip = copy(whole)
        with pytest.raises(TakenAway):
            deed(chip, leaves_at=leaves_at, heard=heard)
        assert failures(chip) <= 1
        told = again(chip)
        assert told.failed_authentications == 0
        assert {key.version for key in chip.memory.keys} == {told.version}
        assert failures(chip) == 0


def test_a_card_taken_away_while_it_is_wiped_is_finished_when_it_is_laid_on_again() -> None:
    whole = issued()
    for leaves_at, heard in cuts(wipe(copy(whole)).exchanges):
        chip = copy(whole)
        with pytest.raises(TakenAway):
            wipe(chip, leaves_at=leaves_at, heard=heard)
        wipe(chip)
        assert replace(chip.memory, reads=0) == delivered().memory


def test_a_card_left_half_way_by_one_order_takes_any_other() -> None:
    exchanges = issue(delivered()).exchanges
    for leaves_at, heard in cuts(exchanges):
        chip = delivered()
        with pytest.raises(TakenAway):
            issue(chip, leaves_at=leaves_at, heard=heard)
        rotated = copy(chip)
        assert issue(rotated, SECOND).version == 2
        wipe(chip)
        assert replace(chip.memory, reads=0) == delivered().memory


@pytest.mark.long
@pytest.mark.timeout(600)
def test_a_card_taken_away_twice_in_any_two_exchanges_is_finished() -> None:
    exchanges = issue(delivered()).exchanges
    for first in cuts(exchanges):
        once = delivered()
        with pytest.raises(TakenAway):
            issue(once, leaves_at=first[0], heard=first[1])
        for second in cuts(issue(copy(once)).exchanges):
            chip = copy(once)
            with pytest.raises(TakenAway):
                issue(chip, leaves_at=second[0], heard=second[1])
            assert failures(chip) <= 2
            assert issue(chip).version == 1
            assert failures(chip) == 0


def refused(chip: Ntag424, order: IssueOrder = FIRST) -> NotIssued:
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
    foreign = SiteKeys({1: bytes(range(3, 19))})
    chip = issued()
    before = chip.memory
    refusal = refused(chip, IssueOrder(foreign))
    assert (refusal.why, refusal.failed_authentications) == (Why.STRANGER, 1)
    assert "1 failed authentications in this run" in str(refusal)
    assert failures(chip) == 1
    assert replace(chip.memory, keys=before.keys) == before


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_card_whose_other_keys_are_not_the_factorys_is_refused_and_keeps_them(number: int) -> None:
    chip = delivered()
    odd = Ntag424(chip.memory.with_key(number, Key(bytes(range(4, 20)))))
    refusal = refused(odd)
    assert refusal.why is Why.STRANGER
    assert f"another key {number} than its version says" in str(refusal)
    assert odd.memory.keys[number].value == bytes(range(4, 20))
    assert odd.memory.keys[0].value == bytes(16)


def test_a_chip_without_nxps_signature_is_refused_before_anything_is_written() -> None:
    chip = Ntag424.new(UID, signature=bytes(56))
    before = chip.memory
    assert refused(chip).why is Why.NOT_ORIGINAL
    assert chip.memory == before


def test_a_chip_with_the_signature_of_another_is_refused() -> None:
    other = next(each for each in GENUINE if each.chip is ChipKind.NTAG_424_DNA and each.uid != UID)
    assert refused(Ntag424.new(UID, signature=other.signature)).why is Why.NOT_ORIGINAL


def test_a_chip_that_asks_for_a_pause_is_left_alone() -> None:
    chip = delivered()
    slow = Ntag424(chip.memory.with_key(0, Key(in_a_row=60, failed=60)))
    refusal = refused(slow)
    assert refusal.why is Why.FAILED_TOO_OFTEN
    assert "91AD" in str(refusal)


def test_a_run_stops_after_three_failed_authentications_in_a_row() -> None:
    chip = delivered()
    run = Run(quiet)
    first_part = [command[1] for command in _talk(chip)].index(0x71)
    for _ in range(3):
        card = InHand(chip, leaves_at=first_part + 1)
        with pytest.raises(TakenAway):
            issuing_type4.issue(card, UID, FIRST, run)
    with pytest.raises(NotIssued) as caught:
        issuing_type4.issue(InHand(chip), UID, FIRST, run)
    assert (caught.value.why, caught.value.failed_authentications) == (Why.FAILED_TOO_OFTEN, 3)
    assert failures(chip) == 3


def _talk(chip: Ntag424) -> list[bytes]:
    """What an issue says to a copy of a card."""
    card = InHand(copy(chip))
    issuing_type4.issue(card, UID, FIRST, Run(quiet))
    return card.commands


class Silent(InHand):
    """A card whose message is empty when it is asked for it without a key, whatever was written."""

    def exchange(self, apdu: bytes) -> bytes:
        answer = super().exchange(apdu)
        return bytes(len(answer) - 2) + answer[-2:] if apdu[:5] == bytes.fromhex("90AD000007") else answer


def test_a_card_that_does_not_show_at_the_end_what_the_gate_will_ask_does_not_count_as_issued() -> None:
    chip = issued()
    with pytest.raises(NotIssued) as caught:
        issuing_type4.issue(Silent(chip), UID, FIRST, Run(quiet))
    assert caught.value.why is Why.NOT_AS_WRITTEN


def test_an_address_that_leaves_no_room_for_the_message_is_refused_before_anything_is_written() -> None:
    chip = delivered()
    before = chip.memory
    with pytest.raises(ValueError, match="expected an https address"):
        issue(chip, replace(FIRST, base_url="https://gate.example.nz/" + "c" * 80))
    assert chip.memory == before


def test_keys_show_in_nothing_that_is_said_or_returned() -> None:
    said: list[str] = []
    chip = delivered()
    told = issuing_type4.issue(InHand(chip), UID, FIRST, Run(said.append))
    shown = repr((said, told, FIRST)).upper()
    for key in chip.memory.keys:
        assert key.value.hex().upper() not in shown
        assert repr(key.value).upper() not in shown


# --- AN12196 rev. 2.0, the examples of 5.9 and 5.16 ------------------------------------------------------------------


def _session(counter: int, encryption: str, mac: str, ti: str) -> Session:
    return Session(bytes.fromhex(encryption), bytes.fromhex(mac), bytes.fromhex(ti), counter)


def test_a_key_is_changed_as_in_an12196_table_25() -> None:
    card = ScriptedCard(
        (
            "90C4000029022CF362B7BF4311FF3BE1DAA295E8C68DE09050560D19B9E16C2393AE9CD1FAC75D0CE20BCD1D06E600",
            "203BB55D1089D5879100",
        )
    )
    session = _session(2, "4CF3CB41A22583A61E89B158D252FC53", "5529860B2FC5FB6154B7F28361D30BF9", "7614281A")
    new = bytes.fromhex("F3847D627727ED3BC9C4CC050489B966")
    ev2_commands.change_key(card, session, 2, old=bytes(16), new=new, version=1)
    assert card.done


def test_key_0_is_changed_as_in_an12196_table_26() -> None:
    card = ScriptedCard(
        ("90C400002900C0EB4DEEFEDDF0B513A03A95A75491818580503190D4D05053FF75668A01D6FDA6610234BDED643200", "9100")
    )
    session = _session(3, "4CF3CB41A22583A61E89B158D252FC53", "5529860B2FC5FB6154B7F28361D30BF9", "7614281A")
    new = bytes.fromhex("5004BF991F408672B1EF00F08F9E8647")
    ev2_commands.change_own_key(card, session, 0, new=new, version=1)
    assert card.done


def test_file_settings_are_changed_as_in_an12196_5_9() -> None:
    card = ScriptedCard(
        ("905F0000190261B6D97903566E84C3AE5274467E89EAD799B7C1A0EF7A0400", "57BFF87B1241E93D9100"),
    )
    session = _session(1, "1309C877509E5A215007FF0ED19CA564", "4C6626F5E72EA694202139295C7A7FC7", "9D00C4DF")
    settings = bytes.fromhex("4000E0C1F121200000430000430000")
    ev2_commands.change_file_settings(card, session, 2, settings)
    assert card.done


def test_data_are_written_as_in_an12196_table_21() -> None:
    card = ScriptedCard(
        (
            "908D00001F030000000A00006B5E6804909962FC4E3FF5522CF0F8436C0C53315B9C73AA00",
            "C26D236E4A7C046D9100",
        )
    )
    session = _session(0, "7A93D6571E4B180FCA6AC90C9A7488D4", "FC4AF159B62E549B5812394CAB1918CC", "7614281A")
    ev2_commands.write_data(card, session, Mode.FULL, 3, bytes.fromhex("0102030405060708090A"))
    assert card.done


def test_the_crc_of_a_key_is_that_of_an12196_table_25() -> None:
    assert ev2_commands.crc32(bytes.fromhex("F3847D627727ED3BC9C4CC050489B966")).hex().upper() == "789DFADC"
