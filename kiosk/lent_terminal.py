"""The kiosk's screen in a terminal that is lent to it over a Unix socket, and may go and come at any time.

The kiosk draws into a pseudo-terminal of its own, whose other end goes to the one program that connects (``sealgate
screen``, in a terminal on the display, or on the console). A display that is pulled out, or a terminal that crashes or
hangs, takes nothing of the kiosk with it: what nobody shows is thrown away. Whoever connects gets a screen that is made
anew, since only its start tells a terminal what it has to switch on.
"""

import fcntl
import os
import selectors
import signal
import socket
import struct
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event, Thread
from time import monotonic
from typing import Annotated, Any, Final, Protocol

import msgspec
from msgspec import Meta, Struct

FIRST_WAIT_S: Final = 0.3
"""Seconds that the station waits for a terminal, so that a driver sees at once that the gate is starting."""

LOOK_S: Final = 0.25
"""Seconds between looks while nothing comes: a beat of the screen, and how long an end may take, are some of them."""

UNREAD_S: Final = 3.0
"""Seconds for which a lender may read nothing of what is drawn: half of what the service manager's watchdog allows."""

HELLO_S: Final = 2.0
"""Seconds within which a lender says what its terminal is; it has it at hand."""

END_RETRY_S: Final = 0.05
"""Seconds between attempts to end a screen that is still coming up."""

MOST_BYTES: Final = 65_536
"""Taken at once; a message is far shorter, and a picture of the screen some thousand bytes."""

LENT, TAKEN = b"lent", b"taken"
"""The kiosk's answers: here is the terminal to show; another program shows it already."""

Cells = Annotated[int, Meta(ge=1, le=1000)]
Word = Annotated[str, Meta(max_length=64, pattern=r"^[A-Za-z0-9.+_-]*$")]


class Size(Struct, frozen=True, forbid_unknown_fields=True):
    """How large the lender's terminal is, in cells. Sent whenever it changes."""

    rows: Cells
    columns: Cells


class Hello(Struct, frozen=True, forbid_unknown_fields=True):
    """What a lender says first.

    Attributes:
        term: Its ``TERM``.
        colorterm: Its ``COLORTERM``; empty if it has none.
        size: How large it is.
    """

    term: Word
    colorterm: Word
    size: Size


class Screen(Protocol):
    """A screen, as kiosk.app has it."""

    def run(self) -> object:
        """Show until told to end, or until it crashed."""

    def end(self) -> None:
        """End run(), from any thread."""


class LentScreen:
    """Runs a screen in whatever terminal is lent, one after another, until it is ended.

    Args:
        path: Where to listen. Who may connect is a matter of the folder's owner, group and mode.
        make_screen: Makes a screen; it calls the function given once what it was told first is drawn.
        drawn: Starts the station; called though nobody lends a terminal.
        beat: Called again and again while there is no screen; a screen beats for itself.
    """

    def __init__(
        self,
        path: Path,
        make_screen: Callable[[Callable[[], None]], Screen],
        drawn: Callable[[], None],
        beat: Callable[[], None] = lambda: None,
    ) -> None:
        self._path = path
        self._make_screen = make_screen
        self._drawn = drawn
        self._beat = beat
        self._over = Event()
        self._screen: Screen | None = None

    def run(self) -> None:
        """Show it until it is ended, or until a screen crashed.

        Raises:
            OSError: nobody can connect here.
        """
        with _door(self._path) as door:
            door.settimeout(FIRST_WAIT_S)
            while not self._over.is_set():
                self._beat()
                connection = _next(door)
                door.settimeout(LOOK_S)
                if connection is None:
                    self._drawn()
                    continue
                with connection:
                    self._show(door, connection)

    def end(self) -> None:
        """End it, from any thread. To be called again until run() has ended."""
        self._over.set()
        screen = self._screen
        if screen is not None:
            screen.end()

    def _show(self, door: socket.socket, connection: socket.socket) -> None:
        """Show a screen to one lender until they are gone, or it is ended."""
        try:
            connection.settimeout(HELLO_S)
            hello = msgspec.json.decode(connection.recv(MOST_BYTES), type=Hello)
        except (OSError, msgspec.DecodeError) as error:
            _log().warning("who connected as the screen did not say what its terminal is", error=str(error))
            return
        with _pair(hello.size) as (ours, theirs):
            lender = _Lender(door, connection, ours, theirs)
            try:
                socket.send_fds(connection, [LENT], [theirs])
            except OSError:
                return
            with _standing_in(ours, hello), lender.watched():
                self._screen = screen = self._make_screen(self._drawn)
                try:
                    with lender.ending(screen):
                        if not self._over.is_set():
                            screen.run()
                except Exception:
                    if not lender.gone:
                        raise
                finally:
                    self._screen = None
        # Not sooner: what a log may write to is that very terminal until here.
        if lender.hung:
            _log().warning("the terminal that showed the screen took nothing; it was let go", after_s=UNREAD_S)


class _Lender:
    """Who shows the screen: heard when it has another size, and watched for its end.

    Attributes:
        gone: Whether it shows the screen no more.
        hung: Whether it is gone because it took nothing of what was drawn.
    """

    def __init__(self, door: socket.socket, connection: socket.socket, ours: int, theirs: int) -> None:
        self.gone = False
        self.hung = False
        self._door = door
        self._connection = connection
        self._ours = ours
        self._theirs = theirs
        self._done = Event()
        self._lost = Event()
        self._unread_since: float | None = None

    @contextmanager
    def watched(self) -> Iterator[None]:
        thread = Thread(target=self._watch, name="lent terminal")
        thread.start()
        try:
            yield
        finally:
            self._done.set()
            thread.join()

    @contextmanager
    def ending(self, screen: Screen) -> Iterator[None]:
        """End a screen once the lender is gone. By a thread of its own: _watch must go on throwing away meanwhile."""
        over = Event()

        def end() -> None:
            self._lost.wait()
            while not over.wait(END_RETRY_S):
                screen.end()

        thread = Thread(target=end, name="lent terminal's end")
        thread.start()
        try:
            yield
        finally:
            over.set()
            self._lost.set()
            thread.join()

    def _watch(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._connection, selectors.EVENT_READ, self._hear)
            selector.register(self._door, selectors.EVENT_READ, self._refuse)
            while not self._done.is_set():
                # Who goes first and who comes next may be told at once: nobody is refused for one who is gone.
                ready = {key.data for key, _ in selector.select(LOOK_S)}
                for doing in (self._hear, self._refuse, self._throw_away):
                    if doing in ready:
                        doing()
                if not self.gone and self._unread():
                    self.gone = self.hung = True
                if self.gone and not self._lost.is_set():
                    selector.unregister(self._connection)
                    selector.unregister(self._door)
                    with suppress(OSError):
                        self._connection.shutdown(socket.SHUT_RDWR)
                    os.set_blocking(self._theirs, False)
                    selector.register(self._theirs, selectors.EVENT_READ, self._throw_away)
                    self._lost.set()

    def _hear(self) -> None:
        try:
            said = self._connection.recv(MOST_BYTES)
            size = msgspec.json.decode(said, type=Size) if said else None
        except (OSError, msgspec.DecodeError):
            size = None
        if size is None:
            self.gone = True
            return
        _set_size(self._ours, size)
        os.kill(os.getpid(), signal.SIGWINCH)  # it is no terminal of our session: the kernel tells nobody

    def _refuse(self) -> None:
        if self.gone:
            return
        other = _next(self._door)
        if other is not None:
            with other, suppress(OSError):
                other.settimeout(LOOK_S)
                other.recv(MOST_BYTES)  # what nobody took would cut off the answer
                other.send(TAKEN)

    def _throw_away(self) -> None:
        with suppress(OSError):
            os.read(self._theirs, MOST_BYTES)

    def _unread(self) -> bool:
        """Whether for too long there has been no room for what is drawn."""
        with selectors.SelectSelector() as selector:
            selector.register(self._ours, selectors.EVENT_WRITE)
            if selector.select(0):
                self._unread_since = None
                return False
        if self._unread_since is None:
            self._unread_since = monotonic()
        return monotonic() - self._unread_since > UNREAD_S


@contextmanager
def _door(path: Path) -> Iterator[socket.socket]:
    """Listen; what an earlier kiosk left there goes first, and nothing is left behind."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as door:
        path.unlink(missing_ok=True)
        door.bind(str(path))
        path.chmod(0o660)  # its group, too: the display's program is another user, who cannot read the kiosk's files
        door.listen()
        try:
            yield door
        finally:
            path.unlink(missing_ok=True)


def _next(door: socket.socket) -> socket.socket | None:
    try:
        connection, _ = door.accept()
    except (TimeoutError, BlockingIOError, ConnectionError):
        return None
    return connection


@contextmanager
def _pair(size: Size) -> Iterator[tuple[int, int]]:
    """A pseudo-terminal: the end that the screen draws on, and the one that is lent."""
    theirs, ours = os.openpty()
    try:
        _set_size(ours, size)
        yield ours, theirs
    finally:
        os.close(ours)
        os.close(theirs)


def _set_size(terminal: int, size: Size) -> None:
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", size.rows, size.columns, 0, 0))


@contextmanager
def _standing_in(terminal: int, hello: Hello) -> Iterator[None]:
    """A terminal in place of stdin, stdout and stderr, where Textual looks for one; the journal has them back after."""
    names = {"TERM": hello.term, "COLORTERM": hello.colorterm}
    environment = {name: os.environ.get(name) for name in (*names, "COLUMNS", "LINES")}
    before = [os.dup(number) for number in (0, 1, 2)]
    try:
        _flush()
        os.environ.update(names)
        for size_of_another in ("COLUMNS", "LINES"):
            os.environ.pop(size_of_another, None)
        for number in (0, 1, 2):
            os.dup2(terminal, number)
        yield
    finally:
        _flush()
        for number, kept in enumerate(before):
            os.dup2(kept, number)
            os.close(kept)
        for name, value in environment.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _flush() -> None:
    for stream in (sys.__stdout__, sys.__stderr__):
        if stream is not None:
            stream.flush()


def _log() -> Any:  # noqa: ANN401 - structlog's own loggers are of any type
    import structlog  # not before the screen, as in kiosk.app

    return structlog.get_logger("screen")
