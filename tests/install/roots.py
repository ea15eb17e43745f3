"""Debian roots made by debootstrap, in which scripts/install is run as on a machine that was just set up.

A root is kept as an archive in .roots (git ignores it), and unpacked for each test. Packages are fetched as this
machine fetches them: apt's sources and settings, pip's configuration and certificates are handed in, and stand nowhere
in the project.
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event
from time import monotonic

import pytest
from msgspec import Struct

PROJECT = Path(__file__).parents[2]
KEPT = PROJECT / ".roots"
CHECKOUT = "/srv/sealgate"
"""Where the project is in a root: read-only."""

BOOTSTRAP_LIMIT_S, INSTALL_LIMIT_S = 1800, 3600
"""Seconds: minutes on x86-64; arm64 is interpreted, some ten times slower."""

BINFMT = Path("/proc/sys/fs/binfmt_misc")
ARM64_HANDLER = (
    r":sealgate-test-arm64:M::\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00:"
    r"\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff:/usr/bin/qemu-aarch64-static:F"
)
"""How the kernel knows a program for arm64 by its first bytes (binfmt_misc.rst); F opens the interpreter now, so that
it need not be in the root."""


class Root(Struct, frozen=True):
    """An unpacked root.

    Attributes:
        path: Where.
        binds: What of this machine is seen in it: path here, path there.
        environment: What its programs are given.
    """

    path: Path
    binds: dict[str, str]
    environment: dict[str, str]

    def run(self, *command: str, limit_s: float = 120) -> subprocess.CompletedProcess[str]:
        """Run a program in it, with processes and mounts of its own that end with it."""
        script = ['set -e; R=$1; shift; mount -t proc proc "$R/proc"; mount -t tmpfs tmpfs "$R/dev/shm"']
        for here, there in self.binds.items():
            target = self.path / there.lstrip("/")
            if Path(here).is_dir():
                target.mkdir(parents=True, exist_ok=True)
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                target.touch()
            script.append(f'mount --bind "{here}" "$R{there}"; mount -o remount,ro,bind "$R{there}" || true')
        script.append('exec chroot "$R" "$@"')
        unshare = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", "\n".join(script), "sh"]
        return subprocess.run(
            [*unshare, str(self.path), *command],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=limit_s,
            check=False,
        )

    def must(self, *command: str, limit_s: float = 120) -> str:
        """The same with a command that has to succeed; returns what it says on stdout."""
        run = self.run(*command, limit_s=limit_s)
        assert run.returncode == 0, f"{command}: exit {run.returncode}\n{run.stdout[-4000:]}\n{run.stderr[-8000:]}"
        return run.stdout

    def listing(self) -> str:
        """Every file but caches and logs: mode, owner, where a link leads, and a digest."""
        return self.must("sh", "-c", LISTING, limit_s=600)


LISTING = f"""
cd /
look() {{
    find bin boot etc home opt root sbin srv usr var -xdev \\
        \\( -path {CHECKOUT[1:]} -o -path var/cache -o -path var/log -o -path opt/caller \\) -prune -o "$@"
}}
look -printf '%p %M %U %G %l\\n' | LC_ALL=C sort
look -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
"""


@contextmanager
def debian(release: str, architecture: str = "amd64") -> Iterator[Root]:
    """A fresh Debian of a release, such as ``bookworm``; it is gone afterwards."""
    assert os.geteuid() == 0, "expected to be root, which debootstrap and chroot need; run scripts/test --long as root"
    with _understood(architecture):
        archive = _archive(release, architecture)
        folder = Path(tempfile.mkdtemp(prefix=f"{release}-{architecture}-", dir=KEPT))
        try:
            folder.chmod(0o755)
            subprocess.run(["tar", "-C", folder, "-xf", archive], check=True, timeout=BOOTSTRAP_LIMIT_S)
            kept, fetched = KEPT / f"packages-{release}-{architecture}", folder / "var/cache/apt/archives"
            _link_packages(kept, fetched)
            try:
                yield _with_callers_settings(folder)
            finally:
                _link_packages(fetched, kept)
        finally:
            shutil.rmtree(folder)


def _link_packages(here: Path, there: Path) -> None:
    """Have Debian packages that were fetched once be there the next time."""
    there.mkdir(exist_ok=True)
    for package in here.glob("*.deb") if here.exists() else ():
        with suppress(FileExistsError):
            os.link(package, there / package.name)


def _archive(release: str, architecture: str) -> Path:
    archive = KEPT / f"{release}-{architecture}.tar"
    if archive.exists():
        return archive
    packages = KEPT / "bootstrap"
    packages.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix="making-", dir=KEPT))
    try:
        command = ["debootstrap", f"--arch={architecture}", "--variant=minbase", f"--cache-dir={packages}"]
        run = subprocess.run(
            [*command, release, str(made), _mirror()],
            capture_output=True,
            text=True,
            timeout=BOOTSTRAP_LIMIT_S,
            check=False,
        )
        assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]
        part = archive.with_suffix(".part")
        subprocess.run(["tar", "-C", made, "-cf", part, "."], check=True, timeout=BOOTSTRAP_LIMIT_S)
        part.rename(archive)
    finally:
        shutil.rmtree(made)
    return archive


def _mirror() -> str:
    """Where this machine gets Debian's packages from."""
    said = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(REPO_URI) $(ORIGIN) $(SUITE)", "Created-By: Packages"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout
    found = re.search(r"^(\S+) Debian (?:old|oldold)?stable$", said, re.MULTILINE)
    assert found, f"expected Debian among apt's sources, got:\n{said}"
    return found[1]


def _with_callers_settings(folder: Path) -> Root:
    """Hand in how this machine reaches its registries."""
    binds = {str(PROJECT): CHECKOUT}
    environment = {
        name: value
        for name, value in os.environ.items()
        if re.match("(https?|no)_proxy$|PIP_|.*_CA|.*CERT", name, re.IGNORECASE)
    }
    for line in _pip_settings():
        name, value = line
        environment.setdefault(f"PIP_{name.upper().replace('-', '_')}", value)
    environment = {name: value for name, value in environment.items() if not Path(value).is_dir() or name[:4] == "PIP_"}
    for name, value in environment.items():
        for path in re.findall(r"(?:file://)?(/[^\s:,]+)", value):
            if Path(path).is_file():  # a package in the root may bring a file of its own at the same place
                binds[path] = f"/opt/caller/{Path(path).name}"
                environment[name] = environment[name].replace(path, binds[path])
                continue
            # An index on the disk has its files beside it.
            place = str(Path(path).parent) if f"file://{path}" in value else path
            if Path(place).is_dir() and not (folder / place.lstrip("/")).exists():
                binds[place] = place
    environment |= {
        "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME": "/root",
        "LC_ALL": "C.UTF-8",
    }
    shutil.copy("/etc/resolv.conf", folder / "etc/resolv.conf")
    acquire = subprocess.run(
        ["apt-config", "dump", "Acquire", "--format", '%f "%v";%n'],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    ).stdout
    settings = [line for line in acquire.splitlines() if not re.search(r'IndexTargets|Languages| "";', line)]
    (folder / "etc/apt/apt.conf.d/99caller").write_text("\n".join(settings) + "\n")
    (folder / "etc/apt/apt.conf.d/99kept").write_text('Binary::apt-get::APT::Keep-Downloaded-Packages "true";\n')
    return Root(folder, binds, environment)


def _pip_settings() -> list[tuple[str, str]]:
    said = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, timeout=60, check=True
    ).stdout
    return re.findall(r"^global\.([\w-]+)='(.*)'$", said, re.MULTILINE)


@contextmanager
def _understood(architecture: str) -> Iterator[None]:
    """See to it that programs for the architecture run here, for as long as the test does."""
    if architecture != "arm64" or os.uname().machine == "aarch64":
        yield
        return
    if not (BINFMT / "register").exists():
        subprocess.run(["mount", "-t", "binfmt_misc", "binfmt_misc", str(BINFMT)], check=False, timeout=60)
    if not (BINFMT / "register").exists():
        pytest.fail(
            "expected a kernel that starts programs by binfmt_misc, found none: arm64 cannot be run here", pytrace=False
        )
    if any("qemu-aarch64" in path.name for path in BINFMT.iterdir()):
        yield
        return
    (BINFMT / "register").write_text(ARM64_HANDLER)
    try:
        yield
    finally:
        (BINFMT / "sealgate-test-arm64").write_text("-1")


class Machine(Struct, frozen=True):
    """A root whose own systemd runs, in a container without a network.

    Attributes:
        init: Its first process, as this machine counts.
    """

    init: int

    def run(self, command: str, limit_s: float = 60) -> subprocess.CompletedProcess[str]:
        """Run a shell's command in it."""
        enter = ["nsenter", f"--target={self.init}", "--mount", "--pid", "--uts", "--ipc", "--net", "--cgroup"]
        return subprocess.run(
            [*enter, "sh", "-c", command],
            env={"PATH": "/usr/local/bin:/usr/sbin:/usr/bin", "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=limit_s,
            check=False,
        )

    def said(self, command: str) -> str:
        """What a command says on stdout, whether it succeeds or not."""
        return self.run(command).stdout.strip()

    def until(self, wanted: str, command: str, limit_s: float = 60.0) -> float:
        """Ask again until a command says this; returns the seconds that it took."""
        begun, pause = monotonic(), Event()
        while (said := self.said(command)) != wanted:
            assert monotonic() - begun < limit_s, (
                f"expected {command!r} to say {wanted!r} within {limit_s} s, got {said!r}"
            )
            pause.wait(0.05)
        return monotonic() - begun


@contextmanager
def booted(root: Root, *options_of_nspawn: str) -> Iterator[Machine]:
    """Start the root's systemd; it is shut down afterwards."""
    # What the machine's clock is asked by needs no right, and systemd-nspawn keeps it from a container all the same.
    nspawn = ["systemd-nspawn", "--quiet", f"--directory={root.path}", "--boot", "--register=no", "--keep-unit"]
    options = ["--console=pipe", "--private-network", "--system-call-filter=adjtimex clock_adjtime"]
    settings = os.environ | {"SYSTEMD_NSPAWN_UNIFIED_HIERARCHY": "1"}
    log = root.path.with_suffix(".log")
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*nspawn, *options, *options_of_nspawn],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env=settings,
            start_new_session=True,
        )
    init = None
    try:
        init = _first_process(process, log)
        machine = Machine(init)
        # `degraded`: a unit of Debian's own that a container cannot run; ours are looked at by the tests.
        machine.until("up", "case $(systemctl is-system-running) in running | degraded) echo up ;; esac", limit_s=180)
        yield machine
        os.kill(init, signal.SIGRTMIN + 4)  # power off
        process.wait(60)
    finally:
        if process.poll() is None:
            if init is not None:
                os.kill(init, signal.SIGKILL)
            process.kill()
            process.wait()
        log.unlink()


def _first_process(nspawn: "subprocess.Popen[bytes]", log: Path) -> int:
    pause, ends = Event(), monotonic() + 60
    while monotonic() < ends and nspawn.poll() is None:
        for pid in _descendants(nspawn.pid):
            with suppress(OSError):
                fields = Path(f"/proc/{pid}/status").read_text()
                if re.search(r"^NSpid:\s+\d+\s+1$", fields, re.MULTILINE) and "\nName:\tsystemd\n" in f"\n{fields}":
                    return pid
        pause.wait(0.1)
    raise AssertionError(f"expected systemd to start in the container, got:\n{log.read_text(errors='replace')[-3000:]}")


def _descendants(pid: int) -> Iterator[int]:
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                yield int(child)
                yield from _descendants(int(child))
