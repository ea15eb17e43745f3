"""A seal that was uplifted at two gates is found, and raised at both, once."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from psycopg import Connection

from kiosk.commands.sync_turns import exchange_with
from kiosk.register.postgres.connecting import connected, register_at
from kiosk.register.postgres.sending import Kiosk, introduce, send
from kiosk.register.postgres.twice import open_alerts, raise_alerts
from kiosk.site import read_site
from tests.postgres.kiosks import Gate, one

Fetch = Callable[[Gate], list[str]]


@pytest.fixture
def fetch(register: str) -> Fetch:
    """One exchange in which the kiosk's ledger takes every entry; what was said."""

    def exchange(gate: Gate) -> list[str]:
        said: list[str] = []

        def record(kind: str, body: Mapping[str, Any]) -> bool:
            gate.record(kind, body)
            return True

        with exchange_with(register_at(register), gate.data, read_site(gate.config), record, said.append) as going:
            going.send()
            going.fetch()
        return said

    return exchange


def pairs(look: Connection, gate: Gate) -> list[tuple[int, int]]:
    query = "SELECT seq, other_seq FROM sealgate_alerts WHERE kiosk = %s ORDER BY seq, other_seq"
    return [(int(seq), int(other)) for seq, other in look.execute(query, (gate.history.kiosk,))]


@pytest.mark.every_version
def test_whoever_sends_last_both_are_told(gate: Gate, other_gate: Gate, register: str, look: Connection) -> None:
    other_gate.grow(4)
    here, there = gate.uplift("NZB1000001"), other_gate.uplift("NZB1000001")
    gate.uplift("NZB1000002")
    gate.send(register)
    assert pairs(look, gate) == []
    other_gate.send(register)
    assert pairs(look, gate) == [(here, there)]
    assert pairs(look, other_gate) == [(there, here)]


def test_numbers_that_sites_write_differently_are_the_same_seal(
    gate: Gate, other_gate: Gate, register: str, look: Connection
) -> None:
    gate.uplift("NZB 100-0001")
    other_gate.uplift("nzb1000001")
    other_gate.uplift("NZB10000010")
    other_gate.send(register)
    gate.send(register)
    assert len(pairs(look, gate)) == len(pairs(look, other_gate)) == 1


def test_an_alert_says_where_when_and_in_which_entries(gate: Gate, other_gate: Gate, register: str) -> None:
    here = gate.uplift("NZB1000001", "NZB1000002")
    there = other_gate.uplift("NZB1000002", unit="MSKU1234565")
    gate.send(register)
    other_gate.send(register)
    with connected(register_at(register)) as connection:
        (alert,) = open_alerts(connection, gate.history.kiosk)
    assert str(alert) == (
        f"seal NZB1000002 of entry {here} (CSQU3054383) was uplifted at SLS0999 gate, too: "
        f"entry {there} (MSKU1234565) at 2026-01-31T09:05:01Z"
    )
    assert alert.body() == {
        "what": "seal-uplifted-twice",
        "seal_number": "NZB1000002",
        "unit": "CSQU3054383",
        "uplift_entry": here,
        "uplift_place": 2,
        "other_site": "SLS0999",
        "other_gate": "gate",
        "other_kiosk": other_gate.history.kiosk,
        "other_entry": there,
        "other_place": 1,
        "other_unit": "MSKU1234565",
        "other_time": "2026-01-31T09:05:01.000Z",
        "clause": "8.12",
    }


@pytest.mark.every_version
def test_a_kiosk_is_told_until_its_ledger_says_so_and_the_entry_has_come(
    gate: Gate, other_gate: Gate, register: str, look: Connection, fetch: Fetch
) -> None:
    gate.uplift("NZB1000001")
    other_gate.uplift("NZB1000001")
    gate.send(register)
    assert len(fetch(other_gate)) == 1
    assert [entry for entry in other_gate.lines() if b'"kind":"register-alert"' in entry] == other_gate.lines()[-1:]
    assert one(look, "SELECT count(*) FROM sealgate_alerts WHERE recorded IS NOT NULL") == 0
    assert fetch(other_gate) == []  # the entry went out before it was asked what is open
    assert one(look, "SELECT recorded FROM sealgate_alerts WHERE recorded IS NOT NULL") == len(other_gate.lines())
    assert len(fetch(gate)) == 1
    assert fetch(gate) == fetch(other_gate) == []
    assert one(look, "SELECT count(*) FROM sealgate_alerts WHERE recorded IS NULL") == 0


def test_a_register_that_is_filled_anew_tells_no_kiosk_twice(
    gate: Gate, other_gate: Gate, register: str, look: Connection, fetch: Fetch
) -> None:
    gate.uplift("NZB1000001")
    other_gate.uplift("NZB1000001")
    for each in (gate, other_gate, gate, other_gate):
        fetch(each)
    for table in ("kiosks", "entries", "uplifts", "alerts"):
        look.execute(f"DELETE FROM sealgate_{table}".encode())
    for each in (gate, other_gate, gate, other_gate):
        assert fetch(each) == []
    assert pairs(look, gate) == [(2, 2)]


def test_an_alert_that_the_kiosk_does_not_take_stays_open_and_is_said_once_a_connection(
    gate: Gate, other_gate: Gate, register: str
) -> None:
    for number in range(2):
        gate.uplift(f"NZB100000{number}")
        other_gate.uplift(f"NZB100000{number}")
    other_gate.send(register)
    said: list[str] = []
    asked: list[str] = []

    def refuses(kind: str, body: Mapping[str, Any]) -> bool:
        asked.append(f"{kind} {body['seal_number']}")
        return False

    with exchange_with(register_at(register), gate.data, read_site(gate.config), refuses, said.append) as going:
        for _ in range(3):
            going.send()
            going.fetch()
        assert [line.split()[2] for line in said] == ["NZB1000000", "NZB1000001"]
        assert asked == ["register-alert NZB1000000"] * 3
        assert len(open_alerts(going._connection, gate.history.kiosk)) == 2


@pytest.mark.every_version
def test_two_that_send_at_the_same_time_are_found_by_who_looks_last(
    gate: Gate, other_gate: Gate, register: str, look: Connection
) -> None:
    gate.uplift("NZB1000001")
    other_gate.uplift("NZB1000001")
    with connected(register_at(register)) as one_end, connected(register_at(register)) as other_end:
        for connection, each in ((one_end, gate), (other_end, other_gate)):
            introduce(connection, Kiosk(each.history.kiosk, each.site, "gate"))
        with one_end.transaction():
            send(one_end, gate.history)
            send(other_end, other_gate.history)
            raise_alerts(other_end, other_gate.history.kiosk)
            assert pairs(look, other_gate) == []  # the first one's entries are not there for good
        raise_alerts(one_end, gate.history.kiosk)
    assert len(pairs(look, gate)) == len(pairs(look, other_gate)) == 1


def test_a_look_that_was_broken_off_is_taken_again(
    gate: Gate, other_gate: Gate, register: str, look: Connection
) -> None:
    gate.uplift("NZB1000001")
    other_gate.uplift("NZB1000001")
    gate.send(register)
    history = other_gate.history
    with connected(register_at(register)) as connection:
        introduce(connection, Kiosk(history.kiosk, "S", "G"))
        send(connection, history)  # and here it is killed
    assert pairs(look, other_gate) == []
    assert other_gate.send(register) == 0
    assert len(pairs(look, other_gate)) == 1


def test_a_seal_of_one_gate_alone_raises_nothing(gate: Gate, other_gate: Gate, register: str, look: Connection) -> None:
    gate.uplift("NZB1000001")
    gate.uplift("NZB1000001")
    other_gate.uplift("NZB1000002")
    gate.send(register)
    other_gate.send(register)
    assert pairs(look, gate) == pairs(look, other_gate) == []


def test_an_uplift_of_another_version_is_kept_all_the_same(gate: Gate, register: str, look: Connection) -> None:
    for body in ({"uplifts": 7}, {"uplifts": [{"seal_number": None, "unit": "CSQU3054383"}]}, {}):
        gate.record("uplift", body)
    gate.record("register-alert", {"what": "something else"})
    gate.send(register)
    assert one(look, "SELECT count(*) FROM sealgate_entries WHERE kind IN ('uplift', 'register-alert')") == 4
    assert one(look, "SELECT count(*) FROM sealgate_uplifts") == 0
