"""Staff consoles over the kiosk's real socket: who gets in, what they see, and holds that they resolve."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

import pytest
from msgspec.structs import replace

from kiosk.console import gatehouse as g
from kiosk.console import gatehouse_told as gt
from kiosk.console import gatehouse_wishes as gw
from kiosk.console import messages as msg
from kiosk.console import wishes
from kiosk.console.desk import ask_to_record
from kiosk.console.gatehouse_link import GatehouseLink, Heard, LineNow, linked
from kiosk.core.effects import EntryKind
from kiosk.core.passwords import Password
from kiosk.core.times import ClockState, Moment
from kiosk.core.visitor_form import SignIn
from kiosk.gatehouse.kinds import GatehouseKind
from kiosk.gatehouse.roles import Role
from kiosk.gatehouse.visitors import VisitorBook
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.moments import stamp_of
from kiosk.passwords import PasswordStore
from kiosk.secret_hashes import OWASP_MEMORY_KIB, OWASP_PASSES, Cost
from kiosk.station.consoles import connection
from kiosk.station.consoles.door import TOO_MANY
from tests.station.rig import PATIENCE_S, Rig, now, running

T = TypeVar("T", bound=Heard)

PASSWORD = "quiet harbour at seven"
CHEAP = Cost(OWASP_MEMORY_KIB, OWASP_PASSES)
"""The least that is taken: a hash in a test need not be slow."""


def people(data: Path, clock: Callable[[], Moment] = now, **roles: Role) -> None:
    """Accounts in a ledger that no kiosk has open, each with PASSWORD."""
    store = PasswordStore(data, lambda: CHEAP)
    with Ledger.open(data / "ledger", lambda: stamp_of(clock())) as ledger:
        for staff, role in roles.items():
            body = {"staff": staff, "name": staff.title(), "role": role.value, "by": "test", "code_hours": 72}
            ledger.append(GatehouseKind.STAFF_ADDED.value, stamp_of(clock()), body)
            store.set(staff, Password(PASSWORD), ())
            said = {"staff": staff, "how": "one-time code"}
            ledger.append(GatehouseKind.STAFF_PASSWORD_SET.value, stamp_of(clock()), said)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    (tmp_path / "ledger").mkdir()
    roles = {"hana": Role.GATEHOUSE, "tama": Role.GATEHOUSE, "mere": Role.SECURITY_MANAGER, "audit": Role.AUDITOR}
    roles["rewi"] = Role.SECURITY_MANAGER
    people(tmp_path, now, **roles)
    with running(tmp_path) as rig:
        rig.until(msg.Attract)
        yield rig


class Person:
    """Somebody at a console."""

    def __init__(self, link: GatehouseLink) -> None:
        self.link = link
        self.seen: dict[type[Any], Heard] = {}

    async def until(self, kind: type[T], why: Callable[[T], bool] = lambda _: True) -> T:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                heard = self.seen.get(kind)
                if isinstance(heard, kind) and why(heard):
                    return heard
                fresh = await self.link.told()
                self.seen[type(fresh)] = fresh

    async def ask(self, wish: gw.Wish) -> g.Result:
        return await self.link.ask(wish)

    async def log_on(self, name: str, password: str = PASSWORD) -> "Person":
        assert await self.ask(gw.LogOn(name, password)) == g.Done()
        await self.until(gt.LoggedOn)
        return self


@asynccontextmanager
async def console(rig: Rig) -> AsyncIterator[Person]:
    assert await asyncio.to_thread(rig.station.serves_consoles.wait, PATIENCE_S)
    async with linked(rig.data) as link:
        yield Person(link)


async def held(rig: Rig) -> msg.Stopped:
    """A driver whose seal is damaged stands at the kiosk."""

    def walk() -> msg.Stopped:
        rig.until(msg.Attract)
        rig.tap(1)
        rig.until(msg.DriverKnown)
        rig.ask(wishes.GoOn())
        rig.until(msg.ChooseContainer)
        rig.ask(wishes.ChooseLoad("L1"))
        rig.until(msg.CheckSeal)
        rig.ask(wishes.AnswerStep(msg.Step.VIEW, good=False))
        return rig.until(msg.Stopped, lambda shown: isinstance(shown.reference, int))

    return await asyncio.to_thread(walk)


async def test_before_a_log_on_nothing_is_told_but_the_sites_name(rig: Rig) -> None:
    async with console(rig) as stranger:
        welcome = await stranger.until(gt.Welcome)
        assert welcome == gt.Welcome(g.VERSION, "Test Yard", "UTC")
        for wish in (gw.AskUplift(1), gw.Export("queue"), gw.Speak("hello"), gw.EvacuationList()):
            assert isinstance(await stranger.ask(wish), g.NotDone)
        await held(rig)
        assert set(stranger.seen) == {gt.Welcome, LineNow}
        await stranger.ask(gw.Speak("hello"))  # what was told before its answer would lie here by now
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await stranger.until(gt.HoldsNow)


async def test_a_wrong_password_lets_nobody_in_and_three_lock_the_account_over_a_restart(rig: Rig) -> None:
    async with console(rig) as person:
        for _ in range(3):
            answer = await person.ask(gw.LogOn("hana", "not this one, surely"))
            assert isinstance(answer, g.NotDone)
        assert isinstance(await person.ask(gw.LogOn("hana", PASSWORD)), g.NotDone)
    rig.thread.stop()
    with running(rig.data) as again:
        again.until(msg.Attract)
        async with console(again) as person:
            assert isinstance(await person.ask(gw.LogOn("HANA", PASSWORD)), g.NotDone)
            await person.log_on("tama")
    kinds = [kind for kind, _ in again.entries()]
    assert kinds.count("logon-failed") >= 4
    assert "logon-locked" in kinds


async def test_staff_see_a_hold_as_it_happens_and_the_driver_what_they_say(rig: Rig) -> None:
    async with console(rig) as hana:
        await hana.log_on("hana")
        await held(rig)
        holds = await hana.until(gt.HoldsNow, lambda now: bool(now.rows))
        (row,) = holds.rows
        assert (row.reason, row.at_kiosk, row.replaceable) == ("SEAL_DAMAGED", True, True)
        assert isinstance(await hana.ask(gw.Speak("Park at the side, please.")), g.Done)
        await asyncio.to_thread(rig.until_word, "Park at the side, please.")
        assert (await hana.until(gt.GateNow, lambda gate: bool(gate.message))).message == "Park at the side, please."


async def test_a_hold_is_released_with_a_reason_and_a_second_person_alone(rig: Rig) -> None:
    async with console(rig) as hana:
        await hana.log_on("hana")
        await held(rig)
        (row,) = (await hana.until(gt.HoldsNow, lambda now: bool(now.rows))).rows
        for reason, second in (
            ("", gw.Second("tama", PASSWORD)),
            ("looked at it", gw.Second("hana", PASSWORD)),
            ("looked at it", gw.Second("tama", "a wrong password")),
            ("looked at it", gw.Second("audit", PASSWORD)),
        ):
            assert isinstance(await hana.ask(gw.ReleaseHold(row.visit, reason, second)), g.NotDone)
        done = await hana.ask(gw.ReleaseHold(row.visit, "The mark is old paint.", gw.Second("tama", PASSWORD)))
        assert isinstance(done, g.Done)
        shown = await asyncio.to_thread(rig.until, msg.Stopped, lambda shown: shown.resolved is not None)
        assert shown.resolved is msg.Resolved.RELEASED
        await hana.until(gt.HoldsNow, lambda now: not now.rows)
    body = next(body for kind, body in rig.entries() if kind == "hold-released")
    assert (body["staff"], body["second"], body["note"]) == ("hana", "tama", "The mark is old paint.")


async def test_two_staff_see_each_others_changes_and_only_one_resolves_a_hold(rig: Rig) -> None:
    async with console(rig) as hana, console(rig) as tama:
        await hana.log_on("hana")
        await tama.log_on("tama")
        await held(rig)
        (row,) = (await hana.until(gt.HoldsNow, lambda now: bool(now.rows))).rows
        await tama.until(gt.HoldsNow, lambda now: bool(now.rows))
        first, second = await asyncio.gather(
            hana.ask(gw.TurnAway(row.visit, "wrong truck")), tama.ask(gw.TurnAway(row.visit, "wrong truck"))
        )
        assert sorted(type(each).__name__ for each in (first, second)) == ["Done", "NotDone"]
        await tama.until(gt.HoldsNow, lambda now: not now.rows)
        shown = await asyncio.to_thread(rig.until, msg.Stopped, lambda shown: shown.resolved is not None)
        assert shown.resolved is msg.Resolved.TURNED_AWAY
    assert rig.kinds().count("hold-turned-away") == 1


async def test_an_auditor_sees_all_and_changes_nothing_and_that_he_tried_is_recorded(rig: Rig) -> None:
    async with console(rig) as auditor:
        await auditor.log_on("audit")
        await held(rig)
        (row,) = (await auditor.until(gt.HoldsNow, lambda now: bool(now.rows))).rows
        before = rig.kinds()
        for wish in (
            gw.Speak("hello"),
            gw.TurnAway(row.visit, "because"),
            gw.ReleaseHold(row.visit, "because", gw.Second("tama", PASSWORD)),
            gw.AddAccount("x", "X", "auditor"),
            gw.ResetAccount("hana"),
            gw.DisableAccount("hana", "because"),
        ):
            assert isinstance(await auditor.ask(wish), g.NotDone)
        since = rig.kinds()[len(before) :]
        assert [kind for kind in since if kind != "alert"] == ["refused"] * 6
        await auditor.until(gt.AlertsNow, lambda now: bool(now.rows))  # clause 11.1: somebody tries what he may not


async def test_a_security_manager_makes_an_account_whose_first_log_on_chooses_a_password(rig: Rig) -> None:
    async with console(rig) as mere, console(rig) as rangi:
        await mere.log_on("mere")
        given = await mere.ask(gw.AddAccount("rangi", "Rangi", "gatehouse"))
        assert isinstance(given, g.OneTimeCode)
        assert await rangi.ask(gw.LogOn("rangi", given.code)) == g.Done()
        assert (await rangi.until(gt.LoggedOn)).must_change
        assert isinstance(await rangi.ask(gw.Speak("hello")), g.NotDone)
        assert isinstance(await rangi.ask(gw.ChangePassword("", "short")), g.NotDone)
        assert await rangi.ask(gw.ChangePassword("", "a heron over wet sand")) == g.Done()
        await rangi.until(gt.LoggedOn, lambda who: not who.must_change)
        await rangi.until(gt.HoldsNow)
        assert isinstance(await rangi.ask(gw.Speak("hello")), g.Done)
        assert isinstance(await mere.ask(gw.DisableAccount("rangi", "left")), g.Done)
        await rangi.until(gt.LoggedOff)
    assert given.code not in str(rig.entries())


async def test_of_two_managers_who_disable_each_other_at_once_one_is_left_to_keep_the_accounts(rig: Rig) -> None:
    async with console(rig) as mere, console(rig) as rewi:
        await mere.log_on("mere")
        await rewi.log_on("rewi")
        answers = await asyncio.gather(
            mere.ask(gw.DisableAccount("rewi", "left")), rewi.ask(gw.DisableAccount("mere", "left"))
        )
    assert sorted(type(answer).__name__ for answer in answers) == ["Done", "NotDone"]
    assert rig.kinds().count("staff-disabled") == 1


async def test_whose_account_was_disabled_does_nothing_more_not_even_before_the_next_look(rig: Rig) -> None:
    async with console(rig) as mere, console(rig) as hana:
        await mere.log_on("mere")
        await hana.log_on("hana")
        assert isinstance(await mere.ask(gw.DisableAccount("hana", "left")), g.Done)
        assert isinstance(await hana.ask(gw.Speak("hello")), g.NotDone)
        await hana.until(gt.LoggedOff)
    assert "staff-spoke" not in rig.kinds()


async def test_who_guesses_at_one_place_keeps_nobody_from_another(rig: Rig) -> None:
    async with console(rig) as guesser, console(rig) as hana:
        for number in range(12):
            guess = gw.LogOn(f"nobody{number}", "not this one, surely", "browser at 192.168.1.66")
            refused = await guesser.ask(guess)
        assert isinstance(refused, g.NotDone)
        assert refused.expected == TOO_MANY
        await hana.log_on("hana")
    places = [entry["where"] for kind, entry in rig.entries() if kind in {"logon", "logon-failed"}]
    assert (places[0], places[-1]) == ("browser at 192.168.1.66", "terminal")


@pytest.mark.parametrize("said", ["kiosk", "", "x" * 81, "a\nb"])
async def test_a_console_that_says_it_is_the_kiosks_own_screen_or_nonsense_is_a_terminal(rig: Rig, said: str) -> None:
    async with console(rig) as hana:
        assert await hana.ask(gw.LogOn("hana", PASSWORD, said)) == g.Done()
    assert dict(rig.entries())["logon"]["where"] == "terminal"


async def test_an_answer_that_fits_into_no_line_is_said_to_be_too_long(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with console(rig) as hana:
        await hana.log_on("hana")
        monkeypatch.setattr(connection, "MOST_BYTES", 2_000)
        answer = await hana.ask(gw.EvacuationList())
    assert isinstance(answer, g.NotDone)
    assert "2000 bytes" in answer.expected


async def test_a_console_that_sends_rubbish_or_hangs_up_harms_nobody(rig: Rig) -> None:
    async with console(rig) as hana:
        await hana.log_on("hana")
        for rubbish in (b"\x00" * 300_000, b"{}\n", b'{"number": 1}\n', b"no line end"):
            _, writer = await asyncio.open_unix_connection(rig.data / g.SOCKET)
            writer.write(rubbish)
            writer.transport.abort()
        await held(rig)
        await hana.until(gt.HoldsNow, lambda now: bool(now.rows))


async def test_a_stop_ends_consoles_and_their_sessions(rig: Rig) -> None:
    async with console(rig) as hana:
        await hana.log_on("hana")
        await asyncio.to_thread(rig.thread.stop)
        await hana.until(gt.LoggedOff)
    assert rig.kinds()[-2:] == ["logoff", "kiosk-stopped"]
    assert not (rig.data / g.SOCKET).exists()


async def test_a_visitor_is_signed_in_called_in_an_evacuation_and_signed_out(rig: Rig) -> None:
    async with console(rig) as hana, console(rig) as auditor:
        await hana.log_on("hana")
        await auditor.log_on("audit")
        come = gw.SignInVisitor("Rua Pene", "Cool Air Ltd", "Hana", "chiller service", True, True, "V7")
        done = await hana.ask(come)
        assert isinstance(done, g.Done), done
        here = await hana.until(gt.OnSiteNow, lambda now: any(row.visitor for row in now.people))
        (person,) = here.people
        assert (person.name, person.what, person.badge) == ("Rua Pene", "contractor", "V7")
        assert isinstance(await hana.ask(gw.BeginEvacuation("fire alarm")), g.Done)
        assert isinstance(await hana.ask(gw.NotSafe(person.key)), g.NotDone)  # nobody has ticked them off
        for wish in (gw.Safe(person.key), gw.NotSafe(person.key), gw.Safe(person.key)):
            assert isinstance(await hana.ask(wish), g.Done)
            wanted = isinstance(wish, gw.Safe)
            await hana.until(gt.OnSiteNow, lambda now, safe=wanted: now.people[0].safe is safe)  # type: ignore[misc]
        assert isinstance(await auditor.ask(gw.NotSafe(person.key)), g.NotDone)
        paper = await hana.ask(gw.EvacuationList())
        assert isinstance(paper, g.Document)
        assert paper.content.startswith(b"%PDF")
        assert isinstance(await hana.ask(gw.EndEvacuation(("CSQU3054383",))), g.Done)
        await hana.until(gt.OnSiteNow, lambda now: now.to_repack == ("CSQU3054383",))
        assert isinstance(await hana.ask(gw.Repacked("CSQU3054383", "emptied and packed anew")), g.Done)
        assert isinstance(await hana.ask(gw.SignOutVisitor(person.visitor, True)), g.Done)
        await hana.until(gt.OnSiteNow, lambda now: not now.people and not now.to_repack)
    called = [kind for kind in rig.kinds() if kind.startswith("evacuation-")]
    seen, unseen = "evacuation-seen", "evacuation-unseen"
    assert called == ["evacuation-begun", seen, unseen, seen, "evacuation-ended"]


ALONE = SignIn("Rua Pene", "Cool Air Ltd", "Hana", "chiller service", contractor=True, inducted=True)


@pytest.fixture
def visited(tmp_path: Path) -> Iterator[Rig]:
    """A kiosk at which somebody had signed in alone."""
    (tmp_path / "ledger").mkdir()
    people(tmp_path, now, hana=Role.GATEHOUSE, audit=Role.AUDITOR)
    come = VisitorBook().sign_in(ALONE, None)
    with Ledger.open(tmp_path / "ledger", lambda: stamp_of(now())) as ledger:
        ledger.append(come.kind, stamp_of(now()), come.body)
    with running(tmp_path) as rig:
        rig.until(msg.Attract)
        yield rig


async def test_who_signed_in_alone_is_flagged_until_staff_have_checked_them_once(visited: Rig) -> None:
    async with console(visited) as hana, console(visited) as auditor:
        await hana.log_on("hana")
        await auditor.log_on("audit")
        (row,) = (await hana.until(gt.OnSiteNow, lambda now: bool(now.people))).people
        assert row.unchecked
        assert "escort required" in row.detail
        wish = gw.CheckVisitor(row.visitor, True, "c7")
        assert isinstance(await auditor.ask(wish), g.NotDone)
        assert isinstance(await hana.ask(gw.CheckVisitor(row.visitor + 1, True, "c7")), g.NotDone)
        done = await hana.ask(wish)
        assert isinstance(done, g.Done), done
        (row,) = (await hana.until(gt.OnSiteNow, lambda now: not now.people[0].unchecked)).people
        assert row.badge == "C7"
        assert "escort" not in row.detail
        again = await hana.ask(wish)
        assert isinstance(again, g.NotDone)
        assert again.expected == "somebody who was not checked yet"
    entries = dict(enumerate(visited.entries(), 1))
    assert visited.kinds().count("visitor-checked") == 1
    (entry,) = done.entries
    kind, checked = entries[entry]
    assert kind == "visitor-checked"
    assert checked == {"visitor": row.visitor, "inducted": True, "badge": "C7", "by": "hana", "by_name": "Hana"}


async def test_staff_whose_sign_on_no_clock_can_date_are_on_the_list_and_not_on_duty(tmp_path: Path) -> None:
    def doubtful() -> Moment:
        return replace(now(), clock=ClockState.DOUBTFUL)

    (tmp_path / "ledger").mkdir()
    people(tmp_path, now, hana=Role.GATEHOUSE)
    before = replace(now(), boot="before the power cut")
    with Ledger.open(tmp_path / "ledger", lambda: stamp_of(before)) as ledger:
        body = {"staff": "hana", "name": "Hana", "how": "badge"}
        ledger.append(EntryKind.STAFF_SIGNED_ON.value, stamp_of(before), body)
    with running(tmp_path, clock=doubtful) as rig:
        rig.until(msg.Attract)
        async with console(rig) as hana:
            await hana.log_on("hana")
            (row,) = (await hana.until(gt.OnSiteNow)).people
            gate = await hana.until(gt.GateNow)
    assert (row.what, row.name, gate.on_duty) == ("staff", "Hana", ())
    assert row.detail == "signed on; no clock can tell whether still on duty"


async def test_an_incident_is_opened_noted_and_closed_by_whoever_may(rig: Rig) -> None:
    async with console(rig) as hana, console(rig) as mere:
        await hana.log_on("hana")
        await mere.log_on("mere")
        kinds = (await hana.until(gt.IncidentsNow)).kinds
        assert isinstance(await hana.ask(gw.OpenIncident(kinds[0], "The fence was cut.")), g.Done)
        (row,) = (await mere.until(gt.IncidentsNow, lambda now: bool(now.rows))).rows
        assert isinstance(await hana.ask(gw.NoteIncident(row.incident, "Camera 4 shows a van.")), g.Done)
        assert isinstance(await hana.ask(gw.CloseIncident(row.incident, "mended")), g.NotDone)
        draft = await mere.ask(gw.DraftIncident(row.incident))
        assert isinstance(draft, g.Document)
        text = draft.content.decode()
        assert "The fence was cut." in text
        unwritten = await mere.ask(gw.ReportIncident(row.incident, "file", text))
        assert isinstance(unwritten, g.NotDone)
        assert not (rig.data / "reports").exists()
        told = await mere.ask(
            gw.ReportIncident(row.incident, "file", "The fence was cut at camera 4. Nothing is gone.")
        )
        assert isinstance(told, g.Done)
        assert len(list((rig.data / "reports").iterdir())) == 1
        assert isinstance(await mere.ask(gw.CloseIncident(row.incident, "mended; nothing was taken")), g.Done)


async def test_a_list_is_exported_as_it_is_shown_and_only_to_whom_it_is_shown(rig: Rig) -> None:
    async with console(rig) as hana, console(rig) as auditor:
        await hana.log_on("hana")
        await auditor.log_on("audit")
        await held(rig)
        await hana.until(gt.HoldsNow, lambda now: bool(now.rows))
        file = await hana.ask(gw.Export("holds"))
        assert isinstance(file, g.Document)
        assert "SEAL_DAMAGED" in file.content.decode("utf-8-sig").splitlines()[1]
        assert isinstance(await hana.ask(gw.Export("accounts")), g.NotDone)
        assert isinstance(await auditor.ask(gw.Export("accounts")), g.Document)
        assert isinstance(await auditor.ask(gw.Export("../keys")), g.NotDone)


def _seals(data: Path) -> None:
    """NZ100001 hangs on CSQU3054383, NZ100099 lies in store."""
    at = "2026-11-17T00:00:00.000Z"
    signed = {"staff": "hana", "staff_name": "Hana", "how": "scanned"}
    batch = {"batch": "B1", "seal_type": "SES bolt", "purchase_approval": "PA-1", "received": at, "clause": "8.7"}
    received = signed | batch | {"numbers": ["NZ100001", "NZ100099"]}
    hung = {"seal_number": "NZ100001", "seal_type": "SES bolt", "unit": "CSQU3054383", "booking": "B-L1"}
    applied = signed | hung | {"applied": at, "inspection": None, "clause": "8.6"}
    ask_to_record(data, "seals-received", received)
    ask_to_record(data, "seal-applied", applied)


async def test_a_damaged_seal_is_replaced_by_one_in_store_and_the_driver_goes_on_with_that(rig: Rig) -> None:
    async with console(rig) as hana:
        await hana.log_on("hana")
        await asyncio.to_thread(_seals, rig.data)
        await held(rig)
        (row,) = (await hana.until(gt.HoldsNow, lambda now: bool(now.rows))).rows
        second = gw.Second("tama", PASSWORD)
        for new in ("NZ100077", "no seal"):  # never received; no number
            wish = gw.ReplaceSeal(row.visit, "CSQU3054383", "NZ100001", new, "The bolt was cut at.", second)
            assert isinstance(await hana.ask(wish), g.NotDone)
        other = gw.ReplaceSeal(row.visit, "TASU1170000", "NZ100001", "NZ100099", "The bolt was cut at.", second)
        assert isinstance(await hana.ask(other), g.NotDone)
        assert "seal-replaced" not in rig.kinds()
        wish = gw.ReplaceSeal(row.visit, "CSQU3054383", "NZ100001", "NZ100099", "The bolt was cut at.", second)
        done = await hana.ask(wish)
        assert isinstance(done, g.Done), done
        replaced, released = done.entries
        await asyncio.to_thread(rig.until, msg.Stopped, lambda shown: shown.resolved is msg.Resolved.RELEASED)
        await asyncio.to_thread(_drive_out, rig, "NZ100099")
    bodies = dict(enumerate((body for _, body in rig.entries()), 1))
    assert bodies[released]["seal"] == {"old": "NZ100001", "new": "NZ100099", "entry": replaced}


def _drive_out(rig: Rig, seal: str) -> None:
    """The driver begins anew and takes the load under the seal that hangs now."""
    rig.tap(1)
    rig.until(msg.DriverKnown)
    rig.ask(wishes.GoOn())
    rig.until(msg.ChooseContainer)
    rig.ask(wishes.ChooseLoad("L1"))
    rig.until(msg.CheckSeal)
    rig.ask(wishes.AnswerStep(msg.Step.VIEW, good=True))
    rig.until(msg.VerifySeal)
    rig.scan(seal)
    rig.until(msg.CheckSeal, lambda shown: shown.step is msg.Step.TUG)
