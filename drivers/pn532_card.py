"""A card on the PN532, spoken to through nfcpy's own tags: ISO-DEP with its chaining and repeats, Type 2 memory.

nfcpy's tags ask again for as long as a card's own answers let them: one that names a waiting time of five seconds, or
asks for more time again and again, would hold the reader. So they are given a frontend that keeps time.
"""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from drivers.cards.values import TakenAway

SILENCE_S = 0.25
"""Seconds without a right answer until a card counts as taken away. The chips answer within 77 ms (FWI 8), and are
asked again when something is lost; a reader that is busy with a card that is gone is not there for the next one."""

PROOF_S = 1.5
"""Seconds for a whole proof: four exchanges over a bad USB bridge take 0.4 s."""

Calls = Callable[[], AbstractContextManager[None]]
"""Turns what nfcpy raises into TakenAway or DeviceFault."""


class PatientFrontend:
    """What nfcpy's tags take for their frontend: nfcpy's own, with an end to its patience.

    Args:
        frontend: nfcpy's.
        longest_s: Seconds for all exchanges together.
        clock: Seconds that only go forward.

    Attributes:
        ats: The answer to RATS, which nfcpy keeps to itself; empty before.
    """

    def __init__(self, frontend: Any, longest_s: float, clock: Callable[[], float] = time.monotonic) -> None:  # noqa: ANN401 - nfcpy has no types
        self._frontend = frontend
        self._clock = clock
        self._answered_at = clock()
        self._end = self._answered_at + longest_s
        self.ats = b""

    @property
    def max_send_data_size(self) -> int:
        """Bytes that fit into one frame."""
        return int(self._frontend.max_send_data_size)

    @property
    def max_recv_data_size(self) -> int:
        """Bytes that fit into one answer."""
        return int(self._frontend.max_recv_data_size)

    def exchange(self, data: bytes, timeout: float) -> Any:  # noqa: ANN401
        """One frame and its answer.

        Raises:
            nfc.clf.ProtocolError: when patience has ended; nfcpy's tags ask again after any other error.
            nfc.clf.CommunicationError: from nfcpy, when the card did not answer.
        """
        import nfc.clf

        left = min(self._answered_at + SILENCE_S, self._end) - self._clock()
        if left <= 0:
            raise nfc.clf.ProtocolError("the card does not answer")
        answer = self._frontend.exchange(data, min(timeout, left))
        self._answered_at = self._clock()
        if data[0] == RATS and not self.ats:
            self.ats = bytes(answer)
        return answer

    def sense(self, target: Any) -> Any:  # noqa: ANN401
        """Find the same card again: a Type 2 tag falls silent after a page that it does not have."""
        return self._frontend.sense(target)


RATS = 0xE0
"""First byte of the command (ISO/IEC 14443-4, 5.1)."""


class NfcpyType4:
    """A card of ISO/IEC 14443-4 (`drivers.cards.channel.Type4`), through nfcpy's Type4Tag.

    Args:
        frontend: What nfcpy's tag speaks through.
        target: The card as it was found.
        calls: Wraps each call of nfcpy.

    Raises:
        TakenAway: when it does not answer RATS.
        DeviceFault: when the reader failed.
    """

    def __init__(self, frontend: PatientFrontend, target: Any, calls: Calls) -> None:  # noqa: ANN401
        import nfc.tag

        self._frontend = frontend
        self._calls = calls
        with calls():
            self._tag = nfc.tag.activate(frontend, target)
        if self._tag is None:
            raise TakenAway("no right answer to RATS")

    @property
    def ats(self) -> bytes:
        """The answer to RATS."""
        return self._frontend.ats

    def exchange(self, apdu: bytes) -> bytes:
        """Send a command and take its answer: see `drivers.cards.channel.Channel`."""
        with self._calls():
            answer = bytes(self._tag.transceive(bytearray(apdu)))
        if len(answer) < STATUS_SIZE:
            raise TakenAway(f"an answer of {len(answer)} bytes")
        return answer


STATUS_SIZE = 2
"""Bytes that every answer ends with (ISO/IEC 7816-4, 5.1.3)."""


class NfcpyPages:
    """A Type 2 tag (`drivers.cards.channel.Pages`), through nfcpy's Type2Tag.

    Args:
        frontend: What nfcpy's tag speaks through.
        target: The card as it was found.
        calls: Wraps each call of nfcpy.
    """

    def __init__(self, frontend: PatientFrontend, target: Any, calls: Calls) -> None:  # noqa: ANN401
        import nfc.tag.tt2

        self._calls = calls
        # Not nfc.tag.activate: it asks NXP's tags what they are, and loses one that does not say.
        self._tag = nfc.tag.tt2.Type2Tag(frontend, target)

    def read(self, page: int) -> bytes:
        """Four pages from this one on."""
        with self._calls():
            return bytes(self._tag.read(page))

    def write(self, page: int, data: bytes) -> None:
        """Write one page."""
        with self._calls():
            self._tag.write(page, bytearray(data))

    def command(self, data: bytes) -> bytes:
        """Send any command of the chip's and take its answer."""
        with self._calls():
            return bytes(self._tag.transceive(bytearray(data)))

    def ndef(self) -> bytes | None:
        """The NDEF message in the tag's memory; None when there is none."""
        with self._calls():
            ndef = self._tag.ndef
            if ndef is not None:
                return bytes(ndef.octets)
            there = self._tag.is_present
        if not there:
            raise TakenAway
        return None
