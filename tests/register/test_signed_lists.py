"""Approved lists that are signed: what counts where the site names a key, and what where it names none."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pytest

from kiosk.ledger.errors import KeyMalformed
from kiosk.ledger.note import SignerKey
from kiosk.register.kinds import Kind
from kiosk.register.listing import read_list
from kiosk.register.signatures import SignatureRefused
from kiosk.signed_lists import list_opener, signed_list
from kiosk.site import SheetSettings
from tests.register.sheets import OURS, ROWS, SEAL_TYPES, WIDEST, WORKBOOKS, Office, csv_text, good
from tests.register.test_office_sheets import LISTS

LIST = Kind.APPROVED_LIST
CUSTOMS = SignerKey.make("customs.example/lists")
OTHER = SignerKey.make("other.example/lists")
STORED = "records/approved-lists/2026-1.csv"


def text(folder: Path, content: str = good(LIST), settings: SheetSettings = OURS) -> bytes:
    path = folder / "to-sign.csv"
    path.write_text(content, encoding="utf-8")
    return read_list(path, settings)[1]


def signed(folder: Path, key: SignerKey = CUSTOMS) -> bytes:
    return signed_list(text(folder), key)


def version_in_force(office: Office) -> str | None:
    approved = office.store.load(SEAL_TYPES).records.approved_list_on(date(2026, 3, 1))
    return approved.version if approved is not None else None


def with_keys(folder: Path, keys: Sequence[SignerKey] = (CUSTOMS,)) -> Office:
    return Office(folder, list_opener([key.verifier.text for key in keys]))


@pytest.fixture
def strict(tmp_path: Path) -> Office:
    """An office whose site.toml names one key."""
    return with_keys(tmp_path)


def test_a_signed_list_is_taken_and_stored_with_its_signature(strict: Office, tmp_path: Path) -> None:
    report = strict.bring(LIST, signed(tmp_path))
    assert (report.version, report.rows, report.remarks) == ("2026-1", 2, ())
    assert strict.stored() == {STORED: signed(tmp_path)}
    assert version_in_force(strict) == "2026-1"


def test_any_key_of_several_may_sign(tmp_path: Path) -> None:
    office = with_keys(tmp_path, (CUSTOMS, OTHER))
    office.bring(LIST, signed(tmp_path, OTHER))
    assert version_in_force(office) == "2026-1"


def test_an_unsigned_list_is_refused_where_a_key_is_named(strict: Office) -> None:
    assert strict.refused(LIST, good(LIST)) == [
        "approved-list.csv: expected a list signed with a key that site.toml names, got an unsigned one"
    ]
    with pytest.raises(Exception, match="got an unsigned one"):
        strict.bring_sheet(LIST, WORKBOOKS / "approved-list.xlsx", LISTS)


def test_a_list_signed_by_another_or_altered_since_is_refused(strict: Office, tmp_path: Path) -> None:
    (line,) = strict.refused(LIST, signed(tmp_path, OTHER))
    assert line.startswith("approved-list.csv: expected one by customs.example/lists+")
    (line,) = strict.refused(LIST, signed(tmp_path).replace(b"TVC", b"TVX"))
    assert line.endswith(" over this text, got one that does not fit it")


def test_a_list_that_somebody_alters_or_puts_into_the_store_does_not_count(strict: Office, tmp_path: Path) -> None:
    strict.bring(LIST, signed(tmp_path))
    stored = tmp_path / STORED
    for planted in (signed(tmp_path).replace(b"TVC", b"TVX"), good(LIST).encode()):
        stored.write_bytes(planted)
        loaded = strict.store.load(SEAL_TYPES)
        assert loaded.records.approved_list_on(date(2026, 3, 1)) is None
        (remark,) = loaded.remarks
        assert remark.startswith("stored approved-lists/2026-1.csv: expected ")
        assert remark.endswith("; it does not count until it is imported signed")
    assert strict.bring(LIST, signed(tmp_path)).changed
    assert version_in_force(strict) == "2026-1"


def test_once_a_key_is_named_what_was_imported_unsigned_waits_for_its_signature(office: Office, tmp_path: Path) -> None:
    office.bring(LIST, good(LIST))
    strict = with_keys(tmp_path)
    assert version_in_force(strict) is None
    assert strict.bring(LIST, signed(tmp_path)).remarks == ()
    assert version_in_force(strict) == "2026-1"


def test_without_a_key_a_signed_list_is_taken_unchecked_and_that_is_said(office: Office, tmp_path: Path) -> None:
    forged = signed(tmp_path, OTHER).replace(b"TVC", b"TVX")
    report = office.bring(LIST, forged)
    assert report.remarks == ("the list is signed, and site.toml names no key to check that with",)
    assert office.stored() == {STORED: forged}
    assert version_in_force(office) == "2026-1"
    office.bring(LIST, good(LIST).replace("2026-1", "2026-2"))


def test_the_same_list_unsigned_changes_nothing_about_the_signed_one(office: Office, tmp_path: Path) -> None:
    office.bring(LIST, signed(tmp_path))
    assert not office.bring(LIST, good(LIST)).changed
    assert office.stored() == {STORED: signed(tmp_path)}


def test_the_same_list_signed_takes_the_place_of_the_unsigned_one_for_a_key_named_later(
    office: Office, tmp_path: Path
) -> None:
    office.bring(LIST, good(LIST))
    assert office.bring(LIST, signed(tmp_path)).changed
    assert not office.bring(LIST, signed(tmp_path)).changed
    assert version_in_force(with_keys(tmp_path)) == "2026-1"


def test_a_dry_run_compares_what_the_lists_say_and_not_their_signatures(strict: Office, tmp_path: Path) -> None:
    path = tmp_path / "list"
    path.write_bytes(signed(tmp_path))
    assert [each.row for each in strict.store.import_file(LIST, path, SEAL_TYPES, dry_run=True).changes] == [2, 3]
    strict.bring(LIST, signed(tmp_path))
    assert strict.store.import_file(LIST, path, SEAL_TYPES, dry_run=True).changes == ()


def test_what_is_signed_is_our_own_form_of_the_list_whatever_the_office_has(tmp_path: Path) -> None:
    bom_and_crlf = "\ufeff" + good(LIST, end="\r\n") + "\r\n,,\r\n"
    plain = "".join(f"{','.join(row[name] for name in WIDEST[LIST])}\n" for row in ROWS[LIST])
    assert text(tmp_path, bom_and_crlf).decode() == f"{','.join(WIDEST[LIST])}\n{plain}"
    approved, canonical = read_list(WORKBOOKS / "approved-list.xlsx", LISTS)
    assert (approved.version, canonical.decode().splitlines()[1]) == (
        "2026-3",
        "2026-3,2026-06-01,2026-07-01,2027-06-30,HHH,Hāwera Heavy Haulage",
    )
    office = with_keys(tmp_path)
    assert office.bring(LIST, signed_list(canonical, CUSTOMS)).version == "2026-3"


def test_a_list_that_would_be_refused_is_not_signed(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="got an empty cell"):
        text(tmp_path, csv_text([{**ROWS[LIST][0], "operator_name": ""}], WIDEST[LIST]))


def test_what_a_signature_is_under_must_be_a_good_list_in_our_own_form(strict: Office) -> None:
    bad = signed_list(good(LIST).replace("2026-02-01", "1/02/2026").encode(), CUSTOMS)
    lines = strict.refused(LIST, bad)
    assert lines[0].startswith("approved-list.csv row 2, column in_force_from: expected a date such as 2027-06-30")


def test_without_keys_nothing_is_checked_and_a_key_that_is_none_is_told() -> None:
    assert list_opener(()) is None
    with pytest.raises(KeyMalformed):
        list_opener(["name+00000000+" + "A" * 44])
    opener = list_opener([CUSTOMS.verifier.text])
    assert opener is not None
    with pytest.raises(SignatureRefused, match="ask whoever issues the list for a signed one"):
        opener(b"no note")
