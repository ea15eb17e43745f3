"""The server's certificate: which is taken, which is not and why, and what TLS is spoken by it."""

import asyncio
import os
import ssl
from pathlib import Path

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from kiosk.core.errors import SealgateError
from kiosk.site import WebSettings
from kiosk.web import run
from kiosk.web.certificate import Files, files_of, read_certificate, tls
from kiosk.web.headers import headers_for
from kiosk.web.ready import NoTls, made_ready
from kiosk.web.self_signed import DAYS, make_certificate, names_of_machine
from tests.web.papers import DAY, HERE, NOW, Authority
from tests.web.rig import PATIENCE_S, served, until
from tests.web.small_app import SITE

AUTHORITY = Authority()


def set_to(files: Files, host: str = "127.0.0.1", public_url: str | None = None) -> WebSettings:
    return WebSettings(host=host, certificate=files.certificate, key=files.key, public_url=public_url)


# --- which is taken -------------------------------------------------------------------------------------


def test_a_good_one_is_taken_for_the_names_in_it(tmp_path: Path) -> None:
    files = AUTHORITY.issue(tmp_path, ["Gate.example.nz", "*.kiosks.example.nz", "192.168.1.5", "fd00:0::5"])
    certificate = read_certificate(files, NOW, "gate.example.nz")
    assert certificate.names == {"gate.example.nz", "*.kiosks.example.nz", "192.168.1.5", "fd00::5"}
    assert certificate.until == NOW + 90 * DAY
    assert read_certificate(files, NOW, "g7.kiosks.example.nz") == certificate


def spoilt(folder: Path, how: str) -> Files:
    """A certificate with something wrong."""
    days = {"expired": (NOW - 9 * DAY, NOW), "not yet": (NOW + DAY, NOW + 9 * DAY)}
    if how in days:
        begins, ends = days[how]
        return AUTHORITY.issue(folder, begins=begins, ends=ends)
    names = {"no names": (), "others' names": ("other.example.nz",)}
    files = AUTHORITY.issue(folder, names.get(how, HERE), password=b"x" if how == "password" else None)
    match how:
        case "another's key":
            (folder / "second").mkdir()
            files = replace(files, key=AUTHORITY.issue(folder / "second").key)
        case "open to all":
            files.key.chmod(0o644)
        case "no certificate":
            files.certificate.unlink()
        case "no key":
            files.key.unlink()
        case "swapped":
            files = Files(files.key, files.certificate)
        case "nonsense":
            files.certificate.write_text("nonsense")
        case "nonsense for a key":
            files.key.write_text("nonsense")
        case _:
            assert how in {"no names", "others' names", "password"}
    return files


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("expired", "one that counts from .* to .*; look at the clock; else have"),
        ("not yet", "one that counts from .* to"),
        ("no names", "subjectAltName"),
        ("others' names", "a certificate for localhost, by which browsers come .*got .* for other.example.nz"),
        ("another's key", "got another certificate's key; name the two that belong together"),
        ("open to all", r"its owner alone may read \(mode 600\), got -rw-r--r--"),
        ("no certificate", "expected a certificate at .*gate.pem, got none; .*--make-certificate"),
        ("no key", "expected the key of the gatehouse's certificate at .*gate.key, got none"),
        ("swapped", "expected a certificate in PEM"),
        ("nonsense", "expected a certificate in PEM at"),
        ("nonsense for a key", "expected a key in PEM at .*, without a password"),
        ("password", "expected a key in PEM at .*, without a password"),
    ],
)
def test_one_that_browsers_could_not_be_given_is_told_in_a_line(tmp_path: Path, how: str, said: str) -> None:
    files = spoilt(tmp_path, how)
    with pytest.raises(SealgateError, match=said) as refused:
        made_ready(set_to(files, public_url="https://localhost:8443"), NOW)
    assert "\n" not in str(refused.value)


def test_without_one_only_this_machine_itself_can_be_served(tmp_path: Path) -> None:
    for host in ("127.0.0.1", "127.0.0.2", "::1"):
        assert made_ready(WebSettings(host=host), NOW).certificate is None
    for host in ("0.0.0.0", "::", "192.168.1.5", "fd00::5"):
        with pytest.raises(NoTls, match="since others can reach"):
            made_ready(WebSettings(host=host), NOW)
    files = AUTHORITY.issue(tmp_path)
    assert made_ready(set_to(files, "0.0.0.0"), NOW).certificate is not None


def test_systemds_credentials_stand_in_for_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = AUTHORITY.issue(tmp_path)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert files_of(None, None) is None
    files.certificate.rename(tmp_path / "gatehouse.certificate")
    assert files_of(None, None) is None
    files.key.rename(tmp_path / "gatehouse.key")
    given = files_of(None, None)
    assert given is not None
    assert given.credential
    assert read_certificate(given, NOW).names == set(HERE)
    assert made_ready(WebSettings(host="0.0.0.0"), NOW).certificate is not None


# --- one that the machine signs itself ------------------------------------------------------------------


def test_a_certificate_of_the_machines_own_counts_for_a_year_for_its_names_and_signs_no_other(tmp_path: Path) -> None:
    made = make_certificate(["Gate1.local", "192.168.1.5"], NOW)
    files = Files(tmp_path / "c", tmp_path / "k")
    files.certificate.write_bytes(made.certificate)
    files.key.touch(mode=0o600)
    files.key.write_bytes(made.key)
    found = read_certificate(files, NOW)
    assert found.names == {"gate1.local", "192.168.1.5"}
    assert (found.fingerprint, found.until) == (made.fingerprint, NOW + DAYS * DAY)
    assert str(made.key, "ascii") not in repr(made)
    context = ssl.create_default_context(cadata=made.certificate.decode())
    assert context.get_ca_certs() == []  # it vouches for nobody


def test_the_machine_knows_its_own_names() -> None:
    names = names_of_machine()
    assert names[0] == os.uname().nodename.lower()
    assert any(each.endswith(".local") for each in names)
    assert not {"127.0.0.1", "::1"} & set(names)


# --- what is spoken -------------------------------------------------------------------------------------


def client(authority: Authority = AUTHORITY) -> ssl.SSLContext:
    """A browser's part, which trusts the site's authority."""
    return ssl.create_default_context(cadata=authority.pem())


async def speaks(port: int, context: ssl.SSLContext) -> str:
    """The version of TLS that a client and the server agree on.

    Raises:
        ssl.SSLError: They agree on none.
    """
    async with asyncio.timeout(PATIENCE_S):
        _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
    try:
        return str(writer.get_extra_info("ssl_object").version())
    finally:
        writer.close()
        await writer.wait_closed()


def of_version(version: ssl.TLSVersion, *, is_server: Files | None = None) -> ssl.SSLContext:
    """An end that speaks one version alone, old ones too."""
    if is_server is None:
        context = client()
    else:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(is_server.certificate, is_server.key)
    context.set_ciphers("ALL:@SECLEVEL=0")
    for bound in ("minimum_version", "maximum_version"):
        with pytest.warns(DeprecationWarning, match="TLS"):
            setattr(context, bound, version)
    return context


async def test_tls_1_3_is_spoken_and_1_2_with_who_cannot(tmp_path: Path) -> None:
    newest, older = client(), client()
    older.maximum_version = ssl.TLSVersion.TLSv1_2
    async with served(set_to(AUTHORITY.issue(tmp_path))) as port:
        assert await speaks(port, newest) == "TLSv1.3"
        assert await speaks(port, older) == "TLSv1.2"


async def test_nothing_older_is_spoken(tmp_path: Path) -> None:
    files = AUTHORITY.issue(tmp_path)
    control = await asyncio.start_server(
        lambda _, writer: writer.close(), "127.0.0.1", 0, ssl=of_version(ssl.TLSVersion.TLSv1_1, is_server=files)
    )
    async with control, served(set_to(files)) as port:
        old = of_version(ssl.TLSVersion.TLSv1_1)
        assert await speaks(control.sockets[0].getsockname()[1], old) == "TLSv1.1"
        with pytest.raises((ssl.SSLError, ConnectionResetError)):  # asyncio may cut the line before its alert is out
            await speaks(port, old)


def test_every_cipher_of_tls_1_2_has_forward_secrecy_and_authenticates_what_it_encrypts(tmp_path: Path) -> None:
    ciphers = tls(read_certificate(AUTHORITY.issue(tmp_path), NOW)).get_ciphers()
    assert len(ciphers) > 3
    assert [each["name"] for each in ciphers if not each["aead"]] == []
    old = [each for each in ciphers if each["protocol"] != "TLSv1.3"]
    assert old
    assert [each["name"] for each in old if not each["name"].startswith("ECDHE-")] == []


async def ask(port: int, host: str) -> str:
    """The head of the answer to a request by TLS."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, ssl=client(), server_hostname="localhost")
    try:
        writer.write(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        answer = await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()
    return answer.decode()


async def test_with_tls_the_cookie_and_the_browsers_way_here_are_bound_to_it(tmp_path: Path) -> None:
    files = AUTHORITY.issue(tmp_path, [*HERE, "gate.example.nz"])
    async with served(set_to(files)) as port:
        answer = await ask(port, "gate.example.nz")
        assert "HTTP/1.1 200" in answer
        assert "Strict-Transport-Security: max-age=31536000\r\n" in answer
        assert "Set-Cookie: __Host-sealgate=" in answer
        assert "; Secure" in answer
        assert "connect-src wss://gate.example.nz" in answer
        assert "HTTP/1.1 421" in await ask(port, "other.example.nz")
        # A browser would keep it for every other server of the same machine.
        assert "Strict-Transport-Security" not in await ask(port, f"localhost:{port}")


def test_the_way_by_tls_alone_is_for_names_not_for_a_browsers_own_machine() -> None:
    kept = "Strict-Transport-Security"
    assert kept in headers_for("https://gate.example.nz", is_asset=False)
    for origin in ("http://gate.example.nz", "https://localhost:8443", "https://127.0.0.1", "https://[::1]:1", None):
        assert kept not in headers_for(origin, is_asset=False)


async def test_who_speaks_no_tls_to_a_server_that_does_gets_nothing(tmp_path: Path) -> None:
    async with served(set_to(AUTHORITY.issue(tmp_path))) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET / HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n".encode())
        try:
            answer = await reader.read()
        except ConnectionResetError:
            answer = b""
        writer.close()
        assert SITE.encode() not in answer
        assert b"HTTP" not in answer


async def test_a_renewed_certificate_is_taken_while_consoles_go_on_and_a_bad_one_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "RENEW_S", 0.02)
    files = AUTHORITY.issue(tmp_path, HERE, ends=NOW + 5 * DAY)
    with capture_logs() as logs:
        async with served(set_to(files)) as port:
            assert "HTTP/1.1 421" in await ask(port, "new.example.nz")
            files.certificate.write_text("nonsense")
            await until(lambda: any("the old one is used" in line["event"] for line in logs))
            assert "HTTP/1.1 421" in await ask(port, "new.example.nz")
            AUTHORITY.issue(tmp_path, [*HERE, "new.example.nz"])
            await until(lambda: any("the new one is used" in line["event"] for line in logs))
            assert "HTTP/1.1 200" in await ask(port, "new.example.nz")
    assert [line["event"] for line in logs].count("the certificate runs out") == 1
