"""What every report knows: the entry that it is about, where it stands, and the site."""

from collections.abc import Mapping
from datetime import datetime, tzinfo
from typing import Any

from msgspec import Struct

from kiosk.paper.document import Document

CODE_SIDE = 230.0
"""Points of a proof's QR code with its margin: 8 cm, so that a module of the largest is 0.4 mm."""


class Reported(Struct, frozen=True):
    """An entry that is reported.

    Attributes:
        seq: Its number.
        kind: Its kind.
        time: When it was written.
        body: Its content.
        digest: Its digest, in hex.
        ledger: Its ledger's id.
        root: The Merkle root that the proof leads to, in hex.
        size: How many entries that root covers.
        code: The short text of its proof; empty where it is too long for a QR code.
    """

    seq: int
    kind: str
    time: datetime
    body: Mapping[str, Any]
    digest: str
    ledger: str
    root: str
    size: int
    code: str


class Place(Struct, frozen=True):
    """The site that reports.

    Attributes:
        site_id: Its load site's ID code.
        name: As people call it.
        zone: Its own time.
        contact: Whom to call.
    """

    site_id: str
    name: str
    zone: tzinfo
    contact: str


def begin(title: str, entry: Reported, place: Place) -> Document:
    """A report's first lines."""
    return Document(title, f"{place.name}, load site {place.site_id}", f"entry {entry.seq} of ledger {entry.ledger}")


def said_at(stamp: str | datetime | None, place: Place) -> str:
    """A time of an entry as people at the site read it, with its distance from UTC."""
    if stamp is None:
        return "-"
    moment = stamp if isinstance(stamp, datetime) else datetime.fromisoformat(stamp)
    local = moment.astimezone(place.zone)
    offset = f"{local:%z}"
    return f"{local:%d %B %Y, %H:%M:%S} (UTC{offset[:3]}:{offset[3:5]})"


def evidence(document: Document, entry: Reported, place: Place) -> None:
    """How whoever reads the report can tell that the entry is what the kiosk wrote."""
    document.heading("Evidence")
    document.fields(
        (
            ("Entry", f"{entry.seq}, {entry.kind}, written {said_at(entry.time, place)}"),
            ("Digest", _in_halves(entry.digest)),
            (f"Root over {entry.size} entries", _in_halves(entry.root)),
        )
    )
    document.gap(6)
    how = (
        "This code is the proof that the entry stands in the ledger that the kiosk has signed, letter for letter.",
        "Read it into a file with any camera; then, with the kiosk's public key and nothing else:",
        "sealgate ledger verify-proof FILE --key KEY",
    )
    if entry.code:
        document.code(entry.code, CODE_SIDE, how)
    else:
        document.paragraph(
            f"The proof is too long for a code: sealgate ledger prove {entry.seq} --out FILE writes it, and "
            "sealgate ledger verify-proof FILE --key KEY checks it."
        )


def _in_halves(digest: str) -> str:
    """A digest does not fit on a line: it is parted in the middle, not after all but its last letter."""
    half = len(digest) // 2
    return f"{digest[:half]} {digest[half:]}"
