"""Which device was connected last under each name, by what the ledger holds and what it was asked to take.

An entry tells of a device that is another than before under its name, so a loose cable writes none.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from kiosk.core.effects import CommitEntry, EntryKind, Json

MOST_DEVICES: Final = 32
"""Names of devices that are known, old ones of site.toml among them; the one that changed least lately gives way."""


class KnownDevices:
    """The serial number that each device told last, by the name that site.toml gives it."""

    def __init__(self) -> None:
        self._serials: dict[str, str] = {}

    @classmethod
    def from_json(cls, serials: Mapping[str, str]) -> "KnownDevices":
        """Reads what `to_json` gives."""
        known = cls()
        for device, serial in serials.items():
            known.add(device, serial)
        return known

    def to_json(self) -> Json:
        """As an entry keeps it."""
        return dict[str, Json](self._serials)

    def add(self, device: str, serial: str) -> None:
        """The ledger holds which device is connected under a name."""
        self._serials.pop(device, None)
        self._serials[device] = serial
        if len(self._serials) > MOST_DEVICES:
            del self._serials[next(iter(self._serials))]

    def is_news(self, body: Mapping[str, Json], asked: Iterable[CommitEntry]) -> bool:
        """Whether an entry with this body would tell of another device than the last one did.

        Args:
            body: Of an entry of the kind DEVICE_CONNECTED.
            asked: Entries that the ledger is to take and has not taken yet, oldest first.
        """
        device, before = body["device"], self._serials.get(str(body["device"]))
        for entry in asked:
            if entry.kind is EntryKind.DEVICE_CONNECTED and entry.body["device"] == device:
                before = str(entry.body["serial"])
        return body["serial"] != before
