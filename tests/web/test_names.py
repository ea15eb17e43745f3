"""By which names browsers may address the server, and the origin that its own pages then have."""

import pytest

from kiosk.web.names import Names, addresses_to_itself, covers, name_in, plain

HERE = Names(addresses_to_itself("127.0.0.1"), secure=False)
GATE = Names(frozenset({"gate.example.nz", "192.168.1.5", "fd00::5", "*.kiosks.example.nz"}), secure=True)
BEHIND = Names(addresses_to_itself("127.0.0.1"), secure=False, public_url="https://gate.example.nz")


@pytest.mark.parametrize(
    ("names", "host", "origin"),
    [
        (HERE, "127.0.0.1:8443", "http://127.0.0.1:8443"),
        (HERE, "localhost:9000", "http://localhost:9000"),
        (HERE, "LOCALHOST:9000", "http://localhost:9000"),
        (HERE, "[::1]:8443", "http://[::1]:8443"),
        (HERE, "localhost", "http://localhost"),
        (GATE, "gate.example.nz", "https://gate.example.nz"),
        (GATE, "Gate.Example.NZ:8443", "https://gate.example.nz:8443"),
        (GATE, "gate.example.nz.", "https://gate.example.nz."),
        (GATE, "192.168.1.5:8443", "https://192.168.1.5:8443"),
        (GATE, "[fd00:0::5]:8443", "https://[fd00:0::5]:8443"),
        (GATE, "g1.kiosks.example.nz", "https://g1.kiosks.example.nz"),
        (BEHIND, "gate.example.nz", "https://gate.example.nz"),
        (BEHIND, "127.0.0.1:8443", "http://127.0.0.1:8443"),
    ],
)
def test_a_browser_that_comes_by_one_of_our_names_is_ours(names: Names, host: str, origin: str) -> None:
    assert names.origin(host) == origin


@pytest.mark.parametrize(
    ("names", "host"),
    [
        (HERE, "evil.example.com"),
        (HERE, "evil.example.com:8443"),
        (HERE, "127.0.0.1.evil.example.com"),
        (HERE, "127.0.0.2:8443"),
        (HERE, "192.168.1.5:8443"),
        (HERE, ""),
        (HERE, "localhost:8443:1"),
        (HERE, "localhost:port"),
        (HERE, "user@localhost"),
        (HERE, "localhost/evil"),
        (HERE, "localhost\x00"),
        (HERE, "0.0.0.0:8443"),
        (GATE, "localhost:8443"),
        (GATE, "127.0.0.1:8443"),
        (GATE, "evil.gate.example.nz"),
        (GATE, "a.b.kiosks.example.nz"),
        (GATE, "kiosks.example.nz"),
        (GATE, ".kiosks.example.nz"),
        (BEHIND, "gate.example.nz:8443"),
        (BEHIND, "evil.example.com"),
    ],
)
def test_one_that_comes_by_another_name_is_not(names: Names, host: str) -> None:
    assert names.origin(host) is None


def test_a_server_on_all_addresses_is_known_to_its_own_machine_and_by_its_certificates_names_alone() -> None:
    assert addresses_to_itself("0.0.0.0") == {"localhost", "127.0.0.1", "::1"}
    assert addresses_to_itself("::") == {"localhost", "127.0.0.1", "::1"}
    assert addresses_to_itself("192.168.1.5") == {"192.168.1.5"}
    assert "127.0.0.2" in addresses_to_itself("127.0.0.2")


def test_addresses_are_compared_in_their_shortest_form() -> None:
    assert plain("[FD00:0:0::5]") == "fd00::5"
    assert name_in("[fd00:0:0::5]:1") == "fd00::5"
    assert covers({"fd00::5"}, plain("fd00:0::5"))
