"""Looks whether new records were imported, and reads them beside the station's own thread."""

from collections.abc import Callable, Mapping
from typing import Final, Protocol

from kiosk.core.errors import SealgateError
from kiosk.core.records import Records

LOOK_S: Final = 2.0
"""Seconds between two looks: an import shows at the kiosk before the one who made it has walked there."""


class Loaded(Protocol):
    """What a source of records gives."""

    @property
    def records(self) -> Records:
        """The records."""

    @property
    def digests(self) -> Mapping[str, str]:
        """SHA-256 of each file that they came from, for the ledger."""


class RecordsWatch:
    """Remembers which version of the records was read last.

    Args:
        fingerprint: Cheap; changes whenever a file does.
        load: Reads everything.
    """

    def __init__(self, fingerprint: Callable[[], object], load: Callable[[], Loaded]) -> None:
        self._fingerprint = fingerprint
        self._load = load
        self._seen: object = None
        self._said = ""

    def look(self) -> Loaded | None:
        """Read the records if they changed since they were last read; None when they did not.

        Raises:
            SealgateError: when they cannot be read; tried again at each look, and said once.
        """
        try:
            now = self._fingerprint()
            if now == self._seen:
                return None
            loaded = self._load()
        except SealgateError as error:
            if str(error) == self._said:
                return None
            self._said = str(error)
            raise
        self._seen, self._said = now, ""
        return loaded
