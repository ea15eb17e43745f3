"""What TinyDB promises holds on the journal; the ledger table alone only grows."""

import copy
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tinydb import TinyDB, where
from tinydb.middlewares import CachingMiddleware
from tinydb.operations import add, delete, increment
from tinydb.operations import set as set_field
from tinydb.storages import MemoryStorage
from tinydb.table import Document, Table

from kiosk.ledger.book import Book
from kiosk.ledger.canonical import LARGEST_INT
from kiosk.ledger.database import LedgerDatabase
from kiosk.ledger.errors import AppendOnly, EntryRefused, LedgerClosed
from kiosk.ledger.journal import JOURNAL_NAME
from kiosk.ledger.ledger import Ledger
from kiosk.ledger.storage import JournalStorage
from kiosk.ledger.tables import LEDGER_TABLE
from kiosk.ledger.verify import verify
from tests.ledger.conftest import CLOCK, START, record, ticking

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=4,
)
DOCUMENTS = st.builds(lambda n, rest: {**rest, "n": n}, st.integers(0, 3), st.dictionaries(TEXT, VALUES, max_size=3))
NAMES = st.sampled_from(["drivers", "list", "_default"])
IDS = st.integers(1, 12)
NUMBERS = st.integers(0, 3)


class AgainstStockTinyDB(RuleBasedStateMachine):
    """The same calls to a TinyDB on the journal and to stock TinyDB in memory; ours is closed and opened in between."""

    @initialize()
    def begin(self) -> None:
        self.place = tempfile.TemporaryDirectory()
        self.ledger = Ledger.open(Path(self.place.name) / "ledger", ticking())
        self.stock = TinyDB(storage=MemoryStorage)

    def teardown(self) -> None:
        if hasattr(self, "ledger"):
            self.ledger.close()
            assert verify(Path(self.place.name) / "ledger").ok
            self.place.cleanup()

    def both(self, name: str, method: str, *args: Any, **kwargs: Any) -> None:
        got = []
        for database in (self.ledger.db, self.stock):
            table = database.table(name)
            try:
                got.append(getattr(table, method)(*copy.deepcopy(args), **copy.deepcopy(kwargs)))
            except ValueError as fault:
                got.append(str(fault))
        assert got[0] == got[1]

    @rule(name=NAMES, document=DOCUMENTS)
    def insert(self, name: str, document: dict[str, Any]) -> None:
        self.both(name, "insert", document)

    @rule(name=NAMES, document=DOCUMENTS, doc_id=IDS)
    def insert_with_an_id(self, name: str, document: dict[str, Any], doc_id: int) -> None:
        self.both(name, "insert", Document(document, doc_id))

    @rule(name=NAMES, documents=st.lists(DOCUMENTS, max_size=4))
    def insert_multiple(self, name: str, documents: list[dict[str, Any]]) -> None:
        self.both(name, "insert_multiple", documents)

    @rule(name=NAMES, number=NUMBERS, fields=st.dictionaries(TEXT, VALUES, max_size=2))
    def update(self, name: str, number: int, fields: dict[str, Any]) -> None:
        self.both(name, "update", fields, where("n") == number)

    @rule(name=NAMES, fields=DOCUMENTS)
    def update_all(self, name: str, fields: dict[str, Any]) -> None:
        self.both(name, "update", fields)

    @rule(name=NAMES, ids=st.lists(IDS, max_size=3, unique=True))
    def update_by_id(self, name: str, ids: list[int]) -> None:
        self.both(name, "update", increment("n"), doc_ids=ids)

    @rule(name=NAMES, number=NUMBERS)
    def update_multiple(self, name: str, number: int) -> None:
        self.both(
            name, "update_multiple", [(add("n", 1), where("n") == number), (set_field("x", [1]), where("n") == 0)]
        )

    @rule(name=NAMES, number=NUMBERS, document=DOCUMENTS)
    def upsert(self, name: str, number: int, document: dict[str, Any]) -> None:
        self.both(name, "upsert", document, where("n") == number)

    @rule(name=NAMES, doc_id=IDS, document=DOCUMENTS)
    def upsert_by_id(self, name: str, doc_id: int, document: dict[str, Any]) -> None:
        self.both(name, "upsert", Document(document, doc_id))

    @rule(name=NAMES, number=NUMBERS)
    def remove(self, name: str, number: int) -> None:
        self.both(name, "remove", where("n") == number)

    @rule(name=NAMES, ids=st.lists(IDS, max_size=3, unique=True))
    def remove_by_id(self, name: str, ids: list[int]) -> None:
        self.both(name, "remove", doc_ids=ids)

    @rule(name=NAMES)
    def truncate(self, name: str) -> None:
        self.both(name, "truncate")

    @rule(name=NAMES)
    def drop_table(self, name: str) -> None:
        self.ledger.db.drop_table(name)
        self.stock.drop_table(name)

    @rule(name=NAMES, number=NUMBERS, ids=st.lists(IDS, max_size=3), doc_id=IDS)
    def ask(self, name: str, number: int, ids: list[int], doc_id: int) -> None:
        for method in ("search", "get", "contains", "count"):
            self.both(name, method, where("n") == number)
        self.both(name, "get", doc_id=doc_id)
        self.both(name, "get", doc_ids=ids)
        self.both(name, "contains", doc_id=doc_id)

    @rule()
    def open_again(self) -> None:
        self.ledger.close()
        self.ledger = Ledger.open(Path(self.place.name) / "ledger", ticking())
        self.stock._tables.clear()  # table objects remember the next id; opening forgets it

    @invariant()
    def they_hold_the_same_in_the_same_order(self) -> None:
        if not hasattr(self, "ledger"):
            return
        assert self.ledger.db.tables() - {LEDGER_TABLE} == self.stock.tables()
        for name in self.stock.tables():
            ours, theirs = list(self.ledger.db.table(name)), list(self.stock.table(name))
            assert ours == theirs
            assert [document.doc_id for document in ours] == [document.doc_id for document in theirs]
            assert len(self.ledger.db.table(name)) == len(theirs)


TestAgainstStockTinyDB = AgainstStockTinyDB.TestCase
TestAgainstStockTinyDB.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


@pytest.fixture
def drivers(ledger: Ledger) -> Table:
    return ledger.table("drivers")


def test_the_default_table_answers_for_the_database(ledger: Ledger) -> None:
    assert ledger.db.insert({"a": 1}) == 1
    assert len(ledger.db) == 1
    assert list(ledger.db) == [{"a": 1}]
    assert ledger.db.tables() == {"_default", "ledger"}


def test_what_is_returned_is_the_callers_own(drivers: Table) -> None:
    drivers.insert({"cards": ["a"]})
    for document in (drivers.get(doc_id=1), drivers.search(where("cards").exists())[0], drivers.all()[0]):
        assert isinstance(document, Document)
        document["cards"].append("forged")
    assert drivers.search(where("cards").exists()) == [{"cards": ["a"]}]
    assert drivers.get(doc_ids=[1]) == [{"cards": ["a"]}]


def test_what_was_inserted_can_be_altered_by_its_owner_without_altering_the_table(drivers: Table) -> None:
    document = {"cards": ["a"]}
    drivers.insert(document)
    document["cards"].append("b")
    assert drivers.all() == [{"cards": ["a"]}]


def test_a_change_that_fails_half_way_changes_nothing(drivers: Table, ledger: Ledger) -> None:
    drivers.insert_multiple([{"a": 1, "b": 1}, {"a": 2}])
    count = ledger.head().count
    with pytest.raises(KeyError):
        drivers.update(delete("b"))
    with pytest.raises(EntryRefused, match=r"body\.changes"):
        drivers.insert_multiple([{"a": 3}, {"a": LARGEST_INT + 1}])
    with pytest.raises(ValueError, match="already exists"):
        drivers.insert(Document({"a": 9}, 1))
    assert drivers.all() == [{"a": 1, "b": 1}, {"a": 2}]
    assert ledger.head().count == count


def test_a_change_of_true_to_one_is_a_change(drivers: Table, folder: Path, ledger: Ledger) -> None:
    drivers.insert({"a": True})
    drivers.update({"a": 1})
    ledger.close()
    with Ledger.open(folder, ticking()) as again:
        (document,) = again.table("drivers")
        assert document["a"] is not True


def test_a_change_that_changes_nothing_writes_no_entry(drivers: Table, ledger: Ledger) -> None:
    drivers.insert({"a": 1})
    count = ledger.head().count
    drivers.update({"a": 1})
    drivers.remove(where("a") == 2)
    assert ledger.head().count == count


def test_each_call_is_one_entry_whatever_it_changes(drivers: Table, ledger: Ledger) -> None:
    drivers.insert_multiple({"n": number} for number in range(500))
    drivers.remove(where("n") >= 250)
    assert ledger.head().count == 3


def test_persist_empty_makes_the_table_at_once(ledger: Ledger, folder: Path) -> None:
    ledger.db.table("drivers", persist_empty=True)
    ledger.close()
    with Ledger.open(folder, ticking()) as again:
        assert again.db.tables() == {"ledger", "drivers"}


def test_a_table_of_tinydbs_own_class_works_on_the_journal_too(ledger: Ledger, folder: Path) -> None:
    stock = Table(ledger.db.storage, "drivers")
    stock.insert_multiple([{"a": [1]}, {"a": 2}, {"a": 3}])
    stock.update({"b": True}, where("a") == 2)
    stock.remove(doc_ids=[1])
    stock.insert(Document({"a": 4}, 1))
    expected = [(2, {"a": 2, "b": True}), (3, {"a": 3}), (1, {"a": 4})]
    ledger.close()
    with Ledger.open(folder, ticking()) as again:
        assert [(document.doc_id, dict(document)) for document in again.table("drivers")] == expected


def test_a_middleware_works_around_the_journal_and_the_ledger_table_is_durable_all_the_same(folder: Path) -> None:
    book = Book(folder, ticking())
    with LedgerDatabase(book, storage=CachingMiddleware(JournalStorage)) as database:  # type: ignore[arg-type,no-untyped-call]
        for number in range(20):
            database.table("drivers").insert({"n": number})
        database.table("lists").insert({"n": 0})
        database.drop_table("lists")
        assert database.tables() == {"ledger", "drivers"}
        assert book.head().count == 1
        assert database.table("ledger").insert({"kind": "uplift", "body": {}}) == 2
        assert book.head().count == 2
    with Ledger.open(folder, ticking()) as ledger:
        assert ledger.head().count == 3
        assert [document["n"] for document in ledger.table("drivers")] == list(range(20))


def test_closing_the_database_closes_the_ledger(ledger: Ledger) -> None:
    with ledger.db:
        pass
    with pytest.raises(LedgerClosed):
        record(ledger, 1)


# The ledger table.

ENTRY = {"kind": "uplift", "time": "2026-01-31T09:05:00.000Z", "clock": CLOCK.to_json(), "body": {"seal": "NZ1"}}


def test_an_insert_into_the_ledger_table_is_an_entry(ledger: Ledger, folder: Path) -> None:
    table = ledger.table("ledger")
    assert table.insert(ENTRY) == 2
    assert table.insert_multiple([ENTRY | {"time": START}, {"kind": "hold", "body": {}}]) == [3, 4]
    assert [(entry.seq, entry.kind, entry.body) for entry in ledger.entries()][1:] == [
        (2, "uplift", {"seal": "NZ1"}),
        (3, "uplift", {"seal": "NZ1"}),
        (4, "hold", {}),
    ]
    assert table.get(doc_id=2) == ENTRY == table.get(doc_id=3)
    assert verify(folder).ok


def test_the_ledger_table_is_searched_as_any_table(ledger: Ledger) -> None:
    for number in range(5):
        record(ledger, number)
    ledger.table("drivers").insert({"name": "not shown"})
    record(ledger, 5)
    table = ledger.table("ledger")
    assert len(table) == 7
    assert table.count(where("kind") == "uplift") == 6
    (found,) = table.search(where("body").seal == "NZ000005")
    assert found.doc_id == 8
    record(ledger, 5)
    assert [document.doc_id for document in table.search(where("body").seal == "NZ000005")] == [8, 9]
    assert table.get(where("body").seal == "NZ000003") == table.get(doc_id=5)
    assert table.get(doc_id=7) is None
    assert table.get(doc_ids=[2, 7, 8, 99]) == [table.get(doc_id=2), table.get(doc_id=8)]
    assert not table.contains(doc_id=0)
    assert table.contains(where("kind") == "genesis")


@pytest.mark.parametrize(
    ("method", "args"),
    [
        ("update", ({"kind": "x"},)),
        ("update", ({"kind": "x"}, where("kind") == "uplift")),
        ("update_multiple", ([({"kind": "x"}, where("kind") == "uplift")],)),
        ("upsert", (ENTRY, where("kind") == "none")),
        ("remove", (where("kind") == "uplift",)),
        ("truncate", ()),
        ("insert", (Document(ENTRY, 2),)),
        ("insert", (Document(ENTRY, 9),)),
    ],
)
def test_the_ledger_table_refuses_all_but_inserts(
    ledger: Ledger, folder: Path, method: str, args: tuple[Any, ...]
) -> None:
    record(ledger, 1)
    before = (folder / JOURNAL_NAME).read_bytes()
    with pytest.raises(AppendOnly, match="append-only"):
        getattr(ledger.table("ledger"), method)(*args)
    assert (folder / JOURNAL_NAME).read_bytes() == before


def test_the_ledger_table_cannot_be_dropped_or_written_over(ledger: Ledger, folder: Path) -> None:
    record(ledger, 1)
    ledger.table("drivers").insert({"a": 1})
    before = (folder / JOURNAL_NAME).read_bytes()
    stock = Table(ledger.db.storage, "ledger")
    for attempt in (
        ledger.db.drop_tables,
        lambda: ledger.db.drop_table("ledger"),
        lambda: ledger.db.storage.write({}),
        lambda: ledger.db.table("ledger")._update_table(lambda table: table.clear()),
        stock.truncate,
        lambda: stock.insert(ENTRY),
    ):
        with pytest.raises(AppendOnly):
            attempt()
    assert (folder / JOURNAL_NAME).read_bytes() == before


@pytest.mark.parametrize(
    ("document", "got"),
    [
        ({"seal": "NZ1"}, "seal"),
        ({"kind": "uplift"}, "kind"),
        (ENTRY | {"seq": 7}, "seq"),
        ({"kind": "uplift", "body": {}, "time": START}, "body, kind, time"),
        ({"kind": "uplift", "body": []}, "a list"),
        (ENTRY | {"time": "yesterday"}, "'yesterday'"),
        (ENTRY | {"time": 12}, "12"),
        (ENTRY | {"kind": ""}, "''"),
        (7, "a int"),
    ],
)
def test_a_document_that_is_no_entry_is_refused_before_anything_is_written(
    ledger: Ledger, document: Any, got: str
) -> None:
    with pytest.raises(EntryRefused) as caught:
        ledger.table("ledger").insert_multiple([ENTRY, document])
    assert got in caught.value.got
    assert ledger.head().count == 1
