"""The screen on which the driver names a container: the list with its numbers, or the entry field."""

from kiosk.console.messages import ChooseContainer, LoadOption
from kiosk.console.wishes import Cancel
from kiosk.ui.driver.speech import Speech
from kiosk.ui.driver.view import Card, Choice, Draft, Keyed, Line, Mood, Tone, Turn, View

ONE_DIGIT_MOST = 9
"""Up to so many loads, one digit chooses; with more, the number is keyed and Enter takes it."""


def cancel(say: Speech) -> Choice:
    """Giving up."""
    return Choice("escape", say("CANCEL"), Tone.QUIET, Cancel())


def choose_container(display: ChooseContainer, draft: Draft, say: Speech) -> View:
    """Say what is on screen while the driver names a container.

    Args:
        display: What the station told.
        draft: What was keyed, and which page of the list is on screen.
        say: In which language.
    """
    nth = say("FIRST LOAD") if display.position == 1 else say("LOAD {number}", number=display.position)
    air = any(option.by_air for option in display.options)
    if draft.entering:
        title = say("KEY THE LOAD NUMBER") if air else say("KEY THE CONTAINER NUMBER")
        choices = entry_choices(draft, say("BACK TO LIST"), say)
        return View(mood=Mood.ASK, where=nth, title=title, keyed=entry_field(draft.text, say), choices=choices)
    none = (Line(say("No load waits."), strong=True), Line(say("Scan your slip, or press 0."), strong=True))
    return View(
        mood=Mood.ASK,
        where=_how(display, draft, nth, say),
        title=say("WHICH LOAD?") if air else say("WHICH CONTAINER?"),
        lines=() if display.options else none,
        cards=cards_on_screen(display.options, draft),
        choices=_list_choices(display.options, draft, say),
    )


def keyed_in_full(options: tuple[LoadOption, ...], draft: Draft) -> bool:
    """Whether a load's number is keyed and taken with Enter, since one digit would not do."""
    return len(options) > min(ONE_DIGIT_MOST, draft.page_size)


def cards_on_screen(options: tuple[LoadOption, ...], draft: Draft) -> tuple[Card, ...]:
    """The loads on screen: one page, or those whose number begins with what was keyed."""
    cards = [
        Card(number, option.unit, option.goods, option.booking, option.load_id)
        for number, option in enumerate(options, start=1)
    ]
    if draft.text:
        return tuple(card for card in cards if str(card.number).startswith(draft.text))[: draft.page_size]
    return tuple(cards[draft.first : draft.first + draft.page_size])


def entry_field(text: str, say: Speech, *, digits: bool = False) -> Keyed:
    """The entry field with its keyboard."""
    return Keyed(text, say("SPACE"), say.within("the key that takes back the last character", "BACK"), digits)


def entry_choices(draft: Draft, leave: str, say: Speech) -> tuple[Choice, ...]:
    """The choices beside an open entry field; Enter is offered once there is something to give."""
    give = (Choice("enter", say("GO ON"), Tone.GO, Turn.SUBMIT),) if draft.text.strip() else ()
    return (*give, Choice("escape", leave, Tone.QUIET, Turn.CLOSE_ENTRY))


def _how(display: ChooseContainer, draft: Draft, nth: str, say: Speech) -> str:
    if not display.options:
        return nth
    if draft.text:
        return say("Number {keyed}_ - Press ENTER to take it.", keyed=draft.text)
    if not keyed_in_full(display.options, draft):
        return say("{which} - Press the number. Or scan your pick-up slip.", which=nth)
    page, pages = draft.first // draft.page_size + 1, -(-len(display.options) // draft.page_size)
    how = say("{which} - Key the number, then ENTER. Or scan your slip", which=nth)
    return say("{how} - Page {page} of {pages}", how=how, page=page, pages=pages) if pages > 1 else how


def _list_choices(options: tuple[LoadOption, ...], draft: Draft, say: Speech) -> tuple[Choice, ...]:
    if draft.text:
        take = [
            Choice("enter", say("TAKE {number}", number=card.number), Tone.GO, Turn.SUBMIT)
            for card in cards_on_screen(options, draft)
        ]
        exact = take[:1] if int(draft.text) <= len(options) else []
        return (*exact, Choice("escape", say("CLEAR"), Tone.QUIET, Turn.CLEAR))
    paging: tuple[Choice, ...] = ()
    if draft.first + draft.page_size < len(options):
        paging = (Choice("+", say.within("a further page", "NEXT"), Tone.PLAIN, Turn.NEXT_PAGE),)
    if draft.first > 0:
        paging = (Choice("-", say.within("the page before", "BACK"), Tone.PLAIN, Turn.PREVIOUS_PAGE), *paging)
    return (Choice("0", say("NOT HERE"), Tone.PLAIN, Turn.OPEN_ENTRY), *paging, cancel(say))
