"""What staff ask for about the site: incidents, visitors, an evacuation."""

import asyncio

from kiosk.console import gatehouse as g
from kiosk.gatehouse import evacuation_list as paper
from kiosk.gatehouse.visitor import SignIn
from kiosk.station.consoles.office import Asker, Office

# --- incidents --------------------------------------------------------------------------------------------


async def open_incident(office: Office, asker: Asker, wish: g.OpenIncident) -> g.Result:
    """Open one by hand."""
    async with office.doing.turn():
        wanted = office.book().incidents.open(wish.what, wish.text, wish.about, asker.actor.member)
        return g.Done(await office.doing.write(wanted))


async def note_incident(office: Office, asker: Asker, wish: g.NoteIncident) -> g.Result:
    """Add what became known."""
    async with office.doing.turn():
        wanted = office.book().incidents.note(wish.incident, wish.text, asker.actor.member)
        return g.Done(await office.doing.write(wanted))


async def close_incident(office: Office, asker: Asker, wish: g.CloseIncident) -> g.Result:
    """Nothing is left to do about one."""
    async with office.doing.turn():
        wanted = office.book().incidents.close(wish.incident, wish.text, asker.actor.member)
        return g.Done(await office.doing.write(wanted))


# --- visitors ---------------------------------------------------------------------------------------------


async def sign_in(office: Office, asker: Asker, wish: g.SignInVisitor) -> g.Result:
    """A visitor or contractor comes."""
    who = SignIn(wish.name, wish.company, wish.host, wish.purpose, wish.contractor, wish.inducted, wish.badge)
    async with office.doing.turn():
        return g.Done(await office.doing.write(office.book().visitors.sign_in(who, asker.actor.member)))


async def sign_out(office: Office, asker: Asker, wish: g.SignOutVisitor) -> g.Result:
    """They left."""
    async with office.doing.turn():
        book, by = office.book().visitors, asker.actor.member
        wanted = book.sign_out(wish.visitor, by, badge_returned=wish.badge_returned)
        return g.Done(await office.doing.write(wanted))


# --- an evacuation ----------------------------------------------------------------------------------------


async def begin_evacuation(office: Office, asker: Asker, wish: g.BeginEvacuation) -> g.Result:
    """Everyone leaves the buildings."""
    async with office.doing.turn():
        wanted = office.book().evacuation.begin(wish.reason, office.on_site(), asker.actor.member)
        return g.Done(await office.doing.write(wanted))


async def safe(office: Office, asker: Asker, wish: g.Safe) -> g.Result:
    """Somebody was seen at the assembly point."""
    async with office.doing.turn():
        wanted = office.book().evacuation.see(wish.key, office.on_site(), asker.actor.member)
        return g.Done(await office.doing.write(wanted))


async def end_evacuation(office: Office, asker: Asker, wish: g.EndEvacuation) -> g.Result:
    """It is over."""
    async with office.doing.turn():
        wanted = office.book().evacuation.end(wish.partly_loaded, office.on_site(), asker.actor.member)
        return g.Done(await office.doing.write(wanted))


async def repacked(office: Office, asker: Asker, wish: g.Repacked) -> g.Result:
    """A container that stood partly loaded was packed anew."""
    async with office.doing.turn():
        wanted = office.book().evacuation.repacked(wish.unit, wish.note, asker.actor.member)
        return g.Done(await office.doing.write(wanted))


async def evacuation_list(office: Office, _asker: Asker, _wish: g.EvacuationList) -> g.Result:
    """The list of everyone on site, as a page to print."""
    evacuation, now = office.book().evacuation, office.doing.now().utc
    sheet = paper.Sheet(
        site=office.site.plan.site_name,
        printed=office.local(now),
        people=evacuation.people(office.on_site()),
        begun=office.local(evacuation.now.at.utc) if evacuation.now is not None else None,
    )
    content = await asyncio.to_thread(paper.as_pdf, sheet)
    return g.Document(f"evacuation-{office.local(now):%Y%m%d-%H%M}.pdf", "application/pdf", content)
