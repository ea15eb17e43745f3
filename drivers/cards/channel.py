"""What a card is spoken to through. The implementations over nfcpy's own tags are in drivers/pn532_card.py."""

from typing import Protocol

from drivers.cards.values import CardAnswered

NATIVE_CLASS = 0x90
"""CLA of the chips' own commands, wrapped as APDUs (NT4H2421Gx data sheet, 8.4)."""

SELECT, BY_DF_NAME, NO_FCI = 0xA4, 0x04, 0x0C
"""ISO/IEC 7816-4, 7.1.1: by name, and without the application's description in the answer."""


class Channel(Protocol):
    """A card of ISO/IEC 14443-4, for as long as it lies on the reader."""

    def exchange(self, apdu: bytes) -> bytes:
        """Send a command and take its answer.

        Args:
            apdu: The whole command, its Le too.

        Returns:
            Data and the two status bytes.

        Raises:
            TakenAway: when the card did not answer, or not wholly.
            DeviceFault: when it was the reader that failed.
        """


class Type4(Channel, Protocol):
    """Such a card, and what it said when it was activated."""

    @property
    def ats(self) -> bytes:
        """The answer to RATS (ISO/IEC 14443-4, 5.2)."""


class Pages(Protocol):
    """A Type 2 tag, for as long as it lies on the reader."""

    def read(self, page: int) -> bytes:
        """Four pages from this one on, 16 bytes.

        Raises:
            TakenAway: when the card did not answer.
            DeviceFault: when it was the reader that failed.
        """

    def write(self, page: int, data: bytes) -> None:
        """Write one page, four bytes. Raises as `read`."""

    def command(self, data: bytes) -> bytes:
        """Send any command of the chip's and take its answer. Raises as `read`."""

    def ndef(self) -> bytes | None:
        """The NDEF message in the tag's memory; None when there is none. Raises as `read`."""


class Reach(Protocol):
    """How to speak to the card that was found last, until the next look, which switches the field off."""

    def type4(self, longest_s: float = ...) -> Type4:
        """Activate it as a card of ISO/IEC 14443-4: one exchange, RATS.

        Args:
            longest_s: Seconds until it counts as taken away, however often it asks for time.

        Raises:
            TakenAway: when it did not answer.
            DeviceFault: when it was the reader that failed.
        """

    def pages(self, longest_s: float = ...) -> Pages:
        """Take it as a Type 2 tag: no exchange. Raises nothing; ``longest_s`` as in `type4`."""


def native(instruction: int, data: bytes = b"") -> bytes:
    """One of the chip's own commands as an APDU: always with Le, without which an NTAG 424 DNA answers 917E."""
    length = bytes([len(data)]) if data else b""
    return bytes([NATIVE_CLASS, instruction, 0, 0]) + length + data + b"\0"


def select(df_name: bytes) -> bytes:
    """The APDU that selects an application by its ISO name."""
    return bytes([0, SELECT, BY_DF_NAME, NO_FCI, len(df_name)]) + df_name + b"\0"


def status(answer: bytes) -> int:
    """The status of an answer."""
    return int.from_bytes(answer[-2:], "big")


def ask(channel: Channel, apdu: bytes, name: str, expected: int) -> bytes:
    """Send a command whose answer must have one status; returns its data.

    Raises:
        CardAnswered: when the status is another.
        TakenAway: when the card did not answer.
        DeviceFault: when it was the reader that failed.
    """
    answer = channel.exchange(apdu)
    if status(answer) != expected:
        raise CardAnswered(name, status(answer), expected)
    return answer[:-2]
