"""What ``sealgate import`` and ``sign-list`` take. What runs them is imported when it is run."""

import argparse
from pathlib import Path


def add_imports(
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
    override = commands.add_parser(
        "override-list", parents=[place], help="go on by the approved list that has run out, for some hours"
    )
    override.add_argument("--staff", required=True, metavar="ID", help="who answers for it, as staff.csv has it")
    override.add_argument("--reason", required=True, metavar="TEXT", help="why; every visit's entries cite it")
    override.set_defaults(run=_override)


def _import(asked: argparse.Namespace) -> int:
    from kiosk.commands.imports import run

    return run(asked)


def _override(asked: argparse.Namespace) -> int:
    from kiosk.commands.override import run

    return run(asked)


def _sign_list(asked: argparse.Namespace) -> int:
    from kiosk.commands.imports import sign_list

    return sign_list(asked)
