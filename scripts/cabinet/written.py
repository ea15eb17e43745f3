"""What hw/wiring/*.toml say, and their form."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Final, Literal

import msgspec
from msgspec import Struct

FOLDER: Final = Path(__file__).resolve().parents[2] / "hw/wiring"


class Supply(Struct, frozen=True, forbid_unknown_fields=True):
    """The 24 V supply: nominal, least and most volts, amps, and the share of them that may be used."""

    volts: float
    low: float
    high: float
    amps: float
    share: float


class Fusing(Struct, frozen=True, forbid_unknown_fields=True):
    """To which share of its rating a fuse is loaded, and at how many times that it opens."""

    load: float
    opening: float


class FiveVolts(Struct, frozen=True, forbid_unknown_fields=True):
    """The converter to 5 V: what it is set to, its amps, the least volts at the Pi's plug, its efficiency."""

    volts: float
    amps: float
    least: float
    efficiency: float


class BoardLimits(Struct, frozen=True, forbid_unknown_fields=True):
    """What a Raspberry Pi can bear and give; mA, volts, ohms.

    Attributes:
        pin_ma: Of one pin.
        header_ma: Of all pins and the 3.3 V together.
        voh: The least level of a pin that is high and gives its current.
        vil: The most that counts as low.
        vih: The least that counts as high.
        pull_least: The strongest pull of the chip itself.
        usb_ma: Of all USB ports.
        board_ma: Of the board itself.
        plug: Its power socket.
        serial: What sets up its serial port for the card reader.
    """

    pin_ma: float
    header_ma: float
    voh: float
    vil: float
    vih: float
    pull_least: float
    usb_ma: float
    board_ma: float
    plug: str
    serial: str


class Optocoupler(Struct, frozen=True, forbid_unknown_fields=True):
    """An optocoupler: its LED, and what of the LED's current its transistor passes, as new and as `aged`."""

    led_volts_least: float
    led_volts_most: float
    led_off_volts: float
    led_ma_most: float
    transfer: float
    aged: float
    collector_volts: float
    saturated_volts: float


class Transistor(Struct, frozen=True, forbid_unknown_fields=True):
    """A MOSFET: volts that it blocks, least and most volts at the gate."""

    volts: float
    gate_least: float
    gate_most: float


class Suppressor(Struct, frozen=True, forbid_unknown_fields=True):
    """A suppressor: volts that it bears for ever, and that it holds a surge down to."""

    stand_off: float
    clamping: float


class OutputChannel(Struct, frozen=True, forbid_unknown_fields=True):
    """The resistors of one channel of A2, in ohms."""

    led: float
    hold: float
    gate: float
    gate_down: float


class InputChannel(Struct, frozen=True, forbid_unknown_fields=True):
    """The resistors of one channel of A3, in ohms; watts of the first."""

    led: float
    led_watts: float
    pull: float
    pin: float


class Gauge(Struct, frozen=True, forbid_unknown_fields=True):
    """The largest fuse before a wire of so many mm²."""

    mm2: float
    amps: float


class Fuse(Struct, frozen=True, forbid_unknown_fields=True):
    """A fuse and its rating."""

    name: str
    amps: float


class Load(Struct, frozen=True, forbid_unknown_fields=True):
    """What is fed with 24 V."""

    at: str
    fuse: str
    watts: float
    what: str


class Draw(Struct, frozen=True, forbid_unknown_fields=True):
    """What a device takes from a port or the header, in mA."""

    device: str
    ma: float


class UpsHat(Struct, frozen=True, forbid_unknown_fields=True):
    """GPIO numbers that a bridging supply on the header has."""

    bcm: tuple[int, ...]


class Device(Struct, frozen=True, forbid_unknown_fields=True):
    """A device: its name, the kind of each terminal, and how many wires a terminal takes."""

    name: str
    terminals: dict[str, str]
    clamps: int = 1


class Wire(Struct, frozen=True, forbid_unknown_fields=True):
    """A wire or cable, as wires.toml says."""

    number: int
    start: str = msgspec.field(name="from")
    end: str = msgspec.field(name="to")
    colour: str = ""
    mm2: float | None = None
    cable: str = ""
    note: str = ""
    only: Literal["", "active-low"] = ""
    variant: str = ""
    outdoors: str = ""
    by: str = ""
    bond: bool = False
    metres: float = 0.0

    @property
    def mark(self) -> str:
        """What is written at it: number and colour, or number and kind of cable."""
        return f"{self.number} {self.colour or self.cable}"


class Variant(Struct, frozen=True, forbid_unknown_fields=True):
    """Another way of building."""

    name: str
    instead: tuple[int, ...]
    hub: tuple[str, ...] = ()


class Part(Struct, frozen=True, forbid_unknown_fields=True):
    """What is bought: where it goes, how many, what it must satisfy, perhaps an example and what was read of it."""

    at: str
    quantity: int
    what: str
    must: str
    example: str = ""
    read: str = ""
    variant: str = ""


class Source(Struct, frozen=True, forbid_unknown_fields=True):
    """All that hw/wiring/*.toml say."""

    supply: Supply
    fusing: Fusing
    five_volts: FiveVolts
    boards: dict[str, BoardLimits]
    optocoupler: Optocoupler
    transistor: Transistor
    suppressor: Suppressor
    output_channel: OutputChannel
    input_channel: InputChannel
    gauges: tuple[Gauge, ...]
    fuses: tuple[Fuse, ...]
    loads: tuple[Load, ...]
    usb: tuple[Draw, ...]
    header_loads: tuple[Draw, ...]
    ups_hat: UpsHat
    devices: dict[str, Device]
    bridges: dict[str, tuple[str, ...]]
    wires: tuple[Wire, ...]
    variants: dict[str, Variant]
    parts: tuple[Part, ...]


def read_source(folder: Path = FOLDER) -> Source:
    """All that the folder's files say.

    Raises:
        msgspec.ValidationError: A file is not of its form.
        OSError: A file is not there.
    """
    raw: dict[str, object] = {}
    for name in ("cabinet", "wires", "parts"):
        raw |= tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))
    return msgspec.convert(raw, Source)
