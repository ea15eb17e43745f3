"""What a fuzz target is: something that reads what strangers, lines and files bring, and what must hold for it."""

from collections.abc import Callable, Iterator
from typing import Protocol

Feed = Callable[[bytes], None]
"""Has an input read. What must hold for any input raises when it does not."""


class Target(Protocol):
    """A module in tests/fuzz/targets. Nothing of ours is imported before `make`: a fuzzer puts its eyes in there."""

    EYES: tuple[str, ...]
    """Packages whose branches lead the fuzzer."""

    LONGEST: int
    """Bytes of an input at most."""

    def examples(self) -> Iterator[bytes]:
        """Good inputs, to begin with."""

    def make(self) -> Feed:
        """What takes the inputs."""


NAMES = ("pn532", "nfcpy", "scanner", "ssi", "sealwire", "csv", "xlsx", "approved_lists", "checkpoints", "config")
"""The targets, each a module in tests/fuzz/targets."""


def told(text: str) -> None:
    """A person can read what is told: whatever an input holds, none of it reaches a terminal as it is."""
    assert all(line.isprintable() for line in text.split("\n")), text


def target(name: str) -> Target:
    """A target by its name."""
    from importlib import import_module
    from typing import cast

    return cast("Target", import_module(f"tests.fuzz.targets.{name}"))
