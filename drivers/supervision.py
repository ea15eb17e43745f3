"""The thread that a device lives in: opened, served, and opened again after a loss."""

from collections.abc import Callable
from threading import Event, Thread

import structlog

from drivers.reports import DeviceLost, Report
from hw.errors import DeviceFault

FIRST_RETRY_S = 0.25
"""Seconds before the first new attempt: a cable put back at once is a nuisance, not an outage."""

LONGEST_RETRY_S = 5.0
"""Seconds between attempts at most: a driver at the gate must not wait longer for a mended reader."""

STOP_S = 5.0
"""Seconds that stopping waits for the thread: longer than the longest blocking read of any driver."""

Session = Callable[[Event], None]
"""Opens the device, reports it ready, serves it until the event is set, and closes it on every way out.

Raises:
    DeviceFault: when the device is missing, lost or talks rubbish.
"""


class SupervisedDevice:
    """Runs a device's session in a thread of its own, again and again, until stopped.

    A loss is reported and logged once; attempts go on with a growing pause. What a session raises
    beyond DeviceFault is an error of ours: it is handed to ``on_death`` and the thread ends, for the
    station to stop the process and systemd to start it afresh.

    Attributes:
        name: The device's configured name, also the thread's.
    """

    def __init__(self, name: str, session: Session, report: Report, on_death: Callable[[BaseException], None]) -> None:
        self.name = name
        self._session = session
        self._report = report
        self._on_death = on_death
        self._stop = Event()
        self._thread = Thread(target=self._run, name=name, daemon=True)
        self._log = structlog.get_logger("drivers").bind(device=name)
        self._lost: str | None = None

    def start(self) -> None:
        """Start the thread. Once only."""
        self._thread.start()

    def stop(self) -> None:
        """Ask the session to end and wait for it.

        Raises:
            TimeoutError: when the thread is still alive after STOP_S.
        """
        self._stop.set()
        if self._thread.ident is not None:
            self._thread.join(STOP_S)
            if self._thread.is_alive():
                raise TimeoutError(f"{self.name}: expected its thread to end within {STOP_S} s, it is still running")

    def mark_ready(self) -> None:
        """Called by a session once its device answers: the next loss is news again."""
        if self._lost is not None:
            self._log.info("device is back")
        self._lost = None

    def _run(self) -> None:
        pause = FIRST_RETRY_S
        try:
            while not self._stop.is_set():
                try:
                    self._session(self._stop)
                except DeviceFault as fault:
                    pause = FIRST_RETRY_S if self._lost is None else min(pause * 2, LONGEST_RETRY_S)
                    self._note_loss(fault)
                    self._stop.wait(pause)
        except BaseException as error:  # noqa: BLE001 - handed on, never swallowed
            self._on_death(error)

    def _note_loss(self, fault: DeviceFault) -> None:
        if self._lost == str(fault):
            return
        if self._lost is None:
            self._log.warning("device lost", expected=fault.expected, got=fault.got, mend=fault.mend)
        self._lost = str(fault)
        self._report(DeviceLost(self.name, fault.expected, fault.got, fault.mend))
