"""The ledger's last checkpoint on the driver's screen: offered while nobody is served, shown when somebody asks."""

from msgspec import Struct
from msgspec.structs import replace

from kiosk.console.messages import Attract, CheckpointNews, Show
from kiosk.console.qr import LEAST_QUIET, QUIET
from kiosk.ui.driver.view import Choice, Line, Mood, Tone, Turn, View
from kiosk.ui.glyphs import Glyphs

SHOWN_S = 90.0
"""Seconds after which the gate's own screen comes back: time to take out a phone and hold it still."""

TEXT_COLUMNS = 31
"""Columns that the words beside the code need at least."""

NO_CODE = "-"
"""Stands for a code where nothing was signed yet."""

OFFER = Choice("/", "CHECKPOINT", Tone.QUIET, Turn.SHOW_CODE)
_CLOSE = Choice("escape", "CLOSE", Tone.GO, Turn.HIDE_CODE)


def offered(view: View, show: Show | None, news: CheckpointNews | None) -> View:
    """The view with the offer to show the checkpoint, while nobody is there: a driver has other things to do."""
    idle = show is not None and isinstance(show.display, Attract) and not show.display.awake
    return replace(view, choices=(*view.choices, OFFER)) if idle and news is not None and _has_anything(news) else view


def code_view(news: CheckpointNews) -> View:
    """The checkpoint, large enough to be photographed."""
    signed = (Line(f"Signed {news.signed}"), Line(f"{news.entries} entries"))
    none = (Line("Nothing was signed yet."),)
    trouble = (Line(""), Line(f"!! {news.trouble}")) if news.trouble else ()
    return View(
        mood=Mood.BRIGHT,
        where="",
        title="CHECKPOINT",
        lines=(
            *(signed if news.code else none),
            Line(""),
            Line("Photograph the code and send it to the export office: it shows them later if a record was changed."),
            *trouble,
        ),
        choices=(_CLOSE,),
        code=news.code or NO_CODE,
    )


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
