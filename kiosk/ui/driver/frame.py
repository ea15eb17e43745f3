"""What stands around a display whichever it is: the choice of a language, and lines that need no answer."""

from kiosk.console.messages import (
    AskVisitor,
    Attract,
    BarrierOpen,
    CardLevel,
    CheckPackage,
    ChooseContainer,
    Display,
    DriverKnown,
    EnterPin,
    OutOfService,
    Show,
    Sign,
    Stopped,
    VerifySeal,
)
from kiosk.console.wishes import ChooseLanguage
from kiosk.core.said import said
from kiosk.ui.driver.speech import Speech, noted, speech_of
from kiosk.ui.driver.view import Choice, Notice, Tone

_LANGUAGES_ON = (Attract, DriverKnown, Stopped, OutOfService)
"""Displays on which digits answer nothing: there each language has the digit of its place in the site's list."""


def with_languages(show: Show, choices: tuple[Choice, ...]) -> tuple[Choice, ...]:
    """The choices, and before giving up the other languages, each named in itself."""
    if not isinstance(show.display, _LANGUAGES_ON):
        return choices
    others = tuple(
        Choice(str(place), speech_of(language).own_name, Tone.QUIET, ChooseLanguage(language))
        for place, language in enumerate(show.languages, start=1)
        if language is not show.language
    )
    at = next((at for at, choice in enumerate(choices) if choice.tone is Tone.QUIET), len(choices))
    return (*choices[:at], *others, *choices[at:])


_TAKE_CARD: dict[type[Display], str] = {
    Attract: noted("A card is on the reader. Take it away."),
    Sign: noted("Take your card away. Then tap it again."),
    BarrierOpen: noted("Take your card with you."),
    Stopped: noted("Take your card with you."),
    OutOfService: noted("Take your card with you."),
}


def notices(show: Show, say: Speech) -> tuple[Notice, ...]:
    """The problem first, since it says why nothing went on; then the news; then the card left behind."""
    problem = None
    match show.display:
        case EnterPin() | ChooseContainer() | CheckPackage() | VerifySeal() | Sign() | AskVisitor():
            problem = show.display.problem
    word = said("GATEHOUSE: {word}", word=show.word) if show.word else None
    lines = [Notice(say.said(told), loud=True) for told in (word, problem, show.notice) if told is not None]
    if isinstance(show.display, Attract) and show.display.card_level is CardLevel.UID:
        lines.append(Notice(say("Cards are checked by number only. A copy is not noticed."), loud=True))
    if show.card_on_reader:
        lines.append(Notice(say(_card_hint(show.display)), loud=False))
    return tuple(lines)


def _card_hint(display: Display) -> str:
    if isinstance(display, CheckPackage) and display.waits_for_staff_card:
        return noted("Take the card away. Then tap the staff card.")
    return _TAKE_CARD.get(type(display), noted("Take your card back."))
