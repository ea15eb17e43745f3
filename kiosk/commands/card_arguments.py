"""What ``sealgate card`` takes. What runs it is imported when it is run: each start reads this."""

import argparse
from pathlib import Path

CHIPS = ("ntag424", "desfire", "ntag21x")
"""What cards are made of."""

STATES = ("recorded", "issued", "revoked", "lost", "returned")
"""Where a card can stand."""


def add_card(parser: argparse.ArgumentParser, place: argparse.ArgumentParser) -> None:
    """Add the actions.

    Args:
        parser: That of ``sealgate card``.
        place: What says where settings and data are.
    """
    actions = parser.add_subparsers(required=True, metavar="ACTION", dest="action")
    json_too = argparse.ArgumentParser(add_help=False)
    json_too.add_argument("--json", action="store_true", help="for programs")
    staff = argparse.ArgumentParser(add_help=False)
    staff.add_argument("--staff", required=True, metavar="ID", help="who does it, as staff.csv has it")
    keys = argparse.ArgumentParser(add_help=False)
    keys.add_argument("--keys", type=Path, metavar="FILE", help="the key file (default: keys/ of the data folder)")

    _add_issue(
        actions.add_parser("issue", parents=[place, staff, keys, json_too], help="write a card and record who gets it")
    )
    _add_list(
        actions.add_parser("list", parents=[place, json_too], help="who has which card now (1.8); exit 1 if none")
    )
    which = "the number printed on it, or the card as a reader sees it, such as TYPE_4:04DE5F1EACC040"
    for name, why, needed in (
        ("revoke", "take a card out of use (2.4): the gate refuses it at once", True),
        ("lost", "a card is lost (1.8): the gate refuses it at once", False),
        ("return", "a card was given back, or a lost one was found", False),
        ("unlock", "a card that failed too often, or whose PIN is locked, may be tried again", True),
    ):
        step = actions.add_parser(name, parents=[place, staff, json_too], help=why)
        step.add_argument("number", metavar="NUMBER", help=which)
        step.add_argument("--reason", default="", required=needed, metavar="TEXT", help="why")
        step.set_defaults(run=_card)
    pin = actions.add_parser("pin", parents=[place, staff, json_too], help="have the holder choose a PIN, unseen")
    pin.add_argument("number", metavar="NUMBER", help=which)
    pin.add_argument("--pin-stdin", action="store_true", help="read it from standard input, once")
    pin.set_defaults(run=_pin)
    _add_key(actions.add_parser("key", help="the site's card keys"), [place, keys])


def _add_issue(issue: argparse.ArgumentParser) -> None:
    issue.add_argument("--holder", required=True, metavar="ID", help="a driver or a member of staff of the records")
    issue.add_argument("--number", required=True, metavar="N", help="what is printed on the card")
    issue.add_argument("--valid-until", required=True, metavar="DATE", help="the last day on which it opens anything")
    issue.add_argument("--kind", choices=CHIPS, help="refuse any other chip (default: by what is laid on)")
    issue.add_argument(
        "--signer", type=Path, metavar="FILE", help="the key that signs NTAG21x (default: keys/ of the data folder)"
    )
    issue.add_argument("--reader", metavar="PORT", help="the reader's port (default: that of site.toml)")
    issue.add_argument("--wait", type=float, default=60.0, metavar="S", help="seconds to wait for a card (default: 60)")
    issue.set_defaults(run=_issue)


def _add_list(cards: argparse.ArgumentParser) -> None:
    cards.add_argument("--holder", metavar="ID", help="only this person's")
    cards.add_argument("--state", action="append", default=[], choices=STATES, help="only cards that stand so")
    cards.add_argument("--expires-within", type=int, metavar="DAYS", help="only cards in use whose date is so near")
    cards.add_argument("--all", action="store_true", help="those that were given back, too")
    cards.set_defaults(run=_list)


def _add_key(key: argparse.ArgumentParser, parents: list[argparse.ArgumentParser]) -> None:
    actions = key.add_subparsers(required=True, metavar="ACTION", dest="what")
    records = "the key that signs the records of signed cards, instead of the master keys of proven ones"
    make = actions.add_parser("make", parents=parents, help="make the first master key")
    rotate = actions.add_parser("rotate", parents=parents, help="add a master key, which new cards are given")
    retire = actions.add_parser("retire", parents=parents, help="take a master key away for good")
    retire.add_argument("version", metavar="VERSION", help="which; with --records, the id of a trusted key")
    retire.add_argument("--force", action="store_true", help="though cards are in use with it")
    show = actions.add_parser("show", parents=parents, help="versions and fingerprints, never a key")
    show.add_argument("--json", action="store_true", help="for programs")
    for action in (make, rotate, retire):
        action.add_argument("--records", action="store_true", help=records)
    for action in (make, rotate, retire, show):
        action.set_defaults(run=_key)


def _card(asked: argparse.Namespace) -> int:
    from kiosk.commands.card import run

    return run(asked)


def _pin(asked: argparse.Namespace) -> int:
    from kiosk.commands.card import set_pin

    return set_pin(asked)


def _issue(asked: argparse.Namespace) -> int:
    from kiosk.commands.card_issue import run

    return run(asked)


def _list(asked: argparse.Namespace) -> int:
    from kiosk.commands.card_list import run

    return run(asked)


def _key(asked: argparse.Namespace) -> int:
    from kiosk.commands.card_key import run

    return run(asked)
