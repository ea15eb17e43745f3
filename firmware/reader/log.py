"""The reader's log: micropython-lib's logging, its lines sent to the kiosk while there is one."""

import logging

from reader import const
from sealwire.messages import Log

_TEXT_MOST = const(200)


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
        text = getattr(record, "message", "")  # newer versions put it together, older ones leave that to the handler
        if not text:
            text = record.msg % record.args if record.args else record.msg
        self._link.send_loose(Log(record.levelno, cut(text, _TEXT_MOST)))

    def close(self) -> None:
        """There is nothing to close."""


def logger(link):  # -> logging.Logger
    """The reader's logger, which writes to a link."""
    log = logging.getLogger("reader")
    log.setLevel(logging.INFO)
    log.addHandler(LinkHandler(link))  # type: ignore[arg-type] # it has what a handler needs in either library
    return log
