"""A mail as it goes out: plain text, with a Message-ID by which a repeat is recognised."""

import re
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from msgspec import Struct

from kiosk.site import MailSettings


class Mail(Struct, frozen=True):
    """A mail.

    Attributes:
        message: It, with all its headers.
        message_id: Its Message-ID.
    """

    message: EmailMessage
    message_id: str


class Topic(Struct, frozen=True):
    """What a mail is about, by which a repeat is recognised.

    Attributes:
        kiosk: The kiosk that reports: its ledger's id.
        matter: Of that kiosk, such as ``incident-42``. Mails of one matter stand together in a mailbox.
        digest: SHA-256 of the text, in hex: another text is another mail.
    """

    kiosk: str
    matter: str
    digest: str

    def ids(self, settings: MailSettings) -> tuple[str, str]:
        """Message-ID of the mail, and that of its matter."""
        domain = settings.sender.rpartition("@")[2]
        kiosk = re.sub(r"[^A-Za-z0-9]+", "-", self.kiosk).strip("-")
        return f"<{self.matter}.{self.digest[:16]}.{kiosk}@{domain}>", f"<{self.matter}.{kiosk}@{domain}>"


def compose(settings: MailSettings, topic: Topic, *, name: str, subject: str, text: str, at: datetime) -> Mail:
    """A mail.

    Args:
        settings: From whom, to whom.
        topic: What it is about.
        name: Who sends it, as people call them.
        subject: On one line.
        text: All of it, plain.
        at: When it is sent, with its zone.
    """
    message_id, matter = topic.ids(settings)
    message = EmailMessage(SMTP)
    message["From"] = Address(_display(name), addr_spec=settings.sender)
    message["To"] = ", ".join(settings.to)
    message["Subject"] = " ".join(subject.split())
    message["Date"] = format_datetime(at)
    message["Message-ID"] = message_id
    message["References"] = matter
    message.set_content(text, cte="quoted-printable")
    return Mail(message, message_id)


def _display(name: str) -> str:
    """A name without what must be quoted in an address.

    Python's email folds a quoted name with other letters than ASCII's so that a comma in it parts it in two.
    """
    return " ".join(re.sub(r"[^\w '-]", " ", name).split())
