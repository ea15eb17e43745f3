"""The start on a board: runs the reader, or leaves the board to its REPL when the trigger is held while power comes."""

import sys

if sys.platform == "rp2":
    from machine import Pin

    from reader.boards.pico import Board

    is_held = not Pin(14, Pin.IN, Pin.PULL_UP).value()
else:
    from reader.boards.unix import Board

    is_held = False

if not is_held:
    from reader.app import run

    run(Board())
