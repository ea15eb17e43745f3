"""What is on the driver's screen, as values: no terminal, no clock."""

from enum import Enum

from msgspec import Struct, field

from kiosk.console.messages import SealForm
from kiosk.console.wishes import Wish
from kiosk.core.pins import Pin


class Mood(Enum):
    """The screen's colours. Words and marks on the screen say the same: colour is never alone."""

    REST = "rest"
    BRIGHT = "bright"
    ASK = "ask"
    GO = "go"
    STOP = "stop"
    WARN = "warn"


class Tone(Enum):
    """A choice's colours."""

    GO = "go"
    STOP = "stop"
    PLAIN = "plain"
    QUIET = "quiet"


class Turn(Enum):
    """What a choice does on the screen alone, without asking the station."""

    OPEN_ENTRY = "open the entry field"
    CLOSE_ENTRY = "leave the entry field"
    CLEAR = "clear what was keyed"
    SUBMIT = "give what was keyed"
    NEXT_PAGE = "show the next page"
    PREVIOUS_PAGE = "show the page before"
    SHOW_CODE = "show the ledger's last checkpoint"
    HIDE_CODE = "show the gate's own screen again"


class Choice(Struct, frozen=True):
    """One thing the driver can do, by key, touch or mouse.

    Attributes:
        key: The key that does it: a digit, ``+``, ``-``, ``/``, ``enter`` or ``escape``.
        label: What it does, in capitals.
        tone: Its colours.
        does: What the station is asked, or what changes on the screen alone.
    """

    key: str
    label: str
    tone: Tone
    does: Wish | Turn


class Card(Struct, frozen=True):
    """One load of the list.

    Attributes:
        number: What the driver keys to choose it, from 1.
        unit: Container or package number.
        goods: What the paperwork says.
        booking: The booking reference.
        load_id: What ChooseLoad names.
    """

    number: int
    unit: str
    goods: str
    booking: str
    load_id: str


class Subject(Enum):
    """What a drawing shows the driver to do."""

    LOOK = "look"
    SCAN = "scan"
    PULL = "pull"
    TWIST = "twist"
    CARD = "card"
    PACKAGE = "package"
    DRIVE = "drive"


class Sketch(Struct, frozen=True):
    """Which drawing to show.

    Attributes:
        subject: What to do.
        seal: The kind of seal it is done to; None where no seal is in it.
    """

    subject: Subject
    seal: SealForm | None = None


class Line(Struct, frozen=True):
    """A line of text.

    Attributes:
        text: The words.
        strong: To be set in large type before others, where there is room.
        exact: A container's or seal's number, in which every letter must be told from every other. A drawing gives
            way to one that is strong.
    """

    text: str
    strong: bool = False
    exact: bool = False


class Notice(Struct, frozen=True):
    """A line above the choices.

    Attributes:
        text: The words.
        loud: Something was not taken, so it must be seen.
    """

    text: str
    loud: bool


class Keyed(Struct, frozen=True):
    """The entry field.

    Attributes:
        text: What was keyed so far, or a mark for each digit of what nobody else shall read.
        space: What the key says that makes a space.
        back: What the key says that takes the last character back.
        digits: Digits alone can be keyed.
    """

    text: str
    space: str
    back: str
    digits: bool = False


class View(Struct, frozen=True):
    """The driver's screen without health and countdown, which change at their own pace.

    Attributes:
        mood: Its colours.
        where: One line of context: which check of how many, which container.
        title: The one question or message.
        lines: What to do, in short sentences.
        sketch: The drawing of what to look at, if any.
        choices: What the driver can do.
        cards: The part of the load list that is on screen.
        keyed: The entry field with its keyboard, or None.
        notices: Lines that need no answer.
        poster: The title may take two lines of the largest type.
        code: The text of a QR code that takes the place of all else, with title, lines and choices beside it.
    """

    mood: Mood
    where: str
    title: str
    lines: tuple[Line, ...] = ()
    sketch: Sketch | None = None
    choices: tuple[Choice, ...] = ()
    cards: tuple[Card, ...] = ()
    keyed: Keyed | None = None
    notices: tuple[Notice, ...] = field(default=())
    poster: bool = False
    code: str = ""


class Draft(Struct, frozen=True):
    """What the driver has done on this screen that the station does not know yet.

    Attributes:
        entering: The entry field is open.
        text: What was keyed: into the entry field, or of a load's number.
        first: The first load of the page on screen, counted from 0.
        page_size: How many loads the screen has room for.
        pin: What was keyed of a PIN. Nothing that shows a draft shows it.
    """

    entering: bool = False
    text: str = ""
    first: int = 0
    page_size: int = 9
    pin: Pin = Pin()
