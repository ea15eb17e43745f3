"""An exception at a chosen call of the kiosk's own code: at its beginning, or in place of what it returns.

Every call of a function of ours is counted, in whichever thread of the made-up world it is made.
"""

import errno
import random
import sys
from collections import Counter
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final

import kiosk
from hw.errors import DeviceFault
from tests.chaos.made_up import clockwork

ROOT: Final = Path(kiosk.__file__).parent.parent
OURS: Final = tuple(str(ROOT / each) + "/" for each in ("kiosk", "drivers", "hw"))
TESTS: Final = str(ROOT / "tests") + "/"
NOT_OURS: Final = (str(ROOT / "hw" / "bench") + "/",)
"""The emulated board: that it fails is another fault."""
SPARED: Final = frozenset({"drivers/supervision.py SupervisedDevice._run"})
"""The one function that a driver's thread is: outside of it there is nobody to notice that it never began."""


def errors(chance: random.Random) -> BaseException:
    """One of the kinds that a call may fail with: a device, the disk, memory, a mistake of ours."""
    return chance.choice(
        (
            DeviceFault("injected", expected="no fault", got="one that was injected", mend="nothing"),
            OSError(errno.EIO, "injected"),
            OSError(errno.ENOSPC, "injected"),
            MemoryError("injected"),
            RuntimeError("injected"),
            ValueError("injected"),
        )
    )


class Injector:
    """Counts calls, and raises at one.

    Attributes:
        count: Calls and returns since `arm`.
        fired: At which function the exception was raised; None while it was not.
        seen: How often each function was called while it was watched.
        struck: How often an exception was raised at each.
    """

    def __init__(self) -> None:
        self._known: dict[CodeType, str | None] = {}
        self._callers: dict[str, bool] = {}
        self._target = 0
        self._error: BaseException = RuntimeError()
        self.count = 0
        self.fired: str | None = None
        self.seen: Counter[str] = Counter()
        self.struck: Counter[str] = Counter()

    def _is_their_call(self, caller: FrameType | None) -> bool:
        if caller is None:
            return True
        file = caller.f_code.co_filename
        known = self._callers.get(file)
        if known is None:
            known = self._callers[file] = _within(file)
        return known

    def arm(self, target: int, error: BaseException) -> None:
        """Raise an error at the n-th call or return from now on; 0 raises at none."""
        self._target, self._error, self.count, self.fired = target, error, 0, None

    def __call__(self, frame: FrameType, event: str, _: Any) -> None:
        """As sys.setprofile calls it."""
        if event not in {"call", "return"}:
            return
        code = frame.f_code
        name = self._known.get(code, "")
        if name == "":
            name = self._known[code] = _name(code)
        if name is None or not self._is_their_call(frame.f_back):
            return
        self.count += 1
        self.seen[name] += event == "call"
        if self.count == self._target and self.fired is None:
            self.fired = name
            self.struck[name] += 1
            sys.setprofile(None)
            raise self._error


def _within(file: str) -> bool:
    """Whether the kiosk's code is called from there as it is in life; the tests' own calls are nobody's."""
    return file == clockwork.__file__ or not file.startswith((*NOT_OURS, TESTS))


def _name(code: CodeType) -> str | None:
    file = code.co_filename
    if not file.startswith(OURS) or file.startswith(NOT_OURS) or code.co_name == "<genexpr>":
        return None  # what is raised while a generator is thrown away is heard by nobody
    name = f"{file[len(str(ROOT)) + 1 :]} {code.co_qualname}"
    return None if name in SPARED else name
