"""``sealgate doctor --walk``; kiosk.cli reads what was asked.

Exit codes: 0 every step has passed; 1 one has failed, or was skipped; 2 wrong use; 3 a device or file failed.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Final

from hw.boards import load_board
from hw.waker import Waker
from kiosk.app import DONE, NO
from kiosk.commands.recording import record
from kiosk.commissioning.hands import Hands
from kiosk.commissioning.protocol import FORM, KIND, Protocol, write
from kiosk.commissioning.step import Outcome, Result, Walk
from kiosk.commissioning.talk import Ended, Reports, Talk
from kiosk.commissioning.walk import not_reached, steps_for, walk_through
from kiosk.console.desk import NotRecorded
from kiosk.core.errors import SealgateError
from kiosk.doctor.board import MODEL
from kiosk.doctor.check import State, Verdict
from kiosk.doctor.doctor import examine
from kiosk.doctor.machine import Machine
from kiosk.doctor.running import find_running
from kiosk.doctor.service import KIOSK_UNIT
from kiosk.ledger.errors import LedgerError
from kiosk.quiet_logs import quiet_logs
from kiosk.site import Site, read_site

if TYPE_CHECKING:
    from types import FrameType

    from rich.console import Console

    from hw.pins import Pins
    from kiosk.card_events import CardKeys
    from kiosk.commissioning.step import Step

SERIAL: Final = "proc/device-tree/serial-number"
"""The board's serial number, below the root."""


class KioskRuns(SealgateError):
    """A kiosk has the devices that the walk needs."""


def run(asked: argparse.Namespace, machine: Machine | None = None) -> int:
    """Walk through at this process's terminal, on this machine or another; returns the exit code."""
    from rich.console import Console

    console, machine = Console(highlight=False), machine or Machine()
    with quiet_logs(), _one_signal_ends_it() as no_more:
        return walk_at(asked.data, asked.config, sys.stdin.fileno(), console, machine, no_more)


@contextmanager
def _one_signal_ends_it() -> Iterator[Callable[[], None]]:
    """Whatever would end the process ends the walk: a relay that is energised must be let go, by the gate's own thread.

    Nothing stops that thread half-way either, as Ctrl-Z would.

    Yields:
        To be called once the walk is over: from then on signals break off nothing of what is still to be put in order.
    """
    over = Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        if not over.is_set():
            over.set()
            raise KeyboardInterrupt

    before = {number: signal.signal(number, end) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    ignored = (signal.SIGTSTP, signal.SIGQUIT)
    before |= {number: signal.signal(number, signal.SIG_IGN) for number in ignored}
    try:
        yield over.set
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def walk_at(
    data: Path,
    config: Path,
    keys: int,
    console: Console,
    machine: Machine,
    no_more_signals: Callable[[], None] = lambda: None,
) -> int:
    """Walk through at a terminal.

    Args:
        data: The data folder.
        config: site.toml.
        keys: The descriptor that the installer's lines come from.
        console: Takes what is said.
        machine: The machine.
        no_more_signals: Called once the walk is over.

    Returns:
        The exit code.

    Raises:
        KioskRuns: One has the devices.
        SealgateError: There is no terminal, no data folder, or the settings cannot be used.
        DeviceFault: The site's wiring makes no sense.
    """
    _require(data, keys)
    _refuse_beside_a_kiosk(data, machine)
    site = read_site(config)
    waker = Waker()
    try:
        reports = Reports(waker)
        hands = Hands(site, lambda: _pins(site, machine), lambda: _card_keys(site, data), reports.put)
        talk = Talk(keys, console, reports, waker, hands.heed)
        return _Session(data, config, site, machine, talk, hands, no_more_signals).run()
    finally:
        waker.close()


class _Session:
    """One walk-through, from the first question to the entry."""

    def __init__(
        self,
        data: Path,
        config: Path,
        site: Site,
        machine: Machine,
        talk: Talk,
        hands: Hands,
        no_more_signals: Callable[[], None],
    ) -> None:
        self._data = data
        self._config = config
        self._site = site
        self._machine = machine
        self._talk = talk
        self._hands = hands
        self._no_more_signals = no_more_signals
        self._now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self._verdicts: list[Verdict] = []

    def run(self) -> int:
        began, talk = self._now(), self._talk
        talk.say(f"Walk-through of the kiosk at {self._site.plan.site_name}. q ends it at any question.", "bold")
        try:
            installer = self._installer()
            self._examine()
        except (Ended, KeyboardInterrupt):
            talk.say("ended; nothing was walked through, and nothing is written")
            return NO
        steps, results = steps_for(self._site), list[Result]()
        try:
            with self._hands.working():
                self._walk(steps, results)
        finally:  # whatever went wrong, what was walked through is kept
            results.extend(not_reached(steps, results, self._now()))
            code = self._write(self._protocol(began, installer, tuple(results)))
        return code

    def _walk(self, steps: tuple[Step, ...], results: list[Result]) -> None:
        walk = Walk(self._site, self._talk, self._hands, self._now)
        try:
            results.extend(walk_through(steps, walk))
            self._talk.catch_up()
        except KeyboardInterrupt:
            self._talk.say("  ended")
        finally:
            self._no_more_signals()

    def _installer(self) -> str:
        while True:
            name = self._talk.words("Who walks through? (your name)")
            if name.lower() == "q":
                raise Ended
            if name:
                return name[:80]
            self._talk.say("  expected a name, got nothing")

    def _examine(self) -> None:
        """What the doctor says first: whoever walks with something wrong knows it."""
        self._talk.say("The doctor looks first:")
        for verdict in examine(self._data, self._config, self._now(), self._machine):
            self._verdicts.append(verdict)
            if verdict.state in {State.WRONG, State.UNSEEN}:
                self._talk.say(f"  {verdict}", "red" if verdict.state is State.WRONG else "yellow")
        if all(verdict.ok for verdict in self._verdicts):
            self._talk.say("  all is well", "green")
        elif self._talk.ask("Walk through all the same?", {"y": "yes", "n": "no"}) == "n":
            raise Ended

    def _protocol(self, began: datetime, installer: str, results: tuple[Result, ...]) -> Protocol:
        return Protocol(
            form=FORM,
            site=self._site.plan.site_id,
            site_name=self._site.plan.site_name,
            installer=installer,
            began=began,
            ended=self._now(),
            version=version("sealgate"),
            board=self._machine.text(MODEL) or "",
            board_serial=self._machine.text(SERIAL) or "",
            devices=self._hands.details(),
            serials=dict(self._hands.serials),
            steps=results,
            doctor=tuple(verdict.plain() for verdict in self._verdicts),
        )

    def _write(self, protocol: Protocol) -> int:
        talk, written = self._talk, write(protocol, self._data)
        talk.say("")
        talk.say(protocol.summary, "bold")
        for each in protocol.steps:
            if each.outcome is not Outcome.PASSED:
                talk.say(f"  {each.outcome.value}: {each.step}: {each.detail}")
        talk.say(f"written: {written.text} and {written.json.name}")
        try:
            answer = record(self._data, KIND, protocol.entry(written.json.name, written.data))
        except (LedgerError, NotRecorded, OSError) as fault:
            talk.say(f"NOT in the ledger: {fault}; the protocol is whole", "bold red")
            return NO
        talk.say(f"entry {answer.seq} of the ledger cites it")
        talk.say(f"start the kiosk again: sudo systemctl start {KIOSK_UNIT}")
        return DONE if protocol.passed else NO


def _require(data: Path, keys: int) -> None:
    if not os.isatty(keys):
        raise SealgateError(
            expected="a terminal, since the walk-through asks", got="none", mend="run it at a terminal, or over ssh -t"
        )
    if not data.is_dir():
        raise SealgateError(
            expected=f"the data folder {data}, into which the protocol goes",
            got="none",
            mend="install the kiosk first (sudo scripts/install), or name the folder with --data",
        )


def _refuse_beside_a_kiosk(data: Path, machine: Machine) -> None:
    running = find_running(data, machine.root / "proc")
    if running is not None:
        raise KioskRuns(
            expected="no kiosk that runs: the walk-through needs its devices",
            got=str(running),
            mend=f"stop it for as long as it takes: sudo systemctl stop {KIOSK_UNIT}",
        )


def _pins(site: Site, machine: Machine) -> Pins:
    return machine.open_pins(load_board(site.gate.board, site.gate.wiring).extra)


def _card_keys(site: Site, data: Path) -> CardKeys:
    from kiosk.card_keys import load_card_keys

    return load_card_keys(site.plan.card_level, data)
