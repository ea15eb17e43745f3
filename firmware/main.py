"""The start on a board: runs the image that slots.py chooses. It is never updated over the link."""

import os
import sys
import time

import slots

ROOT = "" if sys.platform == "rp2" else os.getenv("SEAL_READER_ROOT") or "."

try:
    trial = slots.enter(ROOT)
    if sys.platform == "rp2":
        from reader.boards.pico import Board
    else:
        from reader.boards.unix import Board
    from reader.app import run

    run(Board(), trial)
except Exception as error:
    sys.print_exception(error)
    slots.raised(ROOT)
    time.sleep(1)  # what fails at each start does so once a second, and leaves time to reach it by its cable
slots.reset()
