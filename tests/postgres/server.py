"""A real PostgreSQL of the tests' own, of each version that there is: its own folder, a free port and a Unix socket;
nothing of it stays."""

import os
import pwd
import shutil
import socket
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

import psycopg
from psycopg.conninfo import conninfo_to_dict

VERSIONS: Final = (14, 15, 16, 17)
"""Those that the register works on."""

COMMON: Final = 15
"""The one that all tests run on by default; Debian 12 has it. The contract runs on each (`every_version`)."""

START_S: Final = 60
"""Seconds that a server may take to come up, or to end: about one on the build machine."""

PLACES: Final = (Path(__file__).parents[2] / ".postgres", Path("/usr/lib/postgresql"))
"""Where they are looked for, a folder for each version: what scripts/setup fetched, and Debian's."""

ROLE: Final = "postgres"
"""The role that may do all."""

USER: Final = "nobody"
"""Who runs it where root runs the tests: PostgreSQL refuses root."""

MEMORY: Final = Path("/dev/shm")
"""Where the data of a server lies that need not be durable: a database has 300 files, and each test one of its own."""

ROOM: Final = 2 << 30
"""Bytes that must be free there; a run takes some hundred MB."""

QUIET: Final = ("log_min_messages=log", "log_checkpoints=off")
"""So that what it says stays well under the 64 KiB of a pipe that nobody reads once it is up."""


class NoServer(Exception):
    """A version of PostgreSQL is not on this machine."""


class Server:
    """One cluster. Its one role may do all; whoever reaches the socket's folder or the port may be it.

    Args:
        version: Of PostgreSQL.
        durable: Whether it waits for the disk, as one does that nobody has told otherwise. What it has written
            outlives its own crash either way, and all that the tests do to it is less than a power cut.

        settings: Further ones, each as NAME=VALUE.

    Raises:
        NoServer: That version is not here.
    """

    def __init__(self, version: int = COMMON, *, durable: bool = False, settings: tuple[str, ...] = ()) -> None:
        # Not in pytest's own folder, which nobody but root may enter where root runs the tests.
        self.folder = Path(tempfile.mkdtemp(prefix="sealgate-pg-"))
        self._data = Path(tempfile.mkdtemp(prefix="sealgate-pg-", dir=None if durable else _quick_place()))
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self._databases = 0
        self._settings = (*QUIET, *(() if durable else ("fsync=off",)), *settings)
        try:
            self._bin = _binaries(version, self.folder)
            self._hand_over(self.folder)
            self._hand_over(self._data)
            initdb = ["initdb", "--no-sync", "--auth=trust", f"--username={ROLE}", "--encoding=UTF8", "--locale=C"]
            self._run([*initdb, "-D", str(self._data)])
        except BaseException:
            self.remove()
            raise

    def start(self) -> None:
        """Start it, and wait until it says that it takes connections."""
        places = (f"port={self.port}", f"unix_socket_directories={self.folder}", "listen_addresses=127.0.0.1")
        command = [str(self._bin / "postgres"), "-D", str(self._data)]
        command += [word for setting in (*places, *self._settings) for word in ("-c", setting)]
        self._process = subprocess.Popen(
            [*_as_user(), *command],
            env={"LC_ALL": "C", "PATH": os.environ["PATH"]},
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        said = b""
        for line in _said_by(self._process):
            said += line
            if b"ready to accept connections" in line:
                return
        raise AssertionError(f"expected PostgreSQL to start, got {said.decode(errors='replace')}")

    def told(self) -> Iterator[str]:
        """What it says from now on, line by line, until it has stopped."""
        assert self._process is not None, "started before"
        for line in _said_by(self._process):
            yield line.decode().rstrip("\n")

    def stop(self, *, how: str = "INT") -> None:
        """Stop it: INT ends connections and stops in order, QUIT is a crash."""
        if self._process is not None:
            self._process.send_signal({"INT": 2, "QUIT": 3}[how])
            self._process.wait(START_S)
            _said_by(self._process).close()
            self._process = None

    def database(self, *, encoding: str = "UTF8") -> str:
        """Make an empty database; returns its connection string."""
        self._databases += 1
        name = f"test{self._databases}"
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} ENCODING '{encoding}' TEMPLATE template0")
        return self.dsn(name)

    def drop(self, database: str) -> None:
        """Take a database away, whoever is in it; given as its connection string."""
        name = conninfo_to_dict(database)["dbname"]
        with psycopg.connect(self.dsn("postgres"), autocommit=True) as connection:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())

    def dsn(self, database: str, *, user: str = ROLE, tcp: bool = False) -> str:
        """The connection string of a database."""
        host = "127.0.0.1" if tcp else self.folder
        return f"host={host} port={self.port} dbname={database} user={user}"

    def remove(self) -> None:
        """Take it away with its files, which need not be brought in order for that."""
        try:
            self.stop(how="QUIT")
        finally:
            shutil.rmtree(self.folder)
            shutil.rmtree(self._data)

    def _run(self, command: list[str]) -> None:
        path = str(self._bin / command[0])
        done = subprocess.run([*_as_user(), path, *command[1:]], cwd="/", capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"expected {command[0]} to end well, got {done.returncode}: {done.stderr}"

    def _hand_over(self, path: Path) -> None:
        if os.geteuid() == 0:
            shutil.chown(path, USER)


def _binaries(version: int, folder: Path) -> Path:
    """Those of a version; a copy of them where root runs the tests and others may not enter the project's folder."""
    found = next((place for each in PLACES if (place := each / str(version) / "bin/postgres").exists()), None)
    if found is None:
        raise NoServer(
            f"expected PostgreSQL {version} in {' or '.join(map(str, PLACES))}, found none: run scripts/test, which "
            f"fetches it, or where there is none for this machine put one there, such as Debian's postgresql-{version}"
        )
    if os.geteuid() != 0 or all(each.stat().st_mode & stat.S_IXOTH for each in found.parents):
        return found.parent
    shutil.copytree(found.parents[1], folder / "server", symlinks=True)
    return folder / "server/bin"


def _quick_place() -> Path | None:
    """The machine's memory where that has room; None for where temporary files go."""
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM else None


def _said_by(process: subprocess.Popen[bytes]) -> IO[bytes]:
    assert process.stderr is not None
    return process.stderr


def _as_user() -> list[str]:
    if os.geteuid() != 0:
        return []
    return ["setpriv", f"--reuid={USER}", f"--regid={pwd.getpwnam(USER).pw_gid}", "--clear-groups", "--"]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
