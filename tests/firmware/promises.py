"""What the spool said before it was stopped, and what must be found after it."""

from collections.abc import Iterable


class Promises:
    """What follows from lines such as ``kept 7``.

    Attributes:
        given: The greatest number that was given.
        must: Scans that have to be found.
        may: Those, and what was being kept or dropped.
    """

    def __init__(self, lines: Iterable[str] = ()) -> None:
        self.given = 0
        self.must: set[int] = set()
        self.may: set[int] = set()
        for line in lines:
            self.take(line)

    def take(self, line: str) -> None:
        """Go on by a line."""
        what, number = line.split()
        seq = int(number)
        match what:
            case "given":
                self.given = seq
                self.may.add(seq)
            case "kept":
                self.must.add(seq)
            case "dropping":
                self.must.discard(seq)
            case "dropped":
                self.may.discard(seq)
            case _:
                raise AssertionError(f"expected a promise, got {line!r}")

    def check(self, found: list[int], next_seq: int) -> None:
        """Compare with what was found at the next start, and the number given then."""
        assert found == sorted(set(found)), "each once, in order"
        assert self.must.issubset(found), "nothing that was confirmed is lost"
        assert self.may.issuperset(found), "nothing comes back"
        assert next_seq > self.given, "no number is given twice"
