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
from kiosk.core.said import Language
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
        language: The driver's screen's until the station has told one.
    """

    def __init__(self, link: InProcessLink, drawn: Callable[[], None], data: Path, language: Language) -> None:
        from kiosk.ui.driver.app import DriverApp

        self._link = link
        self._data = data
        self._language = language
        self._over = False
        self._driver: DriverApp | None = DriverApp(link, on_first_draw=drawn, language=language)
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

        app, self._driver = self._driver or DriverApp(self._link, language=self._language), None
        self._app = app
        if self._over:
            return None
        return app.run()

    def _show_staff(self, session: int) -> None:
        """Show the staff console until its session is over."""

        def begun(app: "App[Any]") -> bool:
            self._app = app
            return not self._over

        asyncio.run(show_console(self._data, session, begun))


async def show_console(data: Path, session: int | None, begun: "Callable[[App[Any]], bool]") -> None:
    """Show the staff console in this terminal until its person leaves, or its session is over.

    Args:
        data: The data folder.
        session: The session to go on with; None: people log on there.
        begun: Told of the program before it runs; says whether it is to run at all.
    """
    from kiosk.console.gatehouse_link import NotReached, linked
    from kiosk.ui.gatehouse.app import GatehouseApp

    try:
        async with linked(data) as link:
            app = GatehouseApp(link, keep=partial(keep_in, data / DOCUMENTS), take_over=session)
            if begun(app):
                await app.run_async()
    except NotReached:
        return  # the driver's screen says how the kiosk is
