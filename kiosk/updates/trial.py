#!/usr/bin/python3 -IS
"""Which version of the kiosk starts, and whether a new one stays. An installed kiosk runs this from ``HOME/bin``.

It stands outside the versions and needs nothing of them, not even their Python packages: a version that is broken
must not take along what goes back from it. So it knows the standard library alone, and is one file. `HOME/bin` has the
copy of the last version that proved itself (`kiosk.updates.settling`).

Theory of operation. ``HOME/current`` is a link to ``versions/NAME``; it alone decides which version starts, and it is
switched by a rename. ``HOME/update/state.json`` says whether that version is on trial. A version on trial is kept once
it has said for a while that it serves as the one before did; it is gone back from when it was started `MOST_STARTS`
times without that, when its time is up, or when it is not there. Each write is whole and on the disk before the next:

    on trial     state: trying       then the link      a power cut between: the link is the old one, no trial was
    going back   state: going back   then the link, then state: went back    a power cut between: done again
    kept         state: kept

usage: sealgate-trial start [--home DIR]       before each start of the kiosk: counts it, or goes back
       sealgate-trial watch [--home DIR] [--health FILE] [--units DIR] [--systemctl PROGRAM] [--data DIR]
                                               judges a version on trial until it is kept or gone back from, then has
                                               the version that starts settle it, with these same options
Exit codes: 0 always for ``start``, which never keeps the kiosk from starting; 1 ``watch`` went back; 3 it failed.
"""

import fcntl
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

HOME = Path("/opt/sealgate")
"""Where versions are installed."""

HEALTH = Path("/run/sealgate/kiosk/health.json")
"""Where the kiosk says how it is (`kiosk.health_file`)."""

UNITS = Path("/etc/systemd/system")
"""Where the service manager looks for units."""

SHARE = Path("share/sealgate")
"""Where a version has what belongs to it beside its packages."""

KIOSK_UNIT = "sealgate-kiosk.service"

FORMAT = 1
"""Of the state file. A state of another format is no trial: what ``current`` leads to starts."""

MOST_STARTS = 3
"""Starts that a version on trial has to become healthy in: a power cut or two must not end a trial."""

TRIAL_S = 300.0
"""Seconds that it has in each run of the machine: a Pi starts the kiosk in some ten, a reader may take a minute."""

SETTLE_S = 60.0
"""Seconds that it must have been healthy at a stretch, in one process: what crashes does so in its first minute."""

LOOK_S = 1.0
"""Seconds between two looks at its health."""

SETTLE_TRIES, SETTLE_WAIT_S = 24, 5.0
"""How often the outcome is tried to be recorded: the kiosk must have its ledger open for it."""

MOST_BYTES = 65_536
"""Of a state or health file that is read."""

RUNS = Path("bin/sealgate")
"""What a version is started by."""

COMPLETE = "complete"
"""A file in a version's folder once it is whole: whoever makes versions writes it last."""

WATCH_UNIT = "sealgate-update.service"
"""What runs `watch`. It stays as it is until the version that brings another has proved itself."""


class StateUnreadable(Exception):
    """The state file is not what this writes."""


class Trial(NamedTuple):
    """A version on trial.

    Attributes:
        version: Which.
        back_to: The version before it.
        going_back: Why it is being gone back from; empty while it is tried.
        starts: How often it was started.
        boot: The run of the machine in which its time began.
        since: When, in that run's monotonic seconds.
        working: The parts of the kiosk that worked before, by their names in the health file.
        trial_s: Seconds that it has.
        settle_s: Seconds that it must be healthy.
    """

    version: str
    back_to: str
    going_back: str = ""
    starts: int = 0
    boot: str = ""
    since: float = 0.0
    working: tuple[str, ...] = ()
    trial_s: float = TRIAL_S
    settle_s: float = SETTLE_S


class Outcome(NamedTuple):
    """How the last trial ended.

    Attributes:
        version: Which was tried.
        back_to: The version before it.
        kept: Whether it stays.
        why: In words.
        recorded: Whether the ledger says so.
    """

    version: str
    back_to: str
    kept: bool
    why: str
    recorded: bool = False


class State(NamedTuple):
    """What ``update/state.json`` says.

    Attributes:
        highest: The highest version that was ever kept; empty when none was.
        previous: The version that the one that is kept came after; empty when none is known.
        trial: The version on trial, if one is.
        outcome: How the last trial ended, if there was one.
    """

    highest: str = ""
    previous: str = ""
    trial: Trial | None = None
    outcome: Outcome | None = None


class Clock(NamedTuple):
    """Which run of the machine this is, and how long it has gone on.

    Attributes:
        boot: The run.
        now: Monotonic seconds: nobody sets these, and a Pi without a battery wakes at any date.
    """

    boot: Callable[[], str]
    now: Callable[[], float]


def machine_clock() -> Clock:
    """The machine's own."""
    return Clock(lambda: Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip(), time.monotonic)


# --- what is on the disk --------------------------------------------------------------------------------------------


@contextmanager
def held(home: Path, name: str = "lock") -> Iterator[int]:
    """Nobody else changes the state or the link meanwhile; with another name, nobody else does something else.

    Yields:
        The lock's handle: it is held as long as any process has that open.
    """
    (home / "update").mkdir(mode=0o755, exist_ok=True)
    handle = os.open(home / "update" / name, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield handle
    finally:
        os.close(handle)


def read_state(home: Path) -> State:
    """The state; that of a kiosk that never was updated when there is none.

    Raises:
        StateUnreadable: The file is not one of this format.
        OSError: The disk does not give it.
    """
    try:
        with (home / "update" / "state.json").open("rb") as file:
            fields = json.loads(file.read(MOST_BYTES))
        if not isinstance(fields, dict) or fields.pop("format", None) != FORMAT:
            raise StateUnreadable(f"expected a state of format {FORMAT}")
        trial, outcome = fields.pop("trial"), fields.pop("outcome")
        return State(
            trial=None if trial is None else Trial(**{**trial, "working": tuple(trial["working"])}),
            outcome=None if outcome is None else Outcome(**outcome),
            **fields,
        )
    except FileNotFoundError:
        return State()
    except (ValueError, TypeError, KeyError) as fault:
        raise StateUnreadable(f"expected a state file, got {fault}") from fault


def write_state(home: Path, state: State) -> None:
    """Put a state on the disk.

    Raises:
        OSError: The disk did not take it; the old one stands.
    """
    fields: dict[str, Any] = {"format": FORMAT, "highest": state.highest, "previous": state.previous}
    fields["trial"] = state.trial._asdict() if state.trial else None
    fields["outcome"] = state.outcome._asdict() if state.outcome else None
    _write(home / "update" / "state.json", json.dumps(fields, indent=1).encode() + b"\n", 0o644)


def _write(path: Path, data: bytes, mode: int) -> None:
    beside = path.with_name(f"{path.name}.new")
    beside.unlink(missing_ok=True)
    handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    _sync(path.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def current(home: Path) -> str:
    """The version that starts; empty when there is none."""
    try:
        return (home / "current").readlink().name
    except OSError:
        return ""


def can_start(home: Path, version: str) -> bool:
    """Whether a version is there."""
    folder = home / "versions" / version
    return bool(version) and (folder / RUNS).is_file() and (folder / COMPLETE).is_file()


def switch(home: Path, version: str) -> None:
    """Make a version the one that starts.

    Raises:
        OSError: The disk did not take it: the old one starts, or, where only the last sync failed, either.
    """
    beside = home / "current.new"
    beside.unlink(missing_ok=True)
    beside.symlink_to(Path("versions") / version)
    beside.replace(home / "current")
    _sync(home)


def take_up_units(home: Path, units: Path) -> bool:
    """Make the service manager's units those of the version that starts; it must be told to read them again.

    Returns:
        Whether any was another.

    Raises:
        OSError: The disk did not take one.
    """
    changed = False
    for unit in sorted((home / "current" / SHARE / "systemd").glob("sealgate-*")):
        if unit.suffix in {".service", ".timer"} and unit.name != WATCH_UNIT:
            changed |= put(unit, units / unit.name)
    return changed


def put(source: Path, target: Path, mode: int = 0o644) -> bool:
    """Make a file like another, durably; whether it was not.

    Raises:
        OSError: The disk did not take it: it is as it was.
    """
    data = source.read_bytes()
    if target.is_file() and target.read_bytes() == data:
        return False
    _write(target, data, mode)
    return True


# --- what is decided ------------------------------------------------------------------------------------------------


def begin(home: Path, trial: Trial) -> None:
    """Put a version on trial; `held` must be. It starts with the kiosk's next start."""
    write_state(home, read_state(home)._replace(trial=trial, outcome=None))
    switch(home, trial.version)


def go_back(home: Path, why: str) -> Outcome:
    """Go back from the version on trial; `held` must be. Done again, it ends what was begun.

    Raises:
        OSError: The disk did not take it: done again at the next start.
    """
    state = read_state(home)
    trial = state.trial
    assert trial is not None, "a version is gone back from while it is on trial"
    if not can_start(home, trial.back_to):
        return keep(home, f"{why}, but {trial.back_to}, the version before it, is not there")
    if not trial.going_back:
        trial = trial._replace(going_back=why)
        write_state(home, state._replace(trial=trial))
    if current(home) != trial.back_to:
        switch(home, trial.back_to)
    outcome = Outcome(trial.version, trial.back_to, kept=False, why=trial.going_back)
    write_state(home, state._replace(trial=None, outcome=outcome))
    return outcome


def keep(home: Path, why: str) -> Outcome:
    """The version on trial stays; `held` must be."""
    state = read_state(home)
    trial = state.trial
    assert trial is not None, "a version is kept when it was on trial"
    outcome = Outcome(trial.version, trial.back_to, kept=True, why=why)
    highest = max(state.highest, trial.back_to, trial.version, key=number_of)
    write_state(home, State(highest, trial.back_to, None, outcome))
    return outcome


def number_of(version: str) -> tuple[int, ...]:
    """A version as numbers that can be compared; of what is none, less than all. What follows a ``+`` is no number."""
    parts = version.partition("+")[0].split(".")
    return tuple(map(int, parts)) if all(part.isascii() and part.isdigit() for part in parts) else ()


def start(home: Path, clock: Clock) -> str:
    """Before each start of the kiosk: count it, or go back.

    Returns:
        What was done, in words; empty when no version is on trial.
    """
    with held(home):
        state = read_state(home)
        trial = state.trial
        if trial is None:
            return ""
        if trial.going_back:
            return _told(go_back(home, trial.going_back))
        if current(home) != trial.version:
            return _told(_never_begun(home, state, trial))
        trial = _in_this_run(trial, clock)
        if why := _reason_to_go_back(home, trial, clock):
            return _told(go_back(home, why))
        trial = trial._replace(starts=trial.starts + 1)
        write_state(home, state._replace(trial=trial))
        return f"version {trial.version} is on trial: start {trial.starts} of {MOST_STARTS}"


def _never_begun(home: Path, state: State, trial: Trial) -> Outcome:
    """The link was not switched when the trial was written down: there was none."""
    outcome = Outcome(trial.version, trial.back_to, kept=False, why="it was interrupted before the switch")
    write_state(home, state._replace(trial=None, outcome=outcome))
    return outcome


def _in_this_run(trial: Trial, clock: Clock) -> Trial:
    """Its time begins anew with each run of the machine, whose starts are counted all the same."""
    boot = clock.boot()
    return trial if trial.boot == boot else trial._replace(boot=boot, since=clock.now())


def _reason_to_go_back(home: Path, trial: Trial, clock: Clock) -> str:
    if not can_start(home, trial.version):
        return "it is not there"
    if clock.now() - trial.since > trial.trial_s:
        return f"it was not healthy within {trial.trial_s:g} s"
    if trial.starts >= MOST_STARTS:
        return f"it was started {trial.starts} times and did not stay healthy for {trial.settle_s:g} s"
    return ""


def _told(outcome: Outcome) -> str:
    if outcome.kept:
        return f"version {outcome.version} stays: {outcome.why}"
    return f"version {outcome.version} was gone back from, to {outcome.back_to}: {outcome.why}"


class Health(NamedTuple):
    """How the kiosk says it is.

    Attributes:
        version: Which version says so: the name of the folder that its program was started from.
        pid: Its process.
        working: The names of the parts that work.
        serving: Whether somebody stands at the gate.
    """

    version: str
    pid: int
    working: frozenset[str]
    serving: bool = False


def read_health(path: Path) -> Health | None:
    """What the kiosk says of itself; None when it says nothing that counts. Its file is not to be trusted blindly."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(handle, "rb") as file:
            said = json.loads(file.read(MOST_BYTES))
        working = frozenset(name for name, how in said["parts"].items() if how in {"working", "short of something"})
        pid = int(said["pid"])
        if not Path(f"/proc/{pid}").exists():  # it died, and its file stayed
            return None
        return Health(Path(said["prefix"]).name, pid, working, said["serving"] is True)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


LEDGER = "ledger"
"""The part that must work in any case."""


def is_healthy(health: Health | None, trial: Trial) -> bool:
    """Whether it is the version on trial that speaks, with its ledger open and all working that worked before."""
    return health is not None and health.version == trial.version and {LEDGER, *trial.working} <= health.working


class Judge:
    """Looks at a version on trial again and again."""

    def __init__(self, home: Path, health: Callable[[], Health | None], clock: Clock) -> None:
        self._home = home
        self._health = health
        self._clock = clock
        self._well_since = 0.0
        self._well: Health | None = None

    def look(self) -> Outcome | None:
        """Look once; the outcome when it is decided, by this look or by the kiosk's last start; None until then."""
        with held(self._home):
            state = read_state(self._home)
            trial = state.trial
            if trial is None:
                return state.outcome
            if trial.going_back:
                return go_back(self._home, trial.going_back)
            if current(self._home) != trial.version:
                return _never_begun(self._home, state, trial)
            counted = _in_this_run(trial, self._clock)
            if counted != trial:
                write_state(self._home, state._replace(trial=counted))
            return self._judge(counted)

    def _judge(self, trial: Trial) -> Outcome | None:
        now, health = self._clock.now(), self._health()
        well = health if is_healthy(health, trial) else None
        if well is not None and (self._well is None or self._well[:2] != well[:2]):  # another version or process
            self._well_since = now
        self._well = well
        if well is not None and now - self._well_since >= trial.settle_s:
            return keep(self._home, f"healthy for {trial.settle_s:g} s")
        if not can_start(self._home, trial.version):
            return go_back(self._home, "it is not there")
        if now - trial.since > trial.trial_s:
            return go_back(self._home, f"it was not healthy within {trial.trial_s:g} s: {_what_lacks(health, trial)}")
        return None


def _what_lacks(health: Health | None, trial: Trial) -> str:
    if health is None or health.version != trial.version:
        return "it did not say how it is"
    lacking = sorted({LEDGER, *trial.working} - health.working)
    return f"out of service: {', '.join(lacking)}" if lacking else "it did not stay so for long enough"


# --- the program ----------------------------------------------------------------------------------------------------


def watch(home: Path, health: Path, units: Path, systemctl: str, options: Sequence[str] = ()) -> int:
    """Judge a version on trial until it is kept or gone back from, and have the ledger say which."""
    if take_up_units(home, units):  # the power was cut between the switch and its units
        restart(systemctl)
    state = read_state(home)
    if state.trial is None and (state.outcome is None or state.outcome.recorded):
        return 0
    judge = Judge(home, lambda: read_health(health), machine_clock())
    before = current(home)
    while (outcome := judge.look()) is None:
        time.sleep(min(LOOK_S, state.trial.settle_s / 2) if state.trial else LOOK_S)
        before = current(home)
    _say(_told(outcome))
    # Where the kiosk's own start went back, what starts is the right one already, unless its units are not.
    if take_up_units(home, units) or current(home) != before:
        restart(systemctl)
    for left in reversed(range(SETTLE_TRIES)):
        if _run(str(home / "current" / RUNS), "update", "settle", *options) == 0 or not left:
            break
        time.sleep(SETTLE_WAIT_S)
    return 0 if outcome.kept else 1


def restart(systemctl: str) -> None:
    """Have the service manager restart the kiosk as what starts now, by the units that are there now."""
    _run(systemctl, "daemon-reload")
    _run(systemctl, "restart", "--no-block", KIOSK_UNIT)


def _run(*command: str) -> int:
    return subprocess.run(command, check=False).returncode  # noqa: S603 - systemctl, and the version that is to start


def _say(line: str) -> None:
    sys.stderr.write(f"sealgate-trial: {line}\n")


def _option(arguments: Sequence[str], name: str, default: str) -> str:
    return arguments[arguments.index(name) + 1] if name in arguments else default


def main(arguments: Sequence[str]) -> int:
    """Run it; gives the exit code."""
    home = Path(_option(arguments, "--home", str(HOME)))
    if arguments[:1] == ["start"]:
        try:
            if told := start(home, machine_clock()):
                _say(told)
        except Exception as fault:  # noqa: BLE001 - whatever is wrong here, the kiosk starts
            _say(f"{type(fault).__name__}: {fault}; what {home / 'current'} leads to is started")
        return 0
    if arguments[:1] == ["watch"]:
        try:
            health = Path(_option(arguments, "--health", str(HEALTH)))
            units = Path(_option(arguments, "--units", str(UNITS)))
            systemctl = _option(arguments, "--systemctl", "systemctl")
            return watch(home, health, units, systemctl, arguments[1:])
        except (OSError, StateUnreadable) as fault:
            _say(f"{fault}")
            return 3
    _say("expected 'start' or 'watch'")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
