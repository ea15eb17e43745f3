"""Makes in .pi what the emulated Raspberry Pi boots: kernel, device tree, and a root file system for the kiosk.

usage: python scripts/pi_image.py    called by scripts/setup pi; does nothing, quickly, when it is current

Debian's arm64 kernel and packages of this machine's own release are fetched by a private configuration of apt from the
machine's own sources, checked by Debian's own keys. The Python packages are those of scripts/locks/pi.txt with their
hashes, as wheels for aarch64; RPi.GPIO comes as source and is compiled by Debian's cross compiler. What was fetched is
told in .pi/packages.txt, each file with its SHA-256. The project itself is not in it: tests/pi/guest.py lays that on
top at each run. docs/emulated-pi.md tells the whole.

Exit codes: 0 it is there; 1 something could not be had or built; 3 a tool is missing: the line says what to install.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
LOCKS: Final = ROOT / "scripts/locks"
PLACE: Final = ROOT / ".pi"
PART: Final = ROOT / ".pi.part"
"""What is not whole yet. The wheels and packages that are there already are kept when a run is broken off."""

STAMP: Final = "made-from"
KEYRING: Final = Path("/usr/share/keyrings/debian-archive-keyring.gpg")

PACKAGES: Final = ("busybox-static", "e2fsprogs", "libpython3-dev", "python3")
"""Of Debian, with what they depend on; libpython3-dev is for compiling alone."""

NOT_UNPACKED: Final = ("dpkg_*", "tar_*", "perl-base_*", "*-dev_*", "*-dev-bin_*", "rpcsvc-proto_*", "linux-image-*")
"""Packages that the guest has no use for."""

UNUSED: Final = ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/lintian", "usr/share/info")

TOOLS: Final = {
    "aarch64-linux-gnu-gcc": "gcc-aarch64-linux-gnu",
    "apt-get": "apt",
    "cpio": "cpio",
    "depmod": "kmod",
    "dpkg-deb": "dpkg",
    "fdtput": "device-tree-compiler",
}
"""What is run here, and the Debian package that brings it."""

MODULES: Final = (
    *("ext4", "crc32c_generic", "sd_mod", "usb-storage", "ftdi_sio"),
    *("dwc2", "phy-generic", "bcm2835", "bcm2835_wdt", "bcm2835_thermal"),
)
"""Kernel modules of what hangs on the emulated board, and of the board itself."""

BOARD: Final = "bcm2837-rpi-3-b.dtb"
REVISION: Final = "a02082"
"""Revision code of a Raspberry Pi 3 Model B 1.2, 1 GB: the firmware of a real one puts it into the device tree."""

BLUETOOTH: Final = "/soc/serial@7e201000/bluetooth"
"""Takes the PL011 in the kernel's device tree; a site's config.txt takes it away by ``dtoverlay=disable-bt``."""

FROM_SOURCE: Final = ("pyDes", "RPi.GPIO")
"""Python packages of the lock that have no wheels."""

PLATFORMS: Final = ("manylinux2014_aarch64", "manylinux_2_28_aarch64", "manylinux_2_34_aarch64")
"""What wheels the guest's C library runs: Debian 12 has glibc 2.36."""

RUN_LIMIT_S: Final = 1800
"""Seconds for what fetches: half a minute on the build machine, much more on a slow line."""


class Unobtainable(Exception):
    """Something could not be had; its text is for a person."""

    def __init__(self, code: int, text: str) -> None:
        super().__init__(text)
        self.code = code


def run(command: Sequence[str | Path], *, cwd: Path = ROOT, env: dict[str, str] | None = None) -> str:
    """Run a program; returns what it printed.

    Raises:
        Unobtainable: it failed; its last lines are in the text.
    """
    words = [str(word) for word in command]
    try:
        done = subprocess.run(
            words,
            cwd=cwd,
            env=env,
            capture_output=True,
            text=True,
            timeout=RUN_LIMIT_S,
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired as error:
        raise Unobtainable(
            1, f"expected {words[0]} to end within {RUN_LIMIT_S} s, it did not; run this again"
        ) from error
    if done.returncode:
        said = " | ".join((done.stderr or done.stdout).strip().splitlines()[-5:])
        raise Unobtainable(1, f"expected `{' '.join(words[:6])} ...` to work, got {done.returncode}: {said}")
    return done.stdout


def require_tools() -> None:
    """Hold that every program is there.

    Raises:
        Unobtainable: naming the packages to install.
    """
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    os.environ["PATH"] = path
    missing = sorted({package for tool, package in TOOLS.items() if shutil.which(tool) is None})
    if missing:
        raise Unobtainable(3, f"expected these Debian packages: apt-get install {' '.join(missing)}")
    if not KEYRING.is_file():
        raise Unobtainable(3, f"expected Debian's keys in {KEYRING}: apt-get install debian-archive-keyring")


def fetch_debs(place: Path) -> None:
    """Have apt fetch the guest's packages and its kernel, by lists of its own.

    Raises:
        Unobtainable: apt has no source of Debian's, or could not fetch.
    """
    for folder in ("state/lists/partial", "cache/archives/partial"):
        (place / "apt" / folder).mkdir(parents=True, exist_ok=True)
    form = f"deb [signed-by={KEYRING}] $(REPO_URI) $(RELEASE) $(COMPONENT)"
    sources = run(["apt-get", "indextargets", "--format", form, "Created-By: Packages", "Origin: Debian"])
    lines = sorted({line for line in sources.splitlines() if line.endswith(" main")})
    if not lines:
        raise Unobtainable(
            3, "expected Debian's archive among apt's sources, found none; run apt-get update, then this again"
        )
    (place / "apt/sources.list").write_text("\n".join(lines) + "\n", encoding="utf-8")
    configuration = place / "apt/apt.conf"
    configuration.write_text(
        f'APT::Architecture "arm64";\nAPT::Architectures "arm64";\nAPT::Default-Release "";\n'
        f'APT::Sandbox::User "root";\nAcquire::Languages "none";\n'
        f'Dir::State "{place}/apt/state";\nDir::State::status "/dev/null";\nDir::Cache "{place}/apt/cache";\n'
        f'Dir::Etc::sourcelist "{place}/apt/sources.list";\nDir::Etc::sourceparts "-";\n'
        'Dir::Etc::preferences "/dev/null";\nDir::Etc::preferencesparts "/dev/null";\n'
        "#clear APT::Update::Pre-Invoke;\n#clear APT::Update::Post-Invoke;\n#clear APT::Update::Post-Invoke-Success;\n"
        "#clear DPkg::Post-Invoke;\n",
        encoding="utf-8",
    )
    env = {**os.environ, "APT_CONFIG": str(configuration), "DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "-q", "update"], env=env)
    told = run(["apt-cache", "depends", "linux-image-arm64"], env=env)
    kernel = re.search(r"Depends: (linux-image-[0-9]\S+)", told)
    if kernel is None:
        raise Unobtainable(1, f"expected linux-image-arm64 to name a kernel, got: {told.strip()[:200]}")
    get = ["apt-get", "-q", "-y", "--no-install-recommends", "--download-only", "install", *PACKAGES]
    run(get, env=env)
    archives = place / "apt/cache/archives"
    run(["apt-get", "-q", "download", kernel[1]], cwd=archives, env=env)


def fetch_wheels(place: Path, python: str) -> None:
    """Have pip fetch what the lock names, for aarch64, and build what is pure Python and comes as source."""
    wheels = place / "wheels"
    wheels.mkdir(parents=True, exist_ok=True)
    sources = ",".join(FROM_SOURCE)
    fetch = ["download", "--quiet", "--no-deps", "--require-hashes", "-r", str(LOCKS / "pi.txt"), "-d", str(wheels)]
    _pip([*fetch, *_for_guest(python), "--no-binary", sources])
    pure = [each for each in wheels.glob("*.tar.gz") if not each.name.startswith("RPi.GPIO")]
    _pip(["wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "-w", wheels, *pure])


def _pip(arguments: Sequence[str | Path]) -> None:
    run([sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", *arguments])


def _for_guest(python: str) -> list[str]:
    """Pip's words for a guest with this Python, such as ``3.11``."""
    number = python.replace(".", "")
    abis = [f"--abi=cp{number}", "--abi=abi3", "--abi=none"]
    platforms = [f"--platform={each}" for each in PLATFORMS]
    return [*platforms, f"--python-version={python}", "--implementation=cp", *abis, "--only-binary=:all:"]


def unpack_debs(place: Path) -> None:
    """The root file system, what is for compiling, and the kernel, each into a folder of its own."""
    for deb in sorted((place / "apt/cache/archives").glob("*.deb")):
        target = "root"
        if deb.match("linux-image-*"):
            target = "kernel"
        elif deb.match("*-dev_*"):
            target = "dev"
        elif any(deb.match(pattern) for pattern in NOT_UNPACKED):
            continue
        (place / target).mkdir(exist_ok=True)
        run(["dpkg-deb", "-x", deb, place / target])
    for folder in UNUSED:
        shutil.rmtree(place / "root" / folder, ignore_errors=True)
    for folder in ("dev", "etc", "mnt", "proc", "root", "run", "sys", "tmp", "var/lib/sealgate"):
        (place / "root" / folder).mkdir(parents=True, exist_ok=True)


def guest_python(root: Path) -> str:
    """Which Python the guest has, such as ``3.11``."""
    found = next(root.glob("usr/bin/python3.[0-9]*"), None)
    if found is None:
        raise Unobtainable(1, f"expected a Python in {root}, found none; remove {PLACE.name}.part and run this again")
    return found.name.removeprefix("python")


def packages_folder(root: Path) -> Path:
    """Where Debian's Python looks for what its administrator installed."""
    return root / f"usr/local/lib/python{guest_python(root)}/dist-packages"


def install_packages(place: Path) -> None:
    """The locked packages into the guest, and RPi.GPIO compiled for it."""
    root = place / "root"
    python = guest_python(root)
    target = packages_folder(root)
    wheels = sorted((place / "wheels").glob("*.whl"))
    _pip(
        [
            "install",
            "--quiet",
            "--no-deps",
            "--no-index",
            "--no-compile",
            "--target",
            target,
            *_for_guest(python),
            *wheels,
        ]
    )
    shutil.rmtree(target / "bin", ignore_errors=True)
    source = next((place / "wheels").glob("RPi.GPIO-*.tar.gz"))
    with tarfile.open(source) as packed:
        packed.extractall(place, filter="data")
    unpacked = place / source.name.removesuffix(".tar.gz")
    shutil.copytree(unpacked / "RPi", target / "RPi")
    _compile_gpio(unpacked, place, python, target / "RPi/_GPIO.so")


def _compile_gpio(unpacked: Path, place: Path, python: str, library: Path) -> None:
    """RPi.GPIO's C code as its own setup.py names it, with the guest's own headers and C library."""
    named = re.search(r"Extension\('RPi\._GPIO', \[([^\]]+)\]", (unpacked / "setup.py").read_text(encoding="utf-8"))
    if named is None:
        raise Unobtainable(1, f"expected {unpacked.name}/setup.py to name its sources, found none")
    sources = [unpacked / each for each in re.findall(r"'([^']+)'", named[1])]
    include = place / "dev/usr/include"
    headers = [f"-I{folder}" for folder in (include / f"python{python}", include / "aarch64-linux-gnu", include)]
    libc = next((place / "root").glob("**/aarch64-linux-gnu/libc.so.6"))
    flags = ["-O2", "-shared", "-fPIC", "-w", "-nostdlib"]
    run(["aarch64-linux-gnu-gcc", *flags, *headers, "-o", library, *sources, libc])


def install_modules(place: Path) -> None:
    """The kernel's modules that are wanted, and those that they want."""
    kernel, root = place / "kernel", place / "root"
    version = next((kernel / "lib/modules").iterdir()).name
    run(["depmod", "-b", kernel, version])
    source, target = (each / "lib/modules" / version for each in (kernel, root))
    wants = dict(
        line.split(":", maxsplit=1) for line in (source / "modules.dep").read_text(encoding="utf-8").splitlines()
    )
    by_name = {Path(path).name.partition(".")[0]: path for path in wants}
    paths = {by_name[name] for name in MODULES if name in by_name}
    for path in sorted(paths | {each for one in paths for each in wants[one].split()}):
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source / path, target / path)
    for index in source.glob("modules.*"):
        shutil.copy(index, target / index.name)
    run(["depmod", "-b", root, version])


def make_board(place: Path) -> None:
    """The kernel and the device tree, as a Pi's firmware hands it over."""
    shutil.copy(next((place / "kernel/boot").glob("vmlinuz-*")), place / "vmlinuz")
    tree = place / "board.dtb"
    shutil.copy(next((place / "kernel").rglob(BOARD)), tree)
    run(["fdtput", "-c", tree, "/system"])
    run(["fdtput", "-t", "x", tree, "/system", "linux,revision", REVISION])
    run(["fdtput", "-r", tree, BLUETOOTH])


def compile_python(folders: Iterable[Path], python: str) -> bool:
    """Compile a folder's modules for the guest, where this Python's form is its, too; returns whether it is."""
    if python != f"{sys.version_info.major}.{sys.version_info.minor}":
        return False
    # Some packages bring files of other Pythons, which no compiler takes: nothing imports them.
    command = [sys.executable, "-m", "compileall", "-q", "-q", "--invalidation-mode", "unchecked-hash"]
    subprocess.run([*command, *map(str, folders)], check=False, capture_output=True, timeout=RUN_LIMIT_S)
    return True


def pack(root: Path, archive: Path) -> None:
    """A folder as the kernel's initial RAM file system takes it: everything root's own."""
    names = sorted(str(each.relative_to(root)) for each in root.rglob("*"))
    with archive.open("wb") as out:
        done = subprocess.run(
            ["cpio", "--create", "--format=newc", "--owner=+0:+0", "--reproducible", "--quiet"],
            cwd=root,
            input="\n".join(names).encode(),
            stdout=out,
            stderr=subprocess.PIPE,
            timeout=RUN_LIMIT_S,
            check=False,
        )
    if done.returncode:
        raise Unobtainable(
            1, f"expected cpio to pack {root}, got: {done.stderr.decode(errors='replace').strip()[-300:]}"
        )


def made_from() -> str:
    """A digest of what decides what is made."""
    digest = hashlib.sha256()
    for file in (Path(__file__), LOCKS / "pi.txt"):
        digest.update(file.read_bytes())
    digest.update(f"{sys.version_info[:2]} {Path('/etc/os-release').read_text(encoding='utf-8')}".encode())
    return digest.hexdigest()


def make(place: Path) -> None:
    """Make everything anew, from what was fetched before where that is still there."""
    for folder in ("root", "kernel", "dev"):
        shutil.rmtree(place / folder, ignore_errors=True)
    _say("fetching Debian's arm64 packages and kernel, some 90 MB")
    fetch_debs(place)
    unpack_debs(place)
    python = guest_python(place / "root")
    _say("fetching the locked Python packages for aarch64, some 25 MB")
    shutil.rmtree(place / "wheels", ignore_errors=True)
    fetch_wheels(place, python)
    _say("building RPi.GPIO and the root file system")
    install_packages(place)
    install_modules(place)
    make_board(place)
    if not compile_python([place / "root/usr/lib", packages_folder(place / "root")], python):
        _say(f"the guest has Python {python}, this is another: its first start compiles, and takes that much longer")
    pack(place / "root", place / "root.cpio")
    fetched = sorted([*(place / "apt/cache/archives").glob("*.deb"), *(place / "wheels").iterdir()])
    lines = (f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in fetched)
    (place / "packages.txt").write_text("".join(lines), encoding="utf-8")
    (place / "python").write_text(python, encoding="ascii")
    for folder in ("root", "kernel", "dev", "wheels", "apt", "RPi.GPIO-0.7.1"):
        shutil.rmtree(place / folder, ignore_errors=True)


def _say(text: str) -> None:
    sys.stderr.write(f"pi_image: {text}\n")


def main() -> int:
    """See the module."""
    digest = made_from()
    stamp = PLACE / STAMP
    if stamp.is_file() and stamp.read_text(encoding="ascii") == digest:
        return 0
    try:
        require_tools()
        PART.mkdir(exist_ok=True)
        make(PART)
    except Unobtainable as error:
        _say(str(error))
        return error.code
    (PART / STAMP).write_text(digest, encoding="ascii")
    shutil.rmtree(PLACE, ignore_errors=True)
    PART.rename(PLACE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
