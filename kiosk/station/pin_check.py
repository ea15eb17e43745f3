"""Checks PINs beside the station's loop: the hash is made to be slow, and nobody must wait for it but its driver."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import structlog

from kiosk.core import events as ev
from kiosk.core.effects import CheckPin
from kiosk.core.pins import PinAnswer
from kiosk.core.times import Moment


class PinCheck:
    """One thread, made with the first PIN; what it needs is imported there.

    Args:
        data: The data folder.
        now: Reads both clocks.
        post: Takes the answer, from this thread.
    """

    def __init__(self, data: Path, now: Callable[[], Moment], post: Callable[[ev.Event], None]) -> None:
        self._data = data
        self._now = now
        self._post = post
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="pins")
        self._log = structlog.get_logger("station").bind(part="pins")

    def check(self, effect: CheckPin) -> None:
        """Begin to check; answered by PinChecked."""
        self._thread.submit(self._check, effect)

    def close(self) -> None:
        """End the thread; what has not begun is not answered."""
        self._thread.shutdown(cancel_futures=True)

    def _check(self, effect: CheckPin) -> None:
        try:
            answer = self._answer(effect)
        except Exception as error:  # noqa: BLE001 - whatever it is, the driver is told that nobody knows
            # Its type alone: no traceback, whose lines some reader of logs might draw with their values.
            self._log.error("a PIN was not checked", fault=type(error).__name__)
            answer = PinAnswer.FAILED
        self._post(ev.PinChecked(effect.ref, answer, self._now()))

    def _answer(self, effect: CheckPin) -> PinAnswer:
        from kiosk.pins import PinStore

        answer = PinStore(self._data).check(effect.credential, effect.pin)
        if answer is PinAnswer.FAILED:
            self._log.error("the PINs cannot be read", mend="see 'sealgate card pin', or set them anew")
        return answer
