"""The format of a ledger's folder: a number, and whether this program can use a folder of that number.

``format.json`` in the folder says it: ``{"format": 3, "read_by": 2}``. A folder without that file is of format 2, the
first one. ``read_by`` is the least format that a program must know to read the folder and append to it: a format that
only adds something beside leaves it where it was, and older programs go on. A program that knows less refuses the
folder, in words that say so: what it would call damage is only newer than itself.

The entries themselves are no part of a format: their bytes and digests never change (`kiosk.ledger.migrations`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from kiosk.durable import write_file
from kiosk.ledger.errors import LedgerNewer

FORM_NAME: Final = "format.json"

FIRST: Final = 2
"""The format of a folder that does not say one; that of the entries, too (`kiosk.ledger.standing`)."""

NEWEST: int = FIRST
"""The newest format that this program knows, and the one that it makes ledgers in."""

_MOST_BYTES: Final = 4096

_Number = Annotated[int, Meta(ge=FIRST)]


class Form(Struct, frozen=True):
    """What a folder says of its format.

    Attributes:
        format: Its number.
        read_by: The least format that a program must know to use it.
    """

    format: _Number = FIRST
    read_by: _Number = FIRST


def read_form(folder: Path) -> Form:
    """What a ledger's folder says of its format, whether or not this program knows it.

    Raises:
        LedgerNewer: It says it in a way that this program does not know.
        OSError: The disk does not give it.
    """
    try:
        with (folder / FORM_NAME).open("rb") as file:
            data = file.read(_MOST_BYTES)
    except FileNotFoundError:
        return Form()
    try:
        return msgspec.json.decode(data, type=Form)
    except msgspec.DecodeError as fault:
        raise LedgerNewer(str(folder), f"a {FORM_NAME} that says {data[:80]!r} ({fault})", NEWEST) from None


def require_known(folder: Path) -> None:
    """Refuse a ledger's folder that this program is too old for.

    Raises:
        LedgerNewer: It is.
        OSError: The disk does not give what says it.
    """
    form = read_form(folder)
    if form.read_by > NEWEST:
        raise LedgerNewer(str(folder), f"format {form.format}, which takes one that knows {form.read_by}", NEWEST)


def write_form(folder: Path, form: Form) -> None:
    """Say a folder's format, durably.

    Raises:
        OSError: The disk did not take it.
    """
    write_file(folder / FORM_NAME, msgspec.json.encode(form) + b"\n")
