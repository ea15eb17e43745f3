"""``scripts/demo``: the kiosk on bench hardware and a sample site.

Exit codes: 0 done; 1 a journey did not go as it should, or the ledger did not verify; 2 wrong use; 3 a device or
file failed.
"""

import argparse
import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from drivers.scan_framing import Framing
from kiosk.app import DONE, NO, WRONG_USE, make_station_thread, run_kiosk, run_reporting
from kiosk.card_keys import load_card_keys
from kiosk.console.link import InProcessLink
from kiosk.core.cards import CardLevel
from kiosk.core.duty import DutyRule
from kiosk.demo.auto import Hands, JourneyFailed, drive, print_happening
from kiosk.demo.bench import PULL_AWAY_S, Bench, bench_for
from kiosk.demo.duty import signing_in
from kiosk.demo.yard import SAMPLE_SITE, Yard, import_bookings_for, import_sample_site, yard_in
from kiosk.devices import Devices
from kiosk.ledger.verify import verify
from kiosk.logs import log_to_file
from kiosk.register.store import RecordStore
from kiosk.site import CardsBy, Site, read_site

AUTO_PULL_AWAY_S: Final = 0.3
"""Seconds before the truck of --auto drives: nobody reads its screen."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the demo; returns its exit code."""
    asked = _parser().parse_args(arguments)
    if asked.auto and (asked.reader_port or asked.scanner_port):
        _say("expected --auto without ports of your own: it lays cards and scans seals on the bench itself")
        return WRONG_USE
    if asked.reader and asked.scanner_port:
        _say("expected --reader or --scanner-port, got both: the seal reader takes the scanner's place")
        return WRONG_USE
    if asked.auto and asked.data is not None and (asked.data / "ledger").exists():
        _say(f"expected --auto with a fresh --data folder, got {asked.data}, which has a ledger; name another one")
        return WRONG_USE
    try:
        return run_reporting("demo", lambda: _run(asked))
    except JourneyFailed as error:
        _say(str(error))
        return NO


def _say(line: str) -> None:
    sys.stderr.write(f"demo: {line}\n")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/demo",
        description="The kiosk on bench hardware and a sample site.",
        epilog="On the screen: F2 goes to the panel that lays cards, scans seals, pulls cables and drives the truck, "
        "and back; F10 leaves.",
    )
    parser.add_argument("--auto", action="store_true", help="journeys without a person; prints each event")
    parser.add_argument(
        "--reader", action="store_true", help="scan through the seal reader: its firmware runs in MicroPython"
    )
    parser.add_argument("--data", type=Path, metavar="DIR", help="keep the ledger there (default: thrown away)")
    parser.add_argument("--reader-port", type=Path, metavar="PATH", help="a PN532 of yours instead of the bench's")
    parser.add_argument("--scanner-port", type=Path, metavar="PATH", help="a scanner of yours instead of the bench's")
    framings = [each.value for each in Framing]
    parser.add_argument(
        "--scanner-framing", choices=framings, help="how your scanner ends a read (default: a line end)"
    )
    return parser


def _run(asked: argparse.Namespace) -> int:
    with ExitStack() as stack:
        data = asked.data or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="sealgate-demo-")))
        return _run_in(asked, data, stack)


def _run_in(asked: argparse.Namespace, data: Path, stack: ExitStack) -> int:
    log_to_file(data / "log" / "kiosk.log")
    site = _at_any_hour(_with_proven_cards(read_site(SAMPLE_SITE / "site.toml")))
    store = RecordStore(data / "records")
    import_sample_site(store, site.seal_types)
    import_bookings_for(datetime.now(UTC), store, site.seal_types)
    if asked.scanner_framing is not None and site.scanner is not None:
        site = replace(site, scanner=replace(site.scanner, framing=asked.scanner_framing))
    pull_away_s = AUTO_PULL_AWAY_S if asked.auto else PULL_AWAY_S
    bench = stack.enter_context(
        bench_for(site, asked.reader_port, asked.scanner_port, pull_away_s, seal_reader=asked.reader)
    )
    yard = yard_in(data)
    return _auto(bench, data, yard) if asked.auto else _on_screen(bench, data, yard)


def _with_proven_cards(site: Site) -> Site:
    """The site at its strictest: cards prove themselves by both means, so that each kind of copy is told apart."""
    return replace(site, plan=replace(site.plan, card_level=CardLevel.PROVEN), cards_by=CardsBy.BOTH)


def _at_any_hour(site: Site) -> Site:
    """The site attended while somebody is signed on, so that the demo goes the same by day and by night."""
    return replace(site, plan=replace(site.plan, duty=DutyRule.SIGNED_ON))


def _auto(bench: Bench, data: Path, yard: Yard) -> int:
    assert bench.reader is not None, "--auto has no ports of the caller's"
    hands = Hands(bench.reader, bench.read_when_asked, bench.truck, signing_in(data))
    thread, link = make_station_thread(bench.site, data, lambda: _devices(bench, data), print_happening)
    thread.start()
    try:
        asyncio.run(drive(link, hands, yard))
    finally:
        thread.stop()
    if thread.failure is not None:
        raise thread.failure
    report = verify(data / "ledger")
    sys.stdout.write("--- ledger verify\n" + "\n".join(report.lines()) + "\n")
    return DONE if report.ok else NO


def _on_screen(bench: Bench, data: Path, yard: Yard) -> int:
    from kiosk.demo.panel import DemoApp, DemoScreen
    from kiosk.demo.staff import make_accounts

    leave, password = partial(os.kill, os.getpid(), signal.SIGTERM), make_accounts(data)
    sign = signing_in(data)
    sign(yard.staff[0], True)

    def screen(link: InProcessLink, drawn: Callable[[], None]) -> DemoScreen:
        return DemoScreen(lambda: DemoApp(link, bench, yard, sign, leave, drawn, password), data)

    run_kiosk(bench.site, data, lambda: _devices(bench, data), screen)
    return DONE


def _devices(bench: Bench, data: Path) -> Devices:
    return Devices(bench.site, bench.board.open, card_keys=lambda: load_card_keys(CardLevel.PROVEN, data))


if __name__ == "__main__":
    sys.exit(main())
