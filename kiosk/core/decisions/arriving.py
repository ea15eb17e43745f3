"""The first tap, and the naming of a container or package."""

from typing import Final

from msgspec.structs import replace

from kiosk.core import events as ev
from kiosk.core.decisions.deciding import Context, Decided, admitted, not_taken, of_load, problem, stop
from kiosk.core.errors import BadNumber
from kiosk.core.loads import Mode
from kiosk.core.reasons import Reason
from kiosk.core.rules import admit, permit_load, pin_wanted, waiting_loads
from kiosk.core.said import said
from kiosk.core.times import Moment
from kiosk.core.units import Unit, parse_unit
from kiosk.core.vvtt import UpliftCheck

MOST_OFFERED: Final = 99
"""Loads on the choice screen: what two digits of the keypad can name."""


def first_tap(context: Context, event: ev.CardPresented) -> Decided:
    """Admit or refuse the driver."""
    tapped = replace(context.file, credential=event.credential, proof=event.proof)
    answer = admit(context.situation, event.credential, event.proof, event.at)
    if isinstance(answer, Reason):
        return stop(context, answer, file=tapped)
    return Decided(
        "pin" if pin_wanted(context.situation.plan, answer) else "admitted", replace(tapped, admission=answer)
    )


def card_not_taken(context: Context, event: ev.CardNotTaken) -> Decided:
    """Refuse a card that the reader could not take."""
    return stop(context, event.reason, file=replace(context.file, credential=event.credential, proof=event.proof))


def choose(context: Context, _event: ev.WentOn) -> Decided:
    """Go on to the choice of a container."""
    return Decided("choose", replace(context.file, problem=None, notice=None))


def load_chosen(context: Context, event: ev.LoadChosen) -> Decided:
    """Take one of the loads that were offered."""
    offered = waiting_loads(context.situation, admitted(context), context.file.taken, most=MOST_OFFERED, at=event.at)
    for load in offered:
        if load.load_id == event.load_id:
            return _permit(context, load.unit, event.at)
    return problem(context, said("That load is not on the list any more. Choose again."))


def unit_keyed(context: Context, event: ev.UnitKeyed) -> Decided:
    """Take a container or package number that was keyed."""
    return _unit_named(context, event.text, event.at)


def slip_scanned(context: Context, event: ev.ScanRead) -> Decided:
    """Take a container or package number scanned from the pick-up slip."""
    return _unit_named(context, event.text, event.at)


def _unit_named(context: Context, text: str, at: Moment) -> Decided:
    try:
        unit = parse_unit(text)
    except BadNumber as error:
        return problem(context, not_taken(text, error))
    return _permit(context, unit, at)


def _permit(context: Context, unit: Unit, at: Moment) -> Decided:
    answer = permit_load(context.situation, admitted(context), unit, at)
    if isinstance(answer, Reason):
        return stop(context, answer, detail=of_load(context, unit, answer))
    if answer.load_id in context.file.taken:
        return problem(context, said("{unit} is already checked. Choose another.", unit=str(unit)))
    file = replace(
        context.file, current=UpliftCheck(answer), may_key=not answer.seal_type.symbologies, first_keyed=None,
        problem=None, notice=None,
    )  # fmt: skip
    return Decided("air" if answer.mode is Mode.AIR else "sea", file)
