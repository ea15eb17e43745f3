"""The figures over HTTP, where site.toml switches that on: one caller at a time, and each for some seconds at most.

So whoever can reach the port can at worst keep others from the figures: they take no thread, no descriptor and no
memory from the gate, which runs in the same process. Only ``GET /metrics`` is answered.
"""

import io
import socket
import socketserver
from collections.abc import Callable, Iterable
from threading import Thread, Timer
from typing import TYPE_CHECKING, Any, Final
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

from prometheus_client.exposition import make_wsgi_app
from prometheus_client.registry import CollectorRegistry

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

PATH: Final = "/metrics"

CALL_S: Final = 10.0
"""Seconds after which a caller is cut off, however it drips its request."""

LOOK_S: Final = 0.5
"""Seconds between two looks whether to stop."""


class MetricsServer:
    """Listens from when it is made.

    Args:
        host: The address of this machine.
        port: The TCP port; 0 for any that is free.
        registry: The figures.

    Raises:
        OSError: It cannot listen there.
    """

    def __init__(self, host: str, port: int, registry: CollectorRegistry) -> None:
        self._server = _Server(host, port)
        self._server.set_app(_only_metrics(make_wsgi_app(registry, disable_compression=True)))
        self.port = int(self._server.server_address[1])
        self._thread = Thread(target=self._server.serve_forever, args=(LOOK_S,), name="metrics http", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Listen no more; a caller that is being served is cut off within `CALL_S`."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(WSGIServer):
    """Looks up no name: a resolver that does not answer would hold it up."""

    def __init__(self, host: str, port: int) -> None:
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), _Handler)

    def server_bind(self) -> None:
        """Bind, and be called by the address."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])
        self.setup_environ()

    def handle_error(self, request: object, client_address: object) -> None:
        """A caller that went away or dripped; Python would print it on stderr, which is the driver's screen."""


class _Handler(WSGIRequestHandler):
    def setup(self) -> None:
        """Begin, for `CALL_S` at most."""
        super().setup()
        self._end = Timer(CALL_S, self._cut_off)
        self._end.daemon = True
        self._end.start()

    def finish(self) -> None:
        """End."""
        try:
            super().finish()
        finally:
            self._end.cancel()
            self._end.join()

    def get_stderr(self) -> io.TextIOBase:
        """Where wsgiref prints what went wrong: nowhere, for stderr is the driver's screen."""
        return io.StringIO()

    def log_message(self, *_: Any) -> None:  # noqa: ANN401 - http.server's
        """Say nothing of who asked: scrapes come for ever."""

    def _cut_off(self) -> None:
        try:
            self.connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it went by itself


def _only_metrics(
    app: "Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]",
) -> "Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]":
    """Prometheus' own application answers any path."""

    def answer(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ.get("PATH_INFO") != PATH:
            start_response("404 Not Found", [("Content-Type", "text/plain")])
            return [f"The figures are at {PATH}.\n".encode()]
        return app(environ, start_response)

    return answer
