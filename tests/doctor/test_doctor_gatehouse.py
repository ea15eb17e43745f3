"""`sealgate doctor` sees what the gatehouse has still to do, and whether a report could be mailed."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from kiosk.commands.key import stamp_now
from kiosk.core.roster import Roster
from kiosk.demo.yard import SAMPLE_SITE
from kiosk.doctor.check import Check, Kiosk, Verdict
from kiosk.doctor.incidents import IncidentsCheck
from kiosk.doctor.mail import MailCheck
from kiosk.gatehouse.evacuation import EvacuationBook
from kiosk.gatehouse.incidents import IncidentBook
from kiosk.gatehouse.recorded import Recorded
from kiosk.gatehouse.visitors import VisitorBook
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.moments import moment_of
from kiosk.ledger.stamp import Clock, Stamp
from kiosk.site import MailSecurity, MailSettings, Site, read_site
from tests.mail.servers import RIGHT, USER, Handler, listening, make_certificates, smtp

SITE = read_site(SAMPLE_SITE / "site.toml")
NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)
STAFF = {"staff": "S01", "staff_name": "Hana Whaanga"}
GUEST = {
    "name": "Mere Kahu", "company": "Chiller Co", "host": "Hana Whaanga", "purpose": "the chiller",
    "contractor": False, "inducted": False, "badge": "V7", "checked": True, "clause": "3.1", "by": "S01", "by_name": "",
}  # fmt: skip
Entry = tuple[str, dict[str, Any]]


def at(hours_ago: float) -> Stamp:
    return Stamp(NOW - timedelta(hours=hours_ago), Clock("synchronised", "boot-1", 1000))


def write(data: Path, *entries: Entry, hours_ago: float = 1.0) -> None:
    with Ledger.open(data / "ledger", stamp_now) as ledger:
        for kind, body in entries:
            ledger.append(kind, at(hours_ago), body)


def look(check: Check, data: Path, site: Site | None = SITE) -> dict[str, Verdict]:
    return {verdict.of: verdict for verdict in check.look(Kiosk(data, SAMPLE_SITE / "site.toml", site, NOW))}


TROUBLES: tuple[Entry, ...] = (
    ("hold", {"visit": "v1", "reason": "SEAL_MISMATCH", "checks": [{"unit": "CSQU3054383"}]}),
    ("visitor-signed-in", GUEST),
    ("visitor-signed-out", {"visitor": 3, "badge": "V7", "badge_returned": False, "by": "S01", "by_name": ""}),
    ("evacuation-begun", STAFF | {"reason": "smoke", "people": []}),
    ("evacuation-ended", STAFF | {"evacuation": 5, "missing": [], "partly_loaded": ["TASU1170000"]}),
)


def test_with_nothing_to_do_all_is_well(tmp_path: Path) -> None:
    Ledger.open(tmp_path / "ledger", stamp_now).close()
    assert [str(verdict) for verdict in look(IncidentsCheck(), tmp_path).values()] == [
        "ok     incidents: 0 not reported yet, none for longer than 24 h",
        "ok     visitors' badges: none is missing",
        "ok     containers to be repacked: none",
    ]


def test_what_is_left_to_do_is_named_with_the_mend(tmp_path: Path) -> None:
    write(tmp_path, *TROUBLES, hours_ago=25)
    found = look(IncidentsCheck(), tmp_path)
    assert not any(verdict.ok for verdict in found.values())
    assert all(verdict.mend for verdict in found.values())
    assert found["incidents"].finding == "not reported to Customs within 24 h: 2 (Seal tampering, 25 h ago)"
    assert found["visitors' badges"].finding == "not returned: V7 (Mere Kahu, left 25 h ago)"
    assert found["containers to be repacked"].finding == "partly loaded during an evacuation: TASU1170000"


@pytest.mark.parametrize(("within_h", "ok"), [(23.5, False), (24.5, True)])
def test_when_an_incident_is_late_stands_in_the_settings(tmp_path: Path, within_h: float, ok: bool) -> None:
    write(tmp_path, TROUBLES[0], hours_ago=24)
    site = replace(SITE, gatehouse=replace(SITE.gatehouse, report_within_h=within_h))
    assert look(IncidentsCheck(), tmp_path, site)["incidents"].ok is ok
    assert look(IncidentsCheck(), tmp_path, None)["incidents"].ok


def test_what_the_newest_statement_says_stands_for_all_before(tmp_path: Path) -> None:
    books = (IncidentBook(), VisitorBook(), EvacuationBook())
    write(tmp_path, *TROUBLES, hours_ago=30)
    for seq, (kind, body) in enumerate(TROUBLES[:1] * 7, 2):
        for book in books:
            book.apply(Recorded(seq, kind, body | {"visit": f"v{seq}", "checks": []}, moment_of(at(26))))
    said = dict(zip(("incidents", "visitors", "evacuation"), (book.statement() for book in books), strict=True))
    write(tmp_path, ("on-site", Roster().statement() | {"gatehouse": said}))
    found = look(IncidentsCheck(), tmp_path)
    assert found["incidents"].finding.endswith("6 (Seal tampering, 26 h ago) and 2 more")
    assert found["visitors' badges"].ok
    assert found["containers to be repacked"].ok


def test_without_a_ledger_there_is_nothing_to_look_at(tmp_path: Path) -> None:
    assert look(IncidentsCheck(), tmp_path) == {}


# --- mail -----------------------------------------------------------------------------------------------


def test_a_mail_server_is_logged_on_to_and_nothing_is_sent(tmp_path: Path) -> None:
    certificates, handler = make_certificates(tmp_path / "certificates"), Handler()
    password = tmp_path / "password"
    password.write_text(RIGHT)
    password.chmod(0o600)
    with listening(smtp(handler, certificates.server, log_on=True)) as port:
        to = ("ses@customs.example",)
        mail = MailSettings(
            *("localhost", port, MailSecurity.STARTTLS, "gate@packhouse.example", to),
            *(USER, password, certificates.ca),
        )
        (verdict,) = look(MailCheck(), tmp_path, replace(SITE, mail=mail)).values()
        assert verdict.ok
        assert verdict.finding.startswith(f"localhost:{port} takes mail for ses@customs.example: 250")
        password.write_text("wrong")
        with pytest.raises(Exception, match="user and password that it takes") as failed:
            look(MailCheck(), tmp_path, replace(SITE, mail=mail))
        assert type(failed.value).__name__ == "MailFailed"
    assert handler.taken == []


def test_a_site_without_a_mail_server_is_told_what_that_means(tmp_path: Path) -> None:
    (verdict,) = look(MailCheck(), tmp_path).values()
    assert verdict.ok
    assert "reports are written as files" in verdict.finding
    assert look(MailCheck(), tmp_path, None) == {}
