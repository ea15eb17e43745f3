"""A report goes out: its text is on the disk before anything is sent, and what is recorded is what happened."""

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec.structs import replace

from kiosk.core.incidents import to_be_written
from kiosk.gatehouse.incidents import IncidentBook
from kiosk.gatehouse.recorded import Refused
from kiosk.gatehouse.reporting import Outcome, Report, send_in_background, send_report
from kiosk.site import MailSecurity, MailSettings
from tests.gatehouse.diary import HANA, Diary
from tests.mail.servers import RIGHT, USER, Handler, listening, make_certificates, smtp

TEXT = "Seal tampering\nWhat happened: Hāwera Heavy Haulage found it cut.\n"
DIGEST = hashlib.sha256(TEXT.encode()).hexdigest()
REPORT = Report(
    incident=42,
    what="Seal tampering",
    text=TEXT,
    at=datetime(2026, 11, 30, 10, 42, tzinfo=UTC),
    kiosk="sealgate/ab12",
    site_id="SLS0421",
    site_name="Tui Valley Packhouse",
)
MAIL = MailSettings("127.0.0.1", 1, MailSecurity.NONE, "gate@packhouse.example", ("ses@customs.example",))


def kept(data: Path) -> list[tuple[str, str]]:
    return [(path.name, path.read_text("utf-8")) for path in sorted((data / "reports").iterdir())]


def test_a_report_is_sent_by_the_sites_mail_server_and_kept(tmp_path: Path) -> None:
    handler = Handler()
    with listening(smtp(handler)) as port:
        outcome = send_report(REPORT, "mail", tmp_path, replace(MAIL, port=port))
    assert (outcome.how, outcome.to, outcome.perhaps) == ("mail", ("ses@customs.example",), False)
    assert "127.0.0.1 said: 250 OK queued as 4711" in outcome.words
    ((_, message),) = handler.taken
    assert message["Subject"] == "SES incident 42 at load site SLS0421: Seal tampering"
    assert message["Message-ID"] == f"<incident-42.{DIGEST[:16]}.sealgate-ab12@packhouse.example>"
    assert message.get_content().replace("\r\n", "\n") == TEXT
    assert kept(tmp_path) == [(f"incident-42-{DIGEST[:12]}.txt", TEXT)]


def test_what_the_entry_says_is_the_digest_of_the_file_and_of_what_was_sent(tmp_path: Path) -> None:
    diary, handler = Diary(book := IncidentBook()), Handler()
    incident = diary.add("incident", {"what": "cabinet-opened"})
    text = f"  {TEXT}\n\n"
    with listening(smtp(handler)) as port:
        report = replace(REPORT, text=text, incident=incident)
        outcome = send_report(report, "mail", tmp_path, replace(MAIL, port=port))
    diary.write(book.report(incident, outcome.how, outcome.to, text, HANA))
    ((name, said),) = kept(tmp_path)
    assert diary.last["digest"] == hashlib.sha256(said.encode()).hexdigest()
    assert name.split("-")[2].startswith(diary.last["digest"][:12])
    sent = handler.taken[0][1].get_content().replace("\r\n", "\n")
    assert hashlib.sha256(sent.encode()).hexdigest() == diary.last["digest"]


@pytest.mark.parametrize("how", ["mail", "file"])
def test_without_a_mail_server_it_is_a_file_and_the_words_say_where(tmp_path: Path, how: str) -> None:
    outcome = send_report(REPORT, how, tmp_path, None)
    path = tmp_path / "reports" / f"incident-42-{DIGEST[:12]}.txt"
    assert (outcome.how, outcome.to) == ("file", ())
    assert str(path) in outcome.words
    assert "say here how it was told" in outcome.words
    assert ("names no mail server" in outcome.words) is (how == "mail")
    assert path.read_text("utf-8") == TEXT


def test_what_was_told_otherwise_is_kept_and_nothing_is_sent(tmp_path: Path) -> None:
    handler = Handler()
    with listening(smtp(handler)) as port:
        outcome = send_report(REPORT, "by telephone to Customs", tmp_path, replace(MAIL, port=port))
        as_file = send_report(REPORT, "file", tmp_path, replace(MAIL, port=port))
    assert outcome.how == "by telephone to Customs"
    assert as_file.how == "file"
    assert handler.taken == []
    assert len(kept(tmp_path)) == 1


def failed(tmp_path: Path, settings: MailSettings) -> Outcome:
    outcome = send_report(REPORT, "mail", tmp_path, settings)
    assert outcome.how == ""
    assert str(tmp_path / "reports") in outcome.words
    assert "\n" not in outcome.words
    return outcome


def test_a_report_that_was_not_sent_lies_in_a_file_and_can_be_sent_again(tmp_path: Path) -> None:
    handler = Handler()
    handler.data = "451 4.7.1 Greylisted"
    with listening(smtp(handler)) as port:
        outcome = failed(tmp_path, replace(MAIL, port=port))
        handler.data = None
        assert send_report(REPORT, "mail", tmp_path, replace(MAIL, port=port)).how == "mail"
    assert not outcome.perhaps
    assert "was not sent" in outcome.words
    assert "Greylisted" in outcome.words
    assert len(kept(tmp_path)) == 1
    assert len(handler.taken) == 1


def test_one_that_may_have_been_sent_says_by_what_a_repeat_is_recognised(tmp_path: Path) -> None:
    handler = Handler()
    handler.drop = True
    with listening(smtp(handler)) as port:
        outcome = failed(tmp_path, replace(MAIL, port=port))
    assert outcome.perhaps
    assert f"may have been sent (Message-ID <incident-42.{DIGEST[:16]}." in outcome.words


def test_a_password_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    certificates, handler = make_certificates(tmp_path / "certificates"), Handler()
    secret = tmp_path / "secrets" / "mail.password"
    secret.parent.mkdir()
    secret.write_text(RIGHT)
    secret.chmod(0o644)
    settings = replace(MAIL, security=MailSecurity.STARTTLS, user=USER, ca=certificates.ca, host="localhost")
    with listening(smtp(handler, certificates.server, log_on=True)) as port:
        outcome = failed(tmp_path, replace(settings, port=port))
        assert "mode 600" in outcome.words
        assert RIGHT not in outcome.words
        secret.chmod(0o600)
        assert send_report(REPORT, "mail", tmp_path, replace(settings, port=port)).how == "mail"
    assert handler.user == USER


def test_it_is_sent_beside_whatever_goes_on_and_what_came_of_it_is_told(tmp_path: Path) -> None:
    handler = Handler()
    with listening(smtp(handler)) as port:
        outcome = send_in_background(REPORT, "mail", tmp_path, replace(MAIL, port=port)).result(20)
    assert outcome.how == "mail"
    refused = send_in_background(replace(REPORT, text=""), "file", tmp_path, None)
    with pytest.raises(Refused):
        refused.result(20)


def test_a_text_with_marks_left_is_neither_kept_nor_sent(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="nothing left to write"):
        send_report(replace(REPORT, text=TEXT + to_be_written("the date")), "mail", tmp_path, MAIL)
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_takes_no_file_sends_nothing(tmp_path: Path) -> None:
    handler = Handler()
    (tmp_path / "reports").write_text("a file where the folder should be")
    with listening(smtp(handler)) as port, pytest.raises(OSError, match="reports"):
        send_report(REPORT, "mail", tmp_path, replace(MAIL, port=port))
    assert handler.taken == []
