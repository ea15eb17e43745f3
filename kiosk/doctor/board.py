"""Is this the board that site.toml names, wired so that no pin has two holders, with the library for its pins?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hw.boards import Board, detect_board, load_board
from hw.errors import DeviceFault
from hw.rpi_pins import MODULE
from kiosk.doctor.check import Kiosk, Verdict, good, note, unseen, wrong

MODEL: Final = "proc/device-tree/model"
"""Says what board this is, below the root (devicetree specification, 2.3.2)."""

_LIBRARIES: Final = {"RPi.GPIO": "pi", "rpi-lgpio": "pi5"}
"""Those that provide the module RPi.GPIO, with the extra that brings each. They exclude each other."""


class BoardCheck:
    """Looks at the board, its wiring and the library for its pins; opens no pin."""

    of = "board"

    def look(self, kiosk: Kiosk) -> Iterator[Verdict]:
        """Whether board, wiring and library fit together."""
        if kiosk.site is None:
            return
        gate = kiosk.site.gate
        yield self._board(kiosk, gate.board)
        board = load_board(gate.board, gate.wiring)
        yield good("wiring", f"{len(board.wiring.lines)} lines, each with a pin of its own: {_pins(board)}")
        yield _library(kiosk, board)

    def _board(self, kiosk: Kiosk, named: str) -> Verdict:
        model = kiosk.machine.text(MODEL)
        if model is None:
            finding = f"this machine does not say that it is a Raspberry Pi; site.toml names a {named}"
            return wrong(self.of, finding, "run the kiosk on that board")
        found = detect_board(model)
        if found.name != named:
            mend = f'set gate.board = "{found.name}" in site.toml, and install its library: sudo scripts/install'
            return wrong(self.of, f"it is a {model}, and site.toml names a {named}", mend)
        return good(self.of, f"{model}, as site.toml says")


def _pins(board: Board) -> str:
    return ", ".join(f"{line.holder} GPIO {line.bcm}" for line in board.wiring.lines)


def _library(kiosk: Kiosk, board: Board) -> Verdict:
    of = "pins' library"
    installed = {name: found for name in _LIBRARIES if (found := kiosk.machine.installed(name))}
    wanted = next(name for name, extra in _LIBRARIES.items() if extra == board.extra)
    if set(installed) == {wanted}:
        return good(of, f"{wanted} {installed[wanted]}, which a {board.name} needs")
    if not installed and kiosk.machine.has_module(MODULE):
        finding = f"the module {MODULE} is there, and pip does not know from which package"
        return note(of, finding, f"have the version that was tried: pip install 'sealgate[{board.extra}]'")
    got = " and ".join(installed) or "none"
    away = f"pip uninstall {' '.join(installed)}, then " if installed else ""
    finding = f"a {board.name} needs {wanted} alone, and {got} is installed"
    return wrong(of, finding, f"{away}pip install 'sealgate[{board.extra}]'; scripts/install does it by the board")


def is_board(kiosk: Kiosk) -> bool:
    """Whether this machine has the header that site.toml names."""
    model = kiosk.machine.text(MODEL)
    try:
        return model is not None and kiosk.site is not None and detect_board(model).name == kiosk.site.gate.board
    except DeviceFault:
        return False


def no_header(of: str) -> Verdict:
    """Of pins on a machine that has not those of site.toml."""
    return unseen(of, "it was not looked at: this is not the board that site.toml names", "see to the board first")
