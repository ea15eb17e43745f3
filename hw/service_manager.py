"""The service manager that started this process, by sd_notify(3): systemd is told that the service is ready and alive.

What says it is the package systemd-watchdog; it is loaded only where a service manager listens.
"""

import os
import socket
from collections.abc import Callable, Mapping

LISTENS = "NOTIFY_SOCKET"
"""Set in a service's environment where its manager listens (sd_notify(3))."""


class Systemd:
    """systemd, or whatever else listens as sd_notify(3) says. No call waits, none fails.

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
        self._manager = WatchDog(sock=self._socket, addr=address)
        self.unheard: OSError | None = None

    def ready(self) -> None:
        """The service serves."""
        self._say(self._manager.ready)

    def alive(self) -> None:
        """The service is alive: to be said more often than the unit's ``WatchdogSec``, or it is killed."""
        self._say(self._manager.notify)

    def status(self, line: str) -> None:
        """How the service is, for ``systemctl status``."""
        self._say(lambda: self._manager.status(line.replace("\n", " ")))

    def close(self) -> None:
        """Let go of the socket."""
        self._socket.close()

    def _say(self, word: Callable[[], None]) -> None:
        try:
            word()
        except OSError as fault:
            self.unheard = fault
        else:
            self.unheard = None


def service_manager(environment: Mapping[str, str] = os.environ) -> Systemd | None:
    """Who started this process, by its environment; None where somebody did by hand."""
    address = environment.get(LISTENS)
    return Systemd(address) if address else None
