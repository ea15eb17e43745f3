"""A process that walks through the barrier's step alone, on bench pins; it writes each change of a pin to a file."""

import argparse
import sys
from pathlib import Path
from unittest.mock import patch

from hw.bench.pins import BenchBoard, PinChange
from kiosk.commissioning import command
from kiosk.commissioning.gate_steps import BarrierStep
from kiosk.doctor.machine import Machine


def main(data: Path, config: Path, root: Path) -> int:
    board = BenchBoard()

    def write(change: PinChange) -> None:
        with (root / "changes").open("a", encoding="ascii") as file:
            file.write(f"{change.bcm} {change.level.value}\n")

    board.watch(write)
    machine = Machine(root=root, open_pins=lambda _: board.open())
    with (
        patch.object(command, "examine", lambda *_, **__: iter(())),
        patch.object(command, "steps_for", lambda _: (BarrierStep(),)),
    ):
        return command.run(argparse.Namespace(data=data, config=config), machine)


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:])))
