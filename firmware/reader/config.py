"""How the reader is set up, kept over restarts: the message Config with a check value, in one file."""

import os

from sealwire.crc import crc16
from sealwire.messages import Config, from_bytes, to_bytes

FILE = "/config"

ENDS = ("\r", "\n", "\r\n", "\t")
"""What may end a line of a plain engine."""

BAUDS = (9600, 19200, 38400, 57600, 115200, 230400)
"""Speeds of scan engines (Zebra's parameter 9Ch, from 9600 up)."""


def default() -> Config:
    """A plain engine at 9600 baud whose lines end in CR: how most serial scanners leave the works."""
    return Config(Config.LINES, 9600, "\r", 7)


def trouble(config: Config) -> str:
    """Why a reader cannot be set up so, or ""."""
    if config.engine not in (Config.LINES, Config.SSI):
        return "engine: expected 1 (lines) or 2 (SSI), got %d" % config.engine
    if config.baud not in BAUDS:
        return "baud: expected one of %r, got %d" % (BAUDS, config.baud)
    if config.end not in ENDS:
        return "end: expected CR, LF, CRLF or TAB, got %r" % config.end
    if config.volume > 10:
        return "volume: expected 0 to 10, got %d" % config.volume
    return ""


def load(root: str) -> "tuple[Config, str]":
    """Read it from the flash.

    Args:
        root: The flash's folder, without a slash at its end.

    Returns:
        It, or the default; and what was wrong with the file, or "" (also when there is none yet).
    """
    try:
        with open(root + FILE, "rb") as file:
            data = file.read(64)
    except OSError:
        return default(), ""
    try:
        if crc16(data):  # of a text with its check value behind it, high byte first, this is 0
            raise ValueError("its check value does not fit")
        config = from_bytes(data[:-2])
        why = trouble(config) if isinstance(config, Config) else "it holds another message"
        if why:
            raise ValueError(why)
    except ValueError as error:
        return (
            default(),
            "expected a whole config on the flash; %s: the default holds until the kiosk sends one" % error,
        )
    return config, ""


def store(root: str, config: Config) -> str:
    """Write it to the flash: beside the old one, then in its place, so that a power cut leaves one of the two.

    Returns:
        Why it cannot be kept, or "".
    """
    data = to_bytes(config)
    crc = crc16(data)
    try:
        with open(root + FILE + ".new", "wb") as file:
            file.write(data + bytes((crc >> 8, crc & 0xFF)))
            file.flush()
        os.rename(root + FILE + ".new", root + FILE)
    except OSError as error:
        return "expected to keep the config on the flash, got %r" % error
    return ""
