"""What a running kiosk says of itself to a command of this machine: one question and one answer over the desk's socket.

So nobody opens a port that the kiosk has, to see how what is behind it is: two who read one port read like an unplug.
"""

from __future__ import annotations

import socket
import struct
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from kiosk.console.desk import PATIENCE_S, Asked, NoKiosk, address_in, all_of
from kiosk.console.messages import Condition, Part
from kiosk.core.errors import SealgateError

QUESTION: Final = "how-it-is"
"""Stands where else the kind of an entry stands (`kiosk.console.desk.Asked`)."""

_CREDENTIALS: Final = struct.Struct("3i")
"""What SO_PEERCRED gives: process, user, group (unix(7))."""


class DeviceNow(Struct, frozen=True):
    """A device, or the ledger, as the running kiosk has it.

    Attributes:
        name: As site.toml calls it; the ledger is called so.
        part: Which part of the kiosk it is.
        condition: How it is.
        detail: What is wrong; empty when all is well.
        mend: What a person can do; empty when all is well.
    """

    name: str
    part: Part
    condition: Condition
    detail: str = ""
    mend: str = ""


class HowItIs(Struct, frozen=True):
    """How a kiosk is.

    Attributes:
        version: Of the program that runs.
        in_service: Whether a driver can be served.
        serves: A visit is on.
        cabinet_open: The cabinet stands open.
        cards_fail: Several of the site's own cards failed in a row.
        devices: Every device, and the ledger.
    """

    version: str
    in_service: bool
    serves: bool
    cabinet_open: bool
    cards_fail: bool
    devices: tuple[DeviceNow, ...]

    def device(self, name: str) -> DeviceNow | None:
        """The device of this name; None where the kiosk has none, as when site.toml was changed since its start."""
        return next((each for each in self.devices if each.name == name), None)


class NotSaid(SealgateError):
    """A kiosk runs, and does not say how it is.

    Attributes:
        pid: Its process; 0 where that is not known.
    """

    def __init__(self, pid: int, *, got: str, mend: str) -> None:
        super().__init__(expected="the running kiosk to say how it is", got=got, mend=mend)
        self.pid = pid


def ask_how_it_is(folder: Path) -> tuple[int, HowItIs]:
    """Ask the kiosk that runs on a data folder.

    Returns:
        Its process, and what it says.

    Raises:
        NoKiosk: None runs there, or none that was in service yet.
        NotSaid: One runs, and does not say.
        OSError: The folder cannot be looked into.
    """
    with socket.socket(socket.AF_UNIX) as line:
        line.settimeout(PATIENCE_S)
        pid = 0
        try:
            with address_in(folder) as address:
                line.connect(address)
            pid = _CREDENTIALS.unpack(line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))[0]
            line.sendall(msgspec.json.encode(Asked(QUESTION, {})) + b"\n")
            line.shutdown(socket.SHUT_WR)
            return pid, msgspec.json.decode(all_of(line), type=HowItIs)
        except (FileNotFoundError, ConnectionRefusedError):
            raise NoKiosk(str(folder)) from None
        except PermissionError as fault:
            raise NotSaid(pid, got=str(fault), mend="run this as root, or as the kiosk's user") from fault
        except msgspec.DecodeError as fault:
            mend = "run this as root, or as the kiosk's user; if you do, restart the kiosk: it is of another version"
            raise NotSaid(pid, got="another answer", mend=mend) from fault
        except OSError as fault:
            got = f"none within {PATIENCE_S:g} s" if isinstance(fault, TimeoutError) else str(fault)
            raise NotSaid(pid, got=got, mend="see its log; restart it if it hangs") from fault
