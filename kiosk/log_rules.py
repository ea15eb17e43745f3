"""What a log line may say: no personal data beyond ids. Held by a list of what is allowed, not by everybody's care.

A line is a fixed sentence and values by name. A name that is not in `MAY_SAY` is left out, and the line says that it
was. What an error says of itself is tidied: what stands in quotes there is what somebody typed or a file held
(`kiosk.core.units.quoted`), and goes unless it is plainly an id or a path; an error that does not say what was expected
and what came is named by its class alone, for nobody knows what it quotes, or how.
"""

import re
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping, MutableMapping
from enum import Enum
from types import TracebackType
from typing import Any, Final

Line = MutableMapping[str, Any]
"""A log line as structlog's processors hand it on."""

MOST_WORD: Final = 120
"""Characters of a name, an id or a path."""

MOST_SAID: Final = 600
"""Characters of what an error says."""

MOST_FRAMES: Final = 30
"""Calls of a traceback, the innermost."""

WITHHELD: Final = "..."
"""What stands for something that a log must not have."""

_QUOTES: Final = re.compile(
    r"""(?<![^\s([{=:,])(?P<bytes>b?)(?P<quote>['"])(?P<inside>.*?)(?:(?P=quote)(?![^\s)\]},;:.])|$)"""
)
"""Something in quotes, to its end or the line's: an apostrophe within a word opens none."""

_ID: Final = re.compile(r"(?=.*[\d/])(?=.*[A-Za-z])[A-Za-z0-9._:/+#-]{1,64}")
"""What may stand in quotes: an id or a path has a letter and a digit or slash, and no space."""

_COMMAND: Final = re.compile(r"sealgate(?: (?:[a-z][a-z-]*|--[a-z][a-z-]*|[A-Z]{2,}|\d{1,9})){1,5}")
"""So may a command of ours, which an error names as what to do."""

_MAIL: Final = re.compile(r"[^\s<>()\[\]'\",;]+@[^\s<>()\[\]'\",;]+")

_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")

_ERROR_NAME: Final = re.compile(r"(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Exit|Interrupt|Warning|Group)(?=:|$)")


def tidied(text: str, most: int = MOST_SAID) -> str:
    """What an error says, without what somebody typed: on one line, and not too long."""
    line = _UNPRINTABLE.sub(" ", text[: 2 * most])
    line = _MAIL.sub(WITHHELD, _QUOTES.sub(_quoted, line))
    return line if len(line) <= most else f"{line[:most]}{WITHHELD}"


def _quoted(found: re.Match[str]) -> str:
    inside, quote = found["inside"], found["quote"]
    return (
        f"{found['bytes']}{quote}{inside if _ID.fullmatch(inside) or _COMMAND.fullmatch(inside) else WITHHELD}{quote}"
    )


def told_by(error: BaseException) -> str:
    """What an error says of itself, where it is of those that say what was expected and what came; else its class."""
    if isinstance(error, OSError) or all(hasattr(error, each) for each in ("expected", "got", "mend")):
        return tidied(str(error))
    return type(error).__name__


# --- what may stand under which name ----------------------------------------------------------------------


def _word(value: object) -> object:
    """A name that code or site.toml gives, an id, a number; or several."""
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return [_word(each) for each in value]
    if isinstance(value, Enum):
        value = value.value
    return _MAIL.sub(WITHHELD, _UNPRINTABLE.sub(" ", str(value)))[:MOST_WORD]


def _mend(value: object) -> object:
    """What to do, in words that stand in the code."""
    return _MAIL.sub(WITHHELD, _UNPRINTABLE.sub(" ", str(value)[:MOST_SAID]))


def _said(value: object) -> object:
    """What an error says, or the error itself."""
    return told_by(value) if isinstance(value, BaseException) else tidied(str(value))


def _last_line(value: object) -> object:
    """The last line of a program that failed: of a traceback the error's class."""
    named = _ERROR_NAME.match(str(value))
    return named[0] if named is not None else tidied(str(value))


_ABOUT: Final = (
    "part",
    "device",
    "what",
    "kind",
    "kinds",
    "item",
    "wish",
    "consoles",
    "code",
    "why",
    "until",
    "library",
)
_PLACES: Final = ("where", "file", "folder", "path", "address", "host", "origin")
_WRONG: Final = ("fault", "expected", "got", "said", "reason", "text")

MAY_SAY: Final[Mapping[str, Callable[[object], object]]] = {
    **dict.fromkeys((*_ABOUT, *_PLACES), _word),
    **dict.fromkeys(_WRONG, _said),
    "mend": _mend,
    "last_line": _last_line,
}
"""Every name that a line may have besides its sentence, and how what stands under it is looked at."""

OURS: Final = frozenset({"event", "level", "timestamp", "exception", "left_out", "withheld"})
"""Names that are made here or by structlog itself."""


def only_what_may_be_said(_logger: object, _method: str, line: Line) -> Line:
    """Processor: leaves out, and says that it did, what is not allowed; looks at the rest."""
    withheld = []
    for name in [each for each in line if each not in OURS]:
        look = MAY_SAY.get(name)
        if look is None:
            del line[name]
            withheld.append(_word(name))
        else:
            line[name] = look(line[name])
    line["event"] = tidied(str(line.get("event", "")))
    if withheld:
        line["withheld"] = withheld
    return line


def without_what_it_held(_logger: object, _method: str, line: Line) -> Line:
    """Processor: an exception as its class and where it came from, for its message may quote what a person typed."""
    given = line.pop("exc_info", None)
    error = sys.exception() if given is True else given if isinstance(given, BaseException) else _of(given)
    if error is not None:
        line["exception"] = "\n".join(_story(error))
    line.pop("stack_info", None)
    return line


def _of(given: object) -> BaseException | None:
    """Of what sys.exc_info() gives."""
    return given[1] if isinstance(given, tuple) and len(given) == 3 and isinstance(given[1], BaseException) else None


def _story(error: BaseException) -> list[str]:
    """Each error, the one that was there first first, and the calls that led to it."""
    told: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        said = told_by(current)
        name = type(current).__name__
        head = name if said == name else f"{name}: {said}"
        told = [*_calls(current.__traceback__), head, *told]
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    if isinstance(error, BaseExceptionGroup):
        told += [f"  with {line}" for each in error.exceptions for line in _story(each)]
    return told


def _calls(trace: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(trace)[-MOST_FRAMES:]
    return [f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames]


# --- how many -----------------------------------------------------------------------------------------------

BURST: Final = 20
"""Lines of one sentence about one device that are written at once: what a person reads when something goes wrong."""

ONE_IN_S: Final = 30.0
"""Seconds for each further one. A cable that flaps ten times a second fills no disk, and hides no other line."""

MOST_TALLIES: Final = 500
"""Sentences that are counted; there are not that many."""


class Damper:
    """Processor: of a sentence about one device that comes again and again, some are written and the rest counted.

    The next one that is written says how many were ``left_out``.

    Args:
        drop: Raised for a line that is left out, as structlog wants it.
        clock: Seconds that only go forward.
    """

    def __init__(self, drop: type[BaseException], clock: Callable[[], float] = time.monotonic) -> None:
        self._drop = drop
        self._clock = clock
        self._lock = threading.Lock()
        self._tallies: dict[tuple[object, ...], _Tally] = {}

    def __call__(self, _logger: object, _method: str, line: Line) -> Line:
        """Takes a line."""
        about = (line.get("event"), line.get("device"), line.get("part"))
        with self._lock:
            if len(self._tallies) >= MOST_TALLIES and about not in self._tallies:
                self._tallies.clear()
            tally = self._tallies.setdefault(about, _Tally())
            left_out = tally.take(self._clock())
        if left_out is None:
            raise self._drop
        if left_out:
            line["left_out"] = left_out
        return line


class _Tally:
    """How many lines of one kind may still be written: a bucket that fills again slowly."""

    def __init__(self) -> None:
        self._room = float(BURST)
        self._at: float | None = None
        self._left_out = 0

    def take(self, now: float) -> int | None:
        """How many were left out before this line; None when it is to be left out itself."""
        if self._at is not None:
            self._room = min(float(BURST), self._room + (now - self._at) / ONE_IN_S)
        self._at = now
        if self._room < 1.0:
            self._left_out += 1
            return None
        self._room -= 1.0
        left_out, self._left_out = self._left_out, 0
        return left_out
