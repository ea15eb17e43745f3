"""Can site.toml be used?"""

from collections.abc import Iterator

from kiosk.doctor.check import Kiosk, Verdict, good, wrong
from kiosk.site import SiteError, read_site


class SettingsCheck:
    """Looks at site.toml."""

    of = "settings"

    def look(self, kiosk: Kiosk) -> Iterator[Verdict]:
        """Whether it can be used."""
        try:
            site = kiosk.site or read_site(kiosk.config)
        except SiteError as fault:
            for each in (fault, *fault.others):
                yield wrong(self.of, f"{each.where}: expected {each.expected}, got {each.got}", each.mend)
            return
        yield good(self.of, f"{kiosk.config}: {site.plan.site_name}")
