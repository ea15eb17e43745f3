"""What an NTAG 424 DNA knows while it has power, beside what it keeps without."""

from __future__ import annotations

from collections.abc import Callable

from hw.bench.card_ev2 import Ev2Channel, Refused, Status
from hw.bench.card_ntag424_files import FREE, NEVER
from hw.bench.card_ntag424_memory import Memory, StoredFile


class State:
    """Kept memory, selection, and the authentication in force.

    Attributes:
        memory: What stays; it is replaced whole, before the answer goes out.
        chance: Gives so many random bytes.
        channel: The authentication in force, if any.
        in_application: The NDEF application is selected; else the PICC level (MF).
        file: Number of the file that ISOSelectFile selected.
        reading: The read command and the file that it went on reading, for the counter counts a reading once (9.3.1).
        padding: The random padding of PICCData for that reading (9.3.4).
    """

    def __init__(self, memory: Memory, chance: Callable[[int], bytes]) -> None:
        self.memory = memory
        self.chance = chance
        self.reset()

    def reset(self) -> None:
        """The power or the selection of the card was lost."""
        self.channel: Ev2Channel | None = None
        self.in_application = False
        self.file: int | None = None
        self.reading: tuple[int, int] | None = None
        self.padding = b""

    def stored(self, number: int) -> StoredFile:
        """A file of the application.

        Raises:
            Refused: At PICC level, or there is no such file.
        """
        if number & 0xE0:
            raise Refused(Status.PARAMETER)
        if not self.in_application:
            raise Refused(Status.PERMISSION_DENIED)
        if number not in self.memory.files:
            raise Refused(Status.FILE_NOT_FOUND)
        return self.memory.files[number]

    def proved(self, *conditions: int) -> bool:
        """Whether the key that was proved meets one of the access conditions."""
        return self.channel is not None and self.channel.key in conditions

    def require(self, *conditions: int) -> None:
        """One of the access conditions must be met (8.2.3.3).

        Raises:
            Refused: All of them are NEVER, or none is met.
        """
        if FREE in conditions or self.proved(*conditions):
            return
        raise Refused(Status.PERMISSION_DENIED if set(conditions) == {NEVER} else Status.AUTHENTICATION)
