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
        deed = getattr(self, "do_" + word.replace(" ", "_"), None)
        said = deed() if deed is not None else None
        return said if isinstance(said, str) else f"said: {word}"

    def do_where(self) -> str:
        return where_from()

    def do_environment(self) -> str:
        return " ".join(sorted(os.environ))

    def do_size(self) -> str:
        return f"size {self.size.width} by {self.size.height}"

    def do_process(self) -> str:
        return f"process {os.getpid()}."

    def do_log_on(self) -> None:
        tell(self.report, LOGGED_ON)

    def do_log_off(self) -> None:
        tell(self.report, LOGGED_OFF)

    def do_document(self) -> None:
        self.deliver_binary(BytesIO(DOCUMENT), save_filename='q u"eue.html', mime_type="text/html")

    def do_leave(self) -> None:
        self.exit()

    def do_crash(self) -> None:
        secret = PASSWORD
        raise RuntimeError(f"the app failed over {len(secret)} letters")

    def do_flood(self) -> None:
        self.set_interval(0.001, self.fill)

    def do_hang(self) -> str:
        self.call_after_refresh(self.hang)
        return "it hangs now"

    def hang(self) -> None:
        """Do nothing more, not even end."""
        while True:
            time.sleep(600)

    def fill(self) -> None:
        """Show something large that was not there before."""
        self.query_one("#said", Static).update(f"{time.monotonic()} " * 2_000)


if __name__ == "__main__":
    app = SmallApp(settle_in())
    app.run()
    sys.exit(app.return_code)
