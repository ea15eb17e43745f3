"""The wire protocol between seal reader and kiosk: firmware/PROTOCOL.md is its specification.

One copy serves both ends, so it keeps to the dialect that MicroPython and CPython share: plain classes, no typing
module, no clock and no port of its own. Bytes and milliseconds come in, bytes and events come out.
"""
