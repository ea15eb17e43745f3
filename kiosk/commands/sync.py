"""The commands ``sealgate sync``, ``sealgate register`` and ``sealgate export --format postgres``.

Exit codes: 0 done; 1 the answer is no; 2 wrong use; 3 a device or file failed.
"""

import argparse
import signal
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from kiosk.commands.sync_turns import Exchange
    from kiosk.register.postgres.sending import Progress

KINDS: Final = ("approved-list", "racas", "drivers", "staff", "bookings", "register")

_TO: Final = "the register: a connection string, a URI, or the name of a service (pg_service.conf)"


def add_sync(commands: "argparse._SubParsersAction[argparse.ArgumentParser]", place: argparse.ArgumentParser) -> None:
    """Makes the commands known."""
    to = argparse.ArgumentParser(add_help=False)
    to.add_argument("--to", metavar="REGISTER", required=True, help=_TO)
    what = "keep the register in PostgreSQL in step, beside a running kiosk; exit 1 if the two contradict each other"
    sync = commands.add_parser("sync", parents=[place, to], help=what)
    sync.add_argument("--once", action="store_true", help="one exchange, then end")
    sync.set_defaults(run=run_sync)
    register = commands.add_parser("register", help="what the office gives the kiosks through the register")
    actions = register.add_subparsers(required=True, metavar="ACTION")
    where = argparse.ArgumentParser(add_help=False)
    sites = where.add_mutually_exclusive_group(required=True)
    sites.add_argument("--site", metavar="ID", help="for the kiosks of this load site")
    sites.add_argument("--every-site", action="store_const", const="", dest="site", help="for all kiosks")
    publish = actions.add_parser("publish", parents=[to, where], help="a file that the kiosks import")
    publish.add_argument("kind", choices=KINDS)
    publish.add_argument("file", type=Path)
    publish.set_defaults(run=run_publish)
    revoke = actions.add_parser("revoke", parents=[to, where], help="a card that opens nothing any more")
    revoke.add_argument("card", help="the number printed on it, or what a reader sees: TYPE_2:04A1B2C3D4E5F6")
    revoke.add_argument("--reason", required=True)
    revoke.set_defaults(run=run_revoke)
    what = "hold its rows against what kiosks signed; exit 1 if one was altered, taken away or added"
    verify = actions.add_parser("verify", parents=[to], help=what)
    verify.add_argument("--kiosk", metavar="ID", help="only this ledger (default: all)")
    key = "a kiosk's public key, or the file that holds it (checkpoint.pub); again for a further one"
    verify.add_argument("--key", metavar="KEY", action="append", required=True, help=key)
    verify.add_argument("--json", action="store_true", help="for programs")
    verify.set_defaults(run=run_verify)


def run_export(asked: argparse.Namespace) -> int:
    """Send what the register has not yet; returns the exit code."""
    from kiosk.app import WRONG_USE
    from kiosk.progress import progress_bar

    if asked.to is None or asked.out is not None or asked.since is not None or asked.until is not None:
        _say("expected --to REGISTER, and neither --out, --since nor --until: the register takes all entries, in order")
        return WRONG_USE

    def export() -> None:
        with progress_bar("sending") as progress, _exchange(asked) as exchange:
            said = _export(exchange, progress)
        sys.stdout.write("".join(f"{line}\n" for line in said))

    return _answered(export)


def _export(exchange: "Exchange", progress: "Progress") -> list[str]:
    """Sends, signs, and has the ledger say so; that entry goes, too, so that the same once more changes nothing."""
    before = exchange.send(progress)[0] - exchange.entries
    signed = exchange.sign()
    sent, said = before + exchange.entries, [f"checkpoint: {signed.checkpoint}"]
    if exchange.records.write(signed):
        said.append("the ledger says so in an entry, which was sent, too")
        exchange.send()
        exchange.sign()
    return [f"register: {sent} entries sent; it has {exchange.entries} of this kiosk", *said]


def run_sync(asked: argparse.Namespace) -> int:
    """Keep the register in step; returns the exit code."""
    return _answered(lambda: _sync_once(asked) if asked.once else _sync(asked))


def run_publish(asked: argparse.Namespace) -> int:
    """Put a file into the register."""
    from kiosk.register.kinds import Kind
    from kiosk.register.postgres.connecting import connected, register_at
    from kiosk.register.postgres.documents import publish

    content = asked.file.read_bytes()
    with connected(register_at(asked.to)) as connection:
        number = publish(connection, Kind(asked.kind), content, asked.site)
    sys.stdout.write(f"register: {asked.kind} is document {number} for {asked.site or 'every site'}\n")
    return 0


def run_revoke(asked: argparse.Namespace) -> int:
    """Revoke a card."""
    from kiosk.register.postgres.connecting import connected, register_at
    from kiosk.register.postgres.documents import revoke

    with connected(register_at(asked.to)) as connection:
        revoke(connection, asked.card, asked.site, asked.reason)
    sys.stdout.write(f"register: card {asked.card} is revoked at {asked.site or 'every site'}\n")
    return 0


def run_verify(asked: argparse.Namespace) -> int:
    """Hold the register against what kiosks signed; returns the exit code."""
    from kiosk.commands.sync_verify import run

    return run(asked)


def record_in_kiosk(data: Path, kind: str, body: Mapping[str, Any]) -> bool:
    """Have an entry written; returns whether it was. An alert of which it was not stays open and comes again."""
    from kiosk.commands.recording import record
    from kiosk.console.desk import NotRecorded
    from kiosk.ledger.errors import LedgerError

    try:
        record(data, kind, body)
    except (NotRecorded, LedgerError) as fault:
        _say(f"not recorded in the ledger: {fault}")
        return False
    return True


def _sync_once(asked: argparse.Namespace) -> None:
    from kiosk.progress import progress_bar

    with progress_bar("sending") as progress, _exchange(asked) as exchange:
        before = exchange.send(progress)[0] - exchange.entries
        exchange.fetch()
        exchange.attest()
    sent = before + exchange.entries
    sys.stdout.write(f"register: {sent} entries sent; it has {exchange.entries} of this kiosk\n")


def _sync(asked: argparse.Namespace) -> None:
    from kiosk.commands.sync_turns import Stopped, turns
    from kiosk.register.postgres.keeping import keep_in_step

    with _stopped_by_signals() as stop:

        @contextmanager
        def connect() -> "Iterator[Any]":
            with _exchange(asked) as exchange:
                yield turns(exchange, stop.is_set)

        try:
            keep_in_step(connect, stop.wait, _say)
        except Stopped:
            return


@contextmanager
def _exchange(asked: argparse.Namespace) -> "Iterator[Exchange]":
    """Connects the kiosk of a data folder with the register."""
    from kiosk.commands.sync_turns import exchange_with
    from kiosk.register.postgres.connecting import register_at
    from kiosk.site import read_site

    def record(kind: str, body: Mapping[str, Any]) -> bool:
        return record_in_kiosk(asked.data, kind, body)

    with exchange_with(register_at(asked.to), asked.data, read_site(asked.config), record, _say) as exchange:
        yield exchange


def _answered(do: Any) -> int:  # noqa: ANN401 - a function without arguments whose answer is not looked at
    from kiosk.app import DONE, NO
    from kiosk.ledger.errors import Contradiction, LedgerDamaged, NotProved
    from kiosk.register.postgres.errors import CheckpointContradicted, HistoryContradicted

    try:
        do()
    except (CheckpointContradicted, Contradiction, HistoryContradicted, LedgerDamaged, NotProved) as fault:
        _say(str(fault))
        return NO
    return DONE


def _say(line: str) -> None:
    sys.stderr.write(f"sealgate: {line}\n")
    sys.stderr.flush()


@contextmanager
def _stopped_by_signals() -> Iterator[threading.Event]:
    stop = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
