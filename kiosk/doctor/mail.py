"""Could a report to Customs be sent by mail now (clause 12.3)? It logs on to the mail server, and sends nothing."""

from collections.abc import Iterator
from typing import Final

from kiosk.doctor.check import Kiosk, Verdict, good

PATIENCE_S: Final = 30.0
"""Seconds for the mail server: somebody waits for the doctor."""


class MailCheck:
    """Looks at the mail server that site.toml names."""

    of = "mail"

    def look(self, kiosk: Kiosk) -> Iterator[Verdict]:
        """Whether it is there, is who it should be, and takes the password."""
        if kiosk.site is None:
            return
        settings = kiosk.site.mail
        if settings is None:
            yield good(self.of, "site.toml names no mail server: reports are written as files, and sent by hand")
            return
        from kiosk.mail import MailServer, password_of

        answer = MailServer(settings, password_of(settings, kiosk.data), total_s=PATIENCE_S).try_out().result()
        yield good(self.of, f"{settings.host}:{settings.port} takes mail for {', '.join(settings.to)}: {answer}")
