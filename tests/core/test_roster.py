"""Who is on site, said again by one entry: another roster that takes it knows the same."""

from kiosk.core.effects import EntryKind
from kiosk.core.roster import Roster
from tests.core.driving import Ride
from tests.core.samples import RECORDS, at


def test_what_a_roster_says_makes_another_that_says_the_same() -> None:
    ride = Ride()
    ride.to_verify().scan("NZ100002")
    ride.roster.apply(EntryKind.DEVICE_CONNECTED.value, {"device": "scanner", "serial": "S1"}, at())
    told = ride.roster.statement()
    assert told["on_site"]
    again = Roster()
    again.apply(EntryKind.ON_SITE.value, told, at())
    assert again.statement() == told
    assert [each.held for each in again.everyone()] == [True]


def test_loads_that_left_are_asked_for_by_their_ids() -> None:
    assert RECORDS.load_ids() == {"L1", "L2", "L3", "L4", "L5", "L6"}
