"""A station for consoles, small and of the test's own, that speaks the real protocol over a real Unix socket.

What one console changes, all that are logged on are told. It checks names and passwords, and little else.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import msgspec
from msgspec.structs import replace

from kiosk.console import gatehouse as gh
from kiosk.console import gatehouse_told as gt
from kiosk.console import gatehouse_wishes as gw
from kiosk.console.desk import address_in
from kiosk.gatehouse.roles import Role
from tests.ui.gatehouse.samples import ALERTS, DETAIL, DRAFT, GATE, HOLDS, INCIDENTS, NOW, WELCOME, night, session

PASSWORDS = {"hana": "h7", "grace": "g8"}
"""Short ones: each key that a test presses takes its time."""

ROLES = {"hana": Role.GATEHOUSE, "grace": Role.SECURITY_MANAGER}
WRONG = gh.NotDone("a name and its password", "others", "try again")


class Station:
    """What the gatehouse holds, and who is connected."""

    def __init__(self) -> None:
        self.queue = night()
        self.holds = HOLDS
        self.incidents = INCIDENTS
        self.on_site = gt.OnSiteNow(())
        self.entry = 4100
        self.wishes: list[gw.Wish] = []
        self._lines: dict[asyncio.StreamWriter, gt.LoggedOn | None] = {}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._lines[writer] = None
        try:
            self._say(writer, WELCOME)
            while frame := await reader.readline():
                asked = msgspec.json.decode(frame, type=gh.Request)
                if not isinstance(asked.wish, gw.StillHere):
                    self.wishes.append(asked.wish)
                self._say(writer, gh.Answer(asked.number, self._done(asked.wish, writer)))
                self.tell_all()
        finally:
            del self._lines[writer]
            writer.transport.abort()

    def lock(self) -> None:
        """Everybody was idle for too long."""
        for writer, who in self._lines.items():
            if who is not None:
                self._lines[writer] = replace(who, locked=True)
        self.tell_all()

    def hang_up(self) -> None:
        """Every line ends, as when the kiosk is killed."""
        for writer in self._lines:
            writer.transport.abort()

    def _say(self, writer: asyncio.StreamWriter, *messages: gh.FromStation) -> None:
        for message in messages:
            writer.write(msgspec.json.encode(message) + b"\n")

    def tell_all(self) -> None:
        """Tell everybody who is logged on how all stands now."""
        for writer, who in self._lines.items():
            if who is not None:
                self._say(writer, who)
                if not who.locked:
                    self._say(writer, self.queue, self.holds, self.incidents, self.on_site, ALERTS, GATE)

    def _done(self, wish: gw.Wish, writer: asyncio.StreamWriter) -> gh.Result:
        who = self._lines[writer]
        match wish:
            case gw.LogOn(name, password):
                if PASSWORDS.get(name) != password:
                    return WRONG
                self._lines[writer] = session(ROLES[name])
                return gh.Done()
            case gw.Unlock(password):
                if who is None or password not in PASSWORDS.values():
                    return WRONG
                self._lines[writer] = replace(who, locked=False)
                return gh.Done()
            case gw.LogOff():
                self._lines[writer] = None
                self._say(writer, gt.LoggedOff(""))
                return gh.Done()
            case _:
                return self._changed(wish) if who is not None else WRONG

    def _changed(self, wish: gw.Wish) -> gh.Result:  # noqa: C901, PLR0912 - one case for each wish
        self.entry += 1
        match wish:
            case gw.AskUplift(entry):
                return gh.UpliftDetail(entry, DETAIL.lines)
            case gw.Verify(entries):
                self._settle(*entries)
            case gw.Dispute(entry):
                self._settle(entry)
            case gw.ReleaseHold(visit, _, second):
                if PASSWORDS.get(second.name) != second.password:
                    return gh.NotDone("the second person's password", "another", "let them key it again")
                self.holds = gt.HoldsNow(tuple(row for row in self.holds.rows if row.visit != visit))
            case gw.SignInVisitor():
                what = "contractor" if wish.contractor else "visitor"
                person = gt.PersonRow(
                    f"visitor {self.entry}", what, wish.name, wish.company, NOW, f"{wish.host}: {wish.purpose}",
                    wish.badge, self.entry,
                )  # fmt: skip
                self.on_site = replace(self.on_site, people=(*self.on_site.people, person))
            case gw.CheckVisitor(visitor, _, badge):
                checked = (
                    replace(each, unchecked=False, badge=badge) if each.visitor == visitor else each
                    for each in self.on_site.people
                )  # fmt: skip
                self.on_site = replace(self.on_site, people=tuple(checked))
            case gw.SignOutVisitor(visitor):
                stay = tuple(person for person in self.on_site.people if person.visitor != visitor)
                self.on_site = replace(self.on_site, people=stay)
            case gw.BeginEvacuation():
                self.on_site = replace(self.on_site, evacuation=NOW)
            case gw.Safe(key):
                people = tuple(replace(each, safe=each.safe or each.key == key) for each in self.on_site.people)
                self.on_site = replace(self.on_site, people=people)
            case gw.NotSafe(key):
                people = tuple(replace(each, safe=each.safe and each.key != key) for each in self.on_site.people)
                self.on_site = replace(self.on_site, people=people)
            case gw.EndEvacuation(partly_loaded):
                people = tuple(replace(each, safe=False) for each in self.on_site.people)
                self.on_site = gt.OnSiteNow(people, None, partly_loaded)
            case gw.Repacked(unit):
                waiting = tuple(each for each in self.on_site.to_repack if each != unit)
                self.on_site = replace(self.on_site, to_repack=waiting)
            case gw.DraftIncident():
                return gh.Document("incident.txt", "text/plain", DRAFT.encode())
            case gw.Export(what):
                return gh.Document(f"{what}.csv", "text/csv", b"entry\r\n4000\r\n")
            case _:
                pass
        return gh.Done((self.entry,))

    def _settle(self, *entries: int) -> None:
        rows = tuple(row for row in self.queue.rows if row.entry not in entries)
        self.queue = gt.QueueNow(rows, self.queue.overdue_h)


@asynccontextmanager
async def served(folder: Path, station: Station) -> AsyncIterator[None]:
    """The station's socket in a data folder, for as long as the block lasts."""
    with address_in(folder, gh.SOCKET) as address:
        server = await asyncio.start_unix_server(station.serve, address, limit=gh.MOST_BYTES)
    try:
        yield
    finally:
        server.close()
        station.hang_up()
        with suppress(OSError):
            await server.wait_closed()
        (folder / gh.SOCKET).unlink(missing_ok=True)
