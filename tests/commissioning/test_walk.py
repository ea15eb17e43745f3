"""The installer's walk-through, at a real pty terminal, with the unmodified drivers on bench devices."""

import hashlib
import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from drivers.gate_values import Lamp
from hw.bench.cards import ntag213, random_uid_phone
from hw.bench.pins import PinChange
from hw.bench.symbology import Symbology
from hw.pins import Level
from kiosk.commissioning import scan_steps, step
from kiosk.commissioning.command import KioskRuns
from kiosk.doctor.check import State, Verdict
from kiosk.ledger.ledger import read_entries
from tests.commissioning.installer import READER, SCANNER, SEAL_READER, WIRING, Site, a_site

GOOD = Verdict("board", State.GOOD, "it is one")


@pytest.fixture(autouse=True)
def swift(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scan_steps, "KEPT_S", 0.1)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A site whose doctor finds nothing wrong: what that does has tests of its own."""
    monkeypatch.setattr("kiosk.commissioning.command.examine", lambda *_: iter([GOOD]))
    with a_site(tmp_path) as made:
        yield made


def begin(site: Site) -> None:
    site.start()
    site.person.reads("Who walks through? (your name)")
    site.person.types("Tāne Mahuta")


def skip_to(site: Site, name: str) -> None:
    """Skip the steps before one."""
    while True:
        said = site.person.reads(" of 15: ", "\n")
        if name in said:
            return
        if "another card" in said:
            site.person.reads("skipped: no first card was seen")
            continue
        if ": the barrier" in said:
            site.person.reads("Type open")
            site.person.types("no")
        else:
            site.person.reads("s skip")
            site.person.types("s")
        site.person.reads("Why?")
        site.person.types("not today")
        site.person.reads("skipped: ")


def protocol(site: Site) -> dict[str, object]:
    (path,) = (site.data / "commissioning").glob("*.json")
    said: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))
    return said


def step_of(site: Site, name: str) -> tuple[str, str]:
    steps = protocol(site)["steps"]
    assert isinstance(steps, list)
    return next((each["outcome"], each["detail"]) for each in steps if each["step"] == name)


def play(site: Site) -> None:
    """Walk through everything, as an installer does at whose site everything works."""
    person, board = site.person, site.machine.board
    for name in ("Aroha Ngata", "Mere Paraone"):
        person.reads("Lay ")
        card = site.yard.person(name).card
        site.reader.lay(card)
        person.reads("Take it off.")
        site.reader.take_off(card)
        person.reads("passed: ")
    person.reads("Scan the barcode of a seal.")
    site.scanner.fire(Symbology.CODE_128, b"NZB4100231")
    person.reads("Once its lamp is green")
    site.seal_reader.until(lambda: site.seal_reader.armed_with != bytes(8))
    site.seal_reader.scan(b"NZC4100088")
    person.reads("did it beep")
    person.types("y")
    for lamp, line in ((Lamp.RED, WIRING.lamp_red), (Lamp.AMBER, WIRING.lamp_amber), (Lamp.GREEN, WIRING.lamp_green)):
        person.reads(f"Is the {lamp.value.upper()} lamp lit")
        assert board.wait_for(partial(lit, bcm=line.bcm), 5)
        person.types("y")
    for words in ("one short", "two short", "a long and a short", "three long", "one very long"):
        person.reads(f"Was that {words}")
        person.types("y")
    for loop in (WIRING.entry_loop, WIRING.exit_loop):
        person.reads("Drive onto the ")
        site.set(loop, active=True)
        person.reads("it is occupied")
        site.set(loop, active=False)
    person.reads("Open the cabinet.")
    site.set(WIRING.tamper, active=True)
    person.reads("it is open")
    site.set(WIRING.tamper, active=False)
    person.reads("THE BOOM WILL MOVE", "Type open")
    assert not lit(board.changes, WIRING.barrier.bcm)
    person.types("open")
    person.reads("the relay is energised", "the relay is at rest", "Did the boom go up?")
    person.types("y")
    for device, pull, put_back in (
        (READER, site.reader.unplug, site.reader.plug_in),
        (SCANNER, site.scanner.line.hang_up, site.scanner.line.come_back),
        (SEAL_READER, site.seal_reader.pull, site.seal_reader.put_back),
    ):
        person.reads(f"Pull the plug of the {device}")
        pull()
        person.reads("noticed: ", "Put it back.")
        put_back()
        person.reads("passed: ")
    person.reads("start the kiosk again", "\n")


def lit(changes: tuple[PinChange, ...], bcm: int) -> bool:
    return any(each.bcm == bcm and each.level is Level.HIGH for each in changes)


def test_at_a_site_where_everything_works_every_step_passes_and_is_written_and_in_the_ledger(site: Site) -> None:
    begin(site)
    play(site)
    assert site.ends() == 0
    (text,), (data,) = ((site.data / "commissioning").glob(f"*.{kind}") for kind in ("txt", "json"))
    said = protocol(site)
    assert (said["form"], said["installer"], said["site"]) == ("sealgate commissioning 1", "Tāne Mahuta", "SLS0421")
    assert (said["board"], said["board_serial"]) == ("Raspberry Pi 4 Model B Rev 1.4", "10000000d1e2f3a4")
    assert said["serials"] == {SEAL_READER: "E66-7"}
    steps = said["steps"]
    assert isinstance(steps, list)
    assert [each["outcome"] for each in steps] == ["passed"] * 15
    aroha = step_of(site, "a card on the reader")[1]
    assert aroha.startswith("NTAG 424 DNA, UID 04A2316A1C5E80, level proven by answering a challenge, in 0.")
    assert step_of(site, "another card on the reader")[1].startswith("MIFARE DESFire EV2, UID ")
    assert step_of(site, "a seal by the scanner")[1] == "Code 128 (AIM ]C0), NZB4100231: a number of SES bolt"
    assert step_of(site, f"a seal by {SEAL_READER}")[1] == (
        "Code 128 (AIM ]C0), NZC4100088: a number of SES cable; unit E66-7, scan 1"
    )
    assert step_of(site, f"{READER} without power")[1].startswith("its loss was noticed (the port was closed from its")
    printed = text.read_text(encoding="utf-8")
    assert "installer   Tāne Mahuta" in printed
    assert f"device      {SEAL_READER}: firmware 1.0.0 on bench, serial number E66-7" in printed
    assert "15 passed" in printed
    entry = next(each for each in read_entries(site.data / "ledger") if each.kind == "commissioned")
    assert entry.body["sha256"] == hashlib.sha256(data.read_bytes()).hexdigest()
    assert (entry.body["passed"], entry.body["failed"], entry.body["skipped"]) == (15, [], [])
    assert (entry.body["protocol"], entry.body["installer"]) == (data.name, "Tāne Mahuta")
    assert site.seal_reader.kept == [1], "a scan that is nobody's evidence comes to no kiosk"
    assert site.machine.board.level(WIRING.barrier.bcm) is Level.LOW


def test_the_boom_moves_for_no_other_word_and_the_relay_is_never_energised_unasked(site: Site) -> None:
    begin(site)
    skip_to(site, "the barrier")
    site.person.reads("Type open")
    site.person.types("y")
    site.person.reads("Why?")
    site.person.types("a truck stands there", "open", "open")
    site.person.reads("skipped: it was not moved: a truck stands there")
    site.person.types("q")
    site.person.reads("start the kiosk")
    assert site.ends() == 1
    assert not lit(site.machine.board.changes, WIRING.barrier.bcm)
    assert step_of(site, f"{READER} without power") == ("skipped", "the walk-through was ended before")


def test_what_was_typed_ahead_moves_no_boom_and_a_vehicle_under_it_is_told(site: Site) -> None:
    site.set(WIRING.exit_loop, active=True)
    begin(site)
    skip_to(site, "the cabinet's switch")
    site.person.reads("s skip")
    site.person.types("s", "no time", "open", "open")
    site.person.reads("THE BOOM WILL MOVE", "A VEHICLE STANDS ON THE EXIT LOOP", "Type open")
    site.person.types("no")
    site.person.reads("Why?")
    site.person.types("")
    site.person.reads("skipped: it was not moved: no reason was given")
    site.person.types("q")
    assert site.ends() == 1
    assert not lit(site.machine.board.changes, WIRING.barrier.bcm)


def test_a_driver_that_dies_by_an_error_of_ours_ends_the_walk_and_what_was_done_is_kept(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("drivers.serial_scanner.read_barcode", die)
    begin(site)
    skip_to(site, "a seal by the scanner")
    site.person.reads("Scan the barcode")
    site.scanner.fire(Symbology.CODE_128, b"NZB4100231")
    with pytest.raises(ZeroDivisionError):
        site.ends()
    assert step_of(site, "a card on the reader")[1] == "not today"
    assert step_of(site, "a seal by the scanner") == ("skipped", "the walk-through was ended before")


def test_a_ledger_that_takes_no_entry_is_told_and_the_protocol_is_whole(site: Site) -> None:
    begin(site)
    site.person.reads("Lay ")
    (site.data / "ledger").write_text("no folder")
    site.person.types("q")
    site.person.reads("NOT in the ledger: ", "the protocol is whole")
    assert site.ends() == 1
    assert protocol(site)["installer"] == "Tāne Mahuta"


def test_a_boom_that_did_not_go_up_has_failed_though_its_relay_was_pulsed(site: Site) -> None:
    begin(site)
    skip_to(site, "the barrier")
    site.person.reads("Type open")
    site.person.types("open")
    site.person.reads("Did the boom go up?")
    site.person.types("n")
    site.person.reads("Why?")
    site.person.types("its motor hums")
    site.person.reads("FAILED: the installer says no: Did the boom go up? its motor hums", "Once more?")
    site.person.types("n", "q")
    assert site.ends() == 1
    assert step_of(site, "the barrier")[0] == "failed"
    assert site.machine.board.level(WIRING.barrier.bcm) is Level.LOW


def test_a_barrier_relay_whose_pin_is_shorted_has_failed(site: Site) -> None:
    begin(site)
    skip_to(site, "the barrier")
    site.machine.board.short(WIRING.barrier.bcm, Level.LOW)
    site.person.reads("Type open")
    site.person.types("open")
    site.person.reads("FAILED: GPIO 17 did not go high", "Once more?")
    site.person.types("n", "q")
    assert site.ends() == 1


def test_cards_that_are_not_taken_say_why_and_can_be_tried_again(site: Site) -> None:
    begin(site)
    clone = site.yard.impostor("clone").card
    phone = random_uid_phone()
    sticker = ntag213(bytes.fromhex("04A1B2C3D4E5F6"))
    for card, told in (
        (clone, "it has the number of a card and not its key"),
        (phone, "without a number that lasts"),
        (sticker, "NTAG213, UID "),
    ):
        site.person.reads("Lay ")
        site.reader.lay(card)
        if card is sticker:
            site.person.reads("Take it off.")
        else:
            site.person.reads("FAILED: ")
        site.reader.take_off(card)
        assert told in site.person.reads("Once more?")
        site.person.types("y")
    site.person.reads("Lay ")
    site.person.types("f")
    site.person.reads("Why?")
    site.person.types("")
    site.person.reads("FAILED: nothing was seen; no reason was given", "Once more?")
    site.person.types("n", "q")
    assert site.ends() == 1
    assert step_of(site, "a card on the reader") == ("failed", "nothing was seen; no reason was given")


def test_the_second_card_must_be_another_and_needs_a_first(site: Site) -> None:
    begin(site)
    card = site.yard.person("Aroha Ngata").card
    for _ in range(2):
        site.person.reads("Lay ")
        site.reader.lay(card)
        site.person.reads("Take it off.")
        site.reader.take_off(card)
    site.person.reads("FAILED: ", "it is the first card again", "Once more?")
    site.person.types("n", "q")
    assert site.ends() == 1
    assert step_of(site, "another card on the reader")[0] == "failed"


def test_a_site_without_card_keys_fails_the_card_and_says_what_is_missing(site: Site) -> None:
    (site.data / "keys/cards.key").unlink()
    begin(site)
    site.person.reads("Lay ")
    card = site.yard.person("Aroha Ngata").card
    site.reader.lay(card)
    site.person.reads("Take it off.")
    site.reader.take_off(card)
    site.person.reads("FAILED: NTAG 424 DNA", "level uid by its number alone", "the kiosk cannot ask for more", "Once")
    site.person.types("n", "q")
    assert site.ends() == 1


def test_a_scan_that_no_seal_type_takes_says_why_type_by_type(site: Site) -> None:
    begin(site)
    skip_to(site, "a seal by the scanner")
    site.person.reads("Scan the barcode")
    site.scanner.fire(Symbology.DATA_MATRIX, b"NZB4100231")
    said = site.person.reads("FAILED: ", "Once more?")
    assert "SES bolt: Data Matrix is not taken. This seal has Code 128 or Code 39 or GS1-128." in said
    assert "SES air sticker: expected a number of a SES air sticker seal, got 'NZB4100231'" in said.replace('"', "'")
    site.person.types("y")
    site.person.reads("Scan the barcode")
    site.scanner.fire_raw(b"\xff\xfe\r")
    site.person.reads("FAILED: expected ASCII", "Once more?")
    site.person.types("n", "q")
    assert site.ends() == 1


def test_scans_of_before_stay_in_the_seal_reader_for_the_kiosk(site: Site) -> None:
    site.seal_reader.scan(b"NZB0000001")
    begin(site)
    skip_to(site, f"a seal by {SEAL_READER}")
    site.person.reads("FAILED: it holds scans of before, which belong to the kiosk", "Once more?")
    site.person.types("y")
    site.person.reads("FAILED: it holds scans of before", "Once more?")
    site.person.types("n", "q")
    assert site.ends() == 1
    assert site.seal_reader.kept == []
    assert [scan.data for scan in site.seal_reader.spool] == [b"NZB0000001"]


def test_a_scan_before_the_lamp_is_green_is_told_and_is_nobodys(site: Site) -> None:
    begin(site)
    skip_to(site, f"a seal by {SEAL_READER}")
    site.person.reads("Once its lamp is green")
    site.seal_reader.scan(b"NZB4100231", nonce=bytes(8))
    site.person.reads("FAILED: its trigger was pulled before its lamp was green", "Once more?")
    site.person.types("n", "q")
    assert site.ends() == 1
    assert site.seal_reader.kept == [1]


def test_the_person_with_the_seal_reader_sees_what_became_of_their_scan(site: Site) -> None:
    begin(site)
    skip_to(site, f"a seal by {SEAL_READER}")
    for data in (b"nothing of ours", b"NZB4100231"):
        site.person.reads("Once its lamp is green")
        site.seal_reader.until(lambda: site.seal_reader.armed_with != bytes(8))
        site.seal_reader.scan(data)
        if data.startswith(b"nothing"):
            site.person.reads("FAILED: Code 128", "Once more?")
            site.person.types("y")
    site.person.reads("did it beep")
    site.person.types("n")
    site.person.reads("Why?")
    site.person.types("no lamp")
    site.person.reads("FAILED: the installer says no", "no lamp", "Once more?")
    site.person.types("n", "q")
    assert site.ends() == 1
    assert site.seal_reader.kept == [1, 2]
    assert [result.verdict for result in site.seal_reader.results] == [2, 1]


def test_a_lamp_that_is_dark_and_a_buzzer_that_is_dumb_have_failed_and_nothing_stays_lit(site: Site) -> None:
    begin(site)
    skip_to(site, "the red lamp")
    site.person.reads("Is the RED lamp lit")
    site.person.types("perhaps", "n")
    site.person.reads("expected one of y, n, s, got perhaps", "Why?")
    site.person.types("bulb")
    site.person.reads("FAILED: ", "Once more?")
    assert site.machine.board.wait_for(lambda _: site.machine.board.level(WIRING.lamp_red.bcm) is Level.LOW, 5)
    site.person.types("n")
    skip_to(site, "the buzzer")
    site.person.reads("Was that one short sound?")
    site.person.types("r")
    site.person.reads("Was that one short sound?")
    site.person.types("y")
    site.person.reads("Was that two short sounds?")
    site.person.types("n")
    site.person.reads("Why?")
    site.person.types("silence")
    site.person.reads("FAILED: two short sounds were not heard: silence", "Once more?")
    site.person.types("n", "q")
    assert site.ends() == 1
    assert step_of(site, "the red lamp")[1] == "the installer says no: Is the RED lamp lit, and no other? bulb"


def test_a_loop_that_is_occupied_already_is_to_be_cleared_first(site: Site) -> None:
    site.set(WIRING.entry_loop, active=True)
    site.set(WIRING.tamper, active=True)
    begin(site)
    skip_to(site, "the entry loop")
    site.person.reads("The entry loop is occupied. Drive off it.")
    site.set(WIRING.entry_loop, active=False)
    site.person.reads("Drive onto the entry loop")
    site.set(WIRING.entry_loop, active=True)
    site.person.reads("it is occupied", "Drive off it.")
    site.set(WIRING.entry_loop, active=False)
    site.person.reads("passed: it was occupied and free again")
    skip_to(site, "the cabinet's switch")
    site.person.reads("The cabinet is open. Shut it.")
    site.set(WIRING.tamper, active=False)
    site.person.reads("Open the cabinet.")
    site.person.types("q")
    assert site.ends() == 1
    assert step_of(site, "the entry loop")[0] == "passed"


def test_pins_that_are_not_there_fail_each_of_the_gates_steps_with_their_mend(site: Site) -> None:
    site.machine.board.break_down("no such module")
    begin(site)
    skip_to(site, "the red lamp")
    site.person.reads(
        "FAILED: expected the bench board to work, got no such module; mend the bench board", "Once more?"
    )
    site.person.types("n")
    for name in ("amber lamp", "green lamp", "buzzer", "entry loop", "exit loop", "cabinet's switch", "barrier"):
        site.person.reads(f"the {name}", "FAILED: expected the bench board to work", "Once more?")
        site.person.types("n")
    site.person.types("q")
    assert site.ends() == 1
    outputs = {line.bcm for line in WIRING.outputs}
    assert [change for change in site.machine.board.changes if change.bcm in outputs] == []


def test_where_nothing_comes_the_installer_is_told_what_is_lost(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(step, "WAIT_S", 0.3)
    site.scanner.line.hang_up()
    begin(site)
    site.person.reads("Lay ")
    site.person.reads("nothing came for 0.3 s; still waiting. Lost: seal scanner: expected a serial port")
    site.scanner.line.come_back()
    site.person.reads("still waiting. All devices answer.")
    site.person.types("what?")
    site.person.reads("Lay a card of this site's")
    site.person.types("q")
    assert site.ends() == 1


def test_a_terminal_that_is_lost_ends_the_walk_and_what_was_done_is_kept(site: Site) -> None:
    begin(site)
    skip_to(site, "the red lamp")
    site.person.reads("Is the RED lamp lit")
    site.person.hangs_up()
    assert site.ends() == 1
    assert step_of(site, "the red lamp") == ("skipped", "the walk-through was ended before")
    assert site.machine.board.level(WIRING.lamp_red.bcm) is Level.LOW


def test_who_ends_before_the_first_step_leaves_nothing_behind(site: Site) -> None:
    site.start()
    site.person.reads("Who walks through?")
    site.person.types("")
    site.person.reads("expected a name, got nothing", "Who walks through?")
    site.person.types("q")
    assert site.ends() == 1
    assert not (site.data / "commissioning").exists()


def test_what_the_doctor_finds_is_told_first_and_stands_in_the_protocol(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [
        GOOD,
        Verdict("clock", State.WRONG, "it is off", "set it"),
        Verdict("disk", State.UNSEEN, "shut", "be root"),
    ]
    monkeypatch.setattr("kiosk.commissioning.command.examine", lambda *_: iter(found))
    begin(site)
    said = site.person.reads("The doctor looks first:", "Walk through all the same?")
    assert "WRONG  clock: it is off; set it" in said
    assert "UNSEEN disk: shut; be root" in said
    assert "board" not in said
    site.person.types("y")
    site.person.reads("Lay ")
    site.person.types("q")
    assert site.ends() == 1
    doctor = protocol(site)["doctor"]
    assert isinstance(doctor, list)
    assert [each["state"] for each in doctor] == ["ok", "wrong", "unseen"]
    (text,) = (site.data / "commissioning").glob("*.txt")
    assert "wrong     clock: it is off" in text.read_text(encoding="utf-8")


def test_with_something_wrong_the_installer_may_leave_it(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    found = [Verdict("clock", State.WRONG, "it is off", "set it")]
    monkeypatch.setattr("kiosk.commissioning.command.examine", lambda *_: iter(found))
    begin(site)
    site.person.reads("Walk through all the same?")
    site.person.types("n")
    assert site.ends() == 1
    assert not (site.data / "commissioning").exists()


def test_beside_a_kiosk_that_runs_it_refuses_in_one_line_and_says_how_it_is_stopped(site: Site) -> None:
    site.machine.write("proc/812/cmdline", f"/usr/local/bin/sealgate\0kiosk\0--data\0{site.data}\0")
    site.start()
    with pytest.raises(KioskRuns, match=r"got process 812; stop it .*: sudo systemctl stop sealgate-kiosk\.service"):
        site.ends()
    assert site.machine.board.changes == ()
