"""What ``sealgate seal`` was asked, as a step of core's: numbers read by their types, times by the site's zone."""

import argparse
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Final

from kiosk.commands.export import WrongUse as WrongUse  # noqa: PLC0414 - one error for what cannot be meant
from kiosk.commands.export import instant
from kiosk.core.errors import BadNumber
from kiosk.core.sealing.ranges import numbers_between
from kiosk.core.sealing.steps import (
    Apply,
    Condition,
    Fate,
    How,
    Incident,
    Inspect,
    Point,
    Receive,
    Replace,
    SecondCheck,
    Step,
    Stocktake,
    StoredCheck,
)
from kiosk.core.seals import SealNumber, SealType, VvttStep
from kiosk.core.units import ContainerNumber, parse_unit
from kiosk.site import Site

POINTS: Final = {point.name.lower().replace("_", "-"): point for point in Point}
"""The points of an inspection by the words that the command takes."""

CHECKED: Final = {step.value: step for step in VvttStep}
"""The steps of the seal check likewise."""


def step_of(asked: argparse.Namespace, site: Site, now: datetime) -> Step:
    """The step that was asked for.

    Raises:
        WrongUse: What was asked cannot be meant.
        BadNumber: A seal or container number is none.
    """
    return _STEPS[asked.action](asked, site, now)


# --- one action each ---------------------------------------------------------------------------------


def _receive(asked: argparse.Namespace, site: Site, now: datetime) -> Receive:
    seal_type = _type_named(asked.type, site.seal_types)
    if asked.range:
        if asked.number or asked.scanned:
            raise WrongUse("expected --range alone, or the numbers; to compare what came with the paperwork: --within")
        numbers = _all(numbers_between(*asked.range), seal_type)
        how = How.RANGE
    else:
        numbers, how = _all(_given(asked), seal_type), _how(asked)
    within = frozenset(_all(numbers_between(*asked.within), seal_type)) if asked.within else None
    if len(set(numbers)) < len(numbers):
        twice = sorted({number.text for number in numbers if numbers.count(number) > 1})
        raise WrongUse(f"expected each number once, got {', '.join(twice[:5])} twice")
    return Receive(numbers, within, seal_type, asked.batch, asked.approval, how, _at(asked, site, now))


def _apply(asked: argparse.Namespace, site: Site, now: datetime) -> Apply:
    unit = parse_unit(asked.container)
    return Apply(_seal(asked.number, site), unit, asked.booking, _how(asked), _at(asked, site, now))


def _check(asked: argparse.Namespace, site: Site, _now: datetime) -> SecondCheck | StoredCheck:
    number, unit = _seal(asked.number, site), parse_unit(asked.container)
    if asked.stored is (asked.paperwork is not None):
        raise WrongUse("expected --paperwork NUMBER for the second check (8.14), or --stored for one in store (6.11)")
    if asked.bad and not asked.stored:
        raise WrongUse("expected --bad with --stored alone: the second check compares numbers (8.14)")
    if asked.stored:
        return StoredCheck(number, unit, frozenset(CHECKED[step] for step in asked.bad), _how(asked))
    try:
        paperwork = _seal(asked.paperwork, site).text
    except BadNumber:
        paperwork = asked.paperwork.strip()[:80]
    return SecondCheck(number, unit, paperwork, _how(asked))


def _replace(asked: argparse.Namespace, site: Site, now: datetime) -> Replace:
    by = None if asked.by is None else _seal(asked.by, site)
    return Replace(_seal(asked.number, site), Condition(asked.condition), by, _how(asked), _at(asked, site, now))


def _stocktake(asked: argparse.Namespace, site: Site, _now: datetime) -> Stocktake:
    counted = frozenset(_seal(text, site) for text in _given(asked, may_be_none=True))
    damaged = frozenset(_seal(text, site) for text in asked.damaged)
    if damaged - counted:
        raise WrongUse(f"expected --damaged of what was counted, got {min(damaged - counted)}")
    return Stocktake(counted, damaged, _how(asked))


def _report(asked: argparse.Namespace, site: Site, _now: datetime) -> Incident:
    return Incident(_seal(asked.number, site), Fate.LOST if asked.lost else Fate.TAMPERED, asked.note)


def _inspect(asked: argparse.Namespace, _site: Site, _now: datetime) -> Inspect:
    bad, by_driver = (frozenset(POINTS[word] for word in words) for words in (asked.bad, asked.driver_did))
    if (by_driver or asked.driver_name or asked.driver_signed) and not asked.driver:
        raise WrongUse("expected --driver ID with what he did and how he signed (6.6), got none")
    if asked.driver and not by_driver:
        raise WrongUse("expected --driver-did POINT with --driver: which points he looked at (6.6), got none")
    if asked.rail and Point.UNDERCARRIAGE in by_driver:
        raise WrongUse("expected the undercarriage of --rail or of --driver-did, got both")
    if bad and not asked.findings:
        raise WrongUse("expected --findings TEXT with --bad: what was found, got none")
    if Point.MOTOR in bad | by_driver and not asked.reefer:
        raise WrongUse("expected --reefer with the motor area, which no other container has")
    return Inspect(
        unit=ContainerNumber.parse(asked.container),
        reefer=asked.reefer,
        bad=bad,
        by_driver=by_driver,
        by_rail=asked.rail,
        driver_id=asked.driver,
        driver_name=asked.driver_name,
        driver_acknowledged=asked.driver_signed,
        findings=asked.findings,
    )


_STEPS: Final[Mapping[str, Callable[[argparse.Namespace, Site, datetime], Step]]] = {
    "receive": _receive,
    "apply": _apply,
    "check": _check,
    "replace": _replace,
    "stocktake": _stocktake,
    "report": _report,
    "inspect": _inspect,
}


# --- what they share -----------------------------------------------------------------------------------


def _given(asked: argparse.Namespace, *, may_be_none: bool = False) -> list[str]:
    """The numbers as they were given: as arguments, or with ``-`` on standard input, one a line."""
    texts: list[str] = list(asked.number)
    if texts == ["-"]:
        texts = [line.strip() for line in sys.stdin if line.strip()]
    if not texts and not may_be_none:
        raise WrongUse("expected seal numbers, or - to read them from standard input, got none")
    return texts


def _how(asked: argparse.Namespace) -> How:
    return How.SCANNED if asked.scanned else How.KEYED


def _all(texts: Iterable[str], seal_type: SealType) -> tuple[SealNumber, ...]:
    return tuple(seal_type.read(text) for text in texts)


def _seal(text: str, site: Site) -> SealNumber:
    """A number of any of the site's seal types."""
    fault: BadNumber | None = None
    for seal_type in site.seal_types.values():
        try:
            return seal_type.read(text)
        except BadNumber as bad:
            fault = fault or bad
    assert fault is not None, "site.toml has a seal type"
    raise fault


def _type_named(name: str | None, types: Mapping[str, SealType]) -> SealType:
    if name is None and len(types) == 1:
        return next(iter(types.values()))
    if name is None or name not in types:
        raise WrongUse(f"--type: expected one of {', '.join(map(repr, types))}, got {name!r}")
    return types[name]


def _at(asked: argparse.Namespace, site: Site, now: datetime) -> datetime:
    if asked.at is None:
        return now
    at = instant("--at", asked.at, lambda: site.plan.timezone, ends_day=False)
    if at > now:
        raise WrongUse(f"--at: expected a time that has been, got {asked.at}")
    return at
