"""The start on a board: runs the image that slots.py chooses. It is never updated over the link.

A board whose trigger is held while power comes is left to its REPL.
"""

import os
import sys
import time

import slots

TRIGGER_PIN = 14

IS_BOARD = sys.platform == "rp2"
ROOT = "" if IS_BOARD else os.getenv("SEAL_READER_ROOT") or "."


def is_held() -> bool:
    """Whether the trigger is pulled."""
    if not IS_BOARD:
        return False
    from machine import Pin

    return not Pin(TRIGGER_PIN, Pin.IN, Pin.PULL_UP).value()


def start() -> None:
    """Run what is to run; returns when that has ended by an error."""
    try:
        trial = slots.enter(ROOT)
        if IS_BOARD:
            from reader.boards.pico import Board
        else:
            from reader.boards.unix import Board
        from reader.app import run

        run(Board(), trial)
    except Exception as error:  # noqa: BLE001 - whatever it is, the board starts anew, with another image if this was new
        sys.print_exception(error)
        slots.raised(ROOT)
        time.sleep(1)  # what fails at each start does so once a second


if not is_held():
    start()
    slots.reset()
