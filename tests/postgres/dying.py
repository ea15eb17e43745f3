"""A kiosk that sends to the register and is killed (SIGKILL) at one of its steps.

Run as a program, with the data folder, the settings, the register, and the number of the step. A step is the moment
before or after an exchange with the server; with 0 it says how many there are.
"""

import os
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from psycopg import Connection

from kiosk.commands.sync_turns import exchange_with
from kiosk.register.postgres import sending
from kiosk.register.postgres.connecting import register_at
from kiosk.site import read_site

SAID: Final = "steps: "


class Steps:
    """Counts them, and dies at one."""

    def __init__(self, deadly: int) -> None:
        self._deadly = deadly
        self.taken = 0

    def watch(self, owner: type, name: str) -> None:
        """Take a method's beginning and end for a step each."""
        call: Callable[..., Any] = getattr(owner, name)

        def watched(*arguments: Any, **named: Any) -> Any:
            self._step()
            answer = call(*arguments, **named)
            self._step()
            return answer

        setattr(owner, name, watched)

    def _step(self) -> None:
        self.taken += 1
        if self.taken == self._deadly:
            os.kill(os.getpid(), signal.SIGKILL)


def _record(_kind: str, _body: Mapping[str, Any]) -> bool:
    return False


def main(data: str, config: str, register: str, deadly: str) -> None:
    """Send all, once."""
    steps = Steps(int(deadly))
    steps.watch(Connection, "wait")
    # A transaction and a part of a COPY as small as can be: more places to die at.
    sending.send.__kwdefaults__ = {"most_s": 0.0}
    sending._WRITE_BYTES = 4096  # type: ignore[misc]
    with exchange_with(
        register_at(register), Path(data), read_site(Path(config)), _record, sys.stderr.write
    ) as exchange:
        exchange.send()
    sys.stdout.write(f"{SAID}{steps.taken}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
