"""A small console for the tests of the server around it: a real Textual app, which does what a word says."""

import os
import sys
import time
from io import BytesIO
from typing import Final

from textual.app import App, ComposeResult
from textual.widgets import Input, Label, Static

from kiosk.web.app_side import LOGGED_OFF, LOGGED_ON, settle_in, tell, where_from

COMMAND: Final = (sys.executable, "-P", "-m", "tests.web.small_app")
SITE: Final = "Ōtāhuhu load site"
PASSWORD: Final = "correct horse battery staple"
DOCUMENT: Final = b"entry,unit\r\n" * 20_000


class SmallApp(App[None]):
    """Says what it was told, and does some of it."""

    def __init__(self, report: int) -> None:
        super().__init__()
        self.report = report

    def compose(self) -> ComposeResult:
        yield Label(SITE)
        yield Input(placeholder="a word")
        yield Static(id="said")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.input.value = ""
        self.query_one("#said", Static).update(self.done(event.value))

    def done(self, word: str) -> str:
        """Do what a word says."""
        match word:
            case "where":
                return where_from()
            case "environment":
                return " ".join(sorted(os.environ))
            case "size":
                return f"size {self.size.width} by {self.size.height}"
            case "process":
                return f"process {os.getpid()}."
            case "log on":
                tell(self.report, LOGGED_ON)
            case "log off":
                tell(self.report, LOGGED_OFF)
            case "document":
                self.deliver_binary(BytesIO(DOCUMENT), save_filename='q u"eue.html', mime_type="text/html")
            case "leave":
                self.exit()
            case "crash":
                secret = PASSWORD
                raise RuntimeError(f"the app failed over {len(secret)} letters")
            case "hang":
                self.driver_hangs()
            case "flood":
                self.set_interval(0.001, self.fill)
        return f"said: {word}"

    def driver_hangs(self) -> None:
        """Do nothing any more, whatever is asked."""
        while True:
            time.sleep(600)

    def fill(self) -> None:
        """Show something large that was not there before."""
        self.query_one("#said", Static).update(f"{time.monotonic()} " * 2_000)


if __name__ == "__main__":
    app = SmallApp(settle_in())
    app.run()
    sys.exit(app.return_code)
