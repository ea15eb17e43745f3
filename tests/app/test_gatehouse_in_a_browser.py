"""The staff console in real browsers, served by the command, beside a real station at which a driver stands."""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from kiosk.cli import main
from kiosk.console import messages as msg
from kiosk.console import wishes
from kiosk.core import events as ev
from kiosk.demo.duty import signing_in
from kiosk.devices import read_clock
from kiosk.gatehouse.roles import Role
from kiosk.ledger.verify import verify
from kiosk.station.records_watch import RecordsWatch
from tests.app.test_terminal import Gate, gate
from tests.browser import Browser, browser
from tests.core.samples import BOLTED, CABLED, NOBODY_THERE, PROVEN, TONIGHT, credential, records_with
from tests.station.rig import PATIENCE_S, SITE, Given, Rig, numbered, running
from tests.station.test_consoles import PASSWORD, people

SAMPLE = Path(__file__).parents[2] / "kiosk" / "demo" / "sample_site" / "site.toml"
SITE_NAME = "Test Yard"


@contextmanager
def serving(data: Path, *words: str) -> Iterator[str]:
    """``sealgate gatehouse --serve`` beside the kiosk of a data folder; the URL that it says."""
    command = [sys.executable, "-P", "-m", "kiosk.cli", "gatehouse", "--serve", "--port", "0", "--data", str(data)]
    with subprocess.Popen(
        [*command, "--config", str(SAMPLE), *words], stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stderr is not None
        try:
            said = server.stderr.readline()
            found = re.search(r"the gatehouse is at (https?://\S+);", said)
            assert found is not None, said + server.stderr.read()
            yield found[1]
        finally:
            server.terminate()
            rest = server.stderr.read()
    assert server.returncode == 0, rest
    assert "Traceback" not in rest


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    """A station at an hour at which nobody is there, two loads that are booked for it, and two staff."""
    data = tmp_path / "data"
    (data / "ledger").mkdir(parents=True)
    people(data, hana=Role.GATEHOUSE, tama=Role.SECURITY_MANAGER)
    patient = replace(SITE.plan.timeouts, stopped_s=600.0)  # the driver stands there until the test is done with her
    night = replace(SITE, plan=replace(SITE.plan, windows=(NOBODY_THERE,), timeouts=patient))
    booked = records_with(loads=tuple(replace(load, collect=TONIGHT) for load in (BOLTED, CABLED)))
    with running(data, site=night, watch=RecordsWatch(lambda: 1, lambda: Given(booked))) as rig:
        rig.until(msg.Attract)
        assert rig.station.serves_consoles.wait(PATIENCE_S)
        yield rig


def tap(rig: Rig) -> None:
    """Aroha lays her card on the reader, and it proves itself."""
    rig.devices.post(ev.CardPresented(credential(1), PROVEN, rig.clock()))
    rig.devices.post(ev.CardRemoved(rig.clock()))


def to_the_seal(rig: Rig, load: str) -> None:
    """From nobody there to the seal of a load."""
    rig.until(msg.Attract)
    tap(rig)
    rig.until(msg.DriverKnown)
    rig.ask(wishes.GoOn())
    rig.until(msg.ChooseContainer)
    rig.ask(wishes.ChooseLoad(load))
    rig.until(msg.CheckSeal)


def drive_out(rig: Rig) -> None:
    """An uplift that nobody saw: CSQU3054383 under bolt NZ100001."""
    to_the_seal(rig, "L1")
    rig.ask(wishes.AnswerStep(msg.Step.VIEW, good=True))
    rig.until(msg.VerifySeal)
    rig.scan("NZ100001")
    for step in (msg.Step.TUG, msg.Step.TWIST):
        rig.until(msg.CheckSeal, lambda shown, step=step: shown.step is step)  # type: ignore[misc]
        rig.ask(wishes.AnswerStep(step, good=True))
    rig.until(msg.MoreOrSign)
    rig.ask(wishes.FinishUplifts())
    rig.until(msg.Sign)
    tap(rig)
    rig.until(msg.BarrierOpen)
    for is_over in (True, False):
        rig.devices.post(ev.LoopChanged(ev.Loop.EXIT, is_over, rig.clock()))
    rig.until(msg.Attract)


def stand_held(rig: Rig) -> None:
    """She is back for another load, finds its seal damaged, and stands at the kiosk."""
    to_the_seal(rig, "L2")
    rig.ask(wishes.AnswerStep(msg.Step.VIEW, good=False))
    rig.until(msg.Stopped, numbered)


def log_on(person: Browser, name: str) -> None:
    person.until("Log on")
    person.fill(name, PASSWORD)
    person.until("1 Gate", "Uplifts by the hour")


def shown_of_the_site(text: str) -> set[str]:
    """What of the site's business stands in a text."""
    words = ("Aroha", "Ngata", "CSQU3054383", "NZ100001", "Harbour", "Uplifts", "Queue", "Holds", "verify")
    return {word for word in words if word in text}


def test_without_a_log_on_nothing_is_shown_but_the_sites_name_and_nothing_comes_from_elsewhere(
    rig: Rig, tmp_path: Path
) -> None:
    drive_out(rig)
    with serving(rig.data) as url, browser(tmp_path) as stranger:
        stranger.open(url)
        before = stranger.until(SITE_NAME, "Log on")
        stand_held(rig)
        stranger.press("f9", "escape")
        stranger.fill("hana", "quiet harbour at eight")
        stranger.until("! Expected a name and its password", gone=("quiet", "•"))
        assert shown_of_the_site(before + stranger.terminal() + stranger.received() + stranger.html()) == set()
        assert {each for each in stranger.asked_for() if not each.startswith((url, url.replace("http", "ws")))} == set()
        assert stranger.complaints() == []
        stranger.fill(PASSWORD)  # the name stands there already
        stranger.until("1 Gate", "2 Queue 1", "3 Holds 1")
        assert {"Queue", "Holds"} <= shown_of_the_site(stranger.terminal())
        stranger.press("q", "enter")
        stranger.until("Log on", gone=("Queue",))


def test_an_uplift_is_verified_and_a_hold_resolved_while_its_driver_stands_at_the_kiosk_in_two_sessions(
    rig: Rig, tmp_path: Path
) -> None:
    drive_out(rig)
    with serving(rig.data) as url, browser(tmp_path) as hana, browser(tmp_path) as tama:
        hana.open(url)
        tama.open(url)
        log_on(hana, "hana")
        hana.press("2")
        hana.until("CSQU3054383", "Aroha Ngata", "Harbour Haulage")
        tama.until(SITE_NAME, "Log on", gone=("Queue",))  # hers is not his
        hana.press("v")
        hana.until("Verify 1 uplift", "! whole check in")
        hana.fill("gate 2, from 00:00")  # what must be given; the note may be left
        hana.until("Nothing waits for verification.")

        stand_held(rig)
        log_on(tama, "tama")
        tama.press("3")
        tama.until("3 Holds 1!", "! AT KIOSK Aroha Ngata")
        hana.press("3")
        hana.until("3 Holds 1!", "! AT KIOSK Aroha Ngata")
        hana.press("m")
        hana.until("Message")
        hana.fill("Please wait, I am coming.")
        rig.until_word("Please wait, I am coming.")
        hana.until("Please wait, I am coming.", gone=("Esc back",))
        hana.press("r")
        hana.until("Release the hold of Aroha Ngata")
        hana.fill("Old paint, no damage.", "tama", PASSWORD)
        hana.until("Nobody is held.")
        released = rig.until(msg.Stopped, lambda shown: shown.resolved is not None)
        assert released.resolved is msg.Resolved.RELEASED
        tama.until("Nobody is held.")
        assert hana.complaints() + tama.complaints() == []
    entries = dict(rig.entries())
    assert entries["uplift-verified"]["staff"] == "hana"
    assert (entries["hold-released"]["staff"], entries["hold-released"]["second"]) == ("hana", "tama")
    assert rig.kinds().count("logon") == 2
    assert rig.kinds()[-2:] == ["logoff", "logoff"]  # each with its browser


def test_a_console_that_has_ended_leaves_nothing_on_the_screen_and_the_next_one_asks_for_a_log_on(
    rig: Rig, tmp_path: Path
) -> None:
    drive_out(rig)
    with browser(tmp_path) as hana:
        with serving(rig.data) as url:
            hana.open(url)
            log_on(hana, "hana")
            hana.press("2")
            hana.until("CSQU3054383")
            hana.press("x")  # what is on show, as a file: the browser's
            exported = hana.until_downloaded("*.csv")
            assert "CSQU3054383" in exported.read_text(encoding="utf-8-sig")
            hana.open(url)  # as one who comes back to the page, or leaves it open for somebody else
            hana.until("Log on", gone=("CSQU3054383", "Queue"))
            rig.thread.stop()
            hana.until("Log on", "The kiosk is not reached", gone=(str(rig.data), "CSQU3054383"))
            hana.open(url)
            hana.until("The kiosk is not reached", "Press any key", gone=(str(rig.data),))
            hana.press("space")
            hana.until_page("This console has ended.")
            hana.press("enter")  # the button has the keyboard
            hana.until("The kiosk is not reached")
        hana.until_page("This console has ended.")
        assert hana.terminal() == ""
        assert "kiosk" not in hana.html().partition("<body")[2]


def test_by_tls_a_browser_takes_a_certificate_that_it_was_told_to_trust_and_warns_of_another(
    rig: Rig, tmp_path: Path
) -> None:
    config = tmp_path / "site.toml"
    named = f'\n[gatehouse.web]\ncertificate = "{tmp_path}/gate.pem"\nkey = "{tmp_path}/gate.key"\n'
    config.write_text(SAMPLE.read_text(encoding="utf-8") + named, encoding="utf-8")
    assert main(["gatehouse", "--make-certificate", "--config", str(config), "--name", "127.0.0.1"]) == 0
    with serving(rig.data, "--config", str(config)) as url, browser(tmp_path) as careful:
        assert url.startswith("https://127.0.0.1:")
        careful.open(url)
        careful.until_page("ERR_CERT_AUTHORITY_INVALID")
        assert SITE_NAME not in careful.html()
        with browser(tmp_path, trusts_any_certificate=True) as hana:
            hana.open(url)
            log_on(hana, "hana")
            assert any(each.startswith(f"wss{url[5:]}/ws?") for each in hana.asked_for())
            assert hana.complaints() == []


@pytest.mark.long
@pytest.mark.timeout(300)
def test_the_same_beside_the_whole_kiosk_whose_driver_reads_it_on_its_own_screen(tmp_path: Path) -> None:
    data = tmp_path / "data"
    (data / "ledger").mkdir(parents=True)
    people(data, read_clock, hana=Role.GATEHOUSE, tama=Role.SECURITY_MANAGER)
    with gate(tmp_path, 100, 30) as at:
        driver = at.terminal
        driver.until("READER OK", "SCANNER OK", "GATE OK", "LEDGER OK")
        signing_in(data)(at.yard.staff[0], False)
        take(at, "Mere Paraone", "L007", "1", scans="L007")
        for number, step in (("3", "CHECK 4 OF 4"), ("4", "SEAL CHECKED")):
            driver.until(f"CHECK {number} OF 4")
            driver.press_until("1", step)
        driver.press_until("2", "Mere Paraone", at.yard.load("L007").unit)
        at.tap("Mere Paraone", "THE GATE OPENS")
        driver.until("GATE OK", gone="THE GATE OPENS")
        with serving(data) as url, browser(tmp_path) as hana, browser(tmp_path) as tama:
            for each, name in ((hana, "hana"), (tama, "tama")):
                each.open(url)
                log_on(each, name)
            hana.press("2")
            hana.until("[2 Queue 1", "Mere Paraone", at.yard.load("L007").unit)
            hana.press("v")
            hana.until("Verify 1 uplift")
            hana.fill("gate 2, just now")
            hana.until("Nothing waits for verification.")
            tama.press("2")
            tama.until("Nothing waits for verification.")

            signing_in(data)(at.yard.staff[0], True)
            take(at, "Tom Wilkins", "L002", "2", scans="L005")
            driver.until("SEAL_MISMATCH")
            tama.press("3")
            tama.until("3 Holds 1!", "! AT KIOSK Tom Wilkins")
            tama.press("m")
            tama.until("Message")
            tama.fill("Tama comes out to you.")
            driver.until("Tama comes out to you.")
            tama.until("Tama comes out to you.", gone=("Esc back",))
            tama.press("t")
            tama.until("Turn Tom Wilkins away")
            tama.fill("The paperwork is another truck's.")
            tama.until("Nobody is held.")
            hana.press("3")
            hana.until("Nobody is held.")
            driver.until("TURNED AWAY")
    kinds = at.kinds()
    assert {"uplift-verified", "hold-turned-away"} <= set(kinds)
    assert verify(data / "ledger").ok


def take(at: Gate, who: str, load: str, number: str, scans: str) -> None:
    """A driver comes for a load, which has this number on the screen, and scans its seal, or another one's."""
    driver, unit = at.terminal, at.yard.load(load).unit
    at.tap(who, "CARD PROVEN")
    driver.press_until("Enter", "FIRST LOAD", unit)
    driver.press_until(number, "CHECK 1 OF", unit)
    driver.press_until("1", "CHECK 2 OF", unit)
    at.scan(scans)
