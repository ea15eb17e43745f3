"""A shift at a console of a station that runs, by keys alone: what is done there stands in the ledger."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from kiosk.console import messages as msg
from kiosk.console.gatehouse_link import linked
from kiosk.gatehouse.roles import Role
from kiosk.ui.gatehouse.app import GatehouseApp
from kiosk.ui.glyphs import Glyphs
from tests.station.rig import PATIENCE_S, Rig, running
from tests.station.test_consoles import PASSWORD, held, people
from tests.ui.gatehouse.hands import Hands
from tests.ui.gatehouse.steady import Kept


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    (tmp_path / "ledger").mkdir()
    people(tmp_path, mere=Role.SECURITY_MANAGER, tama=Role.GATEHOUSE)
    with running(tmp_path) as rig:
        rig.until(msg.Attract)
        assert rig.station.serves_consoles.wait(PATIENCE_S)
        yield rig


@asynccontextmanager
async def mere_at(rig: Rig, kept: Kept) -> AsyncIterator[Hands]:
    async with linked(rig.data) as link:
        app = GatehouseApp(link, keep=kept, clock=lambda: rig.clock().utc, glyphs=Glyphs.BLOCKS)
        async with app.run_test(size=(120, 40), notifications=True) as pilot:
            hands = Hands(pilot)
            await hands.reads("Log on")
            await hands.type(f"mere\n{PASSWORD}\n")
            await hands.reads("1 Gate")
            yield hands


def bodies(rig: Rig, kind: str) -> list[dict[str, object]]:
    return [body for each, body in rig.entries() if each == kind]


DONE = (
    "visitor-signed-in",
    "evacuation-begun",
    "evacuation-seen",
    "evacuation-unseen",
    "evacuation-seen",
    "evacuation-ended",
    "container-repacked",
    "visitor-signed-out",
)


async def test_a_hold_is_spoken_to_reported_and_released_by_two(rig: Rig) -> None:
    await held(rig)
    async with mere_at(rig, Kept()) as mere:
        await mere.reads("A DRIVER WAITS AT THE KIOSK")
        await mere.press("3", "m")
        await mere.type("Wait\n")
        await asyncio.to_thread(rig.until_word, "Wait")
        await mere.press("4", "r")
        await mere.reads("Report of incident", "to be written")
        while "nothing is left to be written" not in mere.text():
            await mere.type("so")
            await mere.press("f3")
        await mere.press("ctrl+s")
        await mere.reads("to Customs")
        await mere.press("i", "enter")
        await mere.type("phone\n")
        await mere.reads("[4 Incidents", "+ reported")
        await mere.press("3", "r")
        await mere.type(f"new seal\ntama\n{PASSWORD}\n")
        await mere.reads("Nobody is held.")
    (reported,) = bodies(rig, "incident-reported")
    assert (reported["how"], reported["staff"]) == ("phone", "mere")
    (released,) = bodies(rig, "hold-released")
    assert (released["staff"], released["second"], released["note"]) == ("mere", "tama", "new seal"), released


async def test_a_visitor_comes_everybody_is_called_and_the_visitor_leaves(rig: Rig) -> None:
    kept = Kept()
    async with mere_at(rig, kept) as mere:
        await mere.press("5", "n")
        await mere.type("Emma\nPort\nTama\nberths\n")
        await mere.press("enter")
        await mere.type("V7\n")
        await mere.reads("Emma", "V7", "5 On site 1")
        await mere.press("x")
        await mere.until(lambda: bool(kept.documents), "a document")
        assert b"Emma" in kept.documents[0].content
        await mere.press("f9", "b", "enter")
        await mere.reads("0 of 1 seen, 1 MISSING")
        await mere.press("space")
        await mere.reads("all 1 were seen", "[x] SAFE")
        await mere.press("space", "enter")
        await mere.reads("0 of 1 seen, 1 MISSING")
        await mere.press("space")
        await mere.reads("all 1 were seen", "[x] SAFE")
        await mere.press("x")
        await mere.until(lambda: len(kept.documents) == 2, "the list")
        assert kept.documents[1].content.startswith(b"%PDF-")
        await mere.press("f")
        await mere.type("CSQU3054383")
        await mere.press("ctrl+s")
        await mere.reads("No evacuation is on.")
        await mere.press("k", "enter")
        await mere.type("by Tama\n")
        await mere.press("1")
        await mere.misses("To be repacked")
        await mere.press("5", "u", "enter")
        await mere.reads("Nobody is on site.")
    assert [kind for kind in rig.kinds() if kind in DONE] == list(DONE), rig.kinds()


async def test_an_account_is_added_and_its_person_chooses_a_password_by_the_code(rig: Rig) -> None:
    async with mere_at(rig, Kept()) as mere:
        await mere.press("7", "n")
        await mere.type("ana\nAna Moana\n")
        await mere.press("a", "enter")
        await mere.reads("One-time code")
        code = re.search(r"[A-Z0-9]+(?:-[A-Z0-9]+)+", mere.text())
        assert code is not None, mere.text()
        await mere.press("escape", "q", "enter")
        await mere.reads("Log on")
        await mere.press("shift+tab", *["backspace"] * 4)
        await mere.type(f"ana\n{code[0]}\n")
        await mere.reads("Give yourself another password")
        await mere.type(f"{code[0]}\nfour wet boots by the door\nfour wet boots by the door\n")
        await mere.reads("1 Gate", "Ana Moana, auditor")
        await mere.press("3", "r")
        await mere.reads("Your role, auditor, may not release a hold.")
