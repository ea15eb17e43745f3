"""Every screen, as a station would tell it: for the tests and for the pictures in the README."""

from datetime import datetime
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from kiosk.console.messages import (
    AskVisitor,
    Attract,
    BackupHealth,
    BarrierOpen,
    CardLevel,
    CheckPackage,
    CheckpointNews,
    CheckSeal,
    ChooseContainer,
    Condition,
    Countdown,
    Display,
    DriverKnown,
    EnterPin,
    Health,
    ListHealth,
    LoadOption,
    MoreOrSign,
    NoNumber,
    OutOfService,
    Part,
    PartHealth,
    Recording,
    SealEntry,
    SealForm,
    Show,
    Sign,
    Step,
    StopKind,
    Stopped,
    Told,
    VerifySeal,
    VisitorAsk,
    VisitorSigned,
)
from kiosk.core.decisions.checking import SCAN_FAILED
from kiosk.core.reasons import Reason
from kiosk.core.said import Language, Said, said, said_of
from kiosk.core.visitor_form import NO_LETTERS
from kiosk.station.consoles.alone import NOBODY
from kiosk.ui.driver.speech import speech_of

ENGLISH = speech_of(Language.ENGLISH)
BOTH = (Language.ENGLISH, Language.MAORI)
OF_CARDS = (
    *(Reason.CARD_TAKEN_AWAY, Reason.CARD_NOT_GENUINE, Reason.CARD_CLONED, Reason.CARD_NOT_SIGNED),
    *(Reason.CARD_RECORD_COPIED, Reason.CARD_REPLAYED, Reason.CARD_FAILED_TOO_OFTEN, Reason.CARD_REVOKED),
    *(Reason.CARD_LOST, Reason.CARD_RETURNED, Reason.CARD_EXPIRED),
    *(Reason.PIN_NOT_SET, Reason.PIN_LOCKED, Reason.PIN_NOT_CHECKED),
)
"""Why a card opens nothing."""

OF_HOURS = (
    *(Reason.SITE_CLOSED_TODAY, Reason.OUTSIDE_ACCESS_WINDOW, Reason.AFTER_HOURS_NOT_PERMITTED),
    *(Reason.CARD_NOT_PROVEN_AFTER_HOURS, Reason.PIN_NOT_GIVEN, Reason.NOT_BOOKED_AFTER_HOURS),
    Reason.OUTSIDE_COLLECTION_WINDOW,
)
"""Why a driver opens nothing at this hour."""

NOW = 1000.0
"""CLOCK_MONOTONIC seconds at which time stands still in these samples."""
SITE = "Timaru Secure Load Site"
DRIVER = "Hemi Tāmati"
OPERATOR = "Southern Cartage Ltd"
UNIT, SECOND_UNIT, PACKAGE = "CSQU3054383", "TASU1170000", "PKG-2026-0117"
WELL = Health(tuple(PartHealth(part, Condition.WORKING) for part in Part))


def _all_but(lost: PartHealth) -> Health:
    return Health(tuple(lost if part is lost.part else PartHealth(part, Condition.WORKING) for part in Part))


SCANNER_LOST = _all_but(PartHealth(Part.SCANNER, Condition.LOST, "no answer since 04:12", "Plug its cable in again."))
LEDGER_LOST = _all_but(PartHealth(Part.LEDGER, Condition.LOST, "the disk is full", "Make room on it."))
READER_LOST = PartHealth(Part.READER, Condition.LOST, "no answer on its port", "Plug its cable in again.")
GATE_STARTS = PartHealth(Part.GATE, Condition.STARTING, "pins are not claimed yet", "Wait.")
BROKEN = Health(
    (READER_LOST, PartHealth(Part.SCANNER, Condition.WORKING), GATE_STARTS, PartHealth(Part.LEDGER, Condition.WORKING))
)

_GOODS = (
    "Royal Gala apples, 21 pallets, 40 ft reefer",
    "Frozen lamb",
    "Apple juice concentrate in drums, 20 ft",
    "Milk powder",
    "Wool, greasy",
)
_UNITS = (UNIT, SECOND_UNIT, "MSKU0000011", "MSKU0000027", "MSKU0000032", "MSKU0000048", "MSKU0000053")


def loads(count: int, *, air: bool = False) -> tuple[LoadOption, ...]:
    """So many loads that wait; past the first seven, container numbers repeat."""
    return tuple(
        LoadOption(
            load_id=f"load-{number}",
            unit=f"PKG-2026-{number:04}" if air else _UNITS[(number - 1) % len(_UNITS)],
            goods=_GOODS[(number - 1) % len(_GOODS)],
            booking=f"BKG {41200 + number}",
            by_air=air,
        )
        for number in range(1, count + 1)
    )


class Sample(Struct, frozen=True):
    """One screen.

    Attributes:
        told: What the station told, in order.
        keys: What the driver then pressed.
    """

    told: tuple[Told, ...]
    keys: tuple[str, ...] = ()


def shown(
    display: Display,
    *,
    left_s: float | None = 42.0,
    notice: Said | None = None,
    card: bool = False,
    revision: int = 7,
) -> Show:
    """A display with its frame; `left_s` None leaves the countdown out."""
    countdown = None if left_s is None else Countdown(NOW + left_s, 60.0)
    return Show(revision, display, countdown, notice, card)


def seal(step: Step, number: int, form: SealForm = SealForm.BOLT, of: int = 4) -> CheckSeal:
    """A VVTT step with good or bad."""
    return CheckSeal(step, UNIT if form is not SealForm.STICKER else PACKAGE, form, number, of)


def verify(entry: SealEntry, problem: Said | None = None, form: SealForm = SealForm.BOLT) -> VerifySeal:
    """The VVTT step Verify."""
    return VerifySeal(UNIT if form is not SealForm.STICKER else PACKAGE, form, 2, 4, entry, problem)


def _one(
    display: Display, *keys: str, left_s: float | None = 42.0, notice: Said | None = None, card: bool = False
) -> Sample:
    return Sample((WELL, shown(display, left_s=left_s, notice=notice, card=card)), keys)


CODE = (
    "SEALGATE:680YFRETNYCUOQMZJSZZTPQLZQJX507H0QS00+0J61%H1CT1V+1572OI2/T2H-2 73AJ3TU3L/3:8LC AK8K3B22I5RPLZ 83-9D6UX%"
    "C5CB:8OR8M5IT:D375PQ6G4WG3B4.16PGU*.0*VB3ZK1U7K%7S1B8/0QLINOG$7SHHICKO%01"
)
"""Of a ledger of a million entries."""

SHIFT_END = datetime(2026, 4, 1, 6, 0, tzinfo=ZoneInfo("Pacific/Auckland"))
SIGNED = CheckpointNews(CODE, SHIFT_END, 1_000_000)
NOT_HANDED_OVER = CheckpointNews(
    CODE,
    SHIFT_END,
    1_000_000,
    "checkpoint not written to /media/stick/sealgate: No such file or directory; see to the stick or share",
)

UID_ONLY = Health(WELL.parts, card_level=CardLevel.UID)
PROVEN = Health(WELL.parts, card_level=CardLevel.PROVEN)
ALL_AT_ONCE = Health(
    WELL.parts, BackupHealth(late_h=40), ListHealth(days_left=14), CardLevel.UID
)  # fmt: skip
"""As much as the health line ever says, with a checkpoint that is late, too."""


def stopped(reason: Reason, reference: int = 1049) -> Stopped:
    """A visit that a reason ended, as the station tells it."""
    text = reason.text
    return Stopped(StopKind(text.kind.value), reason.name, Said(text.headline), Said(text.advice), reference)


LATE = Health(WELL.parts, BackupHealth(late_h=40, trouble="plug the stick in"))
"""The last good backup is 40 hours old."""

WRONG_PIN = said_of(2, "Wrong PIN. {left} try left.", "Wrong PIN. {left} tries left.", left=2)
NOT_TAKEN = said(
    "Not taken: {text}. {look}",
    text="'CSQU3054384'",
    look=said("Check each letter and digit against the container's door."),
)
NOT_STAFF = said("{why}. A staff card is needed.", why=said("That is not a staff card"))
OTHER_CARD = said("That is another card. Tap the card you started with.")
NOTED = said("Another card was presented. It was noted.")
VISITOR = ("visitor", "MERE KAHU", "CHILLER CO", "TAMA RETI", "A MEETING")
CONTRACTOR = ("contractor", "IAN BOYD", "BOYD & SONS", "HANA WHAANGA", "THE ROOF")
CONTACT = "the gatehouse, 03 555 0117"
UNRECORDED = replace(
    stopped(Reason.LEDGER_FAILED),
    advice=said("Do not take the load. Stay here and call {contact}.", contact=CONTACT),
    reference=NoNumber.LEDGER_LOST,
)

SAMPLES: dict[str, Sample] = {
    "starting_up": Sample(()),
    "attract": _one(Attract(SITE, awake=False), left_s=None),
    "attract_awake": _one(Attract(SITE, awake=True), left_s=None, card=True),
    "attract_checkpoint": Sample((WELL, SIGNED, shown(Attract(SITE, awake=False), left_s=None))),
    "attract_checkpoint_late": Sample((WELL, NOT_HANDED_OVER, shown(Attract(SITE, awake=False), left_s=None))),
    "attract_backup_late": Sample((LATE, NOT_HANDED_OVER, shown(Attract(SITE, awake=False), left_s=None))),
    "attract_uid_only": Sample((UID_ONLY, shown(Attract(SITE, awake=False), left_s=None))),
    "attract_signed": Sample(
        (Health(WELL.parts, card_level=CardLevel.SIGNED), shown(Attract(SITE, False, CardLevel.SIGNED), left_s=None))
    ),
    "attract_proven": Sample((PROVEN, shown(Attract(SITE, False, CardLevel.PROVEN), left_s=None))),
    "attract_all_at_once": Sample(
        (ALL_AT_ONCE, NOT_HANDED_OVER, shown(Attract(SITE, awake=True), left_s=None, card=True))
    ),
    "checkpoint": Sample((WELL, SIGNED, shown(Attract(SITE, awake=False), left_s=None)), ("/",)),
    "checkpoint_late": Sample((WELL, NOT_HANDED_OVER, shown(Attract(SITE, awake=False), left_s=None)), ("/",)),
    "driver_known": _one(DriverKnown(DRIVER, OPERATOR, attended=True), card=True),
    "pin": _one(EnterPin(waits=False, problem=None), card=True),
    "pin_keyed": _one(EnterPin(waits=False, problem=WRONG_PIN), *"7403"),
    "pin_waits": _one(EnterPin(waits=True, problem=None)),
    "driver_known_proven": Sample((PROVEN, shown(DriverKnown(DRIVER, OPERATOR, True, CardLevel.PROVEN), card=True))),
    "driver_known_signed": _one(DriverKnown(DRIVER, OPERATOR, True, CardLevel.SIGNED)),
    "driver_known_unattended": _one(DriverKnown("Ann Lee", OPERATOR, attended=False)),
    "choose": _one(ChooseContainer(loads(3), 1, None)),
    "choose_none": _one(ChooseContainer((), 1, None)),
    "choose_nine": _one(ChooseContainer(loads(9), 2, None), card=True),
    "choose_air": _one(ChooseContainer(loads(5, air=True), 1, None)),
    "choose_many": _one(ChooseContainer(loads(99), 1, None)),
    "choose_many_page_2": _one(ChooseContainer(loads(99), 1, None), "+"),
    "choose_many_keyed": _one(ChooseContainer(loads(99), 1, None), "2"),
    "key_container": _one(ChooseContainer(loads(3), 1, None), "c", "s", "q", "u", "3", "0", "5", "4", left_s=9.0),
    "key_container_wrong": _one(ChooseContainer((), 1, NOT_TAKEN), "c", *"SQU3054384"),
    "check_package": _one(CheckPackage(PACKAGE, waits_for_staff_card=False, problem=None)),
    "check_package_staff": _one(CheckPackage(PACKAGE, waits_for_staff_card=True, problem=NOT_STAFF)),
    "view_bolt": _one(seal(Step.VIEW, 1), card=True),
    "view_cable": _one(seal(Step.VIEW, 1, SealForm.CABLE, of=3)),
    "view_sticker": _one(seal(Step.VIEW, 1, SealForm.STICKER, of=3)),
    "verify_scan": _one(verify(SealEntry.SCAN)),
    "verify_scan_cable": _one(verify(SealEntry.SCAN, form=SealForm.CABLE)),
    "verify_scan_sticker": _one(verify(SealEntry.SCAN, form=SealForm.STICKER)),
    "verify_scan_or_key": Sample((SCANNER_LOST, shown(verify(SealEntry.SCAN_OR_KEY, SCAN_FAILED), left_s=8.0))),
    "verify_key_first": _one(verify(SealEntry.KEY_FIRST), *"NZS004"),
    "verify_key_again": _one(verify(SealEntry.KEY_AGAIN)),
    "verify_key_left": _one(verify(SealEntry.KEY_FIRST), "escape"),
    "tug_bolt": _one(seal(Step.TUG, 3)),
    "tug_cable": _one(seal(Step.TUG, 3, SealForm.CABLE, of=3)),
    "tug_sticker": _one(seal(Step.TUG, 3, SealForm.STICKER, of=3)),
    "twist_bolt": _one(seal(Step.TWIST, 4), left_s=3.0),
    "more_or_sign": _one(MoreOrSign((UNIT,), may_add=True)),
    "more_or_sign_full": _one(MoreOrSign((UNIT, SECOND_UNIT), may_add=False)),
    "sign": _one(Sign(DRIVER, (UNIT, SECOND_UNIT), None), card=True),
    "sign_other_card": _one(Sign(DRIVER, (UNIT,), OTHER_CARD), notice=NOTED),
    "recording": _one(Recording((UNIT, SECOND_UNIT)), left_s=None),
    "barrier_open": _one(BarrierOpen((UNIT, SECOND_UNIT), 1046), card=True),
    "held": _one(stopped(Reason.SEAL_MISMATCH, 1047)),
    "held_unrecorded": Sample((LEDGER_LOST, shown(UNRECORDED))),
    "refused": _one(stopped(Reason.OPERATOR_NOT_APPROVED, 1048), card=True),
    **{reason.name.lower(): Sample((PROVEN, shown(stopped(reason), card=True))) for reason in (*OF_CARDS, *OF_HOURS)},
    "abandoned": _one(replace(stopped(Reason.TIMED_OUT), reference=NoNumber.COMING)),
    "attract_visitors": _one(Attract(SITE, awake=False, visitors=True), left_s=None),
    "visitor": _one(AskVisitor(VisitorAsk.WHAT, 1, 0, (), "", None, waits=False)),
    "visitor_name": _one(AskVisitor(VisitorAsk.NAME, 2, 6, VISITOR[:1], "", NO_LETTERS, waits=False), *"MERE "),
    "visitor_purpose": _one(AskVisitor(VisitorAsk.PURPOSE, 5, 7, CONTRACTOR[:4], "CHILLER 3", None, waits=False)),
    "visitor_inducted": _one(AskVisitor(VisitorAsk.INDUCTED, 6, 7, CONTRACTOR[:5], "", None, waits=False)),
    "visitor_agrees": _one(AskVisitor(VisitorAsk.AGREE, 6, 6, VISITOR, "", None, waits=False)),
    "contractor_agrees": _one(AskVisitor(VisitorAsk.AGREE, 7, 7, (*CONTRACTOR, "yes"), "", None, waits=False)),
    "visitor_waits": _one(AskVisitor(VisitorAsk.AGREE, 6, 6, (*VISITOR, "yes"), "", None, waits=True), left_s=9.0),
    "visitor_signed_in": _one(VisitorSigned(False, "MERE KAHU", 1046, True, CONTACT)),
    "visitor_signed_in_unattended": _one(VisitorSigned(False, "MERE KAHU", 1046, False, CONTACT)),
    "visitor_leaves": _one(AskVisitor(VisitorAsk.NUMBER, 2, 3, ("leaves",), "", NOBODY, waits=False), *"V7"),
    "visitor_signed_out": _one(VisitorSigned(True, "MERE KAHU", 1046, True, CONTACT)),
    "out_of_service": Sample(
        (BROKEN, shown(OutOfService(SITE, (READER_LOST, GATE_STARTS), CONTACT), left_s=None)),
    ),
}


def in_language(sample: Sample, language: Language) -> Sample:
    """The same screen of a site with both languages, in one of them."""
    told = tuple(
        replace(each, language=language, languages=BOTH) if isinstance(each, Show) else each for each in sample.told
    )
    return Sample(told, sample.keys)


SAMPLES |= {"attract_languages": in_language(SAMPLES["attract_checkpoint"], Language.ENGLISH)} | {
    f"{name}_maori": in_language(SAMPLES[name], Language.MAORI)
    for name in (
        *("attract_visitors", "visitor", "visitor_agrees", "visitor_signed_in_unattended"),
        *("attract_awake", "driver_known_unattended", "choose_many", "key_container", "view_bolt"),
        *("verify_scan_or_key", "more_or_sign", "barrier_open", "held", "out_of_service", "checkpoint"),
    )
}
