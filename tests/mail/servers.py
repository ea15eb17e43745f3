"""Real mail servers on a free port, good ones and those that networks are full of, each for the length of a test."""

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from threading import Event, Thread
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from msgspec import Struct

USER, RIGHT = "gate", "a password with spaces and ū"

Make = Callable[[], asyncio.BaseProtocol]


@contextmanager
def listening(make: Make, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """A server on a thread and a port of its own; ended with all its connections.

    Args:
        make: Makes what speaks on a connection.
        tls: Implicit TLS.
    """
    up, ended, ports, lines = Event(), [], list[int](), list[asyncio.BaseProtocol]()
    loop = asyncio.new_event_loop()

    def remembered() -> asyncio.BaseProtocol:
        lines.append(make())
        return lines[-1]

    async def serve() -> None:
        stop = asyncio.Event()
        ended.append(stop)
        server = await loop.create_server(remembered, "127.0.0.1", 0, ssl=tls)
        ports.append(server.sockets[0].getsockname()[1])
        up.set()
        await stop.wait()
        server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
            with suppress(asyncio.CancelledError, ConnectionError):
                await task
        for line in lines:
            _break_off(line)
        await asyncio.sleep(0)  # each transport closes its socket at the loop's next turn

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: loop) as runner:
            runner.run(serve())

    thread = Thread(target=run, name="mail server")
    thread.start()
    assert up.wait(10)
    try:
        yield ports[0]
    finally:
        loop.call_soon_threadsafe(ended[0].set)
        thread.join(10)
        assert not thread.is_alive()


def _break_off(line: asyncio.BaseProtocol) -> None:
    transport: asyncio.Transport | None = getattr(line, "transport", None)
    if transport is not None:
        transport.abort()


class Handler:
    """Takes mails. What a test wants refused is answered by what it sets.

    Attributes:
        taken: The mails, each with whom it goes to.
        recipient: Answers for each recipient.
        data: Answers to a whole mail, which is taken only when that is None.
        hang: Whether the answer to a whole mail never comes.
        drop: Whether the line breaks instead of it.
    """

    def __init__(self) -> None:
        self.taken: list[tuple[tuple[str, ...], EmailMessage]] = []
        self.recipient: Callable[[str], str] = lambda _: "250 OK"
        self.data: str | None = None
        self.hang = False
        self.drop = False
        self.user: str | None = None
        self.over_tls = False

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.recipient(address)
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.hang:
            await asyncio.Event().wait()
        if self.drop:
            _break_off(server)
            return "250 never heard"
        if self.data is not None:
            return self.data
        assert isinstance(envelope.content, bytes)
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.taken.append((tuple(envelope.rcpt_tos), message))
        self.user, self.over_tls = session.auth_data, session.ssl is not None
        return "250 OK queued as 4711"


def checks_password(server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any) -> AuthResult:
    assert isinstance(given, LoginPassword)
    good = (given.login.decode(), given.password.decode()) == (USER, RIGHT)
    return AuthResult(success=good, handled=False, auth_data=USER if good else None)


def smtp(handler: Handler, starttls: ssl.SSLContext | None = None, *, log_on: bool = False) -> Make:
    """What speaks SMTP on each connection."""

    def make() -> SMTP:
        return SMTP(
            handler,
            hostname="mail.test",
            tls_context=starttls,
            require_starttls=starttls is not None,
            authenticator=checks_password if log_on else None,
            auth_require_tls=starttls is not None,
            auth_exclude_mechanism=None if log_on else ["LOGIN", "PLAIN"],
            loop=asyncio.get_running_loop(),
        )

    return make


class Raw(asyncio.Protocol):
    """Speaks what a test says, on a raw line."""

    def __init__(self, talk: Callable[["Raw"], Coroutine[Any, Any, None]]) -> None:
        self._talk = talk
        self._lines: asyncio.Queue[bytes] = asyncio.Queue()
        self._rest = b""
        self._task: asyncio.Task[None] | None = None
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._task = asyncio.get_running_loop().create_task(self._talk(self))

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\r\n")
        for line in lines:
            self._lines.put_nowait(line)

    def say(self, text: str) -> None:
        assert self.transport is not None
        self.transport.write(text.encode())

    async def hear(self) -> str:
        return (await self._lines.get()).decode()

    async def hear_all(self, until: str) -> None:
        while await self.hear() != until:
            pass


def raw(talk: Callable[[Raw], Awaitable[None]]) -> Make:
    async def talking(line: Raw) -> None:
        await talk(line)

    return lambda: Raw(talking)


class Certificates(Struct, frozen=True):
    """An authority of the site's own, and a server's certificate by it.

    Attributes:
        ca: The authority's certificate as a file.
        server: What a server presents.
    """

    ca: Path
    server: ssl.SSLContext


def make_certificates(folder: Path, name: str = "localhost") -> Certificates:
    """A server's certificate for a name, and for 127.0.0.1 where that is localhost."""
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "the site's own authority")])
    ca = _certificate(ca_name, ca_name, ca_key.public_key(), ca_key, is_ca=True)
    names: list[x509.GeneralName] = [x509.DNSName(name)]
    if name == "localhost":
        names.append(x509.IPAddress(ip_address("127.0.0.1")))
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    server = _certificate(subject, ca_name, key.public_key(), ca_key, is_ca=False, names=names)
    folder.mkdir(exist_ok=True)
    ca_path, chain, key_path = folder / "ca.pem", folder / "server.pem", folder / "server.key"
    ca_path.write_bytes(ca.public_bytes(serialization.Encoding.PEM))
    chain.write_bytes(server.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8
    key_path.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(chain, key_path)
    return Certificates(ca_path, context)


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    by: ec.EllipticCurvePrivateKey,
    *,
    is_ca: bool,
    names: list[x509.GeneralName] | None = None,
) -> x509.Certificate:
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(by.public_key()), critical=False)
        .add_extension(
            x509.KeyUsage(
                digital_signature=True, key_cert_sign=is_ca, crl_sign=is_ca, content_commitment=False,
                key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False,
                decipher_only=False,
            ),
            critical=True,
        )
    )  # fmt: skip
    if names:
        made = made.add_extension(x509.SubjectAlternativeName(names), critical=False)
    return made.sign(by, hashes.SHA256())
