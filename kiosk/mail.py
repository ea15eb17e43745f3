"""Mail through the site's own server: a report to Customs goes out, or it is known why it did not.

Theory of operation. A mail counts as sent when the server has answered 250 to the whole of it, not before; from then on
it is the server's to deliver. Until the server was given the text nothing can have been sent. In between nobody knows:
a line that broke then is told as that, and who sends the same text again gives it the same Message-ID, so that the
receiver sees a repeat for what it is.

Threads: a conversation runs on a thread of its own, in an event loop of its own: it can be given up at any moment,
whatever the server does or does not do, and neither the gate nor a stop waits for it.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from concurrent.futures import Future
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any, Final

import aiosmtplib

from kiosk.core.errors import SealgateError
from kiosk.mail_message import Mail
from kiosk.own_keys import Secret, SecretUnusable, credential, read_own
from kiosk.site import MailSecurity, MailSettings

PASSWORD: Final = "mail.password"  # noqa: S105 - a file's name
"""Of the credential, and of the file in ``secrets``, that hold the password."""

STEP_S: Final = 20.0
"""Seconds for each answer: a server in the next room or the next town takes one or two, one that greylists ten."""

TAKEN_S: Final = 60.0
"""Seconds for the answer to the whole text. Servers look through it then (RFC 5321, 4.5.3.2.6, grants ten minutes); a
person waits here, and what they gain by longer is rare."""

TOTAL_S: Final = 120.0
"""Seconds for all of it, however slowly a server drips."""

GOOD_BYE_S: Final = 2.0
"""Seconds for the answer to the good-bye, of which nothing hangs any more."""

_SHOWN: Final = 200
"""Characters of a server's words that are passed on."""


class MailFailed(SealgateError):
    """A mail was not sent; or nobody knows.

    Attributes:
        perhaps: The server may have it: the line broke after it was given the text.
    """

    def __init__(self, *, expected: str, got: str, mend: str, perhaps: bool = False) -> None:
        super().__init__(expected=expected, got=got, mend=mend)
        self.perhaps = perhaps


# --- the password ---------------------------------------------------------------------------------------


def password_of(settings: MailSettings, data: Path) -> str | None:
    """The password to log on with; None where nobody logs on.

    Raises:
        SecretUnusable: There is none, or others may read it.
        OSError: The disk does not give it.
    """
    if settings.user is None:
        return None
    given = credential(PASSWORD)
    path = settings.password_file or given or data / "secrets" / PASSWORD
    secret = Secret(
        "the mail server's password",
        f"write it there, mode 600, or give it to the service as the credential {PASSWORD}",
        "if somebody may have read it, change it on the mail server",
    )
    password = read_own(path, is_credential=path == given, secret=secret).decode(errors="replace").rstrip("\r\n")
    if not password:
        raise SecretUnusable(expected=f"{secret.what} at {path}", got="an empty file", mend=secret.missing)
    return password


# --- the conversation -----------------------------------------------------------------------------------


class MailServer:
    """The site's mail server.

    Args:
        settings: Which, and how it is spoken to.
        password: To log on with; None: nobody logs on.
        total_s: Seconds for a conversation.
        step_s: Seconds for each answer.
        taken_s: Seconds for the answer to a whole mail.
    """

    def __init__(
        self,
        settings: MailSettings,
        password: str | None,
        *,
        total_s: float = TOTAL_S,
        step_s: float = STEP_S,
        taken_s: float = TAKEN_S,
    ) -> None:
        self._settings = settings
        self._password = password
        self._total_s = total_s
        self._step_s = step_s
        self._taken_s = taken_s

    def send(self, mail: Mail) -> "Future[str]":
        """Send a mail, on a thread of its own.

        Returns:
            The server's words, once it has taken the mail; else MailFailed.
        """
        return _on_a_thread(lambda: self._told(self._send(mail)))

    def try_out(self) -> "Future[str]":
        """Log on and off again, and send nothing: whether a mail could be sent. Likewise."""
        return _on_a_thread(lambda: self._told(self._try_out()))

    async def _told(self, doing: Coroutine[Any, Any, str]) -> str:
        """What comes of a conversation, its failures in our words."""
        try:
            async with asyncio.timeout(self._total_s):
                return await doing
        except TimeoutError:
            got = f"none after {self._total_s:g} s"
            raise self._failure("it to end", got, "look at the mail server and the network") from None

    async def _send(self, mail: Mail) -> str:
        settings, given = self._settings, False
        words = ""
        try:
            async with self._entered() as client:
                await client.mail(settings.sender)
                for each in settings.to:
                    await client.rcpt(each)
                given = True
                taken = await client.data(mail.message.as_bytes(), timeout=self._taken_s)
                words = _words(taken.code, taken.message)
        except (aiosmtplib.SMTPException, OSError, ValueError) as fault:
            raise self._failed(fault, given=given) from fault
        except asyncio.CancelledError:
            if given and not words:  # else it was taken, and the good-bye alone took too long
                got = "no answer to the whole text"
                raise self._failure("the server to take the mail", got, _LOOK_FIRST, perhaps=True) from None
            if not words:
                raise
        return words

    async def _try_out(self) -> str:
        try:
            async with self._entered() as client:
                answer = await client.noop()
                return _words(answer.code, answer.message)
        except (aiosmtplib.SMTPException, OSError, ValueError) as fault:
            raise self._failed(fault, given=False) from fault

    @asynccontextmanager
    async def _entered(self) -> AsyncIterator[aiosmtplib.SMTP]:
        """A client that has connected and logged on; it says good-bye, and what comes of that changes nothing."""
        client = self._client()
        await client.connect()
        transport = client.transport
        try:
            if self._settings.user is not None and self._password is not None:
                await client.login(self._settings.user, self._password)
            yield client
            with suppress(aiosmtplib.SMTPException, OSError):
                await client.quit(timeout=GOOD_BYE_S)
        finally:
            client.close()
            if isinstance(transport, asyncio.WriteTransport):
                transport.abort()  # a close alone would wait for the other end's, and the loop ends here

    def _client(self) -> aiosmtplib.SMTP:
        """A client that has not connected yet. Its own name is not looked up: that can take as long as all the rest."""
        settings, name = self._settings, socket.gethostname()
        return aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            use_tls=settings.security is MailSecurity.TLS,
            start_tls=settings.security is MailSecurity.STARTTLS,
            tls_context=_context(settings) if settings.security is not MailSecurity.NONE else None,
            local_hostname=name if "." in name else "[127.0.0.1]",
            timeout=self._step_s,
        )

    def _failure(self, expected: str, got: str, mend: str, *, perhaps: bool = False) -> MailFailed:
        where = f"mail server {self._settings.host}:{self._settings.port}"
        return MailFailed(expected=f"{expected} ({where})", got=got, mend=mend, perhaps=perhaps)

    def _failed(self, fault: Exception, *, given: bool) -> MailFailed:
        """What went wrong, in our words.

        Args:
            fault: The library's, the network's or the certificate's.
            given: Whether the server was asked to take the text: an answer of its own then says that it did not.
        """
        for cause in (fault, fault.__cause__):
            if isinstance(cause, ssl.SSLCertVerificationError):
                return self._failure("a certificate of that name that is trusted", cause.verify_message, _CERTIFICATE)
        match fault:
            case aiosmtplib.SMTPAuthenticationError():
                return self._failure("user and password that it takes", _said(fault), "correct them in site.toml")
            case aiosmtplib.SMTPResponseException() if 400 <= fault.code < 500:
                return self._failure(_taking(fault), _said(fault), "it asks for patience: try again in some minutes")
            case aiosmtplib.SMTPResponseException() if fault.code >= 500:
                return self._failure(_taking(fault), _said(fault), "see what it says of addresses and text")
            case _ if type(fault) in _UNABLE:
                mend = "see mail.security and mail.user in site.toml"
                return self._failure("it to know what site.toml asks for", _line(str(fault)), mend)
            case _:
                got = _line(str(fault)) or type(fault).__name__
                mend = _LOOK_FIRST if given else "look at the mail server and the network, then try again"
                return self._failure("an answer of it", got, mend, perhaps=given)


_LOOK_FIRST: Final = "look whether the mail has arrived before you send it again"
_UNABLE: Final = (aiosmtplib.SMTPException, aiosmtplib.SMTPNotSupported)
"""What the library raises, and no class beneath, when a server lacks STARTTLS or every way to log on."""
_CERTIFICATE: Final = "name the server as its certificate does, or who issued the certificate in mail.ca"


def _context(settings: MailSettings) -> ssl.SSLContext:
    """Certificates are checked, and that they are the host's: always."""
    try:
        return ssl.create_default_context(cafile=str(settings.ca) if settings.ca else None)
    except OSError as fault:  # ssl.SSLError is one
        expected = f"certificates to trust in {settings.ca}"
        raise MailFailed(expected=expected, got=_line(str(fault)), mend="correct mail.ca in site.toml") from fault


def _taking(fault: aiosmtplib.SMTPResponseException) -> str:
    whom = f" for {fault.recipient}" if isinstance(fault, aiosmtplib.SMTPRecipientRefused) else ""
    return f"it to take the mail{whom}"


def _said(fault: aiosmtplib.SMTPResponseException) -> str:
    return _words(fault.code, fault.message)


def _words(code: int, message: str) -> str:
    return _line(f"{code} {message}")


def _line(text: str) -> str:
    return ascii(" ".join(text.split()))[1:-1][:_SHOWN]


def _on_a_thread(make: Callable[[], Coroutine[Any, Any, str]]) -> "Future[str]":
    """Run a coroutine on a thread and in a loop of its own.

    What it gives is there before the loop has been tidied up: a name that the resolver still looks for holds up nobody.
    """
    future: Future[str] = Future()

    async def converse() -> None:
        try:
            future.set_result(await make())
        except Exception as fault:  # noqa: BLE001 - whoever waits hears of it
            future.set_exception(fault)

    def run() -> None:
        try:
            asyncio.run(converse())
        except OSError as fault:  # no loop can be made: the process has no file left to open
            future.set_exception(fault)

    Thread(target=run, name="mail", daemon=True).start()
    return future
