"""scripts/bench logon: real log-ons, all of which fail, and that a difference would be seen."""

import asyncio
from pathlib import Path

import pytest

from kiosk.core.passwords import Password, PasswordAnswer, PasswordSlot
from kiosk.devices import read_clock
from kiosk.ledger.ledger import Ledger, read_entries
from kiosk.passwords import PasswordStore
from scripts.benches import logon
from scripts.benches.clocks import stamp
from scripts.benches.figures import BenchFailed
from tests.scripts.bench_sizes import TINY, by_name


def test_logon_measures_failures_of_four_names_each_with_its_entry(tmp_path: Path) -> None:
    figures = by_name(logon.measure(tmp_path, TINY))
    assert set(figures) == {"logon.known x", "logon.unknown x", "logon.locked x", "logon.code x"}
    assert all(figure.bar == 1.05 and figure.peers["runs"] == TINY.logons for figure in figures.values())
    failed = [entry.body for entry in read_entries(tmp_path / "ledger") if entry.kind == "logon-failed"]
    assert len(failed) == 3 + 4 * TINY.logons
    assert {body["why"] for body in failed} == {"wrong password", "unknown name", "locked", "wrong one-time code"}


def test_a_check_that_spares_the_hash_of_unknown_names_breaks_its_bar(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = PasswordStore.check

    def quick(store: PasswordStore, staff: str | None, slot: PasswordSlot, typed: Password) -> PasswordAnswer:
        return PasswordAnswer.NOT_SET if staff is None else check(store, staff, slot, typed)

    monkeypatch.setattr(PasswordStore, "check", quick)
    figures = by_name(logon.measure(tmp_path, TINY))
    assert not figures["logon.known x"].holds
    assert figures["logon.known x"].value > 2


def test_an_attempt_that_is_not_looked_at_measures_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Ledger.open(tmp_path / "ledger", stamp) as ledger:
        door = logon.Door(tmp_path, ledger)
        monkeypatch.setattr(logon.Door, "now", lambda _: read_clock())

        async def attempts() -> None:
            for _ in range(4):
                await door.attempt("S99")

        try:
            with pytest.raises(BenchFailed, match="an attempt that is looked at"):
                asyncio.run(attempts())
        finally:
            door.check.close()
