"""A choice of one of several, by keys or mouse; which one is chosen is told by a mark."""

from rich.style import Style
from rich.text import Text
from textual import events
from textual.widget import Widget

MOST_IN_A_ROW = 3
"""Choices that stand beside each other; more stand under each other."""


class Pick(Widget, can_focus=True):
    """Lets one of several be chosen: arrows or space go through them, a letter to the next one that begins with it."""

    DEFAULT_CSS = """
    Pick { height: auto; background: $panel; }
    Pick:focus { background: $block-cursor-background; color: $block-cursor-foreground; }
    """

    def __init__(self, picks: tuple[str, ...], value: str, *, id: str) -> None:  # noqa: A002 - the toolkit's word
        super().__init__(id=id)
        self._picks = picks
        self._at = picks.index(value) if value in picks else 0
        self._in_a_row = len(picks) <= MOST_IN_A_ROW and sum(map(len, picks)) < 40

    @property
    def value(self) -> str:
        """What is chosen; empty when there is nothing to choose from."""
        return self._picks[self._at] if self._picks else ""

    def render(self) -> Text:
        """All choices, the chosen one with a mark."""
        words = [self._words(at) for at in range(len(self._picks))]
        return Text("   " if self._in_a_row else "\n").join(words)

    def _words(self, at: int) -> Text:
        chosen = at == self._at
        mark = "(*)" if chosen else "( )"
        return Text(f"{mark} {self._picks[at]}", Style(bold=True) if chosen else Style())

    def on_key(self, event: events.Key) -> None:
        """Choose another one."""
        steps = {"down": 1, "right": 1, "space": 1, "up": -1, "left": -1}
        if event.key in steps:
            self._choose(self._at + steps[event.key])
            event.stop()
        elif event.character and event.character.isalnum():
            self._choose(self._next_with(event.character.casefold()))
            event.stop()

    def on_click(self, event: events.Click) -> None:
        """Choose the one that was clicked."""
        if not self._in_a_row:
            self._choose(event.y)
            return
        begin = 0
        for at in range(len(self._picks)):
            end = begin + len(self._words(at)) + 3
            if begin <= event.x < end:
                self._choose(at)
            begin = end

    def _next_with(self, letter: str) -> int:
        count = len(self._picks)
        order = [(self._at + step) % count for step in range(1, count + 1)]
        return next((at for at in order if self._picks[at].casefold().startswith(letter)), self._at)

    def _choose(self, at: int) -> None:
        if self._picks:
            self._at = at % len(self._picks)
            self.refresh()
