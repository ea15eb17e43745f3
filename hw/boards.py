"""Board tables: what sits where on a board's header, and where the gate is wired.

The tables are hw/boards/*.toml. They are read once, checked whole, and become frozen values.
"""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TypeVar

import msgspec
from msgspec import Struct

from hw.errors import DeviceFault
from hw.pins import InputLine, Level, Line, OutputLine, Pull, refuse_shared_pins

HEADER_PINS = 40
"""Pins of the header of every Raspberry Pi since the Model B+."""


class HeaderPin(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One place on the header.

    Attributes:
        pin: Place, 1 to HEADER_PINS.
        name: What it carries.
        bcm: GPIO number; None for power and ground.
        reset_pull: The pull that the chip has at reset, until something sets another.
        also: Which other function the board may give it.
    """

    pin: int
    name: str
    bcm: int | None = None
    reset_pull: Pull = Pull.OFF
    also: str = ""


class GpioChip(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The kernel's GPIO chip behind the header.

    Attributes:
        driver: The label that ``gpiodetect`` shows.
        lines: How many lines it has.
        notes: What an installer should know.
    """

    driver: str
    lines: int
    notes: str


class Wiring(Struct, frozen=True):
    """Which line of the gate hangs on which pin."""

    barrier: OutputLine
    lamp_red: OutputLine
    lamp_amber: OutputLine
    lamp_green: OutputLine
    buzzer: OutputLine
    entry_loop: InputLine
    exit_loop: InputLine
    tamper: InputLine

    def __post_init__(self) -> None:
        refuse_shared_pins((line.holder, line.bcm) for line in self.lines)

    @property
    def outputs(self) -> tuple[OutputLine, ...]:
        """Every output, the barrier first."""
        return (self.barrier, self.lamp_red, self.lamp_amber, self.lamp_green, self.buzzer)

    @property
    def inputs(self) -> tuple[InputLine, ...]:
        """Every input."""
        return (self.entry_loop, self.exit_loop, self.tamper)

    @property
    def lines(self) -> tuple[Line, ...]:
        """Every line."""
        return (*self.outputs, *self.inputs)


class Board(Struct, frozen=True):
    """A board that the kiosk runs on.

    Attributes:
        name: Such as ``pi4``.
        models: How its model text begins, up to `` Rev``.
        extra: The extra of this package that brings its GPIO library.
        header: Its header, in the order of its places.
        gpio_chip: The kernel's GPIO chip behind the header.
        reserved: Holder and GPIO number of what is not the gate's.
        wiring: Where the gate is wired.
    """

    name: str
    models: tuple[str, ...]
    extra: str
    header: tuple[HeaderPin, ...]
    gpio_chip: GpioChip
    reserved: tuple[tuple[str, int], ...]
    wiring: Wiring

    def place(self, bcm: int) -> HeaderPin:
        """The header's place that carries a GPIO number.

        Raises:
            KeyError: when the header does not carry it.
        """
        for place in self.header:
            if place.bcm == bcm:
                return place
        raise KeyError(bcm)


class _Output(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    bcm: int
    active: Level | None = None
    held_outside: bool = False


class _Input(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    bcm: int
    active: Level = Level.LOW
    pull: Pull = Pull.UP


class _Wiring(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    barrier: _Output
    lamp_red: _Output
    lamp_amber: _Output
    lamp_green: _Output
    buzzer: _Output
    entry_loop: _Input
    exit_loop: _Input
    tamper: _Input


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    models: tuple[str, ...]
    extra: str
    relay_active: Level
    header: tuple[HeaderPin, ...]
    gpio_chip: GpioChip
    reserved: dict[str, int]
    wiring: _Wiring


def board_names() -> tuple[str, ...]:
    """The boards that there are tables for, sorted."""
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in _folder().iterdir() if entry.is_file()))


def load_board(name: str, rewired: Mapping[str, object] | None = None) -> Board:
    """The named board, wired as its table says, or otherwise.

    Args:
        name: One of board_names().
        rewired: Lines that the site wired otherwise, such as ``{"barrier": {"bcm": 5, "active": "low"}}``;
            ``relay_active`` may stand among them. A line given here replaces the table's line whole.

    Raises:
        DeviceFault: when there is no such board, or table and lines together make no sense.
    """
    if name not in board_names():
        raise DeviceFault(
            "board", expected=f"one of {', '.join(board_names())}", got=repr(name), mend="name the board in site.toml"
        )
    text = (_folder() / f"{name}.toml").read_text(encoding="utf-8")
    return read_board(text, f"{name}.toml", rewired)


def read_board(text: str, source: str, rewired: Mapping[str, object] | None = None) -> Board:
    """A board from the text of its table.

    Args:
        text: TOML.
        source: What to call the text in an error.
        rewired: As for load_board.

    Raises:
        DeviceFault: in one line, saying what is wrong and where.
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise _fault(source, "TOML", str(error)) from error
    lines = dict(rewired or {})
    if lines:
        source = f"{source} with the site's own wiring"
    raw["relay_active"] = lines.pop("relay_active", raw.get("relay_active"))
    if lines and isinstance(raw.get("wiring"), dict):
        raw["wiring"] = {**raw["wiring"], **lines}
    table = _convert(raw, _Table, source)
    _check_header(table, source)
    try:
        wiring = _wiring(table)
    except ValueError as error:
        raise _fault(source, "wiring that fits the header", str(error)) from error
    board = Board(
        table.name,
        table.models,
        table.extra,
        table.header,
        table.gpio_chip,
        tuple(table.reserved.items()),
        wiring,
    )
    carried = {place.bcm for place in table.header}
    for line in wiring.lines:
        if line.bcm not in carried:
            raise _fault(source, f"a pin on the header for the {line.holder}", f"GPIO {line.bcm}")
    refuse_shared_pins([*board.reserved, *((line.holder, line.bcm) for line in wiring.lines)])
    _check_barrier_at_reset(board)
    return board


def detect_board(model: str, rewired: Mapping[str, object] | None = None) -> Board:
    """The board that the device tree names.

    Args:
        model: What /proc/device-tree/model holds, such as ``Raspberry Pi 4 Model B Rev 1.4`` and a NUL.
        rewired: As for load_board.

    Raises:
        DeviceFault: when no table is for it.
    """
    told = model.rstrip("\0 \n").partition(" Rev ")[0]
    for name in board_names():
        if told in load_board(name).models:
            return load_board(name, rewired)
    known = ", ".join(known for name in board_names() for known in load_board(name).models)
    raise DeviceFault(
        "board", expected=f"one of {known}", got=repr(told), mend="run on one of these, or name the board in site.toml"
    )


T = TypeVar("T")


def _folder() -> Traversable:
    return files("hw") / "boards"


def _fault(source: str, expected: str, got: str) -> DeviceFault:
    return DeviceFault(source, expected=expected, got=got, mend="correct that line")


def _convert(raw: object, kind: type[T], source: str) -> T:
    try:
        return msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        said, _, where = str(error).partition(" - at `$.")
        place = f"in {where.rstrip('`')}" if where else "at the top"
        wanted, _, came = said.removeprefix("Expected ").partition(", got ")
        if not came:
            wanted, came = "a table that is whole and right", said
        raise _fault(source, f"{wanted} {place}", came) from error


def _check_header(table: _Table, source: str) -> None:
    expected = f"the header's pins 1 to {HEADER_PINS}, each once and in order"
    if len(table.header) != HEADER_PINS:
        raise _fault(source, expected, f"{len(table.header)} pins")
    for due, place in enumerate(table.header, start=1):
        if place.pin != due:
            raise _fault(source, expected, f"{place.pin} in place of {due}")
    refuse_shared_pins((f"header pin {place.pin}", place.bcm) for place in table.header if place.bcm is not None)


def _wiring(table: _Table) -> Wiring:
    """The wiring, every line with its holder's name and its polarity.

    Raises:
        ValueError: when a line asks for a pin that no header carries.
        DeviceFault: when two lines ask for the same pin.
    """
    lines = table.wiring

    def out(holder: str, line: _Output) -> OutputLine:
        return OutputLine(holder, line.bcm, line.active or table.relay_active, line.held_outside)

    def contact(holder: str, line: _Input) -> InputLine:
        return InputLine(holder, line.bcm, line.active, line.pull)

    return Wiring(
        barrier=out("barrier relay", lines.barrier),
        lamp_red=out("red lamp", lines.lamp_red),
        lamp_amber=out("amber lamp", lines.lamp_amber),
        lamp_green=out("green lamp", lines.lamp_green),
        buzzer=out("buzzer", lines.buzzer),
        entry_loop=contact("entry loop", lines.entry_loop),
        exit_loop=contact("exit loop", lines.exit_loop),
        tamper=contact("cabinet tamper switch", lines.tamper),
    )


def _check_barrier_at_reset(board: Board) -> None:
    """Refuse a barrier relay that the chip's own reset would energise: gates have opened after power cuts that way.

    Raises:
        DeviceFault: naming the pins that would do.
    """
    barrier = board.wiring.barrier
    if barrier.held_outside or board.place(barrier.bcm).reset_pull is barrier.safe_pull:
        return
    taken = {bcm for _, bcm in board.reserved} | {line.bcm for line in board.wiring.lines}
    fit = [
        place.bcm
        for place in board.header
        if place.bcm is not None and place.reset_pull is barrier.safe_pull and place.bcm not in taken
    ]
    raise DeviceFault(
        barrier.holder,
        expected=f"a pin that is pulled {barrier.safe_pull.value} at reset, for an active-{barrier.active.value} relay",
        got=f"GPIO {barrier.bcm}, which is pulled {board.place(barrier.bcm).reset_pull.value}",
        mend=f"use one of GPIO {', '.join(map(str, sorted(fit)))}, or fit a resistor and say held_outside = true",
    )
