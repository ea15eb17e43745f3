"""Being an ordinary user: where root runs the tests nothing would be refused for want of rights."""

import os
import pwd
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

USER: Final = "nobody"
"""Who does it where root runs the tests."""


@contextmanager
def ordinary_user() -> Iterator[None]:
    """Within, this process has the rights of an ordinary user. What it imports there it must have imported before."""
    if os.geteuid() != 0:
        yield
        return
    who, group = pwd.getpwnam(USER), os.getegid()
    os.setegid(who.pw_gid)
    os.seteuid(who.pw_uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(group)


@contextmanager
def own_folder() -> Iterator[Path]:
    """A folder that an ordinary user may enter, as pytest's own may not; `give` hands over what is put into it."""
    folder = Path(tempfile.mkdtemp(prefix="sealgate-ordinary-"))
    try:
        folder.chmod(0o755)
        yield folder
    finally:
        for each in (folder, *(path for path in folder.rglob("*") if path.is_dir())):
            each.chmod(0o755)
        shutil.rmtree(folder)


def give(folder: Path) -> None:
    """Makes a folder and all in it the ordinary user's."""
    if os.geteuid() == 0:
        for each in (folder, *folder.rglob("*")):
            shutil.chown(each, USER, pwd.getpwnam(USER).pw_gid)
