"""What every answer says to the browser: show this in nobody's frame, load nothing from elsewhere, keep nothing.

The page needs one thing that a stricter policy would forbid: xterm.js writes style elements of its own, for colours and
sizes of cells. Nothing that a person typed becomes HTML there, and a style element can load nothing from elsewhere.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

HSTS_S: Final = 365 * 24 * 3600
"""Seconds for which a browser that came by TLS will not come without it again."""

_POLICY: Final = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",
    "font-src": "'self'",
    "img-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}

_ALWAYS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), clipboard-read=(), geolocation=(), microphone=(), usb=()",
        "Cache-Control": "no-store",
    }
)

_TO_ITSELF: Final = ("localhost", "127.0.0.1", "[::1]")


def headers_for(origin: str | None, *, is_asset: bool) -> dict[str, str]:
    """The headers of an answer.

    Args:
        origin: The origin of this server's own pages, as this browser sees it; None for a request that is refused.
        is_asset: It is a part of the page that is the same for everybody: kept, and asked for again if it changed.
    """
    headers = dict(_ALWAYS)
    policy = dict(_POLICY)
    if origin is not None:
        # 'self' is not for websockets in every browser, so they are named.
        policy["connect-src"] = origin.replace("http", "ws", 1)
        # For its own machine a browser would keep it for every other server there, too.
        if origin.startswith("https:") and not origin.partition("//")[2].startswith(_TO_ITSELF):
            headers["Strict-Transport-Security"] = f"max-age={HSTS_S}"
    if is_asset:
        headers["Cache-Control"] = "no-cache"
    headers["Content-Security-Policy"] = "; ".join(f"{name} {value}" for name, value in policy.items())
    return headers
