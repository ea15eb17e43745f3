"""What the driver's keys do: a pure holder of the screen's state, to which time is given."""

from msgspec import Struct
from msgspec.structs import replace

from kiosk.console.messages import (
    AskVisitor,
    CheckPackage,
    CheckpointNews,
    CheckSeal,
    ChooseContainer,
    Display,
    EnterPin,
    Health,
    SealEntry,
    Show,
    Stopped,
    Told,
    VerifySeal,
)
from kiosk.console.wishes import AnswerVisitor, Ask, ChooseLoad, GivePin, KeySeal, KeyUnit, StillHere, Wish
from kiosk.core.pins import MOST_DIGITS, Pin
from kiosk.core.said import Language
from kiosk.ui.driver.choosing import keyed_in_full
from kiosk.ui.driver.code import SHOWN_S, code_view, offered
from kiosk.ui.driver.speech import Speech, speech_of
from kiosk.ui.driver.view import Draft, Turn, View
from kiosk.ui.driver.visiting import is_keyed
from kiosk.ui.driver.words import view_of

NEW_QUESTION_LOCK_S = 0.4
"""Seconds without answers after a new question appears: a gloved hand's second press comes within 0.3 s."""
ANSWER_PATIENCE_S = 2.0
"""Seconds without a further answer while the station acts on the last: it answers in under 0.1 s, so this
runs out only when the request came too late and was dropped; then the driver may press again."""
STILL_HERE_EVERY_S = 5.0
"""Seconds between two words that the driver is busy: every time-out of the station is far longer."""
LONGEST_ENTRY = 30
"""Characters: the longest GS1 string that can hold a seal's number (AI 21, 250, 400: X..30)."""
_MOST_DIGITS = 2
"""A load's number has at most two digits: the station offers 99 at most."""


class Key(Struct, frozen=True):
    """A key, its key on the screen, or the choice that shows it.

    Attributes:
        name: A single character, or ``enter``, ``escape``, ``backspace``.
    """

    name: str


class Pick(Struct, frozen=True):
    """A load of the list was touched.

    Attributes:
        number: Its number, from 1.
    """

    number: int


Press = Key | Pick


class Dialogue:
    """Knows what the station told, and what the driver has keyed since; says what to ask."""

    def __init__(self, language: Language = Language.ENGLISH) -> None:
        """Know nothing yet.

        Args:
            language: In which language that is said.
        """
        self._first_language = language
        self._show: Show | None = None
        self._health: Health | None = None
        self._news: CheckpointNews | None = None
        self._code_until: float | None = None
        self._draft = Draft()
        self._locked_until = float("-inf")
        self._answering_until = float("-inf")
        self._still_here_next = float("-inf")

    @property
    def show(self) -> Show | None:
        """What the station told last."""
        return self._show

    @property
    def health(self) -> Health | None:
        """How the parts are, as told last."""
        return self._health

    @property
    def news(self) -> CheckpointNews | None:
        """Where the ledger was last signed, as told last."""
        return self._news

    @property
    def shows_code(self) -> bool:
        """Whether the checkpoint is on screen, which goes by itself."""
        return self._code_until is not None

    @property
    def say(self) -> Speech:
        """What says it in the driver's language."""
        return speech_of(self._show.language if self._show is not None else self._first_language)

    @property
    def view(self) -> View:
        """What is on screen now."""
        say = self.say
        if self._code_until is not None and self._news is not None:
            return code_view(self._news, say)
        return offered(view_of(self._show, self._draft, say), self._show, self._news, say)

    def look(self, now: float) -> bool:
        """Whether the checkpoint has been on screen for its time, and now is no more."""
        over = self._code_until is not None and now >= self._code_until
        if over:
            self._code_until = None
        return over

    def told(self, message: Told, now: float) -> None:
        """Take what the station tells.

        Args:
            message: A display or the health of the parts.
            now: CLOCK_MONOTONIC seconds.
        """
        if isinstance(message, Health):
            self._health = message
            return
        if isinstance(message, CheckpointNews):
            self._news = message
            return
        before = self._show
        self._show = message
        if before is None or before.display != message.display:
            self._code_until = None
        self._answering_until = float("-inf")
        if before is None or _question(before.display) != _question(message.display):
            self._draft = _draft_for(message.display, self._draft.page_size)
            self._locked_until = now + NEW_QUESTION_LOCK_S

    def resized(self, page_size: int) -> None:
        """Take how many loads the screen has room for; the page begins anew at its first load's page."""
        if page_size != self._draft.page_size:
            first = self._draft.first // page_size * page_size
            self._draft = replace(self._draft, page_size=page_size, first=first)

    def press(self, press: Press, now: float) -> tuple[Ask, ...]:
        """Take a key press or a touch.

        Args:
            press: What was pressed.
            now: CLOCK_MONOTONIC seconds.

        Returns:
            What to ask the station, in order; often nothing.
        """
        if self._show is None or now < max(self._locked_until, self._answering_until):
            return ()
        if isinstance(press, Pick):
            return self._pick(press.number, now)
        for choice in self.view.choices:
            if choice.key == press.name:
                return self._turn(choice.does, now) if isinstance(choice.does, Turn) else self._ask(choice.does, now)
        return self._key(press.name, now)

    # --- what a press does --------------------------------------------------------------------------

    def _pick(self, number: int, now: float) -> tuple[Ask, ...]:
        display = self._show.display if self._show else None
        if isinstance(display, ChooseContainer) and not self._draft.entering and 1 <= number <= len(display.options):
            return self._ask(ChooseLoad(display.options[number - 1].load_id), now)
        return ()

    def _turn(self, turn: Turn, now: float) -> tuple[Ask, ...]:
        size = self._draft.page_size
        match turn:
            case Turn.SUBMIT:
                return self._submit(now)
            case Turn.SHOW_CODE | Turn.HIDE_CODE:
                self._code_until = now + SHOWN_S if turn is Turn.SHOW_CODE else None
                return ()
            case Turn.NEXT_PAGE:
                self._draft = replace(self._draft, first=self._draft.first + size)
            case Turn.PREVIOUS_PAGE:
                self._draft = replace(self._draft, first=max(0, self._draft.first - size))
            case Turn.OPEN_ENTRY | Turn.CLOSE_ENTRY | Turn.CLEAR:
                self._draft = replace(self._draft, entering=turn is Turn.OPEN_ENTRY, text="")
                self._locked_until = now + NEW_QUESTION_LOCK_S
        return self._still_here(now)

    def _submit(self, now: float) -> tuple[Ask, ...]:
        display = self._show.display if self._show else None
        text = self._draft.text.strip()
        if isinstance(display, EnterPin):
            pin, self._draft = self._draft.pin, replace(self._draft, pin=Pin())
            return self._ask(GivePin(pin), now)
        if isinstance(display, VerifySeal):
            return self._ask(KeySeal(text), now)
        if isinstance(display, AskVisitor):
            return self._ask(AnswerVisitor(text), now)
        return self._ask(KeyUnit(text), now) if self._draft.entering else self._pick(int(text), now)

    def _key(self, name: str, now: float) -> tuple[Ask, ...]:
        display = self._show.display if self._show else None
        if self._draft.entering and isinstance(display, EnterPin):
            return self._edit_pin(name, now)
        if self._draft.entering:
            return self._edit(name, LONGEST_ENTRY, now)
        if not isinstance(display, ChooseContainer):
            return ()
        return self._key_of_list(display, name, now)

    def _key_of_list(self, display: ChooseContainer, name: str, now: float) -> tuple[Ask, ...]:
        if name.isascii() and name.isalpha() and len(name) == 1:
            self._draft = replace(self._draft, entering=True, text="")
            return self._edit(name, LONGEST_ENTRY, now)
        if name == "backspace" or (name.isascii() and name.isdigit()):
            if keyed_in_full(display.options, self._draft):
                return self._edit(name, _MOST_DIGITS, now)
            return self._pick(int(name), now) if name != "backspace" else ()
        return ()

    def _edit(self, name: str, longest: int, now: float) -> tuple[Ask, ...]:
        """Add a character or take one away. Capitals only, as seals and containers are marked."""
        text = self._draft.text
        if name == "backspace":
            text = text[:-1]
        elif len(name) == 1 and name.isascii() and name.isprintable() and len(text) < longest:
            text = (text + name.upper()).lstrip()
        if text == self._draft.text:
            return ()
        self._draft = replace(self._draft, text=text)
        return self._still_here(now)

    def _edit_pin(self, name: str, now: float) -> tuple[Ask, ...]:
        """Add a digit or take one away. The digits so far are in no local variable: a crash may draw those."""
        before = self._draft.pin
        if name == "backspace":
            pin = Pin(before.digits[:-1])
        elif len(name) == 1 and name.isascii() and name.isdigit() and len(before) < MOST_DIGITS:
            pin = Pin(before.digits + name)
        else:
            return ()
        self._draft = replace(self._draft, pin=pin)
        return self._still_here(now)

    # --- what is asked ------------------------------------------------------------------------------

    def _ask(self, wish: Wish, now: float) -> tuple[Ask, ...]:
        if self._show is None:
            return ()
        self._answering_until = now + ANSWER_PATIENCE_S
        return (Ask(self._show.revision, wish),)

    def _still_here(self, now: float) -> tuple[Ask, ...]:
        if self._show is None or now < self._still_here_next:
            return ()
        self._still_here_next = now + STILL_HERE_EVERY_S
        return (Ask(self._show.revision, StillHere()),)


def _draft_for(display: Display, page_size: int) -> Draft:
    """What stands in a new question: what somebody keyed before who went back to it; else nothing."""
    keyed = display.before if isinstance(display, AskVisitor) and is_keyed(display) else ""
    return Draft(entering=_opens_with_entry(display), text=keyed, page_size=page_size)


def _opens_with_entry(display: Display) -> bool:
    if isinstance(display, EnterPin):
        return not display.waits
    if isinstance(display, AskVisitor):
        return is_keyed(display)
    return isinstance(display, VerifySeal) and display.entry in {SealEntry.KEY_FIRST, SealEntry.KEY_AGAIN}


def _question(display: Display) -> tuple[object, ...]:
    """What makes a display another question than the one before, rather than news about the same one."""
    asks: tuple[object, ...] = ()
    match display:
        case CheckSeal():
            asks = (display.step, display.unit)
        case VerifySeal():
            asks = (display.unit, display.entry)
        case ChooseContainer():
            asks = (display.position,)
        case EnterPin():
            asks = (display.waits,)
        case AskVisitor():
            asks = (display.ask, display.number, display.waits)
        case CheckPackage():
            asks = (display.package, display.waits_for_staff_card)
        case Stopped():
            asks = (display.kind, display.reason)
        case _:
            pass
    return (type(display), *asks)
