"""What of devices and machine goes into the ledger: each loss and return, no flood, nothing twice over a restart."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from msgspec.structs import replace

from kiosk.core import events as ev
from kiosk.core.conditions import BURST, EVERY_S
from kiosk.core.device_causes import How
from kiosk.core.effects import CommitEntry, EntryKind
from kiosk.core.lane import Lane
from kiosk.core.machine_look import DiskLook, MachineLook
from kiosk.core.roster import Roster
from kiosk.core.times import Moment
from kiosk.core.upkeep import MOST_DETAIL
from kiosk.core.visit import State
from tests.core.driving import Ride
from tests.core.samples import PLAN, RECORDS, at

READER, GATE, SCANNER = "card reader", "gate", PLAN.scanners[0] if PLAN.scanners else "seal scanner"
PARTS = {READER: ev.Part.READER, GATE: ev.Part.GATE}
WELL = MachineLook(DiskLook("/data", 40), under_voltage=False, celsius=50)


class Kiosk:
    """A lane before a ledger, which is started anew now and then.

    Attributes:
        entries: All that the ledger ever took: kind, body, when.
    """

    def __init__(self) -> None:
        self.entries: list[tuple[str, dict[str, Any], Moment]] = []
        self.now, self.boot, self.booted = 0.0, 1, 0.0
        self.start()

    def at(self) -> Moment:
        moment = at(self.now)
        return replace(moment, monotonic=1000.0 + self.now - self.booted, boot=f"boot-{self.boot}")

    def start(self, *, reboot: bool = False, ledger: bool = True) -> None:
        if reboot:
            self.boot, self.booted = self.boot + 1, self.now
        self.lane = Lane(PLAN, RECORDS, Roster())
        if ledger:
            self.open()

    def open(self) -> None:
        """The ledger is read, as a start reads it: the newest statement stands for all before."""
        roster, again = Roster(), Roster()
        half = len(self.entries) // 2
        for kind, body, when in self.entries[:half]:
            roster.apply(kind, body, when)
        again.apply(EntryKind.ON_SITE.value, roster.statement(), self.at())
        for kind, body, when in self.entries[half:]:
            again.apply(kind, body, when)
        self.take(self.lane.take_roster(again, self.at()))
        self.send(ev.PartChanged(ev.Part.LEDGER, True, "", "", self.at()))

    def take(self, effects: Any) -> None:
        for effect in effects:
            if isinstance(effect, CommitEntry):
                self.entries.append((effect.kind.value, dict(effect.body), effect.at))
                self.take(self.lane.handle(ev.EntryCommitted(effect.ref, len(self.entries), "00" * 32, self.at())))

    def send(self, event: ev.Event) -> None:
        self.take(self.lane.handle(event))

    def lost(self, device: str = READER, how: How | None = How.CUT, detail: str = "expected x, got y") -> None:
        self.send(ev.PartChanged(PARTS[device], False, detail, "z", self.at(), device, how))

    def back(self, device: str = READER) -> None:
        self.send(ev.PartChanged(PARTS[device], True, "", "", self.at(), device))

    def machine(self, **seen: Any) -> None:
        self.send(ev.MachineLooked(replace(WELL, **seen), self.at()))

    def later(self, seconds: float) -> None:
        """Time passes, and the lane is woken whenever it wants to be."""
        until = self.now + seconds
        for _ in range(1000):
            wakes = self.lane.wakes_at
            if wakes is None or (when := wakes - 1000.0 + self.booted) > until:
                break
            self.now = max(self.now, when) + 0.001
            self.send(ev.TimePassed(self.at()))
        else:
            raise AssertionError("expected the lane to rest, it wants to be woken again and again")
        self.now = max(self.now, until)

    def told(self, *kinds: EntryKind) -> list[dict[str, Any]]:
        return [body for kind, body, _ in self.entries if EntryKind(kind) in kinds]

    def kinds(self) -> list[str]:
        return [kind for kind, _, _ in self.entries]


def working() -> Kiosk:
    kiosk = Kiosk()
    for device in PARTS:
        kiosk.back(device)
    return kiosk


def test_a_loss_and_a_return_are_an_entry_each_with_what_is_known_of_them() -> None:
    kiosk = working()
    kiosk.send(ev.DeviceConnected(READER, "1a86:7523", kiosk.at(), "1-1.3"))
    kiosk.lost()
    kiosk.now += 2.5
    kiosk.back()
    assert kiosk.entries[1:] == [
        (
            "device-lost",
            {"device": READER, "how": "cut off", "usb": "1-1.3", "detail": "expected x, got y"},
            at(0.0),
        ),
        ("device-back", {"device": READER, "lost_ms": 2500}, at(2.5)),
    ]


def test_a_long_story_of_a_driver_is_cut_short() -> None:
    kiosk = working()
    kiosk.lost(detail="x" * 10_000)
    assert len(kiosk.entries[-1][1]["detail"]) == MOST_DETAIL


def test_a_device_that_fails_otherwise_while_it_is_lost_is_lost_once() -> None:
    kiosk = working()
    for how in (How.CUT, How.MISSING, How.SILENT):
        kiosk.lost(how=how)
    kiosk.back()
    kiosk.back()
    assert kiosk.kinds() == ["device-lost", "device-back"]


def test_a_part_that_does_not_work_though_its_device_does_is_no_loss_of_it() -> None:
    kiosk = working()
    kiosk.lost(how=None)
    kiosk.send(ev.PartChanged(ev.Part.LEDGER, False, "full", "make room", kiosk.at()))
    assert kiosk.kinds() == []


def test_a_seal_reader_without_its_engine_has_lost_a_device_and_with_a_full_spool_none() -> None:
    kiosk = working()
    for part, is_over in (("spool", False), ("engine", False), ("engine", True)):
        kiosk.send(ev.ReaderFault("left reader", part, is_over, "no answer", "look", kiosk.at()))
    assert [(kind, body["device"]) for kind, body, _ in kiosk.entries] == [
        ("device-lost", "left reader, its engine"),
        ("device-back", "left reader, its engine"),
    ]


def test_a_device_that_flaps_all_night_floods_nothing_and_the_count_is_right() -> None:
    kiosk = working()
    for _ in range(500):
        kiosk.lost()
        kiosk.later(7)
        kiosk.back()
        kiosk.later(7)
    kiosk.later(EVERY_S)
    hours = kiosk.now / 3600
    losses, backs = kiosk.told(EntryKind.DEVICE_LOST), kiosk.told(EntryKind.DEVICE_BACK)
    assert len(losses) <= BURST + 6 * hours + 1
    assert sum(1 + body.get("folded", 0) for body in losses) + sum(body.get("folded", 0) for body in backs) == 500
    assert len(kiosk.told(EntryKind.DEVICE_UNSTEADY)) == 1


def test_three_losses_within_an_hour_are_told_with_their_likely_cause_once() -> None:
    kiosk = working()
    for _ in range(5):
        kiosk.lost()
        kiosk.later(2)
        kiosk.back()
        kiosk.later(300)
    assert kiosk.kinds()[4:7] == ["device-lost", "device-unsteady", "device-back"]
    (told,) = kiosk.told(EntryKind.DEVICE_UNSTEADY)
    assert (told["devices"], told["losses"], told["cause"]) == ([READER], 3, "cable")
    assert kiosk.lane.upkeep.unsteady[ev.Part.READER].mend == told["mend"]
    kiosk.later(3600)
    assert kiosk.lane.upkeep.unsteady == {}
    assert kiosk.lane.wakes_at is None


def test_a_device_that_was_never_there_is_lost_and_not_lost_again_and_again() -> None:
    kiosk = Kiosk()
    for _ in range(5):
        kiosk.start()
        kiosk.lost(how=How.MISSING)
        kiosk.back(GATE)
        kiosk.now += 60
    assert kiosk.kinds() == ["device-lost"]


def test_low_voltage_that_lasts_is_the_likely_cause_of_every_loss_meanwhile() -> None:
    kiosk = working()
    kiosk.machine(under_voltage=True)
    for _ in range(3):
        kiosk.later(300)
        kiosk.lost()
        kiosk.back()
    assert [body["cause"] for body in kiosk.told(EntryKind.DEVICE_UNSTEADY)] == ["power"]


def test_low_voltage_for_a_moment_at_two_losses_of_three_is_too() -> None:
    kiosk = working()
    for low in (True, True, False):
        kiosk.later(300)
        kiosk.lost()
        kiosk.machine(under_voltage=low)
        kiosk.machine()
        kiosk.back()
    assert [body["cause"] for body in kiosk.told(EntryKind.DEVICE_UNSTEADY)] == ["power"]


def test_a_restart_tells_nothing_that_the_ledger_knows_and_all_that_it_does_not() -> None:
    kiosk = working()
    kiosk.machine(under_voltage=True, celsius=82)
    kiosk.lost()
    known = kiosk.kinds()
    kiosk.now += 10
    kiosk.start(ledger=False)
    kiosk.lost()
    kiosk.machine(under_voltage=True, celsius=82)
    kiosk.open()
    assert kiosk.kinds() == known
    kiosk.back()
    kiosk.machine(under_voltage=False, celsius=60)
    assert kiosk.entries[len(known) :][0][1] == {"device": READER, "lost_ms": 10_000}
    assert kiosk.told(EntryKind.MACHINE_WELL) == [
        {"what": "under-voltage", "lasted_ms": 10_000},
        {"what": "hot", "lasted_ms": 10_000},
    ]


@pytest.mark.parametrize("reboot", [False, True])
def test_an_episode_that_was_told_before_a_restart_is_not_told_after_it_and_still_shows(reboot: bool) -> None:
    kiosk = working()
    for _ in range(3):
        kiosk.lost()
        kiosk.later(2)
        kiosk.back()
        kiosk.later(120)
    kiosk.start(reboot=reboot)
    kiosk.back()
    assert set(kiosk.lane.upkeep.unsteady) == {ev.Part.READER}
    for _ in range(4):
        kiosk.lost()
        kiosk.later(2)
        kiosk.back()
        kiosk.later(120)
    assert len(kiosk.told(EntryKind.DEVICE_UNSTEADY)) == 1
    kiosk.later(3600)
    assert kiosk.lane.upkeep.unsteady == {}


def test_an_episode_that_a_power_cut_kept_from_the_ledger_is_told_at_the_next_start() -> None:
    kiosk = working()
    for _ in range(3):
        kiosk.lost()
        kiosk.later(2)
        kiosk.back()
        kiosk.later(60)
    kiosk.entries = [entry for entry in kiosk.entries if entry[0] != "device-unsteady"]
    kiosk.start(reboot=True)
    assert kiosk.kinds()[-1] == "device-unsteady"


def test_a_device_that_was_lost_and_back_while_the_ledger_opened_is_told_once_it_is_open() -> None:
    kiosk = Kiosk()
    kiosk.start(ledger=False)
    kiosk.back()
    for _ in range(3):
        kiosk.lost()
        kiosk.now += 5
        kiosk.back()
    assert kiosk.kinds() == []
    kiosk.open()
    assert kiosk.kinds() == ["device-back", "device-unsteady"]
    assert kiosk.entries[0][1] == {"device": READER, "lost_ms": 5000, "folded": 3}


def test_that_power_was_low_since_the_machine_started_is_told_once_each_time_that_it_is_started() -> None:
    kiosk = working()
    for reboot in (False, False, True, False):
        kiosk.start(reboot=reboot)
        kiosk.machine(was_under_voltage=True)
    assert [body["what"] for body in kiosk.told(EntryKind.MACHINE_TROUBLE)] == ["under-voltage-since-start"] * 2
    assert kiosk.told(EntryKind.MACHINE_WELL) == []


def test_a_machine_in_trouble_is_told_when_it_begins_and_ends_and_what_was_measured() -> None:
    kiosk = working()
    kiosk.machine(celsius=81)
    kiosk.machine(celsius=84)
    kiosk.now += 60
    kiosk.machine(celsius=70)
    assert [(kind, body) for kind, body, _ in kiosk.entries] == [
        ("machine-trouble", {"what": "hot", "detail": "81 °C"}),
        ("machine-well", {"what": "hot", "lasted_ms": 60_000}),
    ]


def serves(ride: Ride) -> bool:
    return ride.lane.in_service


def test_a_full_disk_begins_no_visit_and_lets_the_one_that_is_on_end() -> None:
    ride = Ride()
    ride.take(ride.lane.take_roster(ride.roster, ride.at()))
    ride.to_signing()
    full = MachineLook(DiskLook("/data", 96))
    ride.send(ev.MachineLooked(full, ride.at()))
    assert not serves(ride)
    assert ride.kinds()[-1] == "machine-trouble"
    ride.tap(1)
    assert ride.state() is State.PASSING
    assert ride.opened
    ride.send(ev.LoopChanged(ev.Loop.EXIT, True, ride.at()))
    ride.send(ev.LoopChanged(ev.Loop.EXIT, False, ride.at()))
    assert ride.kinds()[-1] == "passage"
    ride.tap(2)
    assert ride.kinds()[-1] == "passage", "nobody is served"
    ride.send(ev.MachineLooked(replace(full, data=DiskLook("/data", 90)), ride.at()))
    assert serves(ride)
    ride.tap(2)
    assert ride.state() is State.WELCOMED


def test_a_ledger_without_room_for_what_is_under_way_begins_no_visit() -> None:
    ride = Ride()
    ride.send(ev.MachineLooked(WELL, ride.at()))
    ride.send(ev.RoomKept("No space left on device", ride.at()))
    assert not serves(ride)
    ride.send(ev.RoomKept("", ride.at()))
    assert serves(ride)


def test_names_that_went_from_site_toml_fill_no_memory() -> None:
    roster = Roster()
    for number in range(1000):
        roster.apply("device-lost", {"device": f"{number}", "how": "cut off", "usb": "", "detail": ""}, at(number))
    said = roster.upkeep.to_json()
    assert isinstance(said, dict)
    assert len(said["on"]) == 64


class Years(RuleBasedStateMachine):
    """A kiosk whose devices come and go, and that is started anew at any moment. An oracle keeps the truth."""

    def __init__(self) -> None:
        super().__init__()
        self.kiosk = working()
        self.is_lost = dict.fromkeys(PARTS, False)
        self.seen: dict[str, Any] = {"celsius": 60, "under_voltage": False}
        self.starts = 1
        self.kiosk.machine(**self.seen)

    @rule(device=st.sampled_from(list(PARTS)), how=st.sampled_from(How))
    def lose(self, device: str, how: How) -> None:
        self.is_lost[device] = True
        self.kiosk.lost(device, how)

    @rule(device=st.sampled_from(list(PARTS)))
    def find(self, device: str) -> None:
        self.is_lost[device] = False
        self.kiosk.back(device)

    @rule(seconds=st.sampled_from([0.1, 2.0, 30.0, 300.0, EVERY_S, 3600.0]))
    def wait(self, seconds: float) -> None:
        self.kiosk.later(seconds)

    @rule(low=st.booleans(), celsius=st.sampled_from([60, 81]))
    def look(self, low: bool, celsius: int) -> None:
        self.seen = {"celsius": celsius, "under_voltage": low}
        self.kiosk.machine(**self.seen)

    @rule(reboot=st.booleans(), late=st.booleans(), off_s=st.sampled_from([1.0, 60.0, 7200.0]))
    def restart(self, reboot: bool, late: bool, off_s: float) -> None:
        self.starts += 1
        self.kiosk.now += off_s
        self.kiosk.start(reboot=reboot, ledger=not late)
        for device, is_lost in self.is_lost.items():
            (self.kiosk.lost if is_lost else self.kiosk.back)(device)
        self.kiosk.machine(**self.seen)
        if late:
            self.kiosk.open()

    def stands(self, what: str) -> bool:
        """Whether the ledger has it that a device is lost, or something of the machine is wrong."""
        told = [kind for kind, body, _ in self.kiosk.entries if what in (body.get("device"), body.get("what"))]
        return bool(told) and told[-1] in ("device-lost", "machine-trouble")

    @invariant()
    def no_flood(self) -> None:
        """Two devices and two measures, each with its share; a start may tell what it found of each."""
        hour = [kind for kind, _, when in self.kiosk.entries if when.utc >= at(self.kiosk.now - 3600).utc]
        assert len(hour) <= 4 * 2 * (BURST + 7) + 4 * self.starts

    def teardown(self) -> None:
        self.kiosk.later(2 * EVERY_S)
        for device in PARTS:
            assert self.stands(device) is self.is_lost[device]
        assert self.stands("hot") is (self.seen["celsius"] == 81)
        assert self.stands("under-voltage") is self.seen["under_voltage"]
        for device in PARTS:
            self.told_once_an_episode(device)

    def told_once_an_episode(self, device: str) -> None:
        entries = self.kiosk.entries
        losses = [when.utc for kind, body, when in entries if kind == "device-lost" and body["device"] == device]
        told = [when.utc for kind, body, when in entries if kind == "device-unsteady" and device in body["devices"]]
        for first, second in pairwise(told):
            of_it = [first, *(when for when in losses if first <= when <= second)]
            gaps = [(later - earlier).total_seconds() for earlier, later in pairwise(of_it)]
            assert max(gaps) >= 3600 - EVERY_S, "an episode is told anew only after a quiet hour"


Years.TestCase.settings = settings(max_examples=60, stateful_step_count=50)
TestYears = Years.TestCase
