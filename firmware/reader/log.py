"""The reader's log: micropython-lib's logging, its lines sent to the kiosk while there is one."""

import logging
import sys

from sealwire.messages import Log

TEXT_MOST = 200

UNUSED = "FileHandler StreamHandler Formatter Handler basicConfig addLevelName exception critical error warning info debug log"
"""Of logging; on the device their 3 KB of heap are given back."""


def cut(text: str, most: int) -> str:
    """The beginning of a text that is at most so many bytes of UTF-8."""
    text = text[:most]
    while len(text.encode()) > most:
        text = text[:-1]
    return text


class LinkHandler:
    """Sends each line over the link, where it may be lost; keeps none."""

    def __init__(self, link) -> None:
        self.level = 0
        self._link = link

    def emit(self, record) -> None:
        """Send a line."""
        self._link.send_loose(Log(record.levelno, cut(record.message, TEXT_MOST)))

    def close(self) -> None:
        """There is nothing to close."""


def logger(link):  # -> logging.Logger
    """The reader's logger, which writes to a link."""
    log = logging.getLogger("reader")
    log.setLevel(logging.INFO)
    log.addHandler(LinkHandler(link))
    if sys.implementation.name == "micropython":
        for name in UNUSED.split():
            delattr(logging, name)
    return log
