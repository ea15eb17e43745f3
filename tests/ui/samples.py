"""Every screen, as a station would tell it: for the tests and for the pictures in the README."""

from msgspec import Struct

from kiosk.console.messages import (
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
    StaffConsole,
    Step,
    StopKind,
    Stopped,
    Told,
    VerifySeal,
)
from kiosk.core.reasons import Reason

OF_CARDS = (
    *(Reason.CARD_TAKEN_AWAY, Reason.CARD_NOT_GENUINE, Reason.CARD_CLONED, Reason.CARD_NOT_SIGNED),
    *(Reason.CARD_RECORD_COPIED, Reason.CARD_REPLAYED, Reason.CARD_FAILED_TOO_OFTEN, Reason.CARD_REVOKED),
    *(Reason.CARD_LOST, Reason.CARD_RETURNED, Reason.CARD_EXPIRED),
    *(Reason.PIN_NOT_SET, Reason.PIN_LOCKED, Reason.PIN_NOT_CHECKED),
)
"""Why a card opens nothing."""

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
    notice: str = "",
    card: bool = False,
    revision: int = 7,
) -> Show:
    """A display with its frame; `left_s` None leaves the countdown out."""
    countdown = None if left_s is None else Countdown(NOW + left_s, 60.0)
    return Show(revision, display, countdown, notice, card)


def seal(step: Step, number: int, form: SealForm = SealForm.BOLT, of: int = 4) -> CheckSeal:
    """A VVTT step with good or bad."""
    return CheckSeal(step, UNIT if form is not SealForm.STICKER else PACKAGE, form, number, of)


def verify(entry: SealEntry, problem: str = "", form: SealForm = SealForm.BOLT) -> VerifySeal:
    """The VVTT step Verify."""
    return VerifySeal(UNIT if form is not SealForm.STICKER else PACKAGE, form, 2, 4, entry, problem)


def _one(display: Display, *keys: str, left_s: float | None = 42.0, notice: str = "", card: bool = False) -> Sample:
    return Sample((WELL, shown(display, left_s=left_s, notice=notice, card=card)), keys)


CODE = (
    "SEALGATE:680YFRETNYCUOQMZJSZZTPQLZQJX507H0QS00+0J61%H1CT1V+1572OI2/T2H-2 73AJ3TU3L/3:8LC AK8K3B22I5RPLZ 83-9D6UX%"
    "C5CB:8OR8M5IT:D375PQ6G4WG3B4.16PGU*.0*VB3ZK1U7K%7S1B8/0QLINOG$7SHHICKO%01"
)
"""Of a ledger of a million entries."""

SIGNED = CheckpointNews(CODE, "2026-04-01 06:00", 1_000_000)
NOT_HANDED_OVER = CheckpointNews(
    CODE,
    "2026-04-01 06:00",
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
    return Stopped(StopKind(text.kind.value), reason.name, text.headline, text.advice, reference)


LATE = Health(WELL.parts, BackupHealth(late_h=40, trouble="plug the stick in"))
"""The last good backup is 40 hours old."""

_HELD = Stopped(
    StopKind.HOLD, "SEAL_MISMATCH", "This is not the right seal.", "Stay in your truck. Staff will come to you.", 1047
)
_REFUSED = Stopped(
    StopKind.REFUSAL,
    "OPERATOR_NOT_APPROVED",
    "Your company is not on the approved list.",
    "Turn round. Call your office.",
    1048,
)
_ABANDONED = Stopped(
    StopKind.ABANDONED,
    "TIMED_OUT",
    "The time was over.",
    "To begin again, take your card away and tap it.",
    NoNumber.COMING,
)
_UNRECORDED = Stopped(
    StopKind.HOLD,
    "LEDGER_FAILED",
    "The check could not be recorded",
    "Do not take the load. Stay here and call the gatehouse, 03 555 0117.",
    NoNumber.LEDGER_LOST,
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
    "pin": _one(EnterPin(waits=False, problem=""), card=True),
    "pin_keyed": _one(EnterPin(waits=False, problem="Wrong PIN. 2 tries left."), *"7403"),
    "pin_waits": _one(EnterPin(waits=True, problem="")),
    "driver_known_proven": Sample((PROVEN, shown(DriverKnown(DRIVER, OPERATOR, True, CardLevel.PROVEN), card=True))),
    "driver_known_signed": _one(DriverKnown(DRIVER, OPERATOR, True, CardLevel.SIGNED)),
    "driver_known_unattended": _one(DriverKnown("Ann Lee", OPERATOR, attended=False)),
    "choose": _one(ChooseContainer(loads(3), 1, "")),
    "choose_none": _one(ChooseContainer((), 1, "")),
    "choose_nine": _one(ChooseContainer(loads(9), 2, ""), card=True),
    "choose_air": _one(ChooseContainer(loads(5, air=True), 1, "")),
    "choose_many": _one(ChooseContainer(loads(99), 1, "")),
    "choose_many_page_2": _one(ChooseContainer(loads(99), 1, ""), "+"),
    "choose_many_keyed": _one(ChooseContainer(loads(99), 1, ""), "2"),
    "key_container": _one(ChooseContainer(loads(3), 1, ""), "c", "s", "q", "u", "3", "0", "5", "4", left_s=9.0),
    "key_container_wrong": _one(
        ChooseContainer((), 1, "CSQU3054384: the last digit must be 3. Look again."), "c", *"SQU3054384"
    ),
    "check_package": _one(CheckPackage(PACKAGE, waits_for_staff_card=False, problem="")),
    "check_package_staff": _one(CheckPackage(PACKAGE, waits_for_staff_card=True, problem="This is no staff card.")),
    "view_bolt": _one(seal(Step.VIEW, 1), card=True),
    "view_cable": _one(seal(Step.VIEW, 1, SealForm.CABLE, of=3)),
    "view_sticker": _one(seal(Step.VIEW, 1, SealForm.STICKER, of=3)),
    "verify_scan": _one(verify(SealEntry.SCAN)),
    "verify_scan_cable": _one(verify(SealEntry.SCAN, form=SealForm.CABLE)),
    "verify_scan_sticker": _one(verify(SealEntry.SCAN, form=SealForm.STICKER)),
    "verify_scan_or_key": Sample(
        (SCANNER_LOST, shown(verify(SealEntry.SCAN_OR_KEY, "That was no seal bar code. Scan again."), left_s=8.0))
    ),
    "verify_key_first": _one(verify(SealEntry.KEY_FIRST), *"NZS004"),
    "verify_key_again": _one(verify(SealEntry.KEY_AGAIN)),
    "verify_key_left": _one(verify(SealEntry.KEY_FIRST), "escape"),
    "tug_bolt": _one(seal(Step.TUG, 3)),
    "tug_cable": _one(seal(Step.TUG, 3, SealForm.CABLE, of=3)),
    "tug_sticker": _one(seal(Step.TUG, 3, SealForm.STICKER, of=3)),
    "twist_bolt": _one(seal(Step.TWIST, 4), left_s=3.0),
    "more_or_sign": _one(MoreOrSign((UNIT,), may_add=True)),
    "more_or_sign_full": _one(MoreOrSign((UNIT, SECOND_UNIT), may_add=False)),
    "sign": _one(Sign(DRIVER, (UNIT, SECOND_UNIT), ""), card=True),
    "sign_other_card": _one(
        Sign(DRIVER, (UNIT,), "This is another card. Tap the card you came with."), notice="Staff are called."
    ),
    "recording": _one(Recording((UNIT, SECOND_UNIT)), left_s=None),
    "barrier_open": _one(BarrierOpen((UNIT, SECOND_UNIT), 1046), card=True),
    "held": _one(_HELD),
    "held_unrecorded": Sample((LEDGER_LOST, shown(_UNRECORDED))),
    "refused": _one(_REFUSED, card=True),
    **{reason.name.lower(): Sample((PROVEN, shown(stopped(reason), card=True))) for reason in OF_CARDS},
    "abandoned": _one(_ABANDONED),
    "out_of_service": Sample(
        ("staff console", shown(StaffConsole(1), left_s=None)),
        (BROKEN, shown(OutOfService(SITE, (READER_LOST, GATE_STARTS), "the gatehouse, 03 555 0117"), left_s=None)),
    ),
}
