"""A tool's talk with a seal reader on an open port, in the tool's own time: for what asks or updates it, once.

The reader gives scans to a kiosk alone (firmware/PROTOCOL.md, "Scans"), so a tool may take all that comes.
"""

import secrets
import time
from enum import Enum

from drivers.seal_reader_values import SealReaderSettings
from drivers.seal_talk import ANSWER_MS, greeting, no_answer, other_version
from hw.serial_line import SerialLine
from sealwire.link import Link, Mismatch
from sealwire.messages import Hello


class Tool(Enum):
    """What a tool says that it is."""

    PROBE = "probe"
    UPDATER = "updater"


class Conversation:
    """A link on an open port.

    Args:
        settings: Which reader.
        line: Its port; what one look at it waits for bytes is the line's.
        tool: Who asks.

    Attributes:
        name: The reader's configured name.
        link: The link.
    """

    def __init__(self, settings: SealReaderSettings, line: SerialLine, tool: Tool) -> None:
        self.name = settings.name
        self.link = Link(greeting(settings.host, "", tool.value), secrets.randbits(32), now_ms())
        self._line = line
        self._heard = 0

    def greeted(self) -> Hello:
        """Wait for the reader.

        Returns:
            Its greeting.

        Raises:
            DeviceFault: It does not answer, or is of another version.
        """
        began = now_ms()
        while not self.link.is_up or self.link.peer is None:
            if now_ms() - began >= ANSWER_MS:
                raise no_answer(self.name, self._heard)
            self.turn()
        return self.link.peer

    def turn(self) -> list[object]:
        """Say what is due, and take what comes.

        Returns:
            Up, Down, Got and Delivered of sealwire.link.

        Raises:
            DeviceFault: The port is lost, or the reader is of another version.
        """
        data, events = self.link.poll(now_ms())
        if data:
            self._line.write(data)
        data = self._line.read()
        self._heard += len(data)
        events += self.link.receive(data, now_ms())
        for event in events:
            if isinstance(event, Mismatch):
                raise other_version(self.name, event)
        return events


def now_ms() -> int:
    """Milliseconds of a clock that never goes back."""
    return time.monotonic_ns() // 1_000_000
