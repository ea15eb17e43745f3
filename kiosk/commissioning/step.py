"""A step of the walk-through: what it is given, what comes of it, and how it asks, waits, repeats and is skipped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from msgspec import Struct

if TYPE_CHECKING:
    from kiosk.commissioning.hands import Hands
    from kiosk.commissioning.talk import Talk
    from kiosk.site import Site

WAIT_S: Final = 120.0
"""Seconds to wait for what the installer shall do, before asking whether to go on waiting: the loop may be far away."""

READY_S: Final = 10.0
"""Seconds for a device to answer once it is served: a scanner that speaks SSI has the longest, six for a command."""

T = TypeVar("T")


class Outcome(Enum):
    """What came of a step."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"


class Result(Struct, frozen=True):
    """A step that was walked.

    Attributes:
        step: Its name.
        outcome: What came of it.
        detail: What was seen; why it failed or was skipped.
        at: When, in UTC.
    """

    step: str
    outcome: Outcome
    detail: str
    at: datetime


class Failed(Exception):
    """A step failed; its text says why."""


class Skipped(Exception):
    """A step was skipped; its text says why."""


class Walk(Struct, frozen=True):
    """What a step works with.

    Attributes:
        site: The site's settings.
        talk: The talk with the installer.
        hands: The devices.
        now: Reads the clock.
    """

    site: Site
    talk: Talk
    hands: Hands
    now: Callable[[], datetime]


class Step(Protocol):
    """A step."""

    @property
    def name(self) -> str:
        """What it is called in the protocol."""

    def walk(self, walk: Walk) -> str:
        """Walk it.

        Returns:
            What was seen; it has passed.

        Raises:
            Failed: It has not.
            Skipped: The installer, or what is not there, would have it so.
            Ended: The installer ended the talk.
        """


def walked(step: Step, walk: Walk, number: int, of: int) -> Result:
    """Walk a step, again if the installer wants, and tell what came of it.

    Raises:
        Ended: The installer ended the talk.
    """
    walk.talk.say("")
    walk.talk.say(f"{number} of {of}: {step.name}", "bold")
    while True:
        walk.talk.catch_up()
        try:
            detail = step.walk(walk)
        except Skipped as skipped:
            return _told(walk, Result(step.name, Outcome.SKIPPED, str(skipped), walk.now()))
        except Failed as failed:
            walk.talk.say(f"  FAILED: {failed}", "bold red")
            again = walk.talk.ask("Once more?", {"y": "yes", "n": "no, it has failed"})
            if again == "n":
                return _told(walk, Result(step.name, Outcome.FAILED, str(failed), walk.now()))
        else:
            return _told(walk, Result(step.name, Outcome.PASSED, detail, walk.now()))


def _told(walk: Walk, result: Result) -> Result:
    style = {Outcome.PASSED: "green", Outcome.FAILED: "bold red", Outcome.SKIPPED: "yellow"}[result.outcome]
    walk.talk.say(f"  {result.outcome.value}: {result.detail}", style)
    return result


def wait_for(walk: Walk, what: str, seen: Callable[[object], T | None]) -> T:
    """Ask the installer to do something, and wait for the device that sees it.

    Args:
        walk: The walk.
        what: What to do, in words.
        seen: What a report means; None: nothing.

    Raises:
        Failed: The installer says that it does not work.
        Skipped: The installer skips it.
        Ended: The installer ended the talk.
    """
    walk.talk.say(f"  {what} [s skip, f it does not work, q end]")
    while True:
        match walk.talk.wait(seen, WAIT_S):
            case None:
                walk.talk.say(f"  nothing came for {WAIT_S:g} s; still waiting. {_state(walk)}")
            case "s":
                raise Skipped(reason(walk))
            case "f":
                raise Failed(f"nothing was seen; {reason(walk)}")
            case str():
                walk.talk.say(f"  {what} [s skip, f it does not work, q end]")
            case meant:
                return meant


def require_ready(walk: Walk, device: str) -> None:
    """Hold that a device answers, which takes a moment at the beginning.

    Raises:
        Failed: It does not.
        Ended: The installer ended the talk.
    """
    hands = walk.hands
    walk.talk.wait_until(lambda: hands.ready(device) or hands.lost_one(device) is not None, READY_S)
    if not hands.ready(device):
        lost = hands.lost_one(device)
        raise Failed(f"expected {lost.expected}, got {lost.got}; {lost.mend}" if lost else f"{device} does not answer")


def reason(walk: Walk) -> str:
    """Why, in the installer's words."""
    return walk.talk.words("Why? (a few words)") or "no reason was given"


def confirmed(walk: Walk, question: str) -> None:
    """Have the installer say whether something is so.

    Raises:
        Failed: It is not.
        Skipped: The installer skips it.
        Ended: The installer ended the talk.
    """
    match walk.talk.ask(question, {"y": "yes", "n": "no", "s": "skip"}):
        case "n":
            raise Failed(f"the installer says no: {question} {reason(walk)}")
        case "s":
            raise Skipped(reason(walk))


def _state(walk: Walk) -> str:
    """What devices are lost meanwhile: why nothing may come."""
    lost = walk.hands.lost()
    return f"Lost: {'; '.join(lost)}" if lost else "All devices answer."
