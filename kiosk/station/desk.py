"""The station's end of the desk: commands of this machine have it write entries (kiosk.console.desk)."""

import asyncio
import os
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import structlog

from kiosk.console.desk import KINDS, MOST_BYTES, PATIENCE_S, SOCKET, Answer, Asked, address_in
from kiosk.console.how_it_is import QUESTION, HowItIs
from kiosk.core import card_steps
from kiosk.core import events as ev
from kiosk.core.effects import EntryKind
from kiosk.core.list_override import ListOverride
from kiosk.core.times import Moment
from kiosk.ledger.errors import LedgerError
from kiosk.station.recorder import Recorder

_CREDENTIALS = struct.Struct("3i")
"""What SO_PEERCRED gives: process, user, group (unix(7))."""

_OF_CARDS = {kind.value: kind for kind in card_steps.CARD_KINDS}


class Desk:
    """Serves one data folder, on the station's loop.

    Args:
        folder: The data folder.
        recorder: Writes the entries.
        now: Reads both clocks.
        post: Takes what the lane has to know of them.
        how_it_is: Says how the kiosk is, to whoever asks.
    """

    def __init__(
        self,
        folder: Path,
        recorder: Recorder,
        now: Callable[[], Moment],
        post: Callable[[ev.Event], None],
        how_it_is: Callable[[], HowItIs],
    ) -> None:
        self._folder = folder
        self._recorder = recorder
        self._now = now
        self._post = post
        self._how_it_is = how_it_is
        self._server: asyncio.Server | None = None
        self._log = structlog.get_logger("station").bind(part="desk")

    async def open(self) -> None:
        """Begin to listen; the socket of a kiosk that was killed is replaced: the ledger's lock says that none lives.

        A folder that takes no socket is logged: the gate goes on, and commands say that they reach no kiosk.
        """
        path, listener = self._folder / SOCKET, socket.socket(socket.AF_UNIX)
        try:
            path.unlink(missing_ok=True)
            with address_in(self._folder) as address:
                listener.bind(address)
            path.chmod(0o600)
            # Not serving yet: until the server is ours, nothing is waited for, or a stop would leave it behind.
            self._server = await asyncio.start_unix_server(
                self._serve, sock=listener, limit=MOST_BYTES, start_serving=False
            )
            await self._server.start_serving()
        except OSError as fault:
            listener.close()
            self._log.error("no socket for commands", fault=str(fault))

    async def close(self) -> None:
        """Answer what was asked, and listen no more."""
        server, self._server = self._server, None
        if server is not None:
            server.close()
            await server.wait_closed()
            with suppress(OSError):
                (self._folder / SOCKET).unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, TimeoutError):
            try:
                async with asyncio.timeout(PATIENCE_S):
                    answer = await self._answer(reader, writer)
                    writer.write(msgspec.json.encode(answer) + b"\n")
                    await writer.drain()
            finally:
                writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Answer | HowItIs:
        try:
            line = await reader.readuntil(b"\n")  # all of it, or who is refused does not hear why
            if not _is_ours(writer.get_extra_info("socket")):
                return Answer(expected="the kiosk's own user, or root", got="another", mend="run it as that user")
            asked = msgspec.json.decode(line, type=Asked)
        except (msgspec.DecodeError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as fault:
            return Answer(expected="a kind and a body, as one line of JSON", got=str(fault), mend="update this command")
        if asked.kind == QUESTION:
            return self._how_it_is()
        at = self._now()
        if (refused := _refused(asked, at)) is not None:
            return refused
        try:
            head = await asyncio.wrap_future(self._recorder.record(asked.kind, asked.body, at))
        except LedgerError as fault:
            return Answer(expected=fault.expected, got=fault.got, mend=fault.mend)
        self._post(ev.StaffRecorded(asked.kind, asked.body, at))
        return Answer(head.count, head.digest)


def _refused(asked: Asked, at: Moment) -> Answer | None:
    """Why an entry is not written; None where it is: what nobody can read must not stand in the ledger."""
    from kiosk.console.bodies import misshape_of

    if asked.kind not in KINDS:
        return Answer(expected="a kind that staff record", got=asked.kind, mend="the gate alone records others")
    if not _is_read_by_the_gate(asked, at):
        expected = f"a body of {asked.kind} that the gate can read"
        return Answer(expected=expected, got="another", mend="update this command")
    if wrong := misshape_of(asked):
        expected = f"what a step records as {asked.kind}"
        return Answer(expected=expected, got=f"another body ({wrong})", mend="update this command")
    return None


def _is_read_by_the_gate(asked: Asked, at: Moment) -> bool:
    """Whether the gate can go by it, now and at each start; of most kinds it heeds none."""
    if asked.kind == EntryKind.LIST_OVERRIDE.value:
        return _is_override(asked.body, at)
    return asked.kind not in _OF_CARDS or card_steps.fits(_OF_CARDS[asked.kind], asked.body)


def _is_override(body: dict[str, Any], at: Moment) -> bool:
    try:
        override = ListOverride.of_entry(body, at)
    except (KeyError, TypeError):
        return False
    words = (override.version, override.staff_id, override.reason)
    return all(isinstance(each, str) for each in words) and type(override.lasts_s) is int


def _is_ours(line: socket.socket) -> bool:
    asked = line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _, user, _ = _CREDENTIALS.unpack(asked)
    return user in (0, os.getuid())
