"""`sealgate doctor` sees what keeps drivers from coming while nobody is on duty, and staff from being on duty."""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from kiosk.card_keys import make_keys, place_of_keys
from kiosk.commands.key import stamp_now
from kiosk.demo.yard import SAMPLE_SITE
from kiosk.doctor import cards as doctor_cards
from kiosk.doctor.after_hours import AfterHoursCheck
from kiosk.doctor.check import Kiosk, Verdict
from kiosk.ledger.ledger import Ledger
from kiosk.site import parse_site

NOW = datetime(2026, 12, 25, 11, 30, tzinfo=UTC)
"""Half past midnight on the 26th in New Zealand."""
NIGHT_DRIVERS = ("D101", "D102", "D103", "D105", "D106", "D107", "D108", "D109")


class Site:
    """A kiosk with the sample site's people."""

    def __init__(self, data: Path) -> None:
        self.data = data
        (data / "records").mkdir(parents=True)
        for name in ("drivers", "staff"):
            shutil.copy(SAMPLE_SITE / f"{name}.csv", data / "records")

    def look(self, more: str = "", *, by_day: bool = False) -> dict[str, Verdict]:
        text = (SAMPLE_SITE / "site.toml").read_text(encoding="utf-8")
        text = text.replace("attended = false", "attended = true") if by_day else text
        kiosk = Kiosk(self.data, Path("site.toml"), parse_site(f"{text}\n{more}"), NOW)
        return {verdict.of: verdict for verdict in AfterHoursCheck().look(kiosk)}

    def issue(self, *holders: str) -> None:
        with Ledger.open(self.data / "ledger", stamp_now) as ledger:
            for place, holder in enumerate(holders):
                body: dict[str, Any] = {"credential": f"TYPE_4:04DE5F1EACC0{place:02}", "card": f"N{place}"}
                body |= {"holder": holder, "valid_until": "2035-12-31", "key_version": 1}
                ledger.append("card-issued", stamp_now(), body)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    monkeypatch.setattr(doctor_cards, "CREDENTIALS", (tmp_path / "credstore.encrypted",))
    return Site(tmp_path / "data")


def test_a_site_where_nobody_comes_without_staff_needs_nothing(site: Site) -> None:
    (verdict,) = site.look(by_day=True).values()
    assert (verdict.ok, verdict.finding) == (True, "drivers come while staff are on duty, and at no other time")


def test_without_keys_nobody_can_come_by_night_and_that_is_seen_at_any_level(site: Site) -> None:
    for level in ("uid", "signed", "proven"):
        verdict = site.look(f'[cards]\nlevel = "{level}"\n')["after hours"]
        assert (verdict.ok, "sealgate card key make" in verdict.mend) == (False, True)
        assert "needs a card that can prove itself (5.3)" in verdict.finding


def test_drivers_who_may_come_and_have_no_card_for_it_are_named_until_they_have(site: Site) -> None:
    make_keys(place_of_keys(site.data, {}), NOW.date())
    assert site.look()["after hours"].ok
    site.issue()
    verdict = site.look()["after hours"]
    assert (verdict.ok, verdict.mend) == (False, "sealgate card issue")
    assert verdict.finding.startswith("D101, D102, D103, D105, D106 and 3 more may come, and who comes")
    assert site.look('[cards]\nlevel = "proven"\n')["after hours"].ok
    site.issue(*NIGHT_DRIVERS)
    verdict = site.look()["after hours"]
    assert (verdict.ok, verdict.finding.startswith("8 drivers may come; ")) == (True, True)


def test_a_site_that_goes_by_who_signs_on_needs_staff_who_can(site: Site) -> None:
    verdict = site.look('[duty]\nrule = "signed-on"\nlapses_h = 9.5\n', by_day=True)["duty"]
    assert (verdict.ok, verdict.finding) == (True, "4 staff can sign on; it counts for 9.5 h")
    (site.data / "records" / "staff.csv").unlink()
    verdict = site.look('[duty]\nrule = "both"\n', by_day=True)["duty"]
    assert (verdict.ok, verdict.mend) == (False, "sealgate import staff FILE")
    assert "duty" not in site.look()


@pytest.mark.parametrize(
    ("named", "ok", "finding"),
    [
        ([("2026-12-25", "false")], False, "the last one that site.toml names was 2026-12-25"),
        ([("2026-12-26", "true")], True, "the next one is Day 0, 2026-12-26, closed"),
        (
            [("2027-01-02", "true"), ("2027-01-01", "false"), ("2026-01-01", "false")],
            *(True, "the next one is Day 1, 2027-01-01"),
        ),
    ],
)
def test_holidays_that_are_all_over_are_seen_by_the_sites_own_day(
    site: Site, named: list[tuple[str, str]], ok: bool, finding: str
) -> None:
    tables = (
        f'[[holidays]]\ndate = {day}\nname = "Day {place}"\nclosed = {closed}\n'
        for place, (day, closed) in enumerate(named)
    )
    verdict = site.look("".join(tables))["holidays"]
    assert (verdict.ok, verdict.finding) == (ok, finding)


def test_settings_that_cannot_be_used_are_told_elsewhere(site: Site) -> None:
    assert list(AfterHoursCheck().look(Kiosk(site.data, Path("site.toml"), None, NOW))) == []
