"""Consoles behind the server: each a process of its own, which ends with its browser, its time or the server."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from aiohttp import WSServerHandshakeError
from structlog.testing import capture_logs

from kiosk.site import WebSettings
from kiosk.web import app_process
from kiosk.web.page_words import MOST_BYTES, MOST_COLUMNS, MOST_ROWS
from kiosk.web.places import MOST_AT_LOG_ON
from kiosk.web.session import Limits
from tests.web.rig import PATIENCE_S, Browser, Shown, runs, served, until_answered, until_gone
from tests.web.small_app import PASSWORD, SITE

GONE_AWAY = 1001


async def test_each_console_is_a_process_of_its_own_and_shows_what_its_own_browser_types() -> None:
    async with AsyncExitStack() as both:
        port = await both.enter_async_context(served())
        browsers = [await both.enter_async_context(Browser(port)) for _ in range(2)]
        first, second = [await both.enter_async_context(each.console()) for each in browsers]
        assert await first.process() != await second.process()
        await first.say("only here")
        await first.until("said: only here")
        await second.say("and there")
        assert "only here" not in await second.until("said: and there")


async def test_the_process_ends_with_its_browser() -> None:
    async with served() as port, Browser(port) as browser:
        async with browser.console() as console:
            process = await console.process()
            assert runs(process)
        await until_gone(process)


async def test_a_browser_that_is_cut_off_takes_its_process_with_it() -> None:
    async with served() as port, Browser(port) as browser, browser.console() as console:
        process = await console.process()
        transport = console.line._response.connection.transport  # type: ignore[union-attr]
        transport.abort()  # type: ignore[union-attr]
        await until_gone(process)


async def test_an_app_that_ends_closes_its_browsers_line() -> None:
    async with served() as port, Browser(port) as browser, browser.console() as console:
        process = await console.process()
        await console.say("leave")
        assert await console.until_closed() == 1000
        await until_gone(process)


async def test_an_app_that_hangs_is_killed_when_its_browser_has_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app_process, "END_S", 0.2)
    with capture_logs() as logs:
        async with served() as port, Browser(port) as browser:
            async with browser.console() as console:
                process = await console.process()
                await console.say("hang")
                await console.until("it hangs now")
            await until_gone(process)
    assert any("killed" in line["event"] for line in logs)


async def test_an_app_that_fails_closes_the_line_and_the_log_has_its_last_words_and_no_secret(
    capfd: pytest.CaptureFixture[str],
) -> None:
    with capture_logs() as logs:
        async with served() as port, Browser(port) as browser, browser.console() as console:
            await console.say("crash")
            await console.until_closed()
    (line,) = [line for line in logs if line["event"] == "a console failed"]
    assert line["last_line"] == f"RuntimeError: the app failed over {len(PASSWORD)} letters"
    said = capfd.readouterr()
    assert PASSWORD not in f"{logs}{said.out}{said.err}"
    assert said.out == ""


async def test_a_browser_that_does_not_take_what_it_is_shown_is_cut_off_and_its_app_ends() -> None:
    with capture_logs() as logs:
        async with AsyncExitStack() as both:
            port = await both.enter_async_context(served(limits=Limits(idle_s=600.0, slow_s=0.5)))
            browser = await both.enter_async_context(Browser(port))
            other = await both.enter_async_context(browser.console())
            slow = await both.enter_async_context(Browser(port, takes_bytes=4096))
            console = await both.enter_async_context(slow.console("?width=500&height=200"))
            process = await console.process()
            await console.say("flood")
            console.line._response.connection.transport.pause_reading()  # type: ignore[union-attr]
            await until_gone(process)
            await other.say("goes on")
            await other.until("said: goes on")
    assert any("cut off" in line["event"] for line in logs)


async def test_a_console_at_which_nobody_presses_a_key_ends_and_one_that_is_used_does_not() -> None:
    with capture_logs() as logs:
        async with AsyncExitStack() as both:
            port = await both.enter_async_context(served(limits=Limits(idle_s=2.0)))
            browser = await both.enter_async_context(Browser(port))
            idle, used = [await both.enter_async_context(browser.console()) for _ in range(2)]
            pressing = asyncio.create_task(press_now_and_then(used))
            await idle.line.send_json(["ping", "1"])  # the page's own messages are no keys
            await idle.until_closed()
            assert not used.line.closed
            pressing.cancel()
            await asyncio.wait([pressing])
    assert "nobody pressed a key for too long" in [line.get("why") for line in logs]


async def press_now_and_then(console: Shown) -> None:
    """As a person does who is at work."""
    while True:
        await console.line.send_json(["stdin", "x"])
        await asyncio.sleep(0.2)


async def test_when_the_server_ends_so_does_every_console() -> None:
    async with AsyncExitStack() as browsers:
        async with served() as port:
            processes, ends = [], []
            for _ in range(2):
                browser = await browsers.enter_async_context(Browser(port))
                console = await browsers.enter_async_context(browser.console())
                processes.append(await console.process())
                ends.append(asyncio.create_task(console.until_closed()))
        assert not any(runs(process) for process in processes)
        assert await asyncio.gather(*ends) == [GONE_AWAY, GONE_AWAY]


async def test_a_server_that_is_killed_leaves_no_console_behind(tmp_path: Path) -> None:
    program = (
        "import asyncio, sys; from tests.web import rig\n"
        "async def main():\n"
        "    async with rig.served() as port:\n"
        "        print(port, flush=True); await asyncio.Event().wait()\n"
        "asyncio.run(main())\n"
    )
    with subprocess.Popen(  # noqa: ASYNC220 - the test is about nothing else
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        try:
            port = int(await asyncio.to_thread(server.stdout.readline))
            async with Browser(port) as browser, browser.console() as console:
                process = await console.process()
                assert runs(process)
                server.kill()
                await until_gone(process)
        finally:
            server.kill()


def test_an_app_whose_server_has_ended_before_it_could_ask_to_die_with_it_ends() -> None:
    environment = {**os.environ, "SEALGATE_WEB_SERVER": "1", "SEALGATE_WEB_REPORT": "2"}
    asked = "import kiosk.web.app_side as a; a.settle_in(); print('goes on')"
    run = subprocess.run(
        [sys.executable, "-c", asked], env=environment, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert "goes on" not in run.stdout


async def test_an_app_knows_where_its_browser_is_and_nothing_of_the_servers_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", "/run/credentials/x")
    monkeypatch.setenv("PYTHONPATH", "/somewhere")
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    asked = "?width=160&height=40&SEALGATE_WHERE=terminal"
    async with served() as port, Browser(port) as browser, browser.console(asked) as console:
        await console.say("where")
        await console.until("browser at 127.0.0.1")
        await console.say("environment")
        text = await console.until("SEALGATE_WEB_REPORT", "TZ")
    assert set(text.split()) & {"CREDENTIALS_DIRECTORY", "PYTHONPATH", "HOME", "VIRTUAL_ENV", "USER"} == set()


async def test_a_console_is_at_most_as_large_as_a_screen() -> None:
    asked, largest = "?width=1000000000&height=1000000000", f"size {MOST_COLUMNS} by {MOST_ROWS}"
    async with served() as port, Browser(port) as browser, browser.console(asked) as console:
        await console.say("size")
        await console.until(largest)
        for width, height, shown in ((132, 43, "size 132 by 43"), (10**6, 10**6, largest)):
            await console.line.send_json(["resize", {"width": width, "height": height}])
            await console.until(SITE)
            await console.say("size")
            await console.until(shown)


@pytest.mark.parametrize("message", ['["quit"]', json.dumps(["stdin", "x" * MOST_BYTES])], ids=["word", "length"])
async def test_what_our_page_never_sends_ends_that_console_alone(message: str) -> None:
    async with served() as port, Browser(port) as browser, browser.console() as other:
        async with browser.console() as console:
            process = await console.process()
            await console.line.send_str(message)
            await console.until_closed()
            await until_gone(process)
        await other.say("goes on")
        await other.until("said: goes on")


async def test_there_are_only_so_many_consoles_and_one_that_ends_makes_room() -> None:
    async with served(WebSettings(sessions=1)) as port, Browser(port) as browser:
        async with browser.console() as console:
            process = await console.process()
            page = await browser.get("/")
            assert (page.status, "All 1 consoles are in use" in page.text) == (503, True)
            with pytest.raises(WSServerHandshakeError, match="503"):
                await browser.http.ws_connect("/ws", origin=browser.origin)
        await until_gone(process)
        await until_answered(browser, 200)


async def test_whoever_has_not_logged_on_gets_few_consoles_and_more_once_they_have() -> None:
    async with served() as port, Browser(port) as browser:
        lines = []
        await browser.get("/")
        for _ in range(MOST_AT_LOG_ON):
            line = await browser.http.ws_connect("/ws", origin=browser.origin)
            lines.append(Shown(line))
        page = await browser.get("/")
        assert (page.status, "wait for a log-on" in page.text) == (503, True)
        await lines[0].until(SITE)
        await lines[0].say("log on")
        await lines[0].until("said: log on")
        await until_answered(browser, 200)
        await lines[0].say("log off")
        await lines[0].until("said: log off")
        await until_answered(browser, 503)
        for each in lines:
            await each.line.close()


async def test_a_program_that_does_not_start_ends_the_console_and_the_server_goes_on() -> None:
    with capture_logs() as logs:
        async with served(command=(sys.executable, "-c", "raise SystemExit(7)")) as port, Browser(port) as browser:
            async with browser.console(waits=False) as console:
                await console.until_closed()
            assert (await browser.get("/")).status == 200
    assert "the app ended" in [line.get("why") for line in logs]


async def test_ctrl_c_in_the_servers_terminal_is_no_consoles_business() -> None:
    async with served() as port, Browser(port) as browser, browser.console() as console:
        process = await console.process()
        assert os.getpgid(process) == process
        os.kill(process, signal.SIGTERM)
        await until_gone(process)
