"""What is looked at of every serial port, before anybody speaks on it; nothing here opens one."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

from msgspec import Struct

from hw.errors import DeviceFault
from hw.port_access import Holder, access_of, groups_of, holders_of, user_name
from hw.serial_ports import UsbPort, find_port, usb_identity
from kiosk.console.messages import Condition
from kiosk.devices import port_name
from kiosk.doctor.check import Kiosk, Verdict, good, note, unseen, wrong
from kiosk.doctor.machine import AS_ROOT
from kiosk.doctor.service import KIOSK_UNIT, groups_given_to
from kiosk.site import UsbIdentity

_CHANGES: Final = re.compile(r"/dev/tty(USB|ACM)\d+")
"""Names that the kernel gives anew at each replug."""

_OURS: Final = "sealgate-"
"""How the names begin that the kiosk's own udev rules give."""

_ON_BOARD: Final = frozenset({"serial0", "ttyAMA0"})
_UART_ON: Final = "the board's own port is switched on by: sudo raspi-config nonint do_serial_hw 0, then restart"

_CONSOLE_OFF: Final = "sudo raspi-config nonint do_serial_cons 1, then restart the machine"

_ENDS: Final = {
    "ModemManager": "sudo systemctl disable --now ModemManager",
    "brltty": "sudo apt remove brltty",
    "agetty": _CONSOLE_OFF,
    "login": _CONSOLE_OFF,
    "gpsd": "sudo systemctl disable --now gpsd.socket gpsd.service",
}
"""Programs that are known to take serial ports, and how each is kept off."""


class SeenPort(Struct, frozen=True):
    """A port that is there and may be spoken on.

    Attributes:
        path: What to open.
        identity: What the USB device behind it says of itself; empty for a port of the board.
    """

    path: str
    identity: str

    def __str__(self) -> str:
        return f"{self.path} ({self.identity})" if self.identity else self.path


class PortLook(Struct, frozen=True):
    """What was found of a port.

    Attributes:
        verdicts: What there is to say.
        port: The port, if it is there and nobody else's; None when it is not to be opened.
    """

    verdicts: tuple[Verdict, ...]
    port: SeenPort | None = None


def look_at_port(kiosk: Kiosk, name: str, named: Path | UsbIdentity) -> PortLook:
    """Whether a device's port is there, is the right one, may be opened by the kiosk, and is nobody else's.

    Args:
        kiosk: The kiosk.
        name: What site.toml calls the device.
        named: The port, as site.toml names it.
    """
    try:
        path = find_port(name, port_name(named), ports=kiosk.machine.list_ports)
    except DeviceFault as fault:
        finding = f"expected {fault.expected}, got {fault.got}"
        return PortLook((wrong(f"{name} port", finding, _missing(named, fault.mend)),))
    verdicts = (*_access(kiosk, name, path), *_console(kiosk, name, path), *_name(name, path, named))
    strangers = _strangers(kiosk, path)
    if strangers:
        return PortLook((*verdicts, _held(name, path, strangers)))
    if not _may_open(kiosk, path):
        return PortLook((*verdicts, unseen(f"{name} port", f"{path} may not be opened by user {_me(kiosk)}", AS_ROOT)))
    return PortLook(verdicts, SeenPort(path, usb_identity(path, ports=kiosk.machine.list_ports)))


def as_the_kiosk_says(kiosk: Kiosk, name: str) -> Verdict:
    """How a device is, by the word of the kiosk that runs and has it."""
    assert kiosk.running is not None, "it is asked of a kiosk that runs"
    running, said = kiosk.running, kiosk.running.said
    if said is None:
        return unseen(name, f"the kiosk has it ({running}) and does not say how it is: {running.why_not}", running.mend)
    device = said.device(name)
    if device is None:
        return wrong(name, "the running kiosk has none of this name", "restart the kiosk: site.toml was changed since")
    match device.condition:
        case Condition.WORKING:
            return good(name, f"it works, says the kiosk that has it ({running})")
        case Condition.STARTING:
            return unseen(name, f"the kiosk ({running}) is still starting it", "look again in a few seconds")
        case _:
            return wrong(name, f"{device.detail}, says the kiosk that has it ({running})", device.mend)


def _missing(named: Path | UsbIdentity, mend: str) -> str:
    """What to do about a port that is not there, beyond plugging the device in."""
    if isinstance(named, UsbIdentity):
        return mend
    if named.name.startswith(_OURS):
        return f"{mend}; the kiosk's udev rules give this name: sudo scripts/install (--card-reader, --scanner)"
    return f"{mend}; {_UART_ON}" if named.name in _ON_BOARD else mend


def _strangers(kiosk: Kiosk, path: str) -> tuple[Holder, ...]:
    own = kiosk.running.pid if kiosk.running else -1
    return tuple(each for each in holders_of(path, kiosk.machine.root / "proc") if each.pid != own)


def _held(name: str, path: str, holders: Collection[Holder]) -> Verdict:
    known = next((_ENDS[each.name] for each in holders if each.name in _ENDS), None)
    finding = f"{path} is held by {', '.join(map(str, holders))}; two who read one port read like an unplug"
    return wrong(f"{name} port", finding, known or "end that program, and keep it from starting with the machine")


def _access(kiosk: Kiosk, name: str, path: str) -> Iterator[Verdict]:
    """Whether the kiosk's own user may open it: whoever looks now may be another."""
    access, user = access_of(Path(path)), kiosk.user
    if not access.allows(user, groups_of(user) | groups_given_to(kiosk)):
        who, group = user_name(user), access.group_name
        finding = f"{path} belongs to group {group} (mode {access.mode:o}), and user {who} is not in it"
        if access.allows(-1, {access.group}):
            mend = f"sudo usermod -aG {group} {who}, then sudo systemctl restart {KIOSK_UNIT}"
        else:
            mend = "put the kiosk's udev rules in place: sudo scripts/install"
        yield wrong(f"{name} port", finding, mend)


def _may_open(kiosk: Kiosk, path: str) -> bool:
    user = kiosk.machine.user
    return access_of(Path(path)).allows(user, groups_of(user))


def _me(kiosk: Kiosk) -> str:
    return user_name(kiosk.machine.user)


def _console(kiosk: Kiosk, name: str, path: str) -> Iterator[Verdict]:
    """A port to which the kernel writes its messages is no device's."""
    consoles = (kiosk.machine.text("sys/class/tty/console/active") or "").split()
    device = Path(path).resolve().name
    if device in consoles:
        yield wrong(f"{name} port", f"the kernel writes its own messages to {device}", _CONSOLE_OFF)


def _name(name: str, path: str, named: Path | UsbIdentity) -> Iterator[Verdict]:
    if isinstance(named, UsbIdentity):
        if named.serial is None:
            finding = f"any {UsbPort(named.vendor, named.product)} is taken: one in its place is not told apart"
            yield note(f"{name} port", finding, "name its serial number in site.toml, if it has one")
    elif _CHANGES.fullmatch(path):
        lasting = _lasting(Path(path))
        mend = f"name it {lasting} in site.toml" if lasting else "give it a name that stays: a udev rule of its own"
        yield note(f"{name} port", f"{path} may be another device's after a replug", mend)


def _lasting(path: Path) -> Path | None:
    """A name of udev's that stays, for a port that has one."""
    folders = (Path("/dev/serial/by-id"), Path("/dev/serial/by-path"))
    links = (link for folder in folders if folder.is_dir() for link in sorted(folder.iterdir()))
    return next((link for link in links if link.resolve() == path.resolve()), None)
