"""What the office publishes comes into a kiosk's records as an import brings it; revoked cards are revoked there."""

import csv
import io
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from psycopg import Connection

from kiosk.core.cards import Credential
from kiosk.register.files import one_writer
from kiosk.register.kinds import Kind
from kiosk.register.postgres.connecting import connected, register_at
from kiosk.register.postgres.documents import Desk, publish, revoke, with_revoked
from kiosk.register.postgres.migrate import migrate
from kiosk.register.store import RecordStore
from tests.postgres.kiosks import one
from tests.register.sheets import ROWS, SEAL_TYPES

ME, SITE = "ab" * 16, "SLS0421"
AUCKLAND = ZoneInfo("Pacific/Auckland")
BOOKED = {"collect_from": "24/12/2026 22:00", "collect_until": "25/12/2026 06:30"}


def sheet(kind: Kind, **changes: str) -> bytes:
    """The good sheet of a kind, with cells of its first row changed."""
    rows = [dict(row) for row in ROWS[kind]]
    rows[0] |= changes
    text = io.StringIO(newline="")
    csv.writer(text).writerows([rows[0], *([row.get(name, "") for name in rows[0]] for row in rows)])
    return text.getvalue().encode()


@pytest.fixture
def records(tmp_path: Path) -> Path:
    return tmp_path / "records"


@pytest.fixture
def office(look: Connection) -> Connection:
    migrate(look)
    return look


def pull(register: str, records: Path, *, site: str = SITE, kiosk: str = ME) -> list[str]:
    with connected(register_at(register)) as connection:
        return list(Desk(kiosk, site, records, SEAL_TYPES, AUCKLAND).pull(connection))


def stored(records: Path, name: str) -> bytes:
    return (records / name).read_bytes()


@pytest.mark.every_version
def test_every_kind_of_file_is_stored_as_it_was_published(register: str, office: Connection, records: Path) -> None:
    for kind in Kind:
        publish(office, kind, sheet(kind), SITE)
    said = pull(register, records)
    assert said == [f"register: document {number}, {kind.value}: imported" for number, kind in enumerate(Kind, start=1)]
    for kind, name in (
        (Kind.APPROVED_LIST, "approved-lists/2026-1.csv"),
        (Kind.RACAS, "racas.csv"),
        (Kind.DRIVERS, "drivers.csv"),
        (Kind.STAFF, "staff.csv"),
        (Kind.BOOKINGS, "bookings.csv"),
    ):
        assert stored(records, name) == sheet(kind)
    assert RecordStore(records).load(SEAL_TYPES).records.loads_of("HHH")
    assert one(office, "SELECT count(*) FROM sealgate_deliveries WHERE kiosk = %s AND refused = ''", ME) == len(Kind)


def test_a_document_is_taken_once_and_the_newest_counts(register: str, office: Connection, records: Path) -> None:
    publish(office, Kind.BOOKINGS, sheet(Kind.BOOKINGS), SITE)
    publish(office, Kind.BOOKINGS, sheet(Kind.BOOKINGS, goods="Butter"), "")
    assert pull(register, records) == ["register: document 2, bookings: imported"]
    assert stored(records, "bookings.csv") == sheet(Kind.BOOKINGS, goods="Butter")
    by_hand = records.parent / "by-hand.csv"
    by_hand.write_bytes(sheet(Kind.BOOKINGS, goods="Cheese"))
    RecordStore(records).import_file(Kind.BOOKINGS, by_hand, SEAL_TYPES)
    assert pull(register, records) == []
    assert stored(records, "bookings.csv") == sheet(Kind.BOOKINGS, goods="Cheese")


def test_local_times_of_published_bookings_are_those_of_the_site_that_takes_them(
    register: str, office: Connection, records: Path
) -> None:
    publish(office, Kind.BOOKINGS, sheet(Kind.BOOKINGS, **BOOKED), "")
    assert pull(register, records) == ["register: document 1, bookings: imported"]
    (load,) = RecordStore(records).load(SEAL_TYPES).records.loads_of("HHH")
    assert load.collect is not None
    assert load.collect.opens == datetime(2026, 12, 24, 9, 0, tzinfo=UTC)


def test_approved_lists_come_side_by_side_however_many_were_missed(
    register: str, office: Connection, records: Path
) -> None:
    for version in ("2026-1", "2026-2"):
        rows = sheet(Kind.APPROVED_LIST).replace(b"2026-1", version.encode())
        publish(office, Kind.APPROVED_LIST, rows, "")
    assert len(pull(register, records)) == 2
    assert sorted(path.name for path in (records / "approved-lists").iterdir()) == ["2026-1.csv", "2026-2.csv"]


def test_what_is_for_another_site_does_not_come(register: str, office: Connection, records: Path) -> None:
    publish(office, Kind.BOOKINGS, sheet(Kind.BOOKINGS), "SLS0999")
    revoke(office, "C1", "SLS0999", "lost")
    publish(office, Kind.DRIVERS, sheet(Kind.DRIVERS), SITE)
    assert pull(register, records) == ["register: document 2, drivers: imported"]
    assert stored(records, "drivers.csv") == sheet(Kind.DRIVERS)


def test_each_kiosk_takes_a_document_for_itself(register: str, office: Connection, records: Path) -> None:
    publish(office, Kind.BOOKINGS, sheet(Kind.BOOKINGS), SITE)
    for kiosk in (ME, "cd" * 16):
        assert len(pull(register, records.with_name(kiosk), kiosk=kiosk)) == 1


def test_a_bad_file_changes_nothing_and_the_office_reads_why(register: str, office: Connection, records: Path) -> None:
    publish(office, Kind.BOOKINGS, sheet(Kind.BOOKINGS), SITE)
    pull(register, records)
    publish(office, Kind.BOOKINGS, sheet(Kind.BOOKINGS, unit="CSQU3054384"), SITE)
    (said,) = pull(register, records)
    assert stored(records, "bookings.csv") == sheet(Kind.BOOKINGS)
    why = one(office, "SELECT refused FROM sealgate_deliveries WHERE document = 2")
    assert "bookings-2.csv row 2, column unit: expected" in why
    assert said == f"register: document 2, bookings: {why}"
    assert pull(register, records) == []


def test_a_kind_that_this_version_does_not_know_is_refused(register: str, office: Connection, records: Path) -> None:
    office.execute("INSERT INTO sealgate_documents (number, site, kind, content) VALUES (1, '', 'menus', '\\x00')")
    (said,) = pull(register, records)
    assert "got 'menus'" in said
    assert pull(register, records) == []


def test_killed_between_import_and_answer_it_is_imported_again_and_nothing_changes(
    register: str, office: Connection, records: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish(office, Kind.BOOKINGS, sheet(Kind.BOOKINGS), SITE)
    with connected(register_at(register)) as connection:
        pulling = Desk(ME, SITE, records, SEAL_TYPES, AUCKLAND).pull(connection)
        assert next(pulling).endswith("imported")
        del pulling  # and here it is killed
    before = (records / "bookings.csv").stat().st_mtime_ns
    assert pull(register, records) == ["register: document 1, bookings: imported"]
    assert (records / "bookings.csv").stat().st_mtime_ns == before
    assert one(office, "SELECT count(*) FROM sealgate_deliveries") == 1


def test_while_somebody_imports_by_hand_it_waits_for_its_next_turn(
    register: str, office: Connection, records: Path
) -> None:
    publish(office, Kind.BOOKINGS, sheet(Kind.BOOKINGS), SITE)
    with one_writer(records):
        assert pull(register, records) == []
    assert pull(register, records) == ["register: document 1, bookings: imported"]


@pytest.mark.parametrize("card", ["C1", "TYPE_2:04A1B2C3D4E5F6", " C1 "])
@pytest.mark.every_version
def test_a_revoked_card_is_revoked_in_the_stored_file_and_stays_so(
    card: str, register: str, office: Connection, records: Path
) -> None:
    publish(office, Kind.DRIVERS, sheet(Kind.DRIVERS), SITE)
    pull(register, records)
    seen = Credential.parse("TYPE_2:04A1B2C3D4E5F6")
    before = RecordStore(records).load(SEAL_TYPES).records.card(seen)
    assert before is not None
    assert not before.revoked
    revoke(office, card, "", "lost")
    assert pull(register, records) == ["register: cards of drivers.csv revoked"]
    after = RecordStore(records).load(SEAL_TYPES).records.card(seen)
    assert after is not None
    assert after.revoked
    assert pull(register, records) == []


def test_a_file_that_forgets_a_revocation_is_stored_with_it(register: str, office: Connection, records: Path) -> None:
    revoke(office, "C9", SITE, "left the company")
    publish(office, Kind.STAFF, sheet(Kind.STAFF), SITE)
    assert pull(register, records) == ["register: document 1, staff: imported"]
    assert stored(records, "staff.csv").endswith(b",yes\n")
    by_hand = records.parent / "by-hand.csv"
    by_hand.write_bytes(sheet(Kind.STAFF))
    RecordStore(records).import_file(Kind.STAFF, by_hand, SEAL_TYPES)
    assert pull(register, records) == ["register: cards of staff.csv revoked"]


def test_only_the_cell_of_the_card_is_changed() -> None:
    data = sheet(Kind.DRIVERS, name="Ngata, Aroha")
    changed = with_revoked(b"\xef\xbb\xbf" + data, frozenset({"C1"}))
    was, now = data.decode().splitlines(), changed.decode().splitlines()
    assert now[1] == was[1].replace(",no", ",yes")
    assert (now[0], now[2:]) == (was[0], was[2:])


@pytest.mark.parametrize(
    "data", [b"", b"\xff\xfe", b"a,b\n1,2\n", b'card_number,card,card_revoked\n"', b"card_number,card,card_revoked\nC1"]
)
def test_what_is_no_such_file_is_left_to_the_import_to_refuse(data: bytes) -> None:
    assert with_revoked(data, frozenset({"C1", "1"})) == data


def test_a_file_without_such_a_card_keeps_its_bytes() -> None:
    data = sheet(Kind.DRIVERS)
    assert with_revoked(data, frozenset({"C99"})) == with_revoked(data, frozenset({"C2"})) == data


@pytest.mark.every_version
def test_documents_that_are_published_at_once_have_numbers_of_their_own(register: str, office: Connection) -> None:
    with connected(register_at(register)) as other:
        numbers = [publish(each, Kind.RACAS, b"", "") for each in (office, other, office)]
    assert numbers == [1, 2, 3]
