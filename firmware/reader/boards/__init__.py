"""What differs from board to board: ports, pins, flash and watchdog, behind one class Board each."""
