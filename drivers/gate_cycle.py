"""One turn of the gate's loop: orders in, pins driven, inputs debounced, reports out. No thread, no clock."""

import math
from collections.abc import Callable

from msgspec import Struct

from drivers.debounce import Debouncer
from drivers.gate_values import (
    LATEST_START_S,
    LEAST_REST_S,
    LONGEST_LAMP_S,
    LONGEST_TONE_S,
    BarrierClosed,
    BarrierFailed,
    BarrierOpened,
    GateReport,
    GateSettings,
    Lamp,
    Loop,
    LoopChanged,
    TamperChanged,
    Tone,
    tone_sounds,
)
from hw.errors import DeviceFault
from hw.pins import InputLine, OutputLine, Pins


class Orders(Struct, frozen=True):
    """What was asked of the gate since the turn before.

    Attributes:
        open_asked_at: When the barrier was asked to open; None when it was not.
        lamp: The lamp to show from now on; None for no change.
        tone: The tone to begin; None for none.
    """

    open_asked_at: float | None = None
    lamp: Lamp | None = None
    tone: Tone | None = None


class BoundedOutput:
    """An output that is never energised longer than its bound.

    Attributes:
        line: The output.
        longest_s: Seconds that it may be energised.
    """

    def __init__(self, pins: Pins, line: OutputLine, longest_s: float) -> None:
        self.line = line
        self.longest_s = longest_s
        self._pins = pins
        self._since: float | None = None

    @property
    def energised(self) -> bool:
        """Whether it was energised and not yet released."""
        return self._since is not None

    def energise(self, now: float) -> None:
        """Energise it; one that is energised already stays bound by its own beginning."""
        if self._since is None:
            self._since = now
            self._pins.drive(self.line, self.line.active)

    def release(self) -> None:
        """Bring it to rest."""
        if self._since is not None:
            self._pins.drive(self.line, self.line.safe)
            self._since = None

    def overdue(self, now: float) -> bool:
        """Whether its time is over."""
        return self._since is not None and now - self._since >= self.longest_s

    def renew(self, now: float) -> None:
        """Let its time begin anew, for what asks for it again."""
        if self._since is not None:
            self._since = now

    def obeys(self) -> bool:
        """Whether its pin carries what it was told to."""
        told = self.line.active if self.energised else self.line.safe
        return self._pins.read(self.line) is told


class GateCycle:
    """The gate during one session of its pins. Making it claims them, all outputs at rest.

    Outputs are brought to rest before anything else is done or reported in a turn.

    Args:
        settings: The gate's settings.
        pins: Open pins.
        report: Takes each report; must not block.

    Raises:
        DeviceFault: when a pin cannot be claimed, or the barrier relay's pin is not at rest.
    """

    def __init__(self, settings: GateSettings, pins: Pins, report: Callable[[GateReport], None]) -> None:
        wiring = settings.wiring
        self._name = settings.name
        self._report = report
        self._pins = pins
        for output in wiring.outputs:
            pins.claim_output(output)
        for contact in wiring.inputs:
            pins.claim_input(contact)
        self._barrier = BoundedOutput(pins, wiring.barrier, settings.pulse_s)
        self._lamps = {
            Lamp.RED: BoundedOutput(pins, wiring.lamp_red, LONGEST_LAMP_S),
            Lamp.AMBER: BoundedOutput(pins, wiring.lamp_amber, LONGEST_LAMP_S),
            Lamp.GREEN: BoundedOutput(pins, wiring.lamp_green, LONGEST_LAMP_S),
        }
        self._buzzer = BoundedOutput(pins, wiring.buzzer, LONGEST_TONE_S)
        self._tone: tuple[Tone, float] | None = None
        self._loops = {
            Loop.ENTRY: (wiring.entry_loop, Debouncer[bool](settings.loop_settle_s)),
            Loop.EXIT: (wiring.exit_loop, Debouncer[bool](settings.loop_settle_s)),
        }
        self._tamper = (wiring.tamper, Debouncer[bool](settings.tamper_settle_s))
        self._opened = False
        self._rested_at = -math.inf
        self._refuse_barrier_not_at_rest()

    def turn(self, now: float, orders: Orders) -> None:
        """Do what is due and what was asked, then look at the inputs.

        Args:
            now: Seconds on the monotonic clock that orders carry too.
            orders: What was asked since the turn before. An order to open is answered by a report, or by
                those of the pulse that was under way.

        Raises:
            DeviceFault: when a pin does not do as asked. An order to open has been answered by then.
        """
        pulsing = self._barrier.energised
        if self._barrier.overdue(now):
            self._close_barrier(now)
        # A call that came during the pulse is answered by it, also when the pulse has just ended.
        if orders.open_asked_at is not None and not pulsing:
            self._open_barrier(now, orders.open_asked_at)
        self._show(now, orders.lamp)
        self._sound(now, orders.tone)
        self._look(now)

    def end(self) -> None:
        """Bring the barrier relay to rest, if a pulse is under way, and say so. Raises no DeviceFault."""
        if not self._barrier.energised:
            return
        try:
            self._barrier.release()
        except DeviceFault as fault:
            self._fail(f"the relay could not be brought to rest: {fault}")
        else:
            if self._opened:
                self._report(BarrierClosed(self._name))

    def _open_barrier(self, now: float, asked_at: float) -> None:
        if now < self._rested_at:
            self._fail(f"the relay rests {LEAST_REST_S} s between pulses, and has not yet")
            return
        if now - asked_at > LATEST_START_S:
            self._fail(f"the pulse could not begin within {LATEST_START_S} s of being asked for")
            return
        try:
            self._barrier.energise(now)
            obeyed = self._barrier.obeys()
            if not obeyed:
                self._barrier.release()
        except DeviceFault as fault:
            self._fail(str(fault))
            raise
        self._opened = obeyed
        if obeyed:
            self._report(BarrierOpened(self._name))
        else:
            line = self._barrier.line
            self._fail(f"GPIO {line.bcm} did not go {line.active.value}: look for a short at the {line.holder}")

    def _close_barrier(self, now: float) -> None:
        self._barrier.release()
        self._rested_at = now + LEAST_REST_S
        self._opened = False
        try:
            self._refuse_barrier_not_at_rest()
        except DeviceFault as fault:
            self._fail(str(fault))
            raise
        self._report(BarrierClosed(self._name))

    def _refuse_barrier_not_at_rest(self) -> None:
        if self._barrier.obeys():
            return
        line = self._barrier.line
        raise DeviceFault(
            line.holder,
            expected=f"GPIO {line.bcm} {line.safe.value}, the relay at rest",
            got=f"it stays {line.active.value}",
            mend="look for a short at the relay's input, and lower the boom by hand",
        )

    def _show(self, now: float, lamp: Lamp | None) -> None:
        for kind, output in self._lamps.items():
            if output.overdue(now) or (lamp is not None and kind is not lamp):
                output.release()
        if lamp is not None and lamp is not Lamp.OFF:
            self._lamps[lamp].energise(now)
            self._lamps[lamp].renew(now)

    def _sound(self, now: float, tone: Tone | None) -> None:
        if tone is not None:
            self._tone = (tone, now)
        if self._buzzer.overdue(now):
            self._tone = None
        on = None if self._tone is None else tone_sounds(self._tone[0], now - self._tone[1])
        if on is None:
            self._tone = None
        if on:
            self._buzzer.energise(now)
        else:
            self._buzzer.release()

    def _look(self, now: float) -> None:
        for loop, (line, debouncer) in self._loops.items():
            occupied = debouncer.sample(self._active(line), now)
            if occupied is not None:
                self._report(LoopChanged(self._name, loop, occupied))
        line, debouncer = self._tamper
        opened = debouncer.sample(self._active(line), now)
        if opened is not None:
            self._report(TamperChanged(self._name, opened))

    def _active(self, line: InputLine) -> bool:
        return self._pins.read(line) is line.active

    def _fail(self, why: str) -> None:
        self._report(BarrierFailed(self._name, why))
