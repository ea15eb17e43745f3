"""Says all that is on the driver's screen in one language, from the message catalogues in locales/.

``scripts/messages.py`` finds the messages by the calls here: `Speech` itself (``say``), its `counted` and `within`, and
`noted`; in the core by `kiosk.core.said`. So the English stands in each call as it is, not in a name.
"""

from datetime import datetime
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Final

from kiosk.core.said import Language, Said

LOCALES: Final = Path(__file__).parent / "locales"
"""A folder for each language, by its code; the compiled catalogues are kept in the repository (docs/languages.md)."""
DOMAIN: Final = "sealgate"


class Speech:
    """Says things in one language.

    Args:
        catalogue: The language's messages.
    """

    def __init__(self, catalogue: NullTranslations) -> None:
        self._catalogue = catalogue

    def __call__(self, english: str, /, **put: object) -> str:
        """A message, with what is put into it: data as it stands, or what was said in this language already."""
        return self._catalogue.gettext(english).format(**put)

    def counted(self, number: int, one: str, many: str, /, **put: object) -> str:
        """A message in which a number decides between the language's plural forms."""
        return self._catalogue.ngettext(one, many, number).format(**put)

    def within(self, context: str, english: str, /, **put: object) -> str:
        """A message whose English means different things in different places."""
        return self._catalogue.pgettext(context, english).format(**put)

    def said(self, what: Said) -> str:
        """A sentence of the core's, and the sentences in it."""
        put = {name: self.said(each) if isinstance(each, Said) else each for name, each in what.put}
        if what.many:
            return self.counted(what.number, what.english, what.many, **put)
        return self(what.english, **put)

    def moment(self, at: datetime) -> str:
        """A day and a time of day, as they are said in New Zealand.

        Args:
            at: In the site's zone.
        """
        say, month = self, self._catalogue.pgettext("month", _MONTHS[at.month - 1])
        return say("{day} {month} {year}, {time}", day=at.day, month=month, year=at.year, time=f"{at:%H:%M}")

    @property
    def own_name(self) -> str:
        """The language's name in itself."""
        return self.within("the name of the language that this catalogue is in", "ENGLISH")


@lru_cache(maxsize=len(Language))
def speech_of(language: Language) -> Speech:
    """A language's speech. Its catalogue is read once."""
    with (LOCALES / language.value / "LC_MESSAGES" / f"{DOMAIN}.mo").open("rb") as file:
        return Speech(GNUTranslations(file))


def noted(english: str) -> str:
    """The same: marks a message that is said elsewhere."""
    return english


def noted_within(context: str, english: str) -> str:  # noqa: ARG001 - it is for who reads the source
    """As `noted`, for a message whose English means different things in different places."""
    return english


_MONTHS: Final = (
    noted_within("month", "January"),
    noted_within("month", "February"),
    noted_within("month", "March"),
    noted_within("month", "April"),
    noted_within("month", "May"),
    noted_within("month", "June"),
    noted_within("month", "July"),
    noted_within("month", "August"),
    noted_within("month", "September"),
    noted_within("month", "October"),
    noted_within("month", "November"),
    noted_within("month", "December"),
)
