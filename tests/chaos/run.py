"""A chaos run: the unmodified kiosk on emulated hardware, people, faults, and the judge, in real time."""

import random
import re
import signal
import subprocess
from collections.abc import Callable, Sequence
from threading import RLock
from time import monotonic, sleep
from typing import Final

from msgspec import Struct

from tests.chaos.faults import IN_A_PULSE, Fault, Target, all_faults
from tests.chaos.judge import Judge
from tests.chaos.looks import On, look_at
from tests.chaos.manager import Ended
from tests.chaos.pads import Change
from tests.chaos.people import People
from tests.chaos.pulses import SLACK_S, Outputs
from tests.chaos.resources import MOST_GROWTH, Life, sample
from tests.chaos.schedule import Planned, planned
from tests.chaos.service import Service
from tests.chaos.stage import SEALGATE, Stage, staged

TURN_S: Final = 0.02
LOOK_S: Final = 0.1
SAMPLE_S: Final = 2.0
"""Seconds between two looks at what the process holds, at least: they are taken while nobody is there."""
BOOKINGS_S: Final = 45.0
DUTY_S: Final = 35.0
FIRST_SERVICE_S: Final = 60.0
"""Seconds that the kiosk may take to its first service on a machine that does much else."""
SAFE_S: Final = 1.0
"""Seconds from the kiosk's end to all outputs at rest, at most."""
PULSE_S: Final = 1.0
"""What the site's site.toml says."""
_ENTRY: Final = re.compile(r"^entry (\d+): ", re.MULTILINE)


class Settings(Struct, frozen=True):
    """What a run is to be.

    Attributes:
        minutes: How long.
        seed: Of its chance.
        plan: The faults of an earlier run, to be gone through again; None: by the seed.
        sealgate: How the kiosk's commands are started: a planted defect has words of its own.
        say: Takes lines of progress.
    """

    minutes: float
    seed: int
    plan: Sequence[Planned] | None = None
    sealgate: tuple[str, ...] = SEALGATE
    say: Callable[[str], None] = print


class AtRest(Struct, frozen=True):
    """How soon outputs rested that were energised when the kiosk ended, in seconds; None: they never did."""

    barrier: bool
    after_s: float | None


class Outcome(Struct):
    """What came of a run."""

    violations: list[str]
    people: People
    judge: Judge
    service: Service
    outputs: Outputs
    lives: list[Life]
    rests: list[AtRest]
    ends: list[Ended]
    happened: list[str]
    aborts: int = 0
    verified: str = ""


def run(settings: Settings) -> tuple[Outcome, list[Planned]]:
    """Run it; returns what came of it, and the faults that were planned."""
    with staged(random.Random(settings.seed), settings.sealgate) as stage:
        return _Run(settings, stage).go()


class _Run:
    def __init__(self, settings: Settings, stage: Stage) -> None:
        self._settings, self._stage = settings, stage
        self._chance = random.Random(settings.seed + 1)
        self._fault_chance = random.Random()
        self._lock = RLock()
        self._judge = Judge(stage.ledger, stage.disk)
        self._outputs = Outputs(stage.pads, stage.wiring, self._opened)
        self._people = People(
            stage.yard, stage.reader, stage.scanner, stage.screen.type, self._entry_loop, self._chance
        )
        self._service = Service()
        self._lives: list[Life] = []
        self._rests: list[AtRest] = []
        self._happened: list[str] = []
        self._commands: list[tuple[subprocess.Popen[str], str]] = []
        self._active: list[tuple[float, Fault]] = []
        self._began = monotonic()
        self._due = dict.fromkeys(("look", "sample", "bookings", "duty", "say"), 0.0)
        self._stalled: list[tuple[float, float]] = []
        target = Target(
            stage.reader, stage.scanner, stage.manager, stage.disk, stage.clock,
            [*stage.sealgate, *stage.place], stage.environment, self._fault_chance, self._arm,
        )  # fmt: skip
        self._ends = 0
        self._armed = False
        self._kill_at: float | None = None
        stage.manager.on_end = self._ended
        self._faults = {fault.name: fault for fault in all_faults(target)}

    def go(self) -> tuple[Outcome, list[Planned]]:
        settings, whole_s = self._settings, self._settings.minutes * 60
        kinds = list(self._faults.values())
        plan = list(settings.plan if settings.plan is not None else planned(settings.seed, whole_s, kinds))
        self._outputs.start()
        try:
            self._stage.manager.start()
            self._until_served()
            began, coming = monotonic(), list(plan)
            while monotonic() - began < whole_s and not self._hopeless():
                self._turn()
                while coming and coming[0].at_s <= monotonic() - began:
                    self._begin(coming.pop(0))
            self._calm_down()
        finally:
            for _, fault in self._active:
                fault.end()
            self._outputs.stop()
        return self._outcome(), plan

    # --- what goes on -----------------------------------------------------------------------------------

    def _turn(self) -> None:
        sleep(TURN_S)
        now = monotonic()
        self._stage.manager.turn()
        for ends_at, fault in tuple(self._active):
            if ends_at <= now:
                self._active.remove((ends_at, fault))
                self._end(fault)
        if self._kill_at is not None and now >= self._kill_at:
            self._kill_in_pulse(now)
        if self._is_due("look", LOOK_S):
            self._look(now)
        if self._is_quiet() and self._is_due("sample", SAMPLE_S):
            self._sample(now)
        if self._is_due("bookings", BOOKINGS_S):
            self._command("bookings", "import", "bookings", str(self._stage.yard.new_bookings()))
        if self._is_due("duty", DUTY_S):
            coming = self._chance.choice(("on", "on", "off"))
            self._command(f"duty {coming}", "staff", coming, "--staff", self._chance.choice(("S01", "S02")))
        if self._is_due("say", 30.0):
            self._say_how_it_goes(now)
        self._take_answers()
        if self._outputs.failure is not None:
            raise self._outputs.failure

    def _is_due(self, what: str, every_s: float) -> bool:
        now = monotonic()
        if now < self._due[what]:
            return False
        self._due[what] = now + every_s
        return True

    def _look(self, now: float) -> None:
        look = look_at(self._stage.screen.text())
        with self._lock:
            self._judge.look()
            self._stage.yard.gone |= self._judge.uplifted
            if look.number is not None:
                self._judge.told(look.number, "the driver's screen")
        manager = self._stage.manager
        lives = manager.process is not None and manager.starts != self._ends
        self._service.see(lives and look.well and look.on is not On.OUT, now)
        if self._service.disturbed:
            self._people.disturb()
        if self._service.first_at is not None:
            self._people.see(look)

    def _is_quiet(self) -> bool:
        """Nobody is there, no fault is on, and the kiosk serves."""
        return self._stage.manager.process is not None and self._service.quiet and self._people.visit is None

    def _sample(self, now: float) -> None:
        manager = self._stage.manager
        assert manager.process is not None, "a quiet moment is a running kiosk's"
        if not self._lives or self._lives[-1].number != manager.starts:
            self._lives.append(Life(manager.starts))
        seen = sample(manager.process.pid, now - manager.started_at)
        if seen is not None:
            self._lives[-1].samples.append(seen)

    def _begin(self, plan: Planned) -> None:
        fault = self._faults[plan.name]
        self._fault_chance.seed(plan.seed)
        if any(other is fault for _, other in self._active):
            return
        self._tell(f"{fault.name}, {plan.lasts_s:.1f} s")
        if fault.name == IN_A_PULSE:
            fault.begin()
            return
        self._service.begin(fault.name)
        self._people.disturb()
        if fault.ends_it:
            self._ends = self._stage.manager.starts
        fault.begin()
        if fault.lasts_s[1]:
            self._active.append((monotonic() + plan.lasts_s, fault))
        else:
            self._end(fault, begun=False)

    def _end(self, fault: Fault, *, begun: bool = True) -> None:
        if begun:
            fault.end()
        now = monotonic()
        if "stall" in fault.name and "kiosk" in fault.name:
            self._stalled.append((now - fault.lasts_s[1] - 1, now + SLACK_S))
        self._service.end(fault.name, now)

    def _arm(self) -> None:
        self._armed = True

    def _kill_in_pulse(self, now: float) -> None:
        self._kill_at = None
        self._tell(IN_A_PULSE)
        self._service.begin(IN_A_PULSE)
        self._ends = self._stage.manager.starts
        self._stage.manager.signal(signal.SIGKILL)
        self._service.end(IN_A_PULSE, now)

    def _command(self, what: str, *words: str) -> None:
        command = [*self._stage.sealgate, *words, *self._stage.place]
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=self._stage.environment,
        )
        self._commands.append((process, what))

    def _take_answers(self) -> None:
        for process, what in tuple(self._commands):
            if process.poll() is not None:
                self._commands.remove((process, what))
                said = process.communicate()[0]
                found = _ENTRY.search(said)
                if process.returncode == 0 and found:
                    with self._lock:
                        self._judge.look()
                        self._judge.told(int(found[1]), f"the command {what}")

    # --- what is seen -----------------------------------------------------------------------------------

    def _opened(self, change: Change) -> None:
        """On the pins' thread, within some ms of the pulse."""
        with self._lock:
            self._judge.opened(change, self._people.visit)
            self._people.opened()
            self._tell(f"the barrier opens (entry {self._judge.opened_by})")
            if self._armed:
                self._armed, self._kill_at = False, monotonic() + self._chance.uniform(0.0, 0.8 * PULSE_S)

    def _ended(self) -> None:
        """The kiosk has ended, and what comes after that is done."""
        end = self._stage.manager.ends[-1]
        held = self._outputs.energised_at(end.at)
        if held:
            rested = self._outputs.rested_at(held)
            barrier = self._stage.wiring.barrier in held
            self._rests.append(AtRest(barrier, None if rested is None else max(0.0, rested - end.at)))
        self._tell(f"the kiosk ended with {end.code}, its outputs rest after {end.rest_s:.2f} s")
        self._people.go()
        if end.code not in {0, -9}:
            self._tell(f"it left on its screen:\n{self._stage.screen.history()}")
        self._stage.screen.clear()

    def _entry_loop(self, on: bool) -> None:
        self._outputs.put(self._stage.wiring.entry_loop, on=on)

    def _until_served(self) -> None:
        ends = monotonic() + FIRST_SERVICE_S
        while self._service.first_at is None:
            self._turn()
            if monotonic() > ends:
                shown = self._stage.screen.text()
                raise TimeoutError(f"expected the kiosk in service within {FIRST_SERVICE_S:g} s, got:\n{shown}")

    def _hopeless(self) -> bool:
        """Out of service for ever is found out once, not for hours."""
        return len(self._service.violations) + len(self._judge.violations) >= 20

    def _calm_down(self) -> None:
        """The last fault is over; whoever is there goes their way, and the kiosk is back in service."""
        ends = monotonic() + 30.0
        while monotonic() < ends and (self._active or not self._service.quiet or self._commands):
            self._turn()
        self._people.go()

    def _outcome(self) -> Outcome:
        manager = self._stage.manager
        code = manager.stop()
        self._outputs.catch_up()
        self._happened += ["the kiosk's log:", *self._logged()]
        self._judge.look()
        self._judge.end()
        command = [*self._stage.sealgate, "ledger", "verify", *self._stage.place[2:]]
        done = subprocess.run(command, capture_output=True, text=True, env=self._stage.environment, check=False)
        outcome = Outcome(
            [*self._judge.violations, *self._service.violations], self._people, self._judge, self._service,
            self._outputs, self._lives, self._rests, manager.ends, self._happened, manager.aborts,
            (done.stdout or done.stderr).strip().splitlines()[-1] if done.stdout or done.stderr else "",
        )  # fmt: skip
        violations = outcome.violations
        if code:
            violations.append(f"expected the kiosk to stop in an orderly way, got exit {code}")
        if done.returncode:
            violations.append(f"sealgate ledger verify: exit {done.returncode}, {outcome.verified}")
        violations += [f"outputs at rest {each.after_s} s after the end" for each in self._rests if _late(each)]
        violations += [
            f"a pulse of {pulse.lasted_s:.2f} s"
            for pulse in self._outputs.pulses
            if self._too_long(pulse.at, pulse.lasted_s)
        ]
        for life in self._lives:
            violations += [f"process {life.number} holds more and more: {leak}" for leak in life.leaks()]
            if life.growth is not None and life.growth > MOST_GROWTH:
                violations.append(f"process {life.number} grew by {life.growth:.1%}")
        violations += [f"exit {end.rest_code} of what puts outputs to rest" for end in manager.ends if end.rest_code]
        return outcome

    def _logged(self) -> list[str]:
        """What the kiosk has logged."""
        log = self._stage.data / "log" / "kiosk.log"
        return log.read_text(encoding="utf-8").splitlines() if log.exists() else []

    def _too_long(self, at: float, lasted_s: float) -> bool:
        """A process that is stalled ends no pulse; one that was killed has others do it."""
        if any(begin <= at <= end for begin, end in self._stalled):
            return False
        if any(at <= end.at <= at + lasted_s for end in self._stage.manager.ends):
            return False
        return lasted_s > PULSE_S + SLACK_S

    def _tell(self, what: str) -> None:
        self._happened.append(f"{monotonic() - self._began:8.2f} s  {what}")

    def _say_how_it_goes(self, now: float) -> None:
        judge, people = self._judge, self._people
        self._settings.say(
            f"{(now - self._began) / 60:6.1f} min  {len(people.past)} visits, {judge.openings} openings, "
            f"{judge.entries} entries, {self._stage.manager.starts} starts, "
            f"{len(judge.violations) + len(self._service.violations)} violations"
        )


def _late(rest: AtRest) -> bool:
    return rest.after_s is None or rest.after_s > SAFE_S
