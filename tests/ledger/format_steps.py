"""Formats that exist in the tests alone, to prove the frame that takes a ledger from one to the next and back."""

import json
from pathlib import Path

from kiosk.durable import write_file
from kiosk.ledger import form
from kiosk.ledger.form import Form
from kiosk.ledger.history import History
from kiosk.ledger.migrations import Step
from kiosk.ledger.migrations.migrate import migrate
from kiosk.ledger.segments import Segment

TALLY = "tally.json"


def tally(folder: Path) -> None:
    """Format 3 counts each closed segment's bytes in a file beside."""
    history = History.of(folder)
    counted = {first: sum(map(len, history.lines(first))) for first in history.firsts}
    write_file(folder / TALLY, json.dumps(counted).encode())


def untally(folder: Path) -> None:
    """Whatever was appended since is in the journal as it always is."""
    (folder / TALLY).unlink()


def nothing(_folder: Path) -> None:
    """Format 4 only adds what a newer program writes later."""


def forge(folder: Path) -> None:
    """A step that is wrong: it alters an entry."""
    journal = folder / Segment(History.of(folder).end).name
    journal.write_bytes(journal.read_bytes().replace(b'"tug":true', b'"tug":null', 1))


def lose(folder: Path) -> None:
    """A step that is wrong: it loses the last entry, and what would witness it."""
    journal = folder / Segment(History.of(folder).end).name
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:-1]))
    (folder / "head.json").unlink()


BREAKING = Step(Form(2, 2), Form(3, 3), tally, untally)
ADDING = Step(Form(3, 3), Form(4, 3), nothing, nothing)
STEPS = (BREAKING, ADDING)


def main(data: str, to: str) -> None:
    """A newer program, which knows all of these, takes the ledger of a data folder to a format."""
    form.NEWEST = 4
    migrate(Path(data) / "ledger", int(to), "2026-01-31T09:05:00.000Z", STEPS)
