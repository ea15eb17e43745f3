"""nfcpy's PN532: woken from whatever state it was left in, opened, asked for cards, closed on every way out.

The one place where what nfcpy raises becomes a DeviceFault. nfcpy is imported when the chip is opened, on the
driver's thread: it takes a while on a Pi, and reading the settings must not need it.
"""

import contextlib
import errno
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct

from drivers.cards.values import TakenAway
from drivers.pn532_card import PROOF_S, NfcpyPages, NfcpyType4, PatientFrontend
from drivers.pn532_frames import ACK
from drivers.pn532_line import Pn532Line, Trouble
from hw.errors import DeviceFault

BAUD_AFTER_RESET = 115_200
"""PN532 data sheet rev. 3.2, 8.3.3; nfcpy begins and ends every conversation at it."""

FIRST_ANSWER_S = 0.2
"""Seconds for the first answer at each speed: as long as the line waits for any frame."""

SLOW_PORT_S = 1.5
"""Seconds for the last try: a USB port of a Raspberry Pi can hold the first bytes back for 1 s (nfcpy's pn532.py)."""

GREETINGS = (
    (BAUD_AFTER_RESET, FIRST_ANSWER_S),
    (921_600, FIRST_ANSWER_S),
    (460_800, FIRST_ANSWER_S),
    (230_400, FIRST_ANSWER_S),
    (BAUD_AFTER_RESET, SLOW_PORT_S),
)
"""Speeds in baud and how long to listen. The high ones are where a killed driver leaves the chip."""

GET_FIRMWARE_VERSION = bytes.fromhex("0000FF02FED4022A00")
FIRMWARE_VERSION = bytes.fromhex("D50332")
"""UM0701-02, 7.2.2: the command's frame, and how a PN532's response begins."""

SET_BAUD_AFTER_RESET = bytes.fromhex("0000FF03FDD410041800")
BAUD_SET = bytes.fromhex("D511")
"""UM0701-02, 7.2.8: the command's frame for 115,200 baud, and its response. It counts from the host's ACK on."""

PORT_MEND = "put the reader's plug back, or correct its port in the settings"
LINE_MEND = "check the reader's cable and power, that it is set to HSU (UART), and that the port is the reader's"


class Found(Struct, frozen=True):
    """A card's answer to being looked for, as it came over the air. Empty: not part of its technology's answer.

    Attributes:
        sens_res: Type A: ATQA, 2 bytes.
        sel_res: Type A: SAK, 1 byte.
        sdd_res: Type A: the UID without cascade tags.
        rid_res: Type 1 tags only.
        sensf_res: FeliCa: response code 01, IDm, PMm and, if asked for, the system code.
    """

    sens_res: bytes = b""
    sel_res: bytes = b""
    sdd_res: bytes = b""
    rid_res: bytes = b""
    sensf_res: bytes = b""


class Pn532Chip:
    """One PN532 on one port, from ``open`` to ``close``.

    Args:
        device: What the installer calls the reader; faults carry it.
        path: Its serial port.
    """

    def __init__(self, device: str, path: str) -> None:
        self._device = device
        self._path = path
        self._line = Pn532Line(path)
        self._frontend: Any = None
        self._targets: tuple[Any, ...] = ()
        self._target: Any = None
        self._library_errors: tuple[type[Exception], ...] = (OSError,)
        self._card_errors: tuple[type[Exception], ...] = ()

    def open(self, stopping: Callable[[], bool]) -> str:
        """Lock the port, wake the chip, bring it to nfcpy's speed and set it up.

        Args:
            stopping: Asked between the steps; when it says so the chip stays closed.

        Returns:
            The chip's name and firmware, or nothing when stopping.

        Raises:
            DeviceFault: when the port is missing, held by another program or silent, or no PN532 answers.
        """
        self._open_port()
        with self._library_calls("a PN532 that answers"):
            roused = self._rouse(stopping)
        return self._init() if roused and not stopping() else ""

    def sense(self) -> Found | None:
        """Look once for a card, type A first, then FeliCa. Takes 10 to 60 ms. A card's session ends by it.

        Raises:
            DeviceFault: when the chip does not answer or answers rubbish. ``usable`` says whether to ask again.
        """
        with self._library_calls("a PN532 that answers"):
            self._target = self._frontend.sense(*self._targets)
        if self._target is None:
            return None
        return Found(*(bytes(getattr(self._target, name) or b"") for name in Found.__struct_fields__))

    def type4(self, longest_s: float = PROOF_S) -> NfcpyType4:
        """Activate the card that was found last, as one of ISO/IEC 14443-4: see `drivers.cards.channel.Reach`."""
        return NfcpyType4(PatientFrontend(self._frontend, longest_s), self._target, self._card_calls)

    def pages(self, longest_s: float = PROOF_S) -> NfcpyPages:
        """Take the card that was found last, as a Type 2 tag: see `drivers.cards.channel.Reach`."""
        return NfcpyPages(PatientFrontend(self._frontend, longest_s), self._target, self._card_calls)

    @property
    def usable(self) -> bool:
        """Whether the line is still there, so that asking again can help."""
        return self._line.trouble is not Trouble.CUT

    def calm(self) -> None:
        """After a failed `sense`: stop what the chip may be doing and fill up a frame that it may be waiting for.

        Raises:
            DeviceFault: when the line is cut.
        """
        with self._library_calls("a PN532 that answers"):
            self._line.greet(GET_FIRMWARE_VERSION, FIRMWARE_VERSION, FIRST_ANSWER_S)

    def close(self) -> None:
        """Put the chip to sleep at its first speed and free the port. Never fails: what is left, `open` mends."""
        frontend, self._frontend = self._frontend, None
        try:
            if frontend is not None and self._line.trouble in {None, Trouble.DAMAGED}:
                with contextlib.suppress(DeviceFault), self._library_calls("the reader to go to sleep"):
                    frontend.device.close()
        finally:
            self._line.close()

    def _open_port(self) -> None:
        try:
            self._line.open(self._path, BAUD_AFTER_RESET)
        except OSError as error:
            got, mend = self._why_closed(error)
            expected = f"the serial port {self._path} for itself"
            raise DeviceFault(self._device, expected=expected, got=got, mend=mend) from error

    def _why_closed(self, error: OSError) -> tuple[str, str]:
        """What came instead of the port, and the mend."""
        match error.errno:
            case errno.ENOENT:
                return "no such port", PORT_MEND
            case errno.EACCES:
                return "no permission to open it", "add the kiosk's user to the port's group (dialout)"
            case errno.EAGAIN:
                return f"it is in use by {_holder(self._path)}", "stop that program, or correct the port"
        return str(error), PORT_MEND

    def _rouse(self, stopping: Callable[[], bool]) -> bool:
        """Find the chip at whatever speed it is and bring it to its first one. False when stopping."""
        line = self._line
        for baud, wait_s in GREETINGS:
            if stopping():
                return False
            line.baudrate = baud
            if not line.greet(GET_FIRMWARE_VERSION, FIRMWARE_VERSION, wait_s):
                continue
            if baud != BAUD_AFTER_RESET and line.greet(SET_BAUD_AFTER_RESET, BAUD_SET, wait_s):
                line.write(ACK)
                line.baudrate = BAUD_AFTER_RESET
            return True
        raise OSError(line.trouble or Trouble.SILENT)

    def _init(self) -> str:
        try:
            import nfc.clf
            import nfc.tag.tt2
            import nfc.tag.tt4  # now, and not when the first card lies there
            from nfc.clf import pn53x, pn532
        except (ImportError, OSError) as error:  # OSError: nfcpy asks for libusb even on a serial port
            expected = "nfcpy and libusb on this machine"
            raise DeviceFault(self._device, expected=expected, got=str(error), mend="install the kiosk anew") from error

        nfc_log = logging.getLogger("nfc")
        if not nfc_log.handlers:  # else Python prints nfcpy's warnings across the screen
            nfc_log.addHandler(logging.NullHandler())
        # IndexError and ValueError: nfcpy takes whole frames apart without looking at their length.
        self._library_errors = (OSError, pn53x.Chipset.Error, nfc.clf.Error, IndexError, ValueError)
        # Its tags take a card's answers apart likewise, and go on without the answer of one that left.
        self._card_errors = (nfc.clf.Error, nfc.tag.TagCommandError, IndexError, ValueError, TypeError, RuntimeError)
        frontend = nfc.clf.ContactlessFrontend()
        with self._library_calls("a PN532 that answers"):
            frontend.device = pn532.init(self._line)
        self._frontend = frontend
        self._targets = (nfc.clf.RemoteTarget("106A"), nfc.clf.RemoteTarget("212F"))
        return str(frontend.device.chipset_name)

    @contextlib.contextmanager
    def _library_calls(self, expected: str) -> Iterator[None]:
        """Turns what nfcpy and the line raise into a DeviceFault. Only calls of them belong inside."""
        self._line.trouble = None
        try:
            yield
            self._line.trouble = None  # what was healed on the way is no trouble
        except self._library_errors as error:
            raise self._fault(expected, error) from error

    @contextlib.contextmanager
    def _card_calls(self) -> Iterator[None]:
        """Turns what nfcpy raises while it speaks to a card into TakenAway, or a DeviceFault if the line had trouble.

        nfcpy itself reports a line that fell silent as a card that did.
        """
        self._line.trouble = None
        try:
            yield
        except self._card_errors as error:
            if self._line.trouble is None:
                raise TakenAway(str(error) or "no answer") from error
            raise self._fault("a PN532 that answers", error) from error
        except self._library_errors as error:
            raise self._fault("a PN532 that answers", error) from error

    def _fault(self, expected: str, error: Exception) -> DeviceFault:
        trouble = self._line.trouble
        return DeviceFault(
            self._device,
            expected=expected,
            got=f"{trouble.value} on {self._path}" if trouble else f"an answer that nfcpy refuses ({error})",
            mend=PORT_MEND if trouble is Trouble.CUT else LINE_MEND,
        )


def _holder(path: str) -> str:
    """Who has the lock on a file, by the kernel's list (proc_locks(5)); it names owners of flock by process."""
    with contextlib.suppress(OSError):  # the port or the program can go while one looks
        seen = Path(path).stat()
        file = f"{os.major(seen.st_dev):02x}:{os.minor(seen.st_dev):02x}:{seen.st_ino}"
        for line in Path("/proc/locks").read_text(encoding="ascii").splitlines():
            fields = line.split()
            if fields[-3] != file:
                continue
            if fields[-4] == str(os.getpid()):
                return "another device of this kiosk"
            name = Path(f"/proc/{fields[-4]}/comm").read_text(encoding="utf-8").strip()
            return f"{name} (process {fields[-4]})"
    return "another program"
