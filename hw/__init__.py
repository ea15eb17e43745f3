"""The board: pins, serial ports, clock state. Knows no device protocol."""
