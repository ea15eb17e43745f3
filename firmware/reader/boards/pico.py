"""The seal reader on a Raspberry Pi Pico (RP2040).

| pin | what |
|---|---|
| GP0, GP1 | scan engine, UART 0: to it, from it |
| GP4, GP5 | data port, UART 1, when the file /link says `uart`: to a transceiver for the long cable |
| GP14 | trigger, to ground |
| GP16, GP17 | lamp: green, red; both together are amber |
| GP18 | buzzer |

Without that file the data port is a USB serial port of its own, interface 2 of the device; interface 0 is the REPL. No
Python runs in an interrupt: the UARTs and USB are emptied into buffers by MicroPython's C code, pins are looked at in
turn. What it asks of the chip is tested; it has run on an emulated one, and on no board yet (firmware/README.md).
"""

import asyncio
import os

import machine
import micropython

from reader import const

_OUT_MOST = const(2048)
"""Bytes kept for a port that takes none: three of the longest frames. What comes then is dropped, frame by frame."""

_LINK_BAUD = const(115200)

_LINK_IN = const(2560)
"""Bytes that may come by the data port before they are looked at: all that the kiosk has under way, four of the longest
messages. While the flash is written nobody looks, and what does not fit has to be sent again."""

_POWER_MA = const(500)
"""What the reader takes from USB at most: scan engine, lamp and buzzer hang on it. Left out, it would say that it has
a supply of its own."""

GREEN_ON = (0, 1, 1, 0)
RED_ON = (0, 0, 1, 1)
"""By colour: off, green, amber, red."""

LOUDNESS = (0, 160, 320, 640, 1280, 2560, 5120, 8192, 14000, 22000, 32768)
"""Of 65,536 the part of a cycle in which the buzzer is on, by volume: each step sounds alike, and half is loudest."""


class Port:
    """A UART or USB port. Its stream must give what is there and take what fits, and never wait."""

    def __init__(self, stream, rest) -> None:
        """Begins.

        Args:
            stream: The port.
            rest: Gives all that has come, or None.
        """
        self._stream = stream
        self._reader = asyncio.StreamReader(stream)
        self._rest = rest
        self._out = b""

    async def read(self, _size: int) -> bytes:
        """The next bytes: one is waited for; what has come with it is no more than the port's buffer holds."""
        first = await self._reader.read(1)
        return first + (self._rest() or b"")

    def write(self, data: bytes) -> None:
        """Send bytes, now or with the next flush; never waits. They are lost while the port takes none."""
        if len(self._out) + len(data) <= _OUT_MOST:
            self._out += data
            self.flush()

    def flush(self) -> None:
        """Send what is still to be sent, as far as the port takes it now."""
        if self._out:
            self._out = self._out[self._stream.write(self._out) or 0 :]


class Board:
    """The board. See firmware/README.md for what a board has."""

    def __init__(self) -> None:
        self.name = "pico"
        self.unit = machine.unique_id().hex().upper()
        self.root = ""
        self.volume = 7
        self._engine_uart = machine.UART(0, 9600, tx=machine.Pin(0), rx=machine.Pin(1), timeout=0, rxbuf=1024)
        self.engine = _uart_port(self._engine_uart)
        self.link = self._uart_link() if _link_is_uart() else self._usb_link()
        self._trigger = machine.Pin(14, machine.Pin.IN, machine.Pin.PULL_UP)
        self._green = machine.Pin(16, machine.Pin.OUT, value=0)
        self._red = machine.Pin(17, machine.Pin.OUT, value=0)
        self._buzzer = machine.PWM(machine.Pin(18), freq=1000, duty_u16=0)
        # A byte 0x03 must not stop the program, whatever port it comes by. main.py leaves a way to the REPL.
        micropython.kbd_intr(-1)

    def trigger(self) -> bool:
        """Whether the trigger is pressed."""
        return not self._trigger.value()

    def lamp(self, colour: int) -> None:
        """Show OFF, GREEN, AMBER or RED of reader.indicator."""
        self._green.value(GREEN_ON[colour])
        self._red.value(RED_ON[colour])

    def tone(self, hz: int) -> None:
        """Sound the buzzer; 0 silences it."""
        if hz:
            self._buzzer.freq(hz)
        self._buzzer.duty_u16(LOUDNESS[self.volume] if hz else 0)

    def random(self, size: int) -> bytes:
        """So many random bytes."""
        return os.urandom(size)

    def set_engine_baud(self, baud: int) -> None:
        """Set the speed of the scan engine's port."""
        self._engine_uart.init(baudrate=baud)

    def watchdog(self, ms: int):  # -> machine.WDT
        """Arm the watchdog: not fed for so long, it starts the reader anew. Nothing can disarm it."""
        return machine.WDT(timeout=ms)

    def reset(self) -> None:
        """Start anew; never returns."""
        machine.reset()

    def _usb_link(self) -> Port:
        import usb.device
        from usb.device.cdc import CDCInterface

        cdc = CDCInterface(timeout=0, txbuf=1024, rxbuf=1024)
        usb.device.get().init(
            cdc,
            builtin_driver=True,
            manufacturer_str="Sealgate",
            product_str="Sealgate seal reader",
            serial_str=self.unit,
            max_power_ma=_POWER_MA,
        )
        return Port(cdc, lambda: cdc.read(-1))

    def _uart_link(self) -> Port:
        pins = {"tx": machine.Pin(4), "rx": machine.Pin(5)}
        return _uart_port(machine.UART(1, _LINK_BAUD, timeout=0, txbuf=_OUT_MOST, rxbuf=_LINK_IN, **pins))


def _uart_port(uart) -> Port:
    # Of a read without a number the UART would wait for a pause on the line.
    return Port(uart, lambda: uart.read(uart.any()))


def _link_is_uart() -> bool:
    try:
        with open("/link") as file:
            return file.read().strip() == "uart"
    except OSError:
        return False
