"""Killed anywhere on the way and begun again, a kiosk has sent each entry once; so it has when the server crashes."""

import subprocess
import sys
from pathlib import Path
from random import Random
from typing import Final

import psycopg
import pytest
from psycopg import Connection

from kiosk.register.postgres.errors import RegisterAway
from tests.postgres.dying import SAID
from tests.postgres.kiosks import Gate, one, rows_in
from tests.postgres.server import Server

RUN_S: Final = 300
"""Longest run of a program: seconds, unless the machine is very busy."""

KILLED: Final = -9
SEED: Final = 14
ROOT: Final = Path(__file__).parents[2]


def send_until(gate: Gate, register: str, deadly: int) -> tuple[int, str]:
    """Run the program that dies at a step; its exit code, and what it said."""
    words = (str(gate.data), str(gate.config), register, str(deadly))
    command = [sys.executable, "-m", "tests.postgres.dying", *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=RUN_S)
    assert done.returncode in {0, KILLED}, f"expected the program to send or to be killed, got {done.stderr}"
    return done.returncode, done.stdout


def steps_of(gate: Gate, register: str) -> int:
    """How many steps it takes to send what the register has not yet."""
    code, said = send_until(gate, register, 0)
    assert code == 0
    return int(said.partition(SAID)[2])


def entries_in(look: Connection) -> int:
    """How many entries the register says that it has; none where its tables are not there yet."""
    if not one(look, "SELECT to_regclass('sealgate_kiosks') IS NOT NULL"):
        return 0
    return int(one(look, "SELECT COALESCE(sum(entries), 0) FROM sealgate_kiosks"))


def uplifted(look: Connection) -> list[tuple[int, int, str]]:
    """The uplifts that the register has, in order."""
    found = look.execute("SELECT seq, place, seal FROM sealgate_uplifts ORDER BY seq, place").fetchall()
    return [(int(seq), int(place), str(seal)) for seq, place, seal in found]


def filled(gate: Gate, entries: int) -> list[tuple[int, int, str]]:
    """A ledger of so many entries; the uplifts among them."""
    found: list[tuple[int, int, str]] = []
    with gate.opened() as ledger:
        count = ledger.head().count
    while count < entries:
        gate.grow(count + 5)
        seq = gate.uplift(f"NZB{count:07d}", f"NZC{count:07d}")
        found += [(seq, 1, f"NZB{count:07d}"), (seq, 2, f"NZC{count:07d}")]
        count = seq
    return found


@pytest.mark.parametrize(
    ("kills", "entries"), [(10, 150), pytest.param(100, 3000, marks=[pytest.mark.long, pytest.mark.timeout(1200)])]
)
def test_killed_many_times_on_the_way_nothing_is_lost_or_doubled(
    kills: int, entries: int, gate: Gate, server: Server, register: str, look: Connection
) -> None:
    uplifts = filled(gate, entries)
    whole = server.database()
    steps, idle = steps_of(gate, whole), steps_of(gate, whole)
    random, stride = Random(SEED), (steps - idle) // kills
    assert stride > 10, "more than one exchange between two kills"
    counts = list[int]()
    for _ in range(kills):
        code, _said = send_until(gate, register, random.randint(idle // 2, idle + stride))
        assert code == KILLED
        counts.append(entries_in(look))
    assert counts == sorted(counts)
    assert len(set(counts)) > kills // 4, "the kills fell on the way"
    assert counts[-1] < len(gate.lines())
    assert send_until(gate, register, 0)[0] == 0
    assert rows_in(look, gate.history.kiosk) == gate.lines()
    assert uplifted(look) == uplifts
    assert one(look, "SELECT looked FROM sealgate_kiosks") == len(gate.lines())


@pytest.mark.every_version
def test_killed_in_the_midst_it_sends_the_rest_the_next_time(
    gate: Gate, server: Server, register: str, look: Connection
) -> None:
    uplifts = filled(gate, 40)
    steps = steps_of(gate, server.database())
    counts = list[int]()
    for deadly in (steps // 2, steps // 3):
        assert send_until(gate, register, deadly)[0] == KILLED
        counts.append(entries_in(look))
    assert 0 < counts[0] <= counts[1] < len(gate.lines())
    assert send_until(gate, register, 0)[0] == 0
    assert rows_in(look, gate.history.kiosk) == gate.lines()
    assert uplifted(look) == uplifts


def test_killed_at_each_step_of_one_transaction_it_is_there_whole_or_not_at_all(
    gate: Gate, server: Server, register: str, look: Connection
) -> None:
    uplifts = filled(gate, 6)
    steps = steps_of(gate, server.database())
    for deadly in range(1, steps + 1, 3):
        database = server.database()
        assert send_until(gate, database, deadly)[0] == KILLED
        with psycopg.connect(database, autocommit=True) as there:
            count = entries_in(there)
            assert count in {0, len(gate.lines())}
            if one(there, "SELECT to_regclass('sealgate_entries') IS NOT NULL"):
                assert one(there, "SELECT count(*) FROM sealgate_entries") == count
                assert uplifted(there) == (uplifts if count else [])


@pytest.mark.every_version
def test_after_a_crash_of_the_server_all_comes_that_it_lost(gate: Gate, own_server: Server) -> None:
    gate.grow(100)
    register = own_server.database()
    gate.send(register, most_s=0)
    gate.grow(200)
    gate.send(register, most_s=0)
    own_server.stop(how="QUIT")
    with pytest.raises(RegisterAway):
        gate.send(register)
    own_server.start()
    gate.grow(230)
    gate.send(register)
    with psycopg.connect(register) as look:
        assert rows_in(look, gate.history.kiosk) == gate.lines()
