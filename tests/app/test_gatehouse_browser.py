"""A console in a browser, without one: what it tells the server, and what it keeps from strangers."""

from collections.abc import Sequence
from io import BytesIO
from pathlib import Path

import pytest

from kiosk.commands.gatehouse_browser import NOT_REACHED, ReportingLink, give_to_browser
from kiosk.console import gatehouse as g
from kiosk.console import gatehouse_told as gt
from kiosk.console import gatehouse_wishes as gw
from kiosk.console.gatehouse_link import Heard, LineNow, LineState
from kiosk.web.app_side import LOGGED_OFF, LOGGED_ON, where_from

HANA = gt.LoggedOn("hana", "Hana", "gatehouse", ())
WELCOME = gt.Welcome(g.VERSION, "Test Yard", "UTC")


class PlayedLink:
    """A line on which this is heard."""

    def __init__(self, heard: Sequence[Heard]) -> None:
        self._heard = list(heard)
        self.asked: list[gw.Wish] = []

    async def told(self) -> Heard:
        return self._heard.pop(0)

    async def ask(self, wish: gw.Wish) -> g.Result:
        self.asked.append(wish)
        return g.Done()


@pytest.mark.parametrize(
    ("heard", "reported"),
    [
        ([WELCOME], []),
        ([WELCOME, HANA, HANA, gt.HoldsNow(())], [LOGGED_ON]),
        ([WELCOME, HANA, gt.LoggedOff("idle")], [LOGGED_ON, LOGGED_OFF]),
        ([WELCOME, HANA, LineNow(LineState.LOST, "x"), LineNow(LineState.UP), WELCOME], [LOGGED_ON, LOGGED_OFF]),
        ([WELCOME, gt.LoggedOff("no"), HANA, gt.LoggedOff("no"), HANA], [LOGGED_ON, LOGGED_OFF, LOGGED_ON]),
    ],
)
async def test_the_server_is_told_whether_somebody_is_logged_on_and_only_when_that_changes(
    heard: Sequence[Heard], reported: list[str]
) -> None:
    told: list[str] = []
    link = ReportingLink(PlayedLink(heard), told.append)
    for _ in heard:
        await link.told()
    assert told == reported


async def test_a_stranger_reads_nothing_of_where_the_kiosk_is_or_what_is_wrong_with_it() -> None:
    lost = LineNow(LineState.LOST, "expected a kiosk that runs on /var/lib/sealgate, got none")
    link = ReportingLink(PlayedLink([lost]), lambda _: None)
    assert await link.told() == LineNow(LineState.LOST, NOT_REACHED)


async def test_all_else_is_heard_and_asked_as_it_is_and_a_log_on_says_from_where(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SEALGATE_WHERE", "browser at 192.168.1.7")
    played = PlayedLink([WELCOME, LineNow(LineState.UP)])
    link = ReportingLink(played, lambda _: None)
    assert [await link.told() for _ in range(2)] == [WELCOME, LineNow(LineState.UP)]
    assert await link.ask(gw.LogOn("hana", "a password of hers")) == g.Done()
    assert played.asked == [gw.LogOn("hana", "a password of hers", "browser at 192.168.1.7")]


@pytest.mark.parametrize(
    ("named", "given"), [("queue.csv", "queue.csv"), ("../../keys/x.csv", "x.csv"), ("", "document"), ("/", "document")]
)
def test_a_document_goes_to_the_browser_under_its_own_name_alone(named: str, given: str) -> None:
    class PlayedApp:
        def deliver_binary(self, binary: BytesIO, *, save_directory: Path, save_filename: str, mime_type: str) -> None:
            self.delivered = binary.read(), save_directory, save_filename, mime_type

    app = PlayedApp()
    said = give_to_browser(app, g.Document(named, "text/csv", b"a,b\r\n"))  # type: ignore[arg-type]
    assert app.delivered == (b"a,b\r\n", Path(), given, "text/csv")
    assert said.startswith(given)


def test_where_a_browser_is_is_what_the_server_says() -> None:
    assert where_from({}) == "browser"
    assert where_from({"SEALGATE_WHERE": "browser at 192.168.1.7"}) == "browser at 192.168.1.7"
