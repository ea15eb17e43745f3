"""The kiosk's own screen: the driver's, and in its place the staff console while somebody of staff is at it.

One program after the other has the terminal. The driver's screen ends when the station says that a member of staff was
let in; their console goes on with that session over the kiosk's own socket, and ends with it: when they leave, when
nobody uses it, and at once when a driver taps. Then the driver's screen comes up anew.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from kiosk.app import end_app
from kiosk.console.link import InProcessLink
from kiosk.documents import keep_in

if TYPE_CHECKING:
    from textual.app import App


DOCUMENTS: Final = "documents"
"""The folder, in the data folder, of what was exported at the kiosk's own screen."""


class KioskScreen:
    """Shows one or the other until it is ended.

    Args:
        link: To the station, for the driver's screen.
        drawn: Called once what that was told first is drawn.
        data: The data folder: the socket for consoles is there.
    """

    def __init__(self, link: InProcessLink, drawn: Callable[[], None], data: Path) -> None:
        from kiosk.ui.driver.app import DriverApp

        self._link = link
        self._data = data
        self._over = False
        self._driver: DriverApp | None = DriverApp(link, on_first_draw=drawn)
        self._app: App[Any] | None = None

    def run(self) -> None:
        """Show it until it is ended, or until one of both crashed."""
        while not self._over:
            session = self._show_driver()
            if session is not None and not self._over:
                self._show_staff(session)

    def end(self) -> None:
        """End it, from the station's thread."""
        self._over = True
        if self._app is not None:
            end_app(self._app)

    def _show_driver(self) -> int | None:
        """Show the driver's screen; returns the session of whoever of staff was let in."""
        from kiosk.ui.driver.app import DriverApp

        app, self._driver = self._driver or DriverApp(self._link), None
        self._app = app
        if self._over:
            return None
        return app.run()

    def _show_staff(self, session: int) -> None:
        """Show the staff console until its session is over."""
        asyncio.run(self._console(session))

    async def _console(self, session: int) -> None:
        from kiosk.console.gatehouse_link import NotReached, linked
        from kiosk.ui.gatehouse.app import GatehouseApp

        try:
            async with linked(self._data) as link:
                self._app = app = GatehouseApp(link, keep=partial(keep_in, self._data / DOCUMENTS), take_over=session)
                if not self._over:
                    await app.run_async()
        except NotReached:
            return  # the driver's screen says how the kiosk is
