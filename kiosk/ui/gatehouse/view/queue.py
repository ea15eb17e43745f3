"""The verification queue: unattended uplifts that staff look at afterwards (clauses 5.3 and 8.17)."""

from datetime import datetime
from typing import Final

from kiosk.console.gatehouse import UpliftDetail
from kiosk.console.gatehouse_told import QueueRow
from kiosk.console.gatehouse_wishes import Dispute, Verify
from kiosk.ui.gatehouse.view.forms import Field, Form, Given, Look, Mark, Picked, Say, Step
from kiosk.ui.gatehouse.view.known import Known
from kiosk.ui.gatehouse.view.sheet import Column, Row, Sheet
from kiosk.ui.gatehouse.view.words import Fact, Piece, Tone, age, fact, listed, some, when, when_and_ago

COLUMNS: Final = (
    Column("", 1),
    Column("When", 12),
    Column("Ago", 6, right=True),
    Column("Container", 11),
    Column("Driver", 8),
    Column("Operator", 8),
    Column("What looks odd", 14),
)
CLEAN: Final = "+ clean"
"""What is said of an uplift with nothing odd."""
_MARKED, _MAY_NOT, _FREE = "*", "-", " "


def sheet(known: Known, marked: frozenset[str], now: datetime) -> Sheet:
    """The queue as a list."""
    if known.queue is None:
        return Sheet(COLUMNS, (), "The kiosk has not told the queue yet.")
    rows = tuple(_row(row, str(row.entry) in marked, known, now) for row in known.queue.rows)
    return Sheet(COLUMNS, rows, "Nothing waits for verification.")


def _row(row: QueueRow, marked: bool, known: Known, now: datetime) -> Row:
    tone = Tone.QUIET if row.mine else Tone.PLAIN
    mark = _MAY_NOT if row.mine else _MARKED if marked else _FREE
    cells = (
        Piece(mark, Tone.STRONG),
        Piece(when(row.at, known.zone, now), tone),
        Piece(age(row.at, now), Tone.BAD if row.overdue else tone),
        Piece(listed(row.units), Tone.STRONG),
        Piece(row.driver, tone),
        Piece(row.operator, tone),
        looks(row),
    )
    order = (mark, row.at.timestamp(), -row.at.timestamp(), cells[3].text, row.driver, row.operator, -_badness(row))
    return Row(str(row.entry), cells, order, " ".join((*row.seals, *row.odd, "odd" if row.odd else "")))


def looks(row: QueueRow) -> Piece:
    """What looks odd about an uplift, or that nothing does."""
    odd = f"! {'; '.join(row.odd)}" if row.odd else CLEAN
    if row.footage:
        odd += "; camera"
    if row.overdue:
        return Piece(f"! OVERDUE  {odd}", Tone.BAD)
    return Piece(odd, Tone.WARN if row.odd else Tone.WELL)


def _badness(row: QueueRow) -> float:
    return row.weight + (1_000_000 if row.overdue else 0)


def facts(known: Known, key: str, now: datetime) -> tuple[Fact, ...]:
    """What is known of the row under the cursor."""
    row = row_of(known, key)
    if row is None:
        return ()
    odd = tuple(fact("Odd", f"! {text}", Tone.WARN) for text in row.odd) or (fact("Odd", CLEAN, Tone.WELL),)
    return (
        *((fact("Overdue", f"! waits for longer than {_hours(known)} h", Tone.BAD),) if row.overdue else ()),
        *odd,
        *((fact("Camera", "! its footage must be looked at (clause 1.6)", Tone.WARN),) if row.footage else ()),
        *((fact("Not you", row.mine, Tone.WARN),) if row.mine else ()),
        fact("Container", listed(row.units), Tone.STRONG),
        fact("Seal", listed(row.seals), Tone.STRONG),
        fact("Driver", row.driver),
        fact("Operator", row.operator),
        fact("Signed", when_and_ago(row.at, known.zone, now)),
        fact("Entry", str(row.entry)),
    )


def _hours(known: Known) -> str:
    return f"{known.queue.overdue_h:g}" if known.queue else ""


def row_of(known: Known, key: str) -> QueueRow | None:
    """The uplift of this key, while it waits."""
    rows = known.queue.rows if known.queue else ()
    return next((row for row in rows if str(row.entry) == key), None)


def still(known: Known, marked: frozenset[str]) -> frozenset[str]:
    """The marks whose uplifts still wait: what another person settled is marked no more."""
    return frozenset(key for key in marked if row_of(known, key) is not None)


# --- what can be done ---------------------------------------------------------------------------------------


def mark(known: Known, picked: Picked) -> Step:
    """Mark a row, or take its mark away."""
    row = row_of(known, picked.key)
    if row is None:
        return Say("There is nothing to mark.")
    if row.mine:
        return Say(f"You may not verify this one: {row.mine}")
    return Mark(picked.marked ^ {picked.key}, onward=True)


def mark_clean(known: Known, picked: Picked) -> Step:
    """Mark every row on show that has nothing odd; when they are marked already, take the marks away."""
    rows = [row for key in picked.shown if (row := row_of(known, key)) is not None]
    clean = frozenset(str(row.entry) for row in rows if not row.weight and not row.odd and not row.mine)
    if not clean:
        return Say("Each of these has something odd: look at them one by one.")
    return Mark(picked.marked - clean if clean <= picked.marked else picked.marked | clean)


def look(_known: Known, picked: Picked) -> Step:
    """Show everything that is recorded of it."""
    return Look(int(picked.key)) if picked.key else Say("There is nothing to look at.")


_NOTES: Final = (
    Field("note", "Note", hint="may stay empty"),
    Field("camera", "Camera footage", hint="which, where you looked at it; may stay empty"),
)


_WITH_FOOTAGE: Final = (_NOTES[0], Field("camera", "Camera footage", required=True, hint="which you looked at"))
"""Of an uplift that is verified by the pictures alone (clause 1.6)."""


def verify(known: Known, picked: Picked) -> Step:
    """Verify what is marked, or else what is under the cursor."""
    keys = [key for key in picked.shown if key in picked.marked] or ([picked.key] if picked.key else [])
    rows = [row for key in keys if (row := row_of(known, key)) is not None]
    if not rows:
        return Say("Nothing waits here for verification.")
    if mine := next((row.mine for row in rows if row.mine), ""):
        return Say(f"You may not verify this one: {mine}")
    entries = tuple(row.entry for row in rows)

    def make(given: Given) -> Verify:
        return Verify(entries, given["note"], given["camera"])

    odd = [row for row in rows if row.odd]
    return Form(
        title=f"Verify {some(len(rows), 'uplift')}",
        button="Verify",
        fields=_WITH_FOOTAGE if any(row.footage for row in rows) else _NOTES,
        make=make,
        facts=_one(rows[0]) if len(rows) == 1 else _several(rows),
        warning=f"{len(odd)} of them: something looks odd. Look at it first." if odd and len(rows) > 1 else "",
        entry=rows[0].entry if len(rows) == 1 else 0,
    )


def _one(row: QueueRow) -> tuple[Fact, ...]:
    said = looks(row)
    return (
        fact("Container", listed(row.units), Tone.STRONG),
        fact("Driver", f"{row.driver}, {row.operator}"),
        Fact("Looks", said),
    )


def _several(rows: list[QueueRow]) -> tuple[Fact, ...]:
    units = tuple(unit for row in rows for unit in row.units)
    most = 6
    more = f" and {len(units) - most} more" if len(units) > most else ""
    return (fact("Containers", f"{listed(units[:most])}{more}"),)


def dispute(known: Known, picked: Picked) -> Step:
    """Raise a discrepancy."""
    row = row_of(known, picked.key)
    if row is None:
        return Say("Nothing waits here for verification.")
    if row.mine:
        return Say(f"You may not judge this one: {row.mine}")
    entry = row.entry

    def make(given: Given) -> Dispute:
        return Dispute(entry, given["note"], given["camera"])

    return Form(
        title="Raise a discrepancy",
        button="Raise it",
        fields=(
            Field("note", "What is wrong", required=True),
            Field("camera", "Camera footage", hint="which, where you looked at it; may stay empty"),
        ),
        make=make,
        facts=_one(row),
        warning="This opens an incident, which is reported to Customs unless it proves to be nothing (clause 12.3).",
        entry=entry,
    )


def detail(known: Known, shown: UpliftDetail) -> tuple[Fact, ...]:
    """Everything recorded of an uplift, with what is odd pointed out."""
    row = row_of(known, str(shown.entry))
    lines = tuple(
        Fact(line.label, Piece(f"! {line.text}", Tone.WARN) if line.odd else Piece(line.text)) for line in shown.lines
    )
    return (*((Fact("Looks", looks(row)),) if row else ()), *lines)


def detail_title(known: Known, shown: UpliftDetail) -> str:
    """What the detail is headed by: which one of how many, and how many of its lines are odd."""
    rows = known.queue.rows if known.queue else ()
    at = next((place for place, row in enumerate(rows, 1) if row.entry == shown.entry), 0)
    odd = sum(line.odd for line in shown.lines)
    place = f"{at} of {len(rows)} in the queue" if at else "no longer in the queue"
    return f"Uplift, entry {shown.entry}: {place}; {some(odd, 'odd line') if odd else 'nothing odd'}"
