"""One staff console in one browser: what `sealgate gatehouse --serve` starts for each. Not for people to type.

It speaks to the kiosk as the console in a terminal does. Documents go to the browser, and nothing is kept here.
"""

import asyncio
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from kiosk.console.gatehouse import Document, Result
from kiosk.console.gatehouse_link import Heard, LineNow, LineState, NotReached, StaffLink, linked
from kiosk.console.gatehouse_told import LoggedOff, LoggedOn, Welcome
from kiosk.console.gatehouse_wishes import LogOn, Wish
from kiosk.web.app_side import LOGGED_OFF, LOGGED_ON, settle_in, tell, where_from

if TYPE_CHECKING:
    from textual.app import App

DONE, FAILED = 0, 3


NOT_REACHED: Final = "The kiosk is not reached. Whoever keeps it finds why in the log of this console's server."
"""What a browser shows in place of the kiosk's folder and what is wrong with it, which are no stranger's business."""


class ReportingLink:
    """The line to the kiosk, which also tells the server whether somebody is logged on, and strangers nothing of it.

    Args:
        link: The line.
        report: Tells the server.
    """

    def __init__(self, link: StaffLink, report: Callable[[str], None]) -> None:
        self._link = link
        self._report = report
        self._reported = LOGGED_OFF

    async def told(self) -> Heard:
        """Wait for the next message."""
        heard = await self._link.told()
        match heard:
            case LoggedOn():
                self._say(LOGGED_ON)
            case LoggedOff() | Welcome():
                self._say(LOGGED_OFF)
            case LineNow(LineState.LOST):
                return LineNow(LineState.LOST, NOT_REACHED)
        return heard

    async def ask(self, wish: Wish) -> Result:
        """Ask, and wait for the answer; a log-on says from which browser it comes."""
        return await self._link.ask(replace(wish, where=where_from()) if isinstance(wish, LogOn) else wish)

    def _say(self, line: str) -> None:
        if line != self._reported:
            self._reported = line
            self._report(line)


def main(data: Path, report: int) -> int:
    """Show the console until its person leaves; returns the exit code.

    Args:
        data: The data folder of the kiosk.
        report: The number of the pipe to the server.
    """
    return asyncio.run(_run(data, report))


async def _run(data: Path, report: int) -> int:
    try:
        async with linked(data) as link:
            from kiosk.ui.gatehouse.app import GatehouseApp

            def keep(document: Document) -> str:
                return give_to_browser(app, document)

            app = GatehouseApp(ReportingLink(link, lambda line: tell(report, line)), keep=keep)
            await app.run_async()
            return DONE if not app.return_code else FAILED
    except NotReached as fault:
        sys.stderr.write(f"{fault}\n")  # for the server's log
        from kiosk.ui.gatehouse.not_reached import NotReachedApp

        await NotReachedApp(NOT_REACHED).run_async()
        return FAILED


_NAME: Final = "document"


def give_to_browser(app: "App[None]", document: Document) -> str:
    """Have the browser download a document; returns where it is."""
    name = Path(document.name).name or _NAME
    app.deliver_binary(BytesIO(document.content), save_directory=Path(), save_filename=name, mime_type=document.media)
    return f"{name}, among your browser's downloads"


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), settle_in()))
