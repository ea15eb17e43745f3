"""What listens on this machine, read from the kernel's own tables."""

import os
import socket
from pathlib import Path

import pytest

from hw.listeners import Listener, listeners
from hw.processes import program_of


@pytest.mark.parametrize(
    ("family", "address"), [(socket.AF_INET, "127.0.0.1"), (socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::1")]
)
def test_a_socket_that_listens_is_found_with_its_address_and_its_process(family: int, address: str) -> None:
    with socket.socket(family) as listener:
        listener.bind((address, 0))
        port = listener.getsockname()[1]
        assert [each for each in listeners() if each.port == port] == [], "it does not listen yet"
        listener.listen()
        (found,) = [each for each in listeners() if (each.protocol, each.port) == ("tcp", port)]
    assert found == Listener("tcp", port, address, f"{program_of(os.getpid())} (process {os.getpid()})")
    assert found.is_local is (address != "0.0.0.0")


def test_a_datagram_socket_that_anybody_may_send_to_is_found() -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as taker:
        taker.bind(("::", 0))
        port = taker.getsockname()[1]
        (found,) = [each for each in listeners() if (each.protocol, each.port) == ("udp", port)]
    assert str(found).startswith(f"udp [::]:{port}, ")


def test_a_kernel_without_ipv6_has_no_tables_of_it_and_a_mapped_address_is_of_ipv4(tmp_path: Path) -> None:
    head = "  sl  local_address rem_address   st\n"
    (tmp_path / "net").mkdir()
    for table in ("tcp", "udp"):
        (tmp_path / "net" / table).write_text(head)
    assert listeners(tmp_path) == ()
    mapped = "0000000000000000FFFF00000100007F"
    row = f" 0: {mapped}:0050 {'0' * 32}:0000 0A 0:0 00:0 0 0 0 9 1\n"
    (tmp_path / "net/tcp6").write_text(head + row)
    assert listeners(tmp_path) == (Listener("tcp", 80, "127.0.0.1"),)


def test_tables_that_cannot_be_read_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        listeners(tmp_path)
