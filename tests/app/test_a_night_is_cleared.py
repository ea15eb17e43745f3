"""A night, replayed into a real ledger: morning staff clear it by keyboard, at a console of a station that runs."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from msgspec.structs import replace

from kiosk.console import messages as msg
from kiosk.console.gatehouse_link import linked
from kiosk.core.times import ClockState, Moment
from kiosk.gatehouse.oddities import ODD, weight_of
from kiosk.gatehouse.roles import Role
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.moments import stamp_of
from kiosk.ui.gatehouse.app import GatehouseApp
from kiosk.ui.glyphs import Glyphs
from tests.gatehouse.people import ZONE
from tests.gatehouse.replay import Replay
from tests.gatehouse.ways import every_way
from tests.station.rig import PATIENCE_S, SITE, Rig, now, running
from tests.station.test_consoles import PASSWORD, people
from tests.ui.gatehouse.hands import Hands
from tests.ui.gatehouse.steady import Kept

TRUCKS, ODD_ONES = 40, 6
KEYS_FOR_ALL_CLEAN_ONES = 3
"""All that have no remark are marked, verified, and that is confirmed (docs/verification.md)."""
KEYS_FOR_ANOTHER = 2
"""Verified and confirmed: beside the letters of the footage that was looked at, where it looks odd."""
FOOTAGE = "7"
"""What staff call the pictures that they looked at."""


class LateClock:
    """The rig's clocks, moved to a morning after the night."""

    def __init__(self, after: Moment) -> None:
        self._by = after.utc + timedelta(minutes=30) - now().utc

    def __call__(self) -> Moment:
        moment = now()
        return Moment(moment.utc + self._by, moment.monotonic, ClockState.SYNCHRONISED, "boot-of-the-morning")


def night_in(data: Path, replay: Replay) -> None:
    """Everything that the gate recorded, in a real ledger, and somebody who was not there at night."""
    (data / "ledger").mkdir()
    with Ledger.open(data / "ledger", lambda: stamp_of(replay.nights.gate.ledger[0].at)) as ledger:
        for entry in replay.nights.gate.ledger[1:]:  # the ledger's own first entry stands in place of the gate's
            ledger.append(entry.kind, stamp_of(entry.at), dict(entry.body))


@asynccontextmanager
async def hana_at(rig: Rig) -> AsyncIterator[Hands]:
    async with linked(rig.data) as link:
        app = GatehouseApp(link, keep=Kept(), clock=lambda: rig.clock().utc, glyphs=Glyphs.BLOCKS)
        async with app.run_test(size=(120, 40), notifications=True) as pilot:
            hands = Hands(pilot)
            await hands.reads("Log on")
            await hands.type(f"hana\n{PASSWORD}\n")
            await hands.reads("1 Gate")
            yield hands


async def test_a_night_of_forty_with_six_odd_ones_is_cleared_by_keyboard(tmp_path: Path) -> None:
    replay = Replay(7)
    replay.history(1)
    night = replay.night(every_way(), odd=ODD_ONES, trucks=TRUCKS)
    replay.fold()
    odd_made = {slot.entry for slot in night.slots if slot.way and slot.entry}
    night_in(tmp_path, replay)
    clock = LateClock(replay.now)
    people(tmp_path, clock, hana=Role.GATEHOUSE)
    site = replace(SITE, plan=replace(SITE.plan, timezone=ZONE))
    with running(tmp_path, site=site, clock=clock) as rig:
        rig.until(msg.Attract)
        assert rig.station.serves_consoles.wait(PATIENCE_S)
        marks = {entry: weight_of(each) for entry, each in replay.marks().items()}
        waiting, odd = len(marks), [entry for entry, weight in marks.items() if weight >= ODD]
        clean = sum(weight == 0 for weight in marks.values())
        assert len(odd_made & set(odd)) >= len(odd_made) - 1, "the queue points at the odd ones"
        async with hana_at(rig) as hana:
            await hana.press("2")
            await hana.reads(f"2 Queue {waiting}")
            hana.pressed = 0
            await hana.press("a", "v")
            await hana.reads(f"Verify {clean} uplifts")
            await hana.press("enter")
            await hana.reads(f"2 Queue {waiting - clean}")
            assert hana.pressed == KEYS_FOR_ALL_CLEAN_ONES
            await hana.press("enter")  # the first of the others, with everything that is recorded
            for left in range(waiting - clean, 0, -1):
                await hana.reads(f"1 of {left}")
                shown = re.search(r"entry (\d+): 1 of", hana.text())
                assert shown is not None
                await hana.press("v")
                await hana.reads("Verify 1 uplift")
                if int(shown[1]) in odd:
                    await hana.type(FOOTAGE)
                await hana.press("enter")
            await hana.reads("Nothing waits for verification.")
            others = (waiting - clean) * KEYS_FOR_ANOTHER + len(odd) * len(FOOTAGE)
            assert hana.pressed == KEYS_FOR_ALL_CLEAN_ONES + 1 + others
    hers = [body for kind, body in rig.entries() if kind == "uplift-verified" and body["staff"] == "hana"]
    assert len(hers) == 1 + waiting - clean
