"""What the Unix port is given of micropython-lib does there what the firmware and its tests ask of it."""

import subprocess
from pathlib import Path

import pytest

from tests.firmware.interpreter import environment, every_version, micropython, run

LOGGING = """
import logging

class Handler:
    level = 0
    def emit(self, record):
        text = getattr(record, "message", "") or record.msg % record.args
        print(record.name, record.levelno, text)

log = logging.getLogger("reader")
log.setLevel(logging.INFO)
log.addHandler(Handler())
log.debug("not this")
log.info("%d scans", 3)
log.warning("no engine")
log.error("why: %s", "cable")
"""

UNITTEST = """
import sys
import unittest

class Arithmetic(unittest.TestCase):
    def test_that_is_right(self):
        self.assertEqual(1 + 1, 2)

    def test_in_question(self):
        self.assertEqual(1 + 1, {answer})

try:
    unittest.main()
except SystemExit as ended:
    sys.exit(int(ended.args[0]))
"""


@every_version
def test_logging_gives_our_handler_each_line_from_its_level_on(tmp_path: Path, interpreter: str | None) -> None:
    script = tmp_path / "logs.py"
    script.write_text(LOGGING)
    assert run(script, interpreter=interpreter).splitlines() == [
        "reader 20 3 scans",
        "reader 30 no engine",
        "reader 40 why: cable",
    ]


@every_version
@pytest.mark.parametrize(("answer", "code"), [(2, 0), (3, 1)])
def test_unittest_fails_as_a_program_when_a_test_fails(
    tmp_path: Path, interpreter: str | None, answer: int, code: int
) -> None:
    script = tmp_path / "sums.py"
    script.write_text(UNITTEST.format(answer=answer))
    done = subprocess.run(
        [interpreter or micropython(), script],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert "Ran 2 tests" in done.stdout
    assert done.returncode == code
