"""A release is put beside the version that runs and tried in its place, or nothing is changed and a line says why."""

import os
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from kiosk.console.bodies import misshape_of
from kiosk.console.desk import UPDATE_KINDS, Asked
from kiosk.core.errors import SealgateError
from kiosk.ledger import form
from kiosk.ledger.form import Form, read_form, write_form
from kiosk.ledger.migrations import STEPS
from kiosk.ledger.migrations.migrate import migrate
from kiosk.ledger.verify import verify
from kiosk.updates import trial
from kiosk.updates.applying import Wanted, apply
from kiosk.updates.back import go_back
from kiosk.updates.errors import BundleRefused, NotApplied, NotForThisKiosk
from kiosk.updates.installing import name_scripts
from kiosk.updates.manifest import LedgerFormats, Manifest
from kiosk.updates.places import Places
from kiosk.updates.settling import LAUNCHER, settle
from kiosk.updates.trial import Trial
from kiosk.updates.trust import read_keys
from tests.ledger import format_steps
from tests.ledger.test_segments import filled
from tests.updates.rig import COMMIT, KEY, OTHER, RELEASED, WANTED, Kiosk, PlainInstaller, bundle_file

SINCE = "2026-11-30T08:00:00Z"


@pytest.fixture(autouse=True)
def _usual_umask() -> Any:
    mask = os.umask(0o022)
    yield
    os.umask(mask)


@pytest.fixture
def kiosk(tmp_path: Path) -> Kiosk:
    return Kiosk(tmp_path / "root")


def apply_to(kiosk: Kiosk, bundle: Path, wanted: Wanted = WANTED, say: Callable[[str], None] = lambda _: None) -> None:
    apply(bundle, kiosk.places, wanted, PlainInstaller(), kiosk.record, say)


def end_trial(kiosk: Kiosk, *, kept: bool) -> None:
    with trial.held(kiosk.home):
        if kept:
            trial.keep(kiosk.home, "healthy for 60 s")
        else:
            trial.go_back(kiosk.home, "it was not healthy within 300 s")


def updated(kiosk: Kiosk, place: Path, version: str, **other: Any) -> None:
    """A release that was applied and stays."""
    apply_to(kiosk, bundle_file(place, version, **other))
    end_trial(kiosk, kept=True)
    settle(kiosk.places, kiosk.record)


def everything_in(folder: Path) -> dict[str, bytes | None]:
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in folder.rglob("*")
        if path.name not in {"lock", "apply.lock"}
    }


def test_a_release_is_installed_recorded_and_put_on_trial(kiosk: Kiosk, tmp_path: Path) -> None:
    kiosk.say_health("0.1.0", "ledger", "gate")
    lines: list[str] = []
    apply_to(kiosk, bundle_file(tmp_path), say=lines.append)
    assert kiosk.starts == "0.2.0"
    assert kiosk.state.trial == Trial("0.2.0", "0.1.0", working=("gate", "ledger"))
    folder = kiosk.places.version("0.2.0")
    assert (folder / "share/scripts/install").read_bytes() == b"#!/bin/sh\n"
    assert (kiosk.places.units / "sealgate-kiosk.service").read_text() == "# 0.2.0\n"
    assert kiosk.places.manifest("0.2.0") == Manifest.from_text((folder / "release.note").read_text().split("\n\n")[0])
    ((kind, body),) = kiosk.entries
    assert kind == "update-applied"
    assert body == {
        "version": "0.2.0",
        "before": "0.1.0",
        "released": RELEASED,
        "commit": COMMIT,
        "reason": "",
        "sha256": body["sha256"],
        "signed_by": f"releases.example+{KEY.verifier.key_id.hex()}",
        "by": "machine:root",
    }
    assert lines[0].startswith(f"0.2.0 of {RELEASED} is signed by releases.example+")
    assert lines[1:] == ["0.2.0 is installed", "the kiosk is restarted with 0.2.0, on trial for 5 min at most"]
    assert sorted(path.name for path in kiosk.places.versions.iterdir()) == ["0.1.0", "0.2.0"]


def test_what_updates_record_a_running_kiosk_writes_and_nothing_else_under_those_names(
    kiosk: Kiosk, tmp_path: Path
) -> None:
    updated(kiosk, tmp_path, "0.2.0")
    apply_to(kiosk, bundle_file(tmp_path, "0.3.0"))
    end_trial(kiosk, kept=False)
    settle(kiosk.places, kiosk.record)
    go_back(kiosk.places, WANTED, kiosk.record, print, SINCE)
    assert {kind for kind, _ in kiosk.entries} == UPDATE_KINDS
    for kind, body in kiosk.entries:
        assert misshape_of(Asked(kind, body)) == ""
        assert misshape_of(Asked(kind, body | {"version": "newest"}))
        assert misshape_of(Asked(kind, body | {"more": 1}))


def assert_refused(kiosk: Kiosk, bundle: Path, expected: str, wanted: Wanted = WANTED) -> None:
    """It says why, and nothing is changed."""
    before, entries = everything_in(kiosk.root), list(kiosk.entries)
    with pytest.raises(SealgateError, match=expected):
        apply_to(kiosk, bundle, wanted)
    assert everything_in(kiosk.root) == before
    assert kiosk.entries == entries


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ({"platform": "linux-riscv64"}, "one for linux-riscv64"),
        ({"python": "3.9"}, "and Python 3.9; take the one for this machine"),
        ({"pins": "pi5"}, "got one with pi5; take the one for this board"),
        ({"least": "0.1.5"}, "apply 0.1.5 first"),
        ({"ledger": LedgerFormats(3, 4)}, "expected a ledger of formats 3 to 4, which 0.2.0 reads, got format 2"),
    ],
)
def test_a_release_for_another_kiosk_is_refused(
    kiosk: Kiosk, tmp_path: Path, other: dict[str, Any], expected: str
) -> None:
    bundle = bundle_file(tmp_path, "0.2.0", **other)
    (kiosk.home / "update").mkdir()
    assert_refused(kiosk, bundle, expected)


@pytest.mark.parametrize(
    ("version", "expected"), [("0.1.0", "which is the one here"), ("0.0.9", "expected a version after 0.1.0")]
)
def test_the_version_that_runs_and_an_older_one_are_refused(
    kiosk: Kiosk, tmp_path: Path, version: str, expected: str
) -> None:
    (kiosk.home / "update").mkdir()
    assert_refused(kiosk, bundle_file(tmp_path, version, least="0.0.1"), expected)


def test_one_that_nobody_trusted_signed_is_refused_and_so_is_what_is_no_file(kiosk: Kiosk, tmp_path: Path) -> None:
    (kiosk.home / "update").mkdir()
    assert_refused(kiosk, bundle_file(tmp_path, "0.2.0", OTHER), "signed with a key that this kiosk trusts")
    os.mkfifo(tmp_path / "pipe")
    assert_refused(kiosk, tmp_path / "pipe", "got no file; name the release's file")
    kiosk.places.keys.unlink()
    assert_refused(kiosk, bundle_file(tmp_path), "a public key in .*release-keys that releases are checked by")


def test_one_for_which_there_is_no_room_is_refused(
    kiosk: Kiosk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (kiosk.home / "update").mkdir()
    bundle = bundle_file(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(100, 99, 1))
    assert_refused(kiosk, bundle, "make room: 'sealgate update status' says")


def test_an_older_one_and_one_that_came_before_take_a_reason_that_the_ledger_keeps(
    kiosk: Kiosk, tmp_path: Path
) -> None:
    updated(kiosk, tmp_path, "0.3.0")
    go_back(kiosk.places, WANTED, kiosk.record, print, SINCE)
    end_trial(kiosk, kept=True)
    settle(kiosk.places, kiosk.record)
    assert kiosk.starts == "0.1.0"
    bundle = bundle_file(tmp_path, "0.2.0")
    assert_refused(kiosk, bundle, "expected a version after 0.3.0, the newest that this kiosk had, got 0.2.0")
    apply_to(kiosk, bundle, Wanted("machine:root for mere", "0.3.0 loses the scanner"))
    assert kiosk.starts == "0.2.0"
    assert kiosk.entries[-1][1]["reason"] == "0.3.0 loses the scanner"
    end_trial(kiosk, kept=True)
    assert kiosk.state.highest == "0.3.0"


def test_one_that_was_gone_back_from_may_be_tried_again(kiosk: Kiosk, tmp_path: Path) -> None:
    bundle = bundle_file(tmp_path)
    for _ in range(2):
        apply_to(kiosk, bundle)
        assert kiosk.starts == "0.2.0"
        end_trial(kiosk, kept=False)
        assert kiosk.starts == "0.1.0"


def test_nothing_is_applied_while_a_version_is_on_trial(kiosk: Kiosk, tmp_path: Path) -> None:
    apply_to(kiosk, bundle_file(tmp_path))
    with pytest.raises(NotApplied, match="wait until it is kept or gone back from"):
        apply_to(kiosk, bundle_file(tmp_path, "0.3.0"))


class Failing(PlainInstaller):
    """Half-way, it fails."""

    def install(self, places: Places, folder: Path, manifest: Manifest) -> None:
        super().install(places, folder, manifest)
        raise NotApplied(expected="the packages", got="exit 1: no room", mend="tell us")


def test_one_that_cannot_be_installed_leaves_nothing(kiosk: Kiosk, tmp_path: Path) -> None:
    (kiosk.home / "update").mkdir()
    before = everything_in(kiosk.root)
    with pytest.raises(NotApplied):
        apply(bundle_file(tmp_path), kiosk.places, WANTED, Failing(), kiosk.record, print)
    assert everything_in(kiosk.root) == before


def test_one_that_the_ledger_does_not_take_is_not_tried(kiosk: Kiosk, tmp_path: Path) -> None:
    def refuse(_kind: str, _body: Mapping[str, object]) -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        apply(bundle_file(tmp_path), kiosk.places, WANTED, PlainInstaller(), refuse, print)
    assert (kiosk.starts, kiosk.state.trial) == ("0.1.0", None)


def test_the_kiosk_is_not_restarted_while_somebody_is_served(
    kiosk: Kiosk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kiosk.say_health("0.1.0", "ledger", serving=True)
    looks: list[float] = []

    def nap(seconds: float) -> None:
        assert kiosk.starts == "0.1.0"
        looks.append(seconds)
        if len(looks) == 3:
            kiosk.say_health("0.1.0", "ledger")

    monkeypatch.setattr("kiosk.updates.applying.time.sleep", nap)
    lines: list[str] = []
    apply_to(kiosk, bundle_file(tmp_path), say=lines.append)
    assert len(looks) == 3
    assert sum("waiting until nobody is" in line for line in lines) == 1
    end_trial(kiosk, kept=False)
    kiosk.say_health("0.1.0", "ledger", serving=True)
    apply_to(kiosk, bundle_file(tmp_path), Wanted("machine:root", now=True))
    assert len(looks) == 3


def test_a_version_from_a_checkout_goes_on_to_a_release_of_its_own_number(tmp_path: Path) -> None:
    kiosk = Kiosk(tmp_path / "root", "0.2.0+0123456789ab")
    updated(kiosk, tmp_path, "0.2.0")
    assert kiosk.starts == "0.2.0"
    assert kiosk.state.previous == "0.2.0+0123456789ab"
    assert misshape_of(Asked(*kiosk.entries[0])) == ""


# --- keys -----------------------------------------------------------------------------------------------------------


def test_a_new_key_comes_with_a_release_that_the_old_one_signed_and_then_takes_its_place(
    kiosk: Kiosk, tmp_path: Path
) -> None:
    both = (KEY.verifier.text, OTHER.verifier.text)
    (kiosk.home / "update").mkdir()
    assert_refused(kiosk, bundle_file(tmp_path, "0.3.0", OTHER), "a key that this kiosk trusts")
    updated(kiosk, tmp_path, "0.2.0", keys=both)
    assert read_keys(kiosk.places.keys) == (KEY.verifier, OTHER.verifier)
    apply_to(kiosk, bundle_file(tmp_path, "0.3.0", OTHER, keys=(OTHER.verifier.text,)))
    end_trial(kiosk, kept=True)
    assert read_keys(kiosk.places.keys) == (OTHER.verifier,)
    with pytest.raises(BundleRefused, match="a key that this kiosk trusts"):
        apply_to(kiosk, bundle_file(tmp_path, "0.4.0", KEY))


def test_an_older_release_brings_no_key_back_that_was_given_up(kiosk: Kiosk, tmp_path: Path) -> None:
    kiosk.trust(OTHER)
    updated_by = Wanted("machine:root", "0.1.0 loses the scanner")
    both = (KEY.verifier.text, OTHER.verifier.text)
    apply_to(kiosk, bundle_file(tmp_path, "0.0.9", OTHER, keys=both, least="0.0.1"), updated_by)
    assert kiosk.starts == "0.0.9"
    assert read_keys(kiosk.places.keys) == (OTHER.verifier,)


def test_a_release_that_says_nothing_of_keys_changes_none(kiosk: Kiosk, tmp_path: Path) -> None:
    before = kiosk.places.keys.read_bytes()
    updated(kiosk, tmp_path, "0.2.0")
    assert kiosk.places.keys.read_bytes() == before


# --- after a trial --------------------------------------------------------------------------------------------------


def test_the_last_two_versions_stay_and_what_decides_is_the_last_that_proved_itself(
    kiosk: Kiosk, tmp_path: Path
) -> None:
    (kiosk.home / "bin").mkdir()
    (kiosk.home / "bin" / LAUNCHER).write_text("an older one")
    apply_to(kiosk, bundle_file(tmp_path))
    settle(kiosk.places, kiosk.record)
    assert (kiosk.home / "bin" / LAUNCHER).read_text() == "an older one", "it has not proved itself yet"
    assert not (kiosk.places.units / "sealgate-update.service").exists()
    end_trial(kiosk, kept=True)
    settle(kiosk.places, kiosk.record)
    installed = kiosk.home / "bin" / LAUNCHER
    assert installed.read_bytes() == Path(trial.__file__).read_bytes()
    assert installed.stat().st_mode & 0o777 == 0o755
    assert (kiosk.places.units / "sealgate-update.service").read_text() == "# 0.2.0\n"
    for version in ("0.3.0", "0.4.0"):
        updated(kiosk, tmp_path, version)
    assert kiosk.places.installed() == ["0.4.0", "0.3.0"]
    apply_to(kiosk, bundle_file(tmp_path, "0.5.0"))
    settle(kiosk.places, kiosk.record)
    assert kiosk.places.installed() == ["0.5.0", "0.4.0", "0.3.0"], "nothing goes while one is on trial"
    end_trial(kiosk, kept=False)
    settle(kiosk.places, kiosk.record)
    assert kiosk.places.installed() == ["0.4.0", "0.3.0"]


def test_settling_puts_what_decides_where_there_was_never_an_update(kiosk: Kiosk) -> None:
    settle(kiosk.places, kiosk.record)
    assert (kiosk.home / "bin" / LAUNCHER).read_bytes() == Path(trial.__file__).read_bytes()
    assert (kiosk.places.units / "sealgate-update.service").read_text() == "# 0.1.0\n"
    assert (kiosk.entries, kiosk.starts) == ([], "0.1.0")


def test_nothing_is_tried_without_what_judges_it(kiosk: Kiosk, tmp_path: Path) -> None:
    apply_to(kiosk, bundle_file(tmp_path))
    assert (kiosk.home / "bin" / LAUNCHER).read_bytes() == Path(trial.__file__).read_bytes()
    assert (kiosk.places.units / "sealgate-update.service").read_text() == "# 0.1.0\n"


def test_how_a_trial_ended_is_recorded_once_however_often_it_is_tried(kiosk: Kiosk, tmp_path: Path) -> None:
    apply_to(kiosk, bundle_file(tmp_path))
    end_trial(kiosk, kept=False)

    def refuse(_kind: str, _body: Mapping[str, object]) -> None:
        raise OSError("the kiosk is starting")

    with pytest.raises(OSError, match="starting"):
        settle(kiosk.places, refuse)
    for _ in range(2):
        settle(kiosk.places, kiosk.record)
    assert kiosk.places.installed() == ["0.1.0"], "what was gone back from is nothing to go back to"
    why = "it was not healthy within 300 s"
    assert kiosk.entries[1:] == [("update-went-back", {"version": "0.2.0", "back_to": "0.1.0", "why": why})]


def test_what_the_last_trial_left_unrecorded_is_recorded_before_the_next(kiosk: Kiosk, tmp_path: Path) -> None:
    apply_to(kiosk, bundle_file(tmp_path))
    end_trial(kiosk, kept=True)
    apply_to(kiosk, bundle_file(tmp_path, "0.3.0"))
    assert [kind for kind, _ in kiosk.entries] == ["update-applied", "update-kept", "update-applied"]


# --- back by hand ---------------------------------------------------------------------------------------------------


def test_going_back_tries_the_version_before_and_leaves_a_way_forward(kiosk: Kiosk, tmp_path: Path) -> None:
    updated(kiosk, tmp_path, "0.2.0")
    assert go_back(kiosk.places, Wanted("machine:root", "it is slow"), kiosk.record, print, SINCE) == "0.1.0"
    assert kiosk.starts == "0.1.0"
    assert kiosk.state.trial == Trial("0.1.0", "0.2.0")
    said = {"version": "0.1.0", "before": "0.2.0", "by": "machine:root", "reason": "it is slow"}
    assert kiosk.entries[-1] == ("update-back", said)
    end_trial(kiosk, kept=True)
    settle(kiosk.places, kiosk.record)
    assert kiosk.places.installed() == ["0.2.0", "0.1.0"]
    assert go_back(kiosk.places, WANTED, kiosk.record, print, SINCE) == "0.2.0"


def test_one_on_trial_is_gone_back_from_at_once(kiosk: Kiosk, tmp_path: Path) -> None:
    apply_to(kiosk, bundle_file(tmp_path))
    lines: list[str] = []
    assert go_back(kiosk.places, Wanted("machine:root", "no beep"), kiosk.record, lines.append, SINCE) == "0.1.0"
    outcome = kiosk.state.outcome
    assert outcome is not None
    assert (kiosk.state.trial, outcome.kept, outcome.why) == (None, False, "by hand, machine:root: no beep")


def test_without_a_version_before_there_is_no_way_back(kiosk: Kiosk) -> None:
    with pytest.raises(NotForThisKiosk, match=r"expected a version before 0\.1\.0"):
        go_back(kiosk.places, WANTED, kiosk.record, print, SINCE)


def test_going_back_takes_the_ledger_along_with_all_that_was_appended(
    kiosk: Kiosk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """0.2.0 knows format 3 and took the ledger there; 0.1.0 knows format 2 alone."""
    monkeypatch.setattr(form, "NEWEST", 3)
    ledger = kiosk.places.data / "ledger"
    before = filled(ledger, 21)
    monkeypatch.setattr(
        "kiosk.updates.back.migrate", lambda ledger, to, since: migrate(ledger, to, since, format_steps.STEPS)
    )
    updated(kiosk, tmp_path, "0.2.0", ledger=LedgerFormats(2, 3))
    migrate(ledger, 3, SINCE, format_steps.STEPS)
    lines: list[str] = []
    go_back(kiosk.places, WANTED, kiosk.record, lines.append, SINCE)
    assert lines[0] == "the ledger is taken from format 3 to 2, which 0.1.0 knows; the kiosk is stopped for it"
    assert read_form(ledger) == Form()
    assert verify(ledger).entries == len(before)
    assert STEPS == ()


def test_going_back_is_refused_where_the_ledger_cannot_go_along(kiosk: Kiosk, tmp_path: Path) -> None:
    filled(kiosk.places.data / "ledger", 3)
    updated(kiosk, tmp_path, "0.2.0")
    write_form(kiosk.places.data / "ledger", Form(7, 7))
    with pytest.raises(Exception, match="steps from format 7 to format 2, got none"):
        go_back(kiosk.places, WANTED, kiosk.record, print, SINCE)
    assert kiosk.starts == "0.2.0"


# --- the version's own scripts --------------------------------------------------------------------------------------


def test_scripts_name_the_python_that_they_will_have(tmp_path: Path) -> None:
    folder, final = tmp_path / "0.2.0.partial", tmp_path / "0.2.0"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin/sealgate").write_text(f"#!{folder}/bin/python3\nimport sys\n")
    (folder / "bin/sealgate").chmod(0o755)
    (folder / "pyvenv.cfg").write_text(f"home = /usr/bin\ncommand = /usr/bin/python3 -m venv {folder}\n")
    (folder / "bin/python3").symlink_to("/usr/bin/python3")
    name_scripts(folder, final)
    assert (folder / "bin/sealgate").read_text() == f"#!{final}/bin/python3\nimport sys\n"
    assert (folder / "bin/sealgate").stat().st_mode & 0o777 == 0o755
    assert (folder / "pyvenv.cfg").read_text() == f"home = /usr/bin\ncommand = /usr/bin/python3 -m venv {final}\n"
    assert (folder / "bin/python3").readlink() == Path("/usr/bin/python3")
