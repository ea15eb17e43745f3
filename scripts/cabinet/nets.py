"""What is joined with what by wires and bridges."""

from __future__ import annotations

from collections.abc import Iterable

from scripts.cabinet.source import Cabinet
from scripts.cabinet.written import Wire

Net = frozenset[str]
"""Terminals that are joined."""


def nets(cabinet: Cabinet, wires: Iterable[Wire]) -> list[Net]:
    """The nets that wires and bridges make. A wire that joins two kinds on purpose, a bond, is left out."""
    joins = [(wire.start, wire.end) for wire in wires if not wire.bond]
    for bridge in cabinet.source.bridges.values():
        joins += [(bridge[0], other) for other in bridge[1:]]
    of: dict[str, set[str]] = {}
    for one, other in joins:
        merged = of.get(one, {one}) | of.get(other, {other})
        for terminal in merged:
            of[terminal] = merged
    return sorted({frozenset(net) for net in of.values()}, key=sorted)
