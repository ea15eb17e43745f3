"""Documents that consoles hand out: each for the browser whose console it is, and once."""

import hmac
from collections.abc import AsyncIterator

from textual_serve.app_service import AppService
from textual_serve.download_manager import Download, DownloadManager

from kiosk.web.app_process import AppProcess


class Downloads(DownloadManager):
    """textual-serve's, which hands out whatever is asked for by its key."""

    def __init__(self) -> None:
        super().__init__()
        self._claimed: set[str] = set()

    def claim(self, key: str, browser: str) -> Download | None:
        """A document, to whoever asked for it and did not get it yet; None to everybody else.

        Args:
            key: The document's key, which its console was told alone.
            browser: The asking browser's cookie.
        """
        found = self._active_downloads.get(key)
        if found is None or key in self._claimed or not _is_of(found.app_service, browser):
            return None
        self._claimed.add(key)
        return found

    async def fetch(self, key: str) -> AsyncIterator[bytes]:
        """The pieces of a document that was claimed."""
        try:
            async for piece in self.download(key):
                yield piece
        finally:
            self._forget(key)

    async def cancel_app_downloads(self, app_service_id: str) -> None:
        """A console ends: what is being fetched breaks off, what waits is forgotten."""
        await super().cancel_app_downloads(app_service_id)
        waiting = [
            key
            for key, each in self._active_downloads.items()
            if each.app_service.app_service_id == app_service_id and key not in self._claimed
        ]
        for key in waiting:
            self._forget(key)

    def _forget(self, key: str) -> None:
        self._claimed.discard(key)
        self._active_downloads.pop(key, None)


def _is_of(process: AppService, browser: str) -> bool:
    return isinstance(process, AppProcess) and hmac.compare_digest(process.browser.encode(), browser.encode())
