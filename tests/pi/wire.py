"""Joins a terminal and a socket: what is typed goes to the board, what the board says is shown.

usage: python -m tests.pi.wire SOCKET
"""

import os
import select
import socket
import sys
import tty


def main(path: str) -> None:
    """Carry bytes both ways until one end is gone."""
    tty.setraw(0)
    with socket.socket(socket.AF_UNIX) as board:
        board.connect(path)
        look = select.poll()
        look.register(0, select.POLLIN)
        look.register(board.fileno(), select.POLLIN)
        while True:
            for fd, _ in look.poll():
                data = os.read(0, 4096) if fd == 0 else board.recv(4096)
                if not data:
                    return
                if fd == 0:
                    board.sendall(data)
                    continue
                while data:
                    data = data[os.write(1, data) :]


if __name__ == "__main__":
    main(sys.argv[1])
