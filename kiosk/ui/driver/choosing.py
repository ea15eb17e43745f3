"""The screen on which the driver names a container: the list with its numbers, or the entry field."""

from kiosk.console.messages import ChooseContainer, LoadOption
from kiosk.console.wishes import Cancel
from kiosk.ui.driver.view import Card, Choice, Draft, Keyed, Line, Mood, Tone, Turn, View

ONE_DIGIT_MOST = 9
"""Up to so many loads, one digit chooses; with more, the number is keyed and Enter takes it."""

CANCEL = Choice("escape", "CANCEL", Tone.QUIET, Cancel())

_NO_LOADS = (Line("No load waits.", strong=True), Line("Scan your slip, or press 0.", strong=True))


def choose_container(display: ChooseContainer, draft: Draft) -> View:
    """Say what is on screen while the driver names a container.

    Args:
        display: What the station told.
        draft: What was keyed, and which page of the list is on screen.
    """
    nth = "FIRST LOAD" if display.position == 1 else f"LOAD {display.position}"
    air = any(option.by_air for option in display.options)
    if draft.entering:
        title = "KEY THE LOAD NUMBER" if air else "KEY THE CONTAINER NUMBER"
        choices = entry_choices(draft, "BACK TO LIST")
        return View(mood=Mood.ASK, where=nth, title=title, keyed=Keyed(draft.text), choices=choices)
    return View(
        mood=Mood.ASK,
        where=_how(display, draft, nth),
        title="WHICH LOAD?" if air else "WHICH CONTAINER?",
        lines=() if display.options else _NO_LOADS,
        cards=cards_on_screen(display.options, draft),
        choices=_list_choices(display.options, draft),
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


def entry_choices(draft: Draft, leave: str) -> tuple[Choice, ...]:
    """The choices beside an open entry field; Enter is offered once there is something to give."""
    give = (Choice("enter", "GO ON", Tone.GO, Turn.SUBMIT),) if draft.text.strip() else ()
    return (*give, Choice("escape", leave, Tone.QUIET, Turn.CLOSE_ENTRY))


def _how(display: ChooseContainer, draft: Draft, nth: str) -> str:
    if not display.options:
        return nth
    if draft.text:
        return f"Number {draft.text}_ - Press ENTER to take it."
    if keyed_in_full(display.options, draft):
        page, pages = draft.first // draft.page_size + 1, -(-len(display.options) // draft.page_size)
        paging = f" - Page {page} of {pages}" if pages > 1 else ""
        return f"{nth} - Key the number, then ENTER. Or scan your slip{paging}"
    return f"{nth} - Press the number. Or scan your pick-up slip."


def _list_choices(options: tuple[LoadOption, ...], draft: Draft) -> tuple[Choice, ...]:
    if draft.text:
        take = [
            Choice("enter", f"TAKE {card.number}", Tone.GO, Turn.SUBMIT) for card in cards_on_screen(options, draft)
        ]
        exact = take[:1] if int(draft.text) <= len(options) else []
        return (*exact, Choice("escape", "CLEAR", Tone.QUIET, Turn.CLEAR))
    paging: tuple[Choice, ...] = ()
    if draft.first + draft.page_size < len(options):
        paging = (Choice("+", "NEXT", Tone.PLAIN, Turn.NEXT_PAGE),)
    if draft.first > 0:
        paging = (Choice("-", "BACK", Tone.PLAIN, Turn.PREVIOUS_PAGE), *paging)
    return (Choice("0", "NOT HERE", Tone.PLAIN, Turn.OPEN_ENTRY), *paging, CANCEL)
