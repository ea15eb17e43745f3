"""What ``sealgate gatehouse`` takes. What runs it is imported when it is run: each start reads this."""

import argparse
from ipaddress import ip_address


def add_gatehouse(parser: argparse.ArgumentParser) -> None:
    """The staff console: kiosk.commands.gatehouse runs it, in browsers kiosk.commands.gatehouse_serve."""
    other = parser.add_mutually_exclusive_group()
    other.add_argument(
        "--serve", action="store_true", help="in browsers: a web server, on this machine alone by default"
    )
    made = "make the TLS certificate that site.toml names (gatehouse.web), signed by this machine itself; then end"
    other.add_argument("--make-certificate", action="store_true", help=made)
    served = "serve on this {} (default: gatehouse.web.{} of site.toml)"
    parser.add_argument("--host", type=_address, metavar="ADDRESS", help=served.format("address", "host"))
    parser.add_argument("--port", type=_port, help=served.format("port, 0 for any", "port"))
    named = "a name or address for the certificate; again for a further one (default: those of this machine)"
    parser.add_argument("--name", action="append", metavar="NAME", help=named)
    parser.set_defaults(run=lambda asked: _gatehouse(parser, asked))


def _gatehouse(parser: argparse.ArgumentParser, asked: argparse.Namespace) -> int:
    if not asked.serve and (asked.host is not None or asked.port is not None):
        parser.error("expected --host and --port together with --serve, got them alone")
    if not asked.make_certificate and asked.name is not None:
        parser.error("expected --name together with --make-certificate, got it alone")
    if asked.serve:
        from kiosk.commands.gatehouse_serve import serve

        return serve(asked)
    if asked.make_certificate:
        from kiosk.commands.gatehouse_serve import make_certificate

        return make_certificate(asked)
    from kiosk.commands.gatehouse import run

    return run(asked)


def _address(text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"expected an address of this machine, got {text!a}") from error


def _port(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text) <= 65_535:
        return int(text)
    raise argparse.ArgumentTypeError(f"expected a number up to 65535, got {text!a}")
