"""What screens need of the app: to ask the kiosk, to know what was told, to go on with a step."""

from datetime import datetime
from typing import Protocol

from textual.signal import Signal

from kiosk.console.gatehouse import Result
from kiosk.console.gatehouse_wishes import Wish
from kiosk.ui.gatehouse.colours import Inks
from kiosk.ui.gatehouse.view.forms import Step
from kiosk.ui.gatehouse.view.known import Known


class Gatehouse(Protocol):
    """The app, as its screens use it."""

    news: Signal[Known]
    """Told whenever something changed, and as time goes by."""

    @property
    def known(self) -> Known:
        """All that the station told."""

    @property
    def inks(self) -> Inks:
        """How each tone looks now."""

    def now(self) -> datetime:
        """The moment that is now."""

    async def ask(self, wish: Wish) -> Result:
        """Ask the kiosk."""

    def do(self, deed: str) -> None:
        """Do what a deed says, where the person is."""

    def take(self, step: Step) -> None:
        """Go on with a step."""
