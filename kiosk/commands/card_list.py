"""``sealgate card list``: who has which card now (clause 1.8).

Exit codes: 0 done; 1 no such card; 2 wrong use; 3 a file failed.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Final

from kiosk.app import DONE, NO
from kiosk.card_holdings import known_cards, ledger_of
from kiosk.commands.card import answering
from kiosk.core.effects import EntryKind
from kiosk.core.known_cards import IN_USE, CardState, KnownCard
from kiosk.site import read_site

if TYPE_CHECKING:
    from kiosk.ledger.entry import LedgerEntry

STATES: Final = {
    "recorded": CardState.RECORDED,
    "issued": CardState.ISSUED,
    "revoked": CardState.REVOKED,
    "lost": CardState.LOST,
    "returned": CardState.RETURNED,
}
"""The states by the words that the command takes."""

_AT_THE_GATE: Final = frozenset(
    kind.value
    for kind in (
        *(EntryKind.CARD_TAPPED, EntryKind.PIN_ASKED, EntryKind.VISIT_OPENED, EntryKind.UPLIFT),
        *(EntryKind.HOLD, EntryKind.REFUSAL, EntryKind.ABANDONED),
    )
)
"""The entries that name a card because it was laid on the reader."""


def run(asked: argparse.Namespace) -> int:
    """Print the cards; returns the exit code."""
    return answering(lambda: _list(asked))


def _list(asked: argparse.Namespace) -> int:
    site = read_site(asked.config)
    zone = site.plan.timezone
    today = datetime.now(UTC).astimezone(zone).date()
    cards = list(_wanted(known_cards(site, asked.data).all(), asked, today))
    seen = _last_seen(asked.data, cards)
    if asked.json:
        sys.stdout.write(json.dumps({"cards": [_as_json(card, seen) for card in cards]}) + "\n")
    else:
        sys.stdout.write(_as_table([_row(card, seen, zone, today) for card in cards]))
    return DONE if cards else NO


def _wanted(cards: Iterable[KnownCard], asked: argparse.Namespace, today: date) -> Iterable[KnownCard]:
    states = {STATES[word] for word in asked.state} or set(CardState)
    if not asked.all and not asked.state:
        states -= {CardState.RETURNED}
    soon = None if asked.expires_within is None else today + timedelta(days=asked.expires_within)
    for card in cards:
        ends = card.valid_until is not None and soon is not None and card.state in IN_USE and card.valid_until <= soon
        if card.state in states and asked.holder in (None, card.holder_id) and (soon is None or ends):
            yield card


def _last_seen(data: Path, cards: Iterable[KnownCard]) -> "Mapping[str, LedgerEntry]":
    from kiosk.ledger.newest import newest_of
    from kiosk.ledger.terms import Term

    return newest_of(ledger_of(data), Term.CARD, [str(card.credential) for card in cards], _AT_THE_GATE)


def _row(card: KnownCard, seen: "Mapping[str, LedgerEntry]", zone: tzinfo, today: date) -> tuple[str, ...]:
    entry = seen.get(str(card.credential))
    expired = card.valid_until is not None and card.valid_until < today and card.state in IN_USE
    return (
        card.number or "-",
        str(card.credential),
        f"{card.state.value}{', out of date' if expired else ''}{_stopped(card)}",
        f"{card.holder_id} {card.holder_name}".strip() or "-",
        str(card.valid_until or "-"),
        str(card.key_version or "-"),
        f"{entry.time.astimezone(zone):%Y-%m-%d %H:%M}" if entry is not None else "never",
    )


def _stopped(card: KnownCard) -> str:
    said = [", failed too often"] if card.left_alone else []
    return "".join([*said, ", PIN locked"] if card.pin_locked else said)


def _as_table(rows: Iterable[tuple[str, ...]]) -> str:
    lines = [("number", "card", "state", "holder", "until", "key", "last at the gate"), *rows]
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    padded = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)
    return "".join(f"{line.rstrip()}\n" for line in padded)


def _as_json(card: KnownCard, seen: "Mapping[str, LedgerEntry]") -> dict[str, object]:
    from kiosk.ledger.stamp import time_text

    entry = seen.get(str(card.credential))
    return {
        "number": card.number,
        "card": str(card.credential),
        "state": next(word for word, state in STATES.items() if state is card.state),
        "holder": card.holder_id,
        "holder_name": card.holder_name,
        "valid_until": str(card.valid_until) if card.valid_until is not None else None,
        "key_version": card.key_version,
        "left_alone": card.left_alone,
        "pin_locked": card.pin_locked,
        "last_seen": time_text(entry.time) if entry is not None else None,
        "last_entry": entry.seq if entry is not None else None,
    }
