"""The electrical rules: whether the cabinet, as it is written down, bears what flows in it. A problem is one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from hw.pins import OutputLine
from scripts.cabinet.circuits import input_figures, led_volts_at_reset, output_figures
from scripts.cabinet.nets import Net, nets
from scripts.cabinet.source import PI, Cabinet
from scripts.cabinet.written import Wire

SPARE = 2.0
"""Times that an optocoupler passes more than its circuit takes, at its worst."""

COPPER = 0.0175
"""Ohms of a metre of 1 mm² at 20 °C."""

SPARE_TERMINALS = frozenset({"A2:3V3", "B1:NO", "B1:NC", "B2:NO", "B2:NC"})
"""Terminals that one wiring needs and another does not."""

SERIAL = ("A4",)
"""Who may be on the header's serial port: a console there would talk to the card reader."""


def problems(cabinet: Cabinet) -> Iterator[str]:
    """All that is wrong with the cabinet on this board."""
    form = list(_form(cabinet))
    yield from form
    if form:
        return  # the rest takes it that every terminal is there
    yield from _left_out(cabinet)
    for variant in ("", *cabinet.source.variants):
        where = f" ({cabinet.source.variants[variant].name})" if variant else ""
        wires = cabinet.wires(variant)
        found = nets(cabinet, wires)
        for problem in (
            *_terminals(cabinet, wires),
            *_joined(cabinet, found),
            *_serial_port(cabinet, found),
            *_five_volts(cabinet, variant),
        ):
            yield problem + where
    found = nets(cabinet, cabinet.wires())
    yield from _outputs(cabinet)
    yield from _inputs(cabinet)
    yield from _header_current(cabinet)
    yield from _barrier(cabinet, found)
    yield from _fuses(cabinet, found)
    yield from _drop(cabinet)


def _form(cabinet: Cabinet) -> Iterator[str]:
    """Numbers that are given once, terminals that are there."""
    for number, times in Counter(wire.number for wire in cabinet.source.wires).items():
        if times > 1:
            yield f"wire {number}: expected its number once, got it {times} times"
    kinds = cabinet.kinds()
    for wire in cabinet.all_wires():
        if bool(wire.cable) == bool(wire.colour and wire.mm2):
            yield f"wire {wire.number}: expected a colour and mm2, or a cable"
        yield from (f"wire {wire.number}: {_no_terminal(end)}" for end in (wire.start, wire.end) if end not in kinds)
    yield from (f"bridge: {_no_terminal(terminal)}" for terminal in sorted(_bridged(cabinet) - kinds.keys()))


def _left_out(cabinet: Cabinet) -> Iterator[str]:
    """Terminals without a wire, and lines of the gate where somebody else is."""
    wired = {end for wire in cabinet.all_wires() for end in (wire.start, wire.end)} | _bridged(cabinet)
    declared = {f"{device}:{name}" for device, its in cabinet.source.devices.items() for name in its.terminals}
    for terminal in sorted(declared - wired - SPARE_TERMINALS):
        yield f"{terminal}: expected a wire to it, got none"
    for bcm in sorted({line.bcm for line in cabinet.board.wiring.lines} & set(cabinet.source.ups_hat.bcm)):
        yield f"GPIO {bcm}: expected it left to a bridging supply on the header (ups_hat), got a line of the gate"


def _bridged(cabinet: Cabinet) -> set[str]:
    return {terminal for bridge in cabinet.source.bridges.values() for terminal in bridge}


def _no_terminal(terminal: str) -> str:
    return f"expected a terminal that is there, got {terminal}"


def _terminals(cabinet: Cabinet, wires: Iterable[Wire]) -> Iterator[str]:
    """No two wires in one terminal."""
    held: dict[str, list[int]] = {}
    for wire in wires:
        for end in (wire.start, wire.end):
            held.setdefault(end, []).append(wire.number)
    for terminal, numbers in held.items():
        if len(numbers) > cabinet.clamps(terminal):
            listed = ", ".join(map(str, numbers))
            yield f"{terminal}: expected {cabinet.clamps(terminal)} wire at most, got {listed}"


def _joined(cabinet: Cabinet, found: Iterable[Net]) -> Iterator[str]:
    """Only what may be joined is: 3.3 V meets nothing else, and each signal has one source and a reader."""
    kinds = cabinet.kinds()
    for net in found:
        families = {kinds[terminal].removesuffix("-out").removesuffix("-in") for terminal in net}
        listed = ", ".join(f"{terminal} ({kinds[terminal]})" for terminal in sorted(net))
        if len(families) > 1:
            yield f"expected terminals of one kind to be joined, got {listed}"
        out = [terminal for terminal in net if kinds[terminal].endswith("-out")]
        into = [terminal for terminal in net if kinds[terminal].endswith("-in")]
        if (out or into) and (len(out) != 1 or not into):
            yield f"expected one source and a reader of a signal, got {listed}"


def _serial_port(cabinet: Cabinet, found: Iterable[Net]) -> Iterator[str]:
    """The header's serial port is the card reader's alone."""
    pins = {f"{PI}:{cabinet.board.place(bcm).pin}": bcm for holder, bcm in cabinet.board.reserved if "serial" in holder}
    for net in found:
        for terminal in net & pins.keys():
            others = [each for each in net - {terminal} if each.partition(":")[0] not in SERIAL]
            if others:
                yield f"GPIO {pins[terminal]}: expected the card reader alone on the serial port, got {others[0]}"


def _outputs(cabinet: Cabinet) -> Iterator[str]:
    figures, source = output_figures(cabinet), cabinet.source
    if figures.led_ma_most + figures.hold_ma > cabinet.limits.pin_ma:
        yield f"output board: expected {cabinet.limits.pin_ma} mA a pin at most, got {figures.led_ma_most:.1f}"
    if figures.passed_ma < SPARE * figures.gate_ma:
        yield (
            f"output board: expected the optocoupler to pass {SPARE * figures.gate_ma:.2f} mA at least, "
            f"got {figures.passed_ma:.2f}"
        )
    if not (source.transistor.gate_least <= figures.gate_least and figures.gate_most <= source.transistor.gate_most):
        yield (
            f"output board: expected {source.transistor.gate_least} to {source.transistor.gate_most} V at the gate, "
            f"got {figures.gate_least:.1f} to {figures.gate_most:.1f}"
        )
    if source.optocoupler.collector_volts < source.supply.high:
        yield f"output board: expected an optocoupler for {source.supply.high} V"
    if source.suppressor.stand_off < source.supply.high:
        yield f"suppressors: expected a stand-off of {source.supply.high} V, got {source.suppressor.stand_off}"
    if source.suppressor.clamping > source.transistor.volts:
        yield f"output board: expected a transistor for {source.suppressor.clamping} V, got {source.transistor.volts}"


def _inputs(cabinet: Cabinet) -> Iterator[str]:
    figures, source, limits = input_figures(cabinet), cabinet.source, cabinet.limits
    if figures.passed_ma < SPARE * figures.pulled_ma:
        yield (
            f"input board: expected the optocoupler to pass {SPARE * figures.pulled_ma:.2f} mA at least, "
            f"got {figures.passed_ma:.2f}"
        )
    most = source.input_channel.led_watts / 2
    if figures.led_watts > most:
        yield f"input board: expected {most} W at most in the LED's resistor, got {figures.led_watts:.2f}"
    if max(figures.surge_ma, figures.led_ma_most) > source.optocoupler.led_ma_most:
        most = source.optocoupler.led_ma_most
        yield f"input board: expected {most} mA at most in the LED, got {figures.surge_ma:.0f}"
    if figures.closed_volts > limits.vil or 3.3 - figures.closed_volts < limits.vih:
        yield f"input board: expected {limits.vil} V at most at a closed contact's pin, got {figures.closed_volts:.2f}"
    if figures.mistaken_ma > limits.pin_ma:
        yield f"input board: expected {limits.pin_ma} mA a pin at most, got {figures.mistaken_ma:.1f}"


def _header_current(cabinet: Cabinet) -> Iterator[str]:
    """All outputs driven at once, all contacts closed: what pins and 3.3 V give together."""
    outputs, inputs = output_figures(cabinet), input_figures(cabinet)
    together = len(cabinet.outputs) * (outputs.led_ma_most + outputs.hold_ma) + len(cabinet.contacts) * inputs.pulled_ma
    if together > cabinet.limits.header_ma:
        yield f"header: expected {cabinet.limits.header_ma} mA at most of pins and 3.3 V, got {together:.1f}"


def _barrier(cabinet: Cabinet, found: Iterable[Net]) -> Iterator[str]:
    """De-energised is closed, from the moment that power comes; nothing else is in the barrier's own circuit."""
    for line in cabinet.outputs.values():
        assert isinstance(line, OutputLine)
        volts = led_volts_at_reset(cabinet, line)
        if volts > cabinet.source.optocoupler.led_off_volts:
            off = cabinet.source.optocoupler.led_off_volts
            yield f"{line.holder}: expected {off} V at most at its LED at reset, got {volts:.2f}: it could be energised"
    circuit = {terminal for net in found for terminal in net if net & {"A9:COM", "A9:OPEN"}}
    allowed = {"A9:COM", "A9:OPEN", "X3:1", "X3:2", "K1:11", "K1:14"}
    if circuit != allowed:
        odd = ", ".join(sorted(circuit ^ allowed))
        yield f"barrier: expected the relay's open contact alone between COM and OPEN, got {odd}"


def _fuses(cabinet: Cabinet, found: Iterable[Net]) -> Iterator[str]:
    source = cabinet.source
    behind = {terminal: net for net in found for terminal in net}
    amps = fuse_amps(cabinet)
    for fuse in source.fuses:
        most = fuse.amps * source.fusing.load
        if amps[fuse.name] > most:
            yield f"{fuse.name}: expected {most:.2f} A at most, got {amps[fuse.name]:.2f}"
        if fuse.amps * source.fusing.opening > source.supply.amps:
            yield f"{fuse.name}: expected a supply of {fuse.amps * source.fusing.opening:.1f} A to open it"
        yield from _gauges(cabinet, behind.get(f"{fuse.name}:2", frozenset()), fuse.amps, fuse.name)
    for load in source.loads:
        if load.at not in behind.get(f"{load.fuse}:2", ()):
            yield f"{load.at}: expected it behind {load.fuse}, got another way to it"
    total = sum(amps.values())
    if total > source.supply.amps * source.supply.share:
        yield f"G1: expected {source.supply.amps * source.supply.share:.1f} A at most, got {total:.2f}"
    yield from _gauges(cabinet, behind["G1:+"], source.supply.amps * 1.5, "G1")


def fuse_amps(cabinet: Cabinet) -> Mapping[str, float]:
    """What each fuse carries at most: at the supply's nominal volts, everything on."""
    source = cabinet.source
    amps = {fuse.name: 0.0 for fuse in source.fuses}
    for load in source.loads:
        amps[load.fuse] += load.watts / source.supply.volts
    converter = source.five_volts.volts * source.five_volts.amps / source.five_volts.efficiency
    amps["F1"] += converter / source.supply.volts
    amps["F2"] += len(cabinet.outputs) * output_figures(cabinet).gate_ma / 1000
    amps["F3"] += len(cabinet.contacts) * input_figures(cabinet).led_ma_most / 1000
    return amps


def _gauges(cabinet: Cabinet, net: Net, amps: float, behind: str) -> Iterator[str]:
    bears = {gauge.mm2: gauge.amps for gauge in cabinet.source.gauges}
    for wire in cabinet.wires():
        if wire.start in net and wire.end in net and bears.get(wire.mm2 or 0, 0.0) < amps:
            yield f"wire {wire.number}: expected one that bears {amps} A, behind {behind}; got {wire.mm2} mm²"


def five_volts_ma(cabinet: Cabinet, variant: str = "") -> tuple[float, float]:
    """What USB takes, and what 5 V gives in all, in mA."""
    wired = {end.partition(":")[0] for wire in cabinet.wires(variant) for end in (wire.start, wire.end)}
    plugged = {wire.start.partition(":")[0] for wire in cabinet.wires(variant) if wire.end.startswith(f"{PI}:USB")}
    usb = sum(draw.ma for draw in cabinet.source.usb if draw.device in plugged)
    header = sum(draw.ma for draw in cabinet.source.header_loads if draw.device in wired)
    return usb, usb + cabinet.limits.board_ma + header


def _five_volts(cabinet: Cabinet, variant: str) -> Iterator[str]:
    usb, total = five_volts_ma(cabinet, variant)
    name, limits = cabinet.board.name, cabinet.limits
    hub = name in cabinet.source.variants[variant].hub if variant else False
    if usb > limits.usb_ma and not hub:
        yield f"{name}: expected {limits.usb_ma:.0f} mA at most of USB, got {usb:.0f}: a hub with a supply is needed"
    if hub and usb <= limits.usb_ma:
        yield f"{name}: expected no hub, as USB takes {usb:.0f} mA of {limits.usb_ma:.0f}"
    if total > cabinet.source.five_volts.amps * 1000:
        yield f"{name}: expected {cabinet.source.five_volts.amps} A at most of 5 V, got {total / 1000:.2f}"


def _drop(cabinet: Cabinet) -> Iterator[str]:
    """What is left of 5 V at the Pi's plug, there and back."""
    five = cabinet.source.five_volts
    both = [wire for wire in cabinet.wires() if wire.start.startswith("G2:OUT")]
    lost = sum(COPPER * wire.metres / (wire.mm2 or 0.1) * five.amps for wire in both)
    if five.volts - lost < five.least or any(not wire.metres for wire in both):
        yield f"G2: expected {five.least} V at least at the Pi's plug, got {five.volts - lost:.2f}"
