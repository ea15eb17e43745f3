"""What a good file becomes, and that nothing half-done is ever stored."""

import errno
import os
import shutil
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from kiosk.core.cards import CardTechnology, Credential
from kiosk.core.loads import LoadRecord, Mode
from kiosk.core.parties import Driver, Raca, StaffMember, TransportOperator
from kiosk.core.seals import SealNumber
from kiosk.core.units import ContainerNumber, PackageNumber
from kiosk.register import files
from kiosk.register.errors import ImportRefused, StoreBusy, StoreFailed
from kiosk.register.kinds import Kind
from kiosk.register.store import Loaded, RecordStore
from tests.register.sheets import ROWS, SEAL_TYPES, WIDEST, Office, changed, csv_text, good, without_mend

A, R, D, S, B = Kind.APPROVED_LIST, Kind.RACAS, Kind.DRIVERS, Kind.STAFF, Kind.BOOKINGS
CARD_1 = Credential(CardTechnology.TYPE_2, bytes.fromhex("04A1B2C3D4E5F6"))


def load(office: Office) -> Loaded:
    return office.store.load(SEAL_TYPES)


def version(name: str, *, ids: Mapping[str, str], issued: str = "2026-01-05", start: str = "2026-02-01") -> str:
    rows = [
        {
            **ROWS[A][0],
            "version": name,
            "issued": issued,
            "in_force_from": start,
            "operator_id": key,
            "operator_name": n,
        }
        for key, n in ids.items()
    ]
    return csv_text(rows, WIDEST[A])


def test_what_was_imported_is_what_the_rules_look_at(office: Office) -> None:
    office.bring_all()
    loaded = load(office)
    records = loaded.records
    card = records.card(CARD_1)
    assert card is not None
    assert (card.number, card.holder_id, card.valid_until, card.revoked) == ("C1", "D1", date(2030, 12, 31), False)
    revoked = records.card(Credential.parse("FELICA:0114B34A8D17C620"))
    assert revoked is not None
    assert revoked.revoked
    assert records.driver("D1") == Driver("D1", "Aroha Ngata", "HHH", date(2030, 6, 30), after_hours=True)
    assert records.staff_member("S1") == StaffMember("S1", "Hana Whaanga")
    assert records.operator("KSF") == TransportOperator("KSF", "Kererū Sky Freight", Raca("RACA-1", date(2030, 6, 30)))
    assert records.operator("TVC") == TransportOperator("TVC", "Tui Valley Cartage", None)
    approved = records.approved_list_on(date(2026, 2, 1))
    assert approved is not None
    assert (approved.version, approved.operator_ids) == ("2026-1", frozenset({"HHH", "TVC"}))
    assert records.approved_list_on(date(2026, 1, 31)) is None
    assert records.load(ContainerNumber("CSQU3054383")) == LoadRecord(
        "L1",
        Mode.SEA,
        ContainerNumber("CSQU3054383"),
        SEAL_TYPES["bolt"],
        SealNumber("NZB100001"),
        "apples, 21 pallets",
        "HHH",
        "B-1",
    )
    flown = records.load(PackageNumber("SKID-7"))
    assert flown is not None
    assert flown.mode is Mode.AIR
    assert loaded.remarks == ()


def test_the_report_names_rows_version_digest_and_where_it_is_stored(office: Office) -> None:
    report = office.bring(A, good(A))
    assert (report.kind, report.rows, report.version, report.changed) == (A, 2, "2026-1", True)
    assert report.stored_as == "approved-lists/2026-1.csv"
    assert load(office).digests == {report.stored_as: report.digest}


def test_the_files_own_bytes_are_stored(office: Office) -> None:
    content = b"\xef\xbb\xbf" + good(D, end="\r\n").encode()
    office.bring(D, content)
    assert office.stored() == {"records/drivers.csv": content}
    assert load(office).records.driver("D2") is not None


def test_an_empty_store_is_empty_tables(office: Office) -> None:
    loaded = load(office)
    assert (loaded.digests, loaded.remarks, loaded.fingerprint) == ({}, (), ())
    assert loaded.records.card(CARD_1) is None


def test_header_names_may_stand_in_any_order_and_case_and_cells_have_spaces_around_them(office: Office) -> None:
    columns = tuple(reversed(WIDEST[D]))
    sheet = csv_text([{key: f" {value}\u00a0" for key, value in row.items()} for row in ROWS[D]], columns)
    header, _, rest = sheet.partition("\n")
    office.bring(D, f"{header.upper()}\n{rest}")
    assert load(office).records.driver("D2") == Driver("D2", "Ben Lowe", "TVC", date(2030, 6, 30), after_hours=False)


def test_empty_cells_at_the_end_of_rows_may_be_there_or_not(office: Office) -> None:
    columns = [name for name in WIDEST[A] if name != "in_force_until"] + ["in_force_until"]
    header, first, second = csv_text(ROWS[A], columns).splitlines()
    office.bring(A, "\n".join((header + ",,", first.removesuffix(',""'), second + ",,,")))
    approved = load(office).records.approved_list_on(date(2026, 2, 1))
    assert approved is not None
    assert len(approved.operator_ids) == 2


def test_a_letter_with_its_macron_apart_is_the_same_letter(office: Office) -> None:
    office.bring(R, good(R))
    office.bring(A, version("2026-1", ids={"KSF": "Kereru\u0304 Sky Freight"}))
    assert load(office).remarks == ()


# --- approved lists ---------------------------------------------------------------------------------


def test_versions_stand_side_by_side_and_the_day_chooses(office: Office) -> None:
    office.bring(A, version("2026-2", ids={"TVC": "Tui"}, issued="2026-06-01", start="2026-07-01"))
    office.bring(A, version("2026-1", ids={"HHH": "Hāwera"}))
    records = load(office).records
    for day, wanted in ((date(2026, 6, 30), "2026-1"), (date(2026, 7, 1), "2026-2")):
        approved = records.approved_list_on(day)
        assert approved is not None
        assert approved.version == wanted


def test_a_version_is_never_replaced_by_other_content(office: Office) -> None:
    office.bring(A, good(A))
    assert office.refused(A, version("2026-1", ids={"HHH": "Hāwera Heavy Haulage"}), name="new.csv") == [
        "new.csv row 2, column version: expected a version of its own for a list that differs from the stored "
        "'2026-1', got '2026-1'"
    ]


def test_the_same_version_with_the_same_content_changes_nothing(office: Office) -> None:
    first = office.bring(A, good(A))
    before = office.store.fingerprint()
    again = office.bring(A, good(A, end="\r\n"))
    assert (again.changed, again.digest) == (False, first.digest)
    assert office.store.fingerprint() == before


def test_of_two_lists_for_the_same_days_the_one_issued_later_counts(office: Office) -> None:
    office.bring(A, version("b-correction", ids={"TVC": "Tui"}, issued="2026-01-06"))
    office.bring(A, version("c-first", ids={"HHH": "Hāwera"}, issued="2026-01-05"))
    approved = load(office).records.approved_list_on(date(2026, 3, 1))
    assert approved is not None
    assert approved.version == "b-correction"


def test_two_lists_that_no_date_tells_apart_are_remarked(office: Office) -> None:
    office.bring(A, version("2026-1b", ids={"TVC": "Tui"}))
    report = office.bring(A, version("2026-1a", ids={"HHH": "Hāwera"}))
    assert report.remarks == (
        "approved lists 2026-1a and 2026-1b were issued on the same day for the same days; 2026-1b counts, "
        "since its name sorts later",
    )
    approved = load(office).records.approved_list_on(date(2026, 3, 1))
    assert approved is not None
    assert approved.version == "2026-1b"


def test_a_version_like_a_path_stays_inside_the_folder(office: Office) -> None:
    report = office.bring(A, version("a/../../b c", ids={"HHH": "Hāwera"}))
    assert report.stored_as == "approved-lists/a%2F..%2F..%2Fb%20c.csv"
    assert office.stored().keys() == {f"records/{report.stored_as}"}
    assert load(office).records.operator("HHH") is not None


def test_a_list_stored_under_another_versions_name_is_not_taken(office: Office) -> None:
    office.bring(A, good(A))
    folder = office.folder / "records" / "approved-lists"
    (folder / "2026-1.csv").rename(folder / "2027-1.csv")
    with pytest.raises(ImportRefused) as caught:
        load(office)
    assert str(caught.value) == (
        "approved-lists/2027-1.csv: expected a file named after its version, got approved-lists/2026-1.csv; "
        "import a good file in its place"
    )


# --- across files -----------------------------------------------------------------------------------


def test_an_unknown_operator_is_a_remark_until_its_file_arrives(office: Office) -> None:
    office.bring(R, good(R))
    drivers = office.bring(D, good(D))
    assert drivers.remarks == (
        "drivers.csv row 2, column operator_id: 'HHH' (one of the drivers) is on no approved list and in no racas.csv; "
        "until it is, its drivers are refused",
        "drivers.csv row 4, column operator_id: 'TVC' (one of the drivers) is on no approved list and in no racas.csv; "
        "until it is, its drivers are refused",
    )
    bookings = office.bring(B, changed(B, 3, operator_id="HHH"))
    assert bookings.remarks[2:] == (
        "bookings.csv row 2, column operator_id: 'HHH' (2 loads) is on no approved list and in no racas.csv; "
        "until it is, its loads are refused",
    )
    assert office.bring(A, good(A)).remarks == ()
    assert load(office).remarks == ()


def test_the_newest_approved_lists_name_counts_and_others_are_remarked(office: Office) -> None:
    office.bring(R, good(R))
    office.bring(A, version("2026-1", ids={"KSF": "Kererū Sky"}))
    loaded = load(office)
    operator = loaded.records.operator("KSF")
    assert operator is not None
    assert operator.name == "Kererū Sky"
    assert operator.raca is not None
    assert loaded.remarks == (
        "operator KSF is 'Kererū Sky Freight' in racas.csv and 'Kererū Sky' in approved list 2026-1; the latter counts",
    )


@pytest.mark.parametrize(
    ("column", "value"), [("staff_id", "D1"), ("card_number", "C1"), ("card", "TYPE_2:04A1B2C3D4E5F6")]
)
def test_a_card_or_id_leads_to_one_person_alone(office: Office, column: str, value: str) -> None:
    staff = changed(S, 2, **{column: value})
    office.bring(D, good(D))
    assert office.refused(S, staff) == [
        f"staff.csv row 2, column {column}: expected one that drivers.csv does not have, got the same as in its row 2"
    ]
    (office.folder / "records" / "drivers.csv").unlink()
    office.bring(S, staff)
    driver_column = column.replace("staff", "driver")
    (line,) = office.refused(D, good(D))
    assert line == (
        f"drivers.csv row 2, column {driver_column}: expected one that staff.csv does not have, "
        "got the same as in its row 2"
    )


def test_stored_files_that_claim_the_same_card_are_not_loaded(office: Office) -> None:
    office.bring_all()
    (office.folder / "records" / "staff.csv").write_text(changed(S, 2, card="TYPE_2:04A1B2C3D4E5F6"))
    with pytest.raises(ImportRefused) as caught:
        load(office)
    assert without_mend(str(caught.value), "; import a good file in its place") == [
        "staff.csv row 2, column card: expected one that drivers.csv does not have, got the same as in its row 2"
    ]


# --- the disk ---------------------------------------------------------------------------------------


def test_stored_files_that_were_damaged_are_told_all_together(office: Office) -> None:
    office.bring_all()
    records = office.folder / "records"
    (records / "drivers.csv").write_text(changed(D, 4, inducted_until="2030-06-3"))
    (records / "bookings.csv").write_bytes(good(B).encode().replace(b"apples", b"app\0es"))
    with pytest.raises(ImportRefused) as caught:
        load(office)
    assert without_mend(str(caught.value), "; import a good file in its place") == [
        "drivers.csv row 4, column inducted_until: expected a date such as 2027-06-30, got '2030-06-3'",
        "bookings.csv row 2, column goods: expected UTF-8 text (save it as 'CSV UTF-8'), got a NUL byte",
    ]


def test_a_damaged_file_keeps_no_good_one_out_and_is_remarked(office: Office) -> None:
    office.bring_all()
    (office.folder / "records" / "bookings.csv").write_bytes(b"")
    assert office.bring(D, good(D, end="\r\n")).remarks == (
        "stored bookings.csv: expected a row of column names and rows below it, got an empty file; "
        "import a good file in its place",
    )
    assert office.bring(B, good(B)).remarks == ()
    assert load(office).remarks == ()


def test_a_seal_type_that_the_site_gave_up_is_found_at_loading(office: Office) -> None:
    office.bring_all()
    with pytest.raises(ImportRefused, match=r"bookings\.csv row 3, column seal_type: expected bolt, got 'sticker'"):
        office.store.load({"bolt": SEAL_TYPES["bolt"]})


@pytest.mark.parametrize("call", ["pwrite", "fsync", "replace"])
def test_a_write_that_fails_leaves_the_old_file_and_nothing_beside_it(
    office: Office, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    office.bring_all()
    before, records = office.stored(), load(office).digests

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as disk:
        if call == "replace":
            disk.setattr(Path, "replace", full)
        else:
            disk.setattr(os, call, full)
        with pytest.raises(StoreFailed) as caught:
            office.bring(D, good(D, end="\r\n"))
    assert caught.value.errno == errno.ENOSPC
    assert str(caught.value) == (
        f"expected writing {office.folder}/records/drivers.csv to succeed, got No space left on device "
        f"(errno {errno.ENOSPC}); see to the disk (space, mount, rights), then try again"
    )
    assert office.stored() == before
    assert load(office).digests == records


def test_a_write_in_small_pieces_is_whole(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.pwrite
    monkeypatch.setattr(os, "pwrite", lambda handle, data, offset: write(handle, data[:7], offset))
    office.bring(D, good(D))
    assert office.stored()["records/drivers.csv"] == good(D).encode()


def test_what_a_power_cut_left_half_written_is_neither_read_nor_in_the_way(office: Office) -> None:
    office.bring_all()
    before = office.store.fingerprint()
    (office.folder / "records" / "drivers.csv.new").write_bytes(b"half of")
    (office.folder / "records" / "approved-lists" / "2026-9.csv.new").write_bytes(b"half of")
    assert office.store.fingerprint() == before
    assert load(office).remarks == ()
    office.bring(D, good(D, end="\r\n"))
    assert "records/drivers.csv.new" not in office.stored()


def test_two_imports_at_once_do_not_mix(office: Office) -> None:
    with files.one_writer(office.folder / "records"), pytest.raises(StoreBusy, match="got another one at work"):
        office.bring(D, good(D))
    assert office.bring(D, good(D)).changed


def test_a_folder_that_cannot_be_made_is_told(office: Office) -> None:
    (office.folder / "records").write_text("a file where the folder should be")
    path = office.folder / "d.csv"
    path.write_text(good(D))
    with pytest.raises(StoreFailed, match="expected opening"):
        RecordStore(office.folder / "records").import_file(D, path, SEAL_TYPES)


def test_the_fingerprint_changes_with_each_import_and_only_then(office: Office) -> None:
    seen = [office.store.fingerprint()]
    for kind in ROWS:
        office.bring(kind, good(kind))
        seen.append(office.store.fingerprint())
        assert office.store.fingerprint() == seen[-1]
    assert len(set(seen)) == len(seen)
    assert load(office).fingerprint == seen[-1]
    office.bring(D, changed(D, 4, name="Ben Love"))
    assert office.store.fingerprint() != seen[-1]


def test_a_file_name_that_the_disk_refuses_is_told(office: Office, tmp_path: Path) -> None:
    with pytest.raises(ImportRefused, match="expected a file that can be read, got File name too long; correct it"):
        office.store.import_file(D, tmp_path / ("x" * 300), SEAL_TYPES)


def test_a_folder_in_a_stored_files_place_is_told(office: Office) -> None:
    (office.folder / "records" / "drivers.csv").mkdir(parents=True)
    with pytest.raises(StoreFailed, match=r"expected reading .*/drivers\.csv to succeed, got Is a directory"):
        load(office)


def test_a_store_that_the_disk_does_not_list_is_told_and_not_taken_for_empty(office: Office) -> None:
    office.bring_all()
    shutil.rmtree(office.folder / "records" / "approved-lists")
    (office.folder / "records" / "approved-lists").symlink_to("approved-lists")
    for act in (office.store.fingerprint, lambda: load(office)):
        with pytest.raises(StoreFailed, match=r"expected listing .*/approved-lists to succeed, got Too many levels"):
            act()
