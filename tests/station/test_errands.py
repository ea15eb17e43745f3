import os
import sys
from pathlib import Path
from threading import Thread

import pytest

from kiosk.station.errands import TOLD_CHARS, Errands, Ran


def python(code: str) -> tuple[str, ...]:
    return (sys.executable, "-c", code)


def test_a_program_gets_what_it_is_given_and_what_it_says_comes_back() -> None:
    code = "import sys; print(len(sys.stdin.buffer.read())); sys.stderr.write('one\\ntwo\\n'); sys.exit(7)"
    assert Errands().run(python(code), bytes(300_000), 30) == Ran(7, "300000\n", "one")


def test_what_is_said_at_length_is_cut_short() -> None:
    assert Errands().run(python("import sys; sys.stderr.write('x' * 5000)"), b"", 30).said == "x" * TOLD_CHARS


def test_a_program_that_is_not_there_is_an_error() -> None:
    with pytest.raises(FileNotFoundError):
        Errands().run(("/nowhere/lp",), b"", 30)


def test_a_program_that_hangs_is_killed_with_what_it_started() -> None:
    with pytest.raises(TimeoutError, match=r"sh took longer than 0\.2 s"):
        Errands().run(("sh", "-c", "sleep 600 & sleep 600"), b"", 0.2)


def test_what_runs_is_given_up_at_once_and_nothing_runs_after_that(tmp_path: Path) -> None:
    errands, ended = Errands(), list[BaseException]()
    fifo = tmp_path / "began"
    os.mkfifo(fifo)

    def run() -> None:
        try:
            errands.run(("sh", "-c", f"echo > {fifo}; sleep 600"), b"", 600)
        except InterruptedError as error:
            ended.append(error)

    thread = Thread(target=run)
    thread.start()
    fifo.read_text()
    errands.give_up()
    thread.join(10)
    assert not thread.is_alive()
    assert ended
    with pytest.raises(InterruptedError):
        errands.run(python(""), b"", 30)
