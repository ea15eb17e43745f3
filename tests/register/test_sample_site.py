"""The sample site: it comes in without a remark, and each of its people and loads does what the demo needs."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from importlib.resources import as_file, files
from pathlib import Path

import pytest
from stdnum import iso6346

from kiosk.core.cards import BY_NUMBER, CardProof, Credential, Means
from kiosk.core.loads import LoadRecord, Mode
from kiosk.core.reasons import Reason
from kiosk.core.roster import Roster
from kiosk.core.rules import Admission, Situation, admit, permit_load
from kiosk.core.seals import SealForm, Symbology
from kiosk.core.times import ClockState, Moment
from kiosk.core.units import ContainerNumber, Unit, parse_unit
from kiosk.demo.yard import import_bookings_for
from kiosk.register.kinds import Kind
from kiosk.register.store import ImportReport, Loaded, RecordStore
from kiosk.site import Site, UsbIdentity, read_site

SAMPLE: Mapping[str, Kind] = {
    "approved-list-2024-1.csv": Kind.APPROVED_LIST,
    "approved-list.csv": Kind.APPROVED_LIST,
    "racas.csv": Kind.RACAS,
    "drivers.csv": Kind.DRIVERS,
    "staff.csv": Kind.STAFF,
    "bookings.csv": Kind.BOOKINGS,
}
NOON = datetime(2026, 11, 18, 23, 0, tzinfo=UTC)
"""12:00 in New Zealand, in daylight time."""
NIGHT = datetime(2026, 11, 18, 11, 0, tzinfo=UTC)
"""Midnight in New Zealand: nobody is on duty."""
LATE = datetime(2035, 5, 1, 0, 0, tzinfo=UTC)


class Sample:
    """The sample site, imported from its own files by the code that imports a site's."""

    def __init__(self, source: Path, folder: Path) -> None:
        self.source = source
        self.site: Site = read_site(source / "site.toml")
        self.store = RecordStore(folder)
        self.reports: list[ImportReport] = [
            self.store.import_file(kind, source / name, self.site.seal_types) for name, kind in SAMPLE.items()
        ]
        self.loaded: Loaded = self.store.load(self.site.seal_types)

    def admitted(self, card: str, now: datetime = NOON, proof: CardProof = BY_NUMBER) -> Admission | Reason:
        return admit(self._situation(), Credential.parse(card), proof, self._at(now))

    def permitted(self, card: str, unit: str) -> LoadRecord | Reason:
        admission = self.admitted(card)
        assert isinstance(admission, Admission)
        return permit_load(self._situation(), admission, parse_unit(unit), self._at(NOON))

    def loads(self) -> list[LoadRecord]:
        records = self.loaded.records
        return [load for each in ("HHH", "TVC", "RGC", "KSF", "MAC") for load in records.loads_of(each)]

    def _situation(self) -> Situation:
        return Situation(self.site.plan, self.loaded.records, Roster())

    @staticmethod
    def _at(now: datetime) -> Moment:
        return Moment(now, 0.0, ClockState.SYNCHRONISED, "boot-1")


@pytest.fixture
def sample(tmp_path: Path) -> Sample:
    with as_file(files("kiosk.demo") / "sample_site") as source:
        return Sample(source, tmp_path / "records")


def test_every_file_of_the_sample_site_comes_in_without_a_remark(sample: Sample) -> None:
    assert {path.name for path in sample.source.iterdir()} == {"site.toml", *SAMPLE}
    assert [report.rows for report in sample.reports] == [3, 2, 2, 10, 4, 14]
    assert [report.remarks for report in sample.reports] == [()] * len(SAMPLE)
    assert sample.loaded.remarks == ()


AROHA, TOM, MERE = "TYPE_4:04A2316A1C5E80", "TYPE_4:04DE5F1EACC040", "TYPE_4:0414B34A8D17C6"
PRIYA = "TYPE_4:0467F2A95D1E80"


@pytest.mark.parametrize("now", [NOON, LATE], ids=["now", "in 2035"])
@pytest.mark.parametrize("card", [AROHA, TOM, MERE, PRIYA])
def test_some_drivers_may_come_by_day(sample: Sample, card: str, now: datetime) -> None:
    admission = sample.admitted(card, now)
    assert isinstance(admission, Admission)
    assert admission.attended


@pytest.mark.parametrize("card", [AROHA, TOM, MERE, PRIYA])
def test_by_night_they_come_with_a_proof_and_for_what_the_demo_has_booked_then(sample: Sample, card: str) -> None:
    proven = CardProof(Means.CHALLENGE)
    assert sample.admitted(card, NIGHT) is Reason.CARD_NOT_PROVEN_AFTER_HOURS
    assert sample.admitted(card, NIGHT, proven) is Reason.NOT_BOOKED_AFTER_HOURS
    import_bookings_for(NIGHT, sample.store, sample.site.seal_types)
    sample.loaded = sample.store.load(sample.site.seal_types)
    admission = sample.admitted(card, NIGHT, proven)
    assert isinstance(admission, Admission)
    assert not admission.attended
    assert sample.admitted(card, NIGHT + timedelta(days=1), proven) is Reason.OUTSIDE_COLLECTION_WINDOW


@pytest.mark.parametrize(
    ("card", "reason"),
    [
        ("TYPE_4:04711D02B54A81", Reason.CARD_REVOKED),
        ("TYPE_4:045B0EE1937280", Reason.CARD_REVOKED),
        ("TYPE_4:04906D3F2A5C81", Reason.INDUCTION_EXPIRED),
        ("TYPE_4:04E41B7708D380", Reason.OPERATOR_NOT_APPROVED),
        ("TYPE_4:041FC8563B9A81", Reason.RACA_EXPIRED),
        ("TYPE_4:04C3795E42B180", Reason.NOT_A_DRIVER_CARD),
        ("TYPE_2:04FFFFFFFFFF80", Reason.CARD_UNKNOWN),
    ],
)
def test_each_refusal_has_its_card(sample: Sample, card: str, reason: Reason) -> None:
    assert sample.admitted(card) is reason


def test_one_approved_driver_may_not_come_after_hours(sample: Sample) -> None:
    ben = "TYPE_4:0438C7924B6180"
    assert isinstance(sample.admitted(ben), Admission)
    assert sample.admitted(ben, NIGHT) is Reason.AFTER_HOURS_NOT_PERMITTED


def test_loads_are_permitted_as_their_mode_asks(sample: Sample) -> None:
    assert isinstance(sample.permitted(AROHA, "TASU1170000"), LoadRecord)
    assert isinstance(sample.permitted(PRIYA, "TVP-A-0712"), LoadRecord)
    assert sample.permitted(MERE, "CSQU3054383") is Reason.LOAD_OF_ANOTHER_OPERATOR


def test_containers_have_true_check_digits_and_all_seal_types_are_there(sample: Sample) -> None:
    loads = sample.loads()
    units: list[Unit] = [load.unit for load in loads]
    containers = [str(unit) for unit in units if isinstance(unit, ContainerNumber)]
    assert len(loads) == 14
    assert len(containers) == 12
    assert all(iso6346.is_valid(number) for number in containers)
    assert {"TASU1170000", "CSQU3054383"} <= set(containers)
    assert [load.mode for load in loads].count(Mode.AIR) == 2
    assert {load.seal_type.form for load in loads} == set(SealForm)
    twins = [str(load.unit) for load in loads if load.booking == "TVP-24120"]
    assert twins == ["MSKU2145082", "MSKU2145307"]


def test_the_sample_sites_settings_are_as_the_demo_expects(sample: Sample) -> None:
    site = sample.site
    assert (site.plan.site_id, site.plan.site_name, str(site.plan.timezone)) == (
        "SLS0421",
        "Tui Valley Packhouse",
        "Pacific/Auckland",
    )
    assert site.contact == "Gatehouse 06 555 0142"
    assert {name: each.form for name, each in site.seal_types.items()} == {
        "SES bolt": SealForm.BOLT,
        "SES cable": SealForm.CABLE,
        "SES air sticker": SealForm.STICKER,
    }
    linear = {Symbology.CODE_128, Symbology.GS1_128, Symbology.CODE_39}
    assert site.seal_types["SES bolt"].symbologies == site.seal_types["SES cable"].symbologies == linear
    assert site.seal_types["SES air sticker"].symbologies == linear | {Symbology.DATA_MATRIX}
    assert site.reader.port == Path("/dev/sealgate-card-reader")
    assert site.scanner is not None
    assert not isinstance(site.scanner.port, UsbIdentity)
    assert site.scanner.port == Path("/dev/sealgate-scanner")
    assert (site.scanner.framing, site.scanner.aim, site.gate.board) == ("any-line-end", "detect", "pi4")
