"""``sealgate card key make|rotate|retire|show``: the site's card keys. No key is ever printed.

Exit codes: 0 done; 1 the answer is no; 2 wrong use; 3 a file failed.
"""

import argparse
import json
import sys
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from kiosk.app import DONE, NO
from kiosk.card_holdings import known_cards
from kiosk.card_keys import (
    MasterKeys,
    make_keys,
    place_of_keys,
    read_keys,
    retire_key,
    rotate_keys,
)
from kiosk.card_record_keys import make_records_key, place_of_records_key, trust, trusted_lines
from kiosk.commands.card import answering
from kiosk.commands.card_records import WrongUse
from kiosk.core.known_cards import CardState
from kiosk.site import read_site
from kiosk.taking_turns import one_at_a_time

_NEEDED: Final = (CardState.ISSUED, CardState.RETURNED)
"""The states of a card that its old key is still needed for: to prove itself, or to be written anew."""

_NAMED: Final = 5

_ANEW: Final = "Start the kiosk anew: until then it goes by the keys that it read at its start"


def run(asked: argparse.Namespace) -> int:
    """Do one action; returns the exit code."""
    return answering(lambda: _ACTIONS[asked.what](asked))


def _make(asked: argparse.Namespace) -> int:
    with one_at_a_time(asked.data):
        if asked.records:
            return _new_records_key(asked)
        path = _place(asked)
        keys = make_keys(path, _today())
    sys.stdout.write(f"{path}: {_told(keys)}\n")
    sys.stdout.write("keep a copy of this file in a safe: without it every card must be replaced\n")
    return DONE


def _rotate(asked: argparse.Namespace) -> int:
    with one_at_a_time(asked.data):
        if asked.records:
            return _new_records_key(asked)
        path = _place(asked)
        keys = rotate_keys(path, _today())
    sys.stdout.write(f"{path}: {_told(keys)}\n")
    sys.stdout.write(
        f"new cards are given version {keys.newest.version}; older ones go on to prove themselves until they are "
        "issued anew. Start the kiosk anew, and put this file into the safe in place of its copy\n"
    )
    return DONE


def _retire(asked: argparse.Namespace) -> int:
    with one_at_a_time(asked.data):
        if asked.records:
            return _retire_records_key(asked)
        version = _version(asked.version)
        needed = known_cards(read_site(asked.config), asked.data).with_key(version, _NEEDED)
        if needed and not asked.force:
            first = ", ".join(card.number or str(card.credential) for card in needed[:_NAMED])
            more = f" and {len(needed) - _NAMED} more" if len(needed) > _NAMED else ""
            sys.stderr.write(
                f"sealgate: expected no card in use with version {version}, got {first}{more}; issue them anew first, "
                "or give --force: they are strangers then, and must be replaced\n"
            )
            return NO
        path = _place(asked)
        keys = retire_key(path, version)
    sys.stdout.write(f"{path}: {_told(keys)}\nversion {version} is gone; destroy it in the safe copy, too. {_ANEW}\n")
    return DONE


def _show(asked: argparse.Namespace) -> int:
    path = _place(asked)
    keys, trusted = read_keys(path), trusted_lines(asked.data)
    if asked.json:
        masters = [
            {"version": each.version, "made": str(each.made), "fingerprint": each.fingerprint} for each in keys.masters
        ]
        said = {"file": str(path), "newest": keys.newest.version, "masters": masters, "trusted": list(trusted)}
        sys.stdout.write(json.dumps(said) + "\n")
        return DONE
    sys.stdout.write(f"{path}\n")
    for each in keys.masters:
        newest = ", given to new cards" if each is keys.newest else ""
        sys.stdout.write(f"  version {each.version}, made {each.made}, fingerprint {each.fingerprint}{newest}\n")
    sys.stdout.write("".join(f"  signed cards are trusted by {line}\n" for line in trusted))
    return DONE


def _new_records_key(asked: argparse.Namespace) -> int:
    """A key that signs records from now on; what older ones signed goes on to count."""
    path = asked.keys or place_of_records_key(asked.data)
    site = read_site(asked.config)
    line = make_records_key(asked.data, path, site.plan.site_id, anew=asked.what == "rotate")
    sys.stdout.write(f"keep {path} to yourself; from now on signed cards are trusted by\n{line}\n{_ANEW}\n")
    return DONE


def _retire_records_key(asked: argparse.Namespace) -> int:
    trusted = trusted_lines(asked.data)
    left = [line for line in trusted if line.split("+")[1] != asked.version.lower()]
    if len(left) == len(trusted):
        raise WrongUse(f"expected the id of a trusted key, as 'card key show' prints it, got {asked.version!r}")
    if not asked.force:
        sys.stderr.write(
            "sealgate: expected --force, since no entry says which key signed a card, got none; its signed cards are "
            "strangers then, and must be issued anew\n"
        )
        return NO
    trust(asked.data, left)
    sys.stdout.write(f"signed cards are trusted by {', '.join(left) or 'no key: none is taken'}. {_ANEW}\n")
    return DONE


def _place(asked: argparse.Namespace) -> Path:
    return asked.keys or place_of_keys(asked.data)


def _version(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise WrongUse(f"expected a version such as 1, got {text!r}")
    return int(text)


def _told(keys: MasterKeys) -> str:
    return ", ".join(f"version {each.version} (fingerprint {each.fingerprint})" for each in keys.masters)


def _today() -> date:
    return datetime.now(UTC).date()


_ACTIONS: Final[Mapping[str, Callable[[argparse.Namespace], int]]] = {
    "make": _make,
    "rotate": _rotate,
    "retire": _retire,
    "show": _show,
}
