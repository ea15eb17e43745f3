"""What entries tell of cards: the same at any cut, counted once, and never more than the cards there are."""

from collections.abc import Sequence
from datetime import date
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kiosk.core import card_book
from kiosk.core import events as ev
from kiosk.core.card_book import MOST_FAILURES, CardBook
from kiosk.core.card_story import CardStory
from kiosk.core.cards import BY_NUMBER, CardLevel, CardProof, Means, SignedRecord
from kiosk.core.effects import ChallengeCards, CommitEntry, EntryKind, Indicate, Signal
from kiosk.core.lane import Lane
from kiosk.core.plan import SecurityPlan
from kiosk.core.reasons import Reason
from kiosk.core.roster import Roster
from kiosk.core.rules import staff_of_card
from kiosk.core.seals import VvttStep
from kiosk.core.visit import State
from tests.core.driving import Ride
from tests.core.samples import PLAN, RECORDS, at, credential

FAILING = (Reason.CARD_CLONED, Reason.CARD_NOT_GENUINE, Reason.CARD_TAKEN_AWAY)
PROVEN = replace(PLAN, card_level=CardLevel.PROVEN)


def message(counter: int, *, challenged: bool = False) -> CardProof:
    return CardProof(Means.MESSAGE, counter, challenged)


CHALLENGE = CardProof(Means.CHALLENGE)

# --- folding ----------------------------------------------------------------------------------------

KEYS = st.sampled_from([str(credential(number)) for number in range(1, 7)])
SHOWN = st.none() | st.builds(
    lambda counter, challenged: {"level": "proven", "means": "message", "counter": counter, "challenged": challenged},
    st.integers(0, 40),
    st.booleans(),
)


def entry(kind: EntryKind, **body: Any) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    given_as = {key: each if isinstance(each, st.SearchStrategy) else st.just(each) for key, each in body.items()}
    return st.tuples(st.just(kind.value), st.fixed_dictionaries(given_as))


OTHERS = st.lists(st.fixed_dictionaries({"credential": KEYS, "proof": SHOWN}), max_size=3)
DAYS = st.dates(date(2026, 1, 1), date(2030, 1, 1)).map(date.isoformat)
ENTRIES = st.one_of(
    entry(EntryKind.CARD_ISSUED, credential=KEYS, card="C1", holder="aroha", valid_until=DAYS, key_version=1),
    *(entry(kind, credential=KEYS) for kind in (EntryKind.CARD_REVOKED, EntryKind.CARD_LOST, EntryKind.CARD_RETURNED)),
    *(entry(kind, credential=KEYS) for kind in (EntryKind.CARD_UNLOCKED, EntryKind.CARD_PIN_SET)),
    entry(EntryKind.PIN_WRONG, credential=KEYS, tries=st.integers(1, 3)),
    entry(EntryKind.CARD_TAPPED, credential=KEYS, proof=SHOWN, failures=st.integers(0, 12)),
    entry(EntryKind.CARD_TAPPED, credential=KEYS, proof=SHOWN),
    entry(EntryKind.VISIT_OPENED, credential=KEYS, proof=SHOWN, pin="right"),
    entry(EntryKind.PIN_ASKED, credential=KEYS, proof=SHOWN),
    entry(EntryKind.UPLIFT, credential=KEYS, proof=SHOWN, signed_proof=SHOWN, other_cards=OTHERS),
    entry(EntryKind.REFUSAL, credential=st.none() | KEYS, proof=SHOWN, reason="CARD_REPLAYED", other_cards=OTHERS),
    entry(EntryKind.RESTORED),
    entry(EntryKind.PASSAGE, visit="v", seen=True),
    entry(EntryKind.INCIDENT, what="x", credential=KEYS, proof="no tap"),
)


def folded(entries: Sequence[tuple[str, dict[str, Any]]], book: CardBook | None = None) -> CardBook:
    book = book or CardBook()
    for kind, body in entries:
        book.apply(kind, body)
    return book


def sorted_by_key(said: dict[str, Any]) -> dict[str, Any]:
    """As canonical JSON brings it back: in another order."""
    return said | {"stories": dict(sorted(said["stories"].items()))}


@given(st.lists(ENTRIES, max_size=30), st.integers(0, 30))
def test_a_book_said_again_at_any_cut_is_the_same_as_one_that_read_everything(
    entries: list[tuple[str, dict[str, Any]]], cut: int
) -> None:
    whole = folded(entries)
    again = folded(entries[cut:], CardBook.from_json(sorted_by_key(folded(entries[:cut]).to_json())))
    assert again.to_json() == whole.to_json()
    assert again.left_alone() == whole.left_alone()


@given(st.lists(ENTRIES, max_size=30))
def test_an_entry_that_is_taken_twice_in_a_row_changes_nothing(entries: list[tuple[str, dict[str, Any]]]) -> None:
    assert folded([each for each in entries for _ in range(2)]).to_json() == folded(entries).to_json()


@given(st.lists(ENTRIES, max_size=30))
def test_no_entry_lowers_a_counter(entries: list[tuple[str, dict[str, Any]]]) -> None:
    book, highest = CardBook(), dict.fromkeys(range(1, 7), -1)
    for kind, body in entries:
        book.apply(kind, body)
        for number, before in highest.items():
            highest[number] = book.story(credential(number)).counter
            assert highest[number] >= before


def test_an_entry_of_an_earlier_version_tells_nothing_of_cards() -> None:
    assert CardBook.from_json({}).to_json() == CardBook().to_json()


def test_a_story_says_only_what_is_not_as_of_a_card_that_nobody_knows() -> None:
    assert CardStory().to_json() == {}
    assert CardStory.from_json({}) == CardStory()
    assert CardStory(counter=3).to_json() == {"counter": 3}


def test_a_card_of_which_nothing_is_known_any_more_takes_no_room() -> None:
    book = CardBook()
    assert book.failed(credential(1)) == 1
    assert book.told_of() == (credential(1),)
    assert book.saw(credential(1), CHALLENGE)
    assert book.told_of() == ()
    assert not book.saw(credential(1), CHALLENGE)


# --- lives ------------------------------------------------------------------------------------------


def issue(number: int, holder: str = "aroha", until: str = "2027-12-31") -> tuple[str, dict[str, Any]]:
    body = {"credential": str(credential(number)), "card": f"N{number}", "holder": holder, "valid_until": until}
    return EntryKind.CARD_ISSUED.value, body


def step(kind: EntryKind, number: int) -> tuple[str, dict[str, Any]]:
    return kind.value, {"credential": str(credential(number))}


def recorded(ride: Ride, *entries: tuple[str, dict[str, Any]]) -> Ride:
    for kind, body in entries:
        ride.send(ev.StaffRecorded(kind, body, ride.at()))
    return ride


def refused(ride: Ride, number: int, proof: CardProof = BY_NUMBER) -> str:
    """The reason for which a tap is refused; empty when it is not. The screen is free again after it."""
    ride.send(ev.CardPresented(credential(number), proof, ride.at()))
    visit = ride.lane.visit
    assert visit is not None
    reason = visit.file.reason
    if reason is None:
        ride.send(ev.Cancelled(ride.at()))
    ride.send(ev.WentOn(ride.at()))
    ride.now += 1
    return reason.name if reason is not None else ""


@pytest.mark.parametrize(
    ("after", "reason"),
    [
        ([], ""),
        ([EntryKind.CARD_REVOKED], "CARD_REVOKED"),
        ([EntryKind.CARD_LOST], "CARD_LOST"),
        ([EntryKind.CARD_RETURNED], "CARD_RETURNED"),
        ([EntryKind.CARD_LOST, EntryKind.CARD_RETURNED], "CARD_RETURNED"),
    ],
)
def test_a_card_that_was_issued_here_opens_until_its_life_ends(after: list[EntryKind], reason: str) -> None:
    ride = recorded(Ride(), issue(50), *(step(kind, 50) for kind in after))
    assert refused(ride, 50) == reason
    if reason:
        assert ride.kinds() == ["refusal"]
        assert Indicate(Signal.STOP) in ride.effects


def test_a_card_of_the_records_is_refused_once_it_is_reported_lost() -> None:
    ride = recorded(Ride(), step(EntryKind.CARD_LOST, 1))
    assert refused(ride, 1) == "CARD_LOST"


def test_a_card_that_was_never_issued_and_is_in_no_record_is_unknown_whatever_became_of_it() -> None:
    ride = recorded(Ride(), step(EntryKind.CARD_LOST, 50))
    assert ride.roster.cards.issued(credential(50)) is None
    assert refused(ride, 50) == "CARD_UNKNOWN"


def test_a_card_that_was_given_back_is_as_good_as_new_once_it_is_issued_again_but_its_old_messages_are_not() -> None:
    ride = recorded(Ride(), issue(50, "ben"))
    assert refused(ride, 50, message(7)) == ""
    recorded(ride, step(EntryKind.CARD_RETURNED, 50), issue(50, "aroha"))
    assert refused(ride, 50, message(7)) == "CARD_REPLAYED"
    assert refused(ride, 50, message(8)) == ""


def test_an_issued_card_expires_and_belongs_to_its_holder() -> None:
    ride = recorded(Ride(), issue(50, until="2026-01-01"), issue(51, "staff-1"), issue(52, "nobody"))
    assert [refused(ride, number) for number in (50, 51, 52)] == [
        *("CARD_EXPIRED", "NOT_A_DRIVER_CARD", "DRIVER_UNKNOWN"),
    ]


@pytest.mark.parametrize("given_back", [False, True])
def test_a_card_that_was_issued_to_another_than_the_records_say_opens_for_neither(given_back: bool) -> None:
    """An import of an old list: aroha is in it with card 1, which ben has by now."""
    ride = recorded(Ride(), issue(1, "aroha"))
    assert refused(ride, 1) == ""
    recorded(ride, *([step(EntryKind.CARD_RETURNED, 1)] if given_back else []), issue(1, "ben"))
    assert refused(ride, 1) == "CARD_UNKNOWN"
    assert staff_of_card(ride.lane.situation, credential(1), BY_NUMBER, ride.at()) is Reason.CARD_UNKNOWN
    recorded(ride, step(EntryKind.CARD_RETURNED, 1), issue(1, "aroha"))
    assert refused(ride, 1) == ""


def test_a_card_that_was_written_anew_opens_nothing_by_the_key_that_it_had_before() -> None:
    """Whoever stole the older master key makes copies with it, which the gate takes until it is retired."""
    kind, body = issue(50)
    ride = recorded(Ride(plan=PROVEN), (kind, body | {"key_version": 1}))
    by_1, by_2 = (CardProof(Means.CHALLENGE, key_version=version) for version in (1, 2))
    assert [refused(ride, 50, by_1), refused(ride, 50, by_2)] == ["", ""]  # written anew, and not recorded yet
    recorded(ride, (kind, body | {"key_version": 2}))
    assert [refused(ride, 50, by_1), refused(ride, 50, by_2)] == ["CARD_CLONED", ""]
    assert [each["proof"].get("key_version") for kind, each in ride.entries if kind is EntryKind.REFUSAL] == [1]
    assert refused(ride, 50, CHALLENGE) == ""  # where there is one key, none is told
    assert refused(ride, 1, by_1) == ""  # and one that was never written here has no older one


def test_a_card_that_becomes_another_driver_s_between_the_taps_signs_nothing() -> None:
    ride = recorded(Ride(), issue(50, "aroha")).to_verify(card=50)
    ride.scan("NZ100001")
    ride.step(VvttStep.TUG)
    ride.step(VvttStep.TWIST)
    ride.send(ev.UpliftsFinished(ride.at()))
    recorded(ride, step(EntryKind.CARD_RETURNED, 50), issue(50, "ben"))
    ride.tap(50)
    assert (ride.kinds()[-1], ride.last()["reason"], ride.last()["driver"]) == ("refusal", "CARD_UNKNOWN", "aroha")
    assert ride.opened == []


def test_a_revoked_card_is_said_to_be_so_in_what_was_issued() -> None:
    book = folded([issue(50), step(EntryKind.CARD_REVOKED, 50)])
    card = book.issued(credential(50))
    assert card is not None
    assert (card.number, card.holder_id, card.revoked) == ("N50", "aroha", True)


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (SignedRecord("aroha", date(2026, 1, 1), date(2027, 1, 1)), ""),
        (SignedRecord("ben", date(2026, 1, 1), date(2027, 1, 1)), "CARD_RECORD_COPIED"),
        (SignedRecord("aroha", date(2026, 1, 1), date(2026, 1, 2)), "CARD_EXPIRED"),
    ],
)
def test_a_signed_record_must_go_with_what_the_site_knows(record: SignedRecord, reason: str) -> None:
    ride = Ride(plan=replace(PLAN, card_level=CardLevel.SIGNED))
    assert refused(ride, 1, CardProof(Means.SIGNATURE, record=record)) == reason
    shown = ride.entries[0][1]["proof"]
    assert (shown["level"], shown["record"]["holder"]) == ("signed", record.holder_id)


# --- messages ---------------------------------------------------------------------------------------


def reopened(ride: Ride, *, restored: bool = False) -> Ride:
    """The same gate after a power cut, its roster made of what the lane had the ledger hold."""
    after = Ride(plan=ride.lane.situation.plan)
    after.now, after.entries = ride.now + 10, list(ride.entries)
    roster = Roster()
    for kind, body in ride.entries:
        roster.apply(kind.value, body, at(ride.now))
    after.roster = roster
    after.take(after.lane.take_roster(roster, after.at(), {"backup": "b"} if restored else None))
    return after


def accepted(ride: Ride, number: int, counter: int, *, challenged: bool = False) -> bool:
    return refused(ride, number, message(counter, challenged=challenged)) == ""


def test_a_message_counts_once_and_no_older_one_after_it() -> None:
    ride = Ride(plan=PROVEN)
    assert [accepted(ride, 1, counter) for counter in (5, 5, 4, 6, 0, 7)] == [True, False, False, True, False, True]
    replays = [body for _, body in ride.entries if body.get("reason") == "CARD_REPLAYED"]
    assert [body["proof"]["counter"] for body in replays] == [5, 4, 0]
    assert {body["credential"] for body in replays} == {str(credential(1))}


@pytest.mark.timeout(300)
def test_in_ten_thousand_random_replay_orders_no_counter_at_or_under_the_highest_is_accepted() -> None:
    """With restarts in between, and after a restore, before which the ledger knew less than the card had sent."""
    random = Random(1)
    taken = replays = restarts = restores = 0
    for _ in range(10_000):
        ride, highest, restored = Ride(plan=PROVEN), {1: -1, 2: -1}, False
        for _ in range(random.randint(2, 6)):
            number, counter, challenged = random.choice((1, 2)), random.randint(0, 6), random.random() < 0.3
            was = accepted(ride, number, counter, challenged=challenged)
            assert was == (counter > highest[number] and (challenged or not restored))
            taken, replays = taken + was, replays + (not was)
            highest[number] = max(highest[number], counter)
            turn = random.random()
            if turn < 0.2:
                ride, restarts = reopened(ride), restarts + 1
            elif turn < 0.25:
                ride.entries = ride.entries[: random.randint(0, len(ride.entries))]
                ride, restored, restores = reopened(ride, restored=True), True, restores + 1
                highest = {each: ride.roster.cards.story(credential(each)).counter for each in highest}
    assert min(taken, replays, restarts, restores) > 1000


@pytest.mark.parametrize("during", [State.CHOOSING, State.SIGNING, State.COMMITTING])
def test_a_message_that_comes_in_the_middle_of_a_visit_is_in_the_ledger_at_once(during: State) -> None:
    ride = Ride(plan=PROVEN)
    ride.send(ev.CardPresented(credential(1), message(1), ride.at()))
    ride.send(ev.WentOn(ride.at()))
    if during is not State.CHOOSING:
        to_signing(ride)
    if during is State.COMMITTING:
        ride.answers = False
        ride.send(ev.CardPresented(credential(1), message(2), ride.at()))
        ride.answers = True
    assert ride.state() is during
    ride.send(ev.CardPresented(credential(2), message(9), ride.at()))
    kind, body = ride.entries[-1]
    assert (kind, body["credential"], body["proof"]["counter"]) == (EntryKind.CARD_TAPPED, str(credential(2)), 9)
    after = reopened(ride)
    assert not accepted(after, 2, 9)


def to_signing(ride: Ride) -> None:
    ride.key_unit("CSQU3054383")
    for each in ("view", "verify", "tug", "twist"):
        if each == "verify":
            ride.scan("NZ100001")
        else:
            ride.step(ride.lane.visit.file.current.next_step)  # type: ignore[union-attr, arg-type]
    ride.send(ev.UpliftsFinished(ride.at()))


def test_the_first_tap_the_second_tap_and_other_cards_show_in_the_uplifts_entry_what_they_proved() -> None:
    ride = Ride(plan=PROVEN)
    ride.send(ev.CardPresented(credential(1), message(1), ride.at()))
    ride.send(ev.WentOn(ride.at()))
    to_signing(ride)
    ride.send(ev.CardPresented(credential(2), CHALLENGE, ride.at()))
    ride.send(ev.CardPresented(credential(1), message(2, challenged=True), ride.at()))
    body = next(body for kind, body in ride.entries if kind is EntryKind.UPLIFT)
    assert body["proof"] == {"level": "proven", "means": "message", "counter": 1, "challenged": False}
    assert body["signed_proof"] == {"level": "proven", "means": "message", "counter": 2, "challenged": True}
    assert [other["proof"] for other in body["other_cards"]] == [{"level": "proven", "means": "challenge"}]
    after = reopened(ride)
    assert not accepted(after, 1, 2)


def test_a_second_tap_that_is_refused_shows_what_it_proved() -> None:
    ride = Ride(plan=PROVEN)
    ride.send(ev.CardPresented(credential(1), message(1), ride.at()))
    ride.send(ev.WentOn(ride.at()))
    to_signing(ride)
    recorded(ride, step(EntryKind.CARD_LOST, 1))
    ride.send(ev.CardPresented(credential(1), message(2), ride.at()))
    assert ride.kinds() == ["visit-opened", "refusal"]
    assert ride.last()["signed_proof"]["counter"] == 2


def test_a_message_of_the_second_tap_that_came_before_signs_nothing() -> None:
    ride = Ride(plan=PROVEN)
    ride.send(ev.CardPresented(credential(1), message(1), ride.at()))
    ride.send(ev.WentOn(ride.at()))
    to_signing(ride)
    ride.send(ev.CardPresented(credential(1), message(1), ride.at()))
    assert ride.state() is State.SIGNING
    assert not ride.opened
    ride.send(ev.CardPresented(credential(1), message(2), ride.at()))
    assert ride.opened
    (noted,) = next(body for kind, body in ride.entries if kind is EntryKind.UPLIFT)["other_cards"]
    assert (noted["reason"], noted["proof"]["counter"]) == ("CARD_REPLAYED", 1)


def test_a_staff_card_that_signs_a_package_shows_its_proof_and_its_message_counts_once() -> None:
    ride = Ride(plan=PROVEN)
    ride.send(ev.CardPresented(credential(4), message(1), ride.at()))
    ride.send(ev.WentOn(ride.at()))
    ride.key_unit("ULD-7701")
    ride.send(ev.PackageAnswered(True, ride.at()))
    ride.send(ev.CardPresented(credential(9), message(3), ride.at()))
    assert ride.state() is State.VIEW
    assert ride.entries[-1][0] is EntryKind.CARD_TAPPED
    after = reopened(ride)
    assert after.roster.cards.story(credential(9)).counter == 3
    ride.send(ev.Cancelled(ride.at()))
    (check,) = ride.last()["checks"]
    assert (check["package_check"]["credential"], check["package_check"]["proof"]["counter"]) == (
        *(str(credential(9)), 3),
    )


def test_once_a_ledger_was_restored_a_message_needs_a_challenge_for_good() -> None:
    ride = reopened(Ride(plan=PROVEN), restored=True)
    assert ride.kinds() == ["restored"]
    assert ChallengeCards(True, frozenset()) in ride.effects
    assert not accepted(ride, 1, 50)
    assert accepted(ride, 1, 51, challenged=True)
    again = reopened(ride)
    assert not accepted(again, 1, 52)
    assert refused(again, 1, CHALLENGE) == ""


# --- failures ---------------------------------------------------------------------------------------


def fail(ride: Ride, number: int, reason: Reason = Reason.CARD_CLONED) -> None:
    ride.send(ev.CardNotTaken(reason, ride.at(), credential(number)))
    ride.now += 1


def told(ride: Ride) -> list[ChallengeCards]:
    return [effect for effect in ride.effects if isinstance(effect, ChallengeCards)]


@pytest.mark.parametrize("reason", FAILING)
def test_a_card_that_failed_ten_times_is_left_alone_until_staff_unlock_it(reason: Reason) -> None:
    ride = Ride()
    for _ in range(MOST_FAILURES - 1):
        fail(ride, 1, reason)
        ride.send(ev.WentOn(ride.at()))
    assert told(ride) == []
    fail(ride, 1, reason)
    assert told(ride) == [ChallengeCards(False, frozenset({credential(1)}), frozenset())]
    recorded(ride, step(EntryKind.CARD_UNLOCKED, 1))
    assert told(ride)[-1] == ChallengeCards(False, frozenset(), frozenset())
    assert len(told(ride)) == 2


def test_failures_count_while_the_gate_is_out_of_service_and_in_the_middle_of_a_visit() -> None:
    """The reader asks cards at any time, and the chip counts: so do we, for more taps than a visit's entry lists."""
    ride = Ride()
    ride.send(ev.PartChanged(ev.Part.SCANNER, False, "x", "y", ride.at()))
    for _ in range(4):
        fail(ride, 1)
    assert ride.lane.visit is None
    ride.send(ev.PartChanged(ev.Part.SCANNER, True, "", "", ride.at()))
    ride.tap(2)
    for _ in range(6):
        fail(ride, 1)
    assert told(ride) == [ChallengeCards(False, frozenset({credential(1)}), frozenset())]
    assert [body["failures"] for kind, body in ride.entries if kind is EntryKind.CARD_TAPPED] == [*range(1, 11)]
    assert reopened(ride).lane.situation.roster.cards.left_alone() == {credential(1)}


def test_a_card_that_proves_itself_has_failed_no_more_and_the_ledger_says_so() -> None:
    ride = Ride()
    fail(ride, 1)
    fail(ride, 1, Reason.CARD_TAKEN_AWAY)
    assert ride.lane.situation.roster.cards.story(credential(1)).failures == 2
    ride.send(ev.WentOn(ride.at()))
    ride.send(ev.CardPresented(credential(1), CHALLENGE, ride.at()))
    assert ride.lane.situation.roster.cards.story(credential(1)).failures == 0
    assert ride.entries[-1][1]["failures"] == 0
    assert reopened(ride).lane.situation.roster.cards.story(credential(1)).failures == 0


@pytest.mark.parametrize(("proof", "failures"), [(BY_NUMBER, 1), (message(3), 0), (CHALLENGE, 0)])
def test_a_card_that_only_gave_its_number_may_fail_no_more_often_than_before(proof: CardProof, failures: int) -> None:
    ride = Ride()
    fail(ride, 1)
    ride.send(ev.WentOn(ride.at()))
    ride.send(ev.CardPresented(credential(1), proof, ride.at()))
    assert ride.lane.situation.roster.cards.story(credential(1)).failures == failures


def test_a_copy_that_was_found_out_by_an_old_message_is_told_as_a_replay_and_counts_for_nothing() -> None:
    ride = Ride()
    ride.send(ev.CardPresented(credential(1), message(3), ride.at()))
    ride.send(ev.Cancelled(ride.at()))
    ride.send(ev.WentOn(ride.at()))
    ride.send(ev.CardNotTaken(Reason.CARD_CLONED, ride.at(), credential(1), message(3)))
    assert ride.last()["reason"] == "CARD_REPLAYED"
    assert ride.lane.situation.roster.cards.story(credential(1)).failures == 0


def test_a_copy_with_a_message_that_nobody_saw_yet_is_told_as_a_copy_and_the_message_is_spent() -> None:
    ride = Ride()
    fail_with = ev.CardNotTaken(Reason.CARD_CLONED, ride.at(), credential(1), message(7))
    ride.send(fail_with)
    story = ride.lane.situation.roster.cards.story(credential(1))
    assert (story.failures, story.counter) == (1, 7)
    assert reopened(ride).lane.situation.roster.cards.story(credential(1)) == story


@pytest.mark.parametrize("reason", [Reason.CARD_UNREADABLE, Reason.CARD_NOT_SIGNED, Reason.CARD_FAILED_TOO_OFTEN])
def test_a_refusal_by_which_no_chip_counted_counts_here_neither(reason: Reason) -> None:
    ride = Ride()
    fail(ride, 1, reason)
    assert ride.kinds() == ["refusal"]
    assert ride.lane.situation.roster.cards.told_of() == ()


def test_a_card_that_nobody_could_name_is_refused_and_changes_nothing() -> None:
    ride = Ride()
    ride.send(ev.CardNotTaken(Reason.CARD_CLONED, ride.at()))
    assert ride.kinds() == ["refusal"]


def test_whoever_makes_up_numbers_fills_no_memory_and_hides_no_card_that_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(card_book, "MOST_STRANGERS", 3)
    book = folded([issue(50)])
    book.failed(credential(50))
    book.saw(credential(60), message(4))
    book.failed(credential(60))
    for _ in range(5):
        book.failed(credential(1))
    for number in range(2, 12):
        book.failed(credential(number))
    assert {each.identifier[-1] for each in book.told_of()} == {50, 60, 1, 10, 11}
    assert book.story(credential(1)).failures == 5
    assert book.failed(credential(11)) == 2, "who failed last is not forgotten"


def test_what_is_told_of_cards_does_not_hang_on_the_order_in_which_strangers_came(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(card_book, "MOST_STRANGERS", 3)
    book = CardBook()
    for number in (4, 2, 3):
        book.failed(credential(number))
    again = CardBook.from_json(sorted_by_key(book.to_json()))
    for each in (book, again):
        each.failed(credential(1))
    assert book.to_json() == again.to_json()


def test_nothing_is_told_to_the_reader_while_nothing_has_changed() -> None:
    ride = Ride()
    for counter in range(3):
        assert accepted(ride, 1, counter)
    assert told(ride) == []
    lane = Lane(PLAN, RECORDS, Roster())
    assert [each for each in lane.take_roster(Roster(), at()) if not isinstance(each, CommitEntry)] == []


@pytest.mark.parametrize(
    "plan", [replace(PLAN, card_level=level) for level in CardLevel], ids=lambda plan: plan.card_level.value
)
def test_a_card_below_the_sites_level_is_refused(plan: SecurityPlan) -> None:
    proofs = {
        CardLevel.UID: BY_NUMBER,
        CardLevel.SIGNED: CardProof(Means.SIGNATURE, record=SignedRecord("aroha", date.min, date.max)),
        CardLevel.PROVEN: CHALLENGE,
    }
    for level, proof in proofs.items():
        wanted = "" if level.reaches(plan.card_level) else "CARD_NOT_GENUINE"
        assert refused(Ride(plan=plan), 1, proof) == wanted


CALLED: dict[Reason, str] = {
    Reason.CARD_CLONED: "Stay here. Call the gatehouse.",
    Reason.CARD_RECORD_COPIED: "Stay here. Call the gatehouse.",
    Reason.CARD_REPLAYED: "Stay here. Call the gatehouse.",
    Reason.CARD_NOT_GENUINE: "Call the gatehouse.",
    Reason.CARD_NOT_SIGNED: "Call the gatehouse.",
    Reason.CARD_FAILED_TOO_OFTEN: "Call the gatehouse.",
    Reason.CARD_REVOKED: "Call the gatehouse.",
    Reason.CARD_LOST: "Call the gatehouse.",
}


@pytest.mark.parametrize("reason", CALLED)
def test_staff_are_called_by_lamps_and_buzzer_and_by_the_driver(reason: Reason) -> None:
    ride = Ride()
    effects = ride.send(ev.CardNotTaken(reason, ride.at(), credential(1)))
    assert Indicate(Signal.STOP) in effects
    assert reason.text.advice == CALLED[reason]
    assert ride.last()["reason"] == reason.name
