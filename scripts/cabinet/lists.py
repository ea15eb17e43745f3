"""The wire list and the parts list, for reading (Markdown) and for label printers and orders (CSV)."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from typing import Final

from scripts.cabinet.source import PI, Cabinet
from scripts.cabinet.written import Wire

WIRES: Final = ("wire", "from", "to", "colour", "mm²", "where", "note")
PARTS: Final = ("at", "quantity", "what", "what it must satisfy", "example", "by which text")


def wire_rows(cabinet: Cabinet) -> list[tuple[str, ...]]:
    """The wire list of a board, in the order of its numbers."""
    return [_wire_row(cabinet, wire) for wire in sorted(cabinet.all_wires(), key=lambda wire: wire.number)]


def part_rows(cabinet: Cabinet) -> list[tuple[str, ...]]:
    """The parts list."""
    return [
        (part.at, str(part.quantity), part.what, part.must, part.example, part.read) for part in cabinet.source.parts
    ]


def lists(cabinet: Cabinet, ending: str, wired: str) -> Mapping[str, str]:
    """The lists of a board as files: name and text.

    Args:
        cabinet: The cabinet.
        ending: What the names end with, where there are several.
        wired: By what it is wired.
    """
    wires, parts = wire_rows(cabinet), part_rows(cabinet)
    glands = [f"- {name}: {what}" for name, what in cables(cabinet).items()]
    wires_page = [
        "# Wire list",
        "",
        f"Raspberry Pi {wired}. Made by `scripts/wiring.py` from hw/wiring/*.toml and hw/boards; "
        "a terminal is DEVICE:TERMINAL, as the drawings have it, and of A1 the pin of the header.",
        "",
        *_table(WIRES, wires),
        "",
        "Cables through glands:",
        "",
        *glands,
    ]
    parts_page = [
        "# Parts list",
        "",
        "Made by `scripts/wiring.py` from hw/wiring/parts.toml. An example stands only where a public text about it "
        "was read; any part that satisfies the fourth column will do.",
        "",
        *_table(PARTS, parts),
    ]
    return {
        f"wires{ending}.md": "\n".join(wires_page) + "\n",
        f"wires{ending}.csv": _csv(WIRES, wires),
        "parts.md": "\n".join(parts_page) + "\n",
        "parts.csv": _csv(PARTS, parts),
    }


def cables(cabinet: Cabinet) -> Mapping[str, str]:
    """What each cable through a gland has in it, as the cabinet is drawn first."""
    found: dict[str, list[Wire]] = {}
    for wire in cabinet.wires():
        if wire.outdoors:
            found.setdefault(wire.outdoors, []).append(wire)
    return {name: _cable(wires) for name, wires in found.items()}


def _cable(wires: Sequence[Wire]) -> str:
    cores = [wire for wire in wires if not wire.cable]
    if not cores:
        return ", ".join(f"{wire.number} {wire.cable}" for wire in wires)
    thick = max(wire.mm2 or 0 for wire in cores)
    return f"{len(cores)} x {thick:g} mm²: {', '.join(wire.mark for wire in cores)}"


def _wire_row(cabinet: Cabinet, wire: Wire) -> tuple[str, ...]:
    where = [f"cable {wire.outdoors}"] if wire.outdoors else []
    if wire.variant:
        where.append(f"only: {cabinet.source.variants[wire.variant].name}")
    if wire.by:
        where.append(f"by an {wire.by}")
    gauge = f"{wire.mm2:g}" if wire.mm2 else ""
    ends = (_end(cabinet, wire.start), _end(cabinet, wire.end))
    return (str(wire.number), *ends, wire.colour or wire.cable, gauge, "; ".join(where), wire.note)


def _end(cabinet: Cabinet, terminal: str) -> str:
    device, _, pin = terminal.partition(":")
    if device == PI and pin.isdigit():
        place = cabinet.board.header[int(pin) - 1]
        holders = {line.bcm: line.holder for line in cabinet.board.wiring.lines}
        holders |= {bcm: holder for holder, bcm in cabinet.board.reserved}
        said = place.name if place.bcm is None else f"GPIO {place.bcm}, {holders[place.bcm]}"
        return f"{terminal} ({said})"
    return terminal


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [
        f"| {' | '.join(head)} |",
        f"|{'---|' * len(head)}",
        *(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in rows),
    ]


def _csv(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue()
