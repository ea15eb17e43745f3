"""A card from the drawer to the gate and back: issued on the bench, proven at the gate, refused once out of use."""

from hw.bench import attackers
from hw.bench.card_ntag424 import Ntag424
from kiosk import durable
from kiosk.console import messages as msg
from kiosk.core.card_book import MOST_FAILURES
from tests.app.card_desk import NTAG_424, CardDesk, card_of, chip, desk, gate_at, tag

__all__ = ["desk"]


def test_an_issued_card_is_welcome_at_level_proven_and_its_copy_is_not(desk: CardDesk) -> None:
    made = chip()
    with desk.lying(card_of(made)):
        assert desk.issue()[0] == 0
    with gate_at(desk) as gate:
        assert gate.refused(attackers.clone(made)) == "CARD_CLONED"
        gate.tap(card_of(made))
        assert gate.until(msg.DriverKnown).driver_name == "Aroha Ngata"
    opened = next(body for kind, body in gate.entries() if kind == "visit-opened")
    assert (opened["card"], opened["proof"]["level"]) == ("N1", "proven")


def test_a_card_that_is_lost_is_refused_at_once_and_welcome_again_once_it_is_issued_anew(desk: CardDesk) -> None:
    made = chip()
    with desk.lying(card_of(made)):
        assert desk.issue()[0] == 0
    with gate_at(desk) as gate:
        gate.until(msg.Attract)
        assert desk("lost", "N1", "--staff", "S01")[0] == 0
        assert gate.refused(card_of(made)) == "CARD_LOST"
        assert desk("return", "N1", "--staff", "S01")[0] == 0
        assert gate.refused(card_of(made)) == "CARD_RETURNED"
        code, _, err = desk.issue()
        assert (code, "it is in use by" in err) == (3, True)
    with desk.lying(card_of(made)):
        assert desk.issue("D102")[0] == 0
    with gate_at(desk) as gate:
        gate.until(msg.Attract)
        gate.tap(card_of(made))
        assert gate.until(msg.DriverKnown).driver_name == "Tom Wilkins"


def test_cards_of_two_master_keys_both_prove_themselves_until_the_old_one_is_retired(desk: CardDesk) -> None:
    old, new = chip(), chip(NTAG_424[1])
    with desk.lying(card_of(old)):
        assert desk.issue("D101", "N1")[0] == 0
    assert desk("key", "rotate")[0] == 0
    with desk.lying(card_of(new)):
        assert desk.issue("D102", "N2")[0] == 0
    with gate_at(desk) as gate:
        gate.until(msg.Attract)
        gate.tap(card_of(new))
        gate.until(msg.DriverKnown)
    assert desk("key", "retire", "1", "--force")[0] == 0
    with gate_at(desk) as gate:  # it has one key left, so that it asks a card for its own once that has failed
        assert gate.refused(card_of(old)) == "CARD_NOT_GENUINE"


def test_a_gate_that_read_its_keys_before_they_were_rotated_calls_no_new_card_a_copy(desk: CardDesk) -> None:
    new, file = chip(), desk.data / "keys" / "cards.key"
    before = file.read_bytes()
    assert desk("key", "rotate")[0] == 0
    with desk.lying(card_of(new)):
        assert desk.issue("D101", "N1")[0] == 0
    after = file.read_bytes()
    durable.write_secret(file, before)  # as the gate has them until it is started anew
    with gate_at(desk) as gate:
        assert gate.refused(card_of(new)) == "CARD_NOT_GENUINE"
    durable.write_secret(file, after)
    with gate_at(desk) as gate:
        gate.until(msg.Attract)
        gate.tap(card_of(new))
        gate.until(msg.DriverKnown)


def test_what_was_made_with_a_stolen_key_loses_its_worth_once_the_card_is_written_anew(desk: CardDesk) -> None:
    made = chip()
    with desk.lying(card_of(made)):
        assert desk.issue("D101", "N1")[0] == 0
    copy = Ntag424(made.memory)  # what a thief of the master key makes
    assert desk("key", "rotate")[0] == 0
    with gate_at(desk) as gate:
        gate.until(msg.Attract)
        gate.tap(card_of(copy))
        gate.until(msg.DriverKnown)  # nobody can tell, until the holder has come by
    with desk.lying(card_of(made)):
        assert desk.issue("D101", "N1")[0] == 0
    with gate_at(desk) as gate:
        assert gate.refused(card_of(copy)) == "CARD_CLONED"
        gate.tap(card_of(made))
        gate.until(msg.DriverKnown)


def test_a_card_whose_copies_failed_too_often_is_unlocked_by_one_command_while_the_gate_runs(desk: CardDesk) -> None:
    made = chip()
    with desk.lying(card_of(made)):
        assert desk.issue()[0] == 0
    with gate_at(desk) as gate:
        assert [gate.refused(attackers.clone(made)) for _ in range(MOST_FAILURES)] == ["CARD_CLONED"] * MOST_FAILURES
        assert gate.refused(card_of(made)) == "CARD_FAILED_TOO_OFTEN"
        assert desk("unlock", "N1", "--staff", "S01", "--reason", "showed me the card and a passport")[0] == 0
        gate.tap(card_of(made))
        gate.until(msg.DriverKnown)
    assert [key.failed for key in made.memory.keys] == [0] * 5  # the copies cost the chip nothing


def test_a_staff_badge_is_issued_by_the_same_means_and_is_no_drivers_card(desk: CardDesk) -> None:
    made = chip()
    with desk.lying(card_of(made)):
        assert desk.issue("S02", "B2")[0] == 0
    with gate_at(desk) as gate:
        assert gate.refused(card_of(made)) == "NOT_A_DRIVER_CARD"


def test_a_signed_card_is_too_weak_where_cards_must_prove_themselves(desk: CardDesk) -> None:
    made = tag()
    with desk.lying(made):
        assert desk.issue("D101", "N7")[0] == 0
    with gate_at(desk) as gate:
        assert gate.refused(made) == "CARD_NOT_GENUINE"


def test_without_readable_keys_the_kiosk_is_out_of_service_and_says_the_mend(desk: CardDesk) -> None:
    (desk.data / "keys" / "cards.key").chmod(0o644)
    with gate_at(desk) as gate:
        health = gate.until_health(
            lambda health: any(part.part is msg.Part.READER and part.mend for part in health.parts)
        )
    (reader,) = [part for part in health.parts if part.part is msg.Part.READER]
    assert "its owner alone may read" in reader.detail
    assert "chmod 600" in reader.mend
