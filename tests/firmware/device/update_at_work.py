"""Updates and trials on this machine's disk: says what may run, each time that this changes.

usage: update_at_work.py FOLDER         tells the story from its beginning
       update_at_work.py FOLDER start   starts once from what is there, says what runs, and has it updated
"""

import sys

import slots
from reader.folder import Folder
from tests.firmware.device.update_story import Story, finished, put_key, running


def say(line: str) -> None:
    """One write to stdout."""
    sys.stdout.buffer.write(line.encode() + b"\n")


root = sys.argv[1]
Folder(root)
put_key(root)
if "start" in sys.argv:
    runs = running(root)
    say(runs)
    if slots.on_trial():
        slots.passed(root)
    finished(root, "three" if runs == "two" else "two")
    say(running(root))
else:
    Story(root, say).tell()
