"""The disk refuses at any call with which the kiosk writes its ledger: it says so, holds, and keeps nothing unsaid."""

import errno
import os
import re
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from shutil import rmtree

import pytest
from msgspec import Struct

from kiosk.ledger.head import HEAD_NAME
from kiosk.ledger.journal import JOURNAL_NAME
from kiosk.ledger.segments import JOURNAL_FOLDER
from tests.station.aftermath import LEDGER, Before, Past, assert_next_start_is_sound, assert_nothing_lost, steps_of
from tests.station.journeys import JOURNEYS, Journey
from tests.station.visiting import Acknowledged, BarrierOpened, Refused, Said, Travelled, Wrote, read_said
from tests.strace import Call, Program, Step, calls_of
from tests.strace import Said as SaidAt

ERRORS = (errno.EIO, errno.ENOSPC, errno.EROFS)

FAULTS = tuple((error, onward) for onward in ("", "+") for error in ERRORS)
"""Each error once, and each from that call on: a disk that comes to itself, and one that does not."""

QUICK = "as-it-should-be"
LONG = ("as-it-should-be", "unknown-then-revoked", "another-seal", "barrier-stuck", "given-up")

SEGMENT = re.compile(r"journal/\d{12}\.jsonl")

STOPS_A_VISIT = frozenset({"visit-opened", "uplift"})
ENDS_UNSEEN = frozenset({"passage", "interrupted", "incident"})
"""Kinds of entries for which nobody stands before the screen."""


class Outcome(Struct, frozen=True):
    """What the kiosk must show when the disk refuses at a call.

    Attributes:
        display: The display that says that it cannot record; empty where nothing shows, for nothing is lost.
        reason: The display's reason code.
    """

    display: str = ""
    reason: str = ""


def archives(steps: Sequence[Step], call: Call) -> bool:
    """Whether a call belongs to the archiving of a closed segment."""
    if ".zst" in call.path or call.name.startswith("unlink") or (call.path, call.name) == (".", "fdatasync"):
        return True  # the last is SQLite's: the ledger has fsync for folders
    before = [each for each in calls_of(steps[: steps.index(call)]) if each.name.startswith(("rename", "unlink"))]
    return call.path == JOURNAL_FOLDER and call.name == "fsync" and bool(before) and archives(steps, before[-1])


def says_who_is_on_site(steps: Sequence[Step], call: Call) -> bool:
    """Whether a call writes the entry that says who is on site: the next one after that which began a segment."""
    renamed = f"{call.path}.new"
    begun = [
        at
        for at, step in enumerate(steps)
        if isinstance(step, Call) and step.path == renamed and step.name.startswith("rename")
    ]
    if not SEGMENT.fullmatch(call.path) or not begun or call.path == JOURNAL_NAME:
        return False
    since = steps[begun[0] : steps.index(call)]
    said = [at for at, step in enumerate(since) if isinstance(step, SaidAt)]
    return bool(said) and (call.name, call.path) not in {
        (step.name, step.path) for step in since[said[0] :] if isinstance(step, Call)
    }


def outcome(steps: Sequence[Step], call: Call, onward: str) -> Outcome:
    """Works out, from the run in which nothing fails, what an error at one of its calls must lead to."""
    at = steps.index(call)
    said = said_in(steps)
    later = said_in(steps[at:])
    if call.path == HEAD_NAME and call.name in {"pwrite64", "fdatasync"}:
        return Outcome()  # a witness beside the entries, which are on the disk already: it may lag
    if call.name == "fallocate":  # room for what is under way: without it no visit begins, and one that is on goes on
        return Outcome() if said_in(steps[:at]) else Outcome("OutOfService")
    unwaited = not onward and call.name == "pwrite64" and says_who_is_on_site(steps, call)
    if unwaited or archives(steps, call):
        return Outcome()  # nobody waits for it: it is written after the next entry, or put away the next time
    if Travelled() not in later:
        return Outcome()  # the driver is gone, the kiosk is being stopped, and nobody stands before its screen
    wanted = next(each for each in later if isinstance(each, Wrote))
    acknowledged = (each for each in said if isinstance(each, Acknowledged) and each.number == wanted.number)
    entry = next(acknowledged, None)
    if entry is None or entry.kind in ENDS_UNSEEN:
        return Outcome("OutOfService")
    return Outcome("Stopped", "LEDGER_FAILED" if entry.kind in STOPS_A_VISIT else str(entry.body["reason"]))


def said_in(steps: Sequence[Step]) -> list[Said]:
    return read_said(step.line for step in steps if isinstance(step, SaidAt))


def assert_held(
    program: Program,
    before: Before,
    journey: Journey,
    steps: Sequence[Step],
    call: Call,
    fault: tuple[int, str],
    at: Path,
) -> None:
    """Goes the journey with a fault at a call; the kiosk says it, and the ledger has what it says and nothing else."""
    error, onward = fault
    data = before.laid_out(at)
    done = program.run_with(f"error={errno.errorcode[error]}{onward}", call, [str(data), journey.name], data / LEDGER)
    assert done.code == 0, f"expected an orderly end, got exit {done.code}: {done.trouble}"
    said = read_said(done.said)
    refusals = [each for each in said if isinstance(each, Refused)]
    expected = outcome(steps, call, onward)
    assert [Outcome(each.display, each.reason) for each in refusals] == ([expected] if expected.display else [])
    assert all(os.strerror(error) in each.fault for each in refusals)
    gone = Travelled() in said
    assert gone is not bool(refusals)
    assert opened(said) is opened(said_in(steps if gone else steps[: steps.index(not_taken(steps, call))]))
    entries = assert_nothing_lost(before, data, said, may_be_more=0)
    assert_next_start_is_sound(before, journey, data, entries)
    rmtree(data)


def not_taken(steps: Sequence[Step], call: Call) -> Step:
    """Where the kiosk says that the entry is written which it cannot write when a call fails."""
    later = steps[steps.index(call) :]
    return next(step for step in later if isinstance(step, SaidAt) and isinstance(read_said([step.line])[0], Wrote))


def opened(said: Sequence[Said]) -> bool:
    return any(isinstance(each, BarrierOpened) for each in said)


def writing_calls(program: Program, before: Before, journey: Journey, at: Path) -> tuple[list[Step], list[Call]]:
    """A journey in which nothing fails, and the calls of it that the disk can refuse."""
    steps = steps_of(program, before, journey, at)
    calls = [call for call in calls_of(steps) if call.writes]
    assert {"openat", "pwrite64", "fdatasync", "fsync", "ftruncate"} <= {call.name for call in calls}
    assert any(call.name.startswith("rename") for call in calls)
    return steps, calls


@pytest.mark.timeout(300)
def test_a_disk_that_refuses_any_write_sync_or_rename_of_a_visit_is_said_and_opens_nothing(
    program: Program, past: Past, tmp_path: Path
) -> None:
    journey = JOURNEYS[QUICK]
    before = past.before(journey)
    steps, calls = writing_calls(program, before, journey, tmp_path / "all")
    for number, (call, fault) in enumerate(zip(calls, cycle(FAULTS), strict=False)):
        assert_held(program, before, journey, steps, call, fault, tmp_path / f"{number}")


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: f"{errno.errorcode[fault[0]]}{fault[1]}")
@pytest.mark.parametrize("name", LONG)
def test_each_error_at_each_call_of_more_journeys_is_said_and_opens_nothing(
    program: Program, past: Past, tmp_path: Path, name: str, fault: tuple[int, str]
) -> None:
    journey = JOURNEYS[name]
    before = past.before(journey)
    steps, calls = writing_calls(program, before, journey, tmp_path / "all")
    for number, call in enumerate(calls):
        assert_held(program, before, journey, steps, call, fault, tmp_path / f"{number}")
