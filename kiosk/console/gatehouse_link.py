"""A staff console's end of the gatehouse's socket: what it is told, what it asks, and whether the kiosk is reached.

Frames are lines of JSON (kiosk.console.gatehouse). A kiosk that restarts is connected to again; the session is over
then, and the station begins with Welcome as it does with everybody.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from enum import Enum
from pathlib import Path
from typing import Final, Protocol

import msgspec
from msgspec import Struct

from kiosk.console.desk import address_in
from kiosk.console.gatehouse import MOST_BYTES, SOCKET, VERSION, Answer, FromStation, Request, Result
from kiosk.console.gatehouse_told import LoggedOff, LoggedOn, Told, Welcome
from kiosk.console.gatehouse_wishes import Wish
from kiosk.core.errors import SealgateError

PAUSES_S: Final = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds before each attempt to reach a kiosk that went away, the last one for all further ones: a restart takes
some seconds, and one that is stopped for good is not to be pestered."""

WELCOME_S: Final = 5.0
"""Seconds for the station's first message, which takes milliseconds."""

PATIENCE_S: Final = 30.0
"""Seconds for an answer: an entry takes milliseconds, two passwords on a Pi a second or two; a disk that needs longer
is failing."""


class LineState(Enum):
    """How the line to the kiosk is."""

    UP = "reached"
    LOST = "not reached"
    OTHER_VERSION = "another version"


class LineNow(Struct, frozen=True):
    """How the line to the kiosk is, told as the station's own messages are.

    Attributes:
        state: How.
        words: What is wrong and what to do, in one line; empty when nothing is.
    """

    state: LineState
    words: str = ""


Heard = LineNow | Told
"""What a console hears."""


class NotReached(SealgateError):
    """There is no kiosk to speak to, or none that speaks as we do."""


class NoAnswer(SealgateError):
    """A wish got no answer.

    Attributes:
        sent: It went out, so nobody knows whether it was done.
    """

    def __init__(self, got: str, *, sent: bool) -> None:
        mend = "look whether it was done before you do it again" if sent else "nothing was done; wait until it is back"
        super().__init__(expected="the kiosk's answer", got=got, mend=mend)
        self.sent = sent


class StaffLink(Protocol):
    """What a staff console needs of the line: this file's, or a test's."""

    async def told(self) -> Heard:
        """Wait for the next message. The newest of each kind stands for those that it replaced."""

    async def ask(self, wish: Wish) -> Result:
        """Ask, and wait for the answer.

        Raises:
            NoAnswer: there was none.
        """


class Mailbox:
    """What a console has not taken yet: of each kind the newest, so that one that hangs fills no memory."""

    def __init__(self) -> None:
        self._untold: dict[type[Heard], Heard] = {}
        self._news = asyncio.Event()
        self._fault: BaseException | None = None

    def put(self, message: Heard) -> None:
        """Keep it, in place of what it makes void."""
        for kind in self._voided_by(message):
            self._untold.pop(kind, None)
        self._untold[type(message)] = message
        self._news.set()

    def fail(self, fault: BaseException) -> None:
        """Whoever waits is told that nothing will come any more: an error of ours must end the console, not hang it."""
        self._fault = fault
        self._news.set()

    async def next(self) -> Heard:
        """Wait for a message: first the line, then who the session is, then the rest as it came."""
        while not self._untold:
            if self._fault is not None:
                raise self._fault
            self._news.clear()
            await self._news.wait()
        kind = next((each for each in _FIRST if each in self._untold), None) or next(iter(self._untold))
        return self._untold.pop(kind)

    def _voided_by(self, message: Heard) -> tuple[type[Heard], ...]:
        """With a session ends all that it was told; what a line says stands until it says something else."""
        match message:
            case Welcome() | LoggedOff():
                return tuple(kind for kind in self._untold if kind not in (LineNow, Welcome))
            case LoggedOn():
                return (LoggedOff, LoggedOn)
            case _:
                return (type(message),)


_FIRST: Final[tuple[type[Heard], ...]] = (LineNow, Welcome, LoggedOff, LoggedOn)


@asynccontextmanager
async def linked(
    folder: Path, *, pauses_s: Sequence[float] = PAUSES_S, patience_s: float = PATIENCE_S
) -> AsyncIterator[GatehouseLink]:
    """A link to the kiosk that runs on a data folder, for as long as the block lasts.

    Args:
        folder: The data folder.
        pauses_s: Seconds before each further attempt to reach a kiosk that went away.
        patience_s: Seconds for an answer.

    Raises:
        NotReached: No kiosk runs there, its socket is another user's, or it speaks another version.
    """
    link = GatehouseLink(folder, pauses_s, patience_s)
    reader = await link.connect()
    keeper = asyncio.create_task(link.keep_up(reader), name="gatehouse link")
    keeper.add_done_callback(link.ended)
    try:
        yield link
    finally:
        keeper.cancel()
        await asyncio.wait([keeper])
        await link.hang_up()


class GatehouseLink:
    """The socket's client end; `linked` makes one and ends it."""

    def __init__(self, folder: Path, pauses_s: Sequence[float], patience_s: float) -> None:
        self._folder = folder
        self._pauses_s = pauses_s
        self._patience_s = patience_s
        self._box = Mailbox()
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[Result]] = {}
        self._writer: asyncio.StreamWriter | None = None
        self._decoder = msgspec.json.Decoder(FromStation)

    # --- what a console does ------------------------------------------------------------------------

    async def told(self) -> Heard:
        """Wait for the next message. The newest of each kind stands for those that it replaced."""
        return await self._box.next()

    async def ask(self, wish: Wish) -> Result:
        """Ask, and wait for the answer.

        Raises:
            NoAnswer: there was none.
        """
        writer, number = self._writer, next(self._numbers)
        if writer is None:
            raise NoAnswer("no line to it", sent=False)
        frame = msgspec.json.encode(Request(number, wish)) + b"\n"
        if len(frame) > MOST_BYTES:
            raise NoAnswer(f"a text of {len(frame)} bytes, more than {MOST_BYTES}", sent=False)
        answer: asyncio.Future[Result] = asyncio.get_running_loop().create_future()
        self._asked[number] = answer
        try:
            async with asyncio.timeout(self._patience_s):
                writer.write(frame)
                await writer.drain()
                return await answer
        except TimeoutError:
            raise NoAnswer(f"none within {self._patience_s:g} s", sent=True) from None
        except OSError as fault:
            raise NoAnswer(str(fault), sent=True) from fault
        finally:
            del self._asked[number]

    # --- the line -----------------------------------------------------------------------------------

    async def connect(self) -> asyncio.StreamReader:
        """Reach the kiosk and be welcomed.

        Raises:
            NotReached: No kiosk runs there, its socket is another user's, or it speaks another version.
        """
        try:
            with address_in(self._folder, SOCKET) as address:
                reader, writer = await asyncio.open_unix_connection(address, limit=MOST_BYTES)
        except (FileNotFoundError, ConnectionRefusedError):
            raise NotReached(
                expected=f"a kiosk that runs on {self._folder}", got="none", mend="start it, or name its folder: --data"
            ) from None
        except OSError as fault:
            raise NotReached(
                expected=f"the socket of the kiosk on {self._folder}", got=str(fault), mend="run this as its user"
            ) from fault
        try:
            welcome = await self._welcomed(reader)
        except BaseException:
            await _close(writer)
            raise
        self._writer = writer
        self._box.put(LineNow(LineState.UP))
        self._box.put(welcome)
        return reader

    async def _welcomed(self, reader: asyncio.StreamReader) -> Welcome:
        try:
            async with asyncio.timeout(WELCOME_S):
                frame = await reader.readuntil(b"\n")
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError) as fault:
            got = str(fault) or type(fault).__name__
            raise NotReached(expected="the kiosk's welcome", got=got, mend="see the kiosk's log") from fault
        if (version := _version_of(frame)) != VERSION:
            raise _OtherVersion(
                expected=f"a kiosk that speaks version {VERSION} of the gatehouse's protocol",
                got=f"version {version}",
                mend="end this console and start it again, or restart the kiosk: both must be of one installation",
            )
        try:
            return msgspec.json.decode(frame, type=Welcome)
        except msgspec.DecodeError as fault:
            raise NotReached(expected="the kiosk's welcome", got=str(fault), mend="see the kiosk's log") from fault

    async def hang_up(self) -> None:
        """End the line."""
        writer, self._writer = self._writer, None
        if writer is not None:
            await _close(writer)

    def ended(self, keeper: asyncio.Task[None]) -> None:
        """Called when what keeps up the line has ended, which it does by an error alone, or at the end."""
        if not keeper.cancelled() and (fault := keeper.exception()) is not None:
            self._box.fail(fault)

    async def keep_up(self, reader: asyncio.StreamReader | None) -> None:
        """Take what the kiosk says, and reach it again whenever it is lost, until cancelled."""
        attempts = 0
        while True:
            if reader is not None:
                attempts = 0
                words = await self._hear_out(reader)
                self._box.put(LineNow(LineState.LOST, words))
            await asyncio.sleep(self._pauses_s[min(attempts, len(self._pauses_s) - 1)])
            attempts += 1
            try:
                reader = await self.connect()
            except NotReached as fault:
                reader = None
                state = LineState.OTHER_VERSION if isinstance(fault, _OtherVersion) else LineState.LOST
                self._box.put(LineNow(state, str(fault)))

    async def _hear_out(self, reader: asyncio.StreamReader) -> str:
        """Take frames until there are no more; returns why, in words."""
        try:
            while True:
                self._take(await reader.readuntil(b"\n"))
        except (asyncio.IncompleteReadError, OSError):
            return "the kiosk ended, or closed the line"
        except (msgspec.DecodeError, asyncio.LimitOverrunError) as fault:
            return f"the kiosk said something that this console does not know: {fault}"
        finally:
            await self.hang_up()
            for answer in self._asked.values():
                if not answer.done():
                    answer.set_exception(NoAnswer("the line was lost before it came", sent=True))

    def _take(self, frame: bytes) -> None:
        message = self._decoder.decode(frame)
        if not isinstance(message, Answer):
            self._box.put(message)
        elif (answer := self._asked.get(message.number)) is not None and not answer.done():
            answer.set_result(message.result)


async def _close(writer: asyncio.StreamWriter) -> None:
    """At once: a kiosk that hangs takes nothing more, and what it did not take gets no answer anyway."""
    writer.transport.abort()
    with suppress(OSError):
        await writer.wait_closed()


class _OtherVersion(NotReached):
    """The kiosk speaks another version."""


class _Version(Struct, frozen=True):
    """What every version's welcome says."""

    version: int = 0


def _version_of(frame: bytes) -> int:
    """The version that a first frame names; 0 when it is no welcome of any."""
    try:
        return msgspec.json.decode(frame, type=_Version).version
    except msgspec.DecodeError:
        return 0
