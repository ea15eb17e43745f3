"""The register sheet and core's lives of seals are two folds of the same entries: they say the same."""

from datetime import timedelta
from types import SimpleNamespace

from hypothesis import settings

from kiosk.core.sealing.life import By, SealState
from kiosk.register.exports.lives import Lives
from tests.core.sealing import test_life as histories
from tests.core.sealing.site import BEGAN


class AlsoAsRows(histories.AnyHistory):
    """Any history of steps, folded for the sheet, too."""

    def teardown(self) -> None:
        sheet = Lives()
        for seq, (kind, body) in enumerate(self.site.entries, 1):
            entry = SimpleNamespace(seq=seq, kind=kind, body=body, time=BEGAN + timedelta(minutes=seq), digest="")
            sheet.take(entry, wanted=True)
        for life in self.site.lives.all():
            row = sheet.of(life.number)
            assert (row.state or SealState.UNKNOWN.value, row.unit or "") == (life.state.value, life.unit)
            assert (row.seal_type or "", row.batch or "", row.approval or "") == (
                *(life.seal_type, life.batch, life.purchase_approval),
            )
            assert (row.replaces or "", row.replaced_by or "") == (life.replaces, life.replaced_by)
            assert [row.received, row.applied, row.checked, row.uplifted] == [
                when(each) for each in (life.received, life.applied, life.checked, life.uplifted)
            ]
            assert (row.stored_checks or 0) == len(life.stored_checks)
        assert len(sheet._packed) == len(list(self.site.lives.all()))


def when(by: By | None) -> object:
    return by.at if by is not None else None


TestAlsoAsRows = AlsoAsRows.TestCase
TestAlsoAsRows.settings = settings(stateful_step_count=25)
