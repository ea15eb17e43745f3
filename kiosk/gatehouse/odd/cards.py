"""Cards: what the driver's showed, what others were laid on, and who was tried for before."""

from typing import Final

from kiosk.gatehouse.facts import Fact
from kiosk.gatehouse.marks import Mark, Part
from kiosk.gatehouse.measured import FEWEST, By
from kiosk.gatehouse.odd.look import HOUR_S, Look, Marks, seconds, times
from kiosk.gatehouse.uplift_record import OtherCardShown, Proof

RARE: Final = 0.05
"""A way in which so few cards prove themselves is not this site's."""

JUMPED, FAR_JUMPED = 20, 40
"""Readings of a card since it was last seen here: a visit has two, and an unlucky tap counts, too."""

JUST_S, LATELY_S = 3 * HOUR_S, 24 * HOUR_S
"""Since a card was issued, unlocked or given a PIN."""

_COPIED: Final = frozenset(
    {"CARD_CLONED", "CARD_REPLAYED", "CARD_NOT_GENUINE", "CARD_NOT_SIGNED", "CARD_RECORD_COPIED", "CARD_LOST"}
)
"""Refusals that mean that somebody has a card that is not what it says, or not theirs."""

_SLIPS: Final = frozenset({"CARD_UNREADABLE", "CARD_TAKEN_AWAY", "CARD_RANDOM_ID", "CARD_UNSUPPORTED"})
"""What a phone, a bank card or a cold hand leads to."""

_EARLY: Final = frozenset(
    {
        *("OUTSIDE_COLLECTION_WINDOW", "OUTSIDE_ACCESS_WINDOW", "SITE_CLOSED_TODAY", "AFTER_HOURS_NOT_PERMITTED"),
        *("ALREADY_ON_SITE", "PIN_NOT_GIVEN"),
    }
)
"""Refusals of who comes at another time than they may, and comes again."""

PIN_RARE: Final = 0.1

_RANK: Final = {"number": 0, "signature": 1, "message": 2, "challenge": 3}


def others(look: Look) -> Marks:
    """Cards that are not the driver's."""
    shown = look.record.other_cards
    slips = [card for card in shown if card.reason in _SLIPS]
    if slips:
        text = f"another card or a phone was laid on {times(len(slips))}"
        yield Mark("other card", min(2, len(slips)), text, Part.CARD)
    for card in shown:
        if card not in slips:
            yield _other(look, card)


def _other(look: Look, card: OtherCardShown) -> Mark:
    mine = card.credential == look.record.credential
    if card.reason:
        who = "the driver's own" if mine else "another"
        weight = 3 if card.reason in _COPIED else 2
        return Mark("other card", weight, f"{who} card was refused at {card.during}: {card.reason}", Part.CARD)
    holder = next((past.driver for past in look.others.having(By.CARD, card.credential)), "")
    whose = f"driver {holder}'s card" if holder else f"card {card.credential}"
    return Mark("other card", 2, f"{whose} was laid on at {card.during}", Part.CARD)


def refused_before(look: Look) -> Marks:
    """The same card was refused, or a copy of it."""
    for fact in look.case.of("refusal", "card-tapped"):
        reason = fact.text("reason")
        if fact.text("credential") != look.record.credential or reason in {"", *_SLIPS}:
            continue
        if fact.kind == "card-tapped" and any(card.reason == reason for card in look.record.other_cards):
            continue  # told with the visit's other cards
        if look.after_s(fact) > 0 and not look.in_visit(fact):
            continue
        when = "in the visit" if look.in_visit(fact) else f"{seconds(look.before_s(fact))} before"
        if reason not in _COPIED and fact.seq < look.since:
            continue
        weight = 3 if reason in _COPIED else 1 if reason in _EARLY else 2
        yield Mark("card refused before", weight, f"the card was refused {when}: {reason}", Part.CARD, entry=fact.seq)


def pins(look: Look) -> Marks:
    """Wrong PINs, in the visit and in those before it."""
    wrong = [fact for fact in look.case.of("pin-wrong") if fact.text("credential") == look.record.credential]
    wrong = [fact for fact in wrong if look.since < fact.seq < look.case.entry]
    if wrong:
        where = "" if all(fact.text("visit") == look.record.visit for fact in wrong) else ", in more than one visit"
        yield Mark("wrong PIN", min(2, len(wrong)), f"wrong PIN {times(len(wrong))}{where}", Part.CARD)


def no_pin(look: Look) -> Marks:
    """No PIN, at a site where drivers give one at night."""
    nights = look.others.how_many(By.NIGHT, True)
    without = nights - look.others.how_many(By.NIGHT_PIN, True)
    if not look.record.pin and nights >= FEWEST and without <= PIN_RARE * nights:
        yield Mark("no PIN", 2, f"no PIN was given, as at {without} of {nights} unattended uplifts", Part.CARD)


def proofs(look: Look) -> Marks:
    """How the card proved itself, against the others' and from the first tap to the second."""
    first, second = look.record.proof, look.record.signed_proof
    if first is not None:
        yield from _unlike(look, first)
    if first is None or second is None:
        return
    if _RANK.get(second.means, 0) < _RANK.get(first.means, 0) or first.challenged is not second.challenged:
        text = f"proved by {first.means} at the first tap, by {second.means} at the second"
        yield Mark("other proof at signing", 3, text, Part.SIGNED)
    elif first.key_version != second.key_version:
        text = f"key {first.key_version} at the first tap, {second.key_version} at the second"
        yield Mark("other proof at signing", 3, text, Part.SIGNED)
    elif first.counter is not None and second.counter is not None and second.counter <= first.counter:
        text = f"counter {first.counter} at the first tap, {second.counter} at the second"
        yield Mark("other proof at signing", 3, text, Part.SIGNED)


def _unlike(look: Look, proof: Proof) -> Marks:
    all_of = len(look.others)
    if all_of < FEWEST:
        return
    same = look.others.how_many(By.MEANS, proof.means)
    if same < RARE * all_of:
        yield Mark("other proof", 2, f"proved by {proof.means}, as {same} of the last {all_of}", Part.CARD)
    version = proof.key_version if proof.key_version is not None else -1
    alike = look.others.how_many(By.KEY, (proof.means, version))
    if alike < RARE * all_of and look.others.newest_key(proof.means) > version:
        yield Mark("old key", 2, f"proved with key {version}, where nearly all have a newer one", Part.CARD)


def counters(look: Look) -> Marks:
    """A card that was read elsewhere."""
    first = look.record.proof
    if first is None or first.counter is None or look.case.counter is None:
        return
    jump = first.counter - look.case.counter
    if jump >= JUMPED:
        text = f"the card was read {jump} times since it was last here"
        yield Mark("read elsewhere", 2 if jump >= FAR_JUMPED else 1, text, Part.CARD)


def lately(look: Look) -> Marks:
    """What staff did with the card shortly before, and whether it is the driver's usual one."""
    for fact in look.case.of("card-issued", "card-unlocked", "card-pin-set"):
        ago = look.before_s(fact)
        if fact.text("credential") != look.record.credential or not 0 <= ago < LATELY_S:
            continue
        done = {"card-issued": "issued", "card-unlocked": "unlocked", "card-pin-set": "given a PIN"}[fact.kind]
        text = f"{fact.text('staff_name') or 'staff'}: the card was {done} {_ago(fact, look)} before"
        yield Mark("card seen to", 2 if ago < JUST_S else 1, text, Part.CARD, entry=fact.seq)
    own = look.others.of_driver(look.record.driver)
    had = look.others.having(By.CARD, look.record.credential) if look.record.credential else []
    if any(past.driver != look.record.driver for past in had):
        yield Mark("card of another", 3, "another driver had this card before", Part.CARD)
    elif len(own) >= 3 and all(past.credential != look.record.credential for past in own):
        yield Mark("another card", 1, f"not the card of this driver's last {len(own)} uplifts", Part.CARD)


def _ago(fact: Fact, look: Look) -> str:
    return seconds(look.before_s(fact))
