"""Brings a new image of its firmware to a seal reader, and waits until that has proved itself or was left again.

Used by hand while no kiosk serves the reader. Scans stay where they are: a reader gives them to a kiosk alone.
"""

import time
from collections.abc import Callable
from typing import Final

from drivers.seal_conversation import Conversation, Tool, now_ms
from drivers.seal_reader import LINE_BAUD
from drivers.seal_reader_values import SealReaderSettings
from hw.errors import DeviceFault
from hw.serial_line import SerialLine
from hw.serial_ports import find_port
from sealwire.link import Down, Got, Up
from sealwire.messages import Hello, UpdateBegin, UpdateChunk, UpdateState

CHUNK_BYTES: Final = 512
"""Of the image in one message: what it has room for."""

LOOK_S: Final = 0.02
"""Seconds that waiting for bytes lasts: between two looks whether the link takes a further chunk."""

CHECK_MS: Final = 60_000
"""Milliseconds that the reader may take to check a signature or a digest: seconds of an RP2040's time, and a margin."""

TRIAL_MS: Final = 180_000
"""Milliseconds from the whole image to the reader's word on it: its start, its trial, and the way back if it fails."""

WORD_MS: Final = 3000
"""Milliseconds after its greeting in which it says what became of the last image: it looks once a second."""

AGAIN_S: Final = 0.2
"""Seconds between two looks for a port that is gone while the reader starts."""

Progress = Callable[[int, int], None]
"""Told how many bytes of how many the reader has."""


class UpdateRefused(Exception):
    """The reader did not take the image, or has left it again; the one before runs.

    Attributes:
        reader: The reader's configured name.
        why: What it says.
    """

    def __init__(self, reader: str, why: str) -> None:
        super().__init__(reader, why)
        self.reader = reader
        self.why = why

    def __str__(self) -> str:
        return f"{self.reader}: expected it to take the image and to run it, got: {self.why}; its old firmware runs"


def update(settings: SealReaderSettings, begin: UpdateBegin, image: bytes, progress: Progress) -> Hello:
    """Bring an image to a reader.

    Args:
        settings: Which reader.
        begin: What the image is, and who signed it.
        image: The image.
        progress: See there.

    Returns:
        How the reader greets with the new firmware, which it keeps from now on.

    Raises:
        DeviceFault: The port or the reader was lost. What it has of the image it keeps: the next attempt goes on.
        UpdateRefused: See there.
    """
    path = find_port(settings.name, settings.port)
    with SerialLine(settings.name, path, baud=LINE_BAUD, wait_s=LOOK_S) as line:
        before = _Sending(Conversation(settings, line, Tool.UPDATER), begin, image, progress).run()
    return _proved(settings, begin.version, before)


class _Sending:
    """Brings the image over."""

    def __init__(self, talk: Conversation, begin: UpdateBegin, image: bytes, progress: Progress) -> None:
        self._talk = talk
        self._begin = begin
        self._image = image
        self._progress = progress
        self._at = 0
        self._has = -1
        self._is_taken = False

    def run(self) -> Hello:
        """Bring it; returns how the reader that takes it greets."""
        hello = self._talk.greeted()
        self._talk.link.send(self._begin, now_ms())
        heard = now_ms()
        while not self._is_taken:
            if self._has >= 0:
                self._send_chunks()
            if self._turn():
                heard = now_ms()
            elif now_ms() - heard >= CHECK_MS:
                raise self._silent()
        return hello

    def _send_chunks(self) -> None:
        link, data = self._talk.link, self._image
        while link.can_send and self._at < len(data):
            link.send(UpdateChunk(self._at, data[self._at : self._at + CHUNK_BYTES]), now_ms())
            self._at += CHUNK_BYTES

    def _turn(self) -> bool:
        """One turn of the link; whether the reader has said how far it is."""
        spoke = False
        for event in self._talk.turn():
            if isinstance(event, Down | Up):
                raise self._silent()
            if isinstance(event, Got) and isinstance(event.message, UpdateState):
                self._take(event.message)
                spoke = True
        return spoke

    def _take(self, said: UpdateState) -> None:
        if said.state == UpdateState.REFUSED:
            raise UpdateRefused(self._talk.name, said.why)
        if said.state == UpdateState.TAKEN:
            self._is_taken = True
        elif said.state == UpdateState.TAKING:
            if self._has < 0:
                self._at = said.offset
            self._has = said.offset
        else:
            return  # the word on an update before this one
        self._progress(said.offset, len(self._image))

    def _silent(self) -> DeviceFault:
        return DeviceFault(
            self._talk.name,
            expected=f"the reader to take the image, of which it has {max(0, self._has)} bytes",
            got="nothing more from it",
            mend="check its cable and power, then give the same command again: it goes on from there",
        )


def _proved(settings: SealReaderSettings, version: str, before: Hello) -> Hello:
    """Wait until the reader, which greeted as `before` when it took the image, runs that for good."""
    until = now_ms() + TRIAL_MS
    while now_ms() < until:
        try:
            path = find_port(settings.name, settings.port)
            with SerialLine(settings.name, path, baud=LINE_BAUD, wait_s=LOOK_S) as line:
                hello = _kept(Conversation(settings, line, Tool.UPDATER), version, before, until)
        except DeviceFault:  # the port goes and comes while the reader starts
            time.sleep(AGAIN_S)
            continue
        if hello is not None:
            return hello
    raise DeviceFault(
        settings.name,
        expected=f"the reader to say within {TRIAL_MS // 1000} s what became of its new firmware",
        got="no word on it",
        mend="ask it again with 'sealgate reader status'",
    )


def _kept(talk: Conversation, version: str, before: Hello, until: int) -> Hello | None:
    """The greeting of a reader that keeps the image; None when it is still to start, or starts once more.

    Raises:
        UpdateRefused: It runs another one.
    """
    hello = talk.greeted()
    is_still_to_start = (hello.unit, hello.boot) == (before.unit, before.boot)  # on a UART its port stays while it does
    if not hello.trial and not is_still_to_start:  # the trial is over, and its word was heard or lost
        until = min(until, now_ms() + WORD_MS)
    while now_ms() < until:
        for event in talk.turn():
            if isinstance(event, Down | Up):
                return None
            if isinstance(event, Got) and isinstance(event.message, UpdateState):
                if event.message.state == UpdateState.KEPT:
                    return hello
                if event.message.state == UpdateState.LEFT:
                    raise UpdateRefused(talk.name, event.message.why)
    if hello.trial or is_still_to_start:
        return None
    if hello.version != version:
        raise UpdateRefused(talk.name, f"it has started with {hello.version} again")
    return hello
