"""The language of the driver's screen: chosen, kept for the card, and never waited for."""

import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import structlog
from msgspec import json
from msgspec.structs import replace

from kiosk.console import messages as msg
from kiosk.console import wishes
from kiosk.core import events as ev
from kiosk.core.cards import Credential
from kiosk.core.reasons import Reason
from kiosk.core.said import Language
from kiosk.core.visit import Visit
from kiosk.station.languages import HOLDS_S, MOST_BYTES, MOST_CARDS, NAME, Languages
from tests.core.driving import Ride
from tests.core.samples import at, credential
from tests.station.rig import PATIENCE_S, SITE, Rig, numbered, running

ENGLISH, MAORI = Language.ENGLISH, Language.MAORI
BOTH = replace(SITE, languages=(ENGLISH, MAORI))
AROHA = str(credential(1))


def kept_in(data: Path) -> dict[str, str]:
    return json.decode((data / NAME).read_bytes(), type=dict[str, str])


def until_language(rig: Rig, kind: type[msg.Display], language: Language) -> None:
    rig.until(kind, lambda _: rig.shown[-1].language is language)


def choose(rig: Rig, language: Language) -> None:
    rig.ask(wishes.ChooseLanguage(language))


def visit_of(card: int) -> Visit:
    ride = Ride()
    ride.tap(card)
    assert ride.lane.visit is not None
    return ride.lane.visit


# --- the station ------------------------------------------------------------------------------------------


def test_a_choice_before_the_tap_is_the_visits_language_and_the_next_driver_is_met_in_the_sites_own(
    tmp_path: Path,
) -> None:
    with running(tmp_path, site=BOTH) as rig:
        until_language(rig, msg.Attract, ENGLISH)
        assert rig.shown[-1].languages == (ENGLISH, MAORI)
        choose(rig, MAORI)
        until_language(rig, msg.Attract, MAORI)
        rig.tap(1)
        until_language(rig, msg.DriverKnown, MAORI)
        rig.ask(wishes.Cancel())
        until_language(rig, msg.Stopped, MAORI)
        rig.until(msg.Stopped, numbered)
        rig.ask(wishes.GoOn())
        until_language(rig, msg.Attract, ENGLISH)
        rig.tap(2)
        until_language(rig, msg.DriverKnown, ENGLISH)


def test_the_card_remembers_it_over_a_restart_of_the_kiosk(tmp_path: Path) -> None:
    with running(tmp_path, site=BOTH) as rig:
        rig.until(msg.Attract)
        rig.tap(1)
        rig.until(msg.DriverKnown)
        choose(rig, MAORI)
        until_language(rig, msg.DriverKnown, MAORI)
    assert kept_in(tmp_path) == {AROHA: "mi"}
    with running(tmp_path, site=BOTH) as rig:
        until_language(rig, msg.Attract, ENGLISH)
        rig.tap(1)
        until_language(rig, msg.DriverKnown, MAORI)


def test_a_choice_during_a_visit_gives_the_driver_the_whole_time_again_and_leaves_the_screens_number(
    tmp_path: Path,
) -> None:
    with running(tmp_path, site=BOTH) as rig:
        rig.until(msg.Attract)
        rig.tap(1)
        rig.until(msg.DriverKnown)
        before = rig.shown[-1]
        choose(rig, MAORI)
        rig.until(
            msg.DriverKnown,
            lambda _: rig.shown[-1].language is MAORI and rig.shown[-1].countdown != before.countdown,
        )
        assert rig.shown[-1].revision == before.revision


def test_who_was_refused_reads_why_in_the_language_of_their_choice(tmp_path: Path) -> None:
    with running(tmp_path, site=BOTH) as rig:
        rig.until(msg.Attract)
        rig.tap(3)
        rig.until(msg.Stopped, numbered)
        choose(rig, MAORI)
        until_language(rig, msg.Stopped, MAORI)
        rig.until(msg.Stopped, numbered)
        rig.ask(wishes.GoOn())
        until_language(rig, msg.Attract, ENGLISH)


def test_the_ledger_is_the_same_whatever_was_spoken(tmp_path: Path) -> None:
    bodies = []
    for language in (ENGLISH, MAORI):
        data = tmp_path / language.value
        with running(data, site=BOTH) as rig:
            rig.until(msg.Attract)
            choose(rig, language)
            until_language(rig, msg.Attract, language)
            rig.to_signing()
            rig.tap(2)
            rig.until(msg.Sign, lambda shown: shown.problem is not None)
            rig.ask(wishes.Cancel())
            rig.until(msg.Stopped)
        kinds = [(kind, sorted(body)) for kind, body in rig.entries()]
        said = [(body.get("reason"), body.get("detail")) for _, body in rig.entries()]
        bodies.append((kinds, said))
    assert bodies[0] == bodies[1]


def test_no_tap_waits_for_the_file_which_is_written_once_nobody_is_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written, go_on = threading.Event(), threading.Event()
    write = Languages.write

    def slow(self: Languages, data: bytes) -> None:
        assert threading.current_thread().name != "station"
        written.set()
        go_on.wait(PATIENCE_S)
        write(self, data)

    monkeypatch.setattr(Languages, "write", slow)
    monkeypatch.setattr("kiosk.station.station.LOOK_S", 0.01)
    with running(tmp_path, site=BOTH) as rig:
        rig.until(msg.Attract)
        rig.tap(1)
        rig.until(msg.DriverKnown)
        choose(rig, MAORI)
        until_language(rig, msg.DriverKnown, MAORI)
        rig.ask(wishes.GoOn())
        rig.until(msg.ChooseContainer)
        assert not written.is_set()
        rig.ask(wishes.Cancel())
        rig.until(msg.Stopped, numbered)
        rig.ask(wishes.GoOn())
        rig.until(msg.Attract)
        assert written.wait(PATIENCE_S)
        rig.tap(1)  # while the disk is at it
        until_language(rig, msg.DriverKnown, MAORI)
        go_on.set()


def test_a_choice_that_nobody_taps_for_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kiosk.station.languages.HOLDS_S", 0.05)
    with running(tmp_path, site=BOTH) as rig:
        rig.until(msg.Attract)
        choose(rig, MAORI)
        until_language(rig, msg.Attract, MAORI)
        until_language(rig, msg.Attract, ENGLISH)


# --- the languages as values ------------------------------------------------------------------------------


def test_a_choice_holds_until_its_time_is_over_and_not_longer(tmp_path: Path) -> None:
    languages = Languages(tmp_path, (ENGLISH, MAORI))
    languages.choose(MAORI, None, 10.0)
    assert languages.wakes_at == 10.0 + HOLDS_S
    assert languages.of(None, 9.9 + HOLDS_S) is MAORI
    assert [languages.of(None, 10.0 + HOLDS_S), languages.wakes_at] == [ENGLISH, None]


def test_a_card_that_the_site_does_not_know_has_its_choice_and_is_not_kept(tmp_path: Path) -> None:
    languages, stranger = Languages(tmp_path, (ENGLISH, MAORI)), visit_of(99)
    languages.choose(MAORI, None, 0.0)
    assert languages.of(stranger, 1.0) is MAORI
    languages.choose(MAORI, stranger, 1.0)
    assert languages.unsaved() is None
    assert languages.of(None, 1.0) is ENGLISH
    refused = Ride()
    refused.send(ev.CardNotTaken(Reason.CARD_UNREADABLE, at()))
    assert languages.of(refused.lane.visit, 2.0) is ENGLISH


def test_what_the_site_does_not_offer_is_neither_chosen_nor_spoken(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(json.encode({AROHA: "mi"}))
    languages = Languages(tmp_path, (ENGLISH,))
    languages.take(languages.read())
    languages.choose(MAORI, None, 0.0)
    assert languages.of(None, 1.0) is ENGLISH
    assert languages.of(visit_of(1), 1.0) is ENGLISH


def test_a_choice_that_changes_nothing_is_not_written_again(tmp_path: Path) -> None:
    languages, visit = Languages(tmp_path, (ENGLISH, MAORI)), visit_of(1)
    for language, due in ((MAORI, True), (MAORI, False), (ENGLISH, True)):
        languages.choose(language, visit, 0.0)
        assert (languages.unsaved() is not None) is due


def test_the_file_is_bounded_and_the_choice_made_longest_ago_gives_way(tmp_path: Path) -> None:
    languages = Languages(tmp_path, (ENGLISH, MAORI))
    longest = [str(Credential(credential(1).technology, number.to_bytes(10))) for number in range(MOST_CARDS)]
    languages.take(dict.fromkeys(longest, "mi"))
    languages.choose(MAORI, visit_of(1), 0.0)
    data = languages.unsaved()
    assert data is not None
    assert len(data) <= MOST_BYTES
    languages.write(data)
    assert list(kept_in(tmp_path)) == [*longest[1:], AROHA]


def test_what_was_chosen_while_the_file_was_read_stands(tmp_path: Path) -> None:
    languages, visit = Languages(tmp_path, (ENGLISH, MAORI)), visit_of(1)
    languages.choose(MAORI, visit, 0.0)
    languages.take({AROHA: "en", "TYPE_2:04": "mi"})
    data = languages.unsaved()
    assert data is not None
    assert json.decode(data) == {AROHA: "mi", "TYPE_2:04": "mi"}


def _nothing(_: Path) -> None:
    pass


def _a_folder(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (_nothing, 0),
        (lambda path: path.write_bytes(b""), 1),
        (lambda path: path.write_bytes(b'{"TYPE_2:04": "m'), 1),
        (lambda path: path.write_bytes(b'["mi"]'), 1),
        (lambda path: path.write_bytes(b'{"\xff": "mi"}'), 1),
        (lambda path: path.write_bytes(b'{"a": "' + b"m" * MOST_BYTES + b'"}'), 1),
        (_a_folder, 1),
    ],
    ids=["none", "empty", "torn", "another shape", "no text", "too large", "no file"],
)
def test_a_file_that_is_damaged_is_told_and_begun_anew(
    tmp_path: Path, spoil: Callable[[Path], object], told: int
) -> None:
    spoil(tmp_path / NAME)
    languages = Languages(tmp_path, (ENGLISH, MAORI))
    with structlog.testing.capture_logs() as logs:
        languages.take(languages.read())
    assert [line["event"] for line in logs] == ["the languages of cards are begun anew"] * told
    assert languages.of(visit_of(1), 0.0) is ENGLISH


def test_a_disk_that_does_not_take_the_file_is_told_and_stops_nobody(tmp_path: Path) -> None:
    languages = Languages(tmp_path / "gone", (ENGLISH, MAORI))
    with structlog.testing.capture_logs() as logs:
        languages.write(b"{}")
    assert [line["event"] for line in logs] == ["the languages of cards were not kept"]
