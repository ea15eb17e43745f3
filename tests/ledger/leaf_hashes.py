"""The hashes of a tree whose leaves are all in memory."""

from collections.abc import Iterable

from kiosk.ledger.merkle import levels_over
from kiosk.ledger.subtrees import Node


class LeafHashes:
    """All complete subtrees over some leaves."""

    def __init__(self, leaves: Iterable[bytes]) -> None:
        self._levels = levels_over(list(leaves))

    def subtree(self, node: Node) -> bytes:
        """The hash of a complete subtree; LookupError when it is not known."""
        return self._levels[node.level][node.index]
