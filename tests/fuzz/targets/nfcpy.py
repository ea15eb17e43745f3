"""What a PN532 answers, and the card behind it, through nfcpy and its tags to the proof: a proof, a fault, no crash."""

import errno
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from tests.fuzz.target import Feed, told

EYES = ("drivers", "nfc", "ndef")
LONGEST = 800

UID = bytes.fromhex("04DE5F1EACC040")

AS_IT_IS = 0x80
"""Bit of an answer's length: its response code stands in it, too; else it is the one that is due."""

SILENCE = 0x40
"""Bit of an answer's length: none comes."""

MOST = 0x40
"""Lengths are under this; the bits above are those two."""

ACK = bytearray.fromhex("0000FF00FF00")


class _Line:
    """Stands for Pn532Line. Every command is acknowledged and gets the next answer.

    Args:
        answer: Makes an answer, without the response's code, of a command; None: silence.
    """

    TYPE = "TTY"
    port = "/dev/null"
    baudrate = 115_200

    def __init__(self, answer: Callable[[bytes], bytes | None]) -> None:
        self.answer = answer
        self.trouble: Any = None
        self._waiting: list[bytes | None] = []

    def open(self, port: str, baudrate: int = 115_200) -> None: ...

    def close(self) -> None: ...

    def greet(self, _command: bytes, _answer: bytes, _wait_s: float) -> bool:
        return True

    def write(self, frame: bytes | bytearray) -> None:
        self._waiting.clear()
        if bytes(frame) != bytes(ACK):
            start = bytes(frame).index(b"\x00\xff") + 2
            head = start + (5 if frame[start : start + 2] == b"\xff\xff" else 2)
            self._waiting = [bytes(ACK), self._framed(bytes(frame[head:-2]))]

    def _framed(self, command: bytes) -> bytes | None:
        said = self.answer(command)
        if said is None:
            return None
        if len(said) > 0xFF:
            long = len(said).to_bytes(2, "big")
            size = b"\xff\xff" + long + bytes([-sum(long) & 0xFF])
        else:
            size = bytes([len(said), -len(said) & 0xFF])
        return b"\0\0\xff" + size + said + bytes([-sum(said) & 0xFF, 0])

    def read(self, timeout: float) -> bytearray:
        said = self._waiting.pop(0) if self._waiting else None
        if said is None:
            from drivers.pn532_line import Trouble

            self.trouble = Trouble.SILENT
            raise OSError(errno.ETIMEDOUT, "no answer")
        return bytearray(said)


def _bench() -> tuple[Any, Callable[[bytes], bytes | None], list[bytes]]:
    """A PN532 of the bench's, which answers at once; and its answers, as they are given."""
    from hw.bench.pn532 import Pn532
    from hw.bench.pn532_frames import information

    chip, given, time = Pn532(), list[bytes](), [0.0]
    chip.hear(b"\x55" * 16, baud=115_200, now=0.0)

    def answer(command: bytes) -> bytes | None:
        time[0] += 1.0
        said = chip.hear(information(command), baud=chip.baud, now=time[0])
        time[0] += 10.0
        said += chip.due(time[0])
        if chip.agreed_baud is not None:
            chip.hear(bytes(ACK), baud=chip.baud, now=time[0])
        frame = said[len(ACK) :]
        given.append(frame[8 if frame[3:5] == b"\xff\xff" else 5 : -2])
        return given[-1] or None

    return chip, answer, given


def _opened(answer: Callable[[bytes], bytes | None]) -> Any:
    from drivers.pn532_chip import Pn532Chip

    chip = Pn532Chip("card reader", "/dev/null")
    chip._line = _Line(answer)  # type: ignore[assignment]
    chip.open(lambda: False)
    return chip


def _provers() -> list[Any]:
    from drivers.cards.prover import CardProver, Level, ProverSettings
    from tests.drivers.cards.issued import KEYS, TWO_VERSIONS

    return [
        CardProver(settings, random=bytes)
        for settings in (
            ProverSettings(Level.PROVEN, keys=KEYS),
            ProverSettings(Level.PROVEN, by_message=True, challenged_too=True, keys=TWO_VERSIONS),
            ProverSettings(Level.SIGNED, keys=KEYS, signed_by=(bytes(32),)),
        )
    ]


def _visit(chip: Any, prover: Any) -> None:
    """One look at the field, and the proof of what lies there, as the driver does it."""
    from drivers.card_presence import sighting
    from drivers.cards.values import Card

    found = chip.sense()
    seen = sighting(found)
    if isinstance(seen, Card):
        prover.prove(seen, chip, always_challenge=False)


def examples() -> Iterator[bytes]:
    from drivers.cards.values import CardFault
    from hw.bench.cards import chip_card, felica, ntag213, random_uid_phone
    from tests.drivers.cards.issued import TWO_VERSIONS, issued_desfire, issued_ntag

    cards = (
        chip_card(issued_ntag(UID)),
        chip_card(issued_desfire(UID, TWO_VERSIONS, 2)),
        ntag213(UID, "https://gate.example.nz"),
        random_uid_phone(random.Random(1)),
        felica(bytes.fromhex("0114B34A8D17C620")),
    )
    for which, prover in enumerate(_provers()):
        for card in cards:
            bench, answer, given = _bench()
            chip = _opened(answer)
            bench.field.lay(card)
            given.clear()
            with suppress(CardFault):
                _visit(chip, prover)
            bench.field.take_off(card)
            yield bytes([which]) + b"".join(bytes([len(each[2:])]) + each[2:] for each in given if len(each) < MOST)


def make() -> Feed:
    from drivers.cards.values import CardFault
    from hw.errors import DeviceFault

    chip, provers = _opened(_bench()[1]), _provers()

    def feed(data: bytes) -> None:
        if not data:
            return
        at = 1

        def answer(command: bytes) -> bytes | None:
            nonlocal at
            if at >= len(data) or data[at] & SILENCE:
                at += 1
                return None
            size, as_it_is = data[at] % MOST, data[at] & AS_IT_IS
            said = data[at + 1 : at + 1 + size]
            at += 1 + size
            return said if as_it_is and said else bytes([0xD5, command[1] + 1 & 0xFF]) + said

        chip._line.answer = answer
        try:
            _visit(chip, provers[data[0] % len(provers)])
        except (DeviceFault, CardFault) as fault:
            told(str(fault))

    return feed
