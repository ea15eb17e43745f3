"""The test of itself that the reader makes when it starts."""

import os

from reader.spool import Spool

PROBE = "/probe"
PROBE_TEXT = b"the flash can be written and read"


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
