"""The ledger's last checkpoint as the station shows and hands it over, whoever had it signed."""

from datetime import datetime, tzinfo
from pathlib import Path

from msgspec import Struct

from kiosk.console.messages import CheckpointNews


class LastSigned(Struct, frozen=True):
    """The last checkpoint.

    Attributes:
        seen: What its file looked like when it was read.
        note: It, as a signed note.
        root: The Merkle root.
        news: What a screen is told of it.
    """

    seen: tuple[int, ...]
    note: bytes
    root: bytes
    news: CheckpointNews


class LastCheckpoint:
    """Reads the last checkpoint when its file has changed.

    Args:
        data: The data folder.
        zone: The site's time zone.
    """

    def __init__(self, data: Path, zone: tzinfo) -> None:
        self._data = data
        self._zone = zone
        self._last: LastSigned | None = None

    def read(self) -> LastSigned:
        """The last checkpoint. Its time is that of its file: the note itself has none.

        Raises:
            OSError: There is none, or no key to it.
            LedgerError: What is there is none.
        """
        # What signs and checks is loaded here alone: a gate that signs nothing needs none of it.
        from kiosk.ledger.compact import to_compact
        from kiosk.ledger.keys import PUBLIC_NAME, read_public_key
        from kiosk.ledger.last import CHECKPOINT_NAME, read_last_unsigned

        state = (self._data / "ledger" / CHECKPOINT_NAME).stat()
        seen = (state.st_ino, state.st_mtime_ns, state.st_size)
        if self._last is None or self._last.seen != seen:
            last = read_last_unsigned(self._data / "ledger")
            code = to_compact(last.note, read_public_key(self._data / "keys" / PUBLIC_NAME))
            signed = datetime.fromtimestamp(state.st_mtime, self._zone)
            news = CheckpointNews(code, signed, last.checkpoint.size)
            self._last = LastSigned(seen, last.note, last.checkpoint.root, news)
        return self._last
