"""scripts/micropython: where it takes a MicroPython from, and what it says when there is none to be had."""

import shutil
import subprocess

import pytest

from tests.scripts.bare_machine import MICROPYTHON, STAND_IN_SUDO, BareMachine, essential

OLD_MICROPYTHON = "#!/bin/sh\nexit 1\n"
"""Fails when asked whether it is new enough."""

APT_CACHE = """#!/bin/sh
echo "  Candidate: {candidate}"
"""

APT_GET = """#!/bin/sh
# Knows one source of each sort; notes everything else that it is asked for.
case "$*" in
"update --print-uris")
    . /etc/os-release
    for dist in "cdrom://Disc/dists/$VERSION_CODENAME" "http://archive.test/debian/dists/$VERSION_CODENAME" \\
        "http://archive.test/debian/dists/$VERSION_CODENAME-updates" \\
        "http://security.test/dists/$VERSION_CODENAME-security" "http://other.test/dists/nodistro"; do
        echo "'$dist/InRelease' name 0"
        echo "'$dist/main/binary-amd64/Packages.xz' name 0"
    done ;;
*" install "*)
    echo "$@" >>"{log}"
    cp "{tool}" "{bin}/micropython" ;;
*)
    echo "$@" >>"{log}"
    test ! -e "{broken}" || exit 100
    case "$*" in *" download "*) touch micropython.deb ;; esac ;;
esac
"""

DPKG = """#!/bin/sh
# An unpacked package holds a loader that runs nothing and succeeds.
case "$1" in
--print-architecture) echo amd64 ;;
--compare-versions) exec /usr/bin/dpkg "$@" ;;
-x) libraries="$3/usr/lib/x86_64-linux-gnu" && mkdir -p "$libraries" && cp "{tool}" "$libraries/ld-linux-x86-64.so.2" ;;
esac
"""


@pytest.fixture
def without(machine: BareMachine) -> BareMachine:
    """Give the machine apt-get, and no MicroPython in reach of it."""
    (machine.bin / MICROPYTHON).unlink()
    for name in ["sed", "sort", "mv", "chmod", "touch"]:
        (machine.bin / name).symlink_to(essential(name))
    machine.put("apt-get", APT_GET)
    machine.put("apt-cache", APT_CACHE.format(candidate="(none)"))
    machine.put("dpkg", DPKG)
    return machine


def get(machine: BareMachine) -> subprocess.CompletedProcess[str]:
    """Run the script where scripts/setup has made .venv already."""
    python = machine.root / ".venv/bin/python"
    if not python.exists():
        python.parent.mkdir(parents=True)
        shutil.copy(machine.bin / "python3.12", python)
        for made in (machine.root / ".venv", machine.root / ".venv/bin"):
            made.chmod(0o777)
    return machine.run("scripts/micropython")


def test_one_on_path_that_is_new_enough_is_taken_without_a_word(machine: BareMachine) -> None:
    run = get(machine)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")
    assert not (machine.root / ".micropython/bin").exists()


def test_it_is_fetched_from_the_main_archive_of_the_machines_own_sources_and_no_other(without: BareMachine) -> None:
    without.broken.touch()
    assert get(without).returncode == 3
    assert (without.root / ".micropython.part/debian.sources").read_text() == (
        "Types: deb\nURIs: http://archive.test/debian\nSuites: trixie\nComponents: main\nArchitectures: amd64\n"
        "Targets: Packages\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n"
    )


def test_it_is_fetched_with_an_apt_of_its_own_folders_and_runs_from_where_it_lies(without: BareMachine) -> None:
    run = get(without)
    assert run.returncode == 0, run.stderr
    update, download = without.asked()
    private = f"-c {without.root}/.micropython.part/apt.conf"
    assert private in update
    assert private in download
    assert download.endswith(" download micropython libc6 libffi8 libmbedtls21 libmbedcrypto16 libmbedx509-7")
    moved = (without.root / ".micropython").rename(without.root.parent / "moved")
    assert subprocess.run([moved / "bin/micropython"], timeout=10, check=False).returncode == 0


def test_a_second_run_does_nothing_and_says_nothing(without: BareMachine) -> None:
    get(without)
    without.asked()
    run = get(without)
    assert (run.returncode, run.stderr, without.asked()) == (0, "", [])


def test_an_old_one_on_path_is_passed_over(without: BareMachine) -> None:
    without.put(MICROPYTHON, OLD_MICROPYTHON)
    assert get(without).returncode == 0
    assert (without.root / ".micropython/bin/micropython").exists()


def test_a_fetch_broken_off_is_told_and_goes_on_with_what_it_has(without: BareMachine) -> None:
    without.broken.touch()
    run = get(without)
    assert run.returncode == 3
    assert "expected apt-get to download from trixie: micropython libc6" in run.stderr
    assert not (without.root / ".micropython").exists()
    kept = without.root / ".micropython.part/state/lists/kept"
    kept.touch()
    without.put("dpkg", DPKG.replace("-x) ", '-x) test -e "$(dirname "$2")/../state/lists/kept" && '))
    without.broken.unlink()
    assert get(without).returncode == 0
    assert not (without.root / ".micropython.part").exists()


def test_one_that_no_longer_works_is_made_anew(without: BareMachine) -> None:
    get(without)
    (without.root / ".micropython/bin/micropython").write_text(OLD_MICROPYTHON)
    assert get(without).returncode == 0
    assert "exec" in (without.root / ".micropython/bin/micropython").read_text()


def test_micropython_lib_is_put_beside_it_and_again_when_its_lock_changes(without: BareMachine) -> None:
    get(without)
    stamp = without.root / ".micropython/lib/lock.txt"
    lock = without.root / "scripts/locks/micropython.txt"
    assert stamp.read_bytes() == lock.read_bytes()
    with lock.open("a") as text:
        text.write("# changed\n")
    assert get(without).returncode == 0
    assert stamp.read_bytes() == lock.read_bytes()


def test_where_apt_has_it_that_package_is_installed(without: BareMachine) -> None:
    without.put("apt-cache", APT_CACHE.format(candidate="1.25.0+ds-1"))
    without.put("sudo", STAND_IN_SUDO.format(answer='exec "$@"'))
    run = get(without)
    assert run.returncode == 0, run.stderr
    assert without.asked()[-1].endswith(" install -y --no-install-recommends micropython")
    assert not (without.root / ".micropython/bin").exists()


def test_where_apt_has_it_and_the_user_may_not_install_the_command_to_type_is_printed(without: BareMachine) -> None:
    without.put("apt-cache", APT_CACHE.format(candidate="1.25.0+ds-1"))
    run = get(without)
    assert run.returncode == 3
    assert "apt-get install -y --no-install-recommends micropython" in run.stderr


def test_where_apt_has_an_older_one_debians_is_fetched(without: BareMachine) -> None:
    without.put("apt-cache", APT_CACHE.format(candidate="1.22.1+ds-1"))
    assert get(without).returncode == 0
    assert (without.root / ".micropython/bin/micropython").exists()


def test_without_apt_get_the_line_says_what_to_put_on_path(without: BareMachine) -> None:
    (without.bin / "apt-get").unlink()
    run = get(without)
    assert run.returncode == 3
    (line,) = run.stderr.splitlines()
    assert (
        "expected MicroPython 1.25 or newer (its Unix port) on PATH, or apt-get to fetch it with; found neither" in line
    )


def test_without_a_source_of_debian_the_line_says_so(without: BareMachine) -> None:
    without.put("apt-get", "#!/bin/sh\n")
    run = get(without)
    assert run.returncode == 3
    assert "expected Debian's main archive among apt's sources, found none" in run.stderr.splitlines()[-1]


@pytest.mark.parametrize(("scope", "is_fetched"), [("kiosk", False), ("reader", True), ("test", True)])
def test_the_demo_with_the_reader_and_the_tests_need_it_and_the_kiosk_does_not(
    without: BareMachine, scope: str, is_fetched: bool
) -> None:
    assert without.setup(scope).returncode == 0
    assert (without.root / ".micropython/bin/micropython").exists() == is_fetched
