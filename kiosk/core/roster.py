"""Who is on site and on duty, what has left and what staff let pass, folded from ledger entries, at each start too."""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from kiosk.core.card_book import CardBook
from kiosk.core.duty import DutyBook
from kiosk.core.effects import EntryKind, Json
from kiosk.core.known_devices import KnownDevices
from kiosk.core.known_scans import KnownScans
from kiosk.core.list_override import ListOverride
from kiosk.core.replaced_seals import ReplacedSeals
from kiosk.core.times import Moment, seconds_between
from kiosk.core.upkeep import Known


class OnSite(Struct, frozen=True):
    """A driver whose visit has begun and whose exit was not seen.

    Attributes:
        visit_id: The visit.
        driver_id: The driver.
        since: When the visit was opened.
        held: The visit ended in a hold that staff have not released.
        ended: The visit has a recorded end; only the exit is missing.
        uplifted: Its uplift entry is in the ledger.
    """

    visit_id: str
    driver_id: str
    since: Moment
    held: bool = False
    ended: bool = False
    uplifted: bool = False

    def to_json(self) -> dict[str, Json]:
        """As an entry of the kind ON_SITE keeps it."""
        return {
            "visit": self.visit_id,
            "driver": self.driver_id,
            **self.since.since_json(),
            "held": self.held,
            "ended": self.ended,
            "uplifted": self.uplifted,
        }

    @classmethod
    def from_json(cls, stay: Mapping[str, Any]) -> "OnSite":
        """Reads what `to_json` gives."""
        since = Moment.of_since(stay)
        return cls(stay["visit"], stay["driver"], since, stay["held"], stay["ended"], stay["uplifted"])


class Roster:
    """Folds entries into who is on site, which scans and devices are known. Takes all kinds and heeds the gate's.

    Attributes:
        cards: What the entries tell of cards.
        replaced: Seals that hang in place of those that the paperwork names.
        duty: What they tell of staff who signed on.
        devices: Which device was connected last under each name.
        upkeep: What they tell of devices that were lost, and of the machine.
    """

    def __init__(self) -> None:
        self._by_driver: dict[str, OnSite] = {}
        self._driver_of: dict[str, str] = {}
        self._uplifted: set[str] = set()
        self._scans = KnownScans()
        self._override: ListOverride | None = None
        self.cards = CardBook()
        self.replaced = ReplacedSeals()
        self.duty = DutyBook()
        self.devices = KnownDevices()
        self.upkeep = Known()

    def know_uplifted(self, load_ids: Iterable[str]) -> None:
        """Learn of loads that left, from entries that this roster did not take."""
        self._uplifted.update(load_ids)

    def statement(self) -> dict[str, Json]:
        """The body of an entry that says who is on site: taken by another roster, it stands for all entries before."""
        said: dict[str, Json] = {
            "on_site": [stay.to_json() for stay in self._by_driver.values()],
            "stray_scans": self._scans.to_json(),
            "cards": self.cards.to_json(),
            "replaced_seals": self.replaced.to_json(),
            "duty": self.duty.statement(),
            "devices": self.devices.to_json(),
            "upkeep": self.upkeep.to_json(),
        }
        return said if self._override is None else said | {"list_override": self._override.to_json()}

    def apply(self, kind: str, body: Mapping[str, Any], at: Moment) -> None:
        """Take one entry, in the ledger's order.

        Args:
            kind: The entry's.
            body: The entry's.
            at: When it happened.
        """
        match kind:
            case EntryKind.ON_SITE.value:
                self._said_again(body)
            case EntryKind.STRAY_SCAN.value:
                self._scans.add(str(body["unit"]), int(body["seq"]))
            case EntryKind.DEVICE_CONNECTED.value:
                self.devices.add(str(body["device"]), str(body["serial"]))
            case EntryKind.LIST_OVERRIDE.value:
                self._override = ListOverride.of_entry(body, at)
            case _:
                self.cards.apply(kind, body)
                self.replaced.apply(kind, body)
                self.duty.apply(kind, body, at)
                self.upkeep.apply(kind, body, at)
                self._take_of_visit(kind, body, at)

    def _said_again(self, body: Mapping[str, Any]) -> None:
        stays = [OnSite.from_json(stay) for stay in body["on_site"]]
        self._by_driver = {stay.driver_id: stay for stay in stays}
        self._driver_of = {stay.visit_id: stay.driver_id for stay in stays}
        self._scans = KnownScans.from_json(body.get("stray_scans", {}))  # entries of earlier versions have none
        said = body.get("list_override")
        self._override = ListOverride.from_json(said) if said is not None else None
        self.cards = CardBook.from_json(body.get("cards", {}))
        self.replaced = ReplacedSeals.from_json(body.get("replaced_seals", {}))
        self.duty = DutyBook.from_json(body.get("duty", []))
        self.devices = KnownDevices.from_json(body.get("devices", {}))
        self.upkeep = Known.from_json(body.get("upkeep", {}))

    def _take_of_visit(self, kind: str, body: Mapping[str, Any], at: Moment) -> None:
        match kind:
            case EntryKind.PIN_ASKED.value | EntryKind.VISIT_OPENED.value:
                visit_id, driver_id = str(body["visit"]), str(body["driver"])
                forgotten = self._by_driver.get(driver_id)
                if forgotten is not None:
                    del self._driver_of[forgotten.visit_id]
                self._by_driver[driver_id] = OnSite(visit_id, driver_id, at)
                self._driver_of[visit_id] = driver_id
            case EntryKind.UPLIFT.value:
                self._uplifted.update(str(uplift["load"]) for uplift in body["uplifts"])
                self._mark(str(body["visit"]), uplifted=True)
            case EntryKind.HOLD.value:
                self._mark(str(body["visit"]), held=True, ended=True)
            case EntryKind.PASSAGE.value:
                if body["seen"]:
                    self._gone(str(body["visit"]))
                else:
                    self._mark(str(body["visit"]), held=False, ended=True)
            case EntryKind.INTERRUPTED.value if body["uplifted"]:
                # The truck may stand before the barrier or be gone: the next tap decides, not we.
                self._mark(str(body["visit"]), held=False, ended=True)
            case (
                EntryKind.REFUSAL.value
                | EntryKind.ABANDONED.value
                | EntryKind.INTERRUPTED.value
                | EntryKind.HOLD_RELEASED.value
                | EntryKind.HOLD_TURNED_AWAY.value
            ):
                self._gone(str(body["visit"]))
            case _:
                pass

    def on_site(self, driver_id: str, now: Moment, forget_after_h: float) -> OnSite | None:
        """The driver's stay, unless it is so long ago that it no longer counts.

        Args:
            driver_id: Whose.
            now: When that is asked.
            forget_after_h: Hours after which an exit that was not seen is taken as missed (timed anti-passback).
                A hold does not lapse.
        """
        stay = self._by_driver.get(driver_id)
        if stay is None or (not stay.held and seconds_between(stay.since, now) >= forget_after_h * 3600):
            return None
        return stay

    def everyone(self) -> tuple[OnSite, ...]:
        """All who are on site, longest first."""
        return tuple(self._by_driver.values())

    def unended(self) -> tuple[OnSite, ...]:
        """Visits without a recorded end: at a start, those that a power cut interrupted."""
        return tuple(stay for stay in self._by_driver.values() if not stay.ended)

    def is_held(self, visit_id: str) -> bool:
        """Whether a visit ended in a hold that was not released."""
        driver_id = self._driver_of.get(visit_id)
        return driver_id is not None and self._by_driver[driver_id].held

    def is_uplifted(self, load_id: str) -> bool:
        """Whether a load has left."""
        return load_id in self._uplifted

    def has_scan(self, unit: str, seq: int) -> bool:
        """Whether a stray scan stands in the ledger: its reader's serial number, and its own number of the scan."""
        return self._scans.has(unit, seq)

    def override_of(self, version: str, now: Moment) -> ListOverride | None:
        """The override by which staff go on by this approved list now, though it has run out."""
        override = self._override
        return override if override is not None and override.covers(version, now) else None

    def _mark(self, visit_id: str, **changes: Any) -> None:  # noqa: ANN401 - OnSite's own fields, checked by replace
        driver_id = self._driver_of.get(visit_id)
        if driver_id is not None:
            self._by_driver[driver_id] = replace(self._by_driver[driver_id], **changes)

    def _gone(self, visit_id: str) -> None:
        driver_id = self._driver_of.pop(visit_id, None)
        if driver_id is not None:
            del self._by_driver[driver_id]
