"""Brings a new image of its firmware to a seal reader, and waits until that has proved itself or was left again.

Used by hand while no kiosk serves the reader. Scans stay where they are: a reader gives them to a kiosk alone.
"""

import secrets
import time
from collections.abc import Callable
from typing import Final

from msgspec import Struct

from drivers.seal_reader import LINE_BAUD
from drivers.seal_reader_values import SealReaderSettings
from drivers.seal_talk import ANSWER_MS, greeting, no_answer, other_version
from hw.errors import DeviceFault
from hw.serial_line import SerialLine
from hw.serial_ports import find_port
from sealwire.link import Down, Got, Link, Mismatch, Up
from sealwire.messages import Hello, UpdateBegin, UpdateChunk, UpdateState

CHUNK_BYTES: Final = 512
"""Of the image in one message: what it has room for."""

LOOK_S: Final = 0.02
"""Seconds that waiting for bytes lasts: between two looks whether the link takes a further chunk."""

CHECK_MS: Final = 60_000
"""Milliseconds that the reader may take to check a signature or a digest: seconds of an RP2040's time, and a margin."""

TRIAL_MS: Final = 180_000
"""Milliseconds from the whole image to the reader's word on it: its start, its trial, and the way back if it fails."""

AGAIN_S: Final = 0.2
"""Seconds between two looks for a port that is gone while the reader starts."""

Progress = Callable[[int, int], None]
"""Told how many bytes of how many the reader has."""


class Image(Struct, frozen=True):
    """A signed image, as the reader checks it (firmware/PROTOCOL.md, "Update")."""

    version: str
    data: bytes
    sha256: bytes
    signature: bytes


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


def update(settings: SealReaderSettings, image: Image, progress: Progress) -> Hello:
    """Bring an image to a reader.

    Args:
        settings: Which reader.
        image: What to bring.
        progress: See there.

    Returns:
        How the reader greets with the new firmware, which it keeps from now on.

    Raises:
        DeviceFault: The port or the reader was lost. What it has of the image it keeps: the next attempt goes on.
        UpdateRefused: See there.
    """
    path = find_port(settings.name, settings.port)
    with SerialLine(settings.name, path, baud=LINE_BAUD, wait_s=LOOK_S) as line:
        _Sending(settings, line, image, progress).run()
    return _proved(settings, image)


class _Conversation:
    """A link on an open port."""

    def __init__(self, settings: SealReaderSettings, line: SerialLine) -> None:
        self.name = settings.name
        self.link = Link(greeting(settings.host, "", "updater"), secrets.randbits(32), now_ms())
        self._line = line
        self._heard = 0

    def greeted(self) -> Hello:
        """Wait for the reader.

        Raises:
            DeviceFault: It does not answer, or is of another version.
        """
        began = now_ms()
        while not self.link.is_up:
            if now_ms() - began >= ANSWER_MS:
                raise no_answer(self.name, self._heard)
            self.turn()
        assert self.link.peer is not None, "who is up has greeted"
        return self.link.peer

    def turn(self) -> list[object]:
        """Say what is due and take what comes: Up, Down, Got."""
        data, events = self.link.poll(now_ms())
        if data:
            self._line.write(data)
        data = self._line.read()
        self._heard += len(data)
        events += self.link.receive(data, now_ms())
        for event in events:
            if isinstance(event, Mismatch):
                raise other_version(self.name, event)
        return events


class _Sending:
    """Brings the image over."""

    def __init__(self, settings: SealReaderSettings, line: SerialLine, image: Image, progress: Progress) -> None:
        self._talk = _Conversation(settings, line)
        self._image = image
        self._progress = progress
        self._at = 0
        self._has = -1
        self._is_taken = False

    def run(self) -> None:
        self._talk.greeted()
        image, link = self._image, self._talk.link
        link.send(UpdateBegin(len(image.data), image.sha256, image.signature, image.version), now_ms())
        heard = now_ms()
        while not self._is_taken:
            if self._has >= 0:
                self._send_chunks()
            if self._turn():
                heard = now_ms()
            elif now_ms() - heard >= CHECK_MS:
                raise self._silent()

    def _send_chunks(self) -> None:
        link, data = self._talk.link, self._image.data
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
        self._progress(said.offset, len(self._image.data))

    def _silent(self) -> DeviceFault:
        return DeviceFault(
            self._talk.name,
            expected=f"the reader to take the image, of which it has {max(0, self._has)} bytes",
            got="nothing more from it",
            mend="check its cable and power, then give the same command again: it goes on from there",
        )


def _proved(settings: SealReaderSettings, image: Image) -> Hello:
    """Wait until the reader runs the image for good."""
    until = now_ms() + TRIAL_MS
    while now_ms() < until:
        try:
            path = find_port(settings.name, settings.port)
            with SerialLine(settings.name, path, baud=LINE_BAUD, wait_s=LOOK_S) as line:
                hello = _kept(_Conversation(settings, line), image, until)
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


def _kept(talk: _Conversation, image: Image, until: int) -> Hello | None:
    """The greeting of a reader that keeps the image; None when it starts once more.

    Raises:
        UpdateRefused: It runs another one.
    """
    hello = talk.greeted()
    if hello.version != image.version:
        raise UpdateRefused(talk.name, f"it has started with {hello.version} again")
    while hello.trial and now_ms() < until:
        for event in talk.turn():
            if isinstance(event, Down | Up):
                return None
            if (
                isinstance(event, Got)
                and isinstance(event.message, UpdateState)
                and event.message.state == UpdateState.KEPT
            ):
                return hello
    return hello if not hello.trial else None


def now_ms() -> int:
    """Milliseconds of a clock that never goes back."""
    return time.monotonic_ns() // 1_000_000
