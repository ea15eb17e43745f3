"""What ``sealgate reader`` takes. What runs it is imported when it is run: each start reads this."""

import argparse
from pathlib import Path


def add_reader(parser: argparse.ArgumentParser, config: Path) -> None:
    """The actions of ``sealgate reader``; kiosk.commands.reader runs them."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    which = argparse.ArgumentParser(add_help=False)
    which.add_argument("--config", type=Path, default=config, metavar="FILE", help=f"site.toml (default: {config})")
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


def _reader_status(asked: argparse.Namespace) -> int:
    from kiosk.commands.reader import status

    return status(asked)


def _reader_update(asked: argparse.Namespace) -> int:
    from kiosk.commands.reader import update

    return update(asked)


def _reader_flash(asked: argparse.Namespace) -> int:
    from kiosk.commands.reader import flash

    return flash(asked)
