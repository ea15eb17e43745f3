"""A progress bar on stderr, where somebody looks at it: on a terminal."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol


class Progress(Protocol):
    """Is told how many are done, and of how many; with the next thing that is done, what that is."""

    def __call__(self, done: int, of: int, what: str = "", /) -> None:
        """Shows it."""


@contextmanager
def progress_bar(what: str) -> Iterator[Progress]:
    """Shows how far something is, and is gone when it is done.

    Args:
        what: What is done, in a word or two.

    Yields:
        To be told how many are done, and of how many.
    """
    if not sys.stderr.isatty():
        yield _untold
        return

    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)

        def tell(done: int, of: int, now: str = "", /) -> None:
            bar.update(task, completed=done, total=of or None, description=now or None)

        yield tell


def _untold(_done: int, _of: int, _what: str = "", /) -> None:
    """Nobody looks."""
