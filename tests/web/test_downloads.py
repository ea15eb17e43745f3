"""Documents that a console hands out: for its own browser, once, and never shown as a page."""

import asyncio
import json

from structlog.testing import capture_logs

from tests.web.rig import Browser, Shown, served, until
from tests.web.small_app import DOCUMENT


async def offered(console: Shown) -> str:
    """The path of the document that a console hands out."""
    await console.say("document")
    kind, key = json.loads(await console.until_told("deliver_file_start"))
    assert kind == "deliver_file_start"
    assert len(key) == 32  # 122 random bits, as textual makes it
    return f"/download/{key}"


async def test_a_document_is_for_the_browser_whose_console_handed_it_out_and_once() -> None:
    async with served() as port, Browser(port) as browser, Browser(port) as other, browser.console() as console:
        await other.get("/")
        path = await offered(console)
        assert (await other.get(path)).status == 404
        fetching = asyncio.create_task(browser.get(path))
        while not fetching.done():
            await asyncio.wait({fetching, asyncio.create_task(console.line.receive())}, return_when="FIRST_COMPLETED")
        document = fetching.result()
        assert (document.status, document.body) == (200, DOCUMENT)
        assert document.headers["Content-Disposition"].startswith("attachment; filename=")
        assert document.headers["X-Content-Type-Options"] == "nosniff"
        assert document.headers["Cache-Control"] == "no-store"
        assert (await browser.get(path)).status == 404


async def test_another_sites_page_fetches_no_document() -> None:
    async with served() as port, Browser(port) as browser, browser.console() as console:
        path = await offered(console)
        for site in ("cross-site", "same-site", "none"):
            assert (await browser.get(path, {"Sec-Fetch-Site": site})).status == 403
        assert (await browser.get(path, {"Sec-Fetch-Site": "same-origin"})).status == 200


async def test_a_document_that_nobody_fetched_goes_with_its_console() -> None:
    with capture_logs() as logs:
        async with served() as port, Browser(port) as browser:
            async with browser.console() as console:
                path = await offered(console)
            assert (await browser.get("/download/0")).status == 404
            await until(lambda: any(line["event"] == "a console has ended" for line in logs))
            assert (await browser.get(path)).status == 404
