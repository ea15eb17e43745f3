"""Odd by the kiosk, its clock, its records or the site's own staff."""

from collections.abc import Mapping

from kiosk.core import events as ev
from kiosk.core.times import ClockState
from tests.gatehouse.gate import Gate
from tests.gatehouse.night import seal
from tests.gatehouse.ways import Work, way
from tests.gatehouse.ways_of_checking import clean, first, is_sea


def tells_lives(work: Work) -> bool:
    return work.town.traits.seal_life and is_sea(work)


# --- the cabinet, the machine, the clock ---------------------------------------------------------------


@way("the cabinet was opened in the visit", quiet=True)
def _(work: Work) -> None:
    work.trip.hook("verify", lambda gate: _cabinet(gate, opened=True))
    work.trip.hook("gone", lambda gate: _cabinet(gate, opened=False))


@way("the cabinet was open minutes before", quiet=True)
def _(work: Work) -> None:
    work.at(-480, lambda gate: _cabinet(gate, opened=True))
    work.at(-240, lambda gate: _cabinet(gate, opened=False))


@way("the cabinet stood open when the driver came", quiet=True)
def _(work: Work) -> None:
    work.at(-200, lambda gate: _cabinet(gate, opened=True))
    work.trip.hook("gone", lambda gate: _later(gate, 120))


def _later(gate: Gate, seconds: float) -> None:
    gate.pass_by(seconds)
    _cabinet(gate, opened=False)


def _cabinet(gate: Gate, *, opened: bool) -> None:
    gate.send(ev.TamperChanged(opened, gate.now()))


@way("the clock was set back in the visit", quiet=True)
def _(work: Work) -> None:
    by_s = work.some(300, 3000)
    work.trip.hook("verify", lambda gate: gate.set_clock(-by_s))
    work.trip.hook("gone", lambda gate: gate.set_clock(by_s))


@way("the clock was wrong around the visit, and right before and after", quiet=True)
def _(work: Work) -> None:
    by_s = work.some(1200, 2400)
    work.trip.hook("tap", lambda gate: _set_and_note(gate, -by_s))
    work.trip.hook("gone", lambda gate: _set_and_note(gate, by_s))


def _set_and_note(gate: Gate, by_s: float) -> None:
    gate.set_clock(by_s)
    gate.replace_records(gate.records)
    gate.pass_by(40)


@way("nothing vouches for the clock", needs=lambda work: not work.town.traits.coasting)
def _(work: Work) -> None:
    work.trip.hook("tap", lambda gate: _clock(gate, ClockState.DOUBTFUL))
    work.trip.hook("gone", lambda gate: _clock(gate, ClockState.SYNCHRONISED))


def _clock(gate: Gate, state: ClockState) -> None:
    gate.clock = state


@way("the kiosk lost its power minutes before", quiet=True)
def _(work: Work) -> None:
    work.at(-240, lambda gate: gate.lose_power(50))


@way("the ledger could not be written while it left", quiet=True)
def _(work: Work) -> None:
    work.trip.hook("exit", lambda gate: gate.lose_ledger())
    work.trip.hook("gone", _found)


def _found(gate: Gate) -> None:
    gate.pass_by(40)
    gate.find_ledger()


@way("the ledger was lost and found again just before", quiet=True)
def _(work: Work) -> None:
    work.at(-300, _lost_and_found)


def _lost_and_found(gate: Gate) -> None:
    gate.lose_ledger()
    gate.stray("X", ev.Stray.UNBOUND, 0)
    gate.pass_by(30)
    gate.find_ledger()


# --- records and lists --------------------------------------------------------------------------------


@way("new records came in the middle of the visit", quiet=True)
def _(work: Work) -> None:
    work.trip.hook("verify", lambda gate: gate.replace_records(work.town.records()))


@way("new records at night, for the first time, then the truck", quiet=True, history=True)
def _(work: Work) -> None:
    work.at(-260, lambda gate: gate.replace_records(work.town.records()))


@way("another approved list at the signature than at the first tap", quiet=True)
def _(work: Work) -> None:
    work.trip.hook("tug" if is_sea(work) else "finish", lambda gate: _new_list(gate, work))
    work.trip.hook("gone", lambda gate: _old_list(gate, work))


def _new_list(gate: Gate, work: Work) -> None:
    work.town.lists = [*work.town.lists, work.town.approved_list("2026-3")]
    gate.replace_records(work.town.records())


def _old_list(gate: Gate, work: Work) -> None:
    work.town.lists = work.town.lists[:1]
    gate.replace_records(work.town.records())


# --- the site's own people ----------------------------------------------------------------------------


@way("staff signed off just before, and on again just after", quiet=True)
def _(work: Work) -> None:
    work.at(-1500, lambda gate: _duty(gate, "staff-signed-on"))
    work.at(-150, lambda gate: _duty(gate, "staff-signed-off"))
    work.trip.hook("gone", _back)


def _back(gate: Gate) -> None:
    gate.pass_by(100)
    _duty(gate, "staff-signed-on")
    gate.pass_by(60)
    _duty(gate, "staff-signed-off")


def _duty(gate: Gate, kind: str) -> None:
    gate.staff_record(kind, {"staff": "S01", "name": "Tom Ruiz", "how": "console"})


# --- the seal's life, where staff record it -------------------------------------------------------------


@way("the seal was applied to another container", needs=tells_lives)
def _(work: Work) -> None:
    clean(first(work))
    _seal_by_hand(work, unit="MSCU6639870")


@way("the seal was applied while the truck stood at the gate", needs=tells_lives)
def _(work: Work) -> None:
    clean(first(work))
    load = first(work).load
    _not_sealed(work)
    work.trip.hook("view", lambda gate: seal(gate, load, checked=False))


@way("the seal was applied minutes before the truck came", quiet=True, needs=tells_lives)
def _(work: Work) -> None:
    load = first(work).load
    _not_sealed(work)
    work.at(-360, lambda gate: seal(gate, load))


@way("nobody checked the seal after it was applied, and nobody looked into the container", needs=tells_lives)
def _(work: Work) -> None:
    load = first(work).load
    _not_sealed(work)
    work.at(-20_000, lambda gate: seal(gate, load, inspected=False, checked=False))


@way("a check of the stored container found its seal loose", needs=tells_lives)
def _(work: Work) -> None:
    load = first(work).load
    steps = [{"step": "view", "good": True, "how": "answered"}, {"step": "tug", "good": False, "how": "answered"}]
    body = {"seal_number": load.seal_number.text, "unit": str(load.unit), "steps": steps, "good": False}
    work.at(-5000, lambda gate: _note(gate, "seal-stored-check", body | {"clause": "6.11"}))


@way("the seal was reported lost", needs=is_sea)
def _(work: Work) -> None:
    load = first(work).load
    body = {"seal_number": load.seal_number.text, "unit": None, "what": "lost", "note": "", "clause": "8.12"}
    work.at(-9000, lambda gate: _note(gate, "seal-incident", body))


@way("the seal was replaced by another, and left all the same", needs=is_sea)
def _(work: Work) -> None:
    number = first(work).load.seal_number.text
    body = {
        "seal_number": number, "condition": "damaged", "replaced_by": f"{number[:3]}0000042",
        "unit": str(first(work).load.unit), "how": "scanned", "clause": "8.10",
    }  # fmt: skip
    work.at(-7000, lambda gate: _note(gate, "seal-replaced", body))


@way("the second check found another number on the paperwork", needs=tells_lives)
def _(work: Work) -> None:
    load = first(work).load
    body = {
        "seal_number": load.seal_number.text, "unit": str(load.unit), "good": False, "paperwork": "NZB0000001",
        "how": "keyed", "clause": "8.14",
    }  # fmt: skip
    work.at(-8000, lambda gate: _note(gate, "seal-second-check", body))


@way("a package's check was signed within a second", needs=lambda work: not is_sea(work))
def _(work: Work) -> None:
    first(work).package_s = (work.some(0.4, 0.8), work.some(0.3, 0.6))


def _note(gate: Gate, kind: str, body: Mapping[str, object]) -> None:
    gate.note(kind, {"staff": "S01", "staff_name": "Tom Ruiz", **body})


def _not_sealed(work: Work) -> None:
    """The afternoon's sealing leaves this one out."""
    work.nights.left_out.add(first(work).load.load_id)


def _seal_by_hand(work: Work, unit: str) -> None:
    load = first(work).load
    _not_sealed(work)
    body = {
        "seal_number": load.seal_number.text, "seal_type": load.seal_type.name, "unit": unit, "booking": load.booking,
        "how": "scanned", "applied": "2026-11-18T02:00:00+00:00", "inspection": 1, "clause": "8.6",
    }  # fmt: skip
    work.at(-20_000, lambda gate: _note(gate, "seal-applied", body))
