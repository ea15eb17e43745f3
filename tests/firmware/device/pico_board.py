"""What reader/boards/pico.py asks of an RP2040, whose modules are stood in for by ones that write it down.

usage: pico_board.py usb|uart

Prints, as JSON, every call in its order: the part, what is asked of it, its arguments by place and by name.
"""

import builtins
import io
import json
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

CALLS: "list[object]" = []


def note(what: str, asked: str, places: "tuple[object, ...]", names: "dict[str, object]") -> None:
    """Write a call down; what is no number as its text."""
    plain = [place if isinstance(place, int) else str(place) for place in places]
    CALLS.append((what, asked, plain, {name: str(value) for name, value in names.items()}))


class Part(io.IOBase):
    """Any part of the chip."""

    def __init__(self, what: str, *places: int, **names: object) -> None:
        self._what = what + " %d" % places[0] if what in ("Pin", "UART") else what
        note(self._what, "made", places, names)

    def __str__(self) -> str:
        return self._what

    def __getattr__(self, asked: str) -> "Callable[..., None]":
        def call(*places: object, **names: object) -> None:
            note(self._what, asked, places, names)

        return call


class Module:
    """A module, or a class, whose parts are made by calling them."""

    def __init__(self, **names: object) -> None:
        for name, value in names.items():
            setattr(self, name, value)


def part(what: str) -> "Callable[..., Part]":
    return lambda *places, **names: Part(what, *places, **names)


class Pin(Part):
    IN, OUT, PULL_UP = 0, 1, 2

    def __init__(self, *places: int, **names: object) -> None:
        super().__init__("Pin", *places, **names)


DEVICE = Module(get=lambda: Part("USB"))
STAND_INS: "dict[str, object]" = {
    "machine": Module(UART=part("UART"), Pin=Pin, PWM=part("PWM"), unique_id=lambda: b"\x15\x16"),
    "micropython": Module(kbd_intr=lambda key: note("interrupt key", "set", (key,), {}), const=int),
    "usb": Module(device=DEVICE),
    "usb.device": DEVICE,
    "usb.device.cdc": Module(CDCInterface=part("CDC")),
}
for name, module in STAND_INS.items():
    sys.modules[name] = module  # type: ignore[assignment]
builtins.open = lambda _path: io.StringIO(sys.argv[1])  # type: ignore[assignment]

from reader.boards.pico import Board  # noqa: E402 - it imports what stands in

board = Board()
board.volume = 3
for colour in range(4):
    board.lamp(colour)
board.tone(900)
board.tone(0)
print(json.dumps(CALLS))
