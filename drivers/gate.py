"""The gate: barrier relay, lamps, buzzer, entry and exit loop, cabinet tamper switch.

One thread owns the pins: it drives them, ends what is overdue and debounces what is read, every POLL_S. The
barrier is fail-secure: at rest it is shut, and it is energised for one pulse of bounded length at a time, which
this thread ends whatever became of the one who asked.
"""

from collections.abc import Callable
from threading import Event, Lock
from time import monotonic

from drivers.gate_cycle import GateCycle, Orders
from drivers.gate_values import (
    BarrierClosed,
    BarrierFailed,
    BarrierOpened,
    GateSettings,
    Lamp,
    Loop,
    LoopChanged,
    TamperChanged,
    Tone,
)
from drivers.reports import DeviceReady, Report
from drivers.supervision import SupervisedDevice
from hw.pins import Pins

__all__ = [
    "BarrierClosed",
    "BarrierFailed",
    "BarrierOpened",
    "Gate",
    "GateSettings",
    "Lamp",
    "Loop",
    "LoopChanged",
    "TamperChanged",
    "Tone",
]

POLL_S = 0.01
"""Seconds between turns: a fifth of the shortest settling time; a pulse begins and ends this much late at most."""


class Gate:
    """The gate as the kiosk sees it. Every method may be called from any thread and returns at once.

    Reports: DeviceReady and DeviceLost; BarrierOpened, BarrierClosed, BarrierFailed; LoopChanged, TamperChanged.

    Args:
        settings: How it is set up.
        pins_factory: Opens the pins; raises DeviceFault when it cannot. Called anew after each loss.
        report: Takes each report, on the gate's own thread, but for a refusal by open_barrier; must not block.
        on_death: Told what ended the thread, should an error of ours do so.
        now: Monotonic seconds.
    """

    def __init__(
        self,
        settings: GateSettings,
        pins_factory: Callable[[], Pins],
        report: Report,
        on_death: Callable[[BaseException], None],
        *,
        now: Callable[[], float] = monotonic,
    ) -> None:
        self._settings = settings
        self._pins_factory = pins_factory
        self._report = report
        self._now = now
        self._lock = Lock()
        self._ready = False
        self._orders = Orders()
        self._device = SupervisedDevice(settings.name, self._session, report, on_death)

    def start(self) -> None:
        """Start the gate's thread. Once only."""
        self._device.start()

    def stop(self) -> None:
        """Bring every output to rest, let go of the pins and end the thread.

        Raises:
            TimeoutError: when the thread does not end.
        """
        self._device.stop()

    def open_barrier(self) -> None:
        """Ask for one pulse of the barrier relay.

        Answered by BarrierOpened and BarrierClosed, or by BarrierFailed. A gate that is not ready answers
        BarrierFailed at once, on the caller's thread, and keeps nothing for later. A call during a pulse joins
        that pulse: it neither lengthens it nor is answered again.
        """
        with self._lock:
            ready = self._ready
            if ready and self._orders.open_asked_at is None:
                self._orders = Orders(self._now(), self._orders.lamp, self._orders.tone)
        if not ready:
            self._report(BarrierFailed(self._settings.name, "the gate is not in service"))

    def show_lamp(self, lamp: Lamp) -> None:
        """Light this lamp alone. It goes dark after LONGEST_LAMP_S unless it is shown again before.

        While the gate is not ready, nothing is lit, nor later.
        """
        with self._lock:
            if self._ready:
                self._orders = Orders(self._orders.open_asked_at, lamp, self._orders.tone)

    def sound(self, tone: Tone) -> None:
        """Begin this tone, in place of one that still sounds.

        While the gate is not ready, nothing sounds, nor later.
        """
        with self._lock:
            if self._ready:
                self._orders = Orders(self._orders.open_asked_at, self._orders.lamp, tone)

    def _session(self, stop: Event) -> None:
        with self._pins_factory() as pins:
            cycle = GateCycle(self._settings, pins, self._report)
            try:
                self._device.mark_ready()
                with self._lock:
                    self._ready = True
                self._report(DeviceReady(self._settings.name, pins.detail))
                while not stop.is_set():
                    cycle.turn(self._now(), self._take_orders())
                    stop.wait(POLL_S)
            finally:
                try:
                    cycle.end()
                finally:
                    self._refuse_orders()

    def _take_orders(self) -> Orders:
        with self._lock:
            orders, self._orders = self._orders, Orders()
        return orders

    def _refuse_orders(self) -> None:
        with self._lock:
            self._ready = False
            orders, self._orders = self._orders, Orders()
        if orders.open_asked_at is not None:
            self._report(BarrierFailed(self._settings.name, "the gate went out of service before the pulse began"))
