"""Alerts: suspicious access or changes (clause 11.1)."""

from datetime import datetime
from typing import Final

from kiosk.console.gatehouse_told import AlertRow
from kiosk.console.gatehouse_wishes import SeenAlert
from kiosk.ui.gatehouse.view.forms import Field, Form, Given, Picked, Say, Step
from kiosk.ui.gatehouse.view.known import Known
from kiosk.ui.gatehouse.view.sheet import Column, Row, Sheet
from kiosk.ui.gatehouse.view.words import Fact, Piece, Tone, age, fact, when, when_and_ago

COLUMNS: Final = (
    Column("When", 12),
    Column("Ago", 6, right=True),
    Column("State", 8),
    Column("What", 12),
    Column("In words", 14),
)


def sheet(known: Known, now: datetime) -> Sheet:
    """The alerts as a list."""
    if known.alerts is None:
        return Sheet(COLUMNS, (), "The kiosk has not told the alerts yet.")
    return Sheet(COLUMNS, tuple(_row(row, known, now) for row in known.alerts.rows), "Nothing suspicious was found.")


def _row(row: AlertRow, known: Known, now: datetime) -> Row:
    at = row.at.timestamp()
    state = _state(row)
    cells = (
        Piece(when(row.at, known.zone, now)),
        Piece(age(row.at, now)),
        state,
        Piece(row.what, Tone.QUIET if row.seen_by else Tone.STRONG),
        Piece(row.text, Tone.QUIET if row.seen_by else Tone.PLAIN),
    )
    return Row(str(row.alert), cells, (at, -at, state.text, row.what, row.text))


def _state(row: AlertRow) -> Piece:
    return Piece(f"+ {row.seen_by}", Tone.QUIET) if row.seen_by else Piece("! NEW", Tone.BAD)


def facts(known: Known, key: str, now: datetime) -> tuple[Fact, ...]:
    """What is known of the row under the cursor."""
    row = row_of(known, key)
    if row is None:
        return ()
    seen = f"+ looked into by {row.seen_by}" if row.seen_by else "! nobody has looked into it yet"
    return (
        fact("State", seen, Tone.WELL if row.seen_by else Tone.BAD),
        fact("What", row.what, Tone.STRONG),
        fact("In words", row.text),
        fact("When", when_and_ago(row.at, known.zone, now)),
        fact("Number", str(row.alert)),
    )


def row_of(known: Known, key: str) -> AlertRow | None:
    """The alert of this key."""
    rows = known.alerts.rows if known.alerts else ()
    return next((row for row in rows if str(row.alert) == key), None)


def new(known: Known) -> int:
    """How many nobody has looked into yet."""
    return sum(not row.seen_by for row in known.alerts.rows) if known.alerts else 0


def seen(known: Known, picked: Picked) -> Step:
    """Somebody looked into it."""
    row = row_of(known, picked.key)
    if row is None:
        return Say("There is no alert under the cursor.")
    if row.seen_by:
        return Say(f"{row.seen_by} has looked into it already.")
    alert = row.alert

    def make(given: Given) -> SeenAlert:
        return SeenAlert(alert, given["note"])

    return Form(
        title="Somebody looked into this alert",
        button="Record it",
        fields=(Field("note", "What it was", required=True),),
        make=make,
        facts=(fact("What", row.what, Tone.STRONG), fact("In words", row.text)),
    )
