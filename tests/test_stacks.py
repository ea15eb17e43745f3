import signal
import subprocess
import sys
from pathlib import Path

from kiosk.stacks import MOST_BYTES

PROGRAM = """
import sys
from pathlib import Path
from threading import Event, Thread
from kiosk.stacks import keep_stacks

keep_stacks(Path(sys.argv[1]))
def in_the_driver(): Event().wait()
Thread(target=in_the_driver, daemon=True).start()
print("up", flush=True)
Event().wait()
"""


def aborted(path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", PROGRAM, str(path)], stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"up\n"
        program.send_signal(signal.SIGABRT)
        assert program.wait(30) == -signal.SIGABRT


def test_where_each_thread_was_when_the_watchdog_ended_it_is_kept_end_after_end(tmp_path: Path) -> None:
    stacks = tmp_path / "log" / "stacks.txt"
    for ends in (1, 2):
        aborted(stacks)
        assert stacks.read_text(encoding="utf-8").count("in in_the_driver") == ends


def test_the_file_is_begun_anew_when_it_has_grown_long(tmp_path: Path) -> None:
    stacks = tmp_path / "stacks.txt"
    stacks.write_text("x" * (MOST_BYTES + 1), encoding="utf-8")
    aborted(stacks)
    assert len(stacks.read_text(encoding="utf-8")) < MOST_BYTES
