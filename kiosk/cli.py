"""The command ``sealgate``. Each command imports what it uses when it is used: start-up counts on a Pi.

Exit codes: 0 done; 1 the answer is no; 2 wrong use; 3 a device or file failed.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kiosk.commands.report_arguments import add_report
from kiosk.commands.seal_arguments import add_seal

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

    _add_import(commands, place)

    _add_export(commands.add_parser("export", parents=[place], help="write the ledger as a file for other programs"))
    _add_sync(commands, place)
    _add_doctor(commands, place)
    _add_ledger(commands.add_parser("ledger", help="check the ledger, sign it, prove what it holds"), place)
    seal = commands.add_parser("seal", help="the life of the seals: received, applied, checked, replaced, counted")
    add_seal(seal, place, run=_seal, show=_seal_show)
    add_report(
        commands.add_parser("report", help="print an uplift, a stocktake, an incident; figures"), place, run=_report
    )
    _add_reader(commands.add_parser("reader", help="the seal readers and their firmware; the kiosk must be stopped"))
    return parser


def _add_export(parser: argparse.ArgumentParser) -> None:
    """What ``sealgate export`` takes; kiosk.commands.export runs it."""
    parser.set_defaults(run=_export)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--format",
        choices=("csv", "csv-excel", "xlsx", "jsonl", "tinydb", "postgres"),
        help="csv: exact, for programs; csv-excel: that Excel opens right; xlsx: a workbook; jsonl: entries with their "
        "proofs; tinydb: a file that TinyDB opens; postgres: into the register of many kiosks, --to",
    )
    what.add_argument("--into", type=Path, metavar="WORKBOOK", help="update the office's own XLSX by seal number")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where to; for CSV a folder; a signed checkpoint too")
    parser.add_argument("--to", metavar="REGISTER", help="of postgres: connection string, URI or service's name")
    when = "a date, in site time, or an instant such as 2026-01-31T22:05:00+13:00"
    parser.add_argument("--since", metavar="WHEN", help=f"only entries from then on: {when}")
    parser.add_argument("--until", metavar="WHEN", help="only entries before then; of a date, up to its end")
    parser.add_argument("--as-of", type=Path, metavar="CHECKPOINT", help="the entries that this one covers, no later")
    parser.add_argument("--separator", choices=(",", ";", "tab"), default=",", help="of csv-excel (default: a comma)")
    parser.add_argument("--sheet", metavar="NAME", help="of --into: which sheet (default: the one with seal numbers)")
    parser.add_argument(
        *("--column", "-c"),
        metavar="OURS=THEIRS",
        action="append",
        default=[],
        help="of --into: what the workbook calls one of our columns, such as 'Seal number=Seal No.'",
    )


def _add_import(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", place: argparse.ArgumentParser
) -> None:
    """``sealgate import`` and ``sealgate sign-list``; kiosk.commands.imports runs them."""
    imports = commands.add_parser(
        "import", parents=[place], help="take over a CSV file or a workbook; a bad one changes nothing"
    )
    imports.add_argument("kind", choices=("approved-list", "racas", "drivers", "staff", "bookings", "register"))
    imports.add_argument("file", type=Path)
    imports.add_argument("--dry-run", action="store_true", help="change nothing; print what would change, row by row")
    imports.set_defaults(run=_import)
    sign = commands.add_parser("sign-list", parents=[place], help="sign an approved list, to be imported")
    sign.add_argument("file", type=Path, nargs="?", metavar="FILE", help="the list, in CSV or a workbook")
    sign.add_argument("--key", type=Path, required=True, metavar="KEY", help="the file of the signing key")
    sign.add_argument("--out", type=Path, metavar="SIGNED", help="where the signed list goes")
    sign.add_argument("--new-key", metavar="NAME", help="instead of signing: make the key, and print its public half")
    sign.set_defaults(run=_sign_list)


def _add_sync(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", place: argparse.ArgumentParser) -> None:
    """``sealgate sync`` and ``sealgate register``."""
    from kiosk.commands.sync import add_sync

    add_sync(commands, place)


def _add_doctor(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]", place: argparse.ArgumentParser
) -> None:
    """``sealgate doctor``; kiosk.doctor.command runs it."""
    doctor = commands.add_parser(
        "doctor", parents=[place], help="what is wrong with this kiosk and how it is mended; exit 1 if something is"
    )
    doctor.add_argument("--json", action="store_true", help="for programs")
    doctor.set_defaults(run=_doctor)


def _add_ledger(parser: argparse.ArgumentParser, place: argparse.ArgumentParser) -> None:
    """The actions of ``sealgate ledger``; kiosk.commands.ledger runs them."""
    parser.set_defaults(run=_ledger)
    actions = parser.add_subparsers(required=True, metavar="ACTION", dest="action")
    json_too = argparse.ArgumentParser(add_help=False)
    json_too.add_argument("--json", action="store_true", help="for programs")
    key = "the kiosk's public key, or the file that holds it (checkpoint.pub)"

    verify = actions.add_parser(
        "verify", parents=[place, json_too], help="check every entry; exit 1 if one was altered"
    )
    signed = "also: does the ledger begin with what was signed here, in a note or as its QR code's text?"
    verify.add_argument("--checkpoint", type=Path, metavar="FILE", help=signed)
    verify.add_argument(
        "--export", type=Path, metavar="FILE", help="instead of the ledger: an export, against its checkpoint"
    )
    verify.add_argument("--partial", action="store_true", help="take an export that leaves entries out")
    verify.add_argument("--key", metavar="KEY", action="append", default=[], help=key)
    show = actions.add_parser("show", parents=[place], help="print the entries, one JSON object a line")
    show.add_argument("--kind", help="only entries of this kind, such as uplift or hold")
    checkpoint = actions.add_parser(
        "checkpoint", parents=[place, json_too], help="sign how long the ledger is and what it holds"
    )
    checkpoint.add_argument("--out", type=Path, metavar="FILE", help="write it there (default: standard output)")
    checkpoint.add_argument("--qr", action="store_true", help="draw it as a QR code, to be photographed")
    prove = actions.add_parser("prove", parents=[place], help="write the proof that an entry is in the ledger")
    what = prove.add_mutually_exclusive_group(required=True)
    what.add_argument("entry", type=int, nargs="?", metavar="SEQ", help="the entry's number")
    what.add_argument("--since", type=Path, metavar="CHECKPOINT", help="instead: that the ledger only grew since this")
    prove.add_argument("--out", type=Path, metavar="FILE", required=True)
    proof = actions.add_parser("verify-proof", parents=[json_too], help="check a proof; needs no ledger")
    proof.add_argument("file", type=Path, metavar="FILE")
    proof.add_argument("--key", required=True, metavar="KEY", action="append", help=f"{key}; again for a further one")
    proof.add_argument(
        "--since", type=Path, metavar="CHECKPOINT", help="the older checkpoint, if the proof is of growth"
    )
    rotate = actions.add_parser(
        "rotate-key",
        parents=[place, json_too],
        help="replace the signing key; the kiosk must be stopped",
    )
    rotate.add_argument("--lost", action="store_true", help="the old key is gone and can not sign for the new one")
    rotate.set_defaults(run=_rotate_key)
    _add_history(actions, place, json_too)
    _add_backup(actions, [place, json_too])


def _add_history(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]",
    place: argparse.ArgumentParser,
    json_too: argparse.ArgumentParser,
) -> None:
    """The actions of ``sealgate ledger`` about its past; kiosk.commands.find runs them."""
    when = "a date in site time, or an instant with its zone (RFC 3339)"
    find = actions.add_parser(
        "find", parents=[place, json_too], help="print the entries of a seal, container, driver or time; exit 1 if none"
    )
    find.add_argument("--seal", metavar="NUMBER")
    find.add_argument("--container", metavar="NUMBER", help="or the number of a package of air cargo")
    find.add_argument("--driver", metavar="NAME", help="or the driver's id, as the records have it")
    find.add_argument("--since", metavar="WHEN", help=f"only entries from then on: {when}")
    find.add_argument("--until", metavar="WHEN", help="only entries before then; of a date, up to its end")
    find.add_argument(
        "--repeated-seals", action="store_true", help="instead: seals that were uplifted more than once; exit 1 if any"
    )
    find.set_defaults(run=_find)
    archive = actions.add_parser(
        "archive", parents=[place], help="compress and catalogue what the kiosk has not yet; the kiosk must be stopped"
    )
    archive.set_defaults(run=_archive)


def _add_backup(
    actions: "argparse._SubParsersAction[argparse.ArgumentParser]", parents: list[argparse.ArgumentParser]
) -> None:
    """``sealgate ledger backup`` and ``restore``; kiosk.commands.backup runs them."""
    backup = actions.add_parser(
        "backup", parents=parents, help="copy the ledger to another disk, beside a running kiosk; exit 1 if refused"
    )
    backup.add_argument("--to", type=Path, metavar="DIR", help="the folder of backups (default: that of site.toml)")
    backup.set_defaults(run=_backup)
    restore = actions.add_parser(
        "restore", parents=parents, help="make the ledger out of a backup; exit 1 if that is damaged"
    )
    restore.add_argument(
        "--from", type=Path, metavar="DIR", dest="source", required=True, help="the backup, or the folder it lies in"
    )
    restore.set_defaults(run=_restore)


def _add_reader(parser: argparse.ArgumentParser) -> None:
    """The actions of ``sealgate reader``; kiosk.commands.reader runs them."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    which = argparse.ArgumentParser(add_help=False)
    which.add_argument("--config", type=Path, default=CONFIG, metavar="FILE", help=f"site.toml (default: {CONFIG})")
    one = which.add_mutually_exclusive_group()
    one.add_argument("--name", help="only the reader that site.toml calls so")
    one.add_argument("--port", type=Path, metavar="PATH", help="instead: the reader on this port")
    status = actions.add_parser("status", parents=[which], help="ask each how it is; exit 1 if something is wrong")
    status.add_argument("--json", action="store_true", help="for programs")
    status.set_defaults(run=_reader_status)
    update = actions.add_parser(
        "update", parents=[which], help="bring a signed image of the firmware; exit 1 if the reader goes back"
    )
    update.add_argument("image", type=Path, metavar="IMAGE")
    update.set_defaults(run=_reader_update)
    flash = actions.add_parser(
        "flash", help="put the firmware on a board that runs MicroPython; exit 1 if it is another"
    )
    flash.add_argument("--port", type=Path, metavar="PATH", required=True, help="where the board's REPL is")
    flash.add_argument("--key", type=Path, metavar="FILE", help="the public key that its updates are signed for")
    libraries = flash.add_mutually_exclusive_group()
    libraries.add_argument("--without-libraries", action="store_true", help="it has logging and usb-device-cdc already")
    libraries.add_argument("--index", metavar="URL", help="take them from there (default: micropython.org's own index)")
    flash.set_defaults(run=_reader_flash)


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
    from kiosk.commands.imports import run

    return run(asked)


def _sign_list(asked: argparse.Namespace) -> int:
    from kiosk.commands.imports import sign_list

    return sign_list(asked)


def _export(asked: argparse.Namespace) -> int:
    if asked.format == "postgres":
        from kiosk.commands.sync import run_export

        return run_export(asked)
    from kiosk.commands.export import run

    return run(asked)


def _ledger(asked: argparse.Namespace) -> int:
    from kiosk.commands.ledger import run

    return run(asked)


def _find(asked: argparse.Namespace) -> int:
    from kiosk.commands.find import find

    return find(asked)


def _archive(asked: argparse.Namespace) -> int:
    from kiosk.commands.find import archive

    return archive(asked)


def _doctor(asked: argparse.Namespace) -> int:
    from kiosk.doctor.command import run

    return run(asked)


def _backup(asked: argparse.Namespace) -> int:
    from kiosk.commands.backup import backup

    return backup(asked)


def _restore(asked: argparse.Namespace) -> int:
    from kiosk.commands.backup import restore

    return restore(asked)


def _seal(asked: argparse.Namespace) -> int:
    from kiosk.commands.seal import run

    return run(asked)


def _seal_show(asked: argparse.Namespace) -> int:
    from kiosk.commands.seal import show

    return show(asked)


def _report(asked: argparse.Namespace) -> int:
    from kiosk.commands.report import run

    return run(asked)


def _reader_status(asked: argparse.Namespace) -> int:
    from kiosk.commands.reader import status

    return status(asked)


def _reader_update(asked: argparse.Namespace) -> int:
    from kiosk.commands.reader import update

    return update(asked)


def _reader_flash(asked: argparse.Namespace) -> int:
    from kiosk.commands.reader import flash

    return flash(asked)


def _rotate_key(asked: argparse.Namespace) -> int:
    from kiosk.commands.key import rotate_key

    return rotate_key(asked)


if __name__ == "__main__":
    sys.exit(main())
