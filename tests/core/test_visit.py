from kiosk.core import events as ev
from kiosk.core.visit import State
from tests.core.driving import Ride


def test_a_good_check_is_recorded_before_the_barrier_opens_and_the_passage_after() -> None:
    ride = Ride().to_passing()
    assert ride.state is State.PASSING
    assert ride.kinds() == ["visit-opened", "uplift"]
    assert [opened.entry_number for opened in ride.opened] == [2]
    ride.send(ev.LoopChanged(ev.Loop.EXIT, True, ride.at()))
    ride.send(ev.LoopChanged(ev.Loop.EXIT, False, ride.at()))
    assert ride.kinds() == ["visit-opened", "uplift", "passage"]
    assert ride.last()["seen"] is True
