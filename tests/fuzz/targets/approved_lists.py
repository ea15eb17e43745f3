"""Approved lists, signed and not: one counts only with a signature of a key that the site names, and with all of it."""

from collections.abc import Iterator

from tests.fuzz.keys import signer
from tests.fuzz.target import Feed, told

EYES = ("kiosk.register", "kiosk.signed_lists", "kiosk.ledger.note")
LONGEST = 1200

ISSUER = "issuer.example/lists"
SIGNED, RAW = 0, 1
"""First byte: the rest is a text that the issuer has signed, or whatever somebody sent."""


def examples() -> Iterator[bytes]:
    from kiosk.register.kinds import Kind
    from kiosk.signed_lists import signed_list
    from tests.register.sheets import good

    text = good(Kind.APPROVED_LIST).encode()
    yield bytes([SIGNED]) + text
    yield bytes([RAW]) + text
    for key in (signer(ISSUER, 1), signer(ISSUER, 2), signer("another.example", 1)):
        yield bytes([RAW]) + signed_list(text, key)
    yield bytes([RAW]) + signed_list(text, signer(ISSUER, 1)).replace(b"HHH", b"XXX")


def make() -> Feed:
    from kiosk.register.errors import ImportRefused
    from kiosk.register.incoming import read_incoming
    from kiosk.register.kinds import Kind
    from kiosk.register.signatures import unsigned_list
    from kiosk.signed_lists import list_opener, signed_list
    from kiosk.site import SheetSettings
    from tests.register.sheets import SEAL_TYPES, good

    issuer = signer(ISSUER, 1)
    open_list = list_opener([issuer.verifier.text])
    theirs = good(Kind.APPROVED_LIST).encode()
    signature = issuer.signature(theirs).line.encode()

    def feed(data: bytes) -> None:
        if not data:
            return
        sent, ours = data[1:], data[0] == SIGNED
        if ours:
            try:
                sent = signed_list(sent, issuer)
            except ValueError:  # no text that a note can hold
                return
        try:
            taken = read_incoming(Kind.APPROVED_LIST, sent, "list.csv", SEAL_TYPES, SheetSettings(), open_list)
        except ImportRefused as refused:
            told(str(refused))
            return
        # Of the examples the one that the issuer signed may come again, others' signatures beside; no other counts.
        by_issuer = ours or (unsigned_list(sent) == theirs and signature in sent)
        assert by_issuer, "a list counts that the issuer has not signed"
        assert taken.data == sent, "what is stored is what was signed"

    return feed
