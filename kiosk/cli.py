"""The command ``sealgate``. Each command imports what it uses when it is used: start-up counts on a Pi.

Exit codes: 0 done; 1 the answer is no; 2 wrong use; 3 a device or file failed.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kiosk.commands.card_arguments import add_card
from kiosk.commands.export_arguments import add_export
from kiosk.commands.gatehouse_arguments import add_gatehouse
from kiosk.commands.import_arguments import add_imports
from kiosk.commands.ledger_arguments import add_ledger
from kiosk.commands.reader_arguments import add_reader
from kiosk.commands.report_arguments import add_report
from kiosk.commands.seal_arguments import add_seal
from kiosk.commands.staff_arguments import add_staff
from kiosk.commands.sync import add_sync

if TYPE_CHECKING:
    from collections.abc import Callable

    from kiosk.app import MakeWatcher, Watcher
    from kiosk.console.link import InProcessLink
    from kiosk.devices import Devices
    from kiosk.site import Site

DATA: Final = Path("/var/lib/sealgate")
"""The data folder of an installed kiosk."""

CONFIG: Final = Path("/etc/sealgate/site.toml")
"""The settings of an installed kiosk."""

DONE: Final = 0
"""Exit code of a command that did what it was asked; kiosk.app has the others."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    asked = _parser().parse_args(arguments)

    from kiosk.app import run_reporting

    return run_reporting("sealgate", lambda: asked.run(asked))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="sealgate", description="Gate kiosk of a secure load site.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    place = argparse.ArgumentParser(add_help=False)
    place.add_argument("--config", type=Path, default=CONFIG, metavar="FILE", help=f"site.toml (default: {CONFIG})")
    place.add_argument("--data", type=Path, default=DATA, metavar="DIR", help=f"the data folder (default: {DATA})")

    kiosk = commands.add_parser("kiosk", parents=[place], help="the kiosk on this machine's devices")
    kiosk.add_argument(
        "--log",
        choices=("auto", "journal", "file"),
        default="auto",
        help="where log lines go: the journal where systemd started this (auto), always the journal, or a file in the "
        "data folder",
    )
    kiosk.set_defaults(run=_kiosk)

    add_gatehouse(commands.add_parser("gatehouse", parents=[place], help="the staff console of the kiosk here"))

    add_imports(commands, place)

    add_export(commands.add_parser("export", parents=[place], help="write the ledger as a file for other programs"))
    add_sync(commands, place)
    _add_doctor(commands, place)
    _add_support(commands, place)
    add_ledger(commands.add_parser("ledger", help="check the ledger, sign it, prove what it holds"), place)
    seal = commands.add_parser("seal", help="the life of the seals: received, applied, checked, replaced, counted")
    add_seal(seal, place)
    report = commands.add_parser("report", help="print an uplift, a stocktake, an incident; figures of the gate")
    add_report(report, place)
    add_card(commands.add_parser("card", help="the cards of drivers and staff: issued, revoked, lost, returned"), place)
    add_staff(commands.add_parser("staff", help="the site's staff: their accounts, and who is on duty"), place)
    reader = commands.add_parser("reader", help="the seal readers and their firmware; the kiosk must be stopped")
    add_reader(reader, CONFIG)
    return parser


def _add_doctor(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", place: argparse.ArgumentParser
) -> None:
    """``sealgate doctor``; kiosk.doctor.command runs it."""
    doctor = commands.add_parser(
        "doctor", parents=[place], help="what is wrong with this kiosk and how it is mended; exit 1 if something is"
    )
    doctor.add_argument("--json", action="store_true", help="for programs")
    doctor.set_defaults(run=_doctor)


def _add_support(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", place: argparse.ArgumentParser
) -> None:
    """``sealgate support``; kiosk.support.command runs it."""
    support = commands.add_parser(
        "support", parents=[place], help="one file with what an engineer needs to help, without names and secrets"
    )
    support.add_argument("--out", type=Path, required=True, metavar="FILE", help="where to: a file, or a folder")
    support.add_argument(
        "--log-mb", type=_megabytes, default=4.0, metavar="MB", help="how much of the log, the newest (default: 4)"
    )
    support.add_argument(
        "--without", action="append", default=[], metavar="PART", help="leave a part out; may be given again"
    )
    support.set_defaults(run=_support)


def _megabytes(text: str) -> float:
    """0 to 25: what a kiosk keeps of its log."""
    value = float(text)
    if not 0 <= value <= 25:
        raise argparse.ArgumentTypeError(f"expected 0 to 25, got {text}")
    return value


def _kiosk(asked: argparse.Namespace) -> int:
    from kiosk.app import run_kiosk
    from kiosk.kiosk_screen import KioskScreen
    from kiosk.site import read_site

    site = read_site(asked.config)

    def make_devices() -> "Devices":
        from hw.boards import load_board
        from hw.rpi_pins import RpiPins
        from kiosk.card_keys import load_card_keys
        from kiosk.devices import Devices
        from kiosk.logs import LogTo, log_for_kiosk
        from kiosk.stacks import keep_stacks

        log_for_kiosk(asked.data, LogTo(asked.log))
        keep_stacks(asked.data / "log" / "stacks.txt")
        extra = load_board(site.gate.board, site.gate.wiring).extra
        level = site.plan.card_level
        return Devices(site, lambda: RpiPins(extra=extra), card_keys=lambda: load_card_keys(level, asked.data))

    language, make_watcher = site.languages[0], _watcher_of(site, asked.data)

    def make_screen(link: "InProcessLink", drawn: "Callable[[], None]") -> KioskScreen:
        return KioskScreen(link, drawn, asked.data, language)

    try:
        run_kiosk(site, asked.data, make_devices, make_screen, make_watcher)
    except Exception as error:
        from kiosk.logs import log_death

        log_death(error)
        raise
    return DONE


def _watcher_of(site: "Site", data: Path) -> "MakeWatcher | None":
    """What makes the kiosk's figures, where site.toml asks for them; it is loaded behind the screen."""
    settings = site.metrics
    if settings is None:
        return None

    def make() -> "Watcher":
        from kiosk.devices import read_clock
        from kiosk.monitoring.monitor import Monitor

        return Monitor(site, data, settings, read_clock)

    return make


def _doctor(asked: argparse.Namespace) -> int:
    from kiosk.doctor.command import run

    return run(asked)


def _support(asked: argparse.Namespace) -> int:
    from kiosk.support.command import run

    return run(asked)


if __name__ == "__main__":
    sys.exit(main())
