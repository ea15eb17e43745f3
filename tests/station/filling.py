"""A kiosk on a disk that somebody else fills up while a driver is there, and gives room again.

Usage: ``python -m tests.station.filling FOLDER room|files``: what of the disk is filled.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from hw.disk import disk_use
from kiosk.console import messages as msg
from kiosk.core import events as ev
from kiosk.core.effects import Indicate, Signal
from kiosk.core.machine_look import MachineLook
from kiosk.ledger.ledger import read_entries
from kiosk.station.machine_watch import MachineLooks
from tests.ledger.filling import fill
from tests.station.rig import Rig, now, running

BACK_S: Final = 10.0
"""Seconds within which the kiosk is in service again once there is room."""

MOST: Final = {"room": 20_000, "files": 500}
"""Happenings of which a full disk takes no more: several times what the journal keeps room for. A disk that can hold no
further file takes them all: they go into one."""


class Watching(Rig):
    """A station that looks at the disk that it runs on."""

    def look_at(self, now: float) -> MachineLook:
        if not hasattr(self, "looks"):
            self.looks = MachineLooks(self.data, system=self.data)
        return self.looks.look(now)

    def disk(self) -> msg.PartHealth:
        return next(part for part in self.health[-1].parts if part.part is msg.Part.DISK)

    def until_disk(self, condition: msg.Condition) -> msg.PartHealth:
        self.until_health(lambda _: self.disk().condition is condition)
        return self.disk()


class Filler:
    """Fills a disk, by room or by files, as others do."""

    def __init__(self, folder: Path, what: str) -> None:
        self.folder = folder / "others"
        self.folder.mkdir()
        self.by_files = what == "files"
        self.made = 0

    def fill_to(self, percent: int) -> None:
        use = disk_use(self.folder)
        if self.by_files:
            while (disk_use(self.folder).files_percent or 0) < percent:
                self.made += 1
                (self.folder / f"{self.made}").touch()
        else:
            fill(self.folder / "file", leave=use.size * (100 - percent) // 100)

    def fill_up(self) -> None:
        """Until nothing more can be made, or written."""
        if not self.by_files:
            fill(self.folder / "file")
            return
        try:
            while True:
                self.made += 1
                (self.folder / f"{self.made}").touch()
        except OSError:
            return

    def give_room(self) -> None:
        for file in self.folder.iterdir():
            file.unlink()


def until(there: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + BACK_S
    while not there():
        assert time.monotonic() < deadline, f"expected {what} within {BACK_S} s"
        time.sleep(0.01)


def acknowledged(rig: Rig) -> dict[int, str]:
    """The entries that the station was told are durable: number and digest."""
    return {each.number: each.digest for each in rig.happened if isinstance(each, ev.EntryCommitted)}


def drive_out(rig: Rig) -> None:
    rig.until(msg.BarrierOpen)
    for occupied in (True, False):
        rig.devices.post(ev.LoopChanged(ev.Loop.EXIT, occupied, now()))
    until(lambda: "passage" in rig.kinds(), "the passage to be recorded")


def fill_while_a_driver_is_there(rig: Watching, filler: Filler) -> None:
    rig.to_signing()
    filler.fill_to(81)
    nearly = rig.until_disk(msg.Condition.NEARLY_FULL)
    assert str(rig.data) in nearly.detail
    filler.fill_to(95)
    rig.until_disk(msg.Condition.FULL)
    rig.until(msg.Sign)  # who was begun with goes on
    filler.fill_up()
    rig.tap(1)
    drive_out(rig)


def nobody_else_is_served(rig: Watching) -> None:
    out = rig.until(msg.OutOfService)
    (fault,) = out.faults
    assert fault.part is msg.Part.DISK
    assert fault.condition is msg.Condition.FULL
    assert "expected under 93 % in use, got " in fault.detail
    assert fault.mend
    before = len(rig.devices.performed)
    rig.tap(2)
    until(lambda: Indicate(Signal.STOP) in rig.devices.performed[before:], "a tap to be turned down")
    assert isinstance(rig.shown[-1].display, msg.OutOfService)


def more_happens_than_there_is_room_for(rig: Watching, most: int) -> int:
    """What the gate reports by itself goes on; what no room is left for is written once there is. How much that was."""
    before, number = len(acknowledged(rig)), 0
    while not refused(rig) and number < most:
        number += 100
        for turn in range(100):
            rig.devices.post(ev.TamperChanged(turn % 2 == 0, now()))
        until(lambda wanted=before + number: refused(rig) or len(acknowledged(rig)) >= wanted, "entries, or a refusal")  # type: ignore[misc]
    return number


def refused(rig: Rig) -> list[ev.CommitFailed]:
    return [each for each in rig.happened if isinstance(each, ev.CommitFailed)]


def back_in_service(rig: Watching, filler: Filler) -> float:
    filler.give_room()
    began = time.monotonic()
    until(lambda: isinstance(rig.shown[-1].display, msg.Attract), "the kiosk to be in service again")
    return time.monotonic() - began


def main(folder: str, what: str) -> None:
    place = Path(folder)
    filler, data = Filler(place, what), place / "data"
    data.mkdir()
    with running(data, kind=Watching) as rig:
        assert isinstance(rig, Watching)
        fill_while_a_driver_is_there(rig, filler)
        nobody_else_is_served(rig)
        happened = more_happens_than_there_is_room_for(rig, MOST[what])
        took_s = back_in_service(rig, filler)
        rig.tap(2)
        rig.until(msg.DriverKnown)
    held = {entry.seq: entry.digest for entry in read_entries(data / "ledger")}
    told = acknowledged(rig)
    assert told.items() <= held.items(), "an entry that was acknowledged is lost"
    kinds = rig.kinds()
    assert [kind for kind in kinds if kind in {"visit-opened", "uplift", "passage"}][:3] == [
        "visit-opened",
        "uplift",
        "passage",
    ]
    assert kinds.count("incident") == happened
    assert bool(refused(rig)) is (what == "room")
    troubles = [body["what"] for kind, body in rig.entries() if kind == "machine-trouble"]
    assert troubles == ["disk-nearly-full", "disk-full"]
    assert {body["what"] for kind, body in rig.entries() if kind == "machine-well"} == set(troubles)
    sys.stdout.write(f"{len(told)} acknowledged, {len(refused(rig))} refused and told later; back in {took_s:.1f} s\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
