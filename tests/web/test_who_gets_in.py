"""Which requests the server answers, and what every answer tells the browser to do and to leave."""

import asyncio
import re
from pathlib import Path

import pytest
from aiohttp import ClientSession, WSServerHandshakeError

from kiosk.web.server import PAGE, TERMINAL
from tests.web.rig import Browser, served
from tests.web.small_app import SITE

PATHS = ("/", "/ws", "/download/0", "/page/page.js", "/static/js/textual.js", "/nothing")
FOREIGN = ("evil.example.com", "127.0.0.2:8443", "", "localhost:1:2")


@pytest.mark.parametrize("host", FOREIGN)
async def test_no_request_is_answered_that_comes_by_another_name(host: str) -> None:
    async with served() as port, ClientSession(f"http://127.0.0.1:{port}") as anybody:
        for path in PATHS:
            async with anybody.get(path, headers={"Host": host}) as answer:
                assert answer.status in {400, 421}, path
                assert SITE not in await answer.text()


async def test_a_request_that_names_no_host_or_two_is_refused() -> None:
    async with served() as port:
        ours = f"127.0.0.1:{port}"
        for said in ("", f"Host: {ours}\r\nHost: evil.example.com\r\n"):
            assert await status_of(port, f"GET / HTTP/1.1\r\n{said}Connection: close\r\n\r\n") in {400, 421}
        assert await status_of(port, "GET / HTTP/1.0\r\n\r\n") == 421


async def status_of(port: int, request: str) -> int:
    """What the server answers to a request as it stands."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request.encode())
        answer = await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()
    return int(answer.split()[1])


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example.com",
        "null",
        "http://127.0.0.1",
        "http://127.0.0.1:1",
        "http://localhost:{port}",
        "https://127.0.0.1:{port}",
        "",
    ],
)
async def test_another_sites_page_opens_no_console(origin: str) -> None:
    async with served() as port, Browser(port) as browser:
        await browser.get("/")
        headers = {"Host": browser.address, "Origin": origin.format(port=port)}
        with pytest.raises(WSServerHandshakeError) as refused:
            await browser.http.ws_connect("/ws", headers=headers)
        assert refused.value.status == 403


async def test_a_program_that_says_nothing_of_a_page_opens_no_console_either() -> None:
    async with served() as port, Browser(port) as browser:
        await browser.get("/")
        with pytest.raises(WSServerHandshakeError) as refused:
            await browser.http.ws_connect("/ws", headers={"Host": browser.address})
        assert refused.value.status == 403


@pytest.mark.parametrize("cookie", [None, "", "x", "x" * 33, "é" * 32])
async def test_without_the_pages_cookie_no_console_is_opened(cookie: str | None) -> None:
    async with served() as port, Browser(port) as browser:
        if cookie is not None:
            browser.http.cookie_jar.update_cookies({"sealgate": cookie})
        with pytest.raises(WSServerHandshakeError) as refused:
            await browser.http.ws_connect("/ws", origin=browser.origin, headers={"Host": browser.address})
        assert refused.value.status == 403


async def test_the_cookie_is_the_browsers_own_and_no_script_can_read_it() -> None:
    async with served() as port, Browser(port) as one, Browser(port) as two:
        first, again, other = await one.get("/"), await one.get("/"), await two.get("/")
        cookie = first.headers["Set-Cookie"]
        value = re.match(r"sealgate=([A-Za-z0-9_-]{32});", cookie)
        assert value is not None
        assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(cookie.split("; "))
        assert "Set-Cookie" not in again.headers
        assert value[1] not in other.headers["Set-Cookie"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT"])
async def test_nothing_can_be_sent_but_what_a_page_is_asked_by(method: str) -> None:
    async with served() as port:
        request = f"{method} / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
        assert await status_of(port, request) in {400, 404, 405}


async def test_only_the_pages_own_files_are_given_and_no_folder_is_listed() -> None:
    beyond = (
        "../server.py",
        "..%2fserver.py",
        "%2e%2e/server.py",
        "/etc/hostname",
        ".%00",
        "index.html/..%5cserver.py",
    )
    async with served() as port, Browser(port) as browser:
        for folder, files in (("/page", PAGE), ("/static", TERMINAL)):
            for file in (each for each in files.rglob("*") if each.is_file()):
                answer = await browser.get(f"{folder}/{file.relative_to(files)}")
                assert (answer.status, answer.body) == (200, file.read_bytes())
            for path in ("", "/", "/css", "/js/", *(f"/{each}" for each in beyond)):
                assert await status_of(port, _get(browser, folder + path)) in {400, 403, 404}, path


def _get(browser: Browser, path: str) -> str:
    return f"GET {path} HTTP/1.1\r\nHost: {browser.address}\r\nConnection: close\r\n\r\n"


async def test_every_answer_forbids_frames_foreign_scripts_and_keeping() -> None:
    async with served() as port, Browser(port) as browser:
        for path in PATHS:
            answer = await browser.get(path)
            headers = answer.headers
            policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
            assert policy["default-src"] == "'none'"
            assert policy["frame-ancestors"] == "'none'"
            assert policy["script-src"] == "'self'"
            assert policy["connect-src"] == f"ws://{browser.address}"
            assert {*policy.values()} <= {"'none'", "'self'", "'self' 'unsafe-inline'", f"ws://{browser.address}"}
            assert [name for name, value in policy.items() if "unsafe" in value] == ["style-src"]
            assert headers["X-Frame-Options"] == "DENY"
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Referrer-Policy"] == "no-referrer"
            assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
            assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
            assets = path.startswith(("/page/", "/static/"))
            assert headers["Cache-Control"] == ("no-cache" if assets else "no-store")
            assert "Server" not in headers
            assert "Strict-Transport-Security" not in headers


def test_the_page_names_nothing_that_lies_elsewhere_and_has_no_script_of_its_own() -> None:
    page = (PAGE / "index.html").read_text(encoding="utf-8")
    assert {each[0] for each in re.findall(r'(?:src|href)="(.)', page)} == {"/"}
    assert re.findall(r"<script(?! defer src=)", page) == []
    assert re.findall(r"\son\w+=", page) == []
    assert "://" not in page + (PAGE / "page.css").read_text(encoding="utf-8")
    assert "url(" not in Path(TERMINAL / "css" / "xterm.css").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("asked", "given"), [("", 16), ("?fontsize=20", 20), ("?fontsize=4000", 16), ("?fontsize=%22%3E", 16), ("?x=1", 16)]
)
async def test_the_size_of_the_type_can_be_asked_for_within_reason(asked: str, given: int) -> None:
    async with served() as port, Browser(port) as browser:
        page = (await browser.get(f"/{asked}")).text
        assert f'data-font-size="{given}"' in page


async def test_the_page_shows_the_sites_name_and_no_more() -> None:
    async with served() as port, Browser(port) as browser:
        page = (await browser.get("/")).text
        assert page.count(SITE) == 1
        assert f"<title>{SITE}</title>" in page
