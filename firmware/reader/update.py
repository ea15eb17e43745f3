"""An update over the link: what the kiosk sends, and what the reader answers. PROTOCOL.md, "Update".

No byte of an image is written before its signature is found right, which takes seconds on an RP2040 and so is done in
small steps, as is reading what was there already. Then the bytes are taken in order; the digest decides at the end.
"""

import slots
from reader.ed25519 import verifying
from reader.images import MOST_BYTES, Images
from sealwire.messages import UpdateBegin, UpdateChunk, UpdateState, signed_text, to_bytes


def _no_steps():
    yield from ()


class Updater:
    """Takes an update.

    Args:
        images: Where it goes.

    Attributes:
        is_busy: `step` has something to do.
        reset_due: The new image is ready: tell the kiosk, then start the board anew.
    """

    def __init__(self, images: Images) -> None:
        self.is_busy = False
        self.reset_due = False
        self._images = images
        self._begin: "UpdateBegin | None" = None
        self._steps = _no_steps()  # what there is to do before the first byte is taken, while `is_busy`

    def take(self, message: "UpdateBegin | UpdateChunk") -> "UpdateState | None":
        """Take a message; the answer to it, if it has one now."""
        if self.reset_due:
            return None
        try:
            if isinstance(message, UpdateBegin):
                return self._announced(message)
            return self._chunk(message)
        except OSError as error:
            return self._refused("expected to write the flash, got %r" % error)

    def step(self) -> "UpdateState | None":
        """Do a small part of the work that is due; the answer, when it is done."""
        if not self.is_busy:
            return None
        try:
            answer: "UpdateState | None" = next(self._steps)
        except OSError as error:
            answer = self._refused("expected to write the flash, got %r" % error)
        if answer is not None:
            self.is_busy = False
        return answer

    def stop(self) -> None:
        """The link is down: what came so far is kept."""
        self.is_busy = False
        self._begin = None
        self._images.stop()

    def _announced(self, begin: UpdateBegin) -> "UpdateState | None":
        if self._begin is not None and to_bytes(self._begin) == to_bytes(begin):
            return None if self.is_busy else self._taking()
        self.stop()
        if slots.on_trial():
            return self._refused("this firmware is on trial itself: expected it to have passed, try again in a minute")
        if not 0 < begin.size <= MOST_BYTES:
            return self._refused("expected an image of at most %d bytes, got %d" % (MOST_BYTES, begin.size))
        key = self._images.key()
        if not key:
            return self._refused("expected a key to check images with, this reader has none: flash it by cable")
        self._begin = begin
        self._steps = self._prepare(begin, key)
        self.is_busy = True
        return None

    def _prepare(self, begin: UpdateBegin, key: bytes):  # yields None, and the answer at last
        for is_right in verifying(key, signed_text(begin.version, begin.sha256), begin.signature):
            if is_right is None:
                yield None
        if not is_right:
            yield self._refused("expected a signature by the key of this reader, got another")
            return
        for _ in self._images.begin(begin):
            yield None
        yield self._end() if self._images.offset == begin.size else self._taking()

    def _chunk(self, chunk: UpdateChunk) -> "UpdateState | None":
        begin, images = self._begin, self._images
        if begin is None:
            return UpdateState(UpdateState.REFUSED, 0, "expected UpdateBegin before the first bytes")
        if self.is_busy:
            return None  # sent before it was asked for
        if chunk.offset > images.offset:
            return self._taking()
        if chunk.offset + len(chunk.data) > begin.size:
            return self._refused("expected %d bytes, got more" % begin.size)
        safe = images.safe
        images.append(chunk.data[images.offset - chunk.offset :])  # without what came before
        if images.offset == begin.size:
            return self._end()
        return self._taking() if images.safe != safe else None

    def _taking(self) -> UpdateState:
        return UpdateState(UpdateState.TAKING, self._images.safe, "")

    def _end(self) -> UpdateState:
        begin = self._begin
        assert begin is not None
        if not self._images.end(begin.sha256):
            return self._refused("expected the image's digest, got another: send it again")
        self._begin = None
        self.reset_due = True
        return UpdateState(UpdateState.TAKEN, begin.size, "")

    def _refused(self, why: str) -> UpdateState:
        self.stop()
        return UpdateState(UpdateState.REFUSED, 0, why[:120])
