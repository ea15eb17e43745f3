"""What is known of something, as lines with a label."""

from collections.abc import Sequence

from rich.table import Table
from textual.widgets import Static

from kiosk.ui.gatehouse.colours import Inks, inked
from kiosk.ui.gatehouse.view.words import Fact, Piece, Tone

LEAST_LABEL = 9
"""Columns of the labels at least, so that two facts' texts begin under each other."""


class FactSheet(Static):
    """Lines of facts, wrapped as the room asks."""

    DEFAULT_CSS = "FactSheet { height: auto; }"

    def __init__(self, id: str | None = None) -> None:  # noqa: A002 - the toolkit's word
        super().__init__(id=id)
        self._shown: tuple[tuple[Fact, ...], Inks] | None = None

    def show(self, facts: Sequence[Fact], inks: Inks) -> None:
        """Show them; what is told again unchanged is not drawn again."""
        shown = (tuple(facts), inks)
        if shown == self._shown:
            return
        self._shown = shown
        grid = Table.grid(padding=(0, 1))
        grid.add_column(min_width=LEAST_LABEL, no_wrap=True)
        grid.add_column(ratio=1, overflow="fold")
        for each in facts:
            grid.add_row(inked((Piece(each.label, Tone.QUIET),), inks), inked((each.said,), inks))
        self.update(grid)
