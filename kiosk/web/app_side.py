"""What a console's process does first when the web server has started it. Nothing of the server is loaded here."""

import ctypes
import os
import signal
import sys
from collections.abc import Mapping
from typing import Final

SERVER: Final = "SEALGATE_WEB_SERVER"
"""In the environment: the server's process id."""

REPORT: Final = "SEALGATE_WEB_REPORT"
"""In the environment: the number of the open pipe to the server."""

WHERE: Final = "SEALGATE_WHERE"
"""In the environment: where whoever uses this console is, as the server sees it; for log-on entries."""

LOGGED_ON: Final = "\x01logged on"
LOGGED_OFF: Final = "\x01logged off"
"""Lines of the report. All others are what the process wrote to stderr."""

_PR_SET_PDEATHSIG: Final = 1
"""prctl(2): which signal comes when the parent ends."""


class Orphaned(SystemExit):
    """The server has ended already: nobody would ever see this console."""


def settle_in(environment: Mapping[str, str] = os.environ) -> int:
    """Die with the server, and write errors to it: a traceback in a journal could show what was typed.

    Returns:
        The number of the pipe to the server.

    Raises:
        Orphaned: The server has ended already.
        OSError: The kernel refuses.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"prctl(PR_SET_PDEATHSIG): expected 0, got {os.strerror(code)}")
    if os.getppid() != int(environment[SERVER]):  # it ended before the line above
        raise Orphaned
    report = int(environment[REPORT])
    os.set_inheritable(report, False)
    os.dup2(report, sys.__stderr__.fileno() if sys.__stderr__ is not None else 2)
    return report


def tell(report: int, line: str) -> None:
    """Tell the server something.

    Args:
        report: The number of the pipe to it.
        line: LOGGED_ON or LOGGED_OFF.
    """
    os.write(report, f"{line}\n".encode())


def where_from(environment: Mapping[str, str] = os.environ) -> str:
    """Where whoever uses this console is, as the server says."""
    return environment.get(WHERE, "browser")
