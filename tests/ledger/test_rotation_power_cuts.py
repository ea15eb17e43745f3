"""The power goes while keys sign and are replaced: one key is in force, and nothing that was signed is contradicted."""

import sys
from pathlib import Path
from random import Random

import pytest

from kiosk.ledger.attest import compare, sign_now
from kiosk.ledger.checkpoint import open_checkpoint
from kiosk.ledger.handover import CHECKPOINT_KEY
from kiosk.ledger.keys import KEY_NAME, SUCCESSOR_NAME, read_public_keys
from kiosk.ledger.last import CHECKPOINT_NAME
from kiosk.ledger.ledger import Ledger, read_entries
from kiosk.ledger.rotation import rotate
from tests.ledger.conftest import ticking
from tests.ledger.power_cuts import Disk, Said, steps_of
from tests.ledger.test_power_cuts import laid_out

QUICK, LONG = 600, 6_000


def assert_every_cut_is_survived(tmp_path: Path, count: int, seed: int) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    steps = steps_of([sys.executable, "-m", "tests.ledger.power_workloads", "keys", str(folder)], folder)
    disk, chance, given = Disk(), Random(seed), list[bytes]()
    waiting = 0
    for at, step in enumerate(steps):
        disk.take(step)
        if isinstance(step, Said):
            given.append(bytes.fromhex(step.line.removeprefix("signed ")))
        for _ in range(count * (at + 1) // len(steps) - count * at // len(steps)):
            place = laid_out(disk.state(chance), folder, tmp_path / "cut")
            for secret in (place / "keys").glob(f"{KEY_NAME}*"):
                secret.chmod(0o600)
            waiting += (place / "keys" / SUCCESSOR_NAME).exists()
            assert_one_key_is_in_force(place, given)
    assert len(given) == 6
    assert waiting > count // 20, "expected many states in the middle of a change: else the harness tries too little"


def assert_one_key_is_in_force(place: Path, given: list[bytes]) -> None:
    site = (place / "ledger", place / "keys")
    with Ledger.open(place / "ledger", ticking()) as ledger:  # the kiosk starts, and cuts a torn tail
        assert ledger.damage == ()
    lost = (place / "ledger" / CHECKPOINT_NAME).exists() and not (place / "keys" / KEY_NAME).exists()
    signed = rotate(*site, ticking(), lost=True).signed if lost else sign_now(*site)
    changes = [entry.body["new"] for entry in read_entries(place / "ledger") if entry.kind == CHECKPOINT_KEY]
    assert not changes or changes[-1] == signed.key.text
    keys = read_public_keys(place / "keys")
    assert keys[0] == signed.key
    for note in (*given, signed.note):
        assert compare(place / "ledger", open_checkpoint(note, *keys)).ok


@pytest.mark.timeout(300)
def test_no_power_cut_leaves_the_ledger_without_a_key_or_against_what_was_signed(tmp_path: Path) -> None:
    assert_every_cut_is_survived(tmp_path, QUICK, seed=3)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_none_of_six_thousand_power_cuts_does(tmp_path: Path) -> None:
    assert_every_cut_is_survived(tmp_path, LONG, seed=4)
