"""The start on a board: runs the reader."""

import sys

if sys.platform == "rp2":
    from reader.boards.pico import Board
else:
    from reader.boards.unix import Board

from reader.app import run

run(Board())
