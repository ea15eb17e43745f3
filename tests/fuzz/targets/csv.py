"""Files that an office sends, as text: imported whole, or refused in lines that a person can read."""

from collections.abc import Iterator

from tests.fuzz.target import Feed, told

EYES = ("kiosk.register",)
LONGEST = 1200


def examples() -> Iterator[bytes]:
    from kiosk.register.kinds import Kind
    from tests.register.sheets import good

    for number, kind in enumerate(Kind):
        header, _, rows = good(kind).partition("\n")
        office = header.replace("_", " ").title() + "\r\n" + rows.replace("\n", "\r\n")
        yield bytes([number]) + good(kind).encode()
        yield bytes([number | 0x80]) + office.encode()
        yield bytes([number | 0x80]) + office.replace(",", ";").encode("utf-8-sig")


def make() -> Feed:
    from kiosk.register.errors import ImportRefused
    from kiosk.register.incoming import read_incoming
    from kiosk.register.kinds import Kind
    from kiosk.site import SheetSettings
    from tests.register.sheets import SEAL_TYPES, WIDEST

    kinds = list(Kind)
    described = {
        kind: SheetSettings(columns={name: name.replace("_", " ").title() for name in WIDEST[kind]}) for kind in kinds
    }

    def feed(data: bytes) -> None:
        """The first byte says which kind, and whether site.toml describes the office's own sheet."""
        if not data:
            return
        kind = kinds[(data[0] & 0x7F) % len(kinds)]
        settings = described[kind] if data[0] & 0x80 else SheetSettings()
        try:
            taken = read_incoming(kind, data[1:], "office.csv", SEAL_TYPES, settings)
        except ImportRefused as refused:
            told(str(refused))
            return
        assert read_incoming(kind, taken.data, "again.csv", SEAL_TYPES, SheetSettings()).data == taken.data

    return feed
