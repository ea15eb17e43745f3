"""The reader's log: micropython-lib's logging, its lines sent to the kiosk while there is one."""

from sealwire.messages import Log

TEXT_MOST = 200


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
