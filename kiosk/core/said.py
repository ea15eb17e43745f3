"""What a driver is told, as a value: a screen says it in the driver's language, logs and the ledger in English."""

from enum import Enum

from msgspec import Struct


class Language(Enum):
    """A language of the driver's screen, by its ISO 639-1 code. Each has a catalogue in kiosk/ui/driver/locales."""

    ENGLISH = "en"
    MAORI = "mi"


class Said(Struct, frozen=True):
    """A sentence for a driver. The core knows no catalogue: it names the sentence by its English.

    Attributes:
        english: The sentence; ``{name}`` is the place of what is put into it by that name.
        put: What is put into it: data as it stands (a number, a name, what was keyed), or another sentence.
        many: The same in English for another number than one; empty where no number decides.
        number: What decides, where one does.
    """

    english: str
    put: tuple[tuple[str, "str | int | Said"], ...] = ()
    many: str = ""
    number: int = 1

    def __str__(self) -> str:
        """It in English."""
        text = self.english if self.number == 1 or not self.many else self.many
        return text.format(**{name: str(put) for name, put in self.put}) if self.put else text


def said(english: str, /, **put: str | int | Said) -> Said:
    """A sentence. ``scripts/messages.py`` finds its English here, so it stands here as it is, not in a name."""
    return Said(english, tuple(put.items()))


def said_of(number: int, one: str, many: str, /, **put: str | int | Said) -> Said:
    """A sentence in which a number decides between singular and plural."""
    return Said(one, tuple(put.items()), many, number)
