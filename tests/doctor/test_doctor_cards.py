"""`sealgate doctor` sees what is wrong with cards and their keys, and says how to mend it."""

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kiosk import card_keys, card_record_keys
from kiosk.commands.key import stamp_now
from kiosk.core.card_book import MOST_FAILURES, MOST_PIN_TRIES
from kiosk.demo.yard import SAMPLE_SITE
from kiosk.doctor import cards as doctor_cards
from kiosk.doctor.cards import CardsCheck
from kiosk.doctor.check import Kiosk, State, Verdict
from kiosk.ledger.ledger import Ledger
from kiosk.site import parse_site

NOW = datetime(2030, 6, 1, tzinfo=UTC)
AROHA = "TYPE_4:04A2316A1C5E80"
NEW = "TYPE_4:04DE5F1EACC041"


class Cards:
    """A kiosk with the sample site's people, and its cards."""

    def __init__(self, data: Path) -> None:
        self.data = data
        (data / "records").mkdir(parents=True)
        for name in ("drivers", "staff"):
            shutil.copy(SAMPLE_SITE / f"{name}.csv", data / "records")
        Ledger.open(data / "ledger", stamp_now).close()

    def record(self, kind: str, **body: Any) -> None:
        with Ledger.open(self.data / "ledger", stamp_now) as ledger:
            ledger.append(kind, stamp_now(), {"credential": NEW} | body)

    def issue(self, holder: str = "D101", **body: Any) -> None:
        said: dict[str, Any] = {"card": "N1", "holder": holder, "valid_until": "2035-12-31", "key_version": 1} | body
        self.record("card-issued", **said)

    def verdicts(self, level: str = "proven") -> list[Verdict]:
        text = (SAMPLE_SITE / "site.toml").read_text(encoding="utf-8")
        site = parse_site(f'{text}\n[cards]\nlevel = "{level}"\n')
        return list(CardsCheck().look(Kiosk(self.data, Path("site.toml"), site, NOW)))

    def of(self, name: str, level: str = "proven") -> list[Verdict]:
        return [verdict for verdict in self.verdicts(level) if verdict.of == name]


@pytest.fixture
def kiosk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cards:
    monkeypatch.setattr(doctor_cards, "CREDENTIALS", (tmp_path / "credstore.encrypted",))
    return Cards(tmp_path / "data")


def test_a_site_that_takes_cards_by_their_number_is_told_so_and_needs_no_keys(kiosk: Cards) -> None:
    level, cards = kiosk.verdicts("uid")
    assert (level.ok, 'cards.level = "proven"' in level.mend) == (False, True)
    assert (cards.ok, cards.finding) == (True, "14 known; none needs anybody")


def test_signed_cards_need_a_public_key(kiosk: Cards) -> None:
    (keys,) = kiosk.of("card keys", "signed")
    assert (keys.ok, "--records" in keys.mend) == (False, True)
    card_record_keys.make_records_key(kiosk.data, card_record_keys.place_of_records_key(kiosk.data), "S", anew=False)
    (keys,) = kiosk.of("card keys", "signed")
    assert (keys.ok, keys.finding) == (True, "signed cards are known by 1 public keys")
    assert kiosk.of("holders of cards", "signed") == []


def test_proven_cards_need_keys_that_are_the_services_alone(kiosk: Cards, monkeypatch: pytest.MonkeyPatch) -> None:
    (keys,) = kiosk.of("card keys")
    assert (keys.ok, "sealgate card key make" in keys.mend) == (False, True)
    path = card_keys.place_of_keys(kiosk.data, {})
    made = card_keys.make_keys(path, NOW.date())
    (keys,) = kiosk.of("card keys")
    assert keys.ok
    assert keys.finding.endswith(f"versions 1, newest {made.newest.fingerprint}")
    assert made.newest.key not in str(keys)
    path.chmod(0o640)
    (keys,) = kiosk.of("card keys")
    assert (keys.ok, keys.mend.startswith("chmod 600")) == (False, True)


def test_keys_that_the_service_cannot_read_are_seen_by_root(kiosk: Cards, monkeypatch: pytest.MonkeyPatch) -> None:
    card_keys.make_keys(card_keys.place_of_keys(kiosk.data, {}), NOW.date())
    real = Path.stat
    service = kiosk.data.stat().st_uid + 1

    def as_the_services(path: Path, **how: bool) -> os.stat_result:
        found = real(path, **how)
        return os.stat_result([*found[:4], service, *found[5:]]) if path == kiosk.data else found

    monkeypatch.setattr(Path, "stat", as_the_services)
    (keys,) = kiosk.of("card keys")
    assert (keys.ok, f"chown {service} it" == keys.mend) == (False, True)


def test_keys_that_systemd_hands_over_are_not_missed(kiosk: Cards, tmp_path: Path) -> None:
    sealed = tmp_path / "credstore.encrypted" / "cards.key"
    sealed.parent.mkdir()
    sealed.write_bytes(b"sealed")
    (keys,) = kiosk.of("card keys")
    assert (keys.state, f"out of {sealed}" in keys.finding) == (State.UNSEEN, True)


def test_cards_that_run_out_fail_too_often_or_are_locked_are_named_with_the_mend(kiosk: Cards) -> None:
    kiosk.issue(valid_until="2030-06-20")
    kiosk.record("card-tapped", failures=MOST_FAILURES, credential=AROHA)
    kiosk.record("pin-wrong", tries=MOST_PIN_TRIES)
    soon, stopped = kiosk.of("cards")
    assert (soon.ok, soon.finding, soon.mend) == (
        *(False, "N1 run out soon, or have", "issue them anew, or import newer dates"),
    )
    assert (stopped.ok, stopped.finding) == (False, "C0101, N1 are left alone, or their PIN is locked")
    assert "sealgate card unlock" in stopped.mend
    kiosk.record("card-lost")
    (stopped,) = kiosk.of("cards")
    assert "C0101 are left alone" in stopped.finding


def test_a_card_that_the_records_give_to_somebody_else_is_seen(kiosk: Cards) -> None:
    kiosk.issue("D103", credential=AROHA)
    (verdict,) = kiosk.of("cards")
    assert (verdict.ok, "C0101 were issued here to others" in verdict.finding) == (False, True)


def test_who_has_no_card_that_can_prove_itself_is_named_at_level_proven(kiosk: Cards) -> None:
    (holders,) = kiosk.of("holders of cards")
    assert (holders.ok, holders.mend) == (False, "sealgate card issue")
    assert holders.finding.startswith("S01, S02, S03, S04, D101 and 8 more have no card")
    for place, holder in enumerate(["S01", "S02", "S03", "S04", *(f"D{number}" for number in range(101, 110))]):
        kiosk.issue(holder, credential=f"TYPE_4:04DE5F1EACC0{place:02}", card=f"N{place}")
    (holders,) = kiosk.of("holders of cards")
    assert (holders.ok, holders.finding) == (True, "all 13 drivers and staff have a card that can prove itself")


def test_without_settings_there_is_nothing_to_look_at(kiosk: Cards) -> None:
    assert list(CardsCheck().look(Kiosk(kiosk.data, Path("site.toml"), None, NOW))) == []
