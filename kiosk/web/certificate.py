"""The server's certificate: read, checked before anybody is served by it, and taken anew when its file changes."""

import ssl
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from kiosk.core.errors import SealgateError
from kiosk.own_keys import Secret, credential, read_own
from kiosk.web.names import covers, plain

if TYPE_CHECKING:  # loaded where TLS is spoken
    from cryptography import x509

CERTIFICATE: Final = "gatehouse.certificate"
KEY: Final = "gatehouse.key"
"""Names of the credentials that systemd may give to the service in place of files."""

CIPHERS: Final = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""Of TLS 1.2: forward secrecy and authenticated encryption alone, as all of TLS 1.3 has."""

_MAKE: Final = "have the site's authority issue one, or make one with 'sealgate gatehouse --make-certificate'"

_SECRET: Final = Secret(
    "the key of the gatehouse's certificate",
    "put it there, or make certificate and key with 'sealgate gatehouse --make-certificate'",
    "if somebody may have read it, have another certificate issued",
)


class CertificateUnusable(SealgateError):
    """There is no certificate that browsers could be given."""


class Files(Struct, frozen=True):
    """Where certificate and key are.

    Attributes:
        certificate: The certificate, then those between it and the site's authority; PEM.
        key: Its key; PEM, without a password.
        credential: Whether systemd put the key there.
    """

    certificate: Path
    key: Path
    credential: bool = False

    def stamp(self) -> tuple[int, ...]:
        """Changes when one of them does.

        Raises:
            OSError: One is not there.
        """
        return tuple(
            part
            for found in (self.certificate.stat(), self.key.stat())
            for part in (found.st_mtime_ns, found.st_ino, found.st_size)
        )


class Certificate(Struct, frozen=True):
    """A certificate that was found to be good.

    Attributes:
        files: Where it came from.
        names: The names and addresses that it is for; ``*.`` before one stands for one label.
        until: From when on it counts no more.
        fingerprint: SHA-256 of it, in hex, by which people compare.
    """

    files: Files
    names: frozenset[str]
    until: datetime
    fingerprint: str


def files_of(certificate: Path | None, key: Path | None) -> Files | None:
    """Where the certificate is: as the settings say, else systemd's credentials; None when there is none."""
    if certificate is not None and key is not None:
        return Files(certificate, key)
    given, given_key = credential(CERTIFICATE), credential(KEY)
    if given is None or given_key is None:
        return None
    return Files(given, given_key, credential=True)


def read_certificate(files: Files, now: datetime, public_name: str | None = None) -> Certificate:
    """Read a certificate and its key.

    Args:
        files: Where they are.
        now: The moment at which it must count.
        public_name: The name by which browsers come, if that is settled; it must be for it.

    Raises:
        CertificateUnusable: It is none, does not count now, is for others, or the key is another's.
        SecretUnusable: The key is not there, or others may read it.
        OSError: The disk does not give them.
    """
    from cryptography.hazmat.primitives.hashes import SHA256

    certificate = _certificate(files.certificate)
    _must_count(files.certificate, certificate, now)
    names = _names(certificate)
    if not names:
        raise CertificateUnusable(
            expected=f"names or addresses in {files.certificate} (subjectAltName)", got="none", mend=_MAKE
        )
    if public_name is not None and not covers(names, plain(public_name)):
        raise CertificateUnusable(
            expected=f"a certificate for {public_name}, by which browsers come (gatehouse.web.public_url)",
            got=f"{files.certificate} for {', '.join(sorted(names))}",
            mend=_MAKE,
        )
    _must_be_its_key(files, certificate)
    until = certificate.not_valid_after_utc
    return Certificate(files, names, until, certificate.fingerprint(SHA256()).hex())


def tls(certificate: Certificate) -> ssl.SSLContext:
    """What the server speaks TLS by: version 1.2 or newer.

    Raises:
        CertificateUnusable: OpenSSL does not take the files.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    context.options |= ssl.OP_NO_RENEGOTIATION | ssl.OP_NO_COMPRESSION
    load(context, certificate.files)
    return context


def load(context: ssl.SSLContext, files: Files) -> None:
    """Have connections from now on use these files.

    Raises:
        CertificateUnusable: OpenSSL does not take them.
    """
    try:
        context.load_cert_chain(files.certificate, files.key)
    except ssl.SSLError as fault:
        raise CertificateUnusable(
            expected=f"{files.certificate} and {files.key} in PEM", got=str(fault), mend=_MAKE
        ) from fault


def _certificate(path: Path) -> "x509.Certificate":
    from cryptography.x509 import load_pem_x509_certificates

    try:
        return load_pem_x509_certificates(path.read_bytes())[0]
    except FileNotFoundError:
        raise CertificateUnusable(expected=f"a certificate at {path}", got="none", mend=_MAKE) from None
    except ValueError as fault:
        raise CertificateUnusable(expected=f"a certificate in PEM at {path}", got=str(fault), mend=_MAKE) from fault


def _must_count(path: Path, certificate: "x509.Certificate", now: datetime) -> None:
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    if not begins <= now < ends:
        raise CertificateUnusable(
            expected=f"{path} to count now, {_day(now)}",
            got=f"one that counts from {_day(begins)} to {_day(ends)}",
            mend=f"look at the clock; else {_MAKE}",
        )


def _names(certificate: "x509.Certificate") -> frozenset[str]:
    from cryptography.x509 import DNSName, ExtensionNotFound, IPAddress, SubjectAlternativeName

    try:
        names = certificate.extensions.get_extension_for_class(SubjectAlternativeName).value
    except ExtensionNotFound:
        return frozenset()
    addresses = (str(ip_address(str(each))) for each in names.get_values_for_type(IPAddress))
    return frozenset({*(each.lower() for each in names.get_values_for_type(DNSName)), *addresses})


def _must_be_its_key(files: Files, certificate: "x509.Certificate") -> None:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

    text = read_own(files.key, is_credential=files.credential, secret=_SECRET)
    try:
        key = load_pem_private_key(text, None)
    except (ValueError, TypeError) as fault:
        raise CertificateUnusable(
            expected=f"a key in PEM at {files.key}, without a password", got=type(fault).__name__, mend=_SECRET.missing
        ) from None
    form = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    if key.public_key().public_bytes(*form) != certificate.public_key().public_bytes(*form):
        raise CertificateUnusable(
            expected=f"the key of {files.certificate} at {files.key}",
            got="another certificate's key",
            mend="name the two that belong together",
        )


def _day(moment: datetime) -> str:
    return moment.astimezone(UTC).date().isoformat()
