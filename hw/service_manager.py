"""The service manager that started this process, by sd_notify(3): systemd is told that the service is ready and alive.

What says it is the package systemd-watchdog; it is loaded only where a service manager listens.
"""

import os
import socket
from collections.abc import Mapping
from typing import Protocol

LISTENS = "NOTIFY_SOCKET"
"""Set in a service's environment where its manager listens (sd_notify(3))."""


class ServiceManager(Protocol):
    """Who started the service, and ends and restarts it. No call waits, none fails."""

    def ready(self) -> None:
        """The service serves."""

    def alive(self) -> None:
        """The service is alive: to be said more often than the unit's ``WatchdogSec``, or it is killed."""

    def status(self, line: str) -> None:
        """How the service is, for ``systemctl status``."""


class NoManager:
    """A process that somebody started by hand: nobody listens."""

    def ready(self) -> None:
        """Nobody listens."""

    def alive(self) -> None:
        """Nobody listens."""

    def status(self, line: str) -> None:
        """Nobody listens."""


class Systemd:
    """systemd, or whatever else listens as sd_notify(3) says.

    Args:
        address: Of its socket, as the environment gives it.

    Attributes:
        unheard: What kept the last word from it; None when it was heard. A manager that is itself stuck or started
            anew is no reason for the gate to wait.
    """

    def __init__(self, address: str) -> None:
        from systemd_watchdog.systemd_watchdog import WatchDog

        # Never waits: a manager that does not read has a queue that is full.
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._manager: WatchDog = WatchDog(sock=self._socket, addr=address)
        self.unheard: OSError | None = None

    def ready(self) -> None:
        """The service serves."""
        with _Heard(self):
            self._manager.ready()

    def alive(self) -> None:
        """The service is alive."""
        with _Heard(self):
            self._manager.notify()

    def status(self, line: str) -> None:
        """How the service is."""
        with _Heard(self):
            self._manager.status(line.replace("\n", " "))

    def close(self) -> None:
        """Let go of the socket."""
        self._socket.close()


class _Heard:
    """Notes whether the manager heard what was said meanwhile."""

    def __init__(self, manager: Systemd) -> None:
        self._manager = manager

    def __enter__(self) -> None:
        self._manager.unheard = None

    def __exit__(self, _kind: type[BaseException] | None, fault: BaseException | None, _at: object) -> bool:
        if isinstance(fault, OSError):
            self._manager.unheard = fault
            return True
        return False


def service_manager(environment: Mapping[str, str] = os.environ) -> ServiceManager:
    """Who started this process, by its environment."""
    address = environment.get(LISTENS)
    return Systemd(address) if address else NoManager()
