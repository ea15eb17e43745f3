"""A page goes to the printer, by the command that site.toml names."""

from collections.abc import Sequence
from typing import Final

from kiosk.station.errands import Errands

PRINT_PATIENCE_S: Final = 60.0
"""Seconds that a print command may take to accept a page."""


def print_page(errands: Errands, words: Sequence[str], pdf: bytes) -> str:
    """Have a command print a PDF, which it is given on its standard input. It may wait: never on the gate's loop.

    Args:
        errands: Runs it.
        words: The command, word by word.
        pdf: The pages.

    Returns:
        Why it was not printed, in a line; empty when the command has taken it.

    Raises:
        InterruptedError: The errands were given up.
    """
    try:
        ran = errands.run(words, pdf, PRINT_PATIENCE_S)
    except InterruptedError:
        raise
    except OSError as error:
        return str(error)
    return f"{words[0]}: {ran.said or f'exit code {ran.code}'}" if ran.code else ""
