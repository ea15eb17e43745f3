"""What the server answers: a page, the parts of it, a websocket for each console, and documents that consoles hand out.

Theory of operation. A browser gets the page, which is the same for everybody and shows nothing, and a cookie that tells
it from other browsers. The page opens a websocket; for each the server starts one process of the console and relays
between the two. Who may see what, the kiosk decides, whom that process asks: this server knows no passwords.
Every request is looked at before anything else: by which name it came, and from which page (kiosk.web.names).
"""

import asyncio
import html
import re
import secrets
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from string import Template
from typing import Final

import structlog
import textual_serve
from aiohttp import WSCloseCode, hdrs, web
from aiohttp.helpers import content_disposition_header
from msgspec import Struct

from kiosk.web.app_process import AppProcess, Hooks
from kiosk.web.downloads import Downloads
from kiosk.web.headers import headers_for
from kiosk.web.listening import Door, address_of
from kiosk.web.names import Names
from kiosk.web.page_words import MOST_BYTES, size_asked
from kiosk.web.places import Place, Places
from kiosk.web.session import HEARTBEAT_S, Limits, Session

PAGE: Final = Path(__file__).parent / "page"
TERMINAL: Final = Path(textual_serve.__file__).parent / "static"
"""Our page, and textual-serve's terminal in it."""

ASSETS: Final = ("/page/", "/static/")
CONSOLES: Final = ("/ws", "/download/")
"""Paths of what is the same for everybody, and of what is one browser's alone."""

FONT_SIZES: Final = range(8, 41)
"""Pixels of the terminal's type that may be asked for, by ``?fontsize=``."""

USUAL_FONT_SIZE: Final = 16

_COOKIE_FORM: Final = re.compile(r"[A-Za-z0-9_-]{32}", re.ASCII)
_COOKIE_BYTES: Final = 24

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Console(Struct, frozen=True):
    """What is served.

    Attributes:
        command: The program that is started for each console, and its arguments.
        title: Of the page; anybody sees it.
        most: Consoles at once.
        limits: How long a console waits for its browser.
    """

    command: Sequence[str]
    title: str
    most: int
    limits: Limits


class WebServer:
    """The server, without its line.

    Args:
        console: What is served.
        names: By which names browsers come; asked anew for each request, since a renewed certificate may have others.
        door: Told which connections carry a console at which somebody has logged on.
    """

    def __init__(self, console: Console, names: Callable[[], Names], door: Door) -> None:
        self._console = console
        self._names = names
        self._door = door
        self._places = Places(console.most)
        self._downloads = Downloads()
        self._sessions: dict[Session, Place] = {}
        self._page = Template((PAGE / "index.html").read_text(encoding="utf-8"))
        self._log = structlog.get_logger("web")

    def application(self) -> web.Application:
        """It, as aiohttp runs it."""
        application = web.Application(middlewares=[self._let_in])
        application.add_routes(
            [
                web.get("/", self._index),
                web.get("/ws", self._websocket),
                web.get("/download/{key}", self._download),
                web.static("/page", PAGE),
                web.static("/static", TERMINAL),
            ]
        )
        application.on_response_prepare.append(self._prepare)
        application.on_shutdown.append(self._end)
        return application

    # --- every request ----------------------------------------------------------------------------------

    @web.middleware
    async def _let_in(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse what comes by another name, or from another site's page."""
        origin = self._origin(request)
        if origin is None:
            self._log.warning("a request by a name that is not ours", **_asked(request))
            raise web.HTTPMisdirectedRequest(text="This server is not known by that name.")
        if request.path.startswith(CONSOLES) and not _is_from_our_page(request, origin):
            self._log.warning("a request from another site's page", **_asked(request))
            raise web.HTTPForbidden(text="Only this server's own page may do that.")
        return await handler(request)

    def _origin(self, request: web.BaseRequest) -> str | None:
        hosts = request.headers.getall(hdrs.HOST, [])
        return self._names().origin(hosts[0]) if len(hosts) == 1 else None

    async def _prepare(self, request: web.Request, response: web.StreamResponse) -> None:
        """Put the headers on whatever is answered."""
        response.headers.popall(hdrs.SERVER, None)
        is_asset = request.path.startswith(ASSETS) and response.status in {200, 206, 304}
        response.headers.update(headers_for(self._origin(request), is_asset=is_asset))

    # --- the page ---------------------------------------------------------------------------------------

    async def _index(self, request: web.Request) -> web.StreamResponse:
        refusal = self._places.refusal(address_of(request))
        if refusal:
            raise web.HTTPServiceUnavailable(text=refusal)
        asked = request.query.get("fontsize", "")
        size = int(asked) if asked.isascii() and asked.isdigit() and int(asked) in FONT_SIZES else USUAL_FONT_SIZE
        text = self._page.substitute(title=html.escape(self._console.title), font_size=size)
        response = web.Response(text=text, content_type="text/html")
        secure = (self._origin(request) or "").startswith("https:")
        if _browser(request) is None:
            name, value = _cookie_name(secure), secrets.token_urlsafe(_COOKIE_BYTES)
            response.set_cookie(name, value, path="/", secure=secure, httponly=True, samesite="Strict")
        return response

    # --- a console --------------------------------------------------------------------------------------

    async def _websocket(self, request: web.Request) -> web.StreamResponse:
        browser, address = _browser(request), address_of(request)
        if browser is None:
            raise web.HTTPForbidden(text="Open the page first.")
        place = self._places.take(address)
        if place is None:
            raise web.HTTPServiceUnavailable(text=self._places.refusal(address))
        websocket = web.WebSocketResponse(heartbeat=HEARTBEAT_S, max_msg_size=MOST_BYTES, compress=False)
        log = self._log.bind(address=address)
        try:
            await websocket.prepare(request)
            session = self._session(request, websocket, place, browser)
            self._sessions[session] = place
            log.info("a console was opened", consoles=len(self._places))
            try:
                why = await session.run(size_asked(request.query.get("width", ""), request.query.get("height", "")))
            finally:
                del self._sessions[session]
            log.info("a console has ended", why=why)
        finally:
            self._places.give_back(place)
        return websocket

    def _session(self, request: web.Request, websocket: web.WebSocketResponse, place: Place, browser: str) -> Session:
        transport = request.transport
        assert transport is not None, "the websocket was just opened on it"

        def make_process(hooks: Hooks) -> AppProcess:
            return AppProcess(self._console.command, f"browser at {place.address}", browser, hooks, self._downloads)

        def logged_on(is_on: bool) -> None:
            place.at_log_on = not is_on
            self._door.known(transport, is_known=is_on)

        return Session(websocket, make_process, self._console.limits, transport.abort, logged_on)

    async def _end(self, _application: web.Application) -> None:
        """The server ends, and every console with it."""
        await asyncio.gather(*(session.close(WSCloseCode.GOING_AWAY) for session in self._sessions))

    # --- a document -------------------------------------------------------------------------------------

    async def _download(self, request: web.Request) -> web.StreamResponse:
        key = request.match_info["key"]
        document = self._downloads.claim(key, _browser(request) or "")
        if document is None:
            raise web.HTTPNotFound(text="There is no such document, or it was fetched already.")
        response = web.StreamResponse()
        response.content_type = document.mime_type or "application/octet-stream"
        if document.encoding:
            response.charset = document.encoding
        # Never shown here: a document is no page of this server's.
        response.headers[hdrs.CONTENT_DISPOSITION] = content_disposition_header(
            "attachment", filename=document.file_name
        )
        await response.prepare(request)
        async for piece in self._downloads.fetch(key):
            await response.write(piece)
        await response.write_eof()
        return response


def _is_from_our_page(request: web.Request, origin: str) -> bool:
    """Whether our own page sent it: a websocket says from where; of others browsers say whether it was another site."""
    if request.path == "/ws":
        return request.headers.getall(hdrs.ORIGIN, []) == [origin]
    return request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"


def _browser(request: web.Request) -> str | None:
    """The browser's cookie; None when it has none."""
    for secure in (True, False):
        cookie = request.cookies.get(_cookie_name(secure))
        if cookie is not None and _COOKIE_FORM.fullmatch(cookie):
            return cookie
    return None


def _cookie_name(secure: bool) -> str:
    """Browsers take a name that begins so from a secure origin alone, and for its very host."""
    return "__Host-sealgate" if secure else "sealgate"


def _asked(request: web.Request) -> dict[str, str]:
    """What the log says of a request that is refused."""
    headers = request.headers
    said = {"host": headers.get(hdrs.HOST, ""), "origin": headers.get(hdrs.ORIGIN, ""), "path": request.path}
    return {"address": address_of(request), **{name: value[:100] for name, value in said.items()}}
