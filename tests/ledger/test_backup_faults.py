"""The process dies, the stick is pulled or the disk is full, at any call that changes a file: what was good stays good.

In process every such call is tried, as a death before it, in the middle of what it writes, or as an error that it
gives. Some are tried on a process of its own too, which the kernel kills.
"""

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from kiosk.ledger.attest import sign_now
from kiosk.ledger.backup_errors import BackupFailed, BackupRefused
from kiosk.ledger.manifest import COMING_NAME, MANIFEST_NAME, read_standing
from kiosk.ledger.verify import verify
from tests.ledger.backups import Yard, contents, lines_of, opened
from tests.ledger.conftest import record
from tests.tools import require_tool

CHANGING = ("pwrite", "fsync", "ftruncate", "replace", "rename", "mkdir", "unlink", "open")
"""What changes files, or makes changes last. Of opening, only what may make a file."""

MOST_CALLS = 400
"""More than any backup or restore here makes: a loop that never ends is a failure."""

FORMER, NOW = 10, 30
"""Entries at the backup before, and at the one that is broken off: two segments closed between them."""


class Died(BaseException):
    """The process is no more."""


class Fault:
    """Lets the n-th changing call on files below a folder fail."""

    def __init__(self, when: int, what: str, below: Path) -> None:
        self.when = when
        self.what = what
        self.below = below
        self.count = 0

    def calls(self, name: str, genuine: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            if not self._counts(name, args) or self._next() != self.when:
                return genuine(*args, **kwargs)
            if self.what == "dies":
                raise Died
            if self.what == "dies half-way":
                if name == "pwrite":
                    genuine(args[0], bytes(args[1])[: len(args[1]) // 2], args[2])
                else:
                    done = genuine(*args, **kwargs)
                    if name == "open":
                        os.close(done)
                raise Died
            code = errno.EIO if self.what == "EIO" else errno.ENOSPC
            raise OSError(code, os.strerror(code))

        return call

    def _next(self) -> int:
        self.count += 1
        return self.count

    def _counts(self, name: str, args: tuple[Any, ...]) -> bool:
        if name == "open" and not args[1] & os.O_CREAT:
            return False
        try:
            path = Path(f"/proc/self/fd/{args[0]}").readlink() if isinstance(args[0], int) else Path(args[0])
        except FileNotFoundError:
            return False
        return path.is_relative_to(self.below)


@contextmanager
def fault_at(when: int, what: str, below: Path) -> Iterator[Fault]:
    fault = Fault(when, what, below)
    with pytest.MonkeyPatch.context() as patch:
        for name in CHANGING:
            patch.setattr(os, name, fault.calls(name, getattr(os, name)))
        yield fault


class Scene:
    """A ledger with a good backup before and more entries since; set up anew for each fault."""

    def __init__(self, at: Path, *, former: bool, settled: bool = True) -> None:
        self.at = at / "kept"
        yard = Yard(self.at)
        if former:
            yard.grow(FORMER)
            sign_now(yard.ledger, yard.data / "keys")
            place = yard.back_up().place
            if not settled:  # it was broken off while its manifest was put in place
                data = (place / MANIFEST_NAME).read_bytes()
                (place / COMING_NAME).write_bytes(data)
                (place / MANIFEST_NAME).write_bytes(data[:100])
        yard.grow(NOW)
        sign_now(yard.ledger, yard.data / "keys")
        self.lines = lines_of(yard.ledger)
        self.least = FORMER if former else 0
        self._turn = at / "turn"

    def yard(self) -> Yard:
        shutil.rmtree(self._turn, ignore_errors=True)
        shutil.copytree(self.at, self._turn)
        yard = Yard.__new__(Yard)
        yard.data, yard.to, yard.new = (self._turn / name for name in ("data", "stick", "new"))
        return yard


def assert_the_last_good_one_stands(yard: Yard, scene: Scene) -> int:
    """Restores what is there, if there must be anything; then backs up and restores again. Gives what was there."""
    found = 0
    with suppress(BackupRefused):  # of a first backup that was not finished
        found = yard.restore().manifest.entries
    if found:
        assert lines_of(yard.new / "ledger") == scene.lines[:found]
        with opened(yard.new / "ledger") as ledger:
            record(ledger, 1)
        shutil.rmtree(yard.new)
    assert found >= scene.least
    if scene.least:
        assert lines_of(yard.place / "ledger") == scene.lines[: len(lines_of(yard.place / "ledger"))]
    done = yard.back_up()
    assert done.manifest.entries == NOW
    assert lines_of(yard.place / "ledger") == scene.lines
    standing = read_standing(yard.place)
    assert standing is not None
    assert standing.settled
    assert not [name for name in contents(yard.to) if ".new" in name]
    yard.restore()
    assert lines_of(yard.new / "ledger") == scene.lines
    return found


@pytest.mark.timeout(300)
@pytest.mark.parametrize("what", ["dies", "dies half-way", "EIO", "ENOSPC"])
@pytest.mark.parametrize(("former", "settled"), [(True, True), (True, False), (False, True)])
def test_a_backup_that_is_broken_off_at_any_call_leaves_the_last_good_one(
    tmp_path: Path, what: str, former: bool, settled: bool
) -> None:
    scene = Scene(tmp_path, former=former, settled=settled)
    found = []
    for when in range(1, MOST_CALLS):
        yard = scene.yard()
        with fault_at(when, what, yard.to) as fault:
            told = outcome(yard.back_up, what)
        stands = "the last good backup there stands: 10 entries, made" if former else "there is no good backup there"
        assert not told or stands in told or "the new backup is whole and stands: 30 entries" in told
        if fault.count < when:
            break
        found.append(assert_the_last_good_one_stands(yard, scene))
    assert len(found) > 30
    assert set(found) == {FORMER if former else 0, NOW}, "expected faults before and after the new manifest counts"


def outcome(act: Callable[[], object], what: str) -> str:
    """Does something in which a fault may come; gives what was said of that, which is one line, or nothing."""
    try:
        act()
    except Died:
        return ""
    except BackupFailed as failed:
        error = failed
    else:
        return ""
    assert isinstance(error.__cause__, OSError)
    assert errno.errorcode[error.__cause__.errno or 0] == what
    assert f"{os.strerror(error.__cause__.errno or 0)} (errno {error.__cause__.errno})" in str(error)
    assert "\n" not in str(error)
    return str(error)


@pytest.mark.timeout(300)
@pytest.mark.parametrize("what", ["dies", "dies half-way", "EIO", "ENOSPC"])
def test_a_restore_that_is_broken_off_at_any_call_leaves_no_ledger_or_all_of_it(tmp_path: Path, what: str) -> None:
    scene = Scene(tmp_path, former=True)
    yard = scene.yard()
    yard.back_up()
    stick, none, whole = contents(yard.to), 0, 0
    for when in range(1, MOST_CALLS):
        shutil.rmtree(yard.new, ignore_errors=True)
        with fault_at(when, what, yard.new) as fault:
            told = outcome(yard.restore, what)
        assert told.startswith(f"restore to {yard.new}: expected its disk to take the ledger, got " if told else "")
        if fault.count < when:
            break
        if (yard.new / "ledger").exists():
            whole += 1
        else:
            none += 1
            yard.restore()
        assert lines_of(yard.new / "ledger") == scene.lines
        assert (yard.new / "keys" / "checkpoint.pub").exists()
        assert contents(yard.to) == stick
    assert none > 20
    assert whole in {0, 1, 2}


def test_a_stick_that_gives_an_error_when_it_is_read_is_told_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    yard = Scene(tmp_path, former=True).yard()
    genuine = os.read

    def read(handle: int, length: int) -> bytes:
        if ".jsonl" in str(Path(f"/proc/self/fd/{handle}").readlink()):
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return genuine(handle, length)

    monkeypatch.setattr(os, "read", read)
    with pytest.raises(BackupFailed, match=r"got Input/output error \(errno 5\); .*nothing was restored"):
        yard.restore()
    assert not yard.new.exists()


# The kernel says no, or kills.


WORKER = """
import sys
from pathlib import Path
from tests.ledger.backups import Yard
yard = Yard.__new__(Yard)
yard.data, yard.to, yard.new = (Path(sys.argv[1]) / name for name in ("data", "stick", "new"))
try:
    getattr(yard, sys.argv[2])()
except Exception as fault:
    print(fault)
"""
RUN_SECONDS = 60


def run_under_strace(yard: Yard, doing: str, call: str, fault: str, when: int) -> tuple[int, str]:
    strace = str(require_tool("strace", package="strace"))
    options = ["-f", "-qq", "-o", str(yard.to.with_name("strace")), "-e", f"trace={call}"]
    command = [strace, *options, "-e", f"inject={call}:{fault}:when={when}", sys.executable, "-c", WORKER]
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}  # which would make calls of its own
    done = subprocess.run(
        [*command, str(yard.data.parent), doing],
        capture_output=True, text=True, timeout=RUN_SECONDS, check=False, env=environment,
    )  # fmt: skip
    assert done.returncode in {0, -9}, done.stderr
    return done.returncode, done.stdout.strip()


RENAME = "/^rename(at2?)?$"
"""The call differs between processors."""

KILLS = [("pwrite64", 2), ("pwrite64", 6), ("fsync", 3), ("fsync", 9), (RENAME, 1), (RENAME, 2)]


@pytest.mark.timeout(300)
def test_a_backup_that_the_kernel_kills_leaves_the_last_good_one(tmp_path: Path) -> None:
    scene = Scene(tmp_path, former=True)
    for call, when in KILLS:
        yard = scene.yard()
        assert run_under_strace(yard, "back_up", call, "signal=SIGKILL", when) == (-9, "")
        assert_the_last_good_one_stands(yard, scene)


@pytest.mark.timeout(300)
def test_a_backup_to_a_disk_that_the_kernel_says_is_full_or_broken_says_so(tmp_path: Path) -> None:
    scene = Scene(tmp_path, former=True)
    for call, when, error, told in (
        ("pwrite64", 4, "ENOSPC", "No space left on device (errno 28)"),
        ("fsync", 6, "EIO", "Input/output error (errno 5)"),
        (RENAME, 1, "EROFS", "Read-only file system (errno 30)"),
    ):
        yard = scene.yard()
        code, said = run_under_strace(yard, "back_up", call, f"error={error}", when)
        assert code == 0
        assert told in said
        assert said.count("\n") == 0
        assert_the_last_good_one_stands(yard, scene)


@pytest.mark.timeout(300)
def test_a_restore_that_the_kernel_kills_is_done_again(tmp_path: Path) -> None:
    scene = Scene(tmp_path, former=True)
    for call, when in (("pwrite64", 2), ("fsync", 4), ("fsync", 12), (RENAME, 1), (RENAME, 2)):
        yard = scene.yard()
        yard.back_up()
        assert run_under_strace(yard, "restore", call, "signal=SIGKILL", when) == (-9, "")
        assert not (yard.new / "ledger").exists()
        yard.restore()
        assert lines_of(yard.new / "ledger") == scene.lines
        assert verify(yard.new / "ledger").ok


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("call", ["pwrite64", "fsync", RENAME, "/^unlink(at)?$"])
def test_a_backup_that_the_kernel_kills_at_any_call_leaves_the_last_good_one(tmp_path: Path, call: str) -> None:
    scene = Scene(tmp_path, former=True)
    for when in range(1, MOST_CALLS):
        yard = scene.yard()
        code, _ = run_under_strace(yard, "back_up", call, "signal=SIGKILL", when)
        if code == 0:
            assert when > 1
            return
        assert_the_last_good_one_stands(yard, scene)
