"""What a server needs before it may listen, found out before anything of it is loaded."""

from datetime import UTC, datetime, timedelta
from typing import Final

from msgspec import Struct

from kiosk.core.errors import SealgateError
from kiosk.site import WebSettings
from kiosk.web.certificate import Certificate, files_of, read_certificate
from kiosk.web.names import Names, addresses_to_itself, is_loopback, name_in, shown

SOON: Final = timedelta(days=14)
"""Before a certificate runs out: from then on the log and the doctor say so."""


class NoTls(SealgateError):
    """It would have to listen where others can reach it, without TLS."""


def now() -> datetime:
    """The moment that is now, in UTC."""
    return datetime.now(UTC)


class Ready(Struct, frozen=True):
    """What a server needs before it may listen.

    Attributes:
        settings: The site's.
        certificate: To speak TLS by; None: it is reached from this machine alone.
    """

    settings: WebSettings
    certificate: Certificate | None

    def names(self) -> Names:
        """By which names browsers may come."""
        settings, certificate = self.settings, self.certificate
        public = settings.public_url
        own = addresses_to_itself(settings.host) | (certificate.names if certificate is not None else frozenset())
        return Names(own, certificate is not None, public)

    def url(self) -> str:
        """Where browsers find it."""
        scheme = "https" if self.certificate is not None else "http"
        return self.settings.public_url or f"{scheme}://{shown(self.settings.host, self.settings.port)}"


def made_ready(settings: WebSettings, at: datetime) -> Ready:
    """See to it that a server may listen as it is set.

    Raises:
        NoTls: Others could reach it, and there is no certificate.
        CertificateUnusable: There is one that browsers cannot be given.
        SecretUnusable: Its key cannot be used.
        OSError: The disk does not give them.
    """
    files = files_of(settings.certificate, settings.key)
    if files is None:
        if not is_loopback(settings.host):
            raise NoTls(
                expected=f"a certificate, since others can reach {settings.host} (gatehouse.web.certificate and key)",
                got="none",
                mend="name one, make one with 'sealgate gatehouse --make-certificate', or listen on 127.0.0.1",
            )
        return Ready(settings, None)
    public = settings.public_url
    name = name_in(public.partition("//")[2]) if public is not None and public.startswith("https:") else None
    return Ready(settings, read_certificate(files, at, name))
