"""Are the gate's pins free, and what stands on loops and cabinet switch? Outputs are never touched."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Final

from hw.boards import Board, load_board
from hw.gpio_lines import NoSuchChip
from hw.pins import InputLine, Pins
from kiosk.doctor.board import is_board, no_header
from kiosk.doctor.check import Kiosk, Verdict, good, note, unseen, wrong
from kiosk.doctor.ports import as_the_kiosk_says
from kiosk.site import Site

LOOKS: Final = 10
PAUSE_S: Final = 0.01
"""Between two looks at an input: a pull of 50 kΩ charges a long cable within a millisecond, a contact that bounces has
settled after some 10 ms, and mains hum changes it within these 0.1 s."""


class GateCheck:
    """Looks at the gate's pins."""

    of = "gate"

    def look(self, kiosk: Kiosk) -> Iterator[Verdict]:
        """Whose the pins are, and how the inputs stand; of a kiosk that runs, what it says."""
        if kiosk.site is None:
            return
        if kiosk.running is not None:
            yield as_the_kiosk_says(kiosk, kiosk.site.gate.name)
            yield from _cabinet_as_the_kiosk_says(kiosk)
            return
        if not is_board(kiosk):
            yield no_header(kiosk.site.gate.name)
            return
        board = load_board(kiosk.site.gate.board, kiosk.site.gate.wiring)
        held = [*_held(kiosk, board)]
        yield from held
        if not any(verdict.ok is False for verdict in held):
            yield from _inputs(kiosk, kiosk.site, board)


def _cabinet_as_the_kiosk_says(kiosk: Kiosk) -> Iterator[Verdict]:
    said = kiosk.running.said if kiosk.running else None
    if said is not None:
        of = "cabinet tamper switch"
        yield _opened(of) if said.cabinet_open else good(of, f"the cabinet is shut, says the kiosk ({kiosk.running})")


def _held(kiosk: Kiosk, board: Board) -> Iterator[Verdict]:
    """Whose the lines are, by the kernel's word."""
    of = "pins"
    wanted = {line.bcm: line.holder for line in board.wiring.lines}
    try:
        users = kiosk.machine.lines_in_use(board.gpio_chip.driver, wanted)
    except NoSuchChip as error:
        finding = f"expected the GPIO chip {board.gpio_chip.driver}, got {error}"
        yield wrong(of, finding, "start a kernel that has it: 'gpiodetect' lists what is there")
        return
    except PermissionError as fault:
        yield unseen(of, f"{fault.filename or 'the GPIO chip'}: {fault.strerror}")
        return
    for bcm, user in users.items():
        mend = "give it another pin in gate.wiring, or switch that off in /boot/firmware/config.txt and restart"
        yield wrong(of, f"GPIO {bcm}, the {wanted[bcm]}'s, is held by {user}", mend)
    if not users:
        yield good(of, "nobody has asked the kernel for any of the gate's")


def _inputs(kiosk: Kiosk, site: Site, board: Board) -> Iterator[Verdict]:
    with kiosk.machine.open_pins(board.extra) as pins:
        yield good(site.gate.name, f"{pins.detail}; its outputs were left alone")
        wiring = board.wiring
        for loop in (wiring.entry_loop, wiring.exit_loop):
            match _stands(pins, loop):
                case None:
                    yield _restless(loop)
                case True:
                    yield note(loop.holder, "occupied", "right if a truck stands on it; else see to loop and detector")
                case False:
                    yield good(loop.holder, "free")
        match _stands(pins, wiring.tamper):
            case None:
                yield _restless(wiring.tamper)
            case True:
                yield _opened(wiring.tamper.holder)
            case False:
                yield good(wiring.tamper.holder, "the cabinet is shut")


def _stands(pins: Pins, line: InputLine) -> bool | None:
    """Whether an input is active; None when it does not stand still."""
    pins.claim_input(line)
    seen = set()
    for _ in range(LOOKS):
        time.sleep(PAUSE_S)
        seen.add(pins.read(line) is line.active)
    return seen.pop() if len(seen) == 1 else None


def _restless(line: InputLine) -> Verdict:
    mend = "look for a loose wire, a contact that is not closed to ground, or a cable along the mains"
    return wrong(line.holder, f"GPIO {line.bcm} does not stand still", mend)


def _opened(of: str) -> Verdict:
    return wrong(of, "the cabinet is open, or the switch's wire is cut", "shut the cabinet; if it is, mend the wire")
