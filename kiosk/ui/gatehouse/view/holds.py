"""Trucks that are held, and what can be said to a driver."""

from datetime import datetime
from typing import Final

from kiosk.console.gatehouse_told import HoldRow
from kiosk.console.gatehouse_wishes import ReleaseHold, ReplaceSeal, Speak, TurnAway
from kiosk.ui.gatehouse.view.forms import SECOND_FIELDS, Field, Form, Given, Kind, Picked, Say, Step, second_of
from kiosk.ui.gatehouse.view.known import Known
from kiosk.ui.gatehouse.view.sheet import Column, Row, Sheet
from kiosk.ui.gatehouse.view.words import Fact, Piece, Tone, age, fact, listed, when, when_and_ago

COLUMNS: Final = (
    Column("When", 12),
    Column("Ago", 6, right=True),
    Column("Driver is", 9),
    Column("Driver", 8),
    Column("Operator", 8),
    Column("Why", 14),
)
_NONE: Final = "There is no hold under the cursor."


def sheet(known: Known, now: datetime) -> Sheet:
    """The open holds as a list."""
    if known.holds is None:
        return Sheet(COLUMNS, (), "The kiosk has not told the holds yet.")
    return Sheet(COLUMNS, tuple(_row(row, known, now) for row in known.holds.rows), "Nobody is held.")


def _row(row: HoldRow, known: Known, now: datetime) -> Row:
    cells = (
        Piece(when(row.since, known.zone, now)),
        Piece(age(row.since, now)),
        _place(row),
        Piece(row.driver, Tone.STRONG),
        Piece(row.operator),
        Piece(f"! {row.headline}", Tone.BAD),
    )
    at = row.since.timestamp()
    order = (at, -at, float(not row.at_kiosk), row.driver, row.operator, row.reason)
    return Row(row.visit, cells, order, " ".join((row.reason, row.clause, *row.units, *row.seals)))


def _place(row: HoldRow) -> Piece:
    return Piece("! AT KIOSK", Tone.BAD) if row.at_kiosk else Piece("aside")


def facts(known: Known, key: str, now: datetime) -> tuple[Fact, ...]:
    """What is known of the row under the cursor."""
    row = row_of(known, key)
    if row is None:
        return ()
    return (
        fact("Why", f"! {row.headline}", Tone.BAD),
        fact("Reason", f"{row.reason}, clause {row.clause}"),
        fact("Driver", f"{row.driver}, {row.operator}", Tone.STRONG),
        Fact("Driver is", _place(row)),
        *_units(row),
        *((fact("On screen", row.message, Tone.STRONG),) if row.message else ()),
        fact("Since", when_and_ago(row.since, known.zone, now)),
        fact("Entry", str(row.entry) if row.entry else "on its way to the ledger"),
    )


def _units(row: HoldRow) -> tuple[Fact, ...]:
    """Each unit with the seal number that the driver gave, which may be none."""
    seals = (*row.seals, *[""] * len(row.units))
    pairs = zip(row.units, seals, strict=False)
    return tuple(fact("Container", f"{unit}, seal {seal or 'not given'}", Tone.STRONG) for unit, seal in pairs)


def row_of(known: Known, key: str) -> HoldRow | None:
    """The hold of this key, while it is open."""
    rows = known.holds.rows if known.holds else ()
    return next((row for row in rows if row.visit == key), None)


# --- what can be done ---------------------------------------------------------------------------------------


def release(known: Known, picked: Picked) -> Step:
    """Release the hold, with a second person."""
    row = row_of(known, picked.key)
    if row is None:
        return Say(_NONE)
    visit = row.visit

    def make(given: Given) -> ReleaseHold:
        return ReleaseHold(visit, given["reason"], second_of(given))

    return Form(
        title=f"Release the hold of {row.driver}",
        button="Release",
        fields=(Field("reason", "How it was settled", required=True), *SECOND_FIELDS),
        make=make,
        facts=_short(row),
    )


def turn_away(known: Known, picked: Picked) -> Step:
    """Turn the truck away."""
    row = row_of(known, picked.key)
    if row is None:
        return Say(_NONE)
    visit = row.visit

    def make(given: Given) -> TurnAway:
        return TurnAway(visit, given["reason"])

    fields = (Field("reason", "Why", required=True),)
    return Form(f"Turn {row.driver} away without the load", "Turn away", fields, make, _short(row))


def replace(known: Known, picked: Picked) -> Step:
    """Replace a damaged seal by another."""
    row = row_of(known, picked.key)
    if row is None:
        return Say(_NONE)
    if not row.replaceable:
        return Say("No seal of this hold can be replaced: its reason is another.")
    visit = row.visit

    def make(given: Given) -> ReplaceSeal:
        return ReplaceSeal(visit, given["unit"], given["old"], given["new"], given["reason"], second_of(given))

    known_seal = row.seals[0] if len(row.units) == 1 and row.seals else ""
    return Form(
        title="Replace a seal",
        button="Replace",
        fields=(
            Field("unit", "Container", Kind.PICK, required=True, picks=row.units),
            Field("old", "Old seal number", required=True, value=known_seal, hint="as it stands on the damaged seal"),
            Field("new", "New seal number", required=True, hint="as it stands on the new seal"),
            Field("reason", "Why", required=True),
            *SECOND_FIELDS,
        ),
        make=make,
        facts=_short(row),
        warning="Both numbers go into the seal register, linked (clause 8.10). Then the hold ends.",
    )


def _short(row: HoldRow) -> tuple[Fact, ...]:
    return (
        fact("Why", f"! {row.headline} ({row.reason}, clause {row.clause})", Tone.BAD),
        fact("Driver", f"{row.driver}, {row.operator}"),
        fact("Containers", listed(row.units)),
    )


def speak(known: Known, _picked: Picked) -> Step:
    """Show the driver at the kiosk a message."""
    on_screen = known.gate.message if known.gate else ""
    lane = known.gate.lane if known.gate else ""

    def make(given: Given) -> Speak:
        return Speak(given["text"])

    return Form(
        title="Show the driver at the kiosk a message",
        button="Show it",
        fields=(Field("text", "Message", value=on_screen, hint="empty takes the message away"),),
        make=make,
        facts=(fact("At the kiosk", lane or "nobody"), fact("On screen", on_screen or "no message")),
    )
