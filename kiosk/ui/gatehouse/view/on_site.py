"""Who is on site, and visitors' signing in and out (clauses 3.1, 4.1 and 5.2)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from kiosk.console.gatehouse_told import PersonRow
from kiosk.console.gatehouse_wishes import (
    CheckVisitor,
    SignInVisitor,
    SignOutVisitor,
)
from kiosk.ui.gatehouse.view.forms import NO, YES, Field, Form, Given, Kind, Picked, Say, Step, yes
from kiosk.ui.gatehouse.view.known import Known
from kiosk.ui.gatehouse.view.sheet import Column, Row, Sheet
from kiosk.ui.gatehouse.view.words import Fact, Piece, Tone, age, fact, when, when_and_ago

COLUMNS: Final = (
    Column("Who", 10),
    Column("Name", 12),
    Column("Company", 8),
    Column("Since", 12),
    Column("For", 6, right=True),
    Column("Badge", 5),
    Column("What for", 10),
)
NOBODY: Final = "There is nobody under the cursor."


def sheet(known: Known, now: datetime) -> Sheet:
    """Who is on site, as a list: whom nobody has checked stands first."""
    if known.on_site is None:
        return Sheet(COLUMNS, (), "The kiosk has not told who is on site yet.")
    people = sorted(known.on_site.people, key=lambda row: not row.unchecked)
    return Sheet(COLUMNS, tuple(_row(row, known, now) for row in people), "Nobody is on site.")


def _row(row: PersonRow, known: Known, now: datetime) -> Row:
    at = row.since.timestamp()
    tone = Tone.WARN if row.long else Tone.PLAIN
    marks = [mark for mark, is_so in (("NOT CHECKED", row.unchecked), ("LONG", row.long)) if is_so]
    cells = (
        Piece(f"! {row.what}", Tone.WARN) if row.unchecked else Piece(row.what),
        Piece(row.name, Tone.STRONG),
        Piece(row.company),
        Piece(when(row.since, known.zone, now), tone),
        Piece(age(row.since, now), tone),
        Piece(row.badge),
        Piece("  ".join((*(f"! {mark}" for mark in marks), row.detail)).rstrip(), Tone.WARN if marks else tone),
    )
    order = (row.what, row.name, row.company, at, -at, row.badge, row.detail)
    return Row(row.key, cells, order)


def facts(known: Known, key: str, now: datetime) -> tuple[Fact, ...]:
    """What is known of the row under the cursor."""
    row = row_of(known, key)
    if row is None:
        return ()
    return (
        fact("Name", row.name, Tone.STRONG),
        fact("Who", who(row)),
        fact("What for", row.detail or "not said"),
        *((fact("Badge", row.badge),) if row.badge else ()),
        *((fact("Identity", "! not checked: signed in alone at the kiosk", Tone.WARN),) if row.unchecked else ()),
        fact("Since", when_and_ago(row.since, known.zone, now)),
        *((fact("Long", "! on site for longer than the site expects", Tone.WARN),) if row.long else ()),
        *((fact("Seen", "+ at the assembly point", Tone.WELL),) if row.safe else ()),
    )


def who(row: PersonRow) -> str:
    """What somebody is, and for whom they come."""
    return f"{row.what}, {row.company}" if row.company else row.what


def row_of(known: Known, key: str) -> PersonRow | None:
    """The person of this key, while they are on site."""
    people = known.on_site.people if known.on_site else ()
    return next((row for row in people if row.key == key), None)


def unchecked(known: Known) -> int:
    """How many signed in alone and were not checked yet."""
    return sum(row.unchecked for row in known.on_site.people) if known.on_site else 0


# --- visitors -----------------------------------------------------------------------------------------------

VISITOR, CONTRACTOR = "visitor", "contractor"

_SEEN: Final = "Record it when you have seen an identity card with this name (clause 3.1)."
_CHECK_WARNINGS: Final[Mapping[str, str]] = {
    VISITOR: _SEEN,
    CONTRACTOR: f"{_SEEN} What they say at the kiosk is no induction: look it up (clause 2.8).",
}


def sign_in(_known: Known, _picked: Picked) -> Step:
    """Sign a visitor or contractor in."""

    def make(given: Given) -> SignInVisitor:
        return SignInVisitor(
            name=given["name"],
            company=given["company"],
            host=given["host"],
            purpose=given["purpose"],
            contractor=given["what"] == CONTRACTOR,
            inducted=yes(given, "inducted"),
            badge=given["badge"],
        )

    return Form(
        title="Sign a visitor or contractor in",
        button="Sign in",
        fields=(
            Field("what", "Who", Kind.PICK, required=True, picks=(VISITOR, CONTRACTOR), value=VISITOR),
            Field("name", "Name", required=True, hint="as on the identity card that you saw"),
            Field("company", "Company", required=True),
            Field("host", "Visits", required=True, hint="who goes with them"),
            Field("purpose", "What for", required=True),
            Field("inducted", "Inducted", Kind.PICK, required=True, picks=(YES, NO), value=NO),
            Field("badge", "Badge", hint="the number on it; empty when none was lent"),
        ),
        make=make,
    )


def check(known: Known, picked: Picked) -> Step:
    """Staff see somebody who signed in alone at the kiosk."""
    row = row_of(known, picked.key)
    if row is None:
        return Say(NOBODY)
    if not row.visitor:
        return Say(f"{row.name} is no visitor: a {row.what} is known by their card or account.")
    if not row.unchecked:
        return Say(f"{row.name} was checked already.")
    visitor = row.visitor
    inducted = Field("inducted", "Inducted", Kind.PICK, required=True, picks=(YES, NO), value=NO)

    def make(given: Given) -> CheckVisitor:
        return CheckVisitor(visitor, inducted=given.get("inducted", NO) == YES, badge=given["badge"])

    return Form(
        title=f"Check {row.name}, who signed in alone",
        button="Checked",
        fields=(
            *((inducted,) if row.what == CONTRACTOR else ()),
            Field("badge", "Badge", value=row.badge, hint="the number on it; empty when none was lent"),
        ),
        make=make,
        facts=(fact("Name", row.name, Tone.STRONG), fact("Company", row.company), fact("What for", row.detail)),
        warning=_CHECK_WARNINGS[row.what],
    )


def sign_out(known: Known, picked: Picked) -> Step:
    """Sign a visitor out."""
    row = row_of(known, picked.key)
    if row is None:
        return Say(NOBODY)
    if not row.visitor:
        return Say(f"{row.name} is no visitor: a {row.what} leaves through the gate.")
    visitor = row.visitor

    def make(given: Given) -> SignOutVisitor:
        return SignOutVisitor(visitor, badge_returned=given.get("badge", NO) == YES)

    badge = (Field("badge", f"Badge {row.badge} came back", Kind.PICK, required=True, picks=(YES, NO), value=YES),)
    return Form(
        title=f"Sign {row.name} out",
        button="Sign out",
        fields=badge if row.badge else (),
        make=make,
        facts=(fact("Company", row.company), fact("Badge", row.badge or "none was lent")),
    )
