"""`sealgate card issue`, over a pty through nfcpy and the emulated PN532, onto chips that do their cryptography."""

from pathlib import Path

import pytest

from drivers.cards.keys import Purpose
from drivers.issuing_reader import IssuingReader
from kiosk import card_keys, pins
from kiosk.commands import card_issue
from kiosk.console.desk import NotRecorded
from kiosk.core.cards import Credential
from kiosk.core.pins import Pin
from tests.app.card_desk import NTAG_424, CardDesk, card_of, chip, desk, tag

__all__ = ["desk"]

UID = NTAG_424[0].uid
CREDENTIAL = f"TYPE_4:{UID.hex().upper()}"


def test_a_card_is_written_read_back_and_recorded_with_who_got_it_and_who_gave_it(desk: CardDesk) -> None:
    made = chip()
    with desk.lying(card_of(made)):
        code, out, err = desk.issue()
    assert (code, err) == (0, "")
    assert "read back by message" in out
    ((kind, body),) = desk.entries()
    assert kind == "card-issued"
    assert body == {
        "credential": CREDENTIAL, "card": "N1", "holder": "D101", "holder_name": "Aroha Ngata",
        "valid_until": "2035-12-31", "chip": "ntag424", "key_version": 1, "again": False,
        "staff": "S01", "staff_name": "Hana Whaanga", "clause": "1.8", "counter": 1,
    }  # fmt: skip
    keys = card_keys.read_keys(desk.data / "keys" / "cards.key").for_cards()
    assert made.memory.keys[3].value == keys.key(Purpose.CHALLENGE, UID, 1)
    assert "D101 has card C0101" in out


def test_a_card_that_was_written_and_not_recorded_is_only_recorded_when_it_is_laid_on_again(
    desk: CardDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = chip()

    def lost(*_: object) -> None:
        raise NotRecorded(expected="the running kiosk to answer", got="the power went", mend="start it")

    monkeypatch.setattr(card_issue, "record", lost)
    with desk.lying(card_of(made)):
        code, _, err = desk.issue()
    assert code == 1
    assert err.count("\n") == 1
    assert "the card is written and NOT recorded" in err
    assert "give the same command and lay the card on again" in err
    assert desk.entries() == []
    monkeypatch.undo()
    before = [(key.value, key.version) for key in made.memory.keys]
    with desk.lying(card_of(made)):
        code, out, _ = desk.issue()
    assert (code, "it was written before" in out) == (0, True)
    assert [kind for kind, _ in desk.entries()] == ["card-issued"]
    assert [(key.value, key.version) for key in made.memory.keys] == before


def test_the_same_command_once_more_does_nothing(desk: CardDesk) -> None:
    made = chip()
    with desk.lying(card_of(made)):
        assert desk.issue()[0] == 0
    with desk.lying(card_of(made)):
        code, out, _ = desk.issue()
    assert (code, "nothing was done" in out) == (0, True)
    assert len(desk.entries()) == 1


def test_after_a_rotation_a_card_is_written_anew_and_the_old_key_can_be_retired_only_then(desk: CardDesk) -> None:
    made = chip()
    with desk.lying(card_of(made)):
        assert desk.issue()[0] == 0
    assert desk("key", "rotate")[0] == 0
    code, _, err = desk("key", "retire", "1")
    assert (code, "got N1" in err) == (1, True)
    with desk.lying(card_of(made)):
        code, out, _ = desk.issue()
    assert (code, "version 2" in out) == (0, True)
    assert [(body["key_version"], body["again"]) for _, body in desk.entries()] == [(1, False), (2, True)]
    assert desk("key", "retire", "1")[0] == 0
    with desk.lying(card_of(made)):
        assert desk.issue()[0] == 0


def test_somebody_elses_card_is_refused_before_anything_is_written(desk: CardDesk) -> None:
    made = chip()
    with desk.lying(card_of(made)):
        assert desk.issue()[0] == 0
    before = made.save()
    with desk.lying(card_of(made)):
        code, _, err = desk.issue("D102", "N1")
    assert (code, "which Aroha Ngata (D101) has" in err) == (1, True)
    assert [key.value for key in made.memory.keys] == [key.value for key in type(made).load(before).memory.keys]
    assert desk("return", "N1", "--staff", "S02")[0] == 0
    with desk.lying(card_of(made)):
        assert desk.issue("D102", "N1")[0] == 0
    assert desk.entries()[-1][1]["holder"] == "D102"


def test_whoever_gets_a_card_that_was_given_back_does_not_get_its_pin(
    desk: CardDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pins, "measured_passes", lambda: pins.FEWEST_PASSES)
    made, credential = chip(), Credential.parse(CREDENTIAL)
    with desk.lying(card_of(made)):
        assert desk.issue()[0] == 0
    pins.PinStore(desk.data).set(credential, Pin("20486"))
    with desk.lying(card_of(made)):
        assert desk.issue("D101", "N1", "--valid-until", "2034-01-01")[0] == 0
    assert pins.PinStore(desk.data).has(credential)
    assert desk("return", "N1", "--staff", "S01")[0] == 0
    with desk.lying(card_of(made)):
        assert desk.issue("D102", "N1")[0] == 0
    assert not pins.PinStore(desk.data).has(credential)


def test_a_signed_card_is_written_with_a_record_that_the_kiosk_trusts(desk: CardDesk) -> None:
    with desk.lying(tag()):
        code, out, err = desk.issue("S02", "N7", "--kind", "ntag21x")
    assert (code, err) == (0, "")
    assert "read back by signature" in out
    (_, body) = desk.entries()[-1]
    assert (body["chip"], body["holder_name"]) == ("ntag21x", "Graham Ellis")


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        (("--holder", "D999"), 1, "--holder ID of a driver or a member of staff"),
        (("--valid-until", "2020-01-01"), 1, "--valid-until a day from"),
        (("--valid-until", "30/6/27"), 2, "expected a date such as 2027-06-30"),
        (("--staff", "S99"), 2, "expected the id of one of the site's staff"),
        (("--number", "C0102"), 1, "a number that no other card has"),
        (("--kind", "desfire"), 1, "expected a card of the kind desfire, got ntag424"),
    ],
)
def test_what_cannot_be_is_refused_and_the_card_stays_as_delivered(
    desk: CardDesk, words: tuple[str, ...], code: int, line: str
) -> None:
    made = chip()
    with desk.lying(card_of(made)):
        got, _, err = desk.issue("D101", "N1", *words)
    assert (got, err.count("\n"), line in err) == (code, 1, True)
    assert {key.version for key in made.memory.keys} == {0}
    assert desk.entries() == []


def test_without_keys_the_mend_is_told_before_a_card_is_wanted(desk: CardDesk) -> None:
    (desk.data / "keys" / "cards.key").unlink()
    code, out, err = desk.issue()
    assert (code, out) == (3, "")
    assert "make them once with 'sealgate card key make'" in err


def test_no_card_is_an_answer_of_no(desk: CardDesk) -> None:
    code, _, err = desk.issue()
    assert (code, "expected a card on the reader, got none" in err) == (1, True)


def test_a_reader_that_the_kiosk_holds_is_told_with_the_mend(desk: CardDesk) -> None:
    from drivers.pn532_chip import Pn532Chip

    holder = Pn532Chip("card reader", str(desk.reader.path))
    holder.open(lambda: False)
    try:
        code, _, err = desk.issue()
    finally:
        holder.close()
    assert code == 3
    assert err.count("\n") == 1
    assert "it is in use by" in err
    assert "name another reader with --reader, or stop the kiosk" in err


def test_a_reader_that_is_named_is_the_one_that_is_used(desk: CardDesk, tmp_path: Path) -> None:
    code, _, err = desk.issue("D101", "N1", "--reader", str(tmp_path / "nowhere"))
    assert (code, "no such port" in err) == (3, True)


def test_a_card_that_is_taken_away_in_the_middle_is_finished_by_the_same_command(desk: CardDesk) -> None:
    made = chip()
    desk.reader.lay(card_of(made))
    desk.reader.leave_after(20, 3)
    code, _, err = desk.issue()
    assert (code, "lay it on again: nothing is lost" in err) == (1, True)
    assert desk.entries() == []
    with desk.lying(card_of(made)):
        assert desk.issue()[0] == 0
    assert len(desk.entries()) == 1


def test_whoever_stops_it_is_told_that_nothing_is_lost(desk: CardDesk, monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(IssuingReader, "look", stopped)
    code, _, err = desk.issue()
    assert (code, "got stopped; give the same command" in err) == (1, True)
