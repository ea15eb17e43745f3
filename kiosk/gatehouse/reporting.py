"""A report goes out (clause 12.3): kept as a file first, then sent by the site's mail server if it has one.

The ledger holds the report's digest, the file its text: so it is written before anything is sent, under a name made of
incident and digest. The same text is the same file and the same Message-ID. What came of it is told to whoever writes
the entry; nothing is written to the ledger here.
"""

import hashlib
from concurrent.futures import Future
from datetime import datetime
from pathlib import Path
from threading import Thread
from typing import Final

from msgspec import Struct

from kiosk.durable import make_folder, write_file
from kiosk.gatehouse.incident import BY_FILE, BY_MAIL, whole_report
from kiosk.site import MailSettings

FOLDER: Final = "reports"
"""In the data folder."""


class Report(Struct, frozen=True):
    """A report that is to go out.

    Attributes:
        incident: Its incident's number.
        what: IncidentKind's value.
        text: All of it; nothing is left to write.
        at: When, with its zone.
        kiosk: Which kiosk reports: its ledger's id.
        site_id: The load site's ID code.
        site_name: As people call it.
    """

    incident: int
    what: str
    text: str
    at: datetime
    kiosk: str
    site_id: str
    site_name: str


class Outcome(Struct, frozen=True):
    """What came of it.

    Attributes:
        how: What `IncidentBook.report` is to record; empty when it did not go out.
        to: To whom it went.
        words: What is told to whoever sent it; a failed try is noted in them.
        perhaps: The mail server may have it, and nobody knows.
    """

    how: str
    to: tuple[str, ...]
    words: str
    perhaps: bool = False


def send_report(report: Report, how: str, data: Path, mail: MailSettings | None) -> Outcome:
    """Keep a report, and send it by mail if that is asked. It may take two minutes.

    Args:
        report: The report.
        how: ``mail``, ``file``, or in words how it was told already. Without a mail server ``mail`` is a file, too.
        data: The data folder.
        mail: The site's mail server; None where it has none.

    Raises:
        Refused: Something is still to be written in it.
        OSError: The disk did not take the file; nothing was sent.
    """
    text = whole_report(report.text)
    path = _keep(report.incident, text, data)
    if how == BY_MAIL and mail is not None:
        return _mailed(report, text, mail, data, path)
    if how in {BY_MAIL, BY_FILE}:
        why = "site.toml names no mail server: " if how == BY_MAIL else ""
        return Outcome(BY_FILE, (), f"{why}the report lies in {path}; send it, then say here how it was told")
    return Outcome(how, (), f"the report is kept in {path}")


def send_in_background(report: Report, how: str, data: Path, mail: MailSettings | None) -> "Future[Outcome]":
    """As `send_report`, on a thread of its own that nothing waits for: neither the gate nor a stop.

    Of a kiosk that is stopped meanwhile nobody may hear what came of it. The file is there, and the same text sent
    again has the same Message-ID.
    """
    future: Future[Outcome] = Future()

    def run() -> None:
        try:
            future.set_result(send_report(report, how, data, mail))
        except Exception as fault:  # noqa: BLE001 - whoever waits hears of it
            future.set_exception(fault)

    Thread(target=run, name="report", daemon=True).start()
    return future


def _keep(incident: int, text: str, data: Path) -> Path:
    """Put a report's text into a file that no power cut takes back; where it lies."""
    folder = data / FOLDER
    make_folder(folder)
    path = folder / f"incident-{incident}-{_digest(text)[:12]}.txt"
    write_file(path, text.encode())
    return path


def _mailed(report: Report, text: str, mail: MailSettings, data: Path, path: Path) -> Outcome:
    from kiosk.mail import MailFailed, MailServer, password_of
    from kiosk.mail_message import Topic, compose
    from kiosk.own_keys import SecretUnusable

    topic = Topic(report.kiosk, f"incident-{report.incident}", _digest(text))
    subject = f"SES incident {report.incident} at load site {report.site_id}: {report.what}"
    letter = compose(mail, topic, name=report.site_name, subject=subject, text=text, at=report.at)
    try:
        answer = MailServer(mail, password_of(mail, data)).send(letter).result()
    except (MailFailed, SecretUnusable) as fault:
        perhaps = isinstance(fault, MailFailed) and fault.perhaps
        whether = f"may have been sent (Message-ID {letter.message_id})" if perhaps else "was not sent"
        return Outcome("", (), f"the report {whether}: {fault}; it lies in {path}", perhaps)
    words = f"sent to {', '.join(mail.to)}; {mail.host} said: {answer}; it is kept in {path}"
    return Outcome(BY_MAIL, mail.to, words)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
