"""Which devices are known, and when a device that is connected is news to the ledger."""

from typing import cast

from kiosk.core import events as ev
from kiosk.core.effects import EntryKind
from kiosk.core.known_devices import MOST_DEVICES, KnownDevices
from kiosk.core.roster import Roster
from tests.core.driving import Ride
from tests.core.samples import at

SCANNER = "seal scanner"


def connect(ride: Ride, serial: str, device: str = SCANNER) -> None:
    ride.send(ev.DeviceConnected(device, serial, ride.at()))


def told(ride: Ride) -> list[tuple[object, object, object]]:
    """Each device that an entry told of, and whether it was told late."""
    return [
        (body["device"], body["serial"], body.get("late", False))
        for kind, body in ride.entries
        if kind is EntryKind.DEVICE_CONNECTED
    ]


def knowing(serial: str) -> Roster:
    """The roster of a ledger that knows the scanner."""
    roster = Roster()
    roster.apply("device-connected", {"device": SCANNER, "serial": serial}, at())
    return roster


def losing_the_ledger() -> Ride:
    ride = Ride()
    ride.send(ev.PartChanged(ev.Part.LEDGER, False, "x", "y", ride.at()))
    return ride


def test_a_device_is_recorded_when_it_is_first_seen_and_when_another_takes_its_place_and_not_else() -> None:
    ride = Ride()
    for serial in ("S1", "S1", "S2", "S2", "S1"):
        connect(ride, serial)
    assert told(ride) == [(SCANNER, serial, False) for serial in ("S1", "S2", "S1")]


def test_each_name_has_a_device_of_its_own() -> None:
    ride = Ride()
    for _ in range(2):
        connect(ride, "S1")
        connect(ride, "S2", "card reader")
    assert told(ride) == [(SCANNER, "S1", False), ("card reader", "S2", False)]


def test_a_device_that_comes_back_before_the_ledger_has_answered_is_recorded_once() -> None:
    ride = Ride(answers=False)
    for serial in ("S1", "S1", "S2", "S2"):
        connect(ride, serial)
    assert len(ride.effects) == 2


def test_a_device_that_is_connected_while_the_ledger_opens_is_recorded_only_if_it_is_another() -> None:
    for serial, recorded in (("S1", []), ("S2", [(SCANNER, "S2", True)])):
        ride = losing_the_ledger()
        connect(ride, serial)
        ride.take(ride.lane.take_roster(knowing("S1"), ride.at()))
        assert told(ride) == recorded


def test_a_device_that_took_anothers_place_for_a_while_without_a_ledger_is_recorded_once_there_is_one() -> None:
    ride = losing_the_ledger()
    for serial in ("S1", "S2", "S2", "S1"):
        connect(ride, serial)
    assert told(ride) == []
    ride.take(ride.lane.take_roster(knowing("S1"), ride.at()))
    connect(ride, "S1")
    assert told(ride) == [(SCANNER, "S2", True), (SCANNER, "S1", True)]


def test_a_device_that_the_ledger_could_not_take_is_recorded_once_it_is_back() -> None:
    ride = Ride(ledger_works=False)
    connect(ride, "S2")
    connect(ride, "S2")
    ride.ledger_works = True
    ride.take(ride.lane.take_roster(knowing("S1"), ride.at()))
    assert told(ride) == [(SCANNER, "S2", True)]


def test_what_is_known_of_devices_outlives_a_start_and_what_is_said_again_in_the_ledger() -> None:
    again = Roster()
    again.apply("on-site", knowing("S1").statement(), at())
    for roster in (knowing("S1"), again):
        ride = Ride()
        ride.take(ride.lane.take_roster(roster, ride.at()))
        connect(ride, "S1")
        connect(ride, "S2")
        assert told(ride) == [(SCANNER, "S2", False)]


def test_a_ledger_of_before_devices_were_known_is_read() -> None:
    said = knowing("S1").statement()
    del said["devices"]
    roster = Roster()
    roster.apply("on-site", said, at())
    assert roster.devices.to_json() == {}


def test_of_very_many_names_those_are_known_whose_devices_changed_last() -> None:
    known = KnownDevices()
    for number in range(MOST_DEVICES):
        known.add(str(number), "S")
    known.add("0", "S2")
    known.add("one more", "S")
    for each in (known, KnownDevices.from_json(cast("dict[str, str]", known.to_json()))):
        news = [name for name in ("1", "2", "one more") if each.is_news({"device": name, "serial": "S"}, ())]
        assert news == ["1"]
        assert not each.is_news({"device": "0", "serial": "S2"}, ())


def test_a_device_that_is_connected_puts_nobody_on_site_and_changes_no_visit() -> None:
    ride = Ride().to_verify()
    visit = ride.lane.visit
    assert visit is not None
    before = (visit.state, visit.file, visit.waiting)
    connect(ride, "S1")
    assert (visit.state, visit.file, visit.waiting) == before
    assert knowing("S1").everyone() == ()
