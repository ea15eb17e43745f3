"""A real PostgreSQL of the tests' own: its own folder, a free port and a Unix socket; nothing of it stays."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from typing import Final

import psycopg

START_S: Final = 60
"""Seconds that a server may take to come up, or to end: about one on the build machine."""

BINARIES: Final = Path("/usr/lib/postgresql")
"""Where Debian has them, a folder for each version; they are not on PATH."""

USER: Final = "postgres"
"""The user that Debian's package makes. PostgreSQL refuses to run as root."""


class NoServer(Exception):
    """There is no PostgreSQL on this machine."""


class Server:
    """One cluster. Its one role may do all; whoever reaches the socket's folder or the port may be it."""

    def __init__(self) -> None:
        self._bin = _binaries()
        # Not in pytest's own folder, which nobody but root may enter where root runs the tests.
        self.folder = Path(tempfile.mkdtemp(prefix="sealgate-pg-"))
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = 0
        try:
            self._hand_over(self.folder)
            initdb = ["initdb", "--no-sync", "--auth=trust", f"--username={USER}", "--encoding=UTF8", "--locale=C"]
            self._run([*initdb, "-D", str(self.folder / "data")])
        except BaseException:
            self.remove()
            raise

    def start(self) -> None:
        """Start it, and wait until it answers: it says so as it would to systemd."""
        told = self.folder / "told"
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as said:
            said.bind(str(told))
            self._hand_over(told)
            said.settimeout(START_S)
            settings = (f"port={self.port}", f"unix_socket_directories={self.folder}", "listen_addresses=127.0.0.1")
            command = [str(self._bin / "postgres"), "-D", str(self.folder / "data")]
            command += [word for setting in settings for word in ("-c", setting)]
            with (self.folder / "log").open("ab") as log:
                self._process = subprocess.Popen(
                    [*_as_user(), *command],
                    env={"NOTIFY_SOCKET": str(told), "LC_ALL": "C", "PATH": os.environ["PATH"]},
                    cwd="/",
                    stdout=log,
                    stderr=log,
                )
            while b"READY=1" not in said.recv(4096):
                pass
        told.unlink()

    def stop(self, *, how: str = "INT") -> None:
        """Stop it: INT ends connections and stops in order, QUIT is a crash."""
        if self._process is not None:
            self._process.send_signal({"INT": 2, "QUIT": 3}[how])
            self._process.wait(START_S)
            self._process = None

    def database(self, *, encoding: str = "UTF8") -> str:
        """Make an empty database; returns its connection string."""
        self._databases += 1
        name = f"test{self._databases}"
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} ENCODING '{encoding}' TEMPLATE template0")
        return self.dsn(name)

    def dsn(self, database: str, *, user: str = USER, tcp: bool = False) -> str:
        """The connection string of a database."""
        host = "127.0.0.1" if tcp else self.folder
        return f"host={host} port={self.port} dbname={database} user={user}"

    def remove(self) -> None:
        """Take it away with its files, which need not be brought in order for that."""
        try:
            self.stop(how="QUIT")
        finally:
            shutil.rmtree(self.folder)

    def _run(self, command: list[str]) -> None:
        path = str(self._bin / command[0])
        done = subprocess.run([*_as_user(), path, *command[1:]], cwd="/", capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"expected {command[0]} to end well, got {done.returncode}: {done.stderr}"

    def _hand_over(self, path: Path) -> None:
        if os.geteuid() == 0:
            shutil.chown(path, USER)


def _binaries() -> Path:
    """Those of the newest version here."""
    found = sorted(BINARIES.glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if not found or (os.geteuid() == 0 and not _has_user()):
        raise NoServer(
            f"expected PostgreSQL in {BINARIES} and its user, found none: run scripts/test, which installs it, "
            "or type: sudo apt-get install postgresql"
        )
    return found[-1].parent


def _has_user() -> bool:
    try:
        pwd.getpwnam(USER)
    except KeyError:
        return False
    return True


def _as_user() -> list[str]:
    if os.geteuid() != 0:
        return []
    return ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
