"""Made-up time: an event loop whose clock jumps to the next thing that is due, and threads that take turns with it.

Theory of operation. One thing runs at a time. When the loop has nothing ready, its clock jumps to its next timer. A
driver's thread runs while the loop stands still, until it waits; its waiting is a timer of the loop. So a year of the
kiosk takes as long as its work does, and the same run is the same every time.
"""

import asyncio
import selectors
import sys
import threading
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from types import FrameType
from typing import Any, Final, TypeVar

T = TypeVar("T")

Profile = Callable[[FrameType, str, Any], object]
"""As sys.setprofile takes it."""

DISK_S: Final = 0.002
"""Seconds from what is asked of the ledger's thread to its being done."""


class Stuck(Exception):
    """Nothing is due, and nothing will ever be."""


class Clockwork:
    """The time of one made-up world.

    Attributes:
        now: Monotonic seconds.
        loop: The event loop that lives in it.
        poll_s: Seconds that a driver's wait lasts, given what it asked for: who waits for nothing need not look often.
        profile: What each thread's calls are told to, as sys.setprofile; None: nothing.
    """

    def __init__(self) -> None:
        self.now = 1000.0
        self.loop = _Loop(self)
        self.poll_s: Callable[[float], float] = lambda asked: asked
        self.profile: Profile | None = None
        self._here: _Thread | None = None
        self.threads: list[_Thread] = []

    def event(self) -> "_Event":
        """A threading.Event of this world."""
        return _Event(self)

    def thread(self, *, target: Callable[[], None], name: str, daemon: bool) -> "_Thread":
        """A threading.Thread of this world."""
        made = _Thread(self, target, name, daemon)
        self.threads.append(made)
        return made

    def executor(self, max_workers: int, thread_name_prefix: str) -> "_Executor":
        """A ThreadPoolExecutor of this world: its one thread does one thing after the other, each after a moment."""
        return _Executor(self)

    def kill(self) -> None:
        """The process is gone: no thread goes on from where it is."""
        for thread in self.threads:
            thread.kill()
        self.threads.clear()

    def park(self) -> None:
        """The running driver's thread waits, and the loop goes on."""
        thread = self._here
        assert thread is not None, "the loop itself never waits like a thread"
        thread.park()

    @property
    def here(self) -> "_Thread | None":
        """The driver's thread that runs now."""
        return self._here


class _Selector(selectors.DefaultSelector):
    def __init__(self, clockwork: Clockwork) -> None:
        super().__init__()
        self._clockwork = clockwork

    def select(self, timeout: float | None = None) -> Any:
        ready = super().select(0)
        if not ready:
            if timeout is None:
                raise Stuck("expected something to be due, nothing is")
            self._clockwork.now += max(0.0, timeout)
        return ready


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self, clockwork: Clockwork) -> None:
        self._clockwork = clockwork
        super().__init__(_Selector(clockwork))

    def time(self) -> float:
        return self._clockwork.now

    def run_in_executor(self, executor: Any, func: Callable[..., T], *args: Any) -> "asyncio.Future[T]":  # type: ignore[override]
        """At once, in this thread: what is done beside the loop takes no made-up time."""
        future: asyncio.Future[T] = self.create_future()
        try:
            future.set_result(func(*args))
        except Exception as error:  # noqa: BLE001 - its asker gets it
            future.set_exception(error)
        return future


class _Killed(BaseException):
    """Ends a thread whose process is gone, without any of its clearing up: it never runs again."""


class _Thread:
    def __init__(self, clockwork: Clockwork, target: Callable[[], None], name: str, daemon: bool) -> None:
        self._clockwork = clockwork
        self._target = target
        self._go, self._parked = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, name=f"made-up {name}", daemon=daemon)
        self._killed = False
        self.alive = False

    @property
    def ident(self) -> int | None:
        return self._thread.ident

    def start(self) -> None:
        self.alive = True
        self._thread.start()
        self.resume()

    def resume(self) -> None:
        """Let it run until it waits or ends. On the loop's thread."""
        if not self.alive:
            return
        before, self._clockwork._here = self._clockwork._here, self
        self._go.release()
        self._parked.acquire()
        self._clockwork._here = before

    def park(self) -> None:
        sys.setprofile(None)
        self._parked.release()
        self._go.acquire()
        if self._killed:
            raise _Killed
        sys.setprofile(self._clockwork.profile)

    def is_alive(self) -> bool:
        return self.alive

    def join(self, timeout: float | None = None) -> None:
        """Whoever waits for it lets it run: to its end, once it was told to end."""
        for _ in range(3):
            self.resume()

    def kill(self) -> None:
        if self.alive:
            self._killed = True
            self.resume()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        self._go.acquire()
        try:
            sys.setprofile(self._clockwork.profile)
            self._target()
        except _Killed:
            pass
        finally:
            sys.setprofile(None)
            self.alive = False
            self._parked.release()


class _Event:
    def __init__(self, clockwork: Clockwork) -> None:
        self._clockwork = clockwork
        self._set = False

    def is_set(self) -> bool:
        return self._set

    def set(self) -> None:
        self._set = True

    def wait(self, timeout: float) -> bool:
        clockwork = self._clockwork
        thread = clockwork.here
        if not self._set and thread is not None:
            timer = clockwork.loop.call_later(clockwork.poll_s(timeout), thread.resume)
            try:
                clockwork.park()
            finally:
                timer.cancel()
        return self._set


class _Executor:
    def __init__(self, clockwork: Clockwork) -> None:
        self._clockwork = clockwork
        self._waiting: deque[tuple[Future[Any], Callable[..., Any], tuple[Any, ...]]] = deque()
        self._dead = False

    def die(self) -> None:
        """The process is gone: nothing more is done."""
        self._dead = True
        self._waiting.clear()

    def submit(self, call: Callable[..., T], *args: Any) -> "Future[T]":
        future: Future[T] = Future()
        if self._dead:
            future.cancel()
            return future
        self._waiting.append((future, call, args))
        self._clockwork.loop.call_later(DISK_S, self._next)
        return future

    def shutdown(self, wait: bool = True, cancel_futures: bool = False) -> None:
        while self._waiting and not cancel_futures:
            self._next()

    def _next(self) -> None:
        if not self._waiting:
            return
        future, call, args = self._waiting.popleft()
        try:
            future.set_result(call(*args))
        except BaseException as error:  # noqa: BLE001 - as ThreadPoolExecutor does
            future.set_exception(error)


def patches(clockwork: Clockwork) -> Mapping[str, object]:
    """What of the kiosk's modules is replaced so that it lives in this world: places and what stands there then."""
    return {
        "drivers.supervision.Event": clockwork.event,
        "drivers.supervision.Thread": clockwork.thread,
        "kiosk.station.recorder.ThreadPoolExecutor": clockwork.executor,
        "kiosk.station.pin_check.ThreadPoolExecutor": clockwork.executor,
    }
