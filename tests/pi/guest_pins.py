"""The emulated board's pins, held there by the kiosk's own backend on the genuine RPi.GPIO and asked from here."""

from itertools import count
from types import TracebackType
from typing import Any, Self

import msgspec

from hw.errors import DeviceFault
from hw.pins import InputLine, Level, Line, OutputLine, Pins, close_after
from tests.pi.lines import Board
from tests.pi.pads import Pads

_SESSIONS = count()


class GuestPins:
    """One session of `hw.pins.Pins` on the board.

    Attributes:
        detail: See Pins.
    """

    def __init__(self, board: Board, pads: Pads) -> None:
        self._board = board
        self._pads = pads
        self._session = next(_SESSIONS)
        self.detail: str = self._ask("open")

    def claim_output(self, line: OutputLine) -> None:
        self._ask("claim_output", line)

    def claim_input(self, line: InputLine) -> None:
        self._ask("claim_input", line)

    def drive(self, line: OutputLine, level: Level) -> None:
        self._ask("drive", line, level=level.value)

    def read(self, line: Line) -> Level:
        return Level(self._ask("read", line))

    def close(self) -> None:
        self._ask("close")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        close_after(self, error)

    def _ask(self, call: str, line: Line | None = None, **more: object) -> Any:
        asked = {"session": self._session, "call": call, **more}
        if line is not None:
            asked["line"] = msgspec.to_builtins(line)
        told = self._board.do("pins", asked=asked)
        self._pads.follow()
        if "fault" in told:
            fault = told["fault"]
            raise DeviceFault(fault["device"], expected=fault["expected"], got=fault["got"], mend=fault["mend"])
        return told["answer"]


def _is_pins(pins: GuestPins) -> Pins:
    """For mypy: a session is what the contract asks for."""
    return pins
