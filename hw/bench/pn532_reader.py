"""The bench reader: the PN532 and its cards behind a serial port that the unmodified driver opens by its path."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from hw.bench.line import PtyLine
from hw.bench.pn532 import Pn532
from hw.bench.pn532_frames import ACK
from hw.bench.rf import Card, Exchange, Field

IDLE_S = 60.0
"""Seconds that the reader's thread waits at a time when no command runs. Bytes and `wake` end the wait at once."""


class BenchReader:
    """A PN532 on a pty. Its methods may be called from any thread.

    Args:
        link: Where the driver shall find the port; None for a place of its own.

    Attributes:
        line: The serial line, for its faults.
    """

    def __init__(self, link: Path | None = None) -> None:
        self._lock = threading.Lock()
        self._field = Field()
        self._chip = Pn532(self._field)
        self.line = PtyLine(link)
        self.line.run(self._run)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def path(self) -> Path:
        """The port for the driver to open."""
        return self.line.path

    @property
    def cards(self) -> tuple[Card, ...]:
        """The cards that lie on the reader."""
        with self._lock:
            return tuple(self._field.cards)

    @property
    def baud(self) -> int:
        """The speed that the chip understands."""
        with self._lock:
            return self._chip.baud

    @property
    def field_on(self) -> bool:
        """Whether the chip's field is on."""
        with self._lock:
            return self._field.on

    @property
    def waiting(self) -> int | None:
        """The code of the command that the chip is busy with."""
        with self._lock:
            return self._chip.waiting

    def lay(self, card: Card) -> None:
        """Lay a card on the reader.

        Raises:
            ValueError: It lies there already.
        """
        with self._lock:
            self._field.lay(card)
        self.line.wake()

    def take_off(self, card: Card | None = None) -> None:
        """Take one card off, or all of them; also in the middle of a conversation.

        Raises:
            ValueError: That card does not lie there.
        """
        with self._lock:
            self._field.take_off(card)

    def watch(self) -> list[Exchange]:
        """A list that grows by every exchange with a card from now on, to know where `leave_after` may cut."""
        with self._lock:
            return self._field.watch()

    def leave_after(self, exchange: int, byte: int) -> None:
        """Let the cards leave in the middle of a conversation: see `Field.leave_after`. They are to be laid again."""
        with self._lock:
            self._field.leave_after(exchange, byte)

    def reset(self) -> None:
        """Take the chip's power away and give it back. The cards stay where they lie."""
        with self._lock:
            self._chip.power_cycle()

    def unplug(self) -> None:
        """Pull the reader's USB plug: the port is gone and so is the chip's power."""
        self.line.hang_up()
        self.reset()

    def plug_in(self) -> None:
        """Put the plug back: a fresh chip under the same path."""
        self.line.come_back()

    def freeze(self) -> None:
        """Make the chip deaf until `reset`."""
        with self._lock:
            self._chip.freeze()

    def close(self) -> None:
        """End the thread and the line."""
        self.line.close()

    def _run(self) -> None:
        while not self.line.closed:
            with self._lock:
                deadline = self._chip.deadline
            data = self.line.read(IDLE_S if deadline is None else max(0.0, deadline - time.monotonic()))
            self._serve(data)

    def _serve(self, data: bytes) -> None:
        speed, now = self.line.speed, time.monotonic()
        with self._lock:
            if self._chip.agreed_baud == speed:
                # The host has sent its ACK and opened the port anew. A UART had the ACK's last bytes in its FIFO by
                # then; a pty loses them to the flush that goes with closing a port.
                self._chip.hear(ACK, baud=self._chip.baud, now=now)
            answer = self._chip.hear(data, baud=speed, now=now) + self._chip.due(now)
            baud = self._chip.baud
        if answer:
            self.line.write(answer if baud == speed else _garbled(answer, baud, speed))


def _garbled(data: bytes, sent: int, heard: int) -> bytes:
    """What a UART at one speed makes of bytes sent at another: as many as the time allows, and none right."""
    count = max(1, len(data) * heard // sent) if heard else 0
    return bytes(0xFF ^ byte for byte in data[:count])
