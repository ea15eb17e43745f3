"""What staff ask for, one function each: what it takes to do it, and what it answers."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from kiosk.console import gatehouse as g
from kiosk.console import gatehouse_wishes as gw
from kiosk.core.effects import Json
from kiosk.core.errors import SealgateError
from kiosk.gatehouse import holds
from kiosk.gatehouse.actor import Actor
from kiosk.gatehouse.roles import MAY, Action
from kiosk.ledger.errors import LedgerError
from kiosk.station.consoles import site_wishes
from kiosk.station.consoles.office import Asker, Office


async def do(office: Office, asker: Asker, wish: gw.Wish) -> g.Result:
    """Do what was asked, or say why not. What a role may not do is refused, and written down."""
    action, take = _TAKERS[type(wish)]
    if action is not None and action not in MAY[asker.actor.role]:
        await office.door.refused(asker.session, action)
        return g.NotDone(
            expected=f"a role that may {action.value}",
            got=f"{asker.actor.role.value}",
            mend="ask somebody who may; that you asked stands in the ledger",
        )
    try:
        return await take(office, asker, wish)
    except (SealgateError, LedgerError) as refused:
        return g.NotDone(refused.expected, refused.got, refused.mend)
    except OSError as fault:
        return g.NotDone("a disk that takes it", str(fault), "see to the disk; nothing is lost")


# --- holds --------------------------------------------------------------------------------------


async def _speak(office: Office, asker: Asker, wish: gw.Speak) -> g.Result:
    visit = office.lane.visit.file.visit_id if office.lane.visit is not None else ""
    return g.Done(await office.doing.write(holds.speak(asker.actor, wish.text, visit)))


async def _release(office: Office, asker: Asker, wish: gw.ReleaseHold) -> g.Result:
    second = await _second(office, asker, wish.second)
    if isinstance(second, g.NotDone):
        return second
    async with office.doing.turn():
        wanted = holds.release(office.book().holds, asker.actor, second, wish.visit, wish.reason)
        return g.Done(await office.doing.write(wanted))


async def _turn_away(office: Office, asker: Asker, wish: gw.TurnAway) -> g.Result:
    async with office.doing.turn():
        wanted = holds.turn_away(office.book().holds, asker.actor, wish.visit, wish.reason)
        return g.Done(await office.doing.write(wanted))


async def _replace_seal(office: Office, asker: Asker, wish: gw.ReplaceSeal) -> g.Result:
    second = await _second(office, asker, wish.second)
    if isinstance(second, g.NotDone):
        return second
    async with office.doing.turn(), office.sealing.turn():
        book = office.book().holds
        holds.release(book, asker.actor, second, wish.visit, wish.reason)  # or nothing is replaced
        replaced = await office.sealing.replaced(asker.actor, wish.unit, wish.old, wish.new)
        (entry,) = await office.doing.write(replaced.entry)
        seal: dict[str, Json] = {"old": replaced.old, "new": replaced.new, "entry": entry}
        wanted = holds.release_after(book, asker.actor, second, wish.visit, wish.reason, seal)
        return g.Done((entry, *await office.doing.write(wanted)), " ".join(replaced.remarks))


async def _second(office: Office, asker: Asker, second: gw.Second) -> Actor | g.NotDone:
    return await office.door.second(asker.session, second)


# --- people -------------------------------------------------------------------------------------


async def _log_off(office: Office, asker: Asker, _wish: gw.LogOff) -> g.Result:
    await office.door.log_off(asker.session, "logged off")
    return g.Done()


async def _still_here(_office: Office, _asker: Asker, _wish: gw.StillHere) -> g.Result:
    return g.Done()


async def _unlock(office: Office, asker: Asker, wish: gw.Unlock) -> g.Result:
    return await office.door.unlock(asker.session, wish.password) or g.Done()


async def _change_password(office: Office, asker: Asker, wish: gw.ChangePassword) -> g.Result:
    return await office.door.change_password(asker.session, wish.old, wish.new) or g.Done()


async def _add_account(office: Office, asker: Asker, wish: gw.AddAccount) -> g.Result:
    return await office.door.add(asker.actor, wish.staff, wish.name, wish.role)


async def _disable_account(office: Office, asker: Asker, wish: gw.DisableAccount) -> g.Result:
    return await office.door.disable(asker.actor, wish.staff, wish.reason)


async def _reset_account(office: Office, asker: Asker, wish: gw.ResetAccount) -> g.Result:
    return await office.door.reset(asker.actor, wish.staff)


Take = Callable[[Office, Asker, Any], Awaitable[g.Result]]

_TAKERS: Final[Mapping[type[gw.Wish], tuple[Action | None, Take]]] = {
    gw.LogOff: (None, _log_off),
    gw.StillHere: (None, _still_here),
    gw.Unlock: (None, _unlock),
    gw.ChangePassword: (None, _change_password),
    gw.Speak: (Action.SPEAK, _speak),
    gw.ReleaseHold: (Action.RELEASE_HOLD, _release),
    gw.TurnAway: (Action.TURN_AWAY, _turn_away),
    gw.ReplaceSeal: (Action.REPLACE_SEAL, _replace_seal),
    gw.SignOnDuty: (Action.SIGN_ON_DUTY, site_wishes.sign_on),
    gw.SignOffDuty: (Action.SIGN_ON_DUTY, site_wishes.sign_off),
    gw.AskUplift: (Action.LOOK, site_wishes.ask_uplift),
    gw.Verify: (Action.VERIFY, site_wishes.verify),
    gw.Dispute: (Action.DISPUTE, site_wishes.dispute),
    gw.OpenIncident: (Action.OPEN_INCIDENT, site_wishes.open_incident),
    gw.NoteIncident: (Action.OPEN_INCIDENT, site_wishes.note_incident),
    gw.DraftIncident: (Action.LOOK, site_wishes.draft_incident),
    gw.ReportIncident: (Action.REPORT_INCIDENT, site_wishes.report_incident),
    gw.CloseIncident: (Action.CLOSE_INCIDENT, site_wishes.close_incident),
    gw.SeenAlert: (Action.SEE_ALERTS, site_wishes.seen_alert),
    gw.SignInVisitor: (Action.VISITORS, site_wishes.sign_in),
    gw.CheckVisitor: (Action.VISITORS, site_wishes.check),
    gw.SignOutVisitor: (Action.VISITORS, site_wishes.sign_out),
    gw.BeginEvacuation: (Action.EVACUATE, site_wishes.begin_evacuation),
    gw.Safe: (Action.EVACUATE, site_wishes.safe),
    gw.NotSafe: (Action.EVACUATE, site_wishes.not_safe),
    gw.EndEvacuation: (Action.EVACUATE, site_wishes.end_evacuation),
    gw.Repacked: (Action.REPACK, site_wishes.repacked),
    gw.EvacuationList: (Action.LOOK, site_wishes.evacuation_list),
    gw.Export: (Action.EXPORT, site_wishes.export),
    gw.AddAccount: (Action.ACCOUNTS, _add_account),
    gw.DisableAccount: (Action.ACCOUNTS, _disable_account),
    gw.ResetAccount: (Action.ACCOUNTS, _reset_account),
}
"""Every wish but the log-on, which comes before: what it takes to be allowed to ask, and who does it."""

IDLE: Final = frozenset({gw.LogOff, gw.StillHere, gw.Unlock})
"""What can be asked of a session that is locked."""

UNCHANGED: Final = frozenset({gw.LogOff, gw.StillHere, gw.ChangePassword})
"""What can be asked of a session whose password must be changed first."""
