"""A service of advisories on this machine that speaks OSV's protocol (POST /v1/query), with advisories of its own."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

Advisory = Mapping[str, object]


def advisory(identifier: str, package: str, *, fixed: str, aliases: Sequence[str] = ()) -> Advisory:
    """An advisory in OSV's form, schema 1.6."""
    ranges = [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": fixed}]}]
    return {
        "schema_version": "1.6.0",
        "id": identifier,
        "aliases": list(aliases),
        "summary": f"made up for a test of {package}",
        "published": "2026-01-01T00:00:00Z",
        "affected": [{"package": {"name": package, "ecosystem": "PyPI"}, "ranges": ranges}],
    }


@contextmanager
def serving(advisories: Mapping[str, Sequence[Advisory]], fails_for: str = "") -> Iterator[str]:
    """Serve until the block ends.

    Args:
        advisories: By package, whatever its version.
        fails_for: A package for which it has no answer.

    Yields:
        Its URL.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            name = asked["package"]["name"]
            found = advisories.get(name, ())
            body = json.dumps({"vulns": list(found)} if found else {}).encode()
            self.send_response(500 if name == fails_for else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1/query"
        finally:
            server.shutdown()
            thread.join()
