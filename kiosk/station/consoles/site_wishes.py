"""What staff ask for about the site: incidents, visitors, an evacuation."""

import asyncio

from kiosk.console import gatehouse as g
from kiosk.console import gatehouse_wishes as gw
from kiosk.core.duty import SignedBy, signed_off, signed_on
from kiosk.core.effects import EntryKind
from kiosk.core.visitor_form import SignIn
from kiosk.gatehouse import evacuation_list as paper
from kiosk.gatehouse.queue_views import detail
from kiosk.gatehouse.recorded import Refused, ToRecord
from kiosk.gatehouse.reporting import Report, send_in_background
from kiosk.gatehouse.verifying import decide_dispute, decide_verify
from kiosk.register.reports.reported import Place
from kiosk.station.consoles.door import AT_KIOSK
from kiosk.station.consoles.office import Asker, Office
from kiosk.station.consoles.on_site import cards_of
from kiosk.station.errands import Errands
from kiosk.station.printing import print_page

# --- duty -------------------------------------------------------------------------------------------------


async def sign_on(office: Office, asker: Asker, _wish: gw.SignOnDuty) -> g.Result:
    """Be on duty from now on."""
    async with office.doing.turn():
        if office.lane.situation.records.staff_member(asker.actor.staff_id) is None:
            raise Refused(
                expected="somebody of the site's records of staff",
                got=asker.actor.staff_id,
                mend="import them: sealgate import staff",
            )
        if asker.actor.staff_id in {each.staff_id for each in office.on_duty()}:
            return g.Done(words="signed on already")
        body = signed_on(asker.actor.member, _by(asker))
        return g.Done(await office.doing.write(ToRecord(EntryKind.STAFF_SIGNED_ON.value, body)))


async def sign_off(office: Office, asker: Asker, _wish: gw.SignOffDuty) -> g.Result:
    """Be on duty no more."""
    async with office.doing.turn():
        body = signed_off(asker.actor.member, _by(asker), "", office.on_duty())
        return g.Done(await office.doing.write(ToRecord(EntryKind.STAFF_SIGNED_OFF.value, body)))


def _by(asker: Asker) -> SignedBy:
    return SignedBy.BADGE if asker.where == AT_KIOSK else SignedBy.CONSOLE


# --- the verification queue -------------------------------------------------------------------------------


async def ask_uplift(office: Office, _asker: Asker, wish: gw.AskUplift) -> g.Result:
    """Everything recorded of an uplift that waits."""
    return detail(office.book().queue, wish.entry, office.doing.now())


async def verify(office: Office, asker: Asker, wish: gw.Verify) -> g.Result:
    """Unattended uplifts were what they should be."""
    async with office.doing.turn():
        cards, now = cards_of(asker.actor.staff_id, office.lane), office.doing.now()
        book = office.book().queue
        wanted = decide_verify(book, wish.entries, asker.actor, wish.note, wish.camera, now, cards)
        return g.Done(await office.doing.write(*wanted))


async def dispute(office: Office, asker: Asker, wish: gw.Dispute) -> g.Result:
    """An unattended uplift was not what it should be; the incident about it is opened by the entry itself."""
    async with office.doing.turn():
        cards, now = cards_of(asker.actor.staff_id, office.lane), office.doing.now()
        book = office.book().queue
        wanted = decide_dispute(book, wish.entry, asker.actor, wish.note, wish.camera, now, cards=cards)
        return g.Done(await office.doing.write(*wanted))


# --- incidents --------------------------------------------------------------------------------------------


async def open_incident(office: Office, asker: Asker, wish: gw.OpenIncident) -> g.Result:
    """Open one by hand."""
    async with office.doing.turn():
        wanted = office.book().incidents.open(wish.what, wish.text, wish.about, asker.actor.member)
        return g.Done(await office.doing.write(wanted))


async def note_incident(office: Office, asker: Asker, wish: gw.NoteIncident) -> g.Result:
    """Add what became known."""
    async with office.doing.turn():
        wanted = office.book().incidents.note(wish.incident, wish.text, asker.actor.member)
        return g.Done(await office.doing.write(wanted))


async def draft_incident(office: Office, _asker: Asker, wish: gw.DraftIncident) -> g.Result:
    """The draft of its report, with what is still to be written."""
    from kiosk.incident_draft import as_text

    office.book().incidents.open_incident(wish.incident)
    plan = office.site.plan
    place = Place(plan.site_id, plan.site_name, plan.timezone, office.site.contact)
    text = await asyncio.to_thread(as_text, office.data / "ledger", wish.incident, place)
    return g.Document(f"incident-{wish.incident}.txt", "text/plain", text.encode())


async def report_incident(office: Office, asker: Asker, wish: gw.ReportIncident) -> g.Result:
    """The report goes out: kept as a file, sent by the site's mail server, or told by other means already."""
    who, plan, incidents = asker.actor.member, office.site.plan, office.book().incidents
    incidents.report(wish.incident, wish.how, (), wish.text, who)  # what would be refused is not sent
    report = Report(
        incident=wish.incident,
        what=incidents.open_incident(wish.incident).what,
        text=wish.text,
        at=office.local(office.doing.now().utc),
        kiosk=plan.site_id,
        site_id=plan.site_id,
        site_name=plan.site_name,
    )
    sending = send_in_background(report, wish.how, office.data, office.site.mail)
    outcome = await asyncio.wrap_future(sending)
    async with office.doing.turn():
        book = office.book().incidents
        if not outcome.how:
            await office.doing.try_write(book.note(wish.incident, outcome.words, who))
            return g.NotDone("a report that goes out", outcome.words, "look at the mail server, then send it again")
        wanted = book.report(wish.incident, outcome.how, outcome.to, wish.text, who)
        return g.Done(await office.doing.write(wanted), outcome.words)


async def close_incident(office: Office, asker: Asker, wish: gw.CloseIncident) -> g.Result:
    """Nothing is left to do about one."""
    async with office.doing.turn():
        wanted = office.book().incidents.close(wish.incident, wish.text, asker.actor.member)
        return g.Done(await office.doing.write(wanted))


async def seen_alert(office: Office, asker: Asker, wish: gw.SeenAlert) -> g.Result:
    """Somebody looked into an alert."""
    async with office.doing.turn():
        wanted = office.book().alerts.see(wish.alert, asker.actor.staff_id, wish.note)
        return g.Done(await office.doing.write(wanted))


# --- visitors ---------------------------------------------------------------------------------------------


async def sign_in(office: Office, asker: Asker, wish: gw.SignInVisitor) -> g.Result:
    """A visitor or contractor comes."""
    who = SignIn(wish.name, wish.company, wish.host, wish.purpose, wish.contractor, wish.inducted, wish.badge)
    async with office.doing.turn():
        return g.Done(await office.doing.write(office.book().visitors.sign_in(who, asker.actor.member)))


async def check(office: Office, asker: Asker, wish: gw.CheckVisitor) -> g.Result:
    """Somebody who signed in alone was seen."""
    async with office.doing.turn():
        book, by = office.book().visitors, asker.actor.member
        wanted = book.check(wish.visitor, wish.badge, by, inducted=wish.inducted)
        return g.Done(await office.doing.write(wanted))


async def sign_out(office: Office, asker: Asker, wish: gw.SignOutVisitor) -> g.Result:
    """They left."""
    async with office.doing.turn():
        book, by = office.book().visitors, asker.actor.member
        wanted = book.sign_out(wish.visitor, by, badge_returned=wish.badge_returned)
        return g.Done(await office.doing.write(wanted))


# --- an evacuation ----------------------------------------------------------------------------------------


async def begin_evacuation(office: Office, asker: Asker, wish: gw.BeginEvacuation) -> g.Result:
    """Everyone leaves the buildings."""
    async with office.doing.turn():
        wanted = office.book().evacuation.begin(wish.reason, office.on_site(), asker.actor.member)
        return g.Done(await office.doing.write(wanted))


async def safe(office: Office, asker: Asker, wish: gw.Safe) -> g.Result:
    """Somebody was seen at the assembly point."""
    async with office.doing.turn():
        wanted = office.book().evacuation.see(wish.key, office.on_site(), asker.actor.member)
        return g.Done(await office.doing.write(wanted))


async def not_safe(office: Office, asker: Asker, wish: gw.NotSafe) -> g.Result:
    """Somebody was ticked off by mistake."""
    async with office.doing.turn():
        wanted = office.book().evacuation.unsee(wish.key, office.on_site(), asker.actor.member)
        return g.Done(await office.doing.write(wanted))


async def end_evacuation(office: Office, asker: Asker, wish: gw.EndEvacuation) -> g.Result:
    """It is over."""
    async with office.doing.turn():
        wanted = office.book().evacuation.end(wish.partly_loaded, office.on_site(), asker.actor.member)
        return g.Done(await office.doing.write(wanted))


async def repacked(office: Office, asker: Asker, wish: gw.Repacked) -> g.Result:
    """A container that stood partly loaded was packed anew."""
    async with office.doing.turn():
        wanted = office.book().evacuation.repacked(wish.unit, wish.note, asker.actor.member)
        return g.Done(await office.doing.write(wanted))


async def evacuation_list(office: Office, _asker: Asker, wish: gw.EvacuationList) -> g.Result:
    """The list of everyone on site, as a page; printed at once where that is asked."""
    evacuation, now = office.book().evacuation, office.doing.now().utc
    sheet = paper.Sheet(
        site=office.site.plan.site_name,
        printed=office.local(now),
        people=evacuation.people(office.on_site()),
        begun=office.local(evacuation.now.at.utc) if evacuation.now is not None else None,
    )
    content = await asyncio.to_thread(paper.as_pdf, sheet)
    if wish.printed:
        command = office.site.checkpoints.print_command
        if not command:
            raise Refused(
                expected="a print command in site.toml",
                got="none",
                mend="name checkpoints.print, or keep the file",
            )
        if fault := await asyncio.to_thread(print_page, Errands(), command, content):
            return g.NotDone("a printer that takes the page", fault, "look at the printer; or keep the file")
        return g.Done(words="the list is printed")
    return g.Document(f"evacuation-{office.local(now):%Y%m%d-%H%M}.pdf", "application/pdf", content)


# --- what is on show --------------------------------------------------------------------------------------


async def export(office: Office, asker: Asker, wish: gw.Export) -> g.Result:
    """A list, as CSV."""
    from kiosk.station.consoles.exporting import EXPORTED, exported

    if wish.what not in EXPORTED:
        raise Refused(expected=f"one of {', '.join(EXPORTED)}", got=ascii(wish.what), mend="name a list")
    now = office.doing.now().utc
    document = exported(wish.what, office.told(asker.actor), now, office.site.plan.timezone)
    if document is None:
        return g.NotDone(f"somebody who is shown {wish.what}", asker.actor.role.value, "ask somebody who is")
    return document
