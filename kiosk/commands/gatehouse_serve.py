"""``sealgate gatehouse --serve``: the staff console in browsers; and ``--make-certificate`` for its TLS.

Exit codes: 0 done; 2 wrong use; 3 it cannot listen, or a file cannot be used.
"""

import argparse
import os
import sys
from pathlib import Path
from typing import Final

from msgspec.structs import replace

from kiosk.app import DONE, WRONG_USE
from kiosk.core.errors import SealgateError
from kiosk.durable import write_file, write_secret
from kiosk.logs import log_for_server
from kiosk.site import Site, WebSettings, read_site
from kiosk.web.names import is_loopback, name_in

GATE_FIRST: Final = 10
"""By how much nicer (nice(2)) the server and its consoles are than the gate, which runs on the same machine."""


class NoPlaceForCertificate(SealgateError):
    """There is no place for a certificate that was made."""


def serve(asked: argparse.Namespace) -> int:
    """Serve consoles to browsers until a signal; returns the exit code.

    Raises:
        SealgateError: It cannot listen, or what TLS needs cannot be used.
        OSError: The disk does not give it.
    """
    from kiosk.web.ready import NoTls, made_ready, now

    site = read_site(asked.config)
    host = site.web.host if asked.host is None else asked.host
    settings = replace(site.web, host=host, port=site.web.port if asked.port is None else asked.port)
    try:
        ready = made_ready(settings, now())
    except NoTls as fault:
        if asked.host is None:
            raise
        _say(str(fault))
        return WRONG_USE
    from kiosk.web.listening import listen
    from kiosk.web.run import run_web

    listener = listen(host, settings.port)
    log_for_server()
    os.nice(GATE_FIRST)
    run_web(listener, ready, _command(asked.data), _title(site), _say)
    return DONE


def make_certificate(asked: argparse.Namespace) -> int:
    """Make a certificate that the machine signs itself, where site.toml says that it is; returns the exit code.

    Raises:
        NoPlaceForCertificate: site.toml names no place, or there is a file already.
        OSError: The disk does not take it.
    """
    from kiosk.web.ready import now
    from kiosk.web.self_signed import make_certificate, names_of_machine

    settings = read_site(asked.config).web
    certificate, key = settings.certificate, settings.key
    if certificate is None or key is None:
        raise NoPlaceForCertificate(
            expected="gatehouse.web.certificate and key in site.toml, to write them there",
            got="neither",
            mend="name two files that are not there yet, and do this again",
        )
    for path in (certificate, key):
        if os.path.lexists(path):
            raise NoPlaceForCertificate(
                expected=f"no file at {path}", got="one", mend="move it away; nothing was written"
            )
    names = tuple(dict.fromkeys(asked.name or (*names_of_machine(), *_names_set(settings))))
    made = make_certificate(names, now())
    write_secret(key, made.key)
    write_file(certificate, made.certificate, mode=0o644)
    pairs = ":".join(made.fingerprint[at : at + 2] for at in range(0, len(made.fingerprint), 2)).upper()
    _say(f"{certificate}: for {', '.join(names)}, until {made.until.date().isoformat()}")
    _say(f"SHA-256 fingerprint, to be compared before a browser is told to trust it: {pairs}")
    return DONE


def _names_set(settings: WebSettings) -> tuple[str, ...]:
    """The names that site.toml has, besides the machine's own."""
    public = name_in(settings.public_url.partition("//")[2]) if settings.public_url is not None else None
    fixed = () if is_loopback(settings.host) or settings.host in {"0.0.0.0", "::"} else (settings.host,)  # noqa: S104
    return (*fixed, *((public,) if public is not None else ()))


def _command(data: Path) -> tuple[str, ...]:
    """What is started for each browser: this very Python, which takes no module from where it stands."""
    return (sys.executable, "-P", "-m", "kiosk.commands.gatehouse_browser", str(data.absolute()))


def _title(site: Site) -> str:
    return f"{site.plan.site_name}: gatehouse"


def _say(line: str) -> None:
    sys.stderr.write(f"sealgate: {line}\n")
