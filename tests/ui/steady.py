"""A clock that stands still, and a link whose station is the test."""

from kiosk.console.link import InProcessLink
from kiosk.console.messages import Told
from kiosk.console.wishes import Ask
from tests.ui.samples import NOW


class Clock:
    """Stands still unless told to go on."""

    def __init__(self, now: float = NOW) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


class Station:
    """The far end of the link: tells what the test says, and keeps what was asked."""

    def __init__(self, *told: Told) -> None:
        self.asked: list[Ask] = []
        self.link = InProcessLink(self.asked.append)
        for message in told:
            self.link.tell(message)
