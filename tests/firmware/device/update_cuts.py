"""Power cuts at every operation of the flash under updates and trials, on MicroPython's own littlefs.

usage: update_cuts.py [hasty]

Prints, as JSON, what ran in how many states that the flash was started from, and what was wrong. `hasty` stands for a
reader that names an image before it is there, and trusts it: with it much must be wrong, or this program sees nothing.
"""

import json
import sys

import slots
from reader.images import Images
from tests.firmware.device import nor
from tests.firmware.device.update_story import IMAGES, Story, digest, finished, put_key, running

BLOCKS = 40
AGAIN = 3
"""Every so many states the power goes once more, at each operation of what follows."""
ROOT = nor.PLACE


class Check:
    """Starts the reader from what the flash may hold after a cut.

    Attributes:
        ran: How often what ran.
        wrong: What was wrong.
    """

    def __init__(self) -> None:
        self.ran: "dict[str, int]" = {}
        self.wrong: "list[str]" = []

    def state(self, content: bytearray, may: str, label: str) -> "list[tuple[int, int, bytes | None]]":
        """Start the reader; then have it updated, whatever had become of the update. What that did to the flash."""
        flash = nor.Flash(content)
        flash.notes = True
        try:
            with flash:
                self._go_on(may)
        except Exception as error:  # noqa: BLE001 - whatever it is, this state is not survived
            self.wrong.append("%s: %r" % (label, error))
        return flash.steps

    def _go_on(self, may: str) -> None:
        runs = running(ROOT)
        self.ran[runs] = self.ran.get(runs, 0) + 1
        assert runs in may.split(), "expected one of %s, got %s" % (may, runs)
        if slots.on_trial():
            slots.passed(ROOT)
        other = "three" if runs == "two" else "two"
        finished(ROOT, other)
        assert running(ROOT) == other, "expected the new image on trial"
        slots.raised(ROOT)
        assert running(ROOT) == runs, "expected the old image again"


def cuts() -> "dict[str, object]":
    """Go through the states."""
    flash = nor.formatted(BLOCKS)
    with flash:
        put_key(ROOT)
    content = bytearray(flash.content)
    flash.notes = True
    said: "list[tuple[int, str]]" = []
    with flash:
        Story(ROOT, lambda may: said.append((len(flash.steps), may))).tell()
    check, may = Check(), ""
    for index, step in enumerate(flash.steps):
        while said and said[0][0] <= index:
            may = said.pop(0)[1]
        steps = check.state(content, may, "before %d" % index)
        if not index % AGAIN:
            _cut_again(check, bytearray(content), steps, index)
        for way in range(nor.WAYS):
            check.state(nor.cut_short(content, step, way), may, "in %d, way %d" % (index, way))
        nor.apply(content, step)
    return {"ran": check.ran, "wrongs": len(check.wrong), "wrong": check.wrong[:9]}


def _cut_again(check: Check, content: bytearray, steps: "list[tuple[int, int, bytes | None]]", index: int) -> None:
    """The power goes once more, in what follows a cut: something whole runs, and can be updated."""
    for number, step in enumerate(steps):
        torn = nor.cut_short(content, step, number % nor.WAYS)
        check.state(torn, "flashed one two three", "before %d, then in %d" % (index, number))
        nor.apply(content, step)


def hasty() -> None:
    """Have the reader name an image in its state before its last bytes are there, and trust the state."""
    right = Images.append

    def append(images: Images, data: bytes) -> None:
        for whole in IMAGES.values():
            if images.offset + len(data) == len(whole) and whole.endswith(data):
                slots.try_out(ROOT, slots.free_slot(), digest(whole))
        right(images, data)

    Images.append = append  # type: ignore[method-assign, assignment]
    slots.is_whole = lambda root, slot, digest: digest != slots.NO_DIGEST  # noqa: ARG005


if "hasty" in sys.argv:
    hasty()
print(json.dumps(cuts()))
