"""Everyone who is to be called at the assembly point, and containers that are to be repacked (clause 9.1)."""

import re
from datetime import datetime
from typing import Final

from kiosk.console.gatehouse_told import PersonRow
from kiosk.console.gatehouse_wishes import BeginEvacuation, EndEvacuation, NotSafe, Repacked, Safe
from kiosk.ui.gatehouse.view.forms import Ask, Field, Form, Given, Kind, Picked, Say, Step
from kiosk.ui.gatehouse.view.known import Known
from kiosk.ui.gatehouse.view.on_site import NOBODY, row_of, who
from kiosk.ui.gatehouse.view.sheet import Column, Row, Sheet
from kiosk.ui.gatehouse.view.words import Piece, Tone, fact, listed, some, when, when_and_ago

ROLL: Final = (
    Column("Seen", 8),
    Column("Name", 12),
    Column("Who", 10),
    Column("Company", 8),
    Column("Since", 12),
    Column("What for", 10),
)


def roll(known: Known, now: datetime) -> Sheet:
    """The list to be called at the assembly point: who is missing first."""
    if known.on_site is None:
        return Sheet(ROLL, (), "The kiosk has not told who is on site yet.")
    people = sorted(known.on_site.people, key=lambda row: (row.safe, row.name.casefold()))
    return Sheet(ROLL, tuple(_roll_row(row, known, now) for row in people), "Nobody is on site.")


def _roll_row(row: PersonRow, known: Known, now: datetime) -> Row:
    seen = "[x] SAFE" if row.safe else "[ ]" if known.evacuation else ""
    tone = Tone.QUIET if row.safe else Tone.STRONG
    cells = (
        Piece(seen, Tone.WELL if row.safe else Tone.BAD),
        Piece(row.name, tone),
        Piece(row.what, tone),
        Piece(row.company, tone),
        Piece(when(row.since, known.zone, now), tone),
        Piece(row.detail, tone),
    )
    order = (float(row.safe), row.name, row.what, row.company, row.since.timestamp(), row.detail)
    return Row(row.key, cells, order, "safe" if row.safe else "missing")


def counted(known: Known) -> tuple[int, int]:
    """How many are safe, and how many are on the list."""
    people = known.on_site.people if known.on_site else ()
    return sum(row.safe for row in people), len(people)


def roll_title(known: Known, now: datetime) -> Piece:
    """What stands over the list to be called."""
    safe, of = counted(known)
    if known.evacuation is None:
        return Piece(f"No evacuation is on. {some(of, 'person', 'people')} on site. 'b' begins one.", Tone.PLAIN)
    since = f"EVACUATION since {when_and_ago(known.evacuation, known.zone, now)}"
    if safe == of:
        return Piece(f"{since}: all {of} were seen", Tone.WELL)
    return Piece(f"{since}: {safe} of {of} seen, {of - safe} MISSING", Tone.BAD)


def begin(known: Known, _picked: Picked) -> Step:
    """Begin an evacuation."""
    if known.evacuation is not None:
        return Say("An evacuation is on already.")

    def make(given: Given) -> BeginEvacuation:
        return BeginEvacuation(given["reason"])

    return Form(
        title="Begin an evacuation",
        button="Begin",
        fields=(Field("reason", "Why", value="Alarm", required=True),),
        make=make,
        facts=(fact("On site", some(counted(known)[1], "person", "people"), Tone.STRONG),),
        warning="Everybody on site counts as to be called. It is recorded.",
    )


def safe(known: Known, picked: Picked) -> Step:
    """Someone was seen at the assembly point; who was seen already is called again, once that is confirmed."""
    row = row_of(known, picked.key)
    if row is None:
        return Say(NOBODY)
    if known.evacuation is None:
        return Say("No evacuation is on; 'b' begins one.")
    return _not_safe(row) if row.safe else Ask(Safe(row.key))


def _not_safe(row: PersonRow) -> Form:
    def make(_given: Given) -> NotSafe:
        return NotSafe(row.key)

    return Form(
        title=f"{row.name} was not seen after all",
        button="Call again",
        fields=(),
        make=make,
        facts=(fact("Name", row.name, Tone.STRONG), fact("Who", who(row))),
        warning="They count as MISSING again. That they were ticked off stays recorded, and so does this.",
    )


def end(known: Known, _picked: Picked) -> Step:
    """The evacuation is over."""
    if known.evacuation is None:
        return Say("No evacuation is on.")
    seen, of = counted(known)

    def make(given: Given) -> EndEvacuation:
        return EndEvacuation(numbers_in(given["partly"]))

    return Form(
        title="The evacuation is over",
        button="It is over",
        fields=(
            Field(
                "partly",
                "Partly loaded",
                Kind.LINES,
                hint="numbers of containers that stood partly loaded and unwatched; leave it empty when none did",
            ),
        ),
        make=make,
        facts=(fact("Seen", f"{seen} of {of}", Tone.STRONG),),
        warning=_end_warning(seen, of),
    )


def _end_warning(seen: int, of: int) -> str:
    missing = f"{of - seen} MISSING. " if seen < of else ""
    return f"{missing}Partly loaded containers that nobody watched must be repacked (clause 9.1)."


def numbers_in(text: str) -> tuple[str, ...]:
    """Container numbers, one a line or with commas between; spaces within one are dropped."""
    return tuple(number for each in re.split(r"[,;\n]", text) if (number := "".join(each.split()).upper()))


def repacked(known: Known, _picked: Picked) -> Step:
    """A container was repacked."""
    waiting = known.on_site.to_repack if known.on_site else ()
    if not waiting:
        return Say("No container waits to be repacked.")

    def make(given: Given) -> Repacked:
        return Repacked(given["unit"], given["note"])

    return Form(
        title="A container was repacked",
        button="Record it",
        fields=(
            Field("unit", "Container", Kind.PICK, required=True, picks=waiting),
            Field("note", "By whom, and how", required=True, hint="emptied, looked through, packed anew"),
        ),
        make=make,
        facts=(fact("To repack", listed(waiting), Tone.WARN),),
    )
