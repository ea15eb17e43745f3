"""A bare Textual app that imports third-party modules and shows one line: the peer of the kiosk's start.

usage: python -m scripts.benches.start_bare FILE WORDS     FILE is a JSON list of modules to import
"""

import importlib
import json
import sys
from pathlib import Path


def main(modules: Path, words: str) -> None:
    """Import the modules, then show the words."""
    for name in json.loads(modules.read_text(encoding="utf-8")):
        importlib.import_module(name)

    from textual.app import App, ComposeResult
    from textual.widgets import Static

    class BareApp(App[None]):
        """Shows one line."""

        def compose(self) -> ComposeResult:
            """The line."""
            yield Static(words)

    BareApp().run()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
