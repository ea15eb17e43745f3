"""`sealgate card list`, `revoke`, `lost`, `return`, `unlock`, `pin`, `key`: beside a running kiosk and without one."""

import getpass
import io
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from kiosk import pins
from kiosk.cli import main
from kiosk.commands.key import stamp_now
from kiosk.console import messages as msg
from kiosk.console import wishes
from kiosk.core import events as ev
from kiosk.core.card_book import MOST_FAILURES, MOST_PIN_TRIES
from kiosk.core.cards import BY_NUMBER, Credential
from kiosk.core.pins import Pin, PinAnswer
from kiosk.demo.yard import staffed_all_day
from kiosk.devices import read_clock
from kiosk.ledger.ledger import Ledger, read_entries
from kiosk.register.store import RecordStore
from kiosk.site import read_site
from kiosk.station.records_watch import RecordsWatch
from tests.station.rig import Rig, numbered, running

SAMPLE = Path(__file__).parents[2] / "kiosk" / "demo" / "sample_site"
SITE = SAMPLE / "site.toml"
AROHA = Credential.parse("TYPE_4:04A2316A1C5E80")
"""Card C0101 of the sample site's records."""

STRANGER = "TYPE_4:04DE5F1EACC041"

Run = Callable[..., tuple[int, str, str]]


def gate(data: Path) -> AbstractContextManager[Rig]:
    """A kiosk with the data folder's own records."""
    site = staffed_all_day(read_site(SITE))
    watch = RecordsWatch(lambda: 1, lambda: RecordStore(data / "records").load(site.seal_types))
    return running(data, site=site, watch=watch, clock=read_clock)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with the sample site's records."""
    data = tmp_path / "data"
    (data / "records" / "approved-lists").mkdir(parents=True)
    for name in ("drivers", "staff", "bookings", "racas"):
        shutil.copy(SAMPLE / f"{name}.csv", data / "records")
    shutil.copy(SAMPLE / "approved-list.csv", data / "records" / "approved-lists" / "2025-1.csv")
    return data


@pytest.fixture(params=["beside a running kiosk", "without one"])
def data(folder: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    if request.param == "without one":
        Ledger.open(folder / "ledger", stamp_now).close()
        yield folder
    else:
        with gate(folder) as rig:
            rig.until(msg.Attract)
            yield folder


@pytest.fixture
def card(folder: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs one action; its exit code, and what it wrote to stdout and stderr."""

    def run(*words: str) -> tuple[int, str, str]:
        code = main(["card", *words, "--data", str(folder), "--config", str(SITE)])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def recorded(data: Path) -> list[tuple[str, dict[str, Any]]]:
    entries = read_entries(data / "ledger")
    return [(entry.kind, entry.body) for entry in entries if entry.kind.startswith("card-")]


def listed(card: Run, *words: str) -> dict[str, dict[str, Any]]:
    """What ``card list --json`` says, by number."""
    code, out, _ = card("list", "--json", *words)
    cards = json.loads(out)["cards"]
    assert (code == 0) is bool(cards)
    return {each["number"]: each for each in cards}


def test_each_step_is_an_entry_with_who_did_it_and_why(data: Path, card: Run) -> None:
    assert card("lost", "C0101", "--staff", "S01")[0] == 0
    code, out, _ = card("return", "C0101", "--staff", "S02", "--reason", "found in the yard")
    assert (code, "it can be issued anew" in out) == (0, True)
    code, out, _ = card("revoke", "TYPE_4:04de5f1eacc040", "--staff", "S01", "--reason", "left the company", "--json")
    assert code == 0
    assert json.loads(out)["kind"] == "card-revoked"
    said = [(kind, body["card"], body["staff"], body.get("reason"), body.get("found")) for kind, body in recorded(data)]
    assert said == [
        ("card-lost", "C0101", "S01", None, None),
        ("card-returned", "C0101", "S02", "found in the yard", True),
        ("card-revoked", "C0102", "S01", "left the company", None),
    ]


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        (("revoke", "C9999", "--staff", "S01", "--reason", "x"), 1, "the number printed on a card of the site"),
        (("revoke", "C0105", "--staff", "S01", "--reason", "x"), 1, "got revoked; it opens nothing as it is"),
        (("unlock", "C0101", "--staff", "S01", "--reason", "x"), 1, "got neither"),
        (("lost", "C0101", "--staff", "S77"), 2, "expected the id of one of the site's staff, got 'S77'"),
        (("return", STRANGER, "--staff", "S01"), 1, "the card as a reader sees it"),
    ],
)
def test_what_cannot_be_is_one_line_and_no_entry(
    data: Path, card: Run, words: tuple[str, ...], code: int, line: str
) -> None:
    got, out, err = card(*words)
    assert (got, out, err.count("\n"), line in err) == (code, "", 1, True)
    assert recorded(data) == []


def test_a_number_that_two_cards_have_is_not_guessed_at(folder: Path, card: Run) -> None:
    with Ledger.open(folder / "ledger", stamp_now) as ledger:
        body = {"credential": STRANGER, "card": "C0101", "holder": "D102", "valid_until": "2035-01-01"}
        ledger.append("card-issued", stamp_now(), body)
    code, _, err = card("lost", "C0101", "--staff", "S01")
    assert (code, "one card of the number C0101, got" in err) == (1, True)
    assert card("lost", STRANGER, "--staff", "S01")[0] == 0


# --- at the gate ------------------------------------------------------------------------------------


def tap(kiosk: Rig, which: Credential = AROHA) -> None:
    kiosk.until(msg.Attract)
    kiosk.devices.post(ev.CardPresented(which, BY_NUMBER, kiosk.clock()))
    kiosk.devices.post(ev.CardRemoved(kiosk.clock()))


def dismissed(kiosk: Rig, reason: str) -> None:
    kiosk.until(msg.Stopped, lambda shown: shown.reason == reason and numbered(shown))
    kiosk.ask(wishes.GoOn())
    kiosk.until(msg.Attract)


@pytest.mark.parametrize(
    ("step", "reason"), [("revoke", "CARD_REVOKED"), ("lost", "CARD_LOST"), ("return", "CARD_RETURNED")]
)
def test_a_running_gate_refuses_the_card_at_once_for_its_own_reason(
    folder: Path, card: Run, step: str, reason: str
) -> None:
    with gate(folder) as kiosk:
        kiosk.until(msg.Attract)
        assert card(step, "C0101", "--staff", "S01", "--reason", "x")[0] == 0
        tap(kiosk)
        dismissed(kiosk, reason)
    refusals = [body for kind, body in kiosk.entries() if kind == "refusal"]
    assert [(body["reason"], body["credential"]) for body in refusals] == [(reason, str(AROHA))]
    with gate(folder) as kiosk:  # and after a restart, by the ledger alone
        tap(kiosk)
        dismissed(kiosk, reason)


def test_the_list_says_who_has_which_card_and_when_it_was_last_at_the_gate(folder: Path, card: Run) -> None:
    with gate(folder) as kiosk:
        tap(kiosk)
        kiosk.until(msg.DriverKnown)
        before = listed(card)
        assert card("lost", "C0102", "--staff", "S01")[0] == 0
        after = listed(card)
    assert before["C0101"]["last_seen"] is not None
    assert (before["C0102"]["last_seen"], before["C0102"]["state"]) == (None, "recorded")
    assert (after["C0102"]["state"], after["C0102"]["holder_name"]) == ("lost", "Tom Wilkins")
    assert (after["C0105"]["state"], after["C0001"]["holder_name"]) == ("revoked", "Hana Whaanga")
    assert list(listed(card, "--state", "lost")) == ["C0102"]
    assert list(listed(card, "--holder", "D101")) == ["C0067", "C0101"]
    assert listed(card, "--expires-within", "1") == {}
    assert set(listed(card, "--expires-within", "36500")) == {
        number for number, each in after.items() if each["state"] == "recorded"
    }
    assert card("return", "C0102", "--staff", "S01")[0] == 0
    assert "C0102" not in listed(card)
    assert listed(card, "--all")["C0102"]["state"] == "returned"


def test_the_list_for_people_is_a_table(data: Path, card: Run) -> None:
    code, out, _ = card("list", "--holder", "D101")
    assert code == 0
    head, first, second = out.splitlines()
    assert head.split() == ["number", "card", "state", "holder", "until", "key", "last", "at", "the", "gate"]
    assert first.startswith("C0067   TYPE_4:04711D02B54A81  revoked")
    assert second.endswith("never")
    assert card("list", "--holder", "nobody")[0] == 1


def test_a_card_that_is_left_alone_is_seen_in_the_list_and_unlocked_with_a_reason(folder: Path, card: Run) -> None:
    with Ledger.open(folder / "ledger", stamp_now) as ledger:
        ledger.append("card-tapped", stamp_now(), {"credential": str(AROHA), "failures": MOST_FAILURES})
        ledger.append("pin-wrong", stamp_now(), {"credential": str(AROHA), "tries": MOST_PIN_TRIES})
    assert [listed(card)["C0101"][each] for each in ("left_alone", "pin_locked")] == [True, True]
    assert "failed too often, PIN locked" in card("list")[1]
    assert card("unlock", "C0101", "--staff", "S01", "--reason", " ")[0] == 1
    assert card("unlock", "C0101", "--staff", "S01", "--reason", "showed me the card and a passport")[0] == 0
    assert [listed(card)["C0101"][each] for each in ("left_alone", "pin_locked")] == [False, False]
    assert recorded(folder)[-1][1]["failures"] == MOST_FAILURES


# --- PINs -------------------------------------------------------------------------------------------


@pytest.fixture
def keyed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Somebody at a terminal, who keys these one after the other."""
    monkeypatch.setattr(pins, "measured_passes", lambda: pins.FEWEST_PASSES)

    def keys(*words: str) -> None:
        answers = iter(words)
        monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
        monkeypatch.setattr(getpass, "getpass", lambda _prompt: next(answers))

    return keys


def test_a_pin_is_asked_twice_and_is_in_no_entry(data: Path, card: Run, keyed: Callable[..., None]) -> None:
    keyed("20486", "20486")
    code, out, err = card("pin", "C0101", "--staff", "S01")
    assert (code, err) == (0, "")
    ((kind, body),) = recorded(data)
    assert (kind, body["card"], body["staff"]) == ("card-pin-set", "C0101", "S01")
    assert "20486" not in json.dumps(body) + out
    assert pins.PinStore(data).check(AROHA, Pin("20486")) is PinAnswer.RIGHT


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        (("20486", "20487"), 2, "the same PIN twice, got two that differ"),
        (("123", "123"), 1, "4 to 8 digits"),
        (("1234", "1234"), 1, "a PIN that nobody guesses"),
    ],
)
def test_a_pin_that_cannot_be_is_refused_and_not_told(
    data: Path, card: Run, keyed: Callable[..., None], words: tuple[str, ...], code: int, line: str
) -> None:
    keyed(*words)
    got, out, err = card("pin", "C0101", "--staff", "S01")
    assert (got, out, line in err) == (code, "", True)
    assert recorded(data) == []
    assert not pins.PinStore(data).has(AROHA)


def test_a_pin_can_be_piped_in_and_is_not_asked_for_without_a_terminal(
    data: Path, card: Run, keyed: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    keyed()
    monkeypatch.setattr(sys, "stdin", io.StringIO("20486\n"))
    code, _, err = card("pin", "C0101", "--staff", "S01")
    assert (code, "use --pin-stdin" in err) == (2, True)
    assert card("pin", "C0101", "--staff", "S01", "--pin-stdin")[0] == 0
    assert pins.PinStore(data).has(AROHA)


def test_a_card_out_of_use_gets_no_pin_and_nobody_is_asked(data: Path, card: Run, keyed: Callable[..., None]) -> None:
    keyed()
    code, _, err = card("pin", "C0105", "--staff", "S01")
    assert (code, "issue the card first" in err) == (1, True)


# --- keys -------------------------------------------------------------------------------------------


def test_keys_are_made_rotated_shown_and_retired_and_never_printed(data: Path, card: Run) -> None:
    said = [card("key", "make"), card("key", "rotate"), card("key", "show"), card("key", "show", "--json")]
    assert [code for code, _, _ in said] == [0] * 4
    shown = json.loads(said[-1][1])
    assert (shown["newest"], [each["version"] for each in shown["masters"]]) == (2, [1, 2])
    secrets = [each["key"] for each in json.loads((data / "keys" / "cards.key").read_text())["masters"]]
    assert not any(secret in out for _, out, _ in said for secret in secrets)
    assert all(each["fingerprint"] in said[2][1] for each in shown["masters"])
    assert card("key", "make")[0] == 3
    assert card("key", "retire", "one")[0] == 2
    code, out, _ = card("key", "retire", "1")
    assert (code, "Start the kiosk anew" in out) == (0, True)
    assert json.loads(card("key", "show", "--json")[1])["newest"] == 2


def test_a_key_whose_cards_are_in_use_is_retired_by_force_alone(data: Path, folder: Path, card: Run) -> None:
    assert card("key", "make")[0] == 0
    assert card("key", "rotate")[0] == 0
    from kiosk.commands.recording import record

    for number in range(7):
        body = {"card": f"N{number}", "holder": "D101", "valid_until": "2035-01-01", "key_version": 1}
        record(data, "card-issued", body | {"credential": f"TYPE_4:04DE5F1EACC0{number:02}"})
    assert card("return", "N6", "--staff", "S01")[0] == 0
    code, _, err = card("key", "retire", "1")
    assert (code, "got N0, N1, N2, N3, N4 and 2 more; issue them anew first" in err) == (1, True)
    assert card("key", "retire", "1", "--force")[0] == 0


def test_the_key_of_signed_cards_is_rotated_and_one_that_was_stolen_is_trusted_no_more(data: Path, card: Run) -> None:
    assert card("key", "make")[0] == 0
    assert card("key", "make", "--records")[0] == card("key", "rotate", "--records")[0] == 0
    first, second = json.loads(card("key", "show", "--json")[1])["trusted"]
    assert card("key", "retire", "--records", "00000000", "--force")[0] == 2
    assert card("key", "retire", "--records", first.split("+")[1])[0] == 1
    code, out, _ = card("key", "retire", "--records", first.split("+")[1], "--force")
    assert (code, "Start the kiosk anew" in out) == (0, True)
    assert json.loads(card("key", "show", "--json")[1])["trusted"] == [second]
    assert "PRIVATE" not in card("key", "show")[1]


def test_without_a_ledger_the_data_folder_is_asked_for(folder: Path, card: Run) -> None:
    code, _, err = card("list")
    assert (code, "no ledger at" in err) == (3, True)
