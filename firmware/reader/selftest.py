"""What the reader does once when it starts and once when it ends: its test of itself, and its last words."""

import os

from reader.spool import Spool

PROBE = "/probe"
PROBE_TEXT = b"the flash can be written and read"

LAST_WORDS = "/lastwords"
WORDS_MOST = 100


def troubles(root: str, spool: Spool) -> "list[tuple[str, str]]":
    """Open the spool and look at the flash.

    Args:
        root: The flash's folder, without a slash at its end.
        spool: Not open yet.

    Returns:
        What is wrong: the part, and a text for a person.
    """
    found = []
    what = _flash_trouble(root)
    if what:
        found.append(("flash", what))
    try:
        spool.open()
    except OSError as error:
        found.append(("spool", "expected to read the spool and write its counts, got %r" % error))
    if spool.torn > 1:  # a power cut tears one at most
        found.append(("spool", "expected whole scans in the spool, got %d damaged ones: they are lost" % spool.torn))
    return found


def _flash_trouble(root: str) -> str:
    """Something is written to the flash, read back and removed."""
    try:
        with open(root + PROBE, "wb") as file:
            file.write(PROBE_TEXT)
        with open(root + PROBE, "rb") as file:
            found = file.read()
        os.remove(root + PROBE)
    except OSError as error:
        return "expected to write a file to the flash, got %r" % error
    return "" if found == PROBE_TEXT else "expected the bytes written to the flash, got others: replace the board"


def keep_last_words(root: str, why: str) -> None:
    """Write why this run ends, for the next one to tell: the kiosk may not be there."""
    try:
        with open(root + LAST_WORDS, "wb") as file:
            file.write(why.encode())
    except OSError:
        pass  # the kiosk has heard it now, or never will


def last_words(root: str) -> str:
    """Why the run before this one ended, if it knew, else ""; told once."""
    try:
        with open(root + LAST_WORDS, "rb") as file:
            words = file.read(WORDS_MOST)
        os.remove(root + LAST_WORDS)
        return words.decode()
    except (OSError, UnicodeError):
        return ""
