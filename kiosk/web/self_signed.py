"""A certificate that the machine signs itself, for a site without an authority of its own.

Browsers know nobody who vouches for it: each warns until it was told to trust this very certificate, by its
fingerprint, which `sealgate gatehouse --make-certificate` prints and docs/gatehouse-web.md says how to compare.
"""

import socket
from collections.abc import Iterable
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final

from msgspec import Struct

if TYPE_CHECKING:
    from cryptography.x509 import GeneralName

DAYS: Final = 365
"""For which it counts: no browser takes much more (398 days, CA/Browser Forum), and a year is easily kept in mind."""

SLACK: Final = timedelta(hours=1)
"""By which it counts earlier than now: browsers' clocks differ."""

_ELSEWHERE: Final = ((socket.AF_INET, "198.51.100.1"), (socket.AF_INET6, "2001:db8::1"))
"""Addresses that lead out of the machine and to nobody (RFC 5737, RFC 3849). Nothing is sent there."""


class Made(Struct, frozen=True):
    """A certificate and its key.

    Attributes:
        certificate: PEM.
        key: PEM, without a password.
        fingerprint: SHA-256 of the certificate, in hex.
        until: From when on it counts no more.
    """

    certificate: bytes
    key: bytes
    fingerprint: str
    until: datetime

    def __repr__(self) -> str:
        return f"Made({self.fingerprint})"


def make_certificate(names: Iterable[str], now: datetime) -> Made:
    """Make one.

    Args:
        names: Names and addresses by which browsers come; at least one.
        now: When it begins to count.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

    everyone = [_general(each) for each in names]
    key = ec.generate_private_key(ec.SECP256R1())
    itself = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Sealgate gatehouse")])
    usage = dict.fromkeys(_USES, False) | {"digital_signature": True}
    until = now + timedelta(days=DAYS)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(itself)
        .issuer_name(itself)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SLACK)
        .not_valid_after(until)
        .add_extension(x509.SubjectAlternativeName(everyone), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**usage), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, SHA256())
    )
    pem = serialization.Encoding.PEM
    return Made(
        certificate=certificate.public_bytes(pem),
        key=key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()),
        fingerprint=certificate.fingerprint(SHA256()).hex(),
        until=certificate.not_valid_after_utc,
    )


_USES: Final = (
    *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
    *("key_cert_sign", "crl_sign", "encipher_only", "decipher_only"),
)


def names_of_machine() -> tuple[str, ...]:
    """By what others find this machine: its name, the same as multicast DNS has it, and its addresses."""
    name = socket.gethostname().lower()
    short = name.partition(".")[0]
    return tuple(dict.fromkeys((name, f"{short}.local", *_addresses())))


def _addresses() -> list[str]:
    """The address of each family by which this machine reaches others. A datagram socket is connected; none is sent."""
    found = []
    for family, elsewhere in _ELSEWHERE:
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as line:
                line.connect((elsewhere, 9))
                found.append(str(line.getsockname()[0]))
        except OSError:  # no way out by this family
            continue
    return found


def _general(name: str) -> "GeneralName":
    from cryptography.x509 import DNSName, IPAddress

    try:
        return IPAddress(ip_address(name))
    except ValueError:
        return DNSName(name.lower())
