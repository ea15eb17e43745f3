"""Which firmware runs: what was flashed, or one of two images that came over the link, the newest of them on trial.

main.py, romfs.py and this module are never updated over the link, so what they share with images stays as it is: the
names that are not private here, and `reader.app.run(board, trial)` and `reader.boards`, which main.py calls.

An image is one file with all modules, imported from as it stands. What is where says one small file, the state, which
is replaced as a whole. At each start an image whose bytes are not those of its digest is left for the next best.
"""

import hashlib
import os
import sys
from binascii import crc32
from struct import calcsize, pack, unpack

FLASHED, A, B = 0, 1, 2
"""Slots: what was put on the board by cable, which is always there, and those for images."""

FOLDER = "/images"
FILES = ("", "/images/a", "/images/b")
"""Where a slot's image is, below the board's root."""

WELL, SILENT, RAISED, SPOILED = 0, 1, 2, 3
"""Why the last image on trial was left: it was not; it did not pass in its time; it ended by an error; its bytes."""

STARTS = 3
SECONDS = 45
"""How long an image is on trial: starts, and seconds of each."""

NO_DIGEST = bytes(32)
PLACE = "/image"

_STATE = "/images/state"
_IS_FOLDER = 21
_FORM = 1
_LAYOUT = "<BBBBHB32s32s"
_LENGTH = calcsize(_LAYOUT)


_timers: "list[object]" = []  # what resets the board when the trial's time is over; kept, or it would be collected


_entered = [FLASHED, 0]  # the slot that runs, and 1 when it is on trial


class State:
    """What is where.

    Attributes:
        current: The slot that runs.
        trial: The slot that runs instead, on trial, or FLASHED for none.
        starts: How many more times it does.
        seconds: How long each time.
        left: Why the last one on trial was left; WELL when it was kept.
        digests: SHA-256 of the image in each slot, NO_DIGEST where there is none that may run.
    """

    def __init__(self) -> None:
        self.current = FLASHED
        self.trial = FLASHED
        self.starts = 0
        self.seconds = 0
        self.left = WELL
        self.digests = [NO_DIGEST, NO_DIGEST, NO_DIGEST]


def load(root: str) -> State:
    """Read the state; what was flashed runs when there is none, or it is spoiled."""
    state = State()
    try:
        with open(root + _STATE, "rb") as file:
            data = file.read(_LENGTH + 5)
    except OSError:
        return state
    if len(data) == _LENGTH + 4 and data[0] == _FORM and unpack("<I", data[_LENGTH:])[0] == crc32(data[:_LENGTH]):
        values = unpack(_LAYOUT, data[:_LENGTH])
        _, state.current, state.trial, state.starts, state.seconds, state.left = values[:6]
        state.digests[A:] = values[6:]
    return state


def store(root: str, state: State) -> None:
    """Replace the state: a power cut leaves the old or the new one.

    Raises:
        OSError: The flash cannot be written.
    """
    data = pack(
        _LAYOUT, _FORM,
        state.current, state.trial, state.starts, state.seconds, state.left, state.digests[A], state.digests[B],
    )  # fmt: skip
    with open(root + _STATE + ".new", "wb") as file:
        file.write(data + pack("<I", crc32(data)))
        file.flush()
    os.rename(root + _STATE + ".new", root + _STATE)
    try:
        with open(root + FOLDER, "rb") as folder:
            folder.flush()  # POSIX wants that said before the new name is safe
    except OSError as error:
        if error.errno != _IS_FOLDER:  # littlefs opens no folder, and has it safe by itself
            raise


def enter(root: str) -> int:
    """Choose what runs, and have modules imported from it.

    Args:
        root: The board's folder of flash, without a slash at its end.

    Returns:
        1 when it runs on trial.
    """
    slot, seconds = choose(root)
    _entered[:] = [slot, 1 if seconds else 0]
    if slot != FLASHED:
        import vfs

        from romfs import Image

        vfs.mount(Image(root + FILES[slot]), PLACE)
        sys.path.insert(0, PLACE)
    if seconds:
        _limit(seconds)
    return _entered[1]


def choose(root: str) -> "tuple[int, int]":
    """Choose what runs, and count the start of what is on trial.

    Returns:
        The slot, and for how many seconds when it is on trial, else 0.
    """
    state = load(root)
    slot = state.trial
    if slot != FLASHED:
        try:
            if state.starts and is_whole(root, slot, state.digests[slot]):
                state.starts -= 1
                store(root, state)  # before it runs: however it ends, it was one start
                return slot, max(1, state.seconds)
            _leave(root, state, SPOILED if state.starts else SILENT)
        except OSError:
            pass  # a flash that counts no starts gives no trial
    for slot in (state.current, A, B):
        if slot not in (FLASHED, state.trial) and is_whole(root, slot, state.digests[slot]):
            return slot, 0
    return FLASHED, 0


def free_slot() -> int:
    """The slot that the next image goes to: never that of the one that runs."""
    return B if _entered[0] == A else A


def on_trial() -> bool:
    """Whether what runs is an image on trial that has not passed it yet."""
    return _entered[1] == 1


def try_out(root: str, slot: int, digest: bytes) -> None:
    """Have the image in a slot run on trial from the next start on.

    Raises:
        OSError: The flash cannot be written, as of all that follow.
    """
    state = load(root)
    state.digests[slot] = digest
    state.trial, state.starts, state.seconds, state.left = slot, STARTS, SECONDS, WELL
    store(root, state)


def passed(root: str) -> None:
    """Keep the image that runs on trial: it runs from now on."""
    state = load(root)
    state.current, state.trial, state.starts = state.trial, FLASHED, 0
    store(root, state)
    _entered[1] = 0
    _limit(0)


def raised(root: str) -> None:
    """What runs has ended by an error: leave it, if it is on trial."""
    if on_trial():
        _leave(root, load(root), RAISED)


def reset() -> None:
    """Start the board anew; never returns."""
    if sys.platform == "rp2":
        import machine

        machine.reset()
    sys.exit(3)


def is_whole(root: str, slot: int, digest: bytes) -> bool:
    """Whether a slot holds the image with a digest."""
    if digest == NO_DIGEST:
        return False
    found = hashlib.sha256()
    buffer = bytearray(1024)
    try:
        with open(root + FILES[slot], "rb") as file:
            while length := file.readinto(buffer):
                found.update(memoryview(buffer)[:length])
    except OSError:
        return False
    return found.digest() == digest


def _leave(root: str, state: State, why: int) -> None:
    state.digests[state.trial] = NO_DIGEST
    state.trial, state.starts, state.left = FLASHED, 0, why
    store(root, state)


def _limit(seconds: int) -> None:
    """Start the board anew after some seconds, whatever it does then; 0 is never."""
    if sys.platform == "rp2":
        import machine

        while _timers:
            _timers.pop().deinit()
        if seconds:
            late = machine.Timer(-1, mode=machine.Timer.ONE_SHOT, period=1000 * seconds, callback=lambda _: reset())
            _timers.append(late)
    else:
        import ffi

        ffi.open(None).func("I", "alarm", "I")(seconds)  # of POSIX: SIGALRM ends the process
