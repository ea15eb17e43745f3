"""site.toml: taken whole, or refused in one line."""

from collections.abc import Iterator

from tests.fuzz.target import Feed, told

EYES = ("kiosk.site", "kiosk.core", "hw.boards", "tomllib")
LONGEST = 4000


def examples() -> Iterator[bytes]:
    from kiosk.demo.yard import SAMPLE_SITE
    from tests.station.rig import SITE_TEXT

    yield (SAMPLE_SITE / "site.toml").read_bytes()
    yield SITE_TEXT.encode()


def make() -> Feed:
    from hw.boards import load_board
    from hw.errors import DeviceFault
    from kiosk.site import SiteError, parse_site

    def feed(data: bytes) -> None:
        try:
            text = data.decode()
        except UnicodeDecodeError:
            return
        try:
            site = parse_site(text)
            if site.gate.wiring:
                load_board(site.gate.board, site.gate.wiring)
        except (SiteError, DeviceFault) as fault:
            told(str(fault))

    return feed
