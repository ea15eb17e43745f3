"""Can the staff console be given to browsers: is its certificate good, and for how long?"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from kiosk.doctor.check import Kiosk, Verdict, good, unseen, wrong

SOON: Final = timedelta(days=30)
"""Before a certificate runs out: an office needs weeks to have another one issued. The server's log says so later."""


class GatehouseWebCheck:
    """Looks at what `sealgate gatehouse --serve` would look at; whether that runs is its service's to say."""

    of = "gatehouse in a browser"

    def look(self, kiosk: Kiosk) -> Iterator[Verdict]:
        """The certificate, where others can reach the server or one is named; else there is nothing to say."""
        from kiosk.web.certificate import files_of
        from kiosk.web.names import is_loopback
        from kiosk.web.ready import made_ready

        if kiosk.site is None:
            return
        settings = kiosk.site.web
        if files_of(settings.certificate, settings.key) is None:
            if not is_loopback(settings.host):
                finding = "site.toml names no certificate: one that is its service's credential is not seen here"
                yield unseen(self.of, finding, "see how long it counts: journalctl -u sealgate-web.service")
            return
        ready = made_ready(settings, kiosk.now)
        assert ready.certificate is not None, "there are files of one"
        until, names = ready.certificate.until, ", ".join(sorted(ready.certificate.names))
        finding = f"{ready.url()}: a certificate for {names}, until {until.date().isoformat()}"
        if until - kiosk.now < SOON:
            yield wrong(self.of, finding, "have another one issued; the server takes it without a restart")
        else:
            yield good(self.of, finding)
