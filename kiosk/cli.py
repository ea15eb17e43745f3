"""The command ``sealgate``. Each command imports what it uses when it is used: start-up counts on a Pi.

Exit codes: 0 done; 1 the answer is no; 2 wrong use; 3 a device or file failed.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from kiosk.devices import Devices

DATA: Final = Path("/var/lib/sealgate")
"""The data folder of an installed kiosk."""

CONFIG: Final = Path("/etc/sealgate/site.toml")
"""The settings of an installed kiosk."""

DONE, NO = 0, 1
"""Exit codes of a command that ran; kiosk.app has the others."""


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

    imports = commands.add_parser("import", parents=[place], help="take over a CSV file; a bad one changes nothing")
    imports.add_argument("kind", choices=("approved-list", "racas", "drivers", "staff", "bookings"))
    imports.add_argument("file", type=Path)
    imports.set_defaults(run=_import)

    ledger = commands.add_parser("ledger", help="look at the ledger").add_subparsers(required=True, metavar="ACTION")
    verify = ledger.add_parser("verify", parents=[place], help="check every entry; exit 1 if one was altered")
    verify.add_argument("--json", action="store_true", help="for programs")
    verify.set_defaults(run=_ledger_verify)
    show = ledger.add_parser("show", parents=[place], help="print the entries, one JSON object a line")
    show.add_argument("--kind", help="only entries of this kind, such as uplift or hold")
    show.set_defaults(run=_ledger_show)
    return parser


def _kiosk(asked: argparse.Namespace) -> int:
    from kiosk.app import DriverScreen, run_kiosk
    from kiosk.site import read_site

    site = read_site(asked.config)

    def make_devices() -> "Devices":
        from hw.boards import load_board
        from hw.rpi_pins import RpiPins
        from kiosk.devices import Devices
        from kiosk.logs import log_to_file

        log_to_file(asked.data / "log" / "kiosk.log")
        extra = load_board(site.gate.board, site.gate.wiring).extra
        return Devices(site, lambda: RpiPins(extra=extra))

    run_kiosk(site, asked.data, make_devices, DriverScreen)
    return DONE


def _import(asked: argparse.Namespace) -> int:
    from kiosk.register.kinds import Kind
    from kiosk.register.store import RecordStore
    from kiosk.site import read_site

    site = read_site(asked.config)
    report = RecordStore(asked.data / "records").import_file(Kind(asked.kind), asked.file, site.seal_types)
    what = f"{report.kind.value} {report.version or ''}".rstrip()
    state = "imported" if report.changed else "as it was"
    sys.stdout.write(f"{what}: {report.rows} rows {state}; SHA-256 {report.digest}\n")
    if report.rows == 0:
        sys.stdout.write(f"remark: the file has a header and no rows: there are no {report.kind.value} any more\n")
    for remark in report.remarks:
        sys.stdout.write(f"remark: {remark}\n")
    return DONE


def _ledger_verify(asked: argparse.Namespace) -> int:
    from kiosk.ledger.verify import verify

    report = verify(_ledger_folder(asked))
    if asked.json:
        answer = {
            "ok": report.ok,
            "entries": report.entries,
            "root": report.root,
            "damage": list(map(str, report.damage)),
        }
        sys.stdout.write(json.dumps(answer) + "\n")
    else:
        sys.stdout.write("\n".join(report.lines()) + "\n")
    return DONE if report.ok else NO


def _ledger_folder(asked: argparse.Namespace) -> Path:
    folder: Path = asked.data / "ledger"
    if not folder.is_dir():
        raise FileNotFoundError(f"no ledger at {folder}; name the data folder with --data")
    return folder


def _ledger_show(asked: argparse.Namespace) -> int:
    from kiosk.ledger.ledger import read_entries

    for entry in read_entries(_ledger_folder(asked)):
        if asked.kind in (None, entry.kind):
            sys.stdout.write(entry.to_line().decode() + "\n")
    return DONE


if __name__ == "__main__":
    sys.exit(main())
