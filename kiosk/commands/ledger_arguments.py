"""What ``sealgate ledger`` takes. What runs it is imported when it is run: each start reads this."""

import argparse
from pathlib import Path


def add_ledger(parser: argparse.ArgumentParser, place: argparse.ArgumentParser) -> None:
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
    migrate = actions.add_parser(
        "migrate", parents=[place, json_too], help="take the ledger to another format; the kiosk must be stopped"
    )
    migrate.add_argument("--to", type=int, metavar="FORMAT", help="which (default: the newest that this version knows)")
    migrate.set_defaults(run=_migrate)


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


def _ledger(asked: argparse.Namespace) -> int:
    from kiosk.commands.ledger import run

    return run(asked)


def _find(asked: argparse.Namespace) -> int:
    from kiosk.commands.find import find

    return find(asked)


def _archive(asked: argparse.Namespace) -> int:
    from kiosk.commands.find import archive

    return archive(asked)


def _migrate(asked: argparse.Namespace) -> int:
    from kiosk.commands.migrate import run

    return run(asked)


def _backup(asked: argparse.Namespace) -> int:
    from kiosk.commands.backup import backup

    return backup(asked)


def _restore(asked: argparse.Namespace) -> int:
    from kiosk.commands.backup import restore

    return restore(asked)


def _rotate_key(asked: argparse.Namespace) -> int:
    from kiosk.commands.key import rotate_key

    return rotate_key(asked)
