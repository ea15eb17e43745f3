"""A mail goes out through a real server, or it is known why it did not; and nothing waits for a server for ever."""

import asyncio
import hashlib
import socket
import time
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest
from msgspec.structs import replace

from kiosk.mail import MailFailed, MailServer, password_of
from kiosk.mail_message import Mail, Topic, compose
from kiosk.own_keys import SecretUnusable
from kiosk.site import MailSecurity, MailSettings
from tests.mail.servers import (
    RIGHT,
    USER,
    Certificates,
    Handler,
    Make,
    Raw,
    listening,
    make_certificates,
    raw,
    smtp,
)

TEXT = "Kind of incident: Seal tampering\n\n.\n..a line with dots\nHāwera, Pōneke\n" + "x" * 2_000 + "\n"
DIGEST = hashlib.sha256(TEXT.encode()).hexdigest()
PLAIN = MailSettings("127.0.0.1", 1, MailSecurity.NONE, "gate@packhouse.example", ("ses@customs.example",))
TWO = ("ses@customs.example", "manager@packhouse.example")
WAIT = 20.0
"""Seconds for what is there at once; a test that fails waits so long."""


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return make_certificates(tmp_path / "certificates")


def a_mail(settings: MailSettings, text: str = TEXT) -> Mail:
    topic = Topic("sealgate/ab12", "incident-42", hashlib.sha256(text.encode()).hexdigest())
    at = datetime(2026, 11, 30, 10, 42, tzinfo=UTC)
    return compose(settings, topic, name="Tui Valley Packhouse, Pōneke", subject="Incident 42:\nSeal", text=text, at=at)


def send(settings: MailSettings, port: int, password: str | None = None, /, **patience: float) -> str:
    settings = replace(settings, port=port)
    return MailServer(settings, password, **patience).send(a_mail(settings)).result(WAIT)


def fails(settings: MailSettings, port: int, password: str | None = None, /, **patience: float) -> MailFailed:
    with pytest.raises(MailFailed) as failed:
        send(settings, port, password, **patience)
    assert str(failed.value).count("\n") == 0
    assert RIGHT not in str(failed.value)
    return failed.value


def test_a_mail_arrives_as_it_was_written_and_its_servers_words_come_back() -> None:
    handler, settings = Handler(), replace(PLAIN, to=TWO)
    with listening(smtp(handler)) as port:
        assert send(settings, port) == "250 OK queued as 4711"
    ((recipients, message),) = handler.taken
    assert recipients == TWO
    assert message.get_content().replace("\r\n", "\n") == TEXT
    assert message["To"] == ", ".join(TWO)
    assert message["Subject"] == "Incident 42: Seal"
    assert message["From"] == "Tui Valley Packhouse Pōneke <gate@packhouse.example>"
    assert message["Date"].datetime == datetime(2026, 11, 30, 10, 42, tzinfo=UTC)


def test_a_repeat_has_the_same_message_id_and_another_text_another_one() -> None:
    once, again, other = a_mail(PLAIN), a_mail(PLAIN), a_mail(PLAIN, "corrected\n")
    assert once.message_id == again.message_id == f"<incident-42.{DIGEST[:16]}.sealgate-ab12@packhouse.example>"
    assert other.message_id != once.message_id
    assert other.message["References"] == once.message["References"] == "<incident-42.sealgate-ab12@packhouse.example>"
    assert once.message.as_bytes() == again.message.as_bytes()
    assert max(map(len, once.message.as_bytes().split(b"\r\n"))) <= 78
    assert once.message.as_bytes().isascii()


@pytest.mark.parametrize("security", [MailSecurity.STARTTLS, MailSecurity.TLS])
def test_over_tls_the_server_is_checked_and_logged_on_to(certificates: Certificates, security: MailSecurity) -> None:
    handler = Handler()
    settings = replace(PLAIN, security=security, user=USER, ca=certificates.ca, host="localhost")
    implicit = security is MailSecurity.TLS
    make = smtp(handler, None if implicit else certificates.server, log_on=True)
    with listening(make, certificates.server if implicit else None) as port:
        send(settings, port, RIGHT)
        assert handler.user == USER
        assert handler.over_tls is not implicit  # aiosmtpd knows of STARTTLS alone
        wrong = fails(settings, port, "wrong")
    assert "user and password that it takes" in wrong.expected
    assert wrong.got.startswith("535")
    assert len(handler.taken) == 1
    assert not wrong.perhaps


@pytest.mark.parametrize("security", [MailSecurity.STARTTLS, MailSecurity.TLS])
def test_a_server_of_another_name_or_authority_is_given_no_password(
    certificates: Certificates, tmp_path: Path, security: MailSecurity
) -> None:
    handler = Handler()
    other = make_certificates(tmp_path / "other", "elsewhere.example")
    for shown, trusted, words in (
        (certificates, None, "unable to get local issuer certificate"),
        (certificates, other.ca, "unable to get local issuer certificate"),
        (other, other.ca, "certificate is not valid for 'localhost'"),
    ):
        settings = replace(PLAIN, security=security, user=USER, ca=trusted, host="localhost")
        implicit = security is MailSecurity.TLS
        make = smtp(handler, None if implicit else shown.server, log_on=True)
        with listening(make, shown.server if implicit else None) as port:
            failed = fails(settings, port, RIGHT)
        assert words in failed.got
        assert "mail.ca" in failed.mend
    assert handler.user is None


def test_a_server_that_lost_its_starttls_is_given_nothing(certificates: Certificates) -> None:
    """As who sits on the line would have it: the word is taken out, and the client expected to go on without."""
    handler = Handler()
    with listening(smtp(handler, log_on=True)) as port:
        failed = fails(replace(PLAIN, security=MailSecurity.STARTTLS, user=USER, ca=certificates.ca), port, RIGHT)
    assert "STARTTLS extension not supported" in failed.got
    assert handler.taken == []


def test_a_server_without_log_on_is_told_apart_from_a_wrong_password(certificates: Certificates) -> None:
    with listening(smtp(Handler(), certificates.server)) as port:
        settings = replace(PLAIN, security=MailSecurity.STARTTLS, user=USER, ca=certificates.ca)
        assert "see mail.security and mail.user" in fails(settings, port, RIGHT).mend


@pytest.mark.parametrize(
    ("answer", "mend"),
    [
        ("451 4.7.1 Greylisted, try again in 5 minutes", "try again in some minutes"),
        ("550 5.1.1 no such user", "see what it says of addresses and text"),
    ],
)
def test_one_recipient_that_is_refused_stops_the_mail_for_all(answer: str, mend: str) -> None:
    """Else the manager would have the report and Customs not, and the entry would say that it went out."""
    handler = Handler()
    handler.recipient = lambda address: answer if address == TWO[1] else "250 OK"
    with listening(smtp(handler)) as port:
        failed = fails(replace(PLAIN, to=TWO), port)
        handler.recipient = lambda _: "250 OK"
        send(replace(PLAIN, to=TWO), port)
    assert failed.got == answer
    assert f"for {TWO[1]}" in failed.expected
    assert mend in failed.mend
    assert not failed.perhaps
    assert len(handler.taken) == 1


@pytest.mark.parametrize("answer", ["554 5.7.1 looks like spam", "452 4.3.1 disk is full"])
def test_a_whole_mail_that_the_server_refuses_was_not_sent(answer: str) -> None:
    handler = Handler()
    handler.data = answer
    with listening(smtp(handler)) as port:
        failed = fails(PLAIN, port)
    assert (failed.got, failed.perhaps, handler.taken) == (answer, False, [])


def test_a_line_that_breaks_after_the_text_was_given_may_have_sent_it() -> None:
    handler = Handler()
    handler.drop = True
    with listening(smtp(handler)) as port:
        failed = fails(PLAIN, port)
    assert failed.perhaps
    assert "look whether the mail has arrived" in failed.mend


def test_a_server_that_does_not_answer_to_the_text_may_have_it_and_is_not_waited_for_longer() -> None:
    handler = Handler()
    handler.hang = True
    for patience in ({"taken_s": 0.2}, {"total_s": 0.2}):
        began = time.monotonic()
        with listening(smtp(handler)) as port:
            assert fails(PLAIN, port, None, **patience).perhaps
        assert time.monotonic() - began < WAIT / 2


async def _silence(line: Raw) -> None:
    await asyncio.Event().wait()


async def _no_greeting_ends(line: Raw) -> None:
    """A greeting that goes on for ever, a line at a time, faster than any patience for an answer."""
    while True:
        line.say("220-still here\r\n")
        await asyncio.sleep(0.01)


async def _silent_after_greeting(line: Raw) -> None:
    line.say("220 hello\r\n")
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("make", "patience"),
    [
        (raw(_silence), {"step_s": 0.2}),
        (raw(_silent_after_greeting), {"step_s": 0.2}),
        (raw(_no_greeting_ends), {"total_s": 0.3, "step_s": 60.0}),
    ],
)
def test_a_server_that_says_nothing_or_never_ends_is_given_up_and_was_given_nothing(
    make: Make, patience: dict[str, float]
) -> None:
    began = time.monotonic()
    with listening(make) as port:
        failed = fails(PLAIN, port, None, **patience)
    assert not failed.perhaps
    assert time.monotonic() - began < WAIT / 2


@pytest.mark.parametrize("security", [MailSecurity.STARTTLS, MailSecurity.TLS])
def test_a_server_that_is_silent_in_the_middle_of_tls_is_given_up(
    certificates: Certificates, security: MailSecurity
) -> None:
    async def talk(line: Raw) -> None:
        line.say("220 hello\r\n")
        await line.hear()
        line.say("250-mail.test\r\n250 STARTTLS\r\n")
        await line.hear()
        line.say("220 go on\r\n")
        await asyncio.Event().wait()

    settings = replace(PLAIN, security=security, ca=certificates.ca, host="localhost")
    make = raw(talk if security is MailSecurity.STARTTLS else _silence)
    with listening(make) as port:
        assert not fails(settings, port, step_s=0.3).perhaps


async def _nonsense(line: Raw) -> None:
    line.say("HTTP/1.1 400 Bad Request\r\n\r\n")


async def _nonsense_after_data(line: Raw) -> None:
    line.say("220 hello\r\n")
    for answer in ("250 mail.test", "250 OK", "250 OK", "354 go on"):
        await line.hear()
        line.say(f"{answer}\r\n")
    await line.hear_all(".")
    line.say("what was that\r\n")


def test_a_server_that_speaks_something_else_is_told_in_a_line() -> None:
    with listening(raw(_nonsense)) as port:
        failed = fails(PLAIN, port)
    assert "HTTP/1.1" in failed.got
    assert not failed.perhaps
    with listening(raw(_nonsense_after_data)) as port:
        assert fails(PLAIN, port).perhaps


def test_certificates_that_cannot_be_read_are_told_before_anybody_is_called(tmp_path: Path) -> None:
    for text in (None, "no certificate"):
        ca = tmp_path / "ca.pem"
        if text is not None:
            ca.write_text(text)
        failed = fails(replace(PLAIN, security=MailSecurity.TLS, ca=ca), 1)
        assert str(ca) in failed.expected


def test_nobody_there_or_no_such_name_is_told_with_the_place() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    failed = fails(PLAIN, port)
    assert f"127.0.0.1:{port}" in failed.expected
    nowhere = fails(replace(PLAIN, host="mail.invalid"), 25)
    assert "mail.invalid:25" in nowhere.expected
    assert not nowhere.perhaps


@pytest.mark.parametrize("hangs", [False, True])
def test_a_good_bye_that_goes_wrong_changes_nothing_any_more(hangs: bool) -> None:
    async def talk(line: Raw) -> None:
        line.say("220 hello\r\n")
        for answer in ("250 mail.test", "250 OK", "250 OK", "354 go on"):
            await line.hear()
            line.say(f"{answer}\r\n")
        await line.hear_all(".")
        line.say("250 taken\r\n")
        if hangs:
            await asyncio.Event().wait()
        assert line.transport is not None
        line.transport.close()

    with listening(raw(talk)) as port:
        assert send(PLAIN, port, None, total_s=1.0) == "250 taken"


def test_it_can_be_tried_out_without_sending_anything(certificates: Certificates) -> None:
    handler = Handler()
    settings = replace(PLAIN, security=MailSecurity.STARTTLS, user=USER, ca=certificates.ca)
    with listening(smtp(handler, certificates.server, log_on=True)) as port:
        settings = replace(settings, port=port)
        assert MailServer(settings, RIGHT).try_out().result(WAIT).startswith("250")
        with pytest.raises(MailFailed):
            MailServer(settings, "wrong").try_out().result(WAIT)
    assert handler.taken == []


# --- the password ---------------------------------------------------------------------------------------

LOGS_ON = replace(PLAIN, security=MailSecurity.TLS, user=USER)


def test_the_password_comes_from_the_credential_the_named_file_or_the_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    assert password_of(PLAIN, tmp_path) is None
    with pytest.raises(SecretUnusable, match=r"the mail server's password at .*secrets/mail\.password"):
        password_of(LOGS_ON, tmp_path)
    kept = tmp_path / "secrets" / "mail.password"
    kept.parent.mkdir()
    kept.write_text(f"{RIGHT}\n")
    kept.chmod(0o640)
    with pytest.raises(SecretUnusable, match="mode 600"):
        password_of(LOGS_ON, tmp_path)
    kept.chmod(0o600)
    assert password_of(LOGS_ON, tmp_path) == RIGHT
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "mail.password").write_text("from systemd")
    (credentials / "mail.password").chmod(0o440)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    assert password_of(LOGS_ON, tmp_path) == "from systemd"
    named = tmp_path / "named"
    named.write_text("")
    named.chmod(0o600)
    with pytest.raises(SecretUnusable, match="an empty file"):
        password_of(replace(LOGS_ON, password_file=named), tmp_path)
    named.write_text("by name\r\n")
    assert password_of(replace(LOGS_ON, password_file=named), tmp_path) == "by name"


def test_many_mails_at_once_each_have_their_own_conversation() -> None:
    handler, results = Handler(), list[str]()
    with listening(smtp(handler)) as port:
        threads = [Thread(target=lambda: results.append(send(PLAIN, port))) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(WAIT)
    assert results == ["250 OK queued as 4711"] * 5
    assert len(handler.taken) == 5
