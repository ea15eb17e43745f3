"""`sealgate doctor` says which unattended uplifts wait for too long."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from kiosk.demo.yard import SAMPLE_SITE
from kiosk.doctor.check import Kiosk, Verdict
from kiosk.doctor.verification import VerificationCheck
from kiosk.gatehouse.queue import QueueBook
from kiosk.gatehouse.recorded import Recorded
from kiosk.gatehouse_ledger import GATEHOUSE, read_gatehouse
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.moments import stamp_of
from kiosk.site import parse_site
from tests.core.samples import at

TEXT = (SAMPLE_SITE / "site.toml").read_text(encoding="utf-8")


class Site:
    """A kiosk's ledger, and what the doctor says of it."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.ledger = Ledger.open(data / "ledger", lambda: stamp_of(at(0)), segment_entries=8)
        self.book = QueueBook()

    def write(self, kind: str, body: dict[str, object], at_s: float) -> int:
        entry = self.ledger.append(kind, stamp_of(at(at_s)), body)
        self.book.apply(Recorded(entry.seq, kind, entry.body, at(at_s)))
        return entry.seq

    def uplift(self, at_s: float) -> int:
        stamp = at(at_s).utc.isoformat()
        checks = [{"unit": f"U{at_s}", "seal_number": "N", "steps": []}]
        who = {"visit": f"V{at_s}", "driver": "D1", "attended": False, "began": stamp, "signed": stamp}
        return self.write("uplift", {**who, "uplifts": checks}, at_s)

    def verify(self, *entries: int) -> None:
        self.write("uplift-verified", {"uplifts": [{"uplift": each} for each in entries], "staff": "S1"}, 99.0)

    def say_again(self) -> None:
        """As the station does when a segment begins."""
        self.ledger.append("on-site", stamp_of(at(0)), {"on_site": [], GATEHOUSE: {"queue": self.book.statement()}})

    def verdict(self, hours: float, text: str = TEXT) -> Verdict:
        now: datetime = at(0).utc + timedelta(hours=hours)
        (verdict,) = VerificationCheck().look(Kiosk(self.data, Path("site.toml"), parse_site(text), now))
        return verdict


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    made = Site(tmp_path)
    yield made
    made.ledger.close()


def test_nothing_waits_at_a_new_site(site: Site) -> None:
    verdict = site.verdict(1)
    assert (verdict.ok, verdict.finding) == (True, "every unattended uplift was verified")


def test_what_waits_for_too_long_is_named_with_the_mend(site: Site) -> None:
    first, second = site.uplift(0), site.uplift(3600)
    verdict = site.verdict(23)
    assert (verdict.ok, verdict.finding) == (True, "2 wait, none for more than 24 h; the oldest left 23 h ago")
    verdict = site.verdict(30)
    named = f"not verified within 24 h: uplifts of entries {first}, {second}; the oldest left 30 h ago"
    assert (verdict.ok, verdict.finding) == (False, named)
    assert "sealgate gatehouse" in verdict.mend
    assert not site.verdict(23, TEXT.replace("[gatehouse]", "[gatehouse]\nverify_within_h = 8")).ok
    site.verify(first, second)
    assert site.verdict(30).ok


def test_many_are_named_as_far_as_a_line_goes(site: Site) -> None:
    for number in range(8):
        site.uplift(60.0 * number)
    assert site.verdict(30).finding.count(",") == 4
    assert " and 3 more;" in site.verdict(30).finding


def test_the_doctor_reads_the_newest_statement_and_no_more_than_comes_after_it(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = site.uplift(0)
    for _ in range(30):
        site.write("incident", {"what": "cabinet-closed"}, 60.0)
    site.say_again()
    second = site.uplift(120)
    taken = list[int]()
    apply = QueueBook.apply

    def noted(book: QueueBook, entry: Recorded) -> None:
        taken.append(entry.seq)
        apply(book, entry)

    monkeypatch.setattr(QueueBook, "apply", noted)
    book = read_gatehouse(site.data / "ledger").queue
    assert [case.entry for case in book.waiting()] == [first, second]
    assert len(taken) == 2  # the statement itself and what came after it


def test_without_a_ledger_nothing_is_said_and_without_settings_the_usual_counts(tmp_path: Path, site: Site) -> None:
    assert list(VerificationCheck().look(Kiosk(tmp_path / "none", Path("s"), None, at(0).utc))) == []
    site.uplift(0)
    for hours, ok in ((23, True), (25, False)):
        (verdict,) = VerificationCheck().look(Kiosk(site.data, Path("s"), None, at(hours * 3600).utc))
        assert verdict.ok is ok
