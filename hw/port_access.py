"""Who may open a port, and who has it open: found out without touching the port."""

import grp
import os
import pwd
import stat
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from hw.processes import PROC, open_files, program_of


class Holder(Struct, frozen=True, order=True):
    """A process that has a port open.

    Attributes:
        pid: Its number.
        name: Its program, as the kernel shortens it to 15 characters.
    """

    pid: int
    name: str

    def __str__(self) -> str:
        return f"{self.name} (process {self.pid})"


class Access(Struct, frozen=True):
    """Who may open a port.

    Attributes:
        owner: Its user's number.
        group: Its group's number.
        mode: Its permissions, such as 0o660.
    """

    owner: int
    group: int
    mode: int

    @property
    def group_name(self) -> str:
        """The group as people call it; its number where it has no name."""
        try:
            return grp.getgrgid(self.group).gr_name
        except KeyError:
            return str(self.group)

    def allows(self, user: int, groups: Collection[int]) -> bool:
        """Whether a user who is in these groups may read and write.

        Of owner, group and others the first that fits decides (path_resolution(7)).
        """
        if user == 0:
            return True
        shift = 6 if user == self.owner else 3 if self.group in groups else 0
        wanted = stat.S_IROTH | stat.S_IWOTH
        return self.mode >> shift & wanted == wanted


def access_of(path: Path) -> Access:
    """Who may open a port.

    Raises:
        OSError: It is not there.
    """
    seen = path.stat()
    return Access(seen.st_uid, seen.st_gid, stat.S_IMODE(seen.st_mode))


def groups_of(user: int) -> frozenset[int]:
    """The groups that a user is in, by the machine's files; of a user without a name none."""
    try:
        known = pwd.getpwuid(user)
    except KeyError:
        return frozenset()
    return frozenset(os.getgrouplist(known.pw_name, known.pw_gid))


def user_name(user: int) -> str:
    """A user as people call them; the number where there is no name."""
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


def holders_of(path: str, proc: Path = PROC) -> tuple[Holder, ...]:
    """The other processes that have a port open, as far as they can be seen.

    Root sees all. Others see their own user's, and everybody's that took a lock on it, as the kiosk does.

    Args:
        path: The port: any path, also udev's symbolic links.
        proc: The kernel's processes.
    """
    real = str(Path(path).resolve())
    pids = {locked_by(path, proc), *(pid for pid, file in open_files(proc) if file == real)}
    return tuple(sorted(Holder(pid, program_of(pid, proc)) for pid in pids if pid not in {None, os.getpid()}))


def locked_by(path: str, proc: Path = PROC) -> int | None:
    """The process that has a lock on a port, this one too; None when none has that can be seen.

    By the kernel's list of locks (proc_locks(5)), which names the owner of an flock by process.
    """
    with suppress(OSError):  # the port can go while one looks
        seen = Path(path).stat()
        file = f"{os.major(seen.st_dev):02x}:{os.minor(seen.st_dev):02x}:{seen.st_ino}"
        for line in (proc / "locks").read_text(encoding="ascii").splitlines():
            fields = line.split()
            if fields[-3] == file and int(fields[-4]) > 0:
                return int(fields[-4])
    return None
