"""Which language the driver's screen speaks: chosen on it, kept for the card, and never waited for.

Kept in one small file of the data folder, which is read at the start and written while nobody is served: no tap waits
for a disk. Losing it harms nobody: drivers choose once more.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import structlog
from msgspec import DecodeError, Struct, json

from kiosk.core.said import Language
from kiosk.core.visit import Visit
from kiosk.durable import write_file

NAME: Final = "languages.json"

MOST_CARDS: Final = 2_000
"""Cards whose language is kept: several times the drivers of a large site. The choice made longest ago gives way."""
MOST_BYTES: Final = 64 * MOST_CARDS
"""Of the file: twice what it takes with a card's longest number. A larger one is none of ours."""

HOLDS_S: Final = 60.0
"""Seconds for which a choice made before the tap waits for its driver: the card is found and tapped in less, and the
next driver is met in the site's own language."""


class Languages:
    """The language of each moment. Called on the station's loop, but for `read` and `write`.

    Args:
        data: The data folder.
        offered: The site's languages; the first one is spoken to nobody in particular.
    """

    def __init__(self, data: Path, offered: Sequence[Language]) -> None:
        self.offered = tuple(offered)
        self._path = data / NAME
        self._kept: dict[str, str] = {}
        self._is_saved = True
        self._chosen: _Chosen | None = None
        self._visit: tuple[str, Language] | None = None
        self._log = structlog.get_logger("station").bind(part="languages")

    @property
    def wakes_at(self) -> float | None:
        """Monotonic seconds at which a choice that nobody tapped for is given up; None while there is none."""
        return self._chosen.until if self._chosen is not None else None

    def of(self, visit: Visit | None, now: float) -> Language:
        """The language of what is on the screen now.

        Args:
            visit: Whom it is about; None when nobody.
            now: Monotonic seconds.
        """
        if self._chosen is not None and now >= self._chosen.until:
            self._chosen = None
        if visit is None:
            self._visit = None
            return self._chosen.language if self._chosen is not None else self.offered[0]
        if self._visit is None or self._visit[0] != visit.file.visit_id:
            self._begin(visit)
        assert self._visit is not None, "a visit that has begun has a language"
        return self._visit[1]

    def choose(self, language: Language, visit: Visit | None, now: float) -> None:
        """Speak this language from now on: to the driver who is there, or to the one who taps next.

        Args:
            language: Which; one that the site does not offer changes nothing.
            visit: Whom the screen is about; None when nobody.
            now: Monotonic seconds.
        """
        if language not in self.offered:
            return
        if visit is None:
            self._chosen = _Chosen(language, now + HOLDS_S)
            return
        self._visit = (visit.file.visit_id, language)
        self._keep(visit, language)

    def _begin(self, visit: Visit) -> None:
        """What was chosen before the tap; else what is kept for the card; else the site's own."""
        chosen, self._chosen = self._chosen, None
        if chosen is not None:
            self._visit = (visit.file.visit_id, chosen.language)
            self._keep(visit, chosen.language)
            return
        kept = self._kept.get(str(visit.file.credential), "")
        known = next((language for language in self.offered if language.value == kept), self.offered[0])
        self._visit = (visit.file.visit_id, known)

    def _keep(self, visit: Visit, language: Language) -> None:
        """For a card that the site knows: strangers could fill the file with cards of any number."""
        if visit.file.admission is None:
            return
        card = str(visit.file.credential)
        if self._kept.pop(card, None) != language.value:
            self._is_saved = False
        self._kept[card] = language.value
        if len(self._kept) > MOST_CARDS:
            del self._kept[next(iter(self._kept))]

    # --- the file ---------------------------------------------------------------------------------------

    def read(self) -> Mapping[str, str]:
        """What the file holds. Called in any thread. One that cannot be read, or is none of ours, is told and left."""
        try:
            with self._path.open("rb") as file:
                data = file.read(MOST_BYTES + 1)
            if len(data) > MOST_BYTES:
                raise DecodeError(f"more than {MOST_BYTES} bytes")
            return json.decode(data, type=dict[str, str])
        except FileNotFoundError:
            return {}
        except (DecodeError, OSError, UnicodeDecodeError) as fault:
            self._log.warning("the languages of cards are begun anew", file=str(self._path), fault=str(fault))
            return {}

    def take(self, read: Mapping[str, str]) -> None:
        """Take over what `read` gave; what was chosen meanwhile stands."""
        self._kept = dict(list({**read, **self._kept}.items())[-MOST_CARDS:])

    def unsaved(self) -> bytes | None:
        """What the file should hold, if it does not; from then on it counts as written."""
        if self._is_saved:
            return None
        self._is_saved = True
        return json.encode(self._kept)

    def write(self, data: bytes) -> None:
        """Write what `unsaved` gave. Called in any thread. A disk that does not take it is told, and stops nobody."""
        try:
            write_file(self._path, data)
        except OSError as fault:
            self._log.warning("the languages of cards were not kept", file=str(self._path), fault=str(fault))


class _Chosen(Struct, frozen=True):
    """A choice that waits for a tap: the language, and the monotonic seconds until which it holds."""

    language: Language
    until: float
