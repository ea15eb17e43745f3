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
    from kiosk.devices import Devices

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
    kiosk.set_defaults(run=_kiosk)

    add_gatehouse(commands.add_parser("gatehouse", parents=[place], help="the staff console of the kiosk here"))

    add_imports(commands, place)

    add_export(commands.add_parser("export", parents=[place], help="write the ledger as a file for other programs"))
    add_sync(commands, place)
    _add_doctor(commands, place)
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


def _kiosk(asked: argparse.Namespace) -> int:
    from kiosk.app import run_kiosk
    from kiosk.kiosk_screen import KioskScreen
    from kiosk.site import read_site

    site = read_site(asked.config)

    def make_devices() -> "Devices":
        from hw.at_rest import noted_for_the_manager
        from hw.boards import load_board
        from hw.rpi_pins import RpiPins
        from kiosk.card_keys import load_card_keys
        from kiosk.devices import Devices
        from kiosk.logs import log_to_file

        log_to_file(asked.data / "log" / "kiosk.log")
        board, level = load_board(site.gate.board, site.gate.wiring), site.plan.card_level
        pins = noted_for_the_manager(board.wiring.outputs, lambda: RpiPins(extra=board.extra))
        return Devices(site, pins, card_keys=lambda: load_card_keys(level, asked.data))

    language = site.languages[0]
    run_kiosk(site, asked.data, make_devices, lambda link, drawn: KioskScreen(link, drawn, asked.data, language))
    return DONE


def _doctor(asked: argparse.Namespace) -> int:
    from kiosk.doctor.command import run

    return run(asked)


if __name__ == "__main__":
    sys.exit(main())
