"""The table of what can be done: its keys, who may, and the page that tells them."""

import re
from pathlib import Path

import pytest

from kiosk.console import gatehouse_wishes as gw
from kiosk.gatehouse.roles import MAY, Action, Role
from kiosk.ui.gatehouse.view.deeds import (
    ABOUT,
    BY_NAME,
    DEEDS,
    LISTS,
    TABS,
    Deed,
    Place,
    deed_of,
    deeds_at,
    key_shown,
    why_not,
)
from kiosk.ui.gatehouse.view.frame import hints
from kiosk.ui.gatehouse.view.places import EXPORTS, FACTS, SHEETS, STEPS
from tests.ui.gatehouse.samples import session

PAGE = Path(__file__).resolve().parents[3] / "docs" / "gatehouse.md"


def test_what_a_deed_needs_is_an_action_of_the_gatehouse() -> None:
    actions = {action.value for action in Action}
    assert {deed.needs for deed in DEEDS if deed.needs} <= actions
    nowhere = {Action.LOOK, Action.SECOND}  # whoever is logged on looks; the second person is not at this console
    assert actions - {deed.needs for deed in DEEDS} == {action.value for action in nowhere}


def test_names_are_given_once() -> None:
    assert len(BY_NAME) == len(DEEDS)


@pytest.mark.parametrize("place", Place)
def test_a_key_does_one_thing_at_a_place(place: Place) -> None:
    keys = [key for deed in deeds_at(place) for key in deed.keys]
    assert len(keys) == len(set(keys))


def test_every_place_with_a_list_has_rows_facts_and_a_word_on_what_it_is_about() -> None:
    assert set(SHEETS) == set(FACTS) == set(LISTS)
    assert set(EXPORTS) == set(LISTS) - {Place.EVACUATION}
    assert set(ABOUT) == set(Place)
    assert all(re.search(r"clause|At a glance|at a glance", text) for text in ABOUT.values())


def test_every_tab_has_its_number() -> None:
    for number, place in enumerate(TABS, 1):
        deed = deed_of(Place.QUEUE, str(number))
        assert deed is not None
        assert deed.text.startswith("The list of everyone" if place is Place.EVACUATION else f"Go to {place.value}")


def test_evacuation_is_one_key_away_from_everywhere() -> None:
    for place in Place:
        assert deed_of(place, "f9") is deed_of(place, "e") is BY_NAME["evacuation"]


def test_every_step_belongs_to_a_deed() -> None:
    assert set(STEPS) <= set(BY_NAME)


@pytest.mark.parametrize("role", Role)
def test_a_role_may_what_its_table_says_and_is_told_why_it_may_not(role: Role) -> None:
    who = session(role)
    for deed in DEEDS:
        may = not deed.needs or Action(deed.needs) in MAY[role]
        assert (why_not(deed, who) == "") is may
    assert why_not(BY_NAME["verify"], None) == "Log on first."


def test_an_auditor_sees_all_and_changes_nothing() -> None:
    who = session(Role.AUDITOR)
    free = {deed.name for deed in DEEDS if not why_not(deed, who)}
    changing = {name for name in STEPS if name not in {"look", "facts", "password", "log_off"}}
    assert not free & changing
    assert why_not(BY_NAME["verify"], who) == "Your role, auditor, may not verify an uplift."


@pytest.mark.parametrize("place", Place)
@pytest.mark.parametrize("width", [80, 120])
def test_the_footer_fits_and_tells_what_matters_most(place: Place, width: int) -> None:
    shown = hints(place, session(), width)
    assert sum(hint.width for hint in shown) <= width
    assert {"evacuation", "help"} <= {hint.deed for hint in shown}
    own = [deed.name for deed in deeds_at(place) if deed.footer == 1 and deed.places]
    assert set(own) <= {hint.deed for hint in shown}


def test_what_a_role_may_not_stays_in_the_footer_and_is_marked() -> None:
    shown = {hint.deed: hint.may for hint in hints(Place.QUEUE, session(Role.AUDITOR), 80)}
    assert shown["verify"] is False
    assert shown["look"] is True


def rows_of(page: str) -> dict[str, list[tuple[str, str, str]]]:
    """The tables of keys in the page, by their heading: keys, what they do, who may."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    heading = ""
    for line in page.splitlines():
        if line.startswith("### "):
            heading = line.removeprefix("### ")
        elif (row := re.match(r"\| (`.*?`|palette) \| (.*?) \| (.*?) \|$", line)) is not None:
            found.setdefault(heading, []).append((row[1].replace("`", ""), row[2], row[3]))
    return found


def row_of(deed: Deed) -> tuple[str, str, str]:
    keys = ", ".join(map(key_shown, deed.keys)) or "palette"
    roles = [role.value for role in Role if deed.needs and Action(deed.needs) in MAY[role]]
    return keys, deed.text, ", ".join(roles) or "all"


@pytest.mark.parametrize("place", [None, *Place], ids=lambda place: place.value if place else "everywhere")
def test_the_page_tells_every_key_and_who_may(place: Place | None) -> None:
    told = rows_of(PAGE.read_text("utf-8")).get(place.value if place else "Everywhere", [])
    deeds = [deed for deed in DEEDS if (place in deed.places if place else not deed.places)]
    assert told == [row_of(deed) for deed in deeds]


def test_a_wish_of_every_kind_can_be_made_at_the_console() -> None:
    """Beside those of the session itself, which no key of a place stands for."""
    elsewhere = {gw.LogOn, gw.TakeOver, gw.Unlock, gw.StillHere, gw.ChangePassword, gw.LogOff}
    source = "\n".join(
        path.read_text("utf-8") for path in (PAGE.parents[1] / "kiosk" / "ui" / "gatehouse").rglob("*.py")
    )
    missing = [kind.__name__ for kind in gw.Wish.__args__ if f"{kind.__name__}(" not in source]
    assert [name for name in missing if name not in {kind.__name__ for kind in elsewhere}] == []
