"""Everything that a person can do at a staff console: one table of keys, words and who may.

The footer, the help, the command palette and docs/gatehouse.md are made from it or held to it.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final

from msgspec import Struct

from kiosk.console.gatehouse_told import LoggedOn


class Place(Enum):
    """Where a person is, named as its tab is."""

    GATE = "Gate"
    QUEUE = "Queue"
    HOLDS = "Holds"
    INCIDENTS = "Incidents"
    ON_SITE = "On site"
    ALERTS = "Alerts"
    ACCOUNTS = "Accounts"
    EVACUATION = "Evacuation"
    DETAIL = "Uplift"
    """Everything that is recorded of one uplift, over the queue."""


TABS: Final = tuple(Place)[:-1]
"""The places that have a tab, by number from 1."""

LISTS: Final = tuple(place for place in TABS if place is not Place.GATE)
"""The places that show a list."""

GO: Final[Mapping[str, Place]] = {f"go_{place.name.lower()}": place for place in TABS if place is not Place.EVACUATION}
"""The deeds that only lead to a place."""

ABOUT: Final[Mapping[Place, str]] = {
    Place.GATE: "All that stands, at a glance: what waits for you, the gate, its parts, the last backup.",
    Place.QUEUE: (
        "Drivers uplift while nobody is on duty. Staff look at each such uplift afterwards: was it what it "
        "should be? (clauses 5.3 and 8.17)"
    ),
    Place.HOLDS: (
        "Trucks that the gate held, each with its reason and its clause. Two people release a hold; a damaged seal is "
        "replaced and both numbers are kept (clause 8.10)."
    ),
    Place.INCIDENTS: (
        "What may compromise goods, package or container is reported to Customs (clauses 12.2 and 12.3)."
    ),
    Place.ON_SITE: "Who is on site, whom they visit and since when (clauses 3.1, 4.1 and 5.2).",
    Place.ALERTS: "Suspicious access or changes, which somebody has to look into (clause 11.1).",
    Place.ACCOUNTS: "Passwords are each person's own and are changed periodically (clauses 2.4 and 11.2).",
    Place.EVACUATION: (
        "Who is to be called at the assembly point. A container that stood partly loaded and unwatched "
        "must be repacked (clause 9.1)."
    ),
    Place.DETAIL: "Everything that was recorded of one uplift; what is odd comes with a mark (clauses 8.15 and 8.17).",
}


class Deed(Struct, frozen=True):
    """Something that a person can do.

    Attributes:
        name: Its name in the code.
        keys: The keys that do it; the first one is told. None for what the command palette alone offers.
        label: For the footer, a word or two.
        text: For help and palette, in a line.
        places: Where; everywhere when there are none.
        needs: What the role must allow, as `LoggedOn.may` names it; empty when everybody may.
        footer: How soon the footer does without it where room is short, 1 the latest; 0: it never stands there.
    """

    name: str
    keys: tuple[str, ...]
    label: str
    text: str
    places: tuple[Place, ...] = ()
    needs: str = ""
    footer: int = 1


DEEDS: Final = (
    # --- the queue, and one uplift of it ---
    Deed("mark", ("space",), "mark", "Mark this uplift, or take its mark away", (Place.QUEUE,), "verify an uplift"),
    Deed("mark_clean", ("a",), "clean", "Mark all on show that have nothing odd, or take the marks away",
         (Place.QUEUE,), "verify an uplift"),
    Deed("look", ("enter",), "look", "Show everything that is recorded of this uplift", (Place.QUEUE,), footer=2),
    Deed("verify", ("v",), "verify", "Verify all that are marked, or else the one under the cursor",
         (Place.QUEUE, Place.DETAIL), "verify an uplift"),
    Deed("dispute", ("d",), "dispute", "It was not what it should be: raise a discrepancy, which opens an incident",
         (Place.QUEUE, Place.DETAIL), "raise a discrepancy"),
    Deed("next", ("n", "right"), "next", "Go to the next uplift of the queue", (Place.DETAIL,)),
    Deed("previous", ("p", "left"), "previous", "Go to the uplift before", (Place.DETAIL,)),
    # --- holds, and the driver at the kiosk ---
    Deed("release", ("r",), "release", "What was wrong is settled: release the hold, with a second person",
         (Place.HOLDS,), "release a hold"),
    Deed("replace", ("p",), "replace", "Replace a damaged seal by another, with a second person", (Place.HOLDS,),
         "replace a seal"),
    Deed("turn_away", ("t",), "turn away", "Turn the truck away without its load", (Place.HOLDS,),
         "turn a truck away"),
    Deed("speak", ("m",), "message", "Show the driver at the kiosk a message, or take it away",
         (Place.GATE, Place.HOLDS), "speak to the driver"),
    # --- incidents ---
    Deed("incident", ("n",), "new", "Open an incident", (Place.INCIDENTS,), "open an incident"),
    Deed("incident_here", ("i",), "incident", "Open an incident about what is under the cursor",
         (Place.HOLDS, Place.ALERTS), "open an incident"),
    Deed("note", ("m",), "add", "Add what more is known of this incident", (Place.INCIDENTS,), "open an incident"),
    Deed("report", ("r",), "report", "Write the report to Customs from its draft, and send it", (Place.INCIDENTS,),
         "report an incident"),
    Deed("close", ("c",), "close", "Close the incident: nothing is left to do about it", (Place.INCIDENTS,),
         "close an incident"),
    # --- who is on site ---
    Deed("sign_in", ("n",), "sign in", "Sign a visitor or contractor in", (Place.ON_SITE,),
         "sign visitors in and out"),
    Deed("check", ("c",), "check", "Check who signed in alone: who they are, their induction, their badge",
         (Place.ON_SITE,), "sign visitors in and out"),
    Deed("sign_out", ("u",), "sign out", "Sign this visitor or contractor out", (Place.ON_SITE,),
         "sign visitors in and out"),
    # --- evacuation ---
    Deed("safe", ("space",), "safe", "This person was seen at the assembly point, or was not after all",
         (Place.EVACUATION,),
         "begin or end an evacuation"),
    Deed("begin", ("b",), "begin", "Begin an evacuation: everybody leaves the buildings", (Place.EVACUATION,),
         "begin or end an evacuation"),
    Deed("end", ("f",), "finish", "The evacuation is over; name the containers that stood partly loaded",
         (Place.EVACUATION,), "begin or end an evacuation"),
    Deed("print", ("p",), "print", "Print the list of everyone on site", (Place.EVACUATION,)),
    Deed("repacked", ("k",), "repacked", "A container that stood partly loaded was packed anew",
         (Place.ON_SITE, Place.EVACUATION), "record a repacked container"),
    # --- alerts and accounts ---
    Deed("seen", ("v",), "seen", "Somebody looked into this alert", (Place.ALERTS,), "acknowledge an alert"),
    Deed("add_account", ("n",), "add", "Give a member of staff an account", (Place.ACCOUNTS,), "keep the accounts"),
    Deed("reset", ("r",), "reset", "Unlock the account and have its password chosen anew", (Place.ACCOUNTS,),
         "keep the accounts"),
    Deed("disable", ("d",), "disable", "Take the account out of use", (Place.ACCOUNTS,), "keep the accounts"),
    # --- every list ---
    Deed("facts", ("enter",), "look", "Show all that is known of the row under the cursor",
         (Place.HOLDS, Place.INCIDENTS, Place.ON_SITE, Place.ALERTS, Place.ACCOUNTS), footer=0),
    Deed("filter", ("slash",), "filter", "Show only rows with these words; escape shows all", LISTS,
         footer=3),
    Deed("sort", ("s",), "sort", "Sort by the next column", LISTS, footer=0),
    Deed("backwards", ("S",), "backwards", "Sort the other way round", LISTS, footer=0),
    Deed("export", ("x",), "export", "Write the whole list as a file: CSV, the evacuation list as a page", LISTS,
         "export what is on show", footer=0),
    # --- everywhere ---
    *(Deed(name, (str(number),), place.value, f"Go to {place.value}", footer=0)
      for number, (name, place) in enumerate(GO.items(), 1)),
    Deed("evacuation", ("f9", "e", "8"), "evacuate", "The list of everyone on site, to be called: from everywhere"),
    Deed("duty", ("o",), "duty", "Sign on for duty, or off", needs="sign on for duty", footer=0),
    Deed("help", ("question_mark", "f1"), "help", "What can be done here, and what it is about"),
    Deed("palette", ("colon", "ctrl+p"), "find", "Find everything that can be done by its words", footer=5),
    Deed("theme", ("f4",), "light or dark", "Light or dark", footer=0),
    Deed("password", (), "password", "Give yourself another password"),
    Deed("log_off", ("q",), "log off", "Log off", footer=4),
    Deed("leave", ("ctrl+q",), "leave", "End this console; the kiosk goes on", footer=0),
)  # fmt: skip
"""Every one, in the order in which footer and help show them."""

BY_NAME: Final[Mapping[str, Deed]] = {deed.name: deed for deed in DEEDS}

_SHOWN: Final[Mapping[str, str]] = {
    "slash": "/", "question_mark": "?", "colon": ":", "space": "space", "ctrl+p": "^p", "ctrl+q": "^q", "f1": "F1",
    "f4": "F4", "f9": "F9", "left": "←", "right": "→",
}  # fmt: skip


def key_shown(key: str) -> str:
    """A key as it is told to people."""
    return _SHOWN.get(key, key)


def deeds_at(place: Place) -> tuple[Deed, ...]:
    """What can be done at a place: its own deeds, then those of everywhere."""
    own = tuple(deed for deed in DEEDS if place in deed.places)
    return own + tuple(deed for deed in DEEDS if not deed.places)


def deed_of(place: Place, key: str) -> Deed | None:
    """What a key does at a place; None when it does nothing."""
    return next((deed for deed in deeds_at(place) if key in deed.keys), None)


def why_not(deed: Deed, session: LoggedOn | None) -> str:
    """Why somebody may not do it, in a sentence; empty when they may."""
    if session is None:
        return "Log on first."
    if not deed.needs or deed.needs in session.may:
        return ""
    return f"Your role, {session.role}, may not {deed.needs}."
