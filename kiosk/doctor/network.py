"""Does anything listen for others that should not?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hw.listeners import Listener, listeners
from kiosk.doctor.check import Kiosk, Verdict, good, named, note, wrong

SSH: Final = 22

_TIME_AND_ADDRESS: Final = frozenset({68, 123, 323, 546})
"""UDP ports by which a machine gets its address and the time: DHCP, DHCPv6, NTP, chrony."""


class NetworkCheck:
    """Looks at what listens on addresses that others reach."""

    of = "network"

    def look(self, kiosk: Kiosk) -> Iterator[Verdict]:
        """Whatever listens beyond what site.toml has switched on."""
        others = [each for each in listeners(kiosk.machine.root / "proc") if not each.is_local]
        ours = _ours(kiosk)
        tcp = [each for each in others if each.protocol == "tcp" and each.port not in {SSH, *ours}]
        udp = [each for each in others if each.protocol == "udp" and each.port not in _TIME_AND_ADDRESS]
        whose = "" if kiosk.machine.user == 0 else "; root sees whose they are: sudo sealgate doctor"
        if tcp:
            mend = f"sudo systemctl disable --now what is not needed{whose}"
            yield wrong(self.of, f"others reach {_said(tcp)}: the kiosk needs none of it", mend)
        if udp:
            finding = f"others reach {_said(udp)}"
            yield note(self.of, finding, f"disable what is not needed, such as avahi-daemon{whose}")
        if not tcp and not udp:
            switched_on = [each for each in others if each.port in ours]
            more = f", and {_said(switched_on)}, which site.toml has switched on" if switched_on else ""
            yield good(self.of, f"nothing listens for others that need not{more}")
        if any(each.protocol == "tcp" and each.port == SSH for each in others):
            mend = "let in keys alone (PasswordAuthentication no), or switch it off: sudo systemctl disable --now ssh"
            yield note("remote log-on", f"ssh listens on port {SSH}", mend)


def _ours(kiosk: Kiosk) -> frozenset[int]:
    """Ports that site.toml has others reach."""
    from kiosk.web.names import is_loopback

    web = kiosk.site.web if kiosk.site is not None else None
    return frozenset({web.port}) if web is not None and not is_loopback(web.host) else frozenset()


def _said(found: list[Listener]) -> str:
    return named([str(each) for each in found])
