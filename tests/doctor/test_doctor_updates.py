"""The doctor says which version starts, whether one is on trial, and what is wrong with the keys of releases."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from kiosk.core.errors import SealgateError
from kiosk.doctor.check import Kiosk, Verdict, good, wrong
from kiosk.doctor.updates import UpdatesCheck
from kiosk.updates import trial
from kiosk.updates.trial import Trial
from tests.updates import rig


@pytest.fixture
def kiosk(tmp_path: Path) -> rig.Kiosk:
    return rig.Kiosk(tmp_path)


def look(kiosk: rig.Kiosk) -> list[Verdict]:
    seen = Kiosk(kiosk.places.data, kiosk.places.config, None, datetime(2026, 11, 30, tzinfo=UTC))
    return list(UpdatesCheck(kiosk.home, kiosk.places.keys).look(seen))


def test_the_version_that_starts_is_named(kiosk: rig.Kiosk) -> None:
    assert look(kiosk) == [good("updates", "version 0.1.0")]


def test_a_kiosk_from_a_checkout_has_no_updates(kiosk: rig.Kiosk) -> None:
    (kiosk.home / "current").unlink()
    assert look(kiosk) == []


def test_a_trial_and_how_the_last_one_ended_are_told(kiosk: rig.Kiosk) -> None:
    kiosk.put("0.2.0")
    with trial.held(kiosk.home):
        trial.begin(kiosk.home, Trial("0.2.0", "0.1.0"))
    assert look(kiosk) == [good("updates", "version 0.2.0 is on trial, start 0 of 3")]
    with trial.held(kiosk.home):
        trial.go_back(kiosk.home, "it is not there")
    assert look(kiosk) == [good("updates", "version 0.1.0; 0.2.0 was gone back from: it is not there")]


def test_a_version_that_is_not_whole_and_a_state_that_cannot_be_read_are_wrong(kiosk: rig.Kiosk) -> None:
    (kiosk.home / "update").mkdir()
    state = kiosk.home / "update/state.json"
    state.write_text("{")
    (verdict,) = look(kiosk)
    assert (verdict.ok, verdict.mend) == (False, f"remove {state}: 0.1.0 then starts, on trial no more")
    (kiosk.places.version("0.1.0") / "complete").unlink()
    mend = "say 'sealgate update back', or install anew (scripts/install)"
    finding = f"version 0.1.0, which {kiosk.home / 'current'} leads to, is not there whole"
    assert look(kiosk) == [wrong("updates", finding, mend)]


def test_keys_that_others_may_write_are_a_finding(kiosk: rig.Kiosk) -> None:
    kiosk.places.keys.chmod(0o666)
    with pytest.raises(SealgateError, match="its owner, root, alone may write"):
        look(kiosk)
