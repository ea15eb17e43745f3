"""The harness that kills and fails programs at their system calls: it strikes where it is told to, and nowhere else."""

import os
from pathlib import Path

import pytest

from tests.strace import KILLED, Call, Program, Said, calls_of


def program_of_two_writes(folder: str) -> None:
    """Writes twice to a file of the folder and once beside it, and says how that went."""
    handle = os.open(Path(folder) / "notes", os.O_WRONLY | os.O_CREAT)
    beside = os.open(Path(folder).parent / "beside", os.O_WRONLY | os.O_CREAT)
    os.write(beside, b"!")
    for text in (b"one", b"two"):
        try:
            os.write(handle, text)
        except OSError as fault:
            os.write(1, f"{fault.strerror}\n".encode())
        else:
            os.write(1, text + b"\n")


FOUND = ["openat notes 1", "write notes 1", "one", "write notes 2", "two"]


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    return Program(program_of_two_writes, tmp_path_factory.mktemp("program"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "folder"
    made.mkdir()
    return made


def test_the_calls_on_a_folders_files_are_found_in_order_with_what_is_said_between(
    program: Program, folder: Path
) -> None:
    steps = program.steps([str(folder)], folder)
    assert [step.line if isinstance(step, Said) else str(step) for step in steps] == FOUND
    assert all(call.writes for call in calls_of(steps))


@pytest.mark.parametrize(("number", "left"), [(1, b""), (2, b"one")])
def test_a_kill_at_a_call_comes_before_the_kernel_has_done_it(
    program: Program, folder: Path, number: int, left: bytes
) -> None:
    done = program.run_with("signal=SIGKILL", Call("write", "notes", number, writes=True), [str(folder)], folder)
    assert done.code == KILLED
    assert (folder / "notes").read_bytes() == left


@pytest.mark.parametrize(("fault", "said", "left"), [("error=EIO", "two", b"two"), ("error=EIO+", None, b"")])
def test_an_error_at_a_call_is_that_ones_alone_or_all_later_ones_too(
    program: Program, folder: Path, fault: str, said: str | None, left: bytes
) -> None:
    done = program.run_with(fault, Call("write", "notes", 1, writes=True), [str(folder)], folder)
    assert (done.code, done.said) == (0, ["Input/output error", said or "Input/output error"])
    assert (folder / "notes").read_bytes() == left


def test_a_fault_at_a_call_that_never_comes_is_a_failure(program: Program, folder: Path) -> None:
    with pytest.raises(AssertionError, match="expected the fault error=EIO at write notes 3, got none"):
        program.run_with("error=EIO", Call("write", "notes", 3, writes=True), [str(folder)], folder)
