"""Do the kiosk's services start with the machine, do they run, and does a watchdog watch?"""

from __future__ import annotations

import grp
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Final

from msgspec import Struct

from hw.errors import DeviceFault
from hw.units import moment, properties
from kiosk.doctor.check import Kiosk, Verdict, age, good, note, wrong

KIOSK_UNIT: Final = "sealgate-kiosk.service"

_INSTALL: Final = "sudo scripts/install"


class _Unit(Struct, frozen=True):
    """A unit that may be on.

    Attributes:
        name: Its name.
        does: What it does, in words.
        once: Whether it does its work and ends.
        shows: Whether it shows the driver's screen.
    """

    name: str
    does: str
    once: bool = False
    shows: bool = False


_OTHERS: Final = (
    _Unit("sealgate-screen.service", "the driver's screen on a display", shows=True),
    _Unit("sealgate-console.service", "the driver's screen on the bare console", shows=True),
    _Unit("sealgate-web.service", "the staff console in browsers"),
    _Unit("sealgate-sync.timer", "the register of several kiosks"),
    _Unit("sealgate-sync.service", "the register of several kiosks", once=True),
    _Unit("sealgate-update.service", "updates", once=True),
)
"""Those that a site may have on."""

_ASKED: Final = (
    *("LoadState", "UnitFileState", "ActiveState", "SubState", "Result", "NRestarts", "ActiveEnterTimestamp"),
    *("InactiveEnterTimestamp", "WatchdogUSec", "User", "SupplementaryGroups"),
)

_RESULTS: Final = {
    "watchdog": "it did not say that it is alive in time",
    "signal": "a signal ended it",
    "core-dump": "it crashed",
    "exit-code": "it ended with an error",
    "oom-kill": "the machine was out of memory",
    "timeout": "it did not start or stop in time",
    "start-limit-hit": "it was started too often in a short time",
}
"""What systemd.exec(5) calls the ways in which a service ends."""

_NEVER: Final = frozenset({"", "0", "infinity"})


class ServiceCheck:
    """Looks at systemd's units, and at the watchdogs."""

    of = "service"

    def look(self, kiosk: Kiosk) -> Iterator[Verdict]:
        """The kiosk's own unit, the others that are on, and the machine's watchdog."""
        yield _running(kiosk)
        if not kiosk.machine.has_systemd:
            finding = "no systemd manages services here: nothing starts the kiosk, or restarts it"
            yield note(self.of, finding, f"where it shall serve a gate: {_INSTALL}")
            return
        yield from _kiosk_unit(kiosk, _asked(kiosk, KIOSK_UNIT))
        shown = False
        for unit in _OTHERS:
            said = _asked(kiosk, unit.name)
            shown |= unit.shows and said["ActiveState"] in {"active", "activating"}
            yield from _other(unit, said)
        if not shown:
            finding = "no unit that runs shows it: drivers see nothing, unless somebody has it in a terminal"
            yield note("driver's screen", finding, f"{_INSTALL} --screen wayland")
        yield _hardware_watchdog(kiosk)


def groups_given_to(kiosk: Kiosk) -> frozenset[int]:
    """The groups that the kiosk's unit adds to those of its user."""
    if not kiosk.machine.has_systemd:
        return frozenset()
    with suppress(DeviceFault):
        said = properties(KIOSK_UNIT, ("SupplementaryGroups",), kiosk.machine.systemctl)["SupplementaryGroups"]
        return frozenset(number for name in said.split() if (number := _group(name)) is not None)
    return frozenset()


def _group(name: str) -> int | None:
    try:
        return int(name) if name.isdigit() else grp.getgrnam(name).gr_gid
    except KeyError:
        return None


def _asked(kiosk: Kiosk, unit: str) -> Mapping[str, str]:
    return properties(unit, _ASKED, kiosk.machine.systemctl)


def _running(kiosk: Kiosk) -> Verdict:
    of, running = "kiosk", kiosk.running
    if running is None:
        return note(of, f"none runs on {kiosk.data}: the doctor speaks to the devices itself")
    if (said := running.said) is None:
        return wrong(of, f"it runs ({running}), and does not say how it is: {running.why_not}", running.mend)
    if not said.in_service:
        lost = ", ".join(each.name for each in said.devices if each.detail) or "what it waits for is below"
        return wrong(of, f"it runs ({running}) and is out of service: {lost}", "see to these, each has a line below")
    if said.cards_fail:
        mend = "compare 'sealgate card key show' with the office's fingerprints, and start the kiosk anew"
        return wrong(of, f"it runs ({running}), and cards of this site fail one after the other", mend)
    visit = "; a driver is served" if said.serves else ""
    return good(of, f"it runs ({running}), version {said.version}, in service{visit}")


def _kiosk_unit(kiosk: Kiosk, said: Mapping[str, str]) -> Iterator[Verdict]:
    if said["LoadState"] != "loaded":
        yield wrong(KIOSK_UNIT, f"it is not installed ({said['LoadState']})", _INSTALL)
        return
    enabled = said["UnitFileState"] in {"enabled", "enabled-runtime", "static", "linked"}
    if not enabled:
        finding = f"it does not start with the machine ({said['UnitFileState']})"
        yield wrong(KIOSK_UNIT, finding, f"sudo systemctl enable {KIOSK_UNIT}")
    if said["WatchdogUSec"] in _NEVER:
        finding = "nobody watches whether it hangs: its unit has no WatchdogSec"
        yield wrong(KIOSK_UNIT, finding, f"put its unit in place again: {_INSTALL}")
    yield _state_of(kiosk, said)
    yield from _restarts(said)


def _state_of(kiosk: Kiosk, said: Mapping[str, str]) -> Verdict:
    began, ended = moment(said["ActiveEnterTimestamp"]), moment(said["InactiveEnterTimestamp"])
    if said["ActiveState"] == "active":
        return good(KIOSK_UNIT, f"it runs{f', started {age(began, kiosk.now)}' if began else ''}")
    if said["ActiveState"] == "failed":
        why = _RESULTS.get(said["Result"], said["Result"])
        mend = f"journalctl -u {KIOSK_UNIT} -n 50 says why; then sudo systemctl restart {KIOSK_UNIT}"
        return wrong(KIOSK_UNIT, f"it has failed: {why}{f', {age(ended, kiosk.now)}' if ended else ''}", mend)
    since = f", since {age(ended, kiosk.now)}" if ended else ""
    return wrong(KIOSK_UNIT, f"it does not run ({said['SubState']}){since}", f"sudo systemctl start {KIOSK_UNIT}")


def _restarts(said: Mapping[str, str]) -> Iterator[Verdict]:
    count = said["NRestarts"]
    if count.isdigit() and int(count):
        finding = f"systemd has had to start it anew {count} times since it was started by hand or with the machine"
        yield note(f"{KIOSK_UNIT} restarts", finding, f"journalctl -u {KIOSK_UNIT} says why")


def _other(unit: _Unit, said: Mapping[str, str]) -> Iterator[Verdict]:
    """A unit that is off is nothing to mend, and nothing to tell."""
    if said["LoadState"] != "loaded":
        return
    enabled, state = said["UnitFileState"] in {"enabled", "enabled-runtime"}, said["ActiveState"]
    if state == "failed":
        why = _RESULTS.get(said["Result"], said["Result"])
        yield wrong(unit.name, f"{unit.does}: it has failed: {why}", f"journalctl -u {unit.name} -n 50 says why")
    elif unit.once:
        return
    elif state == "active":
        more = "" if enabled else "; it does not start with the machine"
        yield (good if enabled else note)(unit.name, f"{unit.does}: it runs{more}")
    elif enabled:
        finding = f"{unit.does}: it should run and does not ({said['SubState']})"
        yield wrong(unit.name, finding, f"sudo systemctl start {unit.name}")


def _hardware_watchdog(kiosk: Kiosk) -> Verdict:
    of = "hardware watchdog"
    said = properties("", ("RuntimeWatchdogUSec",), kiosk.machine.systemctl)["RuntimeWatchdogUSec"]
    if said in _NEVER:
        finding = "it is off: a machine that hangs stays so until somebody pulls its plug"
        return wrong(of, finding, f"set RuntimeWatchdogSec=14s in /etc/systemd/system.conf.d, as {_INSTALL} does")
    if not (kiosk.machine.root / "dev/watchdog").exists():
        finding = f"systemd would feed it, and there is none at /dev/watchdog ({said})"
        return wrong(of, finding, "add dtparam=watchdog=on to /boot/firmware/config.txt, and restart the machine")
    return good(of, f"a machine that hangs starts anew after {said}")
