"""The station: one queue of events, one lane that decides, and the runner of its effects. Needs no screen.

Code flow of one event: a driver's thread, the recorder's thread or a screen posts it; the station's loop takes it
from the queue and gives it to the lane; the lane's effects go to the devices and to the recorder, who answer with
events; what the screen should show is worked out and told if it differs. The loop itself never waits for a disk, a
device or a screen.
"""

import asyncio
import gc
from collections.abc import Callable, Coroutine, Mapping
from importlib import import_module
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Final, Protocol

import structlog
from msgspec.structs import replace

from kiosk.console import messages as msg
from kiosk.console import wishes
from kiosk.console.presenting import countdown_of, display_of, event_of, health_of, visit_on_show
from kiosk.core import events as ev
from kiosk.core.effects import CheckPin, CheckStaff, CommitEntry, DismissStaff, Effect, RecordVisitor
from kiosk.core.errors import IllegalEvent, SealgateError
from kiosk.core.lane import Lane
from kiosk.core.records import Records
from kiosk.core.roster import Roster
from kiosk.core.said import said
from kiosk.core.times import Moment
from kiosk.ledger.restored import forget_mark, restored_from
from kiosk.site import Site
from kiosk.station.languages import Languages
from kiosk.station.pin_check import PinCheck
from kiosk.station.recorder import Recorder
from kiosk.station.records_watch import LOOK_S, Loaded, RecordsWatch

if TYPE_CHECKING:  # loaded once the kiosk is in service: the gate's start needs none of it
    from kiosk.station.consoles.gatehouse import Gatehouse
    from kiosk.station.desk import Desk
    from kiosk.station.keeper import Keeper

LEDGER_RETRY_S: Final = 5.0
"""Seconds between attempts to open a ledger that was lost."""


NOT_READY: Final = said("Not ready yet. Try again.")
"""What one of staff, or a visitor, is told who came before the gatehouse was loaded."""

KEEPERS_AFTER_S: Final = 0.5
"""Seconds in service after which what is done at times of day begins: loading it must not hold up the screen."""

Posted = ev.Event | wishes.Ask | msg.CheckpointNews | msg.BackupHealth | BaseException | None
"""What may be put into the station's queue: None asks it to end, an error ends it."""


class DevicePort(Protocol):
    """The devices, as the station uses them."""

    def start(self, post: Callable[[ev.Event], None], on_death: Callable[[BaseException], None]) -> None:
        """Start them; each report comes as an event, from any thread."""

    def perform(self, effect: Effect) -> None:
        """Do what the core wants of a device, without waiting."""

    def stop(self) -> None:
        """Stop them; outputs go to rest."""


class StationFailed(Exception):
    """Something that must live died, or the first records cannot be used: the process must end.

    Attributes:
        cause: What it died of. An error of ours or of the site's files; for the former systemd starts afresh.
    """

    def __init__(self, cause: BaseException) -> None:
        super().__init__(f"the station stopped: {cause!r}")
        self.cause = cause


class Station:
    """Runs one lane.

    Args:
        site: The site's settings.
        data: The data folder; the ledger lives in it.
        watch: Where the records come from.
        devices: The devices.
        now: Reads both clocks.
        tell: Takes what a screen is told, on the station's thread; must not block.
        witness: Told of every event and effect, for the demo and the tests; must not block.

    Attributes:
        serves_consoles: Set once staff consoles can connect.
    """

    def __init__(
        self,
        site: Site,
        data: Path,
        watch: RecordsWatch,
        devices: DevicePort,
        now: Callable[[], Moment],
        tell: Callable[[msg.Told], None],
        witness: Callable[[ev.Event | Effect], None] = lambda _: None,
    ) -> None:
        self._site = site
        self._data = data
        self._watch = watch
        self._devices = devices
        self._now = now
        self._tell = tell
        self._witness = witness
        self._recorder = Recorder(data / "ledger", now, self.post, site=site)
        self._pins = PinCheck(data, now, self.post)
        self._languages = Languages(data, site.languages)
        self._lane = Lane(site.plan, Records(), Roster())
        self._queue: asyncio.Queue[Posted] = asyncio.Queue()
        self._keepers: list[Keeper] = []
        self._desk: Desk | None = None
        self._gatehouse: Gatehouse | None = None
        self._backup = msg.BackupHealth()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop_asked = Event()
        self.serves_consoles = Event()
        self._shown: msg.Show | None = None
        self._health: msg.Health | None = None
        self._files: Mapping[str, str] = {}
        self._chores: set[asyncio.Task[None]] = set()
        self._log = structlog.get_logger("station")

    # --- from any thread ----------------------------------------------------------------------------

    def post(self, item: Posted) -> None:
        """Put something into the queue. Dropped once the station has stopped."""
        loop = self._loop
        if loop is not None:
            try:
                loop.call_soon_threadsafe(self._queue.put_nowait, item)
            except RuntimeError:
                self._log.debug("posted after the station stopped", item=type(item).__name__)

    def stop(self) -> None:
        """Ask the station to end in an orderly way; run() returns when it has, also if it has not begun yet."""
        self._stop_asked.set()
        self.post(None)

    # --- the station's own loop -----------------------------------------------------------------------

    async def run(self) -> None:
        """Serve until stopped.

        Raises:
            StationFailed: when a driver or a chore died.
        """
        self._loop = asyncio.get_running_loop()
        self._show()
        self._start_chore(self._keep_up())
        self._devices.start(self.post, self.post)
        try:
            if not self._stop_asked.is_set():
                await self._serve()
        finally:
            await self._end()

    async def _serve(self) -> None:
        while True:
            item = await self._next()
            if item is None:
                return
            if isinstance(item, BaseException):
                raise StationFailed(item) from item
            if isinstance(item, msg.CheckpointNews):
                self._tell(item)
                continue
            if isinstance(item, msg.BackupHealth):
                self._backup = item
                self._show()
                continue
            event = self._event_asked(item) if isinstance(item, wishes.Ask) else item
            if event is not None:
                self._handle(event)

    async def _next(self) -> Posted:
        wakes_at = [at for at in (self._lane.wakes_at, self._languages.wakes_at) if at is not None]
        if not wakes_at:
            return await self._queue.get()
        left_s = min(wakes_at) - self._now().monotonic
        try:
            if left_s > 0:
                async with asyncio.timeout(left_s):
                    return await self._queue.get()
        except TimeoutError:
            pass
        # Time comes before what else waits: a scanner that chatters must not hold up a time-out.
        return ev.TimePassed(self._now())

    def _event_asked(self, ask: wishes.Ask) -> ev.Event | None:
        if self._shown is None or ask.revision != self._shown.revision:
            self._log.debug("wish for a screen that is gone", wish=type(ask.wish).__name__)
            return None
        if isinstance(ask.wish, wishes.ChooseLanguage):
            visit = visit_on_show(self._lane)
            self._languages.choose(ask.wish.language, visit, self._now().monotonic)
            self._show()
            if visit is None or visit.ended:
                return None
        return event_of(ask.wish, self._now())

    def _handle(self, event: ev.Event) -> None:
        self._witness(event)
        try:
            effects = self._lane.handle(event)
        except IllegalEvent as error:
            self._log.info("event dropped", reason=str(error))
            return
        self._run_effects(effects)
        self._show()

    def _run_effects(self, effects: list[Effect]) -> None:
        for effect in effects:
            self._witness(effect)
            if isinstance(effect, CommitEntry):
                self._recorder.commit(effect)
            elif isinstance(effect, CheckPin):
                self._pins.check(effect)
            elif isinstance(effect, CheckStaff | DismissStaff | RecordVisitor):
                self._to_gatehouse(effect)
            else:
                self._devices.perform(effect)

    def _to_gatehouse(self, effect: CheckStaff | DismissStaff | RecordVisitor) -> None:
        if self._gatehouse is not None:
            self._gatehouse.perform(effect)
        elif isinstance(effect, CheckStaff):
            self.post(ev.StaffNotAdmitted(effect.ref, NOT_READY, self._now()))
        elif isinstance(effect, RecordVisitor):
            self.post(ev.VisitorNotRecorded(effect.ref, NOT_READY, self._now()))

    def _show(self) -> None:
        now = self._now()
        health = health_of(self._lane, self._backup, now)
        if health != self._health:
            if health.cards_fail and not (self._health is not None and self._health.cards_fail):
                self._log.error(
                    "cards of this site fail one after the other",
                    mend="compare 'sealgate card key show' with the office's fingerprints, and start the kiosk anew",
                )
            self._health = health
            self._tell(health)
            if self._gatehouse is not None:
                self._gatehouse.changed()
        visit = self._lane.visit
        fresh = msg.Show(
            revision=self._shown.revision if self._shown is not None else 0,
            display=display_of(self._lane, self._site.contact, now),
            countdown=countdown_of(self._lane),
            notice=visit.file.notice if visit is not None else None,
            card_on_reader=self._lane.card_on_reader,
            word=self._lane.place.word.text if self._lane.place.word is not None else "",
            language=self._languages.of(visit_on_show(self._lane), self._now().monotonic),
            languages=self._languages.offered,
        )
        if fresh != self._shown:
            self._shown = _numbered(fresh, self._shown)
            self._tell(self._shown)
            if self._gatehouse is not None:
                self._gatehouse.shown(self._shown.display)

    # --- what goes on beside --------------------------------------------------------------------------

    def _start_chore(self, chore: "Coroutine[None, None, None]") -> None:
        task = asyncio.get_running_loop().create_task(chore)
        self._chores.add(task)
        task.add_done_callback(self._chore_done)

    def _chore_done(self, task: "asyncio.Task[None]") -> None:
        self._chores.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.post(error)

    async def _keep_up(self) -> None:
        """Read the records, then open the ledger, which notes what it counts by; from then on keep both up."""
        self._languages.take(await asyncio.to_thread(self._languages.read))
        await self._take_records(await asyncio.to_thread(self._watch.look))
        self._start_chore(self._keep_records())
        kind = "kiosk-started"
        while True:
            if not self._lane.parts[ev.Part.LEDGER].working:
                records = self._lane.situation.records
                roster = await asyncio.wrap_future(self._recorder.open(records.load_ids()))
                if roster is not None and await self._take_roster(await self._completed(roster, records), kind):
                    kind = "ledger-reopened"
            await asyncio.sleep(LEDGER_RETRY_S)

    async def _completed(self, roster: Roster, asked: Records) -> Roster:
        """A roster that knows which loads have left, also of records that came while it was read."""
        while (records := self._lane.situation.records) is not asked:
            uplifted = await asyncio.wrap_future(self._recorder.uplifted(records.load_ids()))
            roster.know_uplifted(uplifted)
            asked = records
        return roster

    async def _take_roster(self, roster: Roster, kind: str) -> bool:
        """Take over what the ledger knows. In service only once what was interrupted is recorded.

        Returns:
            Whether it is: a disk that is full may open a ledger and take no entry.
        """
        folder = self._data / "ledger"
        try:
            restored = await asyncio.to_thread(restored_from, folder)
        except OSError as fault:
            detail, mend = f"expected to know whether it was restored, got {fault}", "see to the disk"
            self.post(ev.PartChanged(ev.Part.LEDGER, False, detail, mend, self._now()))
            return False
        self._recorder.note(kind, {"site": self._site.plan.site_id, "files": dict(self._files)})
        self._run_effects(self._lane.take_roster(roster, self._now(), restored))
        took_all = await asyncio.wrap_future(self._recorder.settled())
        if took_all:
            if restored is not None:
                await asyncio.to_thread(self._forget_restore, folder)
            first = self._desk is None
            if first:
                await self._open_desk()
            self.post(ev.PartChanged(ev.Part.LEDGER, True, "", "", self._now()))
            if first:
                self._start_chore(self._start_keepers())
            elif self._gatehouse is not None:
                await self._gatehouse.read()
        return took_all

    def _forget_restore(self, folder: Path) -> None:
        """The ledger says that it was restored; a disk that keeps the mark has it said again at the next start."""
        try:
            forget_mark(folder)
        except OSError as fault:
            self._log.warning("the mark of a restored ledger stays", fault=str(fault))

    async def _open_desk(self) -> None:
        """From the first time on that there is a ledger to write in for commands."""
        from kiosk.station.desk import Desk

        self._desk = Desk(self._data, self._recorder, self._now, self.post)
        await self._desk.open()

    async def _open_gatehouse(self) -> None:
        """For staff: loaded beside the loop, since it is large and no driver waits for it."""
        consoles = await asyncio.to_thread(import_module, "kiosk.station.consoles.gatehouse")
        gatehouse: Gatehouse = consoles.Gatehouse(
            self._site, self._data, self._lane, self._recorder, self._now, self.post, lambda: self._health
        )
        await gatehouse.open()
        if self._shown is not None:
            gatehouse.shown(self._shown.display)
        self._gatehouse = gatehouse
        self.serves_consoles.set()

    async def _start_keepers(self) -> None:
        """Likewise to sign and to back up."""
        await asyncio.sleep(KEEPERS_AFTER_S)
        await self._open_gatehouse()
        from kiosk.station.backups import BackupKeeper
        from kiosk.station.checkpoints import CheckpointKeeper

        site, data, now = self._site, self._data, self._now
        self._keepers.append(CheckpointKeeper(data, site, now, self.post, self._recorder.note))
        if site.backup.folder is not None:
            self._keepers.append(BackupKeeper(data, site, now, self.post))
        for keeper in self._keepers:
            keeper.start()

    async def _keep_records(self) -> None:
        """Read the records again whenever they were replaced; look around as often."""
        while True:
            await asyncio.sleep(LOOK_S)
            self._recorder.look_around()
            if self._lane.visit is None:
                await self._keep_languages()
            try:
                await self._take_records(await asyncio.to_thread(self._watch.look))
            except SealgateError as error:
                self._log.error("new records not taken, the old ones stay in use", fault=str(error))

    async def _keep_languages(self) -> None:
        """While nobody is served: the ledger's writes do not wait for this one."""
        if (data := self._languages.unsaved()) is not None:
            await asyncio.to_thread(self._languages.write, data)

    async def _take_records(self, loaded: Loaded | None) -> None:
        if loaded is not None:
            uplifted = await asyncio.wrap_future(self._recorder.uplifted(loaded.records.load_ids()))
            self._files = loaded.digests
            self._handle(ev.RecordsReplaced(loaded.records, self._now(), uplifted))
            self._recorder.note("records-replaced", {"files": dict(loaded.digests)})
            # Thousands of records stay for long: left out of collections, or a driver's tap waits for one. The first
            # come while the app has collections off, since everything made so far stays. What was left out before is
            # looked at once more: not all of it still is of use, and what refers to itself nothing else gives back.
            if gc.isenabled():
                gc.unfreeze()
                gc.collect()
            gc.freeze()
            gc.enable()

    async def _end(self) -> None:
        """Whatever happened: the visit's end is recorded, the ledger is closed, outputs go to rest."""
        try:
            await self._wind_up()
        finally:  # whatever else fails
            await asyncio.to_thread(self._devices.stop)
        for keeper in self._keepers:
            await asyncio.to_thread(keeper.stop)
        self._loop = None

    async def _wind_up(self) -> None:
        for chore in tuple(self._chores):
            chore.cancel()
        for keeper in self._keepers:
            keeper.ask_to_stop()
        if self._desk is not None:
            await self._desk.close()
        if self._gatehouse is not None:
            await self._gatehouse.close()
        self._handle(ev.KioskStopping(self._now()))
        self._recorder.note("kiosk-stopped", {"site": self._site.plan.site_id})
        await self._keep_languages()
        await asyncio.to_thread(self._recorder.close)
        await asyncio.to_thread(self._pins.close)


def _numbered(fresh: msg.Show, before: msg.Show | None) -> msg.Show:
    """The next revision. A display that only counts down anew keeps its number: its keys still mean the same."""
    same = before is not None and fresh.display == before.display
    revision = 0 if before is None else before.revision + (not same)
    return replace(fresh, revision=revision)
