"""The commands of the PN532's firmware 1.6 (UM0701-02, clause 7; page numbers are those of the manual)."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from hw.bench.pn532_ciu import Ciu, Received, RfFault
from hw.bench.pn532_targets import Targets

FIRMWARE = bytes([0x32, 0x01, 0x06, 0x07])
"""PN532, firmware 1.6, type A, type B and ISO/IEC 18092 (page 73)."""
BAUD_RATES = (9_600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 921_600, 1_288_000)
"""By the parameter of SetSerialBaudRate (page 83)."""
AUTOMATIC_RATS = 0x10
"""fAutomaticRATS of SetParameters (page 85), set after a reset."""
WAKE_BY_HSU = 0x10
"""Bit 4 of WakeUpEnable (page 98)."""
FIELD, TIMINGS, MAX_RETRY_COM, MAX_RETRIES = 0x01, 0x02, 0x04, 0x05
CONFIGURATION_SIZES = {FIELD: 1, TIMINGS: 3, MAX_RETRY_COM: 1, MAX_RETRIES: 3, 0x0A: 11, 0x0B: 8, 0x0C: 3, 0x0D: 9}
"""Bytes of each item of RFConfiguration (pages 101 to 106)."""
FOR_EVER = 0xFF
"""MxRtyPassiveActivation that never gives up; its value after a reset (page 103)."""
DEFAULT_TIMEOUT = 0x0A
"""fRetryTimeout after a reset: 51.2 ms (page 102)."""
LONGEST_TIMEOUT = 0x10
"""Greatest value of a time-out, 100 us * 2 ** (n - 1): 3.28 s (page 102)."""
POLL_S = 0.005
"""Seconds that one try to find a card takes: the guard time of 5 ms after the field came on (ISO/IEC 14443-3, 5)."""
LONGEST_ANSWER = 262
"""Data bytes in one response of InDataExchange or InCommunicateThru (pages 127 and 136)."""
TOO_LONG = Received(fault=RfFault.BUFFER)
MORE = 0x40
"""MI, bit 6 of the target number (page 127)."""
NO_FELICA_ANSWERED = 0x80
"""Diagnose, polling test: all of 128 pollings failed (page 70)."""
TYPE_A, FELICA_212, FELICA_424, TYPE_B, JEWEL = range(5)
"""BrTy of InListPassiveTarget (page 115)."""


class CommandRefusedError(Exception):
    """The command is unknown or its parameters are wrong: the chip answers with its error frame (6.2.1.5)."""


class Wait(Struct, frozen=True):
    """A command that cannot be answered yet.

    Attributes:
        probe: Looks again; returns the response data, or None to wait on.
        until: When to give up, in the caller's clock; None for never.
        expired: The response data when the time has passed.
    """

    probe: Callable[[], bytes | None]
    until: float | None = None
    expired: bytes = b""


Outcome = bytes | Wait


class Commands:
    """Runs one command after the other on a contactless unit."""

    def __init__(self, ciu: Ciu) -> None:
        self._ciu = ciu
        self._targets = Targets(ciu)
        self._parameters = AUTOMATIC_RATS | 0x04
        self._timeout = DEFAULT_TIMEOUT
        self._tries = FOR_EVER
        self._ports = [0, 0]
        self._last_fault = 0
        self._chained = b""
        self._new_baud: int | None = None
        self._power_down: bool | None = None
        self._now = 0.0
        self._table: dict[int, Callable[[bytes], Outcome]] = {
            0x00: self._diagnose,
            0x02: lambda data: self._exactly(data, 0) or FIRMWARE,
            0x04: self._general_status,
            0x06: self._read_register,
            0x08: self._write_register,
            0x0C: lambda data: self._exactly(data, 0) or bytes([*self._ports, 0x00]),
            0x0E: self._write_gpio,
            0x10: self._set_baud,
            0x12: self._set_parameters,
            0x14: self._sam_configuration,
            0x16: self._go_down,
            0x32: self._rf_configuration,
            0x40: self._data_exchange,
            0x42: self._communicate_thru,
            0x44: lambda data: self._on_target(data, self._deselect),
            0x46: self._no_dep_target,
            0x4A: self._list_passive,
            0x52: lambda data: self._on_target(data, self._targets.release),
            0x54: lambda data: self._on_target(data, self._select),
            0x56: self._no_dep_target,
            0x58: lambda _data: Wait(lambda: None),  # RFRegulationTest runs until the next command (page 107)
            0x8A: lambda data: self._exactly(data, 0) or bytes(3),  # TgGetTargetStatus: nobody activated the chip
            0x8C: lambda _data: Wait(lambda: None),  # TgInitAsTarget waits for an initiator (page 151)
        }

    def run(self, code: int, data: bytes, now: float) -> Outcome:
        """Run a command.

        Returns:
            The data of its response, or what it waits for.

        Raises:
            CommandRefusedError: The chip answers with its error frame.
        """
        handler = self._table.get(code)
        if handler is None:
            raise CommandRefusedError
        self._now = now
        return handler(data)

    def take_new_baud(self) -> int | None:
        """The speed that SetSerialBaudRate has just asked for."""
        baud, self._new_baud = self._new_baud, None
        return baud

    def take_power_down(self) -> bool | None:
        """Whether PowerDown was just asked for, and if so, whether HSU shall wake the chip."""
        down, self._power_down = self._power_down, None
        return down

    @staticmethod
    def _exactly(data: bytes, size: int) -> bytes:
        if len(data) != size:
            raise CommandRefusedError
        return b""

    def _diagnose(self, data: bytes) -> bytes:
        """Page 69."""
        match data[:1], len(data):
            case b"\x00", _:
                return data
            case (b"\x01" | b"\x02", 1) | (b"\x07", 2):
                return b"\x00"
            case b"\x04", 2 if data[1] in {FELICA_212, FELICA_424}:
                return bytes([0 if self._targets.list_f(1, data[1], b"\x00\xff\xff\x00\x00") else NO_FELICA_ANSWERED])
            case b"\x06", 1:
                return self._card_presence()
        raise CommandRefusedError

    def _card_presence(self) -> bytes:
        """Attention request: is the ISO/IEC 14443-4 card still there (page 71)?"""
        target = self._targets.get(1)
        if target is None or target.blocks is None:
            return bytes([RfFault.CONTEXT])
        return b"\x00" if target.blocks.present() else bytes([RfFault.TIMEOUT])

    def _general_status(self, data: bytes) -> bytes:
        """Page 74. The last byte is the SAM's state; there is none here."""
        self._exactly(data, 0)
        listed = b""
        for number in (1, 2):
            target = self._targets.get(number)
            if target is not None:
                listed += bytes([number, target.speed, target.speed, 0x10 if target.card is None else 0x00])
        return bytes([self._last_fault, 0, len(self._targets)]) + listed + b"\x00"

    def _read_register(self, data: bytes) -> bytes:
        """Page 76."""
        if not data or len(data) % 2:
            raise CommandRefusedError
        return bytes(self._ciu.read(int.from_bytes(data[at : at + 2], "big")) for at in range(0, len(data), 2))

    def _write_register(self, data: bytes) -> bytes:
        """Page 78."""
        if not data or len(data) % 3:
            raise CommandRefusedError
        for at in range(0, len(data), 3):
            self._ciu.write(int.from_bytes(data[at : at + 2], "big"), data[at + 2])
        return b""

    def _write_gpio(self, data: bytes) -> bytes:
        """Page 81: a port is written when bit 7 of its value is set."""
        self._exactly(data, 2)
        self._ports = [new & 0x7F if new & 0x80 else old for new, old in zip(data, self._ports, strict=True)]
        return b""

    def _set_baud(self, data: bytes) -> bytes:
        """Page 83. The new speed counts from the host's ACK on."""
        self._exactly(data, 1)
        if data[0] >= len(BAUD_RATES):
            raise CommandRefusedError
        self._new_baud = BAUD_RATES[data[0]]
        return b""

    def _set_parameters(self, data: bytes) -> bytes:
        """Page 85."""
        self._exactly(data, 1)
        self._parameters = data[0]
        return b""

    @staticmethod
    def _sam_configuration(data: bytes) -> bytes:
        """Page 89: mode, then optionally time-out and use of the IRQ pin."""
        if not 1 <= len(data) <= 3 or data[0] not in {1, 2, 3, 4}:
            raise CommandRefusedError
        return b""

    def _go_down(self, data: bytes) -> bytes:
        """Page 98."""
        if len(data) not in {1, 2}:
            raise CommandRefusedError
        self._targets.clear()
        self._power_down = bool(data[0] & WAKE_BY_HSU)
        return b"\x00"

    def _rf_configuration(self, data: bytes) -> bytes:
        """Page 101. The analog settings (0Ah to 0Dh) are taken and change nothing."""
        if not data or len(data) - 1 != CONFIGURATION_SIZES.get(data[0]):
            raise CommandRefusedError
        match data[0]:
            case 0x01:
                self._ciu.switch_field(bool(data[1] & 1))
            case 0x02:
                if data[3] > LONGEST_TIMEOUT:
                    raise CommandRefusedError
                self._timeout = data[3]
            case 0x05:
                self._tries = data[3]
        return b""

    def _list_passive(self, data: bytes) -> Outcome:
        """Page 115."""
        if len(data) < 2 or data[0] not in {1, 2} or data[1] > JEWEL or (data[1] == JEWEL and data[0] != 1):
            raise CommandRefusedError
        most, kind, wanted = data[0], data[1], data[2:]
        if kind in {FELICA_212, FELICA_424} and len(wanted) != 5:
            raise CommandRefusedError
        if kind == TYPE_B and len(wanted) not in {1, 2}:
            raise CommandRefusedError
        if kind == TYPE_A and len(wanted) not in {0, 4, 8, 12}:
            raise CommandRefusedError

        def probe() -> bytes | None:
            found = self._search(most, kind, wanted)
            if not found:
                return None
            return bytes([len(found)]) + b"".join(bytes([number]) + card for number, card in enumerate(found, 1))

        first = probe()
        if first is not None:
            return first
        until = None if self._tries == FOR_EVER else self._now + (self._tries + 1) * POLL_S
        return Wait(probe, until, b"\x00")

    def _search(self, most: int, kind: int, wanted: bytes) -> list[bytes]:
        if kind == TYPE_A:
            return self._targets.list_a(most, wanted, rats=bool(self._parameters & AUTOMATIC_RATS))
        if kind in {FELICA_212, FELICA_424}:
            return self._targets.list_f(most, kind, wanted)
        self._targets.clear()
        self._ciu.switch_field(True)
        return []

    def _air(self, got: Received) -> Outcome:
        """A status byte and data; silence takes the time of fRetryTimeout (page 102) before it is reported."""
        if len(got.data) > LONGEST_ANSWER:
            got = TOO_LONG
        self._last_fault = got.fault or 0
        if got.fault is None:
            return b"\x00" + got.data
        status = bytes([got.fault])
        if got.fault is not RfFault.TIMEOUT:
            return status
        until = self._now + 100e-6 * 2 ** (self._timeout - 1) if self._timeout else None
        return Wait(lambda: None, until, status)

    def _communicate_thru(self, data: bytes) -> Outcome:
        """Page 136: raw frames, the CRCs as the registers say."""
        return self._air(self._ciu.exchange(data))

    def _data_exchange(self, data: bytes) -> Outcome:
        """Page 127. With MI set the chip only collects. No card of the bench answers more than one response holds."""
        if not data:
            raise CommandRefusedError
        number, data = data[0], data[1:]
        target = self._targets.get(number & 0x3F)
        if target is None:
            return bytes([RfFault.CONTEXT])
        if number & MORE:
            self._chained += data
            return b"\x00"
        command, self._chained = self._chained + data, b""
        return self._air(self._targets.exchange(target, command))

    def _on_target(self, data: bytes, act: Callable[[int], bool]) -> bytes:
        """InDeselect, InRelease and InSelect (pages 139 to 141)."""
        self._exactly(data, 1)
        return bytes([0x00 if act(data[0]) else RfFault.CONTEXT])

    def _deselect(self, number: int) -> bool:
        chosen = [self._targets.get(each) for each in ((1, 2) if number == 0 else (number,))]
        for target in chosen:
            if target is not None:
                self._targets.put_to_sleep(target)
        return number == 0 or chosen != [None]

    def _select(self, number: int) -> bool:
        target = self._targets.get(number)
        return target is not None and self._targets.wake(target)

    def _no_dep_target(self, data: bytes) -> Outcome:
        """InJumpForDEP and InJumpForPSL: no card of the bench speaks DEP."""
        if len(data) < 3:
            raise CommandRefusedError
        self._ciu.switch_field(True)
        return self._air(Received(fault=RfFault.TIMEOUT))
