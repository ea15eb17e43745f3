"""What a browser shows in place of the console when there is no kiosk to speak to."""

from textual.app import App, ComposeResult
from textual.containers import Middle
from textual.widgets import Static


class NotReachedApp(App[None]):
    """Says why there is no console; any key ends it, and the page offers to open another one.

    Args:
        why: In a line.
    """

    TITLE = "Sealgate gatehouse"
    CSS = """
    Middle { width: 100%; height: 100%; }
    Static { width: 100%; text-align: center; padding: 1 4; }
    """

    def __init__(self, why: str) -> None:
        super().__init__()
        self._why = why

    def compose(self) -> ComposeResult:
        """The line, and how it goes on."""
        with Middle():
            yield Static(self._why, markup=False)
            yield Static("Press any key", markup=False)

    def on_key(self) -> None:
        """It was read."""
        self.exit()
