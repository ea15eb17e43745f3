"""`sealgate doctor` sees each thing that is wrong, says how to mend it, and finds nothing wrong with a sound kiosk."""

import json
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Event
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from kiosk.card_keys import make_keys, place_of_keys
from kiosk.cli import main
from kiosk.core.passwords import Password
from kiosk.demo.yard import SAMPLE_SITE
from kiosk.doctor.accounts import AccountsCheck
from kiosk.doctor.check import Kiosk, State, Verdict, unseen
from kiosk.doctor.doctor import CHECKS, SITE_CHECKS, examine, within
from kiosk.doctor.machine import Machine
from kiosk.doctor.records import RecordsCheck
from kiosk.ledger import medium
from kiosk.ledger.attest import sign_now
from kiosk.ledger.history import closed_lines
from kiosk.ledger.last_backup import LAST_NAME, note_backup
from kiosk.ledger.note import SignerKey
from kiosk.ledger.segments import Segment
from kiosk.ledger.stamp import Stamp
from kiosk.passwords import PasswordStore
from kiosk.register.kinds import Kind
from kiosk.register.store import RecordStore
from kiosk.secret_hashes import OWASP_MEMORY_KIB, OWASP_PASSES, Cost
from kiosk.signed_lists import list_opener, signed_list
from tests.ledger.backups import WHEN, Yard, opened
from tests.ledger.conftest import CLOCK, START, record

NOW = START + timedelta(hours=28)
"""A day after the ledger's entries, and an hour after the backup."""
TODAY = NOW.astimezone(ZoneInfo("Pacific/Auckland")).date()
"""The site's own day of it."""

CHECKED = [check for check in SITE_CHECKS if not isinstance(check, RecordsCheck)]
"""What is looked at here: the lists that are imported have tests of their own, as the machine has."""

ISSUER = SignerKey.make("issuer.example/lists")


class Sick:
    """A kiosk with 30 entries, signed and backed up, and its settings."""

    def __init__(self, at: Path) -> None:
        self.yard = Yard(at)
        self.add_account()
        self.yard.grow(30)
        self.config = at / "site.toml"
        sample = (SAMPLE_SITE / "site.toml").read_text(encoding="utf-8")
        keys = f'\n[approved_list]\nkeys = ["{ISSUER.verifier.text}"]\n[cards]\nlevel = "proven"\n'
        self.config.write_text(f'{sample}{keys}[backup]\nfolder = "{self.yard.to}"\n', encoding="utf-8")
        self.take_list()
        self.card_keys = make_keys(place_of_keys(self.yard.data, {}), START.date())
        self.key = sign_now(self.yard.ledger, self.yard.data / "keys").key.name
        self.back_up()

    def add_account(self) -> None:
        """A security manager, who has chosen a password."""
        with opened(self.yard.ledger) as ledger:
            stamp = Stamp(START, CLOCK)
            added = {"staff": "S01", "name": "Hana", "role": "security manager", "by": "machine:root", "code_hours": 72}
            ledger.append("staff-added", stamp, added)
            ledger.append("staff-password-set", stamp, {"staff": "S01", "how": "one-time code"})
        cheap = Cost(OWASP_MEMORY_KIB, OWASP_PASSES)
        PasswordStore(self.yard.data, lambda: cheap).set("S01", Password("kauri tui moana 77"), ())

    def take_list(self, until: str = "", version: str = "2026-2") -> None:
        """An approved list comes, in force from the year's first day on."""
        rows = f"{version},2026-01-01,2026-01-01,{until},HHH,Hāwera Heavy Haulage\n"
        columns = "version,issued,in_force_from,in_force_until,operator_id,operator_name\n"
        signed = self.config.with_name("list.signed")
        signed.write_bytes(signed_list((columns + rows).encode(), ISSUER))
        shutil.rmtree(self.yard.data / "records", ignore_errors=True)
        keys = [ISSUER.verifier.text]
        RecordStore(self.yard.data / "records", list_opener(keys)).import_file(Kind.APPROVED_LIST, signed, {})

    def back_up(self) -> None:
        note_backup(self.yard.data, self.yard.back_up())

    def verdicts(self, now: datetime = NOW) -> dict[str, Verdict]:
        return {verdict.of: verdict for verdict in examine(self.yard.data, self.config, now, checks=CHECKED)}

    def wrong(self, now: datetime = NOW) -> Verdict:
        """The one thing that is wrong, which says what to do."""
        (verdict,) = [each for each in self.verdicts(now).values() if each.ok is not True]
        assert verdict.mend
        assert "\n" not in str(verdict)
        return verdict


@pytest.fixture
def sick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sick:
    monkeypatch.setattr(medium, "same_disk", lambda *_: False)
    return Sick(tmp_path)


def test_nothing_is_wrong_with_a_sound_kiosk_and_each_thing_is_told_in_a_line(sick: Sick) -> None:
    assert [str(verdict) for verdict in sick.verdicts().values()] == [
        f"ok     settings: {sick.config}: Tui Valley Packhouse",
        "ok     ledger: 30 entries, the last 27 h ago, nobody holds it",
        "ok     archive: 3 closed segments are compressed and in the catalogue",
        "ok     checkpoint: the last one covers all 30 entries",
        f"ok     checkpoint key: {sick.key}, its owner's alone; the last checkpoint is signed by this site's key",
        "note   copies of keys: no backup holds checkpoint.key and cards.key; whether the safe has a copy cannot be "
        "seen here; look there once a year (docs/card-keys.md)",
        f"ok     backup: 30 entries in {sick.yard.place}, 1 h ago",
        f"ok     backup folder: {sick.yard.to} is there, on another disk",
        "ok     approved list: 2026-2 is in force, without an end",
        "ok     approved list's keys: lists must be signed with a key that site.toml names",
        "ok     cards' level: proven: a card must hold a key that nobody can read out of it",
        f"ok     card keys: {sick.yard.data}/keys/cards.key, its owner's alone: versions 1, newest "
        f"{sick.card_keys.newest.fingerprint}",
        "ok     cards: 0 known; none needs anybody",
        "ok     holders of cards: all 0 drivers and staff have a card that can prove itself",
        "ok     after hours: 0 drivers may come; who comes while nobody is on duty needs a card that can prove itself "
        "(5.3)",
        "ok     accounts: 1 in use; none needs anybody",
        "ok     passwords: their file is its owner's alone, and has what the ledger says",
        "ok     incidents: 0 not reported yet, none for longer than 24 h",
        "ok     visitors' badges: none is missing",
        "ok     containers to be repacked: none",
        "ok     visitors: 0 on site; all were seen by staff",
        "ok     mail: site.toml names no mail server: reports are written as files, and sent by hand",
        "ok     verification: every unattended uplift was verified",
    ]


def test_every_check_has_a_name_of_its_own() -> None:
    assert len({check.of for check in CHECKS}) == len(CHECKS)


def test_it_works_beside_a_kiosk_that_holds_the_ledger(sick: Sick) -> None:
    with opened(sick.yard.ledger):
        verdict = sick.verdicts()["ledger"]
    assert verdict.ok
    assert "held by process" in verdict.finding


def test_settings_that_cannot_be_used_are_seen(sick: Sick) -> None:
    sick.config.write_text("site = 1\n", encoding="utf-8")
    assert sick.wrong().of == "settings"
    sick.config.unlink()
    assert sick.wrong() == Verdict(
        "settings",
        State.WRONG,
        f"{sick.config}: expected a readable file, got No such file or directory",
        "correct it and start again",
    )


def test_a_damaged_ledger_is_seen_and_the_entry_named(sick: Sick) -> None:
    journal = sick.yard.ledger / Segment(25).name
    journal.write_bytes(journal.read_bytes().replace(b"NZ000027", b"NZ000028"))
    verdict = sick.verdicts()["ledger"]
    assert not verdict.ok
    assert verdict.finding.startswith("entry 28 at byte ")
    assert "restore the last good backup" in verdict.mend


def test_a_ledger_that_is_not_there_is_seen(sick: Sick) -> None:
    shutil.rmtree(sick.yard.ledger)
    verdict = sick.verdicts()["ledger"]
    assert not verdict.ok
    assert "there is none at" in verdict.finding


def test_what_a_power_cut_left_is_told_and_is_nothing_to_mend(sick: Sick) -> None:
    journal = sick.yard.ledger / Segment(25).name
    journal.write_bytes(journal.read_bytes() + b'{"body":{')
    verdict = sick.verdicts()["ledger"]
    assert verdict.ok
    assert "cut off by a power cut" in verdict.finding


def test_segments_that_are_not_put_away_are_seen_but_for_the_newest(sick: Sick) -> None:
    for first in (17, 9):
        plain, packed = (sick.yard.ledger / Segment(first, archived=archived).name for archived in (False, True))
        plain.write_bytes(b"".join(line + b"\n" for line in closed_lines(sick.yard.ledger, first)))
        packed.unlink()
        if first == 17:
            assert sick.verdicts()["archive"].ok
    assert sick.wrong().finding == ("1 of 3 closed segments are not put away, the first is journal/000000000009.jsonl")


def test_a_catalogue_that_lacks_a_segment_or_is_gone_is_seen(sick: Sick) -> None:
    import sqlite3

    with sqlite3.connect(sick.yard.ledger / "catalogue.sqlite") as catalogue:
        catalogue.execute("DELETE FROM segment WHERE first = 1")
    catalogue.close()
    assert "journal/000000000001.jsonl.zst" in sick.wrong().finding
    (sick.yard.ledger / "catalogue.sqlite").unlink()
    verdict = sick.wrong()
    assert (verdict.of, "expected one that can be read" in verdict.finding) == ("archive", True)


def test_a_ledger_that_closed_no_segment_yet_has_nothing_to_put_away(tmp_path: Path) -> None:
    yard = Yard(tmp_path)
    yard.grow(3)
    verdicts = {each.of: each for each in examine(yard.data, tmp_path / "site.toml", NOW, checks=SITE_CHECKS)}
    assert verdicts["archive"] == Verdict("archive", State.GOOD, "no segment was closed yet")


def test_entries_that_no_checkpoint_covers_for_long_are_seen(sick: Sick) -> None:
    with opened(sick.yard.ledger) as ledger:
        for number in (30, 31):
            record(ledger, number)
    sick.back_up()
    first = START + timedelta(seconds=30)
    assert sick.verdicts(first + timedelta(hours=35))["checkpoint"].ok
    verdict = sick.verdicts(first + timedelta(hours=37))["checkpoint"]
    assert not verdict.ok
    assert verdict.finding == "the last one covers 30 entries, the first later one was made 37 h ago"
    assert "run 'sealgate ledger checkpoint'" in verdict.mend


def test_a_ledger_that_was_never_signed_is_seen(sick: Sick) -> None:
    (sick.yard.ledger / "checkpoint").unlink()
    assert sick.wrong().finding == "none was signed yet"


def test_a_ledger_that_is_shorter_than_what_was_signed_is_seen(sick: Sick, tmp_path: Path) -> None:
    short = Yard(tmp_path / "short")
    short.grow(9)
    shutil.copy(sick.yard.ledger / "checkpoint", short.ledger)
    shutil.rmtree(sick.yard.ledger)
    shutil.move(short.ledger, sick.yard.data)
    told = sick.verdicts()
    assert "the ledger has 10: it was rolled back" in told["checkpoint"].finding
    assert not told["accounts"].ok, "they were in what is gone"


def test_a_checkpoint_that_is_none_is_seen(sick: Sick) -> None:
    (sick.yard.ledger / "checkpoint").write_bytes(b"nothing\n")
    wrong = [verdict.of for verdict in sick.verdicts().values() if verdict.ok is False]
    assert wrong == ["checkpoint", "checkpoint key"]


@pytest.mark.parametrize(("hours", "ok"), [(35, True), (37, False)])
def test_a_backup_that_is_too_old_is_seen(sick: Sick, hours: int, ok: bool) -> None:
    verdict = sick.verdicts(WHEN + timedelta(hours=hours))["backup"]
    assert verdict.ok is ok
    assert f"{hours} h ago" in verdict.finding
    assert ("run 'sealgate ledger backup'" in verdict.mend) is not ok


def test_how_old_is_too_old_stands_in_the_settings(sick: Sick) -> None:
    sick.config.write_text(sick.config.read_text(encoding="utf-8") + "warn_after_h = 12\n", encoding="utf-8")
    assert sick.verdicts(WHEN + timedelta(hours=11))["backup"].ok
    assert sick.verdicts(WHEN + timedelta(hours=13))["backup"].finding.endswith("; more than 12 h")


def test_a_ledger_without_a_backup_is_seen(sick: Sick) -> None:
    (sick.yard.data / LAST_NAME).unlink()
    assert (sick.wrong().of, sick.wrong().finding) == ("backup", "none was made yet")
    (sick.yard.data / LAST_NAME).write_text("{}")
    assert "expected the note of the last backup" in sick.wrong().finding


def test_a_backup_that_is_newer_than_the_clock_says_is_seen(sick: Sick) -> None:
    assert sick.verdicts(WHEN - timedelta(hours=1))["backup"].mend == "set the clock"


def test_a_folder_of_backups_that_is_gone_or_on_the_same_disk_is_seen(
    sick: Sick, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.undo()
    assert (sick.wrong().of, "on the ledger's own disk" in sick.wrong().finding) == ("backup folder", True)
    sick.yard.to.rename(sick.yard.to.with_name("unplugged"))
    assert (sick.wrong().of, "is not there" in sick.wrong().finding) == ("backup folder", True)


def test_without_a_folder_in_the_settings_backups_are_made_by_hand(sick: Sick) -> None:
    text = sick.config.read_text(encoding="utf-8").partition("\n[backup]")[0]
    sick.config.write_text(text, encoding="utf-8")
    verdicts = sick.verdicts(WHEN + timedelta(hours=37))
    assert verdicts["backup folder"].ok
    assert verdicts["backup"].mend == "run 'sealgate ledger backup --to DIR'"


@pytest.mark.parametrize(
    ("user", "error", "state", "mend"),
    [
        (0, PermissionError(13, "Permission denied", "/srv/ledger"), State.WRONG, "see to its place and permissions"),
        (
            9,
            PermissionError(13, "Permission denied", "/srv/ledger"),
            State.UNSEEN,
            "run it as root: sudo sealgate doctor",
        ),
        (9, OSError(5, "Input/output error", "/srv/ledger"), State.WRONG, "see to its place and permissions"),
    ],
)
def test_a_disk_that_gives_an_error_is_a_verdict_and_what_root_alone_may_see_is_unseen(
    sick: Sick, monkeypatch: pytest.MonkeyPatch, user: int, error: OSError, state: State, mend: str
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("kiosk.ledger.opening.look", fail)
    verdicts = [*examine(sick.yard.data, sick.config, NOW, Machine(user=user), checks=CHECKED)]
    assert next(each for each in verdicts if each.of == "ledger") == Verdict(
        "ledger", state, f"/srv/ledger: {error.strerror}", mend
    )


def test_a_check_that_does_not_end_is_left_alone_and_called_neither_good_nor_wrong(sick: Sick) -> None:
    go_on = Event()

    class Hangs:
        of = "share"

        def look(self, _: Kiosk) -> Iterator[Verdict]:
            yield Verdict("share", State.GOOD, "it is there")
            go_on.wait()

    kiosk = Kiosk(sick.yard.data, sick.config, None, NOW)
    first, last = within(0.2, Hangs(), kiosk)
    go_on.set()
    assert first.ok
    assert (last.state, last.finding) == (State.UNSEEN, "the look at it had not ended after 0.2 s")


def test_an_error_of_ours_in_one_check_keeps_no_other_from_its_look(
    sick: Sick, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> Iterator[Verdict]:
        raise KeyError("S01")

    monkeypatch.setattr(AccountsCheck, "look", fail)
    verdict = sick.wrong()
    assert (verdict.of, verdict.state) == ("accounts", State.UNSEEN)
    assert verdict.finding.startswith("the check failed by an error of ours: KeyError('S01') at test_doctor.py:")


@pytest.fixture
def command(sick: Sick, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """Runs `sealgate doctor` over what is looked at here; what it prints, and in the end its exit code."""

    def run(*words: str) -> str:
        code = main(["doctor", "--data", str(sick.yard.data), "--config", str(sick.config), *words])
        return f"{capsys.readouterr().out}{code}"

    monkeypatch.setattr("kiosk.doctor.command.examine", partial(examine, checks=CHECKED))
    return run


def test_the_command_ends_with_1_when_something_is_wrong(sick: Sick, command: Callable[..., str]) -> None:
    sick.back_up()  # the clock of this command is the machine's: the backup of 2026 is old or not made yet
    *lines, summary, code = command().splitlines()
    assert (code, summary) == ("1", "1 wrong, 1 to be known, 21 well")
    assert len(lines) == 23
    assert [line.partition(":")[0] for line in lines if not line.startswith("ok")] == [
        *("note   copies of keys", "WRONG  backup"),
    ]
    assert [line.partition(":")[0] for line in command("--brief").splitlines()] == [
        *("note   copies of keys", "WRONG  backup", summary, "1"),
    ]


def test_for_programs_it_is_json_whose_form_lasts(sick: Sick, command: Callable[..., str]) -> None:
    done = sick.yard.back_up()
    note_backup(sick.yard.data, replace(done, manifest=replace(done.manifest, made=datetime.now(UTC).isoformat())))
    out, code = command("--json").splitlines()
    answer = json.loads(out)
    assert (code, answer["ok"], len(answer["verdicts"])) == ("0", True, 23)
    assert answer["verdicts"][3] == {
        "of": "checkpoint", "ok": True, "state": "ok", "finding": "the last one covers all 30 entries", "mend": ""
    }  # fmt: skip


def test_what_could_not_be_looked_at_does_not_read_as_passed(
    sick: Sick, command: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def deny(*_: object) -> Iterator[Verdict]:
        yield unseen("accounts", "they could not be looked at")

    done = sick.yard.back_up()
    note_backup(sick.yard.data, replace(done, manifest=replace(done.manifest, made=datetime.now(UTC).isoformat())))
    monkeypatch.setattr(AccountsCheck, "look", deny)
    out, code = command("--json").splitlines()
    answer = json.loads(out)
    assert (code, answer["ok"]) == ("1", None)
    (told,) = [each for each in answer["verdicts"] if each["state"] == "unseen"]
    assert (told["of"], told["ok"], told["mend"]) == ("accounts", None, "run it as root: sudo sealgate doctor")
    *_, summary, code = command().splitlines()
    assert (summary, code) == ("1 not looked at, 1 to be known, 20 well", "1")


def test_a_list_that_runs_out_soon_or_has_is_seen(sick: Sick) -> None:
    for days, ok in ((15, True), (14, False), (0, False)):
        last = TODAY + timedelta(days=days)
        sick.take_list(until=str(last))
        verdict = sick.verdicts()["approved list"]
        told = f"2026-2 is in force; the last list runs out on {last}"
        assert (verdict.ok, verdict.finding) == (ok, told if ok else f"{told}, in {days} d")
    sick.take_list(until=str(TODAY - timedelta(days=1)))
    assert sick.wrong().finding == f"2026-2 ran out on {TODAY - timedelta(days=1)}: operators are refused"


def test_a_kiosk_without_a_list_is_seen_and_why_one_that_is_there_does_not_count(sick: Sick) -> None:
    stored = sick.yard.data / "records" / "approved-lists" / "2026-2.csv"
    stored.write_bytes(stored.read_bytes().replace(b"HHH", b"XXX"))
    finding = sick.wrong().finding
    assert finding.startswith("none is in force: operators are refused; stored approved-lists/2026-2.csv: expected ")
    stored.unlink()
    assert sick.wrong().finding == "none is in force: operators are refused"


def test_a_site_that_takes_unsigned_lists_is_seen(sick: Sick) -> None:
    text = sick.config.read_text(encoding="utf-8")
    sick.config.write_text(text.replace(ISSUER.verifier.text, "").replace('""', ""), encoding="utf-8")
    verdict = sick.wrong()
    assert verdict.finding == "site.toml names none: an unsigned list is taken from anybody"
    assert "approved_list.keys" in verdict.mend
