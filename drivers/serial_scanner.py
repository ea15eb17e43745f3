"""A barcode scanner on a serial port: plain, or speaking Zebra's Simple Serial Interface."""

from collections.abc import Callable, Sequence
from queue import Empty, SimpleQueue
from threading import Event
from time import monotonic

import structlog
from msgspec import Struct

from drivers.barcode import AimUse, Elements, UnreadableBarcodeError, read_barcode
from drivers.reports import DeviceIdentified, DeviceReady, Report
from drivers.scan_framing import Broken, Frame, Framer, Framing
from drivers.ssi import Answered, CommandFailed, Decoded, Output, Send, SsiHost, beep
from drivers.ssi_packets import Opcode, Packet
from drivers.supervision import SupervisedDevice
from drivers.symbology import SSI_TYPES, Symbology
from hw.errors import DeviceFault, FaultKind
from hw.serial_line import SerialLine
from hw.serial_ports import PortName, find_port, usb_seen

IDLE_S = 0.05
"""Seconds of silence that end a read by default, for Framing.IDLE: 48 characters' time at 9600 baud, more than USB
and the kernel hold bytes back for, less than a person can scan twice in."""

READ_S = 0.1
"""Seconds that one blocking read lasts at most, and so what stopping and a command for the scanner wait at most."""

SETTLE_S = 2.0
"""Seconds that a line may go on talking after it was opened. No single read lasts this long at 9600 baud (1,900
characters); a line that never pauses is noise."""

MAX_LENGTH = 512
"""Bytes of a read at most by default: the longest GS1 message has 90 a element string, and slips carry fewer."""


class ScannerSettings(Struct, frozen=True, kw_only=True):
    """How one scanner is connected and set up.

    Attributes:
        name: What the installer calls it; in every report.
        port: Which port it is on.
        baud: Bits a second. USB ports take any.
        framing: How it ends a read.
        idle_s: Seconds of silence that end a read, for Framing.IDLE.
        max_length: Bytes of a read at most, AIM identifier included.
        aim: Whether it sends AIM identifiers.

    Raises:
        ValueError: when a number is not above 0.
    """

    name: str
    port: PortName
    baud: int = 9600
    framing: Framing = Framing.CR
    idle_s: float = IDLE_S
    max_length: int = MAX_LENGTH
    aim: AimUse = AimUse.DETECT

    def __post_init__(self) -> None:
        for what, value in (("baud", self.baud), ("idle_s", self.idle_s), ("max_length", self.max_length)):
            if value <= 0:
                raise ValueError(f"{self.name}: expected {what} above 0, got {value}")


class BarcodeRead(Struct, frozen=True):
    """A barcode was read.

    Attributes:
        scanner: The scanner's configured name.
        text: The data exactly as it stands in the barcode.
        symbology: Which kind of barcode, None when the scanner does not say.
        elements: Application identifier and value of each GS1 element string; empty for others.
    """

    scanner: str
    text: str
    symbology: Symbology | None
    elements: Elements


class BarcodeUnreadable(Struct, frozen=True):
    """Something came from the scanner that is no barcode's text.

    Attributes:
        scanner: The scanner's configured name.
        why: What was wrong, for a person.
    """

    scanner: str
    why: str


class SerialScanner:
    """A supervised scanner.

    Reports BarcodeRead, BarcodeUnreadable, DeviceReady, DeviceIdentified and DeviceLost on its own thread. Any thread
    may call its methods.
    """

    def __init__(self, settings: ScannerSettings, report: Report, on_death: Callable[[BaseException], None]) -> None:
        self._settings = settings
        self._report = report
        self._device = SupervisedDevice(settings.name, self._session, report, on_death)
        self._scanning = True
        self._is_ready = False
        self._commands: SimpleQueue[Packet] = SimpleQueue()
        self._log = structlog.get_logger("drivers").bind(device=settings.name)

    def start(self) -> None:
        """Start the thread. Once only."""
        self._device.start()

    def stop(self) -> None:
        """End the thread and close the port.

        Raises:
            TimeoutError: when the thread does not end.
        """
        self._device.stop()

    def expect(self, on: bool) -> None:
        """Say whether a read is expected. An SSI scanner is enabled or disabled; a plain one goes on reporting."""
        self._scanning = on

    def beep(self, *, good: bool) -> None:
        """Let the scanner beep that its read was good or not. A plain scanner cannot, and does nothing."""
        if self._settings.framing is Framing.SSI:
            self._commands.put(beep(good=good))

    def _session(self, stop: Event) -> None:
        settings = self._settings
        self._is_ready = False
        path = find_port(settings.name, settings.port)
        wait_s = min(READ_S, settings.idle_s) if settings.framing is Framing.IDLE else READ_S
        with SerialLine(settings.name, path, baud=settings.baud, wait_s=wait_s) as line:
            if settings.framing is Framing.SSI:
                self._serve_ssi(line, stop)
                return
            self._settle(line, stop)
            if not stop.is_set():
                self._ready(line)
                framer = Framer(settings.framing, max_length=settings.max_length, idle_s=settings.idle_s)
                self._serve(line, framer, stop, lambda _: [])

    def _settle(self, line: SerialLine, stop: Event) -> None:
        """Throw away a read that was under way when the port was opened: its beginning is lost.

        Not for SSI, whose packets say whether they are whole, and are sent again until they are acknowledged.
        """
        opened, lost = monotonic(), 0
        try:
            while not stop.is_set() and (data := line.read()):
                lost += len(data)
                if monotonic() - opened > SETTLE_S:
                    raise DeviceFault(
                        self._settings.name,
                        expected=f"a pause on the line within {SETTLE_S:g} s",
                        got=f"{lost} bytes without one",
                        mend="set the same speed (baud) in the scanner and in the site's settings",
                        kind=FaultKind.GARBLED,
                    )
        finally:
            if lost:
                self._unreadable(f"{lost} bytes of a read that began before the port was open; scan again")

    def _serve_ssi(self, line: SerialLine, stop: Event) -> None:
        host = SsiHost(max_length=self._settings.max_length)
        while not self._commands.empty():  # beeps for reads of an earlier session
            self._commands.get()

        def orders(now: float) -> list[Output]:
            out = host.want(self._scanning, now)
            try:
                return out + host.send(self._commands.get_nowait(), now)
            except Empty:
                return out

        self._serve(line, host, stop, orders)

    def _serve(
        self, line: SerialLine, far: Framer | SsiHost, stop: Event, orders: Callable[[float], list[Output]]
    ) -> None:
        try:
            while not stop.is_set():
                self._act(orders(monotonic()), line)
                began = monotonic()
                data = line.read()
                # Silence is only vouched for up to the end of the read's own wait: the thread may have slept longer.
                self._act(far.feed(data, monotonic()) if data else far.quiet(began + line.wait_s), line)
        except DeviceFault:
            self._act(far.abandon(), line)
            raise

    def _act(self, outputs: Sequence[Output | Frame], line: SerialLine) -> None:
        for out in outputs:
            self._act_on(out, line)

    def _act_on(self, out: Output | Frame, line: SerialLine) -> None:
        match out:
            case Send():
                line.write(out.data)
            case Frame():
                self._read(out.data, None)
            case Decoded():
                self._read(out.data, SSI_TYPES.get(out.type_code))
            case Broken():
                self._unreadable(out.why)
            case Answered():
                self._ready(line)
            case CommandFailed():
                self._failed(out)

    def _read(self, data: bytes, named: Symbology | None) -> None:
        try:
            barcode = read_barcode(data, aim=self._settings.aim, named=named)
        except UnreadableBarcodeError as error:
            self._unreadable(error.why)
        else:
            self._report(BarcodeRead(self._settings.name, barcode.text, barcode.symbology, barcode.elements))

    def _unreadable(self, why: str) -> None:
        self._report(BarcodeUnreadable(self._settings.name, why))

    def _ready(self, line: SerialLine) -> None:
        """Once a session: the port is open, and a scanner that can answer has answered."""
        if not self._is_ready:
            self._is_ready = True
            self._device.mark_ready()
            self._report(DeviceReady(self._settings.name, f"{self._settings.framing.value} framing on {line.path}"))
            if (seen := usb_seen(line.path)).identity:
                self._report(DeviceIdentified(self._settings.name, seen.identity, seen.place))

    def _failed(self, failure: CommandFailed) -> None:
        name = Opcode(failure.command.opcode).name
        if failure.command.opcode == Opcode.BEEP and not failure.silent:
            self._log.warning("the scanner refuses to beep", got=failure.got)
            return
        raise DeviceFault(
            self._settings.name,
            expected=f"the scanner to acknowledge {name}",
            got=failure.got,
            mend="check the scanner's cable and power, that its host type is SSI, and its speed",
            kind=FaultKind.SILENT if failure.silent else FaultKind.OTHER,
        )
