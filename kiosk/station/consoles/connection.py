"""One console's connection: frames in, frames out. What is told and not taken yet is replaced by what is newer."""

import asyncio
from typing import Final

import msgspec

from kiosk.console.gatehouse import MOST_BYTES, Answer, FromStation, NotDone, Request
from kiosk.console.gatehouse_told import Told

MOST_ASKED_BYTES: Final = 256 * 1024
"""Of a request: a report to Customs is some pages of text."""

FLUSH_S: Final = 1.0
"""Seconds for a console to take what is left: one that hangs does not keep the kiosk from stopping."""

_DECODER: Final = msgspec.json.Decoder(Request)
_ENCODER: Final = msgspec.json.Encoder()


class BadFrame(Exception):
    """What came is no request of this protocol."""


class Connection:
    """Reads requests and writes what is answered and told; a console that does not read holds up itself alone.

    Args:
        reader: From the console.
        writer: To the console.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._answers: list[Answer] = []
        self._told: dict[type[Told], Told] = {}
        self._untold: list[type[Told]] = []
        self._news = asyncio.Event()

    async def asked(self) -> Request | None:
        """The next request; None once the console has gone.

        Raises:
            BadFrame: Something else came.
        """
        try:
            line = await self._reader.readuntil(b"\n")
            return _DECODER.decode(line)
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        except (asyncio.LimitOverrunError, msgspec.DecodeError) as fault:
            raise BadFrame(str(fault)) from None

    def answer(self, answer: Answer) -> None:
        """Answer a request; answers are never replaced."""
        self._answers.append(answer)
        self._news.set()

    def tell(self, message: Told) -> None:
        """Tell it something, unless that is what it was told last."""
        kind = type(message)
        if self._told.get(kind) == message:
            return
        self._told[kind] = message
        if kind not in self._untold:
            self._untold.append(kind)
        self._news.set()

    def forget(self) -> None:
        """What was told before counts no more: somebody else looks, or nobody."""
        self._told.clear()
        self._untold.clear()

    async def write_on(self) -> None:
        """Write whatever there is, until cancelled or until the console has gone."""
        try:
            while True:
                while (message := self._next()) is not None:
                    self._writer.write(_frame(message))
                    await self._writer.drain()
                self._news.clear()
                await self._news.wait()
        except ConnectionError:
            return

    async def flush(self) -> None:
        """Write what is left, and close."""
        try:
            while (message := self._next()) is not None:
                self._writer.write(_frame(message))
            async with asyncio.timeout(FLUSH_S):
                await self._writer.drain()
        except (ConnectionError, TimeoutError):
            pass
        finally:
            self._writer.close()

    def _next(self) -> FromStation | None:
        """What was told first, so that an answer finds its effect on the screen already."""
        if self._untold:
            return self._told[self._untold.pop(0)]
        return self._answers.pop(0) if self._answers else None


def _frame(message: FromStation) -> bytes:
    """A message as a line. What is too long for one is said to be; nobody waits for it in vain."""
    frame = _ENCODER.encode(message) + b"\n"
    if len(frame) <= MOST_BYTES:
        return frame
    if not isinstance(message, Answer):
        return b""
    refused = NotDone(f"an answer of at most {MOST_BYTES} bytes", f"{len(frame)}", "ask for less, or use the command")
    return _ENCODER.encode(Answer(message.number, refused)) + b"\n"
