"""An ISO/IEC 14443-4 card with the NFC Forum Type 4 Tag application (mapping version 2.0)."""

from __future__ import annotations

from collections.abc import Callable

from hw.bench.rf import SILENCE, Answer

FRAME_SIZES = (16, 24, 32, 40, 48, 64, 96, 128, 256)
"""FSD and FSC by FSDI and FSCI (ISO/IEC 14443-4, table 1)."""
ATS = bytes.fromhex("067580700280")
"""TL, T0 (TA, TB, TC follow; FSCI 5: 64 bytes), TA 106 kbit/s only, TB (FWI 7: 38.7 ms), TC (CID), one historical."""
FRAME_OVERHEAD = 3
"""PCB and two bytes of CRC; a CID is one more."""
RATS, S_DESELECT, S_PPS = 0xE0, 0xC2, 0xD0
CID_FOLLOWS = 0x08

NDEF_APPLICATION = bytes.fromhex("D2760000850101")
CC_FILE, NDEF_FILE = b"\xe1\x03", b"\xe1\x04"
LARGEST_READ = LARGEST_WRITE = 0xFF
"""MLe and MLc of the capability container: the most that a short APDU carries, so that chaining is seen."""

OK, WRONG_LENGTH, NOT_ALLOWED = b"\x90\x00", b"\x67\x00", b"\x69\x86"
NOT_FOUND, WRONG_P1P2, WRONG_OFFSET = b"\x6a\x82", b"\x6a\x86", b"\x6b\x00"
UNKNOWN_INS, UNKNOWN_CLA = b"\x6d\x00", b"\x6e\x00"
"""Status words of ISO/IEC 7816-4, 5.1.3. Not allowed (6986): no file is selected."""


class NdefApplication:
    """Files and APDUs of the Type 4 Tag (NFC Forum Type 4 Tag 2.0, clauses 4 and 5).

    Args:
        message: The NDEF message, or None for a card that has no NDEF application.
        size: Bytes of the NDEF file, its two length bytes included.
    """

    def __init__(self, message: bytes | None, size: int = 2048) -> None:
        self._files: dict[bytes, bytearray] = {}
        if message is not None:
            if len(message) + 2 > size:
                raise ValueError(f"the NDEF file holds {size - 2} bytes; the message has {len(message)}")
            container = (
                b"\x00\x0f\x20"
                + LARGEST_READ.to_bytes(2, "big")
                + LARGEST_WRITE.to_bytes(2, "big")
                + b"\x04\x06"
                + NDEF_FILE
                + size.to_bytes(2, "big")
                + b"\x00\x00"
            )
            self._files[CC_FILE] = bytearray(container)
            self._files[NDEF_FILE] = bytearray((len(message).to_bytes(2, "big") + message).ljust(size, b"\x00"))
        self.reset()

    def reset(self) -> None:
        """Nothing is selected after a power-up."""
        self._application_open = False
        self._file: bytearray | None = None

    def __call__(self, apdu: bytes) -> bytes:
        """One command APDU to its response APDU."""
        if len(apdu) < 4:
            return WRONG_LENGTH
        if apdu[0] != 0x00:
            return UNKNOWN_CLA
        match apdu[1]:
            case 0xA4:
                return self._select(apdu[2], apdu[4:])
            case 0xB0:
                return self._read(apdu)
            case 0xD6:
                return self._update(apdu)
        return UNKNOWN_INS

    def _select(self, p1: int, body: bytes) -> bytes:
        if not body or len(body) not in {1 + body[0], 2 + body[0]}:
            return WRONG_LENGTH
        name = body[1 : 1 + body[0]]
        match p1:
            case 0x04:
                found = name == NDEF_APPLICATION and bool(self._files)
                self._application_open, self._file = found, None
            case 0x00:
                self._file = self._files.get(name) if self._application_open else None
                found = self._file is not None
            case _:
                return WRONG_P1P2
        return OK if found else NOT_FOUND

    def _read(self, apdu: bytes) -> bytes:
        if self._file is None:
            return NOT_ALLOWED
        if len(apdu) != 5:
            return WRONG_LENGTH
        offset = int.from_bytes(apdu[2:4], "big")
        if offset >= len(self._file):
            return WRONG_OFFSET
        return bytes(self._file[offset : offset + (apdu[4] or 256)]) + OK

    def _update(self, apdu: bytes) -> bytes:
        if self._file is None or self._file is self._files[CC_FILE]:
            return NOT_ALLOWED
        if len(apdu) < 6 or len(apdu) != 5 + apdu[4]:
            return WRONG_LENGTH
        offset = int.from_bytes(apdu[2:4], "big")
        if offset + apdu[4] > len(self._file):
            return WRONG_OFFSET
        self._file[offset : offset + apdu[4]] = apdu[5:]
        return OK


class Iso14443Part4:
    """The card's half of the block protocol (ISO/IEC 14443-4, clauses 5 and 7).

    Args:
        apdu: What answers an APDU.
        on_reset: Called when the power or the selection is lost.
        ats: The answer to RATS.
    """

    def __init__(self, apdu: Callable[[bytes], bytes], on_reset: Callable[[], None], ats: bytes = ATS) -> None:
        self._apdu = apdu
        self._on_reset = on_reset
        self._ats = ats
        self.reset()

    @property
    def keeps_to_itself(self) -> bool:
        """In the PROTOCOL state, which RATS begins."""
        return self._open

    def reset(self) -> None:
        """Back to before RATS."""
        self._open = False
        self._cid = 0
        self._reader_frame = FRAME_SIZES[0]
        self._number = 1  # rule C: the card's block number starts at 1
        self._command = b""
        self._rest = b""
        self._last = SILENCE
        self._on_reset()

    def hear(self, frame: bytes) -> Answer:
        """RATS, then blocks."""
        if self._open:
            return self._block(frame)
        if len(frame) == 2 and frame[0] == RATS and frame[1] & 0x0F != 0x0F:
            self._open = True
            self._reader_frame = FRAME_SIZES[min(frame[1] >> 4, len(FRAME_SIZES) - 1)]
            self._cid = frame[1] & 0x0F
            return Answer(self._ats)
        return Answer(leaves=True)

    def _block(self, frame: bytes) -> Answer:
        if not frame:
            return SILENCE
        pcb, body, cid = frame[0], frame[1:], b""
        if pcb & 0xF0 == S_PPS:  # PPSS carries its CID in its low nibble
            return Answer(frame[:1]) if pcb & 0x0F == self._cid else SILENCE
        if pcb & CID_FOLLOWS:
            cid, body = body[:1], body[1:]
        answer = SILENCE
        if cid != bytes([self._cid]) and (cid or self._cid):
            return answer  # for another card; a card of CID 0 also hears blocks without one (5.6.3)
        if pcb & 0xE6 == 0x02:
            answer = self._information(pcb, cid, body)
        elif pcb & 0xE6 == 0xA2:
            answer = self._receipt(pcb, cid)
        elif pcb & 0xF7 == S_DESELECT:
            answer = Answer(bytes([pcb]) + cid, halts=True)
        return answer

    def _information(self, pcb: int, cid: bytes, body: bytes) -> Answer:
        """An I-block (rules D and 11: toggle, then acknowledge a chained part or answer)."""
        self._number ^= 1
        self._command += body
        if pcb & 0x10:
            return self._send(0xA2, cid, b"")
        command, self._command = self._command, b""
        self._rest = self._apdu(command)
        return self._next_part(cid)

    def _receipt(self, pcb: int, cid: bytes) -> Answer:
        """An R-block (rules 11 to 13, E)."""
        if pcb & 1 == self._number:
            return self._last
        if pcb & 0x10:
            return self._send(0xA2, cid, b"")
        if not self._rest:
            return SILENCE
        self._number ^= 1
        return self._next_part(cid)

    def _next_part(self, cid: bytes) -> Answer:
        room = self._reader_frame - FRAME_OVERHEAD - len(cid)
        part, self._rest = self._rest[:room], self._rest[room:]
        return self._send(0x12 if self._rest else 0x02, cid, part)

    def _send(self, pcb: int, cid: bytes, body: bytes) -> Answer:
        pcb |= self._number | (CID_FOLLOWS if cid else 0)
        self._last = Answer(bytes([pcb]) + cid + body)
        return self._last
