"""Incidents and their reports to Customs (clauses 12.2 and 12.3)."""

from datetime import datetime
from typing import Final

from kiosk.console.gatehouse_told import IncidentRow, OfferRow
from kiosk.console.gatehouse_wishes import CloseIncident, NoteIncident, OpenIncident, ReportIncident
from kiosk.ui.gatehouse.view import alerts, holds
from kiosk.ui.gatehouse.view.forms import Draft, Field, Form, Given, Kind, Picked, Say, Step
from kiosk.ui.gatehouse.view.known import Known
from kiosk.ui.gatehouse.view.sheet import Column, Row, Sheet
from kiosk.ui.gatehouse.view.words import Fact, Piece, Tone, age, fact, listed, some, when, when_and_ago

COLUMNS: Final = (
    Column("No.", 4, right=True),
    Column("When", 12),
    Column("Ago", 6, right=True),
    Column("State", 14),
    Column("What", 12),
    Column("In words", 10),
)
TO_BE_WRITTEN: Final = "[TO BE WRITTEN"
"""How a draft's gaps begin; a person fills each before the report goes out."""

_NONE: Final = "There is no incident under the cursor."
_OFFER: Final = "offer-"
"""How the key begins of what may be an incident, before its entry."""


def sheet(known: Known, now: datetime) -> Sheet:
    """What may be an incident, then the incidents, as a list."""
    if known.incidents is None:
        return Sheet(COLUMNS, (), "The kiosk has not told the incidents yet.")
    offers = tuple(_offer_row(row, known, now) for row in known.incidents.offers)
    rows = tuple(_row(row, known, now) for row in known.incidents.rows)
    return Sheet(COLUMNS, (*offers, *rows), "No incident is open, and none was closed lately.")


def _row(row: IncidentRow, known: Known, now: datetime) -> Row:
    state = state_of(row)
    cells = (
        Piece(str(row.incident)),
        Piece(when(row.at, known.zone, now)),
        Piece(age(row.at, now)),
        state,
        Piece(row.what, Tone.QUIET if row.closed else Tone.STRONG),
        Piece(row.text, Tone.QUIET if row.closed else Tone.PLAIN),
    )
    at = row.at.timestamp()
    order = (float(row.incident), at, -at, _urgency(row), row.what, row.text)
    return Row(str(row.incident), cells, order, " ".join((*row.notes, row.reported_how)))


def _offer_row(row: OfferRow, known: Known, now: datetime) -> Row:
    at = row.at.timestamp()
    cells = (
        Piece("?"),
        Piece(when(row.at, known.zone, now)),
        Piece(age(row.at, now)),
        Piece("? one or not?", Tone.WARN),
        Piece(row.what, Tone.STRONG),
        Piece(row.text),
    )
    return Row(f"{_OFFER}{row.entry}", cells, (0.0, at, -at, 1.0, row.what, row.text))


def state_of(row: IncidentRow) -> Piece:
    """How an incident stands."""
    if row.closed is not None:
        return Piece("+ closed" if row.reported else "+ closed, not reported", Tone.QUIET)
    if row.reported is not None:
        return Piece("+ reported", Tone.WELL)
    return Piece("! OVERDUE" if row.overdue else "! not reported", Tone.BAD if row.overdue else Tone.WARN)


def _urgency(row: IncidentRow) -> float:
    if row.closed is not None:
        return 4.0
    if row.reported is not None:
        return 3.0
    return 0.0 if row.overdue else 2.0


def facts(known: Known, key: str, now: datetime) -> tuple[Fact, ...]:
    """What is known of the row under the cursor."""
    if (offer := _offer_of(known, key)) is not None:
        return (
            fact("State", "? Is this an incident? 'n' opens one about it.", Tone.WARN),
            fact("What", offer.what, Tone.STRONG),
            fact("In words", offer.text),
            fact("When", when_and_ago(offer.at, known.zone, now)),
            fact("Entry", str(offer.entry)),
        )
    row = row_of(known, key)
    if row is None:
        return ()
    reported = row.reported
    return (
        Fact("State", state_of(row)),
        fact("What", row.what, Tone.STRONG),
        fact("In words", row.text),
        *(fact("Then", note) for note in row.notes),
        fact("Opened", when_and_ago(row.at, known.zone, now)),
        fact("Entries", listed(tuple(map(str, row.about)))),
        *(
            (fact("Reported", f"{when(reported, known.zone, now)} by {row.reported_by}, {row.reported_how}"),)
            if reported is not None
            else ()
        ),
        *((fact("Closed", when_and_ago(row.closed, known.zone, now)),) if row.closed is not None else ()),
    )


def row_of(known: Known, key: str) -> IncidentRow | None:
    """The incident of this key."""
    rows = known.incidents.rows if known.incidents else ()
    return next((row for row in rows if str(row.incident) == key), None)


def _offer_of(known: Known, key: str) -> OfferRow | None:
    offers = known.incidents.offers if known.incidents else ()
    return next((offer for offer in offers if f"{_OFFER}{offer.entry}" == key), None)


# --- what can be done ---------------------------------------------------------------------------------------


def opened(known: Known, picked: Picked) -> Step:
    """Open an incident, about what is offered where the cursor is on that."""
    offer = _offer_of(known, picked.key)
    if offer is not None:
        return _open(known, offer.what, offer.text, (offer.entry,))
    return _open(known, "", "", ())


def opened_about(known: Known, picked: Picked) -> Step:
    """Open an incident about a hold, or an alert."""
    if (hold := holds.row_of(known, picked.key)) is not None:
        where = f"{hold.headline} ({hold.reason}). Driver {hold.driver}, {hold.operator}. {listed(hold.units, '')}"
        return _open(known, "", where.strip(), (hold.entry,) if hold.entry else ())
    if (alert := alerts.row_of(known, picked.key)) is not None:
        return _open(known, "", f"{alert.what}: {alert.text}", ())
    return Say("There is nothing under the cursor that an incident could be about.")


def _open(known: Known, what: str, text: str, about: tuple[int, ...]) -> Step:
    kinds = known.incidents.kinds if known.incidents else ()

    def make(given: Given) -> OpenIncident:
        return OpenIncident(given["what"], given["text"], about)

    return Form(
        title="Open an incident",
        button="Open it",
        fields=(
            Field("what", "What it is", Kind.PICK, required=True, picks=kinds, value=what),
            Field("text", "In words", Kind.LINES, required=True, value=text),
        ),
        make=make,
        facts=(fact("About", listed(tuple(f"entry {entry}" for entry in about))),) if about else (),
    )


def note(known: Known, picked: Picked) -> Step:
    """Add what more is known."""
    row = row_of(known, picked.key)
    if row is None:
        return Say(_NONE)
    incident = row.incident

    def make(given: Given) -> NoteIncident:
        return NoteIncident(incident, given["text"])

    fields = (Field("text", "What more is known", Kind.LINES, required=True),)
    return Form(f"Add to incident {incident}", "Add it", fields, make, (fact("In words", row.text),))


def close(known: Known, picked: Picked) -> Step:
    """Close the incident."""
    row = row_of(known, picked.key)
    if row is None:
        return Say(_NONE)
    if row.closed is not None:
        return Say("It is closed already.")
    incident = row.incident

    def make(given: Given) -> CloseIncident:
        return CloseIncident(incident, given["text"])

    return Form(
        title=f"Close incident {incident}",
        button="Close it",
        fields=(Field("text", "How it ended", Kind.LINES, required=True),),
        make=make,
        facts=(fact("In words", row.text), Fact("State", state_of(row))),
        warning="" if row.reported else "It was not reported to Customs. Say why it need not be.",
    )


def report(known: Known, picked: Picked) -> Step:
    """Write the report."""
    row = row_of(known, picked.key)
    if row is None:
        return Say(_NONE)
    if row.reported is not None:
        return Say("It was reported already; 'm' adds what more is known.")
    return Draft(row.incident)


BY_MAIL: Final = "by mail: the site's mail server sends it now"
AS_FILE: Final = "as a file: the kiosk writes it, I send it"
TOLD: Final = "I have told Customs in another way"


def sending(incident: int, text: str) -> Form:
    """What is asked before a report goes out."""
    gaps = gaps_in(text)

    def make(given: Given) -> ReportIncident | str:
        how = {BY_MAIL: "mail", AS_FILE: "file"}.get(given["how"], given["other"].strip())
        return ReportIncident(incident, how, text) if how else "Say how Customs was told: by phone, and to whom."

    return Form(
        title=f"Report incident {incident} to Customs",
        button="Report it",
        fields=(
            Field("how", "How", Kind.PICK, required=True, picks=(BY_MAIL, AS_FILE, TOLD)),
            Field("other", "Told how", hint="only if in another way: how, and whom"),
        ),
        make=make,
        facts=(fact("Report", some(len(text.splitlines()), "line")),),
        warning=f"{some(len(gaps), 'place is', 'places are')} still {TO_BE_WRITTEN}]." if gaps else "",
    )


def gaps_in(text: str) -> tuple[int, ...]:
    """Where the gaps of a draft begin."""
    found, at = [], text.find(TO_BE_WRITTEN)
    while at >= 0:
        found.append(at)
        at = text.find(TO_BE_WRITTEN, at + 1)
    return tuple(found)


def gap_after(text: str, at: int) -> int | None:
    """Where the next gap begins after a place, or the first one; None when there is none."""
    gaps = gaps_in(text)
    return next((gap for gap in gaps if gap > at), gaps[0] if gaps else None)
