"""Some updates and trials of a reader, told step by step: what may run if the power goes at this point.

Signatures are taken as right here; that they are looked at first is tested elsewhere.
"""

import hashlib

import slots
from reader import update
from reader.images import Images
from sealwire.messages import UpdateBegin, UpdateChunk, UpdateState

CHUNK = 2048

IMAGES = {"one": b"1" * 700 + b"one" * 1101, "two": b"2" * 9000 + b"two", "three": b"3" * 4096}
"""A part of a block, more than two, and just one."""

FLASHED = "flashed"


def put_key(root: str) -> None:
    """Make the reader one that takes images."""
    with open(root + "/update.pub", "w") as file:
        file.write("00" * 32)
    update.verifying = lambda *_: iter((True,))


def running(root: str) -> str:
    """Start: the name of what runs."""
    slot, seconds = slots.choose(root)
    slots._entered[:] = [slot, 1 if seconds else 0]
    if slot == slots.FLASHED:
        return FLASHED
    for name in IMAGES:
        if holds(root, slot, name):
            return name
    return "something else in slot %d" % slot


def holds(root: str, slot: int, name: str) -> bool:
    """Whether an image is in a slot, to the last byte."""
    try:
        with open(root + slots.FILES[slot], "rb") as file:
            return file.read() == IMAGES[name]
    except OSError:
        return False


def digest(data: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(data).digest()


def announced(root: str, name: str) -> "tuple[update.Updater, UpdateState]":
    """Begin an update, or go on with it; the reader's answer."""
    data = IMAGES[name]
    reader = update.Updater(Images(root))
    answer = reader.take(UpdateBegin(len(data), digest(data), bytes(64), name))
    while reader.is_busy:
        answer = reader.step()
    assert answer is not None
    assert answer.state != UpdateState.REFUSED, answer.why
    return reader, answer


def sent(reader: update.Updater, name: str, offset: int, end: int) -> None:
    """Send an image's bytes up to an offset."""
    data = IMAGES[name][:end]
    for at in range(offset, len(data), CHUNK):
        answer = reader.take(UpdateChunk(at, data[at : at + CHUNK]))
        assert answer is None or answer.state != UpdateState.REFUSED, answer.why


def finished(root: str, name: str) -> None:
    """Do the rest of an update, whatever there is of it."""
    reader, answer = announced(root, name)
    if answer.state == UpdateState.TAKING:
        sent(reader, name, answer.offset, len(IMAGES[name]))
    assert reader.reset_due


class Story:
    """Tells it.

    Args:
        root: The reader's folder of flash, empty but for its key.
        say: Called with a line: the names of what may run from here on.
    """

    def __init__(self, root: str, say) -> None:
        self._root = root
        self._say = say

    def tell(self) -> None:
        """Do all of it."""
        self._say(FLASHED)
        self._first()
        self._broken_off_and_left()
        self._the_same_again()
        self._silent()

    def _first(self) -> None:
        self._update("one", FLASHED)
        assert running(self._root) == "one"
        slots.passed(self._root)

    def _broken_off_and_left(self) -> None:
        reader, _ = announced(self._root, "two")
        sent(reader, "two", 0, 5000)
        reader.stop()
        self._update("two", "one")
        assert running(self._root) == "two"
        self._say("two one")
        slots.raised(self._root)
        self._say("one")
        assert running(self._root) == "one"

    def _the_same_again(self) -> None:
        self._update("two", "one")
        assert running(self._root) == "two"
        slots.passed(self._root)

    def _silent(self) -> None:
        self._update("three", "two")
        for left in range(slots.STARTS, 0, -1):
            if left == 1:
                self._say("three two")
            assert running(self._root) == "three"
        self._say("two")
        assert running(self._root) == "two"

    def _update(self, name: str, old: str) -> None:
        """The last byte makes the difference, or the announcement of an image that is there already."""
        data = IMAGES[name]
        last = (len(data) - 1) // CHUNK * CHUNK
        if holds(self._root, slots.free_slot(), name):
            self._say(old + " " + name)
            announced(self._root, name)
        else:
            reader, answer = announced(self._root, name)
            sent(reader, name, answer.offset, last)
            self._say(old + " " + name)
            sent(reader, name, last, len(data))
        self._say(name)
