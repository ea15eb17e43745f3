"""Can site.toml be used?"""

from collections.abc import Iterator

from kiosk.doctor.check import Kiosk, Verdict, good
from kiosk.site import read_site


class SettingsCheck:
    """Looks at site.toml."""

    of = "settings"

    def look(self, kiosk: Kiosk) -> Iterator[Verdict]:
        """Whether it can be used."""
        site = kiosk.site or read_site(kiosk.config)
        yield good(self.of, f"{kiosk.config}: {site.plan.site_name}")
