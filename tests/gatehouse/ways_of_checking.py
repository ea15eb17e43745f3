"""Odd by the check itself, by the seal, or by the way out."""

from kiosk.core import events as ev
from kiosk.core.seals import SealForm, SealNumber
from kiosk.core.units import ContainerNumber
from tests.gatehouse.gate import Gate
from tests.gatehouse.people import BOLT, CABLE, READER, SCANNER, STICKER
from tests.gatehouse.trips import GARBLED, NO_READ, Attempt, Check
from tests.gatehouse.ways import Work, way


def first(work: Work) -> Check:
    return work.trip.checks[0]


def clean(check: Check) -> Check:
    """Without what ordinary chance gave it, so that it is odd in one way alone."""
    check.attempts, check.keyed = [], False
    return check


def is_sea(work: Work) -> bool:
    return first(work).load.seal_type.form is not SealForm.STICKER


def is_bolt(work: Work) -> bool:
    return first(work).load.seal_type.form is SealForm.BOLT


# --- how long it took ---------------------------------------------------------------------------------


@way("every answer within a second, the scan from the cab")
def _(work: Work) -> None:
    for check in work.trip.checks:
        clean(check)
        check.view_s, check.verify_s, check.tug_s, check.twist_s = (work.some(0.4, 1.0) for _ in range(4))


@way("nobody walked anywhere: the whole check in a few seconds")
def _(work: Work) -> None:
    for check in work.trip.checks:
        clean(check)
        check.view_s, check.verify_s = work.some(2.0, 3.0), work.some(1.6, 2.4)
        check.tug_s, check.twist_s = work.some(0.9, 1.3), work.some(0.9, 1.3)


@way("tug and twist answered in one breath", needs=is_bolt)
def _(work: Work) -> None:
    clean(first(work)).tug_s, first(work).twist_s = work.some(0.2, 0.45), work.some(0.15, 0.4)


@way("the seal scanned the moment it could be")
def _(work: Work) -> None:
    clean(first(work)).verify_s = work.some(0.3, 0.8)


@way("looked for the seal for five minutes")
def _(work: Work) -> None:
    clean(first(work)).verify_s = work.some(260, 420)


@way("minutes between the scan and the tug", needs=is_sea)
def _(work: Work) -> None:
    clean(first(work)).tug_s = work.some(230, 480)


@way("minutes at the doors before the view")
def _(work: Work) -> None:
    first(work).view_s = work.some(300, 500)


@way("minutes between the check and its signature")
def _(work: Work) -> None:
    work.trip.finish_s = work.some(240, 500)


@way("stood before the kiosk for minutes before naming a container")
def _(work: Work) -> None:
    work.trip.choose_s = work.some(300, 600)


@way("to the beat of a machine", needs=is_bolt)
def _(work: Work) -> None:
    beat = work.some(4.0, 7.0)
    check = clean(first(work))
    check.view_s, check.verify_s, check.tug_s, check.twist_s = (beat, beat, beat, beat)
    del work.trip.checks[1:]
    work.trip.taps = []


@way("a slow driver is as quick as the quickest", history=True, needs=lambda work: work.trip.person.pace > 1.25)
def _(work: Work) -> None:
    for check in work.trip.checks:
        clean(check)
        check.view_s, check.verify_s = work.some(4.0, 5.0), work.some(3.0, 4.0)
        check.tug_s, check.twist_s = work.some(1.8, 2.2), work.some(1.6, 2.0)


@way("an unusually long check, each step a little", history=True)
def _(work: Work) -> None:
    check = clean(first(work))
    check.view_s, check.verify_s = work.some(85, 115), work.some(85, 112)
    check.tug_s, check.twist_s = work.some(60, 100), work.some(60, 100)


# --- the way out --------------------------------------------------------------------------------------


@way("nobody saw it leave")
def _(work: Work) -> None:
    work.trip.seen = False


@way("stood at the open barrier for most of a minute")
def _(work: Work) -> None:
    work.trip.to_exit_s, work.trip.on_exit_s = work.some(46, 52), work.some(2.0, 4.0)


@way("something was on the exit loop at once, and gone at once")
def _(work: Work) -> None:
    work.trip.to_exit_s, work.trip.on_exit_s = work.some(0.2, 0.7), work.some(0.2, 0.4)


@way("a long time on the exit loop: more than one vehicle")
def _(work: Work) -> None:
    work.trip.to_exit_s, work.trip.on_exit_s = work.some(5, 8), work.some(30, 42)


@way("another vehicle went out behind it", quiet=True)
def _(work: Work) -> None:
    work.trip.hook("gone", lambda gate: tailgate(gate, work.some(2, 9)))


def tailgate(gate: Gate, after_s: float) -> None:
    gate.pass_by(after_s)
    gate.exit_loop(occupied=True)
    gate.pass_by(2.5)
    gate.exit_loop(occupied=False)


@way("a vehicle went out without an uplift just before", quiet=True)
def _(work: Work) -> None:
    work.at(-70, lambda gate: tailgate(gate, 1.0))


@way("the power went while the barrier was open", quiet=True)
def _(work: Work) -> None:
    work.trip.hook("exit", lambda gate: gate.lose_power(90))


@way("the barrier did not open, and the truck is gone", quiet=True)
def _(work: Work) -> None:
    work.trip.hook("exit", lambda gate: _ignored(gate.send(ev.BarrierFailed("no contact", gate.now()))))


def _ignored(_: object) -> None: ...


# --- the seal -----------------------------------------------------------------------------------------


@way("a barcode of something else was scanned, then the number keyed")
def _(work: Work) -> None:
    check = clean(first(work))
    check.attempts = [Attempt(work.some(4, 7), "9400547001163")]
    check.keyed, check.verify_s = True, work.some(2, 4)


@way("four scans failed, then the number was keyed")
def _(work: Work) -> None:
    check = clean(first(work))
    check.attempts = [Attempt(work.some(3, 6), GARBLED) for _ in range(4)]
    check.keyed, check.verify_s = True, work.some(2, 4)


@way("several other barcodes before the right one")
def _(work: Work) -> None:
    check = clean(first(work))
    check.attempts = [Attempt(work.some(2, 5), text) for text in ("12345678", "NZB77", "PLT-0042")]


@way("the number was keyed wrong twice, then right")
def _(work: Work) -> None:
    check = clean(first(work))
    check.attempts = [Attempt(work.some(16, 20), NO_READ)]
    check.keyed, check.differ, check.verify_s, check.key_s = True, 2, 3.0, work.some(5, 8)


@way("both numbers of a truck were keyed", needs=lambda work: len(work.trip.checks) > 1)
def _(work: Work) -> None:
    for check in work.trip.checks:
        clean(check).attempts = [Attempt(work.some(16, 20), NO_READ)]
        check.keyed, check.verify_s = True, 3.0


@way("keyed in a hurry: the number was known by heart")
def _(work: Work) -> None:
    check = clean(first(work))
    check.attempts = [Attempt(work.some(0.6, 1.0), GARBLED)]
    check.keyed, check.verify_s, check.key_s = True, 0.5, work.some(1.0, 1.6)


@way("one device failed, another one read it", needs=lambda work: work.town.traits.both_scanners)
def _(work: Work) -> None:
    check = clean(first(work))
    check.attempts = [Attempt(work.some(3, 5), GARBLED, READER), Attempt(work.some(3, 5), GARBLED, READER)]
    check.source = SCANNER


@way("a device that site.toml does not know read it")
def _(work: Work) -> None:
    clean(first(work)).source = "handheld 7"


@way("the scanner was pulled out in the middle, then the number keyed")
def _(work: Work) -> None:
    check = clean(first(work))
    check.keyed, check.verify_s = True, work.some(2, 4)
    work.trip.hook("verify", lambda gate: _scanners(gate, working=False))
    work.trip.hook("exit", lambda gate: _scanners(gate, working=True))
    del work.trip.checks[1:]


def _scanners(gate: Gate, *, working: bool) -> None:
    gate.pass_by(2.0)
    for name in gate.plan.scanners:
        gate.send(ev.PartChanged(ev.Part.SCANNER, working, "" if working else "gone", "", gate.now(), name))


@way("the seal's number was scanned hours before it was there", needs=lambda work: work.town.traits.both_scanners)
def _(work: Work) -> None:
    number = first(work).load.seal_number.text
    work.at(-1500, lambda gate: gate.stray(number, ev.Stray.LATE, 5 * 3600 * 1000))


@way("another seal was scanned meanwhile", needs=lambda work: work.town.traits.both_scanners)
def _(work: Work) -> None:
    number = first(work).load.seal_number.text
    other = f"{number[:3]}{int(number[3:]) + 777:07}"
    work.trip.hook("tug" if is_sea(work) else "finish", lambda gate: gate.stray(other, ev.Stray.UNBOUND, 0))


@way("a seal of no series of this site")
def _(work: Work) -> None:
    clean(first(work))
    _reseal(work, number=f"{first(work).load.seal_number.text[:3]}9{work.nights.random.randrange(900000, 999999)}")


@way("another series' letters on the seal", needs=is_bolt)
def _(work: Work) -> None:
    clean(first(work))
    _reseal(work, number=f"NZX{first(work).load.seal_number.text[3:]}")


@way("a sticker on a sea container", needs=is_sea)
def _(work: Work) -> None:
    _reseal(clean_work(work), form=SealForm.STICKER, number=f"NZA{first(work).load.seal_number.text[3:]}")


@way("a cable where all have bolts", needs=lambda work: work.town.traits.cables == 0 and is_bolt(work))
def _(work: Work) -> None:
    _reseal(clean_work(work), form=SealForm.CABLE, number=f"NZC{first(work).load.seal_number.text[3:]}")


def clean_work(work: Work) -> Work:
    clean(first(work))
    return work


def _reseal(work: Work, number: str, form: SealForm | None = None) -> None:
    """The paperwork says another seal, and so does the seal."""
    check = first(work)
    types = {SealForm.BOLT: BOLT, SealForm.CABLE: CABLE, SealForm.STICKER: STICKER}
    kind = types[form] if form is not None else check.load.seal_type
    work.changes_load(check, seal_number=SealNumber(number), seal_type=kind)


@way("a seal number that left on another container before", history=True, needs=is_sea)
def _(work: Work) -> None:
    clean(first(work))
    gone = [
        check for entry in work.gate.ledger if entry.kind == "uplift" for check in entry.body["uplifts"]
        if check["seal_type"] == first(work).load.seal_type.name
    ]  # fmt: skip
    work.changes_load(first(work), seal_number=SealNumber(gone[-9]["seal_number"]))


@way("the container left two nights ago, and is here again", history=True, needs=is_sea)
def _(work: Work) -> None:
    clean(first(work))
    gone = [check for entry in work.gate.ledger if entry.kind == "uplift" for check in entry.body["uplifts"]]
    units = [check["unit"] for check in gone if check["mode"] == "sea"]
    taken = {str(load.unit) for load in work.town.loads[-200:]} & set(units[:-30])
    work.changes_load(first(work), unit=ContainerNumber(min(taken) if taken else units[-9]))
