"""The console's end of the socket, against a station that is the test's own, over a real Unix socket."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from kiosk.console.desk import address_in
from kiosk.console.gatehouse import MOST_BYTES, SOCKET, VERSION, Answer, Document, Done, FromStation, NotDone, Request
from kiosk.console.gatehouse_link import (
    GatehouseLink,
    Heard,
    LineNow,
    LineState,
    Mailbox,
    NoAnswer,
    NotReached,
    linked,
)
from kiosk.console.gatehouse_told import AlertsNow, GateNow, LoggedOff, LoggedOn, OnSiteNow, QueueNow, QueueRow, Welcome
from kiosk.console.gatehouse_wishes import ChangePassword, Export, LogOn, ReleaseHold, Second, StillHere, Unlock, Verify

AT_ONCE = (0.0,)
"""Pauses of a console that tries again at once."""

WELCOME = Welcome(VERSION, "Totara Freight", "Pacific/Auckland")
ME = LoggedOn("S1", "Ann Lee", "gatehouse", ("look",))
QUIET = GateNow(attended=True, on_duty=(), parts=())

Talk = Callable[["Peer"], Awaitable[None]]


class Peer:
    """The station's side of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def say(self, *messages: FromStation) -> None:
        await self.say_raw(b"".join(msgspec.json.encode(message) + b"\n" for message in messages))

    async def say_raw(self, frames: bytes) -> None:
        self._writer.write(frames)
        await self._writer.drain()

    async def heard(self) -> Request:
        return msgspec.json.decode(await self._reader.readuntil(b"\n"), type=Request)

    async def gone(self) -> None:
        """Wait until the console has ended the line."""
        while await self._reader.read(1024):
            pass


@asynccontextmanager
async def station(folder: Path, talk: Talk) -> AsyncIterator[asyncio.Server]:
    """Serve each connection by `talk`; its end ends the connection."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await talk(Peer(reader, writer))
        finally:
            writer.transport.abort()

    with address_in(folder, SOCKET) as address:
        server = await asyncio.start_unix_server(serve, address, limit=MOST_BYTES)
    try:
        yield server
    finally:
        server.close()
        await server.wait_closed()
        (folder / SOCKET).unlink(missing_ok=True)


async def told_until(link: GatehouseLink, last: Heard) -> list[Heard]:
    """What is told, up to a message."""
    heard = [await link.told()]
    while heard[-1] != last:
        heard.append(await link.told())
    return heard


async def greet_and_stay(peer: Peer) -> None:
    await peer.say(WELCOME)
    await peer.gone()


async def test_the_welcome_is_told_first_and_a_wish_gets_its_own_answer(tmp_path: Path) -> None:
    async def talk(peer: Peer) -> None:
        await peer.say(WELCOME)
        first, second = await peer.heard(), await peer.heard()
        assert (first.wish, second.wish) == (LogOn("S1", "a long password"), StillHere())
        await peer.say(Answer(second.number, Done()), ME, Answer(first.number, NotDone("a", "b", "c")))
        await peer.gone()

    async with station(tmp_path, talk), linked(tmp_path) as link:
        assert [await link.told(), await link.told()] == [LineNow(LineState.UP), WELCOME]
        first, second = await asyncio.gather(link.ask(LogOn("S1", "a long password")), link.ask(StillHere()))
        assert (first, second) == (NotDone("a", "b", "c"), Done())
        assert await link.told() == ME


async def test_what_was_not_taken_is_replaced_by_what_is_newer(tmp_path: Path) -> None:
    row = QueueRow(7, datetime(2026, 4, 1, tzinfo=UTC), "Ann", "Southern", ("U",), ("S",), (), 0, overdue=False)
    queues = [QueueNow((row,) * count, 12.0) for count in range(5)]

    async def talk(peer: Peer) -> None:
        await peer.say(WELCOME, ME, QUIET, *queues)
        asked = await peer.heard()
        await peer.say(Answer(asked.number, Done()))
        await peer.gone()

    async with station(tmp_path, talk), linked(tmp_path) as link:
        await link.ask(StillHere())  # its answer comes after all that was told
        assert await told_until(link, queues[-1]) == [LineNow(LineState.UP), WELCOME, ME, QUIET, queues[-1]]


async def test_a_document_of_some_megabytes_comes_whole(tmp_path: Path) -> None:
    content = bytes(range(256)) * 8 * 1024

    async def talk(peer: Peer) -> None:
        await peer.say(WELCOME)
        asked = await peer.heard()
        await peer.say(Answer(asked.number, Document("queue.csv", "text/csv", content)))
        await peer.gone()

    async with station(tmp_path, talk), linked(tmp_path) as link:
        answer = await link.ask(Export("queue"))
        assert isinstance(answer, Document)
        assert answer.content == content


async def test_a_kiosk_that_restarts_is_reached_again_and_what_was_asked_meanwhile_is_not_known(tmp_path: Path) -> None:
    async def dies(peer: Peer) -> None:
        await peer.say(WELCOME, ME)
        await peer.heard()

    async with linked_to(tmp_path, dies) as link:
        await told_until(link, ME)
        with pytest.raises(NoAnswer) as lost:
            await link.ask(Verify((1,), "", ""))
        assert lost.value.sent
        assert "look whether it was done" in str(lost.value)
        told = await link.told()
        assert isinstance(told, LineNow)
        assert told.state is LineState.LOST
        again = await told_until(link, ME)
        assert [message for message in again if message in (LineNow(LineState.UP), WELCOME)] == [
            LineNow(LineState.UP), WELCOME,
        ]  # fmt: skip


@asynccontextmanager
async def linked_to(folder: Path, talk: Talk) -> AsyncIterator[GatehouseLink]:
    async with station(folder, talk), linked(folder, pauses_s=AT_ONCE) as link:
        yield link


async def test_while_no_kiosk_runs_the_line_says_so_and_takes_nothing(tmp_path: Path) -> None:
    async def ends(peer: Peer) -> None:
        await peer.say(WELCOME)

    async with station(tmp_path, ends) as server, linked(tmp_path, pauses_s=(0.0, 60.0)) as link:
        server.close()
        (tmp_path / SOCKET).unlink()
        while (told := await link.told()) != LineNow(LineState.LOST, told.words if isinstance(told, LineNow) else ""):
            pass
        while "expected a kiosk that runs on" not in (told := await link.told()).words:  # type: ignore[union-attr]
            pass
        with pytest.raises(NoAnswer) as refused:
            await link.ask(StillHere())
        assert not refused.value.sent
        assert "nothing was done" in str(refused.value)


async def test_an_answer_that_does_not_come_in_time_is_given_up(tmp_path: Path) -> None:
    async with station(tmp_path, greet_and_stay), linked(tmp_path, patience_s=0.01) as link:
        with pytest.raises(NoAnswer) as late:
            await link.ask(StillHere())
        assert late.value.sent


async def test_a_text_that_no_frame_holds_is_not_sent(tmp_path: Path) -> None:
    async with station(tmp_path, greet_and_stay), linked(tmp_path) as link:
        with pytest.raises(NoAnswer) as refused:
            await link.ask(Verify((1,), "x" * MOST_BYTES, ""))
        assert not refused.value.sent


async def test_without_a_kiosk_there_is_no_link_and_the_line_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(NotReached, match="got none; start it, or name its folder: --data"):
        async with linked(tmp_path):
            pass
    with pytest.raises(NotReached, match="got none"):
        async with linked(tmp_path / "nowhere"):
            pass


async def test_a_kiosk_of_another_version_is_said_in_a_line(tmp_path: Path) -> None:
    async def talk(peer: Peer) -> None:
        await peer.say_raw(b'{"type":"Welcome","version":99,"greeting":"kia ora"}\n')
        await peer.gone()

    async with station(tmp_path, talk):
        with pytest.raises(NotReached, match=r"expected a kiosk that speaks version 1 .* got version 99"):
            async with linked(tmp_path):
                pass


async def test_a_kiosk_that_comes_back_in_another_version_is_told_from_one_that_is_away(tmp_path: Path) -> None:
    versions = iter((VERSION, 99, VERSION))

    async def talk(peer: Peer) -> None:
        await peer.say(Welcome(next(versions), "Totara Freight", "Pacific/Auckland"))

    async with station(tmp_path, talk), linked(tmp_path, pauses_s=(0.0, 0.0)) as link:
        states = []
        while LineState.OTHER_VERSION not in states:
            if isinstance(told := await link.told(), LineNow):
                states.append(told.state)


@pytest.mark.parametrize("first", [b"", b"220 mail.example ESMTP\n", b'{"type":"Welcome","version":1}\n'])
async def test_what_is_no_welcome_is_no_kiosk(tmp_path: Path, first: bytes) -> None:
    async def talk(peer: Peer) -> None:
        await peer.say_raw(first)

    async with station(tmp_path, talk):
        with pytest.raises(NotReached):
            async with linked(tmp_path):
                pass


async def test_a_frame_that_is_none_ends_the_line(tmp_path: Path) -> None:
    async def talk(peer: Peer) -> None:
        await peer.say(WELCOME)
        await peer.say_raw(b'{"type":"Unheard"}\n')
        await peer.gone()

    async with station(tmp_path, talk), linked(tmp_path, pauses_s=(60.0,)) as link:
        while (told := await link.told()) in (LineNow(LineState.UP), WELCOME):
            pass
        assert isinstance(told, LineNow)
        assert "does not know" in told.words


async def test_with_a_session_ends_what_it_was_told() -> None:
    box = Mailbox()
    for message in (LineNow(LineState.UP), WELCOME, ME, QUIET, OnSiteNow(()), LoggedOff("idle")):
        box.put(message)
    assert [await box.next() for _ in range(3)] == [LineNow(LineState.UP), WELCOME, LoggedOff("idle")]
    box.put(LoggedOff("idle"))
    box.put(AlertsNow(()))
    box.put(ME)
    assert [await box.next(), await box.next()] == [ME, AlertsNow(())]


async def test_an_error_of_ours_ends_the_console_instead_of_hanging_it() -> None:
    box = Mailbox()
    box.put(QUIET)
    box.fail(ZeroDivisionError("ours"))
    assert await box.next() == QUIET
    with pytest.raises(ZeroDivisionError, match="ours"):
        await box.next()


def test_no_password_stands_in_what_a_wish_says_of_itself() -> None:
    release = ReleaseHold("V1", "its number was read again", Second("S2", "secret"))
    wishes = (LogOn("S1", "secret"), Unlock("secret"), ChangePassword("secret", "secret"), release)
    assert not any("secret" in repr(Request(1, wish)) for wish in wishes)
