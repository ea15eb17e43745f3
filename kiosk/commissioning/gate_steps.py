"""The gate's steps: lamps, buzzer, loops, cabinet, and the barrier, which nobody moves unasked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from drivers.gate_values import (
    BarrierClosed,
    BarrierFailed,
    BarrierOpened,
    Lamp,
    Loop,
    LoopChanged,
    TamperChanged,
    Tone,
)
from kiosk.commissioning.step import Failed, Skipped, confirmed, reason, require_ready, wait_for

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk.commissioning.step import Walk

PULSE_S: Final = 8.0
"""Seconds for the barrier's pulse to begin and end: the longest that its driver allows, and some more."""

OPEN: Final = "open"
"""What must be typed whole before the barrier moves."""

SETTLED_S: Final = 2.0
"""Seconds for an input to settle, of which the gate's first report tells: ten times what the slowest takes."""

_TONES: Final = {
    Tone.ACCEPTED: "one short sound",
    Tone.ATTENTION: "two short sounds",
    Tone.AGAIN: "a long and a short sound",
    Tone.REFUSED: "three long sounds",
    Tone.GO: "one very long sound",
}


class LampStep:
    """One lamp is lit, and the installer looks.

    Args:
        lamp: Which.
    """

    def __init__(self, lamp: Lamp) -> None:
        self.name = f"the {lamp.value} lamp"
        self._lamp = lamp

    def walk(self, walk: Walk) -> str:
        """See Step."""
        require_ready(walk, walk.site.gate.name)
        walk.hands.gate.show_lamp(self._lamp)
        try:
            confirmed(walk, f"Is the {self._lamp.value.upper()} lamp lit, and no other?")
        finally:
            walk.hands.gate.show_lamp(Lamp.OFF)
        return "it was lit alone, as the installer saw"


class BuzzerStep:
    """Each pattern of the buzzer sounds, and the installer listens."""

    name = "the buzzer"

    def walk(self, walk: Walk) -> str:
        """See Step."""
        require_ready(walk, walk.site.gate.name)
        for tone, words in _TONES.items():
            while True:
                walk.hands.gate.sound(tone)
                answer = walk.talk.ask(f"Was that {words}?", {"y": "yes", "n": "no", "r": "again", "s": "skip"})
                if answer == "n":
                    raise Failed(f"{words} were not heard: {reason(walk)}")
                if answer == "s":
                    raise Skipped(reason(walk))
                if answer == "y":
                    break
        return f"all {len(_TONES)} patterns, as the installer heard"


class LoopStep:
    """A vehicle drives onto a loop and off it.

    Args:
        loop: Which.
    """

    def __init__(self, loop: Loop) -> None:
        self.name = f"the {loop.value} loop"
        self._loop = loop

    def walk(self, walk: Walk) -> str:
        """See Step."""
        require_ready(walk, walk.site.gate.name)
        walk.talk.wait_until(lambda: walk.hands.occupied(self._loop) is not None, SETTLED_S)
        if walk.hands.occupied(self._loop):
            wait_for(walk, f"The {self._loop.value} loop is occupied. Drive off it.", self._changed(occupied=False))
        what = f"Drive onto the {self._loop.value} loop (or lay a sheet of metal on it)."
        wait_for(walk, what, self._changed(occupied=True))
        walk.talk.say("  it is occupied")
        wait_for(walk, "Drive off it.", self._changed(occupied=False))
        return "it was occupied and free again"

    def _changed(self, *, occupied: bool) -> Callable[[object], LoopChanged | None]:
        def seen(report: object) -> LoopChanged | None:
            is_it = isinstance(report, LoopChanged) and (report.loop, report.occupied) == (self._loop, occupied)
            return report if is_it and isinstance(report, LoopChanged) else None

        return seen


class CabinetStep:
    """The cabinet is opened and shut."""

    name = "the cabinet's switch"

    def walk(self, walk: Walk) -> str:
        """See Step."""
        require_ready(walk, walk.site.gate.name)
        walk.talk.wait_until(lambda: walk.hands.cabinet_open is not None, SETTLED_S)
        if walk.hands.cabinet_open:
            wait_for(walk, "The cabinet is open. Shut it.", _cabinet(is_open=False))
        wait_for(walk, "Open the cabinet.", _cabinet(is_open=True))
        walk.talk.say("  it is open")
        wait_for(walk, "Shut it.", _cabinet(is_open=False))
        return "it was open and shut again"


def _cabinet(*, is_open: bool) -> Callable[[object], TamperChanged | None]:
    def seen(report: object) -> TamperChanged | None:
        return report if isinstance(report, TamperChanged) and report.open is is_open else None

    return seen


class BarrierStep:
    """The barrier's relay is pulsed once, after the installer has typed a word for it."""

    name = "the barrier"

    def walk(self, walk: Walk) -> str:
        """See Step."""
        require_ready(walk, walk.site.gate.name)
        pulse = f"{walk.site.gate.pulse_s:g} s"
        walk.talk.forget_typed()
        walk.talk.say("  WARNING: THE BOOM WILL MOVE.", "bold red")
        if walk.hands.occupied(Loop.EXIT):
            walk.talk.say("  A VEHICLE STANDS ON THE EXIT LOOP.", "bold red")
        walk.talk.say(f"  Its relay is energised for {pulse}, never longer. See that nobody and nothing is under it.")
        walk.talk.say(f"  Type {OPEN} to move it; anything else leaves it where it is. [q end]")
        if walk.talk.line().lower() != OPEN:
            raise Skipped(f"it was not moved: {reason(walk)}")
        walk.hands.gate.open_barrier()
        _pulsed(walk)
        confirmed(walk, "Did the boom go up?")
        return f"its relay was energised for {pulse} and let go, and the boom went up, as the installer saw"


def _pulsed(walk: Walk) -> None:
    """Wait for the relay's pulse to begin and to end."""

    def seen(report: object) -> BarrierOpened | BarrierClosed | BarrierFailed | None:
        return report if isinstance(report, BarrierOpened | BarrierClosed | BarrierFailed) else None

    while True:
        match walk.talk.wait(seen, PULSE_S):
            case BarrierFailed(_, why):
                raise Failed(why)
            case BarrierOpened():
                walk.talk.say("  the relay is energised")
            case BarrierClosed():
                walk.talk.say("  the relay is at rest")
                return
            case None:
                raise Failed(f"the relay's pulse had not ended after {PULSE_S:g} s")
