"""The ledger's last checkpoint on the driver's screen: offered while nobody is served, shown when somebody asks."""

from msgspec import Struct
from msgspec.structs import replace

from kiosk.console.messages import Attract, CheckpointNews, Show
from kiosk.console.qr import LEAST_QUIET, QUIET
from kiosk.ui.driver.speech import Speech
from kiosk.ui.driver.view import Choice, Line, Mood, Tone, Turn, View
from kiosk.ui.glyphs import Glyphs

SHOWN_S = 90.0
"""Seconds after which the gate's own screen comes back: time to take out a phone and hold it still."""

TEXT_COLUMNS = 31
"""Columns that the words beside the code need at least."""

NO_CODE = "-"
"""Stands for a code where nothing was signed yet."""


def offered(view: View, show: Show | None, news: CheckpointNews | None, say: Speech) -> View:
    """The view with the offer to show the checkpoint, while nobody is there: a driver has other things to do."""
    idle = show is not None and isinstance(show.display, Attract) and not show.display.awake
    if not idle or news is None or not _has_anything(news):
        return view
    return replace(view, choices=(*view.choices, Choice("/", say("CHECKPOINT"), Tone.QUIET, Turn.SHOW_CODE)))


def code_view(news: CheckpointNews, say: Speech) -> View:
    """The checkpoint, large enough to be photographed. What keeps it on the site is told as it is logged."""
    photograph = say(
        "Photograph the code and send it to the export office: it shows them later if a record was changed."
    )
    trouble = (Line(""), Line(f"!! {news.trouble}")) if news.trouble else ()
    return View(
        mood=Mood.BRIGHT,
        where="",
        title=say("CHECKPOINT"),
        lines=(*_signed(news, say), Line(""), Line(photograph), *trouble),
        choices=(Choice("escape", say("CLOSE"), Tone.GO, Turn.HIDE_CODE),),
        code=news.code or NO_CODE,
    )


def _signed(news: CheckpointNews, say: Speech) -> tuple[Line, ...]:
    if news.signed is None:
        return (Line(say("Nothing was signed yet.")),)
    entries = say.counted(news.entries, "{entries} entry", "{entries} entries", entries=news.entries)
    return (Line(say("Signed {when}", when=say.moment(news.signed))), Line(entries))


def _has_anything(news: CheckpointNews) -> bool:
    return bool(news.code or news.trouble)


class CodeSize(Struct, frozen=True):
    """How a code is drawn.

    Attributes:
        scale: So many points for each of its modules, both ways; 0 where it finds no room.
        quiet: Light modules on each side.
    """

    scale: int
    quiet: int


def code_size(modules: int, width: int, height: int, glyphs: Glyphs) -> CodeSize:
    """The largest code that finds room beside the words, with the margin that readers are promised if it can be had.

    Args:
        modules: How many it has a side, without margin.
        width: Columns for code and words.
        height: Rows.
        glyphs: Which characters the terminal can draw: with half blocks a row has two points, else a point two columns.
    """
    blocks = glyphs is Glyphs.BLOCKS
    down, across = (2 * height, width - TEXT_COLUMNS) if blocks else (height, (width - TEXT_COLUMNS) // 2)
    for quiet in (QUIET, QUIET - 1, LEAST_QUIET):
        scale = min(down, across) // (modules + 2 * quiet)
        if scale:
            return CodeSize(scale, quiet)
    return CodeSize(0, 0)
