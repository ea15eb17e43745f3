"""Where the server listens: on this machine alone unless told otherwise; and how many may stand at its door."""

import asyncio
import socket
import ssl
from contextlib import suppress
from pathlib import Path

import pytest

from kiosk.site import WebSettings
from kiosk.web import listening
from kiosk.web.listening import Door, NotListening, listen, plain_address
from kiosk.web.names import shown
from tests.web.papers import Authority
from tests.web.rig import PATIENCE_S, Browser, can_connect, listening_sockets, served, until_answered
from tests.web.small_app import SITE


def own_addresses() -> set[str]:
    """Every IPv4 and IPv6 address of this machine, from the kernel's own tables; 127.0.0.2 among them."""
    fib = Path("/proc/net/fib_trie").read_text(encoding="ascii").splitlines()
    four = {fib[at - 1].split()[-1] for at, row in enumerate(fib) if "/32 host LOCAL" in row}
    six = set()
    if (table := Path("/proc/net/if_inet6")).exists():
        rows = [row.split() for row in table.read_text(encoding="ascii").splitlines()]
        six = {socket.inet_ntop(socket.AF_INET6, bytes.fromhex(row[0])) for row in rows if row[3] != "20"}
    return four | six | {"127.0.0.2"}  # all of 127.0.0.0/8 is this machine


async def reached_by(addresses: set[str], port: int) -> set[str]:
    """The addresses by which a port can be reached."""
    return {each for each in addresses if await asyncio.to_thread(can_connect, each, port)}


async def test_by_default_nothing_of_it_can_be_reached_over_any_network() -> None:
    before = listening_sockets()
    async with served() as port:
        assert listening_sockets() - before == {f"0100007F:{port:04X}"}
        assert await reached_by(own_addresses(), port) == {"127.0.0.1"}


async def test_on_all_addresses_it_is_reached_by_each(tmp_path: Path) -> None:
    """The control of the test above: those addresses do reach what listens on them."""
    files = Authority().issue(tmp_path)
    everywhere = WebSettings(host="0.0.0.0", certificate=files.certificate, key=files.key)
    async with served(everywhere) as port:
        four = {each for each in own_addresses() if ":" not in each}
        assert await reached_by(four, port) == four
        assert {"127.0.0.1", "127.0.0.2"} <= four


@pytest.mark.parametrize(
    ("host", "said"),
    [("198.51.100.7", "name an address of this machine"), ("2001:db8::7", "name an address of this machine")],
)
def test_an_address_that_is_another_machines_is_told_in_a_line(host: str, said: str) -> None:
    with pytest.raises(NotListening, match=said):
        listen(host, 0)


def test_a_port_that_is_taken_is_told_in_a_line() -> None:
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            NotListening, match=f"expected to listen on 127.0.0.1:{port}, got .*in use; something listens"
        ):
            listen("127.0.0.1", port)


def test_addresses_are_told_as_people_write_them() -> None:
    assert (shown("127.0.0.1", 80), shown("::1", 80)) == ("127.0.0.1:80", "[::1]:80")
    assert plain_address(("::ffff:192.168.1.7", 1)) == "192.168.1.7"
    assert plain_address(("fe80::1%eth0", 1)) == "fe80::1"
    assert plain_address(None) == "nowhere"


# --- how many -------------------------------------------------------------------------------------------


async def test_whoever_holds_many_connections_gets_no_more_and_others_still_get_in(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Door.__init__, "__defaults__", (3,))
    async with served() as port, Browser(port) as browser:
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        assert await is_turned_away(port, "127.0.0.1")
        assert not await is_turned_away(port, "127.0.0.3")
        for _, writer in held:
            writer.close()
            await writer.wait_closed()
        await until_answered(browser, 200)


async def is_turned_away(port: int, whence: str) -> bool:
    """Whether a connection from an address is closed before it has asked for anything."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=(whence, 0))
    try:
        async with asyncio.timeout(0.5):
            return await reader.read() == b""
    except TimeoutError:
        return False
    except ConnectionResetError:
        return True
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def test_a_console_at_which_somebody_has_logged_on_counts_no_more_for_its_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Door.__init__, "__defaults__", (2,))
    async with served() as port, Browser(port) as browser, browser.console() as console:
        held = await asyncio.open_connection("127.0.0.1", port)
        assert await is_turned_away(port, "127.0.0.1")
        await console.say("log on")
        await console.until("said: log on")
        await until_answered(browser, 200)
        await console.say("log off")
        await console.until("said: log off")
        async with asyncio.timeout(PATIENCE_S):
            while not await is_turned_away(port, "127.0.0.1"):
                pass
        held[1].close()
        await held[1].wait_closed()


async def test_a_connection_that_asks_for_nothing_or_never_to_the_end_is_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("kiosk.web.run.SILENT_S", 0.2)
    async with served() as port:
        for said in (b"", b"GET / HT", b"GET / HTTP/1.1\r\nHost: x\r\nX-A: "):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(said)
            async with asyncio.timeout(PATIENCE_S):
                assert await reader.read() == b""
            writer.close()
            await writer.wait_closed()


async def test_whoever_does_not_finish_tls_is_closed_and_counted_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listening, "HANDSHAKE_S", 1.0)
    monkeypatch.setattr(Door.__init__, "__defaults__", (2,))
    authority = Authority()
    files = authority.issue(tmp_path)
    async with served(WebSettings(certificate=files.certificate, key=files.key)) as port:
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        context = ssl.create_default_context(cadata=authority.pem())
        with pytest.raises(ConnectionResetError):
            await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
        for reader, writer in held:
            async with asyncio.timeout(PATIENCE_S):
                assert await reader.read() == b""
            writer.close()
            await writer.wait_closed()
        reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
        writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert SITE in (await reader.read()).decode()
        writer.close()
        await writer.wait_closed()
